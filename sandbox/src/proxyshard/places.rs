//! Where residential proxies can be: a few countries, regions, cities and internet providers.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ask::{Ask, Refusal, Reply};
use super::residential::PoolKind;
use super::state::Account;

struct Country {
    code: &'static str,
    name: &'static str,
    regions: &'static [Region],
}

struct Region {
    code: &'static str,
    name: &'static str,
    cities: &'static [City],
}

struct City {
    code: &'static str,
    name: &'static str,
    /// Code and name; none in a small city.
    isps: &'static [(&'static str, &'static str)],
}

const COUNTRIES: [Country; 5] = [
    Country {
        code: "DE",
        name: "Germany",
        regions: &[
            Region {
                code: "BE",
                name: "Berlin",
                cities: &[City {
                    code: "berlin",
                    name: "Berlin",
                    isps: &[
                        ("deutschetelekom", "Deutsche Telekom"),
                        ("vodafone", "Vodafone"),
                    ],
                }],
            },
            Region {
                code: "BY",
                name: "Bavaria",
                cities: &[
                    City {
                        code: "munich",
                        name: "Munich",
                        isps: &[("deutschetelekom", "Deutsche Telekom"), ("mnet", "M-net")],
                    },
                    City {
                        code: "lindau",
                        name: "Lindau",
                        isps: &[],
                    },
                ],
            },
        ],
    },
    Country {
        code: "US",
        name: "United States",
        regions: &[
            Region {
                code: "CA",
                name: "California",
                cities: &[
                    City {
                        code: "losangeles",
                        name: "Los Angeles",
                        isps: &[("spectrum", "Spectrum"), ("att", "AT&T")],
                    },
                    City {
                        code: "sanfrancisco",
                        name: "San Francisco",
                        isps: &[("comcast", "Comcast"), ("att", "AT&T")],
                    },
                ],
            },
            Region {
                code: "NY",
                name: "New York",
                cities: &[City {
                    code: "newyork",
                    name: "New York",
                    isps: &[("verizon", "Verizon"), ("spectrum", "Spectrum")],
                }],
            },
        ],
    },
    Country {
        code: "GB",
        name: "United Kingdom",
        regions: &[Region {
            code: "ENG",
            name: "England",
            cities: &[City {
                code: "london",
                name: "London",
                isps: &[("bt", "BT"), ("virginmedia", "Virgin Media")],
            }],
        }],
    },
    Country {
        code: "NL",
        name: "Netherlands",
        regions: &[Region {
            code: "NH",
            name: "North Holland",
            cities: &[City {
                code: "amsterdam",
                name: "Amsterdam",
                isps: &[("kpn", "KPN"), ("ziggo", "Ziggo")],
            }],
        }],
    },
    Country {
        code: "JP",
        name: "Japan",
        regions: &[Region {
            code: "TKY",
            name: "Tokyo",
            cities: &[City {
                code: "tokyo",
                name: "Tokyo",
                isps: &[("ntt", "NTT"), ("softbank", "SoftBank")],
            }],
        }],
    },
];

/// The country asked for. One that there is nothing about is not a failure, but has no results.
fn country(ask: &Ask) -> Result<Option<&'static Country>, Refusal> {
    let code = ask.need_query("country_code")?;
    Ok(COUNTRIES.iter().find(|country| country.code == code))
}

/// The country and region asked for.
fn region(ask: &Ask) -> Result<Option<(&'static Country, &'static Region)>, Refusal> {
    let country = country(ask)?;
    let code = ask.need_query("region_code")?;
    Ok(country.and_then(|country| {
        let region = country.regions.iter().find(|region| region.code == code)?;
        Some((country, region))
    }))
}

fn answer(results: Vec<Value>) -> Reply {
    Ok(json!({ "count": results.len(), "results": results }))
}

/// `GET /user/api/proxies/countries`
pub(super) fn countries(_: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    PoolKind::asked(ask)?;
    let rows = COUNTRIES
        .iter()
        .map(|country| pair(country.code, country.name));
    answer(rows.collect())
}

/// `GET /user/api/proxies/regions`
pub(super) fn regions(_: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    PoolKind::asked(ask)?;
    let rows = country(ask)?.into_iter().flat_map(|country| {
        country.regions.iter().map(|region| {
            json!({
                "code": region.code,
                "name": region.name,
                "country": pair(country.code, country.name),
            })
        })
    });
    answer(rows.collect())
}

/// `GET /user/api/proxies/cities`
pub(super) fn cities(_: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    PoolKind::asked(ask)?;
    let rows = region(ask)?.into_iter().flat_map(|(country, region)| {
        let of_region = region.cities.iter();
        of_region.map(|city| row(city.code, city.name, country, region))
    });
    answer(rows.collect())
}

/// `GET /user/api/proxies/isps`, for premium proxies only.
pub(super) fn isps(_: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    if PoolKind::asked(ask)? != PoolKind::Premium {
        // The one failure that is documented word by word.
        return Err(Refusal::invalid(
            "ISP targeting is available for the premium package only",
        ));
    }
    let region = region(ask)?;
    let code = ask.need_query("city_code")?;
    let rows = region.into_iter().flat_map(|(country, region)| {
        let city = region.cities.iter().find(|city| city.code == code);
        city.into_iter()
            .flat_map(|city| city.isps)
            .map(|(code, name)| row(code, name, country, region))
    });
    answer(rows.collect())
}

fn row(code: &str, name: &str, country: &Country, region: &Region) -> Value {
    json!({
        "code": code,
        "name": name,
        "country": pair(country.code, country.name),
        "region": pair(region.code, region.name),
    })
}

fn pair(code: &str, name: &str) -> Value {
    json!({ "code": code, "name": name })
}
