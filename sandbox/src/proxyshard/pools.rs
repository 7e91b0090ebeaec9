//! The pools of residential traffic: the profile of each, and the sub-users that share it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::catalog::Family;
use super::reading::{need_query, unknown};
use crate::answer::Refusal;
use crate::random::Random;
use crate::request::RequestContext;
use crate::words::words;

/// The bytes of a gigabyte. The pages do not say which of the two usual sizes is meant.
pub const GIGABYTE: i64 = 1_000_000_000;

/// The id before that of the first sub-user.
const BEFORE_FIRST_USER: u32 = 70_000;

words! {
    /// The pools that residential traffic comes from.
    pub enum PoolKind {
        Standart = "standart",
        Premium = "premium",
        Unlimited = "unlimited",
    }
}

impl PoolKind {
    /// Returns the pool that a purchase of this product fills.
    pub fn of(family: Family) -> Option<Self> {
        match family {
            Family::Standart => Some(Self::Standart),
            Family::Premium => Some(Self::Premium),
            _ => None,
        }
    }

    /// Returns the pool in the query.
    pub fn asked(request: &RequestContext) -> Result<Self, Refusal> {
        let name = need_query(request, "proxy_type")?;
        Self::named(name).ok_or_else(|| {
            let message = "is not one of standart, premium, unlimited";
            Refusal::invalid(format!("proxy_type: {name:?} {message}"))
        })
    }
}

/// The pools of an account.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pools {
    /// In the order of [`PoolKind`].
    pools: [Pool; 3],
    last_user: u32,
}

/// The traffic of one pool. Traffic given to sub-users no longer belongs to the profile.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pool {
    pub password: String,
    /// Bytes the profile may use in all.
    pub data: i64,
    /// Bytes of them that it has used.
    pub spent: i64,
    /// True if traffic is counted at all.
    pub counted: bool,
    pub users: Vec<SubUser>,
}

/// A sub-user, with traffic of its own in bytes.
#[derive(Debug, Serialize, Deserialize)]
pub struct SubUser {
    pub id: String,
    pub name: String,
    pub password: String,
    pub data: i64,
    pub spent: i64,
}

impl Pools {
    pub fn new(random: &mut Random) -> Self {
        let mut pool = |counted| Pool {
            password: random.password(),
            data: 0,
            spent: 0,
            counted,
            users: Vec::new(),
        };
        Self {
            pools: [pool(true), pool(true), pool(false)],
            last_user: BEFORE_FIRST_USER,
        }
    }

    pub fn pool(&self, kind: PoolKind) -> &Pool {
        &self.pools[kind as usize]
    }

    pub fn pool_mut(&mut self, kind: PoolKind) -> &mut Pool {
        &mut self.pools[kind as usize]
    }

    /// Makes a sub-user, with traffic that is taken from the profile.
    pub fn add_user(
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
    pub fn fill(&mut self, gigabytes: i64) {
        self.data = self.data.saturating_add(gigabytes.saturating_mul(GIGABYTE));
    }

    pub fn remain(&self) -> i64 {
        self.data.saturating_sub(self.spent).max(0)
    }

    pub fn take(&mut self, bytes: i64) -> Result<(), Refusal> {
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

    pub fn give_back(&mut self, bytes: i64) {
        if self.counted {
            self.data = self.data.saturating_add(bytes);
        }
    }

    pub fn user(&self, id: &str) -> Result<&SubUser, Refusal> {
        self.users
            .iter()
            .find(|user| user.id == id)
            .ok_or_else(|| unknown_user(id))
    }

    pub fn user_mut(&mut self, id: &str) -> Result<&mut SubUser, Refusal> {
        self.users
            .iter_mut()
            .find(|user| user.id == id)
            .ok_or_else(|| unknown_user(id))
    }
}

impl SubUser {
    pub fn remain(&self) -> i64 {
        self.data.saturating_sub(self.spent).max(0)
    }

    pub fn to_json(&self) -> Value {
        json!({
            "first_name": self.name,
            "proxy_password": self.password,
            "data": self.data,
            "data_spent": self.spent,
        })
    }
}

pub fn unknown_user(id: &str) -> Refusal {
    unknown(format!("user_id: there is no sub-user {id:?}"))
}
