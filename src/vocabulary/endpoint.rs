//! One bought proxy, ready to be used.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::Secret;
use super::lenient::text_of;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP proxying, with `CONNECT` for TLS.
    Http,
    /// SOCKS version 5.
    Socks5,
}

impl Protocol {
    /// The URL scheme: `http` or `socks5`.
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
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "http" | "https" => Ok(Protocol::Http),
            "socks5" => Ok(Protocol::Socks5),
            other => Err(format!("`{other}` is no protocol: use http or socks5")),
        }
    }
}

/// One bought proxy: where it listens and the credentials it asks for.
///
/// A vendor gives one port a protocol; what it does not give is `None`. The password is a [`Secret`]: `Debug` does not print it,
/// [`crate::export`] writes it where it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyEndpoint {
    /// Host name or IP address.
    pub host: String,
    /// Port for HTTP proxying.
    pub http_port: Option<u16>,
    /// Port for SOCKS5.
    pub socks5_port: Option<u16>,
    /// User name, when the proxy asks for one.
    pub username: Option<String>,
    /// Password, when the proxy asks for one.
    pub password: Option<Secret>,
}

impl ProxyEndpoint {
    /// The port for a protocol, if the vendor gave one.
    pub fn port(&self, protocol: Protocol) -> Option<u16> {
        match protocol {
            Protocol::Http => self.http_port,
            Protocol::Socks5 => self.socks5_port,
        }
    }
}

/// One item of IPRoyal's `proxies`.
///
/// Clients that were seen to work read objects; one says that the vendor sometimes sends `host:port:user:pass` as text. Anything
/// else is kept as it came.
#[derive(Clone, Debug, PartialEq)]
pub enum ProxyEntry {
    /// `{"ip": ..., "username": ..., "password": ...}`; the ports stand beside the list, one for all items.
    Credentials {
        /// IP address.
        ip: String,
        /// User name.
        username: Option<String>,
        /// Password.
        password: Option<Secret>,
    },
    /// `host:port:user:pass`. The whole line is secret, as it holds the password.
    Line(Secret),
    /// Something that no page describes; secret, as it may hold a password.
    Unknown(Secret),
}

impl ProxyEntry {
    /// The endpoint that this entry describes, given the ports that stand beside the list.
    ///
    /// `None` for an entry that can't be read as one: [`ProxyEntry::Unknown`], or a line of another form.
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
                // A password may itself hold a colon, so only the first three are separators.
                let mut parts = line.expose().splitn(4, ':');
                let host = parts.next().filter(|host| !host.is_empty())?.to_owned();
                let port: u16 = parts.next()?.parse().ok()?;
                // A line names one port and not its protocol: it is the SOCKS5 port only if it is that of the list.
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
            // What came as JSON goes out as the same JSON; only a scalar's text can't be parsed back and stays text.
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
