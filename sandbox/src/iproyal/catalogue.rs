//! The products, cards and coupons.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::money;

/// The most proxies that any plan sells at once.
const MAX_QUANTITY: i64 = 100_000;

/// The card to which nothing can be charged.
const DECLINED_CARD: i64 = 4;

/// The catalogue at the start of every world.
#[derive(Debug, Default, Deserialize)]
struct Catalogue {
    products: Vec<Product>,
    /// As the vendor shows them.
    cards: Vec<Value>,
}

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| serde_json::from_str(include_str!("catalogue.json")).unwrap_or_default());

/// Returns the products with their first stock.
pub fn products() -> Vec<Product> {
    CATALOGUE.products.clone()
}

/// Returns the saved cards as the vendor shows them.
pub fn cards() -> &'static [Value] {
    &CATALOGUE.cards
}

/// Tells whether charges to a card are declined; `None` if there is no such card.
pub fn is_declined(card_id: i64) -> Option<bool> {
    let mut cards = cards().iter();
    cards.find(|card| card["id"] == card_id)?;
    Some(card_id == DECLINED_CARD)
}

/// Returns the per cent that a coupon takes off, if it is valid.
pub fn coupon_percent(code: &str) -> Option<i64> {
    match code {
        "DISCOUNT2024" => Some(0),
        "SAVE10" => Some(10),
        _ => None,
    }
}

/// A product.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Product {
    pub id: i64,
    pub name: String,
    pub network: Network,
    pub plans: Vec<Plan>,
    pub locations: Vec<Location>,
    pub questions: Vec<Question>,
    /// The least number of proxies and its discount in per cent; rising.
    pub quantity_discounts: Vec<(i64, i64)>,
}

/// The kind of proxies of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    StaticResidential,
    Datacenter,
    SneakerDatacenter,
    /// Not sold through this API, only rotated.
    Mobile,
}

/// A time for which proxies are bought.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    pub id: i64,
    pub name: String,
    pub days: u32,
    /// Cents for one proxy.
    pub price: i64,
    pub min_quantity: i64,
}

/// A country, or a city in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Location {
    pub id: i64,
    pub name: String,
    pub country_code: String,
    /// The number of proxies that are left; `None` where the vendor does not say.
    pub stock: Option<i64>,
    #[serde(default)]
    pub child_locations: Vec<Location>,
}

/// A question to the buyer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Question {
    pub id: i64,
    pub text: String,
    pub is_required: bool,
}

impl Plan {
    /// Tells whether the plan sells so many proxies at once.
    pub fn allows(&self, quantity: i64) -> Result<(), String> {
        let min = self.min_quantity;
        if (min..=MAX_QUANTITY).contains(&quantity) {
            return Ok(());
        }
        Err(format!(
            "The quantity must be between {min} and {MAX_QUANTITY}."
        ))
    }
}

impl Product {
    /// Tells whether it can be bought through this API.
    pub fn is_sold(&self) -> bool {
        self.network != Network::Mobile
    }

    /// Returns the plan of this id.
    pub fn plan(&self, id: i64) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == id)
    }

    /// Returns the location of this id, at any depth.
    pub fn location(&self, id: i64) -> Option<&Location> {
        self.locations.iter().find_map(|within| within.find(id))
    }

    /// Takes proxies out of the stock of a location.
    pub fn take(&mut self, location_id: i64, quantity: i64) {
        let mut locations = self.locations.iter_mut();
        let found = locations.find_map(|within| within.find_mut(location_id));
        if let Some(stock) = found.and_then(|location| location.stock.as_mut()) {
            *stock = stock.saturating_sub(quantity);
        }
    }

    /// Returns the product as the vendor shows it.
    pub fn json(&self) -> Value {
        let plans = self.plans.iter().map(|plan| {
            json!({
                "id": plan.id,
                "name": plan.name,
                "price": money(plan.price),
                "min_quantity": plan.min_quantity,
                "max_quantity": MAX_QUANTITY,
            })
        });
        let discounts = self.quantity_discounts.iter();
        let discounts = discounts
            .map(|(from, percent)| json!({ "quantity_from": from, "discount_percent": percent }));
        json!({
            "id": self.id,
            "name": self.name,
            "plans": plans.collect::<Vec<_>>(),
            "locations": self.locations.iter().map(Location::json).collect::<Vec<_>>(),
            "questions": self.questions,
            "quantity_discounts": discounts.collect::<Vec<_>>(),
        })
    }
}

impl Location {
    /// Tells whether so many proxies are left.
    pub fn has(&self, quantity: i64) -> bool {
        self.stock.is_none_or(|stock| stock >= quantity)
    }

    /// Returns how many proxies are left here and in the locations within.
    pub fn available(&self) -> i64 {
        let children = self.child_locations.iter().map(Self::available);
        self.stock.unwrap_or_default() + children.sum::<i64>()
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
        let mut children = self.child_locations.iter_mut();
        children.find_map(|child| child.find_mut(id))
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
