//! What each command does.

mod batch;
mod buying;
mod journal;
mod orders;
mod proxies;
mod purchasing;
mod reading;
mod renewing;
mod sandbox;
mod spending;

pub use batch::Bought;
pub use journal::Settled;
pub use orders::by_expiry;
pub use purchasing::{DryRunReport, dry_run, once, options, refused};
pub use spending::unless_interrupted;

use crate::arguments::{Arguments, Command, JournalCommand, OrdersCommand};
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
        Command::Orders(OrdersCommand::Renew(renew)) => renewing::renew(&common, &renew).await,
        Command::Orders(OrdersCommand::Extend(extend)) => renewing::extend(&common, &extend).await,
        Command::Orders(OrdersCommand::ChangeCycle(cycle)) => {
            renewing::change_cycle(&common, &cycle).await
        }
        Command::Orders(OrdersCommand::AddTraffic(traffic)) => {
            renewing::add_traffic(&common, &traffic).await
        }
        Command::Orders(OrdersCommand::BuyAddon(addon)) => {
            renewing::buy_addon(&common, &addon).await
        }
        Command::Journal(JournalCommand::List(list)) => journal::list(&common, &list).await,
        Command::Journal(JournalCommand::Show(show)) => journal::show(&common, &show).await,
        Command::Journal(JournalCommand::Reconcile(reconcile)) => {
            journal::reconcile(&common, &reconcile).await
        }
        Command::Journal(JournalCommand::Dismiss(dismiss)) => {
            journal::dismiss(&common, &dismiss).await
        }
        Command::Journal(JournalCommand::Export(export)) => journal::export(&common, &export).await,
        Command::Api(call) => api::run(&common, &call).await,
        Command::Sandbox(sandbox) => sandbox::serve(&sandbox).await,
    }
}

/// Says that a flag is missing.
pub fn missing(flag: &str) -> Failure {
    Failure::Usage(format!("{flag} is missing: see --help"))
}
