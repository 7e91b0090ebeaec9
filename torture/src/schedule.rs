//! The schedule of disturbances. The seed alone decides it: every choice is drawn by its own name,
//! so that neither the time nor the other choices change it.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use proxy_orders::Vendor;
use rust_decimal::Decimal;

use crate::request::Request;

/// The longest delay of a request in milliseconds: shorter than a worker waits, and than the grace
/// period.
const LATE: u64 = 900;

/// The cap of most purchases: above every price, and below every balance, which must cover the cap
/// where the vendor quotes no price.
const CAP: Decimal = Decimal::ONE_HUNDRED;

/// The seconds by which a clock is set to another time: far more than the grace period, and less
/// than the clocks of buyer and vendor may differ by.
const CLOCK_STEP: i64 = 240;

/// A source of choices that depend on the seed and on their names.
#[derive(Clone)]
pub struct Schedule {
    seed: u64,
    /// The per cent of purchases in which somebody else buys on the account.
    others: u8,
    drawn: Arc<Mutex<BTreeMap<String, String>>>,
}

/// A purchase, as it is drawn.
#[derive(Clone, Debug)]
pub struct Plan {
    pub request: Request,
    pub max_total: Decimal,
    /// True if a second process gets the same job at the same time.
    pub has_twin: bool,
    /// True if another attempt is made under the same key when nothing was bought.
    pub again: bool,
}

/// Something that happens to a process that buys.
#[derive(Clone, Debug)]
pub struct Disturbance {
    pub moment: Moment,
    pub deed: Deed,
}

/// A moment in the course of a job.
#[derive(Clone, Debug)]
pub struct Moment {
    pub request: Which,
    pub phase: Phase,
    /// The pause from then until the deed.
    pub pause: Duration,
}

/// A request of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The request with this number, from 1.
    Number(u32),
    /// The request that spends.
    Purchase,
}

/// The progress of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It has left the process that buys, and has not reached the vendor.
    Sent,
    /// The vendor has answered, and the process has not read the answer.
    Answered,
    /// The process can read the answer.
    Delivered,
}

/// The events.
#[derive(Clone, Debug)]
pub enum Deed {
    /// The process is killed.
    Kill,
    /// Its connections are cut.
    Cut,
    /// It is stopped and loses its lock, where the lock can be lost, and goes on when others had
    /// time to reconcile and buy again.
    LoseLock,
    /// Somebody else buys on the account.
    OtherBuys(Request),
}

impl Schedule {
    pub fn new(seed: u64, others: u8) -> Self {
        Schedule {
            seed,
            others,
            drawn: Arc::default(),
        }
    }

    /// Returns all choices so far, by name.
    pub fn drawn(&self) -> BTreeMap<String, String> {
        let drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.clone()
    }

    /// Draws the purchase under a key.
    pub fn plan(&self, vendor: Vendor, key: &str) -> Plan {
        self.draw(key, "purchase", |random| {
            let request = Request::random(vendor, random);
            let is_capped = random.u8(..10) == 0;
            let tight_cap = request.tight_cap(vendor).filter(|_| is_capped);
            Plan {
                request,
                max_total: tight_cap.unwrap_or(CAP),
                has_twin: random.u8(..12) == 0,
                again: random.bool(),
            }
        })
    }

    /// Draws what happens in an attempt to make a purchase.
    pub fn attempt(
        &self,
        vendor: Vendor,
        key: &str,
        number: usize,
        plan: &Plan,
    ) -> Vec<Disturbance> {
        self.draw(key, &format!("attempt {number}"), |random| {
            let mut disturbances = Vec::new();
            let deed = match random.u8(..100) {
                0..33 => Some(Deed::Kill),
                33..41 => Some(Deed::Cut),
                41..44 => Some(Deed::LoseLock),
                _ => None,
            };
            disturbances.extend(deed.map(|deed| Disturbance::random(deed, random)));
            if random.u8(..100) < self.others {
                let request = match random.u8(..10) {
                    0..6 => plan.request,
                    _ => Request::random(vendor, random),
                };
                disturbances.push(Disturbance::random(Deed::OtherBuys(request), random));
            }
            disturbances
        })
    }

    /// Draws whether the process is killed while it reconciles.
    pub fn reconciling(&self, key: &str, number: &str) -> Vec<Disturbance> {
        self.draw(key, &format!("reconciling {number}"), |random| {
            let is_killed = random.u8(..10) == 0;
            let kill = is_killed.then(|| Disturbance {
                moment: Moment {
                    request: Which::Number(random.u32(1..4)),
                    phase: Phase::Delivered,
                    pause: Duration::from_micros(random.u64(..20_000)),
                },
                deed: Deed::Kill,
            });
            kill.into_iter().collect()
        })
    }

    /// Draws by how many seconds the clock of the machine is set forward, or back, before the
    /// outcome of a purchase is looked for.
    pub fn clock_step(&self, key: &str, number: usize) -> i64 {
        self.draw(key, &format!("clock {number}"), |random| {
            match random.u8(..16) {
                0 => CLOCK_STEP,
                1 => -CLOCK_STEP,
                _ => 0,
            }
        })
    }

    /// Draws how late a request that spends arrives, even if its process has been killed meanwhile.
    pub fn lateness(&self, caller: &str, number: u32) -> Duration {
        self.draw(caller, &format!("lateness {number}"), |random| {
            let is_late = random.u8(..6) == 0;
            Duration::from_millis(if is_late { random.u64(..LATE) } else { 0 })
        })
    }

    fn draw<T: Debug>(&self, subject: &str, what: &str, choose: impl FnOnce(&mut Rng) -> T) -> T {
        let name = format!("{subject}: {what}");
        let choice = choose(&mut Rng::with_seed(hash(self.seed, &name)));
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.insert(name, format!("{choice:?}"));
        choice
    }
}

impl Disturbance {
    fn random(deed: Deed, random: &mut Rng) -> Self {
        let request = match random.u8(..10) {
            0..6 => Which::Purchase,
            _ => Which::Number(random.u32(1..6)),
        };
        let phase = match (&deed, random.u8(..3)) {
            // A request that is held while its process is stopped would arrive after the grace
            // period.
            (Deed::LoseLock, _) if request == Which::Purchase => Phase::Answered,
            (Deed::LoseLock, _) | (_, 0) => Phase::Delivered,
            (_, 1) => Phase::Answered,
            _ => Phase::Sent,
        };
        let most = if phase == Phase::Delivered { 30_000 } else { 1 };
        let pause = Duration::from_micros(random.u64(..most));
        Disturbance {
            moment: Moment {
                request,
                phase,
                pause,
            },
            deed,
        }
    }
}

/// FNV-1a, which is the same on every machine and in every version.
fn hash(seed: u64, name: &str) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(name.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
