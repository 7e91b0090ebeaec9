//! IPRoyal in vendor-neutral terms.

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use serde_json::Value;

use super::{Client, Extension, NewOrder, OrderQuery, PayWith, VENDOR, endpoints, types};
use crate::account::{Account, Offer, Purchase, Question, Quote, Renewal};
use crate::error::Error;
use crate::support::{balance, needed, number};
use crate::vocabulary::{Money, Order, OrderState, ProxyEndpoint, Vendor};

impl From<types::Order> for Order {
    fn from(order: types::Order) -> Self {
        use types::OrderStatus;
        let state = match &order.status {
            Some(OrderStatus::Unpaid) => OrderState::AwaitingPayment,
            Some(OrderStatus::InProgress) => OrderState::Provisioning,
            Some(OrderStatus::Confirmed) => OrderState::Active,
            Some(OrderStatus::Refunded) => OrderState::Refunded,
            Some(OrderStatus::Expired) => OrderState::Expired,
            Some(_) | None => OrderState::Unknown,
        };
        Order {
            product: order.product_name,
            plan: order.plan_name,
            location: order.locations.or(order.location),
            quantity: order.quantity,
            state,
            status: order.status.map(|status| status.as_str().to_owned()),
            expires: order.expire_date,
            auto_renewal: order.auto_extend_settings.as_ref().map(is_on),
            note: order.note,
            ..Order::new(VENDOR, order.id.to_string())
        }
    }
}

/// Tells whether an order with these settings is extended automatically. Null, which is read as no
/// settings, is off: existing clients agree on that, and no page says it.
fn is_on(settings: &types::AutoExtendSettings) -> bool {
    let is_enabled = settings.get("is_enabled").and_then(Value::as_bool);
    is_enabled.unwrap_or(!settings.is_empty())
}

pub(super) fn new_order(purchase: &Purchase) -> Result<NewOrder, Error> {
    let meaning = "a plan id from the catalogue";
    let plan = needed(VENDOR, "plan", meaning, purchase.plan.as_ref())?;
    let meaning = "a location id from the catalogue";
    let location = needed(VENDOR, "location", meaning, purchase.location.as_ref())?;
    Ok(NewOrder {
        coupon_code: purchase.coupon.clone(),
        auto_extend: purchase.auto_renewal,
        answers: purchase
            .answers
            .iter()
            .map(|(question, answer)| (question.clone(), answer.clone().into()))
            .collect(),
        pay_with: pay_with(purchase.pay_with.as_deref())?,
        ..NewOrder::new(
            number(VENDOR, "product id", &purchase.product)?,
            number(VENDOR, "plan id", plan)?,
            number(VENDOR, "location id", location)?,
            purchase.quantity.into(),
        )
    })
}

fn pay_with(word: Option<&str>) -> Result<PayWith, Error> {
    match word {
        None | Some("balance") => Ok(PayWith::Balance),
        Some(card) => number(VENDOR, "card id", card).map(PayWith::Card),
    }
}

pub(super) fn renewal_extension(renewal: &Renewal) -> Result<Extension, Error> {
    let meaning = "the id of the plan to extend by";
    let plan = needed(VENDOR, "plan", meaning, renewal.plan.as_ref())?;
    Ok(Extension {
        pay_with: pay_with(renewal.pay_with.as_deref())?,
        ..Extension::new(number(VENDOR, "plan id", plan)?)
    })
}

pub(super) fn order_id(text: &str) -> Result<i64, Error> {
    number(VENDOR, "order id", text)
}

/// Returns an offer for each plan at each location. Cities are child locations.
fn offers(product: &types::Product) -> Vec<Offer> {
    let mut locations = Vec::new();
    let mut rest: Vec<_> = product.locations.iter().flatten().rev().collect();
    while let Some(location) = rest.pop() {
        locations.push(location);
        rest.extend(location.child_locations.iter().flatten().rev());
    }
    let questions = product.questions.iter().flatten();
    let questions: Vec<_> = questions.filter_map(question).collect();
    let mut offers = Vec::new();
    for plan in product.plans.iter().flatten() {
        for location in &locations {
            offers.push(Offer {
                product: product.id.to_string(),
                product_name: product.name.clone(),
                plan: Some(plan.id.to_string()),
                plan_name: plan.name.clone(),
                location: Some(location.id.to_string()),
                location_name: location.name.clone(),
                unit_price: plan.price.clone(),
                available: match location.out_of_stock {
                    Some(true) => Some(0),
                    _ => location.available_proxies_count,
                },
                min_quantity: plan.min_quantity,
                max_quantity: plan.max_quantity,
                questions: questions.clone(),
            });
        }
    }
    offers
}

/// Returns a question; `None` if it has no id and so cannot be answered.
fn question(question: &types::ProductQuestion) -> Option<Question> {
    Some(Question {
        id: question.id?.to_string(),
        text: question.text.clone(),
        is_required: question.is_required.unwrap_or_default(),
    })
}

impl Account for Client {
    fn vendor(&self) -> Vendor {
        VENDOR
    }

    fn catalogue(&self) -> BoxFuture<'_, Result<Vec<Offer>, Error>> {
        async move { Ok(self.products().await?.iter().flat_map(offers).collect()) }.boxed()
    }

    fn quote<'a>(&'a self, purchase: &'a Purchase) -> BoxFuture<'a, Result<Quote, Error>> {
        async move { self.quote_order(&new_order(purchase)?).await }.boxed()
    }

    fn quote_renewal<'a>(
        &'a self,
        order: &'a str,
        renewal: &'a Renewal,
    ) -> BoxFuture<'a, Result<Quote, Error>> {
        async move {
            self.quote_extension(order_id(order)?, &renewal_extension(renewal)?)
                .await
        }
        .boxed()
    }

    fn orders(&self) -> BoxStream<'_, Result<Order, Error>> {
        self.list_orders(OrderQuery::default())
            .map_ok(Order::from)
            .boxed()
    }

    fn order<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Order, Error>> {
        async move { self.get_order(order_id(order)?).await.map(Order::from) }.boxed()
    }

    fn proxies<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>> {
        async move { Ok(endpoints(&self.get_order(order_id(order)?).await?)) }.boxed()
    }

    fn balance(&self) -> BoxFuture<'_, Result<Money, Error>> {
        async move {
            let found = self.api.get_balance().send().await?.into_inner().0;
            balance(found, VENDOR, "get_balance")
        }
        .boxed()
    }
}
