//! The envelopes, old and new, and what goes wrong inside them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::input::{BodyFailure, Wrong};

/// Which page documents a resource, and so how it wraps its answers.
#[derive(Debug, Clone, Copy)]
pub enum Style {
    /// `code` 0 and `message`.
    Order,
    /// `code` 200 and `msg`.
    Older,
}

/// A refusal.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    code: i64,
    message: String,
}

impl Style {
    /// The answer.
    pub fn answer(self, done: Result<Value, Failure>) -> Answer {
        let (success, words) = match self {
            Self::Order => (0, "message"),
            Self::Older => (200, "msg"),
        };
        match done {
            Ok(data) => Answer::ok(json!({
                "code": success,
                words: "Operation successful",
                "data": data,
            })),
            Err(failure) => Answer::new(
                failure.status,
                json!({ "code": failure.code, words: failure.message, "data": {} }),
            ),
        }
    }
}

impl Failure {
    /// The key is missing or not good.
    pub fn key() -> Self {
        Self {
            code: 3,
            ..Self::because("app_key is invalid or expired")
        }
    }

    /// Anything else, in words.
    pub fn because(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            code: 1,
            message: message.into(),
        }
    }

    /// A parameter is missing.
    pub fn missing(name: &str) -> Self {
        Self::because(format!("{name} is required"))
    }

    /// A parameter is wrong.
    pub fn invalid(name: &str) -> Self {
        Self::because(format!("{name} is invalid"))
    }

    /// There is nothing at that path.
    pub fn not_found() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            code: 404,
            ..Self::because("Not Found")
        }
    }

    /// There is something at that path, but not for that method.
    pub fn method_not_allowed() -> Self {
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: 405,
            ..Self::because("Method Not Allowed")
        }
    }
}

impl From<BodyFailure> for Failure {
    fn from(failure: BodyFailure) -> Self {
        match failure {
            BodyFailure::TooLarge => Self {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                code: 413,
                ..Self::because("request body is too large")
            },
            BodyFailure::Unreadable => Self::because("request body could not be read"),
            BodyFailure::NotJson | BodyFailure::NotAnObject => {
                Self::because("request body must be a JSON object")
            }
        }
    }
}

/// Takes what was read of a parameter, refusing one of the wrong type.
pub fn optional<T>(name: &str, read: Result<Option<T>, Wrong>) -> Result<Option<T>, Failure> {
    read.map_err(|wrong| Failure::because(format!("{name} must be of type {}", wrong.expected)))
}

/// The same for a parameter that must be there.
pub fn required<T>(name: &str, read: Result<Option<T>, Wrong>) -> Result<T, Failure> {
    optional(name, read)?.ok_or_else(|| Failure::missing(name))
}
