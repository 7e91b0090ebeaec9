//! SmartProxy's requests that spend, for [`crate::purchase::Buyer::spend`].

use super::{NewOrder, VENDOR};
use crate::error::Error;
use crate::purchase::SpendRequest;

/// What the context of a renewal calls the order that it renews.
pub(super) const RENEWS: &str = "renews";

/// Making an order, unpaid.
///
/// # Errors
/// When the crate was built without this vendor's operations.
pub fn order(new: &NewOrder) -> Result<SpendRequest, Error> {
    SpendRequest::of(VENDOR, "create_order", &[], Some(&new.body()))
}

/// Making an order, unpaid, that renews the packages of another. Which they are is looked up right before sending.
///
/// # Errors
/// As for [`order`].
pub fn renewal(trade_no: &str, new: &NewOrder) -> Result<SpendRequest, Error> {
    Ok(order(new)?.with_context(RENEWS, trade_no))
}
