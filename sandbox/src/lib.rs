//! The order APIs of IPRoyal, ProxyShard and SmartProxy, simulated on loopback.
//!
//! A sandbox is a small HTTP server that answers the way the three vendors document, from a world
//! of products, cards and orders that it keeps in memory. Orders bought in it cost a balance that
//! nobody paid for, get proxies that lead nowhere, expire and extend by a clock that a test can
//! move. It is written from the vendors' own documentation and shares no type with any client, so
//! that a misreading in a client does not meet the same misreading here.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let sandbox = proxy_orders_sandbox::Sandbox::start().await?;
//! println!("{}", sandbox.iproyal_base_url());
//! sandbox.advance(std::time::Duration::from_secs(24 * 60 * 60));
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
//! What the vendors leave undocumented, above all their failures, is modelled on what is usual for
//! the framework that each of them seems to use. A client that works here has not been proven to
//! work there.

#![forbid(unsafe_code)]

mod answer;
mod clock;
mod input;
pub mod iproyal;
pub mod proxyshard;
mod random;
mod requests;
mod server;
pub mod smartproxy;
mod world;

pub use requests::RecordedRequest;
pub use server::{Sandbox, SandboxBuilder};
