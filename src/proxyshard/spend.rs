//! ProxyShard's requests that spend, for [`crate::purchase::Buyer::spend`].

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::account::{new_order, order_id};
use super::{Client, CycleChange, NewOrder, VENDOR, paid, types};
use crate::account::{Account, OrderChange, Purchase, Quote, Renewal};
use crate::error::{Error, Kind, Outcome};
use crate::purchase::adapter::{
    before_new_order, confirmation, facts, not_offered, renews_whole_orders, since, taken, unpriced,
};
use crate::purchase::{
    Baseline, Confirmation, Evidence, Funds, ObservedOrder, Payment, PreparedSpend, SpendAdapter,
    SpendRequest,
};
use crate::support::{Numbered, present};
use crate::transport::Transport;
use crate::vocabulary::Cents;
use types::{OrderStatus, OrderStatusFilter};

/// The most new orders that are each asked for after an unknown outcome.
const MOST_NEW: usize = 200;

/// Makes an order and pays it from the wallet.
///
/// # Errors
/// [`crate::ErrorKind::InvalidInput`] when the crate was built without this vendor.
pub fn order(new: &NewOrder) -> Result<SpendRequest, Error> {
    SpendRequest::of(VENDOR, "purchase_order", None, &new.body())
}

/// Renews an order that is on hold.
///
/// # Errors
/// As for [`order`].
pub fn renewal(id: i64) -> Result<SpendRequest, Error> {
    SpendRequest::of(VENDOR, "renew_order", Some(("id", id)), &json!({}))
}

/// Changes the billing cycle of an order. Datacenter and ISP proxies only.
///
/// # Errors
/// As for [`order`].
pub fn cycle_change(id: i64, change: &CycleChange) -> Result<SpendRequest, Error> {
    let body = types::ChangeBillingCycleRequest {
        cycle: change.cycle.clone(),
    };
    let order = Some(("order_id", id));
    let request = SpendRequest::of(VENDOR, "change_billing_cycle", order, &body)?;
    Ok(match &change.location {
        None => request,
        Some(location) => request.with_context("location", location),
    })
}

/// Buys further units of an add-on for an order. Datacenter and ISP proxies only. The only
/// documented add-on is `p0f_slots`.
///
/// # Errors
/// As for [`order`].
pub fn addon(id: i64, addon: types::AddonKey, quantity: NonZeroU64) -> Result<SpendRequest, Error> {
    let body = types::PurchaseAddonRequest {
        addon_key: addon,
        add_qty: quantity,
    };
    SpendRequest::of(VENDOR, "purchase_addon", Some(("order_id", id)), &body)
}

/// Buys more traffic, in gigabytes, for a residential order.
///
/// # Errors
/// [`crate::ErrorKind::InvalidInput`] when the amount is below one.
pub fn bandwidth(id: i64, amount: i64, promo_code: Option<String>) -> Result<SpendRequest, Error> {
    if amount < 1 {
        return Err(Error::input("the amount must be at least 1").at(VENDOR, Some("add_bandwidth")));
    }
    let body = types::AddBandwidthRequest { amount, promo_code };
    SpendRequest::of(VENDOR, "add_bandwidth", Some(("id", id)), &body)
}

/// A request that spends, parsed.
enum Spend {
    Order(types::PurchaseOrderRequest),
    Change(i64, Change),
}

/// A spend on an existing order.
enum Change {
    Renewal,
    Cycle(CycleChange),
    Addon(types::PurchaseAddonRequest),
    Bandwidth(types::AddBandwidthRequest),
}

impl Spend {
    fn parse(request: &SpendRequest) -> Result<Self, Error> {
        let change = match request.operation().id {
            "purchase_order" => return Ok(Spend::Order(request.parse()?)),
            "renew_order" => Change::Renewal,
            "change_billing_cycle" => {
                let body: types::ChangeBillingCycleRequest = request.parse()?;
                Change::Cycle(CycleChange {
                    cycle: body.cycle,
                    location: request.context("location").map(str::to_owned),
                })
            }
            "purchase_addon" => Change::Addon(request.parse()?),
            "add_bandwidth" => Change::Bandwidth(request.parse()?),
            _ => return Err(unpriced(request)),
        };
        let id = order_id(order_in_path(request).unwrap_or_default())?;
        Ok(Spend::Change(id, change))
    }
}

/// Returns the order that a request changes. The vendor's pages have two names for the parameter.
fn order_in_path(request: &SpendRequest) -> Option<&str> {
    request.path("order_id").or_else(|| request.path("id"))
}

impl SpendAdapter for Client {
    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn purchase(&self, purchase: &Purchase) -> Result<SpendRequest, Error> {
        order(&new_order(purchase)?)
    }

    fn renewal(&self, order: &str, renewed: &Renewal) -> Result<SpendRequest, Error> {
        renews_whole_orders(VENDOR, renewed)?;
        renewal(order_id(order)?)
    }

    fn change(&self, order: &str, change: &OrderChange) -> Result<SpendRequest, Error> {
        match change {
            OrderChange::Cycle { cycle, location } => {
                let change = CycleChange {
                    cycle: cycle.clone(),
                    location: location.clone(),
                };
                cycle_change(order_id(order)?, &change)
            }
            OrderChange::Traffic { gigabytes, coupon } => {
                bandwidth(order_id(order)?, *gigabytes, coupon.clone())
            }
            OrderChange::Addon { name, quantity } => {
                let quantity = NonZeroU64::new(*quantity).ok_or_else(|| {
                    Error::input("the quantity must be at least 1").at(VENDOR, None)
                })?;
                addon(order_id(order)?, name.as_str().into(), quantity)
            }
            other => Err(not_offered(VENDOR, other)),
        }
    }

    /// Returns the e-mail address of the key's owner, which is all that the vendor tells of an
    /// account. No page says that it never changes.
    fn identity(&self) -> BoxFuture<'_, Result<Option<String>, Error>> {
        async move {
            let owner = self.api.get_me().send().await?.into_inner().email;
            let owner = owner.map(|it| it.trim().to_lowercase());
            Ok(owner.filter(|it| !it.is_empty()))
        }
        .boxed()
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
        order_in_path(&self.request)
    }

    fn funds(&self) -> Funds {
        Funds::Balance
    }

    fn baseline(&self) -> BoxFuture<'_, Result<Baseline, Error>> {
        async move {
            let balance = self.client.balance().await?.amount();
            let seen = match &self.spend {
                Spend::Order(_) => {
                    before_new_order(self.client.order_list(OrderStatusFilter::All)).await?
                }
                Spend::Change(id, change) => {
                    let order = self.client.get_order(*id).await?;
                    if let Change::Renewal = change {
                        is_on_hold(&order)?;
                    }
                    Baseline {
                        order: changeable(&order),
                        ..Baseline::default()
                    }
                }
            };
            Ok(Baseline { balance, ..seen })
        }
        .boxed()
    }

    fn quote(&self) -> BoxFuture<'_, Result<Option<Quote>, Error>> {
        async move {
            let client = self.client;
            Ok(Some(match &self.spend {
                Spend::Order(body) => client.order_price(body).await?,
                Spend::Change(id, Change::Renewal) => client.renewal_price(*id).await?,
                Spend::Change(id, Change::Cycle(change)) => {
                    client.quote_cycle_change(*id, change).await?
                }
                Spend::Change(id, Change::Addon(body)) => client.addon_price(*id, body).await?,
                Spend::Change(id, Change::Bandwidth(body)) => {
                    client.bandwidth_price(*id, body).await?
                }
            }))
        }
        .boxed()
    }

    fn confirmation(&self, answer: &Value) -> Result<Confirmation, Error> {
        confirmation(self, answer, &["order_id"])
    }

    /// A new order shows its price. What a change of an order cost shows in the wallet alone.
    fn charged<'a>(
        &'a self,
        order: &'a str,
        before: &'a Baseline,
    ) -> BoxFuture<'a, Result<Option<Decimal>, Error>> {
        async move {
            if let Spend::Order(_) = self.spend {
                let order = self.client.get_order(order_id(order)?).await?;
                if let Some(price) = paid(&order).and_then(|price| price.amount()) {
                    return Ok(Some(price));
                }
            }
            taken(self.client, self.funds(), before).await
        }
        .boxed()
    }

    fn evidence<'a>(&'a self, before: &'a Baseline) -> BoxFuture<'a, Result<Evidence, Error>> {
        async move {
            let balance = self.client.balance().await?.amount();
            let body = match &self.spend {
                Spend::Order(body) => body,
                Spend::Change(id, _) => {
                    return Ok(Evidence {
                        balance,
                        order: changeable(&self.client.get_order(*id).await?),
                        ..Evidence::default()
                    });
                }
            };
            let all = self.client.order_list(OrderStatusFilter::All);
            let (orders, listed) = since(all, before).await?;
            if orders.len() > MOST_NEW {
                let what = format!(
                    "the vendor shows {} new orders, which are too many to look at each",
                    orders.len()
                );
                let error = Error::new(Kind::Answer, Outcome::Rejected, what);
                return Err(error.at(VENDOR, Some("list_orders")));
            }
            let mut new_orders = Vec::new();
            for item in orders {
                let order = self.client.get_order(item.order_id).await?;
                new_orders.push(ObservedOrder {
                    order: item.order_id.to_string(),
                    price: paid(&order),
                    payment: Payment::Paid,
                    made_at: order.created_at.and_then(|it| it.timestamp()),
                    facts: facts([
                        ("product", order.product_name.map(|it| it.to_string())),
                        ("cycle", order.cycle_name),
                        ("quantity", order.quantity.map(|it| it.to_string())),
                    ]),
                });
            }
            Ok(Evidence {
                balance,
                new_orders,
                expected: facts([
                    ("product", Some(body.product.to_string())),
                    ("cycle", body.cycle.clone()),
                    ("quantity", body.quantity.map(|it| it.to_string())),
                ]),
                ..listed
            })
        }
        .boxed()
    }
}

impl Numbered for types::OrderListItem {
    fn number(&self) -> Option<i64> {
        Some(self.order_id)
    }
}

/// Refuses to renew an order in a documented status that the vendor does not renew.
fn is_on_hold(order: &types::Order) -> Result<(), Error> {
    let status = match &order.status {
        Some(status @ (OrderStatus::Active | OrderStatus::Cancelled)) => status,
        _ => return Ok(()),
    };
    let what = format!(
        "the order is {}, and the vendor renews only orders that are on-hold; nothing was bought",
        status.as_str()
    );
    Err(Error::new(Kind::Refused, Outcome::NotSent, what).at(VENDOR, Some("renew_order")))
}

/// Returns the properties of an order that a spend on it changes.
fn changeable(order: &types::Order) -> BTreeMap<String, String> {
    let cents = |cents: &Option<Cents>| cents.as_ref().map(ToString::to_string);
    let expires = order.expires_at.as_ref();
    facts([
        ("cycle", order.cycle_name.clone()),
        ("expires", expires.map(ToString::to_string)),
        ("quantity", order.quantity.map(|it| it.to_string())),
        ("price paid (cents)", cents(&order.price_paid)),
        ("add-ons paid (cents)", cents(&order.addons_price_paid)),
    ])
}

impl Client {
    async fn addon_price(
        &self,
        id: i64,
        body: &types::PurchaseAddonRequest,
    ) -> Result<Quote, Error> {
        let request = self.api.calculate_addon_price().order_id(id);
        let request = request
            .addon_key(body.addon_key.clone())
            .add_qty(body.add_qty);
        let total = request.send().await?.into_inner().add_total;
        let total = present(total, VENDOR, "calculate_addon_price", "add_total")?;
        Ok(Quote::new(total.to_money()))
    }

    /// Prices more traffic like an order of as much, because the vendor has no price preview for
    /// it. That both cost the same is inferred.
    async fn bandwidth_price(
        &self,
        id: i64,
        body: &types::AddBandwidthRequest,
    ) -> Result<Quote, Error> {
        let order = self.get_order(id).await?;
        let product = present(order.product_name, VENDOR, "get_order", "product_name")?;
        let same = NewOrder {
            quantity: u64::try_from(body.amount).ok().and_then(NonZeroU64::new),
            promo_code: body.promo_code.clone(),
            ..NewOrder::new(product)
        };
        let message = "the vendor has no price preview for more traffic: this is the price of an \
                       order of as much";
        Ok(Quote {
            is_inferred: true,
            message: Some(message.to_owned()),
            ..self.quote_order(&same).await?
        })
    }
}
