//! One module a command, with its arguments and what it prints.

pub mod balance;
pub mod buy;
pub mod buy_from;
pub mod journal;
pub mod orders;
pub mod products;
pub mod proxies;
pub mod quote;
pub mod sandbox;
pub mod tour;
