//! Proxy lists as text, JSON and CSV. They contain the passwords of the proxies.

use std::fmt::Write;

use serde::Serialize;

use crate::error::Error;
use crate::vocabulary::url::percent_encoded;
use crate::vocabulary::word::words;
use crate::vocabulary::{Protocol, ProxyEndpoint, Secret};

words! {
    /// A format of a proxy list.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Format {
        /// `host:port:user:pass`, one on each line.
        Lines = "host:port:user:pass",
        /// `user:pass@host:port`, one on each line.
        AtLines = "user:pass@host:port",
        /// `http://user:pass@host:port` or `socks5://...`, one on each line, percent-encoded.
        Urls = "url",
        /// A JSON array of objects.
        Json = "json",
        /// CSV with a header line.
        Csv = "csv",
    }
    /// Returns the word for the format: `url`.
    as_str
    /// All formats that this version knows.
    read "the format of a proxy list"
}

/// A proxy in JSON and CSV.
#[derive(Serialize)]
struct Row<'a> {
    host: &'a str,
    port: u16,
    username: Option<&'a str>,
    password: Option<&'a Secret>,
    protocol: Protocol,
}

/// Writes a proxy list for one protocol. The text ends with a line break, unless it is empty.
///
/// ```
/// use proxy_orders::export::{Format, proxy_list};
/// use proxy_orders::{Protocol, ProxyEndpoint};
///
/// # fn main() -> Result<(), proxy_orders::Error> {
/// let mut proxy = ProxyEndpoint::new("192.0.2.1");
/// proxy.http_port = Some(12323);
/// proxy.socks5_port = Some(12324);
/// proxy.username = Some("user".into());
/// proxy.password = Some("p@ss".into());
/// let list = |format, protocol| proxy_list(std::slice::from_ref(&proxy), format, protocol);
/// assert_eq!(list(Format::Lines, Protocol::Http)?, "192.0.2.1:12323:user:p@ss\n");
/// assert_eq!(list(Format::Urls, Protocol::Socks5)?, "socks5://user:p%40ss@192.0.2.1:12324\n");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`crate::ErrorKind::InvalidInput`] if a proxy has no port for the protocol, or if it cannot be
/// written in a format without quoting, because a part of it contains a line break or its user name
/// a colon. No proxy is left out.
pub fn proxy_list(
    endpoints: &[ProxyEndpoint],
    format: Format,
    protocol: Protocol,
) -> Result<String, Error> {
    let rows = endpoints
        .iter()
        .map(|endpoint| row(endpoint, protocol))
        .collect::<Result<Vec<_>, _>>()?;
    let mut out = String::new();
    match format {
        Format::Json => {
            out = serde_json::to_string_pretty(&rows)
                .map_err(|error| Error::input(format!("the list cannot be written: {error}")))?;
            out.push('\n');
        }
        Format::Csv => {
            out.push_str("host,port,username,password,protocol\n");
            for row in &rows {
                let port = row.port.to_string();
                let fields = [
                    row.host,
                    &port,
                    row.username.unwrap_or_default(),
                    password(row),
                    row.protocol.scheme(),
                ];
                let line: Vec<_> = fields.iter().map(|field| quoted(field)).collect();
                let _ = writeln!(out, "{}", line.join(","));
            }
        }
        Format::Lines | Format::AtLines | Format::Urls => {
            for row in &rows {
                let _ = writeln!(out, "{}", line(row, format)?);
            }
        }
    }
    Ok(out)
}

fn row(endpoint: &ProxyEndpoint, protocol: Protocol) -> Result<Row<'_>, Error> {
    let port = endpoint.port(protocol).ok_or_else(|| {
        let other = match protocol {
            Protocol::Http => Protocol::Socks5,
            Protocol::Socks5 => Protocol::Http,
        };
        let host = &endpoint.host;
        Error::input(format!(
            "proxy {host} has no port for {protocol}: choose {other}"
        ))
    })?;
    Ok(Row {
        host: &endpoint.host,
        port,
        username: endpoint.username.as_deref(),
        password: endpoint.password.as_ref(),
        protocol,
    })
}

fn password<'a>(row: &Row<'a>) -> &'a str {
    row.password.map(Secret::expose).unwrap_or_default()
}

fn line(row: &Row<'_>, format: Format) -> Result<String, Error> {
    let user = row.username.unwrap_or_default();
    let pass = password(row);
    let has_credentials = row.username.is_some() || row.password.is_some();
    // An IPv6 address contains colons.
    let address = match row.host.contains(':') {
        true => format!("[{}]:{}", row.host, row.port),
        false => format!("{}:{}", row.host, row.port),
    };
    if format == Format::Urls {
        let scheme = row.protocol.scheme();
        return Ok(match has_credentials {
            true => {
                let (user, pass) = (percent_encoded(user), percent_encoded(pass));
                format!("{scheme}://{user}:{pass}@{address}")
            }
            false => format!("{scheme}://{address}"),
        });
    }
    let breaks = [row.host, user, pass]
        .iter()
        .any(|part| part.contains(['\n', '\r']));
    if breaks || user.contains(':') {
        let what = format!(
            "the credentials of proxy {} cannot be written as {format}: choose url, json or csv",
            row.host
        );
        return Err(Error::input(what));
    }
    Ok(match (format, has_credentials) {
        (_, false) => address,
        (Format::AtLines, true) => format!("{user}:{pass}@{address}"),
        (_, true) => format!("{address}:{user}:{pass}"),
    })
}

/// Quotes a CSV field where that is needed (RFC 4180).
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn proxy(host: &str, username: &str, password: &str) -> ProxyEndpoint {
        ProxyEndpoint {
            host: host.into(),
            http_port: Some(80),
            socks5_port: None,
            username: Some(username.into()),
            password: Some(password.into()),
        }
    }

    fn listed(endpoint: ProxyEndpoint, format: Format) -> Result<String, Error> {
        proxy_list(&[endpoint], format, Protocol::Http)
    }

    #[test]
    fn every_form() {
        let plain = || proxy("192.0.2.1", "u", "p:1");
        for (endpoint, format, text) in [
            (plain(), Format::Lines, "192.0.2.1:80:u:p:1\n"),
            (plain(), Format::AtLines, "u:p:1@192.0.2.1:80\n"),
            (plain(), Format::Urls, "http://u:p%3A1@192.0.2.1:80\n"),
            (
                proxy("2001:db8::1", "u", "p"),
                Format::AtLines,
                "u:p@[2001:db8::1]:80\n",
            ),
            (
                proxy("h", "u", "a,\"b"),
                Format::Csv,
                "host,port,username,password,protocol\nh,80,u,\"a,\"\"b\",http\n",
            ),
        ] {
            assert_eq!(listed(endpoint, format).unwrap(), text, "{format}");
        }
        let json = listed(plain(), Format::Json).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json[0]["password"], "p:1");
    }

    #[test]
    fn what_a_form_can_not_hold_is_refused() {
        assert!(listed(proxy("h", "a:b", "p"), Format::Lines).is_err());
        assert!(listed(proxy("h", "u", "p\nq"), Format::AtLines).is_err());
        assert!(listed(proxy("h", "a:b", "p\nq"), Format::Urls).is_ok());
        let error = proxy_list(
            &[proxy("h", "u", "canary")],
            Format::Lines,
            Protocol::Socks5,
        )
        .unwrap_err();
        assert!(error.to_string().contains("socks5") && !error.to_string().contains("canary"));
        assert_eq!(proxy_list(&[], Format::Lines, Protocol::Http).unwrap(), "");
    }

    #[test]
    fn words_read_back() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse::<Format>().unwrap(), *format);
        }
        assert!("xml".parse::<Format>().is_err());
    }
}
