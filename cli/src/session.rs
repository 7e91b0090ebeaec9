//! One account at one vendor: credentials, base URL, sandbox.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use proxy_orders::purchase::SpendAdapter;
use proxy_orders::smartproxy::Gateway;
use proxy_orders::transport::access;
use proxy_orders::{
    ClientBuilder, Error, ErrorKind, FromTransport, PollOptions, Secret, Timeouts, Transport,
    Vendor, iproyal, proxyshard, smartproxy,
};
use proxy_orders_sandbox::Sandbox;

use crate::failure::{Failure, note};
use crate::flags::GlobalArguments;

/// Environment variable for SmartProxy's gateway.
pub const GATEWAY_VARIABLE: &str = "SMARTPROXY_GATEWAY";

/// The sandbox's SmartProxy proxies lead nowhere, so their gateway may as well be nowhere.
pub const SANDBOX_GATEWAY: &str = "gateway.sandbox.invalid:7000";

/// The address of proxies at a vendor that does not tell it.
#[derive(Debug, Args)]
pub struct GatewayArgument {
    /// The address of the proxies, at vendors whose API does not tell it
    #[arg(long, value_name = "HOST:PORT", value_parser = |text: &str| text.parse::<Gateway>())]
    pub gateway: Option<Gateway>,
}

/// One account, as a command uses it.
pub struct Session {
    /// The vendor.
    pub vendor: Vendor,
    /// The account, in vendor-neutral words.
    pub account: Arc<dyn SpendAdapter>,
    /// The transport, for raw requests.
    pub transport: Transport,
    /// The credential, which must not be printed.
    pub credential: Option<Secret>,
    /// The sandbox of this session, which runs as long.
    sandbox: Option<Sandbox>,
}

/// The credential and the base URL of a client.
struct Target {
    credential: Option<Secret>,
    base_url: Option<String>,
    timeouts: Timeouts,
}

impl Session {
    /// Opens the session that the flags ask for. Nothing is sent to the vendor.
    pub async fn open(
        vendor: Vendor,
        globals: &GlobalArguments,
        gateway: Option<Gateway>,
    ) -> Result<Self, Failure> {
        if gateway.is_some() && vendor != Vendor::SmartProxy {
            let what = format!("--gateway is for smartproxy: {vendor} tells where its proxies are");
            return Err(Failure::Usage(what));
        }
        if !globals.sandbox {
            let name = access(vendor).credential_variable;
            let credential = std::env::var(name).ok();
            let credential = credential
                .filter(|it| !it.trim().is_empty())
                .map(Secret::new);
            let target = Target {
                credential: None,
                base_url: globals.base_url.clone(),
                timeouts: globals.timeouts(),
            };
            let gateway = match gateway {
                None => gateway_from_environment()?,
                given => given,
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
            "note: this is a sandbox: nothing real is bought, and it is gone when the command ends",
        );
        let session = Session::in_sandbox(vendor, &sandbox, globals, gateway)?;
        Ok(Session {
            sandbox: Some(sandbox),
            ..session
        })
    }

    /// Opens a session in a sandbox that the caller keeps running.
    pub fn in_sandbox(
        vendor: Vendor,
        sandbox: &Sandbox,
        globals: &GlobalArguments,
        gateway: Option<Gateway>,
    ) -> Result<Self, Failure> {
        let environment = sandbox.environment();
        let variable = |name: &str| {
            environment
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| value.clone())
        };
        let credential = variable(access(vendor).credential_variable).map(Secret::new);
        let target = Target {
            credential: credential.clone(),
            base_url: variable(access(vendor).base_url_variable),
            timeouts: globals.timeouts(),
        };
        let gateway = gateway.or_else(|| SANDBOX_GATEWAY.parse().ok());
        let (account, transport) = connect(vendor, target, gateway)?;
        Ok(Session {
            vendor,
            account,
            transport,
            credential,
            sandbox: None,
        })
    }

    /// Whether the account ends with this command.
    pub fn is_temporary(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Returns the options of polling for this long. A sandbox has no rate limit.
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

/// Starts a sandbox inside this program.
pub async fn start_sandbox() -> Result<Sandbox, Failure> {
    Sandbox::start()
        .await
        .map_err(|error| Failure::Refused(format!("the sandbox cannot start: {error}")))
}

fn gateway_from_environment() -> Result<Option<Gateway>, Failure> {
    match std::env::var(GATEWAY_VARIABLE) {
        Ok(text) if !text.trim().is_empty() => text
            .parse()
            .map(Some)
            .map_err(|what| Failure::Usage(format!("{GATEWAY_VARIABLE}: {what}"))),
        _ => Ok(None),
    }
}

fn connect(
    vendor: Vendor,
    target: Target,
    gateway: Option<Gateway>,
) -> Result<(Arc<dyn SpendAdapter>, Transport), Error> {
    Ok(match vendor {
        Vendor::IpRoyal => {
            let client = target.client(iproyal::Client::builder())?;
            let transport = client.transport().clone();
            (Arc::new(client), transport)
        }
        Vendor::ProxyShard => {
            let client = target.client(proxyshard::Client::builder())?;
            let transport = client.transport().clone();
            (Arc::new(client), transport)
        }
        Vendor::SmartProxy => {
            let mut client = target.client(smartproxy::Client::builder())?;
            if let Some(gateway) = gateway {
                client = client.with_gateway(gateway);
            }
            let transport = client.transport().clone();
            (Arc::new(client), transport)
        }
    })
}

impl Target {
    fn client<C: FromTransport>(self, builder: ClientBuilder<C>) -> Result<C, Error> {
        let mut builder = builder
            .timeouts(self.timeouts)
            .user_agent(concat!("proxy-orders-cli/", env!("CARGO_PKG_VERSION")));
        if let Some(credential) = self.credential {
            builder = builder.credential(credential);
        }
        if let Some(url) = self.base_url {
            builder = builder.base_url(url);
        }
        // The environment fills in what is not set yet.
        builder.environment()?.build()
    }
}
