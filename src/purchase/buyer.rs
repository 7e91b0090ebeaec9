//! The way of a purchase, from the caller's words to what the vendor made of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::guard::{self, Caps};
use super::request::hexadecimal;
use super::{
    DryRun, IdempotencyKey, Journal, Receipt, SpendAdapter, SpendOptions, SpendRequest, execute,
};
use crate::account::{Purchase, Renewal};
use crate::error::Error;
use crate::vocabulary::Vendor;

/// Spends from one account, each purchase once.
#[derive(Clone)]
pub struct Buyer {
    pub(super) client: Arc<dyn SpendAdapter>,
    pub(super) journal: Journal,
    pub(super) account: String,
    pub(super) caps: Caps,
    pub(super) grace_period: Duration,
    pub(super) lock_timeout: Duration,
}

impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buyer")
            .field("vendor", &self.vendor())
            .field("account", &self.account)
            .field("journal", &self.journal)
            .field("caps", &self.caps)
            .finish_non_exhaustive()
    }
}

/// A text that is shorter can't be told from any other in a request.
const SHORTEST_CREDENTIAL: usize = 8;

/// How long a buyer waits for its turn on an account.
const LOCK_TIMEOUT: Duration = Duration::from_secs(300);

/// How long an outcome stays unknown before the absence of an order means anything.
const GRACE_PERIOD: Duration = Duration::from_secs(60);

impl Buyer {
    /// A buyer for a client's account.
    pub fn new(client: impl SpendAdapter + 'static, journal: Journal) -> Self {
        Buyer::shared(Arc::new(client), journal)
    }

    /// The same for a client that others use, too.
    pub fn shared(client: Arc<dyn SpendAdapter>, journal: Journal) -> Self {
        let account = fingerprint(client.vendor(), client.transport().credential().expose());
        Buyer {
            client,
            journal,
            account,
            caps: Caps::default(),
            grace_period: GRACE_PERIOD,
            lock_timeout: LOCK_TIMEOUT,
        }
    }

    /// Names the account. Without a name it goes by a fingerprint of its credential, and a new credential looks like another account:
    /// neither its caps nor what is unknown of it would be seen.
    ///
    /// # Errors
    /// When the name is empty, or is no visible ASCII.
    pub fn account(mut self, name: &str) -> Result<Self, Error> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            let what = format!(
                "`{}` can't be the name of an account: use letters, digits and signs, without spaces",
                name.escape_default()
            );
            return Err(Error::input(what));
        }
        self.account = name.to_owned();
        Ok(self)
    }

    /// Spends no more than this a day, by UTC. What is unknown counts as spent.
    pub fn per_day(mut self, cap: Decimal) -> Self {
        self.caps.per_day = Some(cap);
        self
    }

    /// Spends no more than this a month, by UTC. What is unknown counts as spent.
    pub fn per_month(mut self, cap: Decimal) -> Self {
        self.caps.per_month = Some(cap);
        self
    }

    /// How long an outcome stays unknown before the absence of an order means that none was made: 60 seconds unless said otherwise.
    /// It should be longer than a vendor may take to carry out what it has received.
    pub fn grace_period(mut self, time: Duration) -> Self {
        self.grace_period = time;
        self
    }

    /// How long to wait until other purchases on the account have ended: 5 minutes unless said otherwise.
    pub fn lock_timeout(mut self, time: Duration) -> Self {
        self.lock_timeout = time;
        self
    }

    /// At which vendor.
    pub fn vendor(&self) -> Vendor {
        self.client.vendor()
    }

    /// By what the journal knows the account.
    pub fn account_name(&self) -> &str {
        &self.account
    }

    /// The client.
    pub fn client(&self) -> &Arc<dyn SpendAdapter> {
        &self.client
    }

    /// The journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Buys, once.
    ///
    /// # Errors
    /// As for [`Buyer::spend`].
    pub async fn buy(
        &self,
        key: &IdempotencyKey,
        purchase: &Purchase,
        options: &SpendOptions,
    ) -> Result<Receipt, Error> {
        self.spend(key, &self.client.purchase(purchase)?, options)
            .await
    }

    /// Renews or extends an order, once.
    ///
    /// # Errors
    /// As for [`Buyer::spend`].
    pub async fn renew(
        &self,
        key: &IdempotencyKey,
        order: &str,
        renewal: &Renewal,
        options: &SpendOptions,
    ) -> Result<Receipt, Error> {
        self.spend(key, &self.client.renewal(order, renewal)?, options)
            .await
    }

    /// Runs any spend, once.
    ///
    /// If the journal knows the key, the recorded result is given and nothing is sent.
    ///
    /// # Errors
    /// One whose outcome is [`crate::Outcome::Unknown`] means that money may have moved: [`Buyer::reconcile`] finds out, and until then nothing
    /// else is spent on the account. Every other error means that nothing was spent. [`crate::ErrorKind`] says more: `Journal`, `Busy`,
    /// `KeyReused`, `Unsettled`, `OverCap` and `Funds` come from here, all others from the vendor.
    pub async fn spend(
        &self,
        key: &IdempotencyKey,
        spend: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<Receipt, Error> {
        self.check(spend)?;
        if let Some(recorded) = self.recorded(key, spend, options).await? {
            return recorded;
        }
        let mut lock = self
            .journal
            .lock_account(self.vendor(), &self.account, self.lock_timeout)
            .await?;
        let result = self.execute_locked(&mut lock, key, spend, options).await;
        lock.release().await;
        result
    }

    /// Says what a spend would do, without doing it.
    ///
    /// # Errors
    /// When the request can't be made, or the vendor can't be asked for the price.
    pub async fn dry_run(
        &self,
        spend: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<DryRun, Error> {
        self.check(spend)?;
        let resolved = self.client.resolve(spend.clone()).await?;
        let quote = self.client.price(&resolved).await?;
        let baseline = self.client.baseline(&resolved).await?;
        let funds = self.client.funds(&resolved);
        let price = guard::price(self.vendor(), quote.as_ref(), options.max_total);
        let checked = match price {
            Ok(amount) => {
                let entry = self.intent(&IdempotencyKey::random(), &resolved, options);
                let mut lock = self
                    .journal
                    .lock_account(self.vendor(), &self.account, self.lock_timeout)
                    .await?;
                let within =
                    guard::within_caps(lock.connection(), &self.caps, &entry, amount).await;
                lock.release().await;
                within
                    .and_then(|()| guard::enough_funds(&resolved, funds, baseline.balance, amount))
            }
            Err(error) => Err(error),
        };
        let request = resolved.request()?;
        Ok(DryRun {
            method: resolved.operation().method,
            path: request.path().to_owned(),
            body: resolved.body().clone(),
            quote,
            balance: baseline.balance,
            refusal: checked.err().map(|error| error.to_string()),
        })
    }

    /// Refuses what is for another vendor, and what would write the credential down.
    fn check(&self, spend: &SpendRequest) -> Result<(), Error> {
        let vendor = self.vendor();
        if spend.vendor() != vendor {
            let what = format!(
                "this spends at {}, and the account is one of {vendor}",
                spend.vendor()
            );
            return Err(Error::input(what).at(vendor, None));
        }
        let credential = self.client.transport().credential();
        // A shorter one is no vendor's, and would be found in any text.
        let is_there = credential.expose().len() >= SHORTEST_CREDENTIAL
            && spend.canonical().to_string().contains(credential.expose());
        if is_there {
            let what = "the credential stands in the request: leave it out, it is put in when the request is sent, and the journal must not hold it";
            return Err(Error::input(what).at(vendor, Some(spend.operation().id)));
        }
        Ok(())
    }

    /// What the journal knows of the key already; `None` when there is something left to do.
    async fn recorded(
        &self,
        key: &IdempotencyKey,
        spend: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<Option<Result<Receipt, Error>>, Error> {
        let entry = self
            .journal
            .entry(self.vendor(), &self.account, key)
            .await?;
        Ok(entry.and_then(|entry| execute::recorded(&entry, spend, options, false)))
    }
}

/// A name for an account that does not tell its credential.
fn fingerprint(vendor: Vendor, credential: &str) -> String {
    let digest = Sha256::digest(format!("proxy-orders {vendor} {credential}"));
    hexadecimal(digest.get(..8).unwrap_or_default())
}
