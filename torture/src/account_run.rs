//! One account under torture: its settings, and the numbers that its drivers gather.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use proxy_orders::purchase::{Buyer, Journal};
use proxy_orders::{AnyClient, Limits, RetryPolicy, Timeouts, Vendor};
use proxy_orders_sandbox::{Sandbox, fingerprint};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::driver::Driver;
use crate::request::Result;
use crate::schedule::Schedule;

/// The time before a purchase may be called not made: longer than the sandbox takes on a busy
/// machine.
pub const GRACE_PERIOD: Duration = Duration::from_secs(2);

/// The time that a process waits for the account.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// One account, and what is done with it.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccountRun {
    pub vendor: String,
    /// The name of the account in the journal.
    pub name: String,
    pub credential: String,
    /// The address of the sandbox, or of a relay to it.
    pub sandbox: SocketAddr,
    /// The part of the vendor's base URL after host and port.
    pub prefix: String,
    /// The journal, as [`Journal::open`] takes it.
    pub journal: String,
    /// Another name of the same journal.
    pub journal_alias: String,
    /// The number of processes that buy at once.
    pub buyers: usize,
    /// The number of purchases.
    pub runs: usize,
}

/// Everything that all drivers share.
#[derive(Clone)]
pub struct Torture {
    pub sandbox: Arc<Sandbox>,
    pub schedule: Schedule,
    /// The journal, opened by this process.
    pub journal: Journal,
    pub statistics: Arc<Mutex<Statistics>>,
}

/// Numbers for the report.
#[derive(Default)]
pub struct Statistics {
    /// Kills of workers, by the state that the purchase was in then.
    pub kills: BTreeMap<String, usize>,
    /// Other disturbances, by name.
    pub disturbances: BTreeMap<&'static str, usize>,
    /// Purchases that need review, with the reason.
    pub needs_review: BTreeMap<String, String>,
    /// Reasons for which purchases were not made.
    pub refusals: BTreeMap<String, usize>,
    /// The requests of others, in the canonical form, by caller.
    pub others: BTreeMap<String, String>,
}

impl Torture {
    pub fn statistics(&self) -> std::sync::MutexGuard<'_, Statistics> {
        let locked = self.statistics.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a disturbance.
    pub fn note(&self, what: &'static str) {
        *self.statistics().disturbances.entry(what).or_default() += 1;
    }

    /// Notes the reason why something was not done.
    pub fn note_refusal(&self, what: &str, why: &str) {
        let why = pattern(why);
        *self
            .statistics()
            .refusals
            .entry(format!("{what}{why}"))
            .or_default() += 1;
    }

    /// Returns the latest charge for an order.
    pub fn charged(&self, credential: &str, order: &str) -> Option<Decimal> {
        let account = fingerprint(credential);
        let ledger = self.sandbox.ledger();
        let mut charges = ledger.iter().rev();
        let charge = charges.find(|it| it.account == account && it.order == order)?;
        charge.amount.parse().ok()
    }

    /// Returns the orders that were really bought under a key.
    pub fn bought(&self, key: &str) -> Vec<String> {
        let spent = self.sandbox.spent();
        let own = spent
            .into_iter()
            .filter(|it| owner(&it.caller) == Some(key));
        own.map(|it| it.order).collect()
    }
}

/// Returns the key under which a caller buys; `None` for somebody who has no part in the journal.
pub fn owner(caller: &str) -> Option<&str> {
    match caller.split_once(' ') {
        Some((_, "other")) => None,
        Some((key, _)) => Some(key),
        None => Some(caller),
    }
}

/// Shows a text without its numbers and names, so that like texts are counted together.
pub fn pattern(text: &str) -> String {
    let word = |word: &str| {
        let is_name = word.chars().any(|it| it.is_ascii_digit());
        if is_name {
            "#".to_owned()
        } else {
            word.to_owned()
        }
    };
    let words: Vec<_> = text.split(' ').map(word).collect();
    words.join(" ").chars().take(160).collect()
}

impl AccountRun {
    /// Makes a buyer in this process.
    pub fn buyer(&self, journal: Journal) -> Result<Buyer> {
        Ok(Buyer::shared(self.client()?, journal)
            .account(&self.name)?
            .grace_period(GRACE_PERIOD)
            .lock_timeout(LOCK_TIMEOUT))
    }

    /// Makes a buyer with a journal of its own: somebody else on the account.
    pub async fn other_buyer(&self) -> Result<Buyer> {
        Ok(Buyer::shared(self.client()?, Journal::in_memory().await?))
    }

    fn client(&self) -> Result<AnyClient> {
        let limits = Limits {
            requests_per_second: None,
            ..Limits::default()
        };
        let retry = RetryPolicy {
            base_delay: Duration::from_millis(20),
            ..RetryPolicy::default()
        };
        let timeouts = Timeouts {
            non_repeatable: Duration::from_millis(1500),
            ..Timeouts::default()
        };
        let builder = self
            .vendor()?
            .client_builder()
            .credential(self.credential.as_str());
        let builder = builder.base_url(format!("http://{}{}", self.sandbox, self.prefix));
        Ok(builder
            .limits(limits)
            .retry(retry)
            .timeouts(timeouts)
            .build()?)
    }

    pub fn vendor(&self) -> Result<Vendor> {
        Ok(self.vendor.parse()?)
    }

    /// Makes all purchases, then reconciles until every outcome is known.
    pub async fn run(&self, torture: &Torture) -> Result<()> {
        let mut drivers = Vec::new();
        for number in 0..self.buyers {
            let (account, torture) = (self.clone(), torture.clone());
            drivers.push(tokio::spawn(async move {
                let driver = Driver::new(account, number, torture).await?;
                driver.run().await
            }));
        }
        for driver in drivers {
            driver.await??;
        }
        Ok(())
    }
}
