//! Money is spent once: price, guard, journal, send, reconcile.
//!
//! No vendor here has an idempotency key. A timeout after "buy" leaves the caller not knowing whether money moved, and a second try
//! may buy twice. A [`Buyer`] writes every spend into a [`Journal`] before its first byte leaves, under a key of the caller's; what is
//! not known afterwards is looked for at the vendor, and never simply sent again.
//!
//! # What becomes of a purchase
//!
//! | state | what it means | the same key again | after the process died, `reconcile` makes it |
//! |---|---|---|---|
//! | `planned` | written down, nothing sent; a guard refused it, or it could not be sent | goes on where it stood | stays: nothing was sent |
//! | `sent` | may have left this machine | refused until reconciled | `unknown`, and goes on from there |
//! | `confirmed` | done, and this is the order | the recorded result, without a call | stays |
//! | `rejected` | the vendor refused; nothing was spent | the recorded refusal, without a call | stays |
//! | `unknown` | sent, and nobody knows what came of it | refused until reconciled | `reconciled`, `not-made`, or stays for a person |
//! | `reconciled` | found among the vendor's orders | the recorded result, without a call | stays |
//! | `not-made` | not found, and the money is still there | the recorded result, without a call | stays |
//! | `dismissed` | a person has given it up | refused | stays |
//!
//! The same key with another request is always refused. [`SpendOptions::again`] takes `rejected` and `not-made` up once more, because
//! nothing was spent.
//!
//! # What an unknown is compared with
//!
//! Right before sending, the buyer notes the newest order, how many there are, and the balance ([`Baseline`]). Reconciling asks for
//! the same again, and
//!
//! - adopts an order when exactly one was made since that no other entry stands for and that is not unlike what was asked for; an
//!   extension, renewal, cycle change, add-on or traffic when the order has changed in just that and the balance has gone down by just
//!   the price;
//! - says that nothing was made when no new order is there (or the order has not changed), the balance is the same, and
//!   [a while](Buyer::grace_period) has passed since the outcome became unknown;
//! - leaves everything else to a person, with what was found in the entry's note. That is so wherever a card was to pay.
//!
//! | vendor | a new order | what it must agree in | the balance |
//! |---|---|---|---|
//! | IPRoyal | its id is above the newest of the product | product, plan, location, quantity | `GET /balance` |
//! | ProxyShard | its id is above the newest | product, cycle, quantity, price | `wallet_balance` |
//! | SmartProxy | its `id` is above the newest | package id | not documented; an order there is made unpaid |
//!
//! That vendors number their orders upwards is inferred; where the vendor counts its orders and the count does not agree with the
//! numbers, a person decides. So it is when the price has moved between the quote and an answer that was lost.
//!
//! While an entry stands `sent` or `unknown`, nothing else is spent on its account, because a second spend would blur what is there to
//! compare; [`SpendOptions::despite_unknown`] overrides that, with a reason that is written down. Spends on one account go one after the
//! other, across processes and (with PostgreSQL) across machines.
//!
//! # Where the journal may be
//!
//! A SQLite file belongs on a disk of the machine, not on a network drive, whose locks can't be relied upon. PostgreSQL is to be reached
//! directly: a pooler that gives each transaction another connection takes the lock away. The journal holds no credential and no proxy
//! password; it does hold what was bought, for how much, and answers to a product's questions.
//!
//! # What it costs
//!
//! A purchase asks for the newest orders (one or two pages), the balance and the price before it is sent. The journal is written three
//! times, each time to the disk.
//!
//! ```no_run
//! use proxy_orders::purchase::{Buyer, IdempotencyKey, Journal, SpendOptions};
//! use proxy_orders::{Purchase, iproyal};
//! use rust_decimal::Decimal;
//!
//! # async fn example() -> Result<(), proxy_orders::Error> {
//! let journal = Journal::sqlite("purchases.db").await?;
//! let buyer = Buyer::new(iproyal::Client::from_env()?, journal).per_day(Decimal::from(200));
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
//!     // Nobody knows whether it was bought. Find out; don't buy again.
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

mod adapter;
mod buyer;
mod entry;
mod execute;
mod guard;
mod journal;
mod key;
mod options;
mod reconcile;
mod request;

pub use adapter::{Confirmation, Evidence, Funds, ObservedOrder, SpendAdapter};
pub use buyer::Buyer;
pub use entry::{Baseline, EntryState, Event, JournalEntry};
pub use journal::{Filter, Journal};
pub use key::IdempotencyKey;
pub use options::{DryRun, Receipt, SpendOptions};
pub use reconcile::Reconciled;
pub use request::SpendRequest;
