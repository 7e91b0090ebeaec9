//! What is asked of IPRoyal, in types that can't say something by accident.

use std::collections::BTreeMap;

use serde_json::Value;

use super::types;

/// Which orders to list. The default lists all.
#[derive(Clone, Debug, Default)]
pub struct OrderQuery {
    /// Of this product. One public client found that the live API asks for it.
    pub product_id: Option<i64>,
    /// At this location.
    pub location_id: Option<i64>,
    /// With this status.
    pub status: Option<types::OrderStatusFilter>,
    /// With any of these.
    pub statuses: Vec<types::OrderStatusFilter>,
    /// With this phrase in the note.
    pub note_search: Option<String>,
    /// Only these.
    pub order_ids: Vec<i64>,
    /// Column and direction; the pages don't list the columns.
    pub sort: Option<(String, types::SortDirection)>,
    /// Only those that expire soon. A public client found the filter to let others through.
    pub is_expiring_soon: Option<bool>,
    /// Subscriptions or regular orders.
    pub billing_type: Option<types::OrderBillingType>,
}

/// How something is paid. The API takes a missing card for the balance; here it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PayWith {
    /// From the account's balance.
    #[default]
    Balance,
    /// By a saved card or other saved payment method, by its id from `GET /cards`.
    Card(i64),
}

impl PayWith {
    pub(super) fn card_id(self) -> Option<i64> {
        match self {
            PayWith::Balance => None,
            PayWith::Card(id) => Some(id),
        }
    }
}

/// An order to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// Which product.
    pub product_id: i64,
    /// On which plan.
    pub plan_id: i64,
    /// How many proxies at which locations: `(location id, quantity)`. At least one.
    pub locations: Vec<(i64, i64)>,
    /// Coupon code.
    pub coupon_code: Option<String>,
    /// Whether the order is extended automatically.
    pub auto_extend: bool,
    /// Answers to the product's questions, by question id.
    pub answers: BTreeMap<String, Value>,
    /// How it is paid.
    pub pay_with: PayWith,
}

impl NewOrder {
    /// An order for proxies at one location, paid from the balance.
    pub fn new(product_id: i64, plan_id: i64, location_id: i64, quantity: i64) -> Self {
        NewOrder {
            product_id,
            plan_id,
            locations: vec![(location_id, quantity)],
            coupon_code: None,
            auto_extend: false,
            answers: BTreeMap::new(),
            pay_with: PayWith::Balance,
        }
    }

    pub(super) fn answers(&self) -> Option<types::ProductQuestionAnswers> {
        let answers = self.answers.clone().into_iter().collect();
        (!self.answers.is_empty()).then_some(types::ProductQuestionAnswers(answers))
    }

    pub(super) fn body(&self) -> types::CreateOrderRequest {
        // One location goes by the fields that every page has; `selection` is newer and takes several.
        let single = match self.locations.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        let several = || types::OrderSelection {
            locations: self
                .locations
                .iter()
                .map(|&(product_location_id, quantity)| types::LocationQuantity {
                    product_location_id,
                    quantity,
                })
                .collect(),
        };
        types::CreateOrderRequest {
            product_id: self.product_id,
            product_plan_id: self.plan_id,
            product_location_id: single.map(|(location_id, _)| location_id),
            quantity: single.map(|(_, quantity)| quantity),
            selection: single.is_none().then(several),
            coupon_code: self.coupon_code.clone(),
            auto_extend: Some(self.auto_extend),
            product_question_answers: self.answers(),
            card_id: self.pay_with.card_id(),
        }
    }
}

/// Which proxies of an order are extended. The API takes an empty list for all of them; here it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtendScope {
    /// All.
    All,
    /// Only these, by IP address. At least one.
    Only(Vec<String>),
}

/// An extension of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// By which plan.
    pub plan_id: i64,
    /// Which proxies.
    pub scope: ExtendScope,
    /// How it is paid.
    pub pay_with: PayWith,
}

impl Extension {
    /// An extension of all proxies, paid from the balance.
    pub fn new(plan_id: i64) -> Self {
        Extension {
            plan_id,
            scope: ExtendScope::All,
            pay_with: PayWith::Balance,
        }
    }

    pub(super) fn body(&self) -> types::ExtendOrderRequest {
        types::ExtendOrderRequest {
            product_plan_id: self.plan_id,
            card_id: self.pay_with.card_id(),
            proxies: match &self.scope {
                ExtendScope::All => Vec::new(),
                ExtendScope::Only(addresses) => addresses.clone(),
            },
        }
    }
}

/// Whether an order is extended automatically.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoExtend {
    /// It is not.
    Off,
    /// It is.
    On {
        /// By which plan; the order's own if none is named.
        plan_id: Option<i64>,
        /// How it is paid.
        pay_with: PayWith,
    },
}

impl AutoExtend {
    pub(super) fn body(self, order_id: i64) -> types::ToggleAutoExtendRequest {
        let (is_enabled, plan_id, pay_with) = match self {
            AutoExtend::Off => (false, None, None),
            AutoExtend::On { plan_id, pay_with } => (true, plan_id, Some(pay_with)),
        };
        types::ToggleAutoExtendRequest {
            order_id,
            is_enabled,
            product_plan_id: plan_id,
            payment_type: pay_with.map(|it| match it {
                PayWith::Balance => types::PaymentType::Balance,
                PayWith::Card(_) => types::PaymentType::Card,
            }),
            card_id: pay_with.and_then(PayWith::card_id),
        }
    }
}
