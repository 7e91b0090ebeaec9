//! `proxies`: the one command that prints passwords.

use proxy_orders::Vendor;
use proxy_orders::export::{Format, proxy_list};

use crate::arguments::{Common, ProxiesArguments};
use crate::columns::PROXY;
use crate::failure::{Failure, note};
use crate::output::{self, Output};
use crate::session::Session;

/// Prints the proxies of an order.
pub async fn print(common: &Common, proxies: &ProxiesArguments) -> Result<(), Failure> {
    let gateway = proxies.gateway.gateway.clone();
    let session = Session::open(proxies.vendor, common, gateway).await?;
    let order = &proxies.order;
    let found = match proxies.wait {
        None => session.account.proxies(order).await?,
        Some(seconds) => {
            let poll = session.poll(seconds);
            session.account.wait_until_provisioned(order, poll).await?
        }
    };
    if found.is_empty() {
        note(match proxies.vendor {
            Vendor::SmartProxy => format!(
                "note: order {order} has no proxies: it may not be paid, or not be there; --wait SECONDS waits for them"
            ),
            _ => format!("note: order {order} has no proxies yet; --wait SECONDS waits for them"),
        });
    }
    let format = match proxies.output {
        None => proxies.format,
        Some(Output::Json) => Format::Json,
        Some(Output::Csv) => Format::Csv,
        Some(Output::Table) => return output::write(output::table(&found, PROXY)),
    };
    output::write(proxy_list(&found, format, proxies.protocol)?)
}
