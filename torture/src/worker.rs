//! The process that buys, and that is killed. It reads jobs line by line from stdin and answers each with a line on stdout.

use std::error::Error as StdError;
use std::io::Write;
use std::time::Duration;

use proxy_orders::purchase::{Buyer, EntryState, IdempotencyKey, Journal, SpendOptions};
use proxy_orders::{
    ClientBuilder, Error, ErrorKind, Limits, Outcome, RetryPolicy, Timeouts, Vendor,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::wish::Wish;

/// One account, as a worker reaches it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    pub vendor: String,
    pub credential: String,
    pub base_url: String,
}

/// What a worker is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Job {
    Buy {
        key: String,
        wish: Wish,
        max_total: Decimal,
    },
    Reconcile,
}

/// What came of it.
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
    /// How many outcomes are still not known, and which need a person.
    Reconciled {
        open: usize,
        needs_review: Vec<String>,
    },
    /// Reconciling could not be done now.
    Failed(String),
}

/// How long an outcome stays unknown before "nothing was made" may be said: longer than the sandbox takes on a busy machine.
pub const GRACE_PERIOD: Duration = Duration::from_secs(2);

fn build<C>(builder: ClientBuilder<C>, place: &Place) -> Result<C, Error> {
    builder
        .credential(place.credential.as_str())
        .base_url(place.base_url.as_str())
        .limits(Limits {
            requests_per_second: None,
            ..Limits::default()
        })
        .retry(RetryPolicy {
            base_delay: Duration::from_millis(20),
            ..RetryPolicy::default()
        })
        .timeouts(Timeouts {
            non_repeatable: Duration::from_millis(1500),
            ..Timeouts::default()
        })
        .build()
}

/// A buyer of that account.
pub fn buyer(place: &Place, journal: Journal) -> Result<Buyer, Box<dyn StdError>> {
    let vendor: Vendor = place.vendor.parse()?;
    let client = build(vendor.client_builder(), place)?;
    Ok(Buyer::shared(client, journal).grace_period(GRACE_PERIOD))
}

/// Does what it is told until stdin ends.
pub async fn run(journal: &str, place: &str) -> Result<(), Box<dyn StdError>> {
    let place: Place = serde_json::from_str(place)?;
    let buyer = buyer(&place, Journal::open(journal).await?)?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str(&line)? {
            Job::Buy {
                key,
                wish,
                max_total,
            } => buy(&buyer, &key, wish, max_total).await?,
            Job::Reconcile => reconcile(&buyer).await,
        };
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}

async fn buy(buyer: &Buyer, key: &str, wish: Wish, max_total: Decimal) -> Result<Answer, Error> {
    let key = IdempotencyKey::new(key)?;
    let bought = buyer
        .spend(&key, &wish.spend()?, &SpendOptions::up_to(max_total))
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
