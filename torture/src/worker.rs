//! The process that buys, and that is killed. It reads jobs line by line from stdin and answers
//! each with a line on stdout.

use std::io::Write;

use proxy_orders::purchase::{Buyer, IdempotencyKey, Journal, SpendOptions};
use proxy_orders::{ErrorKind, Outcome};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::account_run::AccountRun;
use crate::protocol::{Answer, Job};
use crate::request::{Request, Result};

/// Does jobs until stdin ends.
pub async fn run(account: &str) -> Result<()> {
    let account: AccountRun = serde_json::from_str(account)?;
    let buyer = account.buyer(Journal::open(&account.journal).await?)?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str(&line)? {
            Job::Buy {
                key,
                request,
                max_total,
                again,
            } => {
                let options = SpendOptions::up_to(max_total);
                let options = if again { options.again() } else { options };
                buy(&buyer, &key, request, &options).await?
            }
            Job::Reconcile => reconcile(&buyer).await,
        };
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}

async fn buy(buyer: &Buyer, key: &str, request: Request, options: &SpendOptions) -> Result<Answer> {
    let key = IdempotencyKey::new(key)?;
    let spend = request.spend(buyer.vendor())?;
    let Err(error) = buyer.spend(&key, &spend, options).await else {
        return Ok(Answer::Done);
    };
    Ok(match (error.kind(), error.outcome()) {
        _ if error.may_have_taken_effect() => Answer::Unknown(error.to_string()),
        (ErrorKind::Unsettled, Outcome::NotSent) => Answer::Blocked,
        _ => Answer::NotBought(error.to_string()),
    })
}

async fn reconcile(buyer: &Buyer) -> Answer {
    let outcomes = match buyer.reconcile().await {
        Err(error) => return Answer::Failed(error.to_string()),
        Ok(outcomes) => outcomes,
    };
    let open = outcomes.iter().filter(|it| it.entry.state.is_open());
    let needs_review = outcomes.iter().filter_map(|it| {
        let reason = it.needs_review.clone()?;
        Some((it.entry.key.to_string(), reason))
    });
    Answer::Reconciled {
        open: open.count(),
        needs_review: needs_review.collect(),
    }
}
