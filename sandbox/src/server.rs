//! Starting and stopping a sandbox.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::answer::Answer;
use crate::faults::{Fault, InvalidFault};
use crate::ledger::Charge;
use crate::listener::serve;
use crate::requests::{RecordedRequest, record};
use crate::state::State;
use crate::vendor::Vendor;
use crate::world::{Settings, Shared};
use crate::{control, iproyal, page, proxyshard, smartproxy};

const IPROYAL_PREFIX: &str = "/iproyal/v1/reseller";
const PROXYSHARD_PREFIX: &str = "/proxyshard";
const SMARTPROXY_PREFIX: &str = "/smartproxy";

/// How long [`Sandbox::stop`] waits for callers to finish.
const STOPPING: Duration = Duration::from_secs(5);
/// How often the state file is written while things change.
const SAVING: Duration = Duration::from_secs(1);

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    // Dropped, it tells everything that runs to stop.
    running: watch::Sender<()>,
    keeper: JoinHandle<()>,
}

/// How a sandbox is to be started.
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    listen: SocketAddr,
    seed: u64,
    provisioning_delay: Duration,
    starts_at: Option<Timestamp>,
    is_controlled: bool,
    state_file: Option<PathBuf>,
    extra_orders: usize,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 0,
            provisioning_delay: Duration::from_millis(300),
            starts_at: None,
            is_controlled: false,
            state_file: None,
            extra_orders: 0,
        }
    }
}

impl SandboxBuilder {
    /// Where to listen. By default a free port of 127.0.0.1.
    ///
    /// It must be a loopback address: the sandbox checks no key that is worth anything, so on an
    /// address that others can reach, they could use it too.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// What the made-up values (addresses, user names, passwords) depend on. By default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How long an order takes, on the sandbox's clock, from being bought to holding proxies. By
    /// default 300 milliseconds.
    pub fn provisioning_delay(mut self, delay: Duration) -> Self {
        self.provisioning_delay = delay;
        self
    }

    /// What the sandbox's clock shows at first. By default the real time.
    pub fn starts_at(mut self, at: Timestamp) -> Self {
        self.starts_at = Some(at);
        self
    }

    /// Whether the sandbox can be controlled over HTTP, below `/_sandbox`, as the documentation of
    /// this crate tells. By default it cannot, and there is nothing below that path but the files
    /// of the page at `/`.
    pub fn control(mut self, is_on: bool) -> Self {
        self.is_controlled = is_on;
        self
    }

    /// A file in which the world outlives the sandbox: accounts, clock, ledger and seed are read
    /// from it at the start, if it is there, and written to it within a second of a change and at
    /// the end. Faults and requests are not kept.
    ///
    /// The seed and the start instant of the file count then, not those of this builder. The clock
    /// keeps its distance from the real time, so it goes on while the sandbox is off.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// How many orders each account has at each vendor beside those that it always has, to see
    /// how long lists do. By default none.
    pub fn extra_orders(mut self, number: usize) -> Self {
        self.extra_orders = number;
        self
    }

    /// Starts the sandbox on the Tokio runtime of the caller.
    ///
    /// # Errors
    ///
    /// When the address is not a loopback address or cannot be listened at, or when the state file
    /// cannot be read or written or holds something else; the error names the file then.
    pub async fn start(self) -> io::Result<Sandbox> {
        if !self.listen.ip().is_loopback() {
            let message = format!("{} is not a loopback address", self.listen);
            return Err(io::Error::new(ErrorKind::InvalidInput, message));
        }
        let listener = TcpListener::bind(self.listen).await?;
        let address = listener.local_addr()?;
        let (running, stopping) = watch::channel(());
        let settings = Settings {
            seed: self.seed,
            starts_at: self.starts_at,
            provisioning_delay: self.provisioning_delay,
            extra_orders: self.extra_orders,
            is_controlled: self.is_controlled,
            state_file: self.state_file,
        };
        let seen = stopping.clone();
        let opened = tokio::task::spawn_blocking(move || Shared::open(settings, seen));
        let shared = Arc::new(opened.await.map_err(io::Error::other)??);
        let server = tokio::spawn(serve(listener, router(&shared), stopping));
        let keeper = tokio::spawn(keep(Arc::clone(&shared), server));
        Ok(Sandbox {
            address,
            shared,
            running,
            keeper,
        })
    }
}

/// Keeps the state file up to date until the sandbox is to stop, sees it off, and writes the file
/// a last time.
async fn keep(shared: Arc<Shared>, mut server: JoinHandle<()>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SAVING), if shared.is_kept() => save(&shared).await,
            () = shared.stopped() => break,
        }
    }
    if tokio::time::timeout(STOPPING, &mut server).await.is_err() {
        server.abort();
    }
    save(&shared).await;
}

async fn save(shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    // What goes wrong is told by the state; the next time may be better.
    tokio::task::spawn_blocking(move || shared.save().ok())
        .await
        .ok();
}

impl Sandbox {
    /// Starts a sandbox with the defaults of [`SandboxBuilder`].
    ///
    /// # Errors
    ///
    /// When no port of 127.0.0.1 can be listened at.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// A sandbox to be set up before it starts.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base URL of a vendor's API here.
    #[must_use]
    pub fn base_url(&self, vendor: Vendor) -> String {
        let prefix = match vendor {
            Vendor::IpRoyal => IPROYAL_PREFIX,
            Vendor::ProxyShard => PROXYSHARD_PREFIX,
            Vendor::SmartProxy => SMARTPROXY_PREFIX,
        };
        format!("http://{}{prefix}", self.address)
    }

    /// Environment variables that lead a client here: for each vendor a credential that the
    /// sandbox accepts and the base URL.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("IPROYAL_TOKEN", "sandbox-iproyal".to_owned()),
            ("IPROYAL_BASE_URL", self.base_url(Vendor::IpRoyal)),
            ("PROXYSHARD_API_KEY", "sandbox-proxyshard".to_owned()),
            ("PROXYSHARD_BASE_URL", self.base_url(Vendor::ProxyShard)),
            (
                "SMARTPROXY_APP_KEY",
                "sandbox-smartproxy-0123456789abc".to_owned(),
            ),
            ("SMARTPROXY_BASE_URL", self.base_url(Vendor::SmartProxy)),
        ]
    }

    /// The last 10,000 requests that came in (fewer if their bodies are large), oldest first,
    /// whatever was answered to them. Control requests are not among them.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.requests.all()
    }

    /// What the sandbox's clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Moves the sandbox's clock forward. What becomes due by that happens before the next
    /// request is answered.
    pub fn advance(&self, by: Duration) {
        self.shared.advance(by);
    }

    /// Makes things go wrong from now on, in place of what went wrong so far.
    ///
    /// A call is struck by one fault at most before it is acted upon or after: the first of the
    /// list that matches and whose draw succeeds. `PriceMove`, `SlowProvisioning` and
    /// `LyingExpiryFilter` strike beside that, when something is paid, bought or filtered.
    ///
    /// # Errors
    ///
    /// When one of the faults names an operation that is not there or has a probability that is
    /// none; all is as before then.
    pub fn faults(&self, faults: Vec<Fault>) -> Result<(), InvalidFault> {
        self.shared.faults.replace(faults)
    }

    /// Lets nothing go wrong any more.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Every charge, oldest first, of all accounts at all vendors.
    #[must_use]
    pub fn ledger(&self) -> Vec<Charge> {
        self.shared.charges()
    }

    /// Where everything stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.state()
    }

    /// Begins anew with a seed: fresh accounts, an empty ledger, no faults, no requests, and the
    /// clock where the builder set it (by default at the real time).
    pub fn reset(&self, seed: u64) {
        self.shared.reset(seed);
    }

    /// Writes the state file, if there is one and it lacks something. It is written by itself
    /// within a second of a change and at the end; this is for those who cannot wait.
    ///
    /// # Errors
    ///
    /// When the file cannot be written; the error names it.
    pub async fn save(&self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let saved = tokio::task::spawn_blocking(move || shared.save());
        saved.await.map_err(io::Error::other)?
    }

    /// Stops listening, waits for callers to finish (five seconds at most), writes the state file
    /// if there is one, and ends.
    pub async fn stop(self) {
        let Self {
            running, keeper, ..
        } = self;
        drop(running);
        keeper.await.ok();
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    let mut router = Router::new()
        .nest(IPROYAL_PREFIX, iproyal::router(Arc::clone(shared)))
        .nest(PROXYSHARD_PREFIX, proxyshard::router(Arc::clone(shared)))
        .nest(SMARTPROXY_PREFIX, smartproxy::router(Arc::clone(shared)));
    if shared.is_controlled {
        router = router.nest(control::PREFIX, control::router(Arc::clone(shared)));
    }
    router
        .fallback(|| async {
            let body = json!({ "message": "No vendor answers here." });
            Answer::new(StatusCode::NOT_FOUND, body)
        })
        .layer(middleware::from_fn_with_state(Arc::clone(shared), record))
        // Behind the recorder: looking at the page is no request to a vendor.
        .merge(page::router(shared.is_controlled))
}
