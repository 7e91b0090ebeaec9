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
        let foreign_orders: Vec<_> = orders
            .into_iter()
            .filter(|order| !claimed.contains(&*order.id) && self.is_since(&entries, first, order))
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

    /// Tells whether an order was made since the account's first entry: by its time, or else by its
    /// number, which must be above that of the first baseline.
    fn is_since(&self, entries: &[JournalEntry], first: Option<Timestamp>, order: &Order) -> bool {
        let made = order.created.as_ref();
        if let (Some(made), Some(first)) = (made.and_then(|it| it.timestamp_assuming_utc()), first)
        {
            return made >= first;
        }
        let numbers = entries.iter().filter_map(|entry| {
            let newest = entry.baseline.as_ref()?.newest?;
            let request = SpendRequest::from_canonical(&entry.request)?;
            let number = self.client.prepare(request).ok()?.number_of(&order.id)?;
            Some(number > newest)
        });
        numbers.take(1).any(|is_newer| is_newer)
    }
}
