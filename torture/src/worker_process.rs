//! A process that buys, seen from the torture: it is given jobs, stopped, continued and killed.

use std::io;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::account_run::AccountRun;
use crate::protocol::{Answer, Job};
use crate::relay::Relay;
use crate::request::Result;

/// A process that buys through a relay of its own.
pub struct WorkerProcess {
    account: AccountRun,
    pub relay: Relay,
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    /// The number of jobs that are not answered yet.
    pending: usize,
}

impl WorkerProcess {
    /// Starts the process. `journal` is the location at which it opens the journal.
    pub fn start(account: &AccountRun, journal: &str, relay: Relay) -> Result<Self> {
        let account = AccountRun {
            sandbox: relay.address,
            journal: journal.to_owned(),
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
        Ok(WorkerProcess {
            account,
            relay,
            child,
            stdin,
            lines: BufReader::new(stdout).lines(),
            pending: 0,
        })
    }

    pub async fn tell(&mut self, job: &Job) -> Result<()> {
        let mut line = serde_json::to_vec(job)?;
        line.push(b'\n');
        self.stdin.write_all(&line).await?;
        self.pending += 1;
        Ok(self.stdin.flush().await?)
    }

    /// Returns the answer to the oldest job. May be dropped and called again.
    pub async fn answer(&mut self) -> Result<Answer> {
        match self.lines.next_line().await? {
            Some(line) => {
                self.pending = self.pending.saturating_sub(1);
                Ok(serde_json::from_str(&line)?)
            }
            None => Err("the worker ended by itself".into()),
        }
    }

    /// Returns the answers to all jobs.
    pub async fn answers(&mut self) -> Result<Vec<Answer>> {
        let mut answers = Vec::new();
        while self.pending > 0 {
            answers.push(self.answer().await?);
        }
        Ok(answers)
    }

    /// Sends SIGKILL: no destructor runs, nothing is flushed. Then starts the process anew.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await?;
        let journal = self.account.journal.clone();
        *self = WorkerProcess::start(&self.account, &journal, self.relay.clone())?;
        Ok(())
    }

    /// Stops the process, or lets it go on.
    pub async fn signal(&self, name: &str) -> Result<()> {
        let Some(id) = self.child.id() else {
            return Err("the worker ended by itself".into());
        };
        let id = id.to_string();
        let done = Command::new("kill").args([name, &id]).status().await?;
        if !done.success() {
            return Err(format!("the worker cannot be sent {name}").into());
        }
        Ok(())
    }
}
