//! `cargo xtask generate`: everything that is made of the specs and checked in.
//!
//! `--check` goes through the same [`outputs`] and compares instead of writing, so the two can't disagree.

mod command_line;
mod reference;
mod schemas;

pub use reference::limits;

use std::io::Write;

use serde_json::Value;
use similar::TextDiff;

use crate::api::Api;
use crate::problem::Problem;
use crate::workspace::Workspace;

/// What mends whatever `--check` finds.
const MEND: &str = "cargo xtask generate";

/// Stands at the top of each page.
const MADE: &str =
    "<!-- Made by `cargo xtask generate` from openapi/*.yaml. Don't edit: edit the specs. -->\n\n";

/// How to go about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write nothing; say what is stale.
    pub check: bool,
    /// Leave `tests/snapshots` alone.
    pub no_snapshots: bool,
    /// Leave `openapi/dist/schemas` alone.
    pub no_schemas: bool,
}

/// A file to be written.
#[derive(Debug)]
pub struct Output {
    /// From the root.
    pub path: String,
    /// All that it holds.
    pub text: String,
}

/// Does it; says whether all is well.
pub fn run(workspace: &Workspace, options: Options, out: &mut dyn Write) -> Result<bool, Problem> {
    let apis = workspace.apis()?;
    let made = outputs(&apis)?;
    let mut files = made.len();
    let mut changed = settle(workspace, &made, options.check, out)?;
    // After the others, so that they are settled even where the library can't be built yet.
    if !options.no_schemas {
        // It takes a while where the library is not built yet.
        writeln!(out, "schemas: cargo run --example schemas ...")?;
        out.flush()?;
        let made = schemas::outputs(workspace, &apis)?;
        files += made.len();
        changed += settle(workspace, &made, options.check, out)?;
    }
    let mut is_well = !options.check || changed == 0;
    if !options.no_snapshots {
        is_well &= snapshots(workspace, options.check, out)?;
    }
    match (options.check, is_well) {
        (false, _) => writeln!(out, "generate: {files} files, {changed} of them changed")?,
        (true, true) => writeln!(out, "generate: {files} files, all up to date")?,
        (true, false) => writeln!(
            out,
            "generate: {changed} of {files} files are stale, or a snapshot is; mend it with `{MEND}`"
        )?,
    }
    Ok(is_well)
}

/// Writes what is stale, or shows it as a diff; says how many files that are.
fn settle(
    workspace: &Workspace,
    outputs: &[Output],
    check: bool,
    out: &mut dyn Write,
) -> Result<usize, Problem> {
    let mut changed = 0;
    for output in outputs {
        let old = workspace.read(&output.path).unwrap_or_default();
        if old == output.text {
            continue;
        }
        changed += 1;
        if check {
            let diff = TextDiff::from_lines(&old, &output.text);
            let now = format!("{} (as it should be)", output.path);
            let mut diff = diff.unified_diff();
            write!(out, "{}", diff.context_radius(3).header(&output.path, &now))?;
        } else {
            workspace.write(&output.path, &output.text)?;
            writeln!(out, "wrote {}", output.path)?;
        }
    }
    Ok(changed)
}

/// Everything that is made of the specs alone, in `openapi/dist`.
///
/// A further kind of file joins here: push its outputs onto the list, and both writing and checking know it. What is made of the
/// compiled library is in [`schemas`].
fn outputs(apis: &[Api]) -> Result<Vec<Output>, Problem> {
    let mut outputs = Vec::new();
    for api in apis {
        outputs.push(Output {
            path: format!("openapi/dist/{}.json", api.vendor),
            text: bundle(api)?,
        });
    }
    outputs.push(Output {
        path: "openapi/dist/OPERATIONS.md".to_owned(),
        text: MADE.to_owned() + &reference::page(apis),
    });
    outputs.push(Output {
        path: "openapi/dist/CLI.md".to_owned(),
        text: MADE.to_owned() + &command_line::page(apis),
    });
    Ok(outputs)
}

/// The spec as one JSON file, in the order of the YAML. The specs hold no reference to another file, so nothing has to be pulled in.
fn bundle(api: &Api) -> Result<String, Problem> {
    let mut foreign = None;
    api.tree.maps("", &mut |_, entries| {
        for entry in entries.iter().filter(|entry| entry.key == "$ref") {
            let target = entry.node.value();
            let is_own = target.as_str().is_some_and(|it| it.starts_with('#'));
            if !is_own && foreign.is_none() {
                foreign = Some((entry.line, target));
            }
        }
    });
    if let Some((line, target)) = foreign {
        let file = &api.file;
        return Err(Problem::new(format!(
            "{file}:{line}: `$ref: {}` leaves the file: move what it means into components of this file",
            target
                .as_str()
                .map_or_else(|| target.to_string(), str::to_owned)
        )));
    }
    let json = serde_json::to_string_pretty(&api.tree).map_err(|error| {
        let file = &api.file;
        Problem::new(format!(
            "{file} can't be written as JSON: {error}; take out what JSON doesn't know (.nan, .inf)"
        ))
    })?;
    Ok(json + "\n")
}

/// The snapshots of the generated surface: refreshed, or compared.
fn snapshots(workspace: &Workspace, check: bool, out: &mut dyn Write) -> Result<bool, Problem> {
    if !workspace.root.join("tests/surface.rs").is_file() {
        return Err(Problem::new(
            "tests/surface.rs is not there, so there are no snapshots to refresh: bring it back, or pass --no-snapshots",
        ));
    }
    let mut cargo = workspace.cargo();
    cargo.args([
        "test",
        "--quiet",
        "--package",
        "proxy-orders",
        "--test",
        "surface",
    ]);
    cargo.env("INSTA_UPDATE", if check { "no" } else { "always" });
    cargo.env("INSTA_FORCE_PASS", "0");
    // The diff says where; a backtrace would bury it.
    cargo.env("RUST_BACKTRACE", "0");
    // It takes a while where the library is not built yet.
    writeln!(out, "snapshots: cargo test --test surface ...")?;
    out.flush()?;
    let ran = cargo.output();
    let ran = ran.map_err(|error| Problem::program("cargo test --test surface", &error))?;
    if ran.status.success() {
        writeln!(
            out,
            "snapshots: {}",
            if check { "up to date" } else { "refreshed" }
        )?;
        return Ok(true);
    }
    out.write_all(&ran.stdout)?;
    out.write_all(&ran.stderr)?;
    if check {
        writeln!(
            out,
            "snapshots: stale, or `cargo test --test surface` can't be built ({}); what it said stands above",
            ran.status
        )?;
        return Ok(false);
    }
    let status = ran.status;
    Err(Problem::new(format!(
        "`cargo test --test surface` fails ({status}) although it may update its snapshots: mend what it says above, or pass --no-snapshots"
    )))
}

/// What an effect allows, for a reader.
pub fn effect_in_words(effect: &str) -> &'static str {
    match effect {
        "read" => "it changes nothing",
        "set" => "doing it twice leaves what doing it once left",
        "change" => "it changes something, without money; it is never sent twice",
        "spend" => "it moves money or starts an obligation to pay; it is never sent twice",
        _ => "unknown",
    }
}

/// What a confidence says, for a reader.
pub fn confidence_in_words(confidence: &str) -> &'static str {
    match confidence {
        "documented" => "documented",
        "observed" => "observed by others, not documented",
        _ => "inferred, not documented",
    }
}

/// Text for a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// How many of something: `1 operation`, `2 operations`.
pub fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// Whether anything of the specs is left out of a page: the ids of all operations, for tests.
#[cfg(test)]
fn ids(apis: &[Api]) -> Vec<String> {
    let operations = apis.iter().flat_map(Api::operations);
    operations.map(|operation| operation.id).collect()
}

/// The schema of an answer in words.
fn answer_in_words(api: &Api, name: Option<&str>) -> String {
    let Some(name) = name else {
        return "none documented".to_owned();
    };
    let schema = &api.spec.root["components"]["schemas"][name];
    let target = crate::api::flatten(&api.spec, schema);
    let kind = match target {
        Value::Object(_) => crate::api::kind(&api.spec, target),
        _ => return format!("`{name}`"),
    };
    match kind {
        crate::api::Kind::Object | crate::api::Kind::Map => format!("`{name}`"),
        kind => format!("`{name}` ({kind})"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::{Scratch, write};

    const SPEC: &str = "\
openapi: 3.0.3
x-documents: {page: {title: A page}}
paths:
  /things:
    get:
      operationId: list_things
      summary: List things
      x-effect: read
      x-provenance: {document: page, confidence: documented}
      responses: {'200': {description: Things.}}
";
    const QUIET: Options = Options {
        check: false,
        no_snapshots: true,
        no_schemas: true,
    };
    const CHECK: Options = Options {
        check: true,
        no_snapshots: true,
        no_schemas: true,
    };

    fn said(workspace: &Workspace, options: Options) -> (bool, String) {
        let mut out = Vec::new();
        let is_well = run(workspace, options, &mut out).unwrap();
        (is_well, String::from_utf8(out).unwrap())
    }

    #[test]
    fn what_is_written_is_up_to_date_until_the_spec_changes() {
        let scratch = Scratch::new("generate").unwrap();
        let workspace = Workspace {
            root: scratch.path.clone(),
        };
        let spec = scratch.path.join("openapi/vendor.yaml");
        write(&spec, SPEC).unwrap();

        let (is_well, text) = said(&workspace, CHECK);
        assert!(
            !is_well && text.contains("3 of 3 files are stale"),
            "{text}"
        );
        assert!(
            !scratch.path.join("openapi/dist").exists(),
            "a check writes nothing"
        );

        let (is_well, text) = said(&workspace, QUIET);
        assert!(
            is_well && text.contains("wrote openapi/dist/vendor.json"),
            "{text}"
        );
        let (is_well, text) = said(&workspace, CHECK);
        assert!(is_well && text.contains("all up to date"), "{text}");

        write(&spec, &SPEC.replace("List things", "List all things")).unwrap();
        let (is_well, text) = said(&workspace, CHECK);
        assert!(!is_well, "{text}");
        for expected in [
            "--- openapi/dist/vendor.json",
            "-        \"summary\": \"List things\"",
            "+        \"summary\": \"List all things\"",
            "`cargo xtask generate`",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        // Only what changed is written again.
        let (_, text) = said(&workspace, QUIET);
        assert!(text.contains("3 of them changed"), "{text}");
        let (_, text) = said(&workspace, QUIET);
        assert!(text.contains("0 of them changed"), "{text}");
    }

    #[test]
    fn the_bundle_is_the_spec_in_its_own_order() {
        for api in Workspace::here().apis().unwrap() {
            let text = bundle(&api).unwrap();
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read, api.spec.root);
            let at = |word: &str| text.find(word).unwrap();
            assert!(at("\"openapi\"") < at("\"info\""));
            assert!(at("\"paths\"") < at("\"components\""));
            assert!(text.ends_with("}\n"));
        }
    }

    #[test]
    fn a_reference_to_another_file_is_refused_with_its_line() {
        let text = SPEC.to_owned() + "components: {schemas: {A: {$ref: 'b.yaml#/A'}}}\n";
        let api = Api::parse("openapi/vendor.yaml", &text).unwrap();
        let problem = bundle(&api).err().unwrap().to_string();
        assert!(
            problem.starts_with("openapi/vendor.yaml:11: `$ref: b.yaml#/A`"),
            "{problem}"
        );
    }

    #[test]
    fn snapshots_can_not_be_refreshed_where_there_are_none() {
        let scratch = Scratch::new("no-snapshots").unwrap();
        write(&scratch.path.join("openapi/vendor.yaml"), SPEC).unwrap();
        let workspace = Workspace {
            root: scratch.path.clone(),
        };
        let options = Options {
            no_snapshots: false,
            ..QUIET
        };
        let problem = run(&workspace, options, &mut Vec::new()).err().unwrap();
        assert!(problem.to_string().contains("--no-snapshots"));
    }
}
