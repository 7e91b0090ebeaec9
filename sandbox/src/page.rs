//! The page at `/`: the three specs in an explorer, and what goes on in the sandbox.
//!
//! Everything that it needs is in the program. Its Content-Security-Policy lets the browser fetch
//! from the sandbox alone, so that the page works, and is seen to work, without any network.

mod specs;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use crate::faults::FaultMode;
use crate::ledger::fingerprint;
use specs::{SPECS, Spec};

/// What the browser may do: fetch from the sandbox and nowhere else. Swagger UI sets styles on
/// elements and has its icons as `data:` URLs.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json";
const YAML: &str = "application/yaml";

/// The files of the page, by the path that they are served at.
const FILES: [(&str, &str, &str); 8] = [
    ("/", HTML, include_str!("../assets/page/index.html")),
    (
        "/_sandbox/page/page.css",
        CSS,
        include_str!("../assets/page/page.css"),
    ),
    (
        "/_sandbox/page/page.js",
        SCRIPT,
        include_str!("../assets/page/page.js"),
    ),
    (
        "/_sandbox/page/panel.js",
        SCRIPT,
        include_str!("../assets/page/panel.js"),
    ),
    (
        "/_sandbox/page/elements.js",
        SCRIPT,
        include_str!("../assets/page/elements.js"),
    ),
    (
        "/_sandbox/page/icon.svg",
        "image/svg+xml",
        include_str!("../assets/page/icon.svg"),
    ),
    (
        "/_sandbox/page/swagger-ui.css",
        CSS,
        include_str!("../assets/swagger-ui/swagger-ui.css"),
    ),
    (
        "/_sandbox/page/swagger-ui-bundle.js",
        SCRIPT,
        include_str!("../assets/swagger-ui/swagger-ui-bundle.js"),
    ),
];

/// The page, its files and the specs. `control` says whether the sandbox answers to the control
/// API, which the page asks what goes on: asking in vain would fill the browser's console with
/// failures.
pub fn router(control: bool) -> Router {
    let mut router = Router::new().route(
        "/_sandbox/page/config.json",
        get(move || async move { file(JSON, config(control).to_string()) }),
    );
    for (path, kind, text) in FILES {
        router = router.route(path, get(move || async move { file(kind, text) }));
    }
    for spec in &SPECS {
        let text = spec.served();
        router = router.route(
            &spec.path(),
            get(move || async move { file(YAML, text.clone()) }),
        );
    }
    router
}

/// What the page's scripts have to know.
fn config(control: bool) -> Value {
    let vendor = |spec: &Spec| {
        json!({
            "name": spec.vendor,
            "title": spec.title,
            "spec": spec.path(),
            "base_path": spec.base_path,
            "scheme": spec.scheme,
            "key": spec.key,
            "key_travels": spec.key_travels,
            "account": fingerprint(spec.key),
        })
    };
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "control": control,
        "fault_modes": FaultMode::ALL.map(FaultMode::name),
        "vendors": SPECS.iter().map(vendor).collect::<Vec<_>>(),
    })
}

fn file(kind: &'static str, text: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // The next sandbox at this port may be of another version.
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_explained() {
        let panel = include_str!("../assets/page/panel.js");
        for mode in FaultMode::ALL {
            let name = mode.name();
            assert!(panel.contains(&format!("\"{name}\": ")), "{name}");
        }
    }
}
