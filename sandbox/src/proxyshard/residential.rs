//! Reading and changing residential traffic: profiles and sub-users.

use serde_json::{Value, json};

use super::account::Account;
use super::pools::{GIGABYTE, PoolKind, unknown_user};
use super::reading::{fields, page, user_id};
use crate::answer::{Refusal, Reply};
use crate::request::RequestContext;

/// Returns the gigabytes of the body's `data` in bytes.
fn data(request: &RequestContext) -> Result<i64, Refusal> {
    fields(request)?
        .need_int("data", 1)?
        .checked_mul(GIGABYTE)
        .ok_or_else(|| Refusal::invalid("data: too large"))
}

fn done(message: &str) -> Reply {
    Ok(json!({ "success": true, "message": message }))
}

/// `GET /user/api/proxies/profile`
pub fn profile(account: &mut Account, request: &RequestContext) -> Reply {
    let pool = account.pools.pool(PoolKind::asked(request)?);
    Ok(json!({
        "success": true,
        "data": pool.data,
        "data_remain": pool.remain(),
        "data_spent": pool.spent,
        "proxy_password": pool.password,
    }))
}

/// `GET /user/api/proxies/sub-users`
pub fn list_users(account: &mut Account, request: &RequestContext) -> Reply {
    let pool = account.pools.pool(PoolKind::asked(request)?);
    let (offset, limit) = page(request)?;
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
pub fn create_user(account: &mut Account, request: &RequestContext) -> Reply {
    let kind = PoolKind::asked(request)?;
    let name = fields(request)?.need_text("name")?;
    let bytes = data(request)?;
    let password = account.random.password();
    let row = account.pools.add_user(kind, name, password, bytes, 0)?;
    Ok(json!({ "success": true, "data": [row] }))
}

/// `GET /user/api/proxies/sub-user/{user_id}`
pub fn get_user(account: &mut Account, request: &RequestContext) -> Reply {
    let pool = account.pools.pool(PoolKind::asked(request)?);
    let user = pool.user(user_id(request))?;
    Ok(json!({ "success": true, "data": [user.to_json()] }))
}

/// `PATCH /user/api/proxies/sub-user/{user_id}`
pub fn rename_user(account: &mut Account, request: &RequestContext) -> Reply {
    let pool = account.pools.pool_mut(PoolKind::asked(request)?);
    let user = pool.user_mut(user_id(request))?;
    user.name = fields(request)?.need_text("name")?.to_owned();
    done("Sub user edited successfully")
}

/// `DELETE /user/api/proxies/sub-user/{user_id}`, the only operation here without a pool.
pub fn delete_user(account: &mut Account, request: &RequestContext) -> Reply {
    let id = user_id(request);
    for &kind in PoolKind::ALL {
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
pub fn add_data(account: &mut Account, request: &RequestContext) -> Reply {
    let pool = account.pools.pool_mut(PoolKind::asked(request)?);
    pool.user(user_id(request))?;
    let bytes = data(request)?;
    pool.take(bytes)?;
    let user = pool.user_mut(user_id(request))?;
    user.data = user.data.saturating_add(bytes);
    done("Traffic added to sub user successfully")
}

/// `POST /user/api/proxies/sub-user/{user_id}/data/subtract`
pub fn subtract_data(account: &mut Account, request: &RequestContext) -> Reply {
    let pool = account.pools.pool_mut(PoolKind::asked(request)?);
    let user = pool.user_mut(user_id(request))?;
    let bytes = data(request)?;
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
pub fn reset_password(account: &mut Account, request: &RequestContext) -> Reply {
    let kind = PoolKind::asked(request)?;
    account.pools.pool(kind).user(user_id(request))?;
    let password = account.random.password();
    account
        .pools
        .pool_mut(kind)
        .user_mut(user_id(request))?
        .password = password;
    done("Sub user password changed successfully")
}
