//! Flows of a user, from the catalogue to the renewal, against simulated vendors with real prices,
//! states and dates.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::Duration;

use proxy_orders::purchase::EntryState;
use proxy_orders::{Account, ErrorKind, Money, Order, OrderState, Outcome, PollOptions, Protocol};
use proxy_orders::{Vendor, iproyal, proxyshard, smartproxy};
use support::fixture::*;

const POLL: PollOptions = PollOptions {
    timeout: Duration::from_secs(60),
    interval: Duration::from_millis(20),
};

#[tokio::test]
async fn buying_goes_from_the_price_to_the_proxies() {
    let fixture = Fixture::new().await;
    for account in fixture.clients.all() {
        let vendor = account.vendor();
        let wanted = wanted(vendor);
        let price = cents(wanted.price);
        let mut before = None;
        if wanted.has_quotes {
            let quote = account.quote(&wanted.purchase).await.unwrap();
            assert_eq!(quote.total.amount(), Some(price), "{vendor}");
            assert_eq!(quote.before_discounts, Some(quote.total), "{vendor}");
            before = Some(balance(account).await);
        }
        let earliest = fixture.sandbox.now() - Duration::from_secs(1);
        // A cap of just the price is enough.
        let receipt = fixture.buy(vendor, &wanted.purchase, wanted.price).await;
        let receipt = receipt.unwrap();
        assert_eq!(receipt.amount, Some(price), "{vendor}");
        let made = account.order(&receipt.order).await.unwrap();
        assert_eq!((made.vendor, &made.id), (vendor, &receipt.order));
        assert_eq!(made.state, wanted.first, "{vendor}");
        assert_eq!(made.product.as_deref(), Some(wanted.product));
        assert_eq!(made.plan.as_deref(), wanted.plan);

        let waiting = account.wait_until_provisioned(&made.id, POLL);
        let provisioning = async {
            tokio::time::sleep(POLL.interval * 2).await;
            fixture.provision();
        };
        let (found, ()) = tokio::join!(waiting, provisioning);
        let found = found.unwrap();
        assert_eq!(found.len(), wanted.proxies, "{vendor}");
        for proxy in &found {
            let ports = (proxy.port(Protocol::Http), proxy.port(Protocol::Socks5));
            assert_eq!(ports, wanted.ports, "{vendor}");
            match wanted.host {
                Some(host) => assert_eq!(proxy.host, host),
                None => assert!(proxy.host.parse::<std::net::Ipv4Addr>().is_ok(), "{vendor}"),
            }
            assert!(!proxy.username.as_ref().unwrap().is_empty(), "{vendor}");
            let password = proxy.password.as_ref().unwrap();
            assert!(!password.expose().is_empty(), "{vendor}");
        }
        assert_eq!(account.proxies(&made.id).await.unwrap(), found, "{vendor}");

        let order = account.order(&made.id).await.unwrap();
        assert_eq!(order.state, OrderState::Active, "{vendor}");
        let quantity = wanted
            .has_quotes
            .then_some(i64::from(wanted.purchase.quantity));
        assert_eq!(order.quantity, quantity, "{vendor}");
        let paid = order.price_paid.as_ref().and_then(Money::amount);
        assert_eq!(paid, wanted.names_price.then_some(price), "{vendor}");
        let latest = fixture.sandbox.now() + Duration::from_secs(1);
        let start = expiry(&order) - DAY * wanted.days;
        assert!((earliest..=latest).contains(&start), "{vendor}: {order:?}");

        let listed = listed(account).await;
        let listed: Vec<_> = listed.iter().filter(|it| it.id == made.id).collect();
        let [listed] = listed[..] else {
            panic!("{vendor}: listed {} times", listed.len());
        };
        let expected = (OrderState::Active, &order.expires);
        assert_eq!((listed.state, &listed.expires), expected, "{vendor}");
        if let Some(before) = before {
            assert_eq!(balance(account).await, before - price, "{vendor}");
        }
    }
}

#[tokio::test]
async fn too_low_a_cap_buys_nothing() {
    let fixture = Fixture::new().await;
    for account in fixture.clients.all() {
        let vendor = account.vendor();
        let wanted = wanted(vendor);
        if !wanted.has_quotes {
            continue;
        }
        let before = balance(account).await;
        for cap in [wanted.price - 1, 0, -1] {
            let result = fixture.buy(vendor, &wanted.purchase, cap).await;
            not_sent(result, ErrorKind::OverCap);
        }
        assert_eq!(balance(account).await, before);
        assert_eq!(fixture.posts(), 0, "{vendor}");
    }
}

/// SmartProxy has no price preview: the unpaid order is the quote.
#[tokio::test]
async fn a_too_dear_order_at_smartproxy_is_closed_again() {
    let fixture = Fixture::new().await;
    let vendor = Vendor::SmartProxy;
    let account = &**fixture.clients.of(vendor);
    let wanted = wanted(vendor);
    let result = fixture
        .buy(vendor, &wanted.purchase, wanted.price - 1)
        .await;
    let error = rejected(result, ErrorKind::OverCap);
    assert_eq!(fixture.posted(), ["create", "close"]);
    let closed = listed(account).await.swap_remove(0);
    assert!(error.to_string().contains(&closed.id), "{error}");
    assert_eq!(closed.state, OrderState::Cancelled);
    let entry = fixture
        .buyer(vendor)
        .entries()
        .await
        .unwrap()
        .swap_remove(0);
    assert_eq!(entry.state, EntryState::Rejected);
    assert_eq!(entry.order.as_ref(), Some(&closed.id));
    fixture.sandbox.advance(DAY);
    let order = account.order(&closed.id).await.unwrap();
    assert_eq!(order.state, OrderState::Cancelled);
    let result = account.wait_until_provisioned(&closed.id, POLL).await;
    rejected(result, ErrorKind::Refused);
}

#[tokio::test]
async fn a_renewal_is_priced_capped_and_moves_the_expiry() {
    let fixture = Fixture::new().await;
    for account in fixture.clients.all() {
        let vendor = account.vendor();
        let wanted = wanted(vendor);
        let made = fixture
            .buy(vendor, &wanted.purchase, wanted.price)
            .await
            .unwrap()
            .order;
        fixture.provision();
        let before = account.order(&made).await.unwrap();
        let renews_only_what_has_run_out = vendor == Vendor::ProxyShard;
        if renews_only_what_has_run_out {
            fixture.sandbox.advance(DAY * 8);
            let order = account.order(&made).await.unwrap();
            assert_eq!(order.state, OrderState::OnHold);
            assert_eq!(account.proxies(&made).await.unwrap(), []);
        }
        let quote = account.quote_renewal(&made, &wanted.renewal).await;
        let (price, too_dear) = (
            wanted.renewal_price,
            if wanted.has_quotes {
                assert_eq!(
                    quote.unwrap().total.amount(),
                    Some(cents(wanted.renewal_price))
                );
                Outcome::NotSent
            } else {
                not_sent(quote, ErrorKind::Unsupported);
                Outcome::Rejected
            },
        );
        let result = fixture
            .renew(vendor, &made, &wanted.renewal, price - 1)
            .await;
        fails(result, ErrorKind::OverCap, too_dear);
        let unmoved = account.order(&made).await.unwrap();
        assert_eq!(expiry(&unmoved), expiry(&before), "{vendor}");

        let renewed = fixture.renew(vendor, &made, &wanted.renewal, price).await;
        let renewed = renewed.unwrap();
        let is_new_order = vendor == Vendor::SmartProxy;
        assert_eq!(renewed.order != made, is_new_order, "{vendor}");
        if is_new_order {
            fixture.provision();
        }
        let after = account.order(&made).await.unwrap();
        assert_eq!(after.state, OrderState::Active, "{vendor}");
        let (moved, days) = (days_between(&before, &after), wanted.renewal_days);
        match renews_only_what_has_run_out {
            // From the moment of the renewal, some time after the eight days.
            true => assert!(moved >= days && moved < days + 0.1, "{moved}"),
            false => assert_eq!(moved, days, "{vendor}"),
        }
    }
}

#[tokio::test]
async fn a_part_of_an_order_is_extended_and_an_empty_part_is_refused() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.iproyal();
    let before = Order::from(client.get_order(420).await.unwrap());
    let addresses = client.proxies("420").await.unwrap();
    assert_eq!(addresses.len(), 5);
    let only = |addresses: Vec<String>| {
        let extension = iproyal::Extension {
            scope: iproyal::ExtendScope::Only(addresses),
            ..iproyal::Extension::new(456)
        };
        iproyal::spend::extension(420, &extension)
    };
    let requests = fixture.requests();
    let result = fixture.spend(only(Vec::new()), 100_000).await;
    not_sent(result, ErrorKind::InvalidInput);
    assert_eq!(fixture.requests(), requests);

    let result = fixture
        .spend(only(vec!["192.0.2.99".to_owned()]), 100_000)
        .await;
    let error = rejected(result, ErrorKind::Validation);
    assert!(error.field_errors().contains_key("proxies.0"), "{error}");

    let part = only(vec![addresses[1].host.clone()]);
    bought(fixture.spend(part, 100_000).await);
    let priced = fixture.sandbox.requests().into_iter().rev();
    let mut priced = priced.filter(|it| it.path.ends_with("calculate-pricing"));
    let query = priced.next().unwrap().query;
    assert!(query.contains("quantity=1"), "{query}");
    let extended = Order::from(client.get_order(420).await.unwrap());
    assert_eq!(days_between(&before, &extended), 30.0);
    assert_eq!(balance(client).await, cents(88_405 - 300));
}

#[tokio::test]
async fn automatic_renewal_is_switched_and_happens() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.iproyal();
    let account = &**fixture.clients.of(Vendor::IpRoyal);
    let on = iproyal::AutoExtend::On {
        plan_id: Some(678),
        pay_with: iproyal::PayWith::Balance,
    };
    let before = account.order("420").await.unwrap();
    assert_eq!(before.auto_renewal, Some(false));
    let state = client.set_auto_renewal(420, on).await.unwrap();
    let switched = (state.is_enabled, state.product_plan_id);
    assert_eq!(switched, (Some(true), Some(678)));
    assert_eq!(account.order("420").await.unwrap().auto_renewal, Some(true));
    // It runs out after 20 days, and goes on by the plan that was named: 5 at 5.50.
    let spent = balance(client).await;
    let off = iproyal::AutoExtend::Off;
    client.set_auto_renewal(504, off).await.unwrap();
    fixture.sandbox.advance(DAY * 21);
    let after = account.order("420").await.unwrap();
    assert_eq!(after.state, OrderState::Active);
    assert_eq!(days_between(&before, &after), 60.0);
    assert_eq!(balance(client).await, spent - cents(5 * 550));
    let ended = account.order("504").await.unwrap();
    assert_eq!(ended.state, OrderState::Expired);

    let client = fixture.clients.proxyshard();
    for is_on in [false, true] {
        client.set_auto_renewal(1011, is_on).await.unwrap();
        let order = Account::order(client, "1011").await.unwrap();
        assert_eq!(order.auto_renewal, Some(is_on));
    }
    let result = client.set_auto_renewal(1004, true).await;
    rejected(result, ErrorKind::Validation);
}

#[tokio::test]
async fn an_order_is_tagged_and_its_cycle_changed_at_proxyshard() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.proxyshard();
    let account = &**fixture.clients.of(Vendor::ProxyShard);
    client.tag(1001, "mine & yours").await.unwrap();
    let order = account.order("1001").await.unwrap();
    assert_eq!(order.note.as_deref(), Some("mine & yours"));
    client.tag(1001, "none").await.unwrap();
    let order = account.order("1001").await.unwrap();
    assert_eq!((order.note, order.plan.as_deref()), (None, Some("monthly")));

    let change = || proxyshard::spend::cycle_change(1001, &quarterly());
    let posts = fixture.posts();
    not_sent(fixture.spend(change(), 3999).await, ErrorKind::OverCap);
    assert_eq!(fixture.posts(), posts);
    let before = fixture.sandbox.now() - Duration::from_secs(1);
    let receipt = fixture.spend(change(), 4000).await.unwrap();
    assert_eq!(receipt.amount, Some(cents(4000)));
    let order = account.order("1001").await.unwrap();
    assert_eq!(order.plan.as_deref(), Some("quarterly"));
    let after = fixture.sandbox.now() + Duration::from_secs(1);
    assert!((before..=after).contains(&(expiry(&order) - DAY * 90)));
    assert_eq!(balance(client).await, cents(500_000 - 4000));
}

#[tokio::test]
async fn an_unpaid_order_is_closed_at_smartproxy() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.smartproxy();
    let wanted = smartproxy::NewOrder {
        amount: Some(3),
        coupon_sn: Some("SAVE10".to_owned()),
        ..smartproxy::NewOrder::new(1003, 0)
    };
    let made = fixture.spend(smartproxy::spend::order(&wanted), 864).await;
    let made = made.unwrap();
    assert_eq!(made.amount, Some(cents(864)));
    let order = Account::order(client, &made.order).await.unwrap();
    assert_eq!(order.state, OrderState::AwaitingPayment);
    assert_eq!(client.proxies(&made.order).await.unwrap(), []);
    client.close(&made.order).await.unwrap();
    let order = Account::order(client, &made.order).await.unwrap();
    let cancelled = (OrderState::Cancelled, Some("2"));
    assert_eq!((order.state, order.status.as_deref()), cancelled);
    // No page explains the code, so that the order may have been closed.
    let again = client.close(&made.order).await;
    let error = fails(again, ErrorKind::Answer, Outcome::Unknown);
    let words = "only a pending order can be closed";
    assert_eq!(error.vendor_message(), Some(words));
}
