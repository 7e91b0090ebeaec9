//! `balance`.

use proxy_orders::{Money, Vendor};
use serde::{Serialize, Serializer};

use crate::failure::Failure;
use crate::flags::{GlobalArguments, VendorArguments};
use crate::output::{self, Column, cell};
use crate::session::Session;

/// The balance of an account, as it is printed.
#[derive(Serialize)]
struct Balance {
    #[serde(serialize_with = "word")]
    vendor: Vendor,
    balance: Money,
}

const BALANCE: &[Column<Balance>] = &[
    Column::new("vendor", |it| cell(Some(it.vendor))),
    Column::new("balance", |it| cell(Some(&it.balance))),
];

fn word<S: Serializer>(vendor: &Vendor, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(vendor.as_str())
}

/// Shows what is left to spend.
pub async fn run(globals: &GlobalArguments, at: &VendorArguments) -> Result<(), Failure> {
    let session = Session::open(at.vendor, globals, None).await?;
    let balance = session.account.balance().await?;
    if balance.amount().is_none() {
        // The vendor's text is not repeated: nobody knows what it is.
        let what = format!(
            "the balance that {} answered cannot be read as an amount: `proxy-orders api {} --help` lists the calls that show the answer",
            at.vendor.name(),
            at.vendor
        );
        return Err(Failure::refused(what).at(at.vendor));
    }
    let balance = Balance {
        vendor: at.vendor,
        balance,
    };
    output::print_one(&balance, BALANCE, at.form.output)
}
