//! What is made to go wrong.

mod delivery;
mod reading;
mod spoiling;

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::answer::percent_of;
use crate::random::Random;
use crate::vendor::Vendor;

pub(crate) use delivery::{Reset, deliver, instead};
pub(crate) use reading::read;
pub(crate) use spoiling::is_struck;

/// Something that goes wrong with the calls that it matches.
///
/// ```
/// use proxy_orders_sandbox::{Fault, FaultMode, Vendor};
///
/// let once = Fault {
///     times: Some(1),
///     operation: Some("create_order".to_owned()),
///     ..Fault::new(FaultMode::DropAfter)
/// };
/// let sometimes = Fault {
///     vendor: Some(Vendor::ProxyShard),
///     probability: 0.25,
///     ..Fault::new(FaultMode::Html502)
/// };
/// # let _ = (once, sometimes);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    /// At which vendor; `None` is any.
    pub vendor: Option<Vendor>,
    /// In which operation, by the id that the OpenAPI files give it; `None` is any.
    pub operation: Option<String>,
    /// What goes wrong.
    pub mode: FaultMode,
    /// How many calls it has left to strike; `None` is no end of them.
    pub times: Option<u64>,
    /// How likely it strikes a call that it matches, from 0 to 1. Drawn from the seed.
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

    /// Fails if it can never strike, because nothing has the operation's name, or if its
    /// probability is none.
    fn check(&self) -> Result<(), InvalidFault> {
        let at = self.vendor.map_or(Vendor::all().to_vec(), |one| vec![one]);
        if let Some(operation) = &self.operation
            && !at
                .iter()
                .any(|vendor| vendor.operations().contains(&operation.as_str()))
        {
            let whose = self.vendor.map_or("no vendor", Vendor::as_str);
            return Err(InvalidFault::new(format!(
                "operation: {whose} has {}{operation:?}",
                if self.vendor.is_some() { "no " } else { "" },
            )));
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

/// A fault that makes no sense.
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

/// What goes wrong. "Acted upon" means that what the call asks for has happened: what it costs was
/// charged and stands in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FaultMode {
    /// The connection is reset; the call is not acted upon.
    DropBefore,
    /// The call is acted upon, then the connection is reset.
    DropAfter,
    /// The call is acted upon and never answered. When the sandbox stops, the connection is reset.
    HangAfter,
    /// The call is acted upon and answered with 500.
    #[serde(rename = "status-500-after")]
    Status500After,
    /// 502 with a page of HTML, as a proxy in front of the vendor answers; not acted upon.
    #[serde(rename = "html-502")]
    Html502,
    /// 429 with `Retry-After: 1`; not acted upon.
    #[serde(rename = "status-429")]
    Status429,
    /// 307 to the same address; not acted upon. Who follows is acted upon then, unless the fault
    /// strikes again.
    #[serde(rename = "redirect-307")]
    Redirect307,
    /// The call is acted upon, then half of the answer is sent and the connection closed.
    TruncatedJson,
    /// The call is acted upon; the answer lacks the fields that identify what it is about.
    MissingId,
    /// The call is acted upon; every `status` in the answer is one that nobody knows.
    UnknownStatus,
    /// The call is acted upon; all fields of the answer but the identifying ones are null.
    NullFields,
    /// The answer arrives in a hundred pieces with pauses, for five seconds in all.
    SlowBody,
    /// What is to be paid is 20 per cent more than any quote said.
    PriceMove,
    /// What is bought takes 20 times as long to be provisioned.
    SlowProvisioning,
    /// IPRoyal's filter `status_is_expiring_soon` finds other orders as well.
    LyingExpiryFilter,
}

impl FaultMode {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::DropBefore,
        Self::DropAfter,
        Self::HangAfter,
        Self::Status500After,
        Self::Html502,
        Self::Status429,
        Self::Redirect307,
        Self::TruncatedJson,
        Self::MissingId,
        Self::UnknownStatus,
        Self::NullFields,
        Self::SlowBody,
        Self::PriceMove,
        Self::SlowProvisioning,
        Self::LyingExpiryFilter,
    ];

    /// The name by which the control API knows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DropBefore => "drop-before",
            Self::DropAfter => "drop-after",
            Self::HangAfter => "hang-after",
            Self::Status500After => "status-500-after",
            Self::Html502 => "html-502",
            Self::Status429 => "status-429",
            Self::Redirect307 => "redirect-307",
            Self::TruncatedJson => "truncated-json",
            Self::MissingId => "missing-id",
            Self::UnknownStatus => "unknown-status",
            Self::NullFields => "null-fields",
            Self::SlowBody => "slow-body",
            Self::PriceMove => "price-move",
            Self::SlowProvisioning => "slow-provisioning",
            Self::LyingExpiryFilter => "lying-expiry-filter",
        }
    }

    /// The mode of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Whether it strikes in place of acting upon the call.
    pub(crate) fn is_before(self) -> bool {
        matches!(
            self,
            Self::DropBefore | Self::Html502 | Self::Status429 | Self::Redirect307
        )
    }
}

/// The faults that a sandbox has now.
#[derive(Debug)]
pub(crate) struct Faults {
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    list: Vec<Fault>,
    random: Random,
}

impl Faults {
    /// None yet.
    pub fn new(seed: u64) -> Self {
        Self {
            now: Mutex::new(Now {
                list: Vec::new(),
                random: dice(seed),
            }),
        }
    }

    /// Puts others in place of those that there were, all of them or, if one makes no sense, none.
    pub fn replace(&self, faults: Vec<Fault>) -> Result<(), InvalidFault> {
        for (index, fault) in faults.iter().enumerate() {
            let place = format!("faults[{index}]");
            fault.check().map_err(|invalid| invalid.within(&place))?;
        }
        self.lock().list = faults;
        Ok(())
    }

    /// With what is left of their times.
    pub fn all(&self) -> Vec<Fault> {
        self.lock().list.clone()
    }

    /// No faults any more.
    pub fn clear(&self) {
        self.lock().list.clear();
    }

    /// No faults, and the draws from the beginning.
    pub fn reset(&self, seed: u64) {
        *self.lock() = Now {
            list: Vec::new(),
            random: dice(seed),
        };
    }

    /// Which fault strikes a call, of the modes that are possible now: the first in the list that
    /// matches and whose draw succeeds. It has one time less from then on.
    pub fn strike(
        &self,
        vendor: Vendor,
        operation: &str,
        is_possible: impl Fn(FaultMode) -> bool,
    ) -> Option<FaultMode> {
        let Now { list, random } = &mut *self.lock();
        let mut matching = list
            .iter_mut()
            .filter(|fault| fault.matches(vendor, operation) && is_possible(fault.mode));
        // What is certain draws nothing, so that it leaves the draws of the others alone.
        let struck = matching
            .find(|fault| fault.probability >= 1.0 || random.fraction() < fault.probability)?;
        struck.times = struck.times.map(|left| left.saturating_sub(1));
        Some(struck.mode)
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn dice(seed: u64) -> Random {
    Random::derived(seed, "faults")
}

/// Under what conditions a call is acted upon: what the world does to it, faults included.
#[derive(Debug, Clone)]
pub struct Conditions {
    faults: Arc<Faults>,
    vendor: Vendor,
    operation: &'static str,
    provisioning_delay: Duration,
}

impl Conditions {
    /// Those of one call.
    pub(crate) fn new(
        faults: Arc<Faults>,
        vendor: Vendor,
        operation: &'static str,
        provisioning_delay: Duration,
    ) -> Self {
        Self {
            faults,
            vendor,
            operation,
            provisioning_delay,
        }
    }

    /// How prices are at this moment. To be asked once, when something is about to be paid.
    pub fn market(&self) -> Market {
        let moved = self.meets(FaultMode::PriceMove);
        Market {
            percent: if moved { 20 } else { 0 },
        }
    }

    /// How long what is bought now takes to be provisioned.
    pub fn provisioning_delay(&self) -> Duration {
        if self.meets(FaultMode::SlowProvisioning) {
            self.provisioning_delay.saturating_mul(20)
        } else {
            self.provisioning_delay
        }
    }

    /// Whether the filter for what expires soon is to find other orders as well.
    pub fn expiry_filter_lies(&self) -> bool {
        self.meets(FaultMode::LyingExpiryFilter)
    }

    fn meets(&self, wanted: FaultMode) -> bool {
        let struck = self
            .faults
            .strike(self.vendor, self.operation, |mode| mode == wanted);
        struck.is_some()
    }
}

/// What has happened to prices since they were quoted.
#[derive(Debug, Clone, Copy)]
pub struct Market {
    percent: i64,
}

impl Market {
    /// Nothing.
    pub const CALM: Self = Self { percent: 0 };

    /// What a price in cents is now.
    pub fn price(self, cents: i64) -> i64 {
        cents.saturating_add(percent_of(cents, self.percent))
    }
}
