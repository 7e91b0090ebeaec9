//! Finding orders.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Ask;
use super::account::{Account, Order, Shelf, Status};
use super::envelope::{Failure, optional};
use crate::book::Entry;
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

    /// How many items come before the page.
    pub fn skip(self) -> usize {
        let before = (self.number - 1).saturating_mul(self.size);
        usize::try_from(before).unwrap_or(usize::MAX)
    }

    /// How many items the page has at most.
    pub fn take(self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
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
    let status = optional("status", query.integer("status"))?
        .map(|number| Status::of(number).ok_or_else(|| Failure::invalid("status")))
        .transpose()?;
    let product_type = optional("product_type", query.integer("product_type"))?;
    let is_wanted = |shelf: &Shelf| {
        status.is_none_or(|status| shelf.status == status)
            && product_type.is_none_or(|kind| shelf.product_type == kind)
    };
    let (list, total): (Vec<&Order>, usize) = if let Some(trade_no) = trade_no {
        let found = account.order(trade_no);
        let found = found.filter(|order| is_wanted(&order.shelf()));
        let page = found.into_iter().skip(page.skip()).take(page.take());
        (page.collect(), found.iter().count())
    } else {
        let orders = &account.orders;
        let list = orders.newest_first(is_wanted, page.skip());
        (list.take(page.take()).collect(), orders.count(is_wanted))
    };
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
