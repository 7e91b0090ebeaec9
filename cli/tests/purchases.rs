//! One purchase under its key, whatever becomes of its answer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;

use common::{BUY, Run, Served, folder, program, signal, start};
use proxy_orders_sandbox::FaultMode;

/// A purchase of 10 under a key.
fn buy(key: &str, flags: &str) -> String {
    format!("{BUY} --yes -i '{key}' {flags}")
}

const RECONCILE: &str = "journal reconcile --vendor iproyal --settle 1";

#[test]
fn the_same_key_buys_once() {
    let served = Served::start();
    let first = served.run(&buy("k", "-o json")).expect(0);
    let again = served.run(&buy("k", "-o json")).expect(0);
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert!(again.stderr.contains("nothing was sent"), "{again:?}");
    assert_eq!((served.posts(), served.charges()), (1, 1));
    // With another request it is refused.
    let other = buy("k", "").replace("--quantity 5", "--quantity 6");
    let run = served.run(&other).expect(2);
    assert!(run.stderr.contains("`k` was used for another"), "{run:?}");
    // Without a key, a new one is printed; it works like any other.
    let run = served.run(&format!("{BUY} --yes")).expect(0);
    let mut lines = run.stderr.lines();
    let key = lines.find_map(|it| it.strip_prefix("idempotency key: "));
    served.run(&buy(key.unwrap(), "")).expect(0);
    assert_eq!(served.charges(), 2);
    let run = served.run(&buy("two words", "")).expect(2);
    assert!(run.stderr.contains("two words"), "{run:?}");
}

#[test]
fn a_dry_run_sends_nothing_that_spends() {
    let served = Served::start();
    let report = served
        .run(&format!("{BUY} --dry-run -o json"))
        .expect(0)
        .json();
    assert_eq!(report["body"]["product_id"], 9);
    assert_eq!(report["method"], "POST");
    assert_eq!(report["path"], "/orders");
    assert_eq!(report["quote"]["total"], "10");
    assert!(report["refusal"].is_null(), "{report}");
    // A purchase that would be refused fails.
    for (line, why) in [
        (format!("{BUY} --max-day 9"), "a day"),
        (format!("{BUY} --max-month 9.99"), "a month"),
        (BUY.replace("12", "9"), "above the cap of 9"),
    ] {
        let run = served.run(&format!("{line} --dry-run")).expect(1);
        for words in ["would be refused", why] {
            assert!(run.stderr.contains(words), "{run:?}");
        }
    }
    assert_eq!((served.posts(), served.charges()), (0, 0));
    let run = served.run("journal list -o json").expect(0);
    assert_eq!(run.json().as_array().unwrap().len(), 0);
}

#[test]
fn a_lost_answer_is_found_again_and_not_bought_again() {
    let served = Served::start();
    served.fail_next_order(FaultMode::DropAfter);
    let advice = "find out what became of it:\n    proxy-orders journal reconcile --vendor iproyal";
    // The second time as the first.
    for _ in 0..2 {
        let lost = served.run(&buy("lost", "")).expect(6);
        assert!(lost.stderr.contains(advice), "{lost:?}");
        assert!(lost.stderr.contains("Do not run it again"), "{lost:?}");
    }
    let other = served.run(&buy("other", "")).expect(1);
    for words in ["`lost`", "journal reconcile"] {
        assert!(other.stderr.contains(words), "{other:?}");
    }
    let run = served.run(&buy("other", "--dry-run")).expect(1);
    assert!(run.stderr.contains("`lost`"), "{run:?}");
    assert_eq!((served.posts(), served.charges()), (1, 1));

    let reports = served.run(&format!("{RECONCILE} -o json")).expect(0).json();
    assert_eq!(reports[0]["state"], "reconciled");
    let order = reports[0]["order"].clone();
    assert_eq!(order, served.sandbox.ledger()[0].order);
    let found = served.run(&buy("lost", "-o json")).expect(0);
    assert_eq!(found.json()["id"], order);
    assert!(found.stderr.contains("nothing was sent"), "{found:?}");
    served.run(&buy("other", "")).expect(0);
    assert_eq!((served.posts(), served.charges()), (2, 2));
    let run = served.run(RECONCILE).expect(0);
    assert!(run.stderr.contains("nothing to reconcile"), "{run:?}");
}

#[test]
fn a_purchase_that_was_not_made_is_known_after_a_while() {
    let served = Served::start();
    served.fail_next_order(FaultMode::DropBefore);
    served.run(&buy("k", "")).expect(6);
    let run = served.run("journal reconcile --no-wait").expect(6);
    assert!(run.stderr.contains("run it again in"), "{run:?}");
    let run = served.run(&format!("{RECONCILE} -o csv")).expect(0);
    let line = ",not-made,create_order,,";
    assert!(run.stdout.contains(line), "{run:?}");
    let run = served.run(&buy("k", "")).expect(1);
    assert!(run.stderr.contains("--again"), "{run:?}");
    assert_eq!(served.charges(), 0);
    served.run(&buy("k", "--again")).expect(0);
    assert_eq!(served.charges(), 1);
}

#[test]
fn an_ambiguous_outcome_is_left_to_the_user() {
    let served = Served::start();
    served.fail_next_order(FaultMode::DropAfter);
    served.run(&buy("k", "")).expect(6);
    // Somebody else buys just the same.
    let raw = "api iproyal create-order --product-id 9 --product-plan-id 4 \
               --product-location-id 51 --quantity 5";
    let run = served.run(raw).expect(0);
    for words in ["spends, without", "--idempotency-key"] {
        assert!(run.stderr.contains(words), "{run:?}");
    }
    let run = served.run(RECONCILE).expect(6);
    for words in [
        "20001",
        "20002",
        "journal show k",
        "journal dismiss k",
        "decide yourself",
    ] {
        assert!(run.all().contains(words), "{words}: {run:?}");
    }
    let show = served.run("journal show k").expect(0);
    for words in [
        "unknown",
        "\"newest\":505",
        "\"product_id\":9",
        "history",
        "sent",
    ] {
        assert!(show.stdout.contains(words), "{words}: {show:?}");
    }
    let dismiss = "journal dismiss k --vendor iproyal --reason";
    served.run(&format!("{dismiss} ' '")).expect(2);
    // It can be overridden, and the journal keeps the reason.
    served
        .run(&buy("next", "--despite-unknown 'it is urgent'"))
        .expect(0);
    let run = served.run("journal export").expect(0);
    assert!(run.stdout.contains("it is urgent"), "{run:?}");
    served
        .run(&format!("{dismiss} 'it is order 20001'"))
        .expect(0);
    served.run(&buy("after", "")).expect(0);
    let run = served.run(&buy("k", "")).expect(1);
    assert!(run.stderr.contains("it is order 20001"), "{run:?}");
}

#[test]
fn caps_of_the_day_and_the_month_hold() {
    let served = Served::start();
    served.run(&buy("a", "--max-day 15")).expect(0);
    let run = served.run(&buy("b", "--max-day 15")).expect(1);
    assert!(run.stderr.contains("cap of 15 a day"), "{run:?}");
    for (name, value, code, words) in [
        ("PROXY_ORDERS_MAX_MONTH", "19.99", 1, "cap of 19.99 a month"),
        (
            "PROXY_ORDERS_MAX_DAY",
            "lots",
            2,
            "PROXY_ORDERS_MAX_DAY: `lots`",
        ),
    ] {
        let run = Run::of(served.program(&buy("b", "")).env(name, value)).expect(code);
        assert!(run.stderr.contains(words), "{run:?}");
    }
    assert_eq!(served.posts(), 1);
    // A purchase that was refused before it was sent goes on under its key.
    served.run(&buy("b", "--max-day 20")).expect(0);
    // The same credential is the same account by any name.
    let run = served
        .run(&buy("b", "--max-day 10 --account two"))
        .expect(0);
    assert!(run.stderr.contains("nothing was sent"), "{run:?}");
    let run = served
        .run(&buy("c", "--max-day 20 --account two"))
        .expect(1);
    assert!(run.stderr.contains("cap of 20 a day"), "{run:?}");
    assert_eq!(served.charges(), 2);
}

#[test]
fn every_kind_of_spending_on_an_order_goes_through_the_journal() {
    let served = Served::start();
    let listed = served
        .run("proxies 123 --vendor iproyal -o csv")
        .expect(0)
        .stdout;
    let address = listed.lines().nth(1).unwrap().split(',').next().unwrap();
    let extend = "extend 123 --vendor iproyal --plan 456";
    for (at, line) in [
        &format!("{extend} --all"),
        &format!("{extend} --only {address}"),
        "renew 1002 --vendor proxyshard",
        "change-cycle 1001 --vendor proxyshard --cycle quarterly --location DE",
        "add-traffic 1004 --vendor proxyshard --gigabytes 3",
        "buy-addon 1001 --vendor proxyshard --addon p0f_slots --quantity 2",
    ]
    .into_iter()
    .enumerate()
    {
        let line = format!("orders {line} --max-total 900 --yes -i k{at}");
        served.run(&format!("{line} --dry-run")).expect(0);
        assert_eq!(served.charges(), at, "{line}");
        for _ in 0..2 {
            served.run(&line).expect(0);
            assert_eq!(served.charges(), at + 1, "{line}");
        }
    }
    // Extending neither all nor some, or an empty list, would extend all.
    let consent = "--max-total 9 --yes";
    for proxies in ["", "--only ''", "--only 1.2.3.4,", "--all --only 1.2.3.4"] {
        served
            .run(&format!("orders {extend} {consent} {proxies}"))
            .expect(2);
    }
    let run = served
        .run(&format!(
            "orders extend 123 --vendor proxyshard --plan 1 --all {consent}"
        ))
        .expect(2);
    assert!(
        run.stderr.contains("does not offer an extension"),
        "{run:?}"
    );
    assert_eq!(served.charges(), 6);
}

#[test]
fn a_raw_call_under_a_key_goes_through_the_journal() {
    let served = Served::start();
    let call = "api iproyal extend-order --order-id 123 --product-plan-id 456";
    let keyed = format!("{call} --idempotency-key k --max-total 20");
    let report = served.run(&format!("{keyed} --dry-run")).expect(0).json();
    assert_eq!(report["path"], "/orders/123/extend");
    for is_recorded in [false, true] {
        let receipt = served.run(&keyed).expect(0).json();
        assert_eq!(receipt["order"], "123");
        assert_eq!(receipt["is_recorded"], is_recorded);
    }
    assert_eq!(served.posts(), 1);
    served.run(&format!("{call} -i k")).expect(2);
    served.run(&format!("{call} --max-total 20")).expect(2);
    let run = served.run("api iproyal list-orders -i k").expect(2);
    assert!(run.stderr.contains("list_orders does not"), "{run:?}");
    assert_eq!(served.posts(), 1);
}

#[test]
fn a_journal_that_cannot_be_written_means_no_purchase() {
    let served = Served::start();
    let folder = served.folder.path().join("a folder");
    std::fs::create_dir(&folder).unwrap();
    let damaged = served.folder.path().join("damaged.db");
    let text = "this is no database, but it is long enough to be looked at".repeat(99);
    std::fs::write(&damaged, text).unwrap();
    for place in [Path::new("/proc/nowhere/journal.db"), &folder, &damaged] {
        let flags = format!("--journal '{}'", place.display());
        let run = served.run(&buy("k", &flags)).expect(1);
        assert!(run.stderr.contains("journal"), "{run:?}");
    }
    // A password on the command line is refused, and not repeated.
    let place = "postgres://me:canary@127.0.0.1:1/x";
    let run = served
        .run(&buy("k", &format!("--journal {place}")))
        .expect(2);
    assert!(run.stderr.contains("PROXY_ORDERS_JOURNAL"), "{run:?}");
    assert!(!run.all().contains("canary"), "{run:?}");
    for (place, code) in [(place, 1), ("postgres:/me:canary@127.0.0.1:1/x", 2)] {
        let mut command = served.program(&buy("k", "-vv"));
        let run = Run::of(command.env("PROXY_ORDERS_JOURNAL", place)).expect(code);
        assert!(!run.all().contains("canary"), "{run:?}");
    }
    assert_eq!(served.sandbox.requests().len(), 0);
}

#[test]
fn purchases_in_a_sandbox_never_enter_the_real_journal() {
    let folder = folder();
    let journal = folder.path().join("journal.db");
    for _ in 0..2 {
        let mut command = program(&buy("k", "--sandbox -o csv"));
        let run = Run::of(command.env("PROXY_ORDERS_JOURNAL", &journal)).expect(0);
        assert!(!run.stderr.contains("nothing was sent"), "{run:?}");
    }
    assert!(!journal.exists());
    // A sandbox that keeps running comes with a journal of its own.
    let mut server = start(&mut program("sandbox --listen 127.0.0.1:0"));
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = lines.find_map(|line| {
        let line = line.unwrap();
        Some(line.split_once("PROXY_ORDERS_JOURNAL=")?.1.to_owned())
    });
    let place = line.unwrap();
    assert!(place.ends_with("journal.db"), "{place}");
    signal(&server, "-TERM");
    assert!(server.wait().unwrap().success());
    assert!(!Path::new(&place).parent().unwrap().exists());
}

#[test]
fn the_journal_is_read_without_a_key_and_holds_none() {
    let served = Served::start();
    let proxies = served.run("proxies 123 --vendor iproyal").expect(0).stdout;
    let password = proxies.lines().next().unwrap().rsplit(':').next().unwrap();
    let consent = "--max-total 900 --yes -i same";
    served
        .run(&format!(
            "orders extend 123 --vendor iproyal --plan 456 --all {consent}"
        ))
        .expect(0);
    served
        .run(&format!("orders renew 1002 --vendor proxyshard {consent}"))
        .expect(0);
    served.fail_next_order(FaultMode::DropAfter);
    served.run(&buy("lost", "")).expect(6);
    served.run(RECONCILE).expect(0);

    let read = |line: &str| {
        let mut command = program(&format!("journal {line}"));
        command.env("PROXY_ORDERS_JOURNAL", served.journal());
        command
    };
    let run = |line: &str| Run::of(&mut read(line));
    assert_eq!(
        run("list -o json")
            .expect(0)
            .json()
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let list = run("list --state reconciled --vendor iproyal -o csv").expect(0);
    assert_eq!(list.stdout.lines().count(), 2);
    let several = run("show same").expect(2);
    let words = "--vendor proxyshard --account";
    assert!(several.stderr.contains(words), "{several:?}");
    let shown = run("show same --vendor iproyal -o json").expect(0).json();
    assert_eq!(shown["history"][2]["state"], "confirmed");
    run("show other").expect(1);

    let export = run("export").expect(0).stdout;
    assert_eq!(export.lines().count(), 3);
    for line in export.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    let mut files = vec![export.into_bytes()];
    for file in served.folder.path().read_dir().unwrap() {
        files.push(std::fs::read(file.unwrap().path()).unwrap());
    }
    assert!(files.len() > 2);
    let environment = served.sandbox.environment();
    let keys = environment
        .iter()
        .filter(|(name, _)| !name.ends_with("_URL"));
    for secret in keys.map(|(_, value)| value.as_str()).chain([password]) {
        for file in &files {
            let is_in = file.windows(secret.len()).any(|it| it == secret.as_bytes());
            assert!(!is_in, "{secret}");
        }
    }

    // A reader that goes away is no failure, and reading creates no journal.
    let mut child = start(&mut read("export"));
    drop(child.stdout.take());
    assert_eq!(Run::end(child).expect(0).stderr, "");
    let missing = served.folder.path().join("missing.db");
    run(&format!("list --journal '{}'", missing.display())).expect(1);
    assert!(!missing.exists());
    let run = Run::of(&mut program("journal list")).expect(0);
    assert!(run.stderr.contains("no journal at"), "{run:?}");
}
