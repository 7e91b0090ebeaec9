//! `products`.

use crate::columns::OFFER;
use crate::failure::Failure;
use crate::flags::{GlobalArguments, VendorArguments};
use crate::output;
use crate::session::Session;

/// Lists everything that can be bought.
pub async fn run(globals: &GlobalArguments, at: &VendorArguments) -> Result<(), Failure> {
    let session = Session::open(at.vendor, globals, None).await?;
    let offers = session.account.catalogue().await?;
    output::print_list(&offers, OFFER, at.form.output)
}
