//! Prices, purchases, and all other operations that move the wallet but those of add-ons.

use serde_json::{Value, json};

use super::account::Account;
use super::catalog::{Cycle, Family, SLOTS_KEY, addon, discount, location, slots_price};
use super::order::{Cost, Status, Terms};
use super::pools::PoolKind;
use super::reading::{Fields, fields, need_query, objects, order_id, query_int};
use crate::answer::{Refusal, Reply};
use crate::clock::{days_later, later};
use crate::request::RequestContext;
use crate::wallet::Cause;

/// The purchase that a caller asks for, in a body or in a query.
struct PurchaseRequest<'a> {
    product: &'a str,
    location: Option<&'a str>,
    cycle: Option<&'a str>,
    quantity: Option<i64>,
    promo: Option<&'a str>,
    auto_renewal: bool,
    addons: Vec<Fields<'a>>,
}

impl PurchaseRequest<'_> {
    /// Checks the purchase by the same rules for a price and for an order.
    fn check(&self) -> Result<Terms, Refusal> {
        let family = Family::of(self.product)?;
        let location = location(family, self.location)?;
        let cycle = match (self.cycle, &*family.cycles()) {
            (Some(name), _) => Cycle::of(family, name)?,
            // Sold for ever only, so there is nothing to choose.
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
pub fn purchase(account: &mut Account, request: &RequestContext) -> Reply {
    let fields = fields(request)?;
    fields.not_null(&["cycle", "quantity", "auto_renewal"])?;
    let terms = PurchaseRequest {
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
    let cost = Cost::of(&terms, request.conditions.market())?;
    account.charge(cost.total(), id, Cause::Purchase, request.now)?;
    account.restock(family, terms.location.as_deref(), -quantity);
    if let Some(kind) = PoolKind::of(family) {
        account.pools.pool_mut(kind).fill(quantity);
    }
    let ready_at = later(request.now, request.conditions.provisioning_delay());
    account.open(terms, cost, request.now, ready_at);
    Ok(json!({
        "success": true,
        "message": "Order paid successfully",
        "order_id": id,
    }))
}

/// `GET /user/api/orders/calculate`. The price depends on neither stock nor wallet.
pub fn calculate(_: &mut Account, request: &RequestContext) -> Reply {
    let addons: Vec<Value> = match request.query.text("addons_json") {
        None => Vec::new(),
        Some(text) => serde_json::from_str(text)
            .map_err(|_| Refusal::invalid("addons_json: must be a JSON array"))?,
    };
    let terms = PurchaseRequest {
        product: need_query(request, "product")?,
        location: request.query.text("location"),
        cycle: request.query.text("cycle"),
        quantity: query_int(request, "quantity", 1)?,
        promo: request.query.text("promo_code"),
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

/// `POST /user/api/orders/change-billing-cycle/{order_id}`: a new period begins now.
pub fn change_billing_cycle(account: &mut Account, request: &RequestContext) -> Reply {
    let id = order_id(request)?;
    let order = account.order(id)?;
    // 403 is for cycles that a user may not have. Every user here may have every cycle.
    order.must_be_addresses()?;
    let mut terms = order.terms.clone();
    terms.cycle = Cycle::of(terms.family, fields(request)?.need_text("cycle")?)?;
    order.must_be_active()?;
    if discount(terms.promo.as_deref(), terms.cycle).is_err() {
        terms.promo = None;
    }
    let price = terms.price()?;
    let cents = request.conditions.market().price(price.last);
    account.charge(cents, id, Cause::CycleChange, request.now)?;
    let order = account.order_mut(id)?;
    order.expires_at = terms.cycle.days().map(|days| days_later(request.now, days));
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
pub fn renew(account: &mut Account, request: &RequestContext) -> Reply {
    let id = order_id(request)?;
    let order = account.order(id)?;
    if order.status != Status::OnHold {
        return Err(Refusal::invalid(format!(
            "id: order {id} is {}, only an on-hold order can be renewed",
            order.status.name()
        )));
    }
    account.renew(id, request.now, Cause::Renewal, request.conditions.market())?;
    Ok(json!({ "success": true, "message": "Order renewed successfully" }))
}

/// `POST /user/api/orders/{id}/add-bandwidth`
pub fn add_bandwidth(account: &mut Account, request: &RequestContext) -> Reply {
    let id = order_id(request)?;
    let order = account.order(id)?;
    let kind = PoolKind::of(order.terms.family).ok_or_else(|| {
        Refusal::invalid(format!(
            "id: bandwidth can only be added to Standart and Premium Residential orders, order {id} is {}",
            order.terms.family.name()
        ))
    })?;
    order.must_be_active()?;
    let fields = fields(request)?;
    let mut more = order.terms.clone();
    more.quantity = fields.need_int("amount", 1)?;
    more.promo = fields.text("promo_code")?.map(str::to_owned);
    let cents = request.conditions.market().price(more.price()?.last);
    account.charge(cents, id, Cause::Bandwidth, request.now)?;
    account.pools.pool_mut(kind).fill(more.quantity);
    let order = account.order_mut(id)?;
    order.terms.quantity = order.terms.quantity.saturating_add(more.quantity);
    order.price_paid = order.price_paid.saturating_add(cents);
    Ok(json!({ "success": true, "message": "Order paid successfully" }))
}
