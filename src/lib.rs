#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(every_vendor),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "what one vendor alone needs is unused without it"
    )
)]

// `vendors!`, the list of all vendors whose feature is on.
include!(concat!(env!("OUT_DIR"), "/vendors.rs"));

pub mod account;
mod any_client;
mod client;
mod error;
pub mod export;
mod generated;
#[cfg(feature = "iproyal")]
pub mod iproyal;
pub mod operation;
#[cfg(feature = "proxyshard")]
pub mod proxyshard;
#[cfg(feature = "purchase")]
pub mod purchase;
#[cfg(feature = "smartproxy")]
pub mod smartproxy;
mod support;
pub mod transport;
pub mod vendor;
pub mod vocabulary;

pub use account::{Account, Offer, OrderChange, PollOptions, Purchase, Quote, Renewal};
pub use any_client::AnyClient;
pub use client::ClientBuilder;
pub use error::{Error, Kind as ErrorKind, Outcome, RawAnswer};
pub use rust_decimal::Decimal;
pub use transport::{Limits, RawRequest, RawResponse, RetryPolicy, RetryRule, Timeouts, Transport};
pub use vocabulary::{
    Cents, Effect, Moment, Money, Order, OrderState, Protocol, ProxyEndpoint, Secret, Vendor,
};
