//! Several programs at once on one account and one journal.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{BUY, Run, Served, start};

/// Runs several purchases at once.
fn at_once(served: &Served, lines: impl Iterator<Item = String>) -> Vec<Run> {
    let children: Vec<_> = lines
        .map(|line| start(&mut served.program(&format!("{BUY} --yes -o csv {line}"))))
        .collect();
    children.into_iter().map(Run::end).collect()
}

#[test]
fn one_key_in_several_programs_buys_once() {
    let served = Served::start();
    for run in at_once(&served, (0..5).map(|_| "-i k".to_owned())) {
        assert!(run.expect(0).stdout.contains("iproyal,20001,"));
    }
    assert_eq!((served.posts(), served.charges()), (1, 1));
}

#[test]
fn the_cap_of_the_day_holds_for_all_of_them_together() {
    let served = Served::start();
    let runs = at_once(&served, (0..8).map(|at| format!("-i k{at} --max-day 35")));
    let refused: Vec<_> = runs.iter().filter(|run| run.code == 1).collect();
    assert_eq!(refused.len(), 5, "{runs:?}");
    for run in refused {
        assert!(run.stderr.contains("above the cap of 35 a day"), "{run:?}");
    }
    assert_eq!(served.charges(), 3);
}
