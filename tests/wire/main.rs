//! The wire protocol: requests of each documented core operation as a server on a real socket gets
//! them, from the typed client with the least and with all that can be said, and from the raw
//! transport.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cases;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use cases::{Case, ODD, call_full, case, full, least};
use proxy_orders::purchase::SpendRequest;
use proxy_orders::{Error, ErrorKind, RawRequest, Vendor};
use proxy_orders::{iproyal, proxyshard, smartproxy};
use serde_json::{Value, json};
use support::calls::call;
use support::fixture::{CANARY, Clients, not_sent, spend};
use support::recorder::{Recorded, Recorder, least_confirmation, success};
use support::{rows, vendor};

/// The core operations, as the vendors' pages have them: vendor, operationId, method.
fn core() -> Vec<(Vendor, String, String)> {
    let rows = rows::<6>("operations.tsv").into_iter();
    rows.filter(|row| row[5] == "docs")
        .map(|[word, id, method, ..]| (vendor(&word), id, method))
        .collect()
}

/// Asserts that a request is the one of the case, with the credential in its place and nothing
/// else.
fn check(request: &Recorded, case: &Case) {
    let name = format!("{} {}", case.vendor, case.id);
    let core = core();
    let method = core
        .iter()
        .find(|it| (it.0, &*it.1) == (case.vendor, case.id));
    let method = &method.unwrap().2;
    let is_post = method == "POST";
    assert_eq!(request.method(), method, "{name}");
    assert_eq!(request.path(), case.path, "{name}");

    let mut query: Vec<_> = case.query.to_vec();
    let mut body = case.body.clone().or(is_post.then(|| json!({})));
    // Neither `api-version`, which the generator adds, nor a Referer, nor anything else.
    let mut headers = vec!["accept", "host", "user-agent"];
    match (case.vendor, is_post) {
        (Vendor::IpRoyal, _) => headers.push("x-access-token"),
        (Vendor::ProxyShard, _) => headers.push("authorization"),
        (_, true) => body.as_mut().unwrap()["app_key"] = CANARY.into(),
        (_, false) => query.push(("app_key", CANARY)),
    }
    if is_post {
        headers.extend(["content-length", "content-type"]);
    }
    query.sort_unstable();
    headers.sort_unstable();
    let sent = request.query();
    let sent: Vec<_> = sent
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    assert_eq!(sent, query, "{name}");
    assert_eq!(request.json(), body, "{name}");
    let sent = request.headers();
    let sent: Vec<_> = sent.iter().map(|(name, _)| &**name).collect();
    assert_eq!(sent, headers, "{name}");

    let is_json = Some("application/json".to_owned());
    assert_eq!(request.header("accept"), is_json, "{name}");
    let content_type = request.header("content-type");
    assert_eq!(content_type, is_json.filter(|_| is_post), "{name}");
    for (header, value) in [
        ("x-access-token", CANARY.to_owned()),
        ("authorization", format!("Bearer {CANARY}")),
    ] {
        let expected = headers.contains(&header).then_some(value);
        assert_eq!(request.header(header), expected, "{name}");
    }
    let count = request.text().matches(CANARY).count();
    assert_eq!(count, 1, "{name}: places of the credential");
}

fn raw(case: &Case) -> RawRequest {
    let operation = case.vendor.operation(case.id).unwrap();
    let pairs = case.path_parameters.iter();
    let parameters: Vec<_> = pairs
        .map(|&(name, value)| (name.into(), value.into()))
        .collect();
    let mut request = RawRequest::to(operation, &parameters).unwrap();
    for &(name, value) in case.query {
        request = request.query(name, value);
    }
    match &case.body {
        Some(body) => request.json(body.clone()),
        None => request,
    }
}

async fn check_all(cases: Vec<Case>, is_full: bool) {
    let recorder = Recorder::answering("").await;
    let clients = Clients::at(&recorder.base_url());
    let mut done = BTreeSet::new();
    for case in &cases {
        let answer = success(&least_confirmation(case.vendor));
        recorder.restart(answer.clone());
        let result = match is_full {
            true => call_full(&clients, case).await,
            false => call(&clients, case.vendor, case.id).await.map(drop),
        };
        // The decoded answer does not matter here, but a repeat would.
        let typed = recorder.only();
        check(&typed, case);
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::Answer, "{error}");
        }

        recorder.restart(answer);
        let _ = clients.transport(case.vendor).send(raw(case)).await;
        let untyped = recorder.only();
        check(&untyped, case);
        let name = format!("{} {}", case.vendor, case.id);
        assert_eq!(untyped.headers(), typed.headers(), "{name}");
        done.insert((case.vendor, case.id.to_owned()));
    }
    let core: BTreeSet<_> = core().into_iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(done, core, "these operations are not all covered");
}

#[tokio::test]
async fn a_call_with_only_required_parameters_sends_nothing_else() {
    check_all(least(), false).await;
}

#[tokio::test]
async fn a_call_with_every_parameter_sends_them_all() {
    check_all(full(), true).await;
}

#[test]
fn the_full_cases_have_every_documented_parameter() {
    let full = full();
    let core = core();
    for [word, id, place, name, ..] in rows::<10>("parameters.tsv") {
        let vendor = vendor(&word);
        let is_core = core.iter().any(|it| (it.0, &it.1) == (vendor, &id));
        if !is_core {
            continue;
        }
        let mut cases = full
            .iter()
            .filter(|it| (it.vendor, it.id) == (vendor, &*id));
        let is_there = cases.any(|case| match &*place {
            "path" => case.path_parameters.iter().any(|it| it.0 == name),
            // Only a quote sends it: see the test of answers to questions.
            "query" if name == "product_question_answers" => true,
            "query" => case.query.iter().any(|it| it.0 == name),
            _ => case.body.as_ref().unwrap().get(&name).is_some(),
        });
        assert!(is_there, "{word} {id}: {name} is left out");
    }
}

#[tokio::test]
async fn answers_to_questions_go_into_the_query_by_question() {
    let answer = success(&json!({"price_with_vat": 8.01}));
    let recorder = Recorder::answering(answer.clone()).await;
    let clients = Clients::at(&recorder.base_url());
    let mut wanted = iproyal::NewOrder::new(9, 4, 51, 5);
    wanted.answers.insert("12".into(), "yes".into());
    wanted.answers.insert("13".into(), ODD.into());
    wanted.answers.insert("14".into(), true.into());
    wanted.coupon_code = Some(ODD.into());
    let quote = clients.iproyal().quote_order(&wanted).await.unwrap();
    assert_eq!(quote.total.as_text(), "8.01");
    let pairs = &[
        ("coupon_code", ODD),
        ("product_id", "9"),
        ("product_location_id", "51"),
        ("product_plan_id", "4"),
        ("product_question_answers[12]", "yes"),
        ("product_question_answers[13]", ODD),
        ("product_question_answers[14]", "true"),
        ("quantity", "5"),
    ];
    let due = case("iproyal", "calculate_pricing", "/orders/calculate-pricing").query(pairs);
    check(&recorder.only(), &due);
    recorder.restart(answer);
    clients.iproyal().transport().send(raw(&due)).await.unwrap();
    check(&recorder.only(), &due);
}

#[tokio::test]
async fn a_path_parameter_never_leads_to_another_path() {
    let recorder = Recorder::answering("").await;
    let clients = Clients::at(&recorder.base_url());
    let rotate = Vendor::IpRoyal.operation("rotate_mobile_ip").unwrap();
    // The path that the typed client and the raw transport send; `None` is a refusal.
    let table = [
        ("", None, None),
        (".", None, None),
        ("..", None, None),
        ("..\\..", None, Some("..%5C..")),
        ("a\\b", None, Some("a%5Cb")),
        ("a/b", Some("a%2Fb"), Some("a%2Fb")),
        (
            "../../orders",
            Some("..%2F..%2Forders"),
            Some("..%2F..%2Forders"),
        ),
        ("a?b#c", Some("a%3Fb%23c"), Some("a%3Fb%23c")),
        ("%2e%2e", Some("%252e%252e"), Some("%252e%252e")),
        ("k e y", Some("k%20e%20y"), Some("k%20e%20y")),
    ];
    for (key, by_typed, by_raw) in table {
        for (is_typed, due) in [(true, by_typed), (false, by_raw)] {
            recorder.restart(success(&json!({})));
            let result = if is_typed {
                let call = clients.iproyal().api().rotate_mobile_ip().key(key);
                call.send().await.map(drop).map_err(Error::from)
            } else {
                let parameters = [("key".to_owned(), key.to_owned())];
                match RawRequest::to(rotate, &parameters) {
                    Ok(request) => clients.iproyal().transport().send(request).await.map(drop),
                    Err(error) => Err(error),
                }
            };
            let Some(due) = due else {
                not_sent(result, ErrorKind::InvalidInput);
                assert!(recorder.requests().is_empty(), "`{key}`");
                continue;
            };
            result.unwrap();
            let request = recorder.only();
            assert_eq!(request.path(), format!("/orders/4g/rotate-ip/{due}"));
            assert_eq!(request.json(), Some(json!({})));
        }
    }
}

/// Spends through a buyer at a server whose last answer fits every further request. Returns the
/// requests up to the one that spends, which is the only POST. What was charged may be asked for
/// after it.
async fn bought(request: Result<SpendRequest, Error>, answers: &[Value]) -> Vec<Recorded> {
    let request = request.unwrap();
    let recorder = Recorder::scripted(answers.iter().map(success).collect()).await;
    let clients = Clients::at(&recorder.base_url());
    let buyer = clients.buyer(request.vendor()).await;
    let receipt = spend(&buyer, "a", &request).await.unwrap();
    assert_eq!(receipt.order, "7");
    let mut requests = recorder.requests();
    let posts = requests.iter().filter(|it| it.method() == "POST");
    assert_eq!(posts.count(), 1);
    let spent = requests.iter().position(|it| it.method() == "POST");
    requests.truncate(spent.unwrap() + 1);
    requests
}

#[tokio::test]
async fn several_locations_are_priced_one_by_one_and_bought_at_once() {
    let new = iproyal::NewOrder {
        locations: vec![(51, 2), (52, 3)],
        pay_with: iproyal::PayWith::Card(2),
        ..iproyal::NewOrder::new(9, 4, 0, 1)
    };
    let answer = json!({
        "id": 7, "data": [], "meta": {"total": 0}, "price_with_vat": "2.50",
    });
    // The first question is for the balance.
    let answers = [json!("100"), answer];
    let requests = bought(iproyal::spend::order(&new), &answers).await;
    let prices = requests
        .iter()
        .filter(|it| it.path() == "/orders/calculate-pricing");
    assert_eq!(prices.count(), 2);
    let locations = json!([
        {"product_location_id": 51, "quantity": 2}, {"product_location_id": 52, "quantity": 3},
    ]);
    let body = json!({
        "product_id": 9, "product_plan_id": 4, "selection": {"locations": locations},
        "auto_extend": false, "card_id": 2,
    });
    assert_eq!(requests.last().unwrap().json(), Some(body));
}

#[tokio::test]
async fn automatic_extension_that_is_switched_off_names_no_payment() {
    let answer = json!({"order_id": 7, "is_enabled": false});
    let recorder = Recorder::answering(success(&answer)).await;
    let clients = Clients::at(&recorder.base_url());
    let client = clients.iproyal();
    let off = iproyal::AutoExtend::Off;
    client.set_auto_renewal(7, off).await.unwrap();
    assert_eq!(recorder.only().json().unwrap(), answer);
}

#[tokio::test]
async fn addons_go_as_text_into_the_price_and_as_a_list_into_the_purchase() {
    let mut new = proxyshard::NewOrder::proxies("ISP Proxy", "DE", "weekly", NonZeroU64::MIN);
    new.addons = vec![("p0f_slots".into(), NonZeroU64::new(2).unwrap())];
    let answer = json!({
        "success": true, "order_id": 7, "orders": [], "count": 0,
        "final_price": 50, "total_with_addons": 150, "wallet_balance": 10_000,
    });
    let requests = bought(proxyshard::spend::order(&new), &[answer]).await;
    let addons = r#"[{"addon_key":"p0f_slots","qty":2}]"#;
    let addons = ("addons_json".to_owned(), addons.to_owned());
    assert!(requests.iter().any(|it| it.query().contains(&addons)));
    let body = json!({
        "product": "ISP Proxy", "location": "DE", "cycle": "weekly", "quantity": 1,
        "addons": [{"addon_key": "p0f_slots", "qty": 2}],
    });
    assert_eq!(requests.last().unwrap().json(), Some(body));
}

#[tokio::test]
async fn regions_and_renewed_packages_are_joined_as_smartproxy_wants_them() {
    let new = smartproxy::NewOrder {
        regions: vec![("US".into(), 2), ("JP".into(), 1)],
        renew_ids: vec![1, 2],
        ..smartproxy::NewOrder::new(1019, 3)
    };
    let order = json!({"trade_no": "7", "pay_fee": "1.00", "list": [], "pagination": {"total": 0}});
    let requests = bought(
        smartproxy::spend::order(&new),
        &[json!({"code": 0, "data": order})],
    )
    .await;
    let body = json!({
        "pid": 1019, "pm_id": 3, "region_list": "US,2|JP,1", "upids": "1,2", "app_key": CANARY,
    });
    assert_eq!(requests.last().unwrap().json(), Some(body));
}
