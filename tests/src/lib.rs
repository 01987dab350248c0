//! Scenarios as data and their harness.
