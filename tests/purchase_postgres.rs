//! A journal in PostgreSQL whose connection is lost in the middle of a purchase, and with it the
//! account's lock.
//!
//! Needs a server: see `support::fixture::POSTGRES`. Without one, the tests print that they are
//! skipped.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proxy_orders::purchase::{EntryState, Filter, Journal, JournalWarning};
use proxy_orders::{ErrorKind, Outcome};
use proxy_orders_sandbox::Sandbox;
use sqlx::{Connection, Executor};
use support::fixture::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The environment variable that names the certificate of the authority behind the tests' server.
const AUTHORITY: &str = "PROXY_ORDERS_TEST_POSTGRES_CA";

/// An address that leads to this machine, and is not one of its loopback addresses.
const ELSEWHERE: &str = "0.0.0.0";

/// Makes a fixture whose connections to the server have a name of their own.
async fn fixture(name: &str) -> Option<Fixture> {
    let Ok(url) = std::env::var(POSTGRES) else {
        say(&format!("skipped: {POSTGRES} is not set"));
        return None;
    };
    let url = format!("{url}?application_name={name}");
    Some(Fixture::with(Sandbox::builder(), Some(url)).await)
}

/// Ends every connection of that name, as a server that is restarted does.
fn cut_off(name: &'static str) {
    let cutting = async move {
        let url = std::env::var(POSTGRES).unwrap();
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        let statement = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
        let cut = sqlx::query_scalar(statement)
            .bind(name)
            .fetch_one(&mut connection)
            .await;
        let cut: i64 = cut.unwrap();
        assert!(cut > 0, "there was nothing to cut off");
    };
    // The hook that calls this is not async.
    let thread = std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(cutting);
    });
    thread.join().unwrap();
}

/// A buyer that has lost the account's lock sends nothing.
#[tokio::test]
async fn a_lock_that_is_lost_before_sending_stops_the_purchase() {
    let Some(fixture) = fixture("lost-before").await else {
        return;
    };
    let buyer = fixture.buyer_with_hook("calculate_pricing", || cut_off("lost-before"));
    let error = spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    assert_fails(&error, ErrorKind::Journal, Outcome::NotSent);
    assert_eq!(fixture.posts(), 0);
    assert_eq!(buyer.entries().await.unwrap()[0].state, EntryState::NotSent);
}

/// The confirmation is written on a new connection, with or without the lock.
#[tokio::test]
async fn a_confirmation_is_written_although_the_connection_was_lost_meanwhile() {
    let Some(fixture) = fixture("lost-meanwhile").await else {
        return;
    };
    let buyer = fixture.buyer_with_hook("create_order", || cut_off("lost-meanwhile"));
    let receipt = spend(&buyer, "a", &proxies(1)).await.unwrap();
    assert_eq!(receipt.order, fixture.sandbox.ledger().remove(0).order);
    let entry = buyer.entries().await.unwrap().remove(0);
    assert_eq!(entry.state, EntryState::Confirmed);
    assert_eq!(entry.order, Some(receipt.order));
}

/// Executes statements in a new schema, and returns the URL of a journal there.
async fn schema(name: &str, statements: &str) -> Option<String> {
    let Ok(url) = std::env::var(POSTGRES) else {
        say(&format!("skipped: {POSTGRES} is not set"));
        return None;
    };
    // Registers the drivers.
    Journal::in_memory().await.unwrap();
    let name = format!("{name}_{:016x}", fastrand::u64(..));
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    let statements = format!("CREATE SCHEMA {name}; SET search_path TO {name}; {statements}");
    connection.execute(statements.as_str()).await.unwrap();
    Some(format!("{url}?options[search_path]={name}"))
}

#[tokio::test]
async fn a_journal_of_each_earlier_version_is_upgraded() {
    for dump in [
        include_str!("fixtures/journal-1.sql"),
        include_str!("fixtures/journal-2.sql"),
    ] {
        let statements = dump.replace("PRAGMA foreign_keys=OFF;", "");
        let Some(url) = schema("upgrade", &statements).await else {
            return;
        };
        let error = Journal::read(&url).await.unwrap_err();
        assert!(error.to_string().contains("upgrades it"), "{error}");
        let (one, two) = tokio::join!(Journal::open(&url), Journal::open(&url));
        let journal = one.unwrap();
        two.unwrap();
        let entries = journal.entries(&Filter::default()).await.unwrap();
        let states: Vec<_> = entries.iter().map(|it| it.state.as_str()).collect();
        let expected = [
            "reconciled",
            "not-made",
            "rejected",
            "confirmed",
            "dismissed",
            "unknown",
            "not-sent",
        ];
        assert_eq!(states, expected);
        let history = journal.history(&entries[0]).await.unwrap();
        assert_eq!(history.len(), 4);
        assert_eq!(journal.accounts(None).await.unwrap().len(), 2);
        Journal::read(&url).await.unwrap();
    }
}

#[tokio::test]
async fn migrations_of_another_program_are_left_alone() {
    let others = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, \
         description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), \
         success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL); \
         INSERT INTO _sqlx_migrations VALUES (20260101, 'theirs', now(), true, '', 0)";
    let Some(url) = schema("others", others).await else {
        return;
    };
    let error = Journal::open(&url).await.unwrap_err();
    assert!(error.to_string().contains("a schema of its own"), "{error}");
}

/// A program that receives the server's log of changes, as a standby does.
struct Standby(Child);

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn standbys_that_nobody_waits_for_are_a_warning() {
    let Ok(url) = std::env::var(POSTGRES) else {
        say(&format!("skipped: {POSTGRES} is not set"));
        return;
    };
    let journal = Journal::open(&url).await.unwrap();
    assert_eq!(journal.warnings().await.unwrap(), []);
    let folder = tempfile::tempdir().unwrap();
    let mut standby = Command::new("pg_receivewal");
    standby
        .arg("--directory")
        .arg(folder.path())
        .arg("--dbname")
        .arg(&url);
    let started = standby.stderr(Stdio::null()).spawn();
    let Ok(started) = started else {
        say("skipped: there is no pg_receivewal");
        return;
    };
    let _standby = Standby(started);
    let mut warnings = Vec::new();
    while warnings.is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        warnings = journal.warnings().await.unwrap();
    }
    assert_eq!(warnings, [JournalWarning::AsynchronousStandbys(1)]);
    assert!(
        warnings[0]
            .to_string()
            .contains("synchronous_standby_names")
    );
}

/// Somebody on the path who speaks no TLS, asks for the password in clear text, and keeps every
/// byte that arrives.
struct Impostor {
    port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Impostor {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&hearing)));
            }
        });
        Impostor { port, heard }
    }

    fn has_heard(&self, word: &str) -> bool {
        let heard = self.heard.lock().unwrap();
        heard.windows(word.len()).any(|it| it == word.as_bytes())
    }
}

async fn answer(mut stream: TcpStream, heard: Arc<Mutex<Vec<u8>>>) {
    // The request for TLS has eight bytes, and its code at the end.
    const TLS_REQUEST: [u8; 4] = 80_877_103_u32.to_be_bytes();
    const CLEAR_TEXT_PASSWORD: [u8; 9] = [b'R', 0, 0, 0, 8, 0, 0, 0, 3];
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        let message = &buffer[..length];
        heard.lock().unwrap().extend(message);
        let answer: &[u8] = match message {
            _ if message.ends_with(&TLS_REQUEST) => b"N",
            [b'p', ..] => return,
            _ => &CLEAR_TEXT_PASSWORD,
        };
        let _ = stream.write_all(answer).await;
    }
}

#[tokio::test]
async fn a_password_is_not_given_to_whoever_answers() {
    let impostor = Impostor::start().await;
    for host in [ELSEWHERE, "[::ffff:127.0.0.1]"] {
        let url = |mode: &str| format!("postgres://me:canary@{host}:{}/db{mode}", impostor.port);
        let refused = "may only be given to a server that proves its name";
        for (mode, what) in [
            ("", "does not support TLS"),
            ("?sslmode=verify-full", "does not support TLS"),
            ("?sslmode=verify-ca", refused),
            ("?sslmode=require", refused),
            ("?sslmode=prefer", refused),
            ("?sslmode=allow", refused),
            ("?sslmode=disable", refused),
            ("?ssl-mode=disable", refused),
            ("?sslmode=disable&sslmode=prefer", refused),
        ] {
            let opened = Journal::open(&url(mode)).await;
            let read = Journal::read(&url(mode)).await;
            assert!(!impostor.has_heard("canary"), "`{mode}` gave it away");
            for error in [opened.unwrap_err(), read.unwrap_err()] {
                let error = error.to_string();
                assert!(error.contains(what), "{mode}: {error}");
                assert!(!error.contains("canary"), "{mode}: {error}");
            }
        }
    }
    assert!(!impostor.has_heard("me"), "the user's name was given away");

    // Whoever asks for it by name gets it, and so does a server on this machine.
    for (host, mode) in [
        (ELSEWHERE, "?allow-unverified-server=yes"),
        ("127.0.0.1", ""),
    ] {
        let impostor = Impostor::start().await;
        let url = format!("postgres://me:canary@{host}:{}/db{mode}", impostor.port);
        let opening = tokio::spawn(async move { Journal::open(&url).await });
        while !impostor.has_heard("canary") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        opening.abort();
    }
}

#[tokio::test]
async fn a_server_with_a_certificate_is_taken_if_the_authority_is_known() {
    let (Ok(url), Ok(authority)) = (std::env::var(POSTGRES), std::env::var(AUTHORITY)) else {
        say(&format!("skipped: {POSTGRES} or {AUTHORITY} is not set"));
        return;
    };
    let url = schema("certificate", "").await.unwrap_or(url);
    let url = url.replacen("127.0.0.1", ELSEWHERE, 1);
    let error = Journal::open(&url).await.unwrap_err().to_string();
    assert!(error.contains("invalid peer certificate"), "{error}");
    assert!(error.contains("must prove its name"), "{error}");
    let error = Journal::open(&format!("{url}&sslmode=require")).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Configuration);
    let known = format!("{url}&sslrootcert={authority}");
    let journal = Journal::open(&known).await.unwrap();
    assert_eq!(journal.entries(&Filter::default()).await.unwrap(), []);
    // The certificate names the address, and not the machine's other names.
    let other = format!("{known}&hostaddr=::ffff:127.0.0.1");
    let error = Journal::open(&other).await.unwrap_err().to_string();
    assert!(error.contains("invalid peer certificate"), "{error}");
    assert!(error.contains("must prove its name"), "{error}");
    let unverified = format!("{other}&sslmode=require&allow-unverified-server=yes");
    Journal::open(&unverified).await.unwrap();
}
