//! Several programs at once on one account and one journal.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::process::{Child, Stdio};

use common::{BUY, Run, Served};

fn start(served: &Served, key: &str, more: &[&str]) -> Child {
    let words = [
        BUY.as_slice(),
        &["--yes", "--idempotency-key", key, "-o", "csv"],
        more,
    ]
    .concat();
    let mut command = served.program(&words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn ends(children: Vec<Child>) -> Vec<Run> {
    let ends = children
        .into_iter()
        .map(|it| it.wait_with_output().unwrap());
    ends.map(Run::from).collect()
}

#[test]
fn one_key_in_several_programs_buys_once() {
    let served = Served::start();
    let children = (0..5).map(|_| start(&served, "k", &[])).collect();
    for run in ends(children) {
        assert!(run.expect(0).stdout.contains("iproyal,20001,"));
    }
    assert_eq!((served.posts(), served.sandbox.ledger().len()), (1, 1));
}

#[test]
fn the_cap_of_the_day_holds_for_all_of_them_together() {
    let served = Served::start();
    let children = (0..8)
        .map(|at| start(&served, &format!("k{at}"), &["--max-day", "35"]))
        .collect();
    let runs = ends(children);
    let refused: Vec<_> = runs.iter().filter(|run| run.code == 1).collect();
    assert_eq!(refused.len(), 5, "{runs:?}");
    for run in refused {
        assert!(run.stderr.contains("above the cap of 35 a day"), "{run:?}");
    }
    assert_eq!(served.sandbox.ledger().len(), 3);
}
