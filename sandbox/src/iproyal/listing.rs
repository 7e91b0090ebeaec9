//! Finding orders.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::account::Account;
use super::errors::{Errors, not_found, wrong_field};
use super::order::{Billing, Order, Status};
use crate::account::find;
use crate::answer::{Refusal, Reply};
use crate::request::RequestContext;
use crate::values::{Query, integer_of};

/// The number of orders on a page if the caller does not say.
const PER_PAGE: i64 = 10;

/// `GET /orders`
pub fn list_orders(account: &mut Account, request: &RequestContext) -> Reply {
    let mut errors = Errors::default();
    let mut filter = Filter::read(&request.query, &mut errors);
    let sorting = Sorting::read(&request.query, &mut errors);
    let page = at_least_one("page", 1, &request.query, &mut errors);
    let per_page = at_least_one("per_page", PER_PAGE, &request.query, &mut errors);
    errors.result()?;
    if filter.is_expiring_soon.is_some() && request.conditions.expiry_filter_lies() {
        filter.is_expiring_soon = None;
    }

    let before = usize::try_from((page - 1).saturating_mul(per_page)).unwrap_or(usize::MAX);
    let size = usize::try_from(per_page).unwrap_or(usize::MAX);
    let mut found = filter.find(&account.orders, request.now);
    if sorting.by != By::Id {
        // Stable: the newest of equal orders stays first.
        found.sort_by(|a, b| sorting.by.compare(a, b));
    }
    if !sorting.descending {
        found.reverse();
    }
    let page_orders = found.iter().skip(before).take(size);
    let data: Vec<_> = page_orders.map(|order| order.json()).collect();
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let before = i64::try_from(before).unwrap_or(i64::MAX).min(total);
    let until = before.saturating_add(per_page).min(total);
    let is_empty = data.is_empty();
    let host = request.header("host").unwrap_or("localhost");
    let path = request.target.split('?').next().unwrap_or_default();
    Ok(json!({
        "data": data,
        "meta": {
            "current_page": page,
            "from": (!is_empty).then_some(before + 1),
            "last_page": ((total - 1) / per_page + 1).max(1),
            "path": format!("http://{host}{path}"),
            "per_page": per_page,
            "to": (!is_empty).then_some(until),
            "total": total,
        },
    }))
}

/// `GET /orders/{order_id}`
pub fn get_order(account: &mut Account, request: &RequestContext) -> Reply {
    let id = order_id(request)?;
    account.order(id).map(Order::json).ok_or_else(not_found)
}

/// Returns the order id in the path. An id that is not a number is refused in another way than a
/// number that no order has.
pub fn order_id(request: &RequestContext) -> Result<i64, Refusal> {
    let text = request.parameter("order_id").unwrap_or_default();
    integer_of(text).map_err(|_| {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return not_found();
        }
        wrong_field("order_id", "The order id field must be an integer.")
    })
}

fn at_least_one(name: &str, otherwise: i64, query: &Query, errors: &mut Errors) -> i64 {
    let given = errors.optional(name, query.integer(name));
    if given.is_some_and(|number| number < 1) {
        errors.add(name, format!("The {name} field must be at least 1."));
    }
    given.unwrap_or(otherwise).max(1)
}

#[derive(Debug, Default)]
struct Filter {
    product_id: Option<i64>,
    location_id: Option<i64>,
    status: Option<Status>,
    statuses: Option<Vec<Status>>,
    note: Option<String>,
    ids: Option<BTreeSet<i64>>,
    is_expiring_soon: Option<bool>,
    billing: Option<Billing>,
}

impl Filter {
    fn read(query: &Query, errors: &mut Errors) -> Self {
        Self {
            product_id: errors.optional("product_id", query.integer("product_id")),
            location_id: errors.optional("location_id", query.integer("location_id")),
            status: query
                .text("status")
                .and_then(|name| known("status", Status::named(name), errors)),
            statuses: elements("statuses", query, errors, |name, errors, field| {
                known(field, Status::named(name), errors)
            }),
            // Databases compare such phrases without regard to case.
            note: query.text("note_search").map(str::to_lowercase),
            ids: elements("order_ids", query, errors, |id, errors, field| {
                errors.optional(field, integer_of(id).map(Some))
            })
            .map(BTreeSet::from_iter),
            is_expiring_soon: errors.optional(
                "status_is_expiring_soon",
                query.boolean("status_is_expiring_soon"),
            ),
            billing: query
                .text("order_billing_type")
                .and_then(|name| known("order_billing_type", Billing::named(name), errors)),
        }
    }

    /// Returns the orders that match, the newest first.
    fn find<'a>(&self, orders: &'a [Order], now: Timestamp) -> Vec<&'a Order> {
        let matches = |order: &&Order| self.matches(order, now);
        match &self.ids {
            Some(ids) => {
                let named = ids.iter().rev().filter_map(|id| find(orders, *id));
                named.filter(matches).collect()
            }
            None => orders.iter().rev().filter(matches).collect(),
        }
    }

    /// Tells whether an order matches in everything but its id.
    fn matches(&self, order: &Order, now: Timestamp) -> bool {
        let statuses = self.statuses.as_ref();
        let is_in = |id: i64| order.places.iter().any(|place| place.location_id == id);
        let says = |phrase: &String| {
            let note = order.note.as_ref();
            note.is_some_and(|note| note.to_lowercase().contains(phrase))
        };
        self.product_id.is_none_or(|id| order.product_id == id)
            && self.status.is_none_or(|status| order.status == status)
            && statuses.is_none_or(|statuses| statuses.contains(&order.status))
            && self.billing.is_none_or(|billing| order.billing == billing)
            && self.location_id.is_none_or(is_in)
            && self.note.as_ref().is_none_or(says)
            && self
                .is_expiring_soon
                .is_none_or(|wanted| order.is_expiring_soon(now) == wanted)
    }
}

fn known<T>(field: &str, found: Option<T>, errors: &mut Errors) -> Option<T> {
    if found.is_none() {
        errors.unknown(field);
    }
    found
}

/// A list, each element read by `read`, which notes a wrong one as `name.index`.
fn elements<T>(
    name: &str,
    query: &Query,
    errors: &mut Errors,
    mut read: impl FnMut(&str, &mut Errors, &str) -> Option<T>,
) -> Option<Vec<T>> {
    let elements = query.list(name)?;
    let read = elements
        .iter()
        .enumerate()
        .filter_map(|(index, element)| read(element, errors, &format!("{name}.{index}")));
    Some(read.collect())
}

#[derive(Debug)]
struct Sorting {
    by: By,
    descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Id,
    ExpireDate,
    Status,
    Quantity,
    Note,
}

impl By {
    /// Compares two orders, the later in a falling list first.
    fn compare(self, a: &Order, b: &Order) -> Ordering {
        match self {
            Self::Id => b.id.cmp(&a.id),
            Self::ExpireDate => b.expires_at.cmp(&a.expires_at),
            Self::Status => b.status.name().cmp(a.status.name()),
            Self::Quantity => b.quantity.cmp(&a.quantity),
            Self::Note => b.note.cmp(&a.note),
        }
    }
}

impl Sorting {
    fn read(query: &Query, errors: &mut Errors) -> Self {
        let by = query.text("sort_by");
        let order = query.text("order");
        if by.is_some() != order.is_some() {
            let (missing, present) = if by.is_some() {
                ("order", "sort by")
            } else {
                ("sort_by", "order")
            };
            let words = missing.replace('_', " ");
            errors.add(
                missing,
                format!("The {words} field is required when {present} is present."),
            );
        }
        let column = by.and_then(|by| {
            let column = match by {
                "id" => Some(By::Id),
                "expire_date" => Some(By::ExpireDate),
                "status" => Some(By::Status),
                "quantity" => Some(By::Quantity),
                "note" => Some(By::Note),
                _ => None,
            };
            known("sort_by", column, errors)
        });
        if order.is_some_and(|order| !matches!(order, "asc" | "desc")) {
            errors.unknown("order");
        }
        // Without a wish the newest order comes first.
        Self {
            by: column.unwrap_or(By::Id),
            descending: order.is_none_or(|order| order == "desc"),
        }
    }
}
