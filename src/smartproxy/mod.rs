//! SmartProxy's `/pub` API: the SmartProxy at smartproxy.org, which is not smartproxy.com (Decodo).
//!
//! An order is made unpaid and paid at the vendor's site. That is what public clients of this family
//! of vendors say; the status of each order decides here. The vendor documents no catalogue, price
//! preview or balance.
//!
//! # In vendor-neutral terms
//!
//! | [`Purchase`](crate::Purchase) | meaning |
//! |---|---|
//! | `product` | package id (`pid`) |
//! | `plan` | not used |
//! | `location` | country code (`region_list`) |
//! | `quantity` | `amount` |
//! | `coupon` | `coupon_sn` |
//! | `auto_renewal` | not offered |
//! | `pay_with` | `pm_id`, required |
//! | `answers` | not used |
//!
//! A [`Renewal`](crate::Renewal) needs `product` (the package id of the renewal), `pay_with`
//! (`pm_id`), and `proxies` (`upids`). The vendor's page takes these ids from
//! `/pub/ip/get-static-ip`, which it does not document. With `guess_ids` they are those of the
//! order's purchased packages, which is a guess.
//!
//! # The price of an order
//!
//! An order has two fees, documented as its price and the amount to pay. No page says how they may
//! differ. The larger one counts, unless the request has a discount and the amount to pay is the
//! smaller one. An order above the cap is closed again if its status says that it is unpaid.
//!
//! # Orders of unknown purchases
//!
//! A purchase whose answer was lost is found by an `id` above the newest, and must fit in the
//! package id. An order does not tell its quantity, and the balance is not documented. The time of
//! an order is compared if it has an offset: no page names the zone of a time without one.
//!
//! That ids grow is inferred. A list without its length is read until a page is empty. If it lacks
//! ids, the names of all orders are the baseline, which infers nothing. With more than 1000 orders
//! without ids, or a list whose end cannot be told, nothing is bought. If ids were there before a
//! purchase and are missing after it, the purchase needs review.

mod account;
mod requests;
#[cfg(feature = "purchase")]
pub mod spend;

use futures_core::Stream;
use futures_util::{FutureExt, TryStreamExt};

pub use crate::generated::smartproxy::{api, types};
pub use crate::vocabulary::Gateway;
pub use requests::{NewOrder, OrderQuery};

use crate::client::vendor_client;
use crate::error::{Error, Kind, Outcome};
use crate::support::{List, Listed, Page, Paging, given, listed, present};
use crate::vocabulary::Vendor;

const VENDOR: Vendor = Vendor::SmartProxy;

/// The page size. The vendor's pages name no greatest.
const PAGE_SIZE: usize = 100;

vendor_client! {
    /// An account at SmartProxy.
    ///
    /// ```no_run
    /// use futures_util::TryStreamExt;
    /// use proxy_orders::smartproxy::{Client, OrderQuery};
    ///
    /// # async fn example() -> Result<(), proxy_orders::Error> {
    /// let client = Client::from_env()?;
    /// let orders: Vec<_> = client.list_orders(OrderQuery::default()).try_collect().await?;
    /// println!("{} orders", orders.len());
    /// # Ok(())
    /// # }
    /// ```
    SmartProxy { gateway: Option<Gateway> }
}

impl Client {
    /// Sets the host and port of the account's proxies.
    #[must_use]
    pub fn with_gateway(mut self, gateway: Gateway) -> Self {
        self.gateway = Some(gateway);
        self
    }

    /// Lists the orders that match. Each page is requested when the stream gets there.
    pub fn list_orders(
        &self,
        query: OrderQuery,
    ) -> impl Stream<Item = Result<types::Order, Error>> + Send + '_ {
        self.order_list(query).stream()
    }

    fn order_list(&self, query: OrderQuery) -> List<'_, types::Order> {
        let fetch = move |number: i64| {
            let request = self.api.list_orders().page_no(number.saturating_add(1));
            let query = query.clone();
            let request = given! { request.page_size(PAGE_SIZE as i64);
                trade_no: query.trade_no,
                status: query.status,
                product_type: query.product_type,
            };
            async move {
                let (items, pagination) = order_page(request.send().await?.into_inner())?;
                Ok(Page {
                    items,
                    total: pagination.and_then(|pagination| pagination.total),
                    has_next: None,
                })
            }
            .boxed()
        };
        List::new(VENDOR, "list_orders", PAGE_SIZE, Paging::Numbers, fetch)
    }

    /// Returns the order with this number.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when the list has no such order.
    pub async fn get_order(&self, trade_no: &str) -> Result<types::Order, Error> {
        let query = OrderQuery {
            trade_no: Some(trade_no.to_owned()),
            ..OrderQuery::default()
        };
        let mut orders = std::pin::pin!(self.list_orders(query));
        while let Some(order) = orders.try_next().await? {
            // It is not documented that the filter is exact.
            if order.trade_no == trade_no {
                return Ok(order);
            }
        }
        let what = format!("there is no order `{trade_no}`");
        Err(Error::new(Kind::NotFound, Outcome::Rejected, what).at(VENDOR, Some("list_orders")))
    }

    /// Lists the account's packages, of one order or of all. Each page is requested when the stream
    /// gets there.
    pub fn user_products(
        &self,
        trade_no: Option<&str>,
    ) -> impl Stream<Item = Result<types::UserProduct, Error>> + Send + '_ {
        let trade_no = trade_no.map(str::to_owned);
        let operation = "list_user_products";
        let fetch = move |number: i64| {
            let request = self.api.list_user_products();
            let request = request.page(number.saturating_add(1));
            let request = given! { request.size(PAGE_SIZE as i64); trade_no: trade_no.clone(), };
            async move {
                let data = request.send().await?.into_inner().data;
                let data = present(data, VENDOR, operation, "data")?;
                let total = data.total_count;
                Ok(Page {
                    items: listed(data.list, total, VENDOR, operation, "data.list")?,
                    total,
                    has_next: None,
                })
            }
            .boxed()
        };
        List::new(VENDOR, operation, PAGE_SIZE, Paging::Numbers, fetch).stream()
    }

    /// Lists the account's proxy accounts: user names and passwords.
    pub async fn whitelist_accounts(&self) -> Result<Vec<types::WhitelistAccount>, Error> {
        let answer = self.api.list_whitelist_accounts().send().await?;
        let data = present(
            answer.into_inner().data,
            VENDOR,
            "list_whitelist_accounts",
            "data",
        )?;
        present(data.list, VENDOR, "list_whitelist_accounts", "data.list")
    }

    /// Closes an unpaid order.
    pub async fn close(&self, trade_no: &str) -> Result<types::OrderClosed, Error> {
        let body = types::CloseOrderRequest {
            trade_no: trade_no.to_owned(),
        };
        Ok(self.api.close_order().body(body).send().await?.into_inner())
    }
}

impl Listed for types::Order {
    fn id(&self) -> Option<String> {
        Some(self.trade_no.clone())
    }
}

impl Listed for types::UserProduct {
    fn id(&self) -> Option<String> {
        self.id.map(|id| id.to_string())
    }
}

type OrderPage = (Vec<types::Order>, Option<types::Pagination>);

fn order_page(answer: types::OrderList) -> Result<OrderPage, Error> {
    let data = present(answer.data, VENDOR, "list_orders", "data")?;
    let total = data.pagination.as_ref().and_then(|it| it.total);
    let orders = listed(data.list, total, VENDOR, "list_orders", "data.list")?;
    Ok((orders, data.pagination))
}
