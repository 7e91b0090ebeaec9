//! The Rust surface, from two snapshots of `tests/snapshots/<vendor>_types.snap`: a line that is
//! gone breaks, a new one does not.

use std::collections::BTreeSet;

use super::change::{Change, Side, Verdict};
use crate::build::table::Table;

/// Returns the lines that differ. `old` is the operation table of the older side.
pub fn changes(old_text: &str, new_text: &str, old: &Table) -> Vec<Change> {
    let [before, now] = [lines(old_text), lines(new_text)];
    let bodies: BTreeSet<_> = old
        .operations
        .iter()
        .filter_map(|it| it.request.as_ref())
        .collect();
    // Of an item that comes or goes as a whole, one line is enough.
    let is_in =
        |lines: &BTreeSet<(String, String)>, item: &str| lines.iter().any(|(it, _)| it == item);
    let removed = before.difference(&now);
    let removed =
        removed.filter(|(item, line)| is_in(&now, item) || line.starts_with(item.as_str()));
    let removed = removed.map(|(item, line)| Change {
        side: Side::Rust,
        verdict: Verdict::Breaking,
        places: vec![item.clone()],
        text: format!("`{line}` is gone"),
    });
    let added = now.difference(&before);
    let added =
        added.filter(|(item, line)| is_in(&before, item) || line.starts_with(item.as_str()));
    let added = added.map(|(item, line)| {
        // A `match` on a closed enum lacks an arm, and the literal of a body lacks a field.
        let is_exhaustive = match item.split_once(' ') {
            Some(("enum", _)) => true,
            Some(("struct", name)) => bodies.iter().any(|body| *body == name),
            _ => false,
        };
        Change {
            side: Side::Rust,
            verdict: match is_in(&before, item) && is_exhaustive {
                true => Verdict::Breaking,
                false => Verdict::Compatible,
            },
            places: vec![item.clone()],
            text: format!("`{line}` is new"),
        }
    });
    removed.chain(added).collect()
}

/// The lines of a snapshot, each with the item that it belongs to.
fn lines(snapshot: &str) -> BTreeSet<(String, String)> {
    // Above the text stands a head between two lines of hyphens.
    let text = match snapshot.strip_prefix("---\n") {
        Some(rest) => rest.split_once("\n---\n").map_or("", |(_, text)| text),
        None => snapshot,
    };
    let mut item = String::new();
    let mut lines = BTreeSet::new();
    for line in text.lines() {
        if !line.starts_with(' ') {
            let words = line.split([' ', ',', '(']);
            let count = if line.starts_with("open enum ") { 3 } else { 2 };
            item = words.take(count).collect::<Vec<_>>().join(" ");
        }
        lines.insert((item.clone(), line.trim().to_owned()));
    }
    lines
}
