//! The page at `/`: the specs in an explorer, and the state of the sandbox.
//!
//! Everything that it needs is in the program. Its Content-Security-Policy lets the browser fetch
//! from the sandbox alone, so that the page works, and is seen to work, without any network.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};

use crate::account::fingerprint;
use crate::fault_mode::FaultMode;
use crate::vendor::Vendor;

/// The browser may fetch from the sandbox and from nowhere else. Swagger UI sets styles on
/// elements and has its icons as `data:` URLs.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json";

macro_rules! page_file {
    ($path:literal, $kind:expr, $file:literal) => {
        ($path, $kind, include_str!(concat!("../assets/", $file)))
    };
}

/// The files of the page: the path that each is served at, its type and its text.
#[rustfmt::skip]
const FILES: [(&str, &str, &str); 8] = [
    page_file!("/", HTML, "page/index.html"),
    page_file!("/_sandbox/page/page.css", CSS, "page/page.css"),
    page_file!("/_sandbox/page/page.js", SCRIPT, "page/page.js"),
    page_file!("/_sandbox/page/panel.js", SCRIPT, "page/panel.js"),
    page_file!("/_sandbox/page/elements.js", SCRIPT, "page/elements.js"),
    page_file!("/_sandbox/page/icon.svg", "image/svg+xml", "page/icon.svg"),
    page_file!("/_sandbox/page/swagger-ui.css", CSS, "swagger-ui/swagger-ui.css"),
    page_file!("/_sandbox/page/swagger-ui-bundle.js", SCRIPT, "swagger-ui/swagger-ui-bundle.js"),
];

/// Returns the routes of the page, its files and the specs. `control` says whether the sandbox has
/// the control API. Without it, the page does not ask for the state: the refusals would fill the
/// browser's console.
pub fn router(control: bool) -> Router {
    let served = |kind, text: String| get(move || async move { file(kind, text) });
    let mut router = Router::new();
    for (path, kind, text) in FILES {
        router = router.route(path, get(move || async move { file(kind, text) }));
    }
    for &vendor in Vendor::all() {
        router = router.route(&spec_path(vendor), served(JSON, spec(vendor).to_string()));
    }
    let config = config(control).to_string();
    router.route("/_sandbox/page/config.json", served(JSON, config))
}

/// Returns what the page's scripts have to know.
fn config(control: bool) -> Value {
    let vendors = Vendor::all().iter().map(|&vendor| {
        let profile = vendor.profile();
        let key = profile.credential.1;
        let words = profile.status_words.iter();
        json!({
            "name": profile.word,
            "title": profile.title,
            "spec": spec_path(vendor),
            "base_path": profile.base_path,
            "scheme": profile.scheme,
            "status_words": Map::from_iter(words.map(|(one, word)| (one.to_string(), (*word).into()))),
            "key": key,
            "key_travels": profile.credential_place,
            "account": fingerprint(key),
        })
    });
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "control": control,
        "fault_modes": FaultMode::ALL.iter().map(|mode| mode.name()).collect::<Vec<_>>(),
        "vendors": vendors.collect::<Vec<_>>(),
    })
}

fn spec_path(vendor: Vendor) -> String {
    format!("/_sandbox/specs/{vendor}.json")
}

/// Returns a vendor's spec as the sandbox serves it: with the sandbox for its server, with a key
/// that it takes, and with an example for every required input.
fn spec(vendor: Vendor) -> Value {
    let profile = vendor.profile();
    let mut spec = serde_json::from_str::<Value>(profile.spec).unwrap_or_default();
    spec["servers"] = json!([{ "url": profile.base_path }]);
    let paths = spec["paths"].as_object_mut().into_iter();
    let paths = paths.flat_map(|paths| paths.values_mut().filter_map(Value::as_object_mut));
    for operation in paths.flat_map(|path| path.values_mut()) {
        replace_keys(operation, profile.credential.1);
        let id = operation["operationId"].clone();
        for (_, input, example) in profile.examples.iter().filter(|one| id == one.0) {
            add_example(
                operation,
                input,
                serde_json::from_str(example).unwrap_or_default(),
            );
        }
        // The explorer calls an answer undocumented whose status only a range covers.
        let responses = operation["responses"].as_object_mut();
        if let Some(responses) = responses
            && let Some(success) = responses.remove("2XX")
        {
            responses.insert("200".to_owned(), success);
        }
    }
    spec
}

/// Adds an example to a parameter of an operation, or to its body.
fn add_example(operation: &mut Value, input: &str, example: Value) {
    if input == "body" {
        operation["requestBody"]["content"]["application/json"]["example"] = example;
    } else if let Some(parameters) = operation["parameters"].as_array_mut()
        && let Some(parameter) = parameters.iter_mut().find(|one| one["name"] == input)
    {
        parameter["example"] = example;
    }
}

/// Puts a key that the sandbox takes in the place of those in the examples.
fn replace_keys(value: &mut Value, key: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "app_key" => key.clone_into(text),
                    _ => replace_keys(value, key),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|one| replace_keys(one, key)),
        _ => {}
    }
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
    fn every_example_is_filled_in() {
        let count = |spec: &Value| spec.to_string().matches("\"example\":").count();
        for &vendor in Vendor::all() {
            let profile = vendor.profile();
            let original = serde_json::from_str(profile.spec).unwrap_or_default();
            let served = spec(vendor);
            let expected = count(&original) + profile.examples.len();
            assert_eq!(count(&served), expected, "{vendor}");
            assert!(original.to_string().contains("\"2XX\""));
            assert!(!served.to_string().contains("\"2XX\""));
            let parse = |text| serde_json::from_str::<Value>(text).is_ok();
            assert!(
                profile.examples.iter().all(|example| parse(example.2)),
                "{vendor}"
            );
        }
    }

    #[test]
    fn every_fault_is_explained() {
        let panel = include_str!("../assets/page/panel.js");
        for mode in FaultMode::ALL {
            let name = mode.name();
            assert!(panel.contains(&format!("\"{name}\": ")), "{name}");
        }
    }
}
