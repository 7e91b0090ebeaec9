//! Changing the proxies of an order.

use std::collections::BTreeSet;

use serde_json::json;

use super::account::Account;
use super::errors::{Errors, body, not_found, unprocessable};
use super::extending::chosen_proxies;
use super::order::{Login, Status};
use crate::account::find_mut;
use crate::answer::Reply;
use crate::request::RequestContext;
use crate::values::{boolean, integer, text};

/// `POST /orders/proxies/change-credentials`
///
/// The effect of the fields is undocumented. Here `is_reset` restores the first login, and
/// `random_password` makes up a password in place of a given one.
pub fn change_credentials(account: &mut Account, request: &RequestContext) -> Reply {
    let body = body(request)?;
    let mut errors = Errors::default();
    let id = errors.required("order_id", integer(body, "order_id"));
    let username = errors.optional("username", text(body, "username"));
    let password = errors.optional("password", text(body, "password"));
    let random_password = errors.optional("random_password", boolean(body, "random_password"));
    let is_reset = errors.optional("is_reset", boolean(body, "is_reset"));
    let (random_password, is_reset) = (random_password == Some(true), is_reset == Some(true));
    let order = id.and_then(|id| errors.known("order_id", account.order(id)));
    for (field, given) in [("username", username), ("password", password)] {
        if given.is_some_and(|given| given.is_empty() || given.contains([':', '@', ' '])) {
            errors.add(field, format!("The {field} field format is invalid."));
        }
    }
    if !is_reset && !random_password && username.is_none() && password.is_none() {
        errors.missing("password");
    }
    let Some(order) = order else {
        return Err(errors.into());
    };
    let chosen = chosen_proxies(body, order, &mut errors);
    errors.result()?;
    if order.status != Status::Confirmed {
        return Err(unprocessable("The order has no proxies to change."));
    }

    let (id, first) = (order.id, order.first_login.clone());
    let made_up = random_password.then(|| account.random.password());
    let chosen = BTreeSet::from_iter(chosen);
    let is_chosen = |ip: &String| chosen.is_empty() || chosen.contains(ip);
    let order = account.order_mut(id).ok_or_else(not_found)?;
    for proxy in order.proxies.iter_mut().filter(|p| is_chosen(&p.ip)) {
        let login = &mut proxy.login;
        if is_reset {
            *login = first.clone();
            continue;
        }
        *login = Login {
            username: username.unwrap_or(&login.username).to_owned(),
            password: made_up
                .as_deref()
                .or(password)
                .unwrap_or(&login.password)
                .to_owned(),
        };
    }
    Ok(json!({}))
}

/// `POST /orders/4g/rotate-ip/{key}`
pub fn rotate_mobile_ip(account: &mut Account, request: &RequestContext) -> Reply {
    let key = request.parameter("key").unwrap_or_default();
    let order = account.rotation_keys.get(key).copied();
    let order = order.and_then(|id| find_mut(&mut account.orders, id));
    let order = order.ok_or_else(not_found)?;
    if order.status != Status::Confirmed {
        return Err(unprocessable("The order is not active."));
    }
    for proxy in &mut order.proxies {
        proxy.ip = account.addresses.issue().to_string();
    }
    Ok(json!({}))
}
