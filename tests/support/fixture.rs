//! A sandbox with clients and a journal, and the purchases that the tests make there.

use std::fmt::Debug;
use std::io::Write;
use std::num::NonZeroU64;
use std::time::Duration;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use proxy_orders::purchase::{
    Buyer, IdempotencyKey, Journal, Receipt, Reconciled, SpendOptions, SpendRequest,
};
use proxy_orders::{Account, Error, ErrorKind, Order, OrderState, Outcome, Purchase, Renewal};
use proxy_orders::{RawRequest, Vendor, iproyal, proxyshard, smartproxy};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox, SandboxBuilder};
use rust_decimal::Decimal;
use sqlx::Connection;
use tempfile::TempDir;

pub use super::clients::*;
use super::relay::Relay;

/// The environment variable that leads the tests to a PostgreSQL server of their own.
pub const POSTGRES: &str = "PROXY_ORDERS_TEST_POSTGRES";

/// The time until an order has its proxies, or is paid. It is longer than any test, so that only
/// [`Fixture::provision`] ends it.
pub const DELAY: Duration = Duration::from_secs(60 * 60);
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A sandbox, clients that lead to it, and a journal.
pub struct Fixture {
    pub sandbox: Sandbox,
    /// The credential of the clients, which no other test uses.
    pub key: String,
    pub clients: Clients,
    pub journal: Journal,
    /// The journal's location, as [`Journal::open`] takes it.
    pub location: String,
    /// The account's name in the journal, which no other test uses.
    pub account: String,
    pub folder: TempDir,
}

impl Fixture {
    /// Makes one with a journal in a SQLite file.
    pub async fn new() -> Self {
        Fixture::with(Sandbox::builder(), None).await
    }

    /// Makes one with each kind of journal. Where there is no PostgreSQL server, says so.
    pub async fn of_each_kind() -> Vec<Self> {
        let mut all = vec![Fixture::new().await];
        match std::env::var(POSTGRES) {
            Ok(url) if cfg!(feature = "postgres") => {
                all.push(Fixture::with(Sandbox::builder(), Some(url)).await);
            }
            _ => say(&format!(
                "skipped with PostgreSQL: {POSTGRES} is not set, or the feature `postgres` is off"
            )),
        }
        all
    }

    /// Makes one whose requests that spend may take a short time only.
    pub async fn quick() -> Self {
        let mut fixture = Fixture::new().await;
        fixture.clients.timeouts.non_repeatable = Duration::from_millis(400);
        fixture
    }

    /// Makes one with a sandbox and a journal of the test's own.
    pub async fn with(sandbox: SandboxBuilder, location: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.db");
        let location = match location {
            Some(url) if url.starts_with("postgres") => in_new_schema(&url).await,
            location => location.unwrap_or_else(|| file.display().to_string()),
        };
        let sandbox = sandbox.provisioning_delay(DELAY).start().await.unwrap();
        let key = new_key();
        Fixture {
            clients: Clients::with_key(&key, &sandbox),
            key,
            sandbox,
            journal: Journal::open(&location).await.unwrap(),
            account: format!("test-{:016x}", fastrand::u64(..)),
            folder,
            location,
        }
    }

    /// Makes a buyer without a grace period.
    pub fn buyer(&self, vendor: Vendor) -> Buyer {
        self.buyer_with(vendor, self.journal.clone())
    }

    /// The same with another journal, or the same one opened anew.
    pub fn buyer_with(&self, vendor: Vendor, journal: Journal) -> Buyer {
        self.named(Buyer::shared(self.clients.of(vendor).clone(), journal))
    }

    /// Makes a buyer at IPRoyal and calls a hook each time that an operation is about to be sent.
    pub fn buyer_with_hook(
        &self,
        operation: &'static str,
        hook: impl Fn() + Send + Sync + 'static,
    ) -> Buyer {
        let builder = iproyal::Client::builder().on_request(move |request| {
            if request.operation == operation {
                hook();
            }
        });
        let builder = builder.credential(&*self.key).limits(unlimited());
        let url = base_url(&self.sandbox, Vendor::IpRoyal);
        let builder = builder.timeouts(self.clients.timeouts.clone());
        let client = builder.base_url(url).build().unwrap();
        self.named(Buyer::new(client, self.journal.clone()))
    }

    /// Makes a buyer whose requests go through a relay.
    pub fn buyer_behind(&self, relay: &Relay, vendor: Vendor) -> Buyer {
        let url = |vendor| relay.base_url(&self.sandbox, vendor);
        let clients = Clients::with_key_at(&self.key, url);
        self.named(Buyer::shared(
            clients.of(vendor).clone(),
            self.journal.clone(),
        ))
    }

    /// Makes a buyer with another credential, which has an account of its own at the vendor.
    pub fn other_buyer(&self, vendor: Vendor) -> Buyer {
        let clients = Clients::with_key(&new_key(), &self.sandbox);
        let buyer = Buyer::shared(clients.of(vendor).clone(), self.journal.clone());
        buyer.grace_period(Duration::ZERO)
    }

    /// Sends a request past the journal, as a person does on the vendor's site.
    pub async fn by_hand(&self, request: &SpendRequest) {
        let path = request.canonical()["path"].clone();
        let path = path.as_object().unwrap().iter();
        let path: Vec<_> = path
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        let raw = RawRequest::to(request.operation(), &path).unwrap();
        let raw = raw.json(request.body().clone());
        let transport = self.clients.transport(request.vendor());
        transport.send(raw).await.unwrap();
    }

    /// Executes a statement on the journal in a file, as another program does.
    pub async fn execute(&self, statement: &str) {
        let url = format!("sqlite://{}", self.location);
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        let done = sqlx::query(statement).execute(&mut connection).await;
        assert!(done.unwrap().rows_affected() > 0, "{statement}");
    }

    /// Returns every byte of the journal in a file and of the files beside it.
    pub fn journal_bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let read =
            |file: std::io::Result<std::fs::DirEntry>| std::fs::read(file.unwrap().path()).unwrap();
        files.flat_map(read).collect()
    }

    fn named(&self, buyer: Buyer) -> Buyer {
        let buyer = buyer.grace_period(Duration::ZERO);
        buyer.account(&self.account).unwrap()
    }

    /// Buys under a new key, for no more than `cap` cents.
    pub async fn buy(&self, vendor: Vendor, wanted: &Purchase, cap: i64) -> Result<Receipt, Error> {
        let (buyer, key) = (self.buyer(vendor), IdempotencyKey::random());
        buyer.buy(&key, wanted, &up_to(cap)).await
    }

    /// Renews under a new key, for no more than `cap` cents.
    pub async fn renew(
        &self,
        vendor: Vendor,
        order: &str,
        renewal: &Renewal,
        cap: i64,
    ) -> Result<Receipt, Error> {
        let (buyer, key) = (self.buyer(vendor), IdempotencyKey::random());
        buyer.renew(&key, order, renewal, &up_to(cap)).await
    }

    /// Sends a request that spends under a new key, for no more than `cap` cents.
    pub async fn spend(
        &self,
        request: Result<SpendRequest, Error>,
        cap: i64,
    ) -> Result<Receipt, Error> {
        let request = request?;
        let (buyer, key) = (self.buyer(request.vendor()), IdempotencyKey::random());
        buyer.spend(&key, &request, &up_to(cap)).await
    }

    /// Lets something go wrong with the next call of a request's operation.
    pub fn fault(&self, request: &SpendRequest, mode: FaultMode) {
        let fault = Fault {
            operation: Some(request.operation().id.to_owned()),
            times: Some(1),
            ..Fault::new(mode)
        };
        self.sandbox.faults(vec![fault]).unwrap();
    }

    /// Moves the sandbox's clock until every order has its proxies, or is paid.
    pub fn provision(&self) {
        self.sandbox.advance(DELAY);
    }

    /// Returns the last part of the path of every POST so far.
    pub fn posted(&self) -> Vec<String> {
        let requests = self.sandbox.requests().into_iter();
        let posts = requests.filter(|it| it.method == "POST").map(|it| it.path);
        let last = |path: String| path.rsplit('/').next().unwrap().to_owned();
        posts.map(last).collect()
    }

    /// Returns the number of POSTs so far.
    pub fn posts(&self) -> usize {
        self.posted().len()
    }

    /// Returns the number of requests so far.
    pub fn requests(&self) -> usize {
        self.sandbox.requests().len()
    }
}

/// Returns the URL of a new schema: a key of one test is no key of another one.
async fn in_new_schema(url: &str) -> String {
    // Registers the drivers.
    Journal::in_memory().await.unwrap();
    let name = format!("test_{:016x}", fastrand::u64(..));
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    let create = format!("CREATE SCHEMA {name}");
    let done = sqlx::query(&create).execute(&mut connection).await;
    done.unwrap();
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}options[search_path]={name}")
}

/// Prints past the test runner, which would keep it to itself.
pub fn say(what: &str) {
    let line = format!("{what}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

// ---- Spending ----------------------------------------------------------------------------------

pub fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::new(name).unwrap()
}

pub fn cents(number: i64) -> Decimal {
    Decimal::new(number, 2)
}

/// Options with a cap in cents.
pub fn up_to(number: i64) -> SpendOptions {
    SpendOptions::up_to(cents(number))
}

/// Options with a cap that is above every price.
pub fn high_cap() -> SpendOptions {
    up_to(100_000)
}

/// Spends under a key of that name with a high cap.
pub async fn spend(buyer: &Buyer, name: &str, request: &SpendRequest) -> Result<Receipt, Error> {
    buyer.spend(&key(name), request, &high_cap()).await
}

/// An order for some proxies at IPRoyal.
pub fn proxies(quantity: i64) -> SpendRequest {
    iproyal::spend::order(&iproyal::NewOrder::new(123, 456, 789, quantity)).unwrap()
}

/// An order at IPRoyal that is priced like any other and refused when it is bought.
pub fn declined() -> SpendRequest {
    let new = iproyal::NewOrder {
        pay_with: iproyal::PayWith::Card(999_999),
        ..iproyal::NewOrder::new(123, 456, 789, 1)
    };
    iproyal::spend::order(&new).unwrap()
}

/// An order for some packages at SmartProxy, at 3.20 each.
pub fn packages(amount: u32) -> SpendRequest {
    let new = smartproxy::NewOrder {
        amount: Some(amount),
        ..smartproxy::NewOrder::new(1003, 0)
    };
    smartproxy::spend::order(&new).unwrap()
}

/// One request for each operation that spends, as the sandbox's first world takes them.
pub fn spends() -> Vec<SpendRequest> {
    let two = NonZeroU64::new(2).unwrap();
    let order = proxyshard::NewOrder::proxies("Datacenter Proxy", "DE", "monthly", two);
    vec![
        proxies(2),
        iproyal::spend::extension(420, &iproyal::Extension::new(456)).unwrap(),
        proxyshard::spend::order(&order).unwrap(),
        proxyshard::spend::renewal(1002).unwrap(),
        proxyshard::spend::cycle_change(1001, &quarterly()).unwrap(),
        proxyshard::spend::addon(1001, "p0f_slots".into(), two).unwrap(),
        proxyshard::spend::bandwidth(1004, 5, None).unwrap(),
        packages(2),
    ]
}

pub fn quarterly() -> proxyshard::CycleChange {
    proxyshard::CycleChange {
        cycle: "quarterly".to_owned(),
        location: Some("DE".to_owned()),
    }
}

/// Something to buy at a vendor, and everything that is known of it in advance.
pub struct Wanted {
    pub purchase: Purchase,
    /// The price in cents.
    pub price: i64,
    /// True if the vendor has quotes and balances.
    pub has_quotes: bool,
    /// True if the vendor's orders name their price.
    pub names_price: bool,
    pub product: &'static str,
    pub plan: Option<&'static str>,
    pub days: u32,
    /// The state right after the purchase.
    pub first: OrderState,
    pub proxies: usize,
    pub host: Option<&'static str>,
    pub ports: (Option<u16>, Option<u16>),
    pub renewal: Renewal,
    /// The price of the renewal in cents.
    pub renewal_price: i64,
    /// The days by which the renewal moves the expiry.
    pub renewal_days: f64,
    /// An order that the sandbox's first world has.
    pub order: &'static str,
    /// The numbers of its orders that are on hold, cancelled and refunded.
    pub states: [usize; 3],
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
            price: 600, has_quotes: true, names_price: false,
            product: "Static Residential", plan: Some("30 Days"), days: 30, first: OrderState::Provisioning,
            proxies: 2, host: None, ports: (Some(12323), Some(12324)),
            renewal: Renewal { plan: Some("678".to_owned()), ..Renewal::default() },
            renewal_price: 1100, renewal_days: 60.0, order: "420", states: [0, 0, 1],
        },
        Vendor::ProxyShard => Wanted {
            purchase: purchase("Datacenter Proxy", Some("weekly"), "DE", 3),
            price: 150, has_quotes: true, names_price: true,
            product: "Datacenter Proxy", plan: Some("weekly"), days: 7, first: OrderState::Active,
            proxies: 3, host: None, ports: (Some(8080), Some(1080)),
            // Only an order that has run out can be renewed, and the renewal counts from then on.
            renewal: Renewal::default(),
            renewal_price: 150, renewal_days: 8.0, order: "1001", states: [2, 5, 0],
        },
        Vendor::SmartProxy => Wanted {
            purchase: Purchase { pay_with: Some("1".to_owned()), ..purchase("1001", None, "US", 2) },
            price: 1000, has_quotes: false, names_price: true,
            product: "Residential static IP package", plan: None, days: 30, first: OrderState::AwaitingPayment,
            // No page ties an account to an order: that of another order for the same product is
            // there as well.
            proxies: 2, host: Some("gateway.example"), ports: (Some(7777), None),
            renewal: Renewal { product: Some("1019".to_owned()), pay_with: Some("1".to_owned()), guess_ids: true, ..Renewal::default() },
            renewal_price: 800, renewal_days: 30.0, order: "string", states: [0, 2, 1],
        },
        other => panic!("add a purchase at {other} to the table `wanted`"),
    }
}

// ---- Looking -----------------------------------------------------------------------------------

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

/// Returns the number of days by which an order's end has moved.
pub fn days_between(before: &Order, after: &Order) -> f64 {
    let moved = expiry(after).duration_since(expiry(before));
    moved.as_secs_f64() / DAY.as_secs_f64()
}

/// Asserts that a purchase was made just now, and returns its order.
#[track_caller]
pub fn bought(result: Result<Receipt, Error>) -> String {
    let receipt = result.unwrap();
    assert!(!receipt.is_recorded, "{receipt:?}");
    receipt.order
}

/// A failure of that kind and outcome.
#[track_caller]
pub fn fails<T: Debug>(result: Result<T, Error>, kind: ErrorKind, outcome: Outcome) -> Error {
    let error = result.unwrap_err();
    assert_fails(&error, kind, outcome);
    error
}

#[track_caller]
pub fn assert_fails(error: &Error, kind: ErrorKind, outcome: Outcome) {
    assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error}");
}

#[track_caller]
pub fn not_sent<T: Debug>(result: Result<T, Error>, kind: ErrorKind) -> Error {
    fails(result, kind, Outcome::NotSent)
}

#[track_caller]
pub fn rejected<T: Debug>(result: Result<T, Error>, kind: ErrorKind) -> Error {
    fails(result, kind, Outcome::Rejected)
}

/// Reconciles the only open entry. The clock of the grace period is coarse, so that the end of a
/// request that has just failed may have to be waited for.
pub async fn reconciled(buyer: &Buyer) -> Reconciled {
    loop {
        let found = buyer.reconcile().await.unwrap().remove(0);
        match found.wait {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return found,
        }
    }
}
