//! The purchase protocol as a model that is explored state by state.
//!
//! Two processes buy under two keys on one account, with one journal. Between any two of their
//! steps a process may end, lose the lock or give up waiting; requests and answers get lost or
//! come late; the price moves; other buyers make orders; a person decides; time passes.
//! `stateright` visits every state that can be reached within [`Bounds`], and checks the
//! [invariants](INVARIANTS) in each.
//!
//! A [`Guard`] can be left out. Then the invariant that it protects breaks, and the exploration
//! gives the shortest way there. A [`Limit`] is a failure that the protocol does not cover; the
//! exploration shows what breaks beyond it. `docs/GUARANTEES.md` has both tables.
//!
//! # What is the library's, and what is modelled
//!
//! The decision on an unknown outcome is the library's own: `decide.rs` is compiled from its
//! source, and is given the evidence of the modelled vendor.
//! [`EntryState`](proxy_orders::purchase::EntryState) is the library's, too, and `tests/engine.rs`
//! compares what a key allows in each state. The steps of a process are modelled after
//! `execute.rs`, `confirm.rs` and `reconcile/`. Time goes in ticks: a request arrives in the tick
//! in which it is sent or in the next, and after two ticks the grace period is over.

mod decision;
mod events;
mod explore;
mod guards;
mod invariants;
mod protocol;
mod purchase;
mod state;

pub use events::Action;
pub use explore::*;
pub use guards::*;
pub use invariants::{INVARIANTS, SITUATIONS};
pub use protocol::{CAP, KeyAllows, Protocol, allowed_by};
pub use purchase::Funds;
pub use state::*;
