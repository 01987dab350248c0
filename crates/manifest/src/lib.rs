//! plumb-manifest.
