//! What is asked of ProxyShard, in types that can't say something by accident.

use std::num::NonZeroU64;

use super::types;

/// An order to be made. ProxyShard documents five bodies, one a family of products; this is all of them, and what a family does
/// not have is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// Which product, in the vendor's spelling: `Standart Residential Proxy`, `Unmetered Residential proxy`.
    pub product: types::ProductName,
    /// Location code; needed for datacenter and ISP proxies.
    pub location: Option<String>,
    /// Billing cycle; residential traffic has none.
    pub cycle: Option<String>,
    /// How many proxies or gigabytes; unmetered products have none.
    pub quantity: Option<NonZeroU64>,
    /// Promo code.
    pub promo_code: Option<String>,
    /// Whether the order renews itself.
    pub auto_renewal: Option<bool>,
    /// Add-ons bought with it: key and quantity.
    pub addons: Vec<(types::AddonKey, NonZeroU64)>,
}

impl NewOrder {
    /// An order for a product, with all else left out.
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

    /// An order for datacenter or ISP proxies.
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
        types::PurchaseOrderRequest {
            product: self.product.clone(),
            location: self.location.clone(),
            cycle: self.cycle.clone(),
            quantity: self.quantity,
            promo_code: self.promo_code.clone(),
            auto_renewal: self.auto_renewal,
            addons: self.selected_addons(),
        }
    }

    fn selected_addons(&self) -> Option<Vec<types::AddonSelection>> {
        let addons = self
            .addons
            .iter()
            .map(|(addon_key, qty)| types::AddonSelection {
                addon_key: addon_key.clone(),
                qty: *qty,
            });
        (!self.addons.is_empty()).then(|| addons.collect())
    }

    /// The add-ons as the price calculation takes them: a JSON array as text.
    pub(super) fn addons_json(&self) -> Option<String> {
        serde_json::to_string(&self.selected_addons()?).ok()
    }
}

/// Another billing cycle for an order. Datacenter and ISP proxies only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleChange {
    /// The cycle to change to.
    pub cycle: String,
    /// The order's location code, which its price depends on; the vendor's order detail does not tell it.
    pub location: Option<String>,
}
