//! Errors: each cause is printed once, and a wrong call is named.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::error::Error as _;
use std::time::Duration;

use proxy_orders::{Effect, Error, ErrorKind, Vendor};
use support::calls::call;
use support::faulty::{Fault, Faulty};
use support::fixture::{Clients, not_sent};
use support::recorder::Recorder;
use support::with_effect;
use tokio::net::TcpListener;

/// Returns the texts of an error and its causes.
fn chain(error: &Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        texts.push(inner.to_string());
        cause = inner.source();
    }
    texts
}

#[tokio::test]
async fn an_error_chain_prints_each_cause_once() {
    let mut errors = Vec::new();
    let reads = with_effect(&[Effect::Read]);
    for fault in [
        Fault::ResetAfterReading,
        Fault::Hang,
        Fault::Truncated,
        Fault::Nothing,
    ] {
        let server = Faulty::always(fault).await;
        let clients = Clients::waiting(&server.base_url(), Duration::from_millis(300));
        errors.extend(call(&clients, Vendor::IpRoyal, "get_order").await.err());
    }
    // A port that was free a moment ago: nothing listens there.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let clients = Clients::at(&nobody);
    for operation in reads {
        errors.extend(call(&clients, operation.vendor, operation.id).await.err());
    }
    let mut causes = 0;
    for error in &errors {
        let texts = chain(error);
        let whole = texts.join(": ");
        for cause in &texts[1..] {
            let count = whole.matches(cause.as_str()).count();
            assert_eq!(count, 1, "`{cause}` in: {whole}");
            causes += 1;
        }
    }
    let count = errors.len();
    assert!(causes >= count, "{causes} causes of {count} errors");
}

#[tokio::test]
async fn a_missing_parameter_of_a_call_is_named() {
    let recorder = Recorder::answering("").await;
    let clients = Clients::at(&recorder.base_url());
    let api = clients.iproyal().api();
    let without_id = api.get_order().send().await.map_err(Error::from);
    let without_plan = api.create_order().body_map(|it| it.product_id(9));
    let without_plan = without_plan.send().await.map_err(Error::from);
    let api = clients.proxyshard().api();
    let without_order = api.renew_order().send().await.map_err(Error::from);
    let without_cycle = api.change_billing_cycle().order_id(1);
    let without_cycle = without_cycle.send().await.map_err(Error::from);
    let api = clients.smartproxy().api();
    let without_number = api.close_order().send().await.map_err(Error::from);
    for (result, operation, parameter) in [
        (without_id.map(drop), "iproyal get_order", "order_id"),
        (
            without_plan.map(drop),
            "iproyal create_order",
            "product_plan_id",
        ),
        (without_order.map(drop), "proxyshard renew_order", "id"),
        (
            without_cycle.map(drop),
            "proxyshard change_billing_cycle",
            "cycle",
        ),
        (
            without_number.map(drop),
            "smartproxy close_order",
            "trade_no",
        ),
    ] {
        let text = not_sent(result, ErrorKind::InvalidInput).to_string();
        assert!(text.starts_with(&format!("{operation}: ")), "{text}");
        assert!(text.contains(parameter), "{text}");
    }
    assert_eq!(recorder.requests(), []);
}
