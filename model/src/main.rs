//! Explores the model and prints the tables of `docs/GUARANTEES.md`.
//!
//! ```sh
//! cargo run --release -p proxy-orders-model
//! ```

use std::process::ExitCode;

use proxy_orders_model::{
    Action, Exploration, FUNDS, Funds, Guard, INVARIANTS, LARGE, Limit, SCENARIOS, Scenario,
    break_beyond, break_without, explore,
};

fn main() -> ExitCode {
    let mut is_as_expected = true;
    println!("With all guards:");
    for scenario in SCENARIOS.iter().chain(&LARGE) {
        for funds in FUNDS {
            let result = explore(scenario, funds);
            println!(
                "  {:<36} {funds:<8?} {:>9} states {:>7.1} s",
                scenario.name,
                result.states,
                result.time.as_secs_f64()
            );
            for (name, _) in INVARIANTS {
                if let Some(way) = result.found.get(name) {
                    is_as_expected = false;
                    println!("    BROKEN: {name}: {}", words(way));
                }
            }
        }
    }
    println!("Without a guard:");
    for guard in Guard::ALL {
        is_as_expected &= show(&guard.to_string(), guard.protects(), break_without(guard));
    }
    println!("Beyond a limit:");
    for limit in Limit::ALL {
        is_as_expected &= show(&limit.to_string(), limit.breaks(), break_beyond(limit));
    }
    match is_as_expected {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Prints what breaks, and how. Returns true if anything does.
fn show(
    what: &str,
    invariant: &'static str,
    found: Option<(Scenario, Funds, Exploration)>,
) -> bool {
    let Some((scenario, _, result)) = found else {
        println!("  {what:<36} NOTHING BREAKS");
        return false;
    };
    println!(
        "  {what:<36} {invariant:<46} ({}, {} states)",
        scenario.name, result.states
    );
    println!("    {}", words(&result.found[invariant]));
    true
}

fn words(way: &[Action]) -> String {
    let steps: Vec<_> = way.iter().map(|step| format!("{step:?}")).collect();
    steps.join(", ")
}
