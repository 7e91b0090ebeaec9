//! Refusals, in the shapes that are usual for Laravel.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::input::{BodyFailure, Call, Wrong};

/// Why a call is refused.
#[derive(Debug)]
pub enum Failure {
    /// There is no good token.
    Unauthenticated,
    /// There is nothing at that path, or nothing with that id.
    NotFound,
    /// There is something at that path, but not for that method.
    MethodNotAllowed,
    /// The body is too large.
    TooLarge,
    /// The body broke off.
    Unreadable,
    /// Fields are missing or wrong.
    Invalid(Errors),
    /// Nothing is wrong with the fields, but it cannot be done.
    Refused(&'static str),
}

impl Failure {
    /// The answer that tells it.
    pub fn answer(self) -> Answer {
        let (status, body) = match self {
            Self::Unauthenticated => (
                StatusCode::UNAUTHORIZED,
                json!({ "message": "Unauthenticated." }),
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, json!({ "message": "Not found." })),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                json!({ "message": "The method is not supported for this route." }),
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                json!({ "message": "The body is too large." }),
            ),
            Self::Unreadable => (
                StatusCode::BAD_REQUEST,
                json!({ "message": "The body could not be read." }),
            ),
            Self::Invalid(errors) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                json!({ "message": "The given data was invalid.", "errors": errors.by_field }),
            ),
            Self::Refused(message) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                json!({ "message": message }),
            ),
        };
        Answer::new(status, body)
    }

    /// One field is wrong.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Errors::default();
        errors.add(field, message);
        Self::Invalid(errors)
    }
}

/// What is wrong, by field.
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

    /// Notes that a field names something that is not there or does not fit.
    pub fn unknown(&mut self, field: &str) {
        self.add(field, format!("The selected {} is invalid.", words(field)));
    }

    /// Takes what was read of a field, and notes it if it was of the wrong type.
    pub fn optional<T>(&mut self, field: &str, read: Result<Option<T>, Wrong>) -> Option<T> {
        read.unwrap_or_else(|wrong| {
            let message = format!("The {} field must be {}.", words(field), named(wrong));
            self.add(field, message);
            None
        })
    }

    /// The same for a field that must be there.
    pub fn required<T>(&mut self, field: &str, read: Result<Option<T>, Wrong>) -> Option<T> {
        if matches!(read, Ok(None)) {
            self.missing(field);
        }
        self.optional(field, read)
    }

    /// Whether anything was noted.
    pub fn is_empty(&self) -> bool {
        self.by_field.is_empty()
    }

    /// Fails if anything was noted.
    pub fn result(self) -> Result<(), Failure> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(Failure::Invalid(self))
        }
    }
}

/// The body of a call that needs one.
pub fn body(call: &Call) -> Result<Map<String, Value>, Failure> {
    // Laravel does not look for JSON in a body that is not declared to be JSON.
    let is_json = call
        .header("content-type")
        .is_some_and(|kind| kind.contains("/json") || kind.contains("+json"));
    match call.object() {
        Ok(_) if !is_json => Err(Failure::field(
            "body",
            "The body must be sent as application/json.",
        )),
        Ok(object) => Ok(object),
        Err(BodyFailure::TooLarge) => Err(Failure::TooLarge),
        Err(BodyFailure::Unreadable) => Err(Failure::Unreadable),
        Err(BodyFailure::NotJson | BodyFailure::NotAnObject) => {
            Err(Failure::field("body", "The body must be a JSON object."))
        }
    }
}

fn words(field: &str) -> String {
    field.replace('_', " ")
}

fn named(wrong: Wrong) -> String {
    match wrong.expected {
        "boolean" => "true or false".to_owned(),
        "integer" | "array" => format!("an {}", wrong.expected),
        other => format!("a {other}"),
    }
}
