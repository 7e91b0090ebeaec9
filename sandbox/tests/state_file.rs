//! A world that outlives its sandbox.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::{Path, PathBuf};
use std::time::Duration;

use common::wire::{IPROYAL, PROXYSHARD, SMARTPROXY};
use common::{DAY, KEY, get};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox, SandboxBuilder};
use serde_json::{Value, json};

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("state_file-{name}"));
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn builder(path: &Path) -> SandboxBuilder {
    common::builder().state_file(path).seed(7)
}

/// Everything that there is to see, but for what moves with the clock.
async fn seen(sandbox: &Sandbox) -> Value {
    let mut orders = get(sandbox, "/orders?per_page=100").await.ok();
    orders["meta"].take();
    let shard = [
        "/orders?status=all",
        "/proxies/active?order_id=1026",
        "/proxies/sub-users?proxy_type=standart",
        "/proxies/available-count",
    ];
    let mut seen = vec![
        orders,
        get(sandbox, "/products").await.ok(),
        get(sandbox, "/cards").await.ok(),
    ];
    for path in shard {
        let path = format!("/proxyshard/user/api{path}");
        seen.push(PROXYSHARD.get(sandbox, &path).await.json());
    }
    for path in [
        "order/list",
        "user-product/list",
        "whitelist-account/list",
        "user-usage-flow/total",
    ] {
        let path = format!("/smartproxy/pub/{path}?app_key={KEY}");
        seen.push(SMARTPROXY.get(sandbox, &path).await.json());
    }
    let state = sandbox.state();
    let accounts = state
        .accounts
        .iter()
        .map(|a| json!([a.account, a.balance, a.orders]));
    seen.push(json!([
        state.seed,
        sandbox.ledger(),
        accounts.collect::<Vec<_>>()
    ]));
    json!(seen)
}

#[tokio::test]
async fn a_world_comes_back() {
    let folder = folder("back");
    let path = folder.join("world.json");
    let first = builder(&path).start().await.unwrap();
    IPROYAL.buy(&first).await.json();
    PROXYSHARD.buy(&first).await.json();
    SMARTPROXY.buy(&first).await.json();
    first.advance(DAY * 40);
    first
        .faults(vec![Fault::new(FaultMode::PriceMove)])
        .unwrap();
    let before = seen(&first).await;
    let clock = first.now();
    first.stop().await;

    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("sandbox-test"), "it holds a credential");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");

    // What the file says counts, not what the builder says.
    let other = Sandbox::builder()
        .state_file(&path)
        .seed(99)
        .extra_orders(5);
    let second = other.start().await.unwrap();
    assert_eq!(seen(&second).await, before);
    let passed = second.now().duration_since(clock);
    assert!(passed.as_secs() >= 0 && passed.as_hours() < 1, "{passed}");
    assert!(second.state().faults.is_empty());
    // It goes on where it was: ids, sequence and events.
    assert_eq!(IPROYAL.buy(&second).await.json()["id"], 20002);
    let ledger = second.ledger();
    assert!(ledger.len() > 3);
    let sequences = ledger.iter().map(|charge| charge.sequence);
    assert!(sequences.eq(1..=ledger.len() as u64));
    second.advance(DAY * 40);
    let order = get(&second, "/orders/20002").await.ok();
    assert_eq!(order["status"], "expired");
    second.stop().await;

    let third = Sandbox::builder().state_file(&path).start().await.unwrap();
    assert_eq!(get(&third, "/orders/20002").await.ok()["status"], "expired");
    // A new account begins by the seed and the start of the file.
    assert_eq!(third.state().seed, 7);
}

#[tokio::test]
async fn changes_are_saved_while_it_runs_and_when_it_is_dropped() {
    let path = folder("running").join("world.json");
    let sandbox = builder(&path).start().await.unwrap();
    let saved = || -> Value { serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap() };
    assert_eq!(saved()["ledger"], json!([]));
    IPROYAL.buy(&sandbox).await.json();
    while saved()["ledger"].as_array().unwrap().len() != 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    IPROYAL.buy(&sandbox).await.json();
    sandbox.save().await.unwrap();
    assert_eq!(saved()["ledger"].as_array().unwrap().len(), 2);
    IPROYAL.buy(&sandbox).await.json();
    drop(sandbox);
    while saved()["ledger"].as_array().unwrap().len() != 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_corrupt_file_is_an_error_that_names_it() {
    let folder = folder("corrupt");
    let path = folder.join("world.json");
    builder(&path).start().await.unwrap().stop().await;
    let good = std::fs::read_to_string(&path).unwrap();
    for (bad, words) in [
        (String::new(), "is not a saved sandbox"),
        ("{}".to_owned(), "missing field"),
        (good[..good.len() / 2].to_owned(), "EOF"),
        (
            good.replace("\"format\":2", "\"format\":3"),
            "its format is 3",
        ),
        (good.replace("\"seed\":7", "\"seed\":\"x\""), "invalid type"),
    ] {
        std::fs::write(&path, &bad).unwrap();
        let error = builder(&path).start().await.err().unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        let message = error.to_string();
        assert!(message.contains(words), "{message}");
        assert!(message.contains(path.to_str().unwrap()), "{message}");
        // It is not written over.
        assert_eq!(std::fs::read_to_string(&path).unwrap(), bad);
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_written_to_is_an_error_at_the_start() {
    for path in [
        folder("nowhere").join("not/there/world.json"),
        folder("folder"),
    ] {
        let error = builder(&path).start().await.err().unwrap().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_any_more_is_told() {
    let folder = folder("gone");
    let path = folder.join("world.json");
    let sandbox = builder(&path).start().await.unwrap();
    assert_eq!(sandbox.state().save_error, None);
    std::fs::remove_dir_all(&folder).unwrap();
    IPROYAL.buy(&sandbox).await.json();
    let error = sandbox.save().await.unwrap_err().to_string();
    assert!(error.contains(path.to_str().unwrap()), "{error}");
    assert_eq!(sandbox.state().save_error, Some(error));
    std::fs::create_dir_all(&folder).unwrap();
    sandbox.save().await.unwrap();
    assert_eq!(sandbox.state().save_error, None);
}

#[tokio::test]
async fn a_reset_is_saved() {
    let path = folder("reset").join("world.json");
    let first = builder(&path).start().await.unwrap();
    IPROYAL.buy(&first).await.json();
    first.reset(3);
    first.stop().await;
    let second = builder(&path).start().await.unwrap();
    assert_eq!(second.state().seed, 3);
    assert!(second.ledger().is_empty());
    assert_eq!(get(&second, "/balance").await.ok(), 884.05);
}
