//! The purchase protocol as a model that is explored state by state.

mod decision;
mod explore;
mod guards;
mod invariants;
mod protocol;
mod purchase;
mod state;

pub use explore::{Exploration, explore};
pub use guards::*;
pub use invariants::SITUATIONS;
pub use protocol::{Action, CAP, Protocol};
pub use purchase::Funds;
pub use state::{Bounds, State};
