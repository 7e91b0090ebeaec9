//! Bought proxies.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::Secret;
use super::lenient::text_of;
use super::word::UnknownWord;

/// A protocol that a proxy speaks with its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Protocol {
    /// HTTP proxying, with `CONNECT` for TLS.
    Http,
    /// SOCKS version 5.
    Socks5,
}

impl Protocol {
    /// Returns the URL scheme: `http` or `socks5`.
    pub const fn scheme(self) -> &'static str {
        match self {
            Protocol::Http => "http",
            Protocol::Socks5 => "socks5",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.scheme())
    }
}

impl FromStr for Protocol {
    type Err = UnknownWord;

    /// Reads the scheme; `https` is `http`, because the way to the proxy is the same.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "http" | "https" => Ok(Protocol::Http),
            "socks5" => Ok(Protocol::Socks5),
            other => {
                let known = [Protocol::Http, Protocol::Socks5].map(Protocol::scheme);
                Err(UnknownWord::new(other, "a protocol", known))
            }
        }
    }
}

/// The address and the credentials of one bought proxy.
///
/// A field is `None` if the vendor does not give it. The password is a [`Secret`]: `Debug` does not
/// print it, and [`crate::export`] writes it.
///
/// ```
/// use proxy_orders::ProxyEndpoint;
///
/// let mut proxy = ProxyEndpoint::new("192.0.2.1");
/// proxy.http_port = Some(12323);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyEndpoint {
    /// Host name or IP address.
    pub host: String,
    /// Port for HTTP proxying.
    pub http_port: Option<u16>,
    /// Port for SOCKS5.
    pub socks5_port: Option<u16>,
    /// User name, if the proxy asks for one.
    pub username: Option<String>,
    /// Password, if the proxy asks for one.
    pub password: Option<Secret>,
}

impl ProxyEndpoint {
    /// Returns an endpoint with this host and nothing else.
    pub fn new(host: impl Into<String>) -> Self {
        ProxyEndpoint {
            host: host.into(),
            http_port: None,
            socks5_port: None,
            username: None,
            password: None,
        }
    }

    /// Returns the port for a protocol, if the vendor gives one.
    pub fn port(&self, protocol: Protocol) -> Option<u16> {
        match protocol {
            Protocol::Http => self.http_port,
            Protocol::Socks5 => self.socks5_port,
        }
    }
}

/// A proxy in an order, as an object or as `host:port:user:pass`.
///
/// Working clients read objects; one of them says that the vendor sometimes sends text. Any other
/// value is kept as the vendor sent it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ProxyEntry {
    /// `{"ip": ..., "username": ..., "password": ...}`. The ports are beside the list, the same for
    /// all items.
    Credentials {
        /// IP address.
        ip: String,
        /// User name.
        username: Option<String>,
        /// Password.
        password: Option<Secret>,
    },
    /// `host:port:user:pass`. The whole line is secret, because it holds the password.
    Line(Secret),
    /// A value that no page describes. It is secret, because it may hold a password.
    Unknown(Secret),
}

impl ProxyEntry {
    /// Returns the endpoint of this entry, given the ports beside the list.
    ///
    /// It is `None` for [`ProxyEntry::Unknown`], and for a line of another form.
    pub fn endpoint(
        &self,
        http_port: Option<u16>,
        socks5_port: Option<u16>,
    ) -> Option<ProxyEndpoint> {
        match self {
            ProxyEntry::Credentials {
                ip,
                username,
                password,
            } => Some(ProxyEndpoint {
                host: ip.clone(),
                http_port,
                socks5_port,
                username: username.clone(),
                password: password.clone(),
            }),
            ProxyEntry::Line(line) => {
                // A password may contain colons, so only the first three separate.
                let mut parts = line.expose().splitn(4, ':');
                let host = parts.next().filter(|host| !host.is_empty())?.to_owned();
                let port: u16 = parts.next()?.parse().ok()?;
                // A line has one port without its protocol. It is the SOCKS5 port only if the
                // list's SOCKS5 port is the same.
                let is_socks = socks5_port == Some(port) && http_port != Some(port);
                Some(ProxyEndpoint {
                    host,
                    http_port: (!is_socks).then_some(port),
                    socks5_port: is_socks.then_some(port),
                    username: parts.next().map(str::to_owned),
                    password: parts.next().map(Secret::from),
                })
            }
            ProxyEntry::Unknown(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for ProxyEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let field = |name: &str| value.get(name).filter(|v| !v.is_null()).map(text_of);
        Ok(match (&value, field("ip")) {
            (Value::Object(_), Some(ip)) => ProxyEntry::Credentials {
                ip,
                username: field("username"),
                password: field("password").map(Secret::new),
            },
            (Value::String(line), _) => ProxyEntry::Line(Secret::from(line.as_str())),
            _ => ProxyEntry::Unknown(Secret::new(text_of(&value))),
        })
    }
}

impl Serialize for ProxyEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ProxyEntry::Credentials {
                ip,
                username,
                password,
            } => {
                #[derive(Serialize)]
                struct Credentials<'a> {
                    username: &'a Option<String>,
                    password: &'a Option<Secret>,
                    ip: &'a str,
                }
                Credentials {
                    username,
                    password,
                    ip,
                }
                .serialize(serializer)
            }
            ProxyEntry::Line(text) => text.serialize(serializer),
            // JSON is written as the same JSON. Only text that is no JSON stays text.
            ProxyEntry::Unknown(text) => match serde_json::from_str::<Value>(text.expose()) {
                Ok(value) => value.serialize(serializer),
                Err(_) => text.serialize(serializer),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn objects_lines_and_other_things_are_all_read() {
        let read = |json: &str| serde_json::from_str::<ProxyEntry>(json).unwrap();
        let object = read(r#"{"username":"u","password":"p-canary","ip":"192.0.2.1"}"#);
        let endpoint = object.endpoint(Some(12323), Some(12324)).unwrap();
        assert_eq!(
            (endpoint.host.as_str(), endpoint.port(Protocol::Socks5)),
            ("192.0.2.1", Some(12324))
        );

        let line = read(r#""192.0.2.1:12324:u:p:canary""#)
            .endpoint(Some(12323), Some(12324))
            .unwrap();
        assert_eq!((line.http_port, line.socks5_port), (None, Some(12324)));
        assert_eq!(line.password.unwrap().expose(), "p:canary");

        for odd in ["7", "null", "[1]", r#"{"ip":null}"#] {
            let entry = read(odd);
            assert_eq!(entry.endpoint(None, None), None, "{odd}");
            assert_eq!(serde_json::to_string(&entry).unwrap(), odd);
        }
    }

    #[test]
    fn debug_prints_no_password() {
        for json in [
            r#"{"ip":"192.0.2.1","password":"canary"}"#,
            r#""192.0.2.1:1:u:canary""#,
            r#"{"pass":"canary"}"#,
        ] {
            let entry: ProxyEntry = serde_json::from_str(json).unwrap();
            assert!(!format!("{entry:?}").contains("canary"));
        }
    }
}
