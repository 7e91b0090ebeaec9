//! The way of a purchase, from the caller's words to what the vendor made of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::guard::{self, Caps};
use super::journal::{self, Change, Hold};
use super::spend::hexadecimal;
use super::{Entry, IntentKey, Journal, Spend, Spender, State};
use crate::account::{Purchase, Quote, Renewal};
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Effect, Money, Vendor};

/// Spends from one account, each purchase once.
#[derive(Clone)]
pub struct Buyer {
    pub(super) client: Arc<dyn Spender>,
    pub(super) journal: Journal,
    pub(super) account: String,
    caps: Caps,
    pub(super) settling: Duration,
    pub(super) patience: Duration,
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

/// Under which conditions one purchase may be made.
#[derive(Clone, Debug)]
pub struct Terms {
    max_total: Decimal,
    again: bool,
    despite_unknown: Option<String>,
}

impl Terms {
    /// It may cost no more than this, tax included.
    pub fn up_to(max_total: Decimal) -> Self {
        Terms {
            max_total,
            again: false,
            despite_unknown: None,
        }
    }

    /// Tries once more under the same key if the journal says that nothing was spent: `rejected` and `reconciled-none`.
    pub fn again(mut self) -> Self {
        self.again = true;
        self
    }

    /// Spends although the outcome of another purchase on the account is not known. The reason is written down.
    pub fn despite_unknown(mut self, reason: impl Into<String>) -> Self {
        self.despite_unknown = Some(reason.into());
        self
    }
}

/// What came of a purchase.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The caller's name for it.
    pub key: IntentKey,
    /// The order, in the vendor's own name for it.
    pub order: String,
    /// What it cost, as far as it is known: what the vendor says, else the quote.
    pub amount: Option<Decimal>,
    /// Whether it had been made before and nothing was sent now.
    pub is_recorded: bool,
}

/// What a purchase would do. Nothing that spends was sent, and nothing was written down.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DryRun {
    /// HTTP method.
    pub method: &'static str,
    /// Path below the vendor's base URL.
    pub path: String,
    /// The body that would be sent.
    pub body: Value,
    /// What it would cost now; `None` where the vendor has no price preview.
    pub quote: Option<Quote>,
    /// What is left to spend, where the vendor says so.
    pub balance: Option<Decimal>,
    /// Why it would be refused before anything is sent.
    pub refusal: Option<String>,
}

/// How long a buyer waits for its turn on an account.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long an outcome stays unknown before the absence of an order means anything.
const SETTLING: Duration = Duration::from_secs(60);

impl Buyer {
    /// A buyer for a client's account.
    pub fn new(client: impl Spender + 'static, journal: Journal) -> Self {
        Buyer::shared(Arc::new(client), journal)
    }

    /// The same for a client that others use, too.
    pub fn shared(client: Arc<dyn Spender>, journal: Journal) -> Self {
        let account = fingerprint(client.vendor(), client.transport().credential().expose());
        Buyer {
            client,
            journal,
            account,
            caps: Caps::default(),
            settling: SETTLING,
            patience: PATIENCE,
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
    pub fn settling(mut self, time: Duration) -> Self {
        self.settling = time;
        self
    }

    /// How long to wait until other purchases on the account have ended: 5 minutes unless said otherwise.
    pub fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
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
    pub fn client(&self) -> &Arc<dyn Spender> {
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
        key: &IntentKey,
        purchase: &Purchase,
        terms: &Terms,
    ) -> Result<Receipt, Error> {
        self.spend(key, &self.client.purchase(purchase)?, terms)
            .await
    }

    /// Renews or extends an order, once.
    ///
    /// # Errors
    /// As for [`Buyer::spend`].
    pub async fn renew(
        &self,
        key: &IntentKey,
        order: &str,
        renewal: &Renewal,
        terms: &Terms,
    ) -> Result<Receipt, Error> {
        self.spend(key, &self.client.renewal(order, renewal)?, terms)
            .await
    }

    /// Runs any spend, once.
    ///
    /// If the journal knows the key, the recorded result is given and nothing is sent.
    ///
    /// # Errors
    /// One whose outcome is [`Outcome::Unknown`] means that money may have moved: [`Buyer::reconcile`] finds out, and until then nothing
    /// else is spent on the account. Every other error means that nothing was spent. [`crate::ErrorKind`] says more: `Journal`, `Busy`,
    /// `KeyReused`, `Unsettled`, `OverCap` and `Funds` come from here, all others from the vendor.
    pub async fn spend(
        &self,
        key: &IntentKey,
        spend: &Spend,
        terms: &Terms,
    ) -> Result<Receipt, Error> {
        self.check(spend)?;
        if let Some(recorded) = self.recorded(key, spend, terms).await? {
            return recorded;
        }
        let mut hold = self
            .journal
            .hold_account(self.vendor(), &self.account, self.patience)
            .await?;
        let result = self.spend_alone(&mut hold, key, spend, terms).await;
        hold.release().await;
        result
    }

    /// Says what a spend would do, without doing it.
    ///
    /// # Errors
    /// When the request can't be made, or the vendor can't be asked for the price.
    pub async fn dry_run(&self, spend: &Spend, terms: &Terms) -> Result<DryRun, Error> {
        self.check(spend)?;
        let resolved = self.client.resolve(spend.clone()).await?;
        let quote = self.client.price(&resolved).await?;
        let baseline = self.client.baseline(&resolved).await?;
        let funds = self.client.funds(&resolved);
        let price = guard::price(self.vendor(), quote.as_ref(), terms.max_total);
        let checked = match price {
            Ok(amount) => {
                let entry = self.intent(&IntentKey::random(), &resolved, terms);
                let mut hold = self
                    .journal
                    .hold_account(self.vendor(), &self.account, self.patience)
                    .await?;
                let within =
                    guard::within_caps(hold.connection(), &self.caps, &entry, amount).await;
                hold.release().await;
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
    fn check(&self, spend: &Spend) -> Result<(), Error> {
        let vendor = self.vendor();
        if spend.vendor() != vendor {
            let what = format!(
                "this spends at {}, and the account is one of {vendor}",
                spend.vendor()
            );
            return Err(Error::input(what).at(vendor, None));
        }
        let credential = self.client.transport().credential();
        if spend.canonical().to_string().contains(credential.expose()) {
            let what = "the credential stands in the request: leave it out, it is put in when the request is sent, and the journal must not hold it";
            return Err(Error::input(what).at(vendor, Some(spend.operation().id)));
        }
        Ok(())
    }

    /// What the journal knows of the key already; `None` when there is something left to do.
    async fn recorded(
        &self,
        key: &IntentKey,
        spend: &Spend,
        terms: &Terms,
    ) -> Result<Option<Result<Receipt, Error>>, Error> {
        let entry = self
            .journal
            .entry(self.vendor(), &self.account, key)
            .await?;
        Ok(entry.and_then(|entry| recorded(&entry, spend, terms, false)))
    }

    /// The part that only one spender of the account runs at a time.
    async fn spend_alone(
        &self,
        hold: &mut Hold,
        key: &IntentKey,
        spend: &Spend,
        terms: &Terms,
    ) -> Result<Receipt, Error> {
        let vendor = self.vendor();
        let standing =
            journal::standing_entry(hold.connection(), vendor, &self.account, key).await?;
        if let Some(known) = standing.and_then(|entry| recorded(&entry, spend, terms, true)) {
            return known;
        }
        let despite = self.nothing_unknown(hold, key, terms).await?;
        let mut entry = self.intent(key, spend, terms);
        entry.note = despite;
        journal::insert(hold.connection(), &entry).await?;

        let resolved = match self.ready(hold, &mut entry, spend).await {
            Ok(resolved) => resolved,
            Err(refusal) => {
                // Nothing was sent, and the vendor's own word for a refused read is no refusal of the purchase.
                self.note_refusal(hold, &mut entry, &refusal).await;
                return Err(match refusal.outcome() {
                    Outcome::Unknown if refusal.effect() == Some(Effect::Read) => refusal,
                    _ => refusal.with_outcome(Outcome::NotSent),
                });
            }
        };
        let request = resolved.request()?;
        journal::sent(hold.connection(), &mut entry).await?;
        let answer = self.client.transport().send(request).await;
        match answer {
            Ok(answer) => {
                self.answered(hold, &mut entry, &resolved, &answer.body)
                    .await
            }
            Err(error) => Err(self.failed(hold, &mut entry, error).await),
        }
    }

    /// Refuses to spend while the outcome of another purchase is not known. Whoever comes here holds the account, so that one that
    /// stands as `sent` has been left by a process that died.
    async fn nothing_unknown(
        &self,
        hold: &mut Hold,
        key: &IntentKey,
        terms: &Terms,
    ) -> Result<Option<String>, Error> {
        let open = self.open_entries(hold).await?;
        let Some(first) = open.iter().find(|entry| entry.key != *key) else {
            return Ok(None);
        };
        match &terms.despite_unknown {
            Some(reason) => Ok(Some(format!(
                "spent although the outcome of {} is not known: {reason}",
                first.key
            ))),
            None => {
                let what = format!(
                    "nobody knows yet what became of the purchase `{}` ({} of {}): nothing else is spent on this account until `journal reconcile` has found out",
                    first.key,
                    first.operation,
                    journal::written(first.sent_at.unwrap_or(first.changed_at))
                );
                Err(Error::new(Kind::Unsettled, Outcome::NotSent, what).at(self.vendor(), None))
            }
        }
    }

    /// The account's open entries, those that a dead process left as `sent` among them, which become `unknown`.
    pub(super) async fn open_entries(&self, hold: &mut Hold) -> Result<Vec<Entry>, Error> {
        let mut open =
            journal::open_entries(hold.connection(), self.vendor(), &self.account).await?;
        for entry in open.iter_mut().filter(|entry| entry.state == State::Sent) {
            let change = Change::to(State::Unknown, &[State::Sent])
                .noting("its process ended before the outcome was written down");
            journal::change(hold.connection(), entry, change).await?;
        }
        Ok(open)
    }

    /// All that is asked and checked before the request may leave.
    async fn ready(
        &self,
        hold: &mut Hold,
        entry: &mut Entry,
        spend: &Spend,
    ) -> Result<Spend, Error> {
        let resolved = self.client.resolve(spend.clone()).await?;
        let baseline = self.client.baseline(&resolved).await?;
        // Last, so that it is as fresh as can be.
        let quote = self.client.price(&resolved).await?;
        let amount = guard::price(self.vendor(), quote.as_ref(), entry.max_total)?;
        guard::within_caps(hold.connection(), &self.caps, entry, amount).await?;
        let funds = self.client.funds(&resolved);
        guard::enough_funds(&resolved, funds, baseline.balance, amount)?;
        entry.quote = quote.and_then(|quote| quote.total.amount());
        entry.amount = Some(amount);
        entry.baseline = Some(baseline);
        Ok(resolved)
    }

    fn intent(&self, key: &IntentKey, spend: &Spend, terms: &Terms) -> Entry {
        let now = Timestamp::now();
        Entry {
            vendor: self.vendor(),
            account: self.account.clone(),
            key: key.clone(),
            operation: spend.operation().id.to_owned(),
            request: spend.canonical(),
            request_hash: spend.hash(),
            max_total: terms.max_total,
            state: State::Intended,
            quote: None,
            amount: None,
            order: None,
            baseline: None,
            note: None,
            intended_at: now,
            sent_at: None,
            changed_at: now,
        }
    }

    /// The vendor has said that it is done.
    async fn answered(
        &self,
        hold: &mut Hold,
        entry: &mut Entry,
        spend: &Spend,
        answer: &[u8],
    ) -> Result<Receipt, Error> {
        let vendor = self.vendor();
        let confirmed = match self.client.confirmation(spend, answer) {
            Ok(confirmed) => confirmed,
            Err(error) => {
                let error = error
                    .with_effect(Effect::Spend)
                    .with_outcome(Outcome::Unknown);
                return Err(self.failed(hold, entry, error).await);
            }
        };
        let price = guard::amount(confirmed.price.as_ref());
        if let Some(over) = self.over_cap(entry, confirmed.price.as_ref())
            && let Some(taking_back) = self.client.take_back(&confirmed.order)
        {
            return Err(self
                .taken_back(
                    hold,
                    entry,
                    &confirmed.order,
                    price,
                    over,
                    taking_back.await,
                )
                .await);
        }
        let change = Change {
            amount: price,
            order: Some(&confirmed.order),
            ..Change::to(State::Confirmed, &[State::Sent, State::Unknown])
        };
        if let Err(error) = journal::change(hold.connection(), entry, change).await {
            let note = format!(
                "order {} was made at {vendor}, and only the journal does not know it: `journal reconcile` finds it",
                confirmed.order
            );
            return Err(error
                .with_effect(Effect::Spend)
                .with_outcome(Outcome::Unknown)
                .at(vendor, Some(spend.operation().id))
                .noting(&note));
        }
        Ok(receipt(entry, confirmed.order, false))
    }

    /// Where there is no price preview, the answer is the first to name the price.
    fn over_cap(&self, entry: &Entry, price: Option<&Money>) -> Option<Error> {
        if entry.quote.is_some() {
            return None;
        }
        crate::support::within_cap(self.vendor(), price, entry.max_total).err()
    }

    /// An order that turned out too dear was taken back, or could not be.
    async fn taken_back(
        &self,
        hold: &mut Hold,
        entry: &mut Entry,
        order: &str,
        price: Option<Decimal>,
        over: Error,
        outcome: Result<(), Error>,
    ) -> Error {
        let (state, note, outcome) = match outcome {
            Ok(()) => (
                State::Rejected,
                format!("order {order} had been made, unpaid, and was closed again: {over}"),
                Outcome::Rejected,
            ),
            Err(error) => (
                State::Confirmed,
                format!(
                    "order {order} stands, unpaid, and could not be closed ({error}): close it or let it run out"
                ),
                Outcome::Unknown,
            ),
        };
        let change = Change {
            amount: price,
            order: Some(order),
            ..Change::to(state, &[State::Sent, State::Unknown]).noting(note.clone())
        };
        let written = journal::change(hold.connection(), entry, change).await;
        let over = over
            .at(self.vendor(), Some("create_order"))
            .with_effect(Effect::Spend)
            .with_outcome(outcome)
            .noting(&note);
        match written {
            Ok(()) => over,
            Err(error) => over.noting(&error.to_string()),
        }
    }

    /// The request failed, or its answer said nothing.
    async fn failed(&self, hold: &mut Hold, entry: &mut Entry, error: Error) -> Error {
        let said = match error.request_id() {
            Some(id) => format!("{error} (the vendor's name for the request: {id})"),
            None => error.to_string(),
        };
        let state = match error.outcome() {
            // Nothing left this machine: as if nobody had tried.
            Outcome::NotSent => State::Intended,
            Outcome::Rejected => State::Rejected,
            Outcome::Unknown => State::Unknown,
        };
        let change = Change::to(state, &[State::Sent, State::Unknown]).noting(said);
        match journal::change(hold.connection(), entry, change).await {
            Ok(()) => error,
            // It stands as `sent`, which errs on the safe side.
            Err(unwritten) => error.noting(&format!("and then: {unwritten}")),
        }
    }

    /// A guard's refusal goes into the history. That it can't be written changes nothing: nothing was sent.
    async fn note_refusal(&self, hold: &mut Hold, entry: &mut Entry, refusal: &Error) {
        let change = Change::to(State::Intended, &[State::Intended]).noting(refusal.to_string());
        if let Err(error) = journal::change(hold.connection(), entry, change).await {
            tracing::warn!(key = %entry.key, %error, "why nothing was sent can't be written down");
        }
    }
}

/// What the journal's entry says of a request under its key; `None` when there is something left to do.
fn recorded(
    entry: &Entry,
    spend: &Spend,
    terms: &Terms,
    is_held: bool,
) -> Option<Result<Receipt, Error>> {
    let error = |kind, outcome, what: String| {
        let error = Error::new(kind, outcome, what).at(entry.vendor, Some(spend.operation().id));
        Some(Err(error.with_effect(Effect::Spend)))
    };
    let key = &entry.key;
    if entry.request_hash != spend.hash() {
        let what = format!(
            "the intent key `{key}` was used for another request ({}, {}): use a key of its own for each purchase",
            entry.operation, entry.state
        );
        return error(Kind::KeyReused, Outcome::NotSent, what);
    }
    let note = entry.note.as_deref().unwrap_or("no more is known");
    match entry.state {
        State::Intended => None,
        State::Confirmed | State::Reconciled => {
            let order = entry.order.clone().unwrap_or_default();
            Some(Ok(receipt(entry, order, true)))
        }
        State::Rejected | State::NotMade if terms.again => None,
        State::Rejected => {
            let what = format!(
                "the vendor refused this when it was first sent under the key `{key}`, and nothing is sent again: {note}; use another key, or say that it may be tried again"
            );
            error(Kind::Refused, Outcome::Rejected, what)
        }
        State::NotMade => {
            let what = format!(
                "`{key}` was sent once, and reconciling found that nothing was made of it; nothing is sent again: use another key, or say that it may be tried again"
            );
            error(Kind::Refused, Outcome::Rejected, what)
        }
        // Somebody may be sending it right now: wait for the turn, and look again.
        State::Sent if !is_held => None,
        State::Sent | State::Unknown => {
            let what = format!(
                "`{key}` was sent, and nobody knows yet what became of it ({note}): nothing is sent again, `journal reconcile` finds out"
            );
            error(Kind::Unsettled, Outcome::Unknown, what)
        }
        State::Abandoned => {
            let what = format!("`{key}` was given up ({note}): use another key");
            error(Kind::Refused, Outcome::NotSent, what)
        }
    }
}

fn receipt(entry: &Entry, order: String, is_recorded: bool) -> Receipt {
    Receipt {
        key: entry.key.clone(),
        order,
        amount: entry.amount,
        is_recorded,
    }
}

/// A name for an account that does not tell its credential.
fn fingerprint(vendor: Vendor, credential: &str) -> String {
    let digest = Sha256::digest(format!("proxy-orders {vendor} {credential}"));
    hexadecimal(digest.get(..8).unwrap_or_default())
}
