//! One account under torture: its workers buy and are killed, and reconcile until every outcome is
//! known.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use proxy_orders::purchase::{Buyer, Filter, IdempotencyKey, Journal};
use proxy_orders::{Limits, RetryPolicy, Timeouts, Vendor};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::protocol::{Answer, Job};
use crate::relay::Relay;
use crate::request::{Request, Result};

/// The time before a purchase may be called not made: longer than the sandbox takes on a busy
/// machine.
const GRACE_PERIOD: Duration = Duration::from_secs(2);

/// The cap of most purchases: above every price, and below every balance, which must cover the cap
/// where the vendor quotes no price.
const CAP: Decimal = Decimal::ONE_HUNDRED;

/// One account, and what is done with it.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccountRun {
    pub vendor: String,
    pub credential: String,
    /// The address of the sandbox, or of a relay to it.
    pub sandbox: SocketAddr,
    /// The part of the vendor's base URL after host and port.
    pub prefix: String,
    /// The journal, as [`Journal::open`] takes it.
    pub journal: String,
    /// The number of processes that buy at once.
    pub buyers: usize,
    /// The number of purchases.
    pub runs: usize,
    pub seed: u64,
}

/// Numbers for the report.
#[derive(Default)]
pub struct Statistics {
    /// Kills of workers, by the state that the purchase was in then.
    pub kills: BTreeMap<String, usize>,
    pub cuts: usize,
    /// The number of times that the request of each purchase was sent.
    pub sent: BTreeMap<String, usize>,
    /// Purchases that need review.
    pub needs_review: BTreeSet<String>,
    /// Reasons for which purchases were not made.
    pub refusals: BTreeMap<String, usize>,
    /// The time that an undisturbed purchase took, in milliseconds.
    pub typical: Option<u64>,
}

/// Statistics that all accounts write.
pub type Shared = Arc<Mutex<Statistics>>;

pub fn lock(statistics: &Shared) -> std::sync::MutexGuard<'_, Statistics> {
    statistics.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AccountRun {
    /// Makes a buyer in this process.
    pub async fn buyer(&self) -> Result<Buyer> {
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
        let builder = self
            .vendor()?
            .client_builder()
            .credential(self.credential.as_str());
        let builder = builder.base_url(format!("http://{}{}", self.sandbox, self.prefix));
        let client = builder
            .limits(limits)
            .retry(retry)
            .timeouts(timeouts)
            .build()?;
        let journal = Journal::open(&self.journal).await?;
        Ok(Buyer::shared(client, journal).grace_period(GRACE_PERIOD))
    }

    pub fn vendor(&self) -> Result<Vendor> {
        Ok(self.vendor.parse()?)
    }

    /// Makes all purchases, then reconciles until every outcome is known or needs review.
    pub async fn run(&self, statistics: &Shared) -> Result<()> {
        let mut drivers = Vec::new();
        for number in 0..self.buyers {
            let (account, statistics) = (self.clone(), Arc::clone(statistics));
            drivers.push(tokio::spawn(async move {
                let driver = WorkerDriver::new(account, number, statistics).await?;
                driver.run().await
            }));
        }
        for driver in drivers {
            driver.await??;
        }
        Ok(())
    }
}

/// Gives jobs to one worker after the other, kills workers and cuts their connections.
struct WorkerDriver {
    account: AccountRun,
    number: usize,
    random: Rng,
    relay: Relay,
    worker: Worker,
    own: Buyer,
    statistics: Shared,
}

impl WorkerDriver {
    async fn new(account: AccountRun, number: usize, statistics: Shared) -> Result<Self> {
        let relay = Relay::start(account.sandbox).await?;
        Ok(WorkerDriver {
            random: Rng::with_seed(account.seed.wrapping_mul(31).wrapping_add(number as u64)),
            worker: Worker::start(&account, &relay)?,
            own: account.buyer().await?,
            account,
            number,
            relay,
            statistics,
        })
    }

    async fn run(mut self) -> Result<()> {
        let share = (0..self.account.runs)
            .skip(self.number)
            .step_by(self.account.buyers);
        for run in share {
            let key = format!("{}-{run}", self.account.credential);
            self.purchase(&key).await?;
            let sent = self.relay.take_posts();
            lock(&self.statistics).sent.insert(key, sent);
        }
        self.settle().await
    }

    /// Repeats one purchase under its key until its outcome is known.
    async fn purchase(&mut self, key: &str) -> Result<()> {
        let vendor = self.account.vendor()?;
        let request = Request::random(vendor, &mut self.random);
        let is_capped = self.random.u8(..10) == 0;
        let tight_cap = request.tight_cap(vendor).filter(|_| is_capped);
        let max_total = tight_cap.unwrap_or(CAP);
        let job = Job::Buy(key.to_owned(), request, max_total);
        loop {
            let started = Instant::now();
            let Some((answer, is_disturbed)) = self.ask(&job, 3).await? else {
                self.note_kill(key).await?;
                continue;
            };
            match answer {
                Answer::Done => {
                    if !is_disturbed {
                        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(1000);
                        lock(&self.statistics).typical = Some(took.clamp(20, 2000));
                    }
                    return Ok(());
                }
                Answer::NotBought(why) => {
                    let letters = why.chars().filter(|it| !it.is_ascii_digit());
                    let why = letters.take(90).collect();
                    *lock(&self.statistics).refusals.entry(why).or_default() += 1;
                    return Ok(());
                }
                Answer::Unknown(_) | Answer::Blocked => self.settle().await?,
                Answer::Reconciled { .. } | Answer::Failed(_) => {
                    return Err(format!("a purchase was answered with {answer:?}").into());
                }
            }
        }
    }

    /// Reconciles until nothing is unknown, and dismisses in the end what needs review.
    async fn settle(&mut self) -> Result<()> {
        let started = Instant::now();
        loop {
            let answer = match self.ask(&Job::Reconcile, 10).await? {
                None => continue,
                Some((answer, _)) => answer,
            };
            match answer {
                Answer::Reconciled { open: 0, .. } => return Ok(()),
                // Entries are dismissed only after the grace period, as a person would do it.
                Answer::Reconciled { needs_review, .. }
                    if started.elapsed() > GRACE_PERIOD + Duration::from_secs(1) =>
                {
                    for key in needs_review {
                        let name = IdempotencyKey::new(&key)?;
                        match self.own.dismiss(&name, "needs review").await {
                            Ok(_) => {
                                lock(&self.statistics).needs_review.insert(key);
                            }
                            // Another worker was quicker, or the outcome became known meanwhile.
                            Err(error) => eprintln!("{key}: {error}"),
                        }
                    }
                }
                Answer::Reconciled { .. } | Answer::Failed(_) => {}
                other => return Err(format!("reconciling was answered with {other:?}").into()),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Gives the worker a job, and one time in `one_in` kills it, or else may cut its connections.
    /// Returns the answer and whether connections were cut; `None` when the worker was killed.
    async fn ask(&mut self, job: &Job, one_in: u8) -> Result<Option<(Answer, bool)>> {
        let typical = lock(&self.statistics).typical.unwrap_or(150);
        let moment = Duration::from_micros(self.random.u64(..typical * 1300));
        let kills = self.random.u8(..one_in) == 0;
        let cuts = !kills && self.random.u8(..8) == 0;
        self.worker.tell(job).await?;
        if kills || cuts {
            // The line is read on below, from where this left off.
            if let Ok(answer) = timeout(moment, self.worker.answer()).await {
                return Ok(Some((answer?, false)));
            }
        }
        if kills {
            self.worker.kill().await?;
            self.worker = Worker::start(&self.account, &self.relay)?;
            return Ok(None);
        }
        if cuts {
            self.relay.cut();
            lock(&self.statistics).cuts += 1;
        }
        Ok(Some((self.worker.answer().await?, cuts)))
    }

    async fn note_kill(&self, key: &str) -> Result<()> {
        let filter = Filter {
            key: Some(IdempotencyKey::new(key)?),
            ..Filter::default()
        };
        let found = self.own.journal().entries(&filter).await?;
        let state = found.first().map_or("not written", |it| it.state.as_str());
        let kills = &mut lock(&self.statistics).kills;
        *kills.entry(state.to_owned()).or_default() += 1;
        Ok(())
    }
}

/// The process that buys.
struct Worker {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    fn start(account: &AccountRun, relay: &Relay) -> Result<Self> {
        let account = AccountRun {
            sandbox: relay.address,
            ..account.clone()
        };
        let mut child = Command::new(std::env::current_exe()?)
            .arg("worker")
            // A URL may hold a password, and other programs can read a command line.
            .env("TORTURE_ACCOUNT", serde_json::to_string(&account)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let gone = || io::Error::other("the worker has no pipes");
        let stdin = child.stdin.take().ok_or_else(gone)?;
        let stdout = child.stdout.take().ok_or_else(gone)?;
        Ok(Worker {
            child,
            stdin,
            lines: BufReader::new(stdout).lines(),
        })
    }

    async fn tell(&mut self, job: &Job) -> Result<()> {
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        self.stdin.write_all(&line).await?;
        Ok(self.stdin.flush().await?)
    }

    async fn answer(&mut self) -> Result<Answer> {
        match self.lines.next_line().await? {
            Some(line) => Ok(serde_json::from_str(&line)?),
            None => Err("the worker ended by itself".into()),
        }
    }

    /// Sends SIGKILL: no destructor runs, nothing is flushed.
    async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}
