//! The parameters of SmartProxy's requests.

use super::types;

/// A selection of orders. The default selects all.
#[derive(Clone, Debug, Default)]
pub struct OrderQuery {
    /// The order with this number.
    pub trade_no: Option<String>,
    /// Orders with this status.
    pub status: Option<types::OrderStatusFilter>,
    /// Orders of this type of product.
    pub product_type: Option<types::ProductType>,
}

/// A new order. It is made unpaid, and paid in a separate step at the vendor's site.
///
/// `pid` comes from the vendor's customer service, and `pm_id` from a list that no documented
/// operation returns.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// Package id.
    pub pid: i64,
    /// Payment method id.
    pub pm_id: i64,
    /// The number of units, for a new package.
    pub amount: Option<u32>,
    /// Country codes, and the number of static IPs in each. The form on the wire, `JP,2|US,1`, is
    /// documented by a sibling brand.
    pub regions: Vec<(String, u32)>,
    /// Ids of the packages to renew.
    pub renew_ids: Vec<i64>,
    /// The duration for which static IPs are renewed.
    pub renew_duration: Option<types::RenewDuration>,
    /// Coupon code.
    pub coupon_sn: Option<String>,
    /// Asks for the discount for invited users.
    pub use_invitation_registration_discount: Option<bool>,
    /// Bandwidth package, for package 11.
    pub product_sku_bandwidth_id: Option<i64>,
    /// Concurrency package, for package 11.
    pub product_sku_concurrency_id: Option<i64>,
    /// The amount to recharge, for package 3.
    pub recharge_amount: Option<i64>,
}

impl NewOrder {
    /// Creates an order for a package, with all other fields left out.
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

/// Writes package ids in the form of `upids`.
pub(super) fn renewed_ids(ids: &[i64]) -> String {
    let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
    ids.join(",")
}
