//! Prices, balances, ids and words that no honest vendor sends: nothing is bought by them that the
//! caps forbid, and nothing of them is shown as it came.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use proxy_orders::purchase::{Buyer, EntryState, Receipt, SpendRequest};
use proxy_orders::{Error, ErrorKind, Outcome, Vendor, iproyal};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use support::fixture::*;
use support::recorder::{Recorded, success};
use support::relay::{Act, Relay};

/// A relay that gives its own answer to the requests whose line contains a text.
async fn with_answer(fixture: &Fixture, line: &'static str, body: Value) -> Relay {
    let is_meant = move |request: &Recorded| {
        let first = request.head.lines().next().unwrap();
        first.contains(line)
    };
    Relay::to(&fixture.sandbox, move |request| match is_meant(request) {
        true => Act::Answer(success(&body)),
        false => Act::Pass,
    })
    .await
}

async fn buys(
    vendor: Vendor,
    request: &SpendRequest,
    line: &'static str,
    body: Value,
) -> (Fixture, Buyer, Relay, Result<Receipt, Error>) {
    let fixture = Fixture::new().await;
    let relay = with_answer(&fixture, line, body).await;
    let buyer = fixture.buyer_behind(&relay, vendor);
    let result = buyer.spend(&key("a"), request, &up_to(1000)).await;
    (fixture, buyer, relay, result)
}

/// The answer to an order at SmartProxy with this price, which is paid, so that it is not closed.
fn made_for(price: Value) -> Value {
    json!({"code": 200, "data": {
        "id": 987_654, "trade_no": "T987654", "status": 1, "pay_fee": price, "total_fee": price,
    }})
}

// ---- Prices ------------------------------------------------------------------------------------

#[tokio::test]
async fn a_price_below_zero_buys_nothing_and_makes_no_room_for_more() {
    let line = "/orders/calculate-pricing";
    let negative = json!({"price_with_vat": -1000, "price_per_item": -1000});
    let (fixture, buyer, _relay, result) = buys(Vendor::IpRoyal, &proxies(1), line, negative).await;
    let error = not_sent(result, ErrorKind::OverCap);
    assert!(error.to_string().contains("below zero"), "{error}");
    assert_eq!(fixture.posts(), 0);
    let entry = buyer.entries().await.unwrap().remove(0);
    assert_eq!((entry.state, entry.quote), (EntryState::NotSent, None));
}

/// The prices of several locations are added up, and one of them is below zero.
#[tokio::test]
async fn a_price_below_zero_lowers_no_sum() {
    let fixture = Fixture::new().await;
    let relay = Relay::to(&fixture.sandbox, |request| {
        let line = request.head.lines().next().unwrap();
        match (line.contains("calculate-pricing"), line.contains("=789")) {
            (true, true) => Act::Answer(success(&json!({"price_with_vat": -1000}))),
            (true, false) => Act::Answer(success(&json!({"price_with_vat": 1001}))),
            _ => Act::Pass,
        }
    })
    .await;
    let buyer = fixture.buyer_behind(&relay, Vendor::IpRoyal);
    let new = iproyal::NewOrder {
        locations: vec![(789, 1), (456, 1)],
        ..iproyal::NewOrder::new(123, 456, 789, 1)
    };
    let request = iproyal::spend::order(&new).unwrap();
    let result = buyer.spend(&key("a"), &request, &up_to(1000)).await;
    let error = result.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    assert!(error.to_string().contains("below zero"), "{error}");
    assert_eq!(fixture.posts(), 0);
}

#[tokio::test]
async fn what_was_spent_never_goes_down_by_an_answer() {
    for price in [json!("-1000"), json!("0"), json!(0)] {
        let line = "/pub/order/create";
        let fixture = Fixture::new().await;
        let relay = with_answer(&fixture, line, made_for(price.clone())).await;
        let buyer = fixture.buyer_behind(&relay, Vendor::SmartProxy);
        let buyer = buyer.per_day(cents(1500));
        let receipt = buyer.spend(&key("a"), &packages(1), &up_to(1000)).await;
        let receipt = receipt.unwrap();
        // There was no quote, so the purchase counts with its cap.
        assert_eq!(receipt.amount, Some(cents(1000)), "{price}");
        assert_eq!(receipt.charged, None, "{price}");
        let note = receipt.note.unwrap_or_default();
        let told = if price == json!("-1000") {
            "below zero"
        } else {
            "price of 0"
        };
        assert!(note.contains(told), "{price}: {note}");
        let next = buyer.spend(&key("b"), &packages(2), &up_to(1000)).await;
        not_sent(next, ErrorKind::OverCap);
    }
}

#[tokio::test]
async fn a_cap_below_zero_sends_nothing() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::SmartProxy);
    let result = buyer.spend(&key("a"), &packages(1), &up_to(-1)).await;
    not_sent(result, ErrorKind::OverCap);
    assert_eq!(fixture.posts(), 0);
}

#[tokio::test]
async fn an_operator_cannot_book_less_than_nothing() {
    use proxy_orders::purchase::Resolution;
    use proxy_orders_sandbox::FaultMode;
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::SmartProxy);
    fixture.fault(&packages(1), FaultMode::DropAfter);
    spend(&buyer, "a", &packages(1)).await.unwrap_err();
    let order = listed(&**fixture.clients.of(Vendor::SmartProxy))
        .await
        .pop()
        .unwrap();
    let resolution = |amount| Resolution::Order {
        id: order.id.clone(),
        amount: Some(amount),
    };
    let below = resolution(Decimal::NEGATIVE_ONE);
    let result = buyer.resolve(&key("a"), below, "by hand").await;
    not_sent(result, ErrorKind::InvalidInput);
    let nothing = resolution(Decimal::ZERO);
    let entry = buyer.resolve(&key("a"), nothing, "a gift").await.unwrap();
    assert_eq!(entry.amount, Some(Decimal::ZERO));
}

#[tokio::test]
async fn an_amount_is_digits_and_one_point() {
    for odd in [
        "1e3", "1_000", "1__5", "+5", "5.", ".5", "1.2.3", "0x10", "1,5", "٣", "", "NaN",
    ] {
        let line = "/orders/calculate-pricing";
        let body = json!({"price_with_vat": odd});
        let (fixture, _, _relay, result) = buys(Vendor::IpRoyal, &proxies(1), line, body).await;
        let error = not_sent(result, ErrorKind::OverCap);
        assert!(
            error.to_string().contains("is not a number"),
            "{odd}: {error}"
        );
        assert_eq!(fixture.posts(), 0);
        let error = odd.parse::<proxy_orders::Money>().unwrap_err().to_string();
        assert!(error.contains("digits"), "{odd}: {error}");
    }
    for good in ["3", "3.00", " 3.0 ", "0.30"] {
        assert!(good.parse::<proxy_orders::Money>().is_ok(), "{good}");
    }
}

// ---- The balance -------------------------------------------------------------------------------

#[tokio::test]
async fn an_unreadable_balance_is_an_error_and_buys_nothing() {
    for odd in [
        json!({"a": 1}),
        json!("plenty"),
        json!([]),
        json!(null),
        json!(true),
    ] {
        let (fixture, buyer, _relay, result) =
            buys(Vendor::IpRoyal, &proxies(1), "/balance ", odd.clone()).await;
        let error = not_sent(result, ErrorKind::Answer);
        assert!(error.to_string().contains("balance"), "{odd}: {error}");
        assert_eq!(fixture.posts(), 0);
        let error = buyer.client().balance().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Answer, "{odd}: {error}");
    }
}

// ---- Ids and words -----------------------------------------------------------------------------

/// Texts that must not get out as they came.
fn hostile_words(key: &str) -> Vec<String> {
    vec![
        key.to_owned(),
        format!("T1 {key}"),
        "T1\u{1b}[31m".to_owned(),
        "T1\u{9b}31m".to_owned(),
        "T1\u{202e}1T".to_owned(),
        "T1\u{0}\r\n".to_owned(),
        "9".repeat(100_000),
        String::new(),
    ]
}

/// Asserts that a text has neither the credential nor anything that a terminal obeys.
#[track_caller]
fn assert_clean(text: &str, key: &str, what: &str) {
    assert!(!text.contains(key), "{what}: the credential: {text:.200}");
    let odd = |it: char| (it.is_control() && it != '\n') || ('\u{202a}'..='\u{202e}').contains(&it);
    assert!(
        !text.contains(odd),
        "{what}: {:?}",
        text.chars().find(|it| odd(*it))
    );
    assert!(text.len() < 20_000, "{what}: {} bytes", text.len());
}

/// Asserts that nothing of a purchase shows more than it may: the error, the entry, its history
/// and the bytes of the journal's files.
async fn assert_shown_clean(fixture: &Fixture, buyer: &Buyer, error: &Error) {
    let key = &fixture.key;
    assert_clean(&format!("{error} {error:#} {error:?}"), key, "the error");
    for entry in buyer.entries().await.unwrap() {
        let history = buyer.journal().history(&entry).await.unwrap();
        let entry = serde_json::to_value(&entry).unwrap();
        let history = serde_json::to_value(&history).unwrap();
        for value in [entry, history] {
            assert_clean(&texts(&value), key, "the journal");
        }
    }
    let bytes = fixture.journal_bytes();
    let mut windows = bytes.windows(key.len());
    assert!(
        !windows.any(|it| it == key.as_bytes()),
        "the credential is in the journal"
    );
}

/// All texts in a value.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, it)| name.clone() + &texts(it))
            .collect(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn what_is_not_short_printable_text_is_no_order_id() {
    for number in 0..hostile_words("").len() {
        let fixture = Fixture::new().await;
        let odd = hostile_words(&fixture.key).remove(number);
        let mut answer = made_for(json!("3.20"));
        answer["data"]["trade_no"] = json!(odd);
        let relay = with_answer(&fixture, "/pub/order/create", answer).await;
        let buyer = fixture.buyer_behind(&relay, Vendor::SmartProxy);
        let result = spend(&buyer, "a", &packages(1)).await;
        let error = fails(result, ErrorKind::Answer, Outcome::Unknown);
        let entry = buyer.entries().await.unwrap().remove(0);
        assert_eq!((entry.state, &entry.order), (EntryState::Unknown, &None));
        assert_shown_clean(&fixture, &buyer, &error).await;
    }
}

#[tokio::test]
async fn an_odd_price_is_shown_clean_and_short() {
    for number in 0..hostile_words("").len() {
        let fixture = Fixture::new().await;
        let odd = hostile_words(&fixture.key).remove(number);
        let body = json!({"price_with_vat": odd, "message": odd});
        let relay = with_answer(&fixture, "/orders/calculate-pricing", body).await;
        let buyer = fixture.buyer_behind(&relay, Vendor::IpRoyal);
        let error = not_sent(spend(&buyer, "a", &proxies(1)).await, ErrorKind::OverCap);
        assert_shown_clean(&fixture, &buyer, &error).await;
    }
}

/// The findings of a reconciliation are kept in the notes as well.
#[tokio::test]
async fn what_reconciling_finds_is_shown_clean_and_short() {
    use proxy_orders_sandbox::FaultMode;
    for number in 0..hostile_words("").len() {
        let fixture = Fixture::new().await;
        let odd = hostile_words(&fixture.key).remove(number);
        let order = json!({"order": {
            "order_id": 999_999, "product_name": odd, "cycle_name": odd, "quantity": 1,
            "created_at": odd,
        }, "success": true});
        let listed = json!({"success": true, "count": 1, "next": null, "orders": [{
            "order_id": 999_999, "product_name": odd, "cycle_name": odd,
        }]});
        let sent = std::sync::atomic::AtomicBool::new(false);
        let relay = Relay::to(&fixture.sandbox, move |request| {
            let line = request.head.lines().next().unwrap();
            let is_post = line.starts_with("POST");
            match sent.fetch_or(is_post, std::sync::atomic::Ordering::SeqCst) {
                true if line.contains("/orders/999999") => Act::Answer(success(&order)),
                true if line.contains("/orders?") => Act::Answer(success(&listed)),
                _ => Act::Pass,
            }
        })
        .await;
        let buyer = fixture.buyer_behind(&relay, Vendor::ProxyShard);
        let request = spends().remove(2);
        fixture.fault(&request, FaultMode::DropAfter);
        let error = spend(&buyer, "a", &request).await.unwrap_err();
        let found = buyer.reconcile().await.unwrap().remove(0);
        assert!(
            found.needs_review.is_some() || found.error.is_some(),
            "{found:?}"
        );
        assert_clean(
            &format!("{:?}", found.needs_review),
            &fixture.key,
            "the findings",
        );
        assert_shown_clean(&fixture, &buyer, &error).await;
    }
}

#[tokio::test]
async fn a_long_refusal_grows_the_journal_by_kilobytes() {
    let fixture = Fixture::new().await;
    let words = "no ".repeat(20_000);
    let fields: serde_json::Map<_, _> = (0..500)
        .map(|number| (format!("field{number}"), json!([&words[..300], "b", "c"])))
        .collect();
    let body = json!({"message": words, "errors": fields}).to_string();
    let answer = support::recorder::answer("422 Unprocessable", "", &body);
    let relay = Relay::to(&fixture.sandbox, move |request| {
        match request.head.starts_with("POST") {
            true => Act::Answer(answer.clone()),
            false => Act::Pass,
        }
    })
    .await;
    let buyer = fixture.buyer_behind(&relay, Vendor::IpRoyal);
    let error = spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected, "{error:.300}");
    for text in [format!("{error}"), format!("{error:?}")] {
        assert!(text.len() < 10_000, "{} bytes", text.len());
        assert!(
            text.contains("more"),
            "it says how much is left out: {text}"
        );
    }
    let entry = buyer.entries().await.unwrap().remove(0);
    assert!(entry.note.unwrap().len() < 4_000);
    let size = fixture.journal_bytes().len();
    assert!(size < 300_000, "{size} bytes");
}
