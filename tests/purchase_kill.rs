//! SIGKILL in every state of a purchase, then `reconcile`: each ends as the table in the
//! documentation of `purchase` says.
//!
//! The process that is killed is this test program itself, started once more for one purchase.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use proxy_orders::purchase::{Buyer, EntryState, Journal, SpendRequest};
use proxy_orders::{Outcome, Vendor, iproyal};
use proxy_orders_sandbox::{Fault, FaultMode};
use support::fixture::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const URL: &str = "TEST_BASE_URL";
const JOURNAL: &str = "TEST_JOURNAL";
const CREDENTIAL: &str = "TEST_CREDENTIAL";
const ACCOUNT: &str = "TEST_ACCOUNT";
const THEN: &str = "TEST_THEN";

/// The idempotency key of every purchase here.
const KILLED: &str = "killed";

fn request(then: &str) -> SpendRequest {
    match then {
        "refused" => declined(),
        _ => proxies(1),
    }
}

/// The process that is killed: buys, does the next step, and waits for its end.
#[tokio::test]
#[ignore = "the process that the other test starts and kills"]
async fn child() {
    let variable = |name| std::env::var(name).unwrap();
    let builder = iproyal::Client::builder().credential(variable(CREDENTIAL));
    let client = builder.base_url(variable(URL)).build().unwrap();
    let journal = Journal::open(&variable(JOURNAL)).await.unwrap();
    let buyer = Buyer::new(client, journal).grace_period(Duration::ZERO);
    let buyer = buyer.account(&variable(ACCOUNT)).unwrap();
    // The result stands in the journal.
    let then = variable(THEN);
    let _ = spend(&buyer, KILLED, &request(&then)).await;
    match then.as_str() {
        "reconcile" => drop(buyer.reconcile().await.unwrap()),
        "dismiss" => drop(buyer.dismiss(&key(KILLED), "by the child").await.unwrap()),
        _ => {}
    }
    std::future::pending::<()>().await;
}

fn start(url: &str, fixture: &Fixture, then: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored"])
        .env(URL, url)
        .env(JOURNAL, &fixture.location)
        .env(CREDENTIAL, &fixture.key)
        .env(ACCOUNT, &fixture.account)
        .env(THEN, then)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Starts a relay to the sandbox that keeps every purchase: it is sent and does not arrive.
async fn holding(fixture: &Fixture) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    let there = fixture.sandbox.address();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut begin = vec![0; 4096];
                let length = client.read(&mut begin).await.unwrap_or_default();
                if begin.starts_with(b"POST") {
                    std::future::pending::<()>().await;
                }
                let mut server = TcpStream::connect(there).await.unwrap();
                server.write_all(&begin[..length]).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    let url = base_url(&fixture.sandbox, Vendor::IpRoyal);
    url.replace(&there.to_string(), &here.to_string())
}

async fn state(buyer: &Buyer) -> Option<EntryState> {
    let entries = buyer.entries().await.unwrap();
    entries.first().map(|entry| entry.state)
}

/// One row of the table.
struct Row {
    name: &'static str,
    /// The operation that fails, and its fault.
    fault: Option<(&'static str, FaultMode)>,
    holds: bool,
    then: &'static str,
    /// The state in which it is killed.
    killed_in: EntryState,
    /// The state after reconciling.
    ends: EntryState,
    charges: usize,
}

#[rustfmt::skip]
fn table() -> Vec<Row> {
    use EntryState::*;
    use FaultMode::{DropAfter, DropBefore, HangAfter};
    let row = |name, fault, killed_in, ends, charges| {
        Row { name, fault, holds: false, then: "", killed_in, ends, charges }
    };
    let price = |mode| Some(("calculate_pricing", mode));
    let order = |mode| Some(("create_order", mode));
    vec![
        row("planned, while the price is asked for", price(HangAfter), Planned, Planned, 0),
        Row { holds: true, ..row("sent, and it never arrives", None, Sent, NotMade, 0) },
        row("sent and carried out", order(HangAfter), Sent, Reconciled, 1),
        row("unknown and carried out", order(DropAfter), Unknown, Reconciled, 1),
        row("unknown and not carried out", order(DropBefore), Unknown, NotMade, 0),
        row("confirmed", None, Confirmed, Confirmed, 1),
        Row { then: "refused", ..row("rejected", None, Rejected, Rejected, 0) },
        Row { then: "reconcile", ..row("reconciled", order(DropAfter), Reconciled, Reconciled, 1) },
        Row { then: "reconcile", ..row("not-made", order(DropBefore), NotMade, NotMade, 0) },
        Row { then: "dismiss", ..row("dismissed", order(DropBefore), Dismissed, Dismissed, 0) },
    ]
}

/// Every state that an entry can have is in the table.
#[test]
fn the_table_kills_in_every_state() {
    for &state in EntryState::ALL {
        assert!(table().iter().any(|row| row.killed_in == state), "{state}");
    }
}

#[tokio::test]
async fn killed_in_each_state_it_ends_as_the_table_says() {
    for row in table() {
        for fixture in Fixture::of_each_kind().await {
            kill_and_reconcile(&row, &fixture).await;
        }
    }
}

async fn kill_and_reconcile(row: &Row, fixture: &Fixture) {
    let name = row.name;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    if let Some((operation, mode)) = row.fault {
        let fault = Fault {
            operation: Some(operation.to_owned()),
            ..Fault::new(mode)
        };
        fixture.sandbox.faults(vec![fault]).unwrap();
    }
    let url = match row.holds {
        true => holding(fixture).await,
        false => base_url(&fixture.sandbox, Vendor::IpRoyal),
    };
    let mut child = start(&url, fixture, row.then);
    while state(&buyer).await != Some(row.killed_in)
        // The charge is the effect of the request that hangs.
        || fixture.sandbox.ledger().len() < row.charges
    {
        let ended = child.try_wait().unwrap();
        assert_eq!(ended, None, "{name}: the child ended by itself");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    fixture.sandbox.clear_faults();

    buyer.reconcile().await.unwrap();
    assert_eq!(state(&buyer).await, Some(row.ends), "{name}");
    assert_eq!(fixture.sandbox.ledger().len(), row.charges, "{name}");

    // The same key again, as the table says of it.
    let again = spend(&buyer, KILLED, &request(row.then)).await;
    match row.ends {
        EntryState::Planned => assert!(!again.unwrap().is_recorded, "{name}"),
        EntryState::Confirmed | EntryState::Reconciled => {
            let receipt = again.unwrap();
            assert!(receipt.is_recorded, "{name}");
            assert_eq!(receipt.order, fixture.sandbox.ledger()[0].order, "{name}");
        }
        EntryState::NotMade | EntryState::Rejected => {
            assert_eq!(again.unwrap_err().outcome(), Outcome::Rejected, "{name}");
        }
        _ => assert_eq!(again.unwrap_err().outcome(), Outcome::NotSent, "{name}"),
    }
    let charges = usize::from(row.ends == EntryState::Planned).max(row.charges);
    assert_eq!(fixture.sandbox.ledger().len(), charges, "{name}");
}
