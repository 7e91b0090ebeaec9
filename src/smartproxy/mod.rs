//! SmartProxy's `/pub` API: the SmartProxy at smartproxy.org, which is not smartproxy.com (Decodo).
//!
//! An order is made unpaid and paid at the vendor's site. No page documents a catalogue, a price preview or a balance.

mod account;
mod requests;
#[cfg(feature = "purchase")]
pub mod spend;
#[cfg(feature = "purchase")]
mod spending;

use futures_core::Stream;
use futures_util::TryStreamExt;
use rust_decimal::Decimal;

pub use crate::generated::smartproxy::api;
pub use crate::vocabulary::Gateway;
pub use requests::{NewOrder, OrderQuery};

use crate::account::PollOptions;
use crate::client::vendor_client;
use crate::error::{Error, Kind, Outcome};
use crate::support::{Page, listed, pages, present, wait, within_cap};
use crate::vocabulary::{ProxyEndpoint, Vendor};

/// The types of SmartProxy's requests and answers.
pub mod types {
    pub use super::api::enums::*;
    pub use super::api::types::*;
}

const VENDOR: Vendor = Vendor::SmartProxy;

/// The pages name no greatest size.
const PAGE_SIZE: usize = 100;

vendor_client! {
    /// An account at SmartProxy.
    ///
    /// ```no_run
    /// use proxy_orders::smartproxy::{Client, NewOrder};
    /// use rust_decimal::Decimal;
    ///
    /// # async fn example() -> Result<(), proxy_orders::Error> {
    /// let client = Client::from_env()?;
    /// let wanted = NewOrder { amount: Some(2), regions: vec![("US".into(), 2)], ..NewOrder::new(1001, 1) };
    /// let order = client.buy(&wanted, Decimal::new(1000, 2)).await?;
    /// println!("pay order {} at the vendor's site", order.trade_no);
    /// # Ok(())
    /// # }
    /// ```
    SmartProxy { gateway: Option<Gateway> }
}

impl Client {
    /// The same client, with the host and port through which the account's proxies are reached.
    pub fn with_gateway(mut self, gateway: Gateway) -> Self {
        self.gateway = Some(gateway);
        self
    }

    /// All orders that match, page by page as they are asked for.
    pub fn orders(
        &self,
        query: OrderQuery,
    ) -> impl Stream<Item = Result<types::Order, Error>> + Send + '_ {
        pages(PAGE_SIZE, move |number| {
            let mut request = self
                .api
                .list_orders()
                .page_no(number + 1)
                .page_size(PAGE_SIZE as i64);
            let query = query.clone();
            if let Some(trade_no) = query.trade_no {
                request = request.trade_no(trade_no);
            }
            if let Some(status) = query.status {
                request = request.status(status);
            }
            if let Some(product_type) = query.product_type {
                request = request.product_type(product_type);
            }
            async move {
                let data = present(
                    request.send().await?.into_inner().data,
                    VENDOR,
                    "list_orders",
                    "data",
                )?;
                let total = data.pagination.and_then(|pagination| pagination.total);
                let items = listed(data.list, total, VENDOR, "list_orders", "data.list")?;
                Ok(Page { items, total })
            }
        })
    }

    /// One order, by its order number.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when the list has no such order.
    pub async fn order(&self, trade_no: &str) -> Result<types::Order, Error> {
        let query = OrderQuery {
            trade_no: Some(trade_no.to_owned()),
            ..OrderQuery::default()
        };
        let mut orders = std::pin::pin!(self.orders(query));
        while let Some(order) = orders.try_next().await? {
            // Whether the vendor's filter is exact is not documented.
            if order.trade_no == trade_no {
                return Ok(order);
            }
        }
        let what = format!("there is no order `{trade_no}`");
        Err(Error::new(Kind::NotFound, Outcome::Rejected, what).at(VENDOR, Some("list_orders")))
    }

    /// The packages that the account holds, of one order or of all.
    pub fn user_products(
        &self,
        trade_no: Option<&str>,
    ) -> impl Stream<Item = Result<types::UserProduct, Error>> + Send + '_ {
        let trade_no = trade_no.map(str::to_owned);
        pages(PAGE_SIZE, move |number| {
            let mut request = self
                .api
                .list_user_products()
                .page(number + 1)
                .size(PAGE_SIZE as i64);
            if let Some(trade_no) = &trade_no {
                request = request.trade_no(trade_no.clone());
            }
            async move {
                let data = present(
                    request.send().await?.into_inner().data,
                    VENDOR,
                    "list_user_products",
                    "data",
                )?;
                let total = data.total_count;
                let items = listed(data.list, total, VENDOR, "list_user_products", "data.list")?;
                Ok(Page { items, total })
            }
        })
    }

    /// The account's proxy accounts: user names and passwords.
    pub async fn whitelist_accounts(&self) -> Result<Vec<types::WhitelistAccount>, Error> {
        let answer = self
            .api
            .list_whitelist_accounts()
            .send()
            .await?
            .into_inner();
        let data = present(answer.data, VENDOR, "list_whitelist_accounts", "data")?;
        present(data.list, VENDOR, "list_whitelist_accounts", "data.list")
    }

    /// Makes an order, unpaid. Its answer is the only price that the vendor's pages offer.
    ///
    /// # Errors
    /// One whose outcome is [`crate::Outcome::Unknown`] means that the order may have been made: look at the orders first.
    pub async fn create_order(&self, new: &NewOrder) -> Result<types::Order, Error> {
        let answer = self
            .api
            .create_order()
            .body(new.body())
            .send()
            .await?
            .into_inner();
        // The spec marks it as the identity, so it is there; an order that may be owed must not be taken for none all the same.
        answer.data.ok_or_else(|| {
            Error::new(Kind::Answer, Outcome::Unknown, "the answer has no order")
                .at(VENDOR, Some("create_order"))
        })
    }

    /// Makes an order, unpaid, and closes it again if its price is more than `max_total`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::OverCap`] when it was closed; the message names the order. If even closing it failed, the message says so:
    /// the order then stands unpaid. Otherwise as for [`Client::create_order`].
    pub async fn buy(&self, new: &NewOrder, max_total: Decimal) -> Result<types::Order, Error> {
        let order = self.create_order(new).await?;
        let Err(over) = within_cap(VENDOR, order.pay_fee.as_ref(), max_total) else {
            return Ok(order);
        };
        let over = over.at(VENDOR, Some("create_order"));
        match self.close(&order.trade_no).await {
            Ok(_) => {
                let note = format!(
                    "order {} had been made, unpaid, and was closed again",
                    order.trade_no
                );
                Err(over.with_outcome(Outcome::Rejected).noting(&note))
            }
            Err(error) => {
                let note = format!(
                    "order {} stands, unpaid, and could not be closed ({error}): close it or let it run out",
                    order.trade_no
                );
                Err(over.with_outcome(Outcome::Unknown).noting(&note))
            }
        }
    }

    /// Closes an order that is not paid.
    pub async fn close(&self, trade_no: &str) -> Result<types::OrderClosed, Error> {
        let body = types::CloseOrderRequest {
            trade_no: trade_no.to_owned(),
        };
        Ok(self.api.close_order().body(body).send().await?.into_inner())
    }

    /// The proxies of an order: the account's gateway with each proxy account for the order's type of product. Empty until the order is
    /// paid. The pages tie no proxy account to an order; the type of product is all there is to go by.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] when no gateway is set, as no page prints one.
    pub async fn proxies(&self, trade_no: &str) -> Result<Vec<ProxyEndpoint>, Error> {
        let gateway = self.gateway.as_ref().ok_or_else(|| {
            let what = "the vendor's pages print no gateway: pass the host and port that its dashboard shows (with_gateway, --gateway, SMARTPROXY_GATEWAY)";
            Error::configuration(what).at(VENDOR, None)
        })?;
        let held: Vec<_> = self.user_products(Some(trade_no)).try_collect().await?;
        let mut wanted = Vec::new();
        let mut is_held = false;
        for product in held {
            if product.trade_no.as_deref() == Some(trade_no) {
                is_held = true;
                wanted.extend(product.product_type);
            }
        }
        if !is_held {
            return Ok(Vec::new());
        }
        let accounts = self.whitelist_accounts().await?;
        let fits = |account: &types::WhitelistAccount| {
            let kind = account.product_type.as_ref();
            wanted.is_empty() || kind.is_none_or(|kind| wanted.contains(kind))
        };
        let is_enabled = |account: &types::WhitelistAccount| {
            account.status != Some(types::WhitelistAccountStatus::Disabled)
        };
        let endpoint = |account: types::WhitelistAccount| ProxyEndpoint {
            host: gateway.host.clone(),
            http_port: Some(gateway.port),
            socks5_port: None,
            username: Some(account.username),
            password: account.password,
        };
        Ok(accounts
            .into_iter()
            .filter(|account| fits(account) && is_enabled(account))
            .map(endpoint)
            .collect())
    }

    /// Waits until an order is paid and has proxies, and gives them.
    ///
    /// # Errors
    /// When the time is up, or the order was cancelled or refunded meanwhile.
    pub async fn wait_until_provisioned(
        &self,
        trade_no: &str,
        poll: PollOptions,
    ) -> Result<Vec<ProxyEndpoint>, Error> {
        wait(
            VENDOR,
            "the order was not paid or got no proxies",
            poll,
            || async move {
                let order = self.order(trade_no).await?;
                let ended = [
                    types::OrderStatus::CancelledOnTimeout,
                    types::OrderStatus::Refunded,
                ];
                if let Some(status) = order.status.filter(|status| ended.contains(status)) {
                    let what = format!("the order is {status} and will get no proxies");
                    return Err(Error::new(Kind::Refused, Outcome::Rejected, what).at(VENDOR, None));
                }
                let found = self.proxies(trade_no).await?;
                Ok((!found.is_empty()).then_some(found))
            },
        )
        .await
    }
}
