//! The places of residential proxies: a few countries, regions, cities and internet providers.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::account::Account;
use super::pools::PoolKind;
use super::reading::need_query;
use crate::answer::{Refusal, Reply};
use crate::request::RequestContext;

/// A code and its name.
type Named = (String, String);

/// A city and all that it is in.
#[derive(Debug, Deserialize)]
struct Place {
    country: Named,
    region: Named,
    city: Named,
    /// None in a small city.
    isps: Vec<Named>,
}

static PLACES: LazyLock<Vec<Place>> =
    LazyLock::new(|| serde_json::from_str(include_str!("places.json")).unwrap_or_default());

/// Returns the places of the country in the query. An unknown country has none, which is not a
/// failure.
fn in_country(request: &RequestContext) -> Result<Vec<&'static Place>, Refusal> {
    let code = need_query(request, "country_code")?;
    let places = PLACES.iter().filter(|place| place.country.0 == code);
    Ok(places.collect())
}

/// Returns the places of the country and the region in the query.
fn in_region(request: &RequestContext) -> Result<Vec<&'static Place>, Refusal> {
    let mut places = in_country(request)?;
    let code = need_query(request, "region_code")?;
    places.retain(|place| place.region.0 == code);
    Ok(places)
}

/// Answers with rows, each once.
fn answer(rows: impl Iterator<Item = Value>) -> Reply {
    let mut results: Vec<_> = rows.collect();
    results.dedup();
    Ok(json!({ "count": results.len(), "results": results }))
}

/// `GET /user/api/proxies/countries`
pub fn countries(_: &mut Account, request: &RequestContext) -> Reply {
    PoolKind::asked(request)?;
    answer(PLACES.iter().map(|place| pair(&place.country)))
}

/// `GET /user/api/proxies/regions`
pub fn regions(_: &mut Account, request: &RequestContext) -> Reply {
    PoolKind::asked(request)?;
    let places = in_country(request)?;
    answer(places.iter().map(|place| {
        let mut row = pair(&place.region);
        row["country"] = pair(&place.country);
        row
    }))
}

/// `GET /user/api/proxies/cities`
pub fn cities(_: &mut Account, request: &RequestContext) -> Reply {
    PoolKind::asked(request)?;
    answer(
        in_region(request)?
            .iter()
            .map(|place| row(&place.city, place)),
    )
}

/// `GET /user/api/proxies/isps`, for premium proxies only.
pub fn isps(_: &mut Account, request: &RequestContext) -> Reply {
    if PoolKind::asked(request)? != PoolKind::Premium {
        // The one failure that is documented word by word.
        let message = "ISP targeting is available for the premium package only";
        return Err(Refusal::invalid(message));
    }
    let places = in_region(request)?;
    let code = need_query(request, "city_code")?;
    let places = places.iter().filter(|place| place.city.0 == code);
    answer(places.flat_map(|place| place.isps.iter().map(|isp| row(isp, place))))
}

fn row(named: &Named, place: &Place) -> Value {
    let mut row = pair(named);
    row["country"] = pair(&place.country);
    row["region"] = pair(&place.region);
    row
}

fn pair((code, name): &Named) -> Value {
    json!({ "code": code, "name": name })
}
