//! The conditions under which a call is acted upon, faults included.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::answer::percent_of;
use crate::fault_mode::FaultMode;

/// By how many times a slow purchase takes longer.
const SLOW: u32 = 20;
/// By how many per cent prices move.
const MOVE: i64 = 20;

/// The conditions of one call.
#[derive(Clone)]
pub struct Conditions {
    /// Tells whether a fault of this mode strikes the call, and uses up one of the fault's times.
    strikes: Arc<dyn Fn(FaultMode) -> bool + Send + Sync>,
    provisioning_delay: Duration,
}

impl Conditions {
    /// Conditions in which `strikes` decides about each fault.
    pub fn new(
        provisioning_delay: Duration,
        strikes: impl Fn(FaultMode) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            strikes: Arc::new(strikes),
            provisioning_delay,
        }
    }

    /// Returns how prices are at this moment. To be called once, when something is about to be
    /// paid.
    pub fn market(&self) -> Market {
        let has_moved = (self.strikes)(FaultMode::PriceMove);
        Market {
            percent: if has_moved { MOVE } else { 0 },
        }
    }

    /// Returns how long a purchase made now takes to be provisioned.
    pub fn provisioning_delay(&self) -> Duration {
        if (self.strikes)(FaultMode::SlowProvisioning) {
            self.provisioning_delay.saturating_mul(SLOW)
        } else {
            self.provisioning_delay
        }
    }

    /// Tells whether the filter for orders that expire soon finds other orders as well.
    pub fn expiry_filter_lies(&self) -> bool {
        (self.strikes)(FaultMode::LyingExpiryFilter)
    }

    /// Moves a list by one place if it has moved since its page before. `skip` and `size` tell the
    /// page.
    pub fn shift<T: Copy>(&self, list: &mut Vec<T>, skip: usize, size: usize) {
        let Some(&first) = list.first().filter(|_| skip > 0) else {
            return;
        };
        if !(self.strikes)(FaultMode::ShiftedPages) {
            return;
        }
        // No page after the first shows what is added or removed here.
        if skip.div_ceil(size.max(1)) % 2 == 1 {
            list.insert(0, first);
        } else {
            list.remove(0);
        }
    }

    /// Tells whether a list of orders lacks their ids and its length.
    pub fn lists_are_bare(&self) -> bool {
        (self.strikes)(FaultMode::BareLists)
    }

    /// Tells whether an order made now is paid at once.
    pub fn is_paid_at_once(&self) -> bool {
        (self.strikes)(FaultMode::PaidAtOnce)
    }

    /// Tells whether the amount to pay of an order made now is answered as 0.
    pub fn pay_fee_is_zero(&self) -> bool {
        (self.strikes)(FaultMode::ZeroPayFee)
    }
}

impl Default for Conditions {
    fn default() -> Self {
        Self::new(Duration::ZERO, |_| false)
    }
}

impl fmt::Debug for Conditions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Conditions")
    }
}

/// The change of prices since they were quoted.
#[derive(Debug, Clone, Copy)]
pub struct Market {
    percent: i64,
}

impl Market {
    /// No change.
    pub const CALM: Self = Self { percent: 0 };

    /// Returns what a price in cents is now.
    pub fn price(self, cents: i64) -> i64 {
        cents.saturating_add(percent_of(cents, self.percent))
    }
}
