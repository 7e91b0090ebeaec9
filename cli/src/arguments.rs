//! The command line as a whole.

use clap::{Parser, Subcommand};
use proxy_orders::Vendor;

use crate::api::{self, ApiCall};
use crate::commands::buy::BuyArguments;
use crate::commands::journal::{self, JournalCommand};
use crate::commands::orders::OrdersCommand;
use crate::commands::proxies::ProxiesArguments;
use crate::commands::quote::QuoteArguments;
use crate::commands::sandbox::SandboxArguments;
use crate::failure::{EXIT_CODES, Failure};
use crate::flags::{GlobalArguments, VendorArguments};

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "proxy-orders", version, about = about(), long_about = None, after_help = after_help())]
pub struct Arguments {
    /// The flags that every command takes.
    #[command(flatten)]
    pub globals: GlobalArguments,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// Refuses global flags that make no sense here.
    pub fn check(&self) -> Result<(), Failure> {
        if self.globals.base_url.is_none() {
            return Ok(());
        }
        // Clap sees this conflict only if both stand at the same level of the command line.
        if self.globals.sandbox {
            let what = "--sandbox and --base-url exclude each other: leave one out";
            return Err(Failure::usage(what.to_owned()));
        }
        if matches!(self.command, Command::Tour | Command::Sandbox(_)) {
            let what =
                "--base-url does nothing here, because this command calls no vendor: leave it out";
            return Err(Failure::usage(what.to_owned()));
        }
        Ok(())
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// See it work: buy, wait, print, renew and list at each vendor, in a sandbox
    Tour,
    /// List everything that can be bought
    Products(VendorArguments),
    /// Show what a purchase would cost now
    Quote(QuoteArguments),
    /// Buy proxies, if they cost no more than a cap
    Buy(BuyArguments),
    /// Print the proxies of an order
    Proxies(ProxiesArguments),
    /// List, show, renew, extend and change orders
    #[command(subcommand)]
    Orders(OrdersCommand),
    /// Show and reconcile the journal of purchases
    #[command(subcommand, after_help = journal::HELP)]
    Journal(JournalCommand),
    /// Show what is left to spend
    Balance(VendorArguments),
    /// Call any operation of a vendor's API with any of its parameters
    #[command(subcommand, after_help = api::HELP)]
    Api(ApiCall),
    /// Serve the sandbox until stopped, for other programs and languages
    Sandbox(SandboxArguments),
}

fn about() -> String {
    let names: Vec<_> = Vendor::all().iter().map(|vendor| vendor.name()).collect();
    format!("Buy and run proxy orders at {}", names.join(", "))
}

fn after_help() -> String {
    let mut variables = String::new();
    for vendor in Vendor::all() {
        let profile = vendor.profile();
        let base_url = match profile.server {
            Some(_) => "",
            None => " (has to be set)",
        };
        variables.push_str(&format!(
            "\n  {}, {}{base_url}",
            profile.credential_variable, profile.base_url_variable
        ));
        if let Some(name) = profile.gateway_variable {
            variables.push_str(&format!(", {name}"));
        }
    }
    format!(
        "\
Start here, without a key:
  proxy-orders tour
  proxy-orders products --vendor {} --sandbox

Credentials come from the environment only, because other programs can read a command line. Each
vendor has a variable for its key, one for its base URL (see --base-url) and, where its API does
not tell it, one for the address of its proxies (see --gateway):{variables}

Everything that is spent is written into a journal first, so that nothing is bought twice: see
`proxy-orders journal --help`. Its variables:
  PROXY_ORDERS_JOURNAL, PROXY_ORDERS_ACCOUNT, PROXY_ORDERS_MAX_DAY, PROXY_ORDERS_MAX_MONTH

{EXIT_CODES}",
        Vendor::all()[0],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
