//! The words that all vendors share.
//!
//! Everything here can be read from any answer: a type of this module never refuses what a vendor sends. What it can't make
//! sense of, it keeps as text, because an order that was paid for must not be lost to one odd field.

mod amounts;
mod effect;
mod endpoint;
mod gateway;
pub(crate) mod lenient;
mod moment;
pub(crate) mod open;
mod order;
#[cfg(feature = "schemars")]
pub(crate) mod schema;
mod secret;
pub(crate) mod url;
mod vendor;

pub use amounts::{Cents, Money};
pub use effect::Effect;
pub use endpoint::{Protocol, ProxyEndpoint, ProxyEntry};
pub use gateway::{Gateway, InvalidGateway};
pub use moment::Moment;
pub use order::{Order, OrderState};
pub use secret::Secret;
pub use vendor::{UnknownVendor, Vendor};
