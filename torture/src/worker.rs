//! The process that buys, and that is killed. It reads jobs line by line from stdin and answers each
//! with a line on stdout.

use std::error::Error as StdError;
use std::io::Write;
use std::time::Duration;

use proxy_orders::purchase::{Buyer, EntryState, IdempotencyKey, Journal, SpendOptions};
use proxy_orders::{Error, ErrorKind, Limits, Outcome, RetryPolicy, Timeouts, Vendor};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::request::Request;

/// The access of a worker to one account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountAccess {
    pub vendor: String,
    pub credential: String,
    pub base_url: String,
}

/// A job for a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Job {
    Buy {
        key: String,
        request: Request,
        max_total: Decimal,
    },
    Reconcile,
}

/// The result of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// The time before a purchase may be called not made: longer than the sandbox takes on a busy
/// machine.
pub const GRACE_PERIOD: Duration = Duration::from_secs(2);

/// Makes a buyer of an account.
pub fn buyer(access: &AccountAccess, journal: Journal) -> Result<Buyer, Box<dyn StdError>> {
    let limits = Limits {
        requests_per_second: None,
        ..Limits::default()
    };
    let retry = RetryPolicy {
        base_delay: Duration::from_millis(20),
        ..RetryPolicy::default()
    };
    let timeouts = Timeouts {
        non_repeatable: Duration::from_millis(1500),
        ..Timeouts::default()
    };
    let builder = access.vendor.parse::<Vendor>()?.client_builder();
    let builder = builder.credential(access.credential.as_str());
    let builder = builder.base_url(access.base_url.as_str()).limits(limits);
    let client = builder.retry(retry).timeouts(timeouts).build()?;
    Ok(Buyer::shared(client, journal).grace_period(GRACE_PERIOD))
}

/// Does jobs until stdin ends.
pub async fn run(journal: &str, access: &str) -> Result<(), Box<dyn StdError>> {
    let access: AccountAccess = serde_json::from_str(access)?;
    let buyer = buyer(&access, Journal::open(journal).await?)?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str(&line)? {
            Job::Buy {
                key,
                request,
                max_total,
            } => buy(&buyer, &key, request, max_total).await?,
            Job::Reconcile => reconcile(&buyer).await,
        };
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}

async fn buy(
    buyer: &Buyer,
    key: &str,
    request: Request,
    max_total: Decimal,
) -> Result<Answer, Error> {
    let key = IdempotencyKey::new(key)?;
    let bought = buyer
        .spend(&key, &request.spend()?, &SpendOptions::up_to(max_total))
        .await;
    Ok(match bought {
        Ok(_) => Answer::Done,
        Err(error) if error.may_have_taken_effect() => Answer::Unknown(error.to_string()),
        Err(error)
            if error.kind() == ErrorKind::Unsettled && error.outcome() == Outcome::NotSent =>
        {
            Answer::Blocked
        }
        Err(error) => Answer::NotBought(error.to_string()),
    })
}

async fn reconcile(buyer: &Buyer) -> Answer {
    match buyer.reconcile().await {
        Err(error) => Answer::Failed(error.to_string()),
        Ok(outcomes) => {
            let open = outcomes
                .iter()
                .filter(|it| it.entry.state == EntryState::Unknown)
                .count();
            let needs_review = outcomes
                .iter()
                .filter(|it| it.needs_review.is_some())
                .map(|it| it.entry.key.to_string());
            Answer::Reconciled {
                open,
                needs_review: needs_review.collect(),
            }
        }
    }
}
