//! What leaves the machine when a vendor goes wrong: once is once, and the outcome says what is known.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::time::Duration;

use faulty::{ATTEMPTS, Fault, Faulty, hasty, patience};
use proxy_orders::operation::Operation;
use proxy_orders::{Effect, Error, ErrorKind, Limits, Outcome, RetryPolicy, Vendor};
use support::Clients;
use support::calls::call;
use support::recorder::nothing_said;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LONG: Duration = Duration::from_secs(30);

fn operations(effects: &[Effect]) -> Vec<&'static Operation> {
    let all = Vendor::all().iter().copied().flat_map(|it| it.operations());
    all.filter(|operation| effects.contains(&operation.effect))
        .collect()
}

async fn run(clients: &Clients, operation: &Operation) -> Result<(), Error> {
    let known = call(clients, operation.vendor, operation.id).await?;
    assert!(
        known.is_some(),
        "{} {} is not called here",
        operation.vendor,
        operation.id
    );
    Ok(())
}

/// The table in the documentation of `transport`, for what is sent once. `None` is a success.
fn expected(operation: &Operation, fault: Fault) -> Option<(Outcome, ErrorKind)> {
    // Two operations whose answer no page describes: any success is one, unless it breaks off.
    let is_undescribed = ["change_proxy_credentials", "rotate_mobile_ip"].contains(&operation.id);
    Some(match fault {
        Fault::ResetBeforeReading | Fault::ResetAfterReading | Fault::Truncated => {
            (Outcome::Unknown, ErrorKind::Connection)
        }
        Fault::Hang => (Outcome::Unknown, ErrorKind::Timeout),
        Fault::Status500 | Fault::Html502 => (Outcome::Unknown, ErrorKind::Server),
        Fault::Status429 => (Outcome::Unknown, ErrorKind::RateLimited),
        Fault::Redirect307 => (Outcome::Unknown, ErrorKind::Redirect),
        Fault::Empty200 | Fault::Nothing if is_undescribed => return None,
        Fault::Empty200 | Fault::Nothing => (Outcome::Unknown, ErrorKind::Answer),
        Fault::None => return None,
    })
}

#[tokio::test]
async fn change_and_spend_are_sent_exactly_once_whatever_goes_wrong() {
    let operations = operations(&[Effect::Change, Effect::Spend]);
    assert_eq!(
        operations.len(),
        19,
        "the specs have another number of such operations"
    );
    let mut problems = Vec::new();
    let mut cases = 0;
    for fault in Fault::ALL {
        let server = Faulty::always(fault).await;
        let clients = hasty(&server.base_url(), patience(fault));
        for operation in &operations {
            let before = server.counts();
            let result = run(&clients, operation).await;
            let found = result.err().map(|error| (error.outcome(), error.kind()));
            let (connections, requests) = server.counts_since(before);
            let due = (1, usize::from(fault != Fault::ResetBeforeReading));
            if found != expected(operation, fault) || (connections, requests) != due {
                let Operation { vendor, id, .. } = operation;
                problems.push(format!(
                    "{vendor} {id}, {fault:?}: {found:?}, {connections} connections, {requests} requests"
                ));
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 190);
    support::report("of 190 cases are not as the table says", &problems);
}

#[tokio::test]
async fn read_and_set_are_sent_again_within_the_cap() {
    let mut problems = Vec::new();
    for fault in Fault::ALL {
        // These a repeat would not change.
        let is_lasting = matches!(fault, Fault::Redirect307 | Fault::Empty200 | Fault::Nothing);
        let server = Faulty::always(fault).await;
        let clients = hasty(&server.base_url(), patience(fault));
        let attempts = if is_lasting { 1 } else { ATTEMPTS as usize };
        for (vendor, id) in [
            (Vendor::IpRoyal, "list_orders"),
            (Vendor::ProxyShard, "tag_order"),
            (Vendor::SmartProxy, "list_orders"),
        ] {
            let operation = vendor.operation(id).unwrap();
            let before = server.counts();
            let error = run(&clients, operation).await.unwrap_err();
            let (connections, _) = server.counts_since(before);
            if connections != attempts || error.attempts() as usize != attempts {
                problems.push(format!(
                    "{vendor} {id}, {fault:?}: {connections} connections, {error:?}"
                ));
            }
        }
    }
    support::report("cases were not repeated as the table says", &problems);
}

#[tokio::test]
async fn a_server_that_is_not_there_was_sent_nothing() {
    // A port that was free a moment ago: nothing listens there.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let clients = hasty(&base_url, LONG);
    for operation in operations(&[Effect::Read, Effect::Set, Effect::Change, Effect::Spend]) {
        let error = run(&clients, operation).await.unwrap_err();
        assert_eq!(
            (error.outcome(), error.kind()),
            (Outcome::NotSent, ErrorKind::Connect),
            "{error}"
        );
        // Nothing can have arrived, so even a purchase is tried again.
        assert_eq!(error.attempts(), ATTEMPTS, "{error}");
        assert!(
            !error.may_have_taken_effect() && !error.to_string().contains("may have"),
            "{error}"
        );
    }
}

/// Serves a connection's first request and then lets the connection die without a word, as an idle one does behind many a gateway.
async fn dying_server(success: String) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (kept, success) = (kept.clone(), success.clone());
            tokio::spawn(async move {
                let mut piece = [0; 8192];
                let mut is_first = true;
                while let Ok(count @ 1..) = stream.read(&mut piece).await {
                    if !is_first {
                        // The second request on a connection finds it dead.
                        let _ = stream.set_zero_linger();
                        return;
                    }
                    is_first = false;
                    let line = String::from_utf8_lossy(&piece[..count])
                        .lines()
                        .next()
                        .unwrap_or_default()
                        .to_owned();
                    kept.lock().unwrap().push(line);
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{success}",
                        success.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    (base_url, seen)
}

#[tokio::test]
async fn a_spend_does_not_go_out_on_a_pooled_connection_that_has_died() {
    for (vendor, read, spend) in [
        (Vendor::IpRoyal, "list_orders", "create_order"),
        (Vendor::ProxyShard, "list_orders", "purchase_order"),
        (Vendor::SmartProxy, "list_orders", "create_order"),
    ] {
        let (base_url, seen) = dying_server(nothing_said(vendor).to_string()).await;
        let clients = hasty(&base_url, LONG);
        // This leaves a connection in the pool that looks alive and is not.
        call(&clients, vendor, read).await.unwrap();
        call(&clients, vendor, spend).await.unwrap();
        let posts = seen
            .lock()
            .unwrap()
            .iter()
            .filter(|line| line.starts_with("POST"))
            .count();
        assert_eq!(posts, 1, "{vendor}");
    }
}

#[tokio::test]
async fn a_thousand_reads_come_through_thirty_percent_faults_within_the_budget() {
    const CALLS: usize = 1000;
    // A fixed sequence: 30 of every 100 connections go wrong, spread by a generator with a fixed seed.
    let mut random = fixed_sequence(20_261_121);
    let faults = [
        Fault::ResetBeforeReading,
        Fault::ResetAfterReading,
        Fault::Status500,
        Fault::Html502,
        Fault::Status429,
        Fault::Truncated,
    ];
    let sequence: Vec<Fault> = (0..CALLS * 4)
        .map(|_| {
            if random() % 100 < 30 {
                faults[(random() % faults.len() as u64) as usize]
            } else {
                Fault::None
            }
        })
        .collect();
    let server = Faulty::choosing(move |number| sequence[number % sequence.len()])
        .await
        .answering(r#"{"data": [{"id": 1}]}"#);
    let limits = Limits {
        requests_per_second: None,
        ..Limits::default()
    };
    let policy = RetryPolicy {
        max_attempts: 10,
        base_delay: Duration::from_micros(100),
        ..RetryPolicy::default()
    };
    let client = proxy_orders::iproyal::Client::builder()
        .credential(support::IPROYAL_KEY)
        .base_url(server.base_url())
        .retry(policy)
        .limits(limits.clone())
        .build()
        .unwrap();
    for number in 0..CALLS {
        let list = client.api().list_orders().send().await.map_err(Error::from);
        let list = list.unwrap_or_else(|error| panic!("call {number}: {error:?}"));
        assert_eq!(list.data.len(), 1);
    }
    let sends = server.connections();
    let budget = CALLS as f64 * (1.0 + limits.retry_share) + f64::from(limits.retry_reserve);
    println!("{CALLS} calls, {sends} sends, budget {budget}");
    assert!(
        sends > CALLS * 125 / 100,
        "only {sends} sends: the faults did not happen"
    );
    assert!(
        (sends as f64) <= budget,
        "{sends} sends for a budget of {budget}"
    );
}

#[tokio::test]
async fn the_budget_ends_a_storm_of_repeats() {
    let server = Faulty::always(Fault::Html502).await;
    let limits = Limits {
        requests_per_second: None,
        retry_share: 0.1,
        retry_reserve: 10,
        ..Limits::default()
    };
    let policy = RetryPolicy {
        max_attempts: 10,
        base_delay: Duration::from_micros(10),
        ..RetryPolicy::default()
    };
    let client = proxy_orders::iproyal::Client::builder()
        .credential(support::IPROYAL_KEY)
        .base_url(server.base_url())
        .retry(policy)
        .limits(limits)
        .build()
        .unwrap();
    for _ in 0..100 {
        client.api().list_orders().send().await.unwrap_err();
    }
    // Without a budget it would be a thousand.
    assert!(
        (100..=120).contains(&server.connections()),
        "{} sends",
        server.connections()
    );
}

#[tokio::test]
async fn a_vendors_wish_to_wait_is_granted_up_to_the_cap_and_refused_above() {
    let server = support::recorder::Recorder::answering(support::recorder::answer(
        "503 Busy",
        "retry-after: 3600",
        "{}",
    ))
    .await;
    let clients = hasty(&server.base_url(), LONG);
    let error: Error = clients
        .iproyal
        .api()
        .list_orders()
        .send()
        .await
        .unwrap_err()
        .into();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(error.to_string().contains("3600s"), "{error}");
}

#[tokio::test]
async fn a_rule_of_the_callers_can_not_make_a_spend_go_out_twice() {
    use proxy_orders::RetryRule;
    use proxy_orders::transport::{Decision, Situation};
    let always = |_: &Situation| Decision::Again {
        after: Duration::ZERO,
        reason: "a rash rule",
    };
    let server = Faulty::always(Fault::Html502).await;
    let client = hasty(&server.base_url(), LONG)
        .proxyshard
        .with_retry(always.at_most(5));
    client
        .api()
        .list_orders()
        .status(proxy_orders::proxyshard::types::OrderStatusFilter::All)
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        server.connections(),
        5,
        "the rule counts for what may be repeated"
    );
    client.api().renew_order().id(1).send().await.unwrap_err();
    assert_eq!(server.connections(), 6, "and not for what may not");
}

#[tokio::test]
async fn an_answer_above_the_size_cap_is_not_read_to_its_end() {
    let body = format!("{{\"data\": [], \"filler\": \"{}\"}}", "x".repeat(100_000));
    let server =
        support::recorder::Recorder::answering(support::recorder::answer("200 OK", "", &body))
            .await;
    let client = proxy_orders::iproyal::Client::builder()
        .credential(support::IPROYAL_KEY)
        .base_url(server.base_url())
        .answer_size_cap(1000)
        .build()
        .unwrap();
    let error: Error = client.api().list_orders().send().await.unwrap_err().into();
    assert_eq!(error.kind(), ErrorKind::Answer);
    let raw = error.raw().unwrap();
    assert!(raw.is_cut && raw.body.len() <= 1000, "{raw:?}");
}

#[tokio::test]
async fn hooks_see_every_attempt_and_never_the_key() {
    use std::sync::{Arc, Mutex};
    let server = Faulty::choosing(|number| {
        if number == 0 {
            Fault::Html502
        } else {
            Fault::None
        }
    })
    .await
    .answering(r#"{"data": []}"#);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (outgoing, attempts) = (seen.clone(), seen.clone());
    let client = proxy_orders::iproyal::Client::builder()
        .credential(support::IPROYAL_KEY)
        .base_url(server.base_url())
        .retry(RetryPolicy {
            base_delay: Duration::ZERO,
            ..RetryPolicy::default()
        })
        .on_request(move |request| {
            outgoing.lock().unwrap().push(format!("{request:?}"));
            request
                .headers
                .insert("traceparent", "00-01-02-03".parse().unwrap());
        })
        .on_attempt(move |attempt| {
            attempts
                .lock()
                .unwrap()
                .push(format!("{} {:?}", attempt.attempt, attempt.status))
        })
        .build()
        .unwrap();
    client.api().list_orders().send().await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[1..], ["1 Some(502)", "2 Some(200)"]);
    assert!(!seen.concat().contains(support::IPROYAL_KEY));
}

/// A small generator with a fixed sequence (splitmix64).
fn fixed_sequence(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
