//! Explores a model and says what was found.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model};

use crate::protocol::{Action, Protocol};

/// The result of an exploration.
#[derive(Debug)]
pub struct Exploration {
    /// The number of different states.
    pub states: usize,
    /// The time that it took.
    pub time: Duration,
    /// The invariants that broke and the situations that were met, each with the shortest way there.
    pub found: BTreeMap<&'static str, Vec<Action>>,
}

/// Explores every state, or up to the first that breaks the invariant, if one is named.
pub fn explore(model: Protocol, until: Option<&'static str>) -> Exploration {
    let start = Instant::now();
    let finish = match until {
        Some(name) => HasDiscoveries::AnyOf([name].into()),
        None => HasDiscoveries::All,
    };
    let checker = model.checker().finish_when(finish).spawn_bfs().join();
    let discoveries = checker.discoveries().into_iter();
    Exploration {
        states: checker.unique_state_count(),
        time: start.elapsed(),
        found: discoveries
            .map(|(name, path)| (name, path.into_actions()))
            .collect(),
    }
}
