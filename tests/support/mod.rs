//! What the tests share: a TCP server that keeps what it gets, the specs as they stand in their YAML, the vendors' documentation as
//! tables, and clients that lead to any server.

#![allow(dead_code, reason = "each test file uses a part of this")]

pub mod calls;
pub mod recorder;
#[cfg(feature = "purchase")]
pub mod shop;
pub mod spec;

use std::fs;
use std::path::{Path, PathBuf};

use proxy_orders::{Vendor, iproyal, proxyshard, smartproxy};

/// Keys that must show up nowhere but in the place where the vendor wants them. SmartProxy's has the 32 characters that are due.
pub const IPROYAL_KEY: &str = "canary-iproyal-token";
pub const PROXYSHARD_KEY: &str = "canary-proxyshard-key";
pub const SMARTPROXY_KEY: &str = "canary-smartproxy-key-0123456789";

/// The key of a vendor.
pub fn key(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::IpRoyal => IPROYAL_KEY,
        Vendor::ProxyShard => PROXYSHARD_KEY,
        Vendor::SmartProxy => SMARTPROXY_KEY,
        other => unreachable!("{other}"),
    }
}

/// A client of each vendor, all at the same base URL.
#[derive(Clone, Debug)]
pub struct Clients {
    pub iproyal: iproyal::Client,
    pub proxyshard: proxyshard::Client,
    pub smartproxy: smartproxy::Client,
}

impl Clients {
    /// Clients with the canary keys.
    pub fn at(base_url: &str) -> Self {
        Clients {
            iproyal: iproyal::Client::builder()
                .credential(IPROYAL_KEY)
                .base_url(base_url)
                .build()
                .unwrap(),
            proxyshard: proxyshard::Client::builder()
                .credential(PROXYSHARD_KEY)
                .base_url(base_url)
                .build()
                .unwrap(),
            smartproxy: smartproxy::Client::builder()
                .credential(SMARTPROXY_KEY)
                .base_url(base_url)
                .build()
                .unwrap(),
        }
    }

    /// The transport of a vendor's client.
    pub fn transport(&self, vendor: Vendor) -> &proxy_orders::Transport {
        match vendor {
            Vendor::IpRoyal => self.iproyal.transport(),
            Vendor::ProxyShard => self.proxyshard.transport(),
            Vendor::SmartProxy => self.smartproxy.transport(),
            other => unreachable!("{other}"),
        }
    }
}

/// A file below the package.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The rows of a tab-separated file below `tests/documented`, each as columns. Short rows are filled up with empty columns.
pub fn rows<const COLUMNS: usize>(name: &str) -> Vec<[String; COLUMNS]> {
    let text = fs::read_to_string(file("tests/documented").join(name)).unwrap();
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    assert_eq!(header.split('\t').count(), COLUMNS, "{name}: {header}");
    let rows: Vec<_> = lines
        .map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            let row = std::array::from_fn(|_| cells.next().unwrap_or_default());
            assert!(cells.next().is_none(), "{name}: too many columns: {line}");
            row
        })
        .collect();
    assert!(!rows.is_empty(), "{name} is empty");
    rows
}

/// The vendor of that word.
pub fn vendor(word: &str) -> Vendor {
    word.parse().unwrap()
}

/// Ends a test with everything that it found wrong, not only with the first.
pub fn report(what: &str, problems: &[String]) {
    assert!(
        problems.is_empty(),
        "{} {what}:\n  {}\n",
        problems.len(),
        problems.join("\n  ")
    );
}
