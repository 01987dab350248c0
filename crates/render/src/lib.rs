//! plumb-render.
