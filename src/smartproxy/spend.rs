//! SmartProxy's requests that spend, for [`crate::purchase::Buyer::spend`].
//!
//! An order is made unpaid, and paid in a separate step at the vendor's site.

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt, future};
use serde_json::Value;

use super::account::{new_order, renewal_order};
use super::requests::renewed_ids;
use super::{Client, NewOrder, OrderQuery, PAGE_SIZE, VENDOR, order_page, types};
use crate::account::{Purchase, Quote, Renewal};
use crate::error::Error;
use crate::purchase::adapter::{OrderNumbers, confirmation, facts, newest, unpriced};
use crate::purchase::{
    Baseline, Confirmation, Evidence, Funds, ObservedOrder, Payment, PreparedSpend, SpendAdapter,
    SpendRequest,
};
use crate::transport::Transport;

/// The name of the renewed order in the context of a request.
const RENEWS: &str = "renews";

/// Makes an order, unpaid.
///
/// # Errors
/// [`crate::ErrorKind::InvalidInput`] when the crate was built without this vendor.
pub fn order(new: &NewOrder) -> Result<SpendRequest, Error> {
    SpendRequest::of(VENDOR, "create_order", None, &new.body())
}

/// Makes an order, unpaid, that renews the packages of another order. The buyer looks the packages
/// up right before sending.
///
/// # Errors
/// As for [`order`].
pub fn renewal(trade_no: &str, new: &NewOrder) -> Result<SpendRequest, Error> {
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
        renewal(order, &renewal_order(renewed)?)
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

    /// Looks up the packages that a renewal renews.
    fn resolve(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        async move {
            if let Some(order) = self.request.context(RENEWS) {
                let ids = self.client.packages(order).await?;
                self.request.set_field("upids", renewed_ids(&ids).into());
            }
            Ok(())
        }
        .boxed()
    }

    fn baseline(&self) -> BoxFuture<'_, Result<Baseline, Error>> {
        newest(move |number| async move {
            let request = self.client.api.list_orders().page_no(number);
            let answer = request.page_size(PAGE_SIZE as i64).send().await?;
            let (orders, pagination) = order_page(answer.into_inner())?;
            Ok(OrderNumbers {
                numbers: orders.iter().filter_map(number_of).collect(),
                last_page: pagination.as_ref().and_then(|it| it.total_pages),
                total: pagination.and_then(|it| it.total),
            })
        })
        .boxed()
    }

    fn quote(&self) -> BoxFuture<'_, Result<Option<Quote>, Error>> {
        future::ready(Ok(None)).boxed()
    }

    fn confirmation(&self, answer: &Value) -> Result<Confirmation, Error> {
        let fee = answer.pointer("/data/pay_fee");
        Ok(Confirmation {
            price: fee.and_then(|fee| serde_json::from_value(fee.clone()).ok()),
            ..confirmation(self, answer, &["data", "trade_no"])?
        })
    }

    fn cancel<'a>(&'a self, order: &'a str) -> Option<BoxFuture<'a, Result<(), Error>>> {
        Some(async move { self.client.close(order).await.map(drop) }.boxed())
    }

    fn evidence<'a>(&'a self, before: &'a Baseline) -> BoxFuture<'a, Result<Evidence, Error>> {
        async move {
            let orders = self.client.list_orders(OrderQuery::default());
            let orders: Vec<_> = orders.try_collect().await?;
            // An order without a number is not new, but it makes the number of orders disagree.
            let is_new = |order: &types::Order| {
                number_of(order).is_some_and(|number| before.newest.is_none_or(|it| number > it))
            };
            Ok(Evidence {
                total: i64::try_from(orders.len()).ok(),
                new_orders: orders.into_iter().filter(is_new).map(observed).collect(),
                expected: facts([("package", Some(self.body.pid.to_string()))]),
                ..Evidence::default()
            })
        }
        .boxed()
    }
}

/// Returns the number by which orders count upwards. The `trade_no` begins with the second in which
/// the order was made, and continues with digits that follow no order.
fn number_of(order: &types::Order) -> Option<i64> {
    order.id
}

fn observed(order: types::Order) -> ObservedOrder {
    let product = order.product_id.map(|it| it.to_string());
    let made = order.created_at.map(|it| it.to_string());
    ObservedOrder {
        order: order.trade_no,
        price: order.pay_fee,
        payment: Payment::default(),
        made_at: None,
        facts: facts([("package", product), ("made", made)]),
    }
}
