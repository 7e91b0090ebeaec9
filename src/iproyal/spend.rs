//! IPRoyal's requests that spend, for [`crate::purchase::Buyer::spend`].

use std::collections::BTreeMap;

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use rust_decimal::Decimal;
use serde_json::Value;

use super::account::{new_order, order_id, renewal_extension};
use super::requests::locations;
use super::{Client, ExtendScope, Extension, NewOrder, OrderQuery, VENDOR, types};
use crate::account::{Account, OrderChange, Purchase, Quote, Renewal};
use crate::error::Error;
use crate::purchase::adapter::{
    before_new_order, confirmation, facts, not_offered, renews_whole_orders, since, taken, unpriced,
};
use crate::purchase::{
    Baseline, Confirmation, Evidence, Funds, ObservedOrder, Payment, PreparedSpend, SpendAdapter,
    SpendRequest,
};
use crate::support::{List, Numbered};
use crate::transport::Transport;

/// Makes and pays an order.
///
/// # Errors
/// [`crate::ErrorKind::InvalidInput`] when it names no location, or a quantity below one.
pub fn order(new: &NewOrder) -> Result<SpendRequest, Error> {
    let body = new.body();
    locations(&body)?;
    SpendRequest::of(VENDOR, "create_order", None, &body)
}

/// Extends an order and pays for it.
///
/// # Errors
/// [`crate::ErrorKind::InvalidInput`] when it is to extend some proxies and names none.
pub fn extension(order_id: i64, extension: &Extension) -> Result<SpendRequest, Error> {
    let order = Some(("order_id", order_id));
    SpendRequest::of(VENDOR, "extend_order", order, &extension.body()?)
}

/// A request that spends, parsed.
enum Spend {
    Order(types::CreateOrderRequest),
    Extension(i64, types::ExtendOrderRequest),
}

impl Spend {
    fn parse(request: &SpendRequest) -> Result<Self, Error> {
        match request.operation().id {
            "create_order" => {
                let body = request.parse()?;
                locations(&body)?;
                Ok(Spend::Order(body))
            }
            "extend_order" => {
                let proxies = request.body().get("proxies").and_then(Value::as_array);
                if proxies.is_some_and(Vec::is_empty) {
                    let what = "`proxies` is an empty list, which the vendor takes for all \
                                proxies: leave it out if all are meant";
                    return Err(Error::input(what).at(VENDOR, Some("extend_order")));
                }
                let id = order_id(request.path("order_id").unwrap_or_default())?;
                Ok(Spend::Extension(id, request.parse()?))
            }
            _ => Err(unpriced(request)),
        }
    }
}

impl SpendAdapter for Client {
    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn purchase(&self, purchase: &Purchase) -> Result<SpendRequest, Error> {
        order(&new_order(purchase)?)
    }

    fn renewal(&self, order: &str, renewal: &Renewal) -> Result<SpendRequest, Error> {
        renews_whole_orders(VENDOR, renewal)?;
        extension(order_id(order)?, &renewal_extension(renewal)?)
    }

    fn change(&self, order: &str, change: &OrderChange) -> Result<SpendRequest, Error> {
        match change {
            OrderChange::Extend {
                plan,
                proxies,
                pay_with,
            } => {
                let renewal = Renewal {
                    plan: Some(plan.clone()),
                    pay_with: pay_with.clone(),
                    ..Renewal::default()
                };
                let scope = proxies.clone().map_or(ExtendScope::All, ExtendScope::Only);
                let all = renewal_extension(&renewal)?;
                extension(order_id(order)?, &Extension { scope, ..all })
            }
            other => Err(not_offered(VENDOR, other)),
        }
    }

    fn prepare(&self, request: SpendRequest) -> Result<Box<dyn PreparedSpend + '_>, Error> {
        Ok(Box::new(Prepared {
            client: self,
            spend: Spend::parse(&request)?,
            request,
        }))
    }
}

struct Prepared<'a> {
    client: &'a Client,
    spend: Spend,
    request: SpendRequest,
}

impl PreparedSpend for Prepared<'_> {
    fn request(&self) -> &SpendRequest {
        &self.request
    }

    fn order(&self) -> Option<&str> {
        self.request.path("order_id")
    }

    fn funds(&self) -> Funds {
        let card = match &self.spend {
            Spend::Order(body) => body.card_id,
            Spend::Extension(_, body) => body.card_id,
        };
        card.map_or(Funds::Balance, |_| Funds::Card)
    }

    fn baseline(&self) -> BoxFuture<'_, Result<Baseline, Error>> {
        async move {
            let balance = self.client.balance().await?.amount();
            let seen = match &self.spend {
                Spend::Order(body) => Baseline {
                    list: Some(body.product_id.to_string()),
                    ..before_new_order(self.client.orders_of(body.product_id)).await?
                },
                Spend::Extension(id, _) => Baseline {
                    order: extended(&self.client.get_order(*id).await?),
                    ..Baseline::default()
                },
            };
            Ok(Baseline { balance, ..seen })
        }
        .boxed()
    }

    fn quote(&self) -> BoxFuture<'_, Result<Option<Quote>, Error>> {
        async move {
            Ok(Some(match &self.spend {
                Spend::Order(body) => self.client.order_price(body).await?,
                Spend::Extension(id, body) => self.client.extension_price(*id, body).await?,
            }))
        }
        .boxed()
    }

    fn confirmation(&self, answer: &Value) -> Result<Confirmation, Error> {
        let confirmed = confirmation(self, answer, &["id"])?;
        let payment = match &self.spend {
            Spend::Order(_) => payment(status_of(answer).as_ref()),
            Spend::Extension(..) => confirmed.payment,
        };
        Ok(Confirmation {
            payment,
            ..confirmed
        })
    }

    /// No answer of the vendor has the price of an order, so only the balance tells it.
    fn charged<'a>(
        &'a self,
        _order: &'a str,
        before: &'a Baseline,
    ) -> BoxFuture<'a, Result<Option<Decimal>, Error>> {
        taken(self.client, self.funds(), before).boxed()
    }

    fn evidence<'a>(&'a self, before: &'a Baseline) -> BoxFuture<'a, Result<Evidence, Error>> {
        async move {
            let client = self.client;
            let balance = client.balance().await?.amount();
            let body = match &self.spend {
                Spend::Order(body) => body,
                Spend::Extension(id, _) => {
                    return Ok(Evidence {
                        balance,
                        order: extended(&client.get_order(*id).await?),
                        ..Evidence::default()
                    });
                }
            };
            let expected = client.expected(body).await?;
            let (orders, listed) = since(client.orders_of(body.product_id), before).await?;
            Ok(Evidence {
                balance,
                new_orders: orders.into_iter().map(observed).collect(),
                expected,
                ..listed
            })
        }
        .boxed()
    }
}

/// Returns the properties of an order that an extension changes.
fn extended(order: &types::Order) -> BTreeMap<String, String> {
    // A missing list is not an empty one.
    let history = order.extended_history.as_ref();
    facts([
        (
            "expires",
            order.expire_date.as_ref().map(ToString::to_string),
        ),
        ("extensions", history.map(|it| it.len().to_string())),
    ])
}

impl Numbered for types::Order {
    fn number(&self) -> Option<i64> {
        Some(self.id)
    }
}

fn status_of(answer: &Value) -> Option<types::OrderStatus> {
    serde_json::from_value(answer.get("status")?.clone()).ok()
}

/// Returns the payment of a new order with this status.
fn payment(status: Option<&types::OrderStatus>) -> Payment {
    use types::OrderStatus;
    match status {
        Some(OrderStatus::Unpaid) => Payment::Unpaid,
        Some(OrderStatus::InProgress | OrderStatus::Confirmed | OrderStatus::Expired) => {
            Payment::Paid
        }
        Some(_) | None => Payment::Unknown,
    }
}

/// The vendor's orders have neither a price nor the time at which they were made.
fn observed(order: types::Order) -> ObservedOrder {
    ObservedOrder {
        order: order.id.to_string(),
        price: None,
        payment: payment(order.status.as_ref()),
        made_at: None,
        facts: facts([
            ("product", order.product_name),
            ("plan", order.plan_name),
            ("location", order.locations.or(order.location)),
            ("quantity", order.quantity.map(|it| it.to_string())),
        ]),
    }
}

impl Client {
    /// Returns the list of the orders of a product. An existing client found that the live API
    /// requires the product.
    fn orders_of(&self, product_id: i64) -> List<'_, types::Order> {
        self.order_list(OrderQuery {
            product_id: Some(product_id),
            ..OrderQuery::default()
        })
    }

    /// Returns the properties of the order that a request makes. The request has ids where the
    /// order list has names.
    async fn expected(
        &self,
        body: &types::CreateOrderRequest,
    ) -> Result<BTreeMap<String, String>, Error> {
        let locations = locations(body)?;
        let quantities = locations.iter().map(|(_, quantity)| *quantity);
        let quantity = quantities.fold(0, i64::saturating_add);
        let products = self.products().await?;
        let product = products.into_iter().find(|it| it.id == body.product_id);
        let mut plans = product.iter().flat_map(|it| it.plans.iter().flatten());
        let plan = plans.find(|it| it.id == body.product_plan_id);
        let mut places = product.iter().flat_map(|it| it.locations.iter().flatten());
        // How the list writes several locations is not documented.
        let location = match locations.as_slice() {
            [(id, _)] => places.find_map(|it| name_of(it, *id)),
            _ => None,
        };
        let plan = plan.and_then(|plan| plan.name.clone());
        Ok(facts([
            ("quantity", Some(quantity.to_string())),
            ("plan", plan),
            ("location", location),
            ("product", product.and_then(|it| it.name)),
        ]))
    }
}

/// Returns the name of the location with this id, which may be a city within the location.
fn name_of(location: &types::ProductLocation, id: i64) -> Option<String> {
    if location.id == id {
        return location.name.clone();
    }
    let children = location.child_locations.iter().flatten();
    children.into_iter().find_map(|it| name_of(it, id))
}
