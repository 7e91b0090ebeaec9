//! `tour`: the program's own commands at each vendor, in a sandbox.

mod guide;
mod stops;

use std::process::{Command, Stdio};

use proxy_orders::purchase::{Filter, IdempotencyKey, Journal, JournalEntry};
use proxy_orders::{Decimal, Vendor};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox};

use crate::failure::{FAILED, Failure, UNKNOWN};
use crate::flags::GlobalArguments;
use crate::journal_location::{ENVIRONMENT, JOURNAL_VARIABLE, JournalLocation};
use crate::session::{sandbox_environment, start_sandbox};
use guide::Guide;
use stops::{STOPS, Stop};

/// Runs the tour through all vendors.
pub async fn run(globals: &GlobalArguments) -> Result<(), Failure> {
    let location = JournalLocation::temporary()?;
    let mut tour = Tour {
        guide: Guide::default(),
        sandbox: start_sandbox().await?,
        journal: location.open().await?,
        location,
        globals,
    };
    tour.guide.welcome(&tour.sandbox)?;
    let mut summary = Vec::new();
    for stop in STOPS {
        summary.push(tour.visit(stop).await?);
    }
    tour.guide.farewell(&summary)?;
    tour.sandbox.stop().await;
    Ok(())
}

struct Tour<'a> {
    guide: Guide,
    sandbox: Sandbox,
    journal: Journal,
    location: JournalLocation,
    globals: &'a GlobalArguments,
}

impl Tour<'_> {
    /// Visits one vendor. Returns the line for the summary.
    async fn visit(&mut self, stop: &Stop) -> Result<String, Failure> {
        let vendor = stop.vendor;
        let requests_before = self.requests_at(vendor);
        self.guide.arrive(vendor, stop.about)?;
        let codes = [0, FAILED];
        let step = "List what can be bought.";
        self.step(vendor, step, &["products"], &codes).await?;
        let quote = [&["quote"], stop.purchase].concat();
        self.step(vendor, "Ask for the price.", &quote, &codes)
            .await?;

        let key = format!("tour-{vendor}");
        let buy = stop.purchase_under(&key);
        let step = "Buy it under a key of your own, up to a cap, and wait for the proxies.";
        let waiting = [buy.as_slice(), &["--wait", "20"]].concat();
        self.step(vendor, step, &waiting, &[0]).await?;
        let bought = self.entry(&key).await?;
        if stop.loses_an_answer {
            let step = "Buy it again under the same key.";
            self.step(vendor, step, &buy, &[0]).await?;
            self.guide
                .say("A script that was interrupted can simply be run again.")?;
        }

        let order = bought.order.as_deref().unwrap_or_default();
        let proxies = ["proxies", order];
        self.guide.mark();
        self.step(vendor, "Print the proxies.", &proxies, &[0])
            .await?;
        let urls = ["proxies", order, "--format", "url"];
        self.guide.mark();
        self.step(vendor, "Print them as URLs.", &urls, &[0])
            .await?;
        if stop.order_to_renew.is_none() {
            self.guide.mark();
        }
        let renew = ["orders", "renew", stop.order_to_renew.unwrap_or(order)];
        let renew = [&renew, stop.renewal, &["--yes"]].concat();
        self.step(vendor, stop.renewal_says, &renew, &[0]).await?;
        let step = "List the active orders that run out first.";
        let list = ["orders", "list", "--state", "active", "--limit", "5"];
        self.step(vendor, step, &list, &[0]).await?;
        if stop.loses_an_answer {
            self.lose_an_answer(stop, bought.operation).await?;
        }

        let filter = Filter {
            vendor: Some(vendor),
            ..Filter::default()
        };
        let entries = self.journal.entries(&filter).await?;
        let amounts = entries.iter().filter_map(|entry| entry.amount);
        let cost = amounts.fold(Decimal::ZERO, Decimal::saturating_add);
        Ok(format!(
            "{:<11} {}, {}, for {cost} in all; {} requests",
            vendor.name(),
            stop.bought,
            stop.renewed,
            self.requests_at(vendor) - requests_before,
        ))
    }

    /// Loses the answer to a purchase that was charged, and reconciles it.
    async fn lose_an_answer(&mut self, stop: &Stop, operation: String) -> Result<(), Failure> {
        let lost = Fault {
            operation: Some(operation),
            times: Some(1),
            ..Fault::new(FaultMode::DropAfter)
        };
        let faults = self.sandbox.faults(vec![lost]);
        faults.map_err(|error| Failure::refused(error.to_string()))?;
        let step = "Lose the answer: the sandbox now charges, and cuts the connection.";
        let key = format!("tour-{}-lost", stop.vendor);
        let buy = stop.purchase_under(&key);
        self.step(stop.vendor, step, &buy, &[UNKNOWN]).await?;
        self.guide.say(
            "Until the outcome is known, nothing else is spent on this account. (A sandbox of your own loses an answer only if `proxy-orders sandbox --control` is told to.)",
        )?;
        let step = "Find out from the vendor's orders and balance.";
        self.step(
            stop.vendor,
            step,
            &["journal", "reconcile", "--settle", "1"],
            &[0],
        )
        .await?;
        self.guide.say("It was bought, once. `proxy-orders journal list` shows every purchase and what became of it.")
    }

    /// Shows a step, runs its command as a program of its own, and shows the result.
    async fn step(
        &mut self,
        vendor: Vendor,
        title: &str,
        words: &[&str],
        exit_codes: &[u8],
    ) -> Result<(), Failure> {
        let words = guide::with_vendor(words, vendor);
        self.guide.step(title, &words)?;
        let failed = |error| Failure::refused(format!("the tour cannot run this: {error}"));
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.args(&words).stdin(Stdio::null());
        for name in ENVIRONMENT {
            command.env_remove(name);
        }
        command.envs(sandbox_environment(&self.sandbox));
        command.env(JOURNAL_VARIABLE, self.location.path().unwrap_or_default());
        if let Some(seconds) = self.globals.timeout {
            command.args(["--timeout", &seconds.to_string()]);
        }
        if self.globals.verbose > 0 {
            let flag = "v".repeat(self.globals.verbose.into());
            command.arg(format!("-{flag}"));
        }
        // The sandbox has to answer meanwhile.
        let ended = tokio::task::spawn_blocking(move || command.output()).await;
        let ended = ended.map_err(|error| failed(error.into()))?;
        let output = ended.map_err(failed)?;
        let text = |stream: &[u8]| String::from_utf8_lossy(stream).into_owned();
        self.guide.result(&text(&output.stderr))?;
        self.guide
            .result(&guide::beginning(&text(&output.stdout)))?;
        let code = output.status.code().unwrap_or(-1);
        if code != 0 {
            self.guide.result(&format!("(exit code {code})"))?;
        }
        match exit_codes
            .iter()
            .any(|expected| i32::from(*expected) == code)
        {
            true => Ok(()),
            false => Err(Failure::refused(format!(
                "the tour stops, because its command ended with the exit code {code}"
            ))),
        }
    }

    async fn entry(&self, key: &str) -> Result<JournalEntry, Failure> {
        let filter = Filter {
            key: Some(IdempotencyKey::new(key)?),
            ..Filter::default()
        };
        let entry = self.journal.entries(&filter).await?.pop();
        entry.ok_or_else(|| Failure::refused(format!("the journal has no entry `{key}`")))
    }

    fn requests_at(&self, vendor: Vendor) -> usize {
        let prefix = format!("/{vendor}/");
        let requests = self.sandbox.requests();
        let requests = requests.iter();
        requests.filter(|it| it.path.starts_with(&prefix)).count()
    }
}
