//! The operations are those of the OpenAPI files.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::path::Path;

use proxy_orders_sandbox::Vendor;
use serde_json::Value;

/// Returns the operations of a vendor's spec.
fn specified(vendor: Vendor) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/dist");
    let text = std::fs::read_to_string(folder.join(format!("{vendor}.json"))).unwrap();
    let spec: Value = serde_json::from_str(&text).unwrap();
    let paths = spec["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let is_operation = |value: &&Value| value.get("operationId").is_some();
    operations.filter(is_operation).cloned().collect()
}

#[test]
fn every_operation_of_the_specs_is_there_under_its_id() {
    for &vendor in Vendor::all() {
        let operations = specified(vendor);
        let ids = operations.iter().map(|it| it["operationId"].as_str());
        let mut specified: Vec<_> = ids.map(Option::unwrap).collect();
        let mut simulated = vendor.operations();
        specified.sort_unstable();
        simulated.sort_unstable();
        assert!(!specified.is_empty());
        assert_eq!(simulated, specified, "{vendor}");
    }
}

#[test]
fn every_operation_that_spends_has_a_sample_that_its_spec_knows() {
    for &vendor in Vendor::all() {
        let operations = specified(vendor);
        let spends = operations.iter().filter(|it| it["x-effect"] == "spend");
        let spends: BTreeSet<_> = spends.map(|it| it["operationId"].as_str()).collect();
        let samples = vendor.sample_spends().iter();
        let sampled: BTreeSet<_> = samples.clone().map(|it| Some(it.operation)).collect();
        assert_eq!(sampled, spends, "`spends` in sandbox/src/{vendor}/mod.rs");
        for sample in samples {
            let body: Result<Value, _> = serde_json::from_str(sample.body);
            assert!(body.is_ok_and(|it| it.is_object()), "{sample:?}");
        }
    }
}
