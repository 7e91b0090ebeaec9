//! One account at one vendor: credential, base URL, sandbox.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use proxy_orders::purchase::SpendAdapter;
use proxy_orders::vocabulary::Gateway;
use proxy_orders::{Effect, ErrorKind, PollOptions, RawRequest, Vendor};
use proxy_orders_sandbox::Sandbox;

use crate::failure::{Failure, note};
use crate::flags::{GlobalArguments, variable};
use crate::output;

/// The gateway of the sandbox. It leads nowhere, as all proxies of the sandbox do.
const SANDBOX_GATEWAY: &str = "gateway.sandbox.invalid:7000";

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
    /// The client of the account.
    pub account: Arc<dyn SpendAdapter>,
    /// True if the address of the account's proxies is known, or the vendor tells it.
    has_gateway: bool,
    /// The sandbox of this session, which runs as long.
    _sandbox: Option<Sandbox>,
}

impl Session {
    /// Opens the session that the flags ask for. Nothing is sent to the vendor.
    pub async fn open(
        vendor: Vendor,
        globals: &GlobalArguments,
        gateway: Option<&Gateway>,
    ) -> Result<Self, Failure> {
        let sandbox = match globals.sandbox {
            true => {
                note(
                    "note: this is a sandbox: nothing real is bought, and it is gone when the command ends",
                );
                Some(start_sandbox().await?)
            }
            false => None,
        };
        let session = Session::connect(vendor, globals, gateway, sandbox.as_ref())?;
        Ok(Session {
            _sandbox: sandbox,
            ..session
        })
    }

    fn connect(
        vendor: Vendor,
        globals: &GlobalArguments,
        gateway: Option<&Gateway>,
        sandbox: Option<&Sandbox>,
    ) -> Result<Self, Failure> {
        let profile = vendor.profile();
        let base_url = match sandbox {
            None => globals
                .base_url
                .clone()
                .or_else(|| variable(profile.base_url_variable)),
            Some(_) => None,
        };
        check_base_url(base_url.as_deref().unwrap_or_default())?;
        let mut builder = vendor
            .client_builder()
            .timeouts(globals.timeouts())
            .user_agent(concat!("proxy-orders-cli/", env!("CARGO_PKG_VERSION")));
        if let Some(url) = &globals.base_url {
            builder = builder.base_url(url);
        }
        if let Some(gateway) = gateway {
            builder = builder.gateway(gateway.clone());
        }
        match sandbox {
            None => builder = builder.environment()?,
            Some(sandbox) => {
                for (name, value) in sandbox_environment(sandbox) {
                    if name == profile.credential_variable {
                        builder = builder.credential(value);
                    } else if name == profile.base_url_variable {
                        builder = builder.base_url(value);
                    } else if profile.gateway_variable == Some(name) && gateway.is_none() {
                        let parsed = value.parse::<Gateway>();
                        let parsed = parsed.map_err(|error| Failure::usage(error.to_string()));
                        builder = builder.gateway(parsed?);
                    }
                }
            }
        }
        let is_set = |name| variable(name).is_some();
        let has_gateway =
            gateway.is_some() || sandbox.is_some() || profile.gateway_variable.is_none_or(is_set);
        let has_credential = sandbox.is_some() || is_set(profile.credential_variable);
        let account = builder.build().map_err(|error| match error.kind() {
            ErrorKind::Configuration if !has_credential => Failure::credential(format!(
                "{error:#}\n  Without a key, --sandbox tries the command on simulated vendors."
            )),
            _ => error.into(),
        })?;
        if sandbox.is_none() {
            // Any request has the credential.
            let any = RawRequest::new("GET", "/", Effect::Read);
            output::mask(account.transport().redactor(&any));
        }
        Ok(Session {
            vendor,
            account,
            has_gateway,
            _sandbox: None,
        })
    }

    /// Fails if the address of the account's proxies is not known. A purchase must not come first.
    pub fn check_gateway(&self) -> Result<(), Failure> {
        match (self.has_gateway, self.vendor.profile().gateway_variable) {
            (false, Some(variable)) => Err(Failure::usage(format!(
                "{} does not tell the address of its proxies: pass --gateway HOST:PORT as its dashboard shows it, or set {variable}",
                self.vendor.name()
            ))),
            _ => Ok(()),
        }
    }

    /// Returns the options of polling for this long. A server on this machine is asked more often.
    pub fn poll(&self, seconds: u64) -> PollOptions {
        let mut poll = PollOptions::up_to(Duration::from_secs(seconds));
        // The library allows plain HTTP on loopback only.
        if self.account.transport().base_url().starts_with("http://") {
            poll.interval = Duration::from_millis(100);
        }
        poll
    }
}

/// Refuses a base URL that may contain a secret, without repeating any of it.
fn check_base_url(url: &str) -> Result<(), Failure> {
    match url.contains(['@', '?', '#']) {
        true => Err(Failure::usage(
            "the base URL contains a user name, a password or a query: leave all of that out; the key has a variable of its own",
        )),
        false => Ok(()),
    }
}

/// Returns the environment variables that lead the program to a sandbox.
pub fn sandbox_environment(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    let vendors = Vendor::all().iter();
    let gateways = vendors.filter_map(|vendor| vendor.profile().gateway_variable);
    let gateways = gateways.map(|name| (name, SANDBOX_GATEWAY.to_owned()));
    sandbox.environment().into_iter().chain(gateways).collect()
}

/// Starts a sandbox inside this program.
pub async fn start_sandbox() -> Result<Sandbox, Failure> {
    Sandbox::start()
        .await
        .map_err(|error| Failure::refused(format!("the sandbox cannot start: {error}")))
}
