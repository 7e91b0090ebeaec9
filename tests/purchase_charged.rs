//! The facts that the vendors give on a spend that they have confirmed: the amount, the account, the payment
//! and the time of an order.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::num::NonZeroU64;

use proxy_orders::purchase::{Payment, SpendAdapter, SpendRequest};
use proxy_orders::{Decimal, RawRequest, Vendor, iproyal, proxyshard};
use proxy_orders_sandbox::FaultMode;
use serde_json::{Value, json};
use support::fixture::*;
use support::recorder::{Recorder, success};

/// Sends a request past the journal, and returns the answer.
async fn send(client: &dyn SpendAdapter, request: &SpendRequest) -> Value {
    let whole = request.canonical();
    let path = whole["path"].as_object().unwrap().iter();
    let path: Vec<_> = path
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let raw = RawRequest::to(request.operation(), &path).unwrap();
    let raw = raw.json(request.body().clone());
    let answer = client.transport().send(raw).await.unwrap();
    serde_json::from_slice(&answer.body).unwrap()
}

/// Every price moves after the quote, and what is read afterwards is the moved price.
#[tokio::test]
async fn what_was_charged_is_read_afterwards() {
    for request in spends() {
        let vendor = request.vendor();
        let fixture = Fixture::new().await;
        let client = &**fixture.clients.of(vendor);
        let mut prepared = client.prepare(request.clone()).unwrap();
        prepared.resolve().await.unwrap();
        let before = prepared.baseline().await.unwrap();
        let quote = prepared.quote().await.unwrap();
        fixture.fault(&request, FaultMode::PriceMove);
        let answer = send(client, prepared.request()).await;
        let confirmed = prepared.confirmation(&answer).unwrap();
        let Some(quote) = quote else {
            assert_eq!(vendor, Vendor::SmartProxy);
            continue;
        };
        let charges = fixture.sandbox.ledger();
        let charged: Decimal = charges.last().unwrap().amount.parse().unwrap();
        assert_ne!(quote.total.amount(), Some(charged), "the price has moved");
        let told = prepared.charged(&confirmed.order, &before).await.unwrap();
        assert_eq!(told, Some(charged), "{vendor} {:?}", request.operation().id);
        assert_eq!(confirmed.payment, Payment::Paid, "{vendor}");
    }
}

/// Neither a balance that has not moved nor one that has grown tells a price, and no balance tells
/// what a card paid.
#[tokio::test]
async fn a_balance_that_tells_nothing_is_no_amount() {
    let fixture = Fixture::new().await;
    let client = &**fixture.clients.of(Vendor::IpRoyal);
    let prepared = client.prepare(proxies(1)).unwrap();
    let before = prepared.baseline().await.unwrap();
    assert_eq!(prepared.charged("1", &before).await.unwrap(), None);
    let mut less = before.clone();
    less.balance = before.balance.map(|it| it - Decimal::ONE);
    assert_eq!(prepared.charged("1", &less).await.unwrap(), None);
    let mut more = before.clone();
    more.balance = before.balance.map(|it| it + Decimal::ONE);
    let told = prepared.charged("1", &more).await.unwrap();
    assert_eq!(told, Some(Decimal::ONE));
    let by_card = client.prepare(declined()).unwrap();
    assert_eq!(by_card.charged("1", &more).await.unwrap(), None);
}

#[tokio::test]
async fn proxyshard_names_the_owner_of_the_key() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.of(Vendor::ProxyShard);
    let identity = client.identity().await.unwrap().unwrap();
    let server = Recorder::answering(success(&json!({"email": identity.to_uppercase()}))).await;
    let clients = Clients::at(&server.base_url());
    let same = clients.proxyshard().identity().await.unwrap();
    assert_eq!(same.as_deref(), Some(identity.as_str()));
    for none in [json!(null), json!(" ")] {
        let answer = json!({"email": none, "wallet_balance": 1});
        server.restart(success(&answer));
        assert_eq!(clients.proxyshard().identity().await.unwrap(), None);
    }
    for vendor in [Vendor::IpRoyal, Vendor::SmartProxy] {
        let client = fixture.clients.of(vendor);
        assert_eq!(client.identity().await.unwrap(), None, "{vendor}");
    }
}

/// IPRoyal answers an order with its status, which tells whether it is paid.
#[test]
fn iproyal_tells_whether_an_order_is_paid() {
    let client = iproyal::Client::builder()
        .credential(new_key())
        .base_url("http://127.0.0.1:9")
        .build()
        .unwrap();
    let new = client.prepare(proxies(1)).unwrap();
    let extension = iproyal::Extension::new(456);
    let extension = iproyal::spend::extension(420, &extension).unwrap();
    let extension = client.prepare(extension).unwrap();
    for (status, payment) in [
        (json!("unpaid"), Payment::Unpaid),
        (json!("in-progress"), Payment::Paid),
        (json!("confirmed"), Payment::Paid),
        (json!("expired"), Payment::Paid),
        (json!("refunded"), Payment::Unknown),
        (json!("new-word"), Payment::Unknown),
        (json!(null), Payment::Unknown),
    ] {
        let answer = json!({"id": 7, "status": status});
        let confirmed = new.confirmation(&answer).unwrap();
        assert_eq!(confirmed.payment, payment, "{status}");
        // The status of an extended order is that of the order, not of the extension.
        let confirmed = extension.confirmation(&answer).unwrap();
        assert_eq!(confirmed.payment, Payment::Paid, "{status}");
    }
}

#[tokio::test]
async fn proxyshard_tells_when_an_order_was_made() {
    let fixture = Fixture::new().await;
    let client = &**fixture.clients.of(Vendor::ProxyShard);
    let wanted = wanted(Vendor::ProxyShard);
    let prepared = client.prepare(client.purchase(&wanted.purchase).unwrap());
    let prepared = prepared.unwrap();
    let before = prepared.baseline().await.unwrap();
    let one = NonZeroU64::MIN;
    let order = proxyshard::NewOrder::proxies("Datacenter Proxy", "DE", "weekly", one);
    let order = proxyshard::spend::order(&order).unwrap();
    send(client, &order).await;
    let found = prepared.evidence(&before).await.unwrap().new_orders;
    let [order] = found.as_slice() else {
        panic!("{found:?}");
    };
    let age = fixture.sandbox.now().duration_since(order.made_at.unwrap());
    assert!(age.unsigned_abs() < DAY, "{order:?}");
}
