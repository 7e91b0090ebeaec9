//! The purchases of the tour at each vendor, with ids of the sandbox.

use proxy_orders::Vendor;

/// One vendor of the tour.
pub struct Stop {
    /// The vendor.
    pub vendor: Vendor,
    /// An introduction to the vendor.
    pub about: &'static str,
    /// The flags of the purchase.
    pub purchase: &'static [&'static str],
    /// The cap of the purchase.
    pub max_total: &'static str,
    /// The order to renew; `None` means the order that was bought.
    pub order_to_renew: Option<&'static str>,
    /// The flags of the renewal.
    pub renewal: &'static [&'static str],
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
    /// Returns the command that buys under a key.
    pub fn purchase_under<'a>(&self, key: &'a str) -> Vec<&'a str> {
        let consent = [
            "--max-total",
            self.max_total,
            "--idempotency-key",
            key,
            "--yes",
        ];
        [&["buy"], self.purchase, &consent].concat()
    }
}

/// The stops at all vendors.
pub const STOPS: &[Stop] = &[
    Stop {
        vendor: Vendor::IpRoyal,
        about: "Sells static residential and datacenter proxies by ids from its catalogue, paid from a balance.",
        purchase: &[
            "--product",
            "9",
            "--plan",
            "4",
            "--location",
            "51",
            "--quantity",
            "5",
        ],
        max_total: "15.00",
        order_to_renew: None,
        renewal: &["--plan", "4", "--max-total", "15.00"],
        renewal_says: "Extend the order by one more plan.",
        loses_an_answer: true,
        bought: "twice 5 static residential proxies in Australia bought",
        renewed: "one order of them extended",
    },
    Stop {
        vendor: Vendor::ProxyShard,
        about: "Sells datacenter, ISP and residential proxies by name and billing cycle, paid from a wallet.",
        purchase: &[
            "--product",
            "Datacenter Proxy",
            "--plan",
            "monthly",
            "--location",
            "DE",
            "--quantity",
            "3",
        ],
        max_total: "5.00",
        order_to_renew: Some("1002"),
        renewal: &["--max-total", "20.00"],
        renewal_says: "Renew an order that ran out and is on hold; others cannot be renewed here.",
        loses_an_answer: false,
        bought: "3 datacenter proxies in Germany bought",
        renewed: "order 1002 renewed",
    },
    Stop {
        vendor: Vendor::SmartProxy,
        about: "The one at smartproxy.org. It tells its package ids to customers one by one; an order is made unpaid and paid later. Its order numbers depend on the time.",
        purchase: &[
            "--product",
            "1001",
            "--location",
            "US",
            "--quantity",
            "2",
            "--pay-with",
            "1",
        ],
        max_total: "12.00",
        order_to_renew: None,
        renewal: &[
            "--product",
            "1019",
            "--pay-with",
            "1",
            "--max-total",
            "10.00",
            "--guess-ids",
        ],
        renewal_says: "Renew the order: a new order for the package that renews. The ids to renew are a guess, because no page documents their list.",
        loses_an_answer: false,
        bought: "2 residential static IPs in the US bought",
        renewed: "renewed once",
    },
];
