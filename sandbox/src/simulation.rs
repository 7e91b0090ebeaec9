//! The interface between the sandbox and a simulated vendor.

use std::collections::BTreeMap;
use std::fmt;

use axum::routing::MethodFilter;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::account::{Account, Opening, Order, fingerprint, next_event, settle};
use crate::answer::{Answer, Problem, Refusal, Reply};
use crate::request::RequestContext;
use crate::wallet::{Cause, PendingCharge};

/// A simulated vendor.
pub trait Simulation: 'static {
    /// The belongings of one credential.
    type Account: Account;

    /// Makes the account with which every credential begins. Depends on the opening alone.
    const OPEN: fn(Opening) -> Self::Account;

    /// Refuses a call in the vendor's words.
    const REFUSE: fn(Problem) -> Refusal;

    /// Every operation.
    const OPERATIONS: &'static [Operation<Self::Account>];

    /// Makes the checks that come before every operation with an account, and returns the
    /// credential.
    fn authorize(request: &RequestContext) -> Result<&str, Refusal>;

    /// Puts the vendor's envelope around the result of a call to a path.
    fn answer(path: &str, reply: Reply) -> Answer;

    /// Refuses a call for which there is no operation.
    fn refuse_route(_request: &RequestContext, problem: Problem) -> Refusal {
        (Self::REFUSE)(problem)
    }
}

/// Tells whether the sandbox takes this credential. It must begin with `sandbox-`, so that no real
/// one does.
pub fn is_accepted(credential: &str) -> bool {
    credential.starts_with("sandbox-")
}

/// An operation of a vendor.
#[derive(Debug)]
pub struct Operation<A> {
    pub route: Route,
    act: Act<A>,
}

/// The id of an operation and how it is called.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The id in the OpenAPI file.
    pub id: &'static str,
    pub method: MethodFilter,
    /// The path behind the vendor's prefix.
    pub path: &'static str,
}

/// The effect of an operation.
#[derive(Debug)]
enum Act<A> {
    /// Looks at or changes an account.
    Account(fn(&mut A, &RequestContext) -> Reply),
    /// Needs no credential and says nothing about any account.
    Public(fn() -> Value),
}

impl<A> Operation<A> {
    /// An operation on the account of the caller.
    pub const fn new(
        id: &'static str,
        method: MethodFilter,
        path: &'static str,
        act: fn(&mut A, &RequestContext) -> Reply,
    ) -> Self {
        Self {
            route: Route { id, method, path },
            act: Act::Account(act),
        }
    }

    /// An operation that is called with GET and needs no credential.
    pub const fn public(id: &'static str, path: &'static str, act: fn() -> Value) -> Self {
        let method = MethodFilter::GET;
        Self {
            route: Route { id, method, path },
            act: Act::Public(act),
        }
    }
}

/// The facts about a vendor that are data.
#[derive(Debug, Default)]
pub struct Profile {
    /// The vendor's word in paths, files and commands.
    pub word: &'static str,
    /// The vendor's name, for people.
    pub title: &'static str,
    /// The path below which the sandbox answers as this vendor.
    pub base_path: &'static str,
    /// The environment variable of the credential, and a credential that the sandbox takes.
    pub credential: (&'static str, &'static str),
    /// The environment variable of the base URL.
    pub base_url_variable: &'static str,
    /// The name of the security scheme in the spec.
    pub scheme: &'static str,
    /// The place of the credential in a request, for people.
    pub credential_place: &'static str,
    /// The meanings of statuses that are not words, for people.
    pub status_words: &'static [(&'static str, &'static str)],
    /// The fields by which answers identify their subject.
    pub identities: &'static [&'static str],
    /// The fields of the envelope that say that the call succeeded.
    pub envelope: &'static [&'static str],
    /// The OpenAPI file in JSON.
    pub spec: &'static str,
    /// The examples that the spec lacks for each of its calls to be tried at once.
    pub examples: &'static [Example],
    /// Requests that spend and succeed in the world at the start: at least one for each operation
    /// that spends.
    pub spends: &'static [SampleSpend],
}

/// A request that spends and succeeds in the world at the start, for tests that spend at random.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SampleSpend {
    /// The operation.
    pub operation: &'static str,
    /// The cause of its charge.
    pub cause: Cause,
    /// The weight with which a test draws it among the vendor's samples.
    pub weight: usize,
    /// The order in its path: the name of the parameter, and the id.
    pub order: Option<(&'static str, &'static str)>,
    /// The body in JSON, without a credential.
    pub body: &'static str,
    /// A value that the price depends on and that is not sent: its name in the client's request,
    /// and the value.
    pub context: Option<(&'static str, &'static str)>,
    /// A cap in cents that the price keeps, but not a price that has moved. Only where the order is
    /// made before it is paid, so that such an order can be cancelled.
    pub tight_cap: Option<i64>,
    /// The fields of the body that the vendor's order does not show, so that nothing tells orders
    /// apart by them.
    pub unseen: &'static [&'static str],
}

impl SampleSpend {
    /// A request that makes a new order.
    pub(crate) const fn new(
        operation: &'static str,
        cause: Cause,
        weight: usize,
        body: &'static str,
    ) -> Self {
        Self {
            operation,
            cause,
            weight,
            order: None,
            body,
            context: None,
            tight_cap: None,
            unseen: &[],
        }
    }

    /// The same request on an existing order.
    pub(crate) const fn on(self, parameter: &'static str, order: &'static str) -> Self {
        Self {
            order: Some((parameter, order)),
            ..self
        }
    }

    /// Tells whether the order is made unpaid and charged later.
    #[must_use]
    pub fn is_paid_later(&self) -> bool {
        self.cause == Cause::Payment
    }
}

/// An example of a request: the operation, the name of the parameter or `body`, and the value in
/// JSON. It names what the sandbox's world holds.
pub type Example = (&'static str, &'static str, &'static str);

/// The result of a call.
#[derive(Debug)]
pub struct Performed {
    pub answer: Answer,
    /// The account's fingerprint and its new charges, if the call reached an account.
    pub charges: Option<(String, Vec<PendingCharge>)>,
    /// True if the account may differ from before the call.
    pub is_changed: bool,
}

/// An account after its due events.
#[derive(Debug)]
pub struct Settled {
    pub fingerprint: String,
    pub is_changed: bool,
    pub charges: Vec<PendingCharge>,
    /// The balance in cents.
    pub balance: i64,
    /// The number of orders of each status.
    pub statuses: BTreeMap<String, usize>,
}

/// The accounts at any vendor.
pub trait VendorAccounts: fmt::Debug + Send {
    /// Calls the operation of this index on the account of the caller, which is made by `opening`
    /// if there is none yet: every credential owns the same world at first, and none sees what
    /// another does to its own. Refuses what would add to a sandbox that `is_full`.
    fn perform(
        &mut self,
        operation: usize,
        request: RequestContext,
        opening: Opening,
        is_full: bool,
    ) -> Performed;

    /// Returns about how many bytes callers have added to the accounts, those that every account
    /// begins with included.
    fn added_bytes(&self) -> usize;

    /// Makes the due events of every account happen.
    fn settle(&mut self, now: Timestamp) -> Vec<Settled>;

    /// Returns the accounts as the state file keeps them.
    fn save(&self) -> serde_json::Result<Value>;

    /// Takes the accounts out of the state file.
    fn load(&mut self, saved: Value) -> Result<(), String>;
}

/// The accounts at one vendor, by the fingerprint of the credential.
pub struct Accounts<S: Simulation> {
    by_fingerprint: BTreeMap<String, Held<S::Account>>,
    added_bytes: usize,
}

/// The bytes of an account as it begins, without extra orders.
const OPENING_BYTES: usize = 32 * 1024;

/// The bytes that a call adds beside its body and its orders.
const CALL_BYTES: usize = 512;

/// Returns the bytes that a value takes in the state file.
fn saved_bytes(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |text| text.len())
}

/// An account, and the time before which it has no event. It spares a look at every order before
/// each call.
struct Held<A> {
    account: A,
    quiet_until: Timestamp,
}

impl<A: Account> Held<A> {
    fn new(account: A) -> Self {
        Self {
            account,
            quiet_until: Timestamp::MIN,
        }
    }

    /// Makes the due events happen, and returns whether there was any.
    fn settle(&mut self, now: Timestamp) -> bool {
        if now < self.quiet_until {
            return false;
        }
        let has_events = settle(&mut self.account, now);
        self.quiet_until = next_event(&self.account).unwrap_or(Timestamp::MAX);
        has_events
    }
}

impl<S: Simulation> Default for Accounts<S> {
    fn default() -> Self {
        Self {
            by_fingerprint: BTreeMap::new(),
            added_bytes: 0,
        }
    }
}

impl<S: Simulation> fmt::Debug for Accounts<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_set()
            .entries(self.by_fingerprint.keys())
            .finish()
    }
}

impl<S: Simulation> VendorAccounts for Accounts<S> {
    fn perform(
        &mut self,
        operation: usize,
        request: RequestContext,
        opening: Opening,
        is_full: bool,
    ) -> Performed {
        let told = |reply| Performed {
            answer: S::answer(&request.path, reply),
            charges: None,
            is_changed: false,
        };
        let Some(operation) = S::OPERATIONS.get(operation) else {
            return told(Err((S::REFUSE)(Problem::NotFound)));
        };
        let act = match operation.act {
            Act::Account(act) => act,
            Act::Public(act) => return told(Ok(act())),
        };
        let fingerprint = match S::authorize(&request) {
            Ok(credential) => fingerprint(credential),
            Err(refusal) => return told(Err(refusal)),
        };
        let is_new = !self.by_fingerprint.contains_key(&fingerprint);
        let may_change = operation.route.method != MethodFilter::GET;
        if is_full && (is_new || may_change) {
            return Performed {
                answer: Answer::full(),
                charges: None,
                is_changed: false,
            };
        }
        let held = self.by_fingerprint.entry(fingerprint.clone());
        let held = held.or_insert_with(|| Held::new((S::OPEN)(opening)));
        let has_events = held.settle(request.now);
        let before = held.account.orders().len();
        let reply = act(&mut held.account, &request);
        if is_new {
            self.added_bytes += OPENING_BYTES;
        }
        if may_change {
            held.quiet_until = Timestamp::MIN;
            let orders = held.account.orders().get(before..).unwrap_or_default();
            let orders = orders.iter().map(saved_bytes).sum::<usize>();
            self.added_bytes += CALL_BYTES + request.body_bytes + orders;
        }
        Performed {
            charges: Some((
                fingerprint,
                std::mem::take(&mut held.account.wallet().pending),
            )),
            is_changed: is_new || has_events || may_change,
            ..told(reply)
        }
    }

    fn added_bytes(&self) -> usize {
        self.added_bytes
    }

    fn settle(&mut self, now: Timestamp) -> Vec<Settled> {
        let settled = self.by_fingerprint.iter_mut().map(|(fingerprint, held)| {
            let is_changed = held.settle(now);
            let account = &mut held.account;
            let mut statuses = BTreeMap::new();
            for order in account.orders() {
                *statuses.entry(order.status()).or_default() += 1;
            }
            Settled {
                fingerprint: fingerprint.clone(),
                is_changed,
                charges: std::mem::take(&mut account.wallet().pending),
                balance: account.wallet().balance,
                statuses,
            }
        });
        settled.collect()
    }

    fn save(&self) -> serde_json::Result<Value> {
        let held = self.by_fingerprint.iter();
        let accounts = held.map(|(fingerprint, held)| (fingerprint, &held.account));
        serde_json::to_value(accounts.collect::<BTreeMap<_, _>>())
    }

    fn load(&mut self, saved: Value) -> Result<(), String> {
        self.added_bytes = saved_bytes(&saved);
        let loaded: BTreeMap<String, S::Account> =
            serde_json::from_value(saved).map_err(|error| error.to_string())?;
        // Orders are found by their ids, which is only possible in this order.
        for account in loaded.values() {
            let is_before = |a: &_, b: &_| Order::id(a) < Order::id(b);
            if !account.orders().is_sorted_by(is_before) {
                return Err("the orders of an account are not in the order of their ids".into());
            }
        }
        let held = loaded.into_iter();
        let held = held.map(|(fingerprint, account)| (fingerprint, Held::new(account)));
        self.by_fingerprint = held.collect();
        Ok(())
    }
}
