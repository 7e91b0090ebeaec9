//! Values that a caller sent, read by type. A vendor says in its own words what is wrong.

use serde_json::{Map, Value};

/// A value of another type than the one that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongType {
    /// The expected type in one word: `integer`, `boolean`, `string`.
    pub expected: &'static str,
}

/// Reads text as an integer, without a plus sign, blanks or decimals.
pub fn integer_of(text: &str) -> Result<i64, WrongType> {
    let expected = "integer";
    if text.starts_with('+') {
        return Err(WrongType { expected });
    }
    text.parse().map_err(|_| WrongType { expected })
}

/// Reads a member of a JSON object as an integer. Null is the same as absent.
pub fn integer(object: &Map<String, Value>, name: &str) -> Result<Option<i64>, WrongType> {
    member(object, name, "integer", Value::as_i64)
}

/// Reads a member of a JSON object as a boolean. Null is the same as absent.
pub fn boolean(object: &Map<String, Value>, name: &str) -> Result<Option<bool>, WrongType> {
    member(object, name, "boolean", Value::as_bool)
}

/// Reads a member of a JSON object as text. Null is the same as absent.
pub fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, WrongType> {
    member(object, name, "string", Value::as_str)
}

/// Reads a member of a JSON object as an array. Null is the same as absent.
pub fn array<'a>(
    object: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Vec<Value>>, WrongType> {
    member(object, name, "array", Value::as_array)
}

fn member<'a, T>(
    object: &'a Map<String, Value>,
    name: &str,
    expected: &'static str,
    read: impl FnOnce(&'a Value) -> Option<T>,
) -> Result<Option<T>, WrongType> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or(WrongType { expected }),
    }
}

/// The pairs of a query in the order sent, decoded.
#[derive(Debug, Default, Clone)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Takes a raw query apart.
    pub fn parse(raw: &str) -> Self {
        let pairs = form_urlencoded::parse(raw.as_bytes());
        Self {
            pairs: pairs.into_owned().collect(),
        }
    }

    /// Returns the last value of a name. An empty value is the same as none.
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut newest_first = self.pairs.iter().rev();
        let (_, value) = newest_first.find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Reads the value of a name as an integer.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, WrongType> {
        self.text(name).map(integer_of).transpose()
    }

    /// Reads the value of a name as a boolean: `true`, `false`, `1` or `0`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, WrongType> {
        match self.text(name) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(WrongType {
                expected: "boolean",
            }),
        }
    }

    /// Returns the values of a list in all three spellings: `x[]=1&x[]=2`, `x[0]=1&x[1]=2` and
    /// `x=1,2`. `None` if the name does not occur at all.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        let mut found = false;
        let mut values = Vec::new();
        for (key, value) in &self.pairs {
            if key == name {
                found = true;
                values.extend(value.split(',').map(str::trim).filter(|v| !v.is_empty()));
            } else if let Some(index) = in_brackets(key, name)
                && index.bytes().all(|byte| byte.is_ascii_digit())
            {
                found = true;
                values.push(value.as_str());
            }
        }
        found.then_some(values)
    }

    /// Returns the pairs of a deep object: `x[a]=1&x[b]=2`.
    pub fn keyed(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter();
        pairs.filter_map(move |(key, value)| Some((in_brackets(key, name)?, value.as_str())))
    }
}

/// Returns the text in the brackets of `name[...]`.
fn in_brackets<'a>(key: &'a str, name: &str) -> Option<&'a str> {
    key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')
}
