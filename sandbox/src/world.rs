//! What a sandbox holds: a clock, the accounts at each vendor, the requests it has seen.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::random::Random;
use crate::requests::Requests;
use crate::{iproyal, proxyshard, smartproxy};

/// What one credential owns at one vendor.
///
/// Each vendor's module has an `Account` that implements this.
pub trait World: Send + 'static {
    /// The vendor's name, which also sets its made-up values apart from the other vendors'.
    const VENDOR: &'static str;

    /// A fresh account. It may depend on nothing but `opening`.
    fn seeded(opening: Opening) -> Self;

    /// Lets everything happen that is due by `now`. Called before every look at the account, with
    /// instants that never go back.
    fn settle(&mut self, now: Timestamp);
}

/// What a fresh account is made from.
#[derive(Debug)]
pub struct Opening {
    /// The instant that the sandbox started at, not that of the first request.
    pub at: Timestamp,
    /// Made-up values; the account may keep it for those it needs later.
    pub random: Random,
    /// How long an order takes from being paid to holding proxies.
    pub provisioning_delay: Duration,
}

/// The accounts at one vendor, by credential.
#[derive(Debug)]
pub struct Accounts<W> {
    clock: Arc<Clock>,
    seed: u64,
    provisioning_delay: Duration,
    by_credential: Mutex<HashMap<String, W>>,
}

impl<W: World> Accounts<W> {
    fn new(clock: Arc<Clock>, seed: u64, provisioning_delay: Duration) -> Self {
        Self {
            clock,
            seed,
            provisioning_delay,
            by_credential: Mutex::new(HashMap::new()),
        }
    }

    /// Looks at or changes the account of a credential, as it is at the clock's `now`.
    ///
    /// A credential seen for the first time gets a fresh account: every credential owns the same
    /// world at first, and none sees what another does to its own. Whether the credential is good
    /// is for the caller to ask first, see [`accepted`].
    pub fn with<T>(&self, credential: &str, look: impl FnOnce(&mut W, Timestamp) -> T) -> T {
        let mut accounts = self
            .by_credential
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let account = accounts.entry(credential.to_owned()).or_insert_with(|| {
            W::seeded(Opening {
                at: self.clock.starts_at(),
                random: Random::derived(self.seed, W::VENDOR),
                provisioning_delay: self.provisioning_delay,
            })
        });
        // Read under the lock, so that no account ever sees time go back.
        let now = self.clock.now();
        account.settle(now);
        look(account, now)
    }
}

/// Everything that the vendors' routers share.
#[derive(Debug)]
pub struct Shared {
    pub(crate) clock: Arc<Clock>,
    pub(crate) iproyal: Accounts<iproyal::Account>,
    pub(crate) proxyshard: Accounts<proxyshard::Account>,
    pub(crate) smartproxy: Accounts<smartproxy::Account>,
    pub(crate) requests: Requests,
}

impl Shared {
    pub(crate) fn new(starts_at: Timestamp, seed: u64, provisioning_delay: Duration) -> Self {
        let clock = Arc::new(Clock::new(starts_at));
        Self {
            iproyal: Accounts::new(Arc::clone(&clock), seed, provisioning_delay),
            proxyshard: Accounts::new(Arc::clone(&clock), seed, provisioning_delay),
            smartproxy: Accounts::new(Arc::clone(&clock), seed, provisioning_delay),
            clock,
            requests: Requests::default(),
        }
    }
}

/// Whether the sandbox takes this credential: it must begin with `sandbox-`, so that nobody's real
/// key does.
pub fn accepted(credential: &str) -> bool {
    credential.starts_with("sandbox-")
}
