//! The world of a sandbox: a clock, the accounts at each vendor, the ledger, the faults, and the
//! requests that came in.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::account::Opening;
use crate::answer::{Answer, decimal};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::ledger::{Charge, Ledger, Spent};
use crate::random::Random;
use crate::request::RequestContext;
use crate::requests::Requests;
use crate::simulation::VendorAccounts;
use crate::state::{AccountState, State};
use crate::state_file::{self, Content};
use crate::vendor::Vendor;

/// The settings of a world that last as long as its sandbox.
#[derive(Debug, Clone)]
pub struct Settings {
    pub seed: u64,
    pub starts_at: Option<Timestamp>,
    pub provisioning_delay: Duration,
    pub extra_orders: usize,
    pub state_file: Option<PathBuf>,
    /// The time in which the head of a request must arrive, and then its body.
    pub request_timeout: Duration,
    /// The bytes that callers may add.
    pub storage_limit: usize,
}

/// The bytes of a charge in memory, with its texts.
const CHARGE_BYTES: usize = 256;

/// Everything that the routers share.
#[derive(Debug)]
pub struct World {
    pub clock: Clock,
    pub settings: Settings,
    pub requests: Requests,
    pub faults: Arc<Faults>,
    belongings: Mutex<Belongings>,
    spent: Mutex<Vec<Spent>>,
    /// The reason why the state file could not be written the last time. Held while it is written.
    save_error: Mutex<Option<String>>,
    /// Changes, or loses its sender, when the sandbox is to stop.
    stopping: watch::Receiver<()>,
}

/// The part of a world that the state file keeps, but for the clock.
#[derive(Debug)]
struct Belongings {
    seed: u64,
    vendors: BTreeMap<Vendor, Box<dyn VendorAccounts>>,
    ledger: Ledger,
    /// True if the state file lacks something of it.
    is_dirty: bool,
}

impl World {
    /// Opens the world of the state file, if there is one, or a new one.
    pub fn open(settings: Settings, stopping: watch::Receiver<()>) -> io::Result<Self> {
        let mut belongings = Belongings::new(settings.seed);
        let mut clock = Clock::new(settings.starts_at);
        if let Some(path) = &settings.state_file
            && let Some(content) = state_file::load(path)?
        {
            clock = Clock::restored(content.clock, settings.starts_at);
            let restored = belongings.restore(content);
            restored.map_err(|reason| state_file::invalid(path, &reason))?;
        }
        let world = Self {
            clock,
            requests: Requests::default(),
            faults: Arc::new(Faults::new(belongings.seed)),
            settings,
            belongings: Mutex::new(belongings),
            spent: Mutex::default(),
            save_error: Mutex::new(None),
            stopping,
        };
        // A place that cannot be written to is an error now, not a loss later.
        world.save()?;
        Ok(world)
    }

    /// Calls an operation of a vendor, by its index, on the account of the caller.
    pub fn perform(&self, vendor: Vendor, operation: usize, mut request: RequestContext) -> Answer {
        let mut belongings = self.belongings();
        let is_full = self.is_filled(&belongings);
        let Belongings {
            seed,
            vendors,
            ledger,
            is_dirty,
        } = &mut *belongings;
        let opening = Opening {
            at: self.clock.starts_at(),
            random: Random::derived(*seed, vendor.as_str()),
            extra_orders: self.settings.extra_orders,
        };
        // Read under the lock, so that no account ever sees time go back.
        request.now = self.clock.now();
        let accounts = vendors.entry(vendor).or_insert_with(|| vendor.accounts());
        let performed = accounts.perform(operation, request, opening, is_full);
        if let Some((account, charges)) = performed.charges {
            ledger.enter(vendor, &account, charges);
        }
        *is_dirty |= performed.is_changed;
        performed.answer
    }

    /// Tells whether callers have added as much as is kept.
    pub fn is_full(&self) -> bool {
        self.is_filled(&self.belongings())
    }

    fn is_filled(&self, belongings: &Belongings) -> bool {
        let accounts = belongings.vendors.values().map(|it| it.added_bytes());
        let charges = belongings.ledger.charges.len() * CHARGE_BYTES;
        let added = accounts.sum::<usize>() + charges + self.faults.added_bytes();
        added >= self.settings.storage_limit
    }

    /// Keeps what a call has spent.
    pub fn spent(&self, spent: Spent) {
        self.lock_spent().push(spent);
    }

    /// Returns what calls have spent, oldest first.
    pub fn all_spent(&self) -> Vec<Spent> {
        self.lock_spent().clone()
    }

    /// Returns the seed of the made-up values.
    pub fn seed(&self) -> u64 {
        self.belongings().seed
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.belongings().is_dirty = true;
    }

    /// Forgets everything and begins anew.
    pub fn reset(&self, seed: u64) {
        // Held until the end, so that no call sees one half of it.
        let mut belongings = self.belongings();
        *belongings = Belongings::new(seed);
        self.clock.restart();
        self.faults.reset(seed);
        self.lock_spent().clear();
        self.requests.clear();
    }

    /// Returns every charge, also those of due events that have not been looked for yet.
    pub fn charges(&self) -> Vec<Charge> {
        let mut belongings = self.belongings();
        belongings.settle(&self.clock);
        belongings.ledger.charges.clone()
    }

    /// Returns the state of everything.
    pub fn state(&self) -> State {
        let (accounts, seed) = {
            let mut belongings = self.belongings();
            (belongings.settle(&self.clock), belongings.seed)
        };
        State {
            clock: self.clock.now(),
            seed,
            faults: self.faults.all(),
            accounts,
            save_error: self.save_error().clone(),
        }
    }

    /// Writes the state file, if there is one and it lacks something.
    pub fn save(&self) -> io::Result<()> {
        let Some(path) = &self.settings.state_file else {
            return Ok(());
        };
        let mut save_error = self.save_error();
        let content = {
            let mut belongings = self.belongings();
            if !std::mem::take(&mut belongings.is_dirty) {
                return Ok(());
            }
            belongings.content(&self.clock)
        };
        let written = content.and_then(|content| state_file::write(path, &content));
        if written.is_err() {
            self.belongings().is_dirty = true;
        }
        *save_error = written.as_ref().err().map(ToString::to_string);
        written
    }

    /// Tells whether the world outlives its sandbox.
    pub fn is_kept(&self) -> bool {
        self.settings.state_file.is_some()
    }

    /// Waits until the sandbox is to stop.
    pub async fn stopped(&self) {
        // Nothing is ever sent: the sender goes away with the sandbox.
        self.stopping.clone().changed().await.ok();
    }

    fn belongings(&self) -> MutexGuard<'_, Belongings> {
        self.belongings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_spent(&self) -> MutexGuard<'_, Vec<Spent>> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_error(&self) -> MutexGuard<'_, Option<String>> {
        self.save_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Belongings {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            vendors: BTreeMap::new(),
            ledger: Ledger::default(),
            is_dirty: true,
        }
    }

    /// Makes all due events happen at all vendors.
    fn settle(&mut self, clock: &Clock) -> Vec<AccountState> {
        let now = clock.now();
        let mut states = Vec::new();
        for (vendor, accounts) in &mut self.vendors {
            for account in accounts.settle(now) {
                self.is_dirty |= account.is_changed;
                self.ledger
                    .enter(*vendor, &account.fingerprint, account.charges);
                states.push(AccountState {
                    vendor: *vendor,
                    account: account.fingerprint,
                    balance: decimal(account.balance),
                    orders: account.statuses,
                });
            }
        }
        states
    }

    /// Returns the text of the state file, of one moment.
    fn content(&self, clock: &Clock) -> io::Result<Vec<u8>> {
        let mut saved = BTreeMap::new();
        for (vendor, accounts) in &self.vendors {
            saved.insert(*vendor, accounts.save()?);
        }
        let content = Content {
            format: state_file::FORMAT,
            seed: self.seed,
            clock: clock.saved(),
            ledger: self.ledger.clone(),
            accounts: saved,
        };
        Ok(serde_json::to_vec(&content)?)
    }

    /// Takes over the content of the state file.
    fn restore(&mut self, content: Content) -> Result<(), String> {
        for (vendor, saved) in content.accounts {
            let mut accounts = vendor.accounts();
            accounts.load(saved)?;
            self.vendors.insert(vendor, accounts);
        }
        self.seed = content.seed;
        self.ledger = content.ledger;
        self.is_dirty = false;
        Ok(())
    }
}
