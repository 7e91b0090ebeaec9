//! The purchases of the tour at each vendor, with ids of the sandbox.

use proxy_orders::{Purchase, Renewal, Vendor};
use rust_decimal::Decimal;

/// One vendor of the tour.
pub struct Stop {
    /// The vendor.
    pub vendor: Vendor,
    /// An introduction to the vendor.
    pub about: &'static str,
    /// The purchase.
    pub purchase: Purchase,
    /// The cap of the purchase.
    pub max_total: Decimal,
    /// The order to renew; `None` means the order that was bought.
    pub order_to_renew: Option<&'static str>,
    /// The renewal.
    pub renewal: Renewal,
    /// The cap of the renewal.
    pub renewal_cap: Decimal,
    /// A sentence on what renewing means there.
    pub renewal_says: &'static str,
    /// True if the tour shows a lost answer there.
    pub loses_an_answer: bool,
    /// The purchase, for the summary.
    pub bought: &'static str,
    /// The renewal, for the summary.
    pub renewed: &'static str,
}

impl Stop {
    /// Returns the flags of the purchase.
    pub fn purchase_words(&self) -> Vec<String> {
        let purchase = &self.purchase;
        let quantity = Some(purchase.quantity.to_string());
        typed(&[
            ("--product", Some(&purchase.product)),
            ("--plan", purchase.plan.as_ref()),
            ("--location", purchase.location.as_ref()),
            ("--quantity", quantity.as_ref()),
            ("--pay-with", purchase.pay_with.as_ref()),
        ])
    }

    /// Returns the flags of the renewal.
    pub fn renewal_words(&self) -> Vec<String> {
        let renewal = &self.renewal;
        typed(&[
            ("--plan", renewal.plan.as_ref()),
            ("--product", renewal.product.as_ref()),
            ("--pay-with", renewal.pay_with.as_ref()),
        ])
    }
}

fn typed(flags: &[(&str, Option<&String>)]) -> Vec<String> {
    let given = flags
        .iter()
        .filter_map(|(flag, value)| Some([(*flag).to_owned(), value.cloned()?]));
    given.flatten().collect()
}

/// Returns the stops at all vendors.
pub fn stops() -> [Stop; 3] {
    [iproyal(), proxyshard(), smartproxy()]
}

fn iproyal() -> Stop {
    Stop {
        vendor: Vendor::IpRoyal,
        about: "Sells static residential and datacenter proxies by ids from its catalogue, paid from a balance.",
        purchase: Purchase {
            product: "9".to_owned(),
            plan: Some("4".to_owned()),
            location: Some("51".to_owned()),
            quantity: 5,
            ..Purchase::default()
        },
        max_total: Decimal::new(1500, 2),
        order_to_renew: None,
        renewal: Renewal {
            plan: Some("4".to_owned()),
            ..Renewal::default()
        },
        renewal_cap: Decimal::new(1500, 2),
        renewal_says: "Extend the order by one more plan.",
        loses_an_answer: true,
        bought: "twice 5 static residential proxies in Australia bought",
        renewed: "one order of them extended",
    }
}

fn proxyshard() -> Stop {
    Stop {
        vendor: Vendor::ProxyShard,
        about: "Sells datacenter, ISP and residential proxies by name and billing cycle, paid from a wallet.",
        purchase: Purchase {
            product: "Datacenter Proxy".to_owned(),
            plan: Some("monthly".to_owned()),
            location: Some("DE".to_owned()),
            quantity: 3,
            ..Purchase::default()
        },
        max_total: Decimal::new(500, 2),
        order_to_renew: Some("1002"),
        renewal: Renewal::default(),
        renewal_cap: Decimal::new(2000, 2),
        renewal_says: "Renew an order that ran out and is on hold; others cannot be renewed here.",
        loses_an_answer: false,
        bought: "3 datacenter proxies in Germany bought",
        renewed: "order 1002 renewed",
    }
}

fn smartproxy() -> Stop {
    Stop {
        vendor: Vendor::SmartProxy,
        about: "The one at smartproxy.org. It tells its package ids to customers one by one; an order is made unpaid and paid later. Its order numbers depend on the time.",
        purchase: Purchase {
            product: "1001".to_owned(),
            location: Some("US".to_owned()),
            quantity: 2,
            pay_with: Some("1".to_owned()),
            ..Purchase::default()
        },
        max_total: Decimal::new(1200, 2),
        order_to_renew: None,
        renewal: Renewal {
            product: Some("1019".to_owned()),
            pay_with: Some("1".to_owned()),
            ..Renewal::default()
        },
        renewal_cap: Decimal::new(1000, 2),
        renewal_says: "Renew the order: a new order for the package that renews.",
        loses_an_answer: false,
        bought: "2 residential static IPs in the US bought",
        renewed: "renewed once",
    }
}
