//! What can be bought.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Account;
use super::failure::Failure;
use crate::answer::money;
use crate::input::Call;

/// A product.
#[derive(Debug, Clone)]
pub struct Product {
    pub id: i64,
    pub name: &'static str,
    pub network: Network,
    pub plans: Vec<Plan>,
    pub locations: Vec<Location>,
    pub questions: Vec<Question>,
    /// From how many proxies on, how many per cent; rising.
    pub quantity_discounts: Vec<(i64, i64)>,
}

/// The kind of proxies that a product is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    StaticResidential,
    Datacenter,
    SneakerDatacenter,
    /// Not sold through this API, only rotated.
    Mobile,
}

/// How long proxies are bought for.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub id: i64,
    pub name: &'static str,
    pub days: u32,
    /// Cents for one proxy.
    pub price: i64,
    pub min_quantity: i64,
    pub max_quantity: i64,
}

/// Where proxies are.
#[derive(Debug, Clone)]
pub struct Location {
    pub id: i64,
    pub name: &'static str,
    pub country_code: &'static str,
    pub country_name: &'static str,
    /// How many are left; `None` where the vendor does not say.
    pub stock: Option<i64>,
    pub child_locations: Vec<Location>,
}

/// What is asked on buying.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    pub id: i64,
    pub text: &'static str,
    pub is_required: bool,
}

impl Product {
    /// Whether it can be bought through this API.
    pub fn is_sold(&self) -> bool {
        self.network != Network::Mobile
    }

    /// The plan of that id.
    pub fn plan(&self, id: i64) -> Option<Plan> {
        self.plans.iter().copied().find(|plan| plan.id == id)
    }

    /// The location of that id, at any depth.
    pub fn location(&self, id: i64) -> Option<&Location> {
        self.locations.iter().find_map(|within| within.find(id))
    }

    /// Takes proxies out of the stock of a location.
    pub fn take(&mut self, location_id: i64, quantity: i64) {
        let found = self
            .locations
            .iter_mut()
            .find_map(|within| within.find_mut(location_id));
        if let Some(stock) = found.and_then(|location| location.stock.as_mut()) {
            *stock = stock.saturating_sub(quantity);
        }
    }

    fn json(&self) -> Value {
        let plans = self.plans.iter().map(|plan| {
            json!({
                "id": plan.id,
                "name": plan.name,
                "price": money(plan.price),
                "min_quantity": plan.min_quantity,
                "max_quantity": plan.max_quantity,
            })
        });
        let questions = self.questions.iter().map(|question| {
            json!({
                "id": question.id,
                "text": question.text,
                "is_required": question.is_required,
            })
        });
        let discounts = self
            .quantity_discounts
            .iter()
            .map(|(from, percent)| json!({ "quantity_from": from, "discount_percent": percent }));
        json!({
            "id": self.id,
            "name": self.name,
            "plans": plans.collect::<Vec<_>>(),
            "locations": self.locations.iter().map(Location::json).collect::<Vec<_>>(),
            "questions": questions.collect::<Vec<_>>(),
            "quantity_discounts": discounts.collect::<Vec<_>>(),
        })
    }
}

impl Location {
    /// Whether so many are there.
    pub fn has(&self, quantity: i64) -> bool {
        self.stock.is_none_or(|stock| stock >= quantity)
    }

    fn find(&self, id: i64) -> Option<&Self> {
        if self.id == id {
            return Some(self);
        }
        self.child_locations.iter().find_map(|child| child.find(id))
    }

    fn find_mut(&mut self, id: i64) -> Option<&mut Self> {
        if self.id == id {
            return Some(self);
        }
        self.child_locations
            .iter_mut()
            .find_map(|child| child.find_mut(id))
    }

    fn available(&self) -> i64 {
        let children = self.child_locations.iter().map(Self::available);
        self.stock.unwrap_or_default() + children.sum::<i64>()
    }

    fn json(&self) -> Value {
        let children = self.child_locations.iter().map(Self::json);
        json!({
            "id": self.id,
            "name": self.name,
            "out_of_stock": !self.has(1),
            "available_proxies_count": self.stock,
            "child_locations": children.collect::<Vec<_>>(),
        })
    }
}

/// How the state file keeps products: by what is left of them. All else is the same in every world.
pub mod stock {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Location, Product};
    use crate::iproyal::seed;

    /// What is left at each location.
    pub fn serialize<S: Serializer>(
        products: &[Product],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut left = BTreeMap::new();
        for location in products.iter().flat_map(|product| &product.locations) {
            note(location, &mut left);
        }
        left.serialize(serializer)
    }

    /// The products of every world, with so much left.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Product>, D::Error> {
        let left = BTreeMap::deserialize(deserializer)?;
        let mut products = seed::products();
        for location in products
            .iter_mut()
            .flat_map(|product| &mut product.locations)
        {
            set(location, &left);
        }
        Ok(products)
    }

    fn note(location: &Location, left: &mut BTreeMap<i64, i64>) {
        left.extend(location.stock.map(|stock| (location.id, stock)));
        for child in &location.child_locations {
            note(child, left);
        }
    }

    fn set(location: &mut Location, left: &BTreeMap<i64, i64>) {
        if let (Some(stock), Some(left)) = (&mut location.stock, left.get(&location.id)) {
            *stock = *left;
        }
        for child in &mut location.child_locations {
            set(child, left);
        }
    }
}

/// `GET /products`
pub fn list_products(account: &mut Account, _: &Call, _: Timestamp) -> Result<Value, Failure> {
    let sold = account
        .products
        .iter()
        .filter(|product| product.is_sold())
        .map(Product::json);
    Ok(json!({ "data": sold.collect::<Vec<_>>() }))
}

/// `GET /access/availability/static-residential`
pub fn list_isp_availability(
    account: &mut Account,
    _: &Call,
    _: Timestamp,
) -> Result<Value, Failure> {
    Ok(availability(account, Network::StaticResidential))
}

/// `GET /access/availability/dc`
pub fn list_datacenter_availability(
    account: &mut Account,
    _: &Call,
    _: Timestamp,
) -> Result<Value, Failure> {
    Ok(availability(account, Network::Datacenter))
}

/// `GET /access/availability/sneaker-dc`
pub fn list_sneaker_datacenter_availability(
    account: &mut Account,
    _: &Call,
    _: Timestamp,
) -> Result<Value, Failure> {
    Ok(availability(account, Network::SneakerDatacenter))
}

fn availability(account: &Account, network: Network) -> Value {
    let mut countries: Vec<(&str, &str, i64)> = Vec::new();
    let locations = account
        .products
        .iter()
        .filter(|product| product.network == network)
        .flat_map(|product| &product.locations);
    for location in locations {
        let known = countries
            .iter_mut()
            .find(|(code, ..)| *code == location.country_code);
        match known {
            Some((_, _, ips)) => *ips += location.available(),
            None => countries.push((
                location.country_code,
                location.country_name,
                location.available(),
            )),
        }
    }
    let data = countries.iter().map(|(code, name, ips)| {
        json!({ "country_code": code, "country_name": name, "available_ips": ips })
    });
    json!({ "data": data.collect::<Vec<_>>() })
}
