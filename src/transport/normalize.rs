//! Normalizes an answer to the shape that its generated type reads.
//!
//! No field but the identity may make an answer unreadable. Before an answer is decoded, a scalar
//! of another kind than documented is converted if no information is lost, and a value that cannot
//! be converted is dropped, with a note of its path. Only a missing identity is an error.

use serde_json::{Map, Number, Value};

use crate::cleaning::is_id;
use crate::operation::{Record, Shape};

/// The changes to an answer, for the log. It has paths only, because values may be secret.
#[derive(Debug, Default)]
pub(crate) struct Normalized {
    /// True if the value differs from the vendor's.
    pub is_changed: bool,
    /// The paths of the values that were dropped.
    pub dropped: Vec<String>,
    /// The number of further values that were dropped.
    pub more: usize,
}

/// The absence of a field without which the answer is worthless.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MissingIdentity {
    pub path: String,
    pub what: String,
}

/// A value that does not fit its shape.
enum Mismatch {
    /// The value cannot be converted, and the record or list around it can do without it.
    Here,
    /// An identity is missing, so that the whole answer is an error.
    MissingIdentity(MissingIdentity),
}

/// Normalizes a value to a shape.
///
/// # Errors
/// If an identity is missing, or if the value as a whole is of another kind.
pub(crate) fn normalize(value: &mut Value, shape: &Shape) -> Result<Normalized, MissingIdentity> {
    let mut walk = Walk {
        path: vec!["$".to_owned()],
        normalized: Normalized::default(),
    };
    match walk.value(value, shape) {
        Ok(()) => Ok(walk.normalized),
        Err(Mismatch::MissingIdentity(missing)) => Err(missing),
        Err(Mismatch::Here) => Err(MissingIdentity {
            path: "$".to_owned(),
            what: format!(
                "holds {} where {} is expected",
                kind(value),
                expected(shape)
            ),
        }),
    }
}

/// The most paths of dropped values that are kept.
const MOST_PATHS: usize = 20;

impl Normalized {
    fn drop_at(&mut self, path: impl FnOnce() -> String) {
        self.is_changed = true;
        match self.dropped.len() < MOST_PATHS {
            true => self.dropped.push(path()),
            false => self.more += 1,
        }
    }
}

struct Walk {
    path: Vec<String>,
    normalized: Normalized,
}

impl Walk {
    fn value(&mut self, value: &mut Value, shape: &Shape) -> Result<(), Mismatch> {
        let replacement = match (shape, &*value) {
            (Shape::Any | Shape::Nothing, _)
            | (Shape::Text, Value::String(_))
            | (Shape::Number, Value::Number(_))
            | (Shape::Flag, Value::Bool(_))
            | (Shape::Map | Shape::NullableMap, Value::Object(_)) => return Ok(()),
            (Shape::Integer, Value::Number(number)) if number.is_i64() => return Ok(()),
            (Shape::Record(record), Value::Object(_)) => return self.record(value, record),
            (Shape::List(items), Value::Array(_)) => return self.list(value, items),
            // PHP encodes an empty map as an empty list.
            (Shape::Map | Shape::NullableMap | Shape::Record(_), Value::Array(list))
                if list.is_empty() =>
            {
                Value::Object(Map::new())
            }
            // An `Option` cannot tell null from a missing field.
            (Shape::NullableMap, Value::Null) => Value::Object(Map::new()),
            (Shape::Text, Value::Number(_) | Value::Bool(_)) => Value::String(value.to_string()),
            (Shape::Integer, Value::Number(number)) => {
                whole(number.as_f64()).ok_or(Mismatch::Here)?
            }
            (Shape::Integer, Value::String(text)) => text
                .trim()
                .parse::<i64>()
                .map_err(|_| Mismatch::Here)?
                .into(),
            (Shape::Number, Value::String(text)) => number(text).ok_or(Mismatch::Here)?,
            (Shape::Flag, Value::String(text)) => match text.as_str() {
                "true" | "1" => Value::Bool(true),
                "false" | "0" => Value::Bool(false),
                _ => return Err(Mismatch::Here),
            },
            (Shape::Flag, Value::Number(number)) => match number.as_i64() {
                Some(flag @ (0 | 1)) => Value::Bool(flag == 1),
                _ => return Err(Mismatch::Here),
            },
            _ => return Err(Mismatch::Here),
        };
        *value = replacement;
        self.normalized.is_changed = true;
        match shape {
            Shape::Record(record) => self.record(value, record),
            _ => Ok(()),
        }
    }

    fn record(&mut self, value: &mut Value, record: &Record) -> Result<(), Mismatch> {
        let Value::Object(map) = value else {
            return Err(Mismatch::Here);
        };
        for field in record.fields {
            let what = match map.get_mut(field.name) {
                None if field.identity => "is missing",
                None => continue,
                // An `Option` reads null. A list or map that is not an `Option` must be absent
                // instead.
                Some(Value::Null)
                    if !field.identity
                        && !matches!(
                            field.shape,
                            Shape::List(_) | Shape::Map | Shape::NullableMap
                        ) =>
                {
                    continue;
                }
                Some(Value::Null) if !matches!(field.shape, Shape::NullableMap) => "is null",
                Some(inner) => {
                    self.path.push(format!(".{}", field.name));
                    let fit = self.value(inner, &field.shape);
                    self.path.pop();
                    match fit {
                        Ok(()) if field.identity && !is_identity(inner) => {
                            "is not short printable text"
                        }
                        Ok(()) => continue,
                        Err(Mismatch::Here) => "is of another kind than documented",
                        missing => return missing,
                    }
                }
            };
            let path = || format!("{}.{}", self.path.concat(), field.name);
            if field.identity {
                let path = path();
                let what = format!("{what}, and {} is worthless without it", record.name);
                return Err(Mismatch::MissingIdentity(MissingIdentity { path, what }));
            }
            // A null means the same as a missing field and is not logged.
            if map
                .remove(field.name)
                .is_some_and(|dropped| !dropped.is_null())
            {
                self.normalized.drop_at(path);
            }
            self.normalized.is_changed = true;
        }
        Ok(())
    }

    fn list(&mut self, value: &mut Value, items: &Shape) -> Result<(), Mismatch> {
        let Value::Array(list) = value else {
            return Err(Mismatch::Here);
        };
        let mut kept = Vec::with_capacity(list.len());
        for (index, mut item) in std::mem::take(list).into_iter().enumerate() {
            self.path.push(format!("[{index}]"));
            let fit = self.value(&mut item, items);
            match fit {
                Ok(()) => kept.push(item),
                Err(Mismatch::Here) => {
                    self.normalized.drop_at(|| self.path.concat());
                }
                missing => return missing,
            }
            self.path.pop();
        }
        *list = kept;
        Ok(())
    }
}

/// Returns whether a value can identify a record: text must be short and printable.
fn is_identity(value: &Value) -> bool {
    value.as_str().is_none_or(is_id)
}

/// Converts a float that is a whole number, if it is small enough to be exact.
fn whole(number: Option<f64>) -> Option<Value> {
    let number = number?;
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    exact.then(|| Value::from(number as i64))
}

fn number(text: &str) -> Option<Value> {
    Number::from_f64(text.trim().parse().ok()?).map(Value::Number)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Nothing | Shape::Any => "anything",
        Shape::Text => "text",
        Shape::Integer => "a whole number",
        Shape::Number => "a number",
        Shape::Flag => "true or false",
        Shape::Map | Shape::NullableMap => "an object",
        Shape::List(_) => "a list",
        Shape::Record(record) => return format!("an object ({})", record.name),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::operation::Field;
    use serde_json::json;

    const fn field(name: &'static str, shape: Shape) -> Field {
        Field {
            name,
            identity: false,
            shape,
        }
    }

    static ITEM: Record = Record {
        name: "Item",
        fields: &[
            Field {
                identity: true,
                ..field("id", Shape::Integer)
            },
            field("note", Shape::Text),
            field("on", Shape::Flag),
            field("share", Shape::Number),
            field("extra", Shape::Map),
            field("settings", Shape::NullableMap),
            field("below", Shape::List(&Shape::Record(&ITEM))),
        ],
    };
    static ITEMS: Shape = Shape::List(&Shape::Record(&ITEM));

    #[test]
    fn what_fits_is_left_alone() {
        let mut value = json!([{"id": 1, "note": "n", "on": true, "share": 0.5, "extra": {"a": 1}, "below": [], "new": [null]}]);
        let before = value.clone();
        let result = normalize(&mut value, &ITEMS).unwrap();
        assert_eq!((value, result.is_changed), (before, false));
    }

    #[test]
    fn what_does_not_fit_is_turned_or_dropped_and_named() {
        for (value, expected, paths) in [
            (
                json!([{"id": "1", "note": 5, "on": 1, "share": "0.5", "extra": []}, {"id": 2.0, "on": "false"}]),
                json!([{"id": 1, "note": "5", "on": true, "share": 0.5, "extra": {}}, {"id": 2, "on": false}]),
                "",
            ),
            // Null settings are empty ones, which differ from missing ones.
            (
                json!([{"id": 1, "settings": null}, {"id": 2, "settings": []}, {"id": 3}]),
                json!([{"id": 1, "settings": {}}, {"id": 2, "settings": {}}, {"id": 3}]),
                "",
            ),
            (
                json!([{"id": 1, "note": {}, "on": "maybe", "share": null, "below": [7, {"id": 3, "extra": 4}]}]),
                json!([{"id": 1, "share": null, "below": [{"id": 3}]}]),
                "$[0].note $[0].on $[0].below[0] $[0].below[1].extra",
            ),
        ] {
            let mut value = value;
            let dropped = normalize(&mut value, &ITEMS).unwrap().dropped;
            assert_eq!((value, dropped.join(" ").as_str()), (expected, paths));
        }
    }

    #[test]
    fn a_scalar_is_converted_only_if_nothing_is_lost() {
        use Shape::{Flag, Integer, Number, Text};
        let kept = 9_007_199_254_740_991_i64;
        for (shape, value, expected) in [
            (Text, json!(1.5), Some(json!("1.5"))),
            (Text, json!(true), Some(json!("true"))),
            (Text, json!([1]), None),
            (Integer, json!(kept as f64), Some(json!(kept))),
            (Integer, json!(-kept as f64), Some(json!(-kept))),
            (Integer, json!(kept as f64 + 1.0), None),
            (Integer, json!(u64::MAX), None),
            (Integer, json!(1.5), None),
            (Integer, json!(" 7 "), Some(json!(7))),
            (Integer, json!("7.0"), None),
            (Integer, json!(true), None),
            (Number, json!(" 1.5 "), Some(json!(1.5))),
            (Number, json!("NaN"), None),
            (Number, json!("x"), None),
            (Flag, json!("true"), Some(json!(true))),
            (Flag, json!("1"), Some(json!(true))),
            (Flag, json!("false"), Some(json!(false))),
            (Flag, json!("0"), Some(json!(false))),
            (Flag, json!("yes"), None),
            (Flag, json!(1), Some(json!(true))),
            (Flag, json!(0), Some(json!(false))),
            (Flag, json!(2), None),
        ] {
            let mut found = value.clone();
            let result = normalize(&mut found, &shape);
            let found = result.is_ok_and(|it| it.is_changed).then_some(found);
            assert_eq!(found, expected, "{value} as {shape:?}");
        }
    }

    #[test]
    fn a_value_of_another_kind_as_a_whole_is_described() {
        for (shape, value, expected) in [
            (
                Shape::Text,
                json!([]),
                "holds a list where text is expected",
            ),
            (
                Shape::Integer,
                json!("x"),
                "holds text where a whole number is expected",
            ),
            (
                Shape::Number,
                json!({}),
                "holds an object where a number is expected",
            ),
            (
                Shape::Flag,
                json!(null),
                "holds null where true or false is expected",
            ),
            (
                Shape::Map,
                json!(1),
                "holds a number where an object is expected",
            ),
            (
                Shape::List(&ITEMS),
                json!(true),
                "holds a boolean where a list is expected",
            ),
            (
                Shape::Record(&ITEM),
                json!([1]),
                "holds a list where an object (Item) is expected",
            ),
        ] {
            let missing = normalize(&mut value.clone(), &shape).unwrap_err();
            assert_eq!(
                (missing.path.as_str(), missing.what.as_str()),
                ("$", expected)
            );
        }
    }

    #[test]
    fn null_is_left_where_an_option_reads_it() {
        let mut value = json!([{"id": 1, "note": null, "extra": null, "below": null}]);
        let result = normalize(&mut value, &ITEMS).unwrap();
        assert_eq!(value, json!([{"id": 1, "note": null}]));
        assert_eq!((result.is_changed, result.dropped), (true, Vec::new()));
    }

    #[test]
    fn only_a_lost_identity_is_an_error() {
        for (value, path, what) in [
            (json!([{"note": "n"}]), "$[0].id", "is missing"),
            (json!([{"id": null}]), "$[0].id", "is null"),
            (
                json!([{"id": 1}, {"id": 1, "below": [{"id": "x"}]}]),
                "$[1].below[0].id",
                "is of another kind",
            ),
            (json!("text"), "$", "holds text"),
        ] {
            let missing = normalize(&mut value.clone(), &ITEMS).unwrap_err();
            assert_eq!(missing.path, path, "{value}");
            assert!(missing.what.starts_with(what), "{}", missing.what);
        }
    }
}
