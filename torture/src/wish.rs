//! What is bought: any request that spends, at any vendor.

use std::num::NonZeroU64;

use fastrand::Rng;
use proxy_orders::purchase::SpendRequest;
use proxy_orders::{Error, Vendor, iproyal, proxyshard, smartproxy};
use serde::{Deserialize, Serialize};

/// One purchase, as it is told to a worker. Many are alike on purpose: it is harder to find out which of two like orders is whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    IpRoyalOrder { quantity: i64 },
    IpRoyalExtension,
    ProxyShardOrder { quantity: u64 },
    ProxyShardTraffic { quantity: u64 },
    ProxyShardRenewal { order: i64 },
    ProxyShardCycle { order: i64 },
    ProxyShardAddon { quantity: u64 },
    ProxyShardBandwidth { amount: i64 },
    SmartProxyOrder { amount: u32 },
}

impl Wish {
    /// Any wish that the vendor may fulfil.
    pub fn any(vendor: Vendor, random: &mut Rng) -> Self {
        match vendor {
            Vendor::IpRoyal => match random.u8(..10) {
                0..7 => Wish::IpRoyalOrder {
                    quantity: random.i64(1..=2),
                },
                _ => Wish::IpRoyalExtension,
            },
            Vendor::ProxyShard => match random.u8(..10) {
                0..3 => Wish::ProxyShardOrder {
                    quantity: random.u64(1..=2),
                },
                3..5 => Wish::ProxyShardTraffic {
                    quantity: random.u64(1..=2),
                },
                5 => Wish::ProxyShardRenewal {
                    order: if random.bool() { 1002 } else { 1017 },
                },
                6 => Wish::ProxyShardCycle {
                    order: if random.bool() { 1001 } else { 1018 },
                },
                7 => Wish::ProxyShardAddon {
                    quantity: random.u64(1..=2),
                },
                _ => Wish::ProxyShardBandwidth {
                    amount: random.i64(1..=2),
                },
            },
            Vendor::SmartProxy => Wish::SmartProxyOrder {
                amount: random.u32(1..=2),
            },
            other => unreachable!("{other}"),
        }
    }

    /// The request.
    pub fn spend(self) -> Result<SpendRequest, Error> {
        let count = |number: u64| NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN);
        match self {
            Wish::IpRoyalOrder { quantity } => {
                iproyal::spend::order(&iproyal::NewOrder::new(123, 456, 789, quantity))
            }
            Wish::IpRoyalExtension => iproyal::spend::extension(420, &iproyal::Extension::new(456)),
            Wish::ProxyShardOrder { quantity } => {
                let count = count(quantity);
                let new = proxyshard::NewOrder::proxies("Datacenter Proxy", "DE", "monthly", count);
                proxyshard::spend::order(&new)
            }
            Wish::ProxyShardTraffic { quantity } => {
                proxyshard::spend::order(&proxyshard::NewOrder {
                    quantity: Some(count(quantity)),
                    ..proxyshard::NewOrder::new("Standart Residential Proxy")
                })
            }
            Wish::ProxyShardRenewal { order } => proxyshard::spend::renewal(order),
            Wish::ProxyShardCycle { order } => {
                let change = proxyshard::CycleChange {
                    cycle: "quarterly".to_owned(),
                    location: Some("DE".to_owned()),
                };
                proxyshard::spend::cycle_change(order, &change)
            }
            Wish::ProxyShardAddon { quantity } => {
                proxyshard::spend::addon(1001, "p0f_slots".into(), count(quantity))
            }
            Wish::ProxyShardBandwidth { amount } => {
                proxyshard::spend::bandwidth(1004, amount, None)
            }
            Wish::SmartProxyOrder { amount } => {
                // Payment method 1 pays by itself after a while, from the balance.
                smartproxy::spend::order(&smartproxy::NewOrder {
                    amount: Some(amount),
                    ..smartproxy::NewOrder::new(1003, 1)
                })
            }
        }
    }
}
