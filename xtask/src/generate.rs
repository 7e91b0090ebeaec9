//! `cargo xtask generate`: everything that is generated from the specs and checked in.
//!
//! `--check` compares the same files instead of writing them, so the two cannot disagree.

mod command_line;
mod files;
mod reference;
mod schemas;
mod snapshots;

use std::io::Write;

use crate::build::rules;
use crate::build::spec::Spec;
use crate::build::table::Table;
use crate::error::TaskError;
use crate::workspace::Workspace;
use files::{File, settle};
pub use snapshots::are_fresh;

/// The command that fixes whatever `--check` finds.
const FIX: &str = "cargo xtask generate";

/// Stands at the top of each page.
const MADE: &str =
    "<!-- Made by `cargo xtask generate` from openapi/*.yaml. Don't edit: edit the specs. -->\n\n";

/// The options of the task.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write nothing; report what is stale.
    pub check: bool,
    /// Leave `tests/snapshots` alone.
    pub no_snapshots: bool,
    /// Leave `openapi/dist/schemas` alone.
    pub no_schemas: bool,
}

/// Runs the task; returns whether all is well.
pub fn run(
    workspace: &Workspace,
    options: Options,
    out: &mut dyn Write,
) -> Result<bool, TaskError> {
    let specs = workspace.specs()?;
    let made = pages(&specs)?;
    let mut count = made.len();
    let mut stale = settle(workspace, &made, options.check, out)?;
    // After the pages, so that these are settled even where the library cannot be built yet.
    if !options.no_schemas {
        writeln!(out, "schemas: cargo run --example schemas ...")?;
        out.flush()?;
        let titles = specs.iter().map(|spec| (spec.vendor(), title(spec)));
        let made = schemas::documents(workspace, titles)?;
        let made = made.into_iter().map(|(vendor, text)| File {
            path: format!("openapi/dist/schemas/{vendor}.schema.json"),
            text,
        });
        let made: Vec<_> = made.collect();
        count += made.len();
        stale += settle(workspace, &made, options.check, out)?;
    }
    let mut is_well = !options.check || stale == 0;
    if !options.no_snapshots {
        is_well &= match options.check {
            true => snapshots::check(workspace, out)?,
            false => snapshots::refresh(workspace, out)?,
        };
    }
    match (options.check, is_well) {
        (false, _) => writeln!(out, "generate: {count} files, {stale} of them changed")?,
        (true, true) => writeln!(out, "generate: {count} files, all up to date")?,
        (true, false) => writeln!(
            out,
            "generate: {stale} of {count} files are stale, or a snapshot is; fix it with `{FIX}`"
        )?,
    }
    Ok(is_well)
}

fn title(spec: &Spec) -> &str {
    let title = spec.root["info"]["title"].as_str();
    title.unwrap_or(spec.vendor())
}

/// The files that are made of the specs alone.
fn pages(specs: &[Spec]) -> Result<Vec<File>, TaskError> {
    let mut files = Vec::new();
    let mut tables = Vec::new();
    for spec in specs {
        rules::check(spec)?;
        tables.push(Table::of(spec)?);
        files.push(File {
            path: format!("openapi/dist/{}.json", spec.vendor()),
            text: bundle(spec)?,
        });
    }
    for (name, page) in [
        ("OPERATIONS", reference::page(&tables)),
        ("CLI", command_line::page(&tables)),
    ] {
        files.push(File {
            path: format!("openapi/dist/{name}.md"),
            text: MADE.to_owned() + &page,
        });
    }
    Ok(files)
}

/// The spec as one JSON file, in the order of the YAML. The rules refuse a reference to another
/// file.
fn bundle(spec: &Spec) -> Result<String, TaskError> {
    let json = serde_json::to_string_pretty(&spec.tree).map_err(|error| {
        let file = &spec.file;
        TaskError::new(format!(
            "{file} cannot be written as JSON: {error}; remove what JSON does not know (.nan, .inf)"
        ))
    })?;
    Ok(json + "\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::{Scratch, write};

    const SPEC: &str = "\
openapi: 3.0.3
info: {x-vendor: {name: Vendor, variant: Vendor}}
security: [{key: []}]
x-refusal: {message: [message]}
x-documents: {page: {title: A page}}
paths:
  /things:
    get:
      operationId: list_things
      summary: List things
      x-effect: read
      x-provenance: {document: page, confidence: documented}
      responses: {'200': {description: Things.}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key, x-credential: {variable: KEY, found_at: there}}
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
    fn a_spec_that_breaks_a_rule_is_refused_with_its_line() {
        let text = SPEC.to_owned() + "  schemas: {A: {$ref: 'b.yaml#/A'}}\n";
        let spec = Spec::parse("openapi/vendor.yaml", &text).unwrap();
        let problem = pages(&[spec]).err().unwrap().to_string();
        let expected = "openapi/vendor.yaml:17: A: `$ref: b.yaml#/A` leads nowhere";
        assert!(problem.starts_with(expected), "{problem}");
    }

    #[test]
    fn the_pages_of_the_specs_say_all_of_them() {
        let specs = Workspace::here().specs().unwrap();
        let files = pages(&specs).unwrap();
        for (spec, file) in specs.iter().zip(&files) {
            let read: serde_json::Value = serde_json::from_str(&file.text).unwrap();
            assert_eq!(read, spec.root);
            let at = |word: &str| file.text.find(word).unwrap();
            assert!(at("\"openapi\"") < at("\"info\""), "the order of the YAML");
        }
        let page = |name: &str| {
            &files
                .iter()
                .find(|it| it.path.ends_with(name))
                .unwrap()
                .text
        };
        let operations: usize = specs.iter().map(|spec| spec.operations().len()).sum();
        for (name, rows) in [
            (
                "OPERATIONS.md",
                [
                    "| `limit` | query | integer | no | `20` | 1 to 100 | Page size. |",
                    "| `key` | path | text | yes |  |  | Key to rotate the IP address. Whoever has it can rotate. Secret: never to be logged. |",
                    "- Credential: header `X-Access-Token`",
                ],
            ),
            (
                "CLI.md",
                [
                    "| `--product-question-answers KEY=VALUE,...` | no |",
                    "| `--renew-duration INTEGER\\|TEXT` | no |",
                    "| `--limit INTEGER` | no | Page size; 1 to 100; the vendor takes `20` if it is left out |",
                ],
            ),
        ] {
            let page = page(name);
            assert_eq!(page.matches("\n### ").count(), operations, "{name}");
            for row in rows {
                assert!(page.contains(row), "{name}: {row}");
            }
        }
        assert!(
            !page("CLI.md").contains("--app-key"),
            "the credential is no flag"
        );
    }
}
