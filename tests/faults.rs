//! Requests when a vendor fails: nothing that changes or spends is sent twice, and the outcome says
//! what is known.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proxy_orders::operation::Operation;
use proxy_orders::proxyshard::types::OrderStatusFilter;
use proxy_orders::transport::{Decision, Situation};
use proxy_orders::{ClientBuilder, Effect, Error, ErrorKind, Limits, Outcome, RetryPolicy};
use proxy_orders::{RetryRule, Vendor, iproyal};
use support::calls::call;
use support::faulty::{Fault, Faulty, timeout};
use support::fixture::{ATTEMPTS, CANARY, Clients, not_sent, unlimited};
use support::recorder::{Recorder, answer, least_confirmation};
use support::{operations, report, rows, with_effect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn run(clients: &Clients, operation: &Operation) -> Result<(), Error> {
    let decoded = call(clients, operation.vendor, operation.id).await;
    decoded.map(drop)
}

/// Starts a client at IPRoyal that does not queue.
fn builder(base_url: String, policy: RetryPolicy) -> ClientBuilder<iproyal::Client> {
    let builder = iproyal::Client::builder().credential(CANARY);
    let builder = builder.base_url(base_url).retry(policy);
    builder.limits(unlimited())
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
    let operations = with_effect(&[Effect::Change, Effect::Spend]);
    let documented = rows::<6>("operations.tsv").into_iter();
    let documented = documented.filter(|row| ["change", "spend"].contains(&&*row[4]));
    let message = "add the operations of a new vendor to tests/documented/operations.tsv";
    assert_eq!(operations.len(), documented.count(), "{message}");
    let mut problems = Vec::new();
    let mut cases = 0;
    for fault in Fault::ALL {
        let server = Faulty::always(fault).await;
        let clients = Clients::waiting(&server.base_url(), timeout(fault));
        for operation in &operations {
            let before = server.counts();
            let result = run(&clients, operation).await;
            let found = result.err().map(|error| (error.outcome(), error.kind()));
            let (connections, requests) = server.counts_since(before);
            let expected_counts = (1, usize::from(fault != Fault::ResetBeforeReading));
            if found != expected(operation, fault) || (connections, requests) != expected_counts {
                let Operation { vendor, id, .. } = operation;
                problems.push(format!(
                    "{vendor} {id}, {fault:?}: {found:?}, {connections} connections, {requests} requests"
                ));
            }
            cases += 1;
        }
    }
    assert_eq!(cases, Fault::ALL.len() * operations.len());
    report("cases are not as the table says", &problems);
}

#[tokio::test]
async fn read_and_set_are_sent_again_within_the_cap() {
    let mut problems = Vec::new();
    for fault in Fault::ALL {
        // A repeat would not change these.
        let is_lasting = matches!(fault, Fault::Redirect307 | Fault::Empty200 | Fault::Nothing);
        let server = Faulty::always(fault).await;
        let clients = Clients::waiting(&server.base_url(), timeout(fault));
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
    report("cases were not repeated as the table says", &problems);
}

#[tokio::test]
async fn a_server_that_is_not_there_was_sent_nothing() {
    // A port that was free a moment ago: nothing listens there.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let clients = Clients::at(&base_url);
    for operation in operations() {
        let error = not_sent(run(&clients, operation).await, ErrorKind::Connect);
        // Nothing can have arrived, so even a purchase is tried again.
        assert_eq!(error.attempts(), ATTEMPTS, "{error}");
        assert!(!error.may_have_taken_effect(), "{error}");
        assert!(!error.to_string().contains("may have"), "{error}");
    }
}

/// Starts a server that answers the first request of each connection and resets the connection at
/// the second, as many gateways do with an idle one.
async fn dying_server(success: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
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
                    let text = String::from_utf8_lossy(&piece[..count]);
                    let line = text.lines().next().unwrap_or_default();
                    kept.lock().unwrap().push(line.to_owned());
                    let _ = stream.write_all(&answer("200 OK", "", &success)).await;
                }
            });
        }
    });
    (base_url, seen)
}

#[tokio::test]
async fn a_spend_does_not_go_out_on_a_pooled_connection_that_has_died() {
    for spend in with_effect(&[Effect::Spend]) {
        let vendor = spend.vendor;
        let (base_url, seen) = dying_server(least_confirmation(vendor).to_string()).await;
        let clients = Clients::at(&base_url);
        // This leaves a connection in the pool that looks alive and is not.
        call(&clients, vendor, "list_orders").await.unwrap();
        call(&clients, vendor, spend.id).await.unwrap();
        let seen = seen.lock().unwrap();
        let posts = seen.iter().filter(|line| line.starts_with("POST"));
        assert_eq!(posts.count(), 1, "{vendor} {}", spend.id);
    }
}

#[tokio::test]
async fn a_thousand_reads_come_through_thirty_percent_faults_within_the_budget() {
    const CALLS: usize = 1000;
    // 30 of every 100 connections fail, spread by a generator with a fixed seed.
    let mut random = fastrand::Rng::with_seed(20_261_121);
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
            if random.u8(..100) < 30 {
                random.choice(faults).unwrap()
            } else {
                Fault::None
            }
        })
        .collect();
    let server = Faulty::choosing(move |number| sequence[number % sequence.len()])
        .await
        .answering(r#"{"data": [{"id": 1}]}"#);
    let policy = RetryPolicy {
        max_attempts: 10,
        base_delay: Duration::from_micros(100),
        ..RetryPolicy::default()
    };
    let limits = Limits::default();
    let client = builder(server.base_url(), policy).build().unwrap();
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
        "only {sends}: the faults did not happen"
    );
    assert!((sends as f64) <= budget, "{sends} sends, budget {budget}");
}

#[tokio::test]
async fn the_budget_ends_a_storm_of_repeats() {
    let server = Faulty::always(Fault::Html502).await;
    let limits = Limits {
        retry_share: 0.1,
        retry_reserve: 10,
        ..unlimited()
    };
    let policy = RetryPolicy {
        max_attempts: 10,
        base_delay: Duration::from_micros(10),
        ..RetryPolicy::default()
    };
    let builder = builder(server.base_url(), policy).limits(limits);
    let client = builder.build().unwrap();
    for _ in 0..100 {
        client.api().list_orders().send().await.unwrap_err();
    }
    // Without a budget it would be a thousand.
    let sends = server.connections();
    assert!((100..=120).contains(&sends), "{sends} sends");
}

#[tokio::test]
async fn a_retry_after_above_the_cap_is_reported_and_not_waited_for() {
    let busy = answer("503 Busy", "retry-after: 3600", "{}");
    let server = Recorder::answering(busy).await;
    let clients = Clients::at(&server.base_url());
    let call = clients.iproyal().api().list_orders();
    let error = Error::from(call.send().await.unwrap_err());
    assert_eq!(server.requests().len(), 1);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(error.to_string().contains("3600s"), "{error}");
}

#[tokio::test]
async fn a_retry_rule_cannot_make_a_spend_go_out_twice() {
    let always = |_: &Situation| Decision::Again {
        after: Duration::ZERO,
        reason: "a rash rule",
    };
    let server = Faulty::always(Fault::Html502).await;
    let clients = Clients::at(&server.base_url());
    let client = clients.proxyshard();
    let client = client.with_retry(always.at_most(5));
    let read = client.api().list_orders().status(OrderStatusFilter::All);
    read.send().await.unwrap_err();
    assert_eq!(server.connections(), 5, "the rule counts for reads");
    client.api().renew_order().id(1).send().await.unwrap_err();
    assert_eq!(server.connections(), 6, "and not for spends");
}

#[tokio::test]
async fn an_answer_above_the_size_cap_is_not_read_to_its_end() {
    let body = format!("{{\"data\": [], \"filler\": \"{}\"}}", "x".repeat(100_000));
    let server = Recorder::answering(answer("200 OK", "", &body)).await;
    let builder = builder(server.base_url(), RetryPolicy::default());
    let client = builder.answer_size_cap(1000).build().unwrap();
    let error: Error = client.api().list_orders().send().await.unwrap_err().into();
    assert_eq!(error.kind(), ErrorKind::Answer);
    let raw = error.raw().unwrap();
    assert!(raw.is_cut && raw.body.len() <= 1000, "{raw:?}");
}

#[tokio::test]
async fn hooks_see_every_attempt_and_never_the_key() {
    let server = Faulty::choosing(|number| match number {
        0 => Fault::Html502,
        _ => Fault::None,
    });
    let server = server.await.answering(r#"{"data": []}"#);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (outgoing, attempts) = (seen.clone(), seen.clone());
    let policy = RetryPolicy {
        base_delay: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let client = builder(server.base_url(), policy)
        .on_request(move |request| {
            outgoing.lock().unwrap().push(format!("{request:?}"));
            let trace = "00-01-02-03".parse().unwrap();
            request.headers.insert("traceparent", trace);
        })
        .on_attempt(move |attempt| {
            let line = format!("{} {:?}", attempt.attempt, attempt.status);
            attempts.lock().unwrap().push(line);
        });
    let client = client.build().unwrap();
    client.api().list_orders().send().await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[1..], ["1 Some(502)", "2 Some(200)"]);
    assert!(!seen.concat().contains(CANARY));
}
