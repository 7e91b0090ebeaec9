//! Looking at orders and their proxies, and changing them without paying.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Account;
use super::key;
use super::order::{Order, Status, iso};
use super::reading::{fields, need_query, need_query_int, order_id, page};
use crate::account::fingerprint;
use crate::answer::{Refusal, Reply};
use crate::request::RequestContext;

/// `GET /user/api/me`. Each key has an owner of its own.
pub fn me(account: &mut Account, request: &RequestContext) -> Reply {
    let owner = fingerprint(key(request).unwrap_or_default());
    let orders = account.orders.iter();
    let active = orders
        .filter(|order| order.status == Status::Active)
        .count();
    Ok(json!({
        "email": format!("{owner}@example.com"),
        "active_orders": active,
        "wallet_balance": account.wallet.balance,
    }))
}

/// `GET /user/api/proxies/available-count`
pub fn available_counts(account: &mut Account, _: &RequestContext) -> Reply {
    let rows = account.stock.iter().map(|stock| {
        json!({
            "country": stock.country,
            "product": stock.family.stock_code(),
            "amount": stock.amount,
        })
    });
    Ok(Value::Array(rows.collect()))
}

/// `GET /user/api/orders`, the newest first.
pub fn list(account: &mut Account, request: &RequestContext) -> Reply {
    let wanted = need_query(request, "status")?;
    let status = Status::named(wanted);
    if status.is_none() && wanted != "all" {
        let message = "status: must be one of active, on-hold, cancelled, all";
        return Err(Refusal::invalid(message));
    }
    let (offset, limit) = page(request)?;
    let is_wanted = |order: &&Order| status.is_none_or(|status| order.status == status);
    let mut found: Vec<&Order> = account.orders.iter().rev().filter(is_wanted).collect();
    request.conditions.shift(&mut found, offset, limit);
    let count = found.len();
    let page = found.into_iter().skip(offset).take(limit);
    let page: Vec<Value> = page.map(list_item).collect();
    let link =
        |offset: usize| format!("/user/api/orders?status={wanted}&offset={offset}&limit={limit}");
    let next = offset.saturating_add(limit);
    Ok(json!({
        "success": true,
        "orders": page,
        "count": count,
        "prev": (offset > 0).then(|| link(offset.saturating_sub(limit))),
        "next": (next < count).then(|| link(next)),
    }))
}

fn list_item(order: &Order) -> Value {
    let terms = &order.terms;
    json!({
        "order_id": order.id,
        "product_id": terms.family.product_id(terms.location.as_deref()),
        "product_name": terms.family.name(),
        "cycle_id": terms.cycle.id(),
        "cycle_name": terms.cycle.name(),
        "expires_at": order.expires_at.map(iso),
        "auto_renewal": auto_renewal(order),
        "tag": order.tag,
    })
}

/// Null for what is never renewed.
fn auto_renewal(order: &Order) -> Option<bool> {
    order
        .terms
        .cycle
        .days()
        .is_some()
        .then_some(order.terms.auto_renewal)
}

/// `GET /user/api/orders/{id}`
pub fn detail(account: &mut Account, request: &RequestContext) -> Reply {
    let order = account.order(order_id(request)?)?;
    let terms = &order.terms;
    Ok(json!({
        "success": true,
        "order": {
            "order_id": order.id,
            "product_name": terms.family.name(),
            "cycle_name": terms.cycle.name(),
            "quantity": terms.quantity,
            "price_paid": order.price_paid,
            "status": order.status.name(),
            "created_at": iso(order.created_at),
            "expires_at": order.expires_at.map(iso),
            "promo_code": terms.promo,
            "auto_renewal": auto_renewal(order),
            "tag": order.tag,
            "addons_price_paid": order.addons_price_paid,
            "addons": order.addons(),
            // All of them, not only those that are free.
            "p0f_slots_available": terms.slots,
            "p0f_slots_used": order.slots_used(),
            "p0f_slots_next": order.next_slots.unwrap_or(terms.slots),
        },
    }))
}

/// `POST /user/api/orders/{id}/tag`
pub fn tag(account: &mut Account, request: &RequestContext) -> Reply {
    let id = order_id(request)?;
    account.order(id)?;
    let tag = fields(request)?.need_text("tag")?;
    account.order_mut(id)?.tag = Some(tag.to_owned());
    Ok(json!({ "success": true, "message": "Order tag updated" }))
}

/// `POST /user/api/orders/edit-auto-renewal/{order_id}`
pub fn set_auto_renewal(account: &mut Account, request: &RequestContext) -> Reply {
    let order = account.order_mut(order_id(request)?)?;
    let on = match need_query(request, "auto_renewal")? {
        "true" => true,
        "false" => false,
        _ => return Err(Refusal::invalid("auto_renewal: must be true or false")),
    };
    order.must_be_addresses()?;
    order.must_not_be_cancelled()?;
    order.terms.auto_renewal = on;
    Ok(json!({
        "success": true,
        "message": format!("Auto-renewal {}", if on { "enabled" } else { "disabled" }),
    }))
}

/// `GET /user/api/proxies/active`. An order that is not paid has no active proxies.
pub fn active_proxies(account: &mut Account, request: &RequestContext) -> Reply {
    let order = account.order(need_query_int(request, "order_id", i64::MIN)?)?;
    if !order.terms.family.is_addresses() {
        return Err(Refusal::new(StatusCode::FORBIDDEN, order.not_addresses()));
    }
    let proxies: Vec<Value> = if order.status == Status::Active && request.now >= order.ready_at {
        order
            .proxies
            .iter()
            .map(|proxy| proxy.to_json(order.status, order.expires_at))
            .collect()
    } else {
        Vec::new()
    };
    Ok(json!({ "success": true, "data": proxies, "order_tag": order.tag }))
}

/// `POST /user/api/orders/{order_id}/del-np/set`
///
/// A marked proxy stays until the paid period ends; the next period has fewer proxies.
pub fn set_removal(account: &mut Account, request: &RequestContext) -> Reply {
    let order = account.order_mut(order_id(request)?)?;
    order.must_be_addresses()?;
    order.must_not_be_cancelled()?;
    let mut leaving: Vec<bool> = order.proxies.iter().map(|proxy| proxy.leaving).collect();
    let places = order.places(request.now);
    for item in fields(request)?.need_rows("items")? {
        let index = order.index_of(item.need_text("ip")?, &places)?;
        let value = item.need_flag("value")?;
        if let Some(mark) = leaving.get_mut(index) {
            *mark = value;
        }
    }
    let kept = leaving.iter().filter(|leaving| !**leaving).count();
    if kept == 0 {
        return Err(Refusal::invalid("items: at least one IP must be kept"));
    }
    let mut terms = order.terms.clone();
    terms.quantity = i64::try_from(kept).unwrap_or(terms.quantity);
    order.price_paid = terms.price()?.last;
    order.terms = terms;
    for (proxy, leaving) in order.proxies.iter_mut().zip(leaving) {
        proxy.leaving = leaving;
    }
    Ok(json!({ "success": true, "message": "Proxies to be removed updated" }))
}

impl Order {
    fn must_not_be_cancelled(&self) -> Result<(), Refusal> {
        if self.status == Status::Cancelled {
            let message = format!("order_id: order {} is cancelled", self.id);
            return Err(Refusal::invalid(message));
        }
        Ok(())
    }

    /// Returns the index of each address. There is none before they are provisioned.
    pub fn places(&self, now: Timestamp) -> BTreeMap<Ipv4Addr, usize> {
        let visible = if now >= self.ready_at {
            self.proxies.as_slice()
        } else {
            &[]
        };
        let visible = visible.iter().enumerate();
        visible.map(|(index, proxy)| (proxy.ip, index)).collect()
    }

    /// Returns the index of an address that a caller wrote.
    pub fn index_of(&self, ip: &str, places: &BTreeMap<Ipv4Addr, usize>) -> Result<usize, Refusal> {
        let index = ip.parse().ok().and_then(|ip: Ipv4Addr| places.get(&ip));
        index.copied().ok_or_else(|| {
            Refusal::invalid(format!("ip: {ip:?} is not an IP of order {}", self.id))
        })
    }
}
