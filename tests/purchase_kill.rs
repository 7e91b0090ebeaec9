//! SIGKILL in every state of a purchase, then `reconcile`: each ends as the table in the documentation of `purchase` says.
//!
//! The process that is killed is this test program itself, started once more for one purchase.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use proxy_orders::purchase::{Buyer, EntryState, IdempotencyKey, Journal, SpendRequest};
use proxy_orders::{Outcome, Vendor, iproyal};
use proxy_orders_sandbox::{Fault, FaultMode, Vendor as SandboxVendor};
use support::shop::{KEY, Shop, enough, key, one_proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const URL: &str = "TEST_BASE_URL";
const JOURNAL: &str = "TEST_JOURNAL";
const ACCOUNT: &str = "TEST_ACCOUNT";
const THEN: &str = "TEST_THEN";

/// What is priced like any other and refused when it is bought.
fn refused() -> SpendRequest {
    let new = iproyal::NewOrder {
        pay_with: iproyal::PayWith::Card(999_999),
        ..iproyal::NewOrder::new(123, 456, 789, 1)
    };
    iproyal::spend::order(&new).unwrap()
}

fn the_key() -> IdempotencyKey {
    key("killed")
}

/// The process that is killed: buys, does what comes after, and waits for its end.
#[tokio::test]
#[ignore = "the process that the other test starts and kills"]
async fn child() {
    let variable = |name| std::env::var(name).unwrap();
    let client = iproyal::Client::builder()
        .credential(KEY)
        .base_url(variable(URL))
        .build()
        .unwrap();
    let journal = Journal::open(&variable(JOURNAL)).await.unwrap();
    let buyer = Buyer::new(client, journal)
        .account(&variable(ACCOUNT))
        .unwrap()
        .grace_period(Duration::ZERO);
    // Whatever comes of it stands in the journal.
    let then = variable(THEN);
    let spend = if then == "refused" {
        refused()
    } else {
        one_proxy()
    };
    let _ = buyer.spend(&the_key(), &spend, &enough()).await;
    match then.as_str() {
        "reconcile" => drop(buyer.reconcile().await.unwrap()),
        "dismiss" => drop(buyer.dismiss(&the_key(), "by the child").await.unwrap()),
        _ => {}
    }
    std::future::pending::<()>().await;
}

fn start(url: &str, shop: &Shop, then: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored"])
        .env(URL, url)
        .env(JOURNAL, &shop.place)
        .env(ACCOUNT, &shop.account)
        .env(THEN, then)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Leads to the sandbox, but keeps every purchase to itself: it is sent and does not arrive.
async fn holding(shop: &Shop) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    let there = shop.sandbox.address();
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
    let there = there.to_string();
    shop.sandbox
        .base_url(SandboxVendor::IpRoyal)
        .replace(&there, &here.to_string())
}

async fn state(buyer: &Buyer) -> Option<EntryState> {
    let entries = buyer.entries().await.unwrap();
    entries.first().map(|entry| entry.state)
}

/// One row of the table.
struct Row {
    name: &'static str,
    /// What goes wrong, with which operation.
    fault: Option<(&'static str, FaultMode)>,
    holds: bool,
    then: &'static str,
    /// The state in which it is killed.
    killed_in: EntryState,
    /// The state after reconciling.
    ends: EntryState,
    charges: usize,
}

const PLAIN: Row = Row {
    name: "",
    fault: None,
    holds: false,
    then: "",
    killed_in: EntryState::Confirmed,
    ends: EntryState::Confirmed,
    charges: 0,
};

fn table() -> Vec<Row> {
    vec![
        Row {
            name: "planned, while the price is asked for",
            fault: Some(("calculate_pricing", FaultMode::HangAfter)),
            killed_in: EntryState::Planned,
            ends: EntryState::Planned,
            ..PLAIN
        },
        Row {
            name: "sent, and it never arrives",
            holds: true,
            killed_in: EntryState::Sent,
            ends: EntryState::NotMade,
            ..PLAIN
        },
        Row {
            name: "sent and carried out",
            fault: Some(("create_order", FaultMode::HangAfter)),
            killed_in: EntryState::Sent,
            ends: EntryState::Reconciled,
            charges: 1,
            ..PLAIN
        },
        Row {
            name: "unknown and carried out",
            fault: Some(("create_order", FaultMode::DropAfter)),
            killed_in: EntryState::Unknown,
            ends: EntryState::Reconciled,
            charges: 1,
            ..PLAIN
        },
        Row {
            name: "unknown and not carried out",
            fault: Some(("create_order", FaultMode::DropBefore)),
            killed_in: EntryState::Unknown,
            ends: EntryState::NotMade,
            ..PLAIN
        },
        Row {
            name: "confirmed",
            charges: 1,
            ..PLAIN
        },
        Row {
            name: "rejected",
            then: "refused",
            killed_in: EntryState::Rejected,
            ends: EntryState::Rejected,
            ..PLAIN
        },
        Row {
            name: "reconciled",
            fault: Some(("create_order", FaultMode::DropAfter)),
            then: "reconcile",
            killed_in: EntryState::Reconciled,
            ends: EntryState::Reconciled,
            charges: 1,
            ..PLAIN
        },
        Row {
            name: "not-made",
            fault: Some(("create_order", FaultMode::DropBefore)),
            then: "reconcile",
            killed_in: EntryState::NotMade,
            ends: EntryState::NotMade,
            ..PLAIN
        },
        Row {
            name: "dismissed",
            fault: Some(("create_order", FaultMode::DropBefore)),
            then: "dismiss",
            killed_in: EntryState::Dismissed,
            ends: EntryState::Dismissed,
            ..PLAIN
        },
    ]
}

#[tokio::test]
async fn killed_in_each_state_it_ends_as_the_table_says() {
    for row in table() {
        for shop in Shop::of_each_kind().await {
            kill_and_reconcile(&row, &shop).await;
        }
    }
}

async fn kill_and_reconcile(row: &Row, shop: &Shop) {
    let name = row.name;
    let buyer = shop.buyer(Vendor::IpRoyal);
    if let Some((operation, mode)) = row.fault {
        let fault = Fault {
            operation: Some(operation.to_owned()),
            ..Fault::new(mode)
        };
        shop.sandbox.faults(vec![fault]).unwrap();
    }
    let url = match row.holds {
        true => holding(shop).await,
        false => shop.sandbox.base_url(SandboxVendor::IpRoyal),
    };
    let mut child = start(&url, shop, row.then);
    while state(&buyer).await != Some(row.killed_in)
        // The charge is what the request that hangs has brought about.
        || shop.sandbox.ledger().len() < row.charges
    {
        assert!(
            child.try_wait().unwrap().is_none(),
            "{name}: the child ended by itself"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    shop.sandbox.clear_faults();

    buyer.reconcile().await.unwrap();
    assert_eq!(state(&buyer).await, Some(row.ends), "{name}");
    assert_eq!(shop.sandbox.ledger().len(), row.charges, "{name}");

    // The same key again, as the table says of it.
    let spend = if row.then == "refused" {
        refused()
    } else {
        one_proxy()
    };
    let again = buyer.spend(&the_key(), &spend, &enough()).await;
    match row.ends {
        EntryState::Planned => assert!(!again.unwrap().is_recorded, "{name}"),
        EntryState::Confirmed | EntryState::Reconciled => {
            let receipt = again.unwrap();
            assert!(receipt.is_recorded, "{name}");
            assert_eq!(receipt.order, shop.sandbox.ledger()[0].order, "{name}");
        }
        EntryState::NotMade | EntryState::Rejected => {
            assert_eq!(again.unwrap_err().outcome(), Outcome::Rejected, "{name}");
        }
        _ => assert_eq!(again.unwrap_err().outcome(), Outcome::NotSent, "{name}"),
    }
    let due = usize::from(row.ends == EntryState::Planned).max(row.charges);
    assert_eq!(shop.sandbox.ledger().len(), due, "{name}");
}
