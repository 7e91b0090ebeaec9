//! The operation table: what each vendor's spec says of each operation.
//!
//! `build.rs` writes it from `openapi/*.yaml`. The transport reads the effect (what may be repeated), where the credential goes and
//! the shape of the answer; the command line makes its `api` command from the parameters.
//!
//! ```
//! use proxy_orders::{Effect, Vendor};
//!
//! let spends: Vec<_> = Vendor::IpRoyal.operations().iter().filter(|it| it.effect == Effect::Spend).map(|it| it.id).collect();
//! assert_eq!(spends, ["create_order", "extend_order"]);
//! ```

pub use crate::vocabulary::Effect;
use crate::vocabulary::Vendor;

/// How sure a fact of the spec is. Nothing in the specs was tried on a live API by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// The vendor's own page says so.
    Documented,
    /// A third party saw it, or models it in a published client.
    Observed,
    /// Our own conclusion.
    Inferred,
}

/// One operation of one vendor.
#[derive(Debug)]
#[non_exhaustive]
pub struct Operation {
    /// Whose it is.
    pub vendor: Vendor,
    /// The operationId, in snake_case.
    pub id: &'static str,
    /// HTTP method, in capitals.
    pub method: &'static str,
    /// Path template below the base URL: `/orders/{order_id}`.
    pub path: &'static str,
    /// What a repeat would do.
    pub effect: Effect,
    /// One line on what it does.
    pub summary: &'static str,
    /// More on what it does.
    pub description: &'static str,
    /// The vendor page it comes from, by its short name in the spec's `x-documents`.
    pub document: &'static str,
    /// How sure we are.
    pub confidence: Confidence,
    /// Whether it takes a JSON body.
    pub has_body: bool,
    /// Everything that a caller may pass: path, query and the top level of the body. Not the credential.
    pub parameters: &'static [Parameter],
    pub(crate) credential: CredentialPlace,
    pub(crate) answer: Shape,
}

/// One parameter of an operation.
#[derive(Debug)]
#[non_exhaustive]
pub struct Parameter {
    /// The name on the wire: `order_ids[]`.
    pub name: &'static str,
    /// Where it goes.
    pub place: Place,
    /// Whether the vendor's page marks it as required.
    pub required: bool,
    /// What it holds.
    pub kind: Kind,
    /// The only values that the vendor takes, as text; empty when there is no such list.
    pub allowed: &'static [&'static str],
    /// Values known today, others may be taken too; empty when there is no such list.
    pub known: &'static [&'static str],
    /// What the vendor takes when it is left out, as text.
    pub default: Option<&'static str>,
    /// Least number taken.
    pub minimum: Option<i64>,
    /// Greatest number taken.
    pub maximum: Option<i64>,
    /// Whether it must not be logged.
    pub secret: bool,
    /// What it means, in the vendor's terms.
    pub description: &'static str,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
    /// Into the top level of the JSON body.
    Body,
}

/// What a parameter holds.
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
    /// A list; in a query its name is repeated.
    List(&'static Kind),
    /// Keys and values of the caller's; in a query each goes as `name[key]=value`.
    Map,
    /// A JSON object of a known form.
    Object,
    /// Any JSON.
    Any,
}

/// Where the credential goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialPlace {
    Nowhere,
    Header(&'static str),
    Bearer,
    Query(&'static str),
    Body(&'static str),
}

/// What an answer's JSON must look like for its generated type to read it. Types that read anything are `Any`.
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
    List(&'static Shape),
    Record(&'static Record),
}

#[derive(Debug)]
pub(crate) struct Record {
    pub name: &'static str,
    pub fields: &'static [Field],
}

#[derive(Debug)]
pub(crate) struct Field {
    pub name: &'static str,
    /// Without it the record is worthless.
    pub identity: bool,
    pub shape: Shape,
}
