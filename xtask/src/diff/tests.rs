//! The whole task, in repositories of its own.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Options, Revision, compare, oasdiff};
use crate::error::TaskError;
use crate::workspace::{Scratch, Workspace, write};

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
const TYPES: &str = "---\nsource: x\n---\ncall ListThings\n    page: i64\n    send -> ()\n";

/// oasdiff, or a line on stderr which the test runner does not hide.
pub fn engine() -> Option<PathBuf> {
    let engine = oasdiff::find(&Workspace::here());
    if engine.is_none() {
        let install = oasdiff::INSTALL;
        let _ = writeln!(
            std::io::stderr(),
            "diff: NOT CHECKED, because oasdiff is missing: {install}"
        );
    }
    engine
}

struct Repository {
    workspace: Workspace,
    _scratch: Scratch,
}

impl Repository {
    /// One commit: a spec at version 0.1.0.
    fn new() -> Self {
        let scratch = Scratch::new("diff").unwrap();
        let workspace = Workspace {
            root: scratch.path.clone(),
        };
        let repository = Repository {
            workspace,
            _scratch: scratch,
        };
        repository.write("openapi/vendor.yaml", SPEC);
        repository.write("tests/snapshots/vendor_types.snap", TYPES);
        repository.version("0.1.0");
        repository.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- First.\n");
        repository.git(&["init", "--quiet"]);
        repository.git(&["add", "."]);
        repository.git(&["commit", "--quiet", "--message", "x"]);
        repository
    }

    fn write(&self, path: &str, text: &str) {
        write(&self.workspace.root.join(path), text).unwrap();
    }

    fn version(&self, version: &str) {
        let manifest = format!("[workspace.package]\nversion = \"{version}\"\n");
        self.write("Cargo.toml", &manifest);
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = self.workspace.command("git");
        for setting in [
            "user.name=x",
            "user.email=x@example.com",
            "commit.gpgsign=false",
        ] {
            git.args(["-c", setting]);
        }
        // Neither hooks nor settings of the user, nor the repository of a hook that runs this.
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            git.env_remove(variable);
        }
        git.env("GIT_CONFIG_GLOBAL", "/dev/null");
        git.env("GIT_CONFIG_SYSTEM", "/dev/null");
        let status = git.args(arguments).status().unwrap();
        assert!(status.success(), "git {arguments:?}");
    }

    fn diff(&self, engine: &Path, revision: &str) -> Result<(bool, String), TaskError> {
        let options = Options {
            revision: revision.to_owned(),
            changelog: true,
        };
        let mut out = Vec::new();
        let revision = Revision::find(&self.workspace, revision)?;
        let is_well = compare(engine, &revision, &options, &mut out)?;
        Ok((is_well, String::from_utf8(out).unwrap()))
    }
}

#[test]
fn a_break_asks_for_a_version() {
    let Some(engine) = engine() else {
        return;
    };
    let repository = Repository::new();
    let diff = || repository.diff(&engine, "HEAD").unwrap();
    let (is_well, text) = diff();
    assert!(is_well && text.contains("vendor: no change"), "{text}");

    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("All things.", "Every thing."),
    );
    let (is_well, text) = diff();
    let expected = "Rust users: none; wire users: none; least version that follows 0.1.0: 0.1.0";
    assert!(is_well && text.contains(expected), "{text}");

    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("name: page", "name: number"),
    );
    let types = TYPES.replace("page: i64", "number: i64");
    repository.write("tests/snapshots/vendor_types.snap", &types);
    let (is_well, text) = diff();
    assert!(!is_well, "{text}");
    for expected in [
        "  Rust  BREAKING    call ListThings: `page: i64` is gone\n",
        "  Rust  compatible  call ListThings: `number: i64` is new\n",
        "  wire  BREAKING    GET /things: deleted the 'query' request parameter 'page' [oasdiff request-parameter-removed; raised, because ",
        "Rust users: BREAKING; wire users: BREAKING; least version that follows 0.1.0: 0.2.0",
        "set `version = \"0.2.0\"` under [workspace.package]",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    let changelog = repository.workspace.read("CHANGELOG.md").unwrap();
    let line = "\n- **Breaking (Rust):** vendor: call ListThings: `page: i64` is gone\n";
    assert!(changelog.contains(line), "{changelog}");

    repository.version("0.1.1");
    assert!(!diff().0, "before 1.0 a patch promises that nothing breaks");
    repository.version("0.2.0");
    let (is_well, text) = diff();
    assert!(is_well, "{text}");
}

#[test]
fn a_vendor_comes_or_goes() {
    let Some(engine) = engine() else {
        return;
    };
    let repository = Repository::new();
    let other = SPEC.replace("list_things", "list_others");
    repository.write("openapi/other.yaml", &other);
    let (is_well, text) = repository.diff(&engine, "HEAD").unwrap();
    assert!(is_well && text.contains("endpoint-added"), "{text}");
    std::fs::remove_file(repository.workspace.root.join("openapi/vendor.yaml")).unwrap();
    let (is_well, text) = repository.diff(&engine, "HEAD").unwrap();
    let expected = "wire  BREAKING    GET /things: api path removed";
    assert!(!is_well && text.contains(expected), "{text}");
}

#[test]
fn a_wrong_revision_or_another_oasdiff_is_reported() {
    let repository = Repository::new();
    // Another program under that name.
    let engine = PathBuf::from("/bin/echo");
    for name in ["nothing", "--output=x", ""] {
        let problem = repository.diff(&engine, name).err().unwrap().to_string();
        assert!(
            problem.contains("is no revision that git knows"),
            "{problem}"
        );
    }
    repository.write("openapi/vendor.yaml", &SPEC.replace("page", "number"));
    let problem = repository.diff(&engine, "HEAD").err().unwrap().to_string();
    assert!(problem.contains("prints no list of changes"), "{problem}");
}
