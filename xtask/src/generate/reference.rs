//! `openapi/dist/OPERATIONS.md`: every operation with everything that may be passed to it.

use std::fmt::Write;

use crate::build::rules::EFFECTS;
use crate::build::table::{Kind, Operation, Parameter, Table};
use crate::words::{self, cell, count};

/// The whole page.
pub fn page(tables: &[Table]) -> String {
    let all: usize = tables.iter().map(|table| table.operations.len()).sum();
    let mut out = format!(
        "# Operations\n\nAll {all} operations of {}, as the specs have them. \
         None of them was called live for these files.\n\n",
        count(tables.len(), "vendor")
    );
    out.push_str("| effect | what it means |\n|---|---|\n");
    for effect in EFFECTS {
        let _ = writeln!(out, "| `{effect}` | {} |", words::effect(effect));
    }
    for table in tables {
        vendor(table, &mut out);
    }
    out
}

fn vendor(table: &Table, out: &mut String) {
    let vendor = &table.vendor;
    let operations = &table.operations;
    let _ = write!(
        out,
        "\n## {} (`{vendor}`)\n\n{}. Base URL: {}\n\n| operation | request | effect | answer | summary |\n|---|---|---|---|---|\n",
        table.title,
        count(operations.len(), "operation"),
        server(table),
    );
    for it in operations {
        let (id, method, path, effect) = (&it.id, &it.method, &it.path, &it.effect);
        let answer = it.answer.as_deref();
        let answer = answer.map_or_else(String::new, |name| format!("`{name}`"));
        let summary = cell(&it.summary);
        let _ = writeln!(
            out,
            "| [`{id}`](#{vendor}-{id}) | `{method} {path}` | {effect} | {answer} | {summary} |",
        );
    }
    for it in operations {
        operation(vendor, it, out);
    }
}

fn operation(vendor: &str, operation: &Operation, out: &mut String) {
    let (method, path, effect) = (&operation.method, &operation.path, &operation.effect);
    let (id, summary, source) = (&operation.id, &operation.summary, &operation.source);
    let _ = writeln!(out, "\n### {vendor} {id}\n\n{summary}");
    if !operation.description.is_empty() {
        let _ = writeln!(out, "\n{}", operation.description);
    }
    let page = match &source.url {
        Some(url) => format!("[{}]({url})", source.title),
        None => source.title.clone(),
    };
    let request = operation.request.as_deref();
    let _ = writeln!(
        out,
        "\n- Request: `{method} {path}`{}\n- Effect: `{effect}`: {}\n- Source: `{}` ({page}), {}\n- Credential: {}\n- Answer: {}",
        request.map_or_else(String::new, |name| format!(", body `{name}` as JSON")),
        words::effect(effect),
        source.document,
        words::confidence(&source.confidence),
        operation.credential,
        answer(operation),
    );
    if operation.parameters.is_empty() {
        out.push_str("\nIt takes no parameters.\n");
        return;
    }
    out.push_str(
        "\n| parameter | in | type | required | default | bounds and values | about |\n|---|---|---|---|---|---|---|\n",
    );
    for parameter in &operation.parameters {
        row(parameter, out);
    }
    if !operation.conditions.is_empty() {
        out.push('\n');
    }
    for condition in &operation.conditions {
        let _ = writeln!(out, "- {}", condition.sentence());
    }
}

fn row(parameter: &Parameter, out: &mut String) {
    let (place, kind) = (parameter.place, &parameter.kind);
    let default = parameter.default.as_deref();
    let mut about = parameter.description.clone();
    if parameter.secret {
        about.push_str(" Secret: never to be logged.");
    }
    let _ = writeln!(
        out,
        "| `{}` | {place} | {kind} | {} | {} | {} | {} |",
        cell(&parameter.name),
        if parameter.required { "yes" } else { "no" },
        default.map_or_else(String::new, |it| format!("`{}`", cell(it))),
        cell(&words::limits(parameter)),
        cell(about.trim()),
    );
}

/// The base URL, or why there is none.
fn server(table: &Table) -> String {
    match &table.server {
        Some(url) => format!("`{url}`"),
        None => table.server_description.clone(),
    }
}

/// The schema of an answer.
fn answer(operation: &Operation) -> String {
    match (&operation.answer, &operation.answer_kind) {
        (None, _) => "none documented".to_owned(),
        (Some(name), None | Some(Kind::Object | Kind::Map)) => format!("`{name}`"),
        (Some(name), Some(kind)) => format!("`{name}` ({kind})"),
    }
}
