//! Finding orders.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Account;
use super::failure::{Errors, Failure};
use super::order::{Billing, Column, Order, Shelf, Status, soon};
use crate::book::{Book, Entry};
use crate::input::{Call, Query, integer_of};

/// How many orders a page has if the caller does not say.
const PER_PAGE: i64 = 10;

/// `GET /orders`
pub fn list_orders(account: &mut Account, call: &Call, now: Timestamp) -> Result<Value, Failure> {
    let mut errors = Errors::default();
    let mut filter = Filter::read(&call.query, &mut errors);
    let sorting = Sorting::read(&call.query, &mut errors);
    let page = at_least_one("page", 1, &call.query, &mut errors);
    let per_page = at_least_one("per_page", PER_PAGE, &call.query, &mut errors);
    errors.result()?;
    if filter.is_expiring_soon.is_some() && call.conditions.expiry_filter_lies() {
        filter.is_expiring_soon = None;
    }

    let before = usize::try_from((page - 1).saturating_mul(per_page)).unwrap_or(usize::MAX);
    let size = usize::try_from(per_page).unwrap_or(usize::MAX);
    let found = find(&account.orders, &filter, &sorting, now, before, size);
    let data: Vec<_> = found.page.iter().map(|order| order.json()).collect();
    let total = i64::try_from(found.total).unwrap_or(i64::MAX);
    let before = i64::try_from(before).unwrap_or(i64::MAX).min(total);
    let until = before.saturating_add(per_page).min(total);
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

/// A page of what was looked for.
struct Found<'a> {
    page: Vec<&'a Order>,
    /// How many there are on all pages.
    total: usize,
}

/// Up to how many orders are looked at and sorted, rather than found in the order wanted.
const FEW: usize = 200;

/// Looks for a page. Only what few orders can match is looked at order by order.
fn find<'a>(
    orders: &'a Book<Order>,
    filter: &Filter,
    sorting: &Sorting,
    now: Timestamp,
    skip: usize,
    take: usize,
) -> Found<'a> {
    let on_shelf = |shelf: &Shelf| filter.takes(shelf);
    let matches = |order: &&Order| filter.matches(order, now);
    let few: Option<Vec<&Order>> = if let Some(ids) = &filter.ids {
        let found = ids.iter().filter_map(|id| orders.get(*id));
        Some(found.filter(matches).collect())
    } else if filter.is_expiring_soon == Some(true) {
        Some(orders.due_by(soon(now)).filter(matches).collect())
    } else if filter.note.is_some() || orders.count(on_shelf) <= FEW {
        let found = orders.newest_first(on_shelf, 0);
        Some(found.filter(matches).collect())
    } else {
        None
    };
    if let Some(mut page) = few {
        page.sort_by(|a, b| sorting.compare(a, b));
        let total = page.len();
        page.truncate(skip.saturating_add(take));
        page.drain(..skip.min(page.len()));
        return Found { page, total };
    }

    let mut total = orders.count(on_shelf);
    if filter.is_expiring_soon == Some(false) {
        let soon = orders.due_by(soon(now));
        let left_out = soon.filter(|order| on_shelf(&order.shelf()) && !matches(order));
        total = total.saturating_sub(left_out.count());
    }
    // What is left to match is what the shelf does not tell, and that lets nearly all through.
    let page: Vec<&Order> = match (sorting.by, sorting.descending) {
        (By::Id, true) if filter.is_expiring_soon.is_none() => {
            orders.newest_first(on_shelf, skip).take(take).collect()
        }
        (By::Id, false) if filter.is_expiring_soon.is_none() => {
            orders.oldest_first(on_shelf, skip).take(take).collect()
        }
        (By::Id, true) => {
            let found = orders.newest_first(on_shelf, 0).filter(matches);
            found.skip(skip).take(take).collect()
        }
        (By::Id, false) => {
            let found = orders.oldest_first(on_shelf, 0).filter(matches);
            found.skip(skip).take(take).collect()
        }
        (By::Column(column), true) => {
            let found = orders.sorted(column as usize).rev().filter(matches);
            found.skip(skip).take(take).collect()
        }
        (By::Column(column), false) => {
            let found = orders.sorted(column as usize).filter(matches);
            found.skip(skip).take(take).collect()
        }
    };
    Found { page, total }
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

    /// Whether orders of a shelf are wanted.
    fn takes(&self, shelf: &Shelf) -> bool {
        self.product_id.is_none_or(|id| shelf.product_id == id)
            && self
                .location_id
                .is_none_or(|id| shelf.location_ids.contains(&id))
            && self.status.is_none_or(|status| shelf.status == status)
            && self
                .statuses
                .as_ref()
                .is_none_or(|statuses| statuses.contains(&shelf.status))
            && self.billing.is_none_or(|billing| shelf.billing == billing)
            && (self.note.is_none() || shelf.has_note)
    }

    fn matches(&self, order: &Order, now: Timestamp) -> bool {
        let note = || order.note.as_deref().unwrap_or_default().to_lowercase();
        self.takes(&order.shelf())
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&order.id))
            && self
                .note
                .as_ref()
                .is_none_or(|phrase| note().contains(phrase))
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

#[derive(Debug, Clone, Copy)]
enum By {
    Id,
    Column(Column),
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
                "expire_date" => Some(By::Column(Column::ExpireDate)),
                "status" => Some(By::Column(Column::Status)),
                "quantity" => Some(By::Column(Column::Quantity)),
                "note" => Some(By::Column(Column::Note)),
                _ => None,
            };
            known("sort_by", column, errors)
        });
        if order.is_some_and(|order| !matches!(order, "asc" | "desc")) {
            errors.unknown("order");
        }
        // The order that nobody asks for is the newest first.
        Self {
            by: column.unwrap_or(By::Id),
            descending: order.is_none_or(|order| order == "desc"),
        }
    }

    fn compare(&self, a: &Order, b: &Order) -> Ordering {
        let ordering = match self.by {
            By::Id => Ordering::Equal,
            By::Column(column) => a.rank(column).cmp(&b.rank(column)),
        };
        let ordering = ordering.then(a.id.cmp(&b.id));
        if self.descending {
            ordering.reverse()
        } else {
            ordering
        }
    }
}
