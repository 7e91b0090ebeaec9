//! The way of one purchase from the command line: key, price, question, journal, order.

use std::time::Duration;

use proxy_orders::purchase::{
    DryRun, EntryState, Filter, IdempotencyKey, Receipt, SpendOptions, SpendRequest,
};
use proxy_orders::{ErrorKind, Order, Vendor};
use rust_decimal::Decimal;
use serde::Serialize;

use super::spending::{ask, interruptible};
use crate::arguments::{Common, Consent, Guards};
use crate::columns::{DRY_RUN, ORDER};
use crate::failure::{Advice, Failure, note};
use crate::journal::SpendContext;
use crate::output::{self, Output};
use crate::session::Session;

/// How long is waited for another purchase without a word about it.
const SILENCE: Duration = Duration::from_secs(2);

/// What a purchase would do, as it is printed.
#[derive(Serialize)]
pub struct DryRunReport {
    /// At which vendor.
    pub vendor: &'static str,
    /// The operationId.
    pub operation: &'static str,
    /// Under which key, if one is given.
    pub idempotency_key: Option<IdempotencyKey>,
    /// What the library says of it.
    #[serde(flatten)]
    pub run: DryRun,
}

/// What is to be bought, and how to ask for it.
pub struct Wish<'a> {
    /// The request.
    pub spend: &'a SpendRequest,
    /// The most that it may cost.
    pub max_total: Decimal,
    /// What the user is asked.
    pub question: String,
}

/// Buys, once. `None` after a dry run.
pub async fn purchase(
    session: &Session,
    common: &Common,
    consent: &Consent,
    wish: &Wish<'_>,
    output: Output,
) -> Result<Option<Receipt>, Failure> {
    let context = SpendContext::to_spend(session, common, &consent.guards).await?;
    let options = options(&consent.guards, wish.max_total);
    if consent.guards.dry_run {
        let trial = dry_run(
            &context,
            consent.idempotency_key.as_ref(),
            wish.spend,
            &options,
        )
        .await?;
        output::print_one(&trial, DRY_RUN, output)?;
        return refused(&trial).map(|()| None);
    }
    let key = match &consent.idempotency_key {
        Some(key) => key.clone(),
        None => {
            let key = IdempotencyKey::random();
            note(format_args!("idempotency key: {key}"));
            key
        }
    };
    if !consent.yes && is_to_be_sent(&context, &key, &consent.guards).await? {
        show_price(session, wish).await?;
        ask(&wish.question)?;
    }
    once(&context, &key, wish.spend, &options).await.map(Some)
}

/// The library's words for the flags.
pub fn options(guards: &Guards, max_total: Decimal) -> SpendOptions {
    let mut options = SpendOptions::up_to(max_total);
    if guards.again {
        options = options.again();
    }
    match &guards.despite_unknown {
        Some(reason) => options.despite_unknown(reason),
        None => options,
    }
}

/// Sends it, if the journal does not know it yet. If the user stops it, says whether it may have been sent.
pub async fn once(
    context: &SpendContext,
    key: &IdempotencyKey,
    spend: &SpendRequest,
    options: &SpendOptions,
) -> Result<Receipt, Failure> {
    let buyer = &context.buyer;
    let spending = async {
        let hasty = buyer.clone().lock_timeout(SILENCE);
        match hasty.spend(key, spend, options).await {
            // Nothing was begun yet.
            Err(error) if error.kind() == ErrorKind::Busy => {
                note("another purchase on this account is under way: waiting until it has ended");
                buyer.spend(key, spend, options).await
            }
            outcome => outcome,
        }
    };
    match interruptible(spending).await {
        Some(Ok(receipt)) => Ok(receipt),
        Some(Err(error)) => Err(Failure::Purchase(error, context.advice.clone())),
        None => {
            let account = buyer.account_name();
            let entry = buyer.journal().entry(buyer.vendor(), account, key).await;
            match entry.map(|entry| entry.map(|entry| entry.state)) {
                Ok(None | Some(EntryState::Planned)) => Err(Failure::Refused(
                    "interrupted before anything was sent; nothing was bought".to_owned(),
                )),
                _ => Err(Failure::Interrupted(context.advice.clone())),
            }
        }
    }
}

/// Says what would be done, and why it would be refused, by the journal too.
pub async fn dry_run(
    context: &SpendContext,
    key: Option<&IdempotencyKey>,
    spend: &SpendRequest,
    options: &SpendOptions,
) -> Result<DryRunReport, Failure> {
    let mut run = context.buyer.dry_run(spend, options).await?;
    if let Some(key) = key {
        let buyer = &context.buyer;
        let vendor = buyer.vendor();
        let known = buyer.journal().entry(vendor, buyer.account_name(), key);
        if let Some(entry) = known.await? {
            note(format_args!(
                "note: the journal knows `{key}`: {} {}",
                entry.operation, entry.state
            ));
        }
    }
    let open = open_keys(context).await?;
    let other = open.iter().find(|open| Some(*open) != key);
    if let (None, Some(other)) = (&run.refusal, other) {
        run.refusal = Some(format!(
            "nobody knows yet what became of the purchase `{other}`"
        ));
    }
    Ok(DryRunReport {
        vendor: spend.vendor().as_str(),
        operation: spend.operation().id,
        idempotency_key: key.cloned(),
        run,
    })
}

/// A dry run of what would be refused fails, so that a script can go by it.
pub fn refused(trial: &DryRunReport) -> Result<(), Failure> {
    match &trial.run.refusal {
        None => Ok(()),
        Some(why) => Err(Failure::Refused(format!("it would be refused: {why}"))),
    }
}

/// The account's purchases whose outcome is not known.
async fn open_keys(context: &SpendContext) -> Result<Vec<IdempotencyKey>, Failure> {
    let filter = Filter {
        vendor: Some(context.buyer.vendor()),
        account: Some(context.buyer.account_name().to_owned()),
        states: vec![EntryState::Sent, EntryState::Unknown],
        ..Filter::default()
    };
    let open = context.buyer.journal().entries(&filter).await?;
    Ok(open.into_iter().map(|entry| entry.key).collect())
}

/// Whether there is anything to ask about: what is recorded is only shown again.
async fn is_to_be_sent(
    context: &SpendContext,
    key: &IdempotencyKey,
    guards: &Guards,
) -> Result<bool, Failure> {
    let buyer = &context.buyer;
    let account = buyer.account_name();
    let entry = buyer.journal().entry(buyer.vendor(), account, key).await?;
    Ok(match entry.map(|entry| entry.state) {
        None | Some(EntryState::Planned) => true,
        Some(EntryState::Rejected | EntryState::NotMade) => guards.again,
        Some(_) => false,
    })
}

/// Says what it would cost, before the question whether to buy it.
async fn show_price(session: &Session, wish: &Wish<'_>) -> Result<(), Failure> {
    let (vendor, cap) = (session.vendor, wish.max_total);
    let resolved = session.account.resolve(wish.spend.clone()).await?;
    let Some(quote) = session.account.price(&resolved).await? else {
        note(format_args!(
            "{} has no price preview; the cap is {cap}.",
            vendor.name()
        ));
        return Ok(());
    };
    if quote.total.amount().is_some_and(|total| total > cap) {
        return Err(Failure::Refused(format!(
            "{vendor}: it would cost {}, which is above the cap of {cap}; nothing was bought",
            quote.total
        )));
    }
    note(format_args!(
        "It would cost {}; the cap is {cap}.",
        quote.total
    ));
    if let Some(message) = &quote.message {
        note(format_args!("{vendor} says: {message}"));
    }
    Ok(())
}

/// What to say of a receipt.
pub fn done(vendor: Vendor, receipt: &Receipt, what: &str) -> String {
    match receipt.is_recorded {
        false => format!("order {} {what} at {vendor}", receipt.order),
        true => format!(
            "nothing was sent: by the journal, order {} {what} at {vendor} under the key {}",
            receipt.order, receipt.key
        ),
    }
}

/// The order as the vendor shows it. It was bought whatever comes of asking for it.
pub async fn order(session: &Session, receipt: &Receipt) -> Order {
    match session.account.order(&receipt.order).await {
        Ok(order) => order,
        Err(error) => {
            note(format_args!(
                "note: the order can't be shown in full: {error}"
            ));
            let mut order = Order::new(session.vendor, &receipt.order);
            order.price_paid = receipt.amount.map(Into::into);
            order
        }
    }
}

/// Prints the order. If that fails, the purchase stands all the same.
pub fn print(
    order: &Order,
    waited: Result<(), Failure>,
    output: Output,
    done: String,
) -> Result<(), Failure> {
    output::print_one(order, ORDER, output)
        .and(waited)
        .map_err(|failure| failure.after(order.vendor, done))
}

/// While waiting, nothing is at stake but the look at the orders.
pub fn look(vendor: Vendor) -> Advice {
    Advice::Orders(vendor)
}
