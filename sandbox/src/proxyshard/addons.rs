//! The `p0f_slots` add-on, whose slots let addresses look like another operating system.

use serde_json::json;

use super::account::Account;
use super::catalog::{SLOT_PRICE, SLOTS_CATALOG_ID, SLOTS_KEY, addon, slots_price};
use super::reading::{Fields, fields, need_query, need_query_int, order_id};
use crate::answer::{Refusal, Reply};
use crate::request::RequestContext;
use crate::wallet::Cause;

const SIGNATURES: [&str; 6] = ["ios", "macos", "android", "linux", "win10", "win11"];

/// `GET /user/api/orders/{order_id}/addons/calculate`
pub fn calculate(account: &mut Account, request: &RequestContext) -> Reply {
    let order = account.order(order_id(request)?)?;
    addon(need_query(request, "addon_key")?)?;
    let more = need_query_int(request, "add_qty", 1)?;
    order.must_be_addresses()?;
    let total = slots_price(more)?;
    Ok(json!({
        "success": true,
        "addon_key": SLOTS_KEY,
        "catalog_id": SLOTS_CATALOG_ID,
        "price_per_unit": SLOT_PRICE,
        "current_qty": order.terms.slots,
        "add_qty": more,
        "new_qty": order.terms.slots.saturating_add(more),
        "add_total": total,
    }))
}

/// `POST /user/api/orders/{order_id}/addons/purchase`
pub fn purchase(account: &mut Account, request: &RequestContext) -> Reply {
    let id = order_id(request)?;
    let order = account.order(id)?;
    let fields = fields(request)?;
    known_addon(fields)?;
    let more = fields.need_int("add_qty", 1)?;
    order.must_be_addresses()?;
    order.must_be_active()?;
    let total = slots_price(more)?;
    let total = request.conditions.market().price(total);
    account.charge(total, id, Cause::AddOn, request.now)?;
    let order = account.order_mut(id)?;
    order.terms.slots = order.terms.slots.saturating_add(more);
    order.addons_price_paid = order.addons_price_paid.saturating_add(total);
    Ok(json!({
        "success": true,
        "message": "Add-on purchased successfully",
        "addons_price_paid": order.addons_price_paid,
        "addons": order.addons(),
    }))
}

/// `POST /user/api/orders/{order_id}/addons/schedule`: fewer slots from the next period on.
pub fn schedule(account: &mut Account, request: &RequestContext) -> Reply {
    let order = account.order_mut(order_id(request)?)?;
    let fields = fields(request)?;
    known_addon(fields)?;
    if fields.need_text("action")? != "downgrade" {
        return Err(Refusal::invalid("action: must be downgrade"));
    }
    let next = fields.need_int("next_qty", 1)?;
    order.must_be_addresses()?;
    order.must_be_active()?;
    if next >= order.terms.slots {
        return Err(Refusal::invalid(format!(
            "next_qty: must be below the current quantity, which is {}",
            order.terms.slots
        )));
    }
    // A signed address keeps its slot for good, so the used slots cannot be given up.
    let used = order.slots_used();
    if next < used {
        return Err(Refusal::invalid(format!(
            "next_qty: {used} slots are in use"
        )));
    }
    order.next_slots = Some(next);
    Ok(json!({
        "success": true,
        "message": "Add-on change scheduled",
        "addons": order.addons(),
    }))
}

/// `POST /user/api/orders/{order_id}/addons/schedule/cancel`
pub fn cancel_schedule(account: &mut Account, request: &RequestContext) -> Reply {
    let order = account.order_mut(order_id(request)?)?;
    known_addon(fields(request)?)?;
    order.must_be_addresses()?;
    // It is no error if nothing was scheduled.
    order.next_slots = None;
    Ok(json!({
        "success": true,
        "message": "Scheduled add-on change cancelled",
        "addons": order.addons(),
    }))
}

/// `POST /user/api/orders/{order_id}/signature/set`: all of the items, or none.
pub fn set_signatures(account: &mut Account, request: &RequestContext) -> Reply {
    let order = account.order_mut(order_id(request)?)?;
    order.must_be_addresses()?;
    order.must_be_active()?;
    let mut signed: Vec<Option<String>> = order
        .proxies
        .iter()
        .map(|proxy| proxy.signature.clone())
        .collect();
    let places = order.places(request.now);
    let items = fields(request)?.need_rows("items")?;
    for item in &items {
        let index = order.index_of(item.need_text("ip")?, &places)?;
        let signature = item.need_text("signature")?;
        if !SIGNATURES.contains(&signature) {
            return Err(Refusal::invalid(format!(
                "signature: must be one of {}",
                SIGNATURES.join(", ")
            )));
        }
        if let Some(entry) = signed.get_mut(index) {
            *entry = Some(signature.to_owned());
        }
    }
    let used = signed
        .iter()
        .filter(|signature| signature.is_some())
        .count();
    if i64::try_from(used).unwrap_or(i64::MAX) > order.terms.slots {
        return Err(Refusal::invalid(format!(
            "items: {used} signed IPs need as many {SLOTS_KEY}, order {} has {}",
            order.id, order.terms.slots
        )));
    }
    // A scheduled downgrade must not take away a slot that is used from now on.
    if let Some(next) = order.next_slots
        && i64::try_from(used).unwrap_or(i64::MAX) > next
    {
        return Err(Refusal::invalid(format!(
            "items: only {next} {SLOTS_KEY} are left after the scheduled downgrade"
        )));
    }
    for (proxy, signature) in order.proxies.iter_mut().zip(signed) {
        proxy.signature = signature;
    }
    Ok(json!({
        "success": true,
        "message": "Signatures updated",
        "updated": items.len(),
    }))
}

fn known_addon(fields: Fields<'_>) -> Result<(), Refusal> {
    addon(fields.need_text("addon_key")?)
}
