//! Every operation and every purchase against a catalogue of hostile answers: nothing panics, what
//! was sent is never called unsent, and nothing that the library says leaks the credential or
//! steers a terminal. The worst memory and the worst time are printed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::error::Error as _;
use std::fmt::Write;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proxy_orders::purchase::{Buyer, EntryState, Journal};
use proxy_orders::{Error, Outcome, Vendor};
use serde_json::{Value, json};
use support::calls::call;
use support::fixture::*;
use support::hostile::{Case, Hostile, catalogue, examples, few, leaks, steers};
use support::relay::{Act, Relay};
use support::spec::specs;
use support::{operations, report};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The longest of anything that is said about one failure.
const LONGEST: usize = 20_000;

/// Everything that the library logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap()
            .push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An error in every form in which it may be printed, with its causes.
fn said(error: &Error) -> String {
    let mut said = format!("{error}\n{error:#}\n{error:?}\n");
    let mut cause = error.source();
    while let Some(inner) = cause {
        writeln!(said, "{inner}\n{inner:?}").unwrap();
        cause = inner.source();
    }
    said
}

/// Returns what is wrong with a text that the library made.
fn fault_of(text: &str, secret: &str) -> Option<String> {
    let leak = leaks(text, secret).map(|form| format!("shows the credential ({form})"));
    let steering = steers(text).then(|| "steers a terminal".to_owned());
    let long = (text.len() > LONGEST).then(|| format!("has {} bytes", text.len()));
    let wrong = leak.or(steering).or(long)?;
    let text: String = text.escape_debug().take(300).collect();
    Some(format!("{wrong}: {text}"))
}

/// The greatest memory of this process since it was last asked, in KiB. 0 where nobody tells it.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    number.unwrap_or_default()
}

/// The worst of all cases.
#[derive(Default)]
struct Worst {
    memory: (u64, String),
    time: (Duration, String),
}

impl Worst {
    fn add(&mut self, name: &str, took: Duration) {
        let memory = peak();
        if memory > self.memory.0 {
            self.memory = (memory, name.to_owned());
        }
        if took > self.time.0 {
            self.time = (took, name.to_owned());
        }
    }
}

#[tokio::test]
async fn every_operation_survives_every_answer() {
    let log = Log::default();
    let writer = log.clone();
    let ours = tracing_subscriber::filter::filter_fn(|it| it.target().starts_with("proxy_orders"));
    let layer = tracing_subscriber::fmt::layer().with_ansi(false);
    let layer = layer.with_writer(move || writer.clone()).with_filter(ours);
    tracing_subscriber::registry().with(layer).init();
    let specs = specs();
    let server = Hostile::start().await;
    let patient = Clients::at(&server.base_url());
    let hasty = Clients::waiting(&server.base_url(), Duration::from_millis(100));
    let (mut calls, mut errors, mut problems) = (0, 0, Vec::new());
    let (cases, mut worst) = (catalogue(CANARY), Worst::default());
    peak();
    for case in &cases {
        let asked: Vec<_> = match case.is_long {
            true => few(Vendor::all()),
            false => operations().collect(),
        };
        for operation in asked {
            let spec = &specs[&operation.vendor];
            let mut examples = spec.examples(spec.operation(operation.id)).into_iter();
            let example = examples
                .next()
                .map_or(json!({"id": 1}), |(_, example)| example);
            server.answer_with((case.make)(&example));
            let clients = if case.is_slow { &hasty } else { &patient };
            let name = format!("{}, {} {}", case.name, operation.vendor, operation.id);
            let began = Instant::now();
            let result = call(clients, operation.vendor, operation.id).await;
            worst.add(&name, began.elapsed());
            calls += 1;
            let Err(error) = result else { continue };
            errors += 1;
            if error.outcome() == Outcome::NotSent {
                problems.push(format!("{name}: was sent, and is called unsent: {error}"));
            }
            let fault = fault_of(&said(&error), CANARY);
            problems.extend(fault.map(|fault| format!("{name}: {fault}")));
        }
        let mut logged = std::mem::take(&mut *log.0.lock().unwrap());
        // One call may say much in all; each line of it is short.
        for line in logged.drain(..).as_str().lines() {
            let fault = fault_of(line, CANARY);
            problems.extend(fault.map(|fault| format!("{}: the log {fault}", case.name)));
        }
    }
    let ((memory, most), (time, slowest)) = (worst.memory, worst.time);
    println!(
        "{} hostile answers, {calls} calls, {errors} errors; worst memory of the process, server \
         included, {} MiB ({most}); worst time {time:?} ({slowest})",
        cases.len(),
        memory >> 10
    );
    assert!(
        calls > 6_000 && errors > 3_000,
        "{calls} calls, {errors} errors"
    );
    support::report("hostile answers got through", &problems);
}

/// The bytes of an answer to a relay.
fn bytes(case: &Case, example: &Value) -> Vec<u8> {
    let answer = (case.make)(example);
    [answer.begin, answer.unit.repeat(answer.times), answer.end].concat()
}

/// Checks everything that is known of a purchase after hostile answers.
async fn check(
    buyer: &Buyer,
    name: &str,
    error: Option<&Error>,
    secret: &str,
    posts: usize,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut texts: Vec<_> = error.map(said).into_iter().collect();
    for entry in buyer.entries().await.unwrap() {
        let history = buyer.journal().history(&entry).await.unwrap();
        texts.extend(entry.note.clone());
        texts.extend(entry.order.clone());
        texts.extend(history.into_iter().filter_map(|it| it.note));
        texts.push(format!("{:?}", entry.baseline));
        let was_sent = !matches!(entry.state, EntryState::Planned | EntryState::NotSent);
        if was_sent != (posts > 0) {
            problems.push(format!(
                "{name}: {posts} requests that spend, and {}",
                entry.state
            ));
        }
        let is_unsent = error.is_some_and(|it| it.outcome() == Outcome::NotSent);
        if posts > 0 && is_unsent {
            problems.push(format!("{name}: was sent, and is called unsent: {error:?}"));
        }
        if entry
            .amount
            .is_some_and(|it| it.is_sign_negative() && !it.is_zero())
        {
            problems.push(format!("{name}: booked {:?}", entry.amount));
        }
    }
    for account in buyer.journal().accounts(None).await.unwrap() {
        texts.extend(account.names.into_iter().map(|(_, it)| it));
        texts.extend(account.shared_why);
    }
    for text in texts {
        let fault = fault_of(&text, secret);
        problems.extend(fault.map(|fault| format!("{name}: {fault}")));
    }
    problems
}

/// Every purchase with every hostile answer, to the questions before it, to itself, and to the
/// questions of reconciling it.
#[tokio::test]
async fn every_purchase_survives_every_answer() {
    let fixture = Fixture::new().await;
    let specs = specs();
    let (mut purchases, mut problems) = (0, Vec::new());
    let mut states = std::collections::BTreeMap::<String, usize>::new();
    for request in spends() {
        let (vendor, operation) = (request.vendor(), request.operation());
        let spec = &specs[&vendor];
        let mut all = spec.examples(spec.operation(operation.id)).into_iter();
        let example = all.next().map_or(json!({"id": 1}), |(_, example)| example);
        for number in 0..examples("").len() {
            // A part of the cases is enough for the questions about it.
            let both = if number % 3 == 0 {
                &[true, false][..]
            } else {
                &[true]
            };
            for &to_spend in both {
                let key_of_account = new_key();
                let case = examples(&key_of_account).remove(number);
                let answer = bytes(&case, &example);
                let posts = Arc::new(Mutex::new(0));
                let counted = Arc::clone(&posts);
                // The answers to the purchase, or every second one to the questions about it.
                let relay = Relay::to(&fixture.sandbox, move |asked| {
                    let is_post = asked.head.starts_with("POST");
                    *counted.lock().unwrap() += usize::from(is_post);
                    let is_hostile = match to_spend {
                        true => is_post,
                        false => !is_post && asked.head.len() % 2 == 0,
                    };
                    match is_hostile {
                        true => Act::PassAndAnswer(answer.clone()),
                        false => Act::Pass,
                    }
                })
                .await;
                let url = |vendor| relay.base_url(&fixture.sandbox, vendor);
                let clients = Clients::with_key_at(&key_of_account, url);
                let journal = Journal::in_memory().await.unwrap();
                let buyer = Buyer::shared(clients.of(vendor).clone(), journal);
                let buyer = buyer.grace_period(Duration::ZERO);
                let result = spend(&buyer, "a", &request).await;
                purchases += 1;
                let name = format!("{vendor} {}, {}, {to_spend}", operation.id, case.name);
                let asked = *posts.lock().unwrap();
                let error = result.as_ref().err();
                problems.extend(check(&buyer, &name, error, &key_of_account, asked).await);
                let Ok(entries) = buyer.entries().await else {
                    continue;
                };
                for entry in &entries {
                    *states.entry(entry.state.to_string()).or_default() += 1;
                }
                if entries.iter().any(|it| it.state.is_open()) {
                    let found = buyer.reconcile().await;
                    let texts = match &found {
                        Ok(found) => found
                            .iter()
                            .map(|it| format!("{:?}", it.needs_review))
                            .collect(),
                        Err(error) => said(error),
                    };
                    let fault = fault_of(&texts, &key_of_account);
                    problems.extend(fault.map(|fault| format!("{name}: reconciling {fault}")));
                    problems.extend(check(&buyer, &name, None, &key_of_account, asked).await);
                }
            }
        }
    }
    println!("{purchases} purchases with hostile answers, which ended as {states:?}");
    assert!(purchases > 400, "{purchases}");
    report("hostile answers got through", &problems);
}
