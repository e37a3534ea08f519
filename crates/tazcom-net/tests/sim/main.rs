//! Whole endpoints over an emulated network, in virtual time: what loss, delay, partitions and
//! power cuts do to sessions. Every run depends on one seed, which a failure prints.

mod carrying;
mod clones;
mod cuts;
mod dials;
mod lab;
mod plain;
mod transport;
