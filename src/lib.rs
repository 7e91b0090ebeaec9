// The README's links that lead into the repository lead to the package or to a module here: the
// first definition of a link counts.
#![doc = "[specs]: https://docs.rs/crate/proxy-orders/latest/source/openapi/README.md"]
#![doc = "[other-languages]: https://docs.rs/crate/proxy-orders/latest/source/openapi/README.md"]
#![doc = "[operations]: crate::operation"]
#![doc = "[architecture]: https://docs.rs/crate/proxy-orders/latest/source/ARCHITECTURE.md"]
#![doc = "[glossary]: https://docs.rs/crate/proxy-orders/latest/source/docs/GLOSSARY.md"]
#![doc = ""]
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(every_vendor),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "some items are used by one vendor only"
    )
)]

// `vendors!`, the list of all vendors whose feature is on.
include!(concat!(env!("OUT_DIR"), "/vendors.rs"));

pub mod account;
mod any_client;
mod cleaning;
mod client;
mod error;
pub mod export;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
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

pub use account::{Account, Offer, OrderChange, PollOptions, Purchase, Question, Quote, Renewal};
pub use any_client::AnyClient;
pub use cleaning::printable;
pub use client::ClientBuilder;
pub use error::{Error, Kind as ErrorKind, Outcome, RawAnswer};
pub use rust_decimal::Decimal;
pub use transport::{Limits, RawRequest, RawResponse, RetryPolicy, RetryRule, Timeouts, Transport};
pub use vocabulary::{
    Cents, Effect, Moment, Money, Order, OrderState, Protocol, ProxyEndpoint, Secret, Vendor,
};
// The crates whose types are in this one's signatures.
#[cfg(feature = "schemars")]
pub use schemars;
pub use {bytes, http, jiff, reqwest, rust_decimal, serde_json};

const _: () = {
    const fn assert_send_sync<T: Send + Sync>() {}
    assert_send_sync::<AnyClient>();
    assert_send_sync::<ClientBuilder<AnyClient>>();
    assert_send_sync::<Error>();
    assert_send_sync::<Transport>();
};
