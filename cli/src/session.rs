//! From the command line to a client: credentials, base URL, sandbox.

use std::sync::Arc;
use std::time::Duration;

use proxy_orders::purchase::SpendAdapter;
use proxy_orders::smartproxy::Gateway;
use proxy_orders::{
    ClientBuilder, Error, ErrorKind, PollOptions, Secret, Timeouts, Transport, Vendor,
};
use proxy_orders_sandbox::Sandbox;

use crate::arguments::Common;
use crate::failure::{Failure, note};

/// Environment variable for SmartProxy's gateway.
pub const GATEWAY_VARIABLE: &str = "SMARTPROXY_GATEWAY";

/// The sandbox's SmartProxy proxies lead nowhere, so their gateway may as well be nowhere.
pub const SANDBOX_GATEWAY: &str = "gateway.sandbox.invalid:7000";

/// One account, as a command uses it.
pub struct Session {
    /// At which vendor.
    pub vendor: Vendor,
    /// In vendor-neutral words.
    pub account: Arc<dyn SpendAdapter>,
    /// For requests in the vendor's own words.
    pub transport: Transport,
    /// The credential, to keep it out of what is printed.
    pub credential: Option<Secret>,
    /// Runs as long as the session, if there is one.
    sandbox: Option<Sandbox>,
}

/// Where a client leads to, and with which credential.
struct Target {
    credential: Option<Secret>,
    base_url: Option<String>,
    timeouts: Timeouts,
}

impl Session {
    /// Opens the session that the command line asks for. Nothing is sent to the vendor.
    pub async fn open(
        vendor: Vendor,
        common: &Common,
        gateway: Option<Gateway>,
    ) -> Result<Self, Failure> {
        if gateway.is_some() && vendor.profile().gateway_variable.is_none() {
            let what = format!("--gateway is for smartproxy: {vendor} tells where its proxies are");
            return Err(Failure::Usage(what));
        }
        if !common.sandbox {
            let name = vendor.profile().credential_variable;
            let credential = std::env::var(name).ok();
            let credential = credential
                .filter(|it| !it.trim().is_empty())
                .map(Secret::new);
            let target = Target {
                credential: None,
                base_url: common.base_url.clone(),
                timeouts: common.timeouts(),
            };
            let (account, transport) =
                connect(vendor, target, gateway).map_err(|error| {
                    match (error.kind(), &credential) {
                        (ErrorKind::Configuration, None) => Failure::Usage(format!(
                            "{error}\n  tip: --sandbox tries it without one"
                        )),
                        _ => error.into(),
                    }
                })?;
            return Ok(Session {
                vendor,
                account,
                transport,
                credential,
                sandbox: None,
            });
        }
        let sandbox = start_sandbox().await?;
        note(
            "note: this is a sandbox: nothing real is bought, and it is forgotten when the command ends",
        );
        let session = Session::in_sandbox(vendor, &sandbox, common, gateway)?;
        Ok(Session {
            sandbox: Some(sandbox),
            ..session
        })
    }

    /// A session in a sandbox that somebody else keeps running.
    pub fn in_sandbox(
        vendor: Vendor,
        sandbox: &Sandbox,
        common: &Common,
        gateway: Option<Gateway>,
    ) -> Result<Self, Failure> {
        let environment = sandbox.environment();
        let variable = |name: &str| {
            environment
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| value.clone())
        };
        let credential = variable(vendor.profile().credential_variable).map(Secret::new);
        let target = Target {
            credential: credential.clone(),
            base_url: variable(vendor.profile().base_url_variable),
            timeouts: common.timeouts(),
        };
        let needs_gateway = vendor.profile().gateway_variable.is_some();
        let in_sandbox = needs_gateway.then(|| SANDBOX_GATEWAY.parse().ok());
        let gateway = gateway.or(in_sandbox.flatten());
        let (account, transport) = connect(vendor, target, gateway)?;
        Ok(Session {
            vendor,
            account,
            transport,
            credential,
            sandbox: None,
        })
    }

    /// Whether all of it ends with this command.
    pub fn is_forgotten(&self) -> bool {
        self.sandbox.is_some()
    }

    /// How to wait for this long. A sandbox may be asked as often as one likes.
    pub fn poll(&self, seconds: u64) -> PollOptions {
        let poll = PollOptions::up_to(Duration::from_secs(seconds));
        match self.sandbox {
            None => poll,
            Some(_) => PollOptions {
                interval: Duration::from_millis(100),
                ..poll
            },
        }
    }
}

/// Starts a sandbox of this program's own.
pub async fn start_sandbox() -> Result<Sandbox, Failure> {
    Sandbox::start()
        .await
        .map_err(|error| Failure::Refused(format!("the sandbox can't be started: {error}")))
}

fn connect(
    vendor: Vendor,
    target: Target,
    gateway: Option<Gateway>,
) -> Result<(Arc<dyn SpendAdapter>, Transport), Error> {
    let mut builder = vendor.client_builder();
    if let Some(gateway) = gateway {
        builder = builder.gateway(gateway);
    }
    let client = target.client(builder)?;
    let transport = client.transport().clone();
    Ok((client, transport))
}

impl Target {
    fn client<C>(self, builder: ClientBuilder<C>) -> Result<C, Error> {
        let mut builder = builder
            .timeouts(self.timeouts)
            .user_agent(concat!("proxy-orders-cli/", env!("CARGO_PKG_VERSION")));
        if let Some(credential) = self.credential {
            builder = builder.credential(credential);
        }
        if let Some(url) = self.base_url {
            builder = builder.base_url(url);
        }
        // What is not set yet comes from the environment.
        builder.environment()?.build()
    }
}
