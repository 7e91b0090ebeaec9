//! Finding orders.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::json;

use super::account::Account;
use super::errors::{Errors, not_found, wrong_field};
use super::order::{Billing, Order, Status};
use crate::answer::{Refusal, Reply};
use crate::request::RequestContext;
use crate::values::{Query, integer_of};
use crate::words::words;

/// The number of orders on a page if the caller does not say.
const PER_PAGE: i64 = 10;

/// `GET /orders`
pub fn list_orders(account: &mut Account, request: &RequestContext) -> Reply {
    let mut errors = Errors::default();
    let mut filters = filters(&request.query, &mut errors);
    let is_expiring_soon = request.query.boolean("status_is_expiring_soon");
    let is_expiring_soon = errors.optional("status_is_expiring_soon", is_expiring_soon);
    let sorting = Sorting::read(&request.query, &mut errors);
    let page = at_least_one("page", 1, &request.query, &mut errors);
    let per_page = at_least_one("per_page", PER_PAGE, &request.query, &mut errors);
    errors.result()?;
    let now = request.now;
    if let Some(wanted) = is_expiring_soon
        && !request.conditions.expiry_filter_lies()
    {
        filters.push(Box::new(move |order| order.is_expiring_soon(now) == wanted));
    }

    let before = usize::try_from((page - 1).saturating_mul(per_page)).unwrap_or(usize::MAX);
    let size = usize::try_from(per_page).unwrap_or(usize::MAX);
    let matches = |order: &&Order| filters.iter().all(|matches| matches(order));
    let mut found: Vec<_> = account.orders.iter().rev().filter(matches).collect();
    if sorting.by != By::Id {
        // Stable: the newest of equal orders stays first.
        found.sort_by(|a, b| sorting.by.compare(a, b));
    }
    if !sorting.descending {
        found.reverse();
    }
    request.conditions.shift(&mut found, before, size);
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

/// A condition on the orders of a list.
type Filter = Box<dyn Fn(&Order) -> bool>;

/// Reads the filters, but for the one about the time.
fn filters(query: &Query, errors: &mut Errors) -> Vec<Filter> {
    let mut filters: Vec<Filter> = Vec::new();
    if let Some(id) = errors.optional("product_id", query.integer("product_id")) {
        filters.push(Box::new(move |order| order.product_id == id));
    }
    if let Some(id) = errors.optional("location_id", query.integer("location_id")) {
        let is_there = move |order: &Order| order.places.iter().any(|one| one.location_id == id);
        filters.push(Box::new(is_there));
    }
    if let Some(name) = query.text("status")
        && let Some(status) = errors.known("status", Status::named(name))
    {
        filters.push(Box::new(move |order| order.status == status));
    }
    let read =
        |name: &str, errors: &mut Errors, field: &str| errors.known(field, Status::named(name));
    if let Some(statuses) = elements("statuses", query, errors, read) {
        filters.push(Box::new(move |order| statuses.contains(&order.status)));
    }
    if let Some(name) = query.text("order_billing_type")
        && let Some(billing) = errors.known("order_billing_type", Billing::named(name))
    {
        filters.push(Box::new(move |order| order.billing == billing));
    }
    let read = |id: &str, errors: &mut Errors, field: &str| {
        errors.optional(field, integer_of(id).map(Some))
    };
    if let Some(ids) = elements("order_ids", query, errors, read) {
        let ids = BTreeSet::from_iter(ids);
        filters.push(Box::new(move |order| ids.contains(&order.id)));
    }
    // Databases compare such phrases without regard to case.
    if let Some(phrase) = query.text("note_search").map(str::to_lowercase) {
        let says = move |note: &String| note.to_lowercase().contains(&phrase);
        filters.push(Box::new(move |order| {
            order.note.as_ref().is_some_and(&says)
        }));
    }
    filters
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

words! {
    /// The columns by which orders are sorted.
    enum By {
        Id = "id",
        ExpireDate = "expire_date",
        Status = "status",
        Quantity = "quantity",
        Note = "note",
    }
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
        let missing = match (by, order) {
            (Some(_), None) => Some((
                "order",
                "The order field is required when sort by is present.",
            )),
            (None, Some(_)) => Some((
                "sort_by",
                "The sort by field is required when order is present.",
            )),
            _ => None,
        };
        if let Some((field, message)) = missing {
            errors.add(field, message);
        }
        let column = by.and_then(|by| errors.known("sort_by", By::named(by)));
        if order.is_some_and(|order| !matches!(order, "asc" | "desc")) {
            errors.unknown("order");
        }
        // Without an order given, the newest order comes first.
        Self {
            by: column.unwrap_or(By::Id),
            descending: order.is_none_or(|order| order == "desc"),
        }
    }
}
