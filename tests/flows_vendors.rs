//! Flows that are special to one vendor, against the sandbox and, where the sandbox knows one
//! answer only, against a scripted one: several locations, filters, families of products, renewals,
//! a gateway.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::mem;
use std::num::NonZeroU64;
use std::time::Duration;

use futures_util::TryStreamExt;
use proxy_orders::iproyal::OrderQuery;
use proxy_orders::proxyshard::types::{OrderListItem, OrderStatusFilter};
use proxy_orders::smartproxy::types::{ProductType, UserProduct};
use proxy_orders::vocabulary::Gateway;
use proxy_orders::{Account, ErrorKind, OrderState, PollOptions, Vendor};
use proxy_orders::{iproyal, proxyshard, smartproxy};
use serde_json::{Value, json};
use support::fixture::*;
use support::recorder::{Recorder, success};

// ---- IPRoyal -----------------------------------------------------------------------------------

#[tokio::test]
async fn iproyal_buys_at_several_locations_for_the_sum_of_their_quotes() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.iproyal();
    let wanted = iproyal::NewOrder {
        locations: vec![(789, 2), (456, 3)],
        coupon_code: Some("SAVE10".to_owned()),
        auto_extend: true,
        ..iproyal::NewOrder::new(123, 456, 0, 1)
    };
    let quote = client.quote_order(&wanted).await.unwrap();
    assert_eq!(quote.total.amount(), Some(cents(1350)));
    assert_eq!(quote.before_discounts.unwrap().amount(), Some(cents(1500)));
    let result = fixture.spend(iproyal::spend::order(&wanted), 1349).await;
    not_sent(result, ErrorKind::OverCap);
    let made = fixture.spend(iproyal::spend::order(&wanted), 1350).await;
    let made = made.unwrap();
    assert_eq!(fixture.posts(), 1);
    let order = client.get_order(made.order.parse().unwrap()).await.unwrap();
    assert_eq!(order.quantity, Some(5));
    assert_eq!(order.locations.as_deref(), Some("Canada, United States"));
    assert!(order.auto_extend_settings.is_some());
    assert_eq!(balance(client).await, cents(88405 - 1350));
    fixture.provision();
    assert_eq!(client.proxies(&made.order).await.unwrap().len(), 5);
}

#[tokio::test]
async fn iproyal_refuses_an_order_without_proxies_before_it_is_sent() {
    let fixture = Fixture::new().await;
    for locations in [vec![], vec![(789, 0)], vec![(789, 1), (456, -1)]] {
        let wanted = iproyal::NewOrder {
            locations,
            ..iproyal::NewOrder::new(123, 456, 0, 1)
        };
        let result = fixture.spend(iproyal::spend::order(&wanted), 99999).await;
        not_sent(result, ErrorKind::InvalidInput);
    }
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn iproyal_filters_and_sorts() {
    let fixture = Fixture::new().await;
    let ids = async |query: OrderQuery| -> Vec<i64> {
        let orders = fixture.clients.iproyal().list_orders(query);
        orders.map_ok(|order| order.id).try_collect().await.unwrap()
    };
    let sorted = |direction: &str| Some(("id".to_owned(), direction.parse().unwrap()));
    let status = Some("unpaid".parse().unwrap());
    let mut query = OrderQuery {
        status,
        ..OrderQuery::default()
    };
    assert_eq!(ids(mem::take(&mut query)).await, [500]);
    query.statuses = vec!["refunded".parse().unwrap(), "expired".parse().unwrap()];
    query.sort = sorted("asc");
    assert_eq!(ids(mem::take(&mut query)).await, [501, 502]);
    query.order_ids = vec![789, 1011, 420];
    query.sort = sorted("desc");
    assert_eq!(ids(mem::take(&mut query)).await, [1011, 789, 420]);
    query.note_search = Some("ends".to_owned());
    assert_eq!(ids(mem::take(&mut query)).await, [503]);
    query.product_id = Some(9);
    query.location_id = Some(51);
    assert_eq!(ids(mem::take(&mut query)).await, [505]);
    query.is_expiring_soon = Some(true);
    assert_eq!(ids(mem::take(&mut query)).await, [503]);
    query.billing_type = Some("subscription".parse().unwrap());
    assert_eq!(ids(query).await, [504]);
}

// ---- ProxyShard --------------------------------------------------------------------------------

#[tokio::test]
async fn proxyshard_sells_every_family_of_products() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.proxyshard();
    for (product, quantity, cycle, price) in [
        ("Standart Residential Proxy", NonZeroU64::new(5), None, 1250),
        ("Premium Residential Proxy", NonZeroU64::new(5), None, 2250),
        ("Unmetered Residential proxy", None, Some("daily"), 2500),
        // A product that the pages of the purchase do not name.
        ("Residential Proxy NEW", None, Some("monthly"), 1000),
    ] {
        let mut wanted = proxyshard::NewOrder::new(product);
        wanted.quantity = quantity;
        wanted.cycle = cycle.map(str::to_owned);
        let wanted = proxyshard::spend::order(&wanted);
        let made = fixture.spend(wanted, price).await;
        let made = made.unwrap();
        let id = made.order.parse().unwrap();
        let order = client.get_order(id).await.unwrap();
        assert_eq!(order.product_name.as_deref(), Some(product));
        assert_eq!(order.price_paid.unwrap().cents(), Some(price));
        let error = rejected(client.proxies(&made.order).await, ErrorKind::Forbidden);
        let advice = "get_residential_profile";
        assert!(error.to_string().contains(advice), "{error}");
    }
}

#[tokio::test]
async fn proxyshard_renews_only_what_is_on_hold() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.proxyshard();
    let active = fixture.spend(proxyshard::spend::renewal(1001), 99999).await;
    not_sent(active, ErrorKind::Refused);
    let before = balance(client).await;
    bought(fixture.spend(proxyshard::spend::renewal(1002), 1500).await);
    let renewed = Account::order(client, "1002").await.unwrap();
    assert_eq!(renewed.state, OrderState::Active);
    assert_eq!(before - balance(client).await, cents(1500));
}

/// `price_paid` is the price without add-ons, which a renewal pays for as well.
#[tokio::test]
async fn proxyshard_renewal_keeps_the_cap_with_addons() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.proxyshard();
    // Order 1007: four at 3.00 and three slots at 0.50, which run out in 25 days and are then on
    // hold for three.
    fixture.sandbox.advance(26 * DAY);
    let order = client.get_order(1007).await.unwrap();
    assert_eq!(order.p0f_slots_available, Some(3));
    let before = balance(client).await;
    let result = fixture.spend(proxyshard::spend::renewal(1007), 1200).await;
    not_sent(result, ErrorKind::OverCap);
    assert_eq!(balance(client).await, before);
    bought(fixture.spend(proxyshard::spend::renewal(1007), 1350).await);
}

/// By its page `count` may be the size of the page: then it must not be taken for the end of the
/// list.
#[tokio::test]
async fn proxyshard_lists_everything_whatever_count_counts() {
    let page = |first: i64, last: i64, next: Option<&str>| {
        let item = |id| {
            json!({
                "order_id": id, "product_id": 1, "product_name": "ISP Proxy",
                "cycle_id": 1, "cycle_name": "monthly",
            })
        };
        let orders: Vec<Value> = (first..=last).map(item).collect();
        success(&json!({
            "success": true, "count": orders.len(), "orders": orders, "prev": null, "next": next,
        }))
    };
    let next = "/user/api/orders?status=all&offset=100&limit=100";
    let pages = vec![page(1, 100, Some(next)), page(101, 103, None)];
    let recorder = Recorder::scripted(pages).await;
    let clients = Clients::at(&recorder.base_url());
    let client = clients.proxyshard();
    let orders = client.list_orders(OrderStatusFilter::All);
    let orders: Vec<OrderListItem> = orders.try_collect().await.unwrap();
    let requests = recorder.requests().len();
    assert_eq!(orders.len(), 103, "after {requests} requests");
}

// ---- SmartProxy --------------------------------------------------------------------------------

#[tokio::test]
async fn smartproxy_orders_that_nobody_pays_lapse() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.smartproxy();
    let wanted = smartproxy::NewOrder {
        regions: vec![("JP".to_owned(), 1), ("US".to_owned(), 2)],
        coupon_sn: Some("SAVE10".to_owned()),
        ..smartproxy::NewOrder::new(1001, 0)
    };
    let made = fixture.spend(smartproxy::spend::order(&wanted), 1350).await;
    let made = made.unwrap();
    let short = PollOptions {
        timeout: Duration::from_millis(60),
        interval: Duration::from_millis(20),
    };
    let waited = client.wait_until_provisioned(&made.order, short).await;
    rejected(waited, ErrorKind::Deadline);
    fixture.provision();
    let lapsed = Account::order(client, &made.order).await.unwrap();
    assert_eq!(lapsed.state, OrderState::Cancelled);
    assert_eq!(lapsed.expires, None);
}

#[tokio::test]
async fn smartproxy_renews_for_as_long_as_it_is_told() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.smartproxy();
    let held: Vec<_> = client.user_products(None).try_collect().await.unwrap();
    let fixed = Some(ProductType::DatacenterStaticIp);
    let held = held.iter().find(|it| it.product_type == fixed).unwrap();
    let wanted = smartproxy::NewOrder {
        renew_ids: vec![held.id.unwrap()],
        renew_duration: Some(3_i64.into()),
        ..smartproxy::NewOrder::new(1019, 1)
    };
    // Four addresses at 4.00 a month.
    let result = fixture.spend(smartproxy::spend::order(&wanted), 4799).await;
    rejected(result, ErrorKind::OverCap);
    bought(fixture.spend(smartproxy::spend::order(&wanted), 4800).await);
    fixture.provision();
    let trade_no = held.trade_no.as_deref();
    let after: Vec<_> = client.user_products(trade_no).try_collect().await.unwrap();
    let end = |it: &UserProduct| {
        let end = it.expired_at.clone().unwrap();
        end.timestamp_assuming_utc().unwrap()
    };
    let days = end(&after[0]).duration_since(end(held)).as_hours() / 24;
    assert_eq!((after.len(), days), (1, 90));
}

#[tokio::test]
async fn smartproxy_needs_a_gateway_to_name_proxies() {
    let fixture = Fixture::new().await;
    let builder = smartproxy::Client::builder().credential(new_key());
    let builder = builder.base_url(base_url(&fixture.sandbox, Vendor::SmartProxy));
    let client = builder.build().unwrap();
    let error = not_sent(client.proxies("string").await, ErrorKind::Configuration);
    assert!(error.to_string().contains("gateway"), "{error}");
    assert_eq!(fixture.requests(), 0);
    // That order is not paid.
    let client = fixture.clients.smartproxy();
    assert_eq!(client.proxies("string").await.unwrap(), []);
    let wrong = ["gw.example", ":80", "gw:x", "http://gw:80", "u@gw:80", ""];
    for wrong in wrong {
        assert!(wrong.parse::<Gateway>().is_err(), "{wrong}");
    }
}

/// Some servers write an empty list as null. A null list is empty only if the count beside it is 0.
#[tokio::test]
async fn a_list_that_is_null_is_empty_only_where_the_count_says_so() {
    let smartproxy =
        |total: u8| json!({"code": 0, "data": {"list": null, "pagination": {"total": total}}});
    let proxyshard = |count: u8| json!({"success": true, "orders": null, "count": count});
    for count in [0, 3] {
        let recorder = Recorder::answering(success(&smartproxy(count))).await;
        let clients = Clients::at(&recorder.base_url());
        let query = smartproxy::OrderQuery::default();
        let orders = clients.smartproxy().list_orders(query);
        let listed = orders.try_collect::<Vec<_>>().await;
        assert_eq!(listed.map(|it| it.len()).ok(), (count == 0).then_some(0));

        let recorder = Recorder::answering(success(&proxyshard(count))).await;
        let clients = Clients::at(&recorder.base_url());
        let orders = clients.proxyshard().list_orders(OrderStatusFilter::All);
        let listed = orders.try_collect::<Vec<_>>().await;
        assert_eq!(listed.map(|it| it.len()).ok(), (count == 0).then_some(0));
    }
}
