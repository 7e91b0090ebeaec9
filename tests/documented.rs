//! Compares the specs and the operation table with the vendors' pages, as `tests/documented/*.tsv`
//! has them.
//!
//! Everything that is documented and missing, that differs, or that stands in a spec without a page
//! is reported at once.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;

use proxy_orders::Vendor;
use proxy_orders::operation::{Confidence, Kind, Parameter, Place};
use serde_json::Value;

use support::spec::{Spec, specs};
use support::{file, report, rows, vendor};

/// IPRoyal's parameters that its spec requires though no page says so: operation, names, and the
/// spec's comment with the reason.
const STRICTER: [(&str, &[&str], &str); 3] = [
    (
        "create_order",
        &["product_id", "product_plan_id"],
        "Not stated as required. The page names what is not needed beside `selection` (location and quantity), and these two stay.",
    ),
    (
        "extend_order",
        &["product_plan_id"],
        "Not stated as required. The page says of the other two when they may be left out, and says no such thing of the plan.",
    ),
    (
        "toggle_auto_extend",
        &["order_id", "is_enabled"],
        "Not stated as required. The page says of the other three when they may be left out; a public client sends only these two.",
    ),
];

/// Parameters of which older SmartProxy pages write `number` and mean a whole number.
const NUMBERS_THAT_COUNT: [&str; 3] = ["page", "size", "product_type"];

/// A line of `parameters.tsv`.
struct Documented {
    vendor: Vendor,
    operation: String,
    place: String,
    name: String,
    kind: String,
    required: bool,
    default: String,
    minimum: String,
    maximum: String,
    values: BTreeSet<String>,
}

impl Documented {
    fn all() -> Vec<Self> {
        let lines = rows::<10>("parameters.tsv").into_iter();
        lines
            .map(|line| {
                let [whose, operation, place, name, kind, required, rest @ ..] = line;
                let [default, minimum, maximum, values] = rest;
                assert!(["yes", "no"].contains(&required.as_str()), "{required}");
                Documented {
                    vendor: vendor(&whose),
                    operation,
                    place,
                    name,
                    kind,
                    required: required == "yes",
                    default,
                    minimum,
                    maximum,
                    values: words(values.split('|')),
                }
            })
            .collect()
    }
}

fn words<'a>(list: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let set = list.into_iter().filter(|word| !word.is_empty());
    set.map(str::to_owned).collect()
}

/// `its default is none by the page, 20 here`
fn differs(place: &str, what: &str, written: &str, is: &str) -> String {
    let [written, is] = [written, is].map(|it| if it.is_empty() { "none" } else { it });
    format!("{place}: its {what} is {written} by the page, {is} here")
}

fn place_word(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Body => "body",
    }
}

#[test]
fn operations() {
    let mut problems = Vec::new();
    let mut documented = BTreeSet::new();
    for [whose, id, method, path, effect, _] in rows::<6>("operations.tsv") {
        let vendor = vendor(&whose);
        let place = format!("openapi/{whose}.yaml: {id}");
        if !documented.insert((vendor, id.clone())) {
            problems.push(format!("operations.tsv: {whose} {id} stands there twice"));
        }
        let Some(found) = vendor.operation(&id) else {
            problems.push(format!("{place}: the operation is documented and missing"));
            continue;
        };
        for (what, written, is) in [
            ("method", method.as_str(), found.method),
            ("path", path.as_str(), found.path),
            ("effect", effect.as_str(), found.effect.as_str()),
        ] {
            if written != is {
                problems.push(differs(&place, what, written, is));
            }
        }
        if found.confidence != Confidence::Documented {
            let is = found.confidence;
            problems.push(format!("{place}: a page documents it, so it is not {is:?}"));
        }
    }
    for (vendor, spec) in specs() {
        let in_table: BTreeSet<_> = vendor.operations().iter().map(|it| it.id).collect();
        let in_spec: BTreeSet<_> = spec.operations().iter().map(|it| it.id).collect();
        for id in in_table.symmetric_difference(&in_spec) {
            let message = format!("{}: {id}: spec and operation table disagree", spec.name);
            problems.push(message);
        }
        for id in &in_spec {
            if !documented.contains(&(vendor, (*id).to_owned())) {
                let name = &spec.name;
                problems.push(format!("{name}: {id}: no page documents the operation"));
            }
        }
    }
    report("operations differ from what is documented", &problems);
}

#[test]
fn parameters() {
    let specs = specs();
    let mut problems = Vec::new();
    for row in Documented::all() {
        compare(&specs[&row.vendor], &row, &mut problems);
    }
    let spec = &specs[&Vendor::IpRoyal];
    let text = std::fs::read_to_string(file(&spec.name)).unwrap();
    // A comment may run over several lines.
    let lines = text
        .lines()
        .map(|line| line.trim().trim_start_matches("# "));
    let text = lines.collect::<Vec<_>>().join(" ");
    for (id, names, comment) in STRICTER {
        let operation = Vendor::IpRoyal.operation(id);
        let known = operation.map_or(&[][..], |it| it.parameters);
        let required = known.iter().filter(|it| it.required);
        let required: Vec<_> = required.map(|it| it.name).collect();
        for name in names.iter().filter(|name| !required.contains(name)) {
            let what = "is not required any more: take it off the list of stricter ones";
            problems.push(format!("{}: {id}: `{name}` {what}", spec.name));
        }
        if !text.contains(comment) {
            let what = "is stricter than its page, and the comment that said why is gone";
            problems.push(format!("{}: {id}: it {what}", spec.name));
        }
    }
    report("parameters differ from what is documented", &problems);
}

fn compare(spec: &Spec, row: &Documented, problems: &mut Vec<String>) {
    let id = row.operation.as_str();
    let (file, place, name) = (&spec.name, &row.place, &row.name);
    let what = format!("{file}: {id}: {place} parameter `{name}`");
    let known = row.vendor.operation(id).map_or(&[][..], |it| it.parameters);
    let named: Vec<_> = known.iter().filter(|it| it.name == row.name).collect();
    let in_place = named.iter().find(|it| place_word(it.place) == row.place);
    let Some(found) = in_place else {
        let elsewhere = named.first().map_or(String::new(), |it| {
            format!(" there; it stands in the {}", place_word(it.place))
        });
        problems.push(format!("{what} is documented and missing{elsewhere}"));
        return;
    };
    let stands = parameters_of(spec, spec.operation(id));
    let is_it = |it: &&Stands| it.place == row.place && it.name == row.name;
    let Some(stands) = stands.iter().find(is_it) else {
        problems.push(format!("{what} is in the operation table only"));
        return;
    };
    let wrong = spec_type_is(spec, stands.schema, &row.kind, is_whole(row));
    let wrong = wrong.or_else(|| {
        let words = kind_words(found);
        let fits = words
            .iter()
            .any(|word| *word == row.kind || (is_whole(row) && *word == "integer"));
        (!fits).then(|| format!("{:?}", found.kind))
    });
    if let Some(is) = wrong {
        problems.push(differs(&what, "type", &row.kind, &is));
    }
    let mut stricter = STRICTER.iter().filter(|it| it.0 == id);
    let stricter = stricter.any(|it| it.1.contains(&found.name));
    let stricter = stricter && row.vendor == Vendor::IpRoyal;
    if found.required != row.required && !(found.required && stricter) {
        let is = |required| if required { "required" } else { "optional" };
        let (written, is) = (is(row.required), is(found.required));
        problems.push(differs(&what, "use", written, is));
    }
    let default = found.default.unwrap_or_default().to_owned();
    let bound = |bound: Option<i64>| bound.map_or(String::new(), |it| it.to_string());
    for (which, written, is) in [
        ("default", &row.default, default),
        ("minimum", &row.minimum, bound(found.minimum)),
        ("maximum", &row.maximum, bound(found.maximum)),
    ] {
        if *written != is {
            problems.push(differs(&what, which, written, &is));
        }
    }
    let allowed = words(found.allowed.iter().copied());
    for value in row.values.difference(&allowed) {
        problems.push(format!("{what}: value `{value}` is documented and missing"));
    }
    for value in allowed.difference(&row.values) {
        problems.push(format!("{what}: no page lists the value `{value}`"));
    }
    if let Some(confidence) = unsure(stands.outer) {
        problems.push(format!(
            "{what}: a page documents it, so it is not {confidence}"
        ));
    }
}

/// Returns whether the page writes `number` and means a whole number.
fn is_whole(row: &Documented) -> bool {
    row.vendor == Vendor::SmartProxy
        && row.kind == "number"
        && NUMBERS_THAT_COUNT.contains(&row.name.as_str())
}

fn kind_words(parameter: &Parameter) -> &'static [&'static str] {
    match parameter.kind {
        Kind::Integer => &["integer"],
        Kind::Number => &["number"],
        Kind::Boolean => &["boolean"],
        Kind::Text => &["string"],
        Kind::IntegerOrText => &["integer", "string"],
        Kind::List(_) => &["array"],
        Kind::Map | Kind::Object => &["object"],
        _ => &[],
    }
}

/// A parameter as it stands in a spec.
struct Stands<'a> {
    place: &'a str,
    name: &'a str,
    outer: &'a Value,
    schema: &'a Value,
}

/// Returns all parameters of an operation of a spec, without the credential.
fn parameters_of<'a>(spec: &'a Spec, operation: &'a Value) -> Vec<Stands<'a>> {
    let outside = operation["parameters"].as_array().into_iter().flatten();
    let outside = outside.map(|outer| {
        let outer = spec.resolve(outer);
        Stands {
            place: outer["in"].as_str().unwrap(),
            name: outer["name"].as_str().unwrap(),
            outer,
            schema: &outer["schema"],
        }
    });
    let body = spec.body(operation).unwrap_or(&Value::Null);
    let inside = body["properties"].as_object().into_iter().flatten();
    let inside = inside.map(|(name, property)| Stands {
        place: "body",
        name,
        outer: property,
        schema: property,
    });
    let schemes = &spec.root()["components"]["securitySchemes"];
    let schemes: Vec<_> = schemes.as_object().unwrap().values().collect();
    let is_credential = |it: &Stands<'_>| {
        let named = schemes.iter().any(|scheme| scheme["name"] == it.name);
        named && it.schema["x-secret"] == true
    };
    let all = outside.chain(inside);
    all.filter(|it| !is_credential(it)).collect()
}

#[test]
fn undocumented_parameters() {
    let specs = specs();
    let rows = Documented::all();
    let mut problems = Vec::new();
    for (&vendor, spec) in &specs {
        for operation in spec.operations() {
            let whole = &operation.value["x-provenance"];
            if whole["confidence"] != "documented" {
                // All of it is known from elsewhere, as the operation itself says.
                continue;
            }
            for it in parameters_of(spec, operation.value) {
                let is_documented = rows.iter().any(|row| {
                    (row.vendor, row.operation.as_str()) == (vendor, operation.id)
                        && (row.place.as_str(), row.name.as_str()) == (it.place, it.name)
                });
                if is_documented {
                    continue;
                }
                let what = format!(
                    "{}: {}: {} parameter `{}`",
                    spec.name, operation.id, it.place, it.name
                );
                let provenance = &it.outer["x-provenance"];
                let document = provenance["document"].as_str().unwrap_or_default();
                if provenance.is_null() {
                    problems.push(format!("{what}: no page documents it, and it does not say by `x-provenance` where it comes from"));
                } else if spec.root()["x-documents"].get(document).is_none() {
                    let message = format!("{what}: `{document}` is not among `x-documents`");
                    problems.push(message);
                } else if unsure(it.outer).is_none() {
                    problems.push(format!("{what}: it says that `{document}` documents it: add it to tests/documented/parameters.tsv"));
                }
            }
        }
    }
    report("parameters are in a spec and on no page", &problems);
}

/// The confidence of something that no page documents.
fn unsure(schema: &Value) -> Option<&str> {
    let confidence = schema["x-provenance"]["confidence"].as_str();
    confidence.filter(|it| *it != "documented")
}

#[test]
fn answers() {
    let specs = specs();
    let mut problems = Vec::new();
    for [whose, id, path, kind] in rows::<4>("answers.tsv") {
        let spec = &specs[&vendor(&whose)];
        let what = format!("{}: {id}: answer field `{path}`", spec.name);
        let operations = spec.operations();
        let operation = operations.iter().find(|it| it.id == id);
        let Some(answer) = operation.and_then(|it| spec.answer(it.value)) else {
            problems.push(format!("{what} is documented, and no answer is declared"));
            continue;
        };
        let found = walk(spec, &answer["schema"], &path);
        if found.is_empty() {
            problems.push(format!("{what} is documented and missing"));
            continue;
        }
        for schema in found {
            if let Some(is) = spec_type_is(spec, schema, &kind, false) {
                problems.push(differs(&what, "type", &kind, &is));
            }
            if let Some(confidence) = unsure(schema) {
                problems.push(format!(
                    "{what}: a page documents it, so it is not {confidence}"
                ));
            }
        }
    }
    report("answer fields differ from what is documented", &problems);
}

/// The schemas at a path such as `data[].plans[].id`.
fn walk<'a>(spec: &'a Spec, schema: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut here = vec![schema];
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let name = step.trim_end_matches("[]");
        let depth = (step.len() - name.len()) / 2;
        let names = (!name.is_empty()).then_some(["properties", name]);
        let steps = names.into_iter().map(Vec::from);
        let steps = steps.chain(std::iter::repeat_n(vec!["items"], depth));
        for keys in steps {
            let all = here.into_iter().flat_map(|it| alternatives(spec, it));
            here = all
                .filter_map(|it| keys.iter().try_fold(it, |value, key| value.get(key)))
                .collect();
        }
    }
    here
}

/// A schema's forms: itself, or the parts of its `oneOf`, references followed.
fn alternatives<'a>(spec: &'a Spec, schema: &'a Value) -> Vec<&'a Value> {
    let schema = spec.resolve(schema);
    let is_merged = schema.get("allOf").is_some();
    assert!(!is_merged, "an `allOf` of several: {schema}");
    let parts = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    match parts {
        Some(parts) => {
            let parts = parts.iter();
            parts.flat_map(|part| alternatives(spec, part)).collect()
        }
        None => vec![schema],
    }
}

/// Returns the type that a schema has instead of the documented one; `None` when it has that one. A
/// form that no page documents may be of another type; a schema without a type holds anything, and
/// `null` or `any` names none.
fn spec_type_is(spec: &Spec, schema: &Value, documented: &str, whole: bool) -> Option<String> {
    let mut forms = alternatives(spec, schema);
    if forms.len() > 1 {
        forms.retain(|form| unsure(form).is_none());
    }
    let known = [
        "null", "any", "integer", "number", "boolean", "string", "array", "object",
    ];
    assert!(known.contains(&documented), "`{documented}` is no type");
    let fits = |form: &Value| match form["type"].as_str() {
        None => true,
        Some(is) => ["null", "any", is].contains(&documented) || (whole && is == "integer"),
    };
    if !forms.is_empty() && forms.iter().all(|form| fits(form)) {
        return None;
    }
    let types: Vec<_> = forms
        .iter()
        .map(|form| form["type"].as_str().unwrap_or("any"))
        .collect();
    Some(types.join(" or "))
}
