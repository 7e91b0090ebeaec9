//! The steps from `openapi/<vendor>.yaml` to what is generated from it, as modules that `build.rs`,
//! `xtask` and the tests of the rules include as source.
//!
//! [`yaml`] reads a file with its lines, [`spec`] gives access to it, [`rules`] checks it
//! ([`conditions`] are a part of that), [`table`] computes the operation table, [`render`] writes
//! that table as Rust, and [`fixups`] adapts the spec to the generator. The generator itself
//! (`client.rs`) needs progenitor and is included separately.

pub mod conditions;
pub mod diagnostic;
pub mod fixups;
pub mod render;
pub mod rules;
pub mod spec;
pub mod table;
pub mod yaml;
