//! The registry of the vendors.
//!
//! It has no list of its own: `build.rs` makes the macro `vendors!` from the specs in `openapi/`
//! whose feature is on, and writes a [`Profile`] with the operation table for each. A new vendor is
//! a spec, a folder beside this file with its client, its feature in `Cargo.toml`, and its
//! `pub mod` in `lib.rs`.

use http::Method;

use crate::operation::{CredentialPlace, Operation};
use crate::vocabulary::Vendor;

/// The facts about a vendor that its spec states.
///
/// ```
/// use proxy_orders::Vendor;
///
/// for vendor in Vendor::all() {
///     let profile = vendor.profile();
///     let (variable, place) = (profile.credential_variable, profile.found_at);
///     println!("{}: set {variable} to the key from {place}", vendor.name());
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Profile {
    /// The vendor.
    pub vendor: Vendor,
    /// The environment variable with the credential.
    pub credential_variable: &'static str,
    /// The place where the vendor shows the credential to its users.
    pub found_at: &'static str,
    /// The environment variable with a base URL to use in place of the documented one.
    pub base_url_variable: &'static str,
    /// The environment variable with the [`Gateway`](crate::vocabulary::Gateway); `None` if the
    /// vendor's answers say where its proxies are.
    pub gateway_variable: Option<&'static str>,
    /// The documented base URL; `None` if no page of the vendor prints one, so that the user has to
    /// set it.
    pub server: Option<&'static str>,
    /// All operations, sorted by operationId.
    pub operations: &'static [Operation],
    /// A word that a credential never begins with, though users expect it to.
    pub(crate) not_prefix: Option<&'static str>,
    pub(crate) refusal: Refusal,
}

impl Profile {
    /// Returns the operation with this operationId.
    pub fn operation(&self, id: &str) -> Option<&'static Operation> {
        let index = self.operations.binary_search_by(|it| it.id.cmp(id)).ok()?;
        self.operations.get(index)
    }

    /// Returns the place of the credential in a request that is not in the table: the one that
    /// operations of its kind use.
    pub(crate) fn credential_place(&self, method: &Method) -> CredentialPlace {
        let reads = *method == Method::GET;
        let alike = self
            .operations
            .iter()
            .filter(|it| reads == (it.method == "GET"));
        let mut places = alike.map(|it| it.credential);
        places
            .find(|place| *place != CredentialPlace::Nowhere)
            .unwrap_or(CredentialPlace::Nowhere)
    }
}

/// The vendor's way to refuse a request: `x-refusal` in its spec. Values are compared as text.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The field of a 2xx answer that tells a success from a refusal; `None` if the HTTP status
    /// alone does.
    pub flag: Option<&'static str>,
    /// The flag's values that mean success.
    pub success: &'static [&'static str],
    /// The flag's values that mean a refusal. If there are none, only the codes below mean one, and
    /// every other whole number outside of `success` is a failure that leaves the outcome open.
    pub refused: &'static [&'static str],
    /// The field with the vendor's own code.
    pub code: Option<&'static str>,
    /// Codes that mean that the credential is not accepted.
    pub authentication: &'static [&'static str],
    /// Codes that mean that the account must not do this.
    pub forbidden: &'static [&'static str],
    /// The fields with the vendor's words, as dotted paths. The first that is there counts.
    pub message: &'static [&'static str],
    /// The field with the vendor's words on single parameters.
    pub errors: Option<&'static str>,
}

macro_rules! tables {
    ($($variant:ident $module:ident $word:literal $name:literal $title:literal;)+) => {
        $(
            #[doc = concat!("The profile and the operation table of ", $name, ".")]
            mod $module {
                use super::{Profile, Refusal};
                use crate::operation::{
                    Confidence, CredentialPlace, Effect, Field, Kind, Operation, Parameter, Place, Record, Shape,
                };
                use crate::vocabulary::Vendor;

                include!(concat!(env!("OUT_DIR"), "/", $word, "_operations.rs"));
            }
        )+

        impl Vendor {
            /// Returns the facts about the vendor that its spec states.
            pub const fn profile(self) -> &'static Profile {
                match self {
                    $(Vendor::$variant => &$module::PROFILE,)+
                }
            }
        }
    };
}

vendors!(tables);

impl Vendor {
    /// Returns all operations of the vendor, sorted by operationId.
    pub const fn operations(self) -> &'static [Operation] {
        self.profile().operations
    }

    /// Returns the vendor's operation with this operationId.
    pub fn operation(self, id: &str) -> Option<&'static Operation> {
        self.profile().operation(id)
    }
}
