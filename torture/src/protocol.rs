//! The messages between the torture and the processes that buy.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::request::Request;

/// A job for a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Job {
    Buy {
        key: String,
        request: Request,
        max_total: Decimal,
        /// True if another attempt may be made where nothing was spent.
        again: bool,
    },
    Reconcile,
}

/// The result of a job.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Bought, now or before.
    Done,
    /// The outcome of this purchase is not known.
    Unknown(String),
    /// Another purchase's outcome is not known.
    Blocked,
    /// Certainly not bought.
    NotBought(String),
    /// The number of outcomes that are not known, and the keys that need review with the reasons.
    Reconciled {
        open: usize,
        needs_review: BTreeMap<String, String>,
    },
    /// Reconciling could not be done now.
    Failed(String),
}
