//! The file of a journal: what is refused, and what is one file under several names.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use proxy_orders::purchase::{Filter, Journal};
use proxy_orders::{ErrorKind, Vendor};
use proxy_orders_sandbox::FaultMode;
use sqlx::{Connection, Executor};
use support::fixture::*;

/// Creates a database of another program.
async fn database(path: &Path, statements: &str) {
    // Registers the drivers.
    Journal::in_memory().await.unwrap();
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    connection.execute(statements).await.unwrap();
    connection.close().await.unwrap();
}

fn run(program: &str, arguments: &[&str], path: &Path) -> bool {
    let done = Command::new(program).args(arguments).arg(path).status();
    done.is_ok_and(|it| it.success())
}

/// Everything about a file and its folder that must stay as it is.
fn state(path: &Path) -> (u32, i64, i64, Option<Vec<u8>>, Vec<PathBuf>) {
    let found = fs::symlink_metadata(path).unwrap();
    let content = found.is_file().then(|| fs::read(path).unwrap());
    let folder = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut files: Vec<_> = folder.map(|it| it.unwrap().path()).collect();
    files.sort();
    (
        found.mode(),
        found.mtime(),
        found.mtime_nsec(),
        content,
        files,
    )
}

#[tokio::test]
async fn what_is_no_journal_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut others = Vec::new();

    fs::create_dir(path("folder")).unwrap();
    others.push(("folder", "not a regular file"));
    fs::write(path("empty"), "").unwrap();
    others.push(("empty", "there already, and empty"));
    fs::write(
        path("text"),
        "this is no journal, and it shall stay as it is",
    )
    .unwrap();
    others.push(("text", "not a file of SQLite"));
    let table = "CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('somebody')";
    database(&path("database"), table).await;
    others.push(("database", "a database of another program"));
    let with_log = format!("PRAGMA journal_mode = WAL; {table}");
    database(&path("with-log"), &with_log).await;
    others.push(("with-log", "a database of another program"));
    // Another program's tables of the same names.
    let marked = "PRAGMA application_id = 7; CREATE TABLE journal_version (version BIGINT); \
                  CREATE TABLE intents (id TEXT); CREATE TABLE events (id TEXT)";
    database(&path("marked"), marked).await;
    others.push(("marked", "a database of another program"));
    let _socket = UnixListener::bind(path("socket")).unwrap();
    others.push(("socket", "not a regular file"));
    assert!(run("mkfifo", &[], &path("fifo")));
    others.push(("fifo", "not a regular file"));
    let mut mknod = Command::new("mknod");
    if mknod
        .arg(path("device"))
        .args(["c", "1", "3"])
        .status()
        .is_ok_and(|it| it.success())
    {
        others.push(("device", "not a regular file"));
    } else {
        say("skipped with a device: making one needs root");
    }
    symlink(path("nothing"), path("link")).unwrap();
    others.push(("link", "a link that leads nowhere"));

    for (name, what) in others {
        let path = path(name);
        if name != "link" {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        let before = state(&path);
        let error = match tokio::time::timeout(DELAY, Journal::sqlite(&path))
            .await
            .unwrap()
        {
            Ok(_) => panic!("`{name}` was taken for a journal"),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
        assert_eq!(state(&path), before, "{name}");
        assert!(error.to_string().contains(what), "{name}: {error}");
    }
}

/// Folders and devices that a mistyped location may name keep their mode and owner.
#[tokio::test]
async fn what_belongs_to_the_system_is_left_alone() {
    let home = std::env::home_dir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link.db");
    symlink("/dev/full", &link).unwrap();
    let named = [home.join("."), "/tmp".into(), "/dev/null".into(), link];
    for path in named.map(|it| it.display().to_string()) {
        let mode = || fs::metadata(&path).map(|it| (it.mode(), it.uid())).unwrap();
        let before = mode();
        let (opened, read) = (Journal::open(&path).await, Journal::read(&path).await);
        for error in [opened.unwrap_err(), read.unwrap_err()] {
            assert!(error.to_string().contains("not a regular file"), "{error}");
        }
        assert_eq!(mode(), before, "{path}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// The user `nobody` of most systems.
const SOMEBODY_ELSE: u32 = 65_534;

/// Gives a file to another user, which only root can.
fn give_away(path: &Path) -> bool {
    let is_given = chown(path, Some(SOMEBODY_ELSE), None).is_ok();
    if !is_given {
        say("skipped: only root can give a file away");
    }
    is_given
}

#[tokio::test]
async fn a_journal_of_somebody_else_is_read_and_not_written() {
    let fixture = Fixture::new().await;
    let path = Path::new(&fixture.location);
    bought(spend(&fixture.buyer(Vendor::IpRoyal), "a", &proxies(1)).await);
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    if !give_away(path) {
        return;
    }
    let before = state(path);
    let error = Journal::sqlite(path).await.unwrap_err();
    assert!(error.to_string().contains("another user"), "{error}");
    let journal = Journal::read(&fixture.location).await.unwrap();
    assert_eq!(journal.entries(&Filter::default()).await.unwrap().len(), 1);
    assert_eq!(state(path), before);
    // A journal that was open before notices, too.
    let buyer = fixture.buyer(Vendor::IpRoyal);
    not_sent(spend(&buyer, "b", &proxies(1)).await, ErrorKind::Journal);
    assert_eq!(state(path), before);
}

/// In a folder that is open to all, somebody may have put something beside the journal.
#[tokio::test]
async fn what_stands_beside_a_journal_is_refused_if_it_is_not_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    Journal::sqlite(&path).await.unwrap();
    let beside = fs::read_dir(folder.path()).unwrap();
    let beside = beside.map(|it| it.unwrap().file_name().into_string().unwrap());
    let lock = beside.into_iter().find(|it| it.ends_with(".lock")).unwrap();
    let victim = folder.path().join("victim");
    for name in [
        &lock,
        "journal.db-wal",
        "journal.db-shm",
        "journal.db-journal",
    ] {
        let planted = folder.path().join(name);
        let _ = fs::remove_file(&planted);
        symlink(&victim, &planted).unwrap();
        let opening = tokio::time::timeout(Duration::from_secs(20), Journal::sqlite(&path));
        let error = opening.await.expect("the link was followed for ever");
        let error = error.unwrap_err().to_string();
        assert!(error.contains("not a regular file"), "{name}: {error}");
        assert!(!victim.exists(), "{name}");
        fs::remove_file(&planted).unwrap();

        fs::write(&planted, "").unwrap();
        if give_away(&planted) {
            let error = Journal::sqlite(&path).await.unwrap_err();
            assert!(
                error.to_string().contains("another user"),
                "{name}: {error}"
            );
        }
        fs::remove_file(&planted).unwrap();
    }
    Journal::sqlite(&path).await.unwrap();
}

/// Another program is making the tables of a new journal, or was interrupted at it.
#[tokio::test]
async fn a_journal_whose_tables_are_not_complete_gets_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let begun = "PRAGMA application_id = 1350061938; CREATE TABLE _sqlx_migrations (version \
        BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT \
        CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time \
        BIGINT NOT NULL)";
    database(&path, begun).await;
    let journal = Journal::sqlite(&path).await.unwrap();
    assert_eq!(journal.entries(&Filter::default()).await.unwrap(), []);
}

/// A purchase through one name of the file keeps others away who use another name.
#[tokio::test]
async fn a_file_has_one_lock_whatever_its_name() {
    let fixture = Fixture::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link.db");
    symlink(&fixture.location, &link).unwrap();
    let folder = elsewhere.path().join("folder");
    symlink(fixture.folder.path(), &folder).unwrap();
    let dotted = fixture.folder.path().join("..");
    let dotted = dotted.join(fixture.folder.path().file_name().unwrap());

    let first = fixture.buyer(Vendor::IpRoyal);
    fixture.fault(&proxies(1), FaultMode::HangAfter);
    let hanging = tokio::spawn(async move { spend(&first, "a", &proxies(1)).await });
    while fixture.posts() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for name in [link, folder.join("journal.db"), dotted.join("journal.db")] {
        let journal = Journal::sqlite(&name).await.unwrap();
        let second = fixture.buyer_with(Vendor::IpRoyal, journal);
        let second = second.lock_timeout(Duration::from_millis(100));
        not_sent(spend(&second, "a", &proxies(1)).await, ErrorKind::Busy);
    }
    assert_eq!(fixture.posts(), 1);
    hanging.abort();
}

#[tokio::test]
async fn a_file_with_two_names_of_its_own_is_refused() {
    let fixture = Fixture::new().await;
    let second = fixture.folder.path().join("second.db");
    fs::hard_link(&fixture.location, &second).unwrap();
    for name in [second.as_path(), Path::new(&fixture.location)] {
        let error = Journal::sqlite(name).await.unwrap_err();
        assert!(error.to_string().contains("hard links"), "{error}");
    }
    // A journal that was open before notices, too.
    let buyer = fixture.buyer(Vendor::IpRoyal);
    not_sent(spend(&buyer, "a", &proxies(1)).await, ErrorKind::Journal);
}

#[tokio::test]
async fn reading_leaves_no_trace() {
    let fixture = Fixture::new().await;
    let path = Path::new(&fixture.location);
    let nothing = fixture.folder.path().join("nothing.db");
    let error = Journal::read(nothing.to_str().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("there is no journal"), "{error}");
    let receipt = spend(&fixture.buyer(Vendor::IpRoyal), "a", &proxies(1)).await;
    let order = receipt.unwrap().order;
    // Readable by all, which a writer would change.
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    // What stands beside the folder belongs to other tests.
    let of_folder = || fs::metadata(fixture.folder.path()).unwrap().mtime_nsec();
    let (file, folder) = (state(path), of_folder());
    let journal = Journal::read(&fixture.location).await.unwrap();
    let entry = journal.entries(&Filter::default()).await.unwrap().remove(0);
    assert_eq!(entry.order.as_ref(), Some(&order));
    assert_eq!(journal.history(&entry).await.unwrap().len(), 3);
    journal.accounts(None).await.unwrap();
    assert_eq!(state(path), file);
    assert_eq!(of_folder(), folder);
    // What writes is refused.
    let buyer = fixture.buyer_with(Vendor::IpRoyal, journal.clone());
    let error = not_sent(spend(&buyer, "b", &proxies(1)).await, ErrorKind::Journal);
    assert!(error.to_string().contains("for reading only"), "{error}");
    assert_eq!(state(path), file);

    // While a writer has the file open, its changes are read, too.
    let writer = fixture.buyer(Vendor::IpRoyal);
    fixture.fault(&proxies(1), FaultMode::HangAfter);
    let hanging = tokio::spawn(async move { spend(&writer, "c", &proxies(1)).await });
    while fixture.posts() == 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let states = journal.entries(&Filter::default()).await.unwrap();
    let states: Vec<_> = states.iter().map(|it| it.state.as_str()).collect();
    assert_eq!(states, ["confirmed", "sent"]);
    hanging.abort();
}

/// Opening takes the right to read from others, and changes no mode that is private already.
#[tokio::test]
async fn an_opened_journal_is_its_owners_alone() {
    let fixture = Fixture::new().await;
    let path = Path::new(&fixture.location);
    for (before, after) in [
        (0o644, 0o600),
        (0o640, 0o600),
        (0o604, 0o600),
        (0o700, 0o700),
    ] {
        fs::set_permissions(path, fs::Permissions::from_mode(before)).unwrap();
        Journal::open(&fixture.location).await.unwrap();
        let found = fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(found, after, "{before:o}");
    }
    // A new journal has nothing to be copied.
    let names = state(path).4;
    let is_backup = |it: &PathBuf| it.display().to_string().contains("backup");
    assert!(!names.iter().any(is_backup), "{names:?}");
    let error = Journal::open("").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}

/// The latest changes are in the log until somebody closes the file.
#[tokio::test]
async fn a_copy_is_read_with_its_log() {
    let fixture = Fixture::new().await;
    bought(spend(&fixture.buyer(Vendor::IpRoyal), "a", &proxies(1)).await);
    let url = format!("sqlite://{}?mode=rw", fixture.location);
    let mut writer = sqlx::AnyConnection::connect(&url).await.unwrap();
    let change = "UPDATE intents SET note = 'only in the log'";
    writer.execute(change).await.unwrap();
    let copy = fixture.folder.path().join("copy.db");
    for suffix in ["", "-wal"] {
        let copied = format!("{}{suffix}", copy.display());
        fs::copy(format!("{}{suffix}", fixture.location), copied).unwrap();
    }
    let journal = Journal::read(copy.to_str().unwrap()).await.unwrap();
    let entry = journal.entries(&Filter::default()).await.unwrap().remove(0);
    assert_eq!(entry.note.as_deref(), Some("only in the log"));
}

/// Locations in which somebody may have written the password of a database.
const WITH_PASSWORD: [&str; 22] = [
    "me:canary@host/db",
    "me:canary@host:5432/db?sslmode=verify-full",
    "me:ca/na@canary@host/db",
    "//me:canary@host/db",
    "host=h user=me password=canary",
    "host=h user=me PassWord = canary",
    "h/db?password=canary",
    "/h/db?password=canary",
    "./h?passwd=canary",
    "postgres:/me:canary@h/db",
    "postgres:me:canary@h/db",
    "postgresql:canary",
    "sqlite://me:canary@host/db",
    "sqlite://sqlite://me:canary@host/db",
    "mysql://me:canary@host/db",
    "canary://host/db",
    "postgres://me:canary@h:port/db",
    "PostgreSQL://me:canary@[/db",
    "postgres://me:1/canary@h/db",
    "postgres://me:1#canary@h/db",
    "postgres://me:1?canary@h/db",
    "postgres://h/db?passwd=canary",
];

#[tokio::test]
async fn a_location_with_a_password_is_neither_told_nor_made_a_file() {
    let here = std::env::current_dir().unwrap();
    let files = state(&here.join("Cargo.toml")).4;
    let mut problems = Vec::new();
    for location in WITH_PASSWORD {
        let opened = Journal::open(location).await;
        for made in [opened, Journal::read(location).await] {
            let said = match made {
                Ok(journal) => format!("taken: {journal:?}"),
                Err(error) if error.kind() == ErrorKind::Configuration => {
                    format!("{error} {error:?}")
                }
                Err(error) => format!("wrong kind: {error}"),
            };
            let is_refused = !said.starts_with("taken") && !said.starts_with("wrong kind");
            if !is_refused || said.contains("canary") {
                problems.push(format!("{location}: {said}"));
            }
        }
    }
    support::report("locations are not refused in silence", &problems);
    assert_eq!(state(&here.join("Cargo.toml")).4, files);
    for path in ["./me:at@home.db", "plain@name.db", "a:b.db"] {
        let error = Journal::read(path).await.unwrap_err();
        assert!(error.to_string().contains("there is no journal"), "{error}");
    }
}

#[tokio::test]
async fn the_longest_lock_timeout_waits_without_a_panic() {
    let fixture = Fixture::new().await;
    let journals = [fixture.journal.clone(), Journal::in_memory().await.unwrap()];
    for journal in journals {
        let buyer = fixture.buyer_with(Vendor::IpRoyal, journal);
        let buyer = buyer.lock_timeout(Duration::MAX);
        bought(spend(&buyer, "a", &proxies(1)).await);
    }
}
