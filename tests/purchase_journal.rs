//! The journal itself: its versions, its secrets, its lock, and the one in memory.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use proxy_orders::purchase::{AccountNameKind, Buyer, EntryState, Filter, Journal};
use proxy_orders::{Decimal, ErrorKind, Vendor};
use proxy_orders_sandbox::FaultMode;
use sqlx::{Connection, Executor};
use support::fixture::*;

/// A journal that the program of that version wrote, as `sqlite3 FILE .dump` prints it.
const VERSIONS: [(i64, &str); 2] = [
    (1, include_str!("fixtures/journal-1.sql")),
    (2, include_str!("fixtures/journal-2.sql")),
];

/// Executes statements at a SQLite file, which is created if there is none.
async fn execute(path: &Path, statements: &str) {
    // Registers the drivers.
    Journal::in_memory().await.unwrap();
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    connection.execute(statements).await.unwrap();
    connection.close().await.unwrap();
}

async fn number(path: &Path, query: &str) -> i64 {
    let url = format!("sqlite://{}?mode=ro", path.display());
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    let found = sqlx::query_scalar(query).fetch_one(&mut connection).await;
    connection.close().await.unwrap();
    found.unwrap()
}

#[tokio::test]
async fn a_journal_of_each_earlier_version_is_upgraded_after_a_copy() {
    for (version, dump) in VERSIONS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        execute(&path, dump).await;
        let location = path.to_str().unwrap();
        // Reading does not upgrade.
        let error = Journal::read(location).await.unwrap_err().to_string();
        assert!(error.contains(&format!("version {version},")), "{error}");
        assert!(error.contains("upgrades it"), "{error}");

        // Two programs that start at once.
        let (journal, twin) = tokio::join!(Journal::open(location), Journal::open(location));
        let (journal, _twin) = (journal.unwrap(), twin.unwrap());
        let entries = journal.entries(&Filter::default()).await.unwrap();
        let mut found = Vec::new();
        for entry in &entries {
            let history = journal.history(entry).await.unwrap();
            assert_eq!(history[0].state, EntryState::Planned);
            let states: Vec<_> = history.iter().map(|event| event.state.as_str()).collect();
            found.push(format!(
                "{} {} {} {}: {}",
                entry.vendor,
                entry.key,
                entry.state,
                entry.order.as_deref().unwrap_or("-"),
                states.join(" ")
            ));
        }
        let expected = [
            "iproyal confirmed reconciled 20001: planned sent unknown reconciled",
            "iproyal lost not-made -: planned sent unknown not-made",
            "iproyal declined rejected -: planned sent rejected",
            "proxyshard main-confirmed confirmed 1027: planned sent confirmed",
            "iproyal given-up dismissed -: planned sent dismissed",
            "iproyal killed unknown -: planned sent unknown",
            "iproyal over-cap not-sent -: planned planned",
        ];
        assert_eq!(found, expected, "from version {version}");
        assert_eq!(entries[0].baseline.as_ref().unwrap().total, Some(1));
        assert_eq!(entries[0].amount, Some(Decimal::TEN));

        let accounts = journal.accounts(None).await.unwrap();
        let accounts = accounts
            .iter()
            .map(|it| (it.account.as_str(), it.names.clone()));
        let name = |kind, alias: &str| vec![(kind, alias.to_owned())];
        let credential = name(AccountNameKind::Credential, "e31b4d764ebc61f4");
        let named = name(AccountNameKind::Name, "main");
        assert_eq!(
            accounts.collect::<Vec<_>>(),
            [("e31b4d764ebc61f4", credential), ("main", named)]
        );

        // One copy, of the version before, for its owner alone.
        let files = fs::read_dir(folder.path())
            .unwrap()
            .map(|it| it.unwrap().path());
        let copies: Vec<_> = files
            .filter(|it| it.extension() == Some("backup".as_ref()))
            .collect();
        let copy = path.with_file_name(format!("journal.db.version-{version}.backup"));
        assert_eq!(copies, std::slice::from_ref(&copy));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        assert_eq!(
            number(&copy, "SELECT version FROM journal_version").await,
            version
        );
        assert_eq!(number(&copy, "SELECT count(*) FROM intents").await, 7);
    }
}

/// An upgrade that was interrupted leaves its copy behind.
#[tokio::test]
async fn the_copies_of_earlier_upgrades_are_kept() {
    let (version, dump) = VERSIONS[0];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    execute(&path, dump).await;
    let copy = |number| path.with_file_name(format!("journal.db.version-{version}{number}.backup"));
    let earlier = [copy(""), copy(".2")];
    for path in &earlier {
        fs::write(path, "an earlier copy").unwrap();
    }
    Journal::open(path.to_str().unwrap()).await.unwrap();
    for path in &earlier {
        assert_eq!(fs::read_to_string(path).unwrap(), "an earlier copy");
    }
    let found = number(&copy(".3"), "SELECT version FROM journal_version").await;
    assert_eq!(found, version);
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_left_alone() {
    let fixture = Fixture::new().await;
    let path = Path::new(&fixture.location);
    execute(path, "UPDATE journal_version SET version = 99").await;
    for opened in [
        Journal::open(&fixture.location).await,
        Journal::read(&fixture.location).await,
    ] {
        let error = opened.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Journal);
        let text = error.to_string();
        assert!(
            text.contains("version 99,") && text.contains("or a newer one"),
            "{text}"
        );
    }
    let mysql = Journal::open("mysql://user:secret@host/db").await;
    let error = mysql.unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn the_journal_holds_neither_key_nor_password_and_is_its_owners_alone() {
    let fixture = Fixture::new().await;
    let mut secrets = vec![fixture.key.clone()];
    for request in spends() {
        // Named by the fingerprint of its credential, as an account is by default.
        let client = fixture.clients.of(request.vendor()).clone();
        let buyer = Buyer::shared(client, fixture.journal.clone());
        let receipt = spend(&buyer, request.operation().id, &request)
            .await
            .unwrap();
        assert!(!buyer.account_name().await.unwrap().contains(&fixture.key));
        fixture.provision();
        if wanted(request.vendor()).has_quotes
            && let Ok(proxies) = buyer.client().proxies(&receipt.order).await
        {
            let passwords = proxies.into_iter().filter_map(|it| it.password);
            secrets.extend(passwords.map(|it| it.expose().to_owned()));
        }
    }
    assert!(secrets.len() > 5, "{}", secrets.len());
    let entries = fixture.journal.entries(&Filter::default()).await.unwrap();
    let export = serde_json::to_string(&entries).unwrap();
    assert!(export.contains("create_order"));
    let mut files = vec![export.into_bytes()];
    for file in fs::read_dir(fixture.folder.path()).unwrap() {
        let path = file.unwrap().path();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
        files.push(fs::read(path).unwrap());
    }
    assert!(files.len() >= 3);
    for bytes in &files {
        for secret in secrets.iter().map(String::as_bytes) {
            let mut pieces = bytes.windows(secret.len());
            assert!(!pieces.any(|piece| piece == secret), "{secret:?}");
        }
    }
}

#[tokio::test]
async fn a_second_buyer_waits_for_its_turn_until_the_lock_timeout() {
    let fixture = Fixture::new().await;
    let first = fixture.buyer(Vendor::IpRoyal);
    let second = fixture.buyer(Vendor::IpRoyal);
    let second = second.lock_timeout(Duration::from_millis(200));
    fixture.fault(&proxies(1), FaultMode::HangAfter);
    let hanging = tokio::spawn(async move { spend(&first, "a", &proxies(1)).await });
    while fixture.posts() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    not_sent(spend(&second, "b", &proxies(1)).await, ErrorKind::Busy);
    assert!(second.is_busy().await.unwrap());
    let error = hanging.await.unwrap().unwrap_err();
    assert!(error.may_have_taken_effect());
    assert!(!second.is_busy().await.unwrap());
}

#[tokio::test]
async fn a_journal_in_memory_remembers_keys_and_finds_lost_orders() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer_with(Vendor::IpRoyal, Journal::in_memory().await.unwrap());
    let receipt = spend(&buyer, "a", &proxies(1)).await.unwrap();
    let again = spend(&buyer, "a", &proxies(1)).await.unwrap();
    assert_eq!((again.is_recorded, again.order), (true, receipt.order));
    assert_eq!(fixture.posts(), 1);
    not_sent(spend(&buyer, "a", &proxies(2)).await, ErrorKind::KeyReused);
    fixture.fault(&proxies(2), FaultMode::DropAfter);
    spend(&buyer, "b", &proxies(2)).await.unwrap_err();
    let found = buyer.reconcile().await.unwrap().remove(0).entry;
    assert_eq!(found.order, Some(fixture.sandbox.ledger().remove(1).order));
    assert!(spend(&buyer, "b", &proxies(2)).await.unwrap().is_recorded);
    assert_eq!(fixture.posts(), 2);
    // Another journal in memory is another journal.
    let other = fixture.buyer_with(Vendor::IpRoyal, Journal::in_memory().await.unwrap());
    assert_eq!(other.entries().await.unwrap(), []);
}

/// Two names of one account, and two tasks with each name and key, share one journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_journal_in_memory_keeps_keys_caps_and_locks_between_tasks() {
    let fixture = Fixture::new().await;
    let journal = Journal::in_memory().await.unwrap();
    let buyer = |account: &str| {
        let buyer = fixture.buyer_with(Vendor::IpRoyal, journal.clone());
        buyer.account(account).unwrap()
    };
    let run = buyer("one").dry_run(None, &proxies(1), &high_cap()).await;
    let cost = run.unwrap().quote.unwrap().total.amount().unwrap();
    let mut buying = Vec::new();
    for number in 0..8 {
        for account in ["one", "two"] {
            let buyer = buyer(account).per_day(cost * cents(200) + cents(1));
            let name = format!("k{}", number / 2);
            buying.push(tokio::spawn(async move {
                spend(&buyer, &name, &proxies(1)).await
            }));
        }
    }
    let (mut made, mut recorded) = (0, 0);
    for ended in buying {
        match ended.await.unwrap() {
            Ok(receipt) if receipt.is_recorded => recorded += 1,
            Ok(_) => made += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::OverCap, "{error}"),
        }
    }
    assert_eq!((made, recorded), (2, 6));
    assert_eq!((fixture.posts(), fixture.sandbox.ledger().len()), (2, 2));
}
