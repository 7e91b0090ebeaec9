//! A disk that is full or read-only: the purchase is refused before anything is sent, and no order
//! is lost.
//!
//! The disks are real: small file systems in memory, which only root may mount. Elsewhere the tests
//! print that they are skipped.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use proxy_orders::purchase::{EntryState, Filter, Journal};
use proxy_orders::{ErrorKind, Outcome, Vendor};
use proxy_orders_sandbox::Sandbox;
use support::fixture::*;
use tempfile::TempDir;

/// A disk of half a megabyte.
struct Disk {
    folder: TempDir,
}

impl Disk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"]);
        let done = mount.arg(folder.path()).output();
        if done.is_ok_and(|it| it.status.success()) {
            return Some(Disk { folder });
        }
        say("skipped: a disk cannot be mounted here; that needs root");
        None
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    fn make_read_only(&self) {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,ro"]).arg(self.folder.path());
        assert!(mount.status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.folder.path())
            .status();
    }
}

/// Writes until nothing fits any more.
fn fill(folder: &Path) {
    let mut file = File::create(folder.join("filler")).unwrap();
    for size in [4096, 512, 1] {
        while file.write_all(&vec![b'x'; size]).is_ok() {}
    }
}

async fn fixture(disk: &Disk) -> Fixture {
    let journal = disk.journal().display().to_string();
    Fixture::with(Sandbox::builder(), Some(journal)).await
}

#[tokio::test]
async fn a_full_disk_refuses_the_purchase_and_a_freed_one_takes_it() {
    let Some(disk) = Disk::mount() else { return };
    let fixture = fixture(&disk).await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    fill(disk.folder.path());
    let error = spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    assert_fails(&error, ErrorKind::Journal, Outcome::NotSent);
    assert!(error.to_string().contains("has room"), "{error}");
    assert_eq!(fixture.posts(), 0);
    fs::remove_file(disk.folder.path().join("filler")).unwrap();
    bought(spend(&buyer, "a", &proxies(1)).await);
    assert_eq!(fixture.posts(), 1);
}

#[tokio::test]
async fn a_read_only_disk_refuses_the_purchase() {
    let Some(disk) = Disk::mount() else { return };
    let fixture = fixture(&disk).await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    bought(spend(&buyer, "before", &proxies(1)).await);
    disk.make_read_only();
    let error = spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    assert_fails(&error, ErrorKind::Journal, Outcome::NotSent);
    assert!(error.to_string().contains("can be written"), "{error}");
    assert_eq!(fixture.posts(), 1);
    let error = Journal::open(&fixture.location).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    // Reading needs nothing to be written.
    let journal = Journal::read(&fixture.location).await.unwrap();
    let entries = journal.entries(&Filter::default()).await.unwrap();
    assert_eq!(entries.len(), 1);
}

/// The worst moment: the order is made, and there is no room to write that down.
#[tokio::test]
async fn a_disk_that_fills_up_while_the_request_is_under_way_loses_nothing() {
    let Some(disk) = Disk::mount() else { return };
    let fixture = fixture(&disk).await;
    let folder = disk.folder.path().to_owned();
    let buyer = fixture.buyer_with_hook("create_order", move || fill(&folder));
    let error = spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    assert!(error.may_have_taken_effect(), "{error}");
    let charge = fixture.sandbox.ledger().remove(0);
    assert!(error.to_string().contains(&charge.order), "{error}");

    fs::remove_file(disk.folder.path().join("filler")).unwrap();
    assert_eq!(buyer.entries().await.unwrap()[0].state, EntryState::Sent);
    let found = reconciled(&buyer).await;
    assert_eq!(found.entry.state, EntryState::Reconciled);
    assert_eq!(found.entry.order, Some(charge.order));
}
