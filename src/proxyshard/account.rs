//! ProxyShard in vendor-neutral terms.

use std::collections::HashSet;

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryStreamExt, future, stream};

use super::{Client, NewOrder, VENDOR, endpoint, types};
use crate::account::{Account, Offer, Purchase, Quote, Renewal};
use crate::error::{Error, Kind};
use crate::support::{balance, number, present};
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

/// Drops the tag `none`, which the vendor's own client takes for no tag.
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
    /// The list has fewer fields than the detail: no status, price, quantity or creation date.
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
    // Each family of products has a documented body of its own. Fields that it lacks are left out.
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

/// Returns the product's short code in the stock list, as the vendor's page shows it.
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
                ..Offer::default()
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
}

impl Account for Client {
    fn vendor(&self) -> Vendor {
        VENDOR
    }

    fn catalogue(&self) -> BoxFuture<'_, Result<Vec<Offer>, Error>> {
        self.offers().boxed()
    }

    fn quote<'a>(&'a self, purchase: &'a Purchase) -> BoxFuture<'a, Result<Quote, Error>> {
        async move { self.quote_order(&new_order(purchase)?).await }.boxed()
    }

    fn quote_renewal<'a>(
        &'a self,
        order: &'a str,
        _renewal: &'a Renewal,
    ) -> BoxFuture<'a, Result<Quote, Error>> {
        async move { self.renewal_price(order_id(order)?).await }.boxed()
    }

    /// Lists each status in turn, because the list does not give the status, and then all orders,
    /// for those with a status that the vendor does not document.
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
                self.list_orders(filter).map_ok(move |item| Order {
                    state: state(status.as_ref()),
                    status: status.as_ref().map(|status| status.as_str().to_owned()),
                    ..Order::from(item)
                })
            })
            .try_filter(move |order| future::ready(seen.insert(order.id.clone())))
            .boxed()
    }

    fn order<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Order, Error>> {
        async move { self.get_order(order_id(order)?).await.map(Order::from) }.boxed()
    }

    fn proxies<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>> {
        async move {
            let request = self.api.list_active_proxies().order_id(order_id(order)?);
            let answer = request.send().await.map_err(|error| {
                let error = Error::from(error);
                match error.kind() {
                    Kind::Forbidden => error.noting(
                        "only datacenter and ISP orders list proxies; residential traffic has one \
                         password, see get_residential_profile",
                    ),
                    _ => error,
                }
            })?;
            let list = answer.into_inner().data;
            let list = present(list, VENDOR, "list_active_proxies", "data")?;
            Ok(list.into_iter().map(endpoint).collect())
        }
        .boxed()
    }

    fn balance(&self) -> BoxFuture<'_, Result<Money, Error>> {
        async move {
            let found = self.api.get_me().send().await?.into_inner().wallet_balance;
            let found = present(found, VENDOR, "get_me", "wallet_balance")?;
            balance(found.to_money(), VENDOR, "get_me")
        }
        .boxed()
    }
}
