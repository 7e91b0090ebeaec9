//! Functions that the vendors' clients share: paging, and reading answers and a caller's input.

#[cfg(feature = "purchase")]
mod newer;
mod pages;

use std::str::FromStr;

use crate::cleaning::Cleaned;
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Money, Vendor};

#[cfg(feature = "purchase")]
pub(crate) use newer::Numbered;
pub(crate) use pages::{List, Listed, Page, Paging};

/// Returns a list or record that an answer must have. A missing one must not be taken for empty.
pub(crate) fn present<T>(
    found: Option<T>,
    vendor: Vendor,
    operation: &'static str,
    what: &str,
) -> Result<T, Error> {
    found.ok_or_else(|| {
        let what = format!("the answer has no `{what}`");
        Error::new(Kind::Answer, Outcome::Unknown, what)
            .with_effect(crate::Effect::Read)
            .at(vendor, Some(operation))
    })
}

/// Returns the items of a list. A missing list must not be taken for an empty one, unless the
/// vendor's count beside it is 0: some servers write an empty list as `null`.
pub(crate) fn listed<T>(
    items: Option<Vec<T>>,
    count: Option<i64>,
    vendor: Vendor,
    operation: &'static str,
    what: &str,
) -> Result<Vec<T>, Error> {
    match (items, count) {
        (None, Some(0)) => Ok(Vec::new()),
        (items, _) => present(items, vendor, operation, what),
    }
}

/// Returns a balance, which must be an amount: nothing else may be taken for one.
pub(crate) fn balance(
    found: Money,
    vendor: Vendor,
    operation: &'static str,
) -> Result<Money, Error> {
    if found.amount().is_some() {
        return Ok(found);
    }
    let odd = Cleaned::quoted(&found.as_text());
    let what = format!("the balance `{odd}` cannot be read: it is not an amount");
    Err(Error::new(Kind::Answer, Outcome::Rejected, what)
        .with_effect(crate::Effect::Read)
        .at(vendor, Some(operation)))
}

/// Parses a number that the caller gave as text.
pub(crate) fn number<T: FromStr>(vendor: Vendor, name: &str, text: &str) -> Result<T, Error> {
    text.trim().parse().map_err(|_| {
        Error::input(format!("`{text}` cannot be the {name}: use a whole number")).at(vendor, None)
    })
}

/// Calls a setter of a generated builder with every value that is there.
macro_rules! given {
    ($request:expr; $($setter:ident: $value:expr,)+) => {{
        let mut request = $request;
        $(if let Some(value) = $value {
            request = request.$setter(value);
        })+
        request
    }};
}

pub(crate) use given;

/// Returns a value that this vendor requires.
pub(crate) fn needed<'a>(
    vendor: Vendor,
    name: &str,
    meaning: &str,
    given: Option<&'a String>,
) -> Result<&'a str, Error> {
    given.map(String::as_str).ok_or_else(|| {
        Error::input(format!("the {name} is missing: give {meaning}")).at(vendor, None)
    })
}
