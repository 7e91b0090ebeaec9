//! What a user does, from the catalogue to the renewal, against simulated vendors: with real prices, states and dates.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/stage.rs"]
mod stage;
mod support;

use std::time::Duration;

use proxy_orders::{Account, ErrorKind, Order};
use proxy_orders::{OrderState, Outcome, Protocol, Renewal, Vendor};
use proxy_orders::{iproyal, proxyshard, smartproxy};
use rust_decimal::Decimal;
use stage::*;

#[tokio::test]
async fn buying_goes_from_the_price_to_the_proxies() {
    let stage = Stage::new().await;
    for account in stage.accounts() {
        let vendor = account.vendor();
        let wanted = wanted(vendor);
        let has_prices = vendor != Vendor::SmartProxy;
        let mut before = Decimal::ZERO;
        if has_prices {
            let quote = account.quote(&wanted.purchase).await.unwrap();
            assert_eq!(quote.total.amount(), Some(cents(wanted.price)), "{vendor}");
            assert_eq!(quote.before_discounts, Some(quote.total), "{vendor}");
            before = balance(account).await;
        }
        let earliest = stage.sandbox.now();
        // A cap of just what it costs is enough.
        let made = account
            .buy(&wanted.purchase, cents(wanted.price))
            .await
            .unwrap();
        assert_eq!((made.vendor, made.state), (vendor, wanted.first));
        assert_eq!(made.product.as_deref(), Some(wanted.product));
        assert_eq!(made.plan.as_deref(), wanted.plan);

        let found = account
            .wait_until_provisioned(&made.id, PATIENT)
            .await
            .unwrap();
        assert_eq!(found.len(), wanted.proxies, "{vendor}");
        for proxy in &found {
            let ports = (proxy.port(Protocol::Http), proxy.port(Protocol::Socks5));
            assert_eq!(ports, wanted.ports, "{vendor}");
            match wanted.host {
                Some(host) => assert_eq!(proxy.host, host),
                None => assert!(proxy.host.parse::<std::net::Ipv4Addr>().is_ok(), "{vendor}"),
            }
            let login = (
                proxy.username.as_deref(),
                proxy.password.as_ref().map(|it| it.expose()),
            );
            assert!(
                matches!(login, (Some(name), Some(word)) if !name.is_empty() && !word.is_empty())
            );
        }
        assert_eq!(account.proxies(&made.id).await.unwrap(), found, "{vendor}");

        let order = seen(account, &made.id).await;
        assert_eq!(
            (order.state, &order.id),
            (OrderState::Active, &made.id),
            "{vendor}"
        );
        let quantity = has_prices.then_some(i64::from(wanted.purchase.quantity));
        assert_eq!(order.quantity, quantity, "{vendor}");
        let paid = order
            .price_paid
            .as_ref()
            .and_then(proxy_orders::Money::amount);
        assert_eq!(
            paid,
            (vendor != Vendor::IpRoyal).then(|| cents(wanted.price)),
            "{vendor}"
        );
        let span = earliest - Duration::from_secs(1)..=stage.sandbox.now() + Duration::from_secs(1);
        assert!(
            span.contains(&(expiry(&order) - DAY * wanted.days)),
            "{vendor}: {order:?}"
        );

        let listed = listed(account).await;
        let listed: Vec<_> = listed.iter().filter(|it| it.id == made.id).collect();
        let [listed] = listed[..] else {
            panic!("{vendor}: listed {} times", listed.len());
        };
        assert_eq!(
            (listed.state, &listed.expires),
            (OrderState::Active, &order.expires),
            "{vendor}"
        );
        if has_prices {
            assert_eq!(
                balance(account).await,
                before - cents(wanted.price),
                "{vendor}"
            );
        }
    }
}

#[tokio::test]
async fn too_low_a_cap_buys_nothing() {
    let stage = Stage::new().await;
    for vendor in [Vendor::IpRoyal, Vendor::ProxyShard] {
        let (account, wanted) = (stage.account(vendor), wanted(vendor));
        let before = balance(account).await;
        for cap in [cents(wanted.price - 1), Decimal::ZERO, cents(-1)] {
            let result = account.buy(&wanted.purchase, cap).await;
            not_sent(result, ErrorKind::OverCap);
        }
        assert_eq!(balance(account).await, before);
        assert_eq!(stage.posts(), [""; 0], "{vendor}");
    }
    // The order is the price there: it is made unpaid and closed again.
    let wanted = wanted(Vendor::SmartProxy);
    let account = stage.account(Vendor::SmartProxy);
    let result = account.buy(&wanted.purchase, cents(wanted.price - 1)).await;
    let error = rejected(result, ErrorKind::OverCap);
    assert_eq!(stage.posts(), ["create", "close"]);
    let listed = listed(account).await;
    let closed = &listed[0];
    assert!(error.to_string().contains(&closed.id), "{error}");
    assert_eq!(closed.state, OrderState::Cancelled);
    stage.sandbox.advance(DAY);
    assert_eq!(seen(account, &closed.id).await.state, OrderState::Cancelled);
    let result = account.wait_until_provisioned(&closed.id, PATIENT).await;
    rejected(result, ErrorKind::Refused);
}

#[tokio::test]
async fn a_renewal_is_priced_capped_and_moves_the_expiry() {
    let stage = Stage::new().await;
    for account in stage.accounts() {
        let vendor = account.vendor();
        let wanted = wanted(vendor);
        let made = account
            .buy(&wanted.purchase, cents(wanted.price))
            .await
            .unwrap();
        account
            .wait_until_provisioned(&made.id, PATIENT)
            .await
            .unwrap();
        let before = seen(account, &made.id).await;
        // Cents and days. ProxyShard renews only what has run out, from then on.
        let (price, days) = match vendor {
            Vendor::IpRoyal => (1100, 60.0),
            Vendor::ProxyShard => {
                stage.sandbox.advance(DAY * 8);
                let order = seen(account, &made.id).await;
                assert_eq!(order.state, OrderState::OnHold);
                assert_eq!(account.proxies(&made.id).await.unwrap(), []);
                (150, 8.0)
            }
            Vendor::SmartProxy => (800, 30.0),
            other => unreachable!("{other}"),
        };
        let renewal = Renewal {
            plan: Some("678".to_owned()),
            product: Some("1019".to_owned()),
            pay_with: (vendor == Vendor::SmartProxy).then(|| "1".to_owned()),
        };
        let quote = account.quote_renewal(&made.id, &renewal).await;
        let outcome = match vendor {
            Vendor::SmartProxy => {
                not_sent(quote, ErrorKind::Unsupported);
                Outcome::Rejected
            }
            _ => {
                assert_eq!(
                    quote.unwrap().total.amount(),
                    Some(cents(price)),
                    "{vendor}"
                );
                Outcome::NotSent
            }
        };
        let result = account.renew(&made.id, &renewal, cents(price - 1)).await;
        check(result, ErrorKind::OverCap, outcome);
        let unmoved = seen(account, &made.id).await;
        assert_eq!(expiry(&unmoved), expiry(&before), "{vendor}");

        let renewed = account
            .renew(&made.id, &renewal, cents(price))
            .await
            .unwrap();
        assert_eq!(
            renewed.id == made.id,
            vendor != Vendor::SmartProxy,
            "{vendor}"
        );
        // Somebody pays meanwhile.
        stage.sandbox.advance(Duration::from_secs(1));
        let after = seen(account, &made.id).await;
        assert_eq!(after.state, OrderState::Active, "{vendor}");
        let moved = days_between(&before, &after);
        match vendor {
            // From the moment of the renewal, some time after the eight days.
            Vendor::ProxyShard => assert!(moved >= days && moved < days + 0.1, "{moved}"),
            _ => assert_eq!(moved, days, "{vendor}"),
        }
    }
}

#[tokio::test]
async fn a_part_of_an_order_is_extended_and_an_empty_part_is_refused() {
    let stage = Stage::new().await;
    let client = &stage.iproyal;
    let before = Order::from(client.order(420).await.unwrap());
    let addresses = client.proxies(420).await.unwrap();
    assert_eq!(addresses.len(), 5);
    let only = |addresses: Vec<String>| iproyal::Extension {
        scope: iproyal::ExtendScope::Only(addresses),
        ..iproyal::Extension::new(456)
    };
    let requests = stage.requests();
    let result = client.extend(420, &only(Vec::new()), cents(100_000)).await;
    not_sent(result, ErrorKind::InvalidInput);
    assert_eq!(stage.requests(), requests);

    let result = client
        .extend(420, &only(vec!["192.0.2.99".to_owned()]), cents(100_000))
        .await;
    let error = rejected(result, ErrorKind::Validation);
    assert!(error.field_errors().contains_key("proxies.0"), "{error}");

    let part = only(vec![addresses[1].host.clone()]);
    let extended = client.extend(420, &part, cents(100_000)).await.unwrap();
    let extended = Order::from(extended);
    let priced = stage.sandbox.requests().into_iter().rev();
    let query = priced.map(|it| it.query).find(|it| !it.is_empty()).unwrap();
    assert!(query.contains("quantity=1"), "{query}");
    assert_eq!(days_between(&before, &extended), 30.0);
    assert_eq!(
        Account::balance(client).await.unwrap().amount(),
        Some(cents(88_405 - 300))
    );
}

#[tokio::test]
async fn automatic_renewal_is_switched_and_happens() {
    let stage = Stage::new().await;
    let client = &stage.iproyal;
    let on = iproyal::AutoExtend::On {
        plan_id: Some(678),
        pay_with: iproyal::PayWith::Balance,
    };
    let before = seen(client, "420").await;
    assert_eq!(before.auto_renewal, Some(false));
    let state = client.set_auto_renewal(420, on).await.unwrap();
    assert_eq!(
        (state.is_enabled, state.product_plan_id),
        (Some(true), Some(678))
    );
    assert_eq!(seen(client, "420").await.auto_renewal, Some(true));
    // It runs out after 20 days, and goes on by the plan that was named: 5 at 5.50.
    let spent = balance(client).await;
    client
        .set_auto_renewal(504, iproyal::AutoExtend::Off)
        .await
        .unwrap();
    stage.sandbox.advance(DAY * 21);
    let after = seen(client, "420").await;
    assert_eq!(after.state, OrderState::Active);
    assert_eq!(days_between(&before, &after), 60.0);
    assert_eq!(balance(client).await, spent - cents(5 * 550));
    assert_eq!(seen(client, "504").await.state, OrderState::Expired);

    let client = &stage.proxyshard;
    for is_on in [false, true] {
        client.set_auto_renewal(1011, is_on).await.unwrap();
        let order = seen(client, "1011").await;
        assert_eq!(order.auto_renewal, Some(is_on));
    }
    let result = client.set_auto_renewal(1004, true).await;
    rejected(result, ErrorKind::Validation);
}

#[tokio::test]
async fn an_order_is_tagged_and_its_cycle_changed_at_proxyshard() {
    let stage = Stage::new().await;
    let client = &stage.proxyshard;
    client.tag(1001, "mine & yours").await.unwrap();
    let order = seen(client, "1001").await;
    assert_eq!(order.note.as_deref(), Some("mine & yours"));
    client.tag(1001, "none").await.unwrap();
    let order = seen(client, "1001").await;
    assert_eq!((order.note, order.plan.as_deref()), (None, Some("monthly")));

    let change = proxyshard::CycleChange {
        cycle: "quarterly".to_owned(),
        location: Some("DE".to_owned()),
    };
    let posts = stage.posts().len();
    let result = client.change_cycle(1001, &change, cents(3999)).await;
    not_sent(result, ErrorKind::OverCap);
    assert_eq!(stage.posts().len(), posts);
    let before = stage.sandbox.now();
    let changed = client
        .change_cycle(1001, &change, cents(4000))
        .await
        .unwrap();
    assert_eq!(changed.final_price.and_then(|it| it.cents()), Some(4000));
    let order = seen(client, "1001").await;
    assert_eq!(order.plan.as_deref(), Some("quarterly"));
    let span = before - Duration::from_secs(1)..=stage.sandbox.now() + Duration::from_secs(1);
    assert!(span.contains(&(expiry(&order) - DAY * 90)));
    assert_eq!(balance(client).await, cents(500_000 - 4000));
}

#[tokio::test]
async fn an_unpaid_order_is_closed_at_smartproxy() {
    let stage = Stage::new().await;
    let client = &stage.smartproxy;
    let wanted = smartproxy::NewOrder {
        amount: Some(3),
        coupon_sn: Some("SAVE10".to_owned()),
        ..smartproxy::NewOrder::new(1003, 0)
    };
    let made = client.buy(&wanted, cents(864)).await.unwrap();
    assert_eq!(made.pay_fee.and_then(|it| it.amount()), Some(cents(864)));
    let order = seen(client, &made.trade_no).await;
    assert_eq!(order.state, OrderState::AwaitingPayment);
    assert_eq!(client.proxies(&made.trade_no).await.unwrap(), []);
    client.close(&made.trade_no).await.unwrap();
    let order = seen(client, &made.trade_no).await;
    assert_eq!(
        (order.state, order.status.as_deref()),
        (OrderState::Cancelled, Some("2"))
    );
    let error = rejected(client.close(&made.trade_no).await, ErrorKind::Refused);
    assert_eq!(
        error.vendor_message(),
        Some("only a pending order can be closed")
    );
}
