//! Prints the JSON Schemas of all generated types as one JSON object, by vendor and then by name.
//!
//! `cargo xtask generate` makes `openapi/dist/schemas/<vendor>.schema.json` of it:
//! `cargo run --features schemars --example schemas`

use proxy_orders::Vendor;
use serde_json::{Map, Value};

fn main() {
    let vendors = Vendor::all().iter().copied().map(|vendor| {
        let schemas = vendor.schemas().into_iter();
        let schemas: Map<String, Value> = schemas
            .map(|(name, schema)| (name.to_owned(), Value::from(schema)))
            .collect();
        (vendor.to_string(), Value::Object(schemas))
    });
    println!("{}", Value::Object(vendors.collect()));
}
