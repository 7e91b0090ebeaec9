//! Spending: the flags, the question, the journal, and what is printed of it.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use proxy_orders::purchase::{
    Buyer, DryRun, EntryState, IdempotencyKey, Receipt, SpendOptions, SpendRequest,
};
use proxy_orders::{Error, ErrorKind, Quote};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::columns::total;
use crate::failure::{Failure, UNKNOWN, note};
use crate::flags::{GlobalArguments, amount, variable};
use crate::hints::Hints;
use crate::interrupt::{answering, interruptible, reading};
use crate::journal_location::{
    DAY_VARIABLE, JournalArguments, JournalLocation, MONTH_VARIABLE, SHARED_VARIABLE,
};
use crate::last_words::{Stake, at_stake};
use crate::output::{self, Column, Output, cell};
use crate::session::Session;
use crate::text::on_lines;

/// The heading of the flags that guard money.
pub const SPENDING: &str = "Spending";

/// The time for which a purchase waits for another one without a message.
const SILENCE: Duration = Duration::from_secs(2);

/// The bytes that are read of an answer to a question.
const LONGEST_ANSWER: u64 = 1024;

/// The flags of every command that spends.
#[derive(Debug, Args)]
pub struct SpendArguments {
    /// Do not ask; needed where there is no terminal
    #[arg(long, help_heading = SPENDING)]
    pub yes: bool,
    /// Your own name for it, such as invoice-117: the same key never buys twice [default: a new key]
    #[arg(short, long, value_name = "KEY", help_heading = SPENDING)]
    pub idempotency_key: Option<IdempotencyKey>,
    #[command(flatten)]
    pub guards: SpendGuards,
}

impl SpendArguments {
    /// Checks that the user agreed or can be asked. Nothing may be sent before this.
    pub fn check_consent(&self) -> Result<(), Failure> {
        if self.yes || self.guards.dry_run || can_ask() {
            return Ok(());
        }
        let what = "there is no terminal to ask on: pass --yes to spend up to --max-total without a question";
        Err(Failure::usage(what.to_owned()))
    }
}

/// The limits and exceptions of spending, besides the cap of a single purchase.
#[derive(Clone, Debug, Args)]
pub struct SpendGuards {
    /// Print the request and the price, and send nothing that spends
    #[arg(long, help_heading = SPENDING)]
    pub dry_run: bool,
    /// The most that the account may spend in a day, by UTC [env: PROXY_ORDERS_MAX_DAY]
    #[arg(long, value_name = "AMOUNT", value_parser = amount, help_heading = SPENDING)]
    pub max_day: Option<Decimal>,
    /// The most that the account may spend in a month, by UTC [env: PROXY_ORDERS_MAX_MONTH]
    #[arg(long, value_name = "AMOUNT", value_parser = amount, help_heading = SPENDING)]
    pub max_month: Option<Decimal>,
    /// Try again what the journal knows as refused or not made
    #[arg(long, help_heading = SPENDING)]
    pub again: bool,
    /// Spend although the outcome of another purchase is unknown; the journal keeps the reason
    #[arg(long, value_name = "REASON", value_parser = NonEmptyStringValueParser::new(), help_heading = SPENDING)]
    pub despite_unknown: Option<String>,
    /// Say that others buy on the account, too: then you decide what became of an unknown purchase.
    /// The journal keeps it [env: PROXY_ORDERS_SHARED_ACCOUNT]
    #[arg(long, help_heading = SPENDING)]
    pub shared_account: bool,
    #[command(flatten)]
    pub journal: JournalArguments,
}

impl SpendGuards {
    /// Converts the flags to the library's options.
    pub fn options(&self, max_total: Decimal) -> SpendOptions {
        let mut options = SpendOptions::up_to(max_total);
        if self.again {
            options = options.again();
        }
        match &self.despite_unknown {
            Some(reason) => options.despite_unknown(reason),
            None => options,
        }
    }
}

/// The result of a dry run, as it is printed.
#[derive(Serialize)]
pub struct DryRunReport {
    /// The vendor's word.
    pub vendor: &'static str,
    /// The operationId.
    pub operation: &'static str,
    /// The key, if one was given.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The library's result; `None` if the vendor refused to price the request.
    #[serde(flatten)]
    pub run: Option<DryRun>,
    /// The vendor's refusal.
    #[serde(rename = "refusal", skip_serializing_if = "Option::is_none")]
    pub vendor_refusal: Option<String>,
}

/// The columns of a dry run.
pub const DRY_RUN: &[Column<DryRunReport>] = &[
    Column::in_csv_only("vendor", |it| cell(Some(it.vendor))),
    Column::in_csv_only("idempotency_key", |it| cell(it.idempotency_key.as_ref())),
    Column::in_csv_only("operation", |it| cell(Some(it.operation))),
    Column::new("method", |it| cell(it.run.as_ref().map(|run| run.method))),
    Column::new("path", |it| it.run.as_ref().map(|run| run.path.clone())),
    Column::new("body", |it| cell(it.run.as_ref().map(|run| &run.body))),
    Column::in_csv_only("total", |it| {
        cell(it.run.as_ref()?.quote.as_ref().map(|quote| &quote.total))
    }),
    Column::in_table_only("total", |it| it.run.as_ref()?.quote.as_ref().map(total)),
    Column::new("balance", |it| cell(it.run.as_ref()?.balance)),
    Column::new("refusal", DryRunReport::refusal),
];

impl DryRunReport {
    /// Creates the report on a request that the vendor refused to price.
    pub fn refused(key: &IdempotencyKey, request: &SpendRequest, why: &str) -> Self {
        DryRunReport {
            vendor: request.vendor().as_str(),
            operation: request.operation().id,
            idempotency_key: Some(key.clone()),
            run: None,
            vendor_refusal: Some(why.to_owned()),
        }
    }

    fn refusal(&self) -> Option<String> {
        let refusal = self.run.as_ref().and_then(|run| run.refusal.as_ref());
        let refusal = refusal.map(|error| format!("{error:#}"));
        refusal.or_else(|| self.vendor_refusal.clone())
    }

    /// Fails if the purchase would be refused, so that scripts can rely on the exit code.
    pub fn check(&self) -> Result<(), Failure> {
        let Some(refusal) = self.refusal() else {
            return Ok(());
        };
        let what = format!("it would be refused: {refusal}");
        let error = self.run.as_ref().and_then(|run| run.refusal.as_ref());
        Err(match error.map(Error::kind) {
            Some(ErrorKind::KeyReused) => Failure::usage(what),
            _ => Failure::refused(what),
        })
    }
}

/// A buyer, and the hints of its command.
pub struct SpendContext {
    /// The buyer.
    pub buyer: Buyer,
    /// The commands that are printed as hints.
    pub hints: Hints,
    /// Kept as long as the buyer, because a temporary folder is deleted with it.
    _location: JournalLocation,
}

impl SpendContext {
    /// Opens the journal for a session's account. Nothing is sent to the vendor.
    pub async fn open(
        session: &Session,
        globals: &GlobalArguments,
        arguments: &JournalArguments,
    ) -> Result<Self, Failure> {
        let location = JournalLocation::find(globals.sandbox, arguments)?;
        let journal = location.open().await?;
        for warning in journal.warnings().await? {
            note(format_args!("warning: {warning}"));
        }
        let mut buyer = Buyer::shared(session.account.clone(), journal);
        if let Some(name) = arguments.account_name() {
            buyer = buyer.account(&name)?;
        }
        if variable(SHARED_VARIABLE).is_some() {
            buyer = buyer.others_buy(true);
        }
        Ok(SpendContext {
            buyer,
            hints: Hints::new(globals, Some(arguments)),
            _location: location,
        })
    }

    /// Opens the journal, with the caps of the account.
    pub async fn with_caps(
        session: &Session,
        globals: &GlobalArguments,
        guards: &SpendGuards,
    ) -> Result<Self, Failure> {
        let day = cap(guards.max_day, DAY_VARIABLE)?;
        let month = cap(guards.max_month, MONTH_VARIABLE)?;
        let mut context = SpendContext::open(session, globals, &guards.journal).await?;
        if guards.shared_account {
            context.buyer = context.buyer.others_buy(true);
        }
        if let Some(day) = day {
            context.buyer = context.buyer.per_day(day);
        }
        if let Some(month) = month {
            context.buyer = context.buyer.per_month(month);
        }
        Ok(context)
    }

    /// Sends a request unless the journal has its result. An interruption ends it with the journal's
    /// word on whether it was sent.
    pub async fn spend(
        &self,
        key: &IdempotencyKey,
        request: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<Receipt, Failure> {
        let vendor = self.buyer.vendor();
        at_stake(Stake::Sent {
            vendor,
            key: Some(key.to_string()),
            found_by: self.hints.reconcile(vendor),
        });
        let outcome = answering(self.spend_or_say(key, request, options)).await;
        match &outcome {
            Ok(receipt) => at_stake(Stake::Done {
                vendor,
                key: key.to_string(),
                order: receipt.order.clone(),
                shown_by: self.hints.order(vendor, &receipt.order),
            }),
            Err(failure) if failure.code() == UNKNOWN => {}
            Err(_) => at_stake(Stake::Nothing),
        }
        outcome
    }

    async fn spend_or_say(
        &self,
        key: &IdempotencyKey,
        request: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<Receipt, Failure> {
        let buyer = &self.buyer;
        let spending = async {
            let impatient = buyer.clone().lock_timeout(SILENCE);
            match impatient.spend(key, request, options).await {
                // Nothing was begun yet.
                Err(error) if error.kind() == ErrorKind::Busy => {
                    note("waiting for another purchase on this account to end");
                    buyer.spend(key, request, options).await
                }
                outcome => outcome,
            }
        };
        let failure = match interruptible(spending).await {
            Some(Ok(receipt)) => return Ok(receipt),
            Some(Err(error)) if error.kind() == ErrorKind::Busy => {
                self.what_is_known(key, false).await
            }
            Some(Err(error)) => self.failure(error),
            None => self.what_is_known(key, true).await,
        };
        Err(failure.at(buyer.vendor()).for_key(key))
    }

    /// Returns the failure of a run that was interrupted, or gave up waiting, by what the journal
    /// says of the key. Another run may be buying under the same one.
    async fn what_is_known(&self, key: &IdempotencyKey, is_interrupted: bool) -> Failure {
        let buyer = &self.buyer;
        let (kind, event, without_effect): (_, _, fn(String) -> Failure) = match is_interrupted {
            true => ("interrupted", "interrupted", Failure::interrupted),
            false => (
                "busy",
                "gave up waiting for another purchase on the account",
                Failure::refused,
            ),
        };
        let found_by = self.hints.reconcile(buyer.vendor());
        let looking = async {
            let account = buyer.account_name().await?;
            let entry = buyer.journal().entry(buyer.vendor(), &account, key).await?;
            Ok::<_, Error>((entry, buyer.is_busy().await?))
        };
        let (entry, is_busy) = match looking.await {
            Ok(known) => known,
            Err(error) => {
                let what = format!("{event}, and the journal cannot be read: {error:#}");
                return Failure::unknown(kind, what).finding_out(found_by);
            }
        };
        match entry.as_ref().map(|entry| entry.state) {
            Some(EntryState::Sent | EntryState::Unknown) => {
                let who = match is_busy {
                    true => "another run is buying it now",
                    false => "the request was sent and may have taken effect",
                };
                Failure::unknown(kind, format!("{event}: {who}")).finding_out(found_by)
            }
            Some(EntryState::Planned) if is_busy => {
                let what = format!("{event}: another run is about to buy it under this key");
                Failure::unknown(kind, what).finding_out(found_by)
            }
            Some(state) if state.is_done() => {
                let order = entry.and_then(|it| it.order).unwrap_or_default();
                let what = format!("{event}, but order {order} was made under this key");
                let shown_by = self.hints.order(buyer.vendor(), &order);
                Failure::look(kind, what)
                    .for_order(&order)
                    .advising("To look at it:", shown_by)
            }
            _ if is_busy => {
                let what = format!(
                    "{event}: this run sent nothing; another run is spending on the account, and the journal does not say yet on what"
                );
                without_effect(what)
            }
            _ => {
                let what = format!("{event} before anything was sent; nothing was bought");
                without_effect(what)
            }
        }
    }

    /// Returns the failure for an error of a purchase.
    pub fn failure(&self, error: Error) -> Failure {
        Failure::of_purchase(error, self.buyer.vendor(), &self.hints)
    }

    /// Finds out what a request would do, without sending it.
    pub async fn dry_run(
        &self,
        key: Option<&IdempotencyKey>,
        request: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<DryRunReport, Failure> {
        let run = self.buyer.dry_run(key, request, options).await?;
        if let Some(entry) = &run.recorded {
            note(format_args!(
                "note: the journal knows `{}`: {} {}",
                entry.key, entry.operation, entry.state
            ));
        }
        remark(run.remark.as_deref());
        Ok(DryRunReport {
            vendor: request.vendor().as_str(),
            operation: request.operation().id,
            idempotency_key: key.cloned(),
            run: Some(run),
            vendor_refusal: None,
        })
    }

    /// Asks the user, after a dry run has shown the price. Does not ask if nothing would be sent.
    async fn ask(
        &self,
        key: &IdempotencyKey,
        capped: &CappedRequest,
        options: &SpendOptions,
    ) -> Result<(), Failure> {
        let buyer = &self.buyer;
        let run = buyer.dry_run(Some(key), &capped.request, options).await?;
        let is_sent = run.would_send();
        if let Some(refusal) = run.refusal {
            return Err(self.failure(refusal));
        }
        if !is_sent {
            return Ok(());
        }
        remark(run.remark.as_deref());
        let (vendor, cap) = (buyer.vendor().name(), capped.max_total);
        match &run.quote {
            Some(quote) => {
                note(format_args!(
                    "It would cost {}; the cap is {cap}.",
                    total(quote)
                ));
                if let Some(message) = &quote.message {
                    note(format_args!("{vendor} says: {message}"));
                }
            }
            None => note(format_args!(
                "{vendor} has no price preview; the cap is {cap}."
            )),
        }
        if capped.renews {
            note(obligation(as_of_now(run.quote.as_ref())));
        }
        ask(&capped.question).await
    }
}

/// Prints what the user should know before the request is sent.
fn remark(remark: Option<&str>) {
    if let Some(remark) = remark {
        note(format_args!("note: {remark}"));
    }
}

fn cap(given: Option<Decimal>, name: &str) -> Result<Option<Decimal>, Failure> {
    match (given, variable(name)) {
        (None, Some(text)) => amount(&text)
            .map(Some)
            .map_err(|what| Failure::usage(format!("{name}: `{text}`: {what}"))),
        (given, _) => Ok(given),
    }
}

/// A request that spends, with its cap and the question before it.
pub struct CappedRequest {
    /// The request.
    pub request: SpendRequest,
    /// The most that it may cost.
    pub max_total: Decimal,
    /// The question to the user.
    pub question: String,
    /// True if it switches auto-renewal on.
    pub renews: bool,
}

/// A purchase that was made, and the hints of its command.
pub struct Purchased {
    /// The receipt.
    pub receipt: Receipt,
    /// The commands that are printed as hints.
    pub hints: Hints,
}

/// Spends after asking the user. `None` after a dry run.
pub async fn purchase(
    session: &Session,
    globals: &GlobalArguments,
    arguments: &SpendArguments,
    capped: &CappedRequest,
    output: Output,
) -> Result<Option<Purchased>, Failure> {
    let guards = &arguments.guards;
    let context = SpendContext::with_caps(session, globals, guards).await?;
    let options = guards.options(capped.max_total);
    let given = arguments.idempotency_key.as_ref();
    if guards.dry_run {
        let report = context.dry_run(given, &capped.request, &options).await?;
        let sent = report.run.as_ref().filter(|it| it.would_send());
        if let Some(run) = sent.filter(|_| capped.renews) {
            note(obligation(as_of_now(run.quote.as_ref())));
        }
        output::print_one(&report, DRY_RUN, output)?;
        return report.check().map(|()| None);
    }
    let key = given.cloned().unwrap_or_else(|| {
        let key = IdempotencyKey::random();
        note(format_args!("idempotency key: {key}"));
        key
    });
    if !arguments.yes {
        context.ask(&key, capped, &options).await?;
    }
    let receipt = context.spend(&key, &capped.request, &options).await?;
    Ok(Some(Purchased {
        receipt,
        hints: context.hints,
    }))
}

/// Returns what auto-renewal obliges to, given what is known of the price of a period.
pub fn obligation(price: Option<String>) -> String {
    let price = price.unwrap_or_else(|| "what a period costs is not known".to_owned());
    format!(
        "note: auto-renewal obliges you to pay for every further period: {price}; no cap holds for it"
    )
}

fn as_of_now(quote: Option<&Quote>) -> Option<String> {
    quote.map(|quote| format!("the price as of now is {}", total(quote)))
}

/// Returns whether the user can be asked.
pub fn can_ask() -> bool {
    // The question goes to stderr; one that nobody sees would wait for ever.
    io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// Asks on the terminal. Every answer but yes means no.
pub async fn ask(question: &str) -> Result<(), Failure> {
    {
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "{} [y/N] ", on_lines(question));
        let _ = stderr.flush();
    }
    let answer = reading(|| {
        let mut answer = String::new();
        let mut stdin = io::stdin().lock().take(LONGEST_ANSWER);
        stdin.read_line(&mut answer).map(|_| answer)
    });
    match answer
        .await
        .unwrap_or_default()
        .trim()
        .to_lowercase()
        .as_str()
    {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::refused("not confirmed; this run bought nothing")),
    }
}
