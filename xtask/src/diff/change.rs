//! The changes that are found between two versions of a spec.

use std::fmt;

/// The meaning of a change for those who use what it changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing that anyone could notice.
    #[default]
    None,
    /// Everything that worked before works as before.
    Compatible,
    /// Something that worked before no longer works, or no longer compiles.
    Breaking,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::None => "none",
            Verdict::Compatible => "compatible",
            Verdict::Breaking => "BREAKING",
        })
    }
}

/// The users whom a change concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Users of the Rust library.
    Rust,
    /// Users who feed the spec to another generator, or write requests themselves.
    Wire,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Side::Rust => "Rust",
            Side::Wire => "wire",
        })
    }
}

/// A change, at one or more places.
#[derive(Clone, Debug)]
pub struct Change {
    pub side: Side,
    pub verdict: Verdict,
    /// Operations or types.
    pub places: Vec<String>,
    pub text: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first: Vec<_> = self.places.iter().take(3).map(String::as_str).collect();
        f.write_str(&first.join(", "))?;
        match self.places.len() - first.len() {
            0 => {}
            more => write!(f, " and {more} more")?,
        }
        write!(f, ": {}", self.text)
    }
}

/// Merges the changes that differ in their places alone, and sorts them, the worst first.
pub fn merged(changes: Vec<Change>) -> Vec<Change> {
    let mut merged: Vec<Change> = Vec::new();
    for change in changes {
        let is_same = |it: &&mut Change| {
            (it.side, it.verdict, &it.text) == (change.side, change.verdict, &change.text)
        };
        match merged.iter_mut().find(is_same) {
            Some(same) => same.places.extend(change.places),
            None => merged.push(change),
        }
    }
    merged.sort_by_key(|change| std::cmp::Reverse(change.verdict));
    merged
}

/// The worst verdict on one side.
pub fn worst<'a>(changes: impl IntoIterator<Item = &'a Change>, side: Side) -> Verdict {
    let changes = changes.into_iter().filter(|change| change.side == side);
    changes
        .map(|change| change.verdict)
        .max()
        .unwrap_or_default()
}
