//! An account: what it owns and how it pays.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalogue::{Product, is_declined};
use super::errors::{Errors, unprocessable};
use super::order::{AutoExtend, Login, Order, Payment, Proxy, Status};
use crate::account::{self, find, find_mut};
use crate::answer::Refusal;
use crate::clock::days_later;
use crate::random::{Addresses, Random};
use crate::wallet::{Cause, Wallet};

/// The belongings of one token.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub wallet: Wallet,
    pub products: Vec<Product>,
    pub orders: Vec<Order>,
    /// The mobile orders by the keys that rotate them.
    pub rotation_keys: BTreeMap<String, i64>,
    pub next_order_id: i64,
    pub random: Random,
    pub addresses: Addresses,
}

impl account::Account for Account {
    type Order = Order;

    fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// Provisions an order, or extends or ends it.
    fn happen(&mut self, order: i64, at: Timestamp) {
        let Some(order) = self.order_mut(order) else {
            return;
        };
        if order.status == Status::InProgress {
            order.status = Status::Confirmed;
            return;
        }
        order.status = Status::Expired;
        if let Some(settings) = order.auto_extend {
            let id = order.id;
            self.extend_by_itself(id, settings, at);
        }
    }

    fn wallet(&mut self) -> &mut Wallet {
        &mut self.wallet
    }
}

impl Account {
    /// Returns the product of this id.
    pub fn product(&self, id: i64) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// Returns the order of this id.
    pub fn order(&self, id: i64) -> Option<&Order> {
        find(&self.orders, id)
    }

    /// Returns the order of this id, to be changed.
    pub fn order_mut(&mut self, id: i64) -> Option<&mut Order> {
        find_mut(&mut self.orders, id)
    }

    /// Makes proxies, which share one user name and password.
    pub fn make_proxies(&mut self, quantity: i64) -> (Vec<Proxy>, Login) {
        let login = Login {
            username: self.random.username(),
            password: self.random.password(),
        };
        let proxies = (0..quantity).map(|_| Proxy {
            ip: self.addresses.issue().to_string(),
            login: login.clone(),
        });
        (proxies.collect(), login)
    }

    /// Pays an amount in cents for an order, or changes nothing.
    pub fn pay(
        &mut self,
        payment: Payment,
        cents: i64,
        order: i64,
        cause: Cause,
        time: Timestamp,
    ) -> Result<(), Refusal> {
        match payment {
            Payment::Balance if self.wallet.pay(order, cents, cause, time) => Ok(()),
            Payment::Balance => Err(unprocessable("Insufficient balance")),
            Payment::Card(id) if is_declined(id) == Some(false) => {
                let card = format!("card {id}");
                self.wallet.note(order, cents, cause, time, card);
                Ok(())
            }
            Payment::Card(_) => Err(unprocessable("The card was declined.")),
        }
    }

    fn extend_by_itself(&mut self, id: i64, settings: AutoExtend, at: Timestamp) {
        let Some(order) = self.order(id) else {
            return;
        };
        let product = self.product(order.product_id);
        let Some(plan) = product
            .and_then(|product| product.plan(settings.plan_id))
            .cloned()
        else {
            return;
        };
        let price = plan.price.saturating_mul(order.quantity);
        // At the end of all time there is nothing to extend to.
        let is_over = days_later(at, plan.days) <= at;
        if is_over
            || self
                .pay(settings.payment, price, id, Cause::AutoRenewal, at)
                .is_err()
        {
            return;
        }
        if let Some(order) = self.order_mut(id) {
            order.status = Status::Confirmed;
            order.extend(&plan, price, at);
        }
    }
}

/// Returns the payment that a `card_id` stands for. Without one it is the balance.
pub fn payment(card_id: Option<i64>, errors: &mut Errors) -> Payment {
    let Some(id) = card_id else {
        return Payment::Balance;
    };
    errors.known("card_id", is_declined(id));
    Payment::Card(id)
}
