//! The tour ends well, its commands are right, and nothing that is secret gets out.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use common::{Run, Served, program, run, shell_words};

/// The passwords in the two forms of proxy lists that the tour prints, and the text without those lists.
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
fn it_visits_all_three_vendors_and_keeps_passwords_to_the_lists() {
    // It must not need what the machine has set.
    let mut command = program(&["tour", "-vv"]);
    command.env("HTTP_PROXY", "http://127.0.0.1:1");
    command.env("HTTPS_PROXY", "http://127.0.0.1:1");
    let run = Run::of(&mut command).expect(0);

    for line in [
        "\nIPRoyal\n-",
        "\nProxyShard\n-",
        "\nSmartProxy\n-",
        "\nSummary\n-",
    ] {
        assert!(run.stdout.contains(line), "{}", run.stdout);
    }
    for (vendor, cost) in [
        ("IPRoyal", "30.00"),
        ("ProxyShard", "19.50"),
        ("SmartProxy", "18"),
    ] {
        let summary = run.stdout.split("Summary").nth(1).unwrap();
        let line = summary.lines().find(|it| it.starts_with(vendor)).unwrap();
        assert!(line.contains(&format!("for {cost} in all")), "{line}");
        let count = line
            .rsplit("; ")
            .next()
            .unwrap()
            .strip_suffix(" requests")
            .unwrap();
        assert!(count.parse::<u32>().unwrap() > 10, "{line}");
    }
    // Why two steps are missing at one of them, and what becomes of a lost answer.
    for words in [
        "documents no catalogue",
        "documents no price preview",
        "the journal knows that `tour-iproyal` is order 20001",
        "(it may have taken effect)",
        "tour-iproyal-lost  reconciled  create_order  20002",
    ] {
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }

    let (passwords, rest) = passwords(&run.stdout);
    // Five proxies of one password, three of three, and two accounts.
    assert_eq!(passwords.len(), 6, "{passwords:?}");
    assert!(run.stderr.contains("proxy_orders.call"), "{}", run.stderr);
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

/// A command of the tour, and whether it needs an order that the tour has bought.
fn commands(tour: &str) -> Vec<(Vec<String>, bool)> {
    let joined = tour.replace("\\\n", " ");
    let lines = joined
        .lines()
        .filter_map(|line| line.split_once("$ proxy-orders "));
    lines
        .map(|(mark, command)| (shell_words(command), mark.contains('*')))
        .collect()
}

/// What SmartProxy can't do stands in the tour all the same.
fn due(words: &[String]) -> i32 {
    let is_missing = ["products", "quote"].contains(&words[0].as_str());
    i32::from(is_missing && words.contains(&"smartproxy".to_owned()))
}

#[test]
fn each_command_can_be_pasted_with_sandbox() {
    let tour = run(&["tour"]).expect(0).stdout;
    let commands = commands(&tour);
    assert_eq!(commands.len(), 24);
    assert_eq!(
        commands.iter().filter(|(_, is_marked)| *is_marked).count(),
        8
    );
    for (mut words, is_marked) in commands {
        if !is_marked {
            let due = due(&words);
            words.push("--sandbox".to_owned());
            run(&words).expect(due);
        }
    }
}

#[test]
fn all_commands_can_be_typed_in_turn_at_a_sandbox_that_stays() {
    let tour = run(&["tour"]).expect(0).stdout;
    let mut server = program(&["sandbox", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let environment: Vec<(String, String)> = lines
        .take(8)
        .map(|line| {
            let line = line.unwrap();
            let (name, value) = line
                .strip_prefix("export ")
                .unwrap()
                .split_once('=')
                .unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect();
    // SmartProxy's order numbers hold the time at which the sandbox was started, so the new one has to be put in.
    let mut number: Option<(String, String)> = None;
    for (mut words, is_marked) in commands(&tour) {
        let is_smartproxy = words.contains(&"smartproxy".to_owned());
        if is_smartproxy && is_marked {
            let (old, new) = number.get_or_insert_with(|| unreachable!());
            if old.is_empty() {
                *old = words.iter().find(|it| it.len() == 28).unwrap().clone();
            }
            words
                .iter_mut()
                .filter(|it| *it == old)
                .for_each(|it| it.clone_from(new));
        }
        let mut command = program(&words);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let run = Run::of(&mut command).expect(due(&words));
        if is_smartproxy && words[0] == "buy" {
            let made = run.stderr.split("order ").nth(1).unwrap();
            let made = made.split(' ').next().unwrap().to_owned();
            number = Some((String::new(), made));
        }
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_failure_shows_no_secret() {
    let canary = "canary-key-0123456789abcdefghijk";
    let buy = [
        "buy",
        "--product",
        "9",
        "--plan",
        "4",
        "--location",
        "51",
        "--quantity",
        "5",
    ];
    let buy = [buy.as_slice(), &["--max-total", "12", "--yes"]].concat();
    let failing: [&[&str]; 8] = [
        &["balance"],
        &["orders", "list"],
        &["orders", "get", "123"],
        &[
            "orders",
            "renew",
            "123",
            "--plan",
            "x",
            "--max-total",
            "1",
            "--yes",
        ],
        &["proxies", "123", "--protocol", "socks5"],
        &["proxies", "123", "--protocol", "socks4"],
        &["products", "--output", "xml"],
        &buy,
    ];
    let served = Served::start();
    let mut failed = 0;
    for vendor in ["iproyal", "proxyshard", "smartproxy"] {
        // A key that the sandbox does not take, a server that is not there, and a base URL that can't be used.
        for base_url in [
            None,
            Some("http://127.0.0.1:1/x"),
            Some("http://example.com"),
        ] {
            for words in failing {
                let mut words = [words, &["--vendor", vendor, "-vv"]].concat();
                words.extend(base_url.iter().flat_map(|url| ["--base-url", url]));
                let mut command = served.program(&words);
                for name in ["IPROYAL_TOKEN", "PROXYSHARD_API_KEY", "SMARTPROXY_APP_KEY"] {
                    command.env(name, canary);
                }
                let run = Run::of(&mut command);
                assert!([1, 2].contains(&run.code), "{words:?}: {run:?}");
                assert!(!run.all().contains(canary), "{words:?}: {run:?}");
                assert!(run.stderr.contains("error: "), "{words:?}: {run:?}");
                failed += 1;
            }
        }
    }
    assert_eq!(failed, 72);
    // A key that can't be one is not shown either.
    for key in ["Bearer canary", "canary\nkey", "canäry"] {
        let mut command = program(&["balance", "--vendor", "iproyal", "-vv"]);
        let run = Run::of(command.env("IPROYAL_TOKEN", key)).expect(2);
        assert!(!run.all().contains("can"), "{run:?}");
    }
}

#[test]
fn no_password_shows_but_where_proxies_are_printed() {
    let served = Served::start();
    let printed = Run::of(&mut served.program(&["proxies", "123", "--vendor", "iproyal"]));
    let (passwords, _) = passwords(&printed.expect(0).stdout);
    let password = passwords.first().unwrap();
    for words in [
        &["orders", "get", "123"][..],
        &["orders", "list", "-o", "json"],
        &["orders", "list", "-o", "csv"],
        &[
            "orders",
            "renew",
            "123",
            "--plan",
            "456",
            "--max-total",
            "9",
            "--yes",
        ],
        &[
            "orders",
            "renew",
            "123",
            "--plan",
            "456",
            "--max-total",
            "1",
            "--yes",
        ],
    ] {
        let words = [words, &["--vendor", "iproyal", "-vv"]].concat();
        let run = Run::of(&mut served.program(&words));
        assert!(!run.all().contains(password), "{run:?}");
    }
    let words = ["api", "iproyal", "get-order", "--order-id", "123", "-vv"];
    let run = Run::of(&mut served.program(&words)).expect(0);
    assert!(run.stdout.contains(password) && !run.stderr.contains(password));
}
