//! A stdout or stderr that cannot be written: never a panic, and never a lost order.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs::OpenOptions;
use std::process::Stdio;

use common::{BUY, Run, program, start};

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for line in [
        "tour",
        "products --vendor iproyal",
        "orders list --vendor iproyal -o csv",
        "proxies 123 --vendor iproyal",
        "api iproyal list-products",
        "api iproyal --help",
    ] {
        let mut child = start(&mut program(&format!("{line} --sandbox")));
        drop(child.stdout.take());
        let run = Run::end(child).expect(0);
        assert!(!run.stderr.contains("error"), "{run:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_a_failure() {
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let with_full_stdout = |line: &str| {
        let mut command = program(&format!("{line} --sandbox"));
        command.stdout(full()).stderr(Stdio::piped());
        Run::end(command.spawn().unwrap())
    };
    for line in [
        "tour",
        "products --vendor iproyal",
        "balance --vendor iproyal -o json",
        "proxies 123 --vendor iproyal",
        "api iproyal list-products",
        "--help",
    ] {
        let run = with_full_stdout(line).expect(1);
        assert!(run.stderr.contains("cannot be written"), "{run:?}");
    }
    // The order's number must not be lost, nor the purchase be repeated.
    let run = with_full_stdout(&format!("{BUY} --yes")).expect(3);
    assert!(run.stderr.contains("order 20001 was made"), "{run:?}");
    let extend = "api iproyal extend-order --order-id 123 --product-plan-id 456";
    let run = with_full_stdout(extend).expect(3);
    let words = "extend_order was carried out";
    assert!(run.stderr.contains(words), "{run:?}");

    // A message that cannot be written changes nothing.
    let mut command = program("orders list --vendor iproyal -vv --sandbox");
    let status = command.stdout(Stdio::null()).stderr(full()).status();
    assert_eq!(status.unwrap().code(), Some(0));
}
