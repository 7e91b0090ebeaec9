//! Many purchases from a file: read before the first is bought, each bought once.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{Run, Served, signal};
use proxy_orders_sandbox::{Fault, FaultMode};

/// Writes the rows, and gives the words of the command that buys them.
fn batch(served: &Served, text: &str, more: &[&str]) -> Vec<String> {
    let file = served.folder.path().join("rows");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let words = ["buy", "--vendor", "iproyal", "--from", file, "--yes"];
    let words = words.iter().chain(more);
    words.map(|it| (*it).to_owned()).collect()
}

#[test]
fn both_forms_are_bought_and_a_rerun_buys_what_is_left() {
    let served = Served::start();
    let csv = "product,plan,location,quantity,idempotency_key,max_total,auto_renewal\n\
               9,4,51,5,own,12.50,yes\n\n\
               9,,51,6,,,\n";
    let flags = [
        "--batch",
        "b",
        "--max-total",
        "20",
        "--plan",
        "4",
        "-o",
        "csv",
    ];
    let words = batch(&served, csv, &flags);
    // What a dry run would cost is free.
    let dry = [words.as_slice(), &["--dry-run".to_owned()]].concat();
    assert_eq!(served.run(&dry).expect(0).stdout.lines().count(), 3);
    assert_eq!(served.posts(), 0);
    let run = served.run(&words).expect(0);
    assert_eq!(
        run.stdout,
        "row,idempotency_key,result,order,amount,message\n1,own,bought,20001,10,\n2,b/2,bought,20002,12,\n"
    );
    assert!(run.stderr.contains("2 bought; 22 spent now"), "{run:?}");
    let again = served.run(&words).expect(0);
    assert_eq!(again.stdout, run.stdout.replace("bought", "recorded"));

    // The same as JSON from stdin, with one more.
    let lines = "{\"product\":9,\"location\":51,\"quantity\":5,\"idempotency_key\":\"own\",\"auto_renewal\":true}\n\
                 {\"product\":9,\"plan\":4,\"location\":\"51\",\"quantity\":6,\"max_total\":20.5}\n\
                 {\"product\":9,\"location\":51,\"quantity\":7,\"coupon\":null}\n";
    let mut words = batch(&served, "", &flags);
    words[4] = "-".to_owned();
    *words.last_mut().unwrap() = "json".to_owned();
    let mut child = served
        .program(&words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let run = Run::from(child.wait_with_output().unwrap()).expect(0);
    let results: Vec<_> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["result"].clone())
        .collect();
    assert_eq!(results, ["recorded", "recorded", "bought"]);
    assert_eq!(served.sandbox.ledger().len(), 3);
}

#[test]
fn what_is_wrong_is_told_by_line_and_column_before_anything_is_bought() {
    let served = Served::start();
    let head = "product,plan,location,quantity,idempotency_key,max_total\n";
    let cases = [
        ("", "line 1: there are no rows"),
        ("product,plans\n9,4\n", "line 1: there is no column `plans`"),
        (
            "product,plan,plan\n9,4,4\n",
            "line 1: the column `plan` is there twice",
        ),
        (
            "9,4,51,5,a,1\n9,4,51,0,b,1\n",
            "line 3, column quantity: `0`",
        ),
        (
            "9,4,51,5,a,1\n\n9,4,51,5,b,1 USD\n",
            "line 4, column max_total: `1 USD`",
        ),
        ("9,4,51,5,a,\n", "line 2, column max_total: is missing"),
        (
            "9,4,51,5,,1\n",
            "line 2, column idempotency_key: is missing",
        ),
        ("9,4,51,5,a b,1\n", "line 2, column idempotency_key"),
        (",4,51,5,a,1\n", "line 2, column product: is missing"),
        (
            "9,4,51,5,a,1\n9,4,51,6,a,1\n",
            "line 3, column idempotency_key: `a` is the key of line 2",
        ),
        (
            "9,4,51,5,a,1\n9,4,51\n",
            "line 3: it has 3 columns, and the header has 6",
        ),
        ("9,four,51,5,a,1\n", "line 2: iproyal: `four` is no plan id"),
        ("{\"product\":9,\n", "line 1, column "),
        ("{\"product\":[9]}\n", "line 1, column product"),
        ("{\"produkt\":9}\n", "line 1: there is no column `produkt`"),
        (
            "[{\"product\":9}]\n",
            "line 1: write one JSON object a line",
        ),
    ];
    for (text, what) in cases {
        let has_head = text.starts_with("product") || text.starts_with(['{', '[']);
        let text = match has_head || text.is_empty() {
            true => text.to_owned(),
            false => format!("{head}{text}"),
        };
        let run = served.run(&batch(&served, &text, &[])).expect(2);
        assert!(run.stderr.contains(what), "{text}: {run:?}");
        assert_eq!(run.stdout, "");
    }
    let run = served
        .run(&["buy", "--vendor", "iproyal", "--from", "/nowhere", "--yes"])
        .expect(2);
    assert!(run.stderr.contains("/nowhere can't be read"), "{run:?}");
    assert_eq!(served.sandbox.requests().len(), 0);
    assert!(!served.journal().exists());
}

#[test]
fn a_refused_row_does_not_stop_the_others_and_an_unknown_one_does() {
    let served = Served::start();
    let rows = "product,plan,location,quantity\n9,4,51,5\n9,4,51,1\n9,4,51,6\n";
    let flags = ["--batch", "b", "--max-total", "11", "-o", "csv"];
    let run = served.run(&batch(&served, rows, &flags)).expect(1);
    let results = |run: &Run| -> Vec<String> {
        let lines = run.stdout.lines().skip(1);
        lines
            .map(|it| it.split(',').nth(2).unwrap().to_owned())
            .collect()
    };
    assert_eq!(results(&run), ["bought", "refused", "refused"]);
    assert!(run.stdout.contains("above the cap of 11"), "{run:?}");
    assert!(run.stderr.contains("refused: 2 of 3 rows"), "{run:?}");

    let lost = Fault {
        operation: Some("create_order".to_owned()),
        times: Some(1),
        ..Fault::new(FaultMode::DropAfter)
    };
    served.sandbox.faults(vec![lost]).unwrap();
    let rows = "product,plan,location,quantity\n9,4,51,5\n9,4,51,7\n9,4,51,8\n";
    let flags = ["--batch", "c", "--max-total", "20", "-o", "csv"];
    let words = batch(&served, rows, &flags);
    let run = served.run(&words).expect(6);
    assert_eq!(results(&run), ["unknown", "left", "left"]);
    assert!(
        run.stderr.contains("journal reconcile --vendor iproyal"),
        "{run:?}"
    );
    let run = served.run(&words).expect(6);
    assert_eq!(results(&run), ["unknown", "left", "left"]);
    served
        .run(&["journal", "reconcile", "--vendor", "iproyal"])
        .expect(0);
    let run = served.run(&words).expect(0);
    assert_eq!(results(&run), ["recorded", "bought", "bought"]);
    assert_eq!(served.sandbox.ledger().len(), 4);
}

#[test]
fn it_stops_where_going_on_makes_no_sense() {
    let served = Served::start();
    let rows = "product,plan,location,quantity\n9,4,51,5\n9,4,51,6\n9,4,51,7\n";
    let words = batch(
        &served,
        rows,
        &["--batch", "b", "--max-total", "90", "-o", "csv"],
    );
    let mut command = served.program(&words);
    let run = Run::of(command.env("IPROYAL_TOKEN", "no key of it")).expect(2);
    assert_eq!(run.stdout, "", "{run:?}");
    let mut command = served.program(&words);
    let run = Run::of(command.env("IPROYAL_TOKEN", "unknown")).expect(1);
    assert!(run.stdout.contains("1,b/1,failed,"), "{run:?}");
    assert_eq!(run.stdout.matches(",left,").count(), 2, "{run:?}");

    // Nobody reads what was bought: the journal keeps it, and nothing more is bought.
    let mut child = served
        .program(&words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run = Run::from(child.wait_with_output().unwrap()).expect(1);
    assert!(run.stderr.contains("run it again"), "{run:?}");
    assert_eq!(served.sandbox.ledger().len(), 1);
    let run = served.run(&words).expect(0);
    assert!(
        run.stderr.contains("2 bought, 1 recorded; 26 spent now"),
        "{run:?}"
    );
}

#[test]
fn killed_again_and_again_it_buys_each_row_once() {
    const ROWS: usize = 10;
    let served = Served::start();
    let mut rows = "product,plan,location,quantity\n".to_owned();
    for at in 0..ROWS {
        rows.push_str(&format!("9,4,51,{}\n", 5 + at));
    }
    let words = batch(
        &served,
        &rows,
        &[
            "--batch",
            "night",
            "--max-total",
            "90",
            "--again",
            "-o",
            "csv",
        ],
    );
    let reconcile = [
        "journal",
        "reconcile",
        "--vendor",
        "iproyal",
        "--settle",
        "1",
    ];
    // Once just after a charge, then at whatever moment it is.
    for (charges, pause) in [(2, 0), (3, 7), (5, 30), (7, 90)] {
        let mut child = served
            .program(&words)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(30);
        while served.sandbox.ledger().len() < charges && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end);
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(pause));
        signal(&child, "-KILL");
        child.wait().unwrap();
        served.run(&reconcile).expect(0);
    }
    let run = served.run(&words).expect(0);
    assert_eq!(run.stdout.lines().count(), 1 + ROWS);
    let bought = served.sandbox.ledger();
    assert_eq!(bought.len(), ROWS, "{bought:?}");
    // By the amount, each of which is another row's.
    let amounts: BTreeSet<_> = bought.iter().map(|charge| charge.amount.clone()).collect();
    assert_eq!(amounts.len(), ROWS, "{bought:?}");
    for charge in &bought {
        assert!(
            run.stdout.contains(&format!(",{},", charge.order)),
            "{run:?}"
        );
    }
}
