//! Residential traffic: the profile of each pool, and the sub-users that share it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ask::{Ask, Refusal, Reply};
use super::catalog::Family;
use super::state::Account;
use crate::random::Random;

/// Bytes of a gigabyte. Which of the two usual sizes the vendor means is not documented.
pub(super) const GIGABYTE: i64 = 1_000_000_000;

/// The user id that comes before the first.
const BEFORE_FIRST_USER: u32 = 70_000;

/// The pools that residential traffic comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PoolKind {
    Standart,
    Premium,
    Unlimited,
}

impl PoolKind {
    /// The pool that buying this product fills.
    pub(super) fn of(family: Family) -> Option<Self> {
        match family {
            Family::Standart => Some(Self::Standart),
            Family::Premium => Some(Self::Premium),
            _ => None,
        }
    }

    /// The pool that a request is about.
    pub(super) fn asked(ask: &Ask) -> Result<Self, Refusal> {
        match ask.need_query("proxy_type")? {
            "standart" => Ok(Self::Standart),
            "premium" => Ok(Self::Premium),
            "unlimited" => Ok(Self::Unlimited),
            other => Err(Refusal::invalid(format!(
                "proxy_type: {other:?} is not one of standart, premium, unlimited"
            ))),
        }
    }
}

/// The pools of an account.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pools {
    standart: Pool,
    premium: Pool,
    unlimited: Pool,
    last_user: u32,
}

/// The traffic of one pool. What sub-users were given is not the profile's any more.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pool {
    password: String,
    /// Bytes the profile may use in all.
    data: i64,
    /// Bytes of them that it has used.
    pub(super) spent: i64,
    /// Whether traffic is counted at all.
    counted: bool,
    users: Vec<SubUser>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SubUser {
    id: String,
    name: String,
    password: String,
    data: i64,
    spent: i64,
}

impl Pools {
    pub(super) fn new(random: &mut Random) -> Self {
        let mut pool = |counted| Pool {
            password: random.password(),
            data: 0,
            spent: 0,
            counted,
            users: Vec::new(),
        };
        Self {
            standart: pool(true),
            premium: pool(true),
            unlimited: pool(false),
            last_user: BEFORE_FIRST_USER,
        }
    }

    fn pool(&self, kind: PoolKind) -> &Pool {
        match kind {
            PoolKind::Standart => &self.standart,
            PoolKind::Premium => &self.premium,
            PoolKind::Unlimited => &self.unlimited,
        }
    }

    pub(super) fn pool_mut(&mut self, kind: PoolKind) -> &mut Pool {
        match kind {
            PoolKind::Standart => &mut self.standart,
            PoolKind::Premium => &mut self.premium,
            PoolKind::Unlimited => &mut self.unlimited,
        }
    }

    /// A new sub-user, with traffic that is taken from the profile.
    pub(super) fn add_user(
        &mut self,
        kind: PoolKind,
        name: &str,
        password: String,
        bytes: i64,
        spent: i64,
    ) -> Result<Value, Refusal> {
        self.pool_mut(kind).take(bytes)?;
        self.last_user += 1;
        let user = SubUser {
            id: self.last_user.to_string(),
            name: name.to_owned(),
            password,
            data: bytes,
            spent,
        };
        let mut row = user.to_json();
        row["user_id"] = json!(user.id);
        self.pool_mut(kind).users.push(user);
        Ok(row)
    }
}

impl Pool {
    /// Adds traffic that was bought.
    pub(super) fn fill(&mut self, gigabytes: i64) {
        self.data = self.data.saturating_add(gigabytes.saturating_mul(GIGABYTE));
    }

    fn remain(&self) -> i64 {
        self.data.saturating_sub(self.spent).max(0)
    }

    fn take(&mut self, bytes: i64) -> Result<(), Refusal> {
        if !self.counted {
            return Ok(());
        }
        if bytes > self.remain() {
            return Err(Refusal::invalid(
                "data: not enough traffic left in the profile",
            ));
        }
        self.data -= bytes;
        Ok(())
    }

    fn give_back(&mut self, bytes: i64) {
        if self.counted {
            self.data = self.data.saturating_add(bytes);
        }
    }

    fn user(&self, id: &str) -> Result<&SubUser, Refusal> {
        self.users
            .iter()
            .find(|user| user.id == id)
            .ok_or_else(|| unknown_user(id))
    }

    fn user_mut(&mut self, id: &str) -> Result<&mut SubUser, Refusal> {
        self.users
            .iter_mut()
            .find(|user| user.id == id)
            .ok_or_else(|| unknown_user(id))
    }
}

impl SubUser {
    fn remain(&self) -> i64 {
        self.data.saturating_sub(self.spent).max(0)
    }

    fn to_json(&self) -> Value {
        json!({
            "first_name": self.name,
            "proxy_password": self.password,
            "data": self.data,
            "data_spent": self.spent,
        })
    }
}

fn unknown_user(id: &str) -> Refusal {
    Refusal::missing(format!("user_id: there is no sub-user {id:?}"))
}

/// Gigabytes of the body's `data`, in bytes.
fn data(ask: &Ask) -> Result<i64, Refusal> {
    ask.fields()?
        .need_int("data", 1)?
        .checked_mul(GIGABYTE)
        .ok_or_else(|| Refusal::invalid("data: too large"))
}

fn done(message: &str) -> Reply {
    Ok(json!({ "success": true, "message": message }))
}

/// `GET /user/api/proxies/profile`
pub(super) fn profile(account: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let pool = account.pools.pool(PoolKind::asked(ask)?);
    Ok(json!({
        "success": true,
        "data": pool.data,
        "data_remain": pool.remain(),
        "data_spent": pool.spent,
        "proxy_password": pool.password,
    }))
}

/// `GET /user/api/proxies/sub-users`
pub(super) fn list_users(account: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let pool = account.pools.pool(PoolKind::asked(ask)?);
    let (offset, limit) = ask.page()?;
    let page: Vec<Value> = pool
        .users
        .iter()
        .skip(offset)
        .take(limit)
        .map(|user| {
            let mut row = user.to_json();
            row["user_id"] = json!(user.id);
            row["data_remain"] = json!(user.remain());
            row
        })
        .collect();
    Ok(json!({ "success": true, "count": pool.users.len(), "data": page }))
}

/// `POST /user/api/proxies/sub-user`
pub(super) fn create_user(account: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let kind = PoolKind::asked(ask)?;
    let name = ask.fields()?.need_text("name")?;
    let bytes = data(ask)?;
    let password = account.random.password();
    let row = account.pools.add_user(kind, name, password, bytes, 0)?;
    Ok(json!({ "success": true, "data": [row] }))
}

/// `GET /user/api/proxies/sub-user/{user_id}`
pub(super) fn get_user(account: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let pool = account.pools.pool(PoolKind::asked(ask)?);
    let user = pool.user(ask.user_id())?;
    Ok(json!({ "success": true, "data": [user.to_json()] }))
}

/// `PATCH /user/api/proxies/sub-user/{user_id}`
pub(super) fn rename_user(account: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let pool = account.pools.pool_mut(PoolKind::asked(ask)?);
    let user = pool.user_mut(ask.user_id())?;
    user.name = ask.fields()?.need_text("name")?.to_owned();
    done("Sub user edited successfully")
}

/// `DELETE /user/api/proxies/sub-user/{user_id}`, the one operation here that is not told the pool.
pub(super) fn delete_user(account: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let id = ask.user_id();
    for kind in [PoolKind::Standart, PoolKind::Premium, PoolKind::Unlimited] {
        let pool = account.pools.pool_mut(kind);
        if let Some(index) = pool.users.iter().position(|user| user.id == id) {
            let user = pool.users.remove(index);
            pool.give_back(user.remain());
            return done("Sub user deleted successfully");
        }
    }
    Err(unknown_user(id))
}

/// `POST /user/api/proxies/sub-user/{user_id}/data/add`
pub(super) fn add_data(account: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let pool = account.pools.pool_mut(PoolKind::asked(ask)?);
    pool.user(ask.user_id())?;
    let bytes = data(ask)?;
    pool.take(bytes)?;
    let user = pool.user_mut(ask.user_id())?;
    user.data = user.data.saturating_add(bytes);
    done("Traffic added to sub user successfully")
}

/// `POST /user/api/proxies/sub-user/{user_id}/data/subtract`
pub(super) fn subtract_data(account: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let pool = account.pools.pool_mut(PoolKind::asked(ask)?);
    let user = pool.user_mut(ask.user_id())?;
    let bytes = data(ask)?;
    if bytes > user.remain() {
        return Err(Refusal::invalid(
            "data: the sub-user has not that much traffic left",
        ));
    }
    user.data -= bytes;
    pool.give_back(bytes);
    done("Traffic subtracted from sub user successfully")
}

/// `POST /user/api/proxies/sub-user/{user_id}/password`
pub(super) fn reset_password(account: &mut Account, ask: &Ask, _: Timestamp) -> Reply {
    let kind = PoolKind::asked(ask)?;
    account.pools.pool(kind).user(ask.user_id())?;
    let password = account.random.password();
    account
        .pools
        .pool_mut(kind)
        .user_mut(ask.user_id())?
        .password = password;
    done("Sub user password changed successfully")
}
