//! Whether a JSON value is one of a schema.
//!
//! It knows what the specs use of OpenAPI 3.0.3, and says so when it meets anything else, rather than pass over it. (The crate
//! `jsonschema` was measured: 78 crates and 80 seconds on two cores, for a dozen keywords.)

use serde_json::Value;

use crate::api::plain;
use crate::spec::Spec;

/// Keywords that say nothing about a value, besides all that begin with `x-`.
const REMARKS: [&str; 10] = [
    "$ref",
    "default",
    "deprecated",
    "description",
    "example",
    "examples",
    "format",
    "readOnly",
    "title",
    "writeOnly",
];

/// What is looked at below.
const KNOWN: [&str; 17] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "enum",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "nullable",
    "oneOf",
    "properties",
    "required",
    "type",
    "uniqueItems",
];

/// All that is wrong with the value; empty when nothing is. `place` is where it stands within the whole.
pub fn check(spec: &Spec, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut faults = Vec::new();
    visit(spec, schema, value, place, &mut faults);
    faults
}

fn visit(spec: &Spec, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    let Some(schema) = spec.resolve(schema) else {
        // The build finds references that lead nowhere.
        return;
    };
    for key in schema
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
    {
        if !KNOWN.contains(&key) && !REMARKS.contains(&key) && !key.starts_with("x-") {
            faults.push(format!(
                "{place} is under `{key}`, which this check doesn't know: teach xtask/src/lint/validate.rs"
            ));
        }
    }
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    if let Some(wanted) = schema["type"].as_str()
        && !is_of_type(value, wanted)
    {
        let or_null = if schema["nullable"] == true {
            " or null"
        } else {
            ""
        };
        faults.push(format!(
            "{place} is {}, must be {wanted}{or_null}",
            in_words(value)
        ));
        return;
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        let allowed: Vec<_> = allowed.iter().map(plain).collect();
        faults.push(format!(
            "{place} is `{}`, must be one of {}",
            plain(value),
            allowed.join(", ")
        ));
    }
    bounds(schema, value, place, faults);
    match value {
        Value::Object(_) => object(spec, schema, value, place, faults),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if schema.get("items").is_some() {
                    visit(
                        spec,
                        &schema["items"],
                        item,
                        &format!("{place}[{index}]"),
                        faults,
                    );
                }
            }
            let is_double = |index: usize| items[..index].contains(&items[index]);
            if schema["uniqueItems"] == true && (0..items.len()).any(is_double) {
                faults.push(format!("{place} holds the same item twice"));
            }
        }
        _ => {}
    }
    combined(spec, schema, value, place, faults);
}

fn object(spec: &Spec, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if value.get(name).is_none() {
            faults.push(format!("{place} lacks `{name}`, which is required"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        let at = format!("{place}.{name}");
        match (
            schema["properties"].get(name),
            &schema["additionalProperties"],
        ) {
            (Some(property), _) => visit(spec, property, inner, &at, faults),
            (None, Value::Bool(false)) => {
                faults.push(format!(
                    "{at} is no property of its schema, which takes no others"
                ));
            }
            (None, more @ Value::Object(_)) => visit(spec, more, inner, &at, faults),
            _ => {}
        }
    }
}

fn combined(spec: &Spec, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        visit(spec, part, value, place, faults);
    }
    for (key, most) in [("oneOf", 1), ("anyOf", usize::MAX)] {
        let Some(parts) = schema[key].as_array() else {
            continue;
        };
        let fits = parts
            .iter()
            .filter(|part| check(spec, part, value, place).is_empty());
        let fits = fits.count();
        if fits == 0 || fits > most {
            let count = parts.len();
            faults.push(format!(
                "{place} fits {fits} of the {count} schemas of its `{key}`"
            ));
        }
    }
}

fn bounds(schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    let measured = match value {
        Value::Number(number) => number.as_f64().map(|it| (it, "minimum", "maximum")),
        Value::String(text) => Some((length(text.chars().count()), "minLength", "maxLength")),
        Value::Array(items) => Some((length(items.len()), "minItems", "maxItems")),
        _ => None,
    };
    let Some((measure, least, most)) = measured else {
        return;
    };
    if let Some(bound) = schema[least].as_f64().filter(|bound| measure < *bound) {
        faults.push(format!("{place} is below its `{least}` of {bound}"));
    }
    if let Some(bound) = schema[most].as_f64().filter(|bound| measure > *bound) {
        faults.push(format!("{place} is above its `{most}` of {bound}"));
    }
}

fn length(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn is_of_type(value: &Value, wanted: &str) -> bool {
    match wanted {
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|it| it.fract() == 0.0)
        }
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => format!("`{other}`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(schema: Value, value: Value) -> Vec<String> {
        let spec = Spec {
            file: "openapi/x.yaml".to_owned(),
            root: json!({"components": {"schemas": {
                "Maybe": {"type": "string", "nullable": true},
                "Sure": {"type": "string"},
                "Loop": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Loop"}}},
            }}}),
        };
        check(&spec, &schema, &value, "it")
    }

    #[test]
    fn what_fits() {
        let maybe = json!({"$ref": "#/components/schemas/Maybe"});
        for (schema, value) in [
            (json!({}), json!(null)),
            (json!({"type": "integer"}), json!(3)),
            (
                json!({"type": "integer", "minimum": 1, "maximum": 3}),
                json!(3),
            ),
            (json!({"type": "number"}), json!(3)),
            (json!({"type": "string", "nullable": true}), json!(null)),
            // Nullable is the referred schema's to say, through an `allOf` too.
            (maybe.clone(), json!(null)),
            (json!({"allOf": [maybe], "description": "d"}), json!(null)),
            (
                json!({"oneOf": [{"type": "integer"}, {"type": "string"}]}),
                json!("a"),
            ),
            (
                json!({"type": "array", "items": {"type": "integer"}}),
                json!([1, 2]),
            ),
            (
                json!({"type": "object", "required": ["a"], "properties": {"a": {}}}),
                json!({"a": null, "b": 1}),
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "integer"}}),
                json!({"a": 1}),
            ),
            (
                json!({"$ref": "#/components/schemas/Loop"}),
                json!({"next": {"next": {}}}),
            ),
            (
                json!({"type": "string", "x-extensible-enum": ["a"]}),
                json!("b"),
            ),
        ] {
            assert_eq!(
                faults(schema.clone(), value.clone()),
                Vec::<String>::new(),
                "{schema} {value}"
            );
        }
    }

    #[test]
    fn what_does_not() {
        for (schema, value, words) in [
            (
                json!({"type": "integer"}),
                json!(3.5),
                "`3.5`, must be integer",
            ),
            (
                json!({"type": "integer"}),
                json!("3"),
                "the text `3`, must be integer",
            ),
            (
                json!({"type": "string"}),
                json!(null),
                "null, must be string",
            ),
            (
                json!({"$ref": "#/components/schemas/Sure"}),
                json!(null),
                "null, must be string",
            ),
            (
                json!({"type": "string", "enum": ["a", "b"]}),
                json!("c"),
                "must be one of a, b",
            ),
            (
                json!({"type": "integer", "minimum": 1}),
                json!(0),
                "below its `minimum` of 1",
            ),
            (
                json!({"type": "string", "maxLength": 2}),
                json!("abc"),
                "above its `maxLength` of 2",
            ),
            (
                json!({"type": "array", "minItems": 1}),
                json!([]),
                "below its `minItems`",
            ),
            (
                json!({"type": "array", "items": {"type": "integer"}}),
                json!([1, "2"]),
                "it[1] is the text `2`",
            ),
            (
                json!({"type": "object", "required": ["a"]}),
                json!({}),
                "lacks `a`",
            ),
            (
                json!({"type": "object", "additionalProperties": false}),
                json!({"b": 1}),
                "it.b is no property",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "string"}}}}}),
                json!({"a": {"b": 1}}),
                "it.a.b is `1`",
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "integer"}}),
                json!({"a": "b"}),
                "it.a is the text",
            ),
            (
                json!({"oneOf": [{"type": "integer"}, {"type": "number"}]}),
                json!(1),
                "fits 2 of the 2 schemas of its `oneOf`",
            ),
            (
                json!({"oneOf": [{"type": "integer"}, {"type": "string"}]}),
                json!(true),
                "fits 0 of the 2",
            ),
            (json!({"pattern": "^a"}), json!("a"), "doesn't know: teach"),
        ] {
            let found = faults(schema.clone(), value.clone());
            assert!(
                found.len() == 1 && found[0].contains(words),
                "{schema} {value}: {found:?}"
            );
        }
    }
}
