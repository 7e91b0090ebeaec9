//! Random purchases at the vendors of the sandbox, with random faults, cut connections and SIGKILL
//! of the buying process at random moments; then the sandbox's own ledger is compared with the
//! journal. Run as `cargo xtask torture`.
//!
//! Exits with 0 when no purchase was made twice, is unaccounted for or is wrongly called not made;
//! otherwise with 1, or with 2 when the run could not be carried out.

mod account_run;
mod audit;
mod protocol;
mod relay;
mod request;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use futures_util::{StreamExt, TryStreamExt, stream};
use proxy_orders::operation::Operation;
use proxy_orders::{Effect, Vendor};
use proxy_orders_sandbox::{Cause, Fault, FaultMode, Sandbox, fingerprint};

use crate::account_run::{AccountRun, Shared, lock};
use crate::audit::AuditReport;
use crate::request::{Result, samples};

/// Random purchases, faults and SIGKILL, then the sandbox's ledger against the journal
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
    /// Seed of the random choices; the moments of kills depend on the machine as well
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of processes that buy on one account at once
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=8))]
    buyers: u64,
    /// Journal: a SQLite file, or postgres://... [default: a SQLite file that is deleted in the
    /// end]
    #[arg(long, env = "PROXY_ORDERS_TORTURE_JOURNAL", hide_env_values = true)]
    journal: Option<String>,
    /// Number of accounts that are bought from at once
    #[arg(long, default_value_t = 8)]
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
    // Reads fail as well, and the price moves between the quote and the purchase.
    let odds = [
        (Mode::PriceMove, 0.04),
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
    let sandbox = Sandbox::builder().seed(arguments.seed).start().await?;
    let accounts = accounts(arguments, &sandbox, &journal)?;
    let mut before = Vec::new();
    for account in &accounts {
        before.push(orders_paid_later(account).await?);
    }
    sandbox.faults(faults())?;
    let statistics = Shared::default();
    run_all(&accounts, arguments.parallel, &statistics).await?;
    sandbox.clear_faults();
    // Every order that is paid later is paid by then.
    sandbox.advance(Duration::from_secs(2 * 60 * 60));
    let mut report = AuditReport::default();
    let mut states = BTreeMap::<&str, usize>::new();
    for (account, before) in accounts.iter().zip(before) {
        let made = orders_paid_later(account).await?;
        let made = made.difference(&before).cloned().collect();
        let own = fingerprint(&account.credential);
        let mut charges = sandbox.ledger();
        charges.retain(|it| {
            it.account == own
                && it.vendor.as_str() == account.vendor
                && !matches!(it.cause, Cause::AutoRenewal | Cause::Recharge)
                && !(it.cause == Cause::Payment && before.contains(&it.order))
        });
        let buyer = account.buyer().await?;
        let entries = buyer.entries().await?;
        for entry in &entries {
            *states.entry(entry.state.as_str()).or_default() += 1;
        }
        let (vendor, sent) = (account.vendor()?, &lock(&statistics).sent);
        report.add(audit::compare(vendor, &charges, &made, &entries, sent));
    }
    sandbox.stop().await;
    let statistics = lock(&statistics);
    println!("journal: {states:?}");
    let (kills, cuts) = (&statistics.kills, statistics.cuts);
    println!("killed: {kills:?}; connections cut: {cuts}");
    println!("not bought: {:#?}", statistics.refusals);
    for detail in &report.details {
        println!("! {detail}");
    }
    let undecided = report.undecided;
    println!("took {:.0?}", started.elapsed());
    println!("charges whose entry needs review: {undecided}");
    println!(
        "runs {}, charges {}, duplicates {}, unaccounted {}, wrongly not-made {}, needs review {}",
        arguments.runs,
        report.charges,
        report.duplicates,
        report.unaccounted,
        report.wrongly_not_made,
        statistics.needs_review.len()
    );
    Ok(report.is_clean())
}

/// Makes the accounts, one vendor after the other.
fn accounts(arguments: &Arguments, sandbox: &Sandbox, journal: &str) -> Result<Vec<AccountRun>> {
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
            // 32 characters, as one vendor demands; and no others than this run's.
            credential: format!("sandbox-torture-{:06x}-{number:09}", seed & 0xff_ffff),
            sandbox: sandbox.address(),
            prefix: url.trim_start_matches(host.as_str()).to_owned(),
            journal: journal.to_owned(),
            buyers: usize::try_from(arguments.buyers)?,
            runs,
            seed: seed.wrapping_mul(1_000_003).wrapping_add(number as u64),
        })
    };
    vendors.enumerate().map(account).collect()
}

async fn run_all(accounts: &[AccountRun], parallel: usize, statistics: &Shared) -> Result<()> {
    let runs = accounts.iter().map(async |account| {
        let done = account.run(statistics).await;
        done.map_err(|error| format!("{}: {error}", account.credential))
    });
    let running = stream::iter(runs).buffer_unordered(parallel.max(1));
    Ok(running.try_collect().await?)
}

/// Returns the orders of an account where orders are made first and paid later; none elsewhere.
async fn orders_paid_later(account: &AccountRun) -> Result<BTreeSet<String>> {
    let samples = samples(account.vendor()?);
    if !samples.iter().any(|it| it.is_paid_later()) {
        return Ok(BTreeSet::new());
    }
    let buyer = account.buyer().await?;
    let names = buyer.client().orders().map_ok(|order| order.id);
    Ok(names.try_collect().await?)
}
