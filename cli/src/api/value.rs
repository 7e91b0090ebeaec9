//! Values of parameters, from the text that was typed.

use proxy_orders::operation::{Kind, Parameter};
use serde_json::{Map, Number, Value};

/// Parses the text of a parameter and checks it against the documented bounds and values.
pub fn read(parameter: &Parameter, typed: &str) -> Result<Value, String> {
    let value = match parameter.kind {
        Kind::List(item) => list(parameter, *item, typed)?,
        Kind::Map => map(typed)?,
        kind => scalar(parameter, kind, typed)?,
    };
    Ok(value)
}

/// Joins the values of a flag that was given several times. Lists and maps can be.
pub fn join(values: Vec<Value>) -> Option<Value> {
    values
        .into_iter()
        .reduce(|first, next| match (first, next) {
            (Value::Array(mut items), Value::Array(more)) => {
                items.extend(more);
                Value::Array(items)
            }
            (Value::Object(mut entries), Value::Object(more)) => {
                entries.extend(more);
                Value::Object(entries)
            }
            (_, next) => next,
        })
}

/// Formats a value for a path or a query.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn scalar(parameter: &Parameter, kind: Kind, typed: &str) -> Result<Value, String> {
    if !parameter.allowed.is_empty() && !parameter.allowed.contains(&typed) {
        return Err(format!(
            "`{typed}` is not one of {}",
            parameter.allowed.join(", ")
        ));
    }
    match kind {
        Kind::Integer => integer(parameter, typed),
        Kind::Number => typed
            .parse::<Number>()
            .map(Value::Number)
            .map_err(|_| "it must be a number, such as 2.5".to_owned()),
        Kind::Boolean => match typed {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err("it must be true or false".to_owned()),
        },
        Kind::IntegerOrText => Ok(typed
            .parse::<i64>()
            .map_or_else(|_| Value::from(typed), Value::from)),
        Kind::Object => match json(typed)? {
            object @ Value::Object(_) => Ok(object),
            _ => Err("it must be a JSON object: {...}".to_owned()),
        },
        Kind::Any => json(typed),
        _ => Ok(Value::from(typed)),
    }
}

fn integer(parameter: &Parameter, typed: &str) -> Result<Value, String> {
    let number: i64 = typed
        .parse()
        .map_err(|_| "it must be a whole number".to_owned())?;
    if let Some(least) = parameter.minimum.filter(|least| number < *least) {
        return Err(format!("it must be at least {least}"));
    }
    if let Some(most) = parameter.maximum.filter(|most| number > *most) {
        return Err(format!("it must be at most {most}"));
    }
    Ok(Value::from(number))
}

/// Parses a list with commas, or a JSON array; a list of objects must be an array.
fn list(parameter: &Parameter, item: Kind, typed: &str) -> Result<Value, String> {
    let is_json = matches!(item, Kind::Object | Kind::Any | Kind::Map | Kind::List(_));
    let array = match serde_json::from_str(typed) {
        Ok(Value::Array(items)) => Some(items),
        _ => None,
    };
    let items = match array {
        Some(items) if is_json => items,
        Some(items) => items
            .iter()
            .map(|it| scalar(parameter, item, &text(it)))
            .collect::<Result<_, _>>()?,
        None if typed.is_empty() => Vec::new(),
        None if is_json => return Err("it must be a JSON array: [...]".to_owned()),
        None => typed
            .split(',')
            .map(|it| match it.trim() {
                "" => Err("one of its items is empty".to_owned()),
                it => scalar(parameter, item, it),
            })
            .collect::<Result<_, _>>()?,
    };
    match items
        .iter()
        .find(|it| item == Kind::Object && !it.is_object())
    {
        Some(_) => Err("its items must be JSON objects: [{...}]".to_owned()),
        None => Ok(Value::Array(items)),
    }
}

/// Parses `key=value,key=value`, or a JSON object.
fn map(typed: &str) -> Result<Value, String> {
    if let Ok(object @ Value::Object(_)) = serde_json::from_str(typed) {
        return Ok(object);
    }
    let mut entries = Map::new();
    for pair in typed.split(',').filter(|_| !typed.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            format!("`{pair}` is not a key=value pair; write values that hold a comma as JSON: {{\"key\":\"value\"}}")
        })?;
        let key = key.trim();
        if key.is_empty() {
            return Err("one of its keys is empty".to_owned());
        }
        if entries.insert(key.to_owned(), Value::from(value)).is_some() {
            return Err(format!("`{key}` is given twice"));
        }
    }
    Ok(Value::Object(entries))
}

fn json(typed: &str) -> Result<Value, String> {
    serde_json::from_str(typed).map_err(|error| format!("it must be JSON: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proxy_orders::Vendor;
    use serde_json::json;

    /// Returns a parameter of any vendor.
    fn parameter(is_it: impl Fn(&Parameter) -> bool) -> &'static Parameter {
        let operations = Vendor::all().iter().flat_map(|it| it.operations());
        let mut parameters = operations.flat_map(|it| it.parameters);
        parameters.find(|it| is_it(it)).unwrap()
    }

    fn read_as(kind: Kind, typed: &str) -> Result<Value, String> {
        let is_free = |it: &Parameter| it.allowed.is_empty() && it.minimum.is_none();
        read(parameter(|it| it.kind == kind && is_free(it)), typed)
    }

    #[test]
    fn each_kind_is_read() {
        let integers = Kind::List(&Kind::Integer);
        let table = [
            (integers, "1, 2", json!([1, 2])),
            (integers, "[1,2]", json!([1, 2])),
            (Kind::List(&Kind::Text), "", json!([])),
            (Kind::List(&Kind::Text), "192.0.2.1", json!(["192.0.2.1"])),
            (Kind::List(&Kind::Object), r#"[{"n":1}]"#, json!([{"n": 1}])),
            (
                Kind::Map,
                "12=yes,13=a=b",
                json!({"12": "yes", "13": "a=b"}),
            ),
            (Kind::Map, r#"{"12":"a,b"}"#, json!({"12": "a,b"})),
            (Kind::Object, r#"{"a":[]}"#, json!({"a": []})),
            (Kind::Boolean, "true", json!(true)),
            (Kind::IntegerOrText, "1m", json!("1m")),
            (Kind::IntegerOrText, "3", json!(3)),
            (Kind::Number, "2.5", json!(2.5)),
            (Kind::Number, "3", json!(3)),
            (Kind::Integer, "0", json!(0)),
        ];
        for (kind, typed, expected) in table {
            assert_eq!(read_as(kind, typed).unwrap(), expected, "{kind:?} {typed}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let table = [
            (Kind::List(&Kind::Integer), "1,,2", "empty"),
            (Kind::List(&Kind::Integer), "1,x", "whole number"),
            (Kind::Object, "[1]", "JSON object"),
            (Kind::Map, "12", "key=value"),
            (Kind::Map, "1=a,1=b", "twice"),
            (Kind::List(&Kind::Object), "p0f", "JSON array"),
            (Kind::List(&Kind::Object), "[1]", "JSON objects"),
            (Kind::Number, "1e999", "number"),
            (Kind::Integer, "1.5", "whole number"),
        ];
        for (kind, typed, words) in table {
            let error = read_as(kind, typed).unwrap_err();
            assert!(error.contains(words), "{kind:?} {typed}: {error}");
        }
        let bounded = parameter(|it| it.minimum == Some(1) && it.maximum == Some(100));
        for (typed, words) in [("101", "at most 100"), ("0", "at least 1")] {
            let error = read(bounded, typed).unwrap_err();
            assert!(error.contains(words), "{typed}: {error}");
        }
        let words = parameter(|it| it.kind == Kind::List(&Kind::Text) && !it.allowed.is_empty());
        let error = read(words, &format!("{},nonsense", words.allowed[0])).unwrap_err();
        assert!(error.contains("`nonsense` is not one of"), "{error}");
    }

    #[test]
    fn lists_and_maps_can_be_given_in_pieces() {
        let joined = join(vec![json!([1]), json!([2, 3])]).unwrap();
        assert_eq!(joined, json!([1, 2, 3]));
        let joined = join(vec![json!({"a": 1}), json!({"b": 2})]).unwrap();
        assert_eq!(joined, json!({"a": 1, "b": 2}));
        assert_eq!(join(vec![]), None);
    }
}
