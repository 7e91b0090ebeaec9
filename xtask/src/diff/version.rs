//! The version that follows from a verdict.

use std::fmt;

use super::change::Verdict;
use crate::problem::Problem;

/// `1.2.3`. A part after a hyphen is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Version {
    /// The version of the workspace, from the text of its Cargo.toml.
    pub fn of_workspace(manifest: &str) -> Result<Self, Problem> {
        let mut lines = manifest.lines().map(str::trim);
        let section = lines.by_ref().find(|line| *line == "[workspace.package]");
        let mut values = lines.take_while(|line| !line.starts_with('['));
        let value = values.find_map(|line| {
            let value = line
                .strip_prefix("version")?
                .trim_start()
                .strip_prefix('=')?;
            value.split('"').nth(1)
        });
        let version = section.and(value).and_then(Version::parse);
        version.ok_or_else(|| {
            Problem::new("Cargo.toml names no version under [workspace.package]: write `version = \"1.2.3\"` there")
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let core = text.split(['-', '+']).next()?;
        let mut numbers = core.split('.').map(str::parse);
        let mut next = || numbers.next()?.ok();
        let version = Version {
            major: next()?,
            minor: next()?,
            patch: next()?,
        };
        next().is_none().then_some(version)
    }

    /// The least version that may follow this one.
    pub fn after(self, verdict: Verdict) -> Self {
        let Version {
            major,
            minor,
            patch,
        } = self;
        // Before 1.0 the place of each part moves one to the right, and once more before 0.1.
        match (verdict, major, minor) {
            (Verdict::None, ..) => self,
            (Verdict::Breaking, 0, 0) | (Verdict::Compatible, 0, _) => Version {
                major,
                minor,
                patch: patch + 1,
            },
            (Verdict::Breaking, 0, _) | (Verdict::Compatible, ..) => Version {
                major,
                minor: minor + 1,
                patch: 0,
            },
            (Verdict::Breaking, ..) => Version {
                major: major + 1,
                minor: 0,
                patch: 0,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn what_follows() {
        use Verdict::{Breaking, Compatible, None};
        for (now, verdict, next) in [
            ("0.1.0", Breaking, "0.2.0"),
            ("0.1.4", Compatible, "0.1.5"),
            ("0.0.3", Breaking, "0.0.4"),
            ("1.2.3", Breaking, "2.0.0"),
            ("1.2.3", Compatible, "1.3.0"),
            ("1.2.3", None, "1.2.3"),
            ("1.2.3-rc.1", None, "1.2.3"),
        ] {
            let found = Version::parse(now).unwrap().after(verdict);
            assert_eq!(found.to_string(), next, "{now} {verdict:?}");
        }
        assert_eq!(Version::parse("1.2"), Option::None);
        assert_eq!(Version::parse("1.2.3.4"), Option::None);
    }

    #[test]
    fn it_is_found_in_the_manifest() {
        let manifest = Workspace::here().read("Cargo.toml").unwrap();
        assert!(Version::of_workspace(&manifest).is_ok());
        let other = "[package]\nversion = \"9.9.9\"\n[workspace.package]\nedition = \"2024\"\nversion=\"1.2.3\" # c\n[lints]\n";
        assert_eq!(Version::of_workspace(other).unwrap().to_string(), "1.2.3");
        let none = "[package]\nversion = \"9.9.9\"\n";
        assert!(
            Version::of_workspace(none)
                .err()
                .unwrap()
                .to_string()
                .contains("[workspace.package]")
        );
    }
}
