//! Starting and stopping a sandbox.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::requests::{RecordedRequest, record};
use crate::world::Shared;
use crate::{answer, iproyal, proxyshard, smartproxy};

const IPROYAL_PREFIX: &str = "/iproyal/v1/reseller";
const PROXYSHARD_PREFIX: &str = "/proxyshard";
const SMARTPROXY_PREFIX: &str = "/smartproxy";

/// How long [`Sandbox::stop`] waits for callers to finish.
const STOPPING: Duration = Duration::from_secs(5);

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    // Dropped, it tells the server to stop.
    running: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

/// How a sandbox is to be started.
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    listen: SocketAddr,
    seed: u64,
    provisioning_delay: Duration,
    starts_at: Option<Timestamp>,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 0,
            provisioning_delay: Duration::from_millis(300),
            starts_at: None,
        }
    }
}

impl SandboxBuilder {
    /// Where to listen. By default a free port of 127.0.0.1.
    ///
    /// The sandbox keeps no secret and checks no key that is worth anything; on an address that
    /// others can reach, they can use it too.
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

    /// Starts the sandbox on the Tokio runtime of the caller.
    ///
    /// # Errors
    ///
    /// When it cannot listen at the address.
    pub async fn start(self) -> io::Result<Sandbox> {
        let listener = TcpListener::bind(self.listen).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(
            self.starts_at.unwrap_or_else(Timestamp::now),
            self.seed,
            self.provisioning_delay,
        ));
        let (running, stopped) = oneshot::channel::<()>();
        let app = router(&shared);
        let server = tokio::spawn(async move {
            let until_stopped = async move {
                // Nothing is ever sent: the sender goes away with the sandbox.
                stopped.await.ok();
            };
            axum::serve(listener, app)
                .with_graceful_shutdown(until_stopped)
                .await
                .ok();
        });
        Ok(Sandbox {
            address,
            shared,
            running,
            server,
        })
    }
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

    /// Where it answers as IPRoyal's reseller API.
    #[must_use]
    pub fn iproyal_base_url(&self) -> String {
        format!("http://{}{IPROYAL_PREFIX}", self.address)
    }

    /// Where it answers as ProxyShard's user API.
    #[must_use]
    pub fn proxyshard_base_url(&self) -> String {
        format!("http://{}{PROXYSHARD_PREFIX}", self.address)
    }

    /// Where it answers as SmartProxy's open API.
    #[must_use]
    pub fn smartproxy_base_url(&self) -> String {
        format!("http://{}{SMARTPROXY_PREFIX}", self.address)
    }

    /// Environment variables that lead a client here: for each vendor a credential that the
    /// sandbox accepts and the base URL.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("IPROYAL_TOKEN", "sandbox-iproyal".to_owned()),
            ("IPROYAL_BASE_URL", self.iproyal_base_url()),
            ("PROXYSHARD_API_KEY", "sandbox-proxyshard".to_owned()),
            ("PROXYSHARD_BASE_URL", self.proxyshard_base_url()),
            (
                "SMARTPROXY_APP_KEY",
                "sandbox-smartproxy-0123456789abc".to_owned(),
            ),
            ("SMARTPROXY_BASE_URL", self.smartproxy_base_url()),
        ]
    }

    /// The last 10,000 requests that came in, oldest first, whatever was answered to them.
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
        self.shared.clock.advance(by);
    }

    /// Stops listening, waits for callers to finish (five seconds at most) and ends.
    pub async fn stop(self) {
        let Self {
            running,
            mut server,
            ..
        } = self;
        drop(running);
        if tokio::time::timeout(STOPPING, &mut server).await.is_err() {
            server.abort();
        }
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .nest(IPROYAL_PREFIX, iproyal::router(Arc::clone(shared)))
        .nest(PROXYSHARD_PREFIX, proxyshard::router(Arc::clone(shared)))
        .nest(SMARTPROXY_PREFIX, smartproxy::router(Arc::clone(shared)))
        .fallback(|| async {
            let body = json!({ "message": "No vendor answers here." });
            answer::json(StatusCode::NOT_FOUND, &body)
        })
        .layer(middleware::from_fn_with_state(Arc::clone(shared), record))
}
