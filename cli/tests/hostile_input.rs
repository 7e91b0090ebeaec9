//! Flags, environment variables and files that no careful user would give.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::cell::Cell;
use std::io::Write;
use std::process::Stdio;

use common::{
    BUY, Recorder, Reply, Run, against, answer_to, error_in_json, folder, program, run, sandboxed,
    signal, start, vendor, wait_until,
};

/// The documented answer to a request for what can be bought.
const CATALOGUE: &str = include_str!("../../tests/documented/samples/iproyal/list_products.json");

/// A secret that must not be printed.
const CANARY: &str = "canary-0123456789abcdef";

#[test]
fn numbers_out_of_bounds_are_refused_before_anything_is_sent() {
    let buy = |flags: &str| format!("{BUY} --yes {flags}");
    let change = "--vendor proxyshard --max-total 9 --yes";
    let lines = [
        buy("--wait 18446744073709551615"),
        buy("--wait 604801"),
        buy("--timeout 18446744073709551615"),
        BUY.replace("--quantity 5", "--quantity 1000001 --yes"),
        BUY.replace("12", "1e1 --yes"),
        BUY.replace("12", "1_2 --yes"),
        BUY.replace("12", "+12 --yes"),
        BUY.replace("12", "12. --yes"),
        BUY.replace("12", "0.00000000001 --yes"),
        buy("--max-day 1__5"),
        "proxies 1 --vendor iproyal --wait 18446744073709551615".to_owned(),
        "journal reconcile --settle 18446744073709551615".to_owned(),
        format!("orders add-traffic 1 --gigabytes 9223372036854775807 {change}"),
        format!("orders buy-addon 1 --addon a --quantity 18446744073709551615 {change}"),
        "journal prune --older-than 30500568904943w".to_owned(),
        "journal list --since 30500568904943w".to_owned(),
    ];
    for line in lines {
        let recorder = vendor(|| Reply::Close);
        let run = Run::of(&mut against(&recorder, &line)).expect(2);
        assert!(!run.stderr.is_empty());
        assert_eq!(recorder.received().len(), 0, "{line}");
    }
    let recorder = vendor(|| Reply::Close);
    let mut command = against(&recorder, &buy(""));
    let run = Run::of(command.env("PROXY_ORDERS_MAX_DAY", "1__5")).expect(2);
    assert!(run.stderr.contains("PROXY_ORDERS_MAX_DAY"), "{run:?}");
    assert_eq!(recorder.received().len(), 0);
}

/// Words that are not valid Unicode, which Linux passes on.
#[test]
#[cfg(target_os = "linux")]
fn words_that_are_no_unicode_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let odd = OsStr::from_bytes(b"a\xff");
    let recorder = vendor(|| Reply::Close);
    let line = format!("{BUY} --yes");
    Run::of(against(&recorder, "balance").arg(odd)).expect(2);
    for name in ["PROXY_ORDERS_MAX_DAY", "PROXY_ORDERS_JOURNAL"] {
        let run = Run::of(against(&recorder, &line).env(name, odd)).expect(2);
        assert!(run.stderr.contains(name), "{run:?}");
    }
    assert_eq!(recorder.received().len(), 0);
}

#[test]
fn sums_that_no_number_holds_do_not_end_a_batch() {
    // The balance falls by more than half of the largest number with each order.
    let (asked, made) = (Cell::new(0), Cell::new(0));
    let recorder = Recorder::start(move |request| {
        let answer = match (request.method.as_str(), request.path.as_str()) {
            ("POST", _) => {
                made.set(made.get() + 1);
                format!(r#"{{"id":{},"status":"confirmed"}}"#, made.get())
            }
            (_, path) if path.ends_with("/balance") => {
                asked.set(asked.get() + 1);
                let is_before = asked.get() % 2 == 1;
                format!(
                    "\"{}\"",
                    if is_before {
                        "5".to_owned() + &"0".repeat(28)
                    } else {
                        "0".to_owned()
                    }
                )
            }
            (_, path) if path.ends_with("/products") => CATALOGUE.to_owned(),
            (_, path) => answer_to(path).to_owned(),
        };
        Reply::Answer(200, answer)
    });
    let rows = recorder.folder.path().join("rows");
    std::fs::write(
        &rows,
        "product,plan,location,quantity\n9,4,51,5\n9,4,51,6\n",
    )
    .unwrap();
    let line = format!(
        "buy --vendor iproyal --from '{}' --yes --batch b --max-total 12 -o csv",
        rows.display()
    );
    let run = Run::of(&mut against(&recorder, &line));
    assert_eq!(recorder.posts(), 2, "{run:?}");
    let run = run.expect(3);
    assert!(run.stderr.contains("2 bought"), "{run:?}");
}

#[test]
fn an_abort_after_the_request_was_sent_is_6_and_names_the_key() {
    let line = format!("{BUY} --yes -i invoice-117");
    let raw = "api iproyal extend-order --order-id 1 --product-plan-id 2";
    for (line, found_by, key) in [
        (line.as_str(), "journal reconcile", Some("invoice-117")),
        (raw, "orders list", None),
    ] {
        for in_json in [false, true] {
            // `api` has no such flag, and prints the same words.
            let form = match in_json && key.is_some() {
                true => " -o json",
                false => "",
            };
            let recorder = vendor(|| Reply::Hold);
            let child = start(&mut against(&recorder, &format!("{line}{form}")));
            wait_until(|| recorder.posts() > 0);
            signal(&child, "-ABRT");
            let run = Run::end(child).expect(6);
            assert!(run.stderr.contains(found_by), "{run:?}");
            assert!(
                run.stderr.contains("Do not run it again") || !form.is_empty(),
                "{run:?}"
            );
            assert!(run.stderr.contains(key.unwrap_or_default()), "{run:?}");
            if !form.is_empty() {
                let error = error_in_json(&run);
                assert_eq!(
                    (&error["exit_code"], &error["outcome"]),
                    (&6.into(), &"unknown".into())
                );
                assert_eq!(error["key"], "invoice-117");
            }
        }
    }
    // Before anything was sent, it had no effect.
    let recorder = Recorder::start(|_| Reply::Hold);
    let child = start(&mut against(&recorder, "orders list --vendor iproyal"));
    wait_until(|| !recorder.received().is_empty());
    signal(&child, "-ABRT");
    let run = Run::end(child).expect(1);
    assert!(run.stderr.contains("no purchase"), "{run:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn no_core_is_ever_dumped() {
    let recorder = Recorder::start(|_| Reply::Hold);
    let mut command = against(&recorder, "balance --vendor iproyal");
    let words: Vec<_> = command.get_args().map(|it| it.to_owned()).collect();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -c $(ulimit -Hc); exec \"$0\" \"$@\""]);
    shell.arg(command.get_program()).args(words);
    shell.env_clear().env("IPROYAL_TOKEN", CANARY);
    let mut child = start(&mut shell);
    wait_until(|| !recorder.received().is_empty());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits
        .lines()
        .find(|it| it.starts_with("Max core file size"));
    let core: Vec<_> = core.unwrap().split_whitespace().skip(4).take(2).collect();
    assert_eq!(core, ["0", "0"], "{limits}");
    child.kill().unwrap();
    child.wait().unwrap();
    command.env_clear();
}

#[test]
#[cfg(target_os = "linux")]
fn a_want_of_memory_after_the_request_was_sent_is_6() {
    // Many small objects, for which a reader needs many times their bytes.
    let answer = format!(
        "{{\"id\":1,\"x\":[{}{{}}]}}",
        "{\"a\":[]},".repeat(2_000_000)
    );
    let recorder = vendor(move || Reply::Answer(200, answer.clone()));
    let mut command = against(&recorder, &format!("{BUY} --yes -i k"));
    let words: Vec<_> = command.get_args().map(|it| it.to_owned()).collect();
    let environment: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -v 600000; exec \"$0\" \"$@\""]);
    shell.arg(command.get_program()).args(words);
    shell.env_clear().envs(environment);
    let run = Run::of(&mut shell);
    assert_eq!(recorder.posts(), 1, "{run:?}");
    let run = run.expect(6);
    assert!(run.stderr.contains("journal reconcile"), "{run:?}");
    command.env_clear();
}

#[test]
fn an_unreadable_balance_is_an_error() {
    for answer in [
        "{\"x\":1}",
        "[]",
        "\"much\"",
        "null",
        "true",
        "\"\\u001b[31m\\u009b\"",
    ] {
        for form in ["table", "json", "csv"] {
            let recorder = Recorder::start(|_| Reply::Answer(200, answer.to_owned()));
            let line = format!("balance --vendor iproyal -o {form}");
            let run = Run::of(&mut against(&recorder, &line)).expect(1);
            assert_eq!(run.stdout, "", "{answer}: {run:?}");
            assert!(run.stderr.contains("balance"), "{answer}: {run:?}");
        }
    }
}

#[test]
fn a_home_that_is_no_absolute_path_is_refused() {
    let recorder = vendor(|| Reply::Close);
    let folder = folder();
    for (name, value) in [("HOME", "rel"), ("XDG_STATE_HOME", "rel"), ("HOME", "./x")] {
        for line in [format!("{BUY} --yes"), "journal list".to_owned()] {
            let mut command = against(&recorder, &line);
            command.env_remove("PROXY_ORDERS_JOURNAL");
            command
                .env_remove("XDG_STATE_HOME")
                .env("HOME", "/proc/no-home");
            let run = Run::of(command.env(name, value).current_dir(folder.path())).expect(2);
            assert!(run.stderr.contains(name), "{run:?}");
            assert!(run.stderr.contains("absolute"), "{run:?}");
        }
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    assert_eq!(recorder.received().len(), 0);
}

#[test]
fn places_with_a_password_are_refused_and_never_echoed() {
    let folder = folder();
    let in_folder = |line: &str| {
        let mut command = program(line);
        command.current_dir(folder.path()).env("IPROYAL_TOKEN", "t");
        command
    };
    let urls = [
        format!("https://user:{CANARY}@host:notaport/"),
        format!("https://user:{CANARY}@"),
        format!("user:{CANARY}@host"),
        format!("https://host/?token={CANARY}"),
        format!("https://[{CANARY}@"),
    ];
    for url in urls {
        for line in [
            "balance --vendor iproyal",
            &format!("{BUY} --yes -i k -o json"),
        ] {
            let in_flag = Run::of(&mut in_folder(&format!("{line} --base-url '{url}'")));
            let mut command = in_folder(line);
            let in_variable = Run::of(command.env("IPROYAL_BASE_URL", &url));
            for run in [in_flag, in_variable] {
                let run = run.expect(2);
                assert!(!run.all().contains(CANARY), "{run:?}");
                assert!(run.stderr.contains("base URL"), "{run:?}");
            }
        }
    }
    let places = [
        format!("user:{CANARY}@host/db"),
        format!("host=h user=u password={CANARY}"),
        format!("host=h PASSWORD = {CANARY}"),
        format!("mysql://u:{CANARY}@h/d"),
        format!("postgres:u:{CANARY}@h/d"),
        format!("sqlite://u:{CANARY}@h/d"),
        format!("postgres//u:{CANARY}@h/d"),
    ];
    for place in places {
        for line in ["journal list", &format!("{BUY} --yes -i k")] {
            let in_flag = Run::of(&mut in_folder(&format!("{line} --journal '{place}'")));
            let mut command = in_folder(line);
            let in_variable = Run::of(command.env("PROXY_ORDERS_JOURNAL", &place));
            for run in [in_flag, in_variable] {
                let run = run.expect(2);
                assert!(!run.all().contains(CANARY), "{run:?}");
            }
        }
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn inputs_are_read_up_to_a_limit() {
    let recorder = vendor(|| Reply::Close);
    let folder = folder();
    let large = folder.path().join("large");
    let file = std::fs::File::create(&large).unwrap();
    file.set_len(17 << 20).unwrap();
    let large = large.display();
    for line in [
        format!("buy --vendor iproyal --from '{large}' --yes --batch b"),
        "buy --vendor iproyal --from /dev/zero --yes --batch b".to_owned(),
        format!("api iproyal create-order --json-body '{large}'"),
        "api iproyal create-order --json-body /dev/zero".to_owned(),
    ] {
        let run = Run::of(&mut against(&recorder, &line)).expect(2);
        assert!(run.stderr.contains("16 MiB"), "{run:?}");
    }
    let line = "buy --vendor iproyal --from - --yes --batch b";
    let mut child = start(against(&recorder, line).stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    let row = vec![b' '; 1 << 20];
    while stdin.write_all(&row).is_ok() {}
    let run = Run::end(child).expect(2);
    assert!(run.stderr.contains("16 MiB"), "{run:?}");
    // Of many mistakes, the first are named.
    let rows = folder.path().join("rows");
    std::fs::write(&rows, "product\n".to_owned() + &"x\n".repeat(50_000)).unwrap();
    let line = format!("buy --vendor iproyal --from '{}' --yes", rows.display());
    let run = Run::of(&mut against(&recorder, &line)).expect(2);
    assert!(run.stderr.len() < 20_000, "{} bytes", run.stderr.len());
    assert!(run.stderr.contains("more"), "{run:?}");
    assert_eq!(recorder.received().len(), 0);
}

#[test]
#[cfg(unix)]
fn a_state_file_is_a_private_regular_file() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let serve = |state: &str| {
        let line = format!("sandbox --listen 127.0.0.1:0 --state '{state}'");
        program(&line)
    };
    std::fs::write(path("victim"), "{}").unwrap();
    symlink(path("victim"), path("link")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(path("fifo"))
        .status();
    assert!(made.unwrap().success());
    for state in ["link", "fifo"].map(|it| path(it).display().to_string()) {
        let run = Run::of(&mut serve(&state)).expect(1);
        assert!(run.stderr.contains("regular file"), "{run:?}");
    }
    let run = Run::of(&mut serve("/dev/null")).expect(1);
    assert!(run.stderr.contains("regular file"), "{run:?}");
    assert_eq!(std::fs::read_to_string(path("victim")).unwrap(), "{}");

    // Neither a loose umask nor links in the way of a temporary file change what is written.
    let state = path("state");
    let shell = format!(
        "umask 0; ln -s '{}' '{}'.$$.tmp; exec \"$0\" \"$@\"",
        path("victim").display(),
        state.display()
    );
    let served = serve(&state.display().to_string());
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &shell]).arg(served.get_program());
    let child = start(command.args(served.get_args()));
    wait_until(|| state.exists());
    signal(&child, "-TERM");
    Run::end(child).expect(0);
    assert_eq!(std::fs::read_to_string(path("victim")).unwrap(), "{}");
    let mode = std::fs::metadata(&state).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
}

#[test]
fn secrets_come_from_a_file_stdin_or_the_environment() {
    let recorder = Recorder::start(|_| Reply::Answer(200, "{}".to_owned()));
    let folder = folder();
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{CANARY}\n")).unwrap();
    let call = "api iproyal change-proxy-credentials --order-id 1 --username u";
    let with = |flag: &str| against(&recorder, &format!("{call} {flag}"));

    let run = Run::of(&mut with(&format!("--password {CANARY}"))).expect(2);
    assert!(run.stderr.contains("@FILE"), "{run:?}");
    assert!(!run.all().contains(CANARY), "{run:?}");
    assert_eq!(recorder.received().len(), 0);

    Run::of(&mut with(&format!("--password '@{}'", file.display()))).expect(0);
    Run::of(with("--password env:NEW_PASSWORD").env("NEW_PASSWORD", CANARY)).expect(0);
    let mut child = start(with("--password @-").stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(CANARY.as_bytes()).unwrap();
    drop(stdin);
    Run::end(child).expect(0);
    let sent = recorder.received();
    assert_eq!(sent.len(), 3);
    for request in sent {
        assert!(
            request.body.contains(&format!("\"{CANARY}\"")),
            "{}",
            request.body
        );
    }
    for missing in ["@/nowhere", "env:NOT_SET", "@", "env:"] {
        Run::of(&mut with(&format!("--password {missing}"))).expect(2);
    }
    // Keys in a path count as well.
    let run = run_raw_key();
    assert!(!run.all().contains(CANARY), "{run:?}");
}

fn run_raw_key() -> Run {
    let line = format!("api iproyal rotate-mobile-ip --order-id 1 --key {CANARY}");
    sandboxed(&line).expect(2)
}

#[test]
fn a_raw_answer_is_masked_like_an_error() {
    let file_folder = folder();
    let file = file_folder.path().join("password");
    std::fs::write(&file, CANARY).unwrap();
    let escaped: String = CANARY
        .chars()
        .map(|it| format!("\\u{:04x}", u32::from(it)))
        .collect();
    let answer =
        format!(r#"{{"password":"{CANARY}","again":"is {escaped}","n":18.20,"t":"\u009b31m"}}"#);
    for status in [200, 422] {
        let answer = answer.clone();
        let recorder = Recorder::start(move |_| Reply::Answer(status, answer.clone()));
        let line = format!(
            "api iproyal change-proxy-credentials --order-id 1 --username u --password '@{}'",
            file.display()
        );
        let run = Run::of(&mut against(&recorder, &line));
        assert!(!run.all().contains(CANARY), "{run:?}");
        assert!(!run.all().contains(&escaped), "{run:?}");
        assert!(run.stdout.contains("18.20"), "{run:?}");
        let json = run.json();
        assert_eq!(
            (&json["password"], &json["again"]),
            (&"[REDACTED]".into(), &"is [REDACTED]".into())
        );
    }
}

#[test]
fn the_documented_ways_to_give_a_secret_stand_in_the_help() {
    let help = run("api iproyal change-proxy-credentials --help")
        .expect(0)
        .stdout;
    for words in ["@FILE", "@-", "env:NAME"] {
        assert!(help.contains(words), "{words}: {help}");
    }
}
