//! The promises of the exit codes, above all on money.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::{Duration, Instant};

use common::{BUY, Recorder, Reply, Run, against, program, run, vendor};

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
    let by_orders = "Do not run it again: `proxy-orders orders list --vendor iproyal`";
    let by_journal = "run `proxy-orders journal reconcile --vendor iproyal";
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
fn a_refusal_is_1_and_shows_the_vendors_words() {
    let key = "canary-key";
    let body = format!(r#"{{"message":"bad key {key}"}}"#);
    let recorder = Recorder::start(move |_| Reply::Answer(401, body.clone()));
    let mut command = against(&recorder, "api iproyal get-balance -vv");
    let run = Run::of(command.env("IPROYAL_TOKEN", key)).expect(1);
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
    let missing = run("balance --vendor iproyal").expect(2);
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
