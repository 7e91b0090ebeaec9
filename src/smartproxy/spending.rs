//! What the purchase path asks of SmartProxy.

use std::collections::BTreeMap;

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt, future};

use super::account::{new_order, renewing};
use super::requests::renewed_ids;
use super::{Client, OrderQuery, PAGE_SIZE, VENDOR, spend, types};
use crate::account::{Purchase, Quote, Renewal};
use crate::error::Error;
use crate::purchase::{
    Baseline, Confirmation, Evidence, Funds, ObservedOrder, SpendAdapter, SpendRequest,
};
use crate::support::{answer_json, answered_id, facts, listed, present};
use crate::transport::Transport;

/// What an order's number counts upwards by. Its `trade_no` begins with the second in which it was made, and goes on with digits that
/// follow no order.
fn number(order: &types::Order) -> Option<i64> {
    order.id
}

type OrderPage = (Vec<types::Order>, Option<types::Pagination>);

fn orders_of(data: Option<types::OrderListData>) -> Result<OrderPage, Error> {
    let data = present(data, VENDOR, "list_orders", "data")?;
    let total = data.pagination.as_ref().and_then(|it| it.total);
    let orders = listed(data.list, total, VENDOR, "list_orders", "data.list")?;
    Ok((orders, data.pagination))
}

fn observed(order: types::Order) -> ObservedOrder {
    let product = order.product_id.map(|it| it.to_string());
    let made = order.created_at.map(|it| it.to_string());
    ObservedOrder {
        order: order.trade_no,
        price: order.pay_fee,
        facts: facts([("package", product), ("made", made)]),
    }
}

impl Client {
    /// The newest order and how many there are. In which direction the list runs is not documented, so both of its ends are looked at.
    async fn newest(&self) -> Result<Baseline, Error> {
        let page = |number: i64| {
            let size = PAGE_SIZE as i64;
            self.api
                .list_orders()
                .page_no(number)
                .page_size(size)
                .send()
        };
        let (orders, pagination) = orders_of(page(1).await?.into_inner().data)?;
        let mut newest = orders.iter().filter_map(number).max();
        if let Some(last) = pagination.as_ref().and_then(|it| it.total_pages)
            && last > 1
        {
            let (orders, _) = orders_of(page(last).await?.into_inner().data)?;
            newest = newest.max(orders.iter().filter_map(number).max());
        }
        Ok(Baseline {
            newest,
            total: pagination.and_then(|it| it.total),
            ..Baseline::default()
        })
    }
}

impl SpendAdapter for Client {
    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn purchase(&self, purchase: &Purchase) -> Result<SpendRequest, Error> {
        spend::order(&new_order(purchase)?)
    }

    fn renewal(&self, order: &str, renewal: &Renewal) -> Result<SpendRequest, Error> {
        spend::renewal(order, &renewing(renewal)?)
    }

    fn resolve(&self, spend: SpendRequest) -> BoxFuture<'_, Result<SpendRequest, Error>> {
        async move {
            let Some(order) = spend.context(spend::RENEWS) else {
                return Ok(spend);
            };
            let ids: Vec<_> = self.renewable(order).await?;
            Ok(spend.clone().with_field("upids", renewed_ids(&ids).into()))
        }
        .boxed()
    }

    fn price<'a>(
        &'a self,
        _spend: &'a SpendRequest,
    ) -> BoxFuture<'a, Result<Option<Quote>, Error>> {
        future::ready(Ok(None)).boxed()
    }

    fn on_order<'a>(&self, _spend: &'a SpendRequest) -> Option<&'a str> {
        None
    }

    fn funds(&self, _spend: &SpendRequest) -> Funds {
        Funds::Later
    }

    fn baseline<'a>(&'a self, _spend: &'a SpendRequest) -> BoxFuture<'a, Result<Baseline, Error>> {
        self.newest().boxed()
    }

    fn evidence<'a>(
        &'a self,
        spend: &'a SpendRequest,
        before: &'a Baseline,
    ) -> BoxFuture<'a, Result<Evidence, Error>> {
        async move {
            let body: types::CreateOrderRequest = spend.read()?;
            let orders: Vec<_> = self.orders(OrderQuery::default()).try_collect().await?;
            let is_new = |order: &types::Order| match (number(order), before.newest) {
                (Some(number), Some(newest)) => number > newest,
                (Some(_), None) => true,
                // One that can't be placed is found by the number of orders, which then does not agree.
                (None, _) => false,
            };
            Ok(Evidence {
                balance: None,
                total: i64::try_from(orders.len()).ok(),
                new_orders: orders.into_iter().filter(is_new).map(observed).collect(),
                expected: BTreeMap::from([("package".to_owned(), body.pid.to_string())]),
                order: BTreeMap::new(),
            })
        }
        .boxed()
    }

    fn confirmation(&self, spend: &SpendRequest, answer: &[u8]) -> Result<Confirmation, Error> {
        let order = answered_id(spend, answer, &["data", "trade_no"])?;
        let fee = answer_json(answer)
            .and_then(|mut it| Some(it.get_mut("data")?.get_mut("pay_fee")?.take()));
        Ok(Confirmation {
            order,
            price: fee.and_then(|fee| serde_json::from_value(fee).ok()),
        })
    }

    fn take_back<'a>(&'a self, order: &'a str) -> Option<BoxFuture<'a, Result<(), Error>>> {
        Some(async move { self.close(order).await.map(drop) }.boxed())
    }
}
