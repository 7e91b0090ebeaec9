//! Requests that lack a field that another one makes necessary are refused before anything is sent,
//! whichever way they are made.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use proxy_orders::purchase::SpendRequest;
use proxy_orders::{Effect, Error, ErrorKind, Outcome, RawRequest, Vendor, iproyal, proxyshard};
use serde_json::{Value, json};
use support::fixture::Clients;
use support::recorder::{Recorder, least_confirmation, success};
use support::{report, rows, vendor};

/// Asserts that an error refuses a request and names these fields.
fn names(error: &Error, fields: &str) -> Result<(), String> {
    let kind = (error.kind(), error.outcome());
    let message = error.to_string();
    let quoted = |field: &&str| message.contains(&format!("`{field}`"));
    match kind == (ErrorKind::InvalidInput, Outcome::NotSent)
        && fields.split(' ').all(|field| quoted(&field))
    {
        true => Ok(()),
        false => Err(format!("{kind:?}: {message}")),
    }
}

fn refused<T>(result: Result<T, Error>, fields: &str) {
    match result.map(drop) {
        Ok(()) => panic!("{fields}: not refused"),
        Err(error) => names(&error, fields).unwrap(),
    }
}

#[tokio::test]
async fn a_raw_call_keeps_every_documented_condition() {
    let recorder = Recorder::answering("").await;
    let clients = Clients::at(&recorder.base_url());
    let mut problems = Vec::new();
    for [word, id, query, body, fields] in rows::<5>("conditions.tsv") {
        let vendor = vendor(&word);
        recorder.restart(success(&least_confirmation(vendor)));
        let operation = vendor.operation(&id).unwrap();
        let mut request = RawRequest::to(operation, &[]).unwrap();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            request = request.query(name, value);
        }
        if !body.is_empty() {
            request = request.json(serde_json::from_str(&body).unwrap());
        }
        let result = clients.transport(vendor).send(request).await;
        let sent = recorder.requests().len();
        let case = format!("{word} {id} {query}{body}: {sent} sent");
        match (fields.is_empty(), result) {
            (true, _) if sent == 1 => {}
            (false, Err(error)) if sent == 0 => {
                problems.extend(
                    names(&error, &fields)
                        .err()
                        .map(|it| format!("{case}: {it}")),
                );
            }
            (_, result) => problems.push(format!("{case}: {:?}", result.map(drop))),
        }
    }
    report("requests were not treated as documented", &problems);
}

#[tokio::test]
async fn every_other_way_keeps_them_too() {
    let recorder = Recorder::answering(success(&json!({}))).await;
    let clients = Clients::at(&recorder.base_url());

    let api = clients.iproyal().api();
    let listed = api.list_orders().sort_by("id").send().await;
    refused(listed.map_err(Error::from), "order sort_by");
    let toggled = api.toggle_auto_extend();
    let toggled = toggled.body_map(|it| {
        it.order_id(1)
            .is_enabled(true)
            .payment_type(iproyal::types::PaymentType::Card)
    });
    refused(
        toggled.send().await.map_err(Error::from),
        "card_id payment_type",
    );

    // A request under a key is refused when it is made, before its price is asked for.
    let bare = proxyshard::NewOrder::new("ISP Proxy");
    refused(proxyshard::spend::order(&bare), "location product");
    let operation = Vendor::IpRoyal.operation("create_order").unwrap();
    let body: Value = json!({"product_id": 9, "product_plan_id": 4});
    let request = SpendRequest::new(operation, [], Vec::new(), Some(body));
    refused(request, "product_location_id selection");

    assert_eq!(recorder.requests(), []);
}

#[tokio::test]
async fn a_request_of_no_known_operation_has_no_conditions() {
    let recorder = Recorder::answering(success(&json!({}))).await;
    let clients = Clients::at(&recorder.base_url());
    let request = RawRequest::new("GET", "/orders", Effect::Read).query("sort_by", "id");
    clients
        .transport(Vendor::IpRoyal)
        .send(request)
        .await
        .unwrap();
    assert_eq!(recorder.requests().len(), 1);
}
