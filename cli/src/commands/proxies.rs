//! `proxies`: the one command that prints passwords.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use proxy_orders::export::{Format, proxy_list};
use proxy_orders::{Protocol, ProxyEndpoint, Vendor};

use crate::columns::PROXY;
use crate::failure::{Failure, note};
use crate::flags::{GlobalArguments, LONGEST_WAIT, vendor_words};
use crate::output::{self, Output};
use crate::session::{GatewayArgument, Session};

/// The arguments of `proxies`.
#[derive(Debug, Args)]
pub struct ProxiesArguments {
    /// The order's id, as `orders list` shows it
    pub order: String,
    /// The vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Vendor,
    /// The form of each proxy
    #[arg(long, default_value = "host:port:user:pass", value_parser = format_words())]
    pub format: Format,
    /// The protocol that the ports are for
    #[arg(long, default_value = "http", value_parser = protocol_words())]
    pub protocol: Protocol,
    /// Print all ports in a table, or the same as --format json or csv
    #[arg(
        short,
        long,
        value_enum,
        value_name = "FORM",
        conflicts_with = "format"
    )]
    pub output: Option<Output>,
    /// Wait up to this long until the order has its proxies
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=LONGEST_WAIT))]
    pub wait: Option<u64>,
    #[command(flatten)]
    pub gateway: GatewayArgument,
}

fn format_words() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.iter().map(|it| it.as_str()))
        .try_map(|word| word.parse::<Format>())
}

fn protocol_words() -> impl TypedValueParser<Value = Protocol> {
    PossibleValuesParser::new(["http", "socks5"]).try_map(|word| word.parse::<Protocol>())
}

/// Prints the proxies of an order.
pub async fn run(globals: &GlobalArguments, proxies: &ProxiesArguments) -> Result<(), Failure> {
    let session = Session::open(proxies.vendor, globals, proxies.gateway.gateway.as_ref()).await?;
    session.check_gateway()?;
    let order = &proxies.order;
    let found = match proxies.wait {
        None => session.account.proxies(order).await?,
        Some(seconds) => {
            let poll = session.poll(seconds);
            session.account.wait_until_provisioned(order, poll).await?
        }
    };
    if found.is_empty() {
        note(format_args!(
            "note: {} shows no proxies of order {order}: they are not ready, or it is not paid, or there is no such order; --wait SECONDS waits for them",
            proxies.vendor.name()
        ));
    }
    let format = match proxies.output {
        None => proxies.format,
        Some(Output::Json) => Format::Json,
        Some(Output::Csv) => Format::Csv,
        Some(Output::Table) => return output::write(&output::table(&found, PROXY)),
    };
    output::write(&list(found, format, proxies.protocol)?)
}

/// Formats the list. A name or password with an unsafe character is escaped in JSON alone: changed
/// in any other form, it would not work any more.
fn list(
    mut found: Vec<ProxyEndpoint>,
    format: Format,
    protocol: Protocol,
) -> Result<String, Failure> {
    if format == Format::Csv {
        let before = found.clone();
        found.iter_mut().for_each(quote_formulas);
        if found != before {
            note(
                "note: a ' stands before what a spreadsheet would run as a formula; --format json has it as it is",
            );
        }
    }
    let text = proxy_list(&found, format, protocol)?;
    match format {
        Format::Json => Ok(output::safe_json(&text)),
        _ if output::is_safe(&text) => Ok(text),
        _ => Err(Failure::refused(
            "a proxy has control characters in its address, name or password: --format json shows them escaped",
        )),
    }
}

/// Quotes what a spreadsheet would run as a formula.
fn quote_formulas(proxy: &mut ProxyEndpoint) {
    let quoted = |text: &str| match output::is_safe(text) {
        true => output::csv_field(text),
        false => text.to_owned(),
    };
    proxy.host = quoted(&proxy.host);
    proxy.username = proxy.username.as_deref().map(quoted);
    let password = proxy.password.as_ref();
    proxy.password = password.map(|it| quoted(it.expose()).into());
}
