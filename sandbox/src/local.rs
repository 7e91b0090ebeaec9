//! The callers that are answered: programs on this machine, and the sandbox's own page.

use std::net::Ipv4Addr;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::answer::Answer;

/// Refuses requests of web pages that are open in a browser on this machine. A page whose name was
/// made to resolve to this machine has that name in `Host`; any other page has its own name in
/// `Origin`. No answer allows any origin to read it.
///
/// A page can also have an image or a link that leads here. The browser sends no `Origin` with it,
/// but says that it comes from another site. Only the sandbox's own page may be reached so.
pub async fn local_only(request: Request, next: Next) -> Response {
    let message = if !hosts_are_loopback(request.uri(), request.headers()) {
        "the Host of a request must be localhost or a loopback address"
    } else if !origins_are_loopback(request.headers())
        || (is_cross_site(request.headers()) && request.uri().path() != "/")
    {
        "requests are not taken from web pages of other origins"
    } else {
        return next.run(request).await;
    };
    Answer::refusal(StatusCode::FORBIDDEN, json!({ "message": message })).into_response()
}

fn is_cross_site(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    sites.any(|site| site == "cross-site")
}

fn hosts_are_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter().peekable();
    let is_named = hosts.peek().is_some();
    let all = hosts.all(|host| host.to_str().is_ok_and(is_loopback));
    is_named && all && uri.authority().is_none_or(|it| is_loopback(it.as_str()))
}

fn origins_are_loopback(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    origins.all(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        origin
            .split_once("://")
            .is_some_and(|(_, authority)| is_loopback(authority))
    })
}

/// Tells whether a host, with or without a port, is this machine for every resolver.
fn is_loopback(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost")
            || host == "[::1]"
            || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_loopback() {
        for good in "localhost LocalHost:80 127.0.0.1 127.9.9.9:65535 [::1]:1".split(' ') {
            assert!(is_loopback(good), "{good}");
        }
        let bad = ",evil.example,localhost.evil.example,127.0.0.1.evil.example:80,10.0.0.1,0.0.0.0,\
                   [::],localhost@evil.example,evil@localhost,localhost/evil,2130706433";
        for bad in bad.split(',') {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
