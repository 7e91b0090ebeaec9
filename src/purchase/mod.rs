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
//! | `planned` | being prepared; nothing was sent | continues | `planned` |
//! | `not-sent` | refused by a check, or no connection; nothing was sent | continues | `not-sent` |
//! | `sent` | may have left this machine, and its end is not known | refused, unreconciled | as `unknown`, once the request must have ended |
//! | `confirmed` | made, and the order is known | the recorded result | `confirmed` |
//! | `rejected` | refused by the vendor, or closed unpaid above the cap; nothing was spent | the recorded refusal | `rejected` |
//! | `unknown` | sent, outcome unknown | refused, unreconciled | `reconciled`, `not-made`, `rejected` (closed unpaid above the cap), `unknown` |
//! | `reconciled` | found among the vendor's orders, or named by an operator | the recorded result | `reconciled` |
//! | `not-made` | not found, and nothing was charged | the recorded result | `not-made` |
//! | `dismissed` | closed by an operator | refused | `dismissed` |
//!
//! Recorded results are returned without asking the vendor. The same key with another request is
//! always refused, and so is the same key and request on another account of the vendor.
//! [`SpendOptions::again`] allows another attempt after `rejected` and `not-made`, because nothing
//! was spent.
//!
//! A confirmation that comes late is never lost: an entry that is `unknown`, `not-made`, `rejected`
//! or `dismissed` by then becomes `confirmed`. If the entry has another order by then, the second
//! one becomes an entry of its own under `KEY+2`, which counts under the caps, and the caller gets
//! an error of the kind [`Duplicate`](crate::ErrorKind::Duplicate).
//!
//! [`Buyer::spend`] says what a dropped future leaves behind.
//!
//! # What is booked
//!
//! The amount of an entry is what was charged: the price in the answer, or else in the order or by
//! the movement of the balance, which are read after the confirmation. Where none of them tells it,
//! the amount is the quote, or the most that the purchase may cost. Caps count these amounts. A
//! price that moved after the quote can be above the cap of its purchase: the purchase is made, and
//! [`Receipt::is_above_cap`] says so. A price below zero, or of 0 where that was not the quote, is not
//! believed: the note tells it, and the amount stays. Only an order that the vendor calls unpaid is closed instead.
//!
//! # Reconciliation
//!
//! Right before sending, the buyer reads the newest order, the number of orders, and the balance
//! ([`Baseline`]). [`Buyer::reconcile`] reads them again ([`Evidence`]) once the request has ended
//! and the [grace period](Buyer::grace_period) is over, and
//!
//! - adopts a new order if it is the only one that fits the request and belongs to no other entry,
//!   was made near the time of sending (where the vendor tells it), and the balance went down by its
//!   price (where the balance pays); adopts a change of an order (extension, renewal, billing cycle,
//!   add-on, traffic) if the order has changed accordingly and the balance went down by the price;
//! - closes what it would adopt, if that is unpaid and above the cap of its purchase;
//! - decides that nothing was made if there is no new order (or the order has not changed), no order
//!   of which nobody can tell whether it is new, and the balance is the same;
//! - leaves everything else to review by an operator, with its findings in the entry's note. That
//!   includes every purchase by card of which the vendor shows no sign, and an order that two
//!   unknown purchases could have made. [`Buyer::resolve`] takes the operator's decision.
//!
//! The documentation of each vendor's module says what it compares.
//!
//! Nothing is adopted on an account that others are known to buy on, because their orders may look
//! like ours. The caller says so ([`Buyer::others_buy`]), or an order that no entry stands for shows
//! it: at the baseline of a purchase, while reconciling, or in an [audit](Buyer::audit). The journal
//! keeps that. An identical order that somebody else makes at the same time, with the same movement
//! of the balance, on an account that is not known to be shared, cannot be told apart.
//!
//! That the vendors number their orders upwards is inferred. If a vendor's count of orders does not
//! agree with the numbers, the entry needs review.
//!
//! The grace period goes by a clock that nobody sets: that of the PostgreSQL server, or the time
//! since this machine was started. Where there is none, or after a restart, the buyer looks twice, a
//! grace period apart, within one process. A request that a process left behind has ended when the
//! timeout for such requests is over; all buyers of an account should have the same one.
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
//! requested, and afterwards what was charged. The journal is written three times, each time to the
//! disk.
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
