//! Pricing, buying, and everything else that moves the wallet but the add-ons.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ask::{Ask, Fields, Refusal, Reply, objects};
use super::catalog::{Cycle, Family, SLOTS_KEY, addon, discount, location, slots_price};
use super::residential::PoolKind;
use super::state::{Account, Cost, Status, Terms};
use crate::clock::{days_later, later};
use crate::ledger::{Cause, Reason};

/// What a caller wants to buy, from a body or from a query.
struct Wish<'a> {
    product: &'a str,
    location: Option<&'a str>,
    cycle: Option<&'a str>,
    quantity: Option<i64>,
    promo: Option<&'a str>,
    auto_renewal: bool,
    addons: Vec<Fields<'a>>,
}

impl Wish<'_> {
    /// The same rules for a price and for a purchase.
    fn check(&self) -> Result<Terms, Refusal> {
        let family = Family::named(self.product)?;
        let location = location(family, self.location)?;
        let cycle = match (self.cycle, family.cycles()) {
            (Some(name), _) => Cycle::named(family, name)?,
            // Sold in one way for ever, so there is nothing to choose.
            (None, [Cycle::Lifetime]) => Cycle::Lifetime,
            (None, _) => {
                return Err(Refusal::invalid(format!(
                    "cycle: required for {}",
                    family.name()
                )));
            }
        };
        let quantity = self.quantity.unwrap_or(1);
        if family == Family::Unmetered && quantity > 1 {
            return Err(Refusal::invalid(format!(
                "quantity: {} is sold one at a time",
                family.name()
            )));
        }
        discount(self.promo, cycle)?;
        let mut slots = 0_i64;
        for line in &self.addons {
            addon(line.need_text("addon_key")?)?;
            slots = slots.saturating_add(line.need_int("qty", 1)?);
        }
        slots_price(slots)?;
        if slots > 0 && !family.is_addresses() {
            return Err(Refusal::invalid(format!(
                "addons: {SLOTS_KEY} is not available for {}",
                family.name()
            )));
        }
        let terms = Terms {
            family,
            location,
            cycle,
            quantity,
            promo: self.promo.map(str::to_owned),
            auto_renewal: self.auto_renewal && cycle != Cycle::Lifetime,
            slots,
        };
        terms.price()?;
        Ok(terms)
    }
}

/// `POST /user/api/orders/purchase`
pub(super) fn purchase(account: &mut Account, ask: &Ask, now: Timestamp) -> Reply {
    let fields = ask.fields()?;
    fields.not_null(&["cycle", "quantity", "auto_renewal"])?;
    let terms = Wish {
        product: fields.need_text("product")?,
        location: fields.text("location")?,
        cycle: fields.text("cycle")?,
        quantity: fields.int("quantity", 1)?,
        promo: fields.text("promo_code")?,
        auto_renewal: fields.flag("auto_renewal")?.unwrap_or(false),
        addons: fields.rows("addons")?,
    }
    .check()?;

    let (family, quantity) = (terms.family, terms.quantity);
    if let Some(left) = account.available(family, terms.location.as_deref())
        && left < quantity
    {
        return Err(Refusal::invalid(format!(
            "quantity: out of stock, {left} {} left in {}",
            family.name(),
            terms.location.as_deref().unwrap_or_default()
        )));
    }
    let id = account.next_order;
    let cost = Cost::of(&terms, ask.conditions().market())?;
    let reason = Reason {
        order: id,
        cause: Cause::Purchase,
        time: now,
    };
    account.charge(cost.total(), reason)?;
    account.unstock(family, terms.location.as_deref(), quantity);
    if let Some(kind) = PoolKind::of(family) {
        account.pools.pool_mut(kind).fill(quantity);
    }
    let ready_at = later(now, ask.conditions().provisioning_delay());
    account.open(terms, cost, now, ready_at);
    Ok(json!({
        "success": true,
        "message": "Order paid successfully",
        "order_id": id,
    }))
}

/// `GET /user/api/orders/calculate`. Neither stock nor wallet count here: it is a price, not an offer.
pub(super) fn calculate(_: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let addons: Vec<Value> = match ask.query("addons_json") {
        None => Vec::new(),
        Some(text) => serde_json::from_str(text)
            .map_err(|_| Refusal::invalid("addons_json: must be a JSON array"))?,
    };
    let terms = Wish {
        product: ask.need_query("product")?,
        location: ask.query("location"),
        cycle: ask.query("cycle"),
        quantity: ask.query_int("quantity", 1)?,
        promo: ask.query("promo_code"),
        auto_renewal: false,
        addons: objects("addons_json", &addons)?,
    }
    .check()?;
    let price = terms.price()?;
    let addons = slots_price(terms.slots)?;
    Ok(json!({
        "original_price": price.original,
        "final_price": price.last,
        "discount_percent": price.percent,
        "addons_price": addons,
        "total_with_addons": price.last.saturating_add(addons),
    }))
}

/// `POST /user/api/orders/change-billing-cycle/{order_id}`: a new period of the new length begins now.
pub(super) fn change_billing_cycle(account: &mut Account, ask: &Ask, now: Timestamp) -> Reply {
    let id = ask.order_id()?;
    let order = account.order(id)?;
    // 403 is for cycles that this user may not have, of which there are none here.
    order.must_be_addresses()?;
    let mut terms = order.terms.clone();
    terms.cycle = Cycle::named(terms.family, ask.fields()?.need_text("cycle")?)?;
    order.must_be_active()?;
    if discount(terms.promo.as_deref(), terms.cycle).is_err() {
        terms.promo = None;
    }
    let price = terms.price()?;
    let cents = ask.conditions().market().price(price.last);
    let reason = Reason {
        order: id,
        cause: Cause::CycleChange,
        time: now,
    };
    account.charge(cents, reason)?;
    let mut order = account.order_mut(id)?;
    order.expires_at = terms.cycle.days().map(|days| days_later(now, days));
    order.price_paid = cents;
    order.terms = terms;
    Ok(json!({
        "success": true,
        "message": "Billing cycle changed successfully",
        "order_id": id,
        "original_price": price.original,
        "final_price": cents,
        "discount_percent": price.percent,
    }))
}

/// `POST /user/api/orders/{id}/renew`
pub(super) fn renew(account: &mut Account, ask: &Ask, now: Timestamp) -> Reply {
    let id = ask.order_id()?;
    let order = account.order(id)?;
    if order.status != Status::OnHold {
        return Err(Refusal::invalid(format!(
            "id: order {id} is {}, only an on-hold order can be renewed",
            order.status.name()
        )));
    }
    account.renew(id, now, Cause::Renewal, ask.conditions().market())?;
    Ok(json!({ "success": true, "message": "Order renewed successfully" }))
}

/// `POST /user/api/orders/{id}/add-bandwidth`
pub(super) fn add_bandwidth(account: &mut Account, ask: &Ask, now: Timestamp) -> Reply {
    let id = ask.order_id()?;
    let order = account.order(id)?;
    let kind = PoolKind::of(order.terms.family).ok_or_else(|| {
        Refusal::invalid(format!(
            "id: bandwidth can only be added to Standart and Premium Residential orders, order {id} is {}",
            order.terms.family.name()
        ))
    })?;
    order.must_be_active()?;
    let fields = ask.fields()?;
    let mut more = order.terms.clone();
    more.quantity = fields.need_int("amount", 1)?;
    more.promo = fields.text("promo_code")?.map(str::to_owned);
    let cents = ask.conditions().market().price(more.price()?.last);
    let reason = Reason {
        order: id,
        cause: Cause::Bandwidth,
        time: now,
    };
    account.charge(cents, reason)?;
    account.pools.pool_mut(kind).fill(more.quantity);
    let mut order = account.order_mut(id)?;
    order.terms.quantity = order.terms.quantity.saturating_add(more.quantity);
    order.price_paid = order.price_paid.saturating_add(cents);
    Ok(json!({ "success": true, "message": "Order paid successfully" }))
}
