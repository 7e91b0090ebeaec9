//! What leaves the machine for each of the documented core operations, as a server on a real socket gets it: from the typed client with
//! the least and with all that can be said, and from the raw transport.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::time::Duration;

use faulty::hasty;
use proxy_orders::{Error, ErrorKind, Outcome, RawRequest, Vendor};
use proxy_orders::{iproyal, proxyshard, smartproxy};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::calls::call;
use support::recorder::{Recorded, Recorder, nothing_said, success};
use support::{Clients, key, rows, vendor};

/// A phrase that no encoding may spoil.
const ODD: &str = "a b&c=d+é/?#";

/// What has to be sent. The credential comes on top.
struct Case {
    vendor: Vendor,
    id: &'static str,
    path_parameters: &'static [(&'static str, &'static str)],
    path: &'static str,
    query: &'static [(&'static str, &'static str)],
    /// `None` when no body is documented.
    body: Option<Value>,
}

fn case(word: &str, id: &'static str, path: &'static str) -> Case {
    Case {
        vendor: vendor(word),
        id,
        path_parameters: &[],
        path,
        query: &[],
        body: None,
    }
}

impl Case {
    fn at(self, path_parameters: &'static [(&'static str, &'static str)]) -> Self {
        Case {
            path_parameters,
            ..self
        }
    }

    fn query(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Case { query, ..self }
    }

    fn body(self, body: Value) -> Self {
        Case {
            body: Some(body),
            ..self
        }
    }
}

/// What `support/calls.rs` asks for: nothing that may be left out.
#[rustfmt::skip]
fn least() -> Vec<Case> {
    vec![
        case("iproyal", "list_orders", "/orders"),
        case("iproyal", "get_order", "/orders/420").at(&[("order_id", "420")]),
        case("iproyal", "calculate_pricing", "/orders/calculate-pricing"),
        case("iproyal", "create_order", "/orders").body(json!({"product_id": 9, "product_plan_id": 4})),
        case("iproyal", "extend_order", "/orders/420/extend").at(&[("order_id", "420")]).body(json!({"product_plan_id": 4})),
        case("iproyal", "toggle_auto_extend", "/orders/toggle-auto-extend").body(json!({"order_id": 420, "is_enabled": false})),
        case("proxyshard", "purchase_order", "/user/api/orders/purchase").body(json!({"product": "ISP Proxy"})),
        case("proxyshard", "calculate_order_price", "/user/api/orders/calculate").query(&[("product", "ISP Proxy")]),
        case("proxyshard", "change_billing_cycle", "/user/api/orders/change-billing-cycle/1").at(&[("order_id", "1")])
            .body(json!({"cycle": "monthly"})),
        case("proxyshard", "set_auto_renewal", "/user/api/orders/edit-auto-renewal/1").at(&[("order_id", "1")])
            .query(&[("auto_renewal", "true")]),
        case("proxyshard", "list_products", "/user/api/proxies/products"),
        case("proxyshard", "list_available_counts", "/user/api/proxies/available-count"),
        case("proxyshard", "get_me", "/user/api/me"),
        case("proxyshard", "list_orders", "/user/api/orders").query(&[("status", "all")]),
        case("proxyshard", "get_order", "/user/api/orders/1").at(&[("id", "1")]),
        case("proxyshard", "renew_order", "/user/api/orders/1/renew").at(&[("id", "1")]),
        case("proxyshard", "tag_order", "/user/api/orders/1/tag").at(&[("id", "1")]).body(json!({"tag": "t"})),
        case("smartproxy", "list_orders", "/pub/order/list"),
        case("smartproxy", "create_order", "/pub/order/create").body(json!({"pid": 1, "pm_id": 1})),
        case("smartproxy", "close_order", "/pub/order/close").body(json!({"trade_no": "t"})),
    ]
}

/// What `call_full` asks for: all that can be said.
#[rustfmt::skip]
fn full() -> Vec<Case> {
    vec![
        case("iproyal", "list_orders", "/orders").query(&[
            ("location_id", "51"), ("note_search", ODD), ("order", "desc"), ("order_billing_type", "regular"),
            ("order_ids[]", "789"), ("order_ids[]", "1011"), ("page", "2"), ("per_page", "50"), ("product_id", "9"),
            ("sort_by", "expire_date"), ("status", "in-progress"), ("status_is_expiring_soon", "false"),
            ("statuses[]", "confirmed"), ("statuses[]", "expired"),
        ]),
        case("iproyal", "get_order", "/orders/9007199254740993").at(&[("order_id", "9007199254740993")]),
        case("iproyal", "calculate_pricing", "/orders/calculate-pricing").query(&[
            ("coupon_code", ODD), ("order_billing_type", "subscription"), ("order_id", "420"), ("product_id", "9"),
            ("product_location_id", "51"), ("product_plan_id", "4"), ("quantity", "5"),
        ]),
        case("iproyal", "create_order", "/orders").body(json!({
            "product_id": 9, "product_plan_id": 4, "product_location_id": 51, "quantity": 5, "coupon_code": ODD,
            "auto_extend": true, "product_question_answers": {"12": "yes", "13": true}, "card_id": 2,
            "selection": {"locations": [{"product_location_id": 51, "quantity": 5}]},
        })),
        case("iproyal", "extend_order", "/orders/420/extend").at(&[("order_id", "420")])
            .body(json!({"product_plan_id": 4, "card_id": 2, "proxies": ["192.0.2.1", "192.0.2.2"]})),
        case("iproyal", "toggle_auto_extend", "/orders/toggle-auto-extend")
            .body(json!({"order_id": 420, "is_enabled": true, "product_plan_id": 4, "payment_type": "card", "card_id": 2})),
        case("proxyshard", "purchase_order", "/user/api/orders/purchase").body(json!({
            "product": "Datacenter Proxy", "location": "DE", "cycle": "monthly", "quantity": 3, "promo_code": ODD,
            "auto_renewal": true, "addons": [{"addon_key": "p0f_slots", "qty": 2}],
        })),
        case("proxyshard", "calculate_order_price", "/user/api/orders/calculate").query(&[
            ("addons_json", r#"[{"addon_key":"p0f_slots","qty":2}]"#), ("cycle", "monthly"), ("location", "DE"),
            ("product", "Datacenter Proxy"), ("promo_code", ODD), ("quantity", "3"),
        ]),
        case("proxyshard", "change_billing_cycle", "/user/api/orders/change-billing-cycle/77").at(&[("order_id", "77")])
            .body(json!({"cycle": ODD})),
        case("proxyshard", "set_auto_renewal", "/user/api/orders/edit-auto-renewal/77").at(&[("order_id", "77")])
            .query(&[("auto_renewal", "false")]),
        case("proxyshard", "list_products", "/user/api/proxies/products"),
        case("proxyshard", "list_available_counts", "/user/api/proxies/available-count"),
        case("proxyshard", "get_me", "/user/api/me"),
        case("proxyshard", "list_orders", "/user/api/orders").query(&[("limit", "100"), ("offset", "200"), ("status", "on-hold")]),
        case("proxyshard", "get_order", "/user/api/orders/77").at(&[("id", "77")]),
        case("proxyshard", "renew_order", "/user/api/orders/77/renew").at(&[("id", "77")]),
        case("proxyshard", "tag_order", "/user/api/orders/77/tag").at(&[("id", "77")]).body(json!({"tag": ODD})),
        case("smartproxy", "list_orders", "/pub/order/list").query(&[
            ("page_no", "2"), ("page_size", "50"), ("product_type", "25"), ("status", "0"), ("trade_no", ODD),
        ]),
        // The page gives `amount` as a number, not as a whole number.
        case("smartproxy", "create_order", "/pub/order/create").body(json!({
            "pid": 1001, "pm_id": 1, "upids": "1,2", "amount": 2, "region_list": "US,1|JP,1", "coupon_sn": ODD,
            "use_invitation_registration_discount": true, "renew_duration": 3, "product_sku_bandwidth_id": 4,
            "product_sku_concurrency_id": 5, "recharge_amount": 6,
        })),
        case("smartproxy", "close_order", "/pub/order/close").body(json!({"trade_no": ODD})),
    ]
}

/// The same through the typed client. A body goes through its generated type, which must lose nothing of it.
async fn call_full(clients: &Clients, case: &Case) -> Result<(), Error> {
    fn typed<T: DeserializeOwned>(case: &Case) -> T {
        serde_json::from_value(case.body.clone().unwrap()).unwrap()
    }
    let (iproyal, proxyshard) = (clients.iproyal.api(), clients.proxyshard.api());
    let smartproxy = clients.smartproxy.api();
    match (case.vendor.as_str(), case.id) {
        ("iproyal", "list_orders") => {
            use iproyal::types::{OrderIds, OrderStatuses};
            let statuses = ["confirmed", "expired"].map(|it| it.parse().unwrap());
            let call = iproyal.list_orders().location_id(51).note_search(ODD);
            let call = call.order("desc").order_billing_type("regular");
            let call = call.order_ids(OrderIds(vec![789, 1011])).page(2);
            let call = call.per_page(50).product_id(9).sort_by("expire_date");
            let call = call.status("in-progress").status_is_expiring_soon(false);
            let call = call.statuses(OrderStatuses(statuses.to_vec()));
            drop(call.send().await?);
        }
        ("iproyal", "get_order") => {
            let call = iproyal.get_order().order_id(9_007_199_254_740_993_i64);
            drop(call.send().await?);
        }
        ("iproyal", "calculate_pricing") => {
            let call = iproyal.calculate_pricing().product_id(9).quantity(5);
            let call = call.product_plan_id(4).product_location_id(51);
            let call = call.coupon_code(ODD).order_id(420);
            drop(call.order_billing_type("subscription").send().await?);
        }
        ("iproyal", "create_order") => {
            let body: iproyal::types::CreateOrderRequest = typed(case);
            drop(iproyal.create_order().body(body).send().await?);
        }
        ("iproyal", "extend_order") => {
            let body: iproyal::types::ExtendOrderRequest = typed(case);
            let call = iproyal.extend_order().order_id(420);
            drop(call.body(body).send().await?);
        }
        ("iproyal", "toggle_auto_extend") => {
            let body: iproyal::types::ToggleAutoExtendRequest = typed(case);
            drop(iproyal.toggle_auto_extend().body(body).send().await?);
        }
        ("proxyshard", "purchase_order") => {
            let body: proxyshard::types::PurchaseOrderRequest = typed(case);
            drop(proxyshard.purchase_order().body(body).send().await?);
        }
        ("proxyshard", "calculate_order_price") => {
            let call = proxyshard.calculate_order_price();
            let call = call.product("Datacenter Proxy").location("DE");
            let call = call.cycle("monthly").quantity(3).promo_code(ODD);
            drop(call.addons_json(case.query[0].1).send().await?);
        }
        ("proxyshard", "change_billing_cycle") => {
            let call = proxyshard.change_billing_cycle().order_id(77);
            drop(call.body_map(|it| it.cycle(ODD)).send().await?);
        }
        ("proxyshard", "set_auto_renewal") => {
            let call = proxyshard.set_auto_renewal().order_id(77);
            drop(call.auto_renewal(false).send().await?);
        }
        ("proxyshard", "list_orders") => {
            let hundred = NonZeroU64::new(100).unwrap();
            let call = proxyshard.list_orders().status("on-hold");
            drop(call.offset(200_u64).limit(hundred).send().await?);
        }
        ("proxyshard", "get_order") => drop(proxyshard.get_order().id(77).send().await?),
        ("proxyshard", "renew_order") => drop(proxyshard.renew_order().id(77).send().await?),
        ("proxyshard", "tag_order") => {
            let call = proxyshard.tag_order().id(77);
            drop(call.body_map(|it| it.tag(ODD)).send().await?);
        }
        ("smartproxy", "list_orders") => {
            let call = smartproxy.list_orders().page_no(2).page_size(50);
            let call = call.trade_no(ODD).status(0).product_type(25);
            drop(call.send().await?);
        }
        ("smartproxy", "create_order") => {
            let body: smartproxy::types::CreateOrderRequest = typed(case);
            drop(smartproxy.create_order().body(body).send().await?);
        }
        ("smartproxy", "close_order") => {
            let call = smartproxy.close_order().body_map(|it| it.trade_no(ODD));
            drop(call.send().await?);
        }
        // The others have no parameters.
        _ => drop(call(clients, case.vendor, case.id).await?.unwrap()),
    }
    Ok(())
}

/// The core operations, as the vendors' pages have them: vendor, operationId, method.
fn core() -> Vec<(Vendor, String, String)> {
    let rows = rows::<6>("operations.tsv").into_iter();
    rows.filter(|row| row[5] == "docs")
        .map(|[word, id, method, ..]| (vendor(&word), id, method))
        .collect()
}

/// The request is the one that the case wants, with the credential in its place and nothing else on it.
fn check(request: &Recorded, case: &Case) {
    let name = format!("{} {}", case.vendor, case.id);
    let method = core()
        .into_iter()
        .find(|it| (it.0, &*it.1) == (case.vendor, case.id));
    let method = method.unwrap().2;
    let (is_post, key) = (method == "POST", key(case.vendor));
    assert_eq!(request.method(), method, "{name}");
    assert_eq!(request.path(), case.path, "{name}");

    let mut query: Vec<_> = case.query.to_vec();
    let mut body = case.body.clone().or(is_post.then(|| json!({})));
    let mut headers = vec!["accept", "host", "user-agent"];
    match case.vendor {
        Vendor::IpRoyal => headers.push("x-access-token"),
        Vendor::ProxyShard => headers.push("authorization"),
        Vendor::SmartProxy if is_post => body.as_mut().unwrap()["app_key"] = key.into(),
        Vendor::SmartProxy => query.push(("app_key", key)),
        other => unreachable!("{other}"),
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
    // Neither `api-version`, which the generator adds, nor a Referer, nor anything else.
    let sent = request.headers();
    let sent: Vec<_> = sent.iter().map(|(name, _)| &**name).collect();
    assert_eq!(sent, headers, "{name}");

    let is_json = Some("application/json".to_owned());
    assert_eq!(request.header("accept"), is_json, "{name}");
    assert_eq!(
        request.header("content-type"),
        is_json.filter(|_| is_post),
        "{name}"
    );
    match case.vendor {
        Vendor::IpRoyal => assert_eq!(request.header("x-access-token").unwrap(), key),
        Vendor::ProxyShard => assert_eq!(
            request.header("authorization").unwrap(),
            format!("Bearer {key}")
        ),
        Vendor::SmartProxy => {}
        other => unreachable!("{other}"),
    }
    assert_eq!(
        request.text().matches(key).count(),
        1,
        "{name}: the key is in another place as well"
    );
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

async fn stage() -> (Recorder, Clients) {
    let recorder = Recorder::answering("").await;
    let clients = hasty(&recorder.base_url(), Duration::from_secs(30));
    (recorder, clients)
}

async fn check_all(cases: Vec<Case>, is_full: bool) {
    let (recorder, clients) = stage().await;
    let due: BTreeSet<_> = core().into_iter().map(|it| (it.0.as_str(), it.1)).collect();
    assert_eq!(due.len(), 20);
    let mut done = BTreeSet::new();
    for case in &cases {
        let answer = success(&nothing_said(case.vendor));
        recorder.restart(answer.clone());
        let result = match is_full {
            true => call_full(&clients, case).await,
            false => call(&clients, case.vendor, case.id)
                .await
                .map(|known| assert!(known.is_some())),
        };
        // What the answer is read as is no matter here; that there was no repeat is.
        let typed = recorder.only();
        check(&typed, case);
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::Answer, "{error}");
        }

        recorder.restart(answer);
        let _ = clients.transport(case.vendor).send(raw(case)).await;
        let untyped = recorder.only();
        check(&untyped, case);
        assert_eq!(
            untyped.headers(),
            typed.headers(),
            "{} {}",
            case.vendor,
            case.id
        );
        done.insert((case.vendor.as_str(), case.id.to_owned()));
    }
    assert_eq!(done, due, "these operations are not all covered");
}

#[tokio::test]
async fn the_least_that_can_be_said_is_sent_without_anything_else() {
    check_all(least(), false).await;
}

#[tokio::test]
async fn all_that_can_be_said_is_sent() {
    check_all(full(), true).await;
}

#[test]
fn the_full_calls_say_every_documented_parameter() {
    let full = full();
    let mut checked = 0;
    for [word, id, place, name, ..] in rows::<10>("parameters.tsv") {
        let Some(case) = full
            .iter()
            .find(|it| (it.vendor, it.id) == (vendor(&word), &*id))
        else {
            continue;
        };
        let is_said = match &*place {
            "path" => case.path_parameters.iter().any(|it| it.0 == name),
            // Only the wrapper can say it: see the test of answers to questions.
            "query" if name == "product_question_answers" => true,
            "query" => case.query.iter().any(|it| it.0 == name),
            _ => case.body.as_ref().unwrap().get(&name).is_some(),
        };
        assert!(is_said, "{word} {id}: {name} is left out");
        checked += 1;
    }
    assert_eq!(checked, 80);
}

#[tokio::test]
async fn answers_to_questions_go_into_the_query_by_question() {
    let (recorder, clients) = stage().await;
    let answer = success(&json!({"price_with_vat": 8.01}));
    recorder.restart(answer.clone());
    let mut wanted = iproyal::NewOrder::new(9, 4, 51, 5);
    wanted.answers.insert("12".into(), "yes".into());
    wanted.answers.insert("13".into(), ODD.into());
    wanted.answers.insert("14".into(), true.into());
    wanted.coupon_code = Some(ODD.into());
    let quote = clients.iproyal.quote(&wanted).await.unwrap();
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
    clients.iproyal.transport().send(raw(&due)).await.unwrap();
    check(&recorder.only(), &due);
}

#[tokio::test]
async fn a_path_parameter_never_leads_to_another_path() {
    let (recorder, clients) = stage().await;
    let rotate = Vendor::IpRoyal.operation("rotate_mobile_ip").unwrap();
    // What the typed client and the raw transport make of it; `None` is a refusal.
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
                let call = clients.iproyal.api().rotate_mobile_ip().key(key);
                call.send().await.map(drop).map_err(Error::from)
            } else {
                let parameters = [("key".to_owned(), key.to_owned())];
                match RawRequest::to(rotate, &parameters) {
                    Ok(request) => clients.iproyal.transport().send(request).await.map(drop),
                    Err(error) => Err(error),
                }
            };
            let Some(due) = due else {
                let error = result.unwrap_err();
                let found = (error.kind(), error.outcome());
                assert_eq!(
                    found,
                    (ErrorKind::InvalidInput, Outcome::NotSent),
                    "`{key}`"
                );
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

#[tokio::test]
async fn the_wrappers_say_what_they_are_told() {
    let cap = Decimal::new(1000, 0);
    // Several locations: each is priced, and all are bought at once.
    let price = success(&json!({"price_with_vat": "2.50"}));
    let order = success(&json!({"id": 7}));
    let recorder = Recorder::scripted(vec![price.clone(), price, order.clone()]).await;
    let client = hasty(&recorder.base_url(), Duration::from_secs(30)).iproyal;
    let wanted = iproyal::NewOrder {
        locations: vec![(51, 2), (52, 3)],
        pay_with: iproyal::PayWith::Card(2),
        ..iproyal::NewOrder::new(9, 4, 0, 1)
    };
    assert_eq!(client.buy(&wanted, cap).await.unwrap().id, 7);
    let requests = recorder.requests();
    let sent: Vec<_> = requests.iter().map(|it| (it.method(), it.path())).collect();
    let price = ("GET", "/orders/calculate-pricing");
    assert_eq!(sent, [price, price, ("POST", "/orders")]);
    let locations = json!([{"product_location_id": 51, "quantity": 2}, {"product_location_id": 52, "quantity": 3}]);
    assert_eq!(
        requests[2].json().unwrap(),
        json!({"product_id": 9, "product_plan_id": 4, "selection": {"locations": locations}, "auto_extend": false, "card_id": 2})
    );
    // Off says nothing of a payment.
    recorder.restart(success(&json!({"order_id": 7, "is_enabled": false})));
    client
        .set_auto_renewal(7, iproyal::AutoExtend::Off)
        .await
        .unwrap();
    assert_eq!(
        recorder.only().json().unwrap(),
        json!({"order_id": 7, "is_enabled": false})
    );

    // Add-ons: as text in the price, as a list in the purchase.
    let price = success(&json!({"success": true, "final_price": 50, "total_with_addons": 150}));
    let order = success(&json!({"success": true, "order_id": 7}));
    let recorder = Recorder::scripted(vec![price, order]).await;
    let client = hasty(&recorder.base_url(), Duration::from_secs(30)).proxyshard;
    let mut wanted = proxyshard::NewOrder::proxies("ISP Proxy", "DE", "weekly", NonZeroU64::MIN);
    wanted.addons = vec![("p0f_slots".into(), NonZeroU64::new(2).unwrap())];
    assert_eq!(client.buy(&wanted, cap).await.unwrap().order_id, 7);
    let requests = recorder.requests();
    let addons = (
        "addons_json".to_owned(),
        r#"[{"addon_key":"p0f_slots","qty":2}]"#.to_owned(),
    );
    assert!(requests[0].query().contains(&addons));
    assert_eq!(
        requests[1].json().unwrap(),
        json!({"product": "ISP Proxy", "location": "DE", "cycle": "weekly", "quantity": 1, "addons": [{"addon_key": "p0f_slots", "qty": 2}]})
    );

    let recorder = Recorder::answering(success(&nothing_said(Vendor::SmartProxy))).await;
    let client = hasty(&recorder.base_url(), Duration::from_secs(30)).smartproxy;
    let wanted = smartproxy::NewOrder {
        regions: vec![("US".into(), 2), ("JP".into(), 1)],
        renew_ids: vec![1, 2],
        ..smartproxy::NewOrder::new(1019, 3)
    };
    client.create_order(&wanted).await.unwrap();
    assert_eq!(
        recorder.only().json().unwrap(),
        json!({"pid": 1019, "pm_id": 3, "region_list": "US,2|JP,1", "upids": "1,2", "app_key": key(Vendor::SmartProxy)})
    );
}
