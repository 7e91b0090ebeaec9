//! With all guards, no invariant breaks. Without any one of them, the one that it protects does.

use proxy_orders_model::{
    FUNDS, Guard, INVARIANTS, Limit, SCENARIOS, SITUATIONS, break_beyond, break_without, explore,
};

#[test]
fn with_all_guards_no_invariant_breaks() {
    let mut met = Vec::new();
    for scenario in &SCENARIOS {
        for funds in FUNDS {
            let result = explore(scenario, funds);
            let (name, states, time) = (scenario.name, result.states, result.time);
            println!("{name}, {funds:?}: {states} states in {time:.1?}");
            for (invariant, _) in INVARIANTS {
                let way = result.found.get(invariant);
                assert_eq!(way, None, "{invariant}: {name}, {funds:?}");
            }
            met.extend(result.found.into_keys());
        }
    }
    for (situation, _) in SITUATIONS {
        assert!(met.contains(&situation), "never met: {situation}");
    }
}

#[test]
fn without_a_guard_its_invariant_breaks() {
    for guard in Guard::ALL {
        let found = break_without(guard);
        let (scenario, funds, result) = found.unwrap_or_else(|| panic!("not needed: {guard}"));
        let (invariant, name, states) = (guard.protects(), scenario.name, result.states);
        println!("{guard:<32} {invariant:<46} {name}, {funds:?}, {states} states");
    }
}

#[test]
fn beyond_a_limit_its_invariant_breaks() {
    for limit in Limit::ALL {
        let found = break_beyond(limit);
        let (scenario, funds, result) = found.unwrap_or_else(|| panic!("no limit: {limit}"));
        let (invariant, name, states) = (limit.breaks(), scenario.name, result.states);
        println!("{limit:<36} {invariant:<46} {name}, {funds:?}, {states} states");
    }
}
