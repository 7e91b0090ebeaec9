//! The order APIs of IPRoyal, ProxyShard and SmartProxy, simulated on loopback.
//!
//! A sandbox is a small HTTP server that answers the way the three vendors document, from a world
//! of products, cards and orders that it keeps in memory. Orders bought in it cost a balance that
//! nobody paid for, get proxies that lead nowhere, expire and extend by a clock that a test can
//! move. It is written from the vendors' own documentation and shares no type with any client, so
//! that a misreading in a client does not meet the same misreading here.
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
//! // It was bought all the same.
//! let ledger = sandbox.ledger();
//! assert_eq!(ledger.len(), 1);
//! assert_eq!(ledger[0].account, fingerprint("sandbox-me"));
//! assert_eq!(ledger[0].amount, "5.00");
//! assert_eq!(ledger[0].cause, Cause::Purchase);
//!
//! // A week later, by the sandbox's clock, orders that renew themselves have cost something, too.
//! sandbox.advance(Duration::from_secs(7 * 24 * 60 * 60));
//! assert!(sandbox.ledger().iter().any(|charge| charge.cause == Cause::AutoRenewal));
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! A credential is accepted if it begins with `sandbox-` (SmartProxy's must have 32 characters as
//! well), and each one has a world of its own: tests that run at the same time on one sandbox do
//! not meet if they use different credentials. All worlds begin alike, and the same seed and start
//! instant make the same world again. It holds everything that the sample calls in the vendors'
//! documentation name, so that those calls succeed with only the host and the key changed.
//!
//! Made to last ([`SandboxBuilder::state_file`]), a world survives the sandbox. Made large
//! ([`SandboxBuilder::extra_orders`]), it has as many orders as one likes, and lists take no longer
//! for it.
//!
//! # Control
//!
//! What a [`Sandbox`] can be told, programs in other languages can tell it over HTTP, if that is
//! turned on by [`SandboxBuilder::control`]:
//!
//! | request | what it does |
//! |---|---|
//! | `POST /_sandbox/reset` `{"seed": 7}` | begins anew: fresh accounts, an empty ledger, no faults, no requests, the clock where it began; without a seed, with the one that there was |
//! | `POST /_sandbox/clock` `{"advance_seconds": 3600}` | moves the clock forward |
//! | `POST /_sandbox/faults` `[{...}]` | makes things go wrong, in place of what went wrong so far |
//! | `GET /_sandbox/faults` | the faults, with what is left of their times |
//! | `DELETE /_sandbox/faults` | lets nothing go wrong any more |
//! | `GET /_sandbox/ledger` | every [`Charge`], oldest first |
//! | `GET /_sandbox/requests` | the last requests at the vendors, oldest first, keys masked |
//! | `GET /_sandbox/state` | the clock, the seed, the faults, and for each vendor its accounts with their balances and how many orders of each status they have |
//!
//! A fault is `{"vendor": "iproyal", "operation": "create_order", "mode": "drop-after", "times": 1,
//! "probability": 0.5}`. Only the mode is required; what is left out means any vendor, any
//! operation, for ever and always. Operations go by the ids of the OpenAPI files, and the modes are
//! those of [`FaultMode`] in kebab-case. Odds are drawn from the seed, so that the same calls in the
//! same order meet the same faults.
//!
//! All answers are JSON. What makes no sense is answered with 400 and a `message` that names it.
//! Requests whose `Host` is not this machine, or whose `Origin` is somebody else's, are refused: no
//! web page that is open in a browser can control a sandbox.
//!
//! # What it is not
//!
//! What the vendors leave undocumented, above all their failures, is modelled on what is usual for
//! the framework that each of them seems to use. A client that works here has not been proven to
//! work there.

#![forbid(unsafe_code)]

mod account;
mod answer;
mod charge;
mod clock;
mod conditions;
mod control;
mod fault_mode;
mod faults;
mod ledger;
mod listener;
mod operations;
mod page;
mod random;
mod request;
mod requests;
mod server;
mod simulation;
mod state;
mod state_file;
mod values;
mod vendor;
mod words;
mod world;

pub use account::fingerprint;
pub use charge::Cause;
pub use fault_mode::FaultMode;
pub use faults::{Fault, InvalidFault};
pub use ledger::Charge;
pub use requests::RecordedRequest;
pub use server::{Sandbox, SandboxBuilder};
pub use state::{AccountState, State};
pub use vendor::*;
