//! Tests of the Voltage Park half.

mod access;
mod billing;
mod faults;
mod knobs;
mod lists;
mod machines;
mod manners;
mod park;
mod rentals;
mod seed_document;
mod speed;
mod state;
mod storage;
mod validation;
