//! A key allows in the library what it allows in the model, in every state of its entry.

use std::error::Error;
use std::num::NonZeroU64;

use proxy_orders::Decimal;
use proxy_orders::proxyshard::{self, NewOrder};
use proxy_orders::purchase::{Buyer, EntryState, IdempotencyKey, Journal, SpendOptions};
use proxy_orders_model::{KeyAllows, allowed_by};
use proxy_orders_sandbox::{Sandbox, Vendor};
use sqlx::{Connection, SqliteConnection};

const STATES: [EntryState; 9] = [
    EntryState::Planned,
    EntryState::NotSent,
    EntryState::Sent,
    EntryState::Confirmed,
    EntryState::Rejected,
    EntryState::Unknown,
    EntryState::Reconciled,
    EntryState::NotMade,
    EntryState::Dismissed,
];

#[tokio::test]
async fn a_key_allows_the_same_in_the_model_and_in_the_library() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = proxyshard::Client::builder()
        .credential("sandbox-model")
        .base_url(sandbox.base_url(Vendor::ProxyShard))
        .build()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("purchases.db");
    let buyer = Buyer::new(client, Journal::sqlite(&path).await?).account("model")?;
    let order = NewOrder::proxies("Datacenter Proxy", "DE", "monthly", NonZeroU64::MIN);
    let request = proxyshard::spend::order(&order)?;
    let key = IdempotencyKey::new("model")?;
    let once = SpendOptions::up_to(Decimal::from(100));
    let again = once.clone().again();
    let _ = buyer.spend(&key, &request, &once).await?;

    let mut journal = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await?;
    for state in STATES {
        sqlx::query("UPDATE intents SET state = $1")
            .bind(state.as_str())
            .execute(&mut journal)
            .await?;
        // A dry run reads the journal under the lock, as a spend does.
        let run = buyer.dry_run(Some(&key), &request, &once).await?;
        let found = match (run.would_send(), run.refusal) {
            (true, _) => KeyAllows::Sending,
            (false, None) => KeyAllows::Result,
            (false, Some(_))
                if buyer
                    .dry_run(Some(&key), &request, &again)
                    .await?
                    .would_send() =>
            {
                KeyAllows::SendingAgain
            }
            (false, Some(_)) => KeyAllows::Nothing,
        };
        assert_eq!(found, allowed_by(state), "{state}");
    }
    Ok(())
}
