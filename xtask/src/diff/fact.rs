//! One difference between two specs, and whom it breaks.
//!
//! Requests are written and answers are read, and that decides most of it. A *Rust* user calls the generated builders, writes the
//! structs of bodies out and reads those of answers; what the library adds, retries and mends is the library's own matter. Where Cargo's
//! SemVer reference is strict with what is written (a new field of a struct whose fields are all public, a new value of a closed enum)
//! so is this; a new field of an answer is no break, as answers are for reading and vendors add to them. A *wire* user calls the HTTP API
//! through another generator: names, paths, types and the place of the key are theirs to follow; the `x-` marks are not. What breaks a wire
//! user is oasdiff's to say; [`Fact::unseen`] is what it can't.

use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nobody notices: words, marks, or what this kind of user never sees.
    #[default]
    None,
    /// It adds something, or loosens.
    Compatible,
    /// What worked stops to compile, to be accepted, or to mean the same.
    Breaking,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::None => "none",
            Verdict::Compatible => "compatible",
            Verdict::Breaking => "BREAKING",
        })
    }
}

/// Which way the thing goes that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Neither: the operation itself.
    Operation,
    /// A parameter in path or query: in Rust a call on the builder.
    Parameter,
    /// In a body: in Rust a field that callers write.
    Body,
    /// In an answer: in Rust a field that callers read.
    Answer,
}

impl Side {
    /// Whether callers send it.
    pub fn is_request(self) -> bool {
        matches!(self, Side::Parameter | Side::Body)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Side::Operation => "operation",
            Side::Parameter | Side::Body => "request",
            Side::Answer => "answer",
        })
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    OperationAdded,
    OperationRemoved,
    OperationRenamed {
        to: String,
    },
    PathChanged {
        from: String,
        to: String,
    },
    EffectChanged {
        from: String,
        to: String,
    },
    CredentialMoved {
        from: String,
        to: String,
    },
    ServerChanged {
        from: String,
        to: String,
    },
    Deprecated {
        now: bool,
    },
    StatusAdded,
    StatusRemoved,
    /// A body of a request or of a success where there was none, or the other way round.
    ContentAdded,
    ContentRemoved,
    Added {
        required: bool,
    },
    Removed,
    Renamed {
        to: String,
        in_path: bool,
    },
    MadeRequired,
    MadeOptional,
    TypeChanged {
        from: String,
        to: String,
    },
    /// Another component of the same form. Of an object, generators make another type; of a scalar, only Rust does.
    TypeRenamed {
        from: String,
        to: String,
        is_object: bool,
    },
    FormatChanged {
        from: String,
        to: String,
        is_same_in_rust: bool,
    },
    /// `is_optional`: it may be left out as well, so that Rust has an `Option` anyway.
    MadeNullable {
        is_optional: bool,
    },
    MadeNonNull {
        is_optional: bool,
    },
    ValueLost {
        value: String,
    },
    /// The library's enum may be open where the list is closed: the generator can make no closed one of whole numbers.
    ValueGained {
        value: String,
        is_open_in_rust: bool,
    },
    /// From a closed list, or none, to an open one, and so on; `None` is no list at all.
    ListChanged {
        from: Option<bool>,
        to: Option<bool>,
    },
    VariantsRenamed {
        from: String,
        to: String,
    },
    DefaultChanged {
        from: Option<String>,
        to: Option<String>,
    },
    Bound {
        key: String,
        from: Option<String>,
        to: Option<String>,
        is_seen_in_rust: bool,
    },
    EncodingChanged {
        from: String,
        to: String,
    },
    Closed,
    OpenedUp,
    SecretMark {
        now: bool,
    },
    IdentityMark {
        now: bool,
    },
    /// Descriptions, summaries, examples, sources.
    Reworded,
    /// What oasdiff alone sees, in its words.
    Said {
        text: String,
    },
}

use Fact as F;
use Verdict::{Breaking, Compatible, None as Nothing};

impl Fact {
    /// What it is to a Rust user. Of parameters, bodies and answers it is asked only of what is left when the spec is bent for Rust.
    pub fn rust(&self, side: Side) -> Verdict {
        match self {
            F::OperationAdded => Compatible,
            F::OperationRemoved | F::OperationRenamed { .. } => Breaking,
            // The method is called the same, and the library sends it elsewhere, or signs it otherwise.
            F::PathChanged { .. } | F::CredentialMoved { .. } | F::ServerChanged { .. } => {
                Compatible
            }
            F::EncodingChanged { .. } | F::Deprecated { .. } => Compatible,
            // Whether a call is repeated after a failure changes under the caller's feet.
            F::EffectChanged { from, to } if is_repeated(from) != is_repeated(to) => Breaking,
            F::EffectChanged { .. } => Compatible,
            // The library takes every failure whole, whatever its status.
            F::StatusAdded | F::StatusRemoved => Nothing,
            F::ContentAdded | F::ContentRemoved => Breaking,
            F::Added { required } => match side {
                // A builder only finds out when it is sent.
                Side::Parameter if *required => Breaking,
                // A struct that is written out lacks the field.
                Side::Body => Breaking,
                _ => Compatible,
            },
            F::Removed | F::Renamed { .. } => Breaking,
            F::MadeRequired => Breaking,
            // The call on a builder stays the same; a field's `Option` goes.
            F::MadeOptional if side == Side::Parameter => Compatible,
            F::MadeOptional => Breaking,
            F::TypeChanged { .. } | F::TypeRenamed { .. } => Breaking,
            F::FormatChanged {
                is_same_in_rust: true,
                ..
            } => Nothing,
            F::FormatChanged { .. } => Breaking,
            F::MadeNullable { is_optional: true } | F::MadeNonNull { is_optional: true } => Nothing,
            F::MadeNullable { .. } | F::MadeNonNull { .. } => Breaking,
            F::ValueLost { .. } => Breaking,
            // An open enum is `#[non_exhaustive]`; a closed one may be matched on to the end.
            F::ValueGained {
                is_open_in_rust: true,
                ..
            } => Compatible,
            F::ValueGained { .. } => Breaking,
            F::ListChanged { .. } | F::VariantsRenamed { .. } => Breaking,
            // The library sends no default of its own.
            F::DefaultChanged { .. } => Nothing,
            F::Bound {
                is_seen_in_rust: true,
                ..
            } => Breaking,
            F::Bound { .. } => Compatible,
            F::Closed | F::OpenedUp => Breaking,
            F::SecretMark { .. } => Breaking,
            F::IdentityMark { .. } => Compatible,
            F::Reworded => Nothing,
            // Rust is compared on its own.
            F::Said { .. } => Nothing,
        }
    }

    /// What it is to a user of the HTTP API through another generator, before oasdiff has said what breaks.
    pub fn wire(&self, side: Side) -> Verdict {
        match self.unseen(side) {
            Some(_) => Breaking,
            None if self.is_silent() => Nothing,
            None => Compatible,
        }
    }

    /// Words and marks: the same bytes, and the same code from other generators.
    pub fn is_silent(&self) -> bool {
        match self {
            F::SecretMark { .. } | F::IdentityMark { .. } | F::Reworded => true,
            // A scalar's name is nothing to a generator.
            F::TypeRenamed { is_object, .. } => !is_object,
            _ => false,
        }
    }

    /// What oasdiff does not judge and breaks a wire user, and why: all that we judge of the wire ourselves. Where oasdiff sees a change and
    /// only finds it milder than it is here, its level is raised in `oasdiff.rs` instead.
    pub fn unseen(&self, side: Side) -> Option<&'static str> {
        Some(match self {
            F::CredentialMoved { .. } => {
                "oasdiff compares no security schemes; a key at the old place is refused"
            }
            F::ServerChanged { .. } => {
                "oasdiff compares no servers; generated clients call the old one"
            }
            F::EncodingChanged { .. } => {
                "oasdiff reads neither style nor explode; a list written the old way is not understood"
            }
            F::Closed if side.is_request() => {
                "oasdiff passes over additionalProperties; what was passed on before is refused"
            }
            F::MadeNonNull { .. } if side.is_request() => NULLABLE,
            F::MadeNullable { .. } if side == Side::Answer => NULLABLE,
            F::Renamed { in_path: true, .. } => {
                "oasdiff passes over names of path parameters; generated methods have them in their signatures"
            }
            F::TypeRenamed { .. } if !self.is_silent() => {
                "oasdiff sees through names of components; generated types are named by them"
            }
            F::VariantsRenamed { .. } => {
                "oasdiff reads no x-enum-varnames; generated constants are named by them"
            }
            _ => return None,
        })
    }
}

const NULLABLE: &str = "oasdiff reads `nullable` neither at parameters nor through an allOf; a null that is not expected stops one side or the other";

/// Whether the transport sends a call of this effect again after a failure.
fn is_repeated(effect: &str) -> bool {
    matches!(effect, "read" | "set")
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |value: &Option<String>| {
            value
                .as_ref()
                .map_or("none".to_owned(), |it| format!("`{it}`"))
        };
        let kind = |list: &Option<bool>| match list {
            None => "no list",
            Some(true) => "an open list",
            Some(false) => "a closed list",
        };
        match self {
            F::OperationAdded => f.write_str("operation added"),
            F::OperationRemoved => f.write_str("operation removed"),
            F::OperationRenamed { to } => write!(f, "operation renamed to `{to}`"),
            F::PathChanged { from, to } => write!(f, "request `{from}` -> `{to}`"),
            F::EffectChanged { from, to } if is_repeated(from) && !is_repeated(to) => {
                write!(
                    f,
                    "effect {from} -> {to}: it is no longer sent again after a failure"
                )
            }
            F::EffectChanged { from, to } if is_repeated(to) && !is_repeated(from) => {
                write!(
                    f,
                    "effect {from} -> {to}: it is sent again after a failure from now on"
                )
            }
            F::EffectChanged { from, to } => write!(f, "effect {from} -> {to}"),
            F::CredentialMoved { from, to } => write!(f, "credential moved: {from} -> {to}"),
            F::ServerChanged { from, to } => write!(f, "base URL `{from}` -> `{to}`"),
            F::Deprecated { now: true } => f.write_str("deprecated"),
            F::Deprecated { now: false } => f.write_str("no longer deprecated"),
            F::StatusAdded => f.write_str("status added"),
            F::StatusRemoved => f.write_str("status removed"),
            F::ContentAdded => f.write_str("has a body now"),
            F::ContentRemoved => f.write_str("has no body any more"),
            F::Added { required: true } => f.write_str("added, and required"),
            F::Added { required: false } => f.write_str("added"),
            F::Removed => f.write_str("removed"),
            F::Renamed { to, .. } => write!(f, "renamed to `{to}`"),
            F::MadeRequired => f.write_str("made required"),
            F::MadeOptional => f.write_str("no longer required"),
            F::TypeChanged { from, to } => write!(f, "type {from} -> {to}"),
            F::TypeRenamed { from, to, .. } => write!(f, "schema `{from}` -> `{to}`"),
            F::FormatChanged { from, to, .. } => write!(f, "format {from} -> {to}"),
            F::MadeNullable { .. } => f.write_str("may be null now"),
            F::MadeNonNull { .. } => f.write_str("may not be null any more"),
            F::ValueLost { value } => write!(f, "value `{value}` lost"),
            F::ValueGained { value, .. } => write!(f, "value `{value}` gained"),
            F::ListChanged { from, to } => write!(f, "values: {} -> {}", kind(from), kind(to)),
            F::VariantsRenamed { from, to } => write!(f, "names of its values {from} -> {to}"),
            F::DefaultChanged { from, to } => {
                write!(f, "default {} -> {}", or_none(from), or_none(to))
            }
            F::Bound { key, from, to, .. } => {
                write!(f, "{key} {} -> {}", or_none(from), or_none(to))
            }
            F::EncodingChanged { from, to } => write!(f, "encoding {from} -> {to}"),
            F::Closed => f.write_str("takes no other properties any more"),
            F::OpenedUp => f.write_str("takes other properties now"),
            F::SecretMark { now: true } => f.write_str("marked as a secret"),
            F::SecretMark { now: false } => f.write_str("no longer marked as a secret"),
            F::IdentityMark { now: true } => f.write_str("marked as an identity"),
            F::IdentityMark { now: false } => f.write_str("no longer marked as an identity"),
            F::Reworded => f.write_str("reworded"),
            F::Said { text } => f.write_str(text),
        }
    }
}
