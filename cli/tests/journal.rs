//! The commands on the journal: what they list, and that every hint works as printed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader, Read};

use common::{
    BUY, Recorder, Reply, Run, Served, against, error_in_json, hints, signal, start, wait_until,
};
use proxy_orders_sandbox::{Fault, FaultMode, Vendor};

fn buy(key: &str, flags: &str) -> String {
    format!("{BUY} --yes -i '{key}' {flags}")
}

const PROXYSHARD: &str = "buy --vendor proxyshard --product 'Standart Residential Proxy' --quantity 2 \
                          --max-total 20 --yes";

/// Makes the answer to the next purchase at a vendor get lost.
fn lose(served: &Served, vendor: Vendor, operation: &str) {
    let lost = Fault {
        vendor: Some(vendor),
        operation: Some(operation.to_owned()),
        times: Some(1),
        ..Fault::new(FaultMode::DropAfter)
    };
    served.sandbox.faults(vec![lost]).unwrap();
}

/// Loses the answer to a purchase at two vendors.
fn with_two_unknown() -> Served {
    let served = Served::start();
    lose(&served, Vendor::IpRoyal, "create_order");
    served.run(&buy("one", "")).expect(6);
    lose(&served, Vendor::ProxyShard, "purchase_order");
    served.run(&format!("{PROXYSHARD} -i two")).expect(6);
    served
}

#[test]
fn reconcile_without_a_vendor_settles_every_account() {
    let served = with_two_unknown();
    let run = served
        .run("journal reconcile --settle 1 -o json")
        .expect(0)
        .json();
    let states: Vec<_> = run.as_array().unwrap().iter().collect();
    assert_eq!(states.len(), 2, "{run}");
    assert!(states.iter().all(|it| it["state"] == "reconciled"), "{run}");
    let run = served.run("journal reconcile").expect(0);
    assert!(run.stderr.contains("nothing to reconcile"), "{run:?}");
    let run = served
        .run("journal reconcile --base-url http://127.0.0.1:1")
        .expect(2);
    assert!(run.stderr.contains("pass --vendor"), "{run:?}");
}

#[test]
fn the_failure_of_one_account_does_not_stop_the_others() {
    let served = with_two_unknown();
    let line = "journal reconcile --settle 1 -o json";
    let run = Run::of(served.program(line).env_remove("IPROYAL_TOKEN")).expect(5);
    assert_eq!(run.json()[0]["key"], "two");
    assert_eq!(run.json()[0]["state"], "reconciled");
    let error = error_in_json(&run);
    assert_eq!(error["kind"], "accounts");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("1 of 2 accounts failed: iproyal"),
        "{message}"
    );
    // It is the only one left.
    Run::of(served.program(line).env_remove("IPROYAL_TOKEN")).expect(4);
    let run = Run::of(served.program(line).env("IPROYAL_TOKEN", "refused-key"));
    assert_ne!(run.code, 0, "{run:?}");
    served.run(line).expect(0);
}

#[test]
fn hints_lead_to_the_same_journal_account_and_server() {
    let served = Served::start();
    let journal = served.folder.path().join("it's a journal.db");
    let url = served.sandbox.base_url(Vendor::IpRoyal);
    let place = format!(
        "--journal \"{}\" --account main --base-url {url}",
        journal.display()
    );
    let elsewhere = |line: &str| {
        let mut command = served.program(line);
        command.env_remove("PROXY_ORDERS_JOURNAL");
        command.env_remove("IPROYAL_BASE_URL");
        Run::of(&mut command)
    };
    served.fail_next_order(FaultMode::DropAfter);
    let run = elsewhere(&buy("k", &place)).expect(6);
    // Somebody else buys just the same, so that a person has to decide.
    served
        .run(
            "api iproyal create-order --product-id 9 --product-plan-id 4 \
             --product-location-id 51 --quantity 5",
        )
        .expect(0);
    let hint = hints(&run).pop().unwrap();
    let run = elsewhere(&format!("{hint} --settle 1")).expect(6);
    let hints = hints(&run);
    assert!(hints.len() >= 5, "{run:?}");
    for hint in hints
        .iter()
        .filter(|it| it.contains("journal show") || it.contains("orders list"))
    {
        elsewhere(hint).expect(0);
    }
    let resolve = hints
        .iter()
        .find(|it| it.contains("--order ORDER"))
        .unwrap();
    elsewhere(&resolve.replace("ORDER", "20001")).expect(0);
    let dismiss = hints
        .iter()
        .find(|it| it.contains("journal dismiss"))
        .unwrap();
    let run = elsewhere(dismiss).expect(2);
    assert!(run.stderr.contains("nothing to decide"), "{run:?}");
}

#[test]
fn a_run_that_ends_while_its_twin_buys_does_not_say_that_nothing_was_bought() {
    // The twin is held up while it prepares its purchase, and while it buys.
    for holds in ["GET", "POST"] {
        let recorder = Recorder::start(move |request| match &*request.method {
            method if method == holds => Reply::Hold,
            _ => Reply::Answer(200, common::answer_to(&request.path).to_owned()),
        });
        let mut twin = start(&mut against(&recorder, &buy("k", "")));
        wait_until(|| recorder.received().iter().any(|it| it.method == holds));
        let mut child = start(&mut against(&recorder, &buy("k", "")));
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("waiting for another purchase") {
            assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
        }
        signal(&child, "-INT");
        stderr.read_to_string(&mut said).unwrap();
        Run::end(child).expect(6);
        assert!(said.contains("another run is"), "{said}");
        assert!(!said.contains("nothing was bought"), "{said}");
        assert_eq!(recorder.posts(), usize::from(holds == "POST"));
        signal(&twin, "-KILL");
        twin.wait().unwrap();
    }
}

#[test]
fn lists_tell_what_was_not_sent_and_can_be_cut() {
    let served = Served::start();
    for key in ["a", "b"] {
        let dear = buy(key, "").replace("12", "9");
        served.run(&dear).expect(1);
    }
    served.run(&buy("c", "")).expect(0);
    let keys = |flags: &str| -> Vec<String> {
        let run = served
            .run(&format!("journal list -o json {flags}"))
            .expect(0);
        let json = run.json();
        let entries = json.as_array().unwrap().iter();
        entries
            .map(|it| it["key"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(keys("--state not-sent"), ["a", "b"]);
    assert_eq!(keys("--state planned"), Vec::<String>::new());
    assert_eq!(keys("--limit 2"), ["b", "c"]);
    assert_eq!(keys("--since 1h"), ["a", "b", "c"]);
    assert_eq!(keys("--since 2999-01-01"), Vec::<String>::new());
    assert_eq!(keys("--since 2020-01-01T00:00:00Z"), ["a", "b", "c"]);
    served.run("journal list --since yesterday").expect(2);
}

#[test]
fn pruning_deletes_what_had_no_effect() {
    let served = Served::start();
    served.run(&buy("dear", "").replace("12", "9")).expect(1);
    served.run(&buy("bought", "")).expect(0);
    let prune = "journal prune --older-than 0s -o csv";
    let run = served
        .run("journal prune --older-than 30d -o csv")
        .expect(0);
    assert_eq!(run.stdout.lines().count(), 1, "{run:?}");
    for _ in 0..2 {
        let run = served.run(&format!("{prune} --dry-run")).expect(0);
        assert!(run.stdout.contains("\ndear,"), "{run:?}");
        assert!(run.stderr.contains("1 entries would be deleted"), "{run:?}");
    }
    served.run(&format!("{prune} --state confirmed")).expect(2);
    served.run(prune).expect(0);
    let list = served.run("journal list -o csv").expect(0).stdout;
    assert!(!list.contains("dear") && list.contains("bought"), "{list}");
    served.run(&buy("bought", "")).expect(0);
    assert_eq!(served.charges(), 1);
}

#[test]
fn an_audit_finds_foreign_and_missing_orders() {
    let served = Served::start();
    served.run(&buy("k", "")).expect(0);
    let foreign = || -> Vec<String> {
        let json = served.run("journal audit -o json").json();
        let found = json.as_array().unwrap().iter();
        let foreign = found.filter(|it| it["finding"] == "foreign");
        foreign
            .map(|it| it["order"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(!foreign().contains(&"20001".to_owned()));
    served
        .run(
            "api iproyal create-order --product-id 9 --product-plan-id 4 \
             --product-location-id 51 --quantity 6",
        )
        .expect(0);
    assert!(foreign().contains(&"20002".to_owned()));
    let run = served.run("journal audit -o json").expect(3);
    assert!(run.stderr.contains("others buy on it"), "{run:?}");
    assert_eq!(error_in_json(&run)["kind"], "audit");
    let run = served.run("journal accounts -o json").expect(0);
    assert_eq!(run.json()[0]["entries"], 1);
    assert!(!run.json()[0]["shared_since"].is_null(), "{run:?}");
}

#[test]
fn reading_the_journal_changes_nothing() {
    let served = Served::start();
    let before = std::fs::read_dir(served.folder.path()).unwrap().count();
    let text = "not a journal";
    let file = served.folder.path().join("notes.txt");
    std::fs::write(&file, text).unwrap();
    for line in [
        "list",
        "export",
        "show k",
        "accounts",
        "prune --older-than 1d",
        "reconcile",
        "audit",
    ] {
        let line = format!("journal {line} --journal '{}'", file.display());
        served.run(&line).expect(1);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
    let after = std::fs::read_dir(served.folder.path()).unwrap().count();
    assert_eq!(after, before + 1);
}
