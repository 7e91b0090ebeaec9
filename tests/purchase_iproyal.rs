//! Purchases and orders at IPRoyal where its pages leave open what a request or an answer means.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use proxy_orders::purchase::SpendRequest;
use proxy_orders::{Account, Decimal, ErrorKind, Vendor, iproyal};
use serde_json::{Value, json};
use support::fixture::*;
use support::recorder::{Recorder, success};

/// Null is off, as public clients saw it; a missing field tells nothing.
#[tokio::test]
async fn automatic_renewal_is_off_unknown_or_on() {
    let server = Recorder::answering(success(&json!({}))).await;
    let clients = Clients::at(&server.base_url());
    let order = async |settings: Option<Value>| {
        let mut order = json!({"id": 420, "status": "confirmed"});
        if let Some(settings) = settings {
            order["auto_extend_settings"] = settings;
        }
        server.restart(success(&order));
        let one = Account::order(clients.iproyal(), "420").await.unwrap();
        server.restart(success(&json!({"data": [order], "meta": {"total": 1}})));
        let listed = listed(clients.iproyal()).await.remove(0);
        assert_eq!(one, listed);
        one.auto_renewal
    };
    assert_eq!(order(Some(Value::Null)).await, Some(false));
    assert_eq!(order(None).await, None);
    assert_eq!(order(Some(json!({"is_enabled": false}))).await, Some(false));
    assert_eq!(order(Some(json!({"is_enabled": true}))).await, Some(true));
    assert_eq!(order(Some(json!({"anything": 1}))).await, Some(true));
    // What has another shape than any page or client shows tells nothing.
    assert_eq!(order(Some(json!("soon"))).await, None);
}

/// Two of the vendor's samples name the location twice, in different words.
#[tokio::test]
async fn a_location_at_the_top_level_and_in_the_selection_is_refused() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let operation = Vendor::IpRoyal.operation("create_order").unwrap();
    let selection = json!({"locations": [{"product_location_id": 789, "quantity": 2}]});
    for top in [
        json!({"product_location_id": 789, "quantity": 2}),
        json!({"product_location_id": 789}),
        json!({"quantity": 2}),
    ] {
        let mut body = top.clone();
        body["product_id"] = json!(123);
        body["product_plan_id"] = json!(456);
        body["selection"] = selection.clone();
        let result = async {
            let request = SpendRequest::new(operation, [], Vec::new(), Some(body))?;
            spend(&buyer, "a", &request).await
        };
        let error = not_sent(result.await, ErrorKind::InvalidInput);
        assert!(error.to_string().contains("`selection`"), "{top}: {error}");
        assert_eq!(fixture.posts(), 0, "{top}");
    }
}

/// The price of an extension, and the quantity that was asked for.
async fn extension(
    server: &Recorder,
    order: Value,
    pricing: Value,
    proxies: &[&str],
) -> (
    Result<proxy_orders::Quote, proxy_orders::Error>,
    Option<String>,
) {
    let clients = Clients::at(&server.base_url());
    let body = iproyal::Extension {
        scope: match proxies {
            [] => iproyal::ExtendScope::All,
            some => iproyal::ExtendScope::Only(some.iter().map(|it| (*it).to_owned()).collect()),
        },
        ..iproyal::Extension::new(456)
    };
    // One answer for both requests.
    let mut both = pricing;
    both.as_object_mut()
        .unwrap()
        .append(&mut order.as_object().unwrap().clone());
    server.restart(success(&both));
    let quote = clients.iproyal().quote_extension(420, &body).await;
    let asked = server
        .requests()
        .into_iter()
        .find(|it| it.path().ends_with("pricing"));
    let query = asked.map(|it| it.query()).unwrap_or_default();
    let quantity = query.into_iter().find(|(name, _)| name == "quantity");
    (quote, quantity.map(|(_, value)| value))
}

#[tokio::test]
async fn an_extension_is_priced_for_the_orders_quantity_and_its_price_is_inferred() {
    let server = Recorder::answering(success(&json!({}))).await;
    let order = json!({"id": 420, "quantity": 5});
    let pricing = |total: Value, item: Value, vat: Value| json!({"price_with_vat": total, "price_per_item": item, "vat": vat, "price": null});
    for (pricing, proxies, quantity) in [
        (pricing(json!(10), json!(2), json!(null)), &[][..], "5"),
        (
            pricing(json!(4), json!(2), json!(null)),
            &["10.0.0.1", "10.0.0.2"][..],
            "2",
        ),
        // A price of an item may be rounded to a cent.
        (pricing(json!(10.02), json!(2), json!(null)), &[][..], "5"),
        // With tax, as an amount or as a percentage.
        (pricing(json!(12), json!(2), json!(2)), &[][..], "5"),
        (pricing(json!(12.1), json!(2), json!(21)), &[][..], "5"),
    ] {
        let (quote, asked) = extension(&server, order.clone(), pricing.clone(), proxies).await;
        let quote = quote.unwrap();
        assert_eq!(asked.as_deref(), Some(quantity));
        assert!(quote.is_inferred, "{quote:?}");
        let total = pricing["price_with_vat"].to_string();
        assert_eq!(quote.total.to_string(), total);
    }
}

/// The price of one proxy, or of another quantity, is not the price of the extension.
#[tokio::test]
async fn a_price_that_does_not_fit_the_quantity_is_refused() {
    let server = Recorder::answering(success(&json!({}))).await;
    let order = json!({"id": 420, "quantity": 5});
    for pricing in [
        json!({"price_with_vat": 2, "price_per_item": 2}),
        json!({"price_with_vat": 20, "price_per_item": 2}),
        json!({"price_with_vat": 20, "price_per_item": 2, "vat": 3}),
        json!({"price_with_vat": 10}),
        json!({"price_with_vat": 10, "price_per_item": "two"}),
    ] {
        let (quote, _) = extension(&server, order.clone(), pricing.clone(), &[]).await;
        let error = quote.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Answer, "{pricing}: {error}");
        assert!(error.to_string().contains("price_per_item"), "{error}");
    }
    let pricing = json!({"price_with_vat": 10, "price_per_item": 2});
    let (quote, asked) = extension(&server, json!({"id": 420}), pricing, &[]).await;
    assert!(quote.unwrap_err().to_string().contains("quantity"));
    assert_eq!(asked, None);
}

/// An extension goes through with the inferred price, and the price of an order is not inferred.
#[tokio::test]
async fn only_the_price_of_an_extension_is_inferred() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.of(Vendor::IpRoyal);
    let wanted = wanted(Vendor::IpRoyal);
    let of_order = client.quote(&wanted.purchase).await.unwrap();
    assert!(!of_order.is_inferred);
    let of_renewal = client.quote_renewal("420", &wanted.renewal).await.unwrap();
    assert!(of_renewal.is_inferred);
    assert_eq!(of_renewal.total.amount(), Some(Decimal::new(2750, 2)));
}
