//! Explores a model and says what was found.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model};

use crate::events::Action;
use crate::guards::{Guard, Limit};
use crate::protocol::Protocol;
use crate::purchase::Funds;
use crate::state::Bounds;

/// The bounds of an exploration, under a name.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The name.
    pub name: &'static str,
    /// The number of times that each event may happen.
    pub bounds: Bounds,
}

const NOTHING: Bounds = Bounds {
    spends: 2,
    ticks: 2,
    lock_losses: 0,
    foreign_orders: 0,
    decisions: 0,
    overrides: 0,
    price_moves: 0,
};

/// Scenarios that together need every guard. Each has two spends if not said otherwise, by two
/// processes, under the same key or under two, with a crash at any step and with answers and
/// requests that get lost.
pub const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "one order of others",
        bounds: Bounds {
            foreign_orders: 1,
            ..NOTHING
        },
    },
    Scenario {
        name: "lost lock, person, moving price",
        bounds: Bounds {
            lock_losses: 1,
            decisions: 1,
            overrides: 1,
            price_moves: 1,
            ..NOTHING
        },
    },
    Scenario {
        name: "two orders of others",
        bounds: Bounds {
            foreign_orders: 2,
            ..NOTHING
        },
    },
    Scenario {
        name: "lost lock, person, one order each",
        bounds: Bounds {
            spends: 1,
            lock_losses: 1,
            foreign_orders: 1,
            decisions: 1,
            ..NOTHING
        },
    },
];

/// A larger scenario, for the program: some million states.
pub const LARGE: [Scenario; 1] = [Scenario {
    name: "everything",
    bounds: Bounds {
        lock_losses: 1,
        foreign_orders: 1,
        decisions: 1,
        overrides: 1,
        price_moves: 1,
        ..NOTHING
    },
}];

/// The sources of the money: a vendor with a balance, and one that is paid later.
pub const FUNDS: [Funds; 2] = [Funds::Balance, Funds::Later];

/// The result of an exploration.
#[derive(Debug)]
pub struct Exploration {
    /// The number of different states.
    pub states: usize,
    /// The time that it took.
    pub time: Duration,
    /// The invariants that broke and the situations that were met, each with a way there.
    pub found: BTreeMap<&'static str, Vec<Action>>,
}

/// Explores every state with all guards.
pub fn explore(scenario: &Scenario, funds: Funds) -> Exploration {
    let model = Protocol {
        without: None,
        limit: None,
        bounds: scenario.bounds,
        funds,
    };
    run(model, HasDiscoveries::All)
}

/// Looks for a way to break the invariant that a guard protects, without the guard.
pub fn break_without(guard: Guard) -> Option<(Scenario, Funds, Exploration)> {
    search(Some(guard), None, guard.protects())
}

/// Looks for a way to break the invariant that a limit concerns, beyond the limit.
pub fn break_beyond(limit: Limit) -> Option<(Scenario, Funds, Exploration)> {
    search(None, Some(limit), limit.breaks())
}

/// Returns the first scenario in which the invariant breaks, with the shortest way there.
fn search(
    without: Option<Guard>,
    limit: Option<Limit>,
    invariant: &'static str,
) -> Option<(Scenario, Funds, Exploration)> {
    let scenarios = SCENARIOS.into_iter();
    let cases = scenarios.flat_map(|scenario| FUNDS.map(|funds| (scenario, funds)));
    cases
        .map(|(scenario, funds)| {
            let model = Protocol {
                without,
                limit,
                bounds: scenario.bounds,
                funds,
            };
            let until = HasDiscoveries::AnyOf([invariant].into());
            (scenario, funds, run(model, until))
        })
        .find(|(_, _, result)| result.found.contains_key(invariant))
}

fn run(model: Protocol, finish: HasDiscoveries) -> Exploration {
    let start = Instant::now();
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
