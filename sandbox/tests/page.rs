//! The page at `/`, its files and the specs that it shows.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::path::Path;

use proxy_orders_sandbox::{Sandbox, Vendor};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The spec of a vendor as it is published.
fn published(vendor: Vendor) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/dist");
    let text = std::fs::read_to_string(folder.join(format!("{vendor}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn fetch(sandbox: &Sandbox, path: &str) -> Response {
    let url = format!("http://{}{path}", sandbox.address());
    Client::new().get(url).send().await.unwrap()
}

async fn text(sandbox: &Sandbox, path: &str) -> String {
    let response = fetch(sandbox, path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

async fn json(sandbox: &Sandbox, path: &str) -> Value {
    serde_json::from_str(&text(sandbox, path).await).unwrap()
}

async fn config(sandbox: &Sandbox) -> Value {
    json(sandbox, "/_sandbox/page/config.json").await
}

fn operation_ids(spec: &Value) -> BTreeSet<&str> {
    let paths = spec["paths"].as_object().unwrap().values();
    paths
        .flat_map(|path| path.as_object().unwrap().values())
        .filter_map(|operation| operation.get("operationId")?.as_str())
        .collect()
}

/// All values of the members of that name, at any depth.
fn members<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(name));
            object
                .values()
                .for_each(|value| members(value, name, found));
        }
        Value::Array(array) => array.iter().for_each(|value| members(value, name, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_files_have_their_types_and_the_policy() {
    let sandbox = Sandbox::start().await.unwrap();
    let files = "
        / text/html
        /_sandbox/page/page.css text/css
        /_sandbox/page/page.js text/javascript
        /_sandbox/page/panel.js text/javascript
        /_sandbox/page/elements.js text/javascript
        /_sandbox/page/icon.svg image/svg+xml
        /_sandbox/page/swagger-ui.css text/css
        /_sandbox/page/swagger-ui-bundle.js text/javascript
        /_sandbox/page/config.json application/json
        /_sandbox/specs/iproyal.json application/json
        /_sandbox/specs/proxyshard.json application/json
        /_sandbox/specs/smartproxy.json application/json
    ";
    for file in files.trim().lines() {
        let (path, kind) = file.trim().split_once(' ').unwrap();
        let charset = if kind.starts_with("text/") {
            "; charset=utf-8"
        } else {
            ""
        };
        let kind = format!("{kind}{charset}");
        let response = fetch(&sandbox, path).await;
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], kind, "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        let directives: Vec<_> = policy.split("; ").collect();
        assert!(directives.contains(&"default-src 'self'"), "{path}");
        // No other host, no scheme that reaches one, no script but those files.
        let allowed = ["'self'", "'none'", "'unsafe-inline'", "data:"];
        for directive in directives {
            let (name, sources) = directive.split_once(' ').unwrap();
            for source in sources.split(' ') {
                assert!(allowed.contains(&source), "{directive}");
                assert!(source != "'unsafe-inline'" || name == "style-src");
                assert!(source != "data:" || name == "img-src");
            }
        }
        assert!(!response.text().await.unwrap().is_empty(), "{path}");
    }
    for path in ["page/other.js", "specs/other.json"] {
        let response = fetch(&sandbox, &format!("/_sandbox/{path}")).await;
        assert_eq!(response.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn every_file_that_the_page_names_exists() {
    let sandbox = Sandbox::start().await.unwrap();
    let html = text(&sandbox, "/").await;
    let named: Vec<_> = ["src=\"", "href=\""]
        .iter()
        .flat_map(|attribute| html.split(attribute).skip(1))
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(named.len() > 5, "{named:?}");
    for path in named {
        assert!(path.starts_with("/_sandbox/"), "{path}");
        text(&sandbox, path).await;
    }
}

#[tokio::test]
async fn the_specs_are_those_of_the_vendors_with_the_sandbox_for_a_server() {
    let sandbox = Sandbox::start().await.unwrap();
    let config = config(&sandbox).await;
    let vendors = config["vendors"].as_array().unwrap();
    assert_eq!(vendors.len(), Vendor::all().len());
    for (&name, vendor) in Vendor::all().iter().zip(vendors) {
        assert_eq!(vendor["name"], name.as_str());
        let served = json(&sandbox, vendor["spec"].as_str().unwrap()).await;
        let original = published(name);
        assert_eq!(served["servers"], json!([{ "url": vendor["base_path"] }]));
        for part in ["openapi", "info", "security", "tags", "components"] {
            assert_eq!(served[part], original[part], "{name} {part}");
        }
        let operations = operation_ids(&served);
        assert_eq!(operations, operation_ids(&original));
        let simulated = name.operations();
        assert_eq!(
            operations.len(),
            simulated.len(),
            "an operation is there twice"
        );
        assert_eq!(operations, simulated.into_iter().collect());
        assert!(!operations.is_empty());
        let scheme = vendor["scheme"].as_str().unwrap();
        assert!(served["components"]["securitySchemes"][scheme].is_object());
    }
}

#[tokio::test]
async fn keys_are_those_that_the_sandbox_takes() {
    let sandbox = Sandbox::start().await.unwrap();
    let config = config(&sandbox).await;
    let environment = sandbox.environment();
    for (index, variables) in environment.chunks(2).enumerate() {
        let vendor = &config["vendors"][index];
        assert_eq!(vendor["key"], variables[0].1);
        let base = vendor["base_path"].as_str().unwrap();
        assert!(variables[1].1.ends_with(base), "{variables:?}");
    }
    let smartproxy = json(&sandbox, "/_sandbox/specs/smartproxy.json").await;
    let mut examples = Vec::new();
    members(&smartproxy["paths"], "app_key", &mut examples);
    assert_eq!(examples.len(), 4);
    assert!(examples.iter().all(|key| **key == environment[4].1));
}

#[tokio::test]
async fn the_page_knows_whether_there_is_a_control_api() {
    for is_on in [false, true] {
        let sandbox = Sandbox::builder().control(is_on).start().await.unwrap();
        assert_eq!(config(&sandbox).await["control"], is_on);
        let state = fetch(&sandbox, "/_sandbox/state").await;
        assert_eq!(state.status(), if is_on { 200 } else { 404 });
        text(&sandbox, "/").await;
    }
}

#[tokio::test]
async fn looking_at_the_page_is_no_request_to_a_vendor() {
    let sandbox = Sandbox::start().await.unwrap();
    text(&sandbox, "/").await;
    config(&sandbox).await;
    text(&sandbox, "/_sandbox/specs/iproyal.json").await;
    assert_eq!(sandbox.requests(), []);
}

/// Nobody reads the bundle of the explorer, so its checksum says that it is the published one.
#[tokio::test]
async fn the_files_of_others_are_those_that_were_published() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/swagger-ui");
    let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let sums: BTreeSet<_> = sums.lines().map(str::to_owned).collect();
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name != "SHA256SUMS" {
            let digest = Sha256::digest(std::fs::read(folder.join(&name)).unwrap());
            found.insert(format!("{digest:x}  {name}"));
        }
    }
    assert_eq!(found, sums);
    let sandbox = Sandbox::start().await.unwrap();
    for name in ["swagger-ui.css", "swagger-ui-bundle.js"] {
        let served = text(&sandbox, &format!("/_sandbox/page/{name}")).await;
        let line = format!("{:x}  {name}", Sha256::digest(served));
        assert!(sums.contains(&line), "{name}");
    }
}
