//! IPRoyal's requests that spend, for [`crate::purchase::Buyer::spend`].

use super::{Extension, NewOrder, VENDOR, check_locations, check_scope};
use crate::error::Error;
use crate::purchase::SpendRequest;

/// Making an order.
///
/// # Errors
/// When it names no location, or a quantity below one.
pub fn order(new: &NewOrder) -> Result<SpendRequest, Error> {
    check_locations(new)?;
    SpendRequest::of(VENDOR, "create_order", &[], Some(&new.body()))
}

/// Extending an order.
///
/// # Errors
/// When it is to extend some proxies and names none.
pub fn extension(order_id: i64, extension: &Extension) -> Result<SpendRequest, Error> {
    check_scope(extension)?;
    let path = [("order_id", order_id.to_string())];
    SpendRequest::of(VENDOR, "extend_order", &path, Some(&extension.body()))
}
