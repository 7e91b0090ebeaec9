//! The guards of the protocol, the ways in which the surroundings may fail, and the invariants.

use std::fmt;

/// A part of the protocol that keeps a promise. The model can be explored without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guard {
    /// The entry is marked as sent before the request leaves.
    WrittenBeforeSending,
    /// Nothing is spent on an account while the outcome of another purchase is not known.
    UnknownBlocks,
    /// One process at a time spends on an account.
    Lock,
    /// A process that lost the lock neither marks an entry as sent nor sends.
    LockChecked,
    /// Nothing is sent when the mark `sent` is older than a bound.
    SentBound,
    /// Neither an order nor its absence counts before the grace period is over.
    GracePeriod,
    /// The movement of the balance must agree with the decision.
    Balance,
    /// An order that an entry claims is not adopted by another.
    ClaimedOrders,
    /// An order made outside the window around the mark `sent` is not adopted.
    Window,
    /// On an account that others are known to buy on, nothing is adopted without a person.
    SharedAccount,
    /// The state of the account is read right before sending; without it, nothing is decided.
    Baseline,
    /// Two open entries that one order could belong to need review.
    OneOpenEntry,
    /// Orders that cannot be placed before or after the baseline are no absence.
    UnplacedOrders,
    /// A key that was sent is not sent again, unless nothing was spent under it.
    KeyUniqueness,
    /// An answer is written only to the attempt that it belongs to.
    AttemptNamed,
    /// A confirmation that finds its entry moved on is written all the same.
    LateConfirmation,
    /// The caps count what was charged, not what was quoted.
    ChargedCounts,
}

impl Guard {
    /// All guards.
    pub const ALL: [Guard; 17] = [
        Guard::WrittenBeforeSending,
        Guard::UnknownBlocks,
        Guard::Lock,
        Guard::LockChecked,
        Guard::SentBound,
        Guard::GracePeriod,
        Guard::Balance,
        Guard::ClaimedOrders,
        Guard::Window,
        Guard::SharedAccount,
        Guard::Baseline,
        Guard::OneOpenEntry,
        Guard::UnplacedOrders,
        Guard::KeyUniqueness,
        Guard::AttemptNamed,
        Guard::LateConfirmation,
        Guard::ChargedCounts,
    ];

    /// Returns the invariant that breaks without the guard.
    pub const fn protects(self) -> &'static str {
        match self {
            Guard::WrittenBeforeSending | Guard::KeyUniqueness => ONE_ORDER_PER_KEY,
            Guard::SentBound
            | Guard::GracePeriod
            | Guard::Baseline
            | Guard::UnplacedOrders
            | Guard::AttemptNamed => NO_EFFECT_IS_TRUE,
            Guard::UnknownBlocks | Guard::Lock | Guard::LockChecked | Guard::ChargedCounts => {
                CAPS_COUNT_CHARGES
            }
            Guard::Balance | Guard::Window | Guard::SharedAccount | Guard::OneOpenEntry => {
                ADOPTION_IS_RIGHT
            }
            Guard::ClaimedOrders => ONE_ENTRY_PER_ORDER,
            Guard::LateConfirmation => CONFIRMATIONS_ARE_KEPT,
        }
    }
}

/// A failure of the surroundings that the protocol does not cover. It is a limit of the promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// The vendor carries out a request after the grace period.
    SlowVendor,
    /// The journal loses the mark `sent`, as PostgreSQL does that fails over to a replica which
    /// is behind.
    JournalForgets,
    /// Another buyer makes an order like ours, in the window and from the same balance, while
    /// nothing was seen of others before.
    TwinOrder,
    /// The process ends, or loses the lock, after a confirmation is written and before the charge
    /// is read.
    ChargeUnread,
    /// A person decides before the grace period is over.
    HastyPerson,
}

impl Limit {
    /// All limits.
    pub const ALL: [Limit; 5] = [
        Limit::SlowVendor,
        Limit::JournalForgets,
        Limit::TwinOrder,
        Limit::ChargeUnread,
        Limit::HastyPerson,
    ];

    /// Returns the invariant that breaks where the limit is met.
    pub const fn breaks(self) -> &'static str {
        match self {
            Limit::SlowVendor | Limit::HastyPerson => NO_EFFECT_IS_TRUE,
            Limit::JournalForgets => ONE_ORDER_PER_KEY,
            Limit::TwinOrder => ADOPTION_IS_RIGHT,
            Limit::ChargeUnread => CAPS_COUNT_CHARGES,
        }
    }
}

/// At most one order is made for a key, or the journal shows every one of them.
pub const ONE_ORDER_PER_KEY: &str = "one order per key";
/// An entry that says that nothing was made is right.
pub const NO_EFFECT_IS_TRUE: &str = "never not-made while an order of ours exists";
/// Nothing is sent that exceeds the cap together with what was charged.
pub const CAPS_COUNT_CHARGES: &str = "caps by what was charged";
/// The program adopts the order of another buyer only if nothing at the vendor tells them apart.
pub const ADOPTION_IS_RIGHT: &str = "no order of others adopted";
/// No order belongs to two entries.
pub const ONE_ENTRY_PER_ORDER: &str = "one entry per order";
/// A confirmation that reached the program is in the journal.
pub const CONFIRMATIONS_ARE_KEPT: &str = "confirmations are kept";

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Guard::WrittenBeforeSending => "entry written before sending",
            Guard::UnknownBlocks => "unknown blocks the account",
            Guard::Lock => "account lock",
            Guard::LockChecked => "lock checked before sending",
            Guard::SentBound => "bound on the age of `sent`",
            Guard::GracePeriod => "grace period",
            Guard::Balance => "balance in decisions",
            Guard::ClaimedOrders => "claimed orders",
            Guard::Window => "window around `sent`",
            Guard::SharedAccount => "shared accounts",
            Guard::Baseline => "baseline",
            Guard::OneOpenEntry => "two open entries",
            Guard::UnplacedOrders => "unplaced orders",
            Guard::KeyUniqueness => "key uniqueness",
            Guard::AttemptNamed => "answers name their attempt",
            Guard::LateConfirmation => "late confirmation kept",
            Guard::ChargedCounts => "caps count charges",
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Limit::SlowVendor => "vendor slower than the grace period",
            Limit::JournalForgets => "journal loses `sent`",
            Limit::TwinOrder => "same order of another buyer",
            Limit::HastyPerson => "person decides too early",
            Limit::ChargeUnread => "charge not read after confirmation",
        })
    }
}
