//! ProxyShard's User API: datacenter, ISP and residential proxies.
//!
//! Money is whole cents. Traffic is bought in gigabytes and reported in bytes.

mod account;
mod requests;
#[cfg(feature = "purchase")]
pub mod spend;
#[cfg(feature = "purchase")]
mod spending;

use std::num::NonZeroU64;

use futures_core::Stream;
use rust_decimal::Decimal;

pub use crate::generated::proxyshard::api;
pub use requests::{CycleChange, NewOrder};

use crate::account::{PollOptions, Quote};
use crate::client::vendor_client;
use crate::error::{Error, Kind};
use crate::support::{Page, listed, pages, present, wait, within_cap};
use crate::vocabulary::{Cents, Money, ProxyEndpoint, Vendor};

/// The types of ProxyShard's requests and answers.
pub mod types {
    pub use super::api::enums::*;
    pub use super::api::types::*;
}

const VENDOR: Vendor = Vendor::ProxyShard;

/// The greatest documented page size.
const PAGE_SIZE: NonZeroU64 = NonZeroU64::new(100).unwrap();

vendor_client! {
    /// An account at ProxyShard.
    ///
    /// ```no_run
    /// use std::num::NonZeroU64;
    /// use proxy_orders::proxyshard::{Client, NewOrder};
    /// use rust_decimal::Decimal;
    ///
    /// # async fn example() -> Result<(), proxy_orders::Error> {
    /// let client = Client::from_env()?;
    /// let wanted = NewOrder::proxies("Datacenter Proxy", "DE", "monthly", NonZeroU64::MIN);
    /// println!("it costs {}", client.quote(&wanted).await?.total);
    /// let order_id = client.buy(&wanted, Decimal::new(500, 2)).await?.order_id;
    /// # Ok(())
    /// # }
    /// ```
    ProxyShard
}

impl Client {
    /// All orders of that status, page by page as they are asked for. The list does not say which status an order has.
    pub fn orders(
        &self,
        status: types::OrderStatusFilter,
    ) -> impl Stream<Item = Result<types::OrderListItem, Error>> + Send + '_ {
        pages(PAGE_SIZE.get() as usize, move |number| {
            let size = PAGE_SIZE.get();
            let request = self
                .api
                .list_orders()
                .status(status)
                .offset(number.unsigned_abs() * size)
                .limit(PAGE_SIZE);
            async move {
                let list = request.send().await?.into_inner();
                let items = listed(list.orders, list.count, VENDOR, "list_orders", "orders")?;
                // What `count` counts is worded so that it may be the page alone; `next` says whether there is another.
                Ok(Page {
                    items,
                    total: list.next.map(|_| i64::MAX),
                })
            }
        })
    }

    /// One order.
    pub async fn order(&self, id: i64) -> Result<types::Order, Error> {
        let answer = self.api.get_order().id(id).send().await?.into_inner();
        let mut order = present(answer.order, VENDOR, "get_order", "order")?;
        // The page requires no field of the detail, not even the id, which is known here.
        order.order_id.get_or_insert(id);
        Ok(order)
    }

    /// All products, one for each product at each location, with their billing cycles.
    pub async fn products(&self) -> Result<Vec<types::Product>, Error> {
        let answer = self.api.list_products().send().await?.into_inner();
        present(answer.products, VENDOR, "list_products", "products")
    }

    /// How many proxies of each kind can be bought in each country.
    pub async fn available_counts(&self) -> Result<Vec<types::AvailableCount>, Error> {
        Ok(self
            .api
            .list_available_counts()
            .send()
            .await?
            .into_inner()
            .0)
    }

    /// What is left in the wallet.
    pub async fn balance(&self) -> Result<Money, Error> {
        let me = self.api.get_me().send().await?.into_inner();
        present(me.wallet_balance, VENDOR, "get_me", "wallet_balance").map(|cents| cents.to_money())
    }

    /// What an order would cost now.
    pub async fn quote(&self, new: &NewOrder) -> Result<Quote, Error> {
        let mut request = self
            .api
            .calculate_order_price()
            .product(new.product.clone());
        if let Some(location) = &new.location {
            request = request.location(location.clone());
        }
        if let Some(cycle) = &new.cycle {
            request = request.cycle(cycle.clone());
        }
        if let Some(quantity) = new.quantity {
            request = request.quantity(i64::try_from(quantity.get()).unwrap_or(i64::MAX));
        }
        if let Some(code) = &new.promo_code {
            request = request.promo_code(code.clone());
        }
        let addons = new.addons_json();
        let has_addons = addons.is_some();
        if let Some(addons) = addons {
            request = request.addons_json(addons);
        }
        let price = request.send().await?.into_inner();
        // With add-ons only the total that names them is what will be charged.
        let (total, name) = match has_addons {
            true => (price.total_with_addons, "total_with_addons"),
            false => (price.final_price, "final_price"),
        };
        Ok(Quote {
            total: present(total, VENDOR, "calculate_order_price", name)?.to_money(),
            before_discounts: price.original_price.as_ref().map(Cents::to_money),
            message: None,
        })
    }

    /// Makes an order and pays it from the wallet, if its quote, asked for right before, is no more than `max_total`.
    ///
    /// # Errors
    /// One whose outcome is [`crate::Outcome::Unknown`] means that the order may have been made: look at the orders first.
    pub async fn buy(
        &self,
        new: &NewOrder,
        max_total: Decimal,
    ) -> Result<types::PurchaseOrderResponse, Error> {
        let quote = self.quote(new).await?;
        within_cap(VENDOR, Some(&quote.total), max_total)?;
        Ok(self
            .api
            .purchase_order()
            .body(new.body())
            .send()
            .await?
            .into_inner())
    }

    /// What a renewal would cost. There is no price preview for one; that it costs what was last paid, add-ons included, is inferred.
    pub async fn quote_renewal(&self, id: i64) -> Result<Quote, Error> {
        let order = self.order(id).await?;
        let paid = present(order.price_paid, VENDOR, "get_order", "price_paid")?.to_money();
        // The price is that of the order without its add-ons, which are renewed with it.
        let total = match order.addons_price_paid.map(|cents| cents.to_money()) {
            None => paid,
            Some(addons) => {
                let amounts = paid.amount().zip(addons.amount());
                let sum = amounts.map(|(paid, addons)| Money::from(paid + addons));
                present(sum, VENDOR, "get_order", "addons_price_paid")?
            }
        };
        Ok(Quote {
            total,
            before_discounts: None,
            message: Some(
                "there is no price preview for a renewal: this is what was last paid".to_owned(),
            ),
        })
    }

    /// Renews an order, which must be on hold, if its [quote](Client::quote_renewal) is no more than `max_total`. Errors as for
    /// [`Client::buy`].
    pub async fn renew(&self, id: i64, max_total: Decimal) -> Result<types::ActionResponse, Error> {
        let quote = self.quote_renewal(id).await?;
        within_cap(VENDOR, Some(&quote.total), max_total)?;
        Ok(self.api.renew_order().id(id).send().await?.into_inner())
    }

    /// What a change of the billing cycle would cost now: what an order like it on the new cycle costs. A promo code that does not hold
    /// for the new cycle is dropped by the vendor, so the price is asked for without one.
    pub async fn quote_cycle_change(&self, id: i64, change: &CycleChange) -> Result<Quote, Error> {
        let order = self.order(id).await?;
        let product = present(order.product_name, VENDOR, "get_order", "product_name")?;
        let same = NewOrder {
            location: change.location.clone(),
            cycle: Some(change.cycle.clone()),
            quantity: order
                .quantity
                .and_then(|it| u64::try_from(it).ok()?.try_into().ok()),
            ..NewOrder::new(product)
        };
        self.quote(&same).await
    }

    /// Changes an order's billing cycle, if its [quote](Client::quote_cycle_change), asked for right before, is no more than
    /// `max_total`. Errors as for [`Client::buy`].
    pub async fn change_cycle(
        &self,
        id: i64,
        change: &CycleChange,
        max_total: Decimal,
    ) -> Result<types::ChangeBillingCycleResponse, Error> {
        let quote = self.quote_cycle_change(id, change).await?;
        within_cap(VENDOR, Some(&quote.total), max_total)?;
        let body = types::ChangeBillingCycleRequest {
            cycle: change.cycle.clone(),
        };
        Ok(self
            .api
            .change_billing_cycle()
            .order_id(id)
            .body(body)
            .send()
            .await?
            .into_inner())
    }

    /// Sets whether an order renews itself. Datacenter and ISP proxies only.
    pub async fn set_auto_renewal(
        &self,
        id: i64,
        is_on: bool,
    ) -> Result<types::SetAutoRenewalResponse, Error> {
        Ok(self
            .api
            .set_auto_renewal()
            .order_id(id)
            .auto_renewal(is_on)
            .send()
            .await?
            .into_inner())
    }

    /// Puts the caller's own mark on an order. The vendor's own client takes `none` for no mark.
    pub async fn tag(
        &self,
        id: i64,
        tag: impl Into<String>,
    ) -> Result<types::ActionResponse, Error> {
        let body = types::TagOrderRequest { tag: tag.into() };
        Ok(self
            .api
            .tag_order()
            .id(id)
            .body(body)
            .send()
            .await?
            .into_inner())
    }

    /// The proxies of a datacenter or ISP order; empty while it has none.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Forbidden`] for other orders: residential traffic has no list of proxies but one password, which
    /// `get_residential_profile` tells.
    pub async fn proxies(&self, id: i64) -> Result<Vec<ProxyEndpoint>, Error> {
        let request = self.api.list_active_proxies().order_id(id);
        let answer = request.send().await.map_err(|error| {
            let error = Error::from(error);
            match error.kind() {
                Kind::Forbidden => error.noting("only datacenter and ISP orders list their proxies; for residential traffic see get_residential_profile"),
                _ => error,
            }
        })?;
        let list = present(
            answer.into_inner().data,
            VENDOR,
            "list_active_proxies",
            "data",
        )?;
        Ok(list.into_iter().map(endpoint).collect())
    }

    /// Waits until a datacenter or ISP order has all of its proxies, and gives them.
    ///
    /// # Errors
    /// When the time is up.
    pub async fn wait_until_provisioned(
        &self,
        id: i64,
        poll: PollOptions,
    ) -> Result<Vec<ProxyEndpoint>, Error> {
        let quantity = self.order(id).await?.quantity;
        let due = quantity
            .and_then(|it| usize::try_from(it).ok())
            .unwrap_or(1)
            .max(1);
        wait(VENDOR, "the order got no proxies", poll, || async move {
            let found = self.proxies(id).await?;
            Ok((found.len() >= due).then_some(found))
        })
        .await
    }
}

fn endpoint(proxy: types::ActiveProxy) -> ProxyEndpoint {
    let port = |number: Option<i64>| number.and_then(|it| u16::try_from(it).ok());
    ProxyEndpoint {
        host: proxy.ip,
        http_port: port(proxy.http_port),
        socks5_port: port(proxy.socks_port),
        username: proxy.username,
        password: proxy.password,
    }
}
