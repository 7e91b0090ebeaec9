//! `cargo xtask lint`: what the specs have to keep to, each finding with its file and line; then `redocly lint`, where it is installed.
//!
//! The rules that a build enforces stand in `build/rules.rs`, and are the very same code here; [`place`] finds their lines. Beyond them:
//! [`marks`] (names, `x-provenance`, `x-identity`, `x-enum-varnames`), [`secrets`] and [`examples`].

mod examples;
mod marks;
mod place;
mod secrets;
mod validate;

use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use crate::api::Api;
use crate::generate::count;
use crate::problem::Problem;
use crate::rules;
use crate::workspace::{Workspace, on_path};

/// Where `.ci/contract/run` puts the pinned redocly.
const REDOCLY: &str = "target/contract/node/node_modules/.bin/redocly";

/// One thing that is wrong with a spec.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    file: String,
    line: u64,
    /// An operation, a schema, or a path of keys.
    place: String,
    /// What is wrong, and how to mend it.
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding {
            file,
            line,
            place,
            what,
        } = self;
        write!(f, "{file}:{line}: ")?;
        if !place.is_empty() {
            write!(f, "{place}: ")?;
        }
        f.write_str(what)
    }
}

/// Findings as they come in, and the spec that they are about.
struct Findings<'a> {
    api: &'a Api,
    list: Vec<Finding>,
}

impl Findings<'_> {
    /// Something at a pointer into the spec.
    fn add(&mut self, pointer: &str, place: impl Into<String>, what: impl Into<String>) {
        self.list.push(Finding {
            file: self.api.file.clone(),
            line: self.api.tree.line(pointer),
            place: place.into(),
            what: what.into(),
        });
    }
}

/// All findings of one spec by our own rules, by line.
pub fn findings(api: &Api) -> Vec<Finding> {
    let mut findings = Findings {
        api,
        list: Vec::new(),
    };
    if let Err(faults) = rules::check(&api.spec) {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        findings.list.extend(place::findings(api, &faults));
    }
    marks::check(&mut findings);
    secrets::check(&mut findings);
    examples::check(&mut findings);
    findings.list.sort();
    findings.list.dedup();
    findings.list
}

/// Does it; says whether nothing was found.
pub fn run(workspace: &Workspace, no_redocly: bool, out: &mut dyn Write) -> Result<bool, Problem> {
    let mut found = 0;
    let files = workspace.spec_files()?;
    for file in &files {
        match Api::parse(file, &workspace.read(file)?) {
            Ok(api) => {
                for finding in findings(&api) {
                    found += 1;
                    writeln!(out, "{finding}")?;
                }
            }
            // It names the file and the line itself; the other specs are still looked at.
            Err(problem) => {
                found += 1;
                writeln!(out, "{problem}")?;
            }
        }
    }
    writeln!(
        out,
        "lint: {}, {}",
        count(files.len(), "spec"),
        count(found, "finding")
    )?;
    if no_redocly {
        writeln!(out, "redocly lint: not run, as --no-redocly says")?;
        return Ok(found == 0);
    }
    let is_well = redocly(workspace, &files, out)?;
    Ok(found == 0 && is_well)
}

fn redocly(workspace: &Workspace, files: &[String], out: &mut dyn Write) -> Result<bool, Problem> {
    let own = workspace.root.join(REDOCLY);
    let program: Option<PathBuf> = on_path("redocly").or_else(|| own.is_file().then_some(own));
    let Some(program) = program else {
        writeln!(
            out,
            "redocly lint: NOT RUN, as redocly is neither on PATH nor at {REDOCLY}; `.ci/contract/run` puts it there, or: \
             npm install --prefix target/contract/node @redocly/cli"
        )?;
        return Ok(true);
    };
    let mut command = workspace.command(&program);
    command.args(["lint", "--config", "redocly.yaml", "--max-problems", "50"]);
    command.args(files);
    // Neither news nor statistics are wanted of a linter.
    command.env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    command.env("REDOCLY_TELEMETRY", "off");
    command.env("NO_COLOR", "1");
    let ran = command.output();
    let ran = ran.map_err(|error| Problem::program("redocly", &error))?;
    let text = [ran.stdout, ran.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let is_well = ran.status.success() && !has_warnings(&text);
    if is_well {
        writeln!(
            out,
            "redocly lint: {}, nothing found",
            count(files.len(), "spec")
        )?;
    } else {
        writeln!(out, "{}", text.trim())?;
        writeln!(
            out,
            "redocly lint: found something; mend the spec, or say in redocly.yaml why not"
        )?;
    }
    Ok(is_well)
}

/// Whether redocly's summary counts a warning; it still ends with success then.
fn has_warnings(text: &str) -> bool {
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let is_count = word.parse::<u64>().is_ok_and(|count| count > 0);
        if is_count && words.peek().is_some_and(|next| next.starts_with("warning")) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::{Scratch, write};

    /// A spec that keeps to every rule; the tests break it, one rule at a time.
    pub const SOUND: &str = r##"openapi: 3.0.3
security: [{key: []}]
x-documents:
  page: {title: A page}
paths:
  /things/{id}:
    post:
      operationId: change_thing
      summary: Change a thing
      x-effect: change
      x-provenance: {document: page, confidence: documented}
      parameters:
        - name: id
          in: path
          required: true
          schema: {type: integer}
          example: 7
      requestBody:
        content:
          application/json:
            schema: {$ref: "#/components/schemas/ChangeRequest"}
            examples:
              documented:
                value: {name: x, size: 2, mode: fast}
      responses:
        "200":
          description: The thing.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
              examples:
                documented:
                  value: {id: 7, note: null, tags: [a]}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    Mode:
      type: string
      enum: [fast, slow]
    ChangeRequest:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name:
          type: string
          example: x
        size:
          type: integer
          minimum: 1
          x-default: 1
        mode:
          allOf: [{$ref: "#/components/schemas/Mode"}]
          description: How.
        password:
          type: string
          x-secret: true
    Thing:
      type: object
      required: [id]
      properties:
        id:
          type: integer
          x-identity: true
        note:
          type: string
          nullable: true
        tags:
          type: array
          items: {type: string}
        kind:
          type: integer
          x-extensible-enum: [1, 2]
          x-enum-varnames: [One, Two]
"##;

    /// Findings after one change of the sound spec.
    pub fn broken(what: &str, with: &str) -> Vec<String> {
        assert!(SOUND.contains(what), "{what}");
        let api = Api::parse("openapi/x.yaml", &SOUND.replacen(what, with, 1)).unwrap();
        findings(&api).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_spec_has_no_finding() {
        assert_eq!(
            broken("summary: Change", "summary: Change"),
            Vec::<String>::new()
        );
    }

    /// The specs of this repository, so that a finding shows up in `cargo test` as well.
    #[test]
    fn the_specs_have_no_finding() {
        for api in Workspace::here().apis().unwrap() {
            let found: Vec<_> = findings(&api).iter().map(ToString::to_string).collect();
            assert!(found.is_empty(), "{}", found.join("\n"));
        }
    }

    #[test]
    fn all_findings_are_printed_and_counted() {
        let scratch = Scratch::new("lint").unwrap();
        let workspace = Workspace {
            root: scratch.path.clone(),
        };
        let bad = SOUND.replace("operationId: change_thing", "operationId: changeThing");
        let bad = bad.replace("x-secret: true", "description: New.");
        write(&scratch.path.join("openapi/a.yaml"), &bad).unwrap();
        write(&scratch.path.join("openapi/b.yaml"), "a: [1\nb: 2\n").unwrap();
        let mut out = Vec::new();
        assert!(!run(&workspace, true, &mut out).unwrap());
        let text = String::from_utf8(out).unwrap();
        for expected in [
            "openapi/a.yaml:8: changeThing: ",
            "openapi/a.yaml:56: ChangeRequest.password: ",
            "openapi/b.yaml:",
            "lint: 2 specs, 3 findings",
            "redocly lint: not run",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }

    #[test]
    fn it_is_said_plainly_that_redocly_is_missing() {
        if on_path("redocly").is_some() {
            return;
        }
        let scratch = Scratch::new("lint-plain").unwrap();
        let workspace = Workspace {
            root: scratch.path.clone(),
        };
        write(&scratch.path.join("openapi/a.yaml"), SOUND).unwrap();
        let mut out = Vec::new();
        assert!(run(&workspace, false, &mut out).unwrap());
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("redocly lint: NOT RUN"), "{text}");
    }

    #[test]
    fn a_warning_of_redocly_counts() {
        assert!(has_warnings(
            "Woohoo! Your API description is valid. \nYou have 3 warnings."
        ));
        assert!(has_warnings("with 1 warning"));
        assert!(!has_warnings("Woohoo! Your API descriptions are valid."));
    }
}
