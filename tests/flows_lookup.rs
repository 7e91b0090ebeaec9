//! Lookups of a user, and the vendors' answers to wrong questions: lists, catalogues, credentials,
//! ways to pay.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use proxy_orders::purchase::Buyer;
use proxy_orders::{ErrorKind, Offer, Order, OrderState, PollOptions, Purchase, Renewal};
use proxy_orders::{Vendor, iproyal, proxyshard};
use proxy_orders_sandbox::Sandbox;
use support::fixture::*;

#[tokio::test]
async fn lists_are_read_over_all_pages() {
    const MORE: usize = 95;
    let builder = Sandbox::builder().extra_orders(MORE);
    let fixture = Fixture::with(builder, None).await;
    for account in fixture.clients.all() {
        let vendor = account.vendor();
        let orders = listed(account).await;
        let ids: BTreeSet<_> = orders.iter().map(|it| &it.id).collect();
        // The sandbox counts by the vendor's own words.
        let state = fixture.sandbox.state();
        let simulated = state
            .accounts
            .iter()
            .find(|it| it.vendor.as_str() == vendor.as_str());
        let count: usize = simulated.unwrap().orders.values().sum();
        assert!(count > MORE, "{vendor}");
        assert_eq!((orders.len(), ids.len()), (count, count), "{vendor}");
        let is_known = |it: &Order| it.vendor == vendor && it.state != OrderState::Unknown;
        assert!(orders.iter().all(is_known), "{vendor}");
    }
    // A stream that is dropped early asks for no more pages.
    let requests = fixture.requests();
    let client = fixture.clients.iproyal();
    let orders = client.list_orders(iproyal::OrderQuery::default());
    let first: Vec<_> = orders.take(3).collect().await;
    assert!(first.len() == 3 && first.iter().all(Result::is_ok));
    assert_eq!(fixture.requests(), requests + 1);
    let query = iproyal::OrderQuery {
        order_ids: vec![789, 420],
        ..iproyal::OrderQuery::default()
    };
    let found = client
        .list_orders(query)
        .map_ok(|it| it.id)
        .try_collect()
        .await;
    let found: Vec<_> = found.unwrap();
    assert_eq!(found, [789, 420]);
}

/// The orders that every account begins with have states in vendor-neutral words.
#[tokio::test]
async fn states_are_read_from_each_vendors_words() {
    let fixture = Fixture::new().await;
    for account in fixture.clients.all() {
        let orders = listed(account).await;
        let count = |state| orders.iter().filter(|it| it.state == state).count();
        let states = [
            OrderState::OnHold,
            OrderState::Cancelled,
            OrderState::Refunded,
        ];
        let vendor = account.vendor();
        assert_eq!(states.map(count), wanted(vendor).states, "{vendor}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_at_every_vendor() {
    let fixture = Fixture::new().await;
    let kind = ErrorKind::Authentication;
    let wrong = Clients::with_key("a-wrong-key-0123456789-abcdefghi", &fixture.sandbox);
    for account in wrong.all() {
        let wanted = wanted(account.vendor());
        let listed: Result<Vec<Order>, _> = account.orders().try_collect().await;
        let error = rejected(listed, kind);
        assert_eq!(error.vendor(), Some(account.vendor()));
        assert_eq!(error.attempts(), 1);
        rejected(account.order(wanted.order).await, kind);
        rejected(account.proxies(wanted.order).await, kind);
        let buyer: Buyer = wrong.buyer(account.vendor()).await;
        let error = buyer.buy(&key("a"), &wanted.purchase, &high_cap()).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(!error.may_have_taken_effect(), "{error}");
    }
    assert_eq!(fixture.posts(), 0);
}

#[tokio::test]
async fn an_unknown_order_is_not_found_and_a_word_is_no_order_number() {
    let fixture = Fixture::new().await;
    for account in fixture.clients.all() {
        let vendor = account.vendor();
        let renewal = wanted(vendor).renewal;
        rejected(account.order("999999").await, ErrorKind::NotFound);
        let requests = fixture.requests();
        // SmartProxy's order numbers are words.
        if vendor != Vendor::SmartProxy {
            not_sent(account.order("../me").await, ErrorKind::InvalidInput);
            let result = fixture.renew(vendor, "x", &renewal, 1).await;
            not_sent(result, ErrorKind::InvalidInput);
            assert_eq!(fixture.requests(), requests);
        }
        // The vendor refuses the price or the order; nothing is bought.
        let result = fixture.renew(vendor, "999999", &renewal, 100_000).await;
        assert!(!result.unwrap_err().may_have_taken_effect(), "{vendor}");
    }
    assert_eq!(fixture.posts(), 0);
}

#[tokio::test]
async fn smartproxy_refuses_what_it_does_not_offer() {
    let fixture = Fixture::new().await;
    let account = &**fixture.clients.of(Vendor::SmartProxy);
    let purchase = wanted(Vendor::SmartProxy).purchase;
    let kind = ErrorKind::Unsupported;
    not_sent(account.catalogue().await, kind);
    not_sent(account.quote(&purchase).await, kind);
    not_sent(account.balance().await, kind);
    let quote = account.quote_renewal("string", &Renewal::default()).await;
    not_sent(quote, kind);
    let changes: [fn(&mut Purchase); 5] = [
        |it| it.auto_renewal = true,
        |it| it.plan = Some("1".to_owned()),
        |it| it.pay_with = None,
        |it| it.product = "one".to_owned(),
        |it| it.quantity = 0,
    ];
    for change in changes {
        let mut purchase = purchase.clone();
        change(&mut purchase);
        let result = fixture.buy(Vendor::SmartProxy, &purchase, 100_000).await;
        not_sent(result, ErrorKind::InvalidInput);
    }
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn the_catalogue_names_what_can_be_bought() {
    let fixture = Fixture::new().await;
    let account = &**fixture.clients.of(Vendor::IpRoyal);
    let offers = account.catalogue().await.unwrap();
    let find = |offers: &[Offer], keys: [&str; 3]| {
        let found = offers.iter().find(|it| {
            let found = [
                Some(&*it.product),
                it.plan.as_deref(),
                it.location.as_deref(),
            ];
            found == keys.map(Some)
        });
        found.unwrap_or_else(|| panic!("{keys:?}")).clone()
    };
    let offer = find(&offers, ["123", "456", "456"]);
    let names = [offer.product_name, offer.plan_name, offer.location_name];
    let expected = ["Static Residential", "30 Days", "United States"];
    assert_eq!(names, expected.map(|it| Some(it.to_owned())));
    assert_eq!(offer.unit_price.unwrap().amount(), Some(cents(300)));
    assert_eq!(offer.available, Some(8000));
    // A city below its country, a location that is sold out, and one without a stock figure.
    let available = |location| find(&offers, ["123", "678", location]).available;
    let rest = ["792", "793", "794"].map(available);
    assert_eq!(rest, [Some(40), Some(0), None]);

    let account = &**fixture.clients.of(Vendor::ProxyShard);
    let offers = account.catalogue().await.unwrap();
    let offer = find(&offers, ["ISP Proxy", "weekly", "JP"]);
    assert_eq!(offer.available, Some(12));
    let traffic = offers
        .iter()
        .filter(|it| it.product == "Standart Residential Proxy");
    let traffic: Vec<_> = traffic
        .map(|it| (it.plan.as_deref(), it.location.as_deref()))
        .collect();
    assert_eq!(traffic, [(Some("lifetime"), None)]);
    // Every offer can be priced as it stands in the catalogue.
    for offer in offers {
        let purchase = Purchase {
            product: offer.product,
            plan: offer.plan,
            location: offer.location,
            quantity: 1,
            ..Purchase::default()
        };
        let quote = account.quote(&purchase).await;
        quote.unwrap_or_else(|error| panic!("{purchase:?}: {error}"));
    }
}

#[tokio::test]
async fn ways_to_pay_answers_and_coupons_reach_the_vendor() {
    let fixture = Fixture::new().await;
    let vendor = Vendor::IpRoyal;
    let account = &**fixture.clients.of(vendor);
    let purchase = Purchase {
        coupon: Some("SAVE10".to_owned()),
        auto_renewal: true,
        pay_with: Some("2".to_owned()),
        ..wanted(vendor).purchase
    };
    let quote = account.quote(&purchase).await.unwrap();
    assert_eq!(quote.total.amount(), Some(cents(540)));
    assert_eq!(quote.before_discounts.unwrap().amount(), Some(cents(600)));
    let made = fixture.buy(vendor, &purchase, 540).await.unwrap();
    let order = account.order(&made.order).await.unwrap();
    assert_eq!(order.auto_renewal, Some(true));
    assert_eq!(balance(account).await, cents(88_405));
    // A card that is declined.
    let declined = Purchase {
        pay_with: Some("4".to_owned()),
        ..purchase.clone()
    };
    let result = fixture.buy(vendor, &declined, 200_000).await;
    let error = rejected(result, ErrorKind::Validation);
    assert_eq!(error.vendor_message(), Some("The card was declined."));
    // A balance that does not suffice is seen before anything is sent.
    let posts = fixture.posts();
    let much = Purchase {
        pay_with: None,
        quantity: 400,
        ..purchase
    };
    not_sent(fixture.buy(vendor, &much, 200_000).await, ErrorKind::Funds);
    assert_eq!(fixture.posts(), posts);
    // A question that must be answered.
    let mut purchase = Purchase {
        product: "11".to_owned(),
        plan: Some("21".to_owned()),
        location: Some("61".to_owned()),
        quantity: 1,
        ..Purchase::default()
    };
    let result = fixture.buy(vendor, &purchase, 157).await;
    let error = rejected(result, ErrorKind::Validation);
    let field = "product_question_answers.14";
    assert!(error.field_errors().contains_key(field), "{error}");
    purchase.answers.insert("14".to_owned(), "tests".to_owned());
    bought(fixture.buy(vendor, &purchase, 157).await);
    assert_eq!(balance(account).await, cents(88_405 - 157));

    let mut wanted = proxyshard::NewOrder::proxies("ISP Proxy", "JP", "monthly", NonZeroU64::MIN);
    wanted.addons = vec![("p0f_slots".into(), NonZeroU64::new(2).unwrap())];
    wanted.promo_code = Some("SAVE10".to_owned());
    // 3.00 less ten per cent, and two slots at 0.50.
    let result = fixture.spend(proxyshard::spend::order(&wanted), 369).await;
    not_sent(result, ErrorKind::OverCap);
    bought(fixture.spend(proxyshard::spend::order(&wanted), 370).await);
    let account = &**fixture.clients.of(Vendor::ProxyShard);
    assert_eq!(balance(account).await, cents(500_000 - 370));
}

#[tokio::test]
async fn waiting_ends_when_the_time_is_up() {
    let fixture = Fixture::new().await;
    let poll = PollOptions {
        timeout: Duration::from_millis(30),
        interval: Duration::from_millis(10),
    };
    for account in fixture.clients.all() {
        let wanted = wanted(account.vendor());
        let made = fixture
            .buy(account.vendor(), &wanted.purchase, wanted.price)
            .await;
        let made = made.unwrap().order;
        let result = account.wait_until_provisioned(&made, poll).await;
        let error = rejected(result, ErrorKind::Deadline);
        assert!(error.is_timeout() && !error.may_have_taken_effect());
        assert_eq!(account.proxies(&made).await.unwrap(), []);
        assert_eq!(account.order(&made).await.unwrap().state, wanted.first);
    }
}

#[tokio::test]
async fn the_longest_wait_ends_without_a_panic() {
    let fixture = Fixture::new().await;
    let account = fixture.clients.of(Vendor::IpRoyal);
    let wanted = wanted(Vendor::IpRoyal);
    let made = fixture.buy(Vendor::IpRoyal, &wanted.purchase, wanted.price);
    let made = made.await.unwrap().order;
    let poll = |interval| PollOptions {
        timeout: Duration::MAX,
        interval,
    };
    // The next look would never come.
    let result = account.wait_until_provisioned(&made, poll(Duration::MAX));
    assert_eq!(result.await.unwrap_err().kind(), ErrorKind::Deadline);
    fixture.provision();
    let result = account.wait_until_provisioned(&made, poll(Duration::ZERO));
    assert_eq!(result.await.unwrap().len(), wanted.proxies);
}
