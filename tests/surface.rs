//! Snapshots of the generated surface of each vendor, so that a change of a spec shows up in them.
//!
//! `<vendor>_operations` is the operation table; `<vendor>_types` are the types and the calls that
//! the generator makes of the spec. An intended change is accepted with
//! `INSTA_UPDATE=always cargo test --test surface`, and `tests/snapshots` belongs in the same
//! commit.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/surface.rs"]
mod text;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use insta::Settings;
use proxy_orders::Vendor;
use proxy_orders::operation::{Kind, Operation, Parameter};

/// Stands above the diff of a failure, and in each snapshot.
const ACCEPT: &str = "the generated surface; a change that is meant is accepted with `INSTA_UPDATE=always cargo test --test surface`";

#[test]
fn operations() {
    for vendor in Vendor::all() {
        let rows = vendor.operations().iter().map(operation_text);
        check(&format!("{vendor}_operations"), &rows.collect::<String>());
    }
}

#[test]
fn types() {
    for vendor in Vendor::all() {
        let read = |name: &str| fs::read_to_string(Path::new(env!("OUT_DIR")).join(name)).unwrap();
        let client = read(&format!("{vendor}.rs"));
        let enums = read(&format!("{vendor}_enums.rs"));
        check(&format!("{vendor}_types"), &text::types(&client, &enums));
    }
}

fn check(name: &str, text: &str) {
    assert!(!text.is_empty(), "{name} is empty");
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(ACCEPT);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn operation_text(operation: &Operation) -> String {
    let word = |it: &dyn std::fmt::Debug| format!("{it:?}").to_lowercase();
    let mut out = format!(
        "{}  {} {}  {}  {} ({})",
        operation.id,
        operation.method,
        operation.path,
        word(&operation.effect),
        word(&operation.confidence),
        operation.document
    );
    out.push_str(if operation.has_body { "  body\n" } else { "\n" });
    for parameter in operation.parameters {
        let _ = writeln!(out, "    {}", parameter_text(parameter));
    }
    for condition in operation.conditions {
        for (fields, what) in [(condition.needs, "needs"), (condition.excludes, "excludes")] {
            if !fields.is_empty() {
                let (circumstance, fields) = (condition.circumstance, fields.join(", "));
                let _ = writeln!(out, "    {circumstance}: {what} {fields}");
            }
        }
    }
    out
}

fn parameter_text(parameter: &Parameter) -> String {
    let place = format!("{:?}", parameter.place).to_lowercase();
    let mut out = format!("{place} {}: {}", parameter.name, kind_text(parameter.kind));
    if parameter.required {
        out.push_str(", required");
    }
    for (word, values) in [("one of", parameter.allowed), ("known", parameter.known)] {
        if !values.is_empty() {
            let _ = write!(out, ", {word} {}", values.join(" | "));
        }
    }
    if let Some(default) = parameter.default {
        let _ = write!(out, ", default {default}");
    }
    for (word, bound) in [("min", parameter.minimum), ("max", parameter.maximum)] {
        if let Some(bound) = bound {
            let _ = write!(out, ", {word} {bound}");
        }
    }
    if parameter.secret {
        out.push_str(", secret");
    }
    if parameter.obligation {
        out.push_str(", obligation");
    }
    out
}

fn kind_text(kind: Kind) -> String {
    match kind {
        Kind::Integer => "integer".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::IntegerOrText => "integer or text".to_owned(),
        Kind::List(items) => format!("list of {}", kind_text(*items)),
        Kind::Map => "map".to_owned(),
        Kind::Object => "object".to_owned(),
        Kind::Any => "any".to_owned(),
        other => panic!("no word for {other:?} here"),
    }
}
