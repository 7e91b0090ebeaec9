//! The operations are those of the OpenAPI files.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use proxy_orders_sandbox::Vendor;
use serde_json::Value;

#[test]
fn every_operation_of_the_specs_is_there_under_its_id() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/dist");
    for &vendor in Vendor::all() {
        let text = std::fs::read_to_string(folder.join(format!("{vendor}.json"))).unwrap();
        let spec: Value = serde_json::from_str(&text).unwrap();
        let paths = spec["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|path| path.as_object().unwrap().values());
        let ids = operations.filter_map(|operation| operation.get("operationId")?.as_str());
        let mut specified: Vec<_> = ids.collect();
        let mut simulated = vendor.operations();
        specified.sort_unstable();
        simulated.sort_unstable();
        assert!(!specified.is_empty());
        assert_eq!(simulated, specified, "{vendor}");
    }
}

#[test]
fn a_vendor_has_one_word() {
    for &vendor in Vendor::all() {
        assert_eq!(vendor.as_str().parse(), Ok(vendor));
        assert_eq!(serde_json::to_value(vendor).unwrap(), vendor.as_str());
    }
    let error = "acme".parse::<Vendor>().unwrap_err().to_string();
    assert!(error.starts_with("\"acme\" is not one of "), "{error}");
}
