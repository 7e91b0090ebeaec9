//! Ctrl-C and SIGTERM at each stage: the program ends, and says what is true.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::Duration;

use common::{BUY, Recorder, Reply, Run, Served, against, signal, start, vendor, wait_until};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox};

/// Reads standard error until a line has these words.
fn read_until(stderr: &mut impl BufRead, words: &str) {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "no `{words}`");
    }
}

/// Sends a signal once the program has said that an order was made. Returns its end, with what it
/// said afterwards.
fn interrupt_after_the_purchase(mut child: Child, name: &str) -> Run {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    read_until(&mut stderr, "order 20001 was made");
    signal(&child, name);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let mut run = Run::end(child);
    run.stderr = rest;
    run
}

#[test]
fn an_interrupted_wait_says_that_the_order_stands() {
    // The proxies are not there before the signal is.
    let hour = Duration::from_secs(3600);
    for name in ["-INT", "-TERM"] {
        let served = Served::of(Sandbox::builder().provisioning_delay(hour));
        let child = start(&mut served.program(&format!("{BUY} --yes -i k --wait 60")));
        let run = interrupt_after_the_purchase(child, name).expect(3);
        assert!(run.stdout.contains("20001"), "{run:?}");
        for words in ["order 20001 was made", "interrupted"] {
            assert!(run.stderr.contains(words), "{run:?}");
        }
    }
}

#[test]
fn an_interrupted_look_at_the_new_order_says_that_it_stands() {
    for name in ["-INT", "-TERM"] {
        let served = Served::start();
        // The vendor never shows the order.
        let silent = Fault {
            operation: Some("get_order".to_owned()),
            ..Fault::new(FaultMode::HangAfter)
        };
        served.sandbox.faults(vec![silent]).unwrap();
        let child = start(&mut served.program(&format!("{BUY} --yes -i k")));
        let run = interrupt_after_the_purchase(child, name).expect(3);
        assert!(run.stdout.contains("20001"), "{run:?}");
        for words in ["order 20001 was made", "interrupted"] {
            assert!(run.stderr.contains(words), "{run:?}");
        }
        assert_eq!(served.charges(), 1);
    }
}

#[test]
fn an_interrupted_purchase_may_have_been_made() {
    let recorder = vendor(|| Reply::Hold);
    let child = start(&mut against(&recorder, &format!("{BUY} --yes")));
    wait_until(|| recorder.posts() > 0);
    signal(&child, "-INT");
    let run = Run::end(child).expect(6);
    assert!(
        run.stderr.contains("interrupted") && run.stderr.contains("journal reconcile"),
        "{run:?}"
    );
}

#[test]
fn an_interruption_without_effect_is_130() {
    let buy = format!("{BUY} --yes -i k");
    let list = "orders list --vendor iproyal";
    for line in [&buy, list, "balance --vendor iproyal"] {
        for name in ["-INT", "-TERM"] {
            let recorder = Recorder::start(|_| Reply::Hold);
            let child = start(&mut against(&recorder, line));
            wait_until(|| !recorder.received().is_empty());
            signal(&child, name);
            let run = Run::end(child).expect(130);
            assert!(run.stderr.contains("interrupted"), "{run:?}");
            assert_eq!(recorder.posts(), 0);
        }
    }
}

#[test]
fn an_interruption_while_rows_are_awaited_is_130() {
    let served = Served::start();
    let line = "buy --vendor iproyal --from - --yes --max-total 9 --batch b";
    let mut child = start(served.program(line).stdin(Stdio::piped()));
    // Its input stays open.
    let stdin = child.stdin.take();
    wait_until(|| catches_signals(&child));
    signal(&child, "-INT");
    Run::end(child).expect(130);
    drop(stdin);
}

/// Returns whether a program catches SIGINT.
fn catches_signals(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let mut caught = status.lines().filter_map(|it| it.strip_prefix("SigCgt:"));
    let caught = u64::from_str_radix(caught.next().unwrap().trim(), 16).unwrap();
    caught & (1 << (2 - 1)) != 0
}

#[test]
fn a_second_signal_ends_a_program_that_is_held_up() {
    // More than a pipe holds, and nobody reads it.
    let served = Served::of(Sandbox::builder().extra_orders(2_000));
    let mut child = start(&mut served.program("orders list --vendor iproyal -o json"));
    wait_until(|| !served.sandbox.requests().is_empty());
    signal(&child, "-INT");
    signal(&child, "-TERM");
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
}
