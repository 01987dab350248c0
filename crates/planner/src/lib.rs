//! plumb-planner.
