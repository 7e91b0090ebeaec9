//! What is for sale: products, locations, cycles, prices, promo codes and add-ons.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ask::{Refusal, Reply};

/// Price of one `p0f_slots` slot and cycle, in cents.
pub(super) const SLOT_PRICE: i64 = 50;

/// The one add-on known.
pub(super) const SLOTS_KEY: &str = "p0f_slots";

/// The catalogue number of that add-on.
pub(super) const SLOTS_CATALOG_ID: i64 = 1;

/// The countries that datacenter and ISP proxies are sold in, with the stock of each.
pub(super) const LOCATIONS: [(&str, i64, i64); 5] = [
    ("DE", 500, 120),
    ("US", 800, 300),
    ("GB", 250, 80),
    ("NL", 150, 60),
    ("JP", 40, 12),
];

/// A family of products that is sold, validated and delivered in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Family {
    Datacenter,
    Isp,
    Standart,
    Premium,
    Unmetered,
    Monthly,
}

impl Family {
    const ALL: [Self; 6] = [
        Self::Datacenter,
        Self::Isp,
        Self::Standart,
        Self::Premium,
        Self::Unmetered,
        Self::Monthly,
    ];

    /// The product name, spelled as the vendor spells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Datacenter => "Datacenter Proxy",
            Self::Isp => "ISP Proxy",
            Self::Standart => "Standart Residential Proxy",
            Self::Premium => "Premium Residential Proxy",
            Self::Unmetered => "Unmetered Residential proxy",
            Self::Monthly => "Residential Proxy NEW",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Datacenter => "Dedicated datacenter IPv4 proxies",
            Self::Isp => "Static IPv4 proxies of internet providers",
            Self::Standart => "Rotating residential proxies, paid by traffic",
            Self::Premium => "Rotating residential proxies with ISP targeting, paid by traffic",
            Self::Unmetered => "Rotating residential proxies, paid by time",
            Self::Monthly => "Residential proxies, paid by the month",
        }
    }

    pub(super) fn named(name: &str) -> Result<Self, Refusal> {
        Self::ALL
            .into_iter()
            .find(|family| family.name() == name)
            .ok_or_else(|| Refusal::invalid(format!("product: unknown product {name:?}")))
    }

    /// Whether it is a list of addresses in one country, rather than access to a pool.
    pub(super) fn is_addresses(self) -> bool {
        matches!(self, Self::Datacenter | Self::Isp)
    }

    /// The product code of `available-count`.
    pub(super) fn stock_code(self) -> Option<&'static str> {
        match self {
            Self::Datacenter => Some("dc"),
            Self::Isp => Some("isp"),
            _ => None,
        }
    }

    pub(super) fn cycles(self) -> &'static [Cycle] {
        match self {
            Self::Datacenter | Self::Isp => &[Cycle::Weekly, Cycle::Monthly, Cycle::Quarterly],
            Self::Standart | Self::Premium => &[Cycle::Lifetime],
            Self::Unmetered => &[Cycle::Daily, Cycle::Weekly, Cycle::Monthly],
            Self::Monthly => &[Cycle::Monthly],
        }
    }

    /// The number of the product row for this location.
    pub(super) fn product_id(self, location: Option<&str>) -> i64 {
        let row = LOCATIONS
            .iter()
            .position(|(code, _, _)| Some(*code) == location)
            .and_then(|row| i64::try_from(row).ok())
            .unwrap_or(0);
        match self {
            Self::Datacenter => 11 + row,
            Self::Isp => 21 + row,
            Self::Standart => 31,
            Self::Premium => 32,
            Self::Unmetered => 33,
            Self::Monthly => 34,
        }
    }

    /// Cents of one proxy, one GB or one plan. `None` for a cycle it is not sold in.
    fn unit_price(self, cycle: Cycle) -> Option<i64> {
        match (self, cycle) {
            (Self::Datacenter, Cycle::Weekly) => Some(50),
            (Self::Datacenter, Cycle::Monthly) => Some(150),
            (Self::Datacenter, Cycle::Quarterly) => Some(400),
            (Self::Isp, Cycle::Weekly) => Some(100),
            (Self::Isp, Cycle::Monthly) => Some(300),
            (Self::Isp, Cycle::Quarterly) => Some(800),
            (Self::Standart, Cycle::Lifetime) => Some(250),
            (Self::Premium, Cycle::Lifetime) => Some(450),
            (Self::Unmetered, Cycle::Daily) => Some(2_500),
            (Self::Unmetered, Cycle::Weekly) => Some(12_000),
            (Self::Unmetered, Cycle::Monthly) => Some(40_000),
            (Self::Monthly, Cycle::Monthly) => Some(1_000),
            _ => None,
        }
    }
}

/// How often an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Cycle {
    Daily,
    Weekly,
    Monthly,
    Quarterly,
    Lifetime,
}

impl Cycle {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Lifetime => "lifetime",
        }
    }

    pub(super) fn id(self) -> i64 {
        match self {
            Self::Daily => 1,
            Self::Weekly => 2,
            Self::Monthly => 3,
            Self::Quarterly => 4,
            Self::Lifetime => 5,
        }
    }

    /// How many days it lasts. `None`: for ever.
    pub(super) fn days(self) -> Option<u32> {
        match self {
            Self::Daily => Some(1),
            Self::Weekly => Some(7),
            Self::Monthly => Some(30),
            Self::Quarterly => Some(90),
            Self::Lifetime => None,
        }
    }

    pub(super) fn named(family: Family, name: &str) -> Result<Self, Refusal> {
        let offered = family.cycles();
        offered
            .iter()
            .copied()
            .find(|cycle| cycle.name() == name)
            .ok_or_else(|| {
                let names: Vec<&str> = offered.iter().map(|cycle| cycle.name()).collect();
                Refusal::invalid(format!(
                    "cycle: {name:?} is not offered for {}, which has {}",
                    family.name(),
                    names.join(", ")
                ))
            })
    }
}

/// The location of an order, as far as the family has any.
pub(super) fn location(family: Family, wanted: Option<&str>) -> Result<Option<String>, Refusal> {
    match (family.is_addresses(), wanted) {
        (true, None) => Err(Refusal::invalid(format!(
            "location: required for {}",
            family.name()
        ))),
        (true, Some(code)) if LOCATIONS.iter().any(|(known, _, _)| *known == code) => {
            Ok(Some(code.to_owned()))
        }
        (true, Some(code)) => Err(Refusal::invalid(format!(
            "location: {} is not sold in {code:?}",
            family.name()
        ))),
        (false, None) => Ok(None),
        (false, Some(code)) => Err(Refusal::invalid(format!(
            "location: {} is not sold by location, {code:?} is unknown",
            family.name()
        ))),
    }
}

/// Percent off for a promo code on a cycle.
pub(super) fn discount(promo: Option<&str>, cycle: Cycle) -> Result<i64, Refusal> {
    match promo {
        None => Ok(0),
        Some("SAVE10") if matches!(cycle, Cycle::Monthly | Cycle::Quarterly) => Ok(10),
        Some("SAVE10") => Err(Refusal::invalid(format!(
            "promo_code: SAVE10 is not valid for the cycle {}",
            cycle.name()
        ))),
        Some(code) => Err(Refusal::invalid(format!(
            "promo_code: unknown promo code {code:?}"
        ))),
    }
}

/// What something costs, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Price {
    pub(super) original: i64,
    pub(super) last: i64,
    pub(super) percent: i64,
}

/// The price of `quantity` for one cycle. A quantity too large to be priced is refused, not wrapped.
pub(super) fn price(
    family: Family,
    cycle: Cycle,
    quantity: i64,
    promo: Option<&str>,
) -> Result<Price, Refusal> {
    let percent = discount(promo, cycle)?;
    let unit = family
        .unit_price(cycle)
        .ok_or_else(|| Refusal::invalid(format!("cycle: {:?} is not offered", cycle.name())))?;
    let original = unit
        .checked_mul(quantity)
        .filter(|cents| *cents <= i64::MAX / 200)
        .ok_or_else(|| Refusal::invalid("quantity: too large"))?;
    Ok(Price {
        original,
        last: original - original * percent / 100,
        percent,
    })
}

/// Cents for a number of slots.
pub(super) fn slots_price(qty: i64) -> Result<i64, Refusal> {
    SLOT_PRICE
        .checked_mul(qty)
        .filter(|cents| *cents <= i64::MAX / 200)
        .ok_or_else(|| Refusal::invalid("qty: too large"))
}

/// Whether the key names the add-on that there is.
pub(super) fn addon(key: &str) -> Result<(), Refusal> {
    if key == SLOTS_KEY {
        Ok(())
    } else {
        Err(Refusal::invalid(format!(
            "addon_key: unknown add-on {key:?}"
        )))
    }
}

/// `GET /user/api/proxies/products`: one row for each product and location.
pub(super) fn products() -> Reply {
    let mut rows: Vec<Value> = Vec::new();
    for family in Family::ALL {
        let locations: Vec<Option<&str>> = if family.is_addresses() {
            LOCATIONS.iter().map(|(code, _, _)| Some(*code)).collect()
        } else {
            vec![None]
        };
        let cycles: Vec<&str> = family.cycles().iter().map(|cycle| cycle.name()).collect();
        for location in locations {
            rows.push(json!({
                "name": family.name(),
                "description": family.description(),
                "location": location,
                "cycles": cycles,
            }));
        }
    }
    Ok(json!({ "success": true, "products": rows }))
}
