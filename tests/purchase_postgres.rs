//! A journal in PostgreSQL whose connection is lost in the middle of a purchase, and with it the account's lock.
//!
//! Needs a server: see `support::shop::POSTGRES`. Without one, the tests say that they are skipped.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use proxy_orders::purchase::EntryState;
use proxy_orders::{ErrorKind, Outcome};
use proxy_orders_sandbox::Sandbox;
use sqlx::Connection;
use support::shop::{POSTGRES, Shop, enough, key, one_proxy, say};

/// A shop whose connections to the server have a name of their own.
async fn shop(name: &str) -> Option<Shop> {
    let Ok(url) = std::env::var(POSTGRES) else {
        say(&format!("skipped: {POSTGRES} is not set"));
        return None;
    };
    let url = format!("{url}?application_name={name}");
    Some(Shop::with(Sandbox::builder(), Some(url)).await)
}

/// Ends every connection of that name, as a server that is restarted does.
fn cut_off(name: &'static str) {
    let cutting = async move {
        let url = std::env::var(POSTGRES).unwrap();
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        let statement = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
        let cut: i64 = sqlx::query_scalar(statement)
            .bind(name)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert!(cut > 0, "there was nothing to cut off");
    };
    // The hook that calls this is no place to await in.
    let thread = std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(cutting);
    });
    thread.join().unwrap();
}

/// Who no longer holds the account sends nothing.
#[tokio::test]
async fn a_lock_that_is_lost_before_sending_stops_the_purchase() {
    let Some(shop) = shop("lost-before").await else {
        return;
    };
    let buyer = shop.buyer_met_by("calculate_pricing", || cut_off("lost-before"));
    let error = buyer
        .spend(&key("a"), &one_proxy(), &enough())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Journal, Outcome::NotSent),
        "{error}"
    );
    assert_eq!(shop.posts(), 0);
    assert_eq!(buyer.entries().await.unwrap()[0].state, EntryState::Planned);
}

#[tokio::test]
async fn a_journal_that_is_lost_while_the_request_is_under_way_finds_the_order_later() {
    let Some(shop) = shop("lost-meanwhile").await else {
        return;
    };
    let buyer = shop.buyer_met_by("create_order", || cut_off("lost-meanwhile"));
    let error = buyer
        .spend(&key("a"), &one_proxy(), &enough())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    assert!(error.may_have_taken_effect(), "{error}");
    let charge = shop.sandbox.ledger().remove(0);
    assert!(error.to_string().contains(&charge.order), "{error}");
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Reconciled);
    assert_eq!(found.entry.order, Some(charge.order));
}
