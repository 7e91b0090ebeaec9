//! The version that follows from a verdict.

use semver::Version;

use super::change::Verdict;
use crate::error::TaskError;

/// Returns the version of the workspace, from the text of its Cargo.toml.
pub fn of_workspace(manifest: &str) -> Result<Version, TaskError> {
    let (_, section) = manifest
        .split_once("[workspace.package]")
        .unwrap_or_default();
    let mut lines = section.lines().take_while(|line| !line.starts_with('['));
    let value = lines.find_map(|line| {
        let value = line.strip_prefix("version")?.trim_start();
        value.strip_prefix('=')?.split('"').nth(1)
    });
    let version = value.and_then(|value| Version::parse(value).ok());
    version.ok_or_else(|| {
        TaskError::new("Cargo.toml names no version under [workspace.package]: write `version = \"1.2.3\"` there")
    })
}

/// Returns the least version that may follow.
pub fn after(version: &Version, verdict: Verdict) -> Version {
    let (major, minor, patch) = (version.major, version.minor, version.patch);
    // Before 1.0 the place of each part moves one to the right, and once more before 0.1.
    match (verdict, major, minor) {
        (Verdict::None, ..) => version.clone(),
        (Verdict::Breaking, 0, 0) | (Verdict::Compatible, 0, _) => {
            Version::new(major, minor, patch + 1)
        }
        (Verdict::Breaking, 0, _) | (Verdict::Compatible, ..) => Version::new(major, minor + 1, 0),
        (Verdict::Breaking, ..) => Version::new(major + 1, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_least_version_that_follows() {
        use Verdict::{Breaking, Compatible, None};
        for (now, verdict, next) in [
            ("0.1.0", Breaking, "0.2.0"),
            ("0.1.4", Compatible, "0.1.5"),
            ("0.0.3", Breaking, "0.0.4"),
            ("1.2.3", Breaking, "2.0.0"),
            ("1.2.3", Compatible, "1.3.0"),
            ("1.2.3", None, "1.2.3"),
        ] {
            let manifest = format!(
                "[package]\nversion = \"9.9.9\"\n[workspace.package]\nedition = \"2024\"\nversion = \"{now}\" # c\n[lints]\n"
            );
            let found = after(&of_workspace(&manifest).unwrap(), verdict);
            assert_eq!(found.to_string(), next, "{now} {verdict:?}");
        }
        let problem = of_workspace("[package]\nversion = \"9.9.9\"\n").err();
        assert!(problem.unwrap().to_string().contains("[workspace.package]"));
    }
}
