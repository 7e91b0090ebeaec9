//! The parameters of ProxyShard's requests.

use std::num::NonZeroU64;

use super::types;

/// A new order. ProxyShard documents five bodies, one for each family of products. This type has
/// the fields of all; leave out those that the family does not have.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// The product, in the vendor's spelling: `Standart Residential Proxy`.
    pub product: types::ProductName,
    /// Location code. Required for datacenter and ISP proxies.
    pub location: Option<String>,
    /// Billing cycle. Residential traffic has none.
    pub cycle: Option<String>,
    /// The number of proxies or gigabytes. Unmetered products have none.
    pub quantity: Option<NonZeroU64>,
    /// Promo code.
    pub promo_code: Option<String>,
    /// Asks the vendor to renew the order automatically.
    pub auto_renewal: Option<bool>,
    /// Add-ons to buy with the order: key and quantity.
    pub addons: Vec<(types::AddonKey, NonZeroU64)>,
}

impl NewOrder {
    /// Creates an order for a product, with all other fields left out.
    pub fn new(product: impl Into<types::ProductName>) -> Self {
        NewOrder {
            product: product.into(),
            location: None,
            cycle: None,
            quantity: None,
            promo_code: None,
            auto_renewal: None,
            addons: Vec::new(),
        }
    }

    /// Creates an order for datacenter or ISP proxies.
    pub fn proxies(
        product: impl Into<types::ProductName>,
        location: impl Into<String>,
        cycle: impl Into<String>,
        quantity: NonZeroU64,
    ) -> Self {
        NewOrder {
            location: Some(location.into()),
            cycle: Some(cycle.into()),
            quantity: Some(quantity),
            ..NewOrder::new(product)
        }
    }

    pub(super) fn body(&self) -> types::PurchaseOrderRequest {
        let addons = self
            .addons
            .iter()
            .map(|(addon_key, qty)| types::AddonSelection {
                addon_key: addon_key.clone(),
                qty: *qty,
            });
        types::PurchaseOrderRequest {
            product: self.product.clone(),
            location: self.location.clone(),
            cycle: self.cycle.clone(),
            quantity: self.quantity,
            promo_code: self.promo_code.clone(),
            auto_renewal: self.auto_renewal,
            addons: (!self.addons.is_empty()).then(|| addons.collect()),
        }
    }
}

/// A change of an order's billing cycle. Datacenter and ISP proxies only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleChange {
    /// The new cycle.
    pub cycle: String,
    /// The order's location code. The price depends on it, and the vendor's order detail does not
    /// have it.
    pub location: Option<String>,
}
