//! From typed text to what goes out.

use proxy_orders::operation::{Kind, Parameter};
use serde_json::{Map, Number, Value};

/// Reads what was typed for a parameter, and holds it against the bounds and values that the vendor documents.
pub fn read(parameter: &Parameter, typed: &str) -> Result<Value, String> {
    let value = match parameter.kind {
        Kind::List(item) => list(parameter, *item, typed)?,
        Kind::Map => map(typed)?,
        kind => scalar(parameter, kind, typed)?,
    };
    Ok(value)
}

/// Puts together what was typed for one parameter in several places; only lists and maps can be.
pub fn join(values: Vec<Value>) -> Option<Value> {
    values
        .into_iter()
        .reduce(|so_far, next| match (so_far, next) {
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

/// The value as a path or query shows it.
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

/// Comma separated, or a JSON array; objects only come as the latter.
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

/// `key=value,key=value`, or a JSON object.
fn map(typed: &str) -> Result<Value, String> {
    if let Ok(object @ Value::Object(_)) = serde_json::from_str(typed) {
        return Ok(object);
    }
    let mut entries = Map::new();
    for pair in typed.split(',').filter(|_| !typed.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            format!("`{pair}` is no key=value pair; write values that hold a comma as JSON: {{\"key\":\"value\"}}")
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

    fn parameter(vendor: Vendor, operation: &str, name: &str) -> &'static Parameter {
        let operation = vendor.operation(operation).unwrap();
        operation
            .parameters
            .iter()
            .find(|it| it.name == name)
            .unwrap()
    }

    #[test]
    fn each_kind_is_read() {
        use Vendor::{IpRoyal, ProxyShard, SmartProxy};
        let table = [
            (IpRoyal, "list_orders", "order_ids[]", "1, 2", json!([1, 2])),
            (
                IpRoyal,
                "list_orders",
                "order_ids[]",
                "[1,2]",
                json!([1, 2]),
            ),
            (IpRoyal, "extend_order", "proxies", "", json!([])),
            (
                IpRoyal,
                "extend_order",
                "proxies",
                "192.0.2.1",
                json!(["192.0.2.1"]),
            ),
            (
                IpRoyal,
                "create_order",
                "product_question_answers",
                "12=yes,13=a=b",
                json!({"12": "yes", "13": "a=b"}),
            ),
            (
                IpRoyal,
                "create_order",
                "product_question_answers",
                r#"{"12":"a,b"}"#,
                json!({"12": "a,b"}),
            ),
            (
                IpRoyal,
                "create_order",
                "selection",
                r#"{"locations":[]}"#,
                json!({"locations": []}),
            ),
            (IpRoyal, "create_order", "auto_extend", "true", json!(true)),
            (
                ProxyShard,
                "purchase_order",
                "addons",
                r#"[{"qty":1}]"#,
                json!([{"qty": 1}]),
            ),
            (
                SmartProxy,
                "create_order",
                "renew_duration",
                "1m",
                json!("1m"),
            ),
            (SmartProxy, "create_order", "renew_duration", "3", json!(3)),
            (SmartProxy, "create_order", "amount", "2.5", json!(2.5)),
            (SmartProxy, "create_order", "amount", "3", json!(3)),
            (SmartProxy, "list_orders", "status", "0", json!(0)),
        ];
        for (vendor, operation, name, typed, expected) in table {
            let found = read(parameter(vendor, operation, name), typed).unwrap();
            assert_eq!(found, expected, "{operation} {name} {typed}");
        }
    }

    #[test]
    fn what_can_not_be_meant_is_refused() {
        use Vendor::{IpRoyal, ProxyShard, SmartProxy};
        let table = [
            (IpRoyal, "list_orders", "order_ids[]", "1,,2", "empty"),
            (IpRoyal, "list_orders", "order_ids[]", "1,x", "whole number"),
            (IpRoyal, "list_orders", "statuses[]", "paid", "not one of"),
            (IpRoyal, "create_order", "selection", "[1]", "JSON object"),
            (
                IpRoyal,
                "create_order",
                "product_question_answers",
                "12",
                "key=value",
            ),
            (
                IpRoyal,
                "create_order",
                "product_question_answers",
                "1=a,1=b",
                "twice",
            ),
            (ProxyShard, "purchase_order", "addons", "p0f", "JSON array"),
            (
                ProxyShard,
                "purchase_order",
                "addons",
                "[1]",
                "JSON objects",
            ),
            (ProxyShard, "list_orders", "limit", "101", "at most 100"),
            (ProxyShard, "list_orders", "limit", "0", "at least 1"),
            (SmartProxy, "create_order", "amount", "1e999", "number"),
            (SmartProxy, "create_order", "pid", "1.5", "whole number"),
        ];
        for (vendor, operation, name, typed, words) in table {
            let error = read(parameter(vendor, operation, name), typed).unwrap_err();
            assert!(error.contains(words), "{operation} {name} {typed}: {error}");
        }
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
