//! SmartProxy in vendor-neutral terms.

use std::collections::HashMap;

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, future};

use super::{Client, NewOrder, OrderQuery, VENDOR, types};
use crate::account::{Account, Offer, Purchase, Quote, Renewal};
use crate::error::Error;
use crate::support::{needed, number};
use crate::vocabulary::{Moment, Money, Order, OrderState, ProxyEndpoint, Vendor};

const NO_QUOTE: &str = "the vendor documents no price preview: a purchase makes the order unpaid, \
                        and closes it again if its price is above the cap";

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
    let meaning = "the id of a payment method (pm_id), from the vendor's customer service";
    number(
        VENDOR,
        "payment method id",
        needed(VENDOR, "payment method", meaning, word)?,
    )
}

pub(super) fn new_order(purchase: &Purchase) -> Result<NewOrder, Error> {
    let wrong = |what: &str| Err(Error::input(what).at(VENDOR, Some("create_order")));
    if purchase.quantity == 0 {
        return wrong("the quantity must be at least 1");
    }
    if purchase.auto_renewal {
        return wrong("the vendor offers no automatic renewal: leave it out");
    }
    if purchase.plan.is_some() {
        return wrong("the vendor has no plans: leave the plan out");
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

/// Returns the order that renews.
pub(super) fn renewal_order(renewal: &Renewal) -> Result<NewOrder, Error> {
    let meaning = "the id of the package that renews, from the vendor's customer service";
    let pid = needed(VENDOR, "product", meaning, renewal.product.as_ref())?;
    let ids = renewal.proxies.iter();
    let ids = ids.map(|id| number(VENDOR, "id of a proxy to renew", id));
    Ok(NewOrder {
        renew_ids: ids.collect::<Result<_, _>>()?,
        ..NewOrder::new(
            number(VENDOR, "package id (pid)", pid)?,
            payment_method(renewal.pay_with.as_ref())?,
        )
    })
}

impl Client {
    /// Returns the ids of an order's packages, as a guess at the ids that a renewal names.
    #[cfg(feature = "purchase")]
    pub(super) async fn packages(&self, order: &str) -> Result<Vec<i64>, Error> {
        let held: Vec<_> = self.user_products(Some(order)).try_collect().await?;
        let ids: Vec<_> = held
            .iter()
            .filter(|it| it.trade_no.as_deref() == Some(order))
            .filter_map(|it| it.id)
            .collect();
        if ids.is_empty() {
            let what = format!("order `{order}` has no package to renew: pay it first");
            return Err(Error::input(what).at(VENDOR, Some("list_user_products")));
        }
        Ok(ids)
    }

    /// Returns the expiry of the packages of one order, or of all orders, by order number. The
    /// orders themselves do not have it.
    async fn expiries(&self, trade_no: Option<&str>) -> Result<HashMap<String, Moment>, Error> {
        let held = self.user_products(trade_no).try_filter_map(|held| {
            let pair = held.trade_no.zip(held.expired_at);
            future::ready(Ok(pair))
        });
        held.try_collect().await
    }

    async fn with_expiry(&self, order: types::Order) -> Order {
        let order = Order::from(order);
        // The expiry is an addition, so that its failure must not hide the order.
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
        let what = "the vendor documents no catalogue: package ids (pid) and payment method ids \
                    (pm_id) come from its customer service";
        future::ready(Err(Error::unsupported(VENDOR, what))).boxed()
    }

    fn quote<'a>(&'a self, _purchase: &'a Purchase) -> BoxFuture<'a, Result<Quote, Error>> {
        future::ready(Err(Error::unsupported(VENDOR, NO_QUOTE))).boxed()
    }

    fn quote_renewal<'a>(
        &'a self,
        _order: &'a str,
        _renewal: &'a Renewal,
    ) -> BoxFuture<'a, Result<Quote, Error>> {
        future::ready(Err(Error::unsupported(VENDOR, NO_QUOTE))).boxed()
    }

    /// Lists the orders with the expiry of their packages, which come from another list.
    fn orders(&self) -> BoxStream<'_, Result<Order, Error>> {
        let listed = async move {
            let expiries = self.expiries(None).await?;
            let orders = self
                .list_orders(OrderQuery::default())
                .map_ok(move |order| {
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
        async move { Ok(self.with_expiry(self.get_order(order).await?).await) }.boxed()
    }

    /// Returns the account's gateway with each proxy account for the order's type of product. The
    /// vendor ties no proxy account to an order; the type of product is all there is to select by.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] when no gateway is set.
    fn proxies<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>> {
        async move {
            let gateway = self.gateway.as_ref().ok_or_else(|| {
                let what = "the gateway of the account's proxies is not set: the vendor's \
                            dashboard shows its host and port";
                Error::configuration(what).at(VENDOR, None)
            })?;
            let held: Vec<_> = self.user_products(Some(order)).try_collect().await?;
            let held = held.into_iter();
            let mut held = held
                .filter(|it| it.trade_no.as_deref() == Some(order))
                .peekable();
            if held.peek().is_none() {
                return Ok(Vec::new());
            }
            let wanted: Vec<_> = held.filter_map(|it| it.product_type).collect();
            let is_usable = |account: &types::WhitelistAccount| {
                let kind = account.product_type.as_ref();
                account.status != Some(types::WhitelistAccountStatus::Disabled)
                    && (wanted.is_empty() || kind.is_none_or(|kind| wanted.contains(kind)))
            };
            let accounts = self.whitelist_accounts().await?.into_iter();
            let endpoint = |account: types::WhitelistAccount| ProxyEndpoint {
                host: gateway.host.clone(),
                http_port: Some(gateway.port),
                socks5_port: None,
                username: Some(account.username),
                password: account.password,
            };
            Ok(accounts.filter(is_usable).map(endpoint).collect())
        }
        .boxed()
    }

    fn balance(&self) -> BoxFuture<'_, Result<Money, Error>> {
        let what = "the vendor documents no operation for the balance: its site shows it";
        future::ready(Err(Error::unsupported(VENDOR, what))).boxed()
    }
}
