//! What a sandbox holds: a clock, the accounts at each vendor, the ledger, the faults, the requests
//! it has seen.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::file::{self, Content};
use crate::ledger::{Charge, Ledger, Till, fingerprint};
use crate::random::Random;
use crate::requests::Requests;
use crate::state::{AccountState, State};
use crate::vendor::Vendor;
use crate::{iproyal, proxyshard, smartproxy};

/// What one credential owns at one vendor.
///
/// Each vendor's module has an `Account` that implements this.
pub trait World: Serialize + DeserializeOwned + Send + 'static {
    /// The vendor, whose name also sets its made-up values apart from the other vendors'.
    const VENDOR: Vendor;

    /// The vendor's accounts.
    fn accounts(shared: &Shared) -> &Accounts<Self>;

    /// A fresh account. It may depend on nothing but `opening`.
    fn seeded(opening: Opening) -> Self;

    /// Lets happen what is due first, if anything is due by `now`, and says whether it was.
    fn happens(&mut self, now: Timestamp) -> bool;

    /// Lets everything happen that is due by `now`, and says whether anything did. Called before
    /// every look at the account, with instants that never go back.
    ///
    /// One event at a time and the earliest first, so that it makes no difference how often somebody
    /// looks, and that orders which compete for one balance do so in their order.
    fn settle(&mut self, now: Timestamp) -> bool {
        let mut has_happened = false;
        while self.happens(now) {
            has_happened = true;
        }
        has_happened
    }

    /// What it was charged since the last look.
    fn till(&mut self) -> &mut Till;

    /// Cents.
    fn balance(&self) -> i64;

    /// How many orders there are of each status.
    fn statuses(&self) -> BTreeMap<String, usize>;
}

/// What a fresh account is made from.
#[derive(Debug)]
pub struct Opening {
    /// The instant that the world began at, not that of the first request.
    pub at: Timestamp,
    /// Made-up values; the account may keep it for those it needs later.
    pub random: Random,
    /// How many orders it has beside those that every account begins with.
    pub extra_orders: usize,
}

/// The accounts at one vendor, by the fingerprint of the credential.
#[derive(Debug)]
pub struct Accounts<W> {
    by_fingerprint: Mutex<BTreeMap<String, W>>,
}

impl<W> Accounts<W> {
    fn of(by_fingerprint: BTreeMap<String, W>) -> Self {
        Self {
            by_fingerprint: Mutex::new(by_fingerprint),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, W>> {
        self.by_fingerprint
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a world is made from that lasts as long as its sandbox.
#[derive(Debug)]
pub struct Settings {
    pub seed: u64,
    pub starts_at: Option<Timestamp>,
    pub provisioning_delay: Duration,
    pub extra_orders: usize,
    pub is_controlled: bool,
    pub state_file: Option<PathBuf>,
}

/// Everything that the vendors' routers share.
#[derive(Debug)]
pub struct Shared {
    pub clock: Clock,
    seed: AtomicU64,
    pub provisioning_delay: Duration,
    extra_orders: usize,
    /// Whether the control API is there.
    pub is_controlled: bool,
    state_file: Option<PathBuf>,
    pub iproyal: Accounts<iproyal::Account>,
    pub proxyshard: Accounts<proxyshard::Account>,
    pub smartproxy: Accounts<smartproxy::Account>,
    pub requests: Requests,
    pub ledger: Ledger,
    pub faults: Arc<Faults>,
    /// Whether there is something that the state file does not have yet.
    is_dirty: AtomicBool,
    /// Why the state file could not be written the last time. Held while it is written.
    save_error: Mutex<Option<String>>,
    /// Changes, or loses its sender, when the sandbox is to stop.
    stopping: watch::Receiver<()>,
}

impl Shared {
    /// The world of the state file, if there is one, or a new one.
    pub fn open(settings: Settings, stopping: watch::Receiver<()>) -> io::Result<Self> {
        let content = match &settings.state_file {
            Some(path) => file::load(path)?,
            None => None,
        };
        let is_new = content.is_none();
        let content = content.unwrap_or_default();
        let seed = if is_new { settings.seed } else { content.seed };
        let clock = content.clock.map_or_else(
            || Clock::new(settings.starts_at),
            |saved| Clock::restored(saved, settings.starts_at),
        );
        let shared = Self {
            clock,
            seed: AtomicU64::new(seed),
            provisioning_delay: settings.provisioning_delay,
            extra_orders: settings.extra_orders,
            is_controlled: settings.is_controlled,
            state_file: settings.state_file,
            iproyal: Accounts::of(content.iproyal),
            proxyshard: Accounts::of(content.proxyshard),
            smartproxy: Accounts::of(content.smartproxy),
            requests: Requests::default(),
            ledger: Ledger::of(content.ledger),
            faults: Arc::new(Faults::new(seed)),
            is_dirty: AtomicBool::new(is_new),
            save_error: Mutex::new(None),
            stopping,
        };
        // So that a place that cannot be written to is an error now and not a loss later.
        shared.save()?;
        Ok(shared)
    }

    /// Looks at or changes the account of a credential, as it is at the clock's `now`.
    ///
    /// A credential seen for the first time gets a fresh account: every credential owns the same
    /// world at first, and none sees what another does to its own. Whether the credential is good
    /// is for the caller to ask first, see [`accepted`].
    pub fn with<W: World, T>(
        &self,
        credential: &str,
        is_change: bool,
        look: impl FnOnce(&mut W, Timestamp) -> T,
    ) -> T {
        let fingerprint = fingerprint(credential);
        let mut accounts = W::accounts(self).lock();
        let is_new = !accounts.contains_key(&fingerprint);
        let account = accounts.entry(fingerprint.clone()).or_insert_with(|| {
            W::seeded(Opening {
                at: self.clock.starts_at(),
                random: Random::derived(self.seed(), W::VENDOR.as_str()),
                extra_orders: self.extra_orders,
            })
        });
        // Read under the lock, so that no account ever sees time go back.
        let now = self.clock.now();
        let has_settled = account.settle(now);
        let seen = look(account, now);
        self.ledger.enter(W::VENDOR, &fingerprint, account.till());
        if is_new || has_settled || is_change {
            self.is_dirty.store(true, Ordering::Release);
        }
        seen
    }

    /// What made-up values depend on.
    pub fn seed(&self) -> u64 {
        self.seed.load(Ordering::Acquire)
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.is_dirty.store(true, Ordering::Release);
    }

    /// Forgets everything and begins anew.
    pub fn reset(&self, seed: u64) {
        // Held together, so that no call sees one half of it.
        let mut iproyal = self.iproyal.lock();
        let mut proxyshard = self.proxyshard.lock();
        let mut smartproxy = self.smartproxy.lock();
        iproyal.clear();
        proxyshard.clear();
        smartproxy.clear();
        self.seed.store(seed, Ordering::Release);
        self.clock.restart();
        self.ledger.clear();
        self.faults.reset(seed);
        self.requests.clear();
        self.is_dirty.store(true, Ordering::Release);
    }

    /// Every charge, also those that are due and that nobody has looked for yet.
    pub fn charges(&self) -> Vec<Charge> {
        self.settle_all();
        self.ledger.all()
    }

    /// Where everything stands.
    pub fn state(&self) -> State {
        let accounts = self.settle_all();
        State {
            clock: self.clock.now(),
            seed: self.seed(),
            faults: self.faults.all(),
            accounts,
            save_error: self.save_error().clone(),
        }
    }

    fn settle_all(&self) -> Vec<AccountState> {
        let mut seen = self.settled::<iproyal::Account>();
        seen.extend(self.settled::<proxyshard::Account>());
        seen.extend(self.settled::<smartproxy::Account>());
        seen
    }

    fn settled<W: World>(&self) -> Vec<AccountState> {
        let mut accounts = W::accounts(self).lock();
        let now = self.clock.now();
        let seen = accounts.iter_mut().map(|(fingerprint, account)| {
            if account.settle(now) {
                self.is_dirty.store(true, Ordering::Release);
            }
            self.ledger.enter(W::VENDOR, fingerprint, account.till());
            AccountState::of(fingerprint, account)
        });
        seen.collect()
    }

    /// Writes the state file, if there is one and it lacks something.
    pub fn save(&self) -> io::Result<()> {
        let Some(path) = &self.state_file else {
            return Ok(());
        };
        let mut save_error = self.save_error();
        if !self.is_dirty.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let written = self
            .content()
            .and_then(|content| file::write(path, &content));
        if written.is_err() {
            self.is_dirty.store(true, Ordering::Release);
        }
        *save_error = written.as_ref().err().map(ToString::to_string);
        written
    }

    /// What the state file is to hold, of one moment.
    fn content(&self) -> io::Result<Vec<u8>> {
        let iproyal = self.iproyal.lock();
        let proxyshard = self.proxyshard.lock();
        let smartproxy = self.smartproxy.lock();
        file::text(&Content {
            format: file::FORMAT,
            seed: self.seed(),
            clock: Some(self.clock.saved()),
            ledger: self.ledger.all(),
            iproyal: &*iproyal,
            proxyshard: &*proxyshard,
            smartproxy: &*smartproxy,
        })
    }

    fn save_error(&self) -> MutexGuard<'_, Option<String>> {
        self.save_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is to outlive its sandbox.
    pub fn is_kept(&self) -> bool {
        self.state_file.is_some()
    }

    /// Waits until the sandbox is to stop.
    pub async fn stopped(&self) {
        // Nothing is ever sent: the sender goes away with the sandbox.
        self.stopping.clone().changed().await.ok();
    }
}

/// Whether the sandbox takes this credential: it must begin with `sandbox-`, so that nobody's real
/// key does.
pub fn accepted(credential: &str) -> bool {
    credential.starts_with("sandbox-")
}
