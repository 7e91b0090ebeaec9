//! One account under torture: its workers buy and are killed, and reconcile until every outcome is
//! known.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use proxy_orders::Vendor;
use proxy_orders::purchase::{Buyer, Filter, IdempotencyKey, Journal};
use rust_decimal::Decimal;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::relay::Relay;
use crate::request::{Request, rows};
use crate::worker::{AccountAccess, Answer, GRACE_PERIOD, Job, buyer};

/// One account, and what is done with it.
#[derive(Clone)]
pub struct AccountRun {
    pub vendor: Vendor,
    pub credential: String,
    /// The address that the sandbox listens at.
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
    /// How often the request of each purchase was sent.
    pub sent: BTreeMap<String, usize>,
    /// Purchases that were left for a person to decide.
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

type Result<T> = std::result::Result<T, Box<dyn StdError + Send + Sync>>;

impl AccountRun {
    /// Returns the access to the account at an address.
    fn access(&self, at: SocketAddr) -> AccountAccess {
        AccountAccess {
            vendor: self.vendor.as_str().to_owned(),
            credential: self.credential.clone(),
            base_url: format!("http://{at}{}", self.prefix),
        }
    }

    /// Makes a buyer in this process, which is not killed and whose connections are not cut.
    pub async fn buyer(&self) -> Result<Buyer> {
        let journal = Journal::open(&self.journal).await?;
        buyer(&self.access(self.sandbox), journal).map_err(|error| error.to_string().into())
    }

    /// Makes all purchases, then reconciles until every outcome is known or left for a person.
    pub async fn run(&self, statistics: &Shared) -> Result<()> {
        let mut drivers = Vec::new();
        for number in 0..self.buyers {
            let (account, statistics) = (self.clone(), Arc::clone(statistics));
            drivers.push(tokio::spawn(async move {
                WorkerDriver::new(account, number, statistics)
                    .await?
                    .run()
                    .await
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
        let request = Request::random(self.account.vendor, &mut self.random);
        let is_paid_later = rows(self.account.vendor).any(|row| row.is_paid_later());
        let max_total = match self.random.u8(..10) {
            // The price of two packages at SmartProxy: an order whose price has moved is above it.
            0 if is_paid_later => Decimal::new(640, 2),
            _ => Decimal::from(1_000_000),
        };
        let job = Job::Buy {
            key: key.to_owned(),
            request,
            max_total,
        };
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
                    let why: String = why
                        .chars()
                        .filter(|it| !it.is_ascii_digit())
                        .take(90)
                        .collect();
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
                        match self.own.dismiss(&name, "left for a person to decide").await {
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
        let state = found
            .first()
            .map_or("not written", |entry| entry.state.as_str());
        *lock(&self.statistics)
            .kills
            .entry(state.to_owned())
            .or_default() += 1;
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
        let access = serde_json::to_string(&account.access(relay.address))?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("worker")
            // A URL may hold a password, and other programs can read a command line.
            .env("TORTURE_JOURNAL", &account.journal)
            .env("TORTURE_ACCOUNT", access)
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
