//! What each command does.

mod buying;
mod orders;
mod proxies;
mod reading;
mod sandbox;
mod spending;

pub use orders::by_expiry;
pub use spending::unless_interrupted;

use crate::arguments::{Arguments, Command, OrdersCommand};
use crate::failure::Failure;
use crate::{api, tour};

/// Does what was asked for.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { common, command } = arguments;
    // Clap sees the conflict only when both stand at the same level of the command line.
    if common.sandbox && common.base_url.is_some() {
        let what = "--sandbox and --base-url contradict each other: leave one out";
        return Err(Failure::Usage(what.to_owned()));
    }
    if common.base_url.is_some() && matches!(command, Command::Tour | Command::Sandbox(_)) {
        let what = "--base-url has no meaning here: this command talks to no vendor";
        return Err(Failure::Usage(what.to_owned()));
    }
    match command {
        Command::Tour => tour::run(&common).await,
        Command::Products(at) => reading::products(&common, &at).await,
        Command::Quote(quote) => reading::quote(&common, &quote).await,
        Command::Balance(at) => reading::balance(&common, &at).await,
        Command::Buy(buy) => buying::buy(&common, &buy).await,
        Command::Proxies(proxies) => proxies::print(&common, &proxies).await,
        Command::Orders(OrdersCommand::List(list)) => orders::list(&common, &list).await,
        Command::Orders(OrdersCommand::Get(get)) => orders::get(&common, &get).await,
        Command::Orders(OrdersCommand::Renew(renew)) => buying::renew(&common, &renew).await,
        Command::Api(call) => api::run(&common, &call).await,
        Command::Sandbox(sandbox) => sandbox::serve(&sandbox).await,
    }
}
