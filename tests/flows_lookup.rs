//! What a user looks up, and what the vendors say to wrong questions: lists, catalogues, keys, ways to pay.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/stage.rs"]
mod stage;
mod support;

use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use proxy_orders::{ErrorKind, Offer, Order};
use proxy_orders::{OrderState, PollOptions, Purchase, Renewal, Vendor};
use proxy_orders::{iproyal, proxyshard, smartproxy};
use stage::*;

#[tokio::test]
async fn lists_are_read_over_all_pages() {
    let stage = Stage::new().await;
    for _ in 0..95 {
        let call = stage.iproyal.api().create_order().body_map(|it| {
            let it = it.product_id(123).product_plan_id(456);
            it.product_location_id(456).quantity(1)
        });
        call.send().await.unwrap();
        let call = stage.proxyshard.api().purchase_order().body_map(|it| {
            let it = it.product("Datacenter Proxy").cycle("weekly".to_owned());
            it.location("US".to_owned())
        });
        call.send().await.unwrap();
        let wanted = smartproxy::NewOrder {
            amount: Some(1),
            ..smartproxy::NewOrder::new(1003, 0)
        };
        stage.smartproxy.create_order(&wanted).await.unwrap();
    }
    // With those that every account begins with.
    for (account, due) in stage.accounts().into_iter().zip([14 + 95, 25 + 95, 8 + 95]) {
        let vendor = account.vendor();
        let orders = listed(account).await;
        let ids: BTreeSet<_> = orders.iter().map(|it| &it.id).collect();
        assert_eq!((orders.len(), ids.len()), (due, due), "{vendor}");
        assert!(
            orders
                .iter()
                .all(|it| it.vendor == vendor && it.state != OrderState::Unknown)
        );
        let count = |state| orders.iter().filter(|it| it.state == state).count();
        let counts = [
            OrderState::OnHold,
            OrderState::Cancelled,
            OrderState::Refunded,
        ]
        .map(count);
        let expected = match vendor {
            Vendor::IpRoyal => [0, 0, 1],
            Vendor::ProxyShard => [2, 5, 0],
            Vendor::SmartProxy => [0, 2, 1],
            other => unreachable!("{other}"),
        };
        assert_eq!(counts, expected, "{vendor}");
    }
    // A stream that is dropped early asks for no more pages.
    let requests = stage.requests();
    let first: Vec<_> = stage
        .iproyal
        .orders(iproyal::OrderQuery::default())
        .take(3)
        .collect()
        .await;
    assert!(first.len() == 3 && first.iter().all(Result::is_ok));
    assert_eq!(stage.requests(), requests + 1);
    let query = iproyal::OrderQuery {
        order_ids: vec![789, 420],
        ..iproyal::OrderQuery::default()
    };
    let found: Vec<_> = stage.iproyal.orders(query).try_collect().await.unwrap();
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), [789, 420]);
}

#[tokio::test]
async fn a_wrong_key_is_told_at_every_vendor() {
    let stage = Stage::with("a-wrong-key-0123456789-abcdefghi", DELAY).await;
    let kind = ErrorKind::Authentication;
    for (account, id) in stage.accounts().into_iter().zip(["420", "1001", "string"]) {
        let listed: Result<Vec<Order>, _> = account.orders().try_collect().await;
        let error = rejected(listed, kind);
        assert_eq!(error.vendor(), Some(account.vendor()));
        assert_eq!(error.attempts(), 1);
        rejected(account.order(id).await, kind);
        rejected(account.proxies(id).await, kind);
        let purchase = wanted(account.vendor()).purchase;
        rejected(account.buy(&purchase, cents(100_000)).await, kind);
    }
}

#[tokio::test]
async fn an_unknown_order_is_not_found_and_a_word_is_no_order_number() {
    let stage = Stage::new().await;
    let renewal = Renewal {
        plan: Some("456".to_owned()),
        ..Renewal::default()
    };
    for account in stage.accounts() {
        let result = account.order("999999").await;
        rejected(result, ErrorKind::NotFound);
        let requests = stage.requests();
        if account.vendor() != Vendor::SmartProxy {
            not_sent(account.order("../me").await, ErrorKind::InvalidInput);
            let result = account.renew("x", &renewal, cents(1)).await;
            not_sent(result, ErrorKind::InvalidInput);
            assert_eq!(stage.requests(), requests);
        }
    }
    let result = stage
        .account(Vendor::IpRoyal)
        .renew("999999", &renewal, cents(100_000))
        .await;
    let error = rejected(result, ErrorKind::Validation);
    assert!(error.field_errors().contains_key("order_id"), "{error}");
    assert_eq!(stage.posts(), [""; 0]);
}

#[tokio::test]
async fn smartproxy_says_what_it_does_not_offer() {
    let stage = Stage::new().await;
    let account = stage.account(Vendor::SmartProxy);
    let purchase = wanted(Vendor::SmartProxy).purchase;
    let kind = ErrorKind::Unsupported;
    not_sent(account.catalogue().await, kind);
    not_sent(account.quote(&purchase).await, kind);
    not_sent(account.balance().await, kind);
    let quote = account.quote_renewal("string", &Renewal::default()).await;
    not_sent(quote, kind);
    let wrong = [
        Purchase {
            auto_renewal: true,
            ..purchase.clone()
        },
        Purchase {
            plan: Some("1".to_owned()),
            ..purchase.clone()
        },
        Purchase {
            pay_with: None,
            ..purchase.clone()
        },
        Purchase {
            product: "one".to_owned(),
            ..purchase.clone()
        },
        Purchase {
            quantity: 0,
            ..purchase
        },
    ];
    for purchase in wrong {
        let result = account.buy(&purchase, cents(100_000)).await;
        not_sent(result, ErrorKind::InvalidInput);
    }
    assert_eq!(stage.requests(), 0);
}

#[tokio::test]
async fn the_catalogue_names_what_can_be_bought() {
    let stage = Stage::new().await;
    let offers = stage.account(Vendor::IpRoyal).catalogue().await.unwrap();
    let find = |offers: &[Offer], keys: [&str; 3]| {
        let is_it = |it: &&Offer| {
            [
                Some(it.product.as_str()),
                it.plan.as_deref(),
                it.location.as_deref(),
            ] == keys.map(Some)
        };
        offers
            .iter()
            .find(is_it)
            .cloned()
            .unwrap_or_else(|| panic!("{keys:?}"))
    };
    let offer = find(&offers, ["123", "456", "456"]);
    let names = [offer.product_name, offer.plan_name, offer.location_name];
    assert_eq!(
        names,
        ["Static Residential", "30 Days", "United States"].map(|it| Some(it.to_owned()))
    );
    assert_eq!(offer.unit_price.unwrap().amount(), Some(cents(300)));
    assert_eq!(offer.available, Some(8000));
    // A city below its country, a location that is sold out, and one whose stock is not told.
    let rest =
        ["792", "793", "794"].map(|location| find(&offers, ["123", "678", location]).available);
    assert_eq!(rest, [Some(40), Some(0), None]);

    let account = stage.account(Vendor::ProxyShard);
    let offers = account.catalogue().await.unwrap();
    assert_eq!(
        find(&offers, ["ISP Proxy", "weekly", "JP"]).available,
        Some(12)
    );
    let traffic: Vec<_> = offers
        .iter()
        .filter(|it| it.product == "Standart Residential Proxy")
        .collect();
    assert_eq!(traffic.len(), 1);
    assert_eq!(
        (traffic[0].plan.as_deref(), &traffic[0].location),
        (Some("lifetime"), &None)
    );
    // What the catalogue offers can be priced as it stands there.
    for offer in offers {
        let purchase = Purchase {
            product: offer.product,
            plan: offer.plan,
            location: offer.location,
            quantity: 1,
            ..Purchase::default()
        };
        account
            .quote(&purchase)
            .await
            .unwrap_or_else(|error| panic!("{purchase:?}: {error}"));
    }
}

#[tokio::test]
async fn ways_to_pay_answers_and_coupons_reach_the_vendor() {
    let stage = Stage::new().await;
    let account = stage.account(Vendor::IpRoyal);
    let purchase = Purchase {
        coupon: Some("SAVE10".to_owned()),
        auto_renewal: true,
        pay_with: Some("2".to_owned()),
        ..wanted(Vendor::IpRoyal).purchase
    };
    let quote = account.quote(&purchase).await.unwrap();
    assert_eq!(quote.total.amount(), Some(cents(540)));
    assert_eq!(quote.before_discounts.unwrap().amount(), Some(cents(600)));
    let order = account.buy(&purchase, cents(540)).await.unwrap();
    assert_eq!(order.auto_renewal, Some(true));
    assert_eq!(balance(account).await, cents(88_405));
    // A card that is declined, and a balance that does not reach.
    for (pay_with, quantity, words) in [
        (Some("4"), 2, "The card was declined."),
        (None, 400, "Insufficient balance"),
    ] {
        let purchase = Purchase {
            pay_with: pay_with.map(str::to_owned),
            quantity,
            ..purchase.clone()
        };
        let result = account.buy(&purchase, cents(200_000)).await;
        let error = rejected(result, ErrorKind::Validation);
        assert_eq!(error.vendor_message(), Some(words));
    }
    // A question that must be answered.
    let mut purchase = Purchase {
        product: "11".to_owned(),
        plan: Some("21".to_owned()),
        location: Some("61".to_owned()),
        quantity: 1,
        ..Purchase::default()
    };
    let error = rejected(
        account.buy(&purchase, cents(157)).await,
        ErrorKind::Validation,
    );
    assert!(
        error
            .field_errors()
            .contains_key("product_question_answers.14"),
        "{error}"
    );
    purchase.answers.insert("14".to_owned(), "tests".to_owned());
    account.buy(&purchase, cents(157)).await.unwrap();
    assert_eq!(balance(account).await, cents(88_405 - 157));

    let client = &stage.proxyshard;
    let mut wanted = proxyshard::NewOrder::proxies("ISP Proxy", "JP", "monthly", NonZeroU64::MIN);
    wanted.addons = vec![("p0f_slots".into(), NonZeroU64::new(2).unwrap())];
    wanted.promo_code = Some("SAVE10".to_owned());
    // 3.00 less ten per cent, and two slots at 0.50.
    let result = client.buy(&wanted, cents(369)).await;
    not_sent(result, ErrorKind::OverCap);
    client.buy(&wanted, cents(370)).await.unwrap();
    assert_eq!(balance(client).await, cents(500_000 - 370));
}

#[tokio::test]
async fn waiting_ends_when_the_time_is_up() {
    let stage = Stage::with(KEY, DAY).await;
    let hasty = PollOptions {
        timeout: Duration::from_millis(30),
        interval: Duration::from_millis(10),
    };
    for account in stage.accounts() {
        let wanted = wanted(account.vendor());
        let made = account
            .buy(&wanted.purchase, cents(wanted.price))
            .await
            .unwrap();
        let result = account.wait_until_provisioned(&made.id, hasty).await;
        let error = rejected(result, ErrorKind::Deadline);
        assert!(error.is_timeout() && !error.may_have_taken_effect());
        assert_eq!(account.proxies(&made.id).await.unwrap(), []);
        assert_eq!(seen(account, &made.id).await.state, wanted.first);
    }
}
