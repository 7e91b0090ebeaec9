//! Finding orders.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Ask;
use super::account::Account;
use super::envelope::{Failure, optional};
use crate::input::Query;

/// How many items a page has if the caller does not say.
const PAGE_SIZE: i64 = 20;

/// Which page of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    pub number: i64,
    pub size: i64,
}

impl Page {
    /// Reads it from two parameters of the query.
    pub fn read(query: &Query, number: &str, size: &str) -> Result<Self, Failure> {
        let read = |name: &str, otherwise: i64| {
            let given = optional(name, query.integer(name))?.unwrap_or(otherwise);
            if given < 1 {
                return Err(Failure::invalid(name));
            }
            Ok(given)
        };
        Ok(Self {
            number: read(number, 1)?,
            size: read(size, PAGE_SIZE)?,
        })
    }

    /// The items of the page, the newest first, out of all by rising age.
    pub fn cut<T>(self, mut oldest_first: Vec<T>) -> Vec<T> {
        oldest_first.reverse();
        let before = (self.number - 1).saturating_mul(self.size);
        oldest_first
            .into_iter()
            .skip(usize::try_from(before).unwrap_or(usize::MAX))
            .take(usize::try_from(self.size).unwrap_or(usize::MAX))
            .collect()
    }

    /// How many pages so many items make.
    pub fn count(self, items: usize) -> i64 {
        let items = items as i64;
        items / self.size + i64::from(items % self.size != 0)
    }
}

/// `GET /pub/order/list`
pub fn list_orders(account: &mut Account, ask: &Ask<'_>, _: Timestamp) -> Result<Value, Failure> {
    let query = ask.query;
    let page = Page::read(query, "page_no", "page_size")?;
    let trade_no = query.text("trade_no");
    let status = optional("status", query.integer("status"))?;
    let product_type = optional("product_type", query.integer("product_type"))?;
    let found: Vec<_> = account
        .orders
        .iter()
        .filter(|order| {
            trade_no.is_none_or(|trade_no| order.trade_no == trade_no)
                && status.is_none_or(|status| order.status as i64 == status)
                && product_type.is_none_or(|kind| order.product_type == kind)
        })
        .collect();
    let total = found.len();
    let list = page.cut(found);
    Ok(json!({
        "list": list.iter().map(|order| order.json()).collect::<Vec<_>>(),
        "pagination": {
            "total": total,
            "page_no": page.number,
            "page_size": page.size,
            "total_pages": page.count(total),
        },
    }))
}
