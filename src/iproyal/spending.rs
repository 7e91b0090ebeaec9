//! What the purchase path asks of IPRoyal.

use std::collections::BTreeMap;

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt};

use super::account::{extension, new_order, order_id};
use super::{
    Client, ExtendScope, Extension, NewOrder, OrderQuery, PAGE_SIZE, PayWith, VENDOR, spend, types,
};
use crate::account::{Purchase, Quote, Renewal};
use crate::error::Error;
use crate::purchase::{
    Baseline, Confirmation, Evidence, Funds, ObservedOrder, SpendAdapter, SpendRequest,
};
use crate::support::{answered_id, facts, unpriced};
use crate::transport::Transport;

impl From<types::CreateOrderRequest> for NewOrder {
    fn from(body: types::CreateOrderRequest) -> Self {
        let single = body.product_location_id.zip(body.quantity);
        let several = body.selection.into_iter().flat_map(|it| it.locations);
        let several = several.map(|it| (it.product_location_id, it.quantity));
        NewOrder {
            product_id: body.product_id,
            plan_id: body.product_plan_id,
            locations: single.into_iter().chain(several).collect(),
            coupon_code: body.coupon_code,
            auto_extend: body.auto_extend.unwrap_or_default(),
            answers: body
                .product_question_answers
                .map(|answers| answers.0.into_iter().collect())
                .unwrap_or_default(),
            pay_with: body.card_id.map_or(PayWith::Balance, PayWith::Card),
        }
    }
}

impl From<types::ExtendOrderRequest> for Extension {
    fn from(body: types::ExtendOrderRequest) -> Self {
        Extension {
            plan_id: body.product_plan_id,
            scope: match body.proxies.is_empty() {
                true => ExtendScope::All,
                false => ExtendScope::Only(body.proxies),
            },
            pay_with: body.card_id.map_or(PayWith::Balance, PayWith::Card),
        }
    }
}

/// A request as it was asked for.
enum Wish {
    Order(NewOrder),
    Extension(i64, Extension),
}

impl Wish {
    fn of(spend: &SpendRequest) -> Result<Self, Error> {
        match spend.operation().id {
            "create_order" => {
                let body: types::CreateOrderRequest = spend.read()?;
                Ok(Wish::Order(body.into()))
            }
            "extend_order" => {
                let id = order_id(spend.path("order_id").unwrap_or_default())?;
                let body: types::ExtendOrderRequest = spend.read()?;
                Ok(Wish::Extension(id, body.into()))
            }
            _ => Err(unpriced(spend)),
        }
    }

    fn pay_with(&self) -> PayWith {
        match self {
            Wish::Order(new) => new.pay_with,
            Wish::Extension(_, extension) => extension.pay_with,
        }
    }
}

/// What an extension changes of an order.
fn extended(order: &types::Order) -> BTreeMap<String, String> {
    let expires = order.expire_date.as_ref().map(ToString::to_string);
    // A list that is missing is no list of none.
    let extensions = order
        .extended_history
        .as_ref()
        .map(|it| it.len().to_string());
    facts([("expires", expires), ("extensions", extensions)])
}

fn observed(order: types::Order) -> ObservedOrder {
    ObservedOrder {
        order: order.id.to_string(),
        price: None,
        facts: facts([
            ("product", order.product_name),
            ("plan", order.plan_name),
            ("location", order.locations.or(order.location)),
            ("quantity", order.quantity.map(|it| it.to_string())),
        ]),
    }
}

impl Client {
    /// The newest order of a product and how many there are. In which direction the list runs is not documented, so both of its ends are
    /// looked at. One public client found that the live API wants the product; a shorter list is the better one anyway.
    async fn newest(&self, product_id: i64) -> Result<Baseline, Error> {
        let page = |number| {
            let request = self.api.list_orders().product_id(product_id);
            request.page(number).per_page(PAGE_SIZE as i64).send()
        };
        let first = page(1).await?.into_inner();
        let mut newest = first.data.iter().map(|order| order.id).max();
        let meta = first.meta;
        if let Some(last) = meta.as_ref().and_then(|meta| meta.last_page)
            && last > 1
        {
            let last = page(last).await?.into_inner();
            newest = newest.max(last.data.iter().map(|order| order.id).max());
        }
        Ok(Baseline {
            newest,
            total: meta.and_then(|meta| meta.total),
            ..Baseline::default()
        })
    }

    /// How an order that was asked for is called in the list: by names, where the request has ids.
    async fn expected(&self, new: &NewOrder) -> Result<BTreeMap<String, String>, Error> {
        let quantity: i64 = new.locations.iter().map(|(_, quantity)| quantity).sum();
        let mut expected = BTreeMap::from([("quantity".to_owned(), quantity.to_string())]);
        let products = self.products().await?;
        let Some(product) = products.into_iter().find(|it| it.id == new.product_id) else {
            return Ok(expected);
        };
        let plan = product
            .plans
            .iter()
            .flatten()
            .find(|it| it.id == new.plan_id);
        let plan = plan.and_then(|plan| plan.name.clone());
        // How several locations are written is not documented.
        let location = match new.locations.as_slice() {
            [(id, _)] => product
                .locations
                .iter()
                .flatten()
                .find_map(|it| named(it, *id)),
            _ => None,
        };
        for (name, value) in [
            ("product", product.name),
            ("plan", plan),
            ("location", location),
        ] {
            expected.extend(value.map(|value| (name.to_owned(), value)));
        }
        Ok(expected)
    }
}

/// The name of the location with that id, which may be a city within another.
fn named(location: &types::ProductLocation, id: i64) -> Option<String> {
    if location.id == id {
        return location.name.clone();
    }
    location
        .child_locations
        .iter()
        .flatten()
        .find_map(|it| named(it, id))
}

impl SpendAdapter for Client {
    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn purchase(&self, purchase: &Purchase) -> Result<SpendRequest, Error> {
        spend::order(&new_order(purchase)?)
    }

    fn renewal(&self, order: &str, renewal: &Renewal) -> Result<SpendRequest, Error> {
        spend::extension(order_id(order)?, &extension(renewal)?)
    }

    fn resolve(&self, spend: SpendRequest) -> BoxFuture<'_, Result<SpendRequest, Error>> {
        async move {
            if spend.body().get("proxies").is_some_and(|it| it.as_array().is_some_and(Vec::is_empty)) {
                let what = "`proxies` is an empty list, which the vendor takes for all of them: leave it out if all are meant";
                return Err(Error::input(what).at(VENDOR, Some("extend_order")));
            }
            Ok(spend)
        }
        .boxed()
    }

    fn price<'a>(&'a self, spend: &'a SpendRequest) -> BoxFuture<'a, Result<Option<Quote>, Error>> {
        async move {
            let quote = match Wish::of(spend)? {
                Wish::Order(new) => self.quote(&new).await?,
                Wish::Extension(id, extension) => self.quote_extension(id, &extension).await?,
            };
            Ok(Some(quote))
        }
        .boxed()
    }

    fn on_order<'a>(&self, spend: &'a SpendRequest) -> Option<&'a str> {
        spend.path("order_id")
    }

    fn funds(&self, spend: &SpendRequest) -> Funds {
        match Wish::of(spend).map(|wish| wish.pay_with()) {
            Ok(PayWith::Balance) => Funds::Balance,
            // What can't be read must not be judged by the balance.
            Ok(PayWith::Card(_)) | Err(_) => Funds::Card,
        }
    }

    fn baseline<'a>(&'a self, spend: &'a SpendRequest) -> BoxFuture<'a, Result<Baseline, Error>> {
        async move {
            let balance = self.balance().await?.amount();
            let seen = match Wish::of(spend)? {
                Wish::Order(new) => self.newest(new.product_id).await?,
                Wish::Extension(id, _) => Baseline {
                    order: extended(&self.order(id).await?),
                    ..Baseline::default()
                },
            };
            Ok(Baseline { balance, ..seen })
        }
        .boxed()
    }

    fn evidence<'a>(
        &'a self,
        spend: &'a SpendRequest,
        before: &'a Baseline,
    ) -> BoxFuture<'a, Result<Evidence, Error>> {
        async move {
            let balance = self.balance().await?.amount();
            let seen = match Wish::of(spend)? {
                Wish::Extension(id, _) => Evidence {
                    order: extended(&self.order(id).await?),
                    ..Evidence::default()
                },
                Wish::Order(new) => {
                    let expected = self.expected(&new).await?;
                    let query = OrderQuery {
                        product_id: Some(new.product_id),
                        ..OrderQuery::default()
                    };
                    let orders: Vec<_> = self.orders(query).try_collect().await?;
                    Evidence {
                        total: i64::try_from(orders.len()).ok(),
                        new_orders: orders
                            .into_iter()
                            .filter(|order| before.newest.is_none_or(|newest| order.id > newest))
                            .map(observed)
                            .collect(),
                        expected,
                        ..Evidence::default()
                    }
                }
            };
            Ok(Evidence { balance, ..seen })
        }
        .boxed()
    }

    fn confirmation(&self, spend: &SpendRequest, answer: &[u8]) -> Result<Confirmation, Error> {
        let order = match spend.path("order_id") {
            Some(order) => order.to_owned(),
            None => answered_id(spend, answer, &["id"])?,
        };
        Ok(Confirmation { order, price: None })
    }
}
