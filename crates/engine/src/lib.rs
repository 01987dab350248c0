//! plumb-engine.
