//! SmartProxy's requests that spend, for [`crate::purchase::Buyer::spend`].
//!
//! An order is made unpaid, and paid in a separate step at the vendor's site.

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, future};
use rust_decimal::Decimal;
use serde_json::Value;

use super::account::{new_order, renewal_order};
use super::requests::renewed_ids;
use super::{Client, NewOrder, OrderQuery, VENDOR, types};
use crate::account::{Purchase, Quote, Renewal};
use crate::error::Error;
use crate::purchase::adapter::{before_new_order, confirmation, facts, since, unpriced};
use crate::purchase::{
    Baseline, Confirmation, Evidence, Funds, ObservedOrder, Payment, PreparedSpend, SpendAdapter,
    SpendRequest,
};
use crate::support::Numbered;
use crate::transport::Transport;
use crate::vocabulary::{Moment, Money};

/// The name of the renewed order in the context of a request.
const RENEWS: &str = "renews";

/// The documented source of the ids that a renewal names.
const SOURCE: &str = "The vendor's page takes them from /pub/ip/get-static-ip, which it does not \
                      document";

/// Makes an order, unpaid.
///
/// # Errors
/// [`crate::ErrorKind::InvalidInput`] when the crate was built without this vendor.
pub fn order(new: &NewOrder) -> Result<SpendRequest, Error> {
    SpendRequest::of(VENDOR, "create_order", None, &new.body())
}

/// Makes an order, unpaid, that renews the proxies with the ids [`NewOrder::renew_ids`]. `trade_no`
/// is the order that brought them; it is written down and not sent.
///
/// The vendor's page takes the ids from `/pub/ip/get-static-ip`, of which no page is known.
///
/// # Errors
/// As for [`order`], and when there are no ids.
pub fn renewal(trade_no: &str, new: &NewOrder) -> Result<SpendRequest, Error> {
    if new.renew_ids.is_empty() {
        let what = format!(
            "the ids of the proxies to renew are missing: give them as the vendor tells them. {SOURCE}"
        );
        return Err(Error::input(what).at(VENDOR, Some("create_order")));
    }
    Ok(order(new)?.with_context(RENEWS, trade_no))
}

/// Makes an order, unpaid, that renews the proxies of another order, by ids that are a guess: the
/// buyer takes those of the order's purchased packages right before sending.
///
/// # Errors
/// As for [`order`], and when there are ids, so that nothing is to be guessed.
pub fn guessed_renewal(trade_no: &str, new: &NewOrder) -> Result<SpendRequest, Error> {
    if !new.renew_ids.is_empty() {
        let what = "the ids of the proxies to renew are given, so there is nothing to guess";
        return Err(Error::input(what).at(VENDOR, Some("create_order")));
    }
    Ok(order(new)?.with_context(RENEWS, trade_no))
}

impl SpendAdapter for Client {
    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn purchase(&self, purchase: &Purchase) -> Result<SpendRequest, Error> {
        order(&new_order(purchase)?)
    }

    fn renewal(&self, order: &str, renewed: &Renewal) -> Result<SpendRequest, Error> {
        let new = renewal_order(renewed)?;
        match renewed.guess_ids {
            true => guessed_renewal(order, &new),
            false => renewal(order, &new),
        }
    }

    fn prepare(&self, request: SpendRequest) -> Result<Box<dyn PreparedSpend + '_>, Error> {
        let body = match request.operation().id {
            "create_order" => request.parse()?,
            _ => return Err(unpriced(&request)),
        };
        Ok(Box::new(Prepared {
            client: self,
            body,
            request,
        }))
    }
}

struct Prepared<'a> {
    client: &'a Client,
    body: types::CreateOrderRequest,
    request: SpendRequest,
}

impl PreparedSpend for Prepared<'_> {
    fn request(&self) -> &SpendRequest {
        &self.request
    }

    fn order(&self) -> Option<&str> {
        None
    }

    fn funds(&self) -> Funds {
        Funds::Later
    }

    /// Guesses the ids of the proxies that a renewal renews.
    fn resolve(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        async move {
            if let Some(order) = self.guessed() {
                let ids = self.client.packages(order).await?;
                self.request.set_field("upids", renewed_ids(&ids).into());
            }
            Ok(())
        }
        .boxed()
    }

    fn remark(&self) -> Option<String> {
        let order = self.guessed()?;
        Some(format!(
            "the ids to renew (upids) are a guess: those of the purchased packages of order \
             `{order}`. {SOURCE}"
        ))
    }

    fn baseline(&self) -> BoxFuture<'_, Result<Baseline, Error>> {
        before_new_order(self.client.order_list(OrderQuery::default())).boxed()
    }

    fn quote(&self) -> BoxFuture<'_, Result<Option<Quote>, Error>> {
        future::ready(Ok(None)).boxed()
    }

    fn confirmation(&self, answer: &Value) -> Result<Confirmation, Error> {
        let order = answer.get("data").cloned().unwrap_or_default();
        let order: Option<types::Order> = serde_json::from_value(order).ok();
        Ok(Confirmation {
            price: order.as_ref().and_then(|order| self.price(order)),
            payment: payment(order.and_then(|order| order.status)),
            ..confirmation(self, answer, &["data", "trade_no"])?
        })
    }

    /// The name of an order begins with the second in which it was made, and continues with digits
    /// that follow no order.
    fn number_of(&self, _order: &str) -> Option<i64> {
        None
    }

    fn charged<'a>(
        &'a self,
        order: &'a str,
        _before: &'a Baseline,
    ) -> BoxFuture<'a, Result<Option<Decimal>, Error>> {
        async move {
            let order = self.client.get_order(order).await?;
            Ok(self.price(&order).and_then(|price| price.amount()))
        }
        .boxed()
    }

    fn cancel<'a>(&'a self, order: &'a str) -> Option<BoxFuture<'a, Result<(), Error>>> {
        Some(async move { self.client.close(order).await.map(drop) }.boxed())
    }

    fn evidence<'a>(&'a self, before: &'a Baseline) -> BoxFuture<'a, Result<Evidence, Error>> {
        async move {
            let all = self.client.order_list(OrderQuery::default());
            let (orders, listed) = since(all, before).await?;
            let orders = orders.into_iter();
            Ok(Evidence {
                new_orders: orders.map(|order| self.observed(order)).collect(),
                expected: facts([("package", Some(self.body.pid.to_string()))]),
                ..listed
            })
        }
        .boxed()
    }
}

impl Prepared<'_> {
    /// Returns the order whose ids are guessed, if they are.
    fn guessed(&self) -> Option<&str> {
        let order = self.request.context(RENEWS);
        order.filter(|_| self.body.upids.is_none())
    }

    /// Returns the price of an order. Its two fees are documented as the price and the amount to
    /// pay, and no page says how they may differ: the larger one counts, unless the request has a
    /// discount that explains the difference. A fee that is no number is above every cap.
    fn price(&self, order: &types::Order) -> Option<Money> {
        let (price, to_pay) = match (order.total_fee.clone(), order.pay_fee.clone()) {
            (Some(price), Some(to_pay)) => (price, to_pay),
            (price, to_pay) => return price.or(to_pay),
        };
        let has_discount = self.body.coupon_sn.is_some()
            || self.body.use_invitation_registration_discount == Some(true);
        let (Some(full), Some(due)) = (price.amount(), to_pay.amount()) else {
            return Some(if price.amount().is_none() {
                price
            } else {
                to_pay
            });
        };
        Some(if due > full || has_discount {
            to_pay
        } else {
            price
        })
    }

    fn observed(&self, order: types::Order) -> ObservedOrder {
        ObservedOrder {
            price: self.price(&order),
            payment: payment(order.status),
            // A time without a zone names no instant.
            made_at: order.created_at.as_ref().and_then(Moment::timestamp),
            facts: facts([("package", order.product_id.map(|it| it.to_string()))]),
            order: order.trade_no,
        }
    }
}

impl Numbered for types::Order {
    fn number(&self) -> Option<i64> {
        self.id
    }
}

/// Returns the payment that a status means. No page says that a new order is unpaid.
fn payment(status: Option<types::OrderStatus>) -> Payment {
    match status {
        Some(types::OrderStatus::PendingPayment) => Payment::Unpaid,
        Some(types::OrderStatus::Paid) => Payment::Paid,
        Some(_) | None => Payment::Unknown,
    }
}
