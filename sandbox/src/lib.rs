//! The order APIs of the [vendors](Vendor), simulated on loopback.
//!
//! A sandbox is a small HTTP server that answers as the vendors document, from a world of
//! products, cards and orders in memory. Orders cost play money, get proxies that lead nowhere,
//! and expire and extend by a clock that a test can move. The sandbox is written from the
//! vendors' documentation and shares no type with any client, so that both do not share a
//! misreading.
//!
//! ```
//! use std::time::Duration;
//!
//! use proxy_orders_sandbox::{Cause, Fault, FaultMode, Sandbox, Vendor, fingerprint};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::builder().seed(7).start().await?;
//! // The answer to the first purchase will be lost on the way.
//! sandbox.faults(vec![Fault {
//!     vendor: Some(Vendor::ProxyShard),
//!     operation: Some("purchase_order".to_owned()),
//!     times: Some(1),
//!     ..Fault::new(FaultMode::DropAfter)
//! }])?;
//!
//! let url = format!("{}/user/api/orders/purchase", sandbox.base_url(Vendor::ProxyShard));
//! let answer = reqwest::Client::new()
//!     .post(url)
//!     .header("Authorization", "Bearer sandbox-me")
//!     .body(r#"{"product":"Standart Residential Proxy","quantity":2}"#)
//!     .send()
//!     .await;
//! assert!(answer.is_err());
//!
//! // The order was bought nevertheless.
//! let ledger = sandbox.ledger();
//! assert_eq!(ledger.len(), 1);
//! assert_eq!(ledger[0].account, fingerprint("sandbox-me"));
//! assert_eq!(ledger[0].amount, "5.00");
//! assert_eq!(ledger[0].cause, Cause::Purchase);
//!
//! // A week later, by the sandbox's clock, orders that renew themselves have been charged.
//! sandbox.advance(Duration::from_secs(7 * 24 * 60 * 60));
//! assert!(sandbox.ledger().iter().any(|charge| charge.cause == Cause::AutoRenewal));
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! A credential is accepted if it begins with `sandbox-` (a vendor may demand a length as well).
//! Each one has a world of its own: tests that run at the same time on one sandbox do not meet if
//! they use different credentials. All worlds begin alike, and the same seed and start instant make
//! the same world again. Every sample call in the vendors' documentation succeeds with only the
//! host and the key changed.
//!
//! A world survives its sandbox with a [state file](SandboxBuilder::state_file), and has as many
//! orders as a test of long lists needs with [extra orders](SandboxBuilder::extra_orders).
//!
//! # Control
//!
//! The methods of a [`Sandbox`] are also there over HTTP, for programs in other languages, if
//! [`SandboxBuilder::control`] turns the control API on:
//!
//! | request | effect |
//! |---|---|
//! | `POST /_sandbox/reset` | begins anew: fresh accounts, empty ledger, no faults, no requests |
//! | `POST /_sandbox/clock` | moves the clock forward |
//! | `POST /_sandbox/faults` | replaces the faults |
//! | `GET /_sandbox/faults` | returns the faults, with what is left of their times |
//! | `DELETE /_sandbox/faults` | removes every fault |
//! | `GET /_sandbox/ledger` | returns every [`Charge`], oldest first |
//! | `GET /_sandbox/requests` | returns the last requests, oldest first, with keys masked |
//! | `GET /_sandbox/state` | returns clock, seed, faults, and each account's balance and orders |
//!
//! The body of a reset is `{"seed": 7}`; without a seed, the last one stays. The clock takes
//! `{"advance_seconds": 3600}`. A fault is `{"vendor": "iproyal", "operation": "create_order",
//! "mode": "drop-after", "times": 1, "probability": 0.5}`. Only the mode is required; a member that
//! is left out stands for any vendor, any operation, any number of times, and certainty. Operations
//! have the ids of the OpenAPI files, and modes the names of [`FaultMode`] in kebab-case. Chances
//! are drawn from the seed, so that the same calls in the same order meet the same faults.
//!
//! A call may name its caller in the header `x-sandbox-caller`. Then its faults depend on the calls
//! of this caller alone, and [`Sandbox::spent`] tells what the caller bought. A name has 100 bytes
//! at most.
//!
//! All answers are JSON. Invalid input is answered with 400 and a `message` that names it. The clock
//! goes ten years further at most by one call, and a hundred years in all.
//!
//! # Callers
//!
//! A sandbox listens on loopback alone. Requests of any kind whose `Host` is not this machine, or
//! whose `Origin` or `Sec-Fetch-Site` is another site, are answered with 403, so that no web page
//! in a browser can order in a sandbox or control it. A request that does not arrive
//! [in time](SandboxBuilder::request_timeout) is ended. What callers add is kept up to a
//! [limit](SandboxBuilder::storage_limit); from then on, what would add to it is answered with 507.
//!
//! # Limits
//!
//! The vendors document few of their failures. The others are modelled on the framework that each
//! vendor seems to use. A client that works here is not proven to work with the vendor.

#![forbid(unsafe_code)]

mod account;
mod answer;

mod clock;
mod conditions;
mod control;
mod fault_mode;
mod faults;
mod ledger;
mod listener;
mod local;
mod operations;
mod page;
mod random;
mod recorder;
mod request;
mod requests;
mod server;
mod simulation;
mod state;
mod state_file;
mod values;
mod vendor;
mod wallet;
mod words;
mod world;

pub use account::fingerprint;
pub use fault_mode::FaultMode;
pub use faults::{Fault, InvalidFault};
pub use ledger::{Charge, Spent};
pub use requests::RecordedRequest;
pub use server::{Sandbox, SandboxBuilder};
pub use simulation::SampleSpend;
pub use state::{AccountState, State};
pub use vendor::*;
pub use wallet::Cause;
