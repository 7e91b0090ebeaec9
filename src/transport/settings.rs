//! The settings of a client, and the HTTP clients that are built from them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Url, redirect};

use super::hooks::Hooks;
use super::limits::Limits;
use super::retry::{RetryPolicy, RetryRule};
use crate::error::Error;

/// The timeouts of a client.
///
/// A later version may add a field: write `..Timeouts::default()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection is open.
    pub connect: Duration,
    /// Until the whole answer to one attempt is there, for a request that may be sent again.
    pub attempt: Duration,
    /// Until the whole answer is there, for a request that must not be sent again. It is longer,
    /// because the outcome is unknown after it.
    pub non_repeatable: Duration,
    /// For a whole call: the wait for the limits, all attempts of a request that may be sent again,
    /// and the pauses between them.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(10),
            attempt: Duration::from_secs(30),
            non_repeatable: Duration::from_secs(120),
            total: Duration::from_secs(180),
        }
    }
}

type HttpClientRecipe = Arc<dyn Fn() -> ClientBuilder + Send + Sync>;

/// The settings of a client.
#[derive(Clone)]
pub(crate) struct Settings {
    pub timeouts: Timeouts,
    pub retry: Arc<dyn RetryRule>,
    pub limits: Limits,
    pub answer_size_cap: usize,
    pub user_agent: String,
    pub http_client: Option<HttpClientRecipe>,
    pub hooks: Hooks,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            timeouts: Timeouts::default(),
            retry: Arc::new(RetryPolicy::default()),
            limits: Limits::default(),
            answer_size_cap: 16 << 20,
            user_agent: concat!("proxy-orders/", env!("CARGO_PKG_VERSION")).to_owned(),
            http_client: None,
            hooks: Hooks::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("timeouts", &self.timeouts)
            .field("limits", &self.limits)
            .field("answer_size_cap", &self.answer_size_cap)
            .field("user_agent", &self.user_agent)
            .field("has_own_http_client", &self.http_client.is_some())
            .field("hooks", &self.hooks)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Builds an HTTP client.
    ///
    /// Whatever the caller's recipe says, the client follows no redirect (a followed 307 would send
    /// a purchase again), sends no `Referer` (URLs may contain keys) and sends nothing again by
    /// itself.
    pub(crate) fn client(&self, base_url: &Url, is_pooled: bool) -> Result<Client, Error> {
        let recipe = self
            .http_client
            .as_ref()
            .map_or_else(Client::builder, |recipe| recipe());
        let mut builder = recipe
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(self.timeouts.connect)
            .user_agent(&self.user_agent);
        if !is_pooled {
            builder = builder.pool_max_idle_per_host(0);
        }
        if is_loopback(base_url) {
            // A proxy for the internet cannot reach a server on this machine.
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| {
            Error::configuration("the HTTP client cannot be built").with_source(error)
        })
    }
}

/// Reads a base URL and checks that a key may be sent to it. No error shows a part of the URL that
/// may be a password.
pub(crate) fn base_url(text: &str) -> Result<Url, Error> {
    let wrong = |what: String| Error::configuration(format!("the base URL {what}"));
    let mut url =
        Url::parse(text.trim()).map_err(|error| wrong(format!("is not a URL: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "contains a user name or password: leave it out".into(),
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("contains a query or fragment: leave it out".into()));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(wrong(format!(
                "`{url}` is plain http, over which the key could be read: use https (plain http is for loopback only)"
            )));
        }
        _ => return Err(wrong("has another scheme: use https".into())),
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn base_urls_are_checked_before_a_key_goes_there() {
        for good in [
            "https://api.example.com/v1/reseller",
            "http://127.0.0.1:4010/vendor/",
            "http://[::1]:1",
            "http://localhost:9",
        ] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for (bad, what) in [
            ("http://api.example.com", "plain http"),
            ("https://user:pa55@host", "user name"),
            ("https://host/?key=1", "query"),
            ("ftp://host", "scheme"),
            ("host", "not a URL"),
            ("https://user:pa55 word@ho st/", "not a URL"),
            ("https://user:pa55@host:port", "not a URL"),
            ("user:pa55@host", "scheme"),
            ("pa55://host", "scheme"),
            ("http://user:pa55@host", "user name"),
        ] {
            let error = base_url(bad).unwrap_err().to_string();
            assert!(
                error.contains(what) && !error.contains("pa55"),
                "{bad}: {error}"
            );
        }
    }
}
