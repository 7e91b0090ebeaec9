//! Proxy orders.

pub mod account;
mod client;
mod error;
mod generated;
#[cfg(feature = "iproyal")]
pub mod iproyal;
pub mod operation;
#[cfg(feature = "proxyshard")]
pub mod proxyshard;
#[cfg(feature = "smartproxy")]
pub mod smartproxy;
mod support;
mod transport;
pub mod vocabulary;

pub use account::{Account, Offer, Patience, Purchase, Quote, Renewal};
pub use client::{ClientBuilder, FromTransport};
pub use error::{Error, Kind as ErrorKind, Outcome, RawAnswer};
pub use transport::{
    Access, Decision, Failure, RawRequest, RawResponse, RetryPolicy, Settings, Situation, Timeouts,
    Transport, access,
};
pub use vocabulary::{
    Cents, Effect, Moment, Money, Order, OrderState, Protocol, ProxyEndpoint, Secret, Vendor,
};
