//! The promises of the exit codes, above all on money.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::{Duration, Instant};

use common::{
    BUY, Recorder, Reply, Run, Served, against, error_in_json, hints, program, run, vendor,
};
use proxy_orders_sandbox::{Fault, FaultMode, Vendor};

#[test]
fn nothing_is_sent_without_consent_or_above_the_cap() {
    let renew = "orders renew 123 --vendor iproyal --plan 456 --max-total 9";
    for line in [BUY, renew] {
        let recorder = vendor(|| Reply::Close);
        let run = Run::of(&mut against(&recorder, line)).expect(2);
        assert!(run.stderr.contains("--yes"), "{run:?}");
        assert_eq!(recorder.folder.path().read_dir().unwrap().count(), 0);
        assert_eq!(recorder.received().len(), 0);
    }
    let buy_up_to = |cap: &str| BUY.replace("12", cap) + " --yes";
    let recorder = vendor(|| Reply::Close);
    let run = Run::of(&mut against(&recorder, &buy_up_to("9.99"))).expect(1);
    assert!(run.stderr.contains("above the cap of 9.99"), "{run:?}");
    assert_eq!(recorder.posts(), 0);
    assert_eq!(run.stdout, "");

    for wrong in ["-1", "'12 USD'", "''"] {
        Run::of(&mut against(&recorder, &buy_up_to(wrong))).expect(2);
    }
}

#[test]
fn an_unknown_outcome_is_6_and_says_not_to_rerun() {
    let buy = format!("{BUY} --yes");
    let api = "api iproyal extend-order --order-id 1 --product-plan-id 2";
    let by_orders = "proxy-orders orders list --sort created --limit 10 --vendor iproyal";
    let by_journal = "proxy-orders journal reconcile --vendor iproyal";
    for (line, advice, is_raw) in [(&*buy, by_journal, false), (api, by_orders, true)] {
        for status in [None, Some(500), Some(503), Some(302)] {
            let recorder = vendor(move || match status {
                None => Reply::Close,
                Some(status) => Reply::Answer(status, "{\"message\":\"m\"}".to_owned()),
            });
            let run = Run::of(&mut against(&recorder, line)).expect(6);
            assert!(run.stderr.contains(advice), "{run:?}");
            assert!(run.stderr.contains("Do not run it again"), "{run:?}");
            assert_eq!(recorder.posts(), 1);
            let expected = match status.is_some() && is_raw {
                true => "{\"message\":\"m\"}\n",
                false => "",
            };
            assert_eq!(run.stdout, expected);
        }
    }
    // A read has no effect that could be unknown.
    let recorder = Recorder::start(|_| Reply::Close);
    let run = Run::of(&mut against(&recorder, "balance --vendor iproyal")).expect(1);
    assert!(!run.stderr.contains("Do not run it again"), "{run:?}");
    assert!(recorder.received().len() > 1);
}

#[test]
fn a_timeout_is_kept() {
    let recorder = vendor(|| Reply::Hold);
    let started = Instant::now();
    let run = Run::of(&mut against(&recorder, &format!("{BUY} --yes --timeout 1"))).expect(6);
    assert!(started.elapsed() < Duration::from_secs(15));
    assert!(run.stderr.contains("within 1s"), "{run:?}");
}

#[test]
fn a_refused_credential_is_4_and_shows_the_vendors_words() {
    let key = "canary-key";
    let body = format!(r#"{{"message":"bad key {key}"}}"#);
    let recorder = Recorder::start(move |_| Reply::Answer(401, body.clone()));
    let mut command = against(&recorder, "api iproyal get-balance -vv");
    let run = Run::of(command.env("IPROYAL_TOKEN", key)).expect(4);
    assert_eq!(run.stdout, "{\"message\":\"bad key [REDACTED]\"}\n");
    let words = "does not accept the credential";
    assert!(run.stderr.contains(words), "{run:?}");
    assert!(!run.all().contains(key), "{run:?}");

    // A body that is not JSON is not taken for data.
    let recorder = Recorder::start(|_| Reply::Answer(404, "<html>".to_owned()));
    let run = Run::of(&mut against(&recorder, "api iproyal get-balance")).expect(1);
    assert_eq!(run.stdout, "");
}

#[test]
fn configuration_is_checked_before_anything_is_sent() {
    let missing = run("balance --vendor iproyal").expect(4);
    for word in ["IPROYAL_TOKEN", "--sandbox"] {
        assert!(missing.stderr.contains(word), "{missing:?}");
    }
    let mut command = program("orders list --vendor smartproxy");
    command.env("SMARTPROXY_APP_KEY", "0123456789abcdef0123456789abcdef");
    let missing = Run::of(&mut command).expect(2);
    assert!(
        missing.stderr.contains("SMARTPROXY_BASE_URL"),
        "{missing:?}"
    );
    for line in [
        "balance --vendor iproyal --sandbox --base-url http://127.0.0.1:1",
        "--sandbox balance --vendor iproyal --base-url http://127.0.0.1:1",
        "tour --base-url http://127.0.0.1:1",
        "sandbox --listen 0.0.0.0:4010",
        "sandbox --listen [::]:4010",
        "proxies 123 --vendor iproyal --sandbox --gateway h:1",
    ] {
        let run = run(line).expect(2);
        assert_eq!(run.stdout, "", "{run:?}");
    }
}

/// One failure: what makes the purchase fail, and what is reported then.
struct Case {
    /// Prepares the sandbox.
    before: fn(&Served),
    line: String,
    code: i32,
    kind: &'static str,
    outcome: &'static str,
    /// The beginning of the next command.
    next: Option<&'static str>,
}

#[test]
fn each_exit_code_comes_with_its_facts_in_json() {
    let keyed = |flags: &str| format!("{BUY} --yes -i k {flags}");
    let case = |line: String, code, kind, outcome| Case {
        before: |_| {},
        line,
        code,
        kind,
        outcome,
        next: None,
    };
    let lost = |served: &Served| served.fail_next_order(FaultMode::DropAfter);
    let reconcile = Some("journal reconcile --vendor iproyal");
    let cases = [
        case(keyed("--max-total 9"), 2, "usage", "not-sent"),
        case(BUY.replace("12", "9 --yes -i k"), 1, "over-cap", "not-sent"),
        case(keyed("--quantity 4"), 2, "usage", "not-sent"),
        case(
            keyed("--plan x").replace("--plan 4 ", ""),
            2,
            "invalid-input",
            "not-sent",
        ),
        Case {
            before: |served| served.fail_next_order(FaultMode::PriceMove),
            next: Some("orders get 20001 --vendor iproyal"),
            ..case(keyed("").replace("12", "11"), 3, "above-cap", "done")
        },
        Case {
            next: Some("orders get 20001 --vendor iproyal"),
            ..case(keyed("--wait 0"), 3, "deadline", "done")
        },
        Case {
            before: lost,
            next: reconcile,
            ..case(keyed(""), 6, "connection", "unknown")
        },
        Case {
            before: |served| {
                served.fail_next_order(FaultMode::DropAfter);
                served.run(&format!("{BUY} --yes -i other")).expect(6);
            },
            next: reconcile,
            ..case(keyed(""), 1, "unsettled", "not-sent")
        },
    ];
    for Case {
        before,
        line,
        code,
        kind,
        outcome,
        next,
    } in cases
    {
        let served = Served::start();
        before(&served);
        let run = served.run(&format!("{line} -o json")).expect(code);
        let error = error_in_json(&run);
        assert_eq!(error["exit_code"], code, "{line}: {run:?}");
        assert_eq!(error["kind"], kind, "{line}: {run:?}");
        assert_eq!(error["outcome"], outcome, "{line}: {run:?}");
        assert!(error["message"].as_str().is_some_and(|it| !it.is_empty()));
        match next {
            None => assert!(error["next_action"].is_null(), "{run:?}"),
            Some(next) => {
                let command = error["next_action"].as_str().unwrap();
                let words = command.strip_prefix("proxy-orders ").unwrap();
                assert!(words.starts_with(next), "{command}");
                // It works as printed.
                let soon = match words.contains("reconcile") {
                    true => "--settle 1",
                    false => "",
                };
                served.run(&format!("{words} -o json {soon}")).expect(0);
                assert_eq!(
                    (&error["vendor"], &error["key"]),
                    (&"iproyal".into(), &"k".into())
                );
            }
        }
    }
    let run = common::run("balance --vendor iproyal -o json").expect(4);
    assert_eq!(error_in_json(&run)["kind"], "credential");
    let served = Served::start();
    let refused = Run::of(
        served
            .program("balance --vendor iproyal -o json")
            .env("IPROYAL_TOKEN", "x"),
    );
    assert_eq!(error_in_json(&refused.expect(4))["kind"], "authentication");
}

#[test]
fn the_exit_codes_are_documented_alike() {
    let readme = include_str!("../../README.md");
    let help = run("buy --help").expect(0).stdout;
    for code in [0, 1, 2, 3, 4, 5, 6, 130] {
        assert!(readme.contains(&format!("| {code} | ")), "{code}");
        let is_explained = |line: &str| line.starts_with(&format!("  {code:<5}"));
        assert!(help.lines().any(is_explained), "{code}: {help}");
        assert!(
            run("--help").expect(0).stdout.lines().any(is_explained),
            "{code}"
        );
    }
}

#[test]
fn a_purchase_above_its_cap_is_told_as_often_as_it_is_asked_for() {
    let served = Served::start();
    served.fail_next_order(FaultMode::PriceMove);
    let line = format!("{BUY} --yes -i k").replace("12", "11");
    for _ in 0..2 {
        let run = served.run(&line).expect(3);
        assert!(run.stdout.contains("20001"), "{run:?}");
        assert!(run.stderr.contains("above the cap of 11"), "{run:?}");
        for hint in hints(&run) {
            served.run(&hint).expect(0);
        }
    }
    assert_eq!(served.charges(), 1);
}

#[test]
fn an_order_that_the_vendor_does_not_show_is_3() {
    let served = Served::start();
    let silent = Fault {
        vendor: Some(Vendor::IpRoyal),
        operation: Some("get_order".to_owned()),
        ..Fault::new(FaultMode::Html502)
    };
    served.sandbox.faults(vec![silent]).unwrap();
    let run = served
        .run(&format!("{BUY} --yes -i k --timeout 2"))
        .expect(3);
    assert!(run.stdout.contains("20001"), "{run:?}");
    assert!(run.stderr.contains("order 20001 was made"), "{run:?}");
    served.sandbox.faults(Vec::new()).unwrap();
    for hint in hints(&run) {
        let run = served.run(&hint).expect(0);
        assert!(run.stdout.contains("20001"), "{run:?}");
    }
    served.run(&format!("{BUY} --yes -i k")).expect(0);
    assert_eq!(served.charges(), 1);
}
