//! Finding orders.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Account;
use super::failure::{Errors, Failure};
use super::order::{Billing, Order, Status};
use crate::input::{Call, Query, integer_of};

/// How many orders a page has if the caller does not say.
const PER_PAGE: i64 = 10;

/// `GET /orders`
pub fn list_orders(account: &mut Account, call: &Call, now: Timestamp) -> Result<Value, Failure> {
    let mut errors = Errors::default();
    let filter = Filter::read(&call.query, &mut errors);
    let sorting = Sorting::read(&call.query, &mut errors);
    let page = at_least_one("page", 1, &call.query, &mut errors);
    let per_page = at_least_one("per_page", PER_PAGE, &call.query, &mut errors);
    errors.result()?;

    let mut found: Vec<&Order> = account
        .orders
        .iter()
        .filter(|order| filter.matches(order, now))
        .collect();
    found.sort_by(|a, b| sorting.compare(a, b));

    let total = found.len() as i64;
    let before = (page - 1).saturating_mul(per_page).min(total);
    let until = before.saturating_add(per_page).min(total);
    let data: Vec<_> = found
        .iter()
        .skip(before as usize)
        .take((until - before) as usize)
        .map(|order| order.json())
        .collect();
    let is_empty = data.is_empty();
    Ok(json!({
        "data": data,
        "meta": {
            "current_page": page,
            "from": (!is_empty).then_some(before + 1),
            "last_page": ((total - 1) / per_page + 1).max(1),
            "path": path(call),
            "per_page": per_page,
            "to": (!is_empty).then_some(until),
            "total": total,
        },
    }))
}

/// `GET /orders/{order_id}`
pub fn get_order(account: &mut Account, call: &Call, _: Timestamp) -> Result<Value, Failure> {
    let id = order_id(call)?;
    account.order(id).map(Order::json).ok_or(Failure::NotFound)
}

/// The order that the path names. What is no number is refused differently from a number that no
/// order has.
pub fn order_id(call: &Call) -> Result<i64, Failure> {
    let text = call.parameter("order_id").unwrap_or_default();
    match integer_of(text) {
        Ok(id) => Ok(id),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(Failure::NotFound)
        }
        Err(_) => Err(Failure::field(
            "order_id",
            "The order id field must be an integer.",
        )),
    }
}

fn path(call: &Call) -> String {
    let host = call.header("host").unwrap_or("localhost");
    format!("http://{host}/iproyal/v1/reseller/orders")
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
    ids: Option<Vec<i64>>,
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
            }),
            is_expiring_soon: errors.optional(
                "status_is_expiring_soon",
                query.boolean("status_is_expiring_soon"),
            ),
            billing: query
                .text("order_billing_type")
                .and_then(|name| known("order_billing_type", Billing::named(name), errors)),
        }
    }

    fn matches(&self, order: &Order, now: Timestamp) -> bool {
        let note = order.note.as_deref().unwrap_or_default().to_lowercase();
        self.product_id.is_none_or(|id| order.product_id == id)
            && self
                .location_id
                .is_none_or(|id| order.places.iter().any(|place| place.location_id == id))
            && self.status.is_none_or(|status| order.status == status)
            && is_among(self.statuses.as_ref(), &order.status)
            && is_among(self.ids.as_ref(), &order.id)
            && self
                .note
                .as_ref()
                .is_none_or(|phrase| note.contains(phrase))
            && self
                .is_expiring_soon
                .is_none_or(|wanted| order.is_expiring_soon(now) == wanted)
            && self.billing.is_none_or(|billing| order.billing == billing)
    }
}

fn is_among<T: PartialEq>(wanted: Option<&Vec<T>>, value: &T) -> bool {
    wanted.is_none_or(|wanted| wanted.contains(value))
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

#[derive(Debug, Default)]
struct Sorting {
    /// `None` is the order that nobody asked for: the newest first.
    column: Option<Column>,
    descending: bool,
}

#[derive(Debug, Clone, Copy)]
enum Column {
    Id,
    ExpireDate,
    Status,
    Quantity,
    Note,
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
                "id" => Some(Column::Id),
                "expire_date" => Some(Column::ExpireDate),
                "status" => Some(Column::Status),
                "quantity" => Some(Column::Quantity),
                "note" => Some(Column::Note),
                _ => None,
            };
            known("sort_by", column, errors)
        });
        if order.is_some_and(|order| !matches!(order, "asc" | "desc")) {
            errors.unknown("order");
        }
        Self {
            column,
            descending: order == Some("desc"),
        }
    }

    fn compare(&self, a: &Order, b: &Order) -> Ordering {
        let Some(column) = self.column else {
            return b.id.cmp(&a.id);
        };
        let ordering = match column {
            Column::Id => a.id.cmp(&b.id),
            Column::ExpireDate => a.expires_at.cmp(&b.expires_at),
            Column::Status => a.status.name().cmp(b.status.name()),
            Column::Quantity => a.quantity.cmp(&b.quantity),
            Column::Note => a.note.cmp(&b.note),
        };
        let ordering = if self.descending {
            ordering.reverse()
        } else {
            ordering
        };
        ordering.then(a.id.cmp(&b.id))
    }
}
