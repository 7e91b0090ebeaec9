//! Many purchases from a file: checked before the first is bought, each bought once.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use common::{Run, Served, signal, start, wait_until};
use proxy_orders_sandbox::FaultMode;

/// Writes the rows, and returns the command line that buys them.
fn batch(served: &Served, rows: &str, flags: &str) -> String {
    let file = served.folder.path().join("rows");
    std::fs::write(&file, rows).unwrap();
    let file = file.display();
    format!("buy --vendor iproyal --from '{file}' --yes {flags}")
}

#[test]
fn both_forms_are_bought_and_a_rerun_buys_what_is_left() {
    let served = Served::start();
    let csv = "product,plan,location,quantity,idempotency_key,max_total,auto_renewal\n\
               9,4,51,5,own,12.50,yes\n\n\
               9,,51,6,,,\n";
    let flags = "--batch b --max-total 20 --plan 4 -o";
    let line = batch(&served, csv, &format!("{flags} csv"));
    // A dry run spends nothing.
    let dry_run = served.run(&format!("{line} --dry-run")).expect(0);
    assert_eq!(dry_run.stdout.lines().count(), 3);
    assert_eq!(served.posts(), 0);
    let run = served.run(&line).expect(0);
    assert_eq!(
        run.stdout,
        "row,idempotency_key,result,order,amount,message\n\
         1,own,bought,20001,10,\n2,b/2,bought,20002,12,\n"
    );
    assert!(run.stderr.contains("2 bought; 22 spent now"), "{run:?}");
    let again = served.run(&line).expect(0);
    assert_eq!(again.stdout, run.stdout.replace("bought", "recorded"));

    // The same as JSON from stdin, with one more.
    let lines = "{\"product\":9,\"location\":51,\"quantity\":5,\"idempotency_key\":\"own\",\"auto_renewal\":true}\n\
                 {\"product\":9,\"plan\":4,\"location\":\"51\",\"quantity\":6,\"max_total\":20.5}\n\
                 {\"product\":9,\"location\":51,\"quantity\":7,\"coupon\":null}\n";
    let line = format!("buy --vendor iproyal --from - --yes {flags} json");
    let mut child = start(served.program(&line).stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines.as_bytes()).unwrap();
    drop(stdin);
    let run = Run::end(child).expect(0);
    let result = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["result"].clone();
    let results: Vec<_> = run.stdout.lines().map(result).collect();
    assert_eq!(results, ["recorded", "recorded", "bought"]);
    assert_eq!(served.charges(), 3);
}

#[test]
fn mistakes_are_named_by_line_and_column_before_anything_is_bought() {
    let served = Served::start();
    let head = "product,plan,location,quantity,idempotency_key,max_total\n";
    let rows = [
        ("9,4,51,5,a,1\n9,4,51,0,b,1", "line 3, column quantity: `0`"),
        (
            "9,4,51,5,a,1\n\n9,4,51,5,b,1 USD",
            "line 4, column max_total: `1 USD`",
        ),
        ("9,4,51,5,a,", "line 2, column max_total: is missing"),
        ("9,4,51,5,,1", "line 2, column idempotency_key: is missing"),
        ("9,4,51,5,a b,1", "line 2, column idempotency_key"),
        (",4,51,5,a,1", "line 2, column product: is missing"),
        (
            "9,4,51,5,a,1\n9,4,51,6,a,1",
            "line 3, column idempotency_key: `a` is the key of line 2",
        ),
        (
            "9,4,51,5,a,1\n9,4,51",
            "line 3: it has 3 columns, and the header has 6",
        ),
        ("9,four,51,5,a,1", "line 2: iproyal: `four` cannot be"),
    ];
    let rows = rows.map(|(text, what)| (format!("{head}{text}\n"), what));
    let files = [
        ("", "line 1: there are no rows"),
        ("product,plans\n9,4\n", "line 1: `plans` is not a column"),
        (
            "product,plan,plan\n9,4,4\n",
            "line 1: the column `plan` stands twice",
        ),
        ("{\"product\":9,\n", "line 1, column "),
        ("{\"product\":[9]}\n", "line 1, column product"),
        ("{\"produkt\":9}\n", "line 1: `produkt` is not a column"),
        (
            "[{\"product\":9}]\n",
            "line 1: write one JSON object a line",
        ),
    ];
    let files = files.map(|(text, what)| (text.to_owned(), what));
    for (text, what) in rows.into_iter().chain(files) {
        let run = served.run(&batch(&served, &text, "")).expect(2);
        assert!(run.stderr.contains(what), "{text}: {run:?}");
        assert_eq!(run.stdout, "");
    }
    let run = served
        .run("buy --vendor iproyal --from /nowhere --yes")
        .expect(2);
    assert!(run.stderr.contains("/nowhere cannot be read"), "{run:?}");
    assert_eq!(served.sandbox.requests().len(), 0);
    assert!(!served.journal().exists());
}

/// The results of the rows, from CSV.
fn results(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().skip(1);
    let results = lines.map(|it| it.split(',').nth(2).unwrap().to_owned());
    results.collect()
}

#[test]
fn a_refused_row_does_not_stop_the_others_and_an_unknown_one_does() {
    let served = Served::start();
    let rows = "product,plan,location,quantity\n9,4,51,5\n9,4,51,7\n9,4,51,6\n";
    let line = batch(&served, rows, "--batch b --max-total 11 -o csv");
    let run = served.run(&line).expect(1);
    assert_eq!(results(&run), ["bought", "refused", "refused"]);
    assert!(run.stdout.contains("above the cap of 11"), "{run:?}");
    assert!(run.stderr.contains("refused: 2 of 3 rows"), "{run:?}");

    served.fail_next_order(FaultMode::DropAfter);
    let rows = "product,plan,location,quantity\n9,4,51,5\n9,4,51,7\n9,4,51,8\n";
    let line = batch(&served, rows, "--batch c --max-total 20 -o csv");
    let run = served.run(&line).expect(6);
    assert_eq!(results(&run), ["unknown", "left", "left"]);
    let reconcile = "journal reconcile --vendor iproyal";
    assert!(run.stderr.contains(reconcile), "{run:?}");
    let run = served.run(&line).expect(6);
    assert_eq!(results(&run), ["unknown", "left", "left"]);
    served.run(&format!("{reconcile} --settle 1")).expect(0);
    let run = served.run(&line).expect(0);
    assert_eq!(results(&run), ["recorded", "bought", "bought"]);
    assert_eq!(served.charges(), 4);
}

#[test]
fn it_stops_where_going_on_makes_no_sense() {
    let served = Served::start();
    let rows = "product,plan,location,quantity\n9,4,51,5\n9,4,51,6\n9,4,51,7\n";
    let line = batch(&served, rows, "--batch b --max-total 90 -o csv");
    let with_key = |key: &str| Run::of(served.program(&line).env("IPROYAL_TOKEN", key));
    let run = with_key("no key of it").expect(2);
    assert_eq!(run.stdout, "", "{run:?}");
    let run = with_key("unknown").expect(4);
    assert_eq!(run.stdout, "", "{run:?}");

    // Without a reader, the journal keeps what was bought, and nothing more is bought.
    let mut child = start(&mut served.program(&line));
    drop(child.stdout.take());
    let run = Run::end(child).expect(1);
    assert!(run.stderr.contains("run it again"), "{run:?}");
    assert_eq!(served.charges(), 1);
    let run = served.run(&line).expect(0);
    let words = "2 bought, 1 recorded; 26 spent now";
    assert!(run.stderr.contains(words), "{run:?}");
}

#[test]
fn killed_again_and_again_it_buys_each_row_once() {
    const ROWS: usize = 10;
    let served = Served::start();
    let mut rows = "product,plan,location,quantity\n".to_owned();
    for at in 0..ROWS {
        rows.push_str(&format!("9,4,51,{}\n", 5 + at));
    }
    let line = batch(
        &served,
        &rows,
        "--batch night --max-total 90 --again -o csv",
    );
    // Once just after a charge, then at any moment.
    for (charges, pause) in [(2, 0), (3, 7), (5, 30), (7, 90)] {
        let mut child = served
            .program(&line)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until(|| served.charges() >= charges || child.try_wait().unwrap().is_some());
        std::thread::sleep(Duration::from_millis(pause));
        signal(&child, "-KILL");
        child.wait().unwrap();
        served
            .run("journal reconcile --vendor iproyal --settle 1")
            .expect(0);
    }
    let run = served.run(&line).expect(0);
    assert_eq!(run.stdout.lines().count(), 1 + ROWS);
    let bought = served.sandbox.ledger();
    assert_eq!(bought.len(), ROWS, "{bought:?}");
    // Each row has an amount of its own.
    let amounts: BTreeSet<_> = bought.iter().map(|charge| charge.amount.clone()).collect();
    assert_eq!(amounts.len(), ROWS, "{bought:?}");
    for charge in &bought {
        let cell = format!(",{},", charge.order);
        assert!(run.stdout.contains(&cell), "{run:?}");
    }
}

#[test]
fn rows_that_the_catalogue_contradicts_are_all_listed_before_the_first_purchase() {
    let served = Served::start();
    let rows = "product,plan,location,quantity,answers\n\
                9,4,51,5,\n\
                9,4,51,4,\n\
                9,99,51,5,\n\
                9,4,99,5,\n\
                77,4,51,5,\n\
                11,21,61,1,\n\
                11,21,61,1,14=scraping\n\
                9,4,51,1,\n";
    for flags in ["", "--dry-run"] {
        let line = batch(&served, rows, &format!("--batch b --max-total 90 {flags}"));
        let run = served.run(&line).expect(2);
        for words in [
            "line 3, column quantity: 4 is below the least quantity of 5",
            "line 4, column plan: `99` is not a plan of product 9: 4",
            "line 5, column location: `99` is not a location of product 9",
            "line 6, column product: `77` is not in the catalogue",
            "line 7, column answers: question 14 is not answered: What will the proxies be used for?",
            "line 9, column quantity: 1 is below",
        ] {
            assert!(run.stderr.contains(words), "{words}: {run:?}");
        }
        for line in ["line 2", "line 8"] {
            assert!(!run.stderr.contains(line), "{run:?}");
        }
        assert_eq!((served.posts(), served.charges()), (0, 0));
    }

    let rows = "product,plan,location,quantity\n\
                Datacenter Proxy,monthly,DE,1\n\
                Datacenter Proxy,hourly,DE,1\n\
                Datacenter Proxy,monthly,XX,1\n\
                Space Proxy,monthly,DE,1\n\
                Standart Residential Proxy,,,2\n";
    let line = batch(&served, rows, "--batch b --max-total 90 --dry-run");
    let run = served.run(&line.replace("iproyal", "proxyshard")).expect(2);
    for words in [
        "line 3, column plan: `hourly`",
        "line 4, column location: `XX`",
        "line 5, column product: `Space Proxy`",
    ] {
        assert!(run.stderr.contains(words), "{words}: {run:?}");
    }
    for line in ["line 2", "line 6"] {
        assert!(!run.stderr.contains(line), "{run:?}");
    }

    // Without a catalogue, the rows are checked as far as the requests are.
    let rows = "product,pay_with,auto_renewal\n1001,1,\n1001,,\n1001,1,yes\n";
    let line = batch(&served, rows, "--batch b --max-total 90 --dry-run");
    let run = served.run(&line.replace("iproyal", "smartproxy")).expect(2);
    for line in ["line 3", "line 4"] {
        assert!(run.stderr.contains(line), "{run:?}");
    }
    assert_eq!(served.charges(), 0);
}

#[test]
fn a_dry_run_reports_every_row() {
    let served = Served::start();
    let rows = "product,plan,location,quantity,max_total,coupon\n\
                9,4,51,5,1,\n\
                9,4,51,6,20,NONSENSE\n\
                9,4,51,7,2,\n\
                9,4,51,8,20,\n";
    let line = batch(&served, rows, "--batch b --dry-run -o json");
    let run = served.run(&line).expect(1);
    let reports = run.json();
    let refusals: Vec<_> = reports
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["refusal"].as_str().unwrap_or("-").to_owned())
        .collect();
    assert_eq!(refusals.len(), 4, "{run:?}");
    for (refusal, words) in
        refusals
            .iter()
            .zip(["above the cap of 1", "coupon", "above the cap of 2", "-"])
    {
        assert!(refusal.contains(words), "{words}: {refusals:?}");
    }
    assert_eq!(reports[3]["quote"]["total"], "16");
    assert!(
        run.stderr.contains("would be refused: 3 of 4 rows"),
        "{run:?}"
    );
    assert_eq!(served.charges(), 0);
}
