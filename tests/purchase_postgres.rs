//! A journal in PostgreSQL whose connection is lost in the middle of a purchase, and with it the
//! account's lock.
//!
//! Needs a server: see `support::fixture::POSTGRES`. Without one, the tests print that they are
//! skipped.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use proxy_orders::purchase::EntryState;
use proxy_orders::{ErrorKind, Outcome};
use proxy_orders_sandbox::Sandbox;
use sqlx::Connection;
use support::fixture::*;

/// Makes a fixture whose connections to the server have a name of their own.
async fn fixture(name: &str) -> Option<Fixture> {
    let Ok(url) = std::env::var(POSTGRES) else {
        say(&format!("skipped: {POSTGRES} is not set"));
        return None;
    };
    let url = format!("{url}?application_name={name}");
    Some(Fixture::with(Sandbox::builder(), Some(url)).await)
}

/// Ends every connection of that name, as a server that is restarted does.
fn cut_off(name: &'static str) {
    let cutting = async move {
        let url = std::env::var(POSTGRES).unwrap();
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        let statement = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
        let cut = sqlx::query_scalar(statement)
            .bind(name)
            .fetch_one(&mut connection)
            .await;
        let cut: i64 = cut.unwrap();
        assert!(cut > 0, "there was nothing to cut off");
    };
    // The hook that calls this is not async.
    let thread = std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(cutting);
    });
    thread.join().unwrap();
}

/// A buyer that has lost the account's lock sends nothing.
#[tokio::test]
async fn a_lock_that_is_lost_before_sending_stops_the_purchase() {
    let Some(fixture) = fixture("lost-before").await else {
        return;
    };
    let buyer = fixture.buyer_with_hook("calculate_pricing", || cut_off("lost-before"));
    let error = spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    assert_fails(&error, ErrorKind::Journal, Outcome::NotSent);
    assert_eq!(fixture.posts(), 0);
    assert_eq!(buyer.entries().await.unwrap()[0].state, EntryState::NotSent);
}

#[tokio::test]
async fn an_order_is_found_when_the_journal_was_lost_while_the_request_was_under_way() {
    let Some(fixture) = fixture("lost-meanwhile").await else {
        return;
    };
    let buyer = fixture.buyer_with_hook("create_order", || cut_off("lost-meanwhile"));
    let error = spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    assert!(error.may_have_taken_effect(), "{error}");
    let charge = fixture.sandbox.ledger().remove(0);
    assert!(error.to_string().contains(&charge.order), "{error}");
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Reconciled);
    assert_eq!(found.entry.order, Some(charge.order));
}
