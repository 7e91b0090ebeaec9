//! IPRoyal's reseller API: static residential, datacenter and sneaker proxies.
//!
//! Amounts carry no currency; IPRoyal's dashboard shows US dollars. Times carry no zone.

mod account;
mod requests;
#[cfg(feature = "purchase")]
pub mod spend;
#[cfg(feature = "purchase")]
mod spending;

use futures_core::Stream;
use rust_decimal::Decimal;

pub use crate::generated::iproyal::api;
pub use requests::{AutoExtend, ExtendScope, Extension, NewOrder, OrderQuery, PayWith};

use crate::account::{PollOptions, Quote};
use crate::client::vendor_client;
use crate::error::Error;
use crate::support::{Page, pages, present, wait, within_cap};
use crate::vocabulary::{Money, Order, OrderState, ProxyEndpoint, Vendor};

/// The types of IPRoyal's requests and answers.
pub mod types {
    pub use super::api::enums::*;
    pub use super::api::types::*;
}

const VENDOR: Vendor = Vendor::IpRoyal;

/// As many orders a page as public clients were seen to ask for; no page names a greatest.
const PAGE_SIZE: usize = 100;

vendor_client! {
    /// An account at IPRoyal.
    ///
    /// ```no_run
    /// use proxy_orders::iproyal::{Client, NewOrder};
    /// use rust_decimal::Decimal;
    ///
    /// # async fn example() -> Result<(), proxy_orders::Error> {
    /// let client = Client::from_env()?;
    /// let wanted = NewOrder::new(9, 4, 51, 5);
    /// println!("it costs {}", client.quote(&wanted).await?.total);
    /// let order = client.buy(&wanted, Decimal::new(1050, 2)).await?;
    /// println!("order {}", order.id);
    /// # Ok(())
    /// # }
    /// ```
    IpRoyal
}

impl Client {
    /// All orders that match, page by page as they are asked for.
    pub fn orders(
        &self,
        query: OrderQuery,
    ) -> impl Stream<Item = Result<types::Order, Error>> + Send + '_ {
        pages(PAGE_SIZE, move |number| {
            let mut request = self
                .api
                .list_orders()
                .page(number + 1)
                .per_page(PAGE_SIZE as i64);
            let query = query.clone();
            if let Some(id) = query.product_id {
                request = request.product_id(id);
            }
            if let Some(id) = query.location_id {
                request = request.location_id(id);
            }
            if let Some(status) = query.status {
                request = request.status(status);
            }
            if !query.statuses.is_empty() {
                request = request.statuses(types::OrderStatuses(query.statuses));
            }
            if let Some(phrase) = query.note_search {
                request = request.note_search(phrase);
            }
            if !query.order_ids.is_empty() {
                request = request.order_ids(types::OrderIds(query.order_ids));
            }
            if let Some((column, direction)) = query.sort {
                request = request.sort_by(column).order(direction);
            }
            if let Some(is_expiring) = query.is_expiring_soon {
                request = request.status_is_expiring_soon(is_expiring);
            }
            if let Some(kind) = query.billing_type {
                request = request.order_billing_type(kind);
            }
            async move {
                let list = request.send().await?.into_inner();
                Ok(Page {
                    items: list.data,
                    total: list.meta.and_then(|meta| meta.total),
                })
            }
        })
    }

    /// One order.
    pub async fn order(&self, id: i64) -> Result<types::Order, Error> {
        Ok(self.api.get_order().order_id(id).send().await?.into_inner())
    }

    /// Everything that can be bought.
    pub async fn products(&self) -> Result<Vec<types::Product>, Error> {
        Ok(self.api.list_products().send().await?.into_inner().data)
    }

    /// What is left on the balance.
    pub async fn balance(&self) -> Result<Money, Error> {
        Ok(self.api.get_balance().send().await?.into_inner().0)
    }

    /// Saved cards and other payment methods.
    pub async fn cards(&self) -> Result<Vec<types::Card>, Error> {
        Ok(self.api.list_cards().send().await?.into_inner().data)
    }

    /// What an order would cost now, with tax. For several locations the sum of their quotes, as the API prices one at a time.
    ///
    /// # Errors
    /// When there is nothing to price, or a price can't be read.
    pub async fn quote(&self, new: &NewOrder) -> Result<Quote, Error> {
        check_locations(new)?;
        let mut sum: Option<Quote> = None;
        for &(location_id, quantity) in &new.locations {
            let mut request = self
                .api
                .calculate_pricing()
                .product_id(new.product_id)
                .product_plan_id(new.plan_id)
                .product_location_id(location_id)
                .quantity(quantity);
            if let Some(code) = &new.coupon_code {
                request = request.coupon_code(code.clone());
            }
            if !new.answers.is_empty() {
                request = request.product_question_answers(types::ProductQuestionAnswersQuery(
                    new.answers.clone(),
                ));
            }
            let quote = quote_from(request.send().await?.into_inner())?;
            sum = Some(match sum {
                None => quote,
                Some(so_far) => add(so_far, quote)?,
            });
        }
        present(sum, VENDOR, "calculate_pricing", "price_with_vat")
    }

    /// What an extension would cost now. The API's `order_id` parameter is documented without a word on what it does; that it prices
    /// an extension is inferred.
    pub async fn quote_extension(
        &self,
        order_id: i64,
        extension: &Extension,
    ) -> Result<Quote, Error> {
        check_scope(extension)?;
        let mut request = self
            .api
            .calculate_pricing()
            .order_id(order_id)
            .product_plan_id(extension.plan_id);
        if let ExtendScope::Only(addresses) = &extension.scope {
            request = request.quantity(i64::try_from(addresses.len()).unwrap_or(i64::MAX));
        }
        quote_from(request.send().await?.into_inner())
    }

    /// Makes and pays an order, if its quote, asked for right before, is no more than `max_total`.
    ///
    /// The answer may come before the proxies do: see [`Client::wait_until_provisioned`].
    ///
    /// # Errors
    /// One whose outcome is [`crate::Outcome::Unknown`] means that the order may have been made: look at the orders first.
    pub async fn buy(&self, new: &NewOrder, max_total: Decimal) -> Result<types::Order, Error> {
        let quote = self.quote(new).await?;
        within_cap(VENDOR, Some(&quote.total), max_total)?;
        Ok(self
            .api
            .create_order()
            .body(new.body())
            .send()
            .await?
            .into_inner())
    }

    /// Extends an order, if its quote, asked for right before, is no more than `max_total`. Errors as for [`Client::buy`].
    pub async fn extend(
        &self,
        order_id: i64,
        extension: &Extension,
        max_total: Decimal,
    ) -> Result<types::Order, Error> {
        let quote = self.quote_extension(order_id, extension).await?;
        within_cap(VENDOR, Some(&quote.total), max_total)?;
        Ok(self
            .api
            .extend_order()
            .order_id(order_id)
            .body(extension.body())
            .send()
            .await?
            .into_inner())
    }

    /// Sets whether an order is extended automatically.
    pub async fn set_auto_renewal(
        &self,
        order_id: i64,
        setting: AutoExtend,
    ) -> Result<types::AutoExtendState, Error> {
        Ok(self
            .api
            .toggle_auto_extend()
            .body(setting.body(order_id))
            .send()
            .await?
            .into_inner())
    }

    /// The proxies of an order; empty while it has none.
    pub async fn proxies(&self, order_id: i64) -> Result<Vec<ProxyEndpoint>, Error> {
        Ok(endpoints(&self.order(order_id).await?))
    }

    /// Waits until an order has all of its proxies, and gives them.
    ///
    /// # Errors
    /// When the time is up, or the order was refunded or has expired meanwhile.
    pub async fn wait_until_provisioned(
        &self,
        order_id: i64,
        poll: PollOptions,
    ) -> Result<Vec<ProxyEndpoint>, Error> {
        wait(VENDOR, "the order got no proxies", poll, || async move {
            let order = self.order(order_id).await?;
            let found = endpoints(&order);
            let due = order.quantity.and_then(|it| usize::try_from(it).ok());
            let state = Order::from(order).state;
            // An order that has ended may still list its proxies; they are of no use.
            if matches!(state, OrderState::Refunded | OrderState::Expired) {
                let what = format!("the order is {state} and will get no proxies");
                let error = Error::new(crate::ErrorKind::Refused, crate::Outcome::Rejected, what);
                return Err(error.at(VENDOR, None));
            }
            if found.len() >= due.unwrap_or(1).max(1) {
                return Ok(Some(found));
            }
            Ok(None)
        })
        .await
    }
}

fn check_scope(extension: &Extension) -> Result<(), Error> {
    if extension.scope != ExtendScope::Only(Vec::new()) {
        return Ok(());
    }
    let what = "no address is named, which the API would take for all of them: say ExtendScope::All if that is meant";
    Err(Error::input(what).at(VENDOR, Some("extend_order")))
}

fn check_locations(new: &NewOrder) -> Result<(), Error> {
    let wrong = |what: &str| Err(Error::input(what).at(VENDOR, Some("create_order")));
    if new.locations.is_empty() {
        return wrong("no location is named: name at least one");
    }
    if new.locations.iter().any(|&(_, quantity)| quantity < 1) {
        return wrong("the quantity must be at least 1");
    }
    Ok(())
}

fn quote_from(pricing: types::Pricing) -> Result<Quote, Error> {
    // What is charged is the price with tax; an answer without it has no price that a cap could be held against.
    let total = present(
        pricing.price_with_vat,
        VENDOR,
        "calculate_pricing",
        "price_with_vat",
    )?;
    Ok(Quote {
        total,
        before_discounts: pricing.pre_discount_price,
        message: pricing.message,
    })
}

fn add(one: Quote, other: Quote) -> Result<Quote, Error> {
    let sum = |one: Option<Money>, other: Option<Money>| {
        Some(Money::from(one?.amount()?.checked_add(other?.amount()?)?))
    };
    let total = present(
        sum(Some(one.total), Some(other.total)),
        VENDOR,
        "calculate_pricing",
        "price_with_vat",
    )?;
    Ok(Quote {
        total,
        before_discounts: sum(one.before_discounts, other.before_discounts),
        message: one.message.or(other.message),
    })
}

fn endpoints(order: &types::Order) -> Vec<ProxyEndpoint> {
    let Some(data) = &order.proxy_data else {
        return Vec::new();
    };
    let port = |wanted: fn(&types::ProxyPorts) -> Option<i64>| {
        data.ports
            .as_ref()
            .and_then(wanted)
            .and_then(|it| u16::try_from(it).ok())
    };
    let http = port(|ports| ports.http_https.or(ports.http));
    let socks5 = port(|ports| ports.socks5);
    data.proxies
        .iter()
        .flatten()
        .filter_map(|entry| entry.endpoint(http, socks5))
        .collect()
}
