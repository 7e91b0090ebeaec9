//! `openapi/dist/CLI.md`: every `proxy-orders api VENDOR OPERATION` with its flags.
//!
//! The program makes its `api` command from the operation table at run time, in `cli/src/api/flags.rs`; this says the same from the specs.

use std::fmt::Write;

use super::{cell, confidence_in_words, count};
use crate::api::{Api, Kind, Operation, Parameter, Place};

/// Flags that every operation has besides its own; a parameter of the same name is told apart by where it goes.
const RESERVED: [&str; 9] = [
    "intent-key",
    "json-body",
    "query",
    "sandbox",
    "base-url",
    "timeout",
    "verbose",
    "help",
    "version",
];

/// Flags that an operation has besides if it spends.
const RESERVED_TO_SPEND: [&str; 8] = [
    "max-total",
    "max-day",
    "max-month",
    "dry-run",
    "again",
    "despite-unknown",
    "journal",
    "account",
];

const INTRODUCTION: &str = "\
# `proxy-orders api`

`proxy-orders api VENDOR OPERATION [FLAGS]` calls any operation with any of its parameters. It is raw: no question is asked, and
without an intent key no price cap is kept. The answer's JSON goes to stdout, of a failure too. `proxy-orders api VENDOR OPERATION --help` says the same as this page.

Besides its own flags, every operation takes these:

| flag | about |
|---|---|
| `--query NAME=VALUE` | a query pair that is not documented; may be given more than once |
| `--json-body FILE` | the whole body, as JSON in a file or on stdin (`-`); single parameters are put over it; not for GET |
| `--sandbox` | work in a sandbox on this machine: no key, no network, no money |
| `--base-url URL` | another base URL for the vendor; https, or on loopback |
| `--timeout SECONDS` | wait this long for an answer |
| `-v`, `-vv` | say more on stderr: each call, each attempt |

What spends also takes `--intent-key KEY` with `--max-total AMOUNT`, and then goes through the journal, under which the same key never buys
twice; its `--help` lists the further flags of that.

| type | how it is typed |
|---|---|
| `INTEGER`, `NUMBER`, `TEXT` | as it is |
| `BOOLEAN` | `true` or `false` |
| `INTEGER\\|TEXT` | a whole number if it is one, else text |
| `ITEM,...` | items with commas between them, or a JSON array; the flag may be repeated |
| `KEY=VALUE,...` | pairs with commas between them, or a JSON object; the flag may be repeated |
| `JSON-ARRAY`, `JSON-OBJECT`, `JSON` | JSON |

Credentials come from the environment: `IPROYAL_TOKEN`, `PROXYSHARD_API_KEY`, `SMARTPROXY_APP_KEY` (and `SMARTPROXY_BASE_URL`).
";

/// The whole page.
pub fn page(apis: &[Api]) -> String {
    let mut out = INTRODUCTION.to_owned();
    for api in apis {
        let operations = api.operations();
        let _ = writeln!(
            out,
            "\n## `proxy-orders api {}`\n\n{}: {}.",
            api.vendor,
            api.title(),
            count(operations.len(), "operation")
        );
        for it in &operations {
            operation(api, it, &mut out);
        }
    }
    out
}

fn operation(api: &Api, operation: &Operation, out: &mut String) {
    let Operation {
        id,
        method,
        path,
        effect,
        summary,
        source,
        ..
    } = operation;
    let _ = writeln!(
        out,
        "\n### `proxy-orders api {} {}`\n\n{summary} [{effect}]\n\n`{method} {path}`; source: page \"{}\", {}.",
        api.vendor,
        kebab(id),
        source.document,
        confidence_in_words(&source.confidence),
    );
    if operation.parameters.is_empty() {
        out.push_str("\nIt has no flags of its own.\n");
        return;
    }
    out.push_str("\n| flag | required | about |\n|---|---|---|\n");
    for (parameter, flag) in operation
        .parameters
        .iter()
        .zip(flags(&operation.parameters, effect == "spend"))
    {
        let required = match (parameter.required, parameter.place) {
            (false, _) => "no",
            (true, Place::Body) => "yes, here or in `--json-body`",
            (true, _) => "yes",
        };
        let _ = writeln!(
            out,
            "| `--{flag} {}` | {required} | {} |",
            cell(value_name(&parameter.kind)),
            cell(&about(parameter)),
        );
    }
}

/// `order_ids[]` becomes `order-ids`.
fn kebab(name: &str) -> String {
    name.replace(['[', ']'], "").replace('_', "-")
}

/// The flag of each parameter, in their order.
fn flags(parameters: &[Parameter], spends: bool) -> Vec<String> {
    let is_reserved =
        |name: &str| RESERVED.contains(&name) || spends && RESERVED_TO_SPEND.contains(&name);
    let mut names: Vec<String> = Vec::new();
    for parameter in parameters {
        let mut name = kebab(&parameter.name);
        while is_reserved(&name) || names.contains(&name) {
            name = format!("{}-{name}", parameter.place);
        }
        names.push(name);
    }
    names
}

fn value_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Integer => "INTEGER",
        Kind::Number => "NUMBER",
        Kind::Boolean => "BOOLEAN",
        Kind::Text => "TEXT",
        Kind::IntegerOrText => "INTEGER|TEXT",
        Kind::Map => "KEY=VALUE,...",
        Kind::Object => "JSON-OBJECT",
        Kind::Any => "JSON",
        Kind::List(items) => match **items {
            Kind::Object | Kind::Any | Kind::Map | Kind::List(_) => "JSON-ARRAY",
            _ => "ITEM,...",
        },
    }
}

fn about(parameter: &Parameter) -> String {
    let mut parts = vec![parameter.description.trim_end_matches('.').to_owned()];
    let limits = super::reference::limits(parameter);
    parts.push(limits);
    if let Some(default) = &parameter.default {
        parts.push(format!("the vendor takes `{default}` if it is left out"));
    }
    if parameter.secret {
        let safer = match parameter.place {
            Place::Body => ", `--json-body` is safer",
            _ => "",
        };
        parts.push(format!(
            "secret: other programs can read a command line{safer}"
        ));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn every_flag_is_there() {
        let apis = Workspace::here().apis().unwrap();
        let page = page(&apis);
        for expected in [
            "### `proxy-orders api iproyal list-orders`",
            "| `--order-ids ITEM,...` | no |",
            "| `--product-question-answers KEY=VALUE,...` | no |",
            "| `--renew-duration INTEGER\\|TEXT` | no |",
            "| `--addons JSON-ARRAY` | no |",
            "| `--selection JSON-OBJECT` | no |",
            "| `--pid INTEGER` | yes, here or in `--json-body` |",
            "| `--limit INTEGER` | no | Page size; 1 to 100; the vendor takes `20` if it is left out |",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
        let operations: Vec<_> = apis.iter().flat_map(Api::operations).collect();
        assert_eq!(page.matches("\n### ").count(), operations.len());
        let rows = page.matches("\n| `--").count();
        let all: usize = operations.iter().map(|it| it.parameters.len()).sum();
        // Five flags are everyone's; the sixth is `-v`.
        assert_eq!(rows, all + 5);
        assert!(!page.contains("--app-key"), "the credential is no flag");
    }

    #[test]
    fn flags_that_clash_are_told_apart_as_the_program_does() {
        let api = Api::parse(
            "openapi/x.yaml",
            "
paths:
  /{id}:
    post:
      operationId: x
      parameters: [{name: id, in: path}, {name: ids, in: query}, {name: 'ids[]', in: query}, {name: query, in: query}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Body'}}}}
components: {schemas: {Body: {type: object, properties: {id: {type: integer}, help: {type: string}}}}}
",
        );
        let operations = api.unwrap().operations();
        assert_eq!(
            flags(&operations[0].parameters, false),
            [
                "id",
                "ids",
                "query-ids",
                "query-query",
                "body-id",
                "body-help"
            ]
        );
    }

    /// The program's own list of reserved flags is this one.
    #[test]
    fn the_same_flags_are_reserved() {
        let source = Workspace::here().read("cli/src/api/flags.rs").unwrap();
        let list = |head: &str| -> Vec<String> {
            let (_, list) = source.split_once(head).unwrap();
            let (list, _) = list.split_once("];").unwrap();
            list.split('"')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(list("const RESERVED: [&str; 9] = ["), RESERVED);
        let to_spend = list("const RESERVED_TO_SPEND: [&str; 8] = [");
        assert_eq!(to_spend, RESERVED_TO_SPEND);
    }
}
