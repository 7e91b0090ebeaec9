//! The whole task, in repositories of its own.

#![allow(clippy::unwrap_used)]

use super::{Options, run};
use crate::workspace::{Scratch, Workspace, on_path, write};

const SPEC: &str = "\
openapi: 3.0.3
paths:
  /things:
    get:
      operationId: list_things
      description: All things.
      x-effect: read
      parameters:
        - {name: page, in: query, schema: {type: integer}}
      responses: {'200': {description: Things.}}
";

struct Repository {
    workspace: Workspace,
    _scratch: Scratch,
}

impl Repository {
    /// One commit: a spec at version 0.1.0.
    fn new(name: &str) -> Self {
        let scratch = Scratch::new(name).unwrap();
        let workspace = Workspace {
            root: scratch.path.clone(),
        };
        let repository = Repository {
            workspace,
            _scratch: scratch,
        };
        repository.write("openapi/vendor.yaml", SPEC);
        repository.version("0.1.0");
        repository.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- First.\n");
        repository.git(&["init", "--quiet"]);
        repository.commit();
        repository
    }

    fn write(&self, path: &str, text: &str) {
        write(&self.workspace.root.join(path), text).unwrap();
    }

    fn version(&self, version: &str) {
        self.write(
            "Cargo.toml",
            &format!("[workspace.package]\nversion = \"{version}\"\n"),
        );
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = self.workspace.command("git");
        git.args([
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.com",
            "-c",
            "commit.gpgsign=false",
        ]);
        // Neither hooks nor settings of whoever runs this, nor the repository of a hook that does.
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            git.env_remove(variable);
        }
        git.env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        assert!(
            git.args(arguments).status().unwrap().success(),
            "git {arguments:?}"
        );
    }

    fn commit(&self) {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", "x"]);
    }

    fn diff(&self, changelog: bool) -> (bool, String) {
        let options = Options {
            revision: "HEAD".to_owned(),
            changelog,
        };
        let mut out = Vec::new();
        let is_well = run(&self.workspace, &options, &mut out).unwrap();
        (is_well, String::from_utf8(out).unwrap())
    }
}

#[test]
fn a_break_asks_for_a_version() {
    let repository = Repository::new("diff-break");
    let (is_well, text) = repository.diff(false);
    assert!(
        is_well && text.contains("vendor: no change") && text.contains("Rust users: none"),
        "{text}"
    );

    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("name: page", "name: number"),
    );
    let (is_well, text) = repository.diff(false);
    assert!(!is_well, "{text}");
    for expected in [
        "BREAKING    BREAKING    list_things `page` (query): renamed to `number`",
        "Rust users: BREAKING; wire users: BREAKING; least version that follows 0.1.0: 0.2.0",
        "set `version = \"0.2.0\"` under [workspace.package]",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }

    repository.version("0.1.1");
    assert!(
        !repository.diff(false).0,
        "before 1.0 a patch promises that nothing breaks"
    );
    repository.version("0.2.0");
    let (is_well, text) = repository.diff(false);
    assert!(is_well, "{text}");

    // Against the commit with the change and the version there is nothing left to say.
    repository.commit();
    let (is_well, text) = repository.diff(false);
    assert!(is_well && text.contains("no change"), "{text}");
}

#[test]
fn words_ask_for_nothing() {
    let repository = Repository::new("diff-words");
    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("All things.", "Every thing."),
    );
    let (is_well, text) = repository.diff(false);
    assert!(is_well && text.contains("reworded: list_things"), "{text}");
    assert!(
        text.contains(
            "Rust users: none; wire users: none; least version that follows 0.1.0: 0.1.0"
        ),
        "{text}"
    );
}

#[test]
fn a_spec_that_comes_or_goes() {
    let repository = Repository::new("diff-specs");
    repository.write(
        "openapi/other.yaml",
        &SPEC.replace("list_things", "list_others"),
    );
    let (is_well, text) = repository.diff(false);
    assert!(
        is_well && text.contains("list_others: operation added"),
        "{text}"
    );
    assert!(!text.contains("note:"), "{text}");
    std::fs::remove_file(repository.workspace.root.join("openapi/vendor.yaml")).unwrap();
    let (is_well, text) = repository.diff(false);
    assert!(
        !is_well && text.contains("list_things: operation removed"),
        "{text}"
    );
}

#[test]
fn the_changelog_is_written_once() {
    let repository = Repository::new("diff-changelog");
    let read = || repository.workspace.read("CHANGELOG.md").unwrap();
    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("{name: page", "{required: true, name: page"),
    );
    let (_, text) = repository.diff(true);
    assert!(text.contains("CHANGELOG.md: `### Specs` written"), "{text}");
    let once = read();
    assert!(
        once.starts_with(
            "# Changelog\n\n## Unreleased\n\n- First.\n\n### Specs\n\nBy `cargo xtask diff "
        ),
        "{once}"
    );
    assert!(
        once.ends_with("\n- **Breaking:** vendor: list_things `page` (query): made required\n"),
        "{once}"
    );
    let (_, text) = repository.diff(true);
    assert!(text.contains("CHANGELOG.md: nothing to write"), "{text}");
    assert_eq!(read(), once);
    // The change is taken back, and so is what was said of it.
    repository.write("openapi/vendor.yaml", SPEC);
    repository.diff(true);
    assert_eq!(read(), "# Changelog\n\n## Unreleased\n\n- First.\n");
}

#[test]
fn a_revision_that_is_none_is_said_so() {
    let repository = Repository::new("diff-revision");
    for name in ["nothing", "--output=x", ""] {
        let options = Options {
            revision: name.to_owned(),
            changelog: false,
        };
        let problem = run(&repository.workspace, &options, &mut Vec::new())
            .err()
            .unwrap();
        assert!(
            problem
                .to_string()
                .contains("is no revision that git knows"),
            "{name}: {problem}"
        );
    }
}

#[test]
fn it_is_said_plainly_that_oasdiff_is_missing() {
    if on_path("oasdiff").is_none() {
        let (_, text) = Repository::new("diff-oasdiff").diff(false);
        assert!(text.contains("oasdiff: NOT RUN"), "{text}");
    }
}
