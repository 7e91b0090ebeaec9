//! What the purchase path asks of ProxyShard.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt};

use super::account::{new_order, order_id};
use super::{Client, CycleChange, NewOrder, PAGE_SIZE, VENDOR, spend, types};
use crate::account::{Purchase, Quote, Renewal};
use crate::error::Error;
use crate::purchase::{
    Baseline, Confirmation, Evidence, Funds, ObservedOrder, SpendAdapter, SpendRequest,
};
use crate::support::{answered_id, facts, listed, present, unpriced};
use crate::transport::Transport;
use crate::vocabulary::{Cents, Money};
use types::OrderStatusFilter;

impl From<types::PurchaseOrderRequest> for NewOrder {
    fn from(body: types::PurchaseOrderRequest) -> Self {
        let addons = body.addons.into_iter().flatten();
        NewOrder {
            product: body.product,
            location: body.location,
            cycle: body.cycle,
            quantity: body.quantity,
            promo_code: body.promo_code,
            auto_renewal: body.auto_renewal,
            addons: addons.map(|it| (it.addon_key, it.qty)).collect(),
        }
    }
}

fn order_of(spend: &SpendRequest) -> Option<&str> {
    // The pages name the same parameter differently.
    spend.path("order_id").or_else(|| spend.path("id"))
}

fn id_of(spend: &SpendRequest) -> Result<i64, Error> {
    order_id(order_of(spend).unwrap_or_default())
}

/// What was paid for an order, its add-ons included.
fn paid(order: &types::Order) -> Option<Money> {
    let price = order.price_paid.as_ref()?.cents()?;
    let addons = order
        .addons_price_paid
        .as_ref()
        .map_or(Some(0), Cents::cents)?;
    Some(Money::from_cents(price.checked_add(addons)?))
}

/// What a renewal, a cycle change, an add-on or more traffic changes of an order.
fn changeable(order: &types::Order) -> BTreeMap<String, String> {
    let cents = |cents: &Option<Cents>| cents.as_ref().map(ToString::to_string);
    facts([
        ("cycle", order.cycle_name.clone()),
        (
            "expires",
            order.expires_at.as_ref().map(ToString::to_string),
        ),
        ("quantity", order.quantity.map(|it| it.to_string())),
        ("price paid (cents)", cents(&order.price_paid)),
        ("add-ons paid (cents)", cents(&order.addons_price_paid)),
    ])
}

impl Client {
    /// The newest order and how many there are. In which direction the list runs is not documented, so both of its ends are looked at;
    /// and whether `count` is that of the page or of the list is not clear, so that it counts only if the list does end there.
    async fn newest(&self) -> Result<Baseline, Error> {
        let page = |offset: u64, limit| {
            let request = self.api.list_orders().status(OrderStatusFilter::All);
            request.offset(offset).limit(limit).send()
        };
        let first = page(0, PAGE_SIZE).await?.into_inner();
        let orders = listed(first.orders, first.count, VENDOR, "list_orders", "orders")?;
        let newest = orders.iter().map(|order| order.order_id).max();
        let seen = |newest, total: usize| Baseline {
            newest,
            total: i64::try_from(total).ok(),
            ..Baseline::default()
        };
        if first.next.is_none() {
            return Ok(seen(newest, orders.len()));
        }
        let count = first.count.and_then(|count| usize::try_from(count).ok());
        if let Some(count) = count.filter(|count| *count > orders.len()) {
            let last = page(count as u64 - 1, NonZeroU64::MIN).await?.into_inner();
            let rest = present(last.orders, VENDOR, "list_orders", "orders")?;
            if let ([only], None) = (rest.as_slice(), last.next) {
                return Ok(seen(newest.max(Some(only.order_id)), count));
            }
        }
        let ids = self.order_ids().await?;
        Ok(seen(ids.iter().copied().max(), ids.len()))
    }

    async fn order_ids(&self) -> Result<Vec<i64>, Error> {
        let all = self.orders(OrderStatusFilter::All);
        let mut ids: Vec<_> = all.map_ok(|order| order.order_id).try_collect().await?;
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    async fn quoted_addon(
        &self,
        id: i64,
        body: types::PurchaseAddonRequest,
    ) -> Result<Quote, Error> {
        let request = self.api.calculate_addon_price().order_id(id);
        let request = request.addon_key(body.addon_key).add_qty(body.add_qty);
        let price = request.send().await?.into_inner();
        let total = present(
            price.add_total,
            VENDOR,
            "calculate_addon_price",
            "add_total",
        )?;
        Ok(Quote {
            total: total.to_money(),
            before_discounts: None,
            message: None,
        })
    }

    /// There is no price preview for traffic on top; that it costs what an order of as much costs is inferred.
    async fn quoted_bandwidth(
        &self,
        id: i64,
        body: types::AddBandwidthRequest,
    ) -> Result<Quote, Error> {
        let order = self.order(id).await?;
        let product = present(order.product_name, VENDOR, "get_order", "product_name")?;
        let amount = u64::try_from(body.amount).ok().and_then(NonZeroU64::new);
        let same = NewOrder {
            quantity: amount,
            promo_code: body.promo_code,
            ..NewOrder::new(product)
        };
        let message =
            "there is no price preview for traffic on top: this is what an order of as much costs";
        Ok(Quote {
            message: Some(message.to_owned()),
            ..self.quote(&same).await?
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

    fn renewal(&self, order: &str, _renewal: &Renewal) -> Result<SpendRequest, Error> {
        spend::renewal(order_id(order)?)
    }

    fn price<'a>(&'a self, spend: &'a SpendRequest) -> BoxFuture<'a, Result<Option<Quote>, Error>> {
        async move {
            let quote = match spend.operation().id {
                "purchase_order" => {
                    let body: types::PurchaseOrderRequest = spend.read()?;
                    self.quote(&body.into()).await?
                }
                "renew_order" => self.quote_renewal(id_of(spend)?).await?,
                "change_billing_cycle" => {
                    let body: types::ChangeBillingCycleRequest = spend.read()?;
                    let change = CycleChange {
                        cycle: body.cycle,
                        location: spend.context("location").map(str::to_owned),
                    };
                    self.quote_cycle_change(id_of(spend)?, &change).await?
                }
                "purchase_addon" => self.quoted_addon(id_of(spend)?, spend.read()?).await?,
                "add_bandwidth" => self.quoted_bandwidth(id_of(spend)?, spend.read()?).await?,
                _ => return Err(unpriced(spend)),
            };
            Ok(Some(quote))
        }
        .boxed()
    }

    fn on_order<'a>(&self, spend: &'a SpendRequest) -> Option<&'a str> {
        order_of(spend)
    }

    fn funds(&self, _spend: &SpendRequest) -> Funds {
        Funds::Balance
    }

    fn baseline<'a>(&'a self, spend: &'a SpendRequest) -> BoxFuture<'a, Result<Baseline, Error>> {
        async move {
            let balance = self.balance().await?.amount();
            let seen = match order_of(spend) {
                None => self.newest().await?,
                Some(id) => Baseline {
                    order: changeable(&self.order(order_id(id)?).await?),
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
            if let Some(id) = order_of(spend) {
                return Ok(Evidence {
                    balance,
                    order: changeable(&self.order(order_id(id)?).await?),
                    ..Evidence::default()
                });
            }
            let wanted: types::PurchaseOrderRequest = spend.read()?;
            let ids = self.order_ids().await?;
            let mut new_orders = Vec::new();
            for &id in ids
                .iter()
                .filter(|id| before.newest.is_none_or(|it| **id > it))
            {
                let order = self.order(id).await?;
                new_orders.push(ObservedOrder {
                    order: id.to_string(),
                    price: paid(&order),
                    facts: facts([
                        ("product", order.product_name.map(|it| it.to_string())),
                        ("cycle", order.cycle_name),
                        ("quantity", order.quantity.map(|it| it.to_string())),
                    ]),
                });
            }
            Ok(Evidence {
                balance,
                total: i64::try_from(ids.len()).ok(),
                new_orders,
                expected: facts([
                    ("product", Some(wanted.product.to_string())),
                    ("cycle", wanted.cycle),
                    ("quantity", wanted.quantity.map(|it| it.to_string())),
                ]),
                order: BTreeMap::new(),
            })
        }
        .boxed()
    }

    fn confirmation(&self, spend: &SpendRequest, answer: &[u8]) -> Result<Confirmation, Error> {
        let order = match order_of(spend) {
            Some(order) => order.to_owned(),
            None => answered_id(spend, answer, &["order_id"])?,
        };
        Ok(Confirmation { order, price: None })
    }
}
