//! plumb-rafay.
