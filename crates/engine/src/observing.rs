//! Looking at the clouds: lists, single objects, and which of them is which resource.

pub(crate) mod account;
pub(crate) mod bills;
pub(crate) mod evidence;
pub(crate) mod identity;
pub(crate) mod look;
pub(crate) mod observe;
pub(crate) mod poller;
pub(crate) mod survey;
