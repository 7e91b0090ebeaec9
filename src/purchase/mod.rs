//! Purchases that are made at most once: price, caps, journal, sending, reconciliation.
//!
//! No vendor has an idempotency key. A timeout after a purchase leaves the caller not knowing
//! whether money moved, and another attempt may buy twice. A [`Buyer`] writes every purchase into a
//! [`Journal`] before its first byte leaves, under an [`IdempotencyKey`] of the caller's. If the
//! outcome is not known afterwards, it is looked for at the vendor, and the request is never simply
//! sent again.
//!
//! # The states of a purchase
//!
//! | state | meaning | the same key again | reconciled, it is |
//! |---|---|---|---|
//! | `planned` | written down; nothing was sent | continues | `planned` |
//! | `not-sent` | refused by a check, or no connection; nothing was sent | continues | `not-sent` |
//! | `sent` | may have left this machine | refused, unreconciled | `unknown`, then as below |
//! | `confirmed` | made, and the order is known | the recorded result | `confirmed` |
//! | `rejected` | refused by the vendor; nothing was spent | the recorded refusal | `rejected` |
//! | `unknown` | sent, outcome unknown | refused, unreconciled | `reconciled`, `not-made`, `unknown` |
//! | `reconciled` | found among the vendor's orders | the recorded result | `reconciled` |
//! | `not-made` | not found, and nothing was charged | the recorded result | `not-made` |
//! | `dismissed` | closed by an operator | refused | `dismissed` |
//!
//! Recorded results are returned without asking the vendor. The same key with another request is
//! always refused. [`SpendOptions::again`] allows another attempt after `rejected` and `not-made`,
//! because nothing was spent.
//!
//! # Reconciliation
//!
//! Right before sending, the buyer reads the newest order, the number of orders, and the balance
//! ([`Baseline`]). [`Buyer::reconcile`] reads them again ([`Evidence`]), and
//!
//! - adopts a new order if it is the only one that fits the request and belongs to no other entry;
//!   adopts a change of an order (extension, renewal, billing cycle, add-on, traffic) if the order
//!   has changed accordingly and the balance went down by the price;
//! - decides that nothing was made if there is no new order (or the order has not changed), the
//!   balance is the same, and the [grace period](Buyer::grace_period) is over;
//! - leaves everything else to review by an operator, with its findings in the entry's note. That
//!   includes every purchase by card of which the vendor shows no sign.
//!
//! The documentation of each vendor's module says what it compares.
//!
//! That the vendors number their orders upwards is inferred. If a vendor's count of orders does not
//! agree with the numbers, or the price changed between the quote and a lost answer, the entry
//! needs review.
//!
//! While an entry is `sent` or `unknown`, nothing else is spent on its account, because a second
//! purchase would blur the comparison. [`SpendOptions::despite_unknown`] overrides that, with a
//! reason that is written down. Purchases on one account run one after the other, across processes
//! and (with PostgreSQL) across machines.
//!
//! # The journal
//!
//! A SQLite file belongs on a local disk: the locks of network drives are not reliable. It has one
//! lock whatever name it is opened by; a file with several hard links is refused, and so is
//! everything else that is no journal. [`Journal::read`] opens one without changing anything.
//!
//! Connect to PostgreSQL directly: a pooler that changes connections between transactions loses
//! the lock. A server with standbys must wait for at least one of them
//! (`synchronous_standby_names`): otherwise a failover can lose the entry of a purchase that was
//! sent, and the purchase can be made again. [`Journal::warnings`] says what the server tells about
//! that. A machine that dies loses its lock on an account after about a minute.
//!
//! A journal of an older version is upgraded when it is opened, a SQLite file after a copy. The
//! journal contains no credential and no proxy password. It does contain what was bought, the
//! price, and the answers to a product's questions. [`Journal::in_memory`] needs no file, and is
//! gone with the process.
//!
//! # Cost
//!
//! Before a purchase is sent, the newest orders (one or two pages), the balance and the price are
//! requested. The journal is written three times, each time to the disk.
//!
//! ```no_run
//! use proxy_orders::purchase::{Buyer, IdempotencyKey, Journal, SpendOptions};
//! use proxy_orders::{AnyClient, Decimal, Purchase};
//!
//! # async fn example(client: AnyClient) -> Result<(), proxy_orders::Error> {
//! let journal = Journal::sqlite("purchases.db").await?;
//! let buyer = Buyer::shared(client, journal).per_day(Decimal::from(200));
//! let wanted = Purchase {
//!     product: "9".into(),
//!     plan: Some("4".into()),
//!     location: Some("51".into()),
//!     quantity: 5,
//!     ..Purchase::default()
//! };
//! let key = IdempotencyKey::new("invoice-2026-117")?;
//! match buyer.buy(&key, &wanted, &SpendOptions::up_to(Decimal::from(30))).await {
//!     Ok(receipt) => println!("order {}", receipt.order),
//!     // It may have been bought. Find out; do not buy again.
//!     Err(error) if error.may_have_taken_effect() => {
//!         for outcome in buyer.reconcile().await? {
//!             println!("{}: {}", outcome.entry.key, outcome.entry.state);
//!         }
//!     }
//!     Err(error) => return Err(error),
//! }
//! # Ok(())
//! # }
//! ```

pub(crate) mod adapter;
mod buyer;
mod confirm;
mod entry;
mod execute;
mod guard;
mod journal;
mod key;
mod options;
mod others;
mod reconcile;
mod request;

pub use adapter::{
    Confirmation, Evidence, Funds, ObservedOrder, Payment, PreparedSpend, SpendAdapter,
};
pub use buyer::Buyer;
pub use entry::{Baseline, EntryState, Event, JournalEntry};
pub use journal::{AccountNameKind, Filter, Journal, JournalWarning, KnownAccount};
pub use key::IdempotencyKey;
pub use options::{DryRun, Receipt, SpendOptions};
pub use reconcile::{Audit, Reconciled, Resolution};
pub use request::SpendRequest;
