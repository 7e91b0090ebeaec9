//! Random purchases at the vendors of the sandbox, with random faults. Buying processes are killed,
//! stopped until they have lost their lock, cut off and doubled; clocks are stepped, and somebody
//! else may buy on the account. Then what was really bought is compared with the journal. Run as
//! `cargo xtask torture`.
//!
//! Exits with 0 when no purchase was made twice, is unaccounted for, is wrongly called not made, or
//! was taken for somebody else's that can be told apart; otherwise with 1, or with 2 when the run
//! could not be carried out.

mod account_run;
mod audit;
mod driver;
mod journal_access;
mod protocol;
mod relay;
mod request;
mod schedule;
mod worker;
mod worker_process;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use futures_util::{StreamExt, TryStreamExt, stream};
use proxy_orders::operation::Operation;
use proxy_orders::purchase::{EntryState, Journal};
use proxy_orders::{Effect, Vendor};
use proxy_orders_sandbox::{Cause, Fault, FaultMode, Sandbox, fingerprint};

use crate::account_run::{AccountRun, Torture, pattern};
use crate::audit::{AuditReport, Bought, Case, Entry};
use crate::request::{Result, samples};
use crate::schedule::Schedule;

/// Random purchases, faults and SIGKILL, then what was really bought against the journal
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask torture",
    bin_name = "cargo xtask torture",
    version
)]
struct Arguments {
    /// Number of purchases
    #[arg(long, default_value_t = 200)]
    runs: usize,
    /// Seed of all random choices. The same seed makes the same choices again
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of processes that buy on one account at once
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=8))]
    buyers: u64,
    /// Per cent of purchases during which somebody else buys on the account
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    others: u8,
    /// Print every choice that was made, by its name
    #[arg(long)]
    schedule: bool,
    /// Journal: a SQLite file, or postgres://... [default: a SQLite file that is deleted in the
    /// end]
    #[arg(long, env = "PROXY_ORDERS_TORTURE_JOURNAL", hide_env_values = true)]
    journal: Option<String>,
    /// Number of accounts that are bought from at once
    #[arg(long, default_value_t = 24)]
    parallel: usize,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// The process that buys and is killed; started by the program itself
    #[command(hide = true)]
    Worker,
}

/// The number of purchases from one account. More would use up its balance.
const RUNS_OF_AN_ACCOUNT: usize = 12;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.role {
        Some(Role::Worker) => {
            let account = std::env::var("TORTURE_ACCOUNT").unwrap_or_default();
            worker::run(&account).await.map(|()| true)
        }
        None => torture(&arguments).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("torture: {error}");
            ExitCode::from(2)
        }
    }
}

/// Makes the faults and their odds. A call meets the first fault that matches and is drawn.
fn faults() -> Vec<Fault> {
    use FaultMode as Mode;
    let odds = [
        (Mode::DropAfter, 0.06),
        (Mode::Status500After, 0.05),
        (Mode::HangAfter, 0.02),
        (Mode::TruncatedJson, 0.04),
        (Mode::MissingId, 0.04),
        (Mode::DropBefore, 0.05),
        (Mode::Html502, 0.03),
        (Mode::Status429, 0.02),
        (Mode::Redirect307, 0.02),
        (Mode::UnknownStatus, 0.03),
        (Mode::NullFields, 0.03),
    ];
    let mut faults = Vec::new();
    let samples = Vendor::all().iter().flat_map(|it| samples(*it));
    let spends: BTreeSet<_> = samples.map(|it| it.operation).collect();
    for operation in spends {
        faults.extend(odds.map(|(mode, probability)| Fault {
            operation: Some(operation.to_owned()),
            probability,
            ..Fault::new(mode)
        }));
    }
    // Reads fail as well. Lists move between two pages or lack what orders are told apart by, and
    // the price moves between the quote and the purchase.
    let odds = [
        (Mode::PriceMove, 0.05),
        (Mode::ShiftedPages, 0.1),
        (Mode::BareLists, 0.02),
        (Mode::PaidAtOnce, 0.1),
        (Mode::SlowProvisioning, 0.1),
        (Mode::DropBefore, 0.01),
        (Mode::Html502, 0.01),
    ];
    faults.extend(odds.map(|(mode, probability)| Fault {
        probability,
        ..Fault::new(mode)
    }));
    faults
}

/// Makes sure that every operation that spends has a sample.
fn check_samples() -> Result<()> {
    for operation in Vendor::all().iter().copied().flat_map(|it| it.operations()) {
        let samples = samples(operation.vendor);
        let is_known = || samples.iter().any(|it| it.operation == operation.id);
        if operation.effect == Effect::Spend && !is_known() {
            let Operation { vendor, id, .. } = operation;
            let what = format!(
                "{vendor} {id} spends and the sandbox has no sample of it: add one to `spends` in \
                 sandbox/src/{vendor}/mod.rs"
            );
            return Err(what.into());
        }
    }
    Ok(())
}

async fn torture(arguments: &Arguments) -> Result<bool> {
    check_samples()?;
    let started = Instant::now();
    let folder = tempfile::tempdir()?;
    let journal = match &arguments.journal {
        Some(journal) => journal.clone(),
        None => folder.path().join("journal.db").display().to_string(),
    };
    // Long runs buy more than callers otherwise may.
    let sandbox = Sandbox::builder().storage_limit(usize::MAX);
    let sandbox = sandbox.seed(arguments.seed).start().await?;
    sandbox.faults(faults())?;
    let torture = Torture {
        sandbox: Arc::new(sandbox),
        schedule: Schedule::new(arguments.seed, arguments.others),
        // Its tables are there when many processes open it at once.
        journal: Journal::open(&journal).await?,
        statistics: Arc::default(),
    };
    let accounts = accounts(arguments, &torture.sandbox, &journal, folder.path())?;
    run_all(&accounts, arguments.parallel, &torture).await?;
    torture.sandbox.clear_faults();
    // Every order that is paid later is paid by then.
    torture.sandbox.advance(Duration::from_secs(2 * 60 * 60));
    let mut report = Report::default();
    for account in &accounts {
        report.add(account, &torture).await?;
    }
    report.print(&torture);
    println!("took {:.0?}", started.elapsed());
    if arguments.schedule {
        for (name, choice) in torture.schedule.drawn() {
            println!("{name}: {choice}");
        }
    }
    Ok(report.audit.is_clean())
}

/// The results of all accounts.
#[derive(Default)]
struct Report {
    audit: AuditReport,
    states: BTreeMap<&'static str, usize>,
    purchases: usize,
    /// Purchases whose outcome was unknown for a time.
    unknown: usize,
}

impl Report {
    async fn add(&mut self, account: &AccountRun, torture: &Torture) -> Result<()> {
        let own = fingerprint(&account.credential);
        let mut charges = Vec::new();
        for charge in torture.sandbox.ledger() {
            let is_automatic = matches!(charge.cause, Cause::AutoRenewal | Cause::Recharge);
            let is_here = charge.account == own && charge.vendor.as_str() == account.vendor;
            if is_here && !is_automatic {
                charges.push((charge.order, charge.amount.parse()?));
            }
        }
        // The name of every caller begins with the credential, and all of these have one length.
        let mut spent = torture.sandbox.spent();
        spent.retain(|it| it.caller.starts_with(&account.credential));
        let bought = spent.into_iter().map(|it| Bought {
            caller: it.caller,
            operation: it.operation.to_owned(),
            order: it.order,
        });
        let buyer = account.buyer(torture.journal.clone())?;
        let entries = buyer.entries().await?;
        let known = buyer.journal().accounts(Some(buyer.vendor())).await?;
        let shared_since = known.iter().find(|it| it.account == account.name);
        let shared_since = shared_since.and_then(|it| it.shared_since);
        for entry in &entries {
            *self.states.entry(entry.state.as_str()).or_default() += 1;
            let history = buyer.journal().history(entry).await?;
            let was_unknown = |state| {
                use EntryState::{Dismissed, NotMade, Reconciled, Unknown};
                matches!(state, Unknown | Reconciled | NotMade | Dismissed)
            };
            self.unknown += usize::from(history.iter().any(|it| was_unknown(it.state)));
        }
        self.purchases += entries.len();
        let entries = entries.iter().map(|it| {
            let is_unsuspected = shared_since.is_none_or(|since| it.changed_at <= since);
            Entry::new(it, is_unsuspected)
        });
        let samples = samples(buyer.vendor());
        let unseen: Vec<_> = samples.iter().flat_map(|it| it.unseen).copied().collect();
        self.audit.add(audit::compare(&Case {
            charges: &charges,
            bought: &bought.collect::<Vec<_>>(),
            entries: &entries.collect::<Vec<_>>(),
            others: &torture.statistics().others,
            unseen: &unseen,
        }));
        Ok(())
    }

    fn print(&self, torture: &Torture) {
        let statistics = torture.statistics();
        let audit = &self.audit;
        println!("journal: {:?}", self.states);
        println!("killed: {:?}", statistics.kills);
        println!("disturbed: {:#?}", statistics.disturbances);
        println!("refused: {:#?}", statistics.refusals);
        for detail in &audit.details {
            println!("! {detail}");
        }
        let mut reasons = BTreeMap::<String, Vec<&str>>::new();
        for (key, reason) in &statistics.needs_review {
            reasons.entry(pattern(reason)).or_default().push(key);
        }
        for (reason, keys) in reasons {
            let (times, example) = (keys.len(), keys.first().copied().unwrap_or_default());
            println!("needs review, {times} times, such as {example}: {reason}");
        }
        let reviewed = statistics.needs_review.len();
        let share = 100.0 * reviewed as f64 / self.unknown.max(1) as f64;
        println!(
            "needs review: {reviewed} of {} unknown ({share:.1} %)",
            self.unknown
        );
        println!("booked otherwise than charged: {}", audit.booked_otherwise);
        println!(
            "second orders that the journal shows: {}",
            audit.shown_duplicates
        );
        println!("effects whose entry needs review: {}", audit.undecided);
        println!(
            "orders of others that were adopted: {}, of which nothing could tell apart: {}",
            audit.foreign_adopted, audit.indistinguishable
        );
        println!(
            "purchases {}, charges {}, duplicates {}, unaccounted {}, wrongly not-made {}",
            self.purchases,
            audit.charges,
            audit.duplicates,
            audit.unaccounted,
            audit.wrongly_not_made,
        );
    }
}

/// Makes the accounts, one vendor after the other.
fn accounts(
    arguments: &Arguments,
    sandbox: &Sandbox,
    journal: &str,
    folder: &Path,
) -> Result<Vec<AccountRun>> {
    let journal_alias = journal_alias(journal, folder)?;
    let number_of_accounts = arguments.runs.div_ceil(RUNS_OF_AN_ACCOUNT);
    let mut left = arguments.runs;
    let vendors = Vendor::all().iter().cycle().take(number_of_accounts);
    let account = |(number, vendor): (usize, &Vendor)| {
        let runs = left.div_ceil(number_of_accounts - number);
        left -= runs;
        let url = sandbox.base_url(vendor.as_str().parse()?);
        let host = format!("http://{}", sandbox.address());
        let seed = arguments.seed;
        Ok(AccountRun {
            vendor: vendor.as_str().to_owned(),
            name: format!("torture-{seed}-{number}"),
            // 32 characters, as one vendor demands; and no others than this run's.
            credential: format!("sandbox-torture-{:06x}-{number:09}", seed & 0xff_ffff),
            sandbox: sandbox.address(),
            prefix: url.trim_start_matches(host.as_str()).to_owned(),
            journal: journal.to_owned(),
            journal_alias: journal_alias.clone(),
            buyers: usize::try_from(arguments.buyers)?,
            runs,
        })
    };
    vendors.enumerate().map(account).collect()
}

/// Returns another name of the journal: a symbolic link to the file.
fn journal_alias(journal: &str, folder: &Path) -> Result<String> {
    if journal.starts_with("postgres") {
        return Ok(journal.to_owned());
    }
    let alias = folder.join("alias.db");
    #[cfg(unix)]
    std::os::unix::fs::symlink(std::path::absolute(journal)?, &alias)?;
    Ok(alias.display().to_string())
}

async fn run_all(accounts: &[AccountRun], parallel: usize, torture: &Torture) -> Result<()> {
    let runs = accounts.iter().map(async |account| {
        let done = account.run(torture).await;
        done.map_err(|error| format!("{}: {error}", account.credential))
    });
    let running = stream::iter(runs).buffer_unordered(parallel.max(1));
    Ok(running.try_collect().await?)
}
