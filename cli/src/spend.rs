//! Spending: the flags, the question, the journal, and what is printed of it.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use proxy_orders::ErrorKind;
use proxy_orders::purchase::{
    Buyer, DryRun, EntryState, IdempotencyKey, Receipt, SpendOptions, SpendRequest,
};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::failure::{Advice, Failure, LOOK, UNKNOWN, note};
use crate::flags::{GlobalArguments, amount, variable};
use crate::interrupt::{answering, interruptible, reading, would_exit_with};
use crate::journal_location::{DAY_VARIABLE, JournalArguments, JournalLocation, MONTH_VARIABLE};
use crate::output::{self, Column, Output, cell};
use crate::session::Session;
use crate::text::quoted;

/// The heading of the flags that guard money.
pub const SPENDING: &str = "Spending";

/// The time for which a purchase waits for another one without a message.
const SILENCE: Duration = Duration::from_secs(2);

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
        // The question goes to stderr; one that nobody sees would wait for ever.
        let can_ask =
            io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal();
        if self.yes || self.guards.dry_run || can_ask {
            return Ok(());
        }
        let what = "there is no terminal to ask on: pass --yes to spend up to --max-total without a question";
        Err(Failure::Usage(what.to_owned()))
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
    /// The library's result.
    #[serde(flatten)]
    pub run: DryRun,
}

/// The columns of a dry run.
pub const DRY_RUN: &[Column<DryRunReport>] = &[
    Column::in_csv_only("vendor", |it| cell(Some(it.vendor))),
    Column::in_csv_only("idempotency_key", |it| cell(it.idempotency_key.as_ref())),
    Column::in_csv_only("operation", |it| cell(Some(it.operation))),
    Column::new("method", |it| cell(Some(it.run.method))),
    Column::new("path", |it| Some(it.run.path.clone())),
    Column::new("body", |it| cell(Some(&it.run.body))),
    Column::new("total", |it| {
        cell(it.run.quote.as_ref().map(|quote| &quote.total))
    }),
    Column::new("balance", |it| cell(it.run.balance)),
    Column::new("refusal", |it| cell(it.run.refusal.as_ref())),
];

impl DryRunReport {
    /// Fails if the purchase would be refused, so that scripts can rely on the exit code.
    pub fn check(&self) -> Result<(), Failure> {
        let Some(refusal) = &self.run.refusal else {
            return Ok(());
        };
        let what = format!("it would be refused: {refusal:#}");
        Err(match refusal.kind() {
            ErrorKind::KeyReused => Failure::Usage(what),
            _ => Failure::Refused(what),
        })
    }
}

/// A buyer, and what to do if an outcome stays unknown.
pub struct SpendContext {
    /// The buyer.
    pub buyer: Buyer,
    advice: Advice,
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
        let mut buyer = Buyer::shared(session.account.clone(), location.open().await?);
        if let Some(name) = arguments.account_name() {
            buyer = buyer.account(&name)?;
        }
        Ok(SpendContext {
            buyer,
            advice: advice(session, globals, arguments),
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
        would_exit_with(UNKNOWN);
        let outcome = answering(self.spend_or_say(key, request, options)).await;
        would_exit_with(
            outcome
                .as_ref()
                .map_or_else(Failure::code_if_interrupted, |_| LOOK),
        );
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
        match interruptible(spending).await {
            Some(outcome) => outcome.map_err(|error| Failure::Purchase(error, self.advice.clone())),
            None => {
                let account = buyer.account_name().await?;
                let entry = buyer.journal().entry(buyer.vendor(), &account, key).await;
                match entry.map(|entry| entry.map(|entry| entry.state)) {
                    Ok(None | Some(EntryState::Planned)) => Err(Failure::Interrupted(
                        "interrupted before anything was sent; nothing was bought".to_owned(),
                    )),
                    _ => Err(Failure::InterruptedUnderWay(self.advice.clone())),
                }
            }
        }
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
        Ok(DryRunReport {
            vendor: request.vendor().as_str(),
            operation: request.operation().id,
            idempotency_key: key.cloned(),
            run,
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
            return Err(Failure::Purchase(refusal, self.advice.clone()));
        }
        if !is_sent {
            return Ok(());
        }
        let (vendor, cap) = (buyer.vendor().name(), capped.max_total);
        match run.quote {
            Some(quote) => {
                note(format_args!(
                    "It would cost {}; the cap is {cap}.",
                    quote.total
                ));
                if let Some(message) = &quote.message {
                    note(format_args!("{vendor} says: {message}"));
                }
            }
            None => note(format_args!(
                "{vendor} has no price preview; the cap is {cap}."
            )),
        }
        ask(&capped.question).await
    }
}

/// Returns the command line that reconciles the same account in the same journal.
fn advice(session: &Session, globals: &GlobalArguments, arguments: &JournalArguments) -> Advice {
    let vendor = session.vendor;
    let mut command = format!("proxy-orders journal reconcile --vendor {vendor}");
    for (flag, value) in [
        ("--account", &arguments.account),
        ("--journal", &arguments.journal),
        ("--base-url", &globals.base_url),
    ] {
        if let Some(value) = value {
            command.push_str(&format!(" {flag} {}", quoted(value)));
        }
    }
    Advice::Reconcile(command)
}

fn cap(given: Option<Decimal>, name: &str) -> Result<Option<Decimal>, Failure> {
    match (given, variable(name)) {
        (None, Some(text)) => amount(&text)
            .map(Some)
            .map_err(|what| Failure::Usage(format!("{name}: `{text}`: {what}"))),
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
}

/// Spends after asking the user. `None` after a dry run.
pub async fn purchase(
    session: &Session,
    globals: &GlobalArguments,
    arguments: &SpendArguments,
    capped: &CappedRequest,
    output: Output,
) -> Result<Option<Receipt>, Failure> {
    let guards = &arguments.guards;
    let context = SpendContext::with_caps(session, globals, guards).await?;
    let options = guards.options(capped.max_total);
    let given = arguments.idempotency_key.as_ref();
    if guards.dry_run {
        let report = context.dry_run(given, &capped.request, &options).await?;
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
    Ok(Some(receipt))
}

/// Asks on the terminal. Every answer but yes means no.
pub async fn ask(question: &str) -> Result<(), Failure> {
    {
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "{question} [y/N] ");
        let _ = stderr.flush();
    }
    let answer = reading(|| {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    match answer
        .await
        .unwrap_or_default()
        .trim()
        .to_lowercase()
        .as_str()
    {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Refused(
            "not confirmed; nothing was bought".to_owned(),
        )),
    }
}
