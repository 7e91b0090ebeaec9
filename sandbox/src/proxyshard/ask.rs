//! One request as the operations see it, and the way they refuse it.

use serde_json::{Map, Value};

use crate::faults::Conditions;
use crate::input::{BodyFailure, Call, Wrong, array, boolean, integer, integer_of, text};

/// A refused request: the status and the words of the failure answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
}

impl Refusal {
    /// 400: a value is missing, wrong, or does not fit the state of the account.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            message: message.into(),
        }
    }

    /// 403: the operation does not exist for this kind of order.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self {
            status: 403,
            message: message.into(),
        }
    }

    /// 404: nothing has this identity.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self {
            status: 404,
            message: message.into(),
        }
    }
}

/// What an operation answers.
pub(super) type Reply = Result<Value, Refusal>;

/// One request: what was sent, and its body if that is a JSON object.
#[derive(Debug)]
pub(super) struct Ask {
    call: Call,
    body: Option<Map<String, Value>>,
}

impl Ask {
    /// Takes a request in. `with_body` is whether its method may bring a body.
    pub(super) fn read(call: Call, with_body: bool) -> Result<Self, Refusal> {
        let body = if !with_body || call.body_is_empty() {
            None
        } else {
            Some(call.object().map_err(|failure| match failure {
                BodyFailure::TooLarge => Refusal {
                    status: 413,
                    message: "body: too large".to_owned(),
                },
                BodyFailure::Unreadable => Refusal::invalid("body: broke off"),
                BodyFailure::NotJson => Refusal::invalid("body: is not JSON"),
                BodyFailure::NotAnObject => Refusal::invalid("body: must be a JSON object"),
            })?)
        };
        Ok(Self { call, body })
    }

    /// Under what conditions it is acted upon.
    pub(super) fn conditions(&self) -> &Conditions {
        &self.call.conditions
    }

    /// The order that the path names.
    pub(super) fn order_id(&self) -> Result<i64, Refusal> {
        let (name, text) = ["order_id", "id"]
            .into_iter()
            .find_map(|name| Some((name, self.call.parameter(name)?)))
            .ok_or_else(|| Refusal::missing("order_id: unknown order"))?;
        integer_of(text).map_err(|_| Refusal::invalid(format!("{name}: must be an integer")))
    }

    /// The sub-user that the path names.
    pub(super) fn user_id(&self) -> &str {
        self.call.parameter("user_id").unwrap_or_default()
    }

    /// A query parameter. An empty one counts as left out.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.call.query.text(name)
    }

    pub(super) fn need_query(&self, name: &str) -> Result<&str, Refusal> {
        self.query(name)
            .ok_or_else(|| Refusal::invalid(format!("{name}: required query parameter is missing")))
    }

    /// A whole number of at least `least`.
    pub(super) fn query_int(&self, name: &str, least: i64) -> Result<Option<i64>, Refusal> {
        match self.call.query.integer(name) {
            Ok(Some(number)) if number < least => Err(whole_number(name, least)),
            Ok(number) => Ok(number),
            Err(_) => Err(whole_number(name, least)),
        }
    }

    pub(super) fn need_query_int(&self, name: &str, least: i64) -> Result<i64, Refusal> {
        self.need_query(name)?;
        self.query_int(name, least)?
            .ok_or_else(|| whole_number(name, least))
    }

    /// The page asked for: how many rows to skip and how many to give.
    pub(super) fn page(&self) -> Result<(usize, usize), Refusal> {
        let offset = self.query_int("offset", 0)?.unwrap_or(0);
        let limit = self.query_int("limit", 1)?.unwrap_or(20);
        if limit > 100 {
            return Err(Refusal::invalid("limit: must be between 1 and 100"));
        }
        Ok((
            usize::try_from(offset).unwrap_or(usize::MAX),
            usize::try_from(limit).unwrap_or(100),
        ))
    }

    /// The fields of the body, which must be there.
    pub(super) fn fields(&self) -> Result<Fields<'_>, Refusal> {
        self.body
            .as_ref()
            .map(Fields)
            .ok_or_else(|| Refusal::invalid("body: a JSON object is required"))
    }
}

/// The fields of a JSON object. A null counts as left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// Refuses null where the pages do not say that it may stand.
    pub(super) fn not_null(&self, names: &[&str]) -> Result<(), Refusal> {
        match names
            .iter()
            .find(|name| self.0.get(**name).is_some_and(Value::is_null))
        {
            Some(name) => Err(Refusal::invalid(format!("{name}: must not be null"))),
            None => Ok(()),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        text(self.0, name).map_err(|wrong| mistyped(name, wrong))
    }

    /// Text that is neither left out nor blank.
    pub(super) fn need_text(&self, name: &str) -> Result<&'a str, Refusal> {
        match self.text(name)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(Refusal::invalid(format!("{name}: must not be empty"))),
            None => Err(left_out(name)),
        }
    }

    /// A whole number of at least `least`.
    pub(super) fn int(&self, name: &str, least: i64) -> Result<Option<i64>, Refusal> {
        match integer(self.0, name) {
            Ok(Some(number)) if number < least => Err(whole_number(name, least)),
            Ok(number) => Ok(number),
            Err(_) => Err(whole_number(name, least)),
        }
    }

    pub(super) fn need_int(&self, name: &str, least: i64) -> Result<i64, Refusal> {
        self.int(name, least)?.ok_or_else(|| left_out(name))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        boolean(self.0, name).map_err(|wrong| mistyped(name, wrong))
    }

    pub(super) fn need_flag(&self, name: &str) -> Result<bool, Refusal> {
        self.flag(name)?.ok_or_else(|| left_out(name))
    }

    /// The objects of an array field; none if it was left out.
    pub(super) fn rows(&self, name: &str) -> Result<Vec<Fields<'a>>, Refusal> {
        match array(self.0, name).map_err(|wrong| mistyped(name, wrong))? {
            None => Ok(Vec::new()),
            Some(values) => objects(name, values),
        }
    }

    pub(super) fn need_rows(&self, name: &str) -> Result<Vec<Fields<'a>>, Refusal> {
        let rows = self.rows(name)?;
        if rows.is_empty() {
            return Err(Refusal::invalid(format!(
                "{name}: at least one item is required"
            )));
        }
        Ok(rows)
    }
}

/// The members of an array, which must all be objects.
pub(super) fn objects<'a>(name: &str, values: &'a [Value]) -> Result<Vec<Fields<'a>>, Refusal> {
    values
        .iter()
        .map(|value| {
            value
                .as_object()
                .map(Fields)
                .ok_or_else(|| Refusal::invalid(format!("{name}: every item must be an object")))
        })
        .collect()
}

fn whole_number(name: &str, least: i64) -> Refusal {
    Refusal::invalid(format!(
        "{name}: must be a whole number of at least {least}"
    ))
}

fn left_out(name: &str) -> Refusal {
    Refusal::invalid(format!("{name}: required field is missing"))
}

fn mistyped(name: &str, wrong: Wrong) -> Refusal {
    Refusal::invalid(format!("{name}: must be of type {}", wrong.expected))
}
