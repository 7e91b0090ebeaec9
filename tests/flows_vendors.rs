//! What each vendor's own client does beyond `flows.rs`, against the sandbox and, where the sandbox knows one answer only, against a
//! scripted one: several locations, filters, families of products, renewals, a gateway.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::num::NonZeroU64;
use std::time::Duration;

use futures_util::TryStreamExt;
use proxy_orders::iproyal::OrderQuery;
use proxy_orders::proxyshard::types::{OrderListItem, OrderStatusFilter};
use proxy_orders::smartproxy::{Gateway, types::UserProduct};
use proxy_orders::{Account, ClientBuilder, Error, ErrorKind, Limits};
use proxy_orders::{OrderState, Outcome, PollOptions, iproyal, proxyshard, smartproxy};
use proxy_orders_sandbox::{Sandbox, Vendor as SandboxVendor};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use support::Clients;
use support::recorder::{Recorder, success};

/// A key that every vendor's sandbox takes.
const KEY: &str = "sandbox-vendors-0123456789-abcde";
/// Longer than any test, so that only `advance` ends it.
const DELAY: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn dollars(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().provisioning_delay(DELAY);
    builder.start().await.unwrap()
}

fn client<C>(builder: ClientBuilder<C>, base_url: String) -> C {
    let limits = Limits {
        requests_per_second: None,
        ..Limits::default()
    };
    let builder = builder.credential(KEY).base_url(base_url).limits(limits);
    builder.build().unwrap()
}

async fn at_iproyal() -> (Sandbox, iproyal::Client) {
    let sandbox = sandbox().await;
    let client = client(
        iproyal::Client::builder(),
        sandbox.base_url(SandboxVendor::IpRoyal),
    );
    (sandbox, client)
}

async fn at_proxyshard() -> (Sandbox, proxyshard::Client) {
    let sandbox = sandbox().await;
    let client = client(
        proxyshard::Client::builder(),
        sandbox.base_url(SandboxVendor::ProxyShard),
    );
    (sandbox, client)
}

async fn at_smartproxy() -> (Sandbox, smartproxy::Client) {
    let sandbox = sandbox().await;
    let client = client(
        smartproxy::Client::builder(),
        sandbox.base_url(SandboxVendor::SmartProxy),
    );
    (sandbox, client)
}

/// A failure that changed nothing.
#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind) -> Error {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert_ne!(error.outcome(), Outcome::Unknown, "{error}");
    error
}

fn count(number: u64) -> NonZeroU64 {
    NonZeroU64::new(number).unwrap()
}

// ---- IPRoyal ---------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn iproyal_buys_at_several_locations_for_the_sum_of_their_quotes() {
    let (sandbox, client) = at_iproyal().await;
    let wanted = iproyal::NewOrder {
        locations: vec![(789, 2), (456, 3)],
        coupon_code: Some("SAVE10".to_owned()),
        auto_extend: true,
        ..iproyal::NewOrder::new(123, 456, 0, 1)
    };
    let quote = client.quote(&wanted).await.unwrap();
    assert_eq!(quote.total.amount(), Some(dollars(1350)));
    assert_eq!(
        quote.before_discounts.unwrap().amount(),
        Some(dollars(1500))
    );
    assert_refused(client.buy(&wanted, dollars(1349)).await, ErrorKind::OverCap);
    let order = client.buy(&wanted, dollars(1350)).await.unwrap();
    let posts = sandbox
        .requests()
        .into_iter()
        .filter(|it| it.method == "POST");
    assert_eq!(posts.count(), 1);
    assert_eq!(
        (order.quantity, order.locations.as_deref()),
        (Some(5), Some("Canada, United States"))
    );
    assert!(order.auto_extend_settings.is_some());
    let left = client.balance().await.unwrap().amount();
    assert_eq!(left, Some(dollars(88405 - 1350)));
    sandbox.advance(DELAY);
    assert_eq!(client.proxies(order.id).await.unwrap().len(), 5);
}

#[tokio::test]
async fn iproyal_refuses_an_order_that_says_nothing_before_it_is_sent() {
    let (sandbox, client) = at_iproyal().await;
    for locations in [vec![], vec![(789, 0)], vec![(789, 1), (456, -1)]] {
        let wanted = iproyal::NewOrder {
            locations,
            ..iproyal::NewOrder::new(123, 456, 0, 1)
        };
        assert_refused(
            client.buy(&wanted, dollars(99999)).await,
            ErrorKind::InvalidInput,
        );
    }
    assert_eq!(sandbox.requests(), []);
}

#[tokio::test]
async fn iproyal_filters_and_sorts() {
    let (_sandbox, client) = at_iproyal().await;
    let ids = async |query: OrderQuery| -> Vec<i64> {
        let orders: Vec<_> = client.orders(query).try_collect().await.unwrap();
        orders.iter().map(|order| order.id).collect()
    };
    let status = |word: &str| word.parse().unwrap();
    let sort = |direction: &str| Some(("id".to_owned(), direction.parse().unwrap()));
    let all = OrderQuery::default;
    assert_eq!(
        ids(OrderQuery {
            status: Some(status("unpaid")),
            ..all()
        })
        .await,
        [500]
    );
    let ended = vec![status("refunded"), status("expired")];
    assert_eq!(
        ids(OrderQuery {
            statuses: ended,
            sort: sort("asc"),
            ..all()
        })
        .await,
        [501, 502]
    );
    let named = vec![789, 1011, 420];
    assert_eq!(
        ids(OrderQuery {
            order_ids: named,
            sort: sort("desc"),
            ..all()
        })
        .await,
        [1011, 789, 420]
    );
    assert_eq!(
        ids(OrderQuery {
            note_search: Some("ends".to_owned()),
            ..all()
        })
        .await,
        [503]
    );
    assert_eq!(
        ids(OrderQuery {
            product_id: Some(9),
            location_id: Some(51),
            ..all()
        })
        .await,
        [505]
    );
    assert_eq!(
        ids(OrderQuery {
            is_expiring_soon: Some(true),
            ..all()
        })
        .await,
        [503]
    );
    let billing_type = Some("subscription".parse().unwrap());
    assert_eq!(
        ids(OrderQuery {
            billing_type,
            ..all()
        })
        .await,
        [504]
    );
}

// ---- ProxyShard ------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn proxyshard_sells_every_family_of_products() {
    let (_sandbox, client) = at_proxyshard().await;
    let spare = proxyshard::NewOrder::new;
    for (wanted, cents) in [
        (
            proxyshard::NewOrder {
                quantity: Some(count(5)),
                ..spare("Standart Residential Proxy")
            },
            1250,
        ),
        (
            proxyshard::NewOrder {
                quantity: Some(count(5)),
                ..spare("Premium Residential Proxy")
            },
            2250,
        ),
        (
            proxyshard::NewOrder {
                cycle: Some("daily".to_owned()),
                ..spare("Unmetered Residential proxy")
            },
            2500,
        ),
        // A product that the pages of the purchase don't name.
        (
            proxyshard::NewOrder {
                cycle: Some("monthly".to_owned()),
                ..spare("Residential Proxy NEW")
            },
            1000,
        ),
    ] {
        let made = client.buy(&wanted, dollars(cents)).await.unwrap();
        let order = client.order(made.order_id).await.unwrap();
        assert_eq!(order.product_name.as_deref(), Some(wanted.product.as_str()));
        assert_eq!(order.price_paid.unwrap().cents(), Some(cents));
        let proxies = assert_refused(client.proxies(made.order_id).await, ErrorKind::Forbidden);
        assert!(
            proxies.to_string().contains("get_residential_profile"),
            "{proxies}"
        );
    }
}

#[tokio::test]
async fn proxyshard_renews_only_what_is_on_hold() {
    let (_sandbox, client) = at_proxyshard().await;
    let active = client.renew(1001, dollars(99999)).await;
    assert_refused(active, ErrorKind::Validation);
    let before = client.balance().await.unwrap().amount().unwrap();
    client.renew(1002, dollars(1500)).await.unwrap();
    let renewed = Account::order(&client, "1002").await.unwrap();
    assert_eq!(renewed.state, OrderState::Active);
    let after = client.balance().await.unwrap().amount().unwrap();
    assert_eq!(before - after, dollars(1500));
}

/// `price_paid` is the price without add-ons, which a renewal pays for as well.
#[tokio::test]
async fn proxyshard_renewal_keeps_the_cap_with_addons() {
    let (sandbox, client) = at_proxyshard().await;
    // Order 1007: four at 3.00 and three slots at 0.50, which run out in 25 days and are then on hold for three.
    sandbox.advance(26 * DAY);
    assert_eq!(
        client.order(1007).await.unwrap().p0f_slots_available,
        Some(3)
    );
    let before = client.balance().await.unwrap().amount().unwrap();
    let cap = dollars(1200);
    let result = client.renew(1007, cap).await;
    let spent = before - client.balance().await.unwrap().amount().unwrap();
    assert!(spent <= cap, "the cap was {cap}, and {spent} were spent");
    assert_refused(result, ErrorKind::OverCap);
    client.renew(1007, dollars(1350)).await.unwrap();
}

/// By its page `count` may be the size of the page: then it must not be taken for the end of the list.
#[tokio::test]
async fn proxyshard_lists_everything_whatever_count_counts() {
    let page = |first: i64, last: i64, next: Option<&str>| {
        let item = |id| json!({"order_id": id, "product_id": 1, "product_name": "ISP Proxy", "cycle_id": 1, "cycle_name": "monthly"});
        let orders: Vec<Value> = (first..=last).map(item).collect();
        success(
            &json!({"success": true, "count": orders.len(), "orders": orders, "prev": null, "next": next}),
        )
    };
    let next = "/user/api/orders?status=all&offset=100&limit=100";
    let pages = vec![page(1, 100, Some(next)), page(101, 103, None)];
    let recorder = Recorder::scripted(pages).await;
    let client = Clients::at(&recorder.base_url()).proxyshard;
    let orders = client.orders(OrderStatusFilter::All);
    let orders: Vec<OrderListItem> = orders.try_collect().await.unwrap();
    assert_eq!(
        orders.len(),
        103,
        "after {} requests",
        recorder.requests().len()
    );
}

// ---- SmartProxy ------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn smartproxy_orders_that_nobody_pays_lapse() {
    let (sandbox, client) = at_smartproxy().await;
    let client = client.with_gateway("gw.example:1080".parse().unwrap());
    let wanted = smartproxy::NewOrder {
        regions: vec![("JP".to_owned(), 1), ("US".to_owned(), 2)],
        coupon_sn: Some("SAVE10".to_owned()),
        ..smartproxy::NewOrder::new(1001, 0)
    };
    let order = client.buy(&wanted, dollars(1350)).await.unwrap();
    let short = PollOptions {
        timeout: Duration::from_millis(60),
        interval: Duration::from_millis(20),
    };
    let waited = client.wait_until_provisioned(&order.trade_no, short).await;
    assert_refused(waited, ErrorKind::Deadline);
    sandbox.advance(DELAY);
    let lapsed = Account::order(&client, &order.trade_no).await.unwrap();
    assert_eq!(
        (lapsed.state, lapsed.expires),
        (OrderState::Cancelled, None)
    );
}

#[tokio::test]
async fn smartproxy_renews_for_as_long_as_it_is_told() {
    let (sandbox, client) = at_smartproxy().await;
    let held: Vec<_> = client.user_products(None).try_collect().await.unwrap();
    let fixed = smartproxy::types::ProductType::DatacenterStaticIp;
    let held = held
        .iter()
        .find(|it| it.product_type == Some(fixed.clone()))
        .unwrap();
    let wanted = smartproxy::NewOrder {
        renew_ids: vec![held.id.unwrap()],
        renew_duration: Some(3_i64.into()),
        ..smartproxy::NewOrder::new(1019, 1)
    };
    // Four addresses at 4.00 a month.
    assert_refused(client.buy(&wanted, dollars(4799)).await, ErrorKind::OverCap);
    client.buy(&wanted, dollars(4800)).await.unwrap();
    sandbox.advance(DELAY);
    let trade_no = held.trade_no.as_deref();
    let after: Vec<_> = client.user_products(trade_no).try_collect().await.unwrap();
    let moved = |it: &UserProduct| {
        it.expired_at
            .clone()
            .unwrap()
            .timestamp_assuming_utc()
            .unwrap()
    };
    let days = moved(&after[0]).duration_since(moved(held)).as_hours() / 24;
    assert_eq!((after.len(), days), (1, 90));
}

#[tokio::test]
async fn smartproxy_needs_a_gateway_to_name_proxies() {
    let (sandbox, client) = at_smartproxy().await;
    let error = assert_refused(client.proxies("string").await, ErrorKind::Configuration);
    assert!(error.to_string().contains("SMARTPROXY_GATEWAY"), "{error}");
    assert_eq!(sandbox.requests(), []);
    let gateway: Gateway = "gw.example:1080".parse().unwrap();
    let client = client.with_gateway(gateway);
    // That order is not paid.
    assert_eq!(client.proxies("string").await.unwrap(), []);
    let wrong = [
        "gw.example",
        ":80",
        "gw.example:x",
        "http://gw:80",
        "u@gw:80",
        "",
    ];
    for odd in wrong {
        assert!(odd.parse::<Gateway>().is_err(), "{odd}");
    }
}

/// Some servers write an empty list as null. That is believed only if the count beside it says the same.
#[tokio::test]
async fn a_list_that_is_null_is_empty_only_where_the_count_says_so() {
    let smartproxy =
        |total: u8| json!({"code": 0, "data": {"list": null, "pagination": {"total": total}}});
    let proxyshard = |count: u8| json!({"success": true, "orders": null, "count": count});
    for count in [0, 3] {
        let recorder = Recorder::answering(success(&smartproxy(count))).await;
        let clients = Clients::at(&recorder.base_url());
        let orders = clients.smartproxy.orders(smartproxy::OrderQuery::default());
        let listed = orders.try_collect::<Vec<_>>().await;
        assert_eq!(listed.map(|it| it.len()).ok(), (count == 0).then_some(0));

        let recorder = Recorder::answering(success(&proxyshard(count))).await;
        let clients = Clients::at(&recorder.base_url());
        let orders = clients.proxyshard.orders(OrderStatusFilter::All);
        let listed = orders.try_collect::<Vec<_>>().await;
        assert_eq!(listed.map(|it| it.len()).ok(), (count == 0).then_some(0));
    }
}
