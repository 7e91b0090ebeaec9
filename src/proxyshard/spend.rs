//! ProxyShard's requests that spend, for [`crate::purchase::Buyer::spend`].

use std::num::NonZeroU64;

use super::{CycleChange, NewOrder, VENDOR, types};
use crate::error::Error;
use crate::purchase::SpendRequest;

/// Making an order.
///
/// # Errors
/// When the crate was built without this vendor's operations.
pub fn order(new: &NewOrder) -> Result<SpendRequest, Error> {
    SpendRequest::of(VENDOR, "purchase_order", &[], Some(&new.body()))
}

/// Renewing an order that is on hold.
///
/// # Errors
/// As for [`order`].
pub fn renewal(id: i64) -> Result<SpendRequest, Error> {
    SpendRequest::of(VENDOR, "renew_order", &[("id", id.to_string())], None)
}

/// Changing an order's billing cycle. Datacenter and ISP proxies only.
///
/// # Errors
/// As for [`order`].
pub fn cycle_change(id: i64, change: &CycleChange) -> Result<SpendRequest, Error> {
    let body = types::ChangeBillingCycleRequest {
        cycle: change.cycle.clone(),
    };
    let path = [("order_id", id.to_string())];
    let spend = SpendRequest::of(VENDOR, "change_billing_cycle", &path, Some(&body))?;
    Ok(match &change.location {
        None => spend,
        Some(location) => spend.with_context("location", location),
    })
}

/// Buying further units of an add-on for an order. Datacenter and ISP proxies only; the only add-on today is `p0f_slots`.
///
/// # Errors
/// As for [`order`].
pub fn addon(id: i64, addon: types::AddonKey, quantity: NonZeroU64) -> Result<SpendRequest, Error> {
    let body = types::PurchaseAddonRequest {
        addon_key: addon,
        add_qty: quantity,
    };
    let path = [("order_id", id.to_string())];
    SpendRequest::of(VENDOR, "purchase_addon", &path, Some(&body))
}

/// Buying more traffic, in gigabytes, for a residential order.
///
/// # Errors
/// When the amount is below one.
pub fn bandwidth(id: i64, amount: i64, promo_code: Option<String>) -> Result<SpendRequest, Error> {
    if amount < 1 {
        return Err(Error::input("the amount must be at least 1").at(VENDOR, Some("add_bandwidth")));
    }
    let body = types::AddBandwidthRequest { amount, promo_code };
    let path = [("id", id.to_string())];
    SpendRequest::of(VENDOR, "add_bandwidth", &path, Some(&body))
}
