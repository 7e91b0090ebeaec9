//! What is asked of SmartProxy, in types that can't say something by accident.

use super::types;

/// Which orders to list. The default lists all.
#[derive(Clone, Debug, Default)]
pub struct OrderQuery {
    /// With this order number.
    pub trade_no: Option<String>,
    /// With this status.
    pub status: Option<types::OrderStatusFilter>,
    /// Of this type of product.
    pub product_type: Option<types::ProductType>,
}

/// An order to be made. It is made unpaid, and paid in a step of its own at the vendor's site.
///
/// `pid` comes from the vendor's customer service and `pm_id` from a list that none of the documented calls gives.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// Package id.
    pub pid: i64,
    /// Payment method id.
    pub pm_id: i64,
    /// How many, for a new package.
    pub amount: Option<u32>,
    /// Which static IPs where: `(country code, how many)`. A sibling brand's page gives the form `JP,2|US,1`.
    pub regions: Vec<(String, u32)>,
    /// Ids of the packages to renew.
    pub renew_ids: Vec<i64>,
    /// For how long to renew static IPs.
    pub renew_duration: Option<types::RenewDuration>,
    /// Coupon code.
    pub coupon_sn: Option<String>,
    /// Whether to use the discount for invited users.
    pub use_invitation_registration_discount: Option<bool>,
    /// Bandwidth package, for package 11.
    pub product_sku_bandwidth_id: Option<i64>,
    /// Concurrency package, for package 11.
    pub product_sku_concurrency_id: Option<i64>,
    /// How much to recharge, for package 3.
    pub recharge_amount: Option<i64>,
}

impl NewOrder {
    /// An order for a package, with all else left out.
    pub fn new(pid: i64, pm_id: i64) -> Self {
        NewOrder {
            pid,
            pm_id,
            amount: None,
            regions: Vec::new(),
            renew_ids: Vec::new(),
            renew_duration: None,
            coupon_sn: None,
            use_invitation_registration_discount: None,
            product_sku_bandwidth_id: None,
            product_sku_concurrency_id: None,
            recharge_amount: None,
        }
    }

    pub(super) fn body(&self) -> types::CreateOrderRequest {
        let regions: Vec<_> = self
            .regions
            .iter()
            .map(|(country, count)| format!("{country},{count}"))
            .collect();
        types::CreateOrderRequest {
            pid: self.pid,
            pm_id: self.pm_id,
            amount: self.amount.map(Into::into),
            region_list: (!regions.is_empty()).then(|| regions.join("|")),
            upids: (!self.renew_ids.is_empty()).then(|| renewed_ids(&self.renew_ids)),
            renew_duration: self.renew_duration.clone(),
            coupon_sn: self.coupon_sn.clone(),
            use_invitation_registration_discount: self.use_invitation_registration_discount,
            product_sku_bandwidth_id: self.product_sku_bandwidth_id,
            product_sku_concurrency_id: self.product_sku_concurrency_id,
            recharge_amount: self.recharge_amount,
        }
    }
}

/// Package ids as `upids` takes them.
pub(super) fn renewed_ids(ids: &[i64]) -> String {
    let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
    ids.join(",")
}
