//! The section `### Specs` under `## Unreleased` in CHANGELOG.md.

use super::change::{Change, Verdict};
use crate::error::TaskError;

const UNRELEASED: &str = "## Unreleased\n";
const SPECS: &str = "### Specs\n";

/// The text of the section, from the changes of each vendor. `None` when there are none.
pub fn section(since: &str, changes: &[(String, Vec<Change>)]) -> Option<String> {
    let lines = changes.iter().flat_map(|(vendor, changes)| {
        changes.iter().map(move |change| {
            let mark = match change.verdict {
                Verdict::Breaking => format!("**Breaking ({}):** ", change.side),
                _ => String::new(),
            };
            format!("- {mark}{vendor}: {change}\n")
        })
    });
    let lines: String = lines.collect();
    let head = format!("{SPECS}\nBy `cargo xtask diff {since} --changelog`:\n\n");
    (!lines.is_empty()).then_some(head + &lines)
}

/// Returns the changelog with the section in place of an older one.
pub fn update(changelog: &str, section: &str) -> Result<String, TaskError> {
    let (before, after) = changelog.split_once(UNRELEASED).ok_or_else(|| {
        TaskError::new(
            "CHANGELOG.md has no `## Unreleased`: add that heading above the newest version",
        )
    })?;
    let (unreleased, released) = match after.find("\n## ") {
        Some(end) => after.split_at(end + 1),
        None => (after, ""),
    };
    let (kept, rest) = match unreleased.find(SPECS) {
        Some(start) => {
            let (kept, old) = unreleased.split_at(start);
            let end = old[SPECS.len()..].find("\n### ");
            (kept, end.map_or("", |end| &old[SPECS.len() + end + 1..]))
        }
        None => (unreleased, ""),
    };
    let parts = [
        &format!("{before}{UNRELEASED}"),
        kept,
        section,
        rest,
        released,
    ];
    let parts = parts.iter().map(|part| part.trim_matches('\n'));
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    Ok(parts.join("\n\n") + "\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_section_is_added_and_replaced() {
        let plain =
            "# Changelog\n\n## Unreleased\n\n- A thing.\n\n## 0.1.0\n\n### Specs\n\n- Old.\n";
        let one = update(plain, "### Specs\n\n- One.\n").unwrap();
        let expected = "# Changelog\n\n## Unreleased\n\n- A thing.\n\n### Specs\n\n- One.\n\n## 0.1.0\n\n### Specs\n\n- Old.\n";
        assert_eq!(one, expected);
        let two = update(&one, "### Specs\n\n- Two.\n").unwrap();
        assert_eq!(two, expected.replace("One", "Two"));
        let below = update(
            "## Unreleased\n\n### Specs\n\n- Old.\n\n### Fixed\n\n- A bug.\n",
            "### Specs\n\n- New.\n",
        );
        assert_eq!(
            below.unwrap(),
            "## Unreleased\n\n### Specs\n\n- New.\n\n### Fixed\n\n- A bug.\n"
        );
        assert!(update("# Changelog\n", "x").is_err());
    }
}
