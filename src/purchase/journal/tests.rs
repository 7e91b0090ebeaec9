//! Functions of the journal that the rest of the purchase path calls.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;
use sqlx::Executor;
use tempfile::TempDir;

use super::*;
use crate::error::{Kind, Outcome};

struct Fixture {
    journal: Journal,
    folder: TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::sqlite(folder.path().join("journal.db")).await;
        let journal = journal.unwrap();
        Fixture { journal, folder }
    }

    async fn connection(&self) -> Session {
        self.journal.session().await.unwrap()
    }

    async fn all(&self) -> Vec<JournalEntry> {
        self.journal.entries(&Filter::default()).await.unwrap()
    }
}

fn vendor() -> Vendor {
    Vendor::all()[0]
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

fn planned(name: &str) -> JournalEntry {
    let now = Timestamp::now();
    JournalEntry {
        vendor: vendor(),
        account: "main".to_owned(),
        key: key(name),
        operation: "create_order".to_owned(),
        request: json!({"vendor": vendor().as_str()}),
        request_hash: "hash".to_owned(),
        max_total: Decimal::TEN,
        state: EntryState::Planned,
        quote: None,
        amount: None,
        order: None,
        baseline: None,
        note: None,
        planned_at: now,
        sent_at: None,
        changed_at: now,
    }
}

/// Inserts an entry and marks it as sent.
async fn send(connection: &mut Connection, name: &str) -> JournalEntry {
    let mut entry = planned(name);
    insert(connection, &entry).await.unwrap();
    sent(connection, &mut entry).await.unwrap();
    entry
}

async fn become_state(
    connection: &mut Connection,
    entry: &mut JournalEntry,
    to: EntryState,
    order: Option<&str>,
) {
    let from = [entry.state];
    let change = Change {
        order,
        ..Change::to(to, &from)
    };
    super::change(connection, entry, change).await.unwrap();
}

#[test]
fn only_a_purchase_that_was_made_for_more_is_above_its_cap() {
    let cent = Decimal::new(1, 2);
    for (state, amount, expected) in [
        (EntryState::Confirmed, Decimal::TEN, false),
        (EntryState::Confirmed, Decimal::TEN + cent, true),
        (EntryState::Unknown, Decimal::TEN + cent, false),
    ] {
        let mut entry = planned("a");
        (entry.state, entry.amount) = (state, Some(amount));
        assert_eq!(entry.is_above_cap(), expected, "{state} {amount}");
        let receipt = crate::purchase::confirm::receipt(&entry, None, true);
        assert_eq!(receipt.is_above_cap(), amount > Decimal::TEN);
    }
}

/// A step of the wall clock looks like times of an entry that were moved.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_step_of_the_clock_does_not_make_an_entry_old() {
    let fixture = Fixture::new().await;
    let mut session = fixture.connection().await;
    let connection = &mut session.connection;
    send(connection, "a").await;
    let hour = Timestamp::now() - Duration::from_secs(3600);
    for column in ["planned_at", "sent_at", "changed_at"] {
        let statement = format!("UPDATE intents SET {column} = '{}'", written(hour));
        connection.execute(statement.as_str()).await.unwrap();
    }
    let moved = fixture.all().await.remove(0);
    assert!(
        Timestamp::now()
            .duration_since(moved.sent_at.unwrap())
            .as_mins()
            >= 59
    );
    let age = age(connection, &moved).await.unwrap().unwrap();
    assert!(age < Duration::from_secs(600), "{age:?}");
    // From before a restart of the machine, and from a version without this clock.
    for clock in ["'another-boot 5.000'", "NULL"] {
        let statement = format!("UPDATE intents SET sent_clock = {clock}");
        connection.execute(statement.as_str()).await.unwrap();
        let found = super::age(connection, &moved).await.unwrap();
        assert_eq!(found, None, "{clock}");
    }
}

/// A process that was stopped for long must not write about an attempt that is not its own.
#[tokio::test]
async fn an_attempt_changes_its_own_entry_alone() {
    let fixture = Fixture::new().await;
    let mut session = fixture.connection().await;
    let connection = &mut session.connection;
    let first = send(connection, "again").await;
    become_state(connection, &mut first.clone(), EntryState::NotMade, None).await;
    let second = send(connection, "again").await;
    let to = Change::to(EntryState::NotSent, &[EntryState::Sent]);
    let error = super::change(connection, &mut first.clone(), to).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("changed by another process"), "{error}");
    let all = fixture.all().await;
    assert_eq!((all.len(), all[0].state), (1, second.state));
}

#[tokio::test]
async fn a_late_confirmation_becomes_the_result_of_an_entry_without_an_order() {
    let fixture = Fixture::new().await;
    let mut session = fixture.connection().await;
    let connection = &mut session.connection;
    use EntryState::{Dismissed, NotMade, Rejected, Sent, Unknown};
    for (number, state) in [Sent, Unknown, NotMade, Rejected, Dismissed]
        .iter()
        .enumerate()
    {
        let order = number.to_string();
        let mut entry = send(connection, &format!("key-{number}")).await;
        let ours = entry.clone();
        if *state != Sent {
            become_state(connection, &mut entry, *state, None).await;
        }
        // Twice, as after a broken connection.
        for _ in 0..2 {
            let price = Some(Decimal::ONE);
            let late = confirm_late(connection, &ours, &order, price)
                .await
                .unwrap();
            let Late::Recorded(entry) = late else {
                panic!("{late:?}");
            };
            assert_eq!(entry.state, EntryState::Confirmed, "{state}");
            assert_eq!(entry.order.as_deref(), Some(&*order));
            assert_eq!(entry.amount, price);
            assert!(entry.note.unwrap().contains(state.as_str()));
        }
    }
    assert_eq!(fixture.all().await.len(), 5);
}

#[tokio::test]
async fn a_late_confirmation_of_a_second_order_gets_an_entry_of_its_own() {
    let fixture = Fixture::new().await;
    let mut session = fixture.connection().await;
    let connection = &mut session.connection;
    let name = "k".repeat(IdempotencyKey::LONGEST);
    let ours = send(connection, &name).await;
    let mut first = ours.clone();
    become_state(connection, &mut first, EntryState::Reconciled, Some("1")).await;
    for _ in 0..2 {
        let late = confirm_late(connection, &ours, "2", None).await.unwrap();
        let Late::Duplicate {
            first: Some(first),
            second,
        } = late
        else {
            panic!("{late:?}");
        };
        assert_eq!(first.order.as_deref(), Some("1"));
        assert_eq!(second.order.as_deref(), Some("2"));
        assert!(second.key.as_str().ends_with("k+2"), "{}", second.key);
        assert_eq!(second.state, EntryState::Confirmed);
    }
    let late = confirm_late(connection, &ours, "4", None).await.unwrap();
    assert!(
        matches!(&late, Late::Duplicate { second, .. } if second.key.as_str().ends_with("k+3")),
        "{late:?}"
    );
    // Another attempt under the key is not this one either, whatever its state.
    let ours = send(connection, "again").await;
    let mut first = ours.clone();
    become_state(connection, &mut first, EntryState::NotMade, None).await;
    send(connection, "again").await;
    let late = confirm_late(connection, &ours, "3", None).await.unwrap();
    assert!(
        matches!(&late, Late::Duplicate { second, .. } if second.key == key("again+2")),
        "{late:?}"
    );

    let all = fixture.all().await;
    assert_eq!(all.len(), 5);
    let orders = orders_of(connection, vendor(), "main").await.unwrap();
    assert_eq!(orders, ["1", "2", "3", "4"].map(str::to_owned).into());
    let spent = spent_since(connection, vendor(), "main", Timestamp::UNIX_EPOCH).await;
    assert_eq!(
        spent.unwrap(),
        Decimal::from(50),
        "every order counts with its cap"
    );
}

#[tokio::test]
async fn accounts_are_found_by_all_their_names_and_share_entries() {
    let fixture = Fixture::new().await;
    let journal = &fixture.journal;
    let claim = |name, credential| Claim {
        vendor: vendor(),
        name,
        credential,
        identity: None,
    };
    // Two processes at once.
    let (named, unnamed) = (claim(Some("main"), "c1"), claim(None, "c1"));
    let (one, two) = tokio::join!(
        journal.resolve_account(&named),
        journal.resolve_account(&unnamed)
    );
    let account = one.unwrap();
    assert_eq!(two.unwrap(), account);
    assert_eq!(
        journal
            .find_account(&claim(Some("main"), "c1"))
            .await
            .unwrap(),
        account
    );
    let error = journal.find_account(&claim(None, "c2")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (Kind::UnknownAccount, Outcome::NotSent)
    );
    assert_eq!(error.accounts(), std::slice::from_ref(&account));
    let same = journal
        .resolve_account(&claim(Some("main"), "c2"))
        .await
        .unwrap();
    assert_eq!(same, account);
    let other = journal
        .resolve_account(&claim(Some("other"), "c3"))
        .await
        .unwrap();
    assert_eq!(other, "other");
    let known = journal.accounts(Some(vendor())).await.unwrap();
    let names = known.into_iter().map(|it| it.names.len());
    assert_eq!(names.collect::<Vec<_>>(), [3, 2]);
    let error = journal
        .resolve_account(&claim(Some("other"), "c1"))
        .await
        .unwrap_err();
    assert_eq!(error.accounts().len(), 2, "{error}");

    let mut session = fixture.connection().await;
    let connection = &mut session.connection;
    let entry = JournalEntry {
        account: account.clone(),
        ..planned("a")
    };
    insert(connection, &entry).await.unwrap();
    for name in ["main", "c1", "c2"] {
        let found = journal.entry(vendor(), name, &key("a")).await.unwrap();
        assert_eq!(found.map(|it| it.account), Some(account.clone()), "{name}");
    }
    assert_eq!(
        journal.entry(vendor(), "c3", &key("a")).await.unwrap(),
        None
    );
    let elsewhere = async |connection: &mut Connection, account: &str, hash: &str| {
        let found = entry_elsewhere(connection, vendor(), account, &key("a"), hash).await;
        found.unwrap().is_some()
    };
    assert!(elsewhere(connection, "other", "hash").await);
    assert!(!elsewhere(connection, "other", "another hash").await);
    assert!(!elsewhere(connection, &account, "hash").await);

    assert_eq!(shared(connection, vendor(), &account).await.unwrap(), None);
    for why in ["first", "second"] {
        mark_shared(connection, vendor(), &account, Some(why))
            .await
            .unwrap();
    }
    let why = shared(connection, vendor(), &account).await.unwrap();
    assert_eq!(why.as_deref(), Some("first"));
    mark_shared(connection, vendor(), &account, None)
        .await
        .unwrap();
    assert_eq!(shared(connection, vendor(), &account).await.unwrap(), None);
}

#[tokio::test]
async fn only_entries_without_effect_are_pruned() {
    use EntryState::{
        Confirmed, Dismissed, NotMade, NotSent, Planned, Reconciled, Rejected, Sent, Unknown,
    };
    let fixture = Fixture::new().await;
    let mut session = fixture.connection().await;
    let connection = &mut session.connection;
    for state in [
        Planned, NotSent, Sent, Confirmed, Rejected, Unknown, Reconciled, NotMade, Dismissed,
    ] {
        let mut entry = send(connection, state.as_str()).await;
        become_state(connection, &mut entry, state, None).await;
    }
    // An order that was closed is claimed by its entry.
    let mut closed = send(connection, "closed").await;
    become_state(connection, &mut closed, Rejected, Some("1")).await;

    let all = Filter::default();
    let journal = &fixture.journal;
    let (past, future) = (closed.planned_at - Duration::from_secs(9), Timestamp::now());
    assert_eq!(journal.prune(&all, past, false).await.unwrap(), []);
    for states in [vec![Confirmed], vec![NotSent, Unknown]] {
        let filter = Filter {
            states,
            ..Filter::default()
        };
        let error = journal.prune(&filter, future, false).await.unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidInput);
    }
    let would = journal.prune(&all, future, true).await.unwrap();
    assert_eq!(fixture.all().await.len(), 10);
    let gone = journal.prune(&all, future, false).await.unwrap();
    assert_eq!(gone, would);
    let gone: Vec<_> = gone.iter().map(|it| it.state).collect();
    assert_eq!(gone, [Planned, NotSent, Rejected, NotMade]);
    let left: Vec<_> = fixture
        .all()
        .await
        .into_iter()
        .map(|it| it.key.to_string())
        .collect();
    assert_eq!(
        left,
        [
            "sent",
            "confirmed",
            "unknown",
            "reconciled",
            "dismissed",
            "closed"
        ]
    );
    let orphans = "SELECT count(*) FROM events WHERE NOT EXISTS (SELECT 1 FROM intents \
         WHERE intents.idempotency_key = events.idempotency_key)";
    let orphans: i64 = sqlx::query_scalar(orphans)
        .fetch_one(connection)
        .await
        .unwrap();
    assert_eq!(orphans, 0);
}

#[tokio::test]
async fn a_list_can_begin_at_a_time_and_end_after_the_newest() {
    let fixture = Fixture::new().await;
    let mut session = fixture.connection().await;
    let mut times = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let entry = planned(name);
        times.push(entry.planned_at);
        insert(&mut session.connection, &entry).await.unwrap();
    }
    let list = async |since: Option<Timestamp>, limit: Option<u32>| {
        let filter = Filter {
            since,
            limit,
            ..Filter::default()
        };
        let found = fixture.journal.entries(&filter).await.unwrap();
        found
            .into_iter()
            .map(|it| it.key.to_string())
            .collect::<String>()
    };
    assert_eq!(list(None, None).await, "abcd");
    assert_eq!(list(Some(times[1]), None).await, "bcd");
    assert_eq!(list(None, Some(2)).await, "cd");
    assert_eq!(list(Some(times[2]), Some(9)).await, "cd");
    assert_eq!(list(None, Some(0)).await, "");
}

#[cfg(unix)]
#[tokio::test]
async fn a_lock_whose_file_was_replaced_is_lost() {
    let fixture = Fixture::new().await;
    let lock = async || {
        let short = Duration::from_millis(50);
        fixture.journal.lock_account(vendor(), "main", short).await
    };
    let path = fixture.folder.path();
    let lock_path = path.join(format!(
        "journal.db{}",
        account_lock::lock_suffix(&format!("{} main", vendor()))
    ));
    // Somebody removes the file of the lock.
    let mut first = lock().await.unwrap();
    first.check().await.unwrap();
    std::fs::remove_file(&lock_path).unwrap();
    let mut second = lock().await.unwrap();
    let error = first.check().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (Kind::Journal, Outcome::NotSent)
    );
    second.check().await.unwrap();
    assert_eq!(lock().await.err().unwrap().kind(), Kind::Busy);
    // Somebody removes the file while another one waits for the lock.
    let waiting = async {
        let long = Duration::from_secs(60);
        let mut third = fixture.journal.lock_account(vendor(), "main", long).await;
        third.as_mut().unwrap().check().await.unwrap();
    };
    let releasing = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        std::fs::remove_file(&lock_path).unwrap();
        second.release().await;
    };
    tokio::join!(waiting, releasing);
    let mut second = lock().await.unwrap();
    // Somebody moves the journal away, or puts a copy in its place.
    std::fs::rename(path.join("journal.db"), path.join("moved.db")).unwrap();
    assert!(second.check().await.is_err());
    std::fs::copy(path.join("moved.db"), path.join("journal.db")).unwrap();
    assert!(second.check().await.is_err());
}

/// Opens a journal in the PostgreSQL server of the tests, if there is one.
#[cfg(feature = "postgres")]
async fn on_postgres() -> Option<Journal> {
    let url = std::env::var("PROXY_ORDERS_TEST_POSTGRES").ok()?;
    Some(Journal::postgres(&url).await.unwrap())
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_session_of_postgres_ends_with_its_machine() {
    let Some(journal) = on_postgres().await else {
        return;
    };
    let mut session = journal.session().await.unwrap();
    for (setting, value) in [
        ("synchronous_commit", "on"),
        ("tcp_keepalives_idle", "15"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "4"),
        ("tcp_user_timeout", "45000"),
        ("client_connection_check_interval", "10s"),
    ] {
        let statement = format!("SHOW {setting}");
        let found: String = sqlx::query_scalar(&statement)
            .fetch_one(&mut session.connection)
            .await
            .unwrap();
        assert_eq!(found, value, "{setting}");
    }
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_lock_of_postgres_is_checked_and_its_connection_replaced() {
    let Some(journal) = on_postgres().await else {
        return;
    };
    let account = format!("lock-{:016x}", fastrand::u64(..));
    let lock = async || {
        let short = Duration::from_millis(100);
        journal.lock_account(vendor(), &account, short).await
    };
    let mut first = lock().await.unwrap();
    first.check().await.unwrap();
    assert_eq!(lock().await.err().unwrap().kind(), Kind::Busy);
    // A pooler that gives the session to others may lose the lock without closing the connection.
    first
        .connection()
        .execute("SELECT pg_advisory_unlock_all()")
        .await
        .unwrap();
    let error = first.check().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (Kind::Journal, Outcome::NotSent)
    );
    drop(first);

    let mut second = lock().await.unwrap();
    let mut entry = JournalEntry {
        account: account.clone(),
        ..planned("a")
    };
    insert(second.connection(), &entry).await.unwrap();
    sent(second.connection(), &mut entry).await.unwrap();
    let age = age(second.connection(), &entry).await.unwrap().unwrap();
    assert!(age < Duration::from_secs(600), "{age:?}");
    // The server ends the session.
    let own: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(second.connection())
        .await
        .unwrap();
    let mut other = journal.session().await.unwrap();
    let end = format!("SELECT pg_terminate_backend({own})");
    other.connection.execute(end.as_str()).await.unwrap();
    assert!(second.check().await.is_err());
    let connection = second.surviving_connection().await.unwrap();
    let late = confirm_late(connection, &entry, "1", None).await.unwrap();
    assert!(matches!(late, Late::Recorded(_)), "{late:?}");
    // The new connection has no lock.
    assert!(second.check().await.is_err());
}
