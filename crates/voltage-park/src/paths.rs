//! The paths, with exactly the slashes the API wants: a wrong one answers with a redirect that
//! nobody follows (contract §1.1, V-02).

use plumb_kind::RequestPath;

/// A path below `/api/v1`.
pub(crate) fn api<'s>(segments: impl IntoIterator<Item = &'s str>) -> RequestPath {
    segments.into_iter().fold(RequestPath::of(["api", "v1"]), RequestPath::then)
}

/// A collection that ends in a slash: `/api/v1/storage/`.
pub(crate) fn slashed(collection: &str) -> RequestPath {
    api([collection]).slash()
}

/// An object of a collection: `/api/v1/storage/{id}`.
pub(crate) fn item(collection: &str, id: &str) -> RequestPath {
    api([collection, id])
}
