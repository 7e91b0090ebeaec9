//! The tour succeeds, its commands are right, and no secret is printed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};

use common::{BUY, Run, Served, program, run, shell_words, start};
use proxy_orders::Vendor;

/// The passwords in the two forms of proxy lists of the tour, and the text without those lists.
fn passwords(text: &str) -> (BTreeSet<String>, String) {
    let mut found = BTreeSet::new();
    let mut rest = String::new();
    for line in text.lines() {
        let word = line.trim();
        let login = match word
            .strip_prefix("http://")
            .and_then(|it| it.split_once('@'))
        {
            Some((login, _)) => login.split_once(':').map(|(_, password)| password),
            None => match word.split(':').collect::<Vec<_>>().as_slice() {
                [_, port, _, password] if port.parse::<u16>().is_ok() => Some(*password),
                _ => None,
            },
        };
        match login {
            Some(password) if !word.contains(' ') => {
                found.insert(password.to_owned());
            }
            _ => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
    }
    (found, rest)
}

#[test]
fn it_visits_all_vendors_and_keeps_passwords_to_the_lists() {
    // It must not depend on the environment.
    let mut command = program("tour -vv");
    command.env("HTTP_PROXY", "http://127.0.0.1:1");
    command.env("HTTPS_PROXY", "http://127.0.0.1:1");
    let run = Run::of(&mut command).expect(0);

    for heading in Vendor::all().iter().map(|it| it.name()).chain(["Summary"]) {
        let heading = format!("\n{heading}\n-");
        assert!(run.stdout.contains(&heading), "{}", run.stdout);
    }
    for (vendor, cost) in [
        ("IPRoyal", "30"),
        ("ProxyShard", "19.50"),
        ("SmartProxy", "18"),
    ] {
        let summary = run.stdout.split("Summary").nth(1).unwrap();
        let line = summary.lines().find(|it| it.starts_with(vendor)).unwrap();
        assert!(line.contains(&format!("for {cost} in all")), "{line}");
        let (_, count) = line.rsplit_once("; ").unwrap();
        let count = count.strip_suffix(" requests").unwrap();
        assert!(count.parse::<u32>().unwrap() > 10, "{line}");
    }
    // The steps that one of them does not offer, and the outcome of a lost answer.
    for words in [
        "documents no catalogue",
        "documents no price preview",
        "by the journal, order 20001 was made at iproyal under the key tour-iproyal",
        "(it may have taken effect)",
        "tour-iproyal-lost  iproyal  reconciled  create_order  20002",
    ] {
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }

    let (passwords, rest) = passwords(&run.stdout);
    // Five proxies of one password, three of three, and two accounts.
    assert_eq!(passwords.len(), 6, "{passwords:?}");
    assert!(rest.contains("proxy_orders.call"), "{rest}");
    for secret in passwords.iter().map(String::as_str).chain(["sandbox-"]) {
        assert!(!rest.contains(secret), "{secret} is in {rest}");
        assert!(
            !run.stderr.contains(secret),
            "{secret} is in {}",
            run.stderr
        );
    }
    // One line a proxy in each of the two forms: 5, 3 and 2 proxies.
    let printed = run.stdout.lines().count() - rest.lines().count();
    assert_eq!(printed, 2 * (5 + 3 + 2));
}

/// A command of the tour.
struct TourCommand {
    line: String,
    /// True if it names an order that the tour has bought.
    is_marked: bool,
}

impl TourCommand {
    fn is_of(&self, vendor: &str) -> bool {
        self.line.contains(&format!("--vendor {vendor}"))
    }

    /// The expected exit code. The tour shows commands that SmartProxy does not offer, too.
    fn code(&self) -> i32 {
        let is_missing = ["products", "quote"]
            .iter()
            .any(|it| self.line.starts_with(it));
        i32::from(is_missing && self.is_of("smartproxy"))
    }
}

fn commands(tour: &str) -> Vec<TourCommand> {
    let joined = tour.replace("\\\n", " ");
    let lines = joined.lines();
    let commands = lines.filter_map(|line| line.split_once("$ proxy-orders "));
    let commands = commands.map(|(mark, line)| TourCommand {
        line: line.to_owned(),
        is_marked: mark.contains('*'),
    });
    commands.collect()
}

#[test]
fn each_command_can_be_pasted_with_sandbox() {
    let tour = run("tour").expect(0).stdout;
    let commands = commands(&tour);
    assert_eq!(commands.len(), 24);
    let marked = commands.iter().filter(|command| command.is_marked);
    assert_eq!(marked.count(), 8);
    for command in commands.iter().filter(|command| !command.is_marked) {
        run(&format!("{} --sandbox", command.line)).expect(command.code());
    }
}

#[test]
fn all_commands_can_be_typed_in_turn_at_a_sandbox_that_keeps_running() {
    let tour = run("tour").expect(0).stdout;
    let mut server = start(&mut program("sandbox --listen 127.0.0.1:0"));
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let environment: Vec<(String, String)> = lines
        .take(8)
        .map(|line| {
            let line = line.unwrap();
            let pair = line.strip_prefix("export ").unwrap().split_once('=');
            let (name, value) = pair.unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect();
    // SmartProxy's order numbers hold the time at which the sandbox was started.
    let mut bought = String::new();
    for command in commands(&tour) {
        let is_smartproxy = command.is_of("smartproxy");
        let mut line = command.line.clone();
        if is_smartproxy && command.is_marked {
            let words = shell_words(&line);
            let old = words.iter().find(|word| word.len() == 28).unwrap();
            line = line.replace(old, &bought);
        }
        let run = Run::of(program(&line).envs(environment.iter().cloned()));
        let run = run.expect(command.code());
        if is_smartproxy && line.starts_with("buy") {
            let (_, made) = run.stderr.split_once("order ").unwrap();
            bought = made.split(' ').next().unwrap().to_owned();
        }
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_failure_shows_no_secret() {
    let canary = "canary-key-0123456789abcdefghijk";
    let buy = BUY.replace("--vendor iproyal", "--yes");
    let lines = [
        "balance",
        "orders list",
        "orders get 123",
        "orders renew 123 --plan x --max-total 1 --yes",
        "proxies 123 --protocol socks5",
        "proxies 123 --protocol socks4",
        "products --output xml",
        &buy,
    ];
    // A key that the sandbox refuses, a server that does not exist, and a forbidden base URL.
    let base_urls = ["", "http://127.0.0.1:1/x", "http://example.com"];
    let served = Served::start();
    for vendor in Vendor::all() {
        for url in base_urls {
            for line in lines {
                let mut line = format!("{line} --vendor {vendor} -vv");
                if !url.is_empty() {
                    line.push_str(&format!(" --base-url {url}"));
                }
                let mut command = served.program(&line);
                for name in ["IPROYAL_TOKEN", "PROXYSHARD_API_KEY", "SMARTPROXY_APP_KEY"] {
                    command.env(name, canary);
                }
                let run = Run::of(&mut command);
                assert!([1, 2, 4].contains(&run.code), "{line}: {run:?}");
                assert!(!run.all().contains(canary), "{line}: {run:?}");
                let is_told = run.stderr.contains("error: ") || run.stderr.contains("\"kind\":");
                assert!(is_told, "{line}: {run:?}");
            }
        }
    }
    // A malformed key is not shown either.
    for key in ["Bearer canary", "canary\nkey", "canäry"] {
        let mut command = program("balance --vendor iproyal -vv");
        let run = Run::of(command.env("IPROYAL_TOKEN", key)).expect(2);
        assert!(
            !run.all().contains("canary") && !run.all().contains("canäry"),
            "{run:?}"
        );
    }
}

#[test]
fn passwords_are_printed_by_proxies_and_raw_calls_alone() {
    let served = Served::start();
    let printed = served.run("proxies 123 --vendor iproyal").expect(0).stdout;
    let (passwords, _) = passwords(&printed);
    let password = passwords.first().unwrap();
    for line in [
        "orders get 123",
        "orders list -o json",
        "orders list -o csv",
        "orders renew 123 --plan 456 --max-total 9 --yes",
        "orders renew 123 --plan 456 --max-total 1 --yes",
    ] {
        let run = served.run(&format!("{line} --vendor iproyal -vv"));
        assert!(!run.all().contains(password), "{run:?}");
    }
    let run = served
        .run("api iproyal get-order --order-id 123 -vv")
        .expect(0);
    assert!(run.stdout.contains(password) && !run.stderr.contains(password));
}
