//! The program against a server that answers with anything: exit codes that agree with the journal,
//! no panic, nothing that steers a terminal, and the credential nowhere.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;
use std::process::Command;

use common::{BUY, Received, Recorder, Reply, Run, against, answer_to, start, wait_until};

/// A credential that is another text in a URL than in a header.
const CREDENTIAL: &str = "canary/key+0123456789=abcdef";

/// All forms in which the credential must not be found.
fn forms() -> [String; 3] {
    let in_url = |upper: bool| -> String {
        let encoded = |byte: u8| match byte {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b if upper => format!("%{b:02X}"),
            b => format!("%{b:02x}"),
        };
        CREDENTIAL.bytes().map(encoded).collect()
    };
    [CREDENTIAL.to_owned(), in_url(true), in_url(false)]
}

/// Text that steers a terminal, runs in a spreadsheet and quotes the credential, as part of JSON.
fn hostile() -> String {
    let steering = "=1+1\\u001b]0;x\\u0007\\u001b[31m\u{9b}31m\u{202e}\u{2066}\u{7f}\\r\\n";
    format!("{steering}Bearer {}", forms()[..2].join(" "))
}

/// Returns whether a character must not reach a terminal.
fn is_unsafe(letter: char) -> bool {
    letter.is_control() && letter != '\n'
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One kind of hostile server: its answer to a request.
struct Server {
    name: &'static str,
    reply: fn(&Received) -> Reply,
}

/// The documented answers, with hostile text in each field.
fn in_every_field(request: &Received) -> Reply {
    let h = hostile();
    let order = format!(
        r#"{{"id":1,"note":"{h}","product_name":"{h}","plan_name":"{h}","status":"{h}","locations":"{h}","expire_date":"{h}","quantity":1,"proxy_data":{{"ports":{{"http|https":1,"socks5":2}},"proxies":[{{"ip":"{h}","username":"{h}","password":"{h}"}}]}}}}"#
    );
    let path = request.path.as_str();
    Reply::Answer(
        200,
        match request.method.as_str() {
            "POST" => order,
            _ if path.ends_with("/balance") => format!("\"{h}\""),
            _ if path.ends_with("/orders") => {
                format!(r#"{{"data":[{order}],"meta":{{"total":1,"last_page":1}}}}"#)
            }
            _ if path.contains("/orders/") && !path.contains("pric") => order,
            _ => format!(r#"{{"price":10,"price_with_vat":10,"message":"{h}","data":[]}}"#),
        },
    )
}

/// Plain answers to reads, and something else to what is posted.
fn posted(request: &Received, answer: impl FnOnce() -> Reply) -> Reply {
    match request.method.as_str() {
        "POST" => answer(),
        _ => Reply::Answer(200, answer_to(&request.path).to_owned()),
    }
}

const SERVERS: &[Server] = &[
    Server {
        name: "hostile text in each field",
        reply: in_every_field,
    },
    Server {
        name: "a refusal with hostile text",
        reply: |_| {
            Reply::Answer(
                422,
                format!(
                    r#"{{"message":"{0}","errors":{{"{0}":["{0}"]}}}}"#,
                    hostile()
                ),
            )
        },
    },
    Server {
        name: "a refused purchase with hostile text",
        reply: |request| {
            posted(request, || {
                Reply::Answer(422, format!(r#"{{"message":"{}"}}"#, hostile()))
            })
        },
    },
    Server {
        name: "a failed purchase with hostile text",
        reply: |request| {
            posted(request, || {
                Reply::Answer(500, format!(r#"{{"message":"{}"}}"#, hostile()))
            })
        },
    },
    Server {
        name: "a purchase answered by hostile ids",
        reply: |request| {
            posted(request, || {
                Reply::Answer(200, format!(r#"{{"id":"{}"}}"#, hostile()))
            })
        },
    },
    Server {
        name: "a purchase answered by an absurd id",
        reply: |request| {
            posted(request, || {
                Reply::Answer(200, r#"{"id":-99999999999999999999}"#.to_owned())
            })
        },
    },
    Server {
        name: "a page in place of JSON",
        reply: |_| Reply::Answer(200, format!("<html>{}\u{1b}[31m\u{9b}", forms().join(" "))),
    },
    Server {
        name: "bytes that are no text",
        reply: |request| {
            posted(request, || {
                let head = format!(
                    "HTTP/1.1 200 {CREDENTIAL}\r\nContent-Length: 60\r\nX: \u{1b}[31m\r\n\r\n"
                );
                let body = [&b"\xff\xfe\x1b[31m\xc2\x9b"[..], CREDENTIAL.as_bytes()].concat();
                Reply::Raw([head.as_bytes(), &body].concat())
            })
        },
    },
    Server {
        name: "no HTTP at all",
        reply: |_| Reply::Raw(format!("\u{1b}[31m{CREDENTIAL}\r\n\r\n").into_bytes()),
    },
    Server {
        name: "headers without end",
        reply: |_| Reply::Raw([&b"HTTP/1.1 200 X\r\n"[..], &b"A: b\r\n".repeat(100_000)].concat()),
    },
    Server {
        name: "a redirect with the credential",
        reply: |_| {
            let to = forms()[1].clone();
            Reply::Raw(
                format!("HTTP/1.1 307 X\r\nLocation: http://h/{to}\r\nContent-Length: 0\r\n\r\n")
                    .into_bytes(),
            )
        },
    },
    Server {
        name: "a pause without end",
        reply: |_| {
            let head = "HTTP/1.1 429 X\r\nRetry-After: 18446744073709551615\r\nContent-Length: 2";
            Reply::Raw(format!("{head}\r\n\r\n{{}}").into_bytes())
        },
    },
    Server {
        name: "brackets without end",
        reply: |_| Reply::Answer(200, "[".repeat(200_000)),
    },
    Server {
        name: "deep JSON",
        reply: |_| Reply::Answer(200, "[".repeat(60_000) + &"]".repeat(60_000)),
    },
    Server {
        name: "numbers that nothing holds",
        reply: |request| {
            let huge = "9".repeat(400);
            Reply::Answer(
                200,
                match request.path.as_str() {
                    path if path.ends_with("/balance") => huge,
                    path if path.ends_with("/orders") && request.method == "GET" => {
                        format!(
                            r#"{{"data":[{{"id":{huge}}},{{"id":1,"quantity":{huge}}}],"meta":{{"total":{huge},"last_page":-1}}}}"#
                        )
                    }
                    _ => format!(r#"{{"id":{huge},"price":-{huge},"price_with_vat":1e400}}"#),
                },
            )
        },
    },
    Server {
        name: "a million empty words",
        reply: |_| {
            Reply::Answer(
                422,
                format!(r#"{{"message":"{}"}}"#, "\\n".repeat(1_000_000)),
            )
        },
    },
];

/// Meets all servers side by side: most of the time, the program pauses before it tries again.
fn at_each(test: impl Fn(&Server) + Sync) {
    std::thread::scope(|scope| {
        for server in SERVERS {
            scope.spawn(|| test(server));
        }
    });
}

/// The program, led to a server, with everything that it writes in the server's folder.
fn hostile_run(recorder: &Recorder, line: &str) -> Command {
    let mut command = against(recorder, line);
    command.env("IPROYAL_TOKEN", CREDENTIAL);
    command.env("TMPDIR", recorder.folder.path());
    command
}

/// Checks all that a run has printed.
fn check(name: &str, line: &str, run: &Run) {
    let about = format!("{name}: {line}: {}", run.code);
    assert!([0, 1, 2, 3, 4, 6].contains(&run.code), "{about}: {run:?}");
    for (stream, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        assert_eq!(
            text.chars().find(|it| is_unsafe(*it)),
            None,
            "{about}: {stream}"
        );
        for form in forms() {
            assert!(!text.contains(&form), "{about}: {stream}: {run:?}");
        }
        for words in [
            "panicked",
            "backtrace",
            "stack overflow",
            "memory allocation",
            "defect of",
        ] {
            assert!(!text.contains(words), "{about}: {stream}: {run:?}");
        }
    }
    assert!(
        run.stderr.len() < 100_000,
        "{about}: {} bytes",
        run.stderr.len()
    );
}

/// Checks that no file holds the credential.
fn check_files(name: &str, folder: &Path) {
    for file in folder.read_dir().unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            check_files(name, &path);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for form in forms() {
            let is_in = bytes.windows(form.len()).any(|it| it == form.as_bytes());
            assert!(!is_in, "{name}: {}", path.display());
        }
    }
}

#[test]
fn nothing_hostile_gets_through_a_command() {
    let commands = [
        "orders list --vendor iproyal -vv",
        "orders list --vendor iproyal -o json",
        "orders list --vendor iproyal -o csv",
        "orders get 1 --vendor iproyal -vv",
        "balance --vendor iproyal",
        "balance --vendor iproyal -o json",
        "proxies 1 --vendor iproyal",
        "proxies 1 --vendor iproyal --format url",
        "proxies 1 --vendor iproyal -o table",
        "proxies 1 --vendor iproyal -o json",
        "proxies 1 --vendor iproyal -o csv",
        "api iproyal list-orders -vv",
        "api iproyal get-balance",
    ];
    at_each(|Server { name, reply }| {
        let recorder = Recorder::start(*reply);
        for line in commands {
            let line = format!("{line} --timeout 2");
            let run = Run::of(&mut hostile_run(&recorder, &line));
            assert_ne!(run.code, 6, "{name}: {line}: {run:?}");
            check(name, &line, &run);
        }
        check_files(name, recorder.folder.path());
    });
}

#[test]
fn whatever_is_answered_the_exit_code_of_a_purchase_agrees_with_the_journal() {
    at_each(|Server { name, reply }| {
        for form in ["table -vv", "json", "csv"] {
            let recorder = Recorder::start(*reply);
            let line = format!("{BUY} --yes -i k --timeout 2 -o {form}");
            let run = Run::of(&mut hostile_run(&recorder, &line));
            check(name, &line, &run);
            assert!(recorder.posts() <= 1, "{name}: {run:?}");
            check_files(name, recorder.folder.path());

            let list = Run::of(&mut hostile_run(&recorder, "journal list -o json"));
            check(name, "journal list", &list);
            let state = match list.code {
                0 => list.json()[0]["state"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                _ => String::new(),
            };
            let states: &[&str] = match run.code {
                0 | 3 => &["confirmed"],
                6 => &["sent", "unknown"],
                _ => &["", "planned", "not-sent", "rejected"],
            };
            assert!(states.contains(&state.as_str()), "{name}: {state}: {run:?}");
            assert!(
                run.code != 6 || run.stderr.contains("reconcile"),
                "{name}: {run:?}"
            );
            if state.is_empty() {
                continue;
            }
            for line in [
                "journal reconcile --vendor iproyal --settle 0 --no-wait --timeout 2",
                "journal reconcile --vendor iproyal --settle 0 --no-wait --timeout 2 -o csv",
                "journal audit --vendor iproyal --timeout 2",
                "journal show k",
                "journal list",
                "journal export",
            ] {
                let run = Run::of(&mut hostile_run(&recorder, line));
                check(name, line, &run);
            }
            assert!(recorder.posts() <= 1, "{name}");
            check_files(name, recorder.folder.path());
        }
    });
}

#[test]
#[cfg(target_os = "linux")]
fn while_a_purchase_is_under_way_the_credential_is_in_no_file_and_no_list_of_processes() {
    let recorder = Recorder::start(|request| posted(request, || Reply::Hold));
    let mut child = start(&mut hostile_run(&recorder, &format!("{BUY} --yes -i k")));
    wait_until(|| recorder.posts() > 0);
    let words = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    let words = String::from_utf8_lossy(&words).into_owned();
    let names: Vec<_> = recorder.folder.path().read_dir().unwrap().collect();
    assert!(
        names.len() > 1,
        "the journal, its log and its lock: {names:?}"
    );
    check_files("a held purchase", recorder.folder.path());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(words.contains("buy"), "{words}");
    for form in forms() {
        assert!(!words.contains(&form), "{words}");
    }
    let run = Run::of(&mut hostile_run(&recorder, "journal show k -o json")).expect(0);
    assert_eq!(run.json()["state"], "sent");
}

#[test]
fn a_proxy_list_is_clean_in_each_form_or_refused() {
    let list = |password: &'static str, flags: &str| {
        let recorder = Recorder::start(move |_| {
            let proxies =
                format!(r#"[{{"ip":"192.0.2.1","username":"u","password":"{password}"}}]"#);
            Reply::Answer(
                200,
                format!(
                    r#"{{"id":1,"status":"confirmed","quantity":1,"proxy_data":{{"ports":{{"http|https":1,"socks5":2}},"proxies":{proxies}}}}}"#
                ),
            )
        });
        let line = format!("proxies 1 --vendor iproyal {flags}");
        Run::of(&mut hostile_run(&recorder, &line))
    };
    // A formula is quoted in CSV alone, which is told.
    for (flags, expected) in [
        ("-o csv", "192.0.2.1,1,u,'=1+1,http"),
        ("--format host:port:user:pass", "192.0.2.1:1:u:=1+1"),
        ("--format url", "http://u:%3D1%2B1@192.0.2.1:1"),
    ] {
        let run = list("=1+1", flags).expect(0);
        assert_eq!(run.stdout.lines().last().unwrap(), expected);
        assert_eq!(run.stderr.contains("formula"), flags == "-o csv", "{run:?}");
    }
    // A password that steers a terminal is what it is in JSON, and in URLs, which encode it.
    let odd = "p\u{9b}31m\u{202e}";
    for flags in [
        "-o csv",
        "--format host:port:user:pass",
        "--format user:pass@host:port",
    ] {
        let run = list(odd, flags).expect(1);
        assert_eq!(run.stdout, "");
        assert!(run.stderr.contains("--format json"), "{run:?}");
    }
    let run = list(odd, "-o json").expect(0);
    check("an odd password", "-o json", &run);
    assert_eq!(run.json()[0]["password"], odd);
    list(odd, "--format url").expect(0);
    check(
        "an odd password",
        "-o table",
        &list(odd, "-o table").expect(0),
    );
}
