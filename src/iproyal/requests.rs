//! The parameters of IPRoyal's requests, in types that cannot ask for something by accident.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{VENDOR, types};
use crate::error::Error;

/// A selection of orders. The default selects all.
#[derive(Clone, Debug, Default)]
pub struct OrderQuery {
    /// Orders of this product. An existing client found that the live API requires it.
    pub product_id: Option<i64>,
    /// Orders at this location.
    pub location_id: Option<i64>,
    /// Orders with this status.
    pub status: Option<types::OrderStatusFilter>,
    /// Orders with any of these statuses.
    pub statuses: Vec<types::OrderStatusFilter>,
    /// Orders with this phrase in the note.
    pub note_search: Option<String>,
    /// Orders with these ids.
    pub order_ids: Vec<i64>,
    /// Column and direction. The vendor's pages do not list the columns.
    pub sort: Option<(String, types::SortDirection)>,
    /// Orders that expire soon. An existing client found that the filter lets others through.
    pub is_expiring_soon: Option<bool>,
    /// Subscriptions or regular orders.
    pub billing_type: Option<types::OrderBillingType>,
}

/// A means of payment. The API takes a missing card for the balance; this type says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayWith {
    /// The account's balance.
    #[default]
    Balance,
    /// A saved card or other saved payment method, by its id from `GET /cards`.
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

/// A new order.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// The product.
    pub product_id: i64,
    /// The plan.
    pub plan_id: i64,
    /// Location ids, and the number of proxies at each. At least one.
    pub locations: Vec<(i64, i64)>,
    /// Coupon code.
    pub coupon_code: Option<String>,
    /// Asks the vendor to extend the order automatically.
    pub auto_extend: bool,
    /// Answers to the product's questions, by question id.
    pub answers: BTreeMap<String, Value>,
    /// The means of payment.
    pub pay_with: PayWith,
}

impl NewOrder {
    /// Creates an order for proxies at one location, paid from the balance.
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

    pub(super) fn body(&self) -> types::CreateOrderRequest {
        // A single location uses the fields that every page of the vendor has; `selection` is
        // newer and takes several.
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
            product_question_answers: (!self.answers.is_empty())
                .then(|| types::ProductQuestionAnswers(self.answers.clone().into_iter().collect())),
            card_id: self.pay_with.card_id(),
        }
    }
}

/// Returns the location ids of an order, and the quantity at each.
///
/// # Errors
/// When there is none, a quantity is below one, or the location stands in two places: two of the
/// vendor's samples have that, and no page says what is bought then.
pub(super) fn locations(body: &types::CreateOrderRequest) -> Result<Vec<(i64, i64)>, Error> {
    let has_both = body.product_location_id.or(body.quantity).is_some();
    if has_both && body.selection.is_some() {
        let what = "the location or the quantity stands beside `selection`, and the vendor does \
                    not document what is bought then: name all locations in `selection`, or one \
                    in `product_location_id` with its `quantity`";
        return Err(Error::input(what).at(VENDOR, Some("create_order")));
    }
    let single = body.product_location_id.zip(body.quantity);
    let several = body.selection.iter().flat_map(|it| &it.locations);
    let several = several.map(|it| (it.product_location_id, it.quantity));
    let locations: Vec<_> = single.into_iter().chain(several).collect();
    let mut quantities = locations.iter().map(|(_, quantity)| *quantity);
    let sum = quantities.try_fold(0_i64, |sum, it| sum.checked_add(it));
    let wrong = match locations.iter().all(|(_, quantity)| *quantity >= 1) {
        _ if sum.is_none() => "the quantities are too large to be added up",
        true if !locations.is_empty() => return Ok(locations),
        true => "no location is named: name at least one",
        false => "the quantity must be at least 1",
    };
    Err(Error::input(wrong).at(VENDOR, Some("create_order")))
}

/// The proxies of an order that are extended. The API takes an empty list for all of them; this
/// type says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtendScope {
    /// All proxies.
    All,
    /// The proxies with these IP addresses. At least one.
    Only(Vec<String>),
}

/// An extension of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The plan.
    pub plan_id: i64,
    /// The proxies.
    pub scope: ExtendScope,
    /// The means of payment.
    pub pay_with: PayWith,
}

impl Extension {
    /// Creates an extension of all proxies, paid from the balance.
    pub fn new(plan_id: i64) -> Self {
        Extension {
            plan_id,
            scope: ExtendScope::All,
            pay_with: PayWith::Balance,
        }
    }

    pub(super) fn body(&self) -> Result<types::ExtendOrderRequest, Error> {
        let proxies = match &self.scope {
            ExtendScope::All => Vec::new(),
            ExtendScope::Only(addresses) if addresses.is_empty() => {
                let what = "no address is named, which the API takes for all proxies: use \
                            ExtendScope::All if all are meant";
                return Err(Error::input(what).at(VENDOR, Some("extend_order")));
            }
            ExtendScope::Only(addresses) => addresses.clone(),
        };
        Ok(types::ExtendOrderRequest {
            product_plan_id: self.plan_id,
            card_id: self.pay_with.card_id(),
            proxies,
        })
    }
}

/// A setting for the automatic extension of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AutoExtend {
    /// The order is not extended automatically.
    Off,
    /// The order is extended automatically.
    On {
        /// The plan; `None` for the order's own.
        plan_id: Option<i64>,
        /// The means of payment.
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
