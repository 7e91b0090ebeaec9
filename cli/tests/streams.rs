//! A stdout or stderr that can't be written: never a panic, and never a lost order.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs::OpenOptions;
use std::process::Stdio;

use common::{BUY, Run, program};

/// Runs with stdout led elsewhere.
fn with_stdout(words: &[&str], stdout: Stdio) -> Run {
    let words = [words, &["--sandbox"]].concat();
    let child = program(&words)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Run::from(child.wait_with_output().unwrap())
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for words in [
        &["tour"][..],
        &["products", "--vendor", "iproyal"],
        &["orders", "list", "--vendor", "iproyal", "-o", "csv"],
        &["proxies", "123", "--vendor", "iproyal"],
        &["api", "iproyal", "list-products"],
        &["api", "iproyal", "--help"],
    ] {
        let words = [words, &["--sandbox"]].concat();
        let mut child = program(&words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let run = Run::from(child.wait_with_output().unwrap()).expect(0);
        assert!(!run.stderr.contains("error"), "{run:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_a_failure() {
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    for words in [
        &["tour"][..],
        &["products", "--vendor", "iproyal"],
        &["balance", "--vendor", "iproyal", "-o", "json"],
        &["proxies", "123", "--vendor", "iproyal"],
        &["api", "iproyal", "list-products"],
        &["--help"],
    ] {
        let run = with_stdout(words, full().into()).expect(1);
        assert!(run.stderr.contains("can't be written"), "{run:?}");
    }
    // What was bought is bought: its number must not be lost, nor the command be run again.
    let words = [BUY.as_slice(), &["--yes"]].concat();
    let run = with_stdout(&words, full().into()).expect(6);
    assert!(run.stderr.contains("order 20001 was made"), "{run:?}");
    let words = [
        "api",
        "iproyal",
        "extend-order",
        "--order-id",
        "123",
        "--product-plan-id",
        "456",
    ];
    let run = with_stdout(&words, full().into()).expect(6);
    assert!(
        run.stderr.contains("extend_order was carried out"),
        "{run:?}"
    );

    // Nobody needs to hear what is said beside the data.
    let mut command = program(&["orders", "list", "--vendor", "iproyal", "-vv", "--sandbox"]);
    let status = command
        .stdout(Stdio::null())
        .stderr(full())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}
