//! The vendors that are simulated.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{iproyal, proxyshard, smartproxy};

/// A simulated vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Vendor {
    /// IPRoyal's reseller API.
    IpRoyal,
    /// ProxyShard's user API.
    ProxyShard,
    /// SmartProxy's open API (smartproxy.org).
    SmartProxy,
}

impl Vendor {
    /// Returns every vendor.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &[Self::IpRoyal, Self::ProxyShard, Self::SmartProxy]
    }

    /// Returns the vendor's word in lower case, as paths and the control API write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IpRoyal => "iproyal",
            Self::ProxyShard => "proxyshard",
            Self::SmartProxy => "smartproxy",
        }
    }

    /// Returns the ids of the vendor's operations, as the OpenAPI files give them.
    #[must_use]
    pub fn operations(self) -> Vec<&'static str> {
        match self {
            Self::IpRoyal => iproyal::operations(),
            Self::ProxyShard => proxyshard::operations(),
            Self::SmartProxy => smartproxy::operations(),
        }
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
