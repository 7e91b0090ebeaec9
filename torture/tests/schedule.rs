//! The seed alone replays the schedule.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::process::Command;

/// Returns the choices of a run, by name.
fn choices(parallel: &str) -> BTreeMap<String, String> {
    let run = Command::new(env!("CARGO_BIN_EXE_proxy-orders-torture"))
        .args([
            "--runs",
            "13",
            "--seed",
            "5",
            "--others",
            "50",
            "--schedule",
        ])
        .args(["--buyers", "2", "--parallel", parallel])
        .env_remove("PROXY_ORDERS_TORTURE_JOURNAL")
        .output()
        .unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{out}");
    let lines = out.lines().filter(|it| it.starts_with("sandbox-torture-"));
    let pairs = lines.map(|it| it.split_once(": ").unwrap());
    let (subjects, choices): (Vec<_>, Vec<_>) = pairs.unzip();
    let named = subjects.into_iter().zip(choices).map(|(subject, choice)| {
        let (what, choice) = choice.split_once(": ").unwrap();
        (format!("{subject}: {what}"), choice.to_owned())
    });
    named.collect()
}

#[test]
fn the_seed_alone_replays_the_schedule() {
    let (one, other) = (choices("1"), choices("2"));
    for (name, choice) in &one {
        // How often a purchase is tried and reconciled depends on the time as well.
        if let Some(again) = other.get(name) {
            assert_eq!(choice, again, "{name}");
        }
    }
    for what in [": purchase", ": attempt 0"] {
        let count =
            |all: &BTreeMap<String, String>| all.keys().filter(|it| it.ends_with(what)).count();
        assert_eq!((count(&one), count(&other)), (13, 13), "{what}");
    }
}
