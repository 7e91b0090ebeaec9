//! Reading a request, and the vendor's words for what is wrong with it.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::answer::{Problem, Refusal};
use crate::request::RequestContext;
use crate::values::{WrongType, array, boolean, integer, integer_of, text};

/// Refuses a call before an operation looks at it.
pub fn refuse(problem: Problem) -> Refusal {
    let status = match problem {
        Problem::Unauthorized => StatusCode::UNAUTHORIZED,
        Problem::NotFound => StatusCode::NOT_FOUND,
        Problem::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Problem::TooLarge => {
            return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body: too large");
        }
        Problem::Unreadable => return Refusal::invalid("body: broke off"),
        Problem::NotJson => return Refusal::invalid("body: must be a JSON object"),
    };
    Refusal::new(status, status.canonical_reason().unwrap_or_default())
}

/// 404: nothing has this id.
pub fn unknown(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, message)
}

/// Returns the order id in the path.
pub fn order_id(request: &RequestContext) -> Result<i64, Refusal> {
    let mut names = ["order_id", "id"].into_iter();
    let found = names.find_map(|name| Some((name, request.parameter(name)?)));
    let (name, text) = found.ok_or_else(|| unknown("order_id: unknown order"))?;
    integer_of(text).map_err(|_| Refusal::invalid(format!("{name}: must be an integer")))
}

/// Returns the sub-user's id in the path.
pub fn user_id(request: &RequestContext) -> &str {
    request.parameter("user_id").unwrap_or_default()
}

/// Returns a query parameter that must not be left out. An empty one counts as left out.
pub fn need_query<'a>(request: &'a RequestContext, name: &str) -> Result<&'a str, Refusal> {
    let missing = || Refusal::invalid(format!("{name}: required query parameter is missing"));
    request.query.text(name).ok_or_else(missing)
}

/// Returns a query parameter as a whole number of at least `least`.
pub fn query_int(request: &RequestContext, name: &str, least: i64) -> Result<Option<i64>, Refusal> {
    at_least(name, least, request.query.integer(name))
}

/// Returns such a parameter that must not be left out.
pub fn need_query_int(request: &RequestContext, name: &str, least: i64) -> Result<i64, Refusal> {
    need_query(request, name)?;
    query_int(request, name, least)?.ok_or_else(|| whole_number(name, least))
}

/// Returns the number of rows to skip and the number to answer.
pub fn page(request: &RequestContext) -> Result<(usize, usize), Refusal> {
    let offset = query_int(request, "offset", 0)?.unwrap_or(0);
    let limit = query_int(request, "limit", 1)?.unwrap_or(20);
    if limit > 100 {
        return Err(Refusal::invalid("limit: must be between 1 and 100"));
    }
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    Ok((offset, usize::try_from(limit).unwrap_or(100)))
}

/// Returns the fields of the body, which must not be left out.
pub fn fields(request: &RequestContext) -> Result<Fields<'_>, Refusal> {
    if !request.has_body() {
        return Err(Refusal::invalid("body: a JSON object is required"));
    }
    request.object().map(Fields).map_err(refuse)
}

/// The fields of a JSON object. A null counts as left out.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(pub &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// Refuses null in fields that are not documented to take it.
    pub fn not_null(&self, names: &[&str]) -> Result<(), Refusal> {
        let is_null = |name: &&&str| self.0.get(**name).is_some_and(Value::is_null);
        match names.iter().find(is_null) {
            Some(name) => Err(Refusal::invalid(format!("{name}: must not be null"))),
            None => Ok(()),
        }
    }

    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        text(self.0, name).map_err(|wrong| mistyped(name, wrong))
    }

    /// Returns a field as text, which must be neither left out nor blank.
    pub fn need_text(&self, name: &str) -> Result<&'a str, Refusal> {
        match self.text(name)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(Refusal::invalid(format!("{name}: must not be empty"))),
            None => Err(left_out(name)),
        }
    }

    /// Returns a field as a whole number of at least `least`.
    pub fn int(&self, name: &str, least: i64) -> Result<Option<i64>, Refusal> {
        at_least(name, least, integer(self.0, name))
    }

    pub fn need_int(&self, name: &str, least: i64) -> Result<i64, Refusal> {
        self.int(name, least)?.ok_or_else(|| left_out(name))
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        boolean(self.0, name).map_err(|wrong| mistyped(name, wrong))
    }

    pub fn need_flag(&self, name: &str) -> Result<bool, Refusal> {
        self.flag(name)?.ok_or_else(|| left_out(name))
    }

    /// Returns the objects of an array field; none if it was left out.
    pub fn rows(&self, name: &str) -> Result<Vec<Fields<'a>>, Refusal> {
        match array(self.0, name).map_err(|wrong| mistyped(name, wrong))? {
            None => Ok(Vec::new()),
            Some(values) => objects(name, values),
        }
    }

    pub fn need_rows(&self, name: &str) -> Result<Vec<Fields<'a>>, Refusal> {
        let rows = self.rows(name)?;
        if rows.is_empty() {
            return Err(Refusal::invalid(format!(
                "{name}: at least one item is required"
            )));
        }
        Ok(rows)
    }
}

/// Returns the members of an array, which must all be objects.
pub fn objects<'a>(name: &str, values: &'a [Value]) -> Result<Vec<Fields<'a>>, Refusal> {
    let fields = values.iter().map(|value| {
        let wrong = || Refusal::invalid(format!("{name}: every item must be an object"));
        value.as_object().map(Fields).ok_or_else(wrong)
    });
    fields.collect()
}

fn at_least(
    name: &str,
    least: i64,
    read: Result<Option<i64>, WrongType>,
) -> Result<Option<i64>, Refusal> {
    match read {
        Ok(None) => Ok(None),
        Ok(Some(number)) if number >= least => Ok(Some(number)),
        _ => Err(whole_number(name, least)),
    }
}

fn whole_number(name: &str, least: i64) -> Refusal {
    Refusal::invalid(format!(
        "{name}: must be a whole number of at least {least}"
    ))
}

fn left_out(name: &str) -> Refusal {
    Refusal::invalid(format!("{name}: required field is missing"))
}

fn mistyped(name: &str, wrong: WrongType) -> Refusal {
    Refusal::invalid(format!("{name}: must be of type {}", wrong.expected))
}
