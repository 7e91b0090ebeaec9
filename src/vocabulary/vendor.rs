//! Which vendor.

use std::fmt;
use std::str::FromStr;

/// A vendor whose orders this crate can buy and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vendor {
    /// IPRoyal's reseller API.
    IpRoyal,
    /// ProxyShard's User API.
    ProxyShard,
    /// SmartProxy, the one at smartproxy.org (not smartproxy.com).
    SmartProxy,
}

impl Vendor {
    /// All vendors, in the order in which documentation and listings name them.
    pub const ALL: [Vendor; 3] = [Vendor::IpRoyal, Vendor::ProxyShard, Vendor::SmartProxy];

    /// The word for this vendor on command lines, in files and in logs: `iproyal`, `proxyshard`, `smartproxy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Vendor::IpRoyal => "iproyal",
            Vendor::ProxyShard => "proxyshard",
            Vendor::SmartProxy => "smartproxy",
        }
    }

    /// The vendor's name as it writes it itself.
    pub const fn name(self) -> &'static str {
        match self {
            Vendor::IpRoyal => "IPRoyal",
            Vendor::ProxyShard => "ProxyShard",
            Vendor::SmartProxy => "SmartProxy",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVendor(pub String);

impl fmt::Display for UnknownVendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no vendor: use iproyal, proxyshard or smartproxy",
            self.0
        )
    }
}

impl std::error::Error for UnknownVendor {}

impl FromStr for Vendor {
    type Err = UnknownVendor;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Vendor::ALL
            .into_iter()
            .find(|vendor| vendor.as_str().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownVendor(word.to_owned()))
    }
}
