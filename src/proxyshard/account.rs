//! ProxyShard in vendor-neutral words.

use std::collections::HashSet;

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryStreamExt, future, stream};
use rust_decimal::Decimal;

use super::{Client, NewOrder, VENDOR, types};
use crate::account::{Account, Offer, PollOptions, Purchase, Quote, Renewal};
use crate::error::Error;
use crate::support::number;
use crate::vocabulary::{Money, Order, OrderState, ProxyEndpoint, Vendor};
use types::{OrderStatus, OrderStatusFilter, ProductName};

fn state(status: Option<&OrderStatus>) -> OrderState {
    match status {
        Some(OrderStatus::Active) => OrderState::Active,
        Some(OrderStatus::OnHold) => OrderState::OnHold,
        Some(OrderStatus::Cancelled) => OrderState::Cancelled,
        Some(_) | None => OrderState::Unknown,
    }
}

/// The vendor's own client takes the tag `none` for no tag.
fn tag(tag: Option<String>) -> Option<String> {
    tag.filter(|tag| tag != "none")
}

impl From<types::Order> for Order {
    fn from(order: types::Order) -> Self {
        let id = order.order_id.map(|id| id.to_string());
        Order {
            product: order.product_name,
            plan: order.cycle_name,
            quantity: order.quantity,
            state: state(order.status.as_ref()),
            status: order.status.map(|status| status.as_str().to_owned()),
            price_paid: order.price_paid.map(|cents| cents.to_money()),
            created: order.created_at,
            expires: order.expires_at,
            auto_renewal: order.auto_renewal,
            note: tag(order.tag),
            ..Order::new(VENDOR, id.unwrap_or_default())
        }
    }
}

impl From<types::OrderListItem> for Order {
    /// The list says less than the detail: no status, price, quantity or date of making.
    fn from(item: types::OrderListItem) -> Self {
        Order {
            product: item.product_name,
            plan: item.cycle_name,
            expires: item.expires_at,
            auto_renewal: item.auto_renewal,
            note: tag(item.tag),
            ..Order::new(VENDOR, item.order_id.to_string())
        }
    }
}

pub(super) fn new_order(purchase: &Purchase) -> Result<NewOrder, Error> {
    let quantity = u64::from(purchase.quantity).try_into();
    let quantity =
        quantity.map_err(|_| Error::input("the quantity must be at least 1").at(VENDOR, None))?;
    let product = ProductName::from(purchase.product.as_str());
    // Each family of products has its own documented body; what it does not name is left out.
    let is_unmetered = product == ProductName::UnmeteredResidentialProxy;
    let is_traffic = matches!(
        product,
        ProductName::StandartResidentialProxy | ProductName::PremiumResidentialProxy
    );
    Ok(NewOrder {
        location: purchase.location.clone(),
        cycle: purchase.plan.clone(),
        quantity: (!is_unmetered).then_some(quantity),
        promo_code: purchase.coupon.clone(),
        auto_renewal: (!is_traffic).then_some(purchase.auto_renewal),
        ..NewOrder::new(product)
    })
}

pub(super) fn order_id(text: &str) -> Result<i64, Error> {
    number(VENDOR, "order id", text)
}

/// The short product codes of the stock list, as its page shows them.
fn stock_code(product: &ProductName) -> Option<&'static str> {
    match product {
        ProductName::DatacenterProxy => Some("dc"),
        ProductName::IspProxy => Some("isp"),
        _ => None,
    }
}

impl Client {
    async fn offers(&self) -> Result<Vec<Offer>, Error> {
        let counts = self.available_counts().await?;
        let mut offers = Vec::new();
        for product in self.products().await? {
            let Some(name) = product.name else { continue };
            let available = counts.iter().find(|count| {
                let is_here = match (&count.country, &product.location) {
                    (Some(country), Some(location)) => country.eq_ignore_ascii_case(location),
                    _ => false,
                };
                is_here && count.product.as_deref() == stock_code(&name)
            });
            let offer = Offer {
                product: name.to_string(),
                product_name: Some(name.to_string()),
                plan: None,
                plan_name: None,
                location: product.location.clone(),
                location_name: product.location,
                unit_price: None,
                available: available.and_then(|count| count.amount),
            };
            let cycles = product.cycles.unwrap_or_default();
            if cycles.is_empty() {
                offers.push(offer.clone());
            }
            offers.extend(cycles.into_iter().map(|cycle| Offer {
                plan: Some(cycle.clone()),
                plan_name: Some(cycle),
                ..offer.clone()
            }));
        }
        Ok(offers)
    }

    /// The order as far as it can be told. It exists and may have been paid for, so a detail that can't be fetched is no failure.
    async fn known(&self, id: i64) -> Order {
        match self.order(id).await {
            Ok(order) => order.into(),
            Err(error) => {
                tracing::warn!(vendor = %VENDOR, id, %error, "the order stands, but its detail can't be fetched now");
                Order::new(VENDOR, id.to_string())
            }
        }
    }
}

impl Account for Client {
    fn vendor(&self) -> Vendor {
        VENDOR
    }

    fn catalogue(&self) -> BoxFuture<'_, Result<Vec<Offer>, Error>> {
        self.offers().boxed()
    }

    fn quote<'a>(&'a self, purchase: &'a Purchase) -> BoxFuture<'a, Result<Quote, Error>> {
        async move { self.quote(&new_order(purchase)?).await }.boxed()
    }

    fn buy<'a>(
        &'a self,
        purchase: &'a Purchase,
        max_total: Decimal,
    ) -> BoxFuture<'a, Result<Order, Error>> {
        async move {
            let made = self.buy(&new_order(purchase)?, max_total).await?;
            Ok(self.known(made.order_id).await)
        }
        .boxed()
    }

    fn quote_renewal<'a>(
        &'a self,
        order: &'a str,
        _renewal: &'a Renewal,
    ) -> BoxFuture<'a, Result<Quote, Error>> {
        async move { self.quote_renewal(order_id(order)?).await }.boxed()
    }

    fn renew<'a>(
        &'a self,
        order: &'a str,
        _renewal: &'a Renewal,
        max_total: Decimal,
    ) -> BoxFuture<'a, Result<Order, Error>> {
        async move {
            let id = order_id(order)?;
            self.renew(id, max_total).await?;
            Ok(self.known(id).await)
        }
        .boxed()
    }

    /// Lists each status in turn, because the list itself does not tell it, and then all, for orders whose status no page names.
    fn orders(&self) -> BoxStream<'_, Result<Order, Error>> {
        let passes = [
            (OrderStatusFilter::Active, Some(OrderStatus::Active)),
            (OrderStatusFilter::OnHold, Some(OrderStatus::OnHold)),
            (OrderStatusFilter::Cancelled, Some(OrderStatus::Cancelled)),
            (OrderStatusFilter::All, None),
        ];
        let mut seen = HashSet::new();
        stream::iter(passes)
            .flat_map(|(filter, status)| {
                self.orders(filter).map_ok(move |item| Order {
                    state: state(status.as_ref()),
                    status: status.as_ref().map(|status| status.as_str().to_owned()),
                    ..Order::from(item)
                })
            })
            .try_filter(move |order| future::ready(seen.insert(order.id.clone())))
            .boxed()
    }

    fn order<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Order, Error>> {
        async move { self.order(order_id(order)?).await.map(Order::from) }.boxed()
    }

    fn proxies<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>> {
        async move { self.proxies(order_id(order)?).await }.boxed()
    }

    fn wait_until_provisioned<'a>(
        &'a self,
        order: &'a str,
        poll: PollOptions,
    ) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>> {
        async move { self.wait_until_provisioned(order_id(order)?, poll).await }.boxed()
    }

    fn balance(&self) -> BoxFuture<'_, Result<Money, Error>> {
        self.balance().boxed()
    }
}
