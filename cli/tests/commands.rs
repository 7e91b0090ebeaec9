//! Each command in the sandbox, in each form.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use common::{BUY, Run, Served, program, run, sandboxed, signal, start};
use proxy_orders_sandbox::Sandbox;

#[test]
fn data_comes_in_all_three_forms() {
    let order = "vendor,id,state,status,";
    let offer = "product,product_name,plan,";
    let buy = format!("{BUY} --yes");
    let quote = "quote --vendor iproyal --product 9 --plan 4 --location 51 --quantity 5";
    let renew = "orders renew 1002 --vendor proxyshard --max-total 20 --yes";
    let proxies = "proxies 123 --vendor iproyal";
    for (line, is_list, header) in [
        ("products --vendor iproyal", true, offer),
        ("products --vendor proxyshard", true, offer),
        (quote, false, "total,before_discounts,message"),
        ("balance --vendor iproyal", false, "vendor,balance"),
        ("orders list --vendor smartproxy", true, order),
        ("orders get 1001 --vendor proxyshard", false, order),
        (renew, false, order),
        (&buy, false, order),
        (proxies, true, "host,port,username,password,protocol"),
    ] {
        let json = sandboxed(&format!("{line} -o json")).expect(0).json();
        assert_eq!(json.is_array(), is_list, "{line}: {json}");
        let csv = sandboxed(&format!("{line} -o csv")).expect(0).stdout;
        assert!(csv.starts_with(header), "{line}: {csv}");
        let count = json.as_array().map_or(1, Vec::len);
        assert_eq!(csv.lines().count() - 1, count, "{line}: {csv}");
        let table = sandboxed(&format!("{line} -o table")).expect(0).stdout;
        assert_eq!(table.lines().count(), count + 1, "{line}: {table}");
        assert!(!table.contains(['\t', '\u{1b}']), "{table}");
        // Standard output holds data alone, and a table is the default.
        let plain = sandboxed(line).expect(0);
        if line != proxies {
            assert_eq!(plain.stdout.lines().next(), table.lines().next(), "{line}");
        }
        assert!(
            plain.stderr.contains("note: this is a sandbox"),
            "{plain:?}"
        );
    }
}

#[test]
fn orders_are_sorted_filtered_and_cut() {
    let list = |flags: &str| -> Vec<String> {
        let line = format!("orders list --vendor proxyshard -o json {flags}");
        let json = sandboxed(&line).expect(0).json();
        let ids = json.as_array().unwrap().iter();
        ids.map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = list("");
    assert_eq!(all.len(), 25);
    // Traffic never runs out, so it comes last.
    assert_eq!(all[22..], ["1004", "1006", "1016"]);
    assert_eq!(list("--state on-hold"), ["1017", "1002"]);
    assert_eq!(list("--state active --limit 3"), ["1018", "1009", "1008"]);
    assert_eq!(list("--sort id --limit 2"), ["1001", "1002"]);
    assert_eq!(list("--state refunded"), Vec::<String>::new());
}

#[test]
fn proxies_come_in_every_form() {
    let print = |flags: &str| {
        let line = format!("proxies 123 --vendor iproyal {flags}");
        sandboxed(&line).expect(0).stdout
    };
    let lines = print("");
    assert_eq!(lines.lines().count(), 2);
    let first: Vec<_> = lines.lines().next().unwrap().split(':').collect();
    let [host, port, user, password] = first[..] else {
        panic!("{lines}")
    };
    assert_eq!(port, "12323");
    let at = print("--format user:pass@host:port");
    let expected = format!("{user}:{password}@{host}:12323\n");
    assert!(at.starts_with(&expected), "{at}");
    let urls = print("--format url --protocol socks5");
    let expected = format!("socks5://{user}:{password}@{host}:12324\n");
    assert!(urls.starts_with(&expected), "{urls}");
    assert_eq!(print("-o json"), print("--format json"));
    assert_eq!(print("-o csv"), print("--format csv"));
    sandboxed("proxies 123 --vendor iproyal -o csv --format url").expect(2);
}

#[test]
fn the_gateway_comes_from_a_flag_or_the_environment() {
    let served = Served::start();
    let list = "orders list --vendor smartproxy --state active --limit 1 -o json";
    let order = served.run(list).expect(0).json()[0]["id"].clone();
    let line = format!("proxies {} --vendor smartproxy", order.as_str().unwrap());
    let missing = served.run(&line).expect(2);
    assert!(missing.stderr.contains("SMARTPROXY_GATEWAY"), "{missing:?}");
    let run = served
        .run(&format!("{line} --gateway gw.example:1"))
        .expect(0);
    assert!(run.stdout.starts_with("gw.example:1:u"), "{run:?}");
    let with_variable =
        |value: &str| Run::of(served.program(&line).env("SMARTPROXY_GATEWAY", value));
    let run = with_variable("gw2.example:2").expect(0);
    assert!(run.stdout.starts_with("gw2.example:2:u"), "{run:?}");
    let run = with_variable("nowhere").expect(2);
    assert!(run.stderr.contains("host:port"), "{run:?}");
}

#[test]
fn buying_shows_the_order_and_waiting_shows_it_ready() {
    let order = sandboxed(&format!("{BUY} --yes -o json")).expect(0).json();
    assert_eq!(order["id"], "20001");
    assert_eq!(order["state"], "provisioning");
    let run = sandboxed(&format!("{BUY} --yes -o json --wait 20")).expect(0);
    assert_eq!(run.json()["state"], "active");
    let words = "order 20001 was made at iproyal";
    assert!(run.stderr.contains(words), "{run:?}");

    // The order stands without its proxies, and the exit code says not to buy again.
    let hour = Duration::from_secs(3600);
    let served = Served::of(Sandbox::builder().provisioning_delay(hour));
    let run = served
        .run(&format!("{BUY} --yes -o csv --wait 0"))
        .expect(3);
    assert!(run.stdout.contains("\niproyal,20001,"), "{run:?}");
    assert!(run.stderr.contains("order 20001 was made"), "{run:?}");
    assert!(run.stderr.contains("It stands"), "{run:?}");

    // A missing gateway is found before anything is bought.
    let buy = "buy --vendor smartproxy --product 1001 --pay-with 1 --max-total 9 --yes --wait 9";
    let run = served.run(buy).expect(2);
    assert!(run.stderr.contains("--gateway"), "{run:?}");
    assert_eq!(served.posts(), 1);
}

#[test]
fn the_sandbox_serves_until_it_is_stopped() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = run(&format!("sandbox --listen {address}")).expect(1);
    assert!(
        run.stderr.contains(&address) && run.stderr.contains("in use"),
        "{run:?}"
    );

    let mut server = start(&mut program("sandbox --listen localhost:0 --seed 7"));
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let lines: Vec<_> = lines.take(8).map(Result::unwrap).collect();
    assert!(
        lines.iter().all(|line| line.starts_with("export ")),
        "{lines:?}"
    );
    // The lines are for a shell.
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
    let mut stderr = server.stderr.take().unwrap();
    stderr.read_to_string(&mut said).unwrap();
    assert!(said.contains("stops"), "{said}");
}
