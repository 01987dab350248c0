//! Until when a key is accepted: the list of the keys of the user whose key it is says it (api §1.4, §6.2,
//!

use crate::{account, paths, user_keys};
use jiff::Timestamp;
use plumb_kind::{KeyEnd, Request};
use plumb_model::text::Secret;
use plumb_model::{Body, RemoteId};

/// How to ask: who it is, then what keys there are.
pub(crate) fn end() -> KeyEnd {
    let request = account::identification().request;
    KeyEnd { request, holder: user_keys::holder, list, read }
}

/// The list of the user's keys (api §6.2).
fn list(profile: &Body) -> Option<Request> {
    let user = profile.pointer("/account/id")?.as_str()?.parse::<RemoteId>().ok()?;
    Some(Request::get(paths::auth_call("users", &user, "apikeys")))
}

/// When the key ends, of which lists show the beginning alone: `ra2.<id>` of `ra2.<id>.<secret>`.
fn read(keys: &Body, key: &Secret) -> Option<Timestamp> {
    let (beginning, _) = key.expose().rsplit_once('.')?;
    let is_it = |item: &&Body| item.get("key").and_then(Body::as_str) == Some(beginning);
    keys.as_array()?.iter().find(is_it)?.get("expires_at")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::body;

    #[test]
    fn a_key_is_found_by_its_beginning() {
        let profile = body!({"account": {"id": "u7u7u7u", "username": "ann@example.com"}});
        let request = list(&profile).unwrap();
        assert_eq!(request.summary(), "GET /auth/v1/users/u7u7u7u/apikeys/");
        for odd in [body!(null), body!({"account": {"id": ".."}}), body!({"account": {}})] {
            assert_eq!(list(&odd), None);
        }
        let item = |key: &str, at: Body| body!({"id": "k", "key": key, "expires_at": at});
        let keys = body!([
            (item("ra2.other", "2026-01-01T00:00:00Z".into())),
            (item("ra2.mine", "2026-12-05T10:00:00Z".into())),
            (item("ra2.endless", Body::Null)),
        ]);
        let end = |key: &str| read(&keys, &Secret::new(key)).map(|at| at.to_string());
        assert_eq!(end("ra2.mine.secret").as_deref(), Some("2026-12-05T10:00:00Z"));
        for none in ["ra2.endless.secret", "ra2.unknown.secret", "plain", ""] {
            assert_eq!(end(none), None, "{none}");
        }
        assert_eq!(read(&body!({"keys": []}), &Secret::new("ra2.mine.secret")), None);
    }
}
