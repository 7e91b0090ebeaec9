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
use crate::ledger::{Charge, Spent};
use crate::listener::serve;
use crate::local::local_only;
use crate::recorder::record;
use crate::requests::RecordedRequest;
use crate::state::State;
use crate::vendor::Vendor;
use crate::world::{Settings, World};
use crate::{control, operations, page};

/// The time that [`Sandbox::stop`] gives callers to finish.
const STOPPING: Duration = Duration::from_secs(5);
/// The pause between two writes of the state file.
const SAVING: Duration = Duration::from_secs(1);

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    world: Arc<World>,
    // Dropping it tells everything that runs to stop.
    running: watch::Sender<()>,
    keeper: JoinHandle<()>,
}

/// The settings of a sandbox to be started.
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    listen: SocketAddr,
    is_controlled: bool,
    settings: Settings,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            is_controlled: false,
            settings: Settings {
                seed: 0,
                starts_at: None,
                provisioning_delay: Duration::from_millis(300),
                extra_orders: 0,
                state_file: None,
                request_timeout: Duration::from_secs(30),
                storage_limit: 256 * 1024 * 1024,
            },
        }
    }
}

impl SandboxBuilder {
    /// Sets the address to listen on. By default a free port of 127.0.0.1.
    ///
    /// It must be a loopback address: the sandbox takes every key that begins with `sandbox-`, so
    /// everybody who reaches it can use it.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Sets the seed of the made-up values (addresses, user names, passwords). By default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Sets the time on the sandbox's clock from the purchase of an order to its proxies. By
    /// default 300 milliseconds.
    pub fn provisioning_delay(mut self, delay: Duration) -> Self {
        self.settings.provisioning_delay = delay;
        self
    }

    /// Sets the first time on the sandbox's clock. By default the real time.
    pub fn starts_at(mut self, at: Timestamp) -> Self {
        self.settings.starts_at = Some(at);
        self
    }

    /// Turns the control API on or off, which answers below `/_sandbox` as the documentation of
    /// this crate says. By default it is off, and only the files of the page at `/` are there.
    pub fn control(mut self, is_on: bool) -> Self {
        self.is_controlled = is_on;
        self
    }

    /// Sets a file in which the world outlives the sandbox: accounts, clock, ledger and seed are
    /// read from it at the start, if it exists, and written to it within a second of a change and
    /// at the end. Faults and requests are not kept.
    ///
    /// The seed and the start instant of an existing file take precedence over those of this
    /// builder. The clock keeps its distance from the real time, so it goes on while the sandbox
    /// is off.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.state_file = Some(path.into());
        self
    }

    /// Sets the number of orders that each account has at each vendor beside those that it always
    /// has, for tests of long lists. By default 0.
    pub fn extra_orders(mut self, number: usize) -> Self {
        self.settings.extra_orders = number;
        self
    }

    /// Sets the time in which the head of a request must arrive on an open connection, and then its
    /// body. By default 30 seconds.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.settings.request_timeout = timeout;
        self
    }

    /// Sets the bytes of accounts, orders, charges and callers that callers may add until a reset,
    /// about as many as they take in the state file. Then what would add to them is answered with
    /// 507. By default 256 MiB.
    pub fn storage_limit(mut self, bytes: usize) -> Self {
        self.settings.storage_limit = bytes;
        self
    }

    /// Starts the sandbox on the Tokio runtime of the caller.
    ///
    /// # Errors
    ///
    /// Fails if the address is not a loopback address or is in use, or if the state file cannot be
    /// read or written or holds something else; the error names the file then.
    pub async fn start(self) -> io::Result<Sandbox> {
        if !self.listen.ip().is_loopback() {
            let message = format!("{} is not a loopback address", self.listen);
            return Err(io::Error::new(ErrorKind::InvalidInput, message));
        }
        let listener = TcpListener::bind(self.listen).await?;
        let address = listener.local_addr()?;
        let (running, stopping) = watch::channel(());
        let seen = stopping.clone();
        let timeout = self.settings.request_timeout;
        let opened = tokio::task::spawn_blocking(move || World::open(self.settings, seen));
        let world = Arc::new(opened.await.map_err(io::Error::other)??);
        let server = tokio::spawn(serve(
            listener,
            router(&world, self.is_controlled),
            timeout,
            stopping,
        ));
        let keeper = tokio::spawn(keep(Arc::clone(&world), server));
        Ok(Sandbox {
            address,
            world,
            running,
            keeper,
        })
    }
}

/// Keeps the state file up to date until the sandbox is to stop, waits for the server to end, and
/// writes the file a last time.
async fn keep(world: Arc<World>, mut server: JoinHandle<()>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SAVING), if world.is_kept() => drop(save(&world).await),
            () = world.stopped() => break,
        }
    }
    if tokio::time::timeout(STOPPING, &mut server).await.is_err() {
        server.abort();
    }
    // The state tells the error.
    save(&world).await.ok();
}

/// Writes the state file, if it lacks a change.
async fn save(world: &Arc<World>) -> io::Result<()> {
    let world = Arc::clone(world);
    let saved = tokio::task::spawn_blocking(move || world.save());
    saved.await.map_err(io::Error::other)?
}

impl Sandbox {
    /// Starts a sandbox with the defaults of [`SandboxBuilder`].
    ///
    /// # Errors
    ///
    /// Fails if no port of 127.0.0.1 is free.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Returns a builder to set a sandbox up before it starts.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base URL of a vendor's API here.
    #[must_use]
    pub fn base_url(&self, vendor: Vendor) -> String {
        format!("http://{}{}", self.address, vendor.profile().base_path)
    }

    /// Returns the environment variables that lead a client here: for each vendor a credential
    /// that the sandbox takes, and the base URL.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let variables = Vendor::all().iter().flat_map(|&vendor| {
            let profile = vendor.profile();
            let (name, credential) = profile.credential;
            let base_url = (profile.base_url_variable, self.base_url(vendor));
            [(name, credential.to_owned()), base_url]
        });
        variables.collect()
    }

    /// Returns the last 10,000 requests that came in (fewer if their bodies are large), oldest
    /// first, with the refused ones. Control requests are not among them.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.world.requests.all()
    }

    /// Returns the time on the sandbox's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Moves the sandbox's clock forward. Events that become due happen before the next request
    /// is answered.
    pub fn advance(&self, by: Duration) {
        self.world.advance(by);
    }

    /// Replaces the faults.
    ///
    /// One fault at most strikes a call before it is acted upon, or else after: the first in the
    /// list that matches and whose draw succeeds. `PriceMove`, `SlowProvisioning`,
    /// `LyingExpiryFilter`, `ShiftedPages`, `BareLists`, `PaidAtOnce` and `ZeroPayFee` strike in
    /// addition, when something is paid, bought, filtered, listed or paged.
    ///
    /// # Errors
    ///
    /// Fails if a fault names an unknown operation, or its probability is not from 0 to 1. The
    /// earlier faults stay then.
    pub fn faults(&self, faults: Vec<Fault>) -> Result<(), InvalidFault> {
        self.world.faults.replace(faults)
    }

    /// Removes every fault.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Returns every charge, oldest first, of all accounts at all vendors.
    #[must_use]
    pub fn ledger(&self) -> Vec<Charge> {
        self.world.charges()
    }

    /// Returns every call that took effect and costs money, oldest first, with its caller. Not kept
    /// in the state file.
    #[must_use]
    pub fn spent(&self) -> Vec<Spent> {
        self.world.all_spent()
    }

    /// Returns the state of the sandbox and of every account.
    #[must_use]
    pub fn state(&self) -> State {
        self.world.state()
    }

    /// Begins anew with a seed: fresh accounts, an empty ledger, no faults, no requests, and the
    /// clock where the builder set it (by default at the real time).
    pub fn reset(&self, seed: u64) {
        self.world.reset(seed);
    }

    /// Writes the state file at once, if there is one and it lacks a change. Without this call it
    /// is written within a second of a change and at the end.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written; the error names it.
    pub async fn save(&self) -> io::Result<()> {
        save(&self.world).await
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

fn router(world: &Arc<World>, is_controlled: bool) -> Router {
    let mut router = Router::new();
    for &vendor in Vendor::all() {
        let routes = operations::router(vendor, Arc::clone(world));
        router = router.nest(vendor.profile().base_path, routes);
    }
    if is_controlled {
        router = router.nest(control::PREFIX, control::router(Arc::clone(world)));
    }
    router
        .fallback(|| async {
            let body = json!({ "message": "No vendor answers here." });
            Answer::refusal(StatusCode::NOT_FOUND, body)
        })
        .layer(middleware::from_fn_with_state(Arc::clone(world), record))
        // Added behind the recorder: a look at the page is no request to a vendor.
        .merge(page::router(is_controlled))
        // Outermost: what a web page of another site asks for is not even recorded.
        .layer(middleware::from_fn(local_only))
}
