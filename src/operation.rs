//! The operation table: the facts that a vendor's spec states about each operation.
//!
//! `build.rs` makes it from `openapi/*.yaml`; [`Vendor::operations`] returns it. The transport
//! reads from it whether a request may be sent again, the place of the credential, and the shape of
//! the answer.
//!
//! ```
//! use proxy_orders::{Effect, Vendor};
//!
//! for vendor in Vendor::all() {
//!     let operations = vendor.operations().iter();
//!     let spends = operations.filter(|it| it.effect == Effect::Spend);
//!     println!("{}: {} operations spend", vendor.name(), spends.count());
//! }
//! ```

pub use crate::vocabulary::Effect;
use crate::vocabulary::Vendor;

/// The confidence in a fact of the spec. No fact was confirmed by a live API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// A page of the vendor says it.
    Documented,
    /// A third party saw it, or a published client models it.
    Observed,
    /// It is our own conclusion.
    Inferred,
}

/// One operation of one vendor.
#[derive(Debug)]
#[non_exhaustive]
pub struct Operation {
    /// The vendor.
    pub vendor: Vendor,
    /// The operationId, in snake_case.
    pub id: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path template below the base URL: `/orders/{order_id}`.
    pub path: &'static str,
    /// The effect, which decides whether a request may be sent again.
    pub effect: Effect,
    /// The summary, on one line.
    pub summary: &'static str,
    /// The description, on one line.
    pub description: &'static str,
    /// The page that documents it, by its short name in the spec's `x-documents`.
    pub document: &'static str,
    /// The confidence in its facts.
    pub confidence: Confidence,
    /// True if it has a JSON body.
    pub has_body: bool,
    /// The parameters of a caller: those of the path and the query, and the top level of the body.
    /// The credential is none of them.
    pub parameters: &'static [Parameter],
    /// The conditions between them. The transport refuses a request that does not keep them.
    pub conditions: &'static [Condition],
    pub(crate) credential: CredentialPlace,
    pub(crate) answer: Shape,
}

/// One parameter of an operation.
#[derive(Debug)]
#[non_exhaustive]
pub struct Parameter {
    /// The name on the wire: `order_ids[]`.
    pub name: &'static str,
    /// The part of the request that it belongs to.
    pub place: Place,
    /// True if the vendor requires it.
    pub required: bool,
    /// The kind of its values.
    pub kind: Kind,
    /// The only values that the vendor accepts, as text. Empty if there is no such list.
    pub allowed: &'static [&'static str],
    /// The values known today, to which the vendor may add. Empty if there is no such list.
    pub known: &'static [&'static str],
    /// The value that the vendor takes if it is left out, as text.
    pub default: Option<&'static str>,
    /// The least number that the vendor accepts.
    pub minimum: Option<i64>,
    /// The greatest number that the vendor accepts.
    pub maximum: Option<i64>,
    /// True if it is a secret, which must not be logged.
    pub secret: bool,
    /// True if its value `true` obliges the user to pay later.
    pub obligation: bool,
    /// The description, in the vendor's terms.
    pub description: &'static str,
}

/// A condition between the fields of a request, from `x-conditions` in the spec.
///
/// A field is the name of a query parameter (`sort_by`), or a JSON pointer into the body
/// (`/card_id`). A field of the body that is null counts as missing.
#[derive(Debug)]
#[non_exhaustive]
pub struct Condition {
    /// The case in which it holds, as the end of a sentence: "with `payment_type` `card`".
    pub circumstance: &'static str,
    /// The fields that the request then must have.
    pub needs: &'static [&'static str],
    /// The fields that the request then must not have.
    pub excludes: &'static [&'static str],
    /// The field that decides.
    pub(crate) field: &'static str,
    /// True if the condition holds unless the field is there, false if it holds when it is.
    pub(crate) unless: bool,
    /// The values of the field that count, as text; empty for any.
    pub(crate) values: &'static [&'static str],
}

/// The part of a request that a parameter belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The path.
    Path,
    /// The query.
    Query,
    /// The top level of the JSON body.
    Body,
}

/// The kind of a parameter's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Text.
    Text,
    /// A whole number or text.
    IntegerOrText,
    /// A list. In a query, the name is repeated for each item.
    List(&'static Kind),
    /// Keys and values of the caller's. In a query, each pair is `name[key]=value`.
    Map,
    /// A JSON object with known fields.
    Object,
    /// Any JSON value.
    Any,
}

/// The part of a request that carries the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialPlace {
    Nowhere,
    Header(&'static str),
    Bearer,
    Query(&'static str),
    Body(&'static str),
}

/// The shape that an answer's JSON must have for its generated type to read it. It is `Any` for a
/// type that reads every value.
#[derive(Debug)]
pub(crate) enum Shape {
    /// No body is documented.
    Nothing,
    Any,
    Text,
    Integer,
    Number,
    Flag,
    Map,
    /// A map that may be null, which does not mean the same as a missing one.
    NullableMap,
    List(&'static Shape),
    Record(&'static Record),
}

/// The fields of an object.
#[derive(Debug)]
pub(crate) struct Record {
    pub name: &'static str,
    pub fields: &'static [Field],
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub name: &'static str,
    /// True if the object is worthless without it.
    pub identity: bool,
    pub shape: Shape,
}
