//! oasdiff, the engine of the wire side: what it calls an error breaks wire users.
//!
//! It judges whether bytes are still taken and still understood. A wire user here feeds the spec to a generator, and what was written against
//! the generated client has to compile as well: [`RAISED`] is where oasdiff sees a change and finds it milder than that. What it does not
//! see at all is `Fact::unseen`. There is no third place where the wire is judged.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::problem::Problem;
use crate::spec::Spec;
use crate::workspace::{Scratch, Workspace, on_path, write};

/// The version that `.ci/oasdiff/run` installs.
pub const VERSION: &str = "v1.11.8";

/// Changes that oasdiff calls less than an error, and why they break a wire user all the same.
const RAISED: [(&str, &str); 11] = [
    ("api-operation-id-removed", OPERATION),
    ("api-path-removed-with-deprecation", NOTICE),
    ("api-removed-with-deprecation", NOTICE),
    ("request-parameter-removed", NAME),
    ("request-parameter-removed-with-deprecation", NOTICE),
    ("request-property-removed", NAME),
    ("response-optional-property-removed", NAME),
    ("response-property-enum-value-added", VALUE),
    ("request-parameter-type-generalized", TYPE),
    ("request-parameter-property-type-generalized", TYPE),
    ("request-parameter-property-type-changed", TYPE),
];
const OPERATION: &str = "generated methods are named by the operationId";
const NOTICE: &str =
    "a notice in advance keeps no call working, and the version tells of what stops working";
const NAME: &str = "generated code has it by name, and what names it no longer compiles";
const VALUE: &str = "a generated closed enum can't read the new value";
const TYPE: &str = "oasdiff lets any type become text in a query, but the generated method's argument is another one";

/// What oasdiff found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The name of its rule: `request-parameter-removed`.
    pub rule: String,
    /// Names of places and values stand in single quotes.
    pub text: String,
    /// Empty where it concerns no operation.
    pub operation: String,
    /// In small letters.
    pub method: String,
    pub path: String,
    /// An error, and not only a warning.
    pub is_error: bool,
}

impl Finding {
    /// Why we take it for more than oasdiff does, if we do.
    pub fn raised(&self) -> Option<&'static str> {
        let raised = RAISED.iter().find(|(rule, _)| *rule == self.rule);
        raised.map(|(_, why)| *why)
    }
}

/// Who said so.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oasdiff {}", self.rule)?;
        match self.raised() {
            Some(why) => write!(f, ", for us an error: {why}"),
            None => Ok(()),
        }
    }
}

/// The program.
#[derive(Clone, Debug)]
pub struct Engine {
    program: PathBuf,
}

impl Engine {
    /// The one that `.ci/oasdiff/run` installs, or else what is on PATH.
    pub fn find(workspace: &Workspace) -> Option<Self> {
        let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let own = workspace.root.join(target).join("tools/oasdiff");
        let program = Some(own)
            .filter(|it| it.is_file())
            .or_else(|| on_path("oasdiff"))?;
        Some(Engine { program })
    }

    /// A program that is none, or another.
    #[cfg(test)]
    pub fn at(program: &str) -> Self {
        Engine {
            program: program.into(),
        }
    }

    /// What it finds between two specs, errors and warnings.
    pub fn ask(&self, old: &Spec, new: &Spec) -> Result<Vec<Finding>, Problem> {
        // Tests ask several at a time.
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let number = ASKED.fetch_add(1, Ordering::Relaxed);
        let scratch = Scratch::new(&format!("oasdiff-{number}"))?;
        let place = |name: &str| scratch.path.join(name);
        let levels: String = RAISED
            .iter()
            .map(|(rule, _)| format!("{rule} err\n"))
            .collect();
        write(&place("levels"), &levels)?;
        write(&place("old.json"), &document(old))?;
        write(&place("new.json"), &document(new))?;
        self.run(&scratch.path)
    }

    fn run(&self, folder: &Path) -> Result<Vec<Finding>, Problem> {
        let mut command = std::process::Command::new(&self.program);
        command.current_dir(folder);
        command.args(["breaking", "--format", "json", "--flatten-allof"]);
        command.args(["--severity-levels", "levels", "old.json", "new.json"]);
        let ran = command.output();
        let ran = ran.map_err(|error| Problem::program("oasdiff", &error))?;
        let said = String::from_utf8_lossy(&ran.stdout);
        // It says nothing at all, or an empty list, when it finds nothing.
        if ran.status.success() && said.trim().is_empty() {
            return Ok(Vec::new());
        }
        let list: Option<Vec<Value>> = serde_json::from_str(&said).ok();
        let list = list.filter(|_| ran.status.success()).ok_or_else(|| {
            let program = self.program.display();
            let said = String::from_utf8_lossy(&ran.stderr);
            Problem::new(format!(
                "`{program} breaking --format json` answers no JSON list: {}; {VERSION} does: {INSTALL}",
                said.trim()
            ))
        })?;
        Ok(list.iter().map(finding).collect())
    }
}

/// How to come by it.
pub const INSTALL: &str = "`.ci/oasdiff/run` puts it into target/tools; it needs Go";

fn finding(value: &Value) -> Finding {
    let word = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Finding {
        rule: word("id"),
        text: word("text"),
        operation: word("operationId"),
        method: word("operation").to_lowercase(),
        path: word("path"),
        // 2 is a warning.
        is_error: value["level"].as_u64() != Some(2),
    }
}

/// The spec as JSON; a spec that does not exist as one without operations.
fn document(spec: &Spec) -> String {
    let mut root = spec.root.clone();
    for (key, least) in [
        ("openapi", json!("3.0.3")),
        ("info", json!({"title": "none", "version": "0"})),
        ("paths", json!({})),
    ] {
        if root[key].is_null() {
            root[key] = least;
        }
    }
    root.to_string()
}

/// Whether two specs differ in anything that the wire side could be judged by; not in words and our own marks alone.
pub fn is_asked(old: &Spec, new: &Spec) -> bool {
    without_words(&old.root, false) != without_words(&new.root, false)
}

/// `is_named`: the keys are names, not words of OpenAPI.
fn without_words(value: &Value, is_named: bool) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| is_named || !is_words(key));
            let kept = kept.map(|(key, value)| {
                let names = matches!(key.as_str(), "properties" | "schemas" | "parameters");
                (key.clone(), without_words(value, !is_named && names))
            });
            Value::Object(kept.collect())
        }
        Value::Array(list) => list.iter().map(|it| without_words(it, false)).collect(),
        other => other.clone(),
    }
}

fn is_words(key: &str) -> bool {
    // Of the marks oasdiff reads these.
    let is_read = matches!(key, "x-extensible-enum" | "x-sunset" | "x-stability-level");
    let words = [
        "info",
        "tags",
        "summary",
        "description",
        "title",
        "example",
        "examples",
    ];
    words.contains(&key) || (key.starts_with("x-") && !is_read)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ci_installs_the_version_that_is_named_here() {
        let script = Workspace::here().read(".ci/oasdiff/run").unwrap();
        assert!(
            script.contains(&format!("\nversion={VERSION}\n")),
            "{script}"
        );
    }

    #[test]
    fn words_are_not_asked_about() {
        let spec = |schema: Value| Spec {
            file: String::new(),
            root: json!({"components": {"schemas": {"description": schema}}}),
        };
        let field = |field: Value| spec(json!({"properties": {"title": field}}));
        let plain = field(json!({"type": "string"}));
        assert!(!is_asked(
            &plain,
            &field(json!({"type": "string", "title": "x", "x-secret": true}))
        ));
        assert!(is_asked(&plain, &field(json!({"type": "integer"}))));
        assert!(is_asked(&plain, &spec(json!({"properties": {}}))));
        assert!(is_asked(
            &plain,
            &field(json!({"type": "string", "x-extensible-enum": ["a"]}))
        ));
    }
}
