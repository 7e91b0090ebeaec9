//! One account under torture: workers that buy, a hand that kills them, and reconciling until every outcome is known.

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
use crate::wish::Wish;
use crate::worker::{Answer, GRACE_PERIOD, Job, Place, buyer};

/// One account.
#[derive(Clone)]
pub struct Lane {
    pub vendor: Vendor,
    pub credential: String,
    /// Where the sandbox listens.
    pub sandbox: SocketAddr,
    /// What stands behind host and port in the vendor's base URL.
    pub prefix: String,
    /// The journal, as [`Journal::open`] takes it.
    pub journal: String,
    /// How many processes buy at once.
    pub buyers: usize,
    /// How many purchases are made.
    pub runs: usize,
    pub seed: u64,
}

/// What happened, for the report.
#[derive(Default)]
pub struct Tally {
    /// How often a worker was killed, by the state that its purchase was in then.
    pub kills: BTreeMap<String, usize>,
    pub cuts: usize,
    /// How often the request of a purchase was sent.
    pub sent: BTreeMap<String, usize>,
    /// Purchases that were left to a person.
    pub needs_review: BTreeSet<String>,
    /// Why purchases were not made.
    pub refusals: BTreeMap<String, usize>,
    /// How long a purchase took that was not disturbed, in milliseconds.
    pub typical: Option<u64>,
}

/// A tally that all lanes write.
pub type Shared = Arc<Mutex<Tally>>;

pub fn lock(tally: &Shared) -> std::sync::MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

type Result<T> = std::result::Result<T, Box<dyn StdError + Send + Sync>>;

impl Lane {
    /// The account, reached at that address.
    pub fn place(&self, at: SocketAddr) -> Place {
        Place {
            vendor: self.vendor.as_str().to_owned(),
            credential: self.credential.clone(),
            base_url: format!("http://{at}{}", self.prefix),
        }
    }

    /// A buyer of this process, which nobody kills and nothing cuts off.
    pub async fn buyer(&self) -> Result<Buyer> {
        let journal = Journal::open(&self.journal).await?;
        buyer(&self.place(self.sandbox), journal).map_err(|error| error.to_string().into())
    }

    /// Makes all purchases, then reconciles until every outcome is known or with a person.
    pub async fn run(&self, tally: &Shared) -> Result<()> {
        let mut hands = Vec::new();
        for number in 0..self.buyers {
            let (lane, tally) = (self.clone(), Arc::clone(tally));
            hands.push(tokio::spawn(async move {
                Hand::new(lane, number, tally).await?.run().await
            }));
        }
        for hand in hands {
            hand.await??;
        }
        Ok(())
    }
}

/// One worker after the other, and what is done to them.
struct Hand {
    lane: Lane,
    number: usize,
    random: Rng,
    relay: Relay,
    worker: Worker,
    own: Buyer,
    tally: Shared,
}

impl Hand {
    async fn new(lane: Lane, number: usize, tally: Shared) -> Result<Self> {
        let relay = Relay::start(lane.sandbox).await?;
        Ok(Hand {
            random: Rng::with_seed(lane.seed.wrapping_mul(31).wrapping_add(number as u64)),
            worker: Worker::start(&lane, &relay)?,
            own: lane.buyer().await?,
            lane,
            number,
            relay,
            tally,
        })
    }

    async fn run(mut self) -> Result<()> {
        let share = (0..self.lane.runs)
            .skip(self.number)
            .step_by(self.lane.buyers);
        for run in share {
            let key = format!("{}-{run}", self.lane.credential);
            self.purchase(&key).await?;
            let sent = self.relay.take_posts();
            lock(&self.tally).sent.insert(key, sent);
        }
        self.settle().await
    }

    /// Goes on with one purchase, whatever happens, until its outcome is known.
    async fn purchase(&mut self, key: &str) -> Result<()> {
        let wish = Wish::any(self.lane.vendor, &mut self.random);
        let max_total = match self.random.u8(..10) {
            // What two packages cost, so that a price that has moved is above it.
            0 if self.lane.vendor == Vendor::SmartProxy => Decimal::new(640, 2),
            _ => Decimal::from(1_000_000),
        };
        let job = Job::Buy {
            key: key.to_owned(),
            wish,
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
                        lock(&self.tally).typical = Some(took.clamp(20, 2000));
                    }
                    return Ok(());
                }
                Answer::NotBought(why) => {
                    let why: String = why
                        .chars()
                        .filter(|it| !it.is_ascii_digit())
                        .take(90)
                        .collect();
                    *lock(&self.tally).refusals.entry(why).or_default() += 1;
                    return Ok(());
                }
                Answer::Unknown(_) | Answer::Blocked => self.settle().await?,
                Answer::Reconciled { .. } | Answer::Failed(_) => {
                    return Err(format!("a purchase was answered with {answer:?}").into());
                }
            }
        }
    }

    /// Reconciles until nothing is unknown. What stays for a person is given up in the person's name.
    async fn settle(&mut self) -> Result<()> {
        let started = Instant::now();
        loop {
            let answer = match self.ask(&Job::Reconcile, 10).await? {
                None => continue,
                Some((answer, _)) => answer,
            };
            match answer {
                Answer::Reconciled { open: 0, .. } => return Ok(()),
                // A person does not decide before everything has settled.
                Answer::Reconciled { needs_review, .. }
                    if started.elapsed() > GRACE_PERIOD + Duration::from_secs(1) =>
                {
                    for key in needs_review {
                        let name = IdempotencyKey::new(&key)?;
                        match self.own.dismiss(&name, "left to a person").await {
                            Ok(_) => {
                                lock(&self.tally).needs_review.insert(key);
                            }
                            // The other buyer's hand was quicker, or it has been found out meanwhile.
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

    /// Gives the worker a job, and one time in so many kills it or cuts its connections. `None` when it was killed. The second value
    /// says whether connections were cut.
    async fn ask(&mut self, job: &Job, one_in: u8) -> Result<Option<(Answer, bool)>> {
        let typical = lock(&self.tally).typical.unwrap_or(150);
        let moment = Duration::from_micros(self.random.u64(..typical * 1300));
        let kills = self.random.u8(..one_in) == 0;
        let cuts = !kills && self.random.u8(..8) == 0;
        self.worker.tell(job).await?;
        if kills || cuts {
            // What is waited for in vain is waited for again: nothing is lost of a line that came in part.
            if let Ok(answer) = timeout(moment, self.worker.answer()).await {
                return Ok(Some((answer?, false)));
            }
        }
        if kills {
            self.worker.kill().await?;
            self.worker = Worker::start(&self.lane, &self.relay)?;
            return Ok(None);
        }
        if cuts {
            self.relay.cut();
            lock(&self.tally).cuts += 1;
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
        *lock(&self.tally).kills.entry(state.to_owned()).or_default() += 1;
        Ok(())
    }
}

/// A process that buys.
struct Worker {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    fn start(lane: &Lane, relay: &Relay) -> Result<Self> {
        let place = serde_json::to_string(&lane.place(relay.address))?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("worker")
            // A URL may hold a password, and other programs can read a command line.
            .env("TORTURE_JOURNAL", &lane.journal)
            .env("TORTURE_PLACE", place)
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

    /// SIGKILL: no destructor runs, nothing is flushed.
    async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}
