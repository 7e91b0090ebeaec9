//! The section `### Specs` under `## Unreleased` in CHANGELOG.md.

use std::fmt::Write;

use super::Comparison;
use super::fact::Verdict;
use crate::problem::Problem;

const UNRELEASED: &str = "## Unreleased";
const SPECS: &str = "### Specs";

/// The text of the section: what changed since a revision. `None` when nothing did that is worth a line.
pub fn section(since: &str, compared: &[Comparison]) -> Option<String> {
    let mut out = format!("{SPECS}\n\n{}\n\n", since_line(since));
    let mut is_empty = true;
    for it in compared {
        let said = it.changes.iter().filter(|change| !change.is_reworded());
        for change in said {
            is_empty = false;
            let mark = match (change.rust, change.wire) {
                (Verdict::Breaking, Verdict::Breaking) => "**Breaking:** ",
                (Verdict::Breaking, _) => "**Breaking in Rust:** ",
                (_, Verdict::Breaking) => "**Breaking on the wire:** ",
                _ => "",
            };
            let _ = writeln!(out, "- {mark}{}: {}", it.vendor, change.in_words());
        }
        let reworded = it
            .changes
            .iter()
            .filter(|change| change.is_reworded())
            .count();
        if reworded > 0 {
            is_empty = false;
            let _ = writeln!(
                out,
                "- {}: {reworded} descriptions or examples reworded",
                it.vendor
            );
        }
    }
    (!is_empty).then_some(out)
}

/// By this a later run knows its own section again.
fn since_line(since: &str) -> String {
    format!("By `cargo xtask diff {since} --changelog`:")
}

/// The changelog with the section in it; the same text when it is there already. Without one, an older section against the same revision
/// goes, and any other is left alone.
pub fn update(changelog: &str, since: &str, section: Option<&str>) -> Result<String, Problem> {
    let lines: Vec<_> = changelog.lines().collect();
    let start = lines.iter().position(|line| line.trim() == UNRELEASED);
    let start = start.ok_or_else(|| {
        Problem::new(format!(
            "CHANGELOG.md has no `{UNRELEASED}`: add that heading above the newest version"
        ))
    })?;
    let until = |from: usize, is_end: &dyn Fn(&str) -> bool| {
        let found = lines.iter().skip(from).position(|line| is_end(line));
        found.map_or(lines.len(), |offset| from + offset)
    };
    let end = until(start + 1, &|line| line.starts_with("## "));
    let old = (start..end).find(|index| lines[*index].trim() == SPECS);
    let (from, to) = match old {
        Some(from) => (
            from,
            until(from + 1, &|line| {
                line.starts_with("## ") || line.starts_with("### ")
            }),
        ),
        None => (end, end),
    };
    let is_own = lines[from..to]
        .iter()
        .any(|line| line.trim() == since_line(since));
    if section.is_none() && !is_own {
        return Ok(changelog.to_owned());
    }
    let parts = [
        lines[..from].join("\n"),
        section.unwrap_or_default().to_owned(),
        lines[to..].join("\n"),
    ];
    let parts: Vec<_> = parts
        .iter()
        .map(|part| part.trim_matches('\n'))
        .filter(|part| !part.is_empty())
        .collect();
    Ok(parts.join("\n\n") + "\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PLAIN: &str =
        "# Changelog\n\n## Unreleased\n\n- A thing.\n\n## 0.1.0\n\n### Specs\n\n- Old.\n";

    #[test]
    fn it_comes_and_is_replaced_and_goes() {
        let one = format!("{SPECS}\n\n{}\n\n- One.\n", since_line("v1"));
        let with_one = update(PLAIN, "v1", Some(&one)).unwrap();
        assert_eq!(
            with_one,
            "# Changelog\n\n## Unreleased\n\n- A thing.\n\n### Specs\n\nBy `cargo xtask diff v1 --changelog`:\n\n- One.\n\n## 0.1.0\n\n### Specs\n\n- Old.\n"
        );
        // Again: the same.
        assert_eq!(update(&with_one, "v1", Some(&one)).unwrap(), with_one);
        let two = one.replace("One", "Two");
        assert_eq!(
            update(&with_one, "v1", Some(&two)).unwrap(),
            with_one.replace("One", "Two")
        );
        // Nothing changed since v1: its own section goes, another's stays.
        assert_eq!(update(&with_one, "v1", None).unwrap(), PLAIN);
        assert_eq!(update(&with_one, "v2", None).unwrap(), with_one);
    }

    #[test]
    fn what_stands_below_it_stays() {
        let text = "## Unreleased\n\n### Specs\n\n- Old.\n\n### Fixed\n\n- A bug.\n";
        let found = update(text, "v1", Some("### Specs\n\n- New.\n")).unwrap();
        assert_eq!(
            found,
            "## Unreleased\n\n### Specs\n\n- New.\n\n### Fixed\n\n- A bug.\n"
        );
    }

    #[test]
    fn without_the_heading_it_says_what_to_do() {
        let problem = update("# Changelog\n", "v1", Some("x")).err().unwrap();
        assert!(problem.to_string().contains("add that heading"));
    }
}
