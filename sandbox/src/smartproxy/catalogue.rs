//! What can be ordered. The vendor tells the ids to its customers one by one; these are made up.

/// A package.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    pub pid: i64,
    pub name: &'static str,
    pub product_type: i64,
    pub kind: Kind,
    /// Cents for one: an IP, a GB, a package, an IP and month.
    pub price: i64,
}

/// Which parameters a package is ordered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Takes the placeholders of the documented sample.
    Sample,
    /// `amount`, `region_list` or both.
    StaticIp,
    /// `amount`.
    Traffic,
    /// `product_sku_bandwidth_id` and `product_sku_concurrency_id`, and an `amount` if not 1.
    TimeBased,
    /// `recharge_amount`.
    Recharge,
    /// `upids` and `renew_duration`.
    Renewal,
}

/// Dynamic traffic.
pub const DYNAMIC_TRAFFIC: i64 = 9;
/// Static IPs in datacenters.
pub const DATACENTER_STATIC: i64 = 14;
/// Residential static IPs.
pub const RESIDENTIAL_STATIC: i64 = 25;

/// All packages.
pub const PACKAGES: [Package; 7] = [
    Package {
        pid: 0,
        name: "Sample package",
        product_type: DYNAMIC_TRAFFIC,
        kind: Kind::Sample,
        price: 10,
    },
    Package {
        pid: 1001,
        name: "Residential static IP package",
        product_type: RESIDENTIAL_STATIC,
        kind: Kind::StaticIp,
        price: 500,
    },
    Package {
        pid: 1002,
        name: "Datacenter static IP package",
        product_type: DATACENTER_STATIC,
        kind: Kind::StaticIp,
        price: 250,
    },
    Package {
        pid: 1003,
        name: "Dynamic traffic package",
        product_type: DYNAMIC_TRAFFIC,
        kind: Kind::Traffic,
        price: 320,
    },
    Package {
        pid: 1004,
        name: "Balance recharge",
        product_type: 3,
        kind: Kind::Recharge,
        price: 100,
    },
    Package {
        pid: 1005,
        name: "Dynamic global time-based package V2",
        product_type: 11,
        kind: Kind::TimeBased,
        price: 1_200,
    },
    Package {
        pid: 1019,
        name: "Static IP renewal",
        product_type: 19,
        kind: Kind::Renewal,
        price: 400,
    },
];

/// The package of that id.
pub fn package(pid: i64) -> Option<Package> {
    PACKAGES.into_iter().find(|package| package.pid == pid)
}

/// Regions that static IPs are in.
pub const REGIONS: [&str; 6] = ["JP", "US", "DE", "GB", "HK", "SG"];

/// Whether something of that type is static IPs, which can be renewed.
pub fn is_static_ip(product_type: i64) -> bool {
    matches!(product_type, DATACENTER_STATIC | RESIDENTIAL_STATIC)
}
