//! The messages between the torture and the processes that buy.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::request::Request;

/// A job for a worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum Job {
    /// Buys under a key, for no more than a cap.
    Buy(String, Request, Decimal),
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
    /// The number of outcomes that are not known, and the keys that need review.
    Reconciled {
        open: usize,
        needs_review: Vec<String>,
    },
    /// Reconciling could not be done now.
    Failed(String),
}
