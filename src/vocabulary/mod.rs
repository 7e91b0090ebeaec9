//! The types that all vendors share.
//!
//! A type that is read from an answer accepts every value: what it does not understand, it keeps as
//! text. An order that was paid for must not be lost because of one odd field.

mod amounts;
mod effect;
mod endpoint;
mod gateway;
pub(crate) mod lenient;
mod moment;
pub(crate) mod open;
mod order;
pub(crate) mod prefixed_map;
#[cfg(feature = "schemars")]
pub(crate) mod schema;
mod secret;
pub(crate) mod url;
mod vendor;
pub(crate) mod word;

pub use amounts::{Cents, InvalidAmount, Money};
pub use effect::Effect;
pub use endpoint::{Protocol, ProxyEndpoint, ProxyEntry};
pub use gateway::{Gateway, InvalidGateway};
pub use moment::Moment;
pub use order::{Order, OrderState};
pub use secret::Secret;
pub use vendor::Vendor;
pub use word::UnknownWord;
