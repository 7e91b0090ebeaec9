//! The comparison of an account's orders with the journal.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::purchase::journal::Connection;
use crate::purchase::{Buyer, EntryState, JournalEntry, SpendRequest};
use crate::vocabulary::Order;

/// The differences between an account's orders and the journal: see [`Buyer::audit`].
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[must_use]
pub struct Audit {
    /// The time since which orders are compared: the beginning of the account's first entry. `None`
    /// if the account has no entry.
    pub since: Option<Timestamp>,
    /// The orders made since then that no entry stands for: somebody else bought them, or they are
    /// the results of purchases whose outcome is not known.
    pub foreign_orders: Vec<Order>,
    /// The entries whose order the vendor no longer has.
    pub missing_orders: Vec<JournalEntry>,
    /// The number of entries whose order nobody knows: the open and the dismissed ones.
    pub without_order: usize,
}

impl Buyer {
    /// Compares the account's orders at the vendor with the journal's entries. Reads all orders.
    ///
    /// If there are more foreign orders than entries without an order, others buy on the account.
    /// The journal keeps that, as with [`Buyer::others_buy`].
    ///
    /// # Errors
    /// When the vendor or the journal cannot be asked.
    pub async fn audit(&self) -> Result<Audit, Error> {
        let before = self.entries().await?;
        let orders: Vec<Order> = self.client.orders().try_collect().await?;
        // An entry that was under way when the orders were listed has its order now.
        let account = self.resolved_account().await?;
        let mut lock = self.lock(account).await?;
        let result = self
            .compare(lock.connection(), account, &before, orders)
            .await;
        lock.release().await;
        result
    }

    async fn compare(
        &self,
        connection: &mut Connection,
        account: &str,
        before: &[JournalEntry],
        orders: Vec<Order>,
    ) -> Result<Audit, Error> {
        let entries = self.entries().await?;
        let claimed: HashSet<_> = entries
            .iter()
            .filter_map(|it| it.order.as_deref())
            .collect();
        let listed: HashSet<_> = orders.iter().map(|order| order.id.clone()).collect();
        let first = entries.iter().map(|it| it.planned_at).min();
        let first_number = self.first_number(&entries);
        let foreign_orders: Vec<_> = orders
            .into_iter()
            .filter(|order| !claimed.contains(&*order.id))
            .filter(|order| {
                let any = entries.first();
                let number = any.and_then(|entry| self.number_of(entry, &order.id));
                match (number, first_number) {
                    (Some(number), Some(first)) => number > first,
                    _ => is_since(order, first),
                }
            })
            .collect();
        let mut missing_orders = Vec::new();
        for entry in before.iter().filter(|it| it.state.is_done()) {
            let Some(order) = &entry.order else { continue };
            // What a list leaves out may still be there.
            if !listed.contains(order)
                && let Err(error) = self.client.order(order).await
            {
                match error.is_not_found() {
                    true => missing_orders.push(entry.clone()),
                    false => return Err(error),
                }
            }
        }
        let is_without = |it: &&JournalEntry| {
            it.state.is_open() || it.state == EntryState::Dismissed && it.sent_at.is_some()
        };
        let without_order = entries.iter().filter(is_without).count();
        if foreign_orders.len() > without_order {
            let ids: Vec<_> = foreign_orders.iter().map(|it| it.id.as_str()).collect();
            let why = format!("no entry stands for the orders {}", ids.join(", "));
            self.mark_shared(connection, account, &why).await?;
        }
        Ok(Audit {
            since: first,
            foreign_orders,
            missing_orders,
            without_order,
        })
    }

    /// Returns the number above which orders were made since the account's first entry: that of the
    /// newest order before, or else that of the first order of an entry. `None` if the vendor's
    /// orders have no numbers.
    fn first_number(&self, entries: &[JournalEntry]) -> Option<i64> {
        let before = entries.iter().find_map(|entry| entry.baseline.as_ref());
        let ours = entries
            .iter()
            .filter(|entry| self.changed_order(entry).is_none())
            .filter_map(|entry| self.number_of(entry, entry.order.as_deref()?));
        // The newest order of a part of the list says nothing about the other parts.
        let before = before
            .filter(|it| it.list.is_none())
            .and_then(|it| it.newest);
        before.or_else(|| ours.min())
    }

    fn number_of(&self, entry: &JournalEntry, order: &str) -> Option<i64> {
        let request = SpendRequest::from_canonical(&entry.request)?;
        self.client.prepare(request).ok()?.number_of(order)
    }
}

/// Tells whether an order was made at a time or later. Vendors give whole seconds.
fn is_since(order: &Order, first: Option<Timestamp>) -> bool {
    let made = order.created.as_ref();
    let made = made.and_then(|made| made.timestamp_assuming_utc());
    matches!((made, first), (Some(made), Some(first)) if made.as_second() >= first.as_second())
}
