//! oasdiff, which judges what breaks users on the wire: every error that it finds counts.
//!
//! It judges whether bytes are still accepted and still understood. A wire user here feeds the spec
//! to a generator, and what was written against the generated client has to compile as well:
//! [`RAISED`] lists the rules that are too mild for that.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};

use super::change::{Change, Side, Verdict};
use crate::build::spec::Spec;
use crate::error::TaskError;
use crate::workspace::{Scratch, Workspace, on_path, write};

/// Rules of oasdiff whose level is raised to an error, and why these changes break a wire user.
const RAISED: [(&str, &str); 12] = [
    ("api-operation-id-removed", OPERATION),
    ("api-path-removed-with-deprecation", NOTICE),
    ("api-removed-with-deprecation", NOTICE),
    ("api-schema-removed", NAME),
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
const NOTICE: &str = "a notice in advance keeps no call working";
const NAME: &str = "generated code has it by name, and what names it no longer compiles";
const VALUE: &str = "a generated closed enum cannot read the new value";
const TYPE: &str = "the argument of the generated method has another type";

/// Advice for who does not have it.
pub const INSTALL: &str = "`.ci/oasdiff/run` installs it into target/tools; it needs Go";

/// A change, as oasdiff prints it.
#[derive(Deserialize)]
struct Printed {
    id: String,
    text: String,
    level: u8,
    #[serde(default)]
    operation: String,
    #[serde(default)]
    path: String,
}

/// Returns the program that `.ci/oasdiff/run` installs, or else the one on PATH.
pub fn find(workspace: &Workspace) -> Option<PathBuf> {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let own = workspace.root.join(target).join("tools/oasdiff");
    Some(own)
        .filter(|it| it.is_file())
        .or_else(|| on_path("oasdiff"))
}

/// Returns what oasdiff finds between two specs.
pub fn changes(oasdiff: &Path, old: &Spec, new: &Spec) -> Result<Vec<Change>, TaskError> {
    let scratch = Scratch::new("oasdiff")?;
    let levels = RAISED.iter().map(|(rule, _)| format!("{rule} err\n"));
    write(&scratch.path.join("levels"), &levels.collect::<String>())?;
    write(&scratch.path.join("old.json"), &document(old))?;
    write(&scratch.path.join("new.json"), &document(new))?;
    let mut command = Command::new(oasdiff);
    command.current_dir(&scratch.path);
    command.args(["changelog", "--format", "json", "--flatten-allof"]);
    command.args(["--include-path-params", "--severity-levels", "levels"]);
    let ran = command.args(["old.json", "new.json"]).output();
    let ran = ran.map_err(|error| TaskError::program("oasdiff", &error))?;
    let printed: Option<Vec<Printed>> = match ran.stdout.trim_ascii() {
        b"" if ran.status.success() => Some(Vec::new()),
        said => serde_json::from_slice(said).ok(),
    };
    let printed = printed.ok_or_else(|| {
        let said = String::from_utf8_lossy(&ran.stderr);
        TaskError::new(format!(
            "`{} changelog --format json` prints no list of changes: {}; {INSTALL}",
            oasdiff.display(),
            said.trim()
        ))
    })?;
    Ok(printed.into_iter().map(change).collect())
}

fn change(printed: Printed) -> Change {
    let Printed {
        id,
        text,
        level,
        operation,
        path,
    } = printed;
    let raised = RAISED.iter().find(|(raised, _)| *raised == id);
    let raised = raised.map_or_else(String::new, |(_, why)| format!("; raised, because {why}"));
    Change {
        side: Side::Wire,
        // 1 is an information, 2 a warning.
        verdict: match level {
            1 | 2 => Verdict::Compatible,
            _ => Verdict::Breaking,
        },
        places: vec![match path.as_str() {
            "" => "the spec".to_owned(),
            path => format!("{operation} {path}"),
        }],
        text: format!("{text} [oasdiff {id}{raised}]"),
    }
}

/// The spec as JSON. A spec that does not exist has no operations.
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
    as_references(&mut root);
    root.to_string()
}

/// Replaces each `allOf` of one reference, which only adds a description, by the reference: oasdiff
/// does not look behind it.
fn as_references(value: &mut Value) {
    if let Some([only]) = value["allOf"].as_array().map(Vec::as_slice)
        && only.get("$ref").is_some()
    {
        *value = only.clone();
    }
    match value {
        Value::Object(map) => map.values_mut().for_each(as_references),
        Value::Array(list) => list.iter_mut().for_each(as_references),
        _ => {}
    }
}
