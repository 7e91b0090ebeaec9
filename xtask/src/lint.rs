//! `cargo xtask lint`: the rules of `build/rules.rs`, our own marks (`x-identity`, `x-secret`), and
//! redocly with `redocly.yaml`.

use std::io::Write;

use serde_json::Value;

use crate::build::diagnostic::Diagnostic;
use crate::build::rules;
use crate::build::spec::{Spec, walk, walk_schemas};
use crate::build::yaml::join;
use crate::error::TaskError;
use crate::redocly;
use crate::words::count;
use crate::workspace::Workspace;

/// Parts of a name that tell of a secret.
const SECRETS: &str = "password passwords passwd token tokens secret secrets credential \
    credentials appkey apikey app_key api_key access_key private_key";

/// Runs the task; returns whether nothing was found.
pub fn run(
    workspace: &Workspace,
    no_redocly: bool,
    out: &mut dyn Write,
) -> Result<bool, TaskError> {
    let files = workspace.spec_files()?;
    let mut found = Vec::new();
    for file in &files {
        match Spec::parse(file, &workspace.read(file)?) {
            Ok(spec) => found.extend(diagnostics(&spec)),
            // The other specs are still checked.
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    for diagnostic in &found {
        writeln!(out, "{diagnostic}")?;
    }
    let (specs, findings) = (count(files.len(), "spec"), count(found.len(), "finding"));
    writeln!(out, "lint: {specs}, {findings}")?;
    if no_redocly {
        writeln!(out, "redocly: not run, because of --no-redocly")?;
        return Ok(found.is_empty());
    }
    if !redocly::is_installable() {
        return Err(TaskError::new(
            "redocly: NOT RUN, because npm and node are not on PATH: install them, or pass --no-redocly",
        ));
    }
    let mut redocly = redocly::command(workspace)?;
    redocly.args(["lint", "--config", "redocly.yaml", "--format", "stylish"]);
    let ran = redocly.args(&files).output();
    let ran = ran.map_err(|error| TaskError::program("redocly", &error))?;
    if ran.status.success() {
        writeln!(out, "redocly: {specs}, nothing found")?;
    } else {
        out.write_all(&ran.stdout)?;
        out.write_all(&ran.stderr)?;
        writeln!(out, "redocly: fix the spec, or say in redocly.yaml why not")?;
    }
    Ok(found.is_empty() && ran.status.success())
}

/// All findings in a spec by our own rules, in the order of their lines.
fn diagnostics(spec: &Spec) -> Vec<Diagnostic> {
    let mut found = rules::check(spec).err().unwrap_or_default();
    identities(spec, &mut found);
    secrets(spec, &mut found);
    obligations(spec, &mut found);
    found.sort();
    found
}

/// An identity is a property of a schema that an answer holds: nowhere else is it looked for.
fn identities(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let mut answered = Vec::new();
    for operation in spec.operations() {
        if let Some(answer) = spec.answer_schema(operation.value) {
            walk_schemas(spec, answer, "", &mut answered, &mut |_, _| {});
        }
    }
    walk(&spec.root, "", &mut |pointer, schema| {
        let Some(value) = schema.get("x-identity") else {
            return;
        };
        let steps: Vec<_> = pointer.split('/').skip(1).collect();
        let message = match steps.as_slice() {
            ["components", "schemas", _, "properties", _] if value != true => {
                format!("`x-identity` is {value}: write `true`, or remove it")
            }
            ["components", "schemas", name, "properties", _] if answered.contains(name) => return,
            ["components", "schemas", name, "properties", _] => format!(
                "`x-identity` means nothing here, because no answer holds a `{name}`: remove it, or refer to the schema from the answer"
            ),
            _ => "`x-identity` stands on no property of a named schema: move it to the property of components/schemas that it means".to_owned(),
        };
        found.push(spec.diagnostic(&join(pointer, "x-identity"), message));
    });
}

/// Only a boolean has a value `true` that obliges to something.
fn obligations(spec: &Spec, found: &mut Vec<Diagnostic>) {
    walk(&spec.root, "", &mut |pointer, schema| {
        let mark = schema.get("x-obligation");
        if mark.is_some_and(|it| it != true || schema["type"] != "boolean") {
            let message = "`x-obligation` is not `true` on a boolean: write it beside `type: boolean`, or remove it";
            found.push(spec.diagnostic(&join(pointer, "x-obligation"), message));
        }
    });
}

/// A property or parameter whose name tells of a secret is marked as one, or it would end up in a
/// log.
fn secrets(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let mut check = |pointer: String, name: &str, holder: &Value, schema: &Value| {
        let target = spec.flatten(schema);
        let items = spec.flatten(&target["items"]);
        let is_marked = [holder, schema, target, items]
            .iter()
            .any(|it| it["x-secret"] == true);
        // A flag or a number is no secret; of an object, its own properties are checked.
        let may_hold_one = match target["type"].as_str() {
            Some("boolean" | "integer" | "number") => false,
            Some("object") => target.get("properties").is_none(),
            _ => true,
        };
        if tells_of_a_secret(name) && may_hold_one && !is_marked {
            let message = format!(
                "`{name}` sounds like a secret but lacks `x-secret: true`: add it, so that it is never logged (or rename it)"
            );
            found.push(spec.diagnostic(&pointer, message));
        }
    };
    for operation in spec.operations() {
        for (index, parameter) in spec.parameters(operation.value).enumerate() {
            let pointer = format!("{}/parameters/{index}", operation.pointer);
            let name = parameter["name"].as_str().unwrap_or_default();
            check(pointer, name, parameter, &parameter["schema"]);
        }
    }
    let schemas = &spec.root["components"]["schemas"];
    walk(schemas, "/components/schemas", &mut |pointer, schema| {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let pointer = join(&join(pointer, "properties"), name);
            check(pointer, name, property, property);
        }
    });
}

fn tells_of_a_secret(name: &str) -> bool {
    let mut words = "_".to_owned();
    let mut was_lower = false;
    for letter in name.chars() {
        if letter.is_uppercase() && was_lower {
            words.push('_');
        }
        was_lower = letter.is_lowercase();
        match letter.is_alphanumeric() {
            true => words.extend(letter.to_lowercase()),
            false => words.push('_'),
        }
    }
    words.push('_');
    let mut secrets = SECRETS.split_whitespace();
    secrets.any(|secret| words.contains(&format!("_{secret}_")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::{Scratch, write};

    /// A spec that keeps every rule; the tests break it, one rule at a time.
    const SOUND: &str = r##"openapi: 3.0.3
info:
  title: Things
  version: 1.0.0
  license: {name: MIT}
  x-vendor: {name: Vendor, variant: Vendor}
servers: [{url: https://vendor.example}]
security: [{key: []}]
x-refusal: {message: [message]}
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
                  value: {id: 7, note: null, at: null, tags: [a]}
        4XX:
          description: A refusal.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Failure"}
components:
  securitySchemes:
    key:
      type: apiKey
      in: header
      name: X-Key
      x-credential: {variable: VENDOR_KEY, found_at: the account page}
  schemas:
    Mode:
      type: string
      enum: [fast, slow]
    Time:
      type: string
      nullable: true
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
          description: The speed.
          x-default: fast
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
        at:
          allOf: [{$ref: "#/components/schemas/Time"}]
          description: The time of the last change.
        tags:
          type: array
          items: {type: string}
        kind:
          type: integer
          x-extensible-enum: [1, 2]
          x-enum-varnames: [One, Two]
    Failure:
      type: object
      properties:
        message: {type: string}
"##;

    /// The sound spec with one change, and the line of the change.
    fn broken(what: &str, with: &str) -> (String, usize) {
        let (before, _) = SOUND.split_once(what).unwrap();
        let within = with.lines().position(|line| line.contains("# here"));
        let line = before.matches('\n').count() + 1 + within.unwrap_or(0);
        (SOUND.replacen(what, with, 1), line)
    }

    /// A change of the sound spec, and the one finding on the line of the change or of the comment
    /// `# here`.
    #[rustfmt::skip]
    const OURS: [(&str, &str, &str); 13] = [
        ("x-identity: true", "x-identity: yes please", "Thing.id: `x-identity` is \"yes please\""),
        ("x-secret: true", "x-secret: true\n          x-obligation: true # here", "`x-obligation` is not `true` on a boolean"),
        ("x-secret: true", "x-secret: true\n          x-identity: true # here", "`x-identity` means nothing here"),
        ("enum: [fast, slow]", "enum: [fast, slow]\n      x-identity: true # here", "Mode: `x-identity` stands on no property"),
        ("x-enum-varnames: [One, Two]", "x-enum-varnames: [One]", "`x-enum-varnames` has 1 names for 2 values"),
        ("description: The speed.", "x-provenance: {document: nowhere, confidence: observed}", "`x-provenance.document` is `nowhere`"),
        ("description: The speed.", "x-provenance: {document: page, confidence: sure}", "`x-provenance.confidence` is `sure`"),
        ("message: {type: string}", "message: {type: string, enum: [a]}", "Failure.message: `enum` would make the 4XX answer"),
        ("description: The speed.", "type: string\n          default: fast # here", "ChangeRequest.mode: `default` in a body"),
        ("        password:\n          type: string\n          x-secret: true", "        password:\n          type: string", "`password` sounds like a secret"),
        ("        - name: id\n", "        - {name: accessToken, in: query, schema: {type: string}}\n        - name: id\n", "change_thing: `accessToken` sounds like a secret"),
        ("      x-effect: change\n", "      x-effect: delete\n", "change_thing: `x-effect: delete` is none of"),
        ("info:", "info: [\ninf:", "not valid YAML"),
    ];

    #[test]
    fn each_of_our_rules_finds_its_mutation_on_its_line() {
        let spec = Spec::parse("openapi/x.yaml", SOUND).unwrap();
        assert_eq!(diagnostics(&spec), []);
        for (what, with, expected) in OURS {
            let (text, line) = broken(what, with);
            let found = match Spec::parse("openapi/x.yaml", &text) {
                Ok(spec) => diagnostics(&spec),
                Err(diagnostic) => vec![diagnostic],
            };
            let [one] = found.as_slice() else {
                panic!("{expected}: {found:#?}");
            };
            assert!(one.to_string().contains(expected), "{expected}: {one}");
            if expected != "not valid YAML" {
                assert_eq!(one.line, u64::try_from(line).ok(), "{one}");
            }
        }
    }

    #[test]
    fn marks_and_kinds_that_make_no_finding() {
        for marked in [
            "- {name: token, in: query, schema: {type: string, x-secret: true}}",
            "- {name: tokens, in: query, x-secret: true, schema: {type: string}}",
            "- {name: is_token, in: query, schema: {type: boolean}}",
            "- {name: addon_key, in: query, schema: {type: string}}",
            "- {name: tokenizer, in: query, schema: {type: string}}",
        ] {
            let (text, _) = broken("- name: id\n", &format!("{marked}\n        - name: id\n"));
            let spec = Spec::parse("openapi/x.yaml", &text).unwrap();
            assert_eq!(diagnostics(&spec), [], "{marked}");
        }
    }

    /// A change of the sound spec, and the rule of redocly that finds it on the line of the change.
    #[rustfmt::skip]
    const REDOCLY: [(&str, &str, &str); 13] = [
        ("operationId: change_thing", "operationId: changeThing", "rule/operation-id-is-snake-case"),
        ("summary: Change a thing", "summary: 5", "struct"),
        ("required: [id]", "required: [id, name]", "no-required-schema-properties-undefined"),
        ("example: 7", "example: seven", "no-invalid-parameter-examples"),
        ("example: x", "example: 1", "no-invalid-schema-examples"),
        ("        size:\n          type: integer\n          minimum: 1\n          x-default: 1", "        size: {type: integer, minimum: 1, x-default: 0}", "no-invalid-schema-examples"),
        ("        mode:\n          allOf: [{$ref: \"#/components/schemas/Mode\"}]\n          description: The speed.\n          x-default: fast", "        mode: {allOf: [{$ref: \"#/components/schemas/Mode\"}], x-default: odd}", "no-invalid-schema-examples"),
        ("value: {name: x, size: 2, mode: fast}", "value: {size: 2}", "no-invalid-media-type-examples"),
        ("value: {name: x, size: 2, mode: fast}", "value: {name: x, mode: odd}", "no-invalid-media-type-examples"),
        ("value: {name: x, size: 2, mode: fast}", "value: {name: x, other: 1}", "no-invalid-media-type-examples"),
        ("id: 7, note: null", "id: null, note: null", "no-invalid-media-type-examples"),
        ("tags: [a]", "tags: [a, 1]", "no-invalid-media-type-examples"),
        ("enum: [fast, slow]", "enum: [fast, 1]", "no-enum-type-mismatch"),
    ];

    #[test]
    fn each_rule_of_redocly_finds_its_mutation_on_its_line() {
        if !redocly::is_installable() {
            let _ = writeln!(
                std::io::stderr(),
                "redocly: NOT CHECKED, because npm and node are not on PATH"
            );
            return;
        }
        let scratch = Scratch::new("lint-redocly").unwrap();
        let mutations = REDOCLY.iter().map(|(what, with, _)| broken(what, with));
        let mutations: Vec<_> = [(SOUND.to_owned(), 0)]
            .into_iter()
            .chain(mutations)
            .collect();
        let mut command = redocly::command(&Workspace::here()).unwrap();
        command.args(["lint", "--config", "redocly.yaml", "--format", "checkstyle"]);
        for (index, (text, _)) in mutations.iter().enumerate() {
            let file = scratch.path.join(format!("{index:02}.yaml"));
            write(&file, text).unwrap();
            command.arg(file);
        }
        let said = command.output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let found: Vec<_> = said.split("<file name=").skip(1).collect();
        assert_eq!(
            found.len(),
            REDOCLY.len(),
            "the sound spec has a finding, or a mutation none: {said}"
        );
        for ((found, (_, line)), (_, with, rule)) in found.iter().zip(&mutations[1..]).zip(REDOCLY)
        {
            let at = format!("<error line=\"{line}\" ");
            let is_found = found
                .lines()
                .any(|it| it.contains(&at) && it.contains(&format!("source=\"{rule}\"")));
            assert!(is_found, "{with}: {rule} on line {line}\n{found}");
        }
    }

    #[test]
    fn all_findings_are_printed_and_counted() {
        let scratch = Scratch::new("lint").unwrap();
        let workspace = Workspace {
            root: scratch.path.clone(),
        };
        let (bad, _) = broken("x-secret: true", "description: New.");
        write(&scratch.path.join("openapi/a.yaml"), &bad).unwrap();
        write(&scratch.path.join("openapi/b.yaml"), "a: [1\nb: 2\n").unwrap();
        let mut out = Vec::new();
        assert!(!run(&workspace, true, &mut out).unwrap());
        let text = String::from_utf8(out).unwrap();
        for expected in [
            "openapi/a.yaml:76: ChangeRequest.password: ",
            "openapi/b.yaml:",
            "lint: 2 specs, 2 findings",
            "redocly: not run",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }

    /// Every key is on the line that is derived from its pointer.
    #[test]
    fn every_line_of_the_specs_is_right() {
        let workspace = Workspace::here();
        for spec in workspace.specs().unwrap() {
            let text = workspace.read(&spec.file).unwrap();
            let lines: Vec<_> = text.lines().collect();
            walk(&spec.root, "", &mut |pointer, _| {
                for key in spec.tree.keys(pointer) {
                    let line = spec.tree.line(&join(pointer, key));
                    let line = lines[usize::try_from(line).unwrap() - 1];
                    assert!(line.contains(key), "{pointer} {key}: {line}");
                }
            });
        }
    }

    /// The specs of this repository, so that a finding shows up in `cargo test` as well.
    #[test]
    fn the_specs_have_no_finding() {
        for spec in Workspace::here().specs().unwrap() {
            let found: Vec<_> = diagnostics(&spec).iter().map(ToString::to_string).collect();
            assert!(found.is_empty(), "{}", found.join("\n"));
        }
    }
}
