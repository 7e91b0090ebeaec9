//! The driver of one buying process: gives it jobs, disturbs it by the schedule, and does what a
//! person does about purchases that need review.

use std::time::{Duration, Instant};

use proxy_orders::purchase::{Buyer, Filter, IdempotencyKey, Resolution, SpendOptions};
use rust_decimal::Decimal;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::account_run::{AccountRun, GRACE_PERIOD, Torture};
use crate::journal_access::JournalAccess;
use crate::protocol::{Answer, Job};
use crate::relay::Relay;
use crate::request::{Request, Result};
use crate::schedule::{Deed, Disturbance};
use crate::worker_process::WorkerProcess;

/// The attempts to make one purchase, and to reconcile an account, after which a run has failed.
const ATTEMPTS: usize = 100;

/// The time for which a connection is held while somebody else buys.
const OTHER_BUYS: Duration = Duration::from_millis(300);

/// The time that a second process gets while the first one has lost its lock.
const TAKEOVER: Duration = Duration::from_secs(2);

pub struct Driver {
    account: AccountRun,
    number: usize,
    torture: Torture,
    worker: WorkerProcess,
    twin: Option<WorkerProcess>,
    /// The person's own access to journal and vendor.
    own: Buyer,
    journal: JournalAccess,
    other_relay: Relay,
    other: Buyer,
    others: JoinSet<()>,
}

impl Driver {
    pub async fn new(account: AccountRun, number: usize, torture: Torture) -> Result<Self> {
        let own = account.buyer(torture.journal.clone())?;
        let journal = JournalAccess::new(&account.journal);
        let name = format!("{}-{number}", account.credential);
        let relay = Relay::start(account.sandbox, torture.schedule.clone()).await?;
        let other_relay = Relay::start(account.sandbox, torture.schedule.clone()).await?;
        let other = AccountRun {
            sandbox: other_relay.address,
            ..account.clone()
        };
        Ok(Driver {
            worker: WorkerProcess::start(&account, &journal.named(&name), relay)?,
            twin: None,
            own,
            journal,
            other: other.other_buyer().await?,
            other_relay,
            others: JoinSet::new(),
            account,
            number,
            torture,
        })
    }

    pub async fn run(mut self) -> Result<()> {
        let share = (0..self.account.runs)
            .skip(self.number)
            .step_by(self.account.buyers);
        let mut last = None;
        for run in share {
            let key = format!("{}-{run}", self.account.credential);
            self.purchase(&key).await?;
            last = Some(key);
        }
        while self.others.join_next().await.is_some() {}
        match last {
            Some(key) => self.settle(&key, ATTEMPTS).await,
            None => Ok(()),
        }
    }

    /// Repeats one purchase under its key until its outcome is known.
    async fn purchase(&mut self, key: &str) -> Result<()> {
        let vendor = self.account.vendor()?;
        let schedule = self.torture.schedule.clone();
        let plan = schedule.plan(vendor, key);
        let mut again = false;
        for number in 0..ATTEMPTS {
            let job = Job::Buy {
                key: key.to_owned(),
                request: plan.request,
                max_total: plan.max_total,
                again,
            };
            if plan.has_twin && number == 0 {
                self.torture.note("twins on one key");
                self.tell_twin(key, &job).await?;
            }
            let disturbances = schedule.attempt(vendor, key, number, &plan);
            let Some(answers) = self.ask(key, &job, &disturbances).await? else {
                self.note_kill(key).await?;
                continue;
            };
            if answers.iter().any(|it| matches!(it, Answer::Done)) {
                return Ok(());
            }
            let is_open = |it: &Answer| matches!(it, Answer::Unknown(_) | Answer::Blocked);
            if answers.iter().any(is_open) {
                self.step_clock(key, number).await?;
                self.settle(key, number).await?;
                continue;
            }
            for answer in answers {
                if let Answer::NotBought(why) = answer {
                    self.torture.note_refusal("", &why);
                }
            }
            if again || !plan.again {
                return Ok(());
            }
            self.torture.note("bought again under one key");
            again = true;
        }
        Err(format!("{key} has no outcome after {ATTEMPTS} attempts").into())
    }

    /// Reconciles until nothing is unknown, and decides in the end what needs review.
    async fn settle(&mut self, key: &str, number: usize) -> Result<()> {
        let started = Instant::now();
        let caller = format!("{key} reconciling");
        for round in 0..ATTEMPTS {
            let name = format!("{number}.{round}");
            let disturbances = self.torture.schedule.reconciling(key, &name);
            let Some(answers) = self.ask(&caller, &Job::Reconcile, &disturbances).await? else {
                continue;
            };
            for answer in answers {
                match answer {
                    Answer::Reconciled { open: 0, .. } => return Ok(()),
                    // A person decides after the grace period.
                    Answer::Reconciled { needs_review, .. }
                        if started.elapsed() > GRACE_PERIOD + Duration::from_secs(1) =>
                    {
                        for (key, reason) in needs_review {
                            self.decide(&key, reason).await?;
                        }
                    }
                    _ => {}
                }
            }
            sleep(Duration::from_millis(200)).await;
        }
        Err(format!("{key}: the account is not settled after {ATTEMPTS} looks").into())
    }

    /// Decides on a purchase that needs review, as a person does who knows what was bought.
    async fn decide(&mut self, key: &str, reason: String) -> Result<()> {
        let bought = self.torture.bought(key).into_iter().next();
        let resolution = match bought {
            Some(id) => Resolution::Order {
                amount: self.torture.charged(&self.account.credential, &id),
                id,
            },
            None => Resolution::NotMade,
        };
        let name = IdempotencyKey::new(key)?;
        match self.own.resolve(&name, resolution, "looked up").await {
            Ok(_) => {
                let needs_review = &mut self.torture.statistics().needs_review;
                needs_review.insert(key.to_owned(), reason);
            }
            // Another person was quicker, or the outcome became known meanwhile.
            Err(error) => self.torture.note_refusal("resolving: ", &error.to_string()),
        }
        Ok(())
    }

    /// Gives the worker a job and disturbs it. Returns its answer and those of its twin; `None`
    /// when it was killed.
    async fn ask(
        &mut self,
        caller: &str,
        job: &Job,
        disturbances: &[Disturbance],
    ) -> Result<Option<Vec<Answer>>> {
        let moments = disturbances.iter().map(|it| it.moment.clone()).collect();
        let mut reached = self.worker.relay.begin(caller, moments);
        self.worker.tell(job).await?;
        let mut answers = Vec::new();
        let mut is_killed = false;
        while answers.is_empty() && !is_killed {
            let moment = tokio::select! {
                answer = self.worker.answer() => {
                    answers.push(answer?);
                    continue;
                }
                Some(moment) = reached.recv() => moment,
            };
            let Some(disturbance) = disturbances.get(moment.index) else {
                continue;
            };
            sleep(disturbance.moment.pause).await;
            match disturbance.deed {
                Deed::Kill => {
                    self.worker.kill().await?;
                    is_killed = true;
                }
                Deed::Cut => {
                    self.torture.note("connections cut");
                    self.worker.relay.cut();
                }
                Deed::LoseLock => self.lose_lock(caller, job).await?,
                Deed::OtherBuys(request) => self.let_other_buy(caller, request).await?,
            }
        }
        if let Some(twin) = &mut self.twin {
            answers.extend(twin.answers().await?);
        }
        Ok((!is_killed).then_some(answers))
    }

    /// Gives the twin a job. It opens the journal by its other name.
    async fn tell_twin(&mut self, key: &str, job: &Job) -> Result<()> {
        let mut twin = match self.twin.take() {
            Some(twin) => twin,
            None => {
                let relay = Relay::start(self.account.sandbox, self.torture.schedule.clone());
                let journal = &self.account.journal_alias;
                WorkerProcess::start(&self.account, journal, relay.await?)?
            }
        };
        drop(twin.relay.begin(&format!("{key} twin"), Vec::new()));
        twin.tell(job).await?;
        self.twin = Some(twin);
        Ok(())
    }

    /// Stops the worker, ends its sessions at the database, and lets the twin reconcile and buy
    /// again after the grace period. Then the worker goes on.
    async fn lose_lock(&mut self, key: &str, job: &Job) -> Result<()> {
        self.torture.note("stopped beyond the grace period");
        self.worker.signal("-STOP").await?;
        let name = format!("{}-{}", self.account.credential, self.number);
        self.journal.end_sessions(&name).await?;
        sleep(GRACE_PERIOD + Duration::from_millis(300)).await;
        self.tell_twin(key, &Job::Reconcile).await?;
        if let Job::Buy {
            key: of_job,
            request,
            max_total,
            ..
        } = job
        {
            let again = Job::Buy {
                key: of_job.clone(),
                request: *request,
                max_total: *max_total,
                again: true,
            };
            self.tell_twin(key, &again).await?;
        }
        if let Some(twin) = &mut self.twin {
            // With a lock that cannot be lost, the twin waits for the worker.
            let _ = timeout(TAKEOVER, twin.answers()).await;
        }
        self.worker.signal("-CONT").await
    }

    /// Lets somebody else buy on the account, who has a journal of their own.
    async fn let_other_buy(&mut self, key: &str, request: Request) -> Result<()> {
        self.torture.note("purchases by others");
        let spend = request.spend(self.account.vendor()?)?;
        let mut number = 0;
        let caller = {
            let others = &mut self.torture.statistics().others;
            let free = loop {
                let caller = format!("{key}/{number} other");
                if !others.contains_key(&caller) {
                    break caller;
                }
                number += 1;
            };
            others.insert(free.clone(), spend.canonical().to_string());
            free
        };
        drop(self.other_relay.begin(&caller, Vec::new()));
        let name = IdempotencyKey::new(caller.replace(' ', "-"))?;
        let buyer = self.other.clone();
        let (done, is_done) = oneshot::channel::<()>();
        self.others.spawn(async move {
            let options =
                SpendOptions::up_to(Decimal::ONE_HUNDRED).despite_unknown("another buyer");
            // What comes of it is in the sandbox.
            let _ = buyer.spend(&name, &spend, &options).await;
            drop(done);
        });
        let _ = timeout(OTHER_BUYS, is_done).await;
        Ok(())
    }

    /// Sets the clock of the machine to another time, which means that the times in the journal are
    /// as much older or newer.
    async fn step_clock(&mut self, key: &str, number: usize) -> Result<()> {
        let seconds = self.torture.schedule.clock_step(key, number);
        if seconds != 0 {
            self.torture.note("clock steps");
            let entries = self.own.journal().entries(&filter(key)?).await?;
            self.journal.step_clock(&entries, seconds).await?;
        }
        Ok(())
    }

    async fn note_kill(&self, key: &str) -> Result<()> {
        let found = self.own.journal().entries(&filter(key)?).await?;
        let state = found.first().map_or("not written", |it| it.state.as_str());
        let kills = &mut self.torture.statistics().kills;
        *kills.entry(state.to_owned()).or_default() += 1;
        Ok(())
    }
}

fn filter(key: &str) -> Result<Filter> {
    Ok(Filter {
        key: Some(IdempotencyKey::new(key)?),
        ..Filter::default()
    })
}
