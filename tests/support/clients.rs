//! Clients of every vendor that lead to one server.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::OnceLock;
use std::time::Duration;

use proxy_orders::purchase::{Buyer, Journal, SpendAdapter};
use proxy_orders::{AnyClient, ClientBuilder, Limits, RetryPolicy, Timeouts, Transport, Vendor};
use proxy_orders::{iproyal, proxyshard, smartproxy};
use proxy_orders_sandbox::Sandbox;

/// A credential that may show up nowhere but in the place where the vendor wants it. It has the 32
/// characters that SmartProxy's keys have.
pub const CANARY: &str = "canary-credential-0123456789-abc";

/// Makes a credential that every vendor's sandbox takes, with an account of its own.
pub fn new_key() -> String {
    format!("sandbox-tests-{:016x}-x", fastrand::u64(..))
}

/// The gateway of the clients whose vendor has one.
const GATEWAY: &str = "gateway.example:7777";

/// The most requests that the clients of [`Clients::at`] send for one call.
pub const ATTEMPTS: u32 = 3;

/// Clients of all vendors with the same settings. Each is made when it is first used.
pub struct Clients {
    credential: String,
    base_urls: BTreeMap<Vendor, String>,
    retry: RetryPolicy,
    pub timeouts: Timeouts,
    iproyal: OnceLock<iproyal::Client>,
    proxyshard: OnceLock<proxyshard::Client>,
    smartproxy: OnceLock<smartproxy::Client>,
    any: BTreeMap<Vendor, OnceLock<AnyClient>>,
}

impl Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients = (self.iproyal(), self.proxyshard(), self.smartproxy());
        clients.fmt(f)?;
        let transports = self.all().map(|it| it.transport());
        f.debug_list().entries(transports).finish()
    }
}

impl Clients {
    /// Makes clients with the canary credential for a test server. They neither queue nor pause, so
    /// that many faults are over soon.
    pub fn at(base_url: &str) -> Self {
        Self::waiting(base_url, Duration::from_secs(30))
    }

    /// Makes the same clients with another time to wait for an answer.
    pub fn waiting(base_url: &str, timeout: Duration) -> Self {
        let mut clients = Self::new(CANARY, |_| base_url.to_owned());
        clients.retry.max_attempts = ATTEMPTS;
        clients.retry.base_delay = Duration::from_micros(10);
        clients.timeouts.attempt = timeout;
        clients.timeouts.non_repeatable = timeout;
        clients
    }

    /// Makes clients for a sandbox.
    pub fn with_key(key: &str, sandbox: &Sandbox) -> Self {
        Self::with_key_at(key, |vendor| base_url(sandbox, vendor))
    }

    /// Makes the same clients with other base URLs, which lead to a sandbox.
    pub fn with_key_at(key: &str, base_url: impl Fn(Vendor) -> String) -> Self {
        let mut clients = Self::new(key, base_url);
        // Long enough for a busy machine, short enough for a test of an answer that never comes.
        clients.timeouts.non_repeatable = Duration::from_secs(3);
        clients
    }

    fn new(credential: &str, base_url: impl Fn(Vendor) -> String) -> Self {
        let all = Vendor::all().iter().copied();
        Clients {
            credential: credential.to_owned(),
            base_urls: all.clone().map(|it| (it, base_url(it))).collect(),
            retry: RetryPolicy::default(),
            timeouts: Timeouts::default(),
            iproyal: OnceLock::new(),
            proxyshard: OnceLock::new(),
            smartproxy: OnceLock::new(),
            any: all.map(|it| (it, OnceLock::new())).collect(),
        }
    }

    fn build<C>(&self, vendor: Vendor, builder: ClientBuilder<C>) -> C {
        let builder = builder.credential(self.credential.as_str());
        let builder = builder.base_url(self.base_urls[&vendor].as_str());
        let builder = builder.retry(self.retry.clone()).limits(unlimited());
        let builder = match vendor.profile().gateway_variable {
            Some(_) => builder.gateway(GATEWAY.parse().unwrap()),
            None => builder,
        };
        builder.timeouts(self.timeouts.clone()).build().unwrap()
    }

    pub fn iproyal(&self) -> &iproyal::Client {
        let make = || self.build(Vendor::IpRoyal, iproyal::Client::builder());
        self.iproyal.get_or_init(make)
    }

    pub fn proxyshard(&self) -> &proxyshard::Client {
        let make = || self.build(Vendor::ProxyShard, proxyshard::Client::builder());
        self.proxyshard.get_or_init(make)
    }

    pub fn smartproxy(&self) -> &smartproxy::Client {
        let make = || self.build(Vendor::SmartProxy, smartproxy::Client::builder());
        self.smartproxy.get_or_init(make)
    }

    /// Returns a vendor's client.
    pub fn of(&self, vendor: Vendor) -> &AnyClient {
        self.any[&vendor].get_or_init(|| self.build(vendor, vendor.client_builder()))
    }

    /// Returns all clients in the order of [`Vendor::all`].
    pub fn all(&self) -> impl Iterator<Item = &dyn SpendAdapter> {
        Vendor::all().iter().map(|it| &**self.of(*it))
    }

    /// Returns the transport of a vendor's client.
    pub fn transport(&self, vendor: Vendor) -> &Transport {
        self.of(vendor).transport()
    }

    /// Makes a buyer whose journal is in memory.
    pub async fn buyer(&self, vendor: Vendor) -> Buyer {
        let journal = Journal::in_memory().await.unwrap();
        Buyer::shared(self.of(vendor).clone(), journal).grace_period(Duration::ZERO)
    }
}

/// Limits without a number of requests a second.
pub fn unlimited() -> Limits {
    Limits {
        requests_per_second: None,
        ..Limits::default()
    }
}

/// Returns the base URL of a simulated vendor.
pub fn base_url(sandbox: &Sandbox, vendor: Vendor) -> String {
    sandbox.base_url(vendor.as_str().parse().unwrap())
}
