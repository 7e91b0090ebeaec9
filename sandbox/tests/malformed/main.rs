//! Ten thousand requests that no client should send, over TCP: whatever comes in, nothing panics,
//! nothing is answered with 5xx, and no memory is kept.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod making;
mod tables;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use making::{Maker, Request};
use proxy_orders_sandbox::Sandbox;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const REQUESTS: usize = 10_000;
/// How many are sent before memory is looked at: worlds are made and pages are faulted in by then.
const WARM_UP: usize = 1_000;
/// How many are under way at the same time.
const AT_ONCE: usize = 8;
/// By how much memory may grow.
const GROWTH: usize = 64 * 1024 * 1024;
/// How long any of them may take; far more than any does.
const PATIENCE: Duration = Duration::from_secs(60);
const LARGE: usize = 10 * 1024 * 1024;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Sends a request and gives the status of the answer, if there is one.
async fn send(address: SocketAddr, request: &Request, large: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // Who refuses early may close before all is sent; then what it said still counts.
    let mut sent = stream.write_all(&request.bytes).await;
    if request.is_large && sent.is_ok() {
        sent = stream.write_all(large).await;
    }
    if request.is_cut_off && sent.is_ok() {
        stream.shutdown().await.ok();
    }
    let mut answer = Vec::new();
    loop {
        let mut piece = [0_u8; 16 * 1024];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.extend_from_slice(&piece[..read]),
        }
    }
    let text = String::from_utf8_lossy(&answer);
    let status = text.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5));
    status.map(|status| status.parse().unwrap())
}

/// Resident memory in bytes, where the system tells.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_malformed_breaks_it() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        report(panic);
    }));
    let sandbox = Sandbox::builder().control(true).start().await.unwrap();
    let address = sandbox.address();
    let large: Arc<[u8]> = vec![b'['; LARGE].into();
    let mut maker = Maker::new(20_250_301);
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unanswered = 0;
    let mut before = None;
    for round in 0..REQUESTS / AT_ONCE {
        if round == WARM_UP / AT_ONCE {
            before = resident();
        }
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let request = maker.request();
                let large = Arc::clone(&large);
                tokio::spawn(async move {
                    let sent = send(address, &request, &large);
                    let status = tokio::time::timeout(PATIENCE, sent).await;
                    (request, status)
                })
            })
            .collect();
        for task in tasks {
            let (request, status) = task.await.unwrap();
            let shown = || request.shown();
            let status = status.unwrap_or_else(|_| panic!("never answered: {}", shown()));
            *kinds.entry(request.kind).or_default() += 1;
            match status {
                Some(status) => {
                    assert!((200..500).contains(&status), "{status}: {}", shown());
                    *statuses.entry(status).or_default() += 1;
                }
                None => {
                    assert!(request.may_be_unanswered, "unanswered: {}", shown());
                    unanswered += 1;
                }
            }
        }
    }
    let after = resident();
    println!("requests: {kinds:?}");
    println!("answers: {statuses:?}, and {unanswered} unanswered");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
    if let (Some(before), Some(after)) = (before, after) {
        let growth = after.saturating_sub(before);
        println!("memory: {before} before, {after} after, {growth} more");
        assert!(growth < GROWTH, "{growth} bytes more");
    }
    // It is as good as new.
    let mut request = maker.plain();
    request.is_cut_off = false;
    assert_eq!(send(address, &request, &[]).await, Some(200));
    sandbox.stop().await;
}
