//! The three vendors.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{iproyal, proxyshard, smartproxy};

/// One of the vendors that are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    /// IPRoyal's reseller API.
    Iproyal,
    /// ProxyShard's user API.
    Proxyshard,
    /// SmartProxy's open API (smartproxy.org).
    Smartproxy,
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Iproyal, Self::Proxyshard, Self::Smartproxy];

    /// The name in lower case, as paths and the control API write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Iproyal => "iproyal",
            Self::Proxyshard => "proxyshard",
            Self::Smartproxy => "smartproxy",
        }
    }

    /// The vendor of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.name() == name)
    }

    /// The vendor's operations, by the ids that the OpenAPI files give them.
    #[must_use]
    pub fn operations(self) -> Vec<&'static str> {
        match self {
            Self::Iproyal => iproyal::operations(),
            Self::Proxyshard => proxyshard::operations(),
            Self::Smartproxy => smartproxy::operations(),
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
