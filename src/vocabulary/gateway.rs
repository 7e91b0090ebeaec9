//! The host and port of an account's proxies.

use std::fmt;
use std::str::FromStr;

/// The host and port through which an account's proxies are reached, for a vendor whose answers do
/// not contain them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Gateway {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl Gateway {
    /// Returns the gateway at this host and port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Gateway {
            host: host.into(),
            port,
        }
    }
}

/// The error of reading a text that is no gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidGateway {
    /// The text.
    pub text: String,
}

impl fmt::Display for InvalidGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no gateway: write host:port, as shown in the vendor's dashboard",
            self.text
        )
    }
}

impl std::error::Error for InvalidGateway {}

impl FromStr for Gateway {
    type Err = InvalidGateway;

    /// Reads `host:port`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (host, port) = text.trim().rsplit_once(':')?;
            if host.is_empty() || host.contains(['/', '@']) {
                return None;
            }
            Some(Gateway {
                host: host.to_owned(),
                port: port.parse().ok()?,
            })
        };
        read().ok_or_else(|| InvalidGateway {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
