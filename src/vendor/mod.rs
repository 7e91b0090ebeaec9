//! The registry of the vendors.
//!
//! It has no list of its own: `build.rs` makes the macro `vendors!` from the specs in `openapi/` whose feature is on, and writes a
//! [`Profile`] with the operation table for each. A new vendor is a spec, a folder beside this one with its client, its feature in
//! `Cargo.toml`, and its `pub mod` in `lib.rs`.

mod profile;

pub use profile::Profile;
pub(crate) use profile::Refusal;

use crate::operation::Operation;
use crate::vocabulary::Vendor;

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
