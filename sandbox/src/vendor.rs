//! The registry of the simulated vendors: the one place outside their folders that names them.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Problem};
use crate::request::RequestContext;
use crate::simulation::{Accounts, Profile, Route, SampleSpend, Simulation, VendorAccounts};

macro_rules! registry {
    ($($(#[$doc:meta])* $vendor:ident in $folder:ident,)*) => {
        /// A simulated vendor.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "lowercase")]
        #[non_exhaustive]
        pub enum Vendor {
            $($(#[$doc])* $vendor,)*
        }

        impl Vendor {
            /// Returns every vendor.
            #[must_use]
            pub fn all() -> &'static [Self] {
                &[$(Self::$vendor,)*]
            }

            pub(crate) fn profile(self) -> &'static Profile {
                match self { $(Self::$vendor => &$folder::PROFILE,)* }
            }

            /// Returns how the vendor's operations are called, in the order of their indexes.
            pub(crate) fn routes(self) -> Vec<Route> {
                match self { $(Self::$vendor => routes::<$folder::$vendor>(),)* }
            }

            /// Refuses a call for which the vendor has no operation.
            pub(crate) fn refuse_route(self, request: &RequestContext, problem: Problem) -> Answer {
                match self {
                    $(Self::$vendor => refuse_route::<$folder::$vendor>(request, problem),)*
                }
            }

            /// Returns an empty set of accounts at the vendor.
            pub(crate) fn accounts(self) -> Box<dyn VendorAccounts> {
                match self { $(Self::$vendor => Box::new(Accounts::<$folder::$vendor>::default()),)* }
            }
        }
    };
}

#[path = "iproyal/mod.rs"]
pub mod iproyal;
#[path = "proxyshard/mod.rs"]
pub mod proxyshard;
#[path = "smartproxy/mod.rs"]
pub mod smartproxy;

registry! {
    /// IPRoyal's reseller API.
    IpRoyal in iproyal,
    /// ProxyShard's user API.
    ProxyShard in proxyshard,
    /// SmartProxy's open API (smartproxy.org).
    SmartProxy in smartproxy,
}

fn routes<S: Simulation>() -> Vec<Route> {
    S::OPERATIONS
        .iter()
        .map(|operation| operation.route)
        .collect()
}

fn refuse_route<S: Simulation>(request: &RequestContext, problem: Problem) -> Answer {
    S::answer(&request.path, Err(S::refuse_route(request, problem)))
}

impl Vendor {
    /// Returns the vendor's word in lower case, as paths and the control API write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.profile().word
    }

    /// Returns the ids of the vendor's operations, as the OpenAPI files give them.
    #[must_use]
    pub fn operations(self) -> Vec<&'static str> {
        self.routes().iter().map(|route| route.id).collect()
    }

    /// Returns requests that spend and succeed in the world at the start: at least one for each
    /// operation that spends.
    #[must_use]
    pub fn sample_spends(self) -> &'static [SampleSpend] {
        self.profile().spends
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Vendor {
    type Err = UnknownVendor;

    fn from_str(word: &str) -> Result<Self, UnknownVendor> {
        let mut all = Self::all().iter().copied();
        all.find(|vendor| vendor.as_str() == word)
            .ok_or_else(|| UnknownVendor {
                word: word.to_owned(),
            })
    }
}

/// A word that names no vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVendor {
    word: String,
}

impl fmt::Display for UnknownVendor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Vendor::all().iter().map(|one| one.as_str()).collect();
        write!(
            formatter,
            "{:?} is not one of {}",
            self.word,
            known.join(", ")
        )
    }
}

impl Error for UnknownVendor {}
