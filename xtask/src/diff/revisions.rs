//! The whole task, in repositories of its own.

#![allow(clippy::unwrap_used)]

use super::oasdiff::Engine;
use super::planted::engine;
use super::{Options, run_with};
use crate::problem::Problem;
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

    /// Whether it went well, or why it could not be done, and what was printed.
    fn diff(&self, engine: Option<&Engine>, changelog: bool) -> (Result<bool, Problem>, String) {
        let options = Options {
            revision: "HEAD".to_owned(),
            changelog,
        };
        let mut out = Vec::new();
        let done = run_with(engine, &self.workspace, &options, &mut out);
        (done, String::from_utf8(out).unwrap())
    }

    /// The same where it can be done.
    fn verdict(&self, engine: Option<&Engine>, changelog: bool) -> (bool, String) {
        let (done, text) = self.diff(engine, changelog);
        match done {
            Ok(is_well) => (is_well, text),
            Err(problem) => panic!("{problem}\n{text}"),
        }
    }
}

#[test]
fn a_break_asks_for_a_version() {
    let Some(engine) = engine() else {
        return;
    };
    let repository = Repository::new("diff-break");
    let diff = || repository.verdict(Some(&engine), false);
    let (is_well, text) = diff();
    assert!(
        is_well && text.contains("vendor: no change") && text.contains("Rust users: none"),
        "{text}"
    );

    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("name: page", "name: number"),
    );
    let (is_well, text) = diff();
    assert!(!is_well, "{text}");
    for expected in [
        "BREAKING    BREAKING    list_things `page` (query): renamed to `number`",
        "[wire: oasdiff request-parameter-removed, for us an error: generated code has it by name",
        "Rust users: BREAKING; wire users: BREAKING; least version that follows 0.1.0: 0.2.0",
        "set `version = \"0.2.0\"` under [workspace.package]",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }

    repository.version("0.1.1");
    assert!(!diff().0, "before 1.0 a patch promises that nothing breaks");
    repository.version("0.2.0");
    let (is_well, text) = diff();
    assert!(is_well, "{text}");

    // Against the commit with the change and the version there is nothing left to say.
    repository.commit();
    let (is_well, text) = diff();
    assert!(is_well && text.contains("no change"), "{text}");
}

/// Of headers our own comparison knows nothing.
#[test]
fn what_oasdiff_alone_sees_counts() {
    let Some(engine) = engine() else {
        return;
    };
    let repository = Repository::new("diff-alone");
    let header =
        "{description: Things., headers: {X-Next: {required: true, schema: {type: string}}}}";
    let with_header = SPEC.replace("{description: Things.}", header);
    repository.write("openapi/vendor.yaml", &with_header);
    repository.commit();
    // Not to be taken for what oasdiff finds at the same operation.
    let with_effect = SPEC.replace("x-effect: read", "x-effect: set");
    repository.write("openapi/vendor.yaml", &with_effect);
    let (is_well, text) = repository.verdict(Some(&engine), true);
    assert!(!is_well, "{text}");
    for expected in [
        "vendor: 2 changes\n",
        "compatible  compatible  list_things: effect read -> set\n",
        "none        BREAKING    list_things: the mandatory response header 'X-Next' removed for the status '200'  \
         [wire: oasdiff required-response-header-removed]",
        "Rust users: compatible; wire users: BREAKING; least version that follows 0.1.0: 0.2.0",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    let changelog = repository.workspace.read("CHANGELOG.md").unwrap();
    let line = "- **Breaking on the wire:** vendor: list_things: the mandatory response header";
    assert!(changelog.contains(line), "{changelog}");
}

#[test]
fn without_oasdiff_rust_is_judged_and_the_wire_is_said_not_to_be() {
    let repository = Repository::new("diff-alone-rust");
    let tag = "        - {name: tag, in: query, schema: {type: string}}\n      responses";
    let with_tag = SPEC.replace("      responses", tag);
    repository.write("openapi/vendor.yaml", &with_tag);
    let (done, text) = repository.diff(None, true);
    for expected in [
        "compatible  not judged  list_things `tag` (query): added",
        "Rust users: compatible; wire users: NOT JUDGED; least version that follows 0.1.0: 0.1.1 or more",
        "CHANGELOG.md: not written",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    let problem = done.err().unwrap().to_string();
    assert!(
        problem.contains("NOT JUDGED") && problem.contains(".ci/oasdiff/run"),
        "{problem}"
    );
    // What breaks Rust users is known, and enough.
    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("name: page", "name: number"),
    );
    let (is_well, text) = repository.verdict(None, false);
    assert!(!is_well, "{text}");
    // So is what oasdiff doesn't judge.
    let elsewhere = format!("{SPEC}servers: [{{url: https://elsewhere.example}}]\n");
    repository.write("openapi/vendor.yaml", &elsewhere);
    let (is_well, text) = repository.verdict(None, false);
    let expected = "Rust users: compatible; wire users: BREAKING";
    assert!(!is_well && text.contains(expected), "{text}");
}

#[test]
fn words_ask_for_nothing_not_even_for_oasdiff() {
    let repository = Repository::new("diff-words");
    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("All things.", "Every thing."),
    );
    let (is_well, text) = repository.verdict(None, false);
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
    let Some(engine) = engine() else {
        return;
    };
    let repository = Repository::new("diff-specs");
    repository.write(
        "openapi/other.yaml",
        &SPEC.replace("list_things", "list_others"),
    );
    let (is_well, text) = repository.verdict(Some(&engine), false);
    assert!(
        is_well && text.contains("list_others: operation added"),
        "{text}"
    );
    assert!(!text.contains("note:"), "{text}");
    std::fs::remove_file(repository.workspace.root.join("openapi/vendor.yaml")).unwrap();
    let (is_well, text) = repository.verdict(Some(&engine), false);
    let expected = "BREAKING    BREAKING    list_things: operation removed";
    assert!(!is_well && text.contains(expected), "{text}");
}

#[test]
fn the_changelog_is_written_once() {
    let Some(engine) = engine() else {
        return;
    };
    let repository = Repository::new("diff-changelog");
    let read = || repository.workspace.read("CHANGELOG.md").unwrap();
    let diff = || repository.verdict(Some(&engine), true);
    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("{name: page", "{required: true, name: page"),
    );
    let (_, text) = diff();
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
    let (_, text) = diff();
    assert!(text.contains("CHANGELOG.md: nothing to write"), "{text}");
    assert_eq!(read(), once);
    // The change is taken back, and so is what was said of it.
    repository.write("openapi/vendor.yaml", SPEC);
    diff();
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
        let problem = run_with(None, &repository.workspace, &options, &mut Vec::new())
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
fn an_oasdiff_that_answers_something_else_is_said_so() {
    let repository = Repository::new("diff-other-oasdiff");
    // Whatever is there under that name.
    let engine = Engine::at("/bin/echo");
    repository.write(
        "openapi/vendor.yaml",
        &SPEC.replace("name: page", "name: number"),
    );
    let problem = repository.diff(Some(&engine), false).0.err().unwrap();
    assert!(problem.to_string().contains("no JSON list"), "{problem}");
}
