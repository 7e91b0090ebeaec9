//! Every request that spends, ready to be bought in a sandbox, with a journal in a file of its own.

use std::io::Write;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use proxy_orders::purchase::{
    Buyer, IdempotencyKey, Journal, SpendAdapter, SpendOptions, SpendRequest,
};
use proxy_orders::{ClientBuilder, Limits, Timeouts, Vendor};
use proxy_orders::{iproyal, proxyshard, smartproxy};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox, SandboxBuilder, Vendor as SandboxVendor};
use rust_decimal::Decimal;
use tempfile::TempDir;

/// A key that every vendor's sandbox takes.
pub const KEY: &str = "sandbox-purchase-0123456789-abcd";

/// The environment variable that leads the tests to a PostgreSQL server of their own.
pub const POSTGRES: &str = "PROXY_ORDERS_TEST_POSTGRES";

/// A sandbox, clients and a journal.
pub struct Shop {
    pub sandbox: Sandbox,
    pub folder: TempDir,
    /// As [`Journal::open`] takes it.
    pub place: String,
    pub journal: Journal,
    /// The account's name in the journal: no other test's.
    pub account: String,
}

fn build<C>(builder: ClientBuilder<C>, url: String, non_repeatable: Duration) -> C {
    let builder = builder.credential(KEY).base_url(url);
    let builder = builder.limits(Limits {
        requests_per_second: None,
        ..Limits::default()
    });
    let timeouts = Timeouts {
        non_repeatable,
        ..Timeouts::default()
    };
    builder.timeouts(timeouts).build().unwrap()
}

impl Shop {
    /// With a journal in a SQLite file.
    pub async fn open() -> Self {
        Shop::with(Sandbox::builder(), None).await
    }

    /// One with each kind of journal. Where there is no PostgreSQL server, says so.
    pub async fn of_each_kind() -> Vec<Self> {
        let mut shops = vec![Shop::open().await];
        match std::env::var(POSTGRES) {
            Ok(url) if cfg!(feature = "postgres") => {
                shops.push(Shop::with(Sandbox::builder(), Some(url)).await);
            }
            _ => say_skipped(),
        }
        shops
    }

    pub async fn with(sandbox: SandboxBuilder, place: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.db");
        let place = place.unwrap_or_else(|| file.display().to_string());
        Shop {
            sandbox: sandbox.start().await.unwrap(),
            journal: Journal::open(&place).await.unwrap(),
            account: format!("test-{:016x}", fastrand::u64(..)),
            folder,
            place,
        }
    }

    /// A vendor's client, with an account that no other test has.
    pub fn client(&self, vendor: Vendor) -> Arc<dyn SpendAdapter> {
        // Long enough for a busy machine, short enough for a test of an answer that never comes.
        let non_repeatable = Duration::from_secs(3);
        let sandbox = &self.sandbox;
        let sandboxed: SandboxVendor = vendor.as_str().parse().unwrap();
        let builder = vendor.client_builder();
        build(builder, sandbox.base_url(sandboxed), non_repeatable)
    }

    /// A buyer that does not wait before it says that nothing was made.
    pub fn buyer(&self, vendor: Vendor) -> Buyer {
        self.buyer_with(vendor, self.journal.clone())
    }

    /// The same with another journal, or the same one opened anew.
    pub fn buyer_with(&self, vendor: Vendor, journal: Journal) -> Buyer {
        Buyer::shared(self.client(vendor), journal)
            .grace_period(Duration::ZERO)
            .account(&self.account)
            .unwrap()
    }

    /// A buyer at IPRoyal who is met by something each time that an operation is about to be called.
    pub fn buyer_met_by(
        &self,
        operation: &'static str,
        what: impl Fn() + Send + Sync + 'static,
    ) -> Buyer {
        let builder = iproyal::Client::builder().on_request(move |request| {
            if request.operation == operation {
                what();
            }
        });
        let url = self.sandbox.base_url(SandboxVendor::IpRoyal);
        let client: iproyal::Client = build(builder, url, Duration::from_secs(30));
        Buyer::new(client, self.journal.clone())
            .grace_period(Duration::ZERO)
            .account(&self.account)
            .unwrap()
    }

    /// Lets something go wrong with the next call of an operation.
    pub fn fault(&self, spend: &SpendRequest, mode: FaultMode) {
        let fault = Fault {
            operation: Some(spend.operation().id.to_owned()),
            times: Some(1),
            ..Fault::new(mode)
        };
        self.sandbox.faults(vec![fault]).unwrap();
    }

    /// How many requests came that change something.
    pub fn posts(&self) -> usize {
        let requests = self.sandbox.requests();
        requests.iter().filter(|it| it.method == "POST").count()
    }
}

fn say_skipped() {
    say(&format!(
        "skipped with PostgreSQL: {POSTGRES} is not set, or the feature `postgres` is off"
    ));
}

/// Past the test runner, which would keep it to itself.
pub fn say(what: &str) {
    let line = format!("{what}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// A key of that name.
pub fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::new(name).unwrap()
}

/// An order for one proxy at IPRoyal.
pub fn one_proxy() -> SpendRequest {
    iproyal::spend::order(&iproyal::NewOrder::new(123, 456, 789, 1)).unwrap()
}

/// SpendOptions that refuse nothing.
pub fn enough() -> SpendOptions {
    SpendOptions::up_to(dollars(100_000))
}

pub fn dollars(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

/// All eight requests that spend, as the sandbox's first world takes them.
pub fn spends() -> Vec<SpendRequest> {
    let two = NonZeroU64::new(2).unwrap();
    let change = proxyshard::CycleChange {
        cycle: "quarterly".to_owned(),
        location: Some("DE".to_owned()),
    };
    let package = smartproxy::NewOrder {
        amount: Some(2),
        ..smartproxy::NewOrder::new(1003, 0)
    };
    vec![
        iproyal::spend::order(&iproyal::NewOrder::new(123, 456, 789, 2)).unwrap(),
        iproyal::spend::extension(420, &iproyal::Extension::new(456)).unwrap(),
        proxyshard::spend::order(&proxyshard::NewOrder::proxies(
            "Datacenter Proxy",
            "DE",
            "monthly",
            two,
        ))
        .unwrap(),
        proxyshard::spend::renewal(1002).unwrap(),
        proxyshard::spend::cycle_change(1001, &change).unwrap(),
        proxyshard::spend::addon(1001, "p0f_slots".into(), two).unwrap(),
        proxyshard::spend::bandwidth(1004, 5, None).unwrap(),
        smartproxy::spend::order(&package).unwrap(),
    ]
}
