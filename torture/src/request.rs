//! The requests that spend: one row for each way to spend at a vendor.

use std::num::NonZeroU64;

use fastrand::Rng;
use proxy_orders::purchase::SpendRequest;
use proxy_orders::{Error, Vendor, iproyal, proxyshard, smartproxy};
use proxy_orders_sandbox::Cause;
use serde::{Deserialize, Serialize};

/// One way to spend, and how the sandbox's ledger shows it.
pub struct Row {
    pub vendor: Vendor,
    pub operation: &'static str,
    /// The cause of the charge that it brings about.
    pub cause: Cause,
    /// The odds of a draw, relative to the vendor's other rows.
    weight: usize,
    /// Makes the request, for one or two of something, on the first or second order that will do.
    make: fn(u32) -> Result<SpendRequest, Error>,
}

impl Row {
    /// Returns true if the order is made unpaid and charged later, so that the order counts.
    pub fn is_paid_later(&self) -> bool {
        self.cause == Cause::Payment
    }
}

/// All rows. A vendor that is not here is not tortured.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    Row { vendor: Vendor::IpRoyal, operation: "create_order", cause: Cause::Purchase, weight: 7, make: |n| iproyal::spend::order(&iproyal::NewOrder::new(123, 456, 789, n.into())) },
    Row { vendor: Vendor::IpRoyal, operation: "extend_order", cause: Cause::Extension, weight: 3, make: |_| iproyal::spend::extension(420, &iproyal::Extension::new(456)) },
    Row { vendor: Vendor::ProxyShard, operation: "purchase_order", cause: Cause::Purchase, weight: 3, make: proxyshard_order },
    Row { vendor: Vendor::ProxyShard, operation: "purchase_order", cause: Cause::Purchase, weight: 2, make: proxyshard_traffic },
    Row { vendor: Vendor::ProxyShard, operation: "renew_order", cause: Cause::Renewal, weight: 1, make: |n| proxyshard::spend::renewal(if n == 1 { 1002 } else { 1017 }) },
    Row { vendor: Vendor::ProxyShard, operation: "change_billing_cycle", cause: Cause::CycleChange, weight: 1, make: proxyshard_cycle },
    Row { vendor: Vendor::ProxyShard, operation: "purchase_addon", cause: Cause::AddOn, weight: 1, make: |n| proxyshard::spend::addon(1001, "p0f_slots".into(), count(n)) },
    Row { vendor: Vendor::ProxyShard, operation: "add_bandwidth", cause: Cause::Bandwidth, weight: 2, make: |n| proxyshard::spend::bandwidth(1004, n.into(), None) },
    Row { vendor: Vendor::SmartProxy, operation: "create_order", cause: Cause::Payment, weight: 1, make: smartproxy_order },
];

/// The rows of a vendor.
pub fn rows(vendor: Vendor) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |row| row.vendor == vendor)
}

/// One request, as a worker is told of it. Many are alike on purpose: it is harder to find out
/// which of two like orders is whose.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Request {
    row: usize,
    /// One or two.
    number: u32,
}

impl Request {
    /// Draws a request that the vendor may fulfil.
    pub fn random(vendor: Vendor, random: &mut Rng) -> Self {
        let weights = ROWS
            .iter()
            .enumerate()
            .filter(|(_, row)| row.vendor == vendor);
        let tickets: Vec<usize> = weights
            .flat_map(|(index, row)| std::iter::repeat_n(index, row.weight))
            .collect();
        Request {
            row: random.choice(tickets).unwrap_or_default(),
            number: random.u32(1..=2),
        }
    }

    /// Makes the request.
    pub fn spend(self) -> Result<SpendRequest, Error> {
        (ROWS[self.row].make)(self.number)
    }
}

fn count(number: u32) -> NonZeroU64 {
    NonZeroU64::new(number.into()).unwrap_or(NonZeroU64::MIN)
}

fn proxyshard_order(number: u32) -> Result<SpendRequest, Error> {
    let product = "Datacenter Proxy";
    let new = proxyshard::NewOrder::proxies(product, "DE", "monthly", count(number));
    proxyshard::spend::order(&new)
}

fn proxyshard_traffic(number: u32) -> Result<SpendRequest, Error> {
    proxyshard::spend::order(&proxyshard::NewOrder {
        quantity: Some(count(number)),
        ..proxyshard::NewOrder::new("Standart Residential Proxy")
    })
}

fn proxyshard_cycle(number: u32) -> Result<SpendRequest, Error> {
    let change = proxyshard::CycleChange {
        cycle: "quarterly".to_owned(),
        location: Some("DE".to_owned()),
    };
    proxyshard::spend::cycle_change(if number == 1 { 1001 } else { 1018 }, &change)
}

/// Payment method 1 pays by itself after a while, from the balance.
fn smartproxy_order(number: u32) -> Result<SpendRequest, Error> {
    smartproxy::spend::order(&smartproxy::NewOrder {
        amount: Some(number),
        ..smartproxy::NewOrder::new(1003, 1)
    })
}
