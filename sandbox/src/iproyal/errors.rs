//! Refusals, in the shapes that are usual for Laravel.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::answer::{Problem, Refusal};
use crate::request::RequestContext;
use crate::values::WrongType;

/// Refuses a call before an operation looks at it.
pub fn refuse(problem: Problem) -> Refusal {
    let (status, message) = match problem {
        Problem::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthenticated."),
        Problem::NotFound => (StatusCode::NOT_FOUND, "Not found."),
        Problem::MethodNotAllowed => (
            StatusCode::METHOD_NOT_ALLOWED,
            "The method is not supported for this route.",
        ),
        Problem::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
        Problem::Unreadable => (StatusCode::BAD_REQUEST, "The body could not be read."),
        Problem::NotJson => return wrong_field("body", "The body must be a JSON object."),
    };
    Refusal::new(status, message)
}

/// Refuses a call for something that does not exist.
pub fn not_found() -> Refusal {
    refuse(Problem::NotFound)
}

/// Refuses a call whose fields are right, but which cannot be acted upon.
pub fn unprocessable(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message)
}

/// Refuses a call because of one field.
pub fn wrong_field(field: &str, message: &str) -> Refusal {
    let mut errors = Errors::default();
    errors.add(field, message);
    errors.into()
}

/// The messages about wrong fields, by field.
#[derive(Debug, Default)]
pub struct Errors {
    by_field: Map<String, Value>,
}

impl Errors {
    /// Notes that a field is wrong.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        let messages = self
            .by_field
            .entry(field)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(messages) = messages {
            messages.push(Value::String(message.into()));
        }
    }

    /// Notes that a field is missing.
    pub fn missing(&mut self, field: &str) {
        self.add(field, format!("The {} field is required.", words(field)));
    }

    /// Notes that a field names something that does not exist or does not fit.
    pub fn unknown(&mut self, field: &str) {
        self.add(field, format!("The selected {} is invalid.", words(field)));
    }

    /// Returns the thing that a field names, and notes a field that names none.
    pub fn known<T>(&mut self, field: &str, found: Option<T>) -> Option<T> {
        if found.is_none() {
            self.unknown(field);
        }
        found
    }

    /// Returns the value of a field, and notes one of the wrong type.
    pub fn optional<T>(&mut self, field: &str, read: Result<Option<T>, WrongType>) -> Option<T> {
        read.unwrap_or_else(|wrong| {
            let message = format!("The {} field must be {}.", words(field), named(wrong));
            self.add(field, message);
            None
        })
    }

    /// The same for a field that must be there.
    pub fn required<T>(&mut self, field: &str, read: Result<Option<T>, WrongType>) -> Option<T> {
        if matches!(read, Ok(None)) {
            self.missing(field);
        }
        self.optional(field, read)
    }

    /// Tells whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.by_field.is_empty()
    }

    /// Fails if anything was noted.
    pub fn result(self) -> Result<(), Refusal> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.into())
        }
    }
}

impl From<Errors> for Refusal {
    fn from(errors: Errors) -> Self {
        Self {
            errors: errors.by_field,
            ..unprocessable("The given data was invalid.")
        }
    }
}

/// Returns the body of a call that needs one.
pub fn body(request: &RequestContext) -> Result<&Map<String, Value>, Refusal> {
    let object = request.object().map_err(refuse)?;
    // Laravel does not look for JSON in a body that is not declared to be JSON.
    let kind = request.header("content-type").unwrap_or_default();
    if !kind.contains("/json") && !kind.contains("+json") {
        return Err(wrong_field(
            "body",
            "The body must be sent as application/json.",
        ));
    }
    Ok(object)
}

fn words(field: &str) -> String {
    field.replace('_', " ")
}

fn named(wrong: WrongType) -> String {
    match wrong.expected {
        "boolean" => "true or false".to_owned(),
        "integer" | "array" => format!("an {}", wrong.expected),
        other => format!("a {other}"),
    }
}
