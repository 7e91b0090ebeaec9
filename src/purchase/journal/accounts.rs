//! The accounts that a journal knows, and the names by which they are found.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::Connection as _;

use super::rows::{bound, note, optional, optional_parsed, parsed, shown, text, unread, unwritten};
use super::{Connection, written};
use crate::cleaning::Cleaned;
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::Vendor;
use crate::vocabulary::word::words;

words! {
    /// The kind of a name of an account.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
    #[serde(rename_all = "kebab-case")]
    #[non_exhaustive]
    pub enum AccountNameKind {
        /// Given by the user.
        Name = "name",
        /// The fingerprint of a credential.
        Credential = "credential",
        /// The vendor's own identity of the account.
        Identity = "identity",
    }
    /// Returns the word for this kind in the journal and in JSON.
    as_str
    /// All kinds.
    read "a kind of an account's name"
}

/// An account that a journal knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KnownAccount {
    /// The vendor.
    #[serde(serialize_with = "super::super::entry::vendor_word")]
    pub vendor: Vendor,
    /// The account, as entries name it.
    pub account: String,
    /// The names by which it is found.
    pub names: Vec<(AccountNameKind, String)>,
    /// The time from which on others are known to buy on it, too.
    pub shared_since: Option<Timestamp>,
    /// The reason to believe that.
    pub shared_why: Option<String>,
}

/// The facts that a buyer gives about the account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub vendor: Vendor,
    /// The user's name for the account.
    pub name: Option<&'a str>,
    /// The fingerprint of the credential.
    pub credential: &'a str,
    /// The vendor's own identity of the account, if the vendor tells it.
    pub identity: Option<&'a str>,
}

impl<'a> Claim<'a> {
    fn names(&self) -> Vec<(AccountNameKind, &'a str)> {
        let mut names = vec![(AccountNameKind::Credential, self.credential)];
        names.extend(self.name.map(|it| (AccountNameKind::Name, it)));
        names.extend(self.identity.map(|it| (AccountNameKind::Identity, it)));
        names
    }
}

/// The account that a claim is for.
#[derive(Debug, PartialEq)]
pub(super) struct Resolved<'a> {
    pub account: String,
    /// The names of the claim that the journal does not know yet.
    pub missing: Vec<(AccountNameKind, &'a str)>,
}

/// Finds the account that a claim is for, or refuses the claim.
pub(super) fn resolve<'a>(
    claim: &Claim<'a>,
    known: &[KnownAccount],
) -> Result<Resolved<'a>, Error> {
    let names = claim.names();
    let is_name_of = |account: &KnownAccount, (kind, alias): (AccountNameKind, &str)| {
        match kind {
            // A user may name an account in any way in which the journal does.
            AccountNameKind::Name => {
                account.account == alias || account.names.iter().any(|(_, it)| it == alias)
            }
            _ => account
                .names
                .iter()
                .any(|(of, it)| (*of, it.as_str()) == (kind, alias)),
        }
    };
    let mut found: Vec<&KnownAccount> = known
        .iter()
        .filter(|account| names.iter().any(|name| is_name_of(account, *name)))
        .collect();
    let account = match (found.pop(), found.is_empty()) {
        (Some(only), true) => {
            check_identity(claim, only)?;
            only.account.clone()
        }
        (Some(last), false) => {
            found.push(last);
            let what = "the account's name, its credential and its vendor stand for different \
                        accounts in the journal: name the account to use";
            return Err(unclear(claim, found, what));
        }
        (None, _) => match claim.name {
            Some(name) => name.to_owned(),
            None if known.is_empty() => claim.credential.to_owned(),
            None => {
                let what = "the journal knows this vendor, but not this credential: name the \
                            account, with one of these names if it is the same account, or with a \
                            new one if it is another";
                return Err(unclear(claim, known, what));
            }
        },
    };
    let is_known = |name: &(AccountNameKind, &str)| {
        known
            .iter()
            .any(|it| it.account == account && is_name_of(it, *name))
    };
    let missing = names.into_iter().filter(|name| !is_known(name)).collect();
    Ok(Resolved { account, missing })
}

/// Refuses an account whose identity at the vendor is another than the claim's.
fn check_identity(claim: &Claim<'_>, account: &KnownAccount) -> Result<(), Error> {
    let identities = account.names.iter();
    let mut identities = identities.filter(|(kind, _)| *kind == AccountNameKind::Identity);
    match (claim.identity, identities.next()) {
        (Some(ours), Some((_, known)))
            if ours != known && !identities.any(|(_, it)| it == ours) =>
        {
            let what = format!(
                "the vendor says that the credential is of `{ours}`, and the journal knows the \
                 account as `{known}`: name another account"
            );
            Err(unclear(claim, [account], &what))
        }
        _ => Ok(()),
    }
}

fn unclear<'a>(
    claim: &Claim<'_>,
    accounts: impl IntoIterator<Item = &'a KnownAccount>,
    what: &str,
) -> Error {
    let accounts: BTreeSet<_> = accounts.into_iter().map(|it| it.account.clone()).collect();
    let accounts: Vec<_> = accounts.into_iter().collect();
    let what = format!("{what} (the journal has {})", accounts.join(", "));
    Error::new(Kind::UnknownAccount, Outcome::NotSent, what)
        .at(claim.vendor, None)
        .with_accounts(accounts)
}

/// Lists the accounts that the journal knows.
pub(crate) async fn accounts(
    connection: &mut Connection,
    vendor: Option<Vendor>,
) -> Result<Vec<KnownAccount>, Error> {
    let statement = "SELECT vendor, account, shared_since, shared_why FROM accounts \
         WHERE vendor = coalesce($1, vendor) ORDER BY vendor, account";
    let vendor = vendor.map(|it| it.as_str());
    let rows = bound(statement, [vendor]).fetch_all(&mut *connection);
    let mut accounts = Vec::new();
    for row in rows.await.map_err(unread)? {
        accounts.push(KnownAccount {
            vendor: parsed(&row, "vendor")?,
            account: shown(text(&row, "account")?),
            names: Vec::new(),
            shared_since: optional_parsed(&row, "shared_since")?,
            shared_why: optional(&row, "shared_why")?.map(note),
        });
    }
    let statement = "SELECT vendor, kind, alias, account FROM account_names \
         WHERE vendor = coalesce($1, vendor) ORDER BY kind, alias";
    let rows = bound(statement, [vendor]).fetch_all(connection);
    for row in rows.await.map_err(unread)? {
        let (vendor, account): (Vendor, _) =
            (parsed(&row, "vendor")?, shown(text(&row, "account")?));
        let mut of = accounts.iter_mut();
        if let Some(account) = of.find(|it| it.vendor == vendor && it.account == account) {
            let name = (parsed(&row, "kind")?, shown(text(&row, "alias")?));
            account.names.push(name);
        }
    }
    Ok(accounts)
}

/// Writes down an account and new names of it.
pub(super) async fn remember(
    connection: &mut Connection,
    vendor: Vendor,
    resolved: &Resolved<'_>,
) -> Result<(), Error> {
    let (vendor, account) = (vendor.as_str(), &*resolved.account);
    let mut transaction = connection.begin().await.map_err(unwritten)?;
    let statement = "INSERT INTO accounts (vendor, account) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let done = bound(statement, [vendor, account]).execute(&mut *transaction);
    done.await.map_err(unwritten)?;
    let statement =
        "INSERT INTO account_names (vendor, kind, alias, account) VALUES ($1, $2, $3, $4)";
    for (kind, alias) in &resolved.missing {
        let values = [vendor, kind.as_str(), alias, account];
        let done = bound(statement, values).execute(&mut *transaction);
        done.await.map_err(unwritten)?;
    }
    transaction.commit().await.map_err(unwritten)
}

/// Writes down whether others are known to buy on an account, too, and why. The first reason
/// stays.
pub(crate) async fn mark_shared(
    connection: &mut Connection,
    vendor: Vendor,
    account: &str,
    why: Option<&str>,
) -> Result<(), Error> {
    let why = why.map(Cleaned::new);
    let why = why.as_deref();
    let now = why.map(|_| written(Timestamp::now()));
    let statement = "INSERT INTO accounts (vendor, account, shared_since, shared_why) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (vendor, account) DO UPDATE SET \
         shared_since = CASE WHEN $4 IS NULL THEN NULL \
             ELSE coalesce(accounts.shared_since, excluded.shared_since) END, \
         shared_why = CASE WHEN $4 IS NULL THEN NULL \
             ELSE coalesce(accounts.shared_why, excluded.shared_why) END";
    let values = [Some(vendor.as_str()), Some(account), now.as_deref(), why];
    let done = bound(statement, values).execute(connection).await;
    done.map(|_| ()).map_err(unwritten)
}

/// Returns the reason to believe that others buy on an account, too, if there is one.
pub(crate) async fn shared(
    connection: &mut Connection,
    vendor: Vendor,
    account: &str,
) -> Result<Option<String>, Error> {
    let known = accounts(connection, Some(vendor)).await?;
    let account = known.into_iter().find(|it| it.account == account);
    Ok(account.and_then(|it| it.shared_why))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::AccountNameKind::{Credential, Identity, Name};
    use super::*;

    fn known(account: &str, names: &[(AccountNameKind, &str)]) -> KnownAccount {
        KnownAccount {
            vendor: Vendor::all()[0],
            account: account.to_owned(),
            names: names
                .iter()
                .map(|(kind, it)| (*kind, (*it).to_owned()))
                .collect(),
            shared_since: None,
            shared_why: None,
        }
    }

    fn claim<'a>(
        name: Option<&'a str>,
        credential: &'a str,
        identity: Option<&'a str>,
    ) -> Claim<'a> {
        Claim {
            vendor: Vendor::all()[0],
            name,
            credential,
            identity,
        }
    }

    #[test]
    fn an_account_is_found_by_each_of_its_names_and_learns_the_others() {
        let main = [known(
            "main",
            &[(Name, "main"), (Credential, "c1"), (Identity, "i1")],
        )];
        for (claim, missing) in [
            (claim(Some("main"), "c1", Some("i1")), vec![]),
            (claim(None, "c1", None), vec![]),
            (claim(None, "c2", Some("i1")), vec![(Credential, "c2")]),
            (claim(Some("main"), "c2", None), vec![(Credential, "c2")]),
            (claim(Some("c1"), "c2", None), vec![(Credential, "c2")]),
            (claim(Some("other"), "c1", None), vec![(Name, "other")]),
        ] {
            let found = resolve(&claim, &main).unwrap();
            assert_eq!(
                (found.account.as_str(), found.missing),
                ("main", missing),
                "{claim:?}"
            );
        }
    }

    #[test]
    fn a_new_account_needs_a_name_where_the_vendor_is_known() {
        let fresh = resolve(&claim(None, "c1", None), &[]).unwrap();
        assert_eq!(
            (fresh.account.as_str(), fresh.missing),
            ("c1", vec![(Credential, "c1")])
        );
        let main = [known("main", &[(Name, "main"), (Credential, "c1")])];
        let error = resolve(&claim(None, "c2", Some("i2")), &main).unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (Kind::UnknownAccount, Outcome::NotSent)
        );
        assert_eq!(error.accounts(), ["main"]);
        let second = resolve(&claim(Some("second"), "c2", None), &main).unwrap();
        let missing = vec![(Credential, "c2"), (Name, "second")];
        assert_eq!(
            (second.account.as_str(), second.missing),
            ("second", missing)
        );
    }

    #[test]
    fn an_account_may_have_several_identities() {
        let names = [(Name, "main"), (Identity, "i1"), (Identity, "i2")];
        let main = [known("main", &names)];
        for (identity, fits) in [("i1", true), ("i2", true), ("i3", false)] {
            let found = resolve(&claim(Some("main"), "c1", Some(identity)), &main);
            assert_eq!(found.is_ok(), fits, "{identity}");
        }
    }

    #[test]
    fn names_of_two_accounts_are_refused() {
        let two = [
            known(
                "one",
                &[(Name, "one"), (Credential, "c1"), (Identity, "i1")],
            ),
            known("two", &[(Name, "two"), (Credential, "c2")]),
        ];
        for (claim, accounts) in [
            (claim(Some("two"), "c1", None), vec!["one", "two"]),
            (claim(None, "c2", Some("i1")), vec!["one", "two"]),
            (claim(Some("one"), "c3", Some("i3")), vec!["one"]),
        ] {
            let error = resolve(&claim, &two).unwrap_err();
            assert_eq!(error.kind(), Kind::UnknownAccount, "{claim:?}");
            assert_eq!(error.accounts(), accounts, "{claim:?}");
        }
    }
}
