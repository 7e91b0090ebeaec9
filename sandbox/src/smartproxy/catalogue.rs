//! The packages. The vendor tells the ids to its customers one by one; these are made up.

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

/// The kind of a package, which decides the parameters that it is ordered with.
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

/// Every package.
#[rustfmt::skip]
pub const PACKAGES: [Package; 7] = [
    row(0, "Sample package", DYNAMIC_TRAFFIC, Kind::Sample, 10),
    row(1001, "Residential static IP package", RESIDENTIAL_STATIC, Kind::StaticIp, 500),
    row(1002, "Datacenter static IP package", DATACENTER_STATIC, Kind::StaticIp, 250),
    row(1003, "Dynamic traffic package", DYNAMIC_TRAFFIC, Kind::Traffic, 320),
    row(1004, "Balance recharge", 3, Kind::Recharge, 100),
    row(1005, "Dynamic global time-based package V2", 11, Kind::TimeBased, 1_200),
    row(1019, "Static IP renewal", 19, Kind::Renewal, 400),
];

const fn row(pid: i64, name: &'static str, product_type: i64, kind: Kind, price: i64) -> Package {
    Package {
        pid,
        name,
        product_type,
        kind,
        price,
    }
}

/// Returns the package of this id.
pub fn package(pid: i64) -> Option<Package> {
    PACKAGES.into_iter().find(|package| package.pid == pid)
}

/// Regions that static IPs are in.
pub const REGIONS: [&str; 6] = ["JP", "US", "DE", "GB", "HK", "SG"];

/// Tells whether products of this type are static IPs, which can be renewed.
pub fn is_static_ip(product_type: i64) -> bool {
    matches!(product_type, DATACENTER_STATIC | RESIDENTIAL_STATIC)
}
