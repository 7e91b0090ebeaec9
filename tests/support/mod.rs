//! Shared parts of the tests: servers on real sockets, clients that lead to any server, a sandbox
//! with a journal, the specs as they stand in their YAML, and the vendors' documentation as tables.

#![allow(dead_code, reason = "each test file uses a part of this")]

pub mod calls;
pub mod clients;
pub mod faulty;
pub mod fixture;
pub mod hostile;
pub mod recorder;
pub mod relay;
pub mod spec;

use std::fs;
use std::path::{Path, PathBuf};

use proxy_orders::operation::Operation;
use proxy_orders::{Effect, Vendor};

/// Returns a file below the package.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the rows of a tab-separated file below `tests/documented`, each as columns. Short rows
/// are filled up with empty columns.
pub fn rows<const COLUMNS: usize>(name: &str) -> Vec<[String; COLUMNS]> {
    let text = fs::read_to_string(file("tests/documented").join(name)).unwrap();
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    assert_eq!(header.split('\t').count(), COLUMNS, "{name}: {header}");
    let rows: Vec<_> = lines
        .map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            let row = std::array::from_fn(|_| cells.next().unwrap_or_default());
            assert!(cells.next().is_none(), "{name}: too many columns: {line}");
            row
        })
        .collect();
    assert!(!rows.is_empty(), "{name} is empty");
    rows
}

/// Returns the operations of all vendors.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    Vendor::all().iter().copied().flat_map(|it| it.operations())
}

/// Returns the operations of all vendors that have one of these effects.
pub fn with_effect(effects: &[Effect]) -> Vec<&'static Operation> {
    let all = operations();
    all.filter(|it| effects.contains(&it.effect)).collect()
}

/// Returns the vendor that a word names.
pub fn vendor(word: &str) -> Vendor {
    word.parse().unwrap()
}

/// Fails a test with all problems that it found, not only with the first.
#[track_caller]
pub fn report(what: &str, problems: &[String]) {
    let count = problems.len();
    let problems = problems.join("\n  ");
    assert!(count == 0, "{count} {what}:\n  {problems}\n");
}
