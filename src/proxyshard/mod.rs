//! ProxyShard's User API: datacenter, ISP and residential proxies.
//!
//! Money is in whole cents. Traffic is bought in gigabytes and reported in bytes.
//!
//! # In vendor-neutral terms
//!
//! | [`Purchase`](crate::Purchase) | meaning |
//! |---|---|
//! | `product` | product name, in the vendor's spelling |
//! | `plan` | billing cycle |
//! | `location` | location code |
//! | `quantity` | proxies, or gigabytes |
//! | `coupon` | `promo_code` |
//! | `auto_renewal` | `auto_renewal` |
//! | `pay_with` | not used: always the wallet |
//! | `answers` | not used |
//!
//! A [`Renewal`](crate::Renewal) uses no field. Its price is the amount that was last paid for the
//! order, which is inferred.
//!
//! A purchase whose answer was lost is found by an id above the newest, and must fit in product,
//! cycle, quantity and price. `wallet_balance` shows what was charged.

mod account;
mod requests;
#[cfg(feature = "purchase")]
pub mod spend;

use std::num::NonZeroU64;

use futures_core::Stream;
use futures_util::FutureExt;

pub use crate::generated::proxyshard::{api, types};
pub use requests::{CycleChange, NewOrder};

use crate::account::Quote;
use crate::client::vendor_client;
use crate::error::Error;
use crate::support::{List, Listed, Page, Paging, given, listed, present};
use crate::vocabulary::{Cents, Money, ProxyEndpoint, Vendor};

const VENDOR: Vendor = Vendor::ProxyShard;

/// The greatest documented page size.
const PAGE_SIZE: NonZeroU64 = NonZeroU64::new(100).unwrap();

vendor_client! {
    /// An account at ProxyShard.
    ///
    /// ```no_run
    /// use std::num::NonZeroU64;
    /// use proxy_orders::proxyshard::{Client, NewOrder};
    ///
    /// # async fn example() -> Result<(), proxy_orders::Error> {
    /// let client = Client::from_env()?;
    /// let wanted = NewOrder::proxies("Datacenter Proxy", "DE", "monthly", NonZeroU64::MIN);
    /// println!("one proxy costs {}", client.quote_order(&wanted).await?.total);
    /// # Ok(())
    /// # }
    /// ```
    ProxyShard
}

impl Client {
    /// Lists the orders with this status. Each page is requested when the stream gets there. The
    /// list does not give the status of an order.
    pub fn list_orders(
        &self,
        status: types::OrderStatusFilter,
    ) -> impl Stream<Item = Result<types::OrderListItem, Error>> + Send + '_ {
        self.order_list(status).stream()
    }

    fn order_list(&self, status: types::OrderStatusFilter) -> List<'_, types::OrderListItem> {
        let fetch = move |offset: i64| {
            let request = self.api.list_orders().status(status);
            let request = request.offset(offset.unsigned_abs()).limit(PAGE_SIZE);
            async move {
                let list = request.send().await?.into_inner();
                let items = listed(list.orders, list.count, VENDOR, "list_orders", "orders")?;
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                Ok(Page {
                    items,
                    // By its wording, `count` may count the page alone.
                    total: list.count.filter(|count| *count > length),
                    has_next: Some(list.next.is_some()),
                })
            }
            .boxed()
        };
        let size = PAGE_SIZE.get() as usize;
        List::new(VENDOR, "list_orders", size, Paging::Offsets, fetch)
    }

    /// Returns the order with this id.
    pub async fn get_order(&self, id: i64) -> Result<types::Order, Error> {
        let answer = self.api.get_order().id(id).send().await?.into_inner();
        let mut order = present(answer.order, VENDOR, "get_order", "order")?;
        // The vendor's page requires no field of the detail, not even the id.
        order.order_id.get_or_insert(id);
        Ok(order)
    }

    /// Lists the products, one for each location, with their billing cycles.
    pub async fn products(&self) -> Result<Vec<types::Product>, Error> {
        let answer = self.api.list_products().send().await?.into_inner();
        present(answer.products, VENDOR, "list_products", "products")
    }

    /// Lists how many proxies of each kind can be bought in each country.
    pub async fn available_counts(&self) -> Result<Vec<types::AvailableCount>, Error> {
        let answer = self.api.list_available_counts().send().await?;
        Ok(answer.into_inner().0)
    }

    /// Asks for the price of an order.
    pub async fn quote_order(&self, new: &NewOrder) -> Result<Quote, Error> {
        self.order_price(&new.body()).await
    }

    async fn order_price(&self, body: &types::PurchaseOrderRequest) -> Result<Quote, Error> {
        let request = self.api.calculate_order_price();
        let quantity = body.quantity.map(NonZeroU64::get);
        let addons = body.addons.as_ref().filter(|it| !it.is_empty());
        let request = given! { request.product(body.product.clone());
            location: body.location.clone(),
            cycle: body.cycle.clone(),
            quantity: quantity.map(|it| i64::try_from(it).unwrap_or(i64::MAX)),
            promo_code: body.promo_code.clone(),
            // The price calculation takes the add-ons as JSON text.
            addons_json: addons.and_then(|it| serde_json::to_string(it).ok()),
        };
        let price = request.send().await?.into_inner();
        // With add-ons, only the total that includes them is what is charged.
        let (total, name) = match addons {
            Some(_) => (price.total_with_addons, "total_with_addons"),
            None => (price.final_price, "final_price"),
        };
        Ok(Quote {
            before_discounts: price.original_price.as_ref().map(Cents::to_money),
            ..Quote::new(present(total, VENDOR, "calculate_order_price", name)?.to_money())
        })
    }

    /// Prices a renewal by what was last paid for the order, because the vendor has no price
    /// preview for it. That both are the same is inferred.
    async fn renewal_price(&self, id: i64) -> Result<Quote, Error> {
        let order = self.get_order(id).await?;
        let message = "the vendor has no price preview for a renewal: this is what was last paid";
        Ok(Quote {
            is_inferred: true,
            message: Some(message.to_owned()),
            ..Quote::new(present(paid(&order), VENDOR, "get_order", "price_paid")?)
        })
    }

    /// Asks for the price of a change of the billing cycle: the price of a like order on the new
    /// cycle. The vendor drops a promo code that is not valid for the new cycle, so the price is
    /// asked for without one.
    pub async fn quote_cycle_change(&self, id: i64, change: &CycleChange) -> Result<Quote, Error> {
        let order = self.get_order(id).await?;
        let product = present(order.product_name, VENDOR, "get_order", "product_name")?;
        let quantity = order.quantity.and_then(|it| u64::try_from(it).ok());
        let same = NewOrder {
            location: change.location.clone(),
            cycle: Some(change.cycle.clone()),
            quantity: quantity.and_then(NonZeroU64::new),
            ..NewOrder::new(product)
        };
        let message = "the vendor has no price preview for a change of the billing cycle: this is \
                       the price of a like order on the new cycle";
        Ok(Quote {
            is_inferred: true,
            message: Some(message.to_owned()),
            ..self.quote_order(&same).await?
        })
    }

    /// Sets whether an order is renewed automatically. Datacenter and ISP proxies only.
    pub async fn set_auto_renewal(
        &self,
        id: i64,
        is_on: bool,
    ) -> Result<types::SetAutoRenewalResponse, Error> {
        let request = self.api.set_auto_renewal().order_id(id);
        Ok(request.auto_renewal(is_on).send().await?.into_inner())
    }

    /// Sets the caller's own mark on an order. The vendor's own client takes `none` for no mark.
    pub async fn tag(
        &self,
        id: i64,
        tag: impl Into<String>,
    ) -> Result<types::ActionResponse, Error> {
        let body = types::TagOrderRequest { tag: tag.into() };
        let request = self.api.tag_order().id(id).body(body);
        Ok(request.send().await?.into_inner())
    }
}

impl Listed for types::OrderListItem {
    fn id(&self) -> Option<String> {
        Some(self.order_id.to_string())
    }
}

/// Returns what was last paid for an order. The vendor gives the price of its add-ons separately.
fn paid(order: &types::Order) -> Option<Money> {
    let price = order.price_paid.as_ref()?.cents()?;
    let addons = order.addons_price_paid.as_ref();
    let addons = addons.map_or(Some(0), Cents::cents)?;
    // A part below zero would lower the sum.
    if price < 0 || addons < 0 {
        return None;
    }
    Some(Money::from_cents(price.checked_add(addons)?))
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
