//! Finding orders.

use serde_json::{Value, json};

use super::account::Account;
use super::order::{Order, Status};
use super::reading::{invalid, optional};
use crate::answer::{Refusal, Reply};
use crate::request::RequestContext;
use crate::values::Query;

/// The number of items on a page if the caller does not say.
const PAGE_SIZE: i64 = 20;

/// The page of a list that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    pub number: i64,
    pub size: i64,
}

impl Page {
    /// Reads it from two parameters of the query.
    pub fn read(query: &Query, number: &str, size: &str) -> Result<Self, Refusal> {
        let read = |name: &str, otherwise: i64| {
            let given = optional(name, query.integer(name))?.unwrap_or(otherwise);
            if given < 1 {
                return Err(invalid(name));
            }
            Ok(given)
        };
        Ok(Self {
            number: read(number, 1)?,
            size: read(size, PAGE_SIZE)?,
        })
    }

    /// Returns the number of items before the page.
    pub fn skip(self) -> usize {
        let before = (self.number - 1).saturating_mul(self.size);
        usize::try_from(before).unwrap_or(usize::MAX)
    }

    /// Returns the most items that the page has.
    pub fn take(self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    /// Returns the number of pages that so many items make.
    pub fn count(self, items: usize) -> i64 {
        let items = items as i64;
        items / self.size + i64::from(items % self.size != 0)
    }
}

/// `GET /pub/order/list`
pub fn list_orders(account: &mut Account, request: &RequestContext) -> Reply {
    let query = &request.query;
    let page = Page::read(query, "page_no", "page_size")?;
    let trade_no = query.text("trade_no");
    let status = optional("status", query.integer("status"))?
        .map(|number| Status::of(number).ok_or_else(|| invalid("status")))
        .transpose()?;
    let product_type = optional("product_type", query.integer("product_type"))?;
    let is_wanted = |order: &&Order| {
        status.is_none_or(|status| order.status == status)
            && product_type.is_none_or(|kind| order.product_type == kind)
            && trade_no.is_none_or(|trade_no| order.trade_no == trade_no)
    };
    let mut found: Vec<&Order> = account.orders.iter().rev().filter(is_wanted).collect();
    request
        .conditions
        .shift(&mut found, page.skip(), page.take());
    let list = found.iter().skip(page.skip()).take(page.take());
    let mut list: Vec<_> = list.map(|order| order.json()).collect();
    if request.conditions.lists_are_bare() {
        let bare = list.iter_mut().filter_map(Value::as_object_mut);
        bare.for_each(|order| drop(order.remove("id")));
        return Ok(json!({ "list": list }));
    }
    Ok(json!({
        "list": list,
        "pagination": {
            "total": found.len(),
            "page_no": page.number,
            "page_size": page.size,
            "total_pages": page.count(found.len()),
        },
    }))
}
