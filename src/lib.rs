#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(all(feature = "iproyal", feature = "proxyshard", feature = "smartproxy")),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "what one vendor alone needs is unused without it"
    )
)]

#[cfg(not(any(feature = "iproyal", feature = "proxyshard", feature = "smartproxy")))]
compile_error!(
    "proxy-orders needs at least one of the features `iproyal`, `proxyshard`, `smartproxy`"
);

pub mod account;
mod client;
mod encoding;
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
pub mod vocabulary;

pub use account::{Account, Offer, PollOptions, Purchase, Quote, Renewal};
pub use client::{ClientBuilder, FromTransport};
pub use error::{Error, Kind as ErrorKind, Outcome, RawAnswer};
pub use rust_decimal::Decimal;
pub use transport::{Limits, RawRequest, RawResponse, RetryPolicy, RetryRule, Timeouts, Transport};
pub use vocabulary::{
    Cents, Effect, Moment, Money, Order, OrderState, Protocol, ProxyEndpoint, Secret, Vendor,
};
