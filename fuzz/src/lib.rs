//! Fuzz targets for everything that reads bytes of others. They are the tests of this package.
//!
//! `cargo test -p proxy-orders-fuzz` runs the inputs in `tests/corpus` and some random ones, always
//! the same with `BOLERO_RANDOM_SEED` set. `cargo bolero test -p proxy-orders-fuzz NAME` looks for
//! new ones for as long as it is left running, guided by coverage.
