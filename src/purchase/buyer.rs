//! The buyer: settings, and the entry points of the purchase path.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::execute::{self, Checks};
use super::guard::{self, Caps};
use super::journal::{self, AccountLock, Claim};
use super::request::hexadecimal;
use super::{
    DryRun, Filter, IdempotencyKey, Journal, JournalEntry, PreparedSpend, Receipt, SpendAdapter,
    SpendOptions, SpendRequest,
};
use crate::account::{Purchase, Renewal};
use crate::cleaning::is_id;
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::Vendor;

/// Spends from one account, each purchase at most once. Cheap to clone.
#[derive(Clone)]
#[must_use]
pub struct Buyer {
    pub(super) client: Arc<dyn SpendAdapter>,
    pub(super) journal: Journal,
    /// The user's name for the account.
    name: Option<String>,
    /// The account in the journal, once it was found or made there.
    account: Arc<OnceCell<String>>,
    others_buy: Option<bool>,
    /// The first looks at entries of which no clock tells the age.
    pub(super) first_looks: Arc<Mutex<HashMap<IdempotencyKey, Instant>>>,
    pub(super) caps: Caps,
    pub(super) grace_period: Duration,
    pub(super) lock_timeout: Duration,
}

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Buyer>();
    is_send_and_sync::<Journal>();
};

impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buyer")
            .field("vendor", &self.vendor())
            .field("name", &self.name)
            .field("journal", &self.journal)
            .field("caps", &self.caps)
            .finish_non_exhaustive()
    }
}

/// Shorter credentials are not searched for in requests: any text may contain them by chance.
const SHORTEST_CREDENTIAL: usize = 8;

const LOCK_TIMEOUT: Duration = Duration::from_secs(300);

const GRACE_PERIOD: Duration = Duration::from_secs(60);

impl Buyer {
    /// Creates a buyer for the account of a client.
    pub fn new(client: impl SpendAdapter + 'static, journal: Journal) -> Self {
        Buyer::shared(Arc::new(client), journal)
    }

    /// Creates a buyer for the account of a client that is shared.
    pub fn shared(client: Arc<dyn SpendAdapter>, journal: Journal) -> Self {
        Buyer {
            client,
            journal,
            name: None,
            account: Arc::default(),
            others_buy: None,
            first_looks: Arc::default(),
            caps: Caps::default(),
            grace_period: GRACE_PERIOD,
            lock_timeout: LOCK_TIMEOUT,
        }
    }

    /// Names the account in the journal.
    ///
    /// The journal knows an account by all its names: those that were given here, the fingerprints
    /// of its credentials, and the vendor's own where the vendor tells one. Keys, caps, locks and
    /// unknown outcomes belong to the account, whichever of its names is used.
    ///
    /// A name is needed where the journal knows the vendor and not the credential, such as after
    /// a change of the credential: the name of an account that the journal knows stands for that
    /// one, and a new name for another account. Without it, nothing is spent
    /// ([`crate::ErrorKind::UnknownAccount`]).
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when the name is empty or not visible ASCII.
    pub fn account(mut self, name: &str) -> Result<Self, Error> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            let what = format!(
                "`{}` cannot name an account: use visible ASCII characters without spaces",
                name.escape_default()
            );
            return Err(Error::input(what));
        }
        self.name = Some(name.to_owned());
        self.account = Arc::default();
        Ok(self)
    }

    /// Caps the spending of a day (UTC). Amounts whose outcome is not known count as spent.
    pub fn per_day(mut self, cap: Decimal) -> Self {
        self.caps.per_day = Some(cap);
        self
    }

    /// Caps the spending of a month (UTC). Amounts whose outcome is not known count as spent.
    pub fn per_month(mut self, cap: Decimal) -> Self {
        self.caps.per_month = Some(cap);
        self
    }

    /// Sets how long an outcome stays unknown before anything is concluded from the vendor's orders.
    /// The default is 60 seconds. It must be longer than the vendor may take to carry out a request
    /// that it has received. It begins when the request has ended: if its process ended first, that
    /// is after the longest time that a request may take.
    pub fn grace_period(mut self, time: Duration) -> Self {
        self.grace_period = time;
        self
    }

    /// Sets how long to wait for other purchases on the account. The default is 5 minutes.
    pub fn lock_timeout(mut self, time: Duration) -> Self {
        self.lock_timeout = time;
        self
    }

    /// Returns the vendor.
    pub fn vendor(&self) -> Vendor {
        self.client.vendor()
    }

    /// Says whether others buy on the account, too: a person on the vendor's site, or a program with
    /// another journal. Then no order is taken for the result of an unknown purchase without a
    /// person's decision. The journal keeps it; `false` takes back what the journal has, such as
    /// the findings of an [audit](Buyer::audit).
    pub fn others_buy(mut self, others_buy: bool) -> Self {
        self.others_buy = Some(others_buy);
        self.account = Arc::default();
        self
    }

    /// Returns the account's name in the journal, or the one that it would get there. Nothing is
    /// written. The vendor is asked only if the journal does not know the credential.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal cannot be read,
    /// [`crate::ErrorKind::UnknownAccount`] when it is not clear which account is meant.
    pub async fn account_name(&self) -> Result<String, Error> {
        if let Some(account) = self.account.get() {
            return Ok(account.clone());
        }
        let credential = self.fingerprint();
        match self
            .journal
            .find_account(&self.claim(&credential, None))
            .await
        {
            Err(error) if error.kind() == Kind::UnknownAccount => {
                let Ok(Some(identity)) = self.identity().await else {
                    return Err(error);
                };
                let claim = self.claim(&credential, Some(&identity));
                self.journal.find_account(&claim).await
            }
            found => found,
        }
    }

    /// Returns the account in the journal, which learns the names that it does not know yet.
    pub(super) async fn resolved_account(&self) -> Result<&str, Error> {
        let resolving = async {
            let vendor = self.vendor();
            let credential = self.fingerprint();
            let identity = match self.identity().await {
                Ok(identity) => identity,
                Err(error) => {
                    // The vendor's name for the account may wait if the others are enough.
                    let claim = self.claim(&credential, None);
                    let found = self.journal.find_account(&claim).await;
                    found.map_err(|_| error.at(vendor, None).with_outcome(Outcome::NotSent))?;
                    None
                }
            };
            let claim = self.claim(&credential, identity.as_deref());
            let account = self.journal.resolve_account(&claim).await?;
            if let Some(others_buy) = self.others_buy {
                let lock = self
                    .journal
                    .lock_account(vendor, &account, self.lock_timeout);
                let mut lock = lock.await?;
                let why = others_buy.then_some("the caller says so");
                journal::mark_shared(lock.connection(), vendor, &account, why).await?;
                lock.release().await;
            }
            Ok(account)
        };
        let account = self.account.get_or_try_init(|| resolving).await;
        account.map(String::as_str)
    }

    /// Returns the vendor's own name for the account, if it is one that can be found again.
    async fn identity(&self) -> Result<Option<String>, Error> {
        let identity = self.client.identity().await?;
        Ok(identity.filter(|it| is_id(it)))
    }

    fn fingerprint(&self) -> String {
        fingerprint(self.vendor(), self.client.transport().credential().expose())
    }

    fn claim<'a>(&'a self, credential: &'a str, identity: Option<&'a str>) -> Claim<'a> {
        Claim {
            vendor: self.vendor(),
            name: self.name.as_deref(),
            credential,
            identity,
        }
    }

    /// Returns the client.
    pub fn client(&self) -> &Arc<dyn SpendAdapter> {
        &self.client
    }

    /// Returns the journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Lists the account's entries in the journal, the oldest first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal cannot be read.
    pub async fn entries(&self) -> Result<Vec<JournalEntry>, Error> {
        let filter = Filter {
            vendor: Some(self.vendor()),
            account: Some(self.account_name().await?),
            ..Filter::default()
        };
        self.journal.entries(&filter).await
    }

    /// Makes a purchase, at most once under this key.
    ///
    /// # Errors
    /// As for [`Buyer::spend`].
    pub async fn buy(
        &self,
        key: &IdempotencyKey,
        purchase: &Purchase,
        options: &SpendOptions,
    ) -> Result<Receipt, Error> {
        let request = self.client.purchase(purchase)?;
        self.spend(key, &request, options).await
    }

    /// Renews or extends an order, at most once under this key.
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
        let request = self.client.renewal(order, renewal)?;
        self.spend(key, &request, options).await
    }

    /// Sends a request that spends, at most once under this key.
    ///
    /// If the journal has a result under the key, that result is returned and nothing is sent. The
    /// functions of each vendor's `spend` module make the requests.
    ///
    /// # Errors
    /// With the outcome [`crate::Outcome::Unknown`], money may have moved. [`Buyer::reconcile`]
    /// finds out, and until then nothing else is spent on the account. With every other outcome,
    /// nothing was spent.
    ///
    /// The kinds `Journal`, `Busy`, `KeyReused`, `Unsettled`, `UnknownAccount`, `OverCap`, `Funds`
    /// and `Duplicate` come from the buyer, all others from the vendor.
    ///
    /// # Dropping the future
    /// A caller may stop waiting at any point. The request then may or may not have been sent, as
    /// the journal says: without an entry, or with one that is `planned` or `not-sent`, nothing was
    /// sent, and the same key continues. With one that is `sent`, the request may be on its way or
    /// may have taken effect: [`Buyer::reconcile`] finds out, as after a crash. With one that is
    /// `confirmed`, the purchase was made; only the look-up of what was charged may be missing. The
    /// account's lock ends with the future. The journal's last write may come a moment later, so a
    /// call right after it may fail with the kind `Journal` and the outcome `NotSent`: try again.
    pub async fn spend(
        &self,
        key: &IdempotencyKey,
        request: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<Receipt, Error> {
        if let Some(receipt) = self.recorded(key, request, options).await? {
            return Ok(receipt);
        }
        let mut prepared = self.client.prepare(request.clone())?;
        let account = self.resolved_account().await?;
        let mut lock = self.lock(account).await?;
        let result = self
            .execute_locked(&mut lock, account, key, prepared.as_mut(), options)
            .await;
        lock.release().await;
        result
    }

    /// Returns the receipt that the journal has under the key, or `None` if [`Buyer::spend`] would
    /// go on. The vendor is not asked.
    ///
    /// # Errors
    /// The error that `spend` would return because of the journal's entry under the key.
    pub async fn recorded(
        &self,
        key: &IdempotencyKey,
        request: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<Option<Receipt>, Error> {
        self.check(request)?;
        match self.entry(key).await? {
            Some(entry) => execute::recorded(&entry, request, options, false),
            None => Ok(None),
        }
    }

    /// Finds out what [`Buyer::spend`] would do, by the same checks. Nothing that spends is sent,
    /// and nothing is written into the journal.
    ///
    /// `key` may be left out while none is chosen yet. If the journal has a result under the key,
    /// the vendor is not asked. Like `spend`, this waits for other purchases on the account.
    ///
    /// # Errors
    /// When the request is invalid, or the vendor or the journal cannot be asked. What `spend`
    /// would refuse is no error but [`DryRun::refusal`].
    pub async fn dry_run(
        &self,
        key: Option<&IdempotencyKey>,
        request: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<DryRun, Error> {
        self.check(request)?;
        let mut prepared = self.client.prepare(request.clone())?;
        let mut checks = Checks::default();
        let result = self.try_out(key, prepared.as_mut(), options, &mut checks);
        let refusal = match result.await {
            Ok(()) => None,
            Err(error) if is_refusal(&error) => Some(error),
            Err(error) => return Err(error),
        };
        let resolved = prepared.request();
        Ok(DryRun {
            method: resolved.operation().method,
            path: resolved.request()?.path().to_owned(),
            body: resolved.body().clone(),
            remark: prepared.remark(),
            quote: checks.quote,
            balance: checks.baseline.and_then(|it| it.balance),
            recorded: checks.recorded,
            refusal,
        })
    }

    /// Runs all checks of a spend under the account's lock.
    async fn try_out(
        &self,
        key: Option<&IdempotencyKey>,
        prepared: &mut (dyn PreparedSpend + '_),
        options: &SpendOptions,
        checks: &mut Checks,
    ) -> Result<(), Error> {
        let account = self.account_name().await?;
        let mut lock = self.lock(&account).await?;
        let connection = lock.connection();
        let checking = async {
            if let Some(key) = key {
                let request = prepared.request();
                let result = self.recorded_locked(connection, &account, key, request, options);
                let (entry, receipt) = result.await?;
                checks.recorded = entry;
                if receipt.is_some() {
                    return Ok(());
                }
            }
            let open = journal::open_entries(connection, self.vendor(), &account).await?;
            guard::nothing_unsettled(&open, key, options)?;
            self.run_checks(connection, &account, prepared, options.max_total, checks)
                .await
        };
        let result = checking.await;
        lock.release().await;
        result
    }

    /// Returns whether a purchase on the account is in progress now, in this process or another.
    ///
    /// # Errors
    /// As for [`Buyer::account_name`].
    pub async fn is_busy(&self) -> Result<bool, Error> {
        let account = self.account_name().await?;
        // A connection that was just given up may take a moment to let go of the account.
        let patient = self.clone().lock_timeout(Duration::from_secs(1));
        match patient.lock(&account).await {
            Ok(lock) => {
                lock.release().await;
                Ok(false)
            }
            Err(error) if error.kind() == Kind::Busy => Ok(true),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn lock(&self, account: &str) -> Result<AccountLock, Error> {
        self.journal
            .lock_account(self.vendor(), account, self.lock_timeout)
            .await
    }

    /// Writes down that others buy on the account.
    pub(super) async fn mark_shared(
        &self,
        connection: &mut journal::Connection,
        account: &str,
        why: &str,
    ) -> Result<(), Error> {
        tracing::warn!(vendor = %self.vendor(), account, why, "others buy on this account");
        journal::mark_shared(connection, self.vendor(), account, Some(why)).await
    }

    pub(super) async fn entry(&self, key: &IdempotencyKey) -> Result<Option<JournalEntry>, Error> {
        let account = self.account_name().await?;
        self.journal.entry(self.vendor(), &account, key).await
    }

    /// Refuses a request for another vendor, and one that would bring the credential into the
    /// journal.
    fn check(&self, request: &SpendRequest) -> Result<(), Error> {
        let vendor = self.vendor();
        if request.vendor() != vendor {
            let what = format!(
                "the request is for {}, and the account is at {vendor}: use a buyer of that vendor",
                request.vendor()
            );
            return Err(Error::input(what).at(vendor, None));
        }
        let credential = self.client.transport().credential().expose();
        let is_there = credential.len() >= SHORTEST_CREDENTIAL
            && request.canonical().to_string().contains(credential);
        if is_there {
            let what = "the request contains the credential, which must not get into the journal: \
                        leave it out, it is added when the request is sent";
            return Err(Error::input(what).at(vendor, Some(request.operation().id)));
        }
        Ok(())
    }
}

/// Tells a refusal from a failure to find out.
fn is_refusal(error: &Error) -> bool {
    let refusals = [
        Kind::Busy,
        Kind::Funds,
        Kind::KeyReused,
        Kind::OverCap,
        Kind::Refused,
        Kind::UnknownAccount,
        Kind::Unsettled,
    ];
    refusals.contains(&error.kind())
}

/// Names an account without revealing its credential.
fn fingerprint(vendor: Vendor, credential: &str) -> String {
    let digest = Sha256::digest(format!("proxy-orders {vendor} {credential}"));
    hexadecimal(digest.get(..8).unwrap_or_default())
}
