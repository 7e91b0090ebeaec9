//! Uses an HTTP client of the program's own, headers and hooks, and prints the library's traces.
//!
//! `cargo run --example custom_http` reads an order from the sandbox, which fails once before it
//! answers.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use proxy_orders::{Account, RetryPolicy, Timeouts, iproyal};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox, Vendor};
use tracing_subscriber::fmt::format::FmtSpan;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Each operation is a span `proxy_orders.call`. No credential and no proxy password is in it.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(std::io::stderr)
        .init();

    let sandbox = Sandbox::start().await?;
    sandbox.faults(vec![Fault {
        times: Some(1),
        ..Fault::new(FaultMode::Html502)
    }])?;

    let attempts = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&attempts);
    let client = iproyal::Client::builder()
        .credential("sandbox-example")
        .base_url(sandbox.base_url(Vendor::IpRoyal))
        // A function, because two HTTP clients are made: what spends never goes out on a pooled
        // connection. This is the place for a proxy, certificates or DNS of your own.
        .http_client(|| reqwest::Client::builder().tcp_keepalive(Duration::from_secs(30)))
        .user_agent("my-shop/1.0")
        .timeouts(Timeouts {
            attempt: Duration::from_secs(10),
            ..Timeouts::default()
        })
        .retry(RetryPolicy {
            max_attempts: 3,
            ..RetryPolicy::default()
        })
        // Called before each request is signed.
        .on_request(|request| {
            let id = reqwest::header::HeaderValue::from_static("request-1");
            request.headers.insert("x-correlation-id", id);
        })
        // Called after each attempt.
        .on_attempt(move |attempt| {
            counter.fetch_add(1, Ordering::Relaxed);
            let (operation, number) = (attempt.operation, attempt.attempt);
            println!("{operation}: attempt {number}: {:?}", attempt.status);
        })
        .build()?;

    let order = Account::order(&client, "420").await?;
    let attempts = attempts.load(Ordering::Relaxed);
    println!(
        "order {} is {} after {attempts} attempts",
        order.id, order.state
    );
    Ok(())
}
