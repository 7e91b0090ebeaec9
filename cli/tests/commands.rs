//! Each command in the sandbox, in each form.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use common::{BUY, Run, Served, program, run, sandboxed, signal};

#[test]
fn data_comes_in_all_three_forms() {
    let buy = [BUY.as_slice(), &["--yes"]].concat();
    let renew = [
        "orders",
        "renew",
        "1002",
        "--vendor",
        "proxyshard",
        "--max-total",
        "20",
        "--yes",
    ];
    let quote = [
        "quote",
        "--vendor",
        "iproyal",
        "--product",
        "9",
        "--plan",
        "4",
        "--location",
        "51",
        "--quantity",
        "5",
    ];
    let cases: [(&[&str], bool, &str); 9] = [
        (
            &["products", "--vendor", "iproyal"],
            true,
            "product,product_name,plan,",
        ),
        (
            &["products", "--vendor", "proxyshard"],
            true,
            "product,product_name,plan,",
        ),
        (&quote, false, "total,before_discounts,message"),
        (&["balance", "--vendor", "iproyal"], false, "vendor,balance"),
        (
            &["orders", "list", "--vendor", "smartproxy"],
            true,
            "vendor,id,state,status,",
        ),
        (
            &["orders", "get", "1001", "--vendor", "proxyshard"],
            false,
            "vendor,id,state,status,",
        ),
        (&renew, false, "vendor,id,state,status,"),
        (&buy, false, "vendor,id,state,status,"),
        (
            &["proxies", "123", "--vendor", "iproyal"],
            true,
            "host,port,username,password,protocol",
        ),
    ];
    for (words, is_list, header) in cases {
        let json = sandboxed(&[words, &["-o", "json"]].concat())
            .expect(0)
            .json();
        assert_eq!(json.is_array(), is_list, "{words:?}: {json}");
        let csv = sandboxed(&[words, &["-o", "csv"]].concat())
            .expect(0)
            .stdout;
        assert!(csv.starts_with(header), "{words:?}: {csv}");
        assert_eq!(
            csv.lines().count() - 1,
            json.as_array().map_or(1, Vec::len),
            "{words:?}: {csv}"
        );
        let table = sandboxed(&[words, &["-o", "table"]].concat())
            .expect(0)
            .stdout;
        assert_eq!(
            table.lines().count(),
            csv.lines().count(),
            "{words:?}: {table}"
        );
        assert!(!table.contains(['\t', '\u{1b}']), "{table}");
        // Data alone stands on stdout, and a table is the default.
        let plain = sandboxed(words).expect(0);
        if words[0] != "proxies" {
            assert_eq!(
                plain.stdout.lines().next(),
                table.lines().next(),
                "{words:?}"
            );
        }
        assert!(
            plain.stderr.contains("note: this is a sandbox"),
            "{plain:?}"
        );
    }
}

#[test]
fn orders_are_sorted_filtered_and_cut() {
    let list = |words: &[&str]| {
        let words = [
            &["orders", "list", "--vendor", "proxyshard", "-o", "json"],
            words,
        ]
        .concat();
        let json = sandboxed(&words).expect(0).json();
        let ids = json.as_array().unwrap().iter();
        ids.map(|it| it["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(&[]).len(), 25);
    assert_eq!(
        list(&["--state", "on-hold"]),
        ["1002", "1017"]
            .map(str::to_owned)
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
    assert_eq!(
        list(&["--state", "active", "--limit", "3"]),
        ["1018", "1009", "1008"]
    );
    assert_eq!(list(&["--sort", "id", "--limit", "2"]), ["1001", "1002"]);
    // Traffic never runs out, so it comes last.
    assert_eq!(list(&[])[22..], ["1004", "1006", "1016"]);
    assert_eq!(list(&["--state", "refunded"]), Vec::<String>::new());
}

#[test]
fn proxies_come_in_every_form() {
    let print = |words: &[&str]| {
        let words = [&["proxies", "123", "--vendor", "iproyal"], words].concat();
        sandboxed(&words).expect(0).stdout
    };
    let lines = print(&[]);
    assert_eq!(lines.lines().count(), 2);
    let first: Vec<_> = lines.lines().next().unwrap().split(':').collect();
    let [host, port, user, password] = first[..] else {
        panic!("{lines}")
    };
    assert_eq!(port, "12323");
    let at = print(&["--format", "user:pass@host:port"]);
    assert!(
        at.starts_with(&format!("{user}:{password}@{host}:12323\n")),
        "{at}"
    );
    let urls = print(&["--format", "url", "--protocol", "socks5"]);
    assert!(
        urls.starts_with(&format!("socks5://{user}:{password}@{host}:12324\n")),
        "{urls}"
    );
    assert_eq!(print(&["-o", "json"]), print(&["--format", "json"]));
    assert_eq!(print(&["-o", "csv"]), print(&["--format", "csv"]));
    sandboxed(&[
        "proxies", "123", "--vendor", "iproyal", "-o", "csv", "--format", "url",
    ])
    .expect(2);

    let served = Served::start();
    let list = [
        "orders",
        "list",
        "--vendor",
        "smartproxy",
        "--state",
        "active",
        "--limit",
        "1",
        "-o",
        "json",
    ];
    let order = Run::of(&mut served.program(&list)).expect(0).json()[0]["id"].clone();
    let words = ["proxies", order.as_str().unwrap(), "--vendor", "smartproxy"];
    let run = Run::of(&mut served.program(&words)).expect(2);
    assert!(run.stderr.contains("SMARTPROXY_GATEWAY"), "{run:?}");
    let given = [words.as_slice(), &["--gateway", "gw.example:1"]].concat();
    let run = Run::of(&mut served.program(&given)).expect(0);
    assert!(run.stdout.starts_with("gw.example:1:u"), "{run:?}");
    let run = Run::of(
        served
            .program(&words)
            .env("SMARTPROXY_GATEWAY", "gw2.example:2"),
    )
    .expect(0);
    assert!(run.stdout.starts_with("gw2.example:2:u"), "{run:?}");
    let run = Run::of(served.program(&words).env("SMARTPROXY_GATEWAY", "nowhere")).expect(2);
    assert!(run.stderr.contains("host:port"), "{run:?}");
}

#[test]
fn buying_shows_the_order_and_waiting_shows_it_ready() {
    let words = [BUY.as_slice(), &["--yes", "-o", "json"]].concat();
    let order = sandboxed(&words).expect(0).json();
    assert_eq!(
        (&order["id"], &order["state"]),
        (&"20001".into(), &"provisioning".into())
    );
    let words = [words.as_slice(), &["--wait", "20"]].concat();
    let run = sandboxed(&words).expect(0);
    assert_eq!(run.json()["state"], "active");
    assert!(
        run.stderr.contains("order 20001 was made at iproyal"),
        "{run:?}"
    );

    // The order stands although its proxies did not come in time, and the exit code says not to buy again.
    let served = Served::start();
    let words = [BUY.as_slice(), &["--yes", "-o", "json", "--wait", "0"]].concat();
    let run = Run::of(&mut served.program(&words)).expect(6);
    assert_eq!(run.json()["id"], "20001");
    assert!(run.stderr.contains("order 20001 was made"), "{run:?}");
    assert!(run.stderr.contains("Don't run it again"), "{run:?}");

    // What waiting needs is found missing before anything is bought.
    let words = [
        "buy",
        "--vendor",
        "smartproxy",
        "--product",
        "1001",
        "--pay-with",
        "1",
        "--max-total",
        "9",
        "--yes",
        "--wait",
        "9",
    ];
    let run = Run::of(&mut served.program(&words)).expect(2);
    assert!(run.stderr.contains("--gateway"), "{run:?}");
    let posts = served.sandbox.requests();
    assert_eq!(posts.iter().filter(|it| it.method == "POST").count(), 1);
}

#[test]
fn the_sandbox_serves_until_it_is_stopped() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = run(&["sandbox", "--listen", &address]).expect(1);
    assert!(
        run.stderr.contains(&address) && run.stderr.contains("in use"),
        "{run:?}"
    );

    let mut server = program(&["sandbox", "--listen", "localhost:0", "--seed", "7"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let lines: Vec<_> = lines.by_ref().take(8).map(Result::unwrap).collect();
    assert!(
        lines.iter().all(|line| line.starts_with("export ")),
        "{lines:?}"
    );
    // As a shell would read it.
    let script = format!(
        "{}; '{}' balance --vendor proxyshard -o csv",
        lines.join(";"),
        env!("CARGO_BIN_EXE_proxy-orders")
    );
    let run = Run::of(Command::new("sh").args(["-c", &script])).expect(0);
    assert_eq!(run.stdout, "vendor,balance\nproxyshard,5000.00\n");
    signal(&server, "-TERM");
    assert!(server.wait().unwrap().success());
    let mut said = String::new();
    server
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(said.contains("stops"), "{said}");
}
