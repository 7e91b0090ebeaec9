//! SmartProxy in vendor-neutral words.

use std::collections::HashMap;

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, future};
use rust_decimal::Decimal;

use super::{Client, NewOrder, OrderQuery, VENDOR, types};
use crate::account::{Account, Offer, PollOptions, Purchase, Quote, Renewal};
use crate::error::Error;
use crate::support::{needed, number};
use crate::vocabulary::{Moment, Money, Order, OrderState, ProxyEndpoint, Vendor};

const NO_QUOTE: &str = "the vendor documents no price preview: an order is made unpaid, and its answer is the price; buying closes it again when that is above the cap";

impl From<types::Order> for Order {
    fn from(order: types::Order) -> Self {
        use types::OrderStatus;
        let state = match &order.status {
            Some(OrderStatus::PendingPayment) => OrderState::AwaitingPayment,
            Some(OrderStatus::Paid) => OrderState::Active,
            Some(OrderStatus::CancelledOnTimeout) => OrderState::Cancelled,
            Some(OrderStatus::Refunded) => OrderState::Refunded,
            Some(_) | None => OrderState::Unknown,
        };
        Order {
            product: order.product_name,
            state,
            status: order.status.map(|status| match status.as_integer() {
                Some(number) => number.to_string(),
                None => status.to_string(),
            }),
            price_paid: order.pay_fee,
            created: order.created_at,
            ..Order::new(VENDOR, order.trade_no)
        }
    }
}

fn payment_method(word: Option<&String>) -> Result<i64, Error> {
    let meaning = "a payment method's id (pm_id), as the vendor's customer service tells it";
    number(
        VENDOR,
        "payment method id",
        needed(VENDOR, "pay-with", meaning, word)?,
    )
}

pub(super) fn new_order(purchase: &Purchase) -> Result<NewOrder, Error> {
    let wrong = |what: &str| Err(Error::input(what).at(VENDOR, Some("create_order")));
    if purchase.quantity == 0 {
        return wrong("the quantity must be at least 1");
    }
    if purchase.auto_renewal {
        return wrong("automatic renewal is not offered: leave it out");
    }
    if purchase.plan.is_some() {
        return wrong("there are no plans: leave the plan out, the package id names one thing");
    }
    Ok(NewOrder {
        amount: Some(purchase.quantity),
        regions: purchase
            .location
            .iter()
            .map(|country| (country.clone(), purchase.quantity))
            .collect(),
        coupon_sn: purchase.coupon.clone(),
        ..NewOrder::new(
            number(VENDOR, "package id (pid)", &purchase.product)?,
            payment_method(purchase.pay_with.as_ref())?,
        )
    })
}

/// The order that renews, without the packages that it renews.
pub(super) fn renewing(renewal: &Renewal) -> Result<NewOrder, Error> {
    let meaning = "the id of the package that renews, as the vendor's customer service tells it";
    let pid = needed(VENDOR, "product", meaning, renewal.product.as_ref())?;
    Ok(NewOrder::new(
        number(VENDOR, "package id (pid)", pid)?,
        payment_method(renewal.pay_with.as_ref())?,
    ))
}

impl Client {
    /// The packages of an order, which are what is renewed.
    pub(super) async fn renewable(&self, order: &str) -> Result<Vec<i64>, Error> {
        let held: Vec<_> = self.user_products(Some(order)).try_collect().await?;
        let ids: Vec<_> = held
            .iter()
            .filter(|it| it.trade_no.as_deref() == Some(order))
            .filter_map(|it| it.id)
            .collect();
        if ids.is_empty() {
            let what = format!("order `{order}` has no package that could be renewed: is it paid?");
            return Err(Error::input(what).at(VENDOR, Some("list_user_products")));
        }
        Ok(ids)
    }

    /// When the packages of one order, or of all orders, run out. An order's own record does not say.
    async fn expiries(&self, trade_no: Option<&str>) -> Result<HashMap<String, Moment>, Error> {
        let held = self.user_products(trade_no).try_filter_map(|held| {
            let pair = held.trade_no.zip(held.expired_at);
            future::ready(Ok(pair))
        });
        held.try_collect().await
    }

    async fn with_expiry(&self, order: types::Order) -> Order {
        let order = Order::from(order);
        // The order is what was asked for; when it runs out is an addition that may fail.
        let mut expiries = self.expiries(Some(&order.id)).await.unwrap_or_default();
        Order {
            expires: expiries.remove(&order.id),
            ..order
        }
    }
}

impl Account for Client {
    fn vendor(&self) -> Vendor {
        VENDOR
    }

    fn catalogue(&self) -> BoxFuture<'_, Result<Vec<Offer>, Error>> {
        let what = "the vendor documents no catalogue: package ids (pid) and payment method ids (pm_id) come from its customer service";
        future::ready(Err(Error::unsupported(VENDOR, what))).boxed()
    }

    fn quote<'a>(&'a self, _purchase: &'a Purchase) -> BoxFuture<'a, Result<Quote, Error>> {
        future::ready(Err(Error::unsupported(VENDOR, NO_QUOTE))).boxed()
    }

    fn buy<'a>(
        &'a self,
        purchase: &'a Purchase,
        max_total: Decimal,
    ) -> BoxFuture<'a, Result<Order, Error>> {
        async move {
            self.buy(&new_order(purchase)?, max_total)
                .await
                .map(Order::from)
        }
        .boxed()
    }

    fn quote_renewal<'a>(
        &'a self,
        _order: &'a str,
        _renewal: &'a Renewal,
    ) -> BoxFuture<'a, Result<Quote, Error>> {
        future::ready(Err(Error::unsupported(VENDOR, NO_QUOTE))).boxed()
    }

    fn renew<'a>(
        &'a self,
        order: &'a str,
        renewal: &'a Renewal,
        max_total: Decimal,
    ) -> BoxFuture<'a, Result<Order, Error>> {
        async move {
            let new = NewOrder {
                renew_ids: self.renewable(order).await?,
                ..renewing(renewal)?
            };
            self.buy(&new, max_total).await.map(Order::from)
        }
        .boxed()
    }

    /// Orders with the expiry of their packages, which a list of its own tells.
    fn orders(&self) -> BoxStream<'_, Result<Order, Error>> {
        let listed = async move {
            let expiries = self.expiries(None).await?;
            let orders = self.orders(OrderQuery::default()).map_ok(move |order| {
                let order = Order::from(order);
                Order {
                    expires: expiries.get(&order.id).cloned(),
                    ..order
                }
            });
            Ok::<_, Error>(orders)
        };
        listed.try_flatten_stream().boxed()
    }

    fn order<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Order, Error>> {
        async move { Ok(self.with_expiry(self.order(order).await?).await) }.boxed()
    }

    fn proxies<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>> {
        self.proxies(order).boxed()
    }

    fn wait_until_provisioned<'a>(
        &'a self,
        order: &'a str,
        poll: PollOptions,
    ) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>> {
        self.wait_until_provisioned(order, poll).boxed()
    }

    fn balance(&self) -> BoxFuture<'_, Result<Money, Error>> {
        let what = "the vendor documents no call for the balance: its site shows it";
        future::ready(Err(Error::unsupported(VENDOR, what))).boxed()
    }
}
