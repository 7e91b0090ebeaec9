//! IPRoyal's reseller API: static residential, datacenter and sneaker proxies.
//!
//! Amounts have no currency; IPRoyal's dashboard shows US dollars. Times have no zone.
//!
//! # In vendor-neutral terms
//!
//! | [`Purchase`](crate::Purchase) | meaning |
//! |---|---|
//! | `product` | product id |
//! | `plan` | plan id |
//! | `location` | location id |
//! | `quantity` | proxies |
//! | `coupon` | `coupon_code` |
//! | `auto_renewal` | `auto_extend` |
//! | `pay_with` | card id; the balance if `None` |
//! | `answers` | `product_question_answers` |
//!
//! A [`Renewal`](crate::Renewal) needs `plan` (a plan id) and takes `pay_with` (a card id).
//!
//! A purchase whose answer was lost is found by an id above the product's newest, and must fit in
//! product, plan, location and quantity. `GET /balance` shows what was charged.

mod account;
mod requests;
#[cfg(feature = "purchase")]
pub mod spend;

use futures_core::Stream;
use futures_util::FutureExt;
use rust_decimal::Decimal;

pub use crate::generated::iproyal::{api, types};
pub use requests::{AutoExtend, ExtendScope, Extension, NewOrder, OrderQuery, PayWith};

use crate::account::Quote;
use crate::cleaning::Cleaned;
use crate::client::vendor_client;
use crate::error::{Error, Kind, Outcome};
use crate::support::{List, Listed, Page, Paging, given, present};
use crate::vocabulary::{Effect, Money, ProxyEndpoint, Vendor};
use requests::locations;

const VENDOR: Vendor = Vendor::IpRoyal;

/// The page size of an existing client. The vendor's pages name no greatest.
const PAGE_SIZE: usize = 100;

vendor_client! {
    /// An account at IPRoyal.
    ///
    /// ```no_run
    /// use futures_util::TryStreamExt;
    /// use proxy_orders::iproyal::{Client, NewOrder, OrderQuery};
    ///
    /// # async fn example() -> Result<(), proxy_orders::Error> {
    /// let client = Client::from_env()?;
    /// let quote = client.quote_order(&NewOrder::new(9, 4, 51, 5)).await?;
    /// println!("five proxies cost {}", quote.total);
    /// let orders: Vec<_> = client.list_orders(OrderQuery::default()).try_collect().await?;
    /// println!("{} orders", orders.len());
    /// # Ok(())
    /// # }
    /// ```
    IpRoyal
}

impl Client {
    /// Lists the orders that match. Each page is requested when the stream gets there.
    pub fn list_orders(
        &self,
        query: OrderQuery,
    ) -> impl Stream<Item = Result<types::Order, Error>> + Send + '_ {
        self.order_list(query).stream()
    }

    fn order_list(&self, query: OrderQuery) -> List<'_, types::Order> {
        let fetch = move |number: i64| {
            let request = self.api.list_orders().page(number.saturating_add(1));
            let query = query.clone();
            let (sort_by, order) = query.sort.unzip();
            let request = given! { request.per_page(PAGE_SIZE as i64);
                product_id: query.product_id,
                location_id: query.location_id,
                status: query.status,
                statuses: some(query.statuses).map(types::OrderStatuses),
                note_search: query.note_search,
                order_ids: some(query.order_ids).map(types::OrderIds),
                sort_by: sort_by,
                order: order,
                status_is_expiring_soon: query.is_expiring_soon,
                order_billing_type: query.billing_type,
            };
            async move {
                let list = request.send().await?.into_inner();
                Ok(Page {
                    items: list.data,
                    total: list.meta.and_then(|meta| meta.total),
                    has_next: None,
                })
            }
            .boxed()
        };
        List::new(VENDOR, "list_orders", PAGE_SIZE, Paging::Numbers, fetch)
    }

    /// Returns the order with this id.
    pub async fn get_order(&self, id: i64) -> Result<types::Order, Error> {
        Ok(self.api.get_order().order_id(id).send().await?.into_inner())
    }

    /// Lists the products, with their plans and locations.
    pub async fn products(&self) -> Result<Vec<types::Product>, Error> {
        Ok(self.api.list_products().send().await?.into_inner().data)
    }

    /// Lists the saved cards and other payment methods.
    pub async fn cards(&self) -> Result<Vec<types::Card>, Error> {
        Ok(self.api.list_cards().send().await?.into_inner().data)
    }

    /// Asks for the price of an order, with tax. The API prices one location at a time, so that
    /// several are asked for one by one and added up.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when there is nothing to price.
    pub async fn quote_order(&self, new: &NewOrder) -> Result<Quote, Error> {
        self.order_price(&new.body()).await
    }

    async fn order_price(&self, body: &types::CreateOrderRequest) -> Result<Quote, Error> {
        let mut sum: Option<Quote> = None;
        for (location_id, quantity) in locations(body)? {
            let request = self
                .api
                .calculate_pricing()
                .product_id(body.product_id)
                .product_plan_id(body.product_plan_id)
                .product_location_id(location_id)
                .quantity(quantity);
            let answers = body.product_question_answers.as_ref();
            let answers = answers.map(|it| it.0.clone().into_iter().collect());
            let request = given! { request;
                coupon_code: body.coupon_code.clone(),
                product_question_answers: answers.map(types::ProductQuestionAnswersQuery),
            };
            let quote = quote_from(request.send().await?.into_inner())?;
            not_below_zero(&quote.total)?;
            sum = Some(match sum {
                None => quote,
                Some(so_far) => add(so_far, quote)?,
            });
        }
        priced(sum)
    }

    /// Asks for the price of an extension. The vendor's page does not explain the parameter
    /// `order_id` of its price calculation; that it prices an extension is inferred.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when it is to extend some proxies and names none.
    /// [`crate::ErrorKind::Answer`] when the price is not that of as many proxies.
    pub async fn quote_extension(
        &self,
        order_id: i64,
        extension: &Extension,
    ) -> Result<Quote, Error> {
        self.extension_price(order_id, &extension.body()?).await
    }

    async fn extension_price(
        &self,
        order_id: i64,
        body: &types::ExtendOrderRequest,
    ) -> Result<Quote, Error> {
        let quantity = match body.proxies.len() {
            0 => self.get_order(order_id).await?.quantity,
            some => i64::try_from(some).ok(),
        };
        let quantity = present(quantity, VENDOR, "get_order", "quantity")?;
        let request = self.api.calculate_pricing().order_id(order_id);
        let request = request.product_plan_id(body.product_plan_id);
        let pricing = request.quantity(quantity).send().await?.into_inner();
        fits(&pricing, quantity)?;
        let message = "the vendor does not document the price of an extension: this is what its \
                       price calculation answers for the order and the number of its proxies";
        let quote = quote_from(pricing)?;
        Ok(Quote {
            is_inferred: true,
            message: quote.message.or_else(|| Some(message.to_owned())),
            ..quote
        })
    }

    /// Sets whether an order is extended automatically.
    pub async fn set_auto_renewal(
        &self,
        order_id: i64,
        setting: AutoExtend,
    ) -> Result<types::AutoExtendState, Error> {
        let request = self.api.toggle_auto_extend().body(setting.body(order_id));
        Ok(request.send().await?.into_inner())
    }
}

impl Listed for types::Order {
    fn id(&self) -> Option<String> {
        Some(self.id.to_string())
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn priced<T>(price: Option<T>) -> Result<T, Error> {
    present(price, VENDOR, "calculate_pricing", "price_with_vat")
}

/// Refuses a price that is not that of as many proxies. The vendor does not document whether `vat`
/// is an amount or a percentage, and whether it is part of the price of one proxy.
fn fits(pricing: &types::Pricing, quantity: i64) -> Result<(), Error> {
    let amount = |money: Option<&Money>| money.and_then(Money::amount);
    let total = amount(pricing.price_with_vat.as_ref());
    let item = amount(pricing.price_per_item.as_ref());
    let quantity = Decimal::from(quantity);
    let is_fit = || {
        let (total, net) = (total?, item?.checked_mul(quantity)?);
        let vat = amount(pricing.vat.as_ref()).unwrap_or_default();
        let by_percent = net.checked_mul(vat)?.checked_div(Decimal::ONE_HUNDRED)?;
        // The price of one proxy may be rounded to a cent.
        let tolerance = quantity.checked_mul(Decimal::new(5, 3))?;
        let tolerance = tolerance.checked_add(Decimal::new(1, 2))?;
        let is_near = |tax: Decimal| {
            let expected = net.checked_add(tax)?;
            Some(total.checked_sub(expected)?.abs() <= tolerance)
        };
        Some(
            [Decimal::ZERO, vat, by_percent]
                .into_iter()
                .any(|it| is_near(it) == Some(true)),
        )
    };
    if is_fit() == Some(true) {
        return Ok(());
    }
    let quoted = |money: &Money| Cleaned::quoted(&money.as_text()).into_string();
    let shown = |money: Option<&Money>| money.map_or("missing".to_owned(), quoted);
    let what = format!(
        "`price_with_vat` is {}, which is not {quantity} times `price_per_item` ({}) with tax, so \
         the price of the extension is not known: extend the order at the vendor's site",
        shown(pricing.price_with_vat.as_ref()),
        shown(pricing.price_per_item.as_ref())
    );
    let error = Error::new(Kind::Answer, Outcome::Rejected, what).with_effect(Effect::Read);
    Err(error.at(VENDOR, Some("calculate_pricing")))
}

fn quote_from(pricing: types::Pricing) -> Result<Quote, Error> {
    // The price with tax is what is charged, and the one that is compared with a cap.
    Ok(Quote {
        total: priced(pricing.price_with_vat)?,
        before_discounts: pricing.pre_discount_price,
        is_inferred: false,
        message: pricing.message.map(|it| Cleaned::quoted(&it).into_string()),
    })
}

/// Refuses a price below zero, which would lower the sum of several.
fn not_below_zero(price: &Money) -> Result<(), Error> {
    match price.amount() {
        Some(amount) if amount < Decimal::ZERO => {
            let what = format!("the vendor's price {amount} is below zero; nothing was bought");
            let error = Error::new(Kind::OverCap, Outcome::NotSent, what);
            Err(error.at(VENDOR, Some("calculate_pricing")))
        }
        _ => Ok(()),
    }
}

fn add(one: Quote, other: Quote) -> Result<Quote, Error> {
    let sum = |one: Option<Money>, other: Option<Money>| {
        Some(Money::from(one?.amount()?.checked_add(other?.amount()?)?))
    };
    Ok(Quote {
        total: priced(sum(Some(one.total), Some(other.total)))?,
        before_discounts: sum(one.before_discounts, other.before_discounts),
        is_inferred: false,
        message: one.message.or(other.message),
    })
}

fn endpoints(order: &types::Order) -> Vec<ProxyEndpoint> {
    let Some(data) = &order.proxy_data else {
        return Vec::new();
    };
    let port = |wanted: fn(&types::ProxyPorts) -> Option<i64>| {
        u16::try_from(data.ports.as_ref().and_then(wanted)?).ok()
    };
    let http = port(|ports| ports.http_https.or(ports.http));
    let socks5 = port(|ports| ports.socks5);
    data.proxies
        .iter()
        .flatten()
        .filter_map(|entry| entry.endpoint(http, socks5))
        .collect()
}
