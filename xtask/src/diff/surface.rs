//! The Rust surface, from two snapshots of `tests/snapshots/<vendor>_types.snap`: a line that is
//! gone breaks, a new one does not.

use std::collections::BTreeSet;

use super::change::{Change, Side, Verdict};
use crate::build::table::Table;

/// A line of a snapshot, after the item that it belongs to.
type Line = (String, String);

/// Returns the lines that differ. `old` is the operation table of the older side.
pub fn changes(old_text: &str, new_text: &str, old: &Table) -> Vec<Change> {
    let [before, now] = [lines(old_text), lines(new_text)];
    let removed = lone(&before, &now).map(|(item, line)| {
        let text = format!("`{line}` is gone");
        change(item, Verdict::Breaking, text)
    });
    let added = lone(&now, &before).map(|(item, line)| {
        // A `match` on a closed enum lacks an arm, and the literal of a body lacks a field.
        let is_exhaustive = match item.split_once(' ') {
            Some(("enum", _)) => true,
            Some(("struct", name)) => {
                let mut bodies = old.operations.iter().filter_map(|it| it.request.as_ref());
                bodies.any(|body| body == name)
            }
            _ => false,
        };
        let verdict = match is_exhaustive && has(&before, item) {
            true => Verdict::Breaking,
            false => Verdict::Compatible,
        };
        change(item, verdict, format!("`{line}` is new"))
    });
    removed.chain(added).collect()
}

fn change(item: &str, verdict: Verdict, text: String) -> Change {
    Change {
        side: Side::Rust,
        verdict,
        places: vec![item.to_owned()],
        text,
    }
}

fn has(lines: &BTreeSet<Line>, item: &str) -> bool {
    lines.iter().any(|(it, _)| it == item)
}

/// The lines that the other side does not have. Of an item that it does not have at all, the first
/// line is enough.
fn lone<'a>(
    lines: &'a BTreeSet<Line>,
    other: &'a BTreeSet<Line>,
) -> impl Iterator<Item = &'a Line> {
    let lines = lines.difference(other);
    lines.filter(move |(item, line)| line.starts_with(item.as_str()) || has(other, item))
}

/// The lines of a snapshot, each with the item that it belongs to.
fn lines(snapshot: &str) -> BTreeSet<Line> {
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
            let is_long = ["open enum ", "prefixed map "]
                .iter()
                .any(|it| line.starts_with(it));
            let count = if is_long { 3 } else { 2 };
            item = words.take(count).collect::<Vec<_>>().join(" ");
        }
        lines.insert((item.clone(), line.trim().to_owned()));
    }
    lines
}
