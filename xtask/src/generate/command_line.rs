//! `openapi/dist/CLI.md`: every `proxy-orders api VENDOR OPERATION` with its flags.
//!
//! The program makes its `api` command from the operation table at run time; this says the same
//! from the specs. The names of the flags come from the source of the program.

#[path = "../../../cli/src/api/names.rs"]
#[allow(dead_code, reason = "the program uses the rest")]
mod names;

use std::fmt::Write;

use names::kebab;

use crate::build::table::{Kind, Operation, Parameter, Place, Table};
use crate::words::{self, cell, count};

const INTRODUCTION: &str = "\
# `proxy-orders api`

`proxy-orders api VENDOR OPERATION [FLAGS]` calls any operation with any of its parameters. It is raw: without
an idempotency key no price cap is kept, and no question is asked except before automatic renewal is switched on. The answer's JSON goes to stdout, of a failure too. `proxy-orders api VENDOR OPERATION --help` says the same as this page.

Besides its own flags, every operation takes these:

| flag | about |
|---|---|
| `--query NAME=VALUE` | a query pair that is not documented; may be given more than once |
| `--json-body FILE` | the whole body, as JSON in a file or on stdin (`-`); single parameters are put over it; not for GET |
| `--sandbox` | work in a sandbox on this machine: no key, no network, no money |
| `--base-url URL` | another base URL for the vendor; https, or on loopback |
| `--timeout SECONDS` | wait this long for an answer |
| `-v`, `-vv` | say more on stderr: each call, each attempt |

What spends also takes `--idempotency-key KEY` with `--max-total AMOUNT`, and then goes through the journal, under which the same key never buys
twice; its `--help` lists the further flags of that.

| type | how it is typed |
|---|---|
| `INTEGER`, `NUMBER`, `TEXT` | as it is |
| `BOOLEAN` | `true` or `false` |
| `INTEGER\\|TEXT` | a whole number if it is one, else text |
| `ITEM,...` | items with commas between them, or a JSON array; the flag may be repeated |
| `KEY=VALUE,...` | pairs with commas between them, or a JSON object; the flag may be repeated |
| `JSON-ARRAY`, `JSON-OBJECT`, `JSON` | JSON |
";

/// The whole page.
pub fn page(tables: &[Table]) -> String {
    let variables = tables.iter().map(|it| format!("`{}`", it.access.variable));
    let variables = variables.collect::<Vec<_>>().join(", ");
    let mut out = format!("{INTRODUCTION}\nCredentials come from the environment: {variables}.\n");
    for table in tables {
        let operations = &table.operations;
        let _ = writeln!(
            out,
            "\n## `proxy-orders api {}`\n\n{}: {}.",
            table.vendor,
            table.title,
            count(operations.len(), "operation")
        );
        for it in operations {
            operation(&table.vendor, it, &mut out);
        }
    }
    out
}

fn operation(vendor: &str, operation: &Operation, out: &mut String) {
    let (method, path, effect) = (&operation.method, &operation.path, &operation.effect);
    let (id, summary, source) = (kebab(&operation.id), &operation.summary, &operation.source);
    let (document, confidence) = (&source.document, words::confidence(&source.confidence));
    let _ = writeln!(
        out,
        "\n### `proxy-orders api {vendor} {id}`\n\n{summary} [{effect}]\n\n`{method} {path}`; source: page \"{document}\", {confidence}.",
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
            cell(match parameter.secret {
                true => "SOURCE",
                false => value_name(&parameter.kind),
            }),
            cell(&about(parameter)),
        );
    }
}

/// The flag of each parameter, in their order.
fn flags(parameters: &[Parameter], spends: bool) -> Vec<String> {
    let places: Vec<_> = parameters.iter().map(|it| it.place.to_string()).collect();
    let names = parameters.iter().map(|it| it.name.as_str());
    names::flags(names.zip(places.iter().map(String::as_str)), spends)
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
    let description = parameter.description.trim_end_matches('.').to_owned();
    let mut parts = vec![description, words::limits(parameter)];
    if let Some(default) = &parameter.default {
        parts.push(format!("the vendor takes `{default}` if it is left out"));
    }
    if parameter.secret {
        parts.push(
            "secret: `@FILE` reads it from a file, `@-` from stdin and `env:NAME` from an environment variable, because other programs can read a command line".into(),
        );
    }
    if parameter.obligation {
        parts.push(
            "`true` obliges you to pay later, and wants `--yes` where there is no terminal".into(),
        );
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}
