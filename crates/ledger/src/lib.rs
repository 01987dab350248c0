//! plumb-ledger.
