//! The faults that a sandbox is told to have.

mod delivery;
mod reading;
mod spoiling;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::fault_mode::FaultMode;
use crate::random::Random;
use crate::vendor::Vendor;

pub(crate) use delivery::{Reset, deliver, instead};
pub(crate) use reading::read;
pub(crate) use spoiling::{identity, is_possible};

/// A failure of the calls that it matches.
///
/// ```
/// use proxy_orders_sandbox::{Fault, FaultMode};
///
/// let once = Fault {
///     times: Some(1),
///     operation: Some("create_order".to_owned()),
///     ..Fault::new(FaultMode::DropAfter)
/// };
/// let sometimes = Fault {
///     probability: 0.25,
///     ..Fault::new(FaultMode::Html502)
/// };
/// # let _ = (once, sometimes);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    /// The vendor; `None` is any.
    pub vendor: Option<Vendor>,
    /// The operation, by its id in the OpenAPI files; `None` is any.
    pub operation: Option<String>,
    /// The way in which the calls go wrong.
    pub mode: FaultMode,
    /// The number of calls that it has left to strike; `None` is any number.
    pub times: Option<u64>,
    /// The probability from 0 to 1 that it strikes a call that it matches. Drawn from the seed, for
    /// each caller and each of its calls to an operation.
    pub probability: f64,
}

impl Fault {
    /// A fault that strikes every call of every operation, for ever.
    #[must_use]
    pub fn new(mode: FaultMode) -> Self {
        Self {
            vendor: None,
            operation: None,
            mode,
            times: None,
            probability: 1.0,
        }
    }

    /// Fails if no operation has the fault's id, or if its probability is not from 0 to 1.
    fn check(&self) -> Result<(), InvalidFault> {
        if let Some(operation) = &self.operation {
            let vendors = self.vendor.map_or(Vendor::all().to_vec(), |one| vec![one]);
            let is_known = |one: &Vendor| one.operations().contains(&operation.as_str());
            if !vendors.iter().any(is_known) {
                let message = match self.vendor {
                    Some(vendor) => format!("operation: {vendor} has no {operation:?}"),
                    None => format!("operation: no vendor has {operation:?}"),
                };
                return Err(InvalidFault::new(message));
            }
        }
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(InvalidFault::new("probability: must be from 0 to 1"));
        }
        Ok(())
    }

    fn matches(&self, vendor: Vendor, operation: &str) -> bool {
        self.times != Some(0)
            && self.vendor.is_none_or(|wanted| wanted == vendor)
            && self
                .operation
                .as_deref()
                .is_none_or(|wanted| wanted == operation)
    }
}

/// The error of a fault that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidFault {
    message: String,
}

impl InvalidFault {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    fn within(self, place: &str) -> Self {
        Self::new(format!("{place}.{}", self.message))
    }
}

impl fmt::Display for InvalidFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for InvalidFault {}

/// The faults that a sandbox has now.
#[derive(Debug)]
pub(crate) struct Faults {
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    seed: u64,
    list: Vec<Fault>,
    /// The number of calls so far, by the words that begin the name of their draws.
    calls: BTreeMap<String, u64>,
    /// The bytes of `calls`.
    added_bytes: usize,
}

/// The bytes that an entry of a map takes beside its texts.
const ENTRY_BYTES: usize = 64;

/// A call to an operation, as faults see it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    vendor: Vendor,
    operation: &'static str,
    /// The name of the call's draws. No two calls have the same.
    name: String,
}

impl Faults {
    /// No faults.
    pub fn new(seed: u64) -> Self {
        Self {
            now: Mutex::new(Now::new(seed)),
        }
    }

    /// Replaces the faults by others, or changes nothing if one of these is invalid.
    pub fn replace(&self, faults: Vec<Fault>) -> Result<(), InvalidFault> {
        for (index, fault) in faults.iter().enumerate() {
            let place = format!("faults[{index}]");
            fault.check().map_err(|invalid| invalid.within(&place))?;
        }
        self.lock().list = faults;
        Ok(())
    }

    /// Returns the faults with what is left of their times.
    pub fn all(&self) -> Vec<Fault> {
        self.lock().list.clone()
    }

    /// Removes every fault.
    pub fn clear(&self) {
        self.lock().list.clear();
    }

    /// Removes every fault, and begins the draws anew.
    pub fn reset(&self, seed: u64) {
        *self.lock() = Now::new(seed);
    }

    /// Returns the bytes that callers have added by their names.
    pub fn added_bytes(&self) -> usize {
        self.lock().added_bytes
    }

    /// Counts a call of a caller.
    pub fn call(&self, caller: &str, vendor: Vendor, operation: &'static str) -> Call {
        let name = format!("faults {caller} {vendor} {operation}");
        let now = &mut *self.lock();
        let number = now.calls.entry(name.clone()).or_insert_with(|| {
            now.added_bytes += name.len() + ENTRY_BYTES;
            0
        });
        *number += 1;
        Call {
            vendor,
            operation,
            name: format!("{name} {number}"),
        }
    }

    /// Returns the mode of the fault that strikes a call, of the modes that are possible now: the
    /// first fault in the list that matches and whose draw succeeds. It has one time less then.
    ///
    /// A draw depends on the seed, on the call and on the place of the fault in the list. Other
    /// calls do not change it.
    pub fn strike(
        &self,
        call: &Call,
        is_possible: impl Fn(FaultMode) -> bool,
    ) -> Option<FaultMode> {
        let now = &mut *self.lock();
        let seed = now.seed;
        let draws_below = |place: usize, probability: f64| {
            let mut random = Random::derived(seed, &format!("{} {place}", call.name));
            random.fraction() < probability
        };
        let mut matching = now.list.iter_mut().enumerate().filter(|(_, fault)| {
            fault.matches(call.vendor, call.operation) && is_possible(fault.mode)
        });
        let (_, struck) = matching.find(|(place, fault)| draws_below(*place, fault.probability))?;
        struck.times = struck.times.map(|left| left.saturating_sub(1));
        Some(struck.mode)
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Now {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            list: Vec::new(),
            calls: BTreeMap::new(),
            added_bytes: 0,
        }
    }
}
