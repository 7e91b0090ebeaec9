//! `openapi/dist/OPERATIONS.md`: every operation with everything that may be passed to it.

use std::fmt::Write;

use super::{answer_in_words, cell, confidence_in_words, count, effect_in_words};
use crate::api::{Api, Operation, Parameter};

/// The whole page.
pub fn page(apis: &[Api]) -> String {
    let all: usize = apis.iter().map(|api| api.operations().len()).sum();
    let mut out = format!(
        "# Operations\n\nAll {all} operations of {}, as the specs have them. \
         None of them was called live for these files.\n\n",
        count(apis.len(), "vendor")
    );
    out.push_str("| effect | what it means |\n|---|---|\n");
    for effect in crate::rules::EFFECTS {
        let _ = writeln!(out, "| `{effect}` | {} |", effect_in_words(effect));
    }
    for api in apis {
        vendor(api, &mut out);
    }
    out
}

fn vendor(api: &Api, out: &mut String) {
    let vendor = &api.vendor;
    let operations = api.operations();
    let _ = write!(
        out,
        "\n## {} (`{vendor}`)\n\n{}. Base URL: {}\n\n| operation | request | effect | answer | summary |\n|---|---|---|---|---|\n",
        api.title(),
        count(operations.len(), "operation"),
        api.server(),
    );
    for it in &operations {
        let Operation {
            id,
            method,
            path,
            effect,
            summary,
            ..
        } = it;
        let answer = it.answer.as_deref();
        let answer = answer.map_or_else(String::new, |name| format!("`{name}`"));
        let _ = writeln!(
            out,
            "| [`{id}`](#{vendor}-{id}) | `{method} {path}` | {effect} | {answer} | {} |",
            cell(summary)
        );
    }
    for it in &operations {
        operation(api, it, out);
    }
}

fn operation(api: &Api, operation: &Operation, out: &mut String) {
    let Operation {
        id,
        method,
        path,
        effect,
        source,
        ..
    } = operation;
    let _ = writeln!(out, "\n### {} {id}\n\n{}", api.vendor, operation.summary);
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
        effect_in_words(effect),
        source.document,
        confidence_in_words(&source.confidence),
        operation.credential,
        answer_in_words(api, operation.answer.as_deref()),
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
}

fn row(parameter: &Parameter, out: &mut String) {
    let Parameter {
        name, place, kind, ..
    } = parameter;
    let default = parameter.default.as_deref();
    let mut about = parameter.description.clone();
    if parameter.secret {
        about.push_str(" Secret: never to be logged.");
    }
    let _ = writeln!(
        out,
        "| `{}` | {place} | {kind} | {} | {} | {} | {} |",
        cell(name),
        if parameter.required { "yes" } else { "no" },
        default.map_or_else(String::new, |it| format!("`{}`", cell(it))),
        cell(&limits(parameter)),
        cell(about.trim()),
    );
}

/// Bounds and values of a parameter in words; empty when there are none.
pub fn limits(parameter: &Parameter) -> String {
    let mut parts = Vec::new();
    match (parameter.minimum, parameter.maximum) {
        (Some(least), Some(most)) => parts.push(format!("{least} to {most}")),
        (Some(least), None) => parts.push(format!("at least {least}")),
        (None, Some(most)) => parts.push(format!("at most {most}")),
        (None, None) => {}
    }
    for (word, values) in [("one of", &parameter.allowed), ("known", &parameter.known)] {
        if !values.is_empty() {
            let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
            parts.push(format!("{word} {}", values.join(", ")));
        }
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn every_operation_with_every_parameter_is_there() {
        let apis = Workspace::here().apis().unwrap();
        let page = page(&apis);
        for api in &apis {
            for operation in api.operations() {
                let head = format!("### {} {}\n", api.vendor, operation.id);
                let (_, section) = page.split_once(&head).unwrap();
                let section = section.split("\n### ").next().unwrap();
                for expected in [&operation.summary, &operation.method, &operation.path] {
                    assert!(section.contains(expected.as_str()), "{head}{expected}");
                }
                for parameter in &operation.parameters {
                    let row = format!(
                        "| `{}` | {} | {} |",
                        parameter.name, parameter.place, parameter.kind
                    );
                    assert!(section.contains(&row), "{head}{row}");
                }
            }
        }
        assert_eq!(
            page.matches("\n### ").count(),
            super::super::ids(&apis).len()
        );
    }

    #[test]
    fn a_row_says_bounds_defaults_and_values() {
        let apis = Workspace::here().apis().unwrap();
        let page = page(&apis);
        for row in [
            "| `limit` | query | integer | no | `20` | 1 to 100 | Page size. |",
            "| `status` | query | text | yes |  | one of `active`, `on-hold`, `cancelled`, `all` | Which orders to list. |",
            "| `key` | path | text | yes |  |  | Key to rotate the IP address. Whoever has it can rotate. Secret: never to be logged. |",
        ] {
            assert!(page.contains(row), "{row}");
        }
    }

    #[test]
    fn a_pipe_does_not_end_a_cell() {
        assert_eq!(cell("JP,2|US,1"), "JP,2\\|US,1");
    }
}
