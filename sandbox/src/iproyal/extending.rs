//! Extending, by hand and by itself.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::account::{Account, payment};
use super::catalogue::Product;
use super::errors::{Errors, body, not_found, unprocessable};
use super::listing::order_id;
use super::order::{AutoExtend, Order, Payment, Status};
use super::pricing::{Quote, plan};
use crate::answer::Reply;
use crate::request::RequestContext;
use crate::values::{array, boolean, integer, text};
use crate::wallet::Cause;

/// `POST /orders/{order_id}/extend`
pub fn extend_order(account: &mut Account, request: &RequestContext) -> Reply {
    let id = order_id(request)?;
    let order = account.order(id).ok_or_else(not_found)?;
    let body = body(request)?;
    let mut errors = Errors::default();
    let plan_id = errors.required("product_plan_id", integer(body, "product_plan_id"));
    let card_id = errors.optional("card_id", integer(body, "card_id"));
    let chosen = chosen_proxies(body, order, &mut errors);
    let payment = payment(card_id, &mut errors);
    let product = account.product(order.product_id);
    let plan = product.and_then(|product| plan(product, plan_id?, &mut errors));
    errors.result()?;
    let plan = plan.ok_or_else(not_found)?.clone();
    let is_sold = product.is_some_and(Product::is_sold);
    if order.status != Status::Confirmed || !is_sold {
        return Err(unprocessable("The order cannot be extended."));
    }

    let count = if chosen.is_empty() {
        order.quantity
    } else {
        chosen.len() as i64
    };
    let price = Quote::extension(&plan, count, 0).price;
    let price = request.conditions.market().price(price);
    account.pay(payment, price, id, Cause::Extension, request.now)?;
    let order = account.order_mut(id).ok_or_else(not_found)?;
    order.extend(&plan, price, request.now);
    let mut shown = order.json();
    // Documented for this answer only. As in the sample, it lists the proxies that were chosen.
    if let Some(data) = shown.get_mut("proxy_data").and_then(Value::as_object_mut) {
        data.insert("extended_proxies".to_owned(), json!(chosen));
    }
    Ok(shown)
}

/// Reads `proxies`, a list of addresses of the order's proxies. Empty means all of them.
pub fn chosen_proxies(
    body: &Map<String, Value>,
    order: &Order,
    errors: &mut Errors,
) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    let Some(listed) = errors.optional("proxies", array(body, "proxies")) else {
        return chosen;
    };
    let there: BTreeSet<&str> = order.visible_proxies().iter().map(|p| &*p.ip).collect();
    let mut seen = BTreeSet::new();
    for (index, ip) in listed.iter().enumerate() {
        match ip.as_str() {
            Some(ip) if there.contains(ip) => {
                if seen.insert(ip) {
                    chosen.push(ip.to_owned());
                }
            }
            _ => errors.unknown(&format!("proxies.{index}")),
        }
    }
    chosen
}

/// `POST /orders/toggle-auto-extend`
pub fn toggle_auto_extend(account: &mut Account, request: &RequestContext) -> Reply {
    let body = body(request)?;
    let mut errors = Errors::default();
    let id = errors.required("order_id", integer(body, "order_id"));
    let is_enabled = errors.required("is_enabled", boolean(body, "is_enabled"));
    let plan_id = errors.optional("product_plan_id", integer(body, "product_plan_id"));
    let kind = errors.optional("payment_type", text(body, "payment_type"));
    let card_id = errors.optional("card_id", integer(body, "card_id"));
    let order = id.and_then(|id| errors.known("order_id", account.order(id)));
    if is_enabled == Some(true) && kind.is_none() {
        errors.missing("payment_type");
    }
    let payment = match kind {
        Some("card") => {
            if card_id.is_none() && is_enabled == Some(true) {
                errors.missing("card_id");
            }
            payment(card_id, &mut errors)
        }
        Some("balance") | None => Payment::Balance,
        Some(_) => {
            errors.unknown("payment_type");
            Payment::Balance
        }
    };
    let (Some(order), Some(is_enabled)) = (order, is_enabled) else {
        return Err(errors.into());
    };
    let plan_id = plan_id.unwrap_or(order.plan_id);
    if let Some(product) = account.product(order.product_id) {
        plan(product, plan_id, &mut errors);
    }
    errors.result()?;
    let (id, is_over) = (
        order.id,
        !matches!(order.status, Status::InProgress | Status::Confirmed),
    );
    if is_enabled && is_over {
        return Err(unprocessable("The order cannot be extended."));
    }

    let settings = AutoExtend { plan_id, payment };
    if let Some(order) = account.order_mut(id) {
        order.auto_extend = is_enabled.then_some(settings);
    }
    Ok(settings.json(id, is_enabled))
}
