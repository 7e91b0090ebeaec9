//! Random purchases at random vendors of the sandbox, with random faults, cut connections and SIGKILL of the buying process at random
//! moments; then the sandbox's own ledger is compared with the journal. Run as `cargo xtask torture`.
//!
//! Exit 0 when no purchase was made twice, none is unaccounted for and none is wrongly called not made; 1 otherwise.

mod audit;
mod lane;
mod relay;
mod wish;
mod worker;

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use futures_util::TryStreamExt;
use proxy_orders::Vendor;
use proxy_orders_sandbox::{
    Cause, Fault, FaultMode, Sandbox, Vendor as SandboxVendor, fingerprint,
};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::audit::Findings;
use crate::lane::{Lane, Shared, lock};

/// Random purchases, faults and SIGKILL, then the sandbox's ledger against the journal
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask torture",
    bin_name = "cargo xtask torture",
    version
)]
struct Arguments {
    /// How many purchases
    #[arg(long, default_value_t = 200)]
    runs: usize,
    /// What the random choices depend on; the moments of kills depend on the machine as well
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many processes buy on one account at once
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=8))]
    buyers: u64,
    /// Where the journal is: a SQLite file, or postgres://... [default: a SQLite file that is deleted in the end]
    #[arg(long, env = "PROXY_ORDERS_TORTURE_JOURNAL", hide_env_values = true)]
    journal: Option<String>,
    /// How many accounts are bought from at once
    #[arg(long, default_value_t = 8)]
    lanes: usize,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// The process that buys and is killed; started by the program itself
    #[command(hide = true)]
    Worker,
}

/// How many purchases are made from one account. More would use up its balance.
const RUNS_OF_AN_ACCOUNT: usize = 12;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.role {
        Some(Role::Worker) => {
            let (journal, place) = (
                std::env::var("TORTURE_JOURNAL"),
                std::env::var("TORTURE_PLACE"),
            );
            let run = worker::run(
                journal.as_deref().unwrap_or_default(),
                place.as_deref().unwrap_or_default(),
            );
            run.await.map(|()| true)
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

/// What goes wrong, and how often. A call is struck by the first that matches and is drawn.
fn faults() -> Vec<Fault> {
    use FaultMode as Mode;
    let spends = [
        "create_order",
        "extend_order",
        "purchase_order",
        "renew_order",
        "change_billing_cycle",
        "purchase_addon",
        "add_bandwidth",
    ];
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
    for operation in spends {
        faults.extend(odds.map(|(mode, probability)| Fault {
            operation: Some(operation.to_owned()),
            probability,
            ..Fault::new(mode)
        }));
    }
    // What is only read fails as well, and the price moves between the quote and the purchase.
    faults.extend(
        [
            (Mode::PriceMove, 0.04),
            (Mode::SlowProvisioning, 0.1),
            (Mode::DropBefore, 0.01),
            (Mode::Html502, 0.01),
        ]
        .map(|(mode, probability)| Fault {
            probability,
            ..Fault::new(mode)
        }),
    );
    faults
}

async fn torture(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let started = Instant::now();
    let folder = tempfile::tempdir()?;
    let journal = match &arguments.journal {
        Some(journal) => journal.clone(),
        None => folder.path().join("journal.db").display().to_string(),
    };
    let sandbox = Sandbox::builder().seed(arguments.seed).start().await?;
    let lanes = lanes(arguments, &sandbox, &journal);
    let mut before = Vec::new();
    for lane in &lanes {
        before.push(smartproxy_orders(lane).await?);
    }
    sandbox.faults(faults())?;
    let tally = Shared::default();
    torture_all(&lanes, arguments.lanes, &tally).await?;
    sandbox.clear_faults();
    // Whatever is due at SmartProxy is paid by then.
    sandbox.advance(Duration::from_secs(2 * 60 * 60));
    let mut sum = Findings::default();
    let mut states = std::collections::BTreeMap::<&str, usize>::new();
    for (lane, before) in lanes.iter().zip(before) {
        let made: BTreeSet<_> = smartproxy_orders(lane)
            .await?
            .difference(&before)
            .cloned()
            .collect();
        let own = fingerprint(&lane.credential);
        let charges: Vec<_> = sandbox
            .ledger()
            .into_iter()
            .filter(|it| it.account == own && it.vendor.as_str() == lane.vendor.as_str())
            .filter(|it| !matches!(it.cause, Cause::AutoRenewal | Cause::Recharge))
            .filter(|it| it.cause != Cause::Payment || !before.contains(&it.order))
            .collect();
        let entries = lane
            .buyer()
            .await
            .map_err(|it| it.to_string())?
            .entries()
            .await?;
        for entry in &entries {
            *states.entry(entry.state.as_str()).or_default() += 1;
        }
        let findings = audit::compare(lane.vendor, &charges, &made, &entries, &lock(&tally).sent);
        sum.charges += findings.charges;
        sum.duplicates += findings.duplicates;
        sum.unaccounted += findings.unaccounted;
        sum.wrongly_none += findings.wrongly_none;
        sum.with_a_person += findings.with_a_person;
        sum.details.extend(findings.details);
    }
    sandbox.stop().await;
    let tally = lock(&tally);
    println!("journal: {states:?}");
    println!("killed: {:?}; connections cut: {}", tally.kills, tally.cuts);
    println!("not bought: {:#?}", tally.refusals);
    for detail in &sum.details {
        println!("! {detail}");
    }
    println!(
        "took {:.0?}; charges whose entry is with a person: {}",
        started.elapsed(),
        sum.with_a_person
    );
    println!(
        "runs {}, charges {}, duplicates {}, unaccounted {}, wrongly-none {}, left to a person {}",
        arguments.runs,
        sum.charges,
        sum.duplicates,
        sum.unaccounted,
        sum.wrongly_none,
        tally.needs_review.len()
    );
    Ok(sum.duplicates + sum.unaccounted + sum.wrongly_none == 0)
}

/// The accounts, vendors in turn.
fn lanes(arguments: &Arguments, sandbox: &Sandbox, journal: &str) -> Vec<Lane> {
    let accounts = arguments.runs.div_ceil(RUNS_OF_AN_ACCOUNT);
    let mut left = arguments.runs;
    let mut lanes = Vec::new();
    for number in 0..accounts {
        let runs = left.div_ceil(accounts - number);
        left -= runs;
        let (vendor, simulated) = match number % 3 {
            0 => (Vendor::IpRoyal, SandboxVendor::IpRoyal),
            1 => (Vendor::ProxyShard, SandboxVendor::ProxyShard),
            _ => (Vendor::SmartProxy, SandboxVendor::SmartProxy),
        };
        let url = sandbox.base_url(simulated);
        let host = format!("http://{}", sandbox.address());
        lanes.push(Lane {
            vendor,
            // 32 characters, as SmartProxy's have; and no others than this run's.
            credential: format!(
                "sandbox-torture-{:06x}-{number:09}",
                arguments.seed & 0xff_ffff
            ),
            sandbox: sandbox.address(),
            prefix: url.trim_start_matches(host.as_str()).to_owned(),
            journal: journal.to_owned(),
            buyers: usize::try_from(arguments.buyers).unwrap_or(1),
            runs,
            seed: arguments
                .seed
                .wrapping_mul(1_000_003)
                .wrapping_add(number as u64),
        });
    }
    lanes
}

async fn torture_all(lanes: &[Lane], at_once: usize, tally: &Shared) -> Result<(), Box<dyn Error>> {
    let turns = Arc::new(Semaphore::new(at_once.max(1)));
    let mut running = JoinSet::new();
    for lane in lanes.iter().cloned() {
        let (turns, tally) = (Arc::clone(&turns), Arc::clone(tally));
        running.spawn(async move {
            let _turn = turns.acquire_owned().await.map_err(|it| it.to_string())?;
            lane.run(&tally)
                .await
                .map_err(|it| format!("{}: {it}", lane.credential))
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}

/// The orders that an account has at SmartProxy; none elsewhere.
async fn smartproxy_orders(lane: &Lane) -> Result<BTreeSet<String>, Box<dyn Error>> {
    if lane.vendor != Vendor::SmartProxy {
        return Ok(BTreeSet::new());
    }
    let buyer = lane.buyer().await.map_err(|it| it.to_string())?;
    let names = buyer.client().orders().map_ok(|order| order.id);
    Ok(names.try_collect().await?)
}
