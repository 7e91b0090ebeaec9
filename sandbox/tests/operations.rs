//! The operations are those of the OpenAPI files.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use proxy_orders_sandbox::Vendor;

#[test]
fn every_operation_of_the_specs_is_there_under_its_id() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
    let mut count = 0;
    for &vendor in Vendor::all() {
        let text = std::fs::read_to_string(folder.join(format!("{vendor}.yaml"))).unwrap();
        let ids = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("operationId: "));
        let mut specified: Vec<_> = ids.collect();
        let mut there = vendor.operations();
        specified.sort_unstable();
        there.sort_unstable();
        assert_eq!(there, specified, "{vendor}");
        count += there.len();
        assert_eq!(vendor.as_str().parse(), Ok(vendor));
    }
    assert_eq!(count, 55);
}
