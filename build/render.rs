//! The vendor's profile and its operation table, as Rust statics for `src/vendor.rs`.

use std::fmt::Write;

use serde_json::Value;

use super::conditions::Condition;
use super::rules::{REFUSAL_CODES, REFUSAL_LISTS, REFUSAL_TEXTS};
use super::table::{Kind, Operation, Parameter, Place, Record, Shape, Table, one_line, plain};

/// Writes the table; `variant` is the vendor's variant of `Vendor`.
///
/// Operations are sorted by operationId, because the library looks them up by halving. The
/// parameters of a body are sorted by name.
pub fn rust(table: &Table, variant: &str) -> String {
    let mut out = String::new();
    table.records.iter().for_each(|it| record(it, &mut out));
    profile(table, variant, &mut out);
    let mut operations: Vec<_> = table.operations.iter().collect();
    operations.sort_by_key(|operation| &operation.id);
    let count = operations.len();
    let _ = writeln!(out, "pub static OPERATIONS: [Operation; {count}] = [");
    operations
        .iter()
        .for_each(|it| self::operation(it, variant, &mut out));
    out.push_str("];\n");
    out
}

fn profile(table: &Table, variant: &str, out: &mut String) {
    let access = &table.access;
    let word = table.vendor.to_uppercase();
    let gateway = access.gateway.then(|| format!("{word}_GATEWAY"));
    let _ = writeln!(
        out,
        "pub static PROFILE: Profile = Profile {{ vendor: Vendor::{variant}, credential_variable: {:?}, found_at: {:?}, \
         base_url_variable: {:?}, gateway_variable: {gateway:?}, server: {:?}, operations: &OPERATIONS, not_prefix: {:?}, \
         refusal: Refusal {{ {} }} }};",
        access.variable,
        access.found_at,
        format!("{word}_BASE_URL"),
        table.server,
        access.not_prefix,
        refusal(&table.refusal),
    );
}

/// The fields of a `Refusal`. Its values are text, as the library compares them.
fn refusal(refusal: &Value) -> String {
    let texts = REFUSAL_TEXTS.map(|key| format!("{key}: {:?}", refusal[key].as_str()));
    let lists = [REFUSAL_LISTS, REFUSAL_CODES].concat();
    let lists = lists.into_iter().map(|key| {
        let values = refusal[key].as_array().into_iter().flatten();
        format!("{key}: &{:?}", values.map(plain).collect::<Vec<_>>())
    });
    texts
        .into_iter()
        .chain(lists)
        .collect::<Vec<_>>()
        .join(", ")
}

fn operation(operation: &Operation, variant: &str, out: &mut String) {
    let mut parameters: Vec<_> = operation.parameters.iter().collect();
    parameters.sort_by_key(|it| (it.place == Place::Body).then_some(&it.name));
    let parameters: String = parameters.into_iter().map(parameter).collect();
    let conditions: String = operation.conditions.iter().map(condition).collect();
    let _ = writeln!(
        out,
        "Operation {{ vendor: Vendor::{variant}, id: {:?}, method: {:?}, path: {:?}, effect: Effect::{}, summary: {:?}, \
         description: {:?}, document: {:?}, confidence: Confidence::{}, has_body: {}, parameters: &[\n{parameters}], conditions: &[\n{conditions}], \
         credential: CredentialPlace::{:?}, answer: {} }},",
        operation.id,
        operation.method,
        operation.path,
        capitalized(&operation.effect),
        one_line(&operation.summary),
        one_line(&operation.description),
        operation.source.document,
        capitalized(&operation.source.confidence),
        operation.has_body,
        operation.credential,
        shape(&operation.shape),
    );
}

fn parameter(parameter: &Parameter) -> String {
    let Parameter {
        name,
        place,
        required,
        allowed,
        known,
        default,
        minimum,
        maximum,
        secret,
        obligation,
        description,
        ..
    } = parameter;
    let kind = kind(&parameter.kind);
    format!(
        "Parameter {{ name: {name:?}, place: Place::{place:?}, required: {required}, kind: {kind}, allowed: &{allowed:?}, known: &{known:?}, \
         default: {default:?}, minimum: {minimum:?}, maximum: {maximum:?}, secret: {secret}, obligation: {obligation}, description: {description:?} }},\n"
    )
}

fn condition(condition: &Condition) -> String {
    let Condition {
        field,
        unless,
        values,
        needs,
        excludes,
    } = condition;
    let circumstance = condition.circumstance();
    format!(
        "crate::operation::Condition {{ circumstance: {circumstance:?}, needs: &{needs:?}, excludes: &{excludes:?}, field: {field:?}, unless: {unless}, \
         values: &{values:?} }},\n"
    )
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::List(items) => format!("Kind::List(&{})", self::kind(items)),
        other => format!("Kind::{other:?}"),
    }
}

fn shape(shape: &Shape) -> String {
    match shape {
        Shape::List(items) => format!("Shape::List(&{})", self::shape(items)),
        Shape::Record(name) => format!("Shape::Record(&{})", constant(name)),
        other => format!("Shape::{other:?}"),
    }
}

fn record(record: &Record, out: &mut String) {
    let name = &record.name;
    let _ = writeln!(
        out,
        "static {}: Record = Record {{ name: {name:?}, fields: &[",
        constant(name)
    );
    for field in &record.fields {
        let (name, identity, shape) = (&field.name, field.identity, shape(&field.shape));
        let _ = writeln!(
            out,
            "Field {{ name: {name:?}, identity: {identity}, shape: {shape} }},"
        );
    }
    out.push_str("] };\n");
}

/// `OrderList` -> `ORDER_LIST`.
fn constant(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_uppercase() {
            out.push('_');
        }
        out.extend(letter.to_uppercase());
    }
    out
}

/// `read` -> `Read`.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.as_str().chars()).collect()
}
