//! The catalogue: products, locations, cycles, prices, promo codes and add-ons.

use serde_json::{Value, json};

use crate::answer::{Refusal, Reply};
use crate::words::words;

/// Price of one `p0f_slots` slot and cycle, in cents.
pub const SLOT_PRICE: i64 = 50;

/// The one add-on known.
pub const SLOTS_KEY: &str = "p0f_slots";

/// The catalogue number of that add-on.
pub const SLOTS_CATALOG_ID: i64 = 1;

/// The countries that datacenter and ISP proxies are sold in, with the stock of each.
pub const LOCATIONS: [(&str, i64, i64); 5] = [
    ("DE", 500, 120),
    ("US", 800, 300),
    ("GB", 250, 80),
    ("NL", 150, 60),
    ("JP", 40, 12),
];

words! {
    /// A family of products that is sold, validated and delivered in the same way, by the product
    /// name as the vendor spells it.
    pub enum Family {
        Datacenter = "Datacenter Proxy",
        Isp = "ISP Proxy",
        Standart = "Standart Residential Proxy",
        Premium = "Premium Residential Proxy",
        Unmetered = "Unmetered Residential proxy",
        Monthly = "Residential Proxy NEW",
    }
}

/// The cycles that each family is sold in, and the cents of one proxy, one GB or one plan.
#[rustfmt::skip]
const PRICES: [(Family, Cycle, i64); 12] = [
    (Family::Datacenter, Cycle::Weekly, 50),
    (Family::Datacenter, Cycle::Monthly, 150),
    (Family::Datacenter, Cycle::Quarterly, 400),
    (Family::Isp, Cycle::Weekly, 100),
    (Family::Isp, Cycle::Monthly, 300),
    (Family::Isp, Cycle::Quarterly, 800),
    (Family::Standart, Cycle::Lifetime, 250),
    (Family::Premium, Cycle::Lifetime, 450),
    (Family::Unmetered, Cycle::Daily, 2_500),
    (Family::Unmetered, Cycle::Weekly, 12_000),
    (Family::Unmetered, Cycle::Monthly, 40_000),
    (Family::Monthly, Cycle::Monthly, 1_000),
];

impl Family {
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

    /// Returns the family of this product name.
    pub fn of(name: &str) -> Result<Self, Refusal> {
        Self::named(name)
            .ok_or_else(|| Refusal::invalid(format!("product: unknown product {name:?}")))
    }

    /// Tells whether it is a list of addresses in one country, rather than access to a pool.
    pub fn is_addresses(self) -> bool {
        matches!(self, Self::Datacenter | Self::Isp)
    }

    /// Returns the product code of `available-count`.
    pub fn stock_code(self) -> Option<&'static str> {
        match self {
            Self::Datacenter => Some("dc"),
            Self::Isp => Some("isp"),
            _ => None,
        }
    }

    /// Returns the cycles that it is sold in.
    pub fn cycles(self) -> Vec<Cycle> {
        let prices = PRICES.iter().filter(|(family, ..)| *family == self);
        prices.map(|(_, cycle, _)| *cycle).collect()
    }

    /// Returns the number of the product row for this location.
    pub fn product_id(self, location: Option<&str>) -> i64 {
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

    /// Returns the cents of one proxy, one GB or one plan; `None` for a cycle it is not sold in.
    fn unit_price(self, cycle: Cycle) -> Option<i64> {
        let mut prices = PRICES.iter();
        let found = prices.find(|(family, sold, _)| (*family, *sold) == (self, cycle))?;
        Some(found.2)
    }
}

words! {
    /// The time between two payments of an order.
    pub enum Cycle {
        Daily = "daily",
        Weekly = "weekly",
        Monthly = "monthly",
        Quarterly = "quarterly",
        Lifetime = "lifetime",
    }
}

impl Cycle {
    pub fn id(self) -> i64 {
        self as i64 + 1
    }

    /// Returns the number of days that it lasts; `None` for ever.
    pub fn days(self) -> Option<u32> {
        match self {
            Self::Daily => Some(1),
            Self::Weekly => Some(7),
            Self::Monthly => Some(30),
            Self::Quarterly => Some(90),
            Self::Lifetime => None,
        }
    }

    /// Returns the cycle of this name, if the family is offered in it.
    pub fn of(family: Family, name: &str) -> Result<Self, Refusal> {
        let offered = family.cycles();
        let found = Self::named(name).filter(|cycle| offered.contains(cycle));
        found.ok_or_else(|| {
            let names: Vec<&str> = offered.iter().map(|cycle| cycle.name()).collect();
            let (family, names) = (family.name(), names.join(", "));
            let message = format!("cycle: {name:?} is not offered for {family}, which has {names}");
            Refusal::invalid(message)
        })
    }
}

/// Checks the location of an order, if the family is sold by location.
pub fn location(family: Family, wanted: Option<&str>) -> Result<Option<String>, Refusal> {
    let name = family.name();
    match (family.is_addresses(), wanted) {
        (true, None) => Err(Refusal::invalid(format!("location: required for {name}"))),
        (true, Some(code)) if LOCATIONS.iter().any(|(known, _, _)| *known == code) => {
            Ok(Some(code.to_owned()))
        }
        (true, Some(code)) => Err(Refusal::invalid(format!(
            "location: {name} is not sold in {code:?}"
        ))),
        (false, None) => Ok(None),
        (false, Some(code)) => Err(Refusal::invalid(format!(
            "location: {name} is not sold by location, {code:?} is unknown"
        ))),
    }
}

/// Returns the per cent that a promo code takes off on a cycle.
pub fn discount(promo: Option<&str>, cycle: Cycle) -> Result<i64, Refusal> {
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

/// A price in cents, before and after the discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    pub original: i64,
    pub last: i64,
    pub percent: i64,
}

/// Returns the price of `quantity` for one cycle. A quantity that is too large is refused.
pub fn price(
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

/// Returns the price of a number of slots in cents.
pub fn slots_price(qty: i64) -> Result<i64, Refusal> {
    SLOT_PRICE
        .checked_mul(qty)
        .filter(|cents| *cents <= i64::MAX / 200)
        .ok_or_else(|| Refusal::invalid("qty: too large"))
}

/// Refuses every key but that of the one add-on.
pub fn addon(key: &str) -> Result<(), Refusal> {
    if key == SLOTS_KEY {
        Ok(())
    } else {
        Err(Refusal::invalid(format!(
            "addon_key: unknown add-on {key:?}"
        )))
    }
}

/// `GET /user/api/proxies/products`: one row for each product and location.
pub fn products() -> Reply {
    let mut rows: Vec<Value> = Vec::new();
    for &family in Family::ALL {
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
