//! A sandbox with a client of each vendor, and what the tests buy there.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::time::Duration;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use proxy_orders::{Account, ClientBuilder, Error, ErrorKind, Limits, Order};
use proxy_orders::{OrderState, Outcome, PollOptions, Purchase, Vendor};
use proxy_orders::{iproyal, proxyshard, smartproxy};
use proxy_orders_sandbox::{Sandbox, Vendor as SandboxVendor};
use rust_decimal::Decimal;

pub const KEY: &str = "sandbox-flows-0123456789-abcdefg";
pub const DELAY: Duration = Duration::from_millis(50);
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);
pub const PATIENT: PollOptions = PollOptions {
    timeout: Duration::from_secs(60),
    interval: Duration::from_millis(20),
};

/// A sandbox, and a client of each vendor that leads to it.
pub struct Stage {
    pub sandbox: Sandbox,
    pub iproyal: iproyal::Client,
    pub proxyshard: proxyshard::Client,
    pub smartproxy: smartproxy::Client,
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(KEY, DELAY).await
    }

    pub async fn with(key: &str, delay: Duration) -> Self {
        fn client<C>(builder: ClientBuilder<C>, key: &str, url: String) -> C {
            let limits = Limits {
                requests_per_second: None,
                ..Limits::default()
            };
            let builder = builder.credential(key).base_url(url).limits(limits);
            builder.build().unwrap()
        }
        let builder = Sandbox::builder().provisioning_delay(delay);
        let sandbox = builder.start().await.unwrap();
        let gateway = "gateway.example:7777".parse().unwrap();
        let smartproxy = smartproxy::Client::builder();
        Stage {
            iproyal: client(
                iproyal::Client::builder(),
                key,
                sandbox.base_url(SandboxVendor::IpRoyal),
            ),
            proxyshard: client(
                proxyshard::Client::builder(),
                key,
                sandbox.base_url(SandboxVendor::ProxyShard),
            ),
            smartproxy: client(smartproxy, key, sandbox.base_url(SandboxVendor::SmartProxy))
                .with_gateway(gateway),
            sandbox,
        }
    }

    pub fn accounts(&self) -> [&dyn Account; 3] {
        [&self.iproyal, &self.proxyshard, &self.smartproxy]
    }

    pub fn account(&self, vendor: Vendor) -> &dyn Account {
        self.accounts()
            .into_iter()
            .find(|it| it.vendor() == vendor)
            .unwrap()
    }

    /// The last part of the path of every POST so far.
    pub fn posts(&self) -> Vec<String> {
        let requests = self.sandbox.requests().into_iter();
        let posts = requests.filter(|it| it.method == "POST");
        posts
            .map(|it| it.path.rsplit('/').next().unwrap().to_owned())
            .collect()
    }

    /// How many requests there were so far.
    pub fn requests(&self) -> usize {
        self.sandbox.requests().len()
    }
}

pub fn cents(number: i64) -> Decimal {
    Decimal::new(number, 2)
}

pub async fn seen(account: &dyn Account, id: &str) -> Order {
    account.order(id).await.unwrap()
}

pub async fn listed(account: &dyn Account) -> Vec<Order> {
    account.orders().try_collect().await.unwrap()
}

pub async fn balance(account: &dyn Account) -> Decimal {
    account.balance().await.unwrap().amount().unwrap()
}

pub fn expiry(order: &Order) -> Timestamp {
    let expires = order.expires.as_ref().unwrap();
    expires.timestamp_assuming_utc().unwrap()
}

/// How many days an order's end has moved.
pub fn days_between(before: &Order, after: &Order) -> f64 {
    let moved = expiry(after).duration_since(expiry(before));
    moved.as_secs_f64() / DAY.as_secs_f64()
}

#[track_caller]
pub fn check<T: std::fmt::Debug>(
    result: Result<T, Error>,
    kind: ErrorKind,
    outcome: Outcome,
) -> Error {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error}");
    error
}

#[track_caller]
pub fn not_sent<T: std::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind) -> Error {
    check(result, kind, Outcome::NotSent)
}

#[track_caller]
pub fn rejected<T: std::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind) -> Error {
    check(result, kind, Outcome::Rejected)
}

/// Something to buy at a vendor, and what is known of it.
pub struct Wanted {
    pub purchase: Purchase,
    /// Cents.
    pub price: i64,
    pub product: &'static str,
    pub plan: Option<&'static str>,
    pub days: u32,
    /// How it stands right after it was bought.
    pub first: OrderState,
    /// How many proxies it comes to.
    pub proxies: usize,
    pub host: Option<&'static str>,
    pub ports: (Option<u16>, Option<u16>),
}

#[rustfmt::skip]
pub fn wanted(vendor: Vendor) -> Wanted {
    let purchase = |product: &str, plan: Option<&str>, location: &str, quantity| Purchase {
        product: product.to_owned(),
        plan: plan.map(str::to_owned),
        location: Some(location.to_owned()),
        quantity,
        ..Purchase::default()
    };
    match vendor {
        Vendor::IpRoyal => Wanted {
            purchase: purchase("123", Some("456"), "456", 2),
            price: 600, product: "Static Residential", plan: Some("30 Days"), days: 30, first: OrderState::Provisioning,
            proxies: 2, host: None, ports: (Some(12323), Some(12324)),
        },
        Vendor::ProxyShard => Wanted {
            purchase: purchase("Datacenter Proxy", Some("weekly"), "DE", 3),
            price: 150, product: "Datacenter Proxy", plan: Some("weekly"), days: 7, first: OrderState::Active,
            proxies: 3, host: None, ports: (Some(8080), Some(1080)),
        },
        Vendor::SmartProxy => Wanted {
            purchase: Purchase { pay_with: Some("1".to_owned()), ..purchase("1001", None, "US", 2) },
            price: 1000, product: "Residential static IP package", plan: None, days: 30, first: OrderState::AwaitingPayment,
            // No page ties an account to an order: that of another order for the same product is there as well.
            proxies: 2, host: Some("gateway.example"), ports: (Some(7777), None),
        },
other => unreachable!("{other}"),
}
}
