//! Lists the orders of all vendors that expire within two weeks, the next one first.
//!
//! `cargo run --example expiring_soon` asks the sandbox, which simulates the vendors. Real accounts
//! are asked with `vendor.client_builder().environment()?.build()?` in place of the lines marked
//! "sandbox": the credentials are then taken from the environment.

use std::error::Error;
use std::time::Duration;

use futures_util::TryStreamExt;
use proxy_orders::{OrderState, Vendor};
use proxy_orders_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?; // sandbox
    let soon = sandbox.now() + Duration::from_secs(14 * 24 * 60 * 60);

    let mut expiring = Vec::new();
    for vendor in Vendor::all() {
        let client = vendor
            .client_builder()
            .credential("sandbox-example-0123456789-abcde") // sandbox
            .base_url(sandbox.base_url(vendor.as_str().parse()?)) // sandbox
            .build()?;
        // A stream asks for the next page only when it is needed.
        let mut orders = client.orders();
        while let Some(order) = orders.try_next().await? {
            // Some vendors give times without a zone; they are taken for UTC here.
            let expires = order.expires.as_ref();
            let expires = expires.and_then(|it| it.timestamp_assuming_utc());
            match expires {
                Some(time) if time <= soon && order.state == OrderState::Active => {
                    expiring.push((time, order));
                }
                // It runs on, has no end, or has ended already.
                _ => {}
            }
        }
    }

    expiring.sort_by_key(|(time, _)| *time);
    for (time, order) in &expiring {
        let product = order.product.as_deref().unwrap_or("?");
        let renewal = match order.auto_renewal {
            Some(true) => "renews itself",
            Some(false) => "ends",
            None => "renewal not known",
        };
        let (vendor, id) = (order.vendor, &order.id);
        println!("{time:.0} {vendor:10} order {id:8} {product}, {renewal}");
    }
    println!("{} orders expire within two weeks", expiring.len());
    Ok(())
}
