//! What the exit codes promise, above all of money.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{BUY, Recorder, Reply, Run, against, program, run, signal, vendor};

#[test]
fn nothing_is_sent_without_consent_or_above_the_cap() {
    let renew = [
        "orders",
        "renew",
        "123",
        "--vendor",
        "iproyal",
        "--plan",
        "456",
        "--max-total",
        "9",
    ];
    for words in [BUY.as_slice(), &renew] {
        let recorder = vendor(|| Reply::Close);
        let run = Run::of(&mut against(&recorder, words)).expect(2);
        assert!(run.stderr.contains("--yes"), "{run:?}");
        assert_eq!(recorder.folder.path().read_dir().unwrap().count(), 0);
        assert_eq!(recorder.received().len(), 0);
    }
    let mut words = [BUY.as_slice(), &["--yes"]].concat();
    words[12] = "9.99";
    let recorder = vendor(|| Reply::Close);
    let run = Run::of(&mut against(&recorder, &words)).expect(1);
    assert!(run.stderr.contains("above the cap of 9.99"), "{run:?}");
    assert_eq!(recorder.posts(), 0);
    assert_eq!(run.stdout, "");

    for wrong in ["-1", "12 USD", ""] {
        words[12] = wrong;
        Run::of(&mut against(&recorder, &words)).expect(2);
    }
}

#[test]
fn an_unknown_outcome_is_6_and_says_not_to_rerun() {
    let api = [
        "api",
        "iproyal",
        "extend-order",
        "--order-id",
        "1",
        "--product-plan-id",
        "2",
    ];
    for words in [[BUY.as_slice(), &["--yes"]].concat(), api.to_vec()] {
        for status in [None, Some(500), Some(503), Some(302)] {
            let recorder = vendor(move || match status {
                None => Reply::Close,
                Some(status) => Reply::Answer(status, "{\"message\":\"m\"}".to_owned()),
            });
            let run = Run::of(&mut against(&recorder, &words)).expect(6);
            let advice = match words[0] {
                "api" => "Don't run it again: `proxy-orders orders list --vendor iproyal`",
                _ => "run `proxy-orders journal reconcile --vendor iproyal",
            };
            assert!(run.stderr.contains(advice), "{run:?}");
            assert_eq!(recorder.posts(), 1);
            assert_eq!(
                run.stdout,
                if status.is_some() && words[0] == "api" {
                    "{\"message\":\"m\"}\n"
                } else {
                    ""
                }
            );
        }
    }
    // What only reads has no effect that could be unknown.
    let recorder = Recorder::start(|_| Reply::Close);
    let run = Run::of(&mut against(&recorder, &["balance", "--vendor", "iproyal"])).expect(1);
    assert!(!run.stderr.contains("Don't run it again"), "{run:?}");
    assert!(recorder.received().len() > 1);
}

#[test]
fn an_interrupted_purchase_may_have_been_made() {
    let recorder = vendor(|| Reply::Hold);
    let words = [BUY.as_slice(), &["--yes"]].concat();
    let mut command = against(&recorder, &words);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while recorder.posts() == 0 {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
    signal(&child, "-INT");
    let run = Run::from(child.wait_with_output().unwrap()).expect(6);
    assert!(
        run.stderr.contains("interrupted") && run.stderr.contains("journal reconcile"),
        "{run:?}"
    );
}

#[test]
fn a_timeout_is_kept() {
    let recorder = vendor(|| Reply::Hold);
    let words = [BUY.as_slice(), &["--yes", "--timeout", "1"]].concat();
    let started = Instant::now();
    let run = Run::of(&mut against(&recorder, &words)).expect(6);
    assert!(started.elapsed() < Duration::from_secs(15));
    assert!(run.stderr.contains("within 1s"), "{run:?}");
}

#[test]
fn a_refusal_is_1_and_shows_the_vendors_words() {
    let key = "canary-key";
    let body = format!(r#"{{"message":"bad key {key}"}}"#);
    let recorder = Recorder::start(move |_| Reply::Answer(401, body.clone()));
    let mut command = against(&recorder, &["api", "iproyal", "get-balance", "-vv"]);
    let run = Run::of(command.env("IPROYAL_TOKEN", key)).expect(1);
    assert_eq!(run.stdout, "{\"message\":\"bad key [REDACTED]\"}\n");
    assert!(
        run.stderr.contains("does not accept the credential"),
        "{run:?}"
    );
    assert!(!run.all().contains(key), "{run:?}");

    // What is no JSON is not taken for data.
    let recorder = Recorder::start(|_| Reply::Answer(404, "<html>".to_owned()));
    let run = Run::of(&mut against(&recorder, &["api", "iproyal", "get-balance"])).expect(1);
    assert_eq!(run.stdout, "");
}

#[test]
fn configuration_is_checked_before_anything_is_sent() {
    let run = run(&["balance", "--vendor", "iproyal"]).expect(2);
    assert!(
        run.stderr.contains("IPROYAL_TOKEN") && run.stderr.contains("--sandbox"),
        "{run:?}"
    );
    let mut command = program(&["orders", "list", "--vendor", "smartproxy"]);
    command.env("SMARTPROXY_APP_KEY", "0123456789abcdef0123456789abcdef");
    let run = Run::of(&mut command).expect(2);
    assert!(run.stderr.contains("SMARTPROXY_BASE_URL"), "{run:?}");
    for words in [
        &[
            "balance",
            "--vendor",
            "iproyal",
            "--sandbox",
            "--base-url",
            "http://127.0.0.1:1",
        ][..],
        &[
            "--sandbox",
            "balance",
            "--vendor",
            "iproyal",
            "--base-url",
            "http://127.0.0.1:1",
        ],
        &["tour", "--base-url", "http://127.0.0.1:1"],
        &["sandbox", "--listen", "0.0.0.0:4010"],
        &["sandbox", "--listen", "[::]:4010"],
        &[
            "proxies",
            "123",
            "--vendor",
            "iproyal",
            "--sandbox",
            "--gateway",
            "h:1",
        ],
    ] {
        let run = common::run(words).expect(2);
        assert_eq!(run.stdout, "", "{run:?}");
    }
}
