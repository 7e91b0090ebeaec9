//! One purchase under its key, whatever becomes of its answer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{BUY, Recorder, Reply, Run, Served, against, folder, program, signal};
use proxy_orders_sandbox::{Fault, FaultMode};

/// A purchase of 10 under a key.
fn buy<'a>(key: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [BUY.as_slice(), &["--yes", "--idempotency-key", key], more].concat()
}

/// Strikes the next order that is made.
fn strike(served: &Served, mode: FaultMode) {
    let fault = Fault {
        operation: Some("create_order".to_owned()),
        times: Some(1),
        ..Fault::new(mode)
    };
    served.sandbox.faults(vec![fault]).unwrap();
}

const RECONCILE: [&str; 4] = ["journal", "reconcile", "--vendor", "iproyal"];

#[test]
fn the_same_key_buys_once() {
    let served = Served::start();
    let first = served.run(&buy("k", &["-o", "json"])).expect(0);
    let again = served.run(&buy("k", &["-o", "json"])).expect(0);
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert!(again.stderr.contains("nothing was sent"), "{again:?}");
    assert_eq!((served.posts(), served.sandbox.ledger().len()), (1, 1));
    // With another request it is refused.
    let mut other = buy("k", &[]);
    other[10] = "6";
    let run = served.run(&other).expect(2);
    assert!(run.stderr.contains("`k` was used for another"), "{run:?}");
    // Without a key, one is made and told; it works like any other.
    let run = served.run(&[BUY.as_slice(), &["--yes"]].concat()).expect(0);
    let key = run
        .stderr
        .lines()
        .find_map(|it| it.strip_prefix("idempotency key: "));
    served.run(&buy(key.unwrap(), &[])).expect(0);
    assert_eq!(served.sandbox.ledger().len(), 2);
    let run = served.run(&buy("two words", &[])).expect(2);
    assert!(run.stderr.contains("two words"), "{run:?}");
}

#[test]
fn a_dry_run_sends_nothing_that_spends() {
    let served = Served::start();
    let words = [BUY.as_slice(), &["--dry-run", "-o", "json"]].concat();
    let trial = served.run(&words).expect(0).json();
    assert_eq!(trial["body"]["product_id"], 9);
    assert_eq!(
        (&trial["method"], &trial["path"]),
        (&"POST".into(), &"/orders".into())
    );
    assert_eq!(trial["quote"]["total"], "10");
    assert!(trial["refusal"].is_null(), "{trial}");
    // What would be refused fails.
    for (more, why) in [
        (["--max-day", "9"], "a day"),
        (["--max-month", "9.99"], "a month"),
        (["--max-total", "9"], "above the cap of 9"),
    ] {
        let words: Vec<_> = match more[0] {
            "--max-total" => [&BUY[..11], &more, &["--dry-run"]].concat(),
            _ => [BUY.as_slice(), &more, &["--dry-run"]].concat(),
        };
        let run = served.run(&words).expect(1);
        assert!(
            run.stderr.contains("would be refused") && run.stderr.contains(why),
            "{run:?}"
        );
    }
    assert_eq!((served.posts(), served.sandbox.ledger().len()), (0, 0));
    let run = served.run(&["journal", "list", "-o", "json"]).expect(0);
    assert_eq!(run.json().as_array().unwrap().len(), 0);
}

#[test]
fn a_lost_answer_is_found_again_and_not_bought_again() {
    let served = Served::start();
    strike(&served, FaultMode::DropAfter);
    let lost = served.run(&buy("lost", &[])).expect(6);
    let advice = "run `proxy-orders journal reconcile --vendor iproyal`, don't run this again";
    assert!(lost.stderr.contains(advice), "{lost:?}");
    let again = served.run(&buy("lost", &[])).expect(6);
    assert!(again.stderr.contains(advice), "{again:?}");
    let other = served.run(&buy("other", &[])).expect(1);
    assert!(
        other.stderr.contains("`lost`") && other.stderr.contains("journal reconcile"),
        "{other:?}"
    );
    let run = served.run(&buy("other", &["--dry-run"])).expect(1);
    assert!(run.stderr.contains("`lost`"), "{run:?}");
    assert_eq!((served.posts(), served.sandbox.ledger().len()), (1, 1));

    let run = served
        .run(&[&RECONCILE[..], &["-o", "json"]].concat())
        .expect(0);
    assert_eq!(run.json()[0]["state"], "reconciled");
    let order = run.json()[0]["order"].clone();
    assert_eq!(order, served.sandbox.ledger()[0].order);
    let found = served.run(&buy("lost", &["-o", "json"])).expect(0);
    assert_eq!(found.json()["id"], order);
    assert!(found.stderr.contains("nothing was sent"), "{found:?}");
    served.run(&buy("other", &[])).expect(0);
    assert_eq!((served.posts(), served.sandbox.ledger().len()), (2, 2));
    let run = served.run(&RECONCILE).expect(0);
    assert!(run.stderr.contains("nothing is unknown"), "{run:?}");
}

#[test]
fn what_was_not_made_is_known_after_a_while() {
    let served = Served::start();
    strike(&served, FaultMode::DropBefore);
    served.run(&buy("k", &[])).expect(6);
    let run = served
        .run(&[&RECONCILE[..], &["--no-wait"]].concat())
        .expect(6);
    assert!(run.stderr.contains("run it again in"), "{run:?}");
    let run = served
        .run(&[&RECONCILE[..], &["--settle", "1", "-o", "csv"]].concat())
        .expect(0);
    assert!(
        run.stdout.contains("\nk,not-made,create_order,,"),
        "{run:?}"
    );
    let run = served.run(&buy("k", &[])).expect(1);
    assert!(run.stderr.contains("--again"), "{run:?}");
    assert_eq!(served.sandbox.ledger().len(), 0);
    served.run(&buy("k", &["--again"])).expect(0);
    assert_eq!(served.sandbox.ledger().len(), 1);
}

#[test]
fn what_can_not_be_told_is_left_to_a_person() {
    let served = Served::start();
    strike(&served, FaultMode::DropAfter);
    served.run(&buy("k", &[])).expect(6);
    // Somebody else buys just the same.
    let body = [
        "--product-id",
        "9",
        "--product-plan-id",
        "4",
        "--product-location-id",
        "51",
        "--quantity",
        "5",
    ];
    let run = served
        .run(&[&["api", "iproyal", "create-order"][..], &body].concat())
        .expect(0);
    assert!(
        run.stderr.contains("written down nowhere") && run.stderr.contains("--idempotency-key"),
        "{run:?}"
    );
    let run = served.run(&RECONCILE).expect(6);
    for word in [
        "20001",
        "20002",
        "journal show k",
        "journal dismiss k",
        "a person has to decide",
    ] {
        assert!(run.all().contains(word), "{word}: {run:?}");
    }
    let show = served.run(&["journal", "show", "k"]).expect(0);
    for word in [
        "unknown",
        "\"newest\":505",
        "\"product_id\":9",
        "history",
        "sent",
    ] {
        assert!(show.stdout.contains(word), "{word}: {show:?}");
    }
    let dismiss = ["journal", "dismiss", "k", "--vendor", "iproyal", "--reason"];
    served.run(&[&dismiss[..], &[" "]].concat()).expect(2);
    // Overriding is possible, and written down.
    served
        .run(&buy("next", &["--despite-unknown", "it is urgent"]))
        .expect(0);
    let run = served.run(&["journal", "export"]).expect(0);
    assert!(run.stdout.contains("it is urgent"), "{run:?}");
    served
        .run(&[&dismiss[..], &["it is order 20001"]].concat())
        .expect(0);
    served.run(&buy("after", &[])).expect(0);
    let run = served.run(&buy("k", &[])).expect(1);
    assert!(run.stderr.contains("it is order 20001"), "{run:?}");
}

#[test]
fn caps_of_the_day_and_the_month_hold() {
    let served = Served::start();
    served.run(&buy("a", &["--max-day", "15"])).expect(0);
    let run = served.run(&buy("b", &["--max-day", "15"])).expect(1);
    assert!(run.stderr.contains("cap of 15 a day"), "{run:?}");
    let mut command = served.program(&buy("b", &[]));
    let run = Run::of(command.env("PROXY_ORDERS_MAX_MONTH", "19.99")).expect(1);
    assert!(run.stderr.contains("cap of 19.99 a month"), "{run:?}");
    let mut command = served.program(&buy("b", &[]));
    let run = Run::of(command.env("PROXY_ORDERS_MAX_DAY", "lots")).expect(2);
    assert!(
        run.stderr.contains("PROXY_ORDERS_MAX_DAY: `lots`"),
        "{run:?}"
    );
    assert_eq!(served.posts(), 1);
    // What was refused before it was sent goes on under its key.
    served.run(&buy("b", &["--max-day", "20"])).expect(0);
    // Another name is another account, with a day of its own.
    served
        .run(&buy("b", &["--max-day", "10", "--account", "two"]))
        .expect(0);
    assert_eq!(served.sandbox.ledger().len(), 3);
}

#[test]
fn every_kind_of_spending_on_an_order_goes_through_the_journal() {
    let served = Served::start();
    let listed = served
        .run(&["proxies", "123", "--vendor", "iproyal", "-o", "csv"])
        .expect(0);
    let address = listed
        .stdout
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .next()
        .unwrap()
        .to_owned();
    let iproyal = ["--vendor", "iproyal", "--plan", "456"];
    let shard = ["--vendor", "proxyshard"];
    let cases: [(&str, &[&str], &[&str]); 6] = [
        ("extend", &["123", "--all"], &iproyal),
        ("extend", &["123", "--only", &address], &iproyal),
        ("renew", &["1002"], &shard),
        (
            "change-cycle",
            &["1001", "--cycle", "quarterly", "--location", "DE"],
            &shard,
        ),
        ("add-traffic", &["1004", "--gigabytes", "3"], &shard),
        (
            "buy-addon",
            &["1001", "--addon", "p0f_slots", "--quantity", "2"],
            &shard,
        ),
    ];
    for (at, (command, words, more)) in cases.into_iter().enumerate() {
        let key = format!("k{at}");
        let consent = ["--max-total", "900", "--yes", "--idempotency-key", &key];
        let words = [&["orders", command], words, more, &consent].concat();
        served.run(&[&words[..], &["--dry-run"]].concat()).expect(0);
        assert_eq!(served.sandbox.ledger().len(), at, "{words:?}");
        for _ in 0..2 {
            served.run(&words).expect(0);
            assert_eq!(served.sandbox.ledger().len(), at + 1, "{words:?}");
        }
    }
    // Neither all nor some would be all; an empty list, too.
    let extend = ["orders", "extend", "123", "--max-total", "9", "--yes"];
    for more in [
        &[][..],
        &["--only", ""],
        &["--only", "1.2.3.4,"],
        &["--all", "--only", "1.2.3.4"],
    ] {
        served
            .run(&[&extend[..], &iproyal, more].concat())
            .expect(2);
    }
    let run = served
        .run(&[&extend[..], &shard, &["--plan", "1", "--all"]].concat())
        .expect(2);
    assert!(run.stderr.contains("is for iproyal"), "{run:?}");
    assert_eq!(served.sandbox.ledger().len(), 6);
}

#[test]
fn a_raw_call_under_a_key_goes_through_the_journal() {
    let served = Served::start();
    let call = [
        "api",
        "iproyal",
        "extend-order",
        "--order-id",
        "123",
        "--product-plan-id",
        "456",
    ];
    let keyed = [&call[..], &["--idempotency-key", "k", "--max-total", "20"]].concat();
    let trial = served
        .run(&[&keyed[..], &["--dry-run"]].concat())
        .expect(0)
        .json();
    assert_eq!(trial["path"], "/orders/123/extend");
    for is_recorded in [false, true] {
        let receipt = served.run(&keyed).expect(0).json();
        assert_eq!(
            (&receipt["order"], &receipt["is_recorded"]),
            (&"123".into(), &is_recorded.into())
        );
    }
    assert_eq!(served.posts(), 1);
    served
        .run(&[&call[..], &["--idempotency-key", "k"]].concat())
        .expect(2);
    served
        .run(&[&call[..], &["--max-total", "20"]].concat())
        .expect(2);
    let run = served
        .run(&["api", "iproyal", "list-orders", "--idempotency-key", "k"])
        .expect(2);
    assert!(run.stderr.contains("list_orders does not"), "{run:?}");
    assert_eq!(served.posts(), 1);
}

#[test]
fn a_journal_that_can_not_be_written_means_no_purchase() {
    let served = Served::start();
    let folder = served.folder.path().join("a folder");
    std::fs::create_dir(&folder).unwrap();
    let damaged = served.folder.path().join("damaged.db");
    std::fs::write(
        &damaged,
        "this is no database, but it is long enough to be looked at".repeat(99),
    )
    .unwrap();
    for place in [
        "/proc/nowhere/journal.db",
        folder.to_str().unwrap(),
        damaged.to_str().unwrap(),
    ] {
        let run = served.run(&buy("k", &["--journal", place])).expect(1);
        assert!(run.stderr.contains("the journal"), "{run:?}");
    }
    // A password on the command line is refused, and not repeated.
    let place = "postgres://me:canary@127.0.0.1:1/x";
    let run = served.run(&buy("k", &["--journal", place])).expect(2);
    assert!(run.stderr.contains("PROXY_ORDERS_JOURNAL"), "{run:?}");
    assert!(!run.all().contains("canary"), "{run:?}");
    let mut command = served.program(&buy("k", &["-vv"]));
    let run = Run::of(command.env("PROXY_ORDERS_JOURNAL", place)).expect(1);
    assert!(!run.all().contains("canary"), "{run:?}");
    let mut command = served.program(&buy("k", &["-vv"]));
    command.env("PROXY_ORDERS_JOURNAL", "postgres:/me:canary@127.0.0.1:1/x");
    let run = Run::of(&mut command).expect(2);
    assert!(!run.all().contains("canary"), "{run:?}");
    assert_eq!(served.sandbox.requests().len(), 0);
}

#[test]
fn what_happens_in_a_sandbox_never_enters_the_real_journal() {
    let folder = folder();
    let journal = folder.path().join("journal.db");
    let words = buy("k", &["--sandbox", "-o", "csv"]);
    for _ in 0..2 {
        let mut command = program(&words);
        let run = Run::of(command.env("PROXY_ORDERS_JOURNAL", &journal)).expect(0);
        assert!(!run.stderr.contains("nothing was sent"), "{run:?}");
    }
    assert!(!journal.exists());
    // Neither does what happens in one that stays: it comes with a journal of its own.
    let mut server = program(&["sandbox", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = lines
        .map(Result::unwrap)
        .find(|it| it.contains("PROXY_ORDERS_JOURNAL="));
    let place = line.unwrap().split_once('=').unwrap().1.to_owned();
    assert!(place.ends_with("journal.db"), "{place}");
    signal(&server, "-TERM");
    assert!(server.wait().unwrap().success());
    assert!(!Path::new(&place).parent().unwrap().exists());
}

#[test]
fn the_journal_is_read_without_a_key_and_holds_none() {
    let served = Served::start();
    let proxies = served
        .run(&["proxies", "123", "--vendor", "iproyal"])
        .expect(0);
    let password = proxies
        .stdout
        .lines()
        .next()
        .unwrap()
        .rsplit(':')
        .next()
        .unwrap();
    let consent = ["--max-total", "900", "--yes", "--idempotency-key", "same"];
    let extend = [
        "orders", "extend", "123", "--vendor", "iproyal", "--plan", "456", "--all",
    ];
    served.run(&[&extend[..], &consent].concat()).expect(0);
    let renew = ["orders", "renew", "1002", "--vendor", "proxyshard"];
    served.run(&[&renew[..], &consent].concat()).expect(0);
    strike(&served, FaultMode::DropAfter);
    served.run(&buy("lost", &[])).expect(6);
    served.run(&RECONCILE).expect(0);

    let look = |words: &[&str]| {
        let mut command = program(words);
        command.env("PROXY_ORDERS_JOURNAL", served.journal());
        command
    };
    let list = Run::of(&mut look(&["journal", "list", "-o", "json"]))
        .expect(0)
        .json();
    assert_eq!(list.as_array().unwrap().len(), 3);
    let list = [
        "journal",
        "list",
        "--state",
        "reconciled",
        "--vendor",
        "iproyal",
        "-o",
        "csv",
    ];
    assert_eq!(
        Run::of(&mut look(&list)).expect(0).stdout.lines().count(),
        2
    );
    let run = Run::of(&mut look(&["journal", "show", "same"])).expect(2);
    assert!(
        run.stderr.contains("--vendor proxyshard --account"),
        "{run:?}"
    );
    let show = [
        "journal", "show", "same", "--vendor", "iproyal", "-o", "json",
    ];
    let shown = Run::of(&mut look(&show)).expect(0).json();
    assert_eq!(shown["history"][2]["state"], "confirmed");
    Run::of(&mut look(&["journal", "show", "other"])).expect(1);

    let export = Run::of(&mut look(&["journal", "export"])).expect(0).stdout;
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

    // A reader that goes away is no failure, and looking makes no journal.
    let mut child = look(&["journal", "export"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run = Run::from(child.wait_with_output().unwrap()).expect(0);
    assert_eq!(run.stderr, "");
    let missing = served.folder.path().join("missing.db");
    let words = ["journal", "list", "--journal", missing.to_str().unwrap()];
    Run::of(&mut program(&words)).expect(1);
    assert!(!missing.exists());
    let run = Run::of(&mut program(&["journal", "list"])).expect(0);
    assert!(run.stderr.contains("no journal at"), "{run:?}");
}

#[test]
fn an_interruption_before_anything_was_sent_is_said_to_be_one() {
    let recorder = Recorder::start(|_| Reply::Hold);
    let words = buy("k", &[]);
    let mut command = against(&recorder, &words);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while recorder.received().is_empty() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
    signal(&child, "-INT");
    let run = Run::from(child.wait_with_output().unwrap()).expect(1);
    assert!(run.stderr.contains("before anything was sent"), "{run:?}");
}
