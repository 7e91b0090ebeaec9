//! What an operation's parameters and answers are said to be.

use std::fmt;

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Body,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Path => "path",
            Place::Query => "query",
            Place::Body => "body",
        })
    }
}

/// What a parameter or a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Number,
    Boolean,
    Text,
    IntegerOrText,
    List(Box<Kind>),
    Map,
    Object,
    Any,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Boolean => "boolean",
            Kind::Text => "text",
            Kind::IntegerOrText => "integer or text",
            Kind::List(items) => return write!(f, "list of {items}"),
            Kind::Map => "map",
            Kind::Object => "object",
            Kind::Any => "any",
        })
    }
}

/// Where the credential goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    Nowhere,
    Header(String),
    Bearer,
    Query(String),
    Body(String),
    /// A scheme that the build refuses.
    Other(String),
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::Nowhere => f.write_str("none"),
            Credential::Header(name) => write!(f, "header `{name}`"),
            Credential::Bearer => f.write_str("header `Authorization: Bearer`"),
            Credential::Query(name) => write!(f, "query `{name}`"),
            Credential::Body(name) => write!(f, "body `{name}`"),
            Credential::Other(name) => write!(f, "scheme `{name}`"),
        }
    }
}
