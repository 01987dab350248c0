//! Keys of users: whose the one in use is, making, listing and deleting them (api §1.4, §6.2, R-52,
//!

use crate::sent::name_of;
use crate::{collections, paths};
use jiff::Timestamp;
use plumb_kind::collection::first_of;
use plumb_kind::{
    Collection, CollectionId, Counts, Effect, Envelope, HeldRole, HolderSort, KeyHolder, ListedKey,
    Lookup, MadeKey, Method, NewKey, Paging, Request, RequestPath, Snapshot, UserKeys, Validity,
};
use plumb_model::text::{Secret, ServerText};
use plumb_model::{Body, RemoteId, Scope, body};

/// The keys of a controller's users.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys;

/// The list is an array by itself (api §6.2).
const KEYS: Envelope =
    Envelope { items: &["", "/items"], total: &[], counts: Counts::Something, limit: &[] };

impl UserKeys for Keys {
    fn holders(&self) -> Collection {
        Collection { kind: None, ..collections::users() }
    }

    fn holder(&self, snapshot: &Snapshot, name: &str) -> Lookup<KeyHolder> {
        let names = ["/account/username", "/username"];
        Lookup::item(snapshot, &collections::users(), &names, name).and_then(|item| {
            let found = holder(item).or_else(|| of_account(item, &Body::Null));
            found.map_or_else(
                || Lookup::Hidden("the list has the user without an id".to_owned()),
                Lookup::Found,
            )
        })
    }

    fn keys(&self, holder: &RemoteId) -> Collection {
        let path = paths::auth_call("users", holder, "apikeys");
        Collection {
            id: CollectionId(format!("{} {path}", crate::NAME)),
            kind: None,
            scope: Scope::Global,
            request: Request::get(path),
            paging: Paging::None,
            envelope: KEYS,
            identity: &["/id"],
            otherwise: Vec::new(),
        }
    }

    fn read(&self, item: &Body) -> Option<ListedKey> {
        let text = |name: &str| item.get(name).and_then(Body::as_str).unwrap_or_default();
        let id = text("id").parse().ok()?;
        // A list that has more of the key than it should is not believed to be shown.
        let beginning = match text("key").split('.').collect::<Vec<&str>>().as_slice() {
            [kind, id, ..] => format!("{kind}.{id}"),
            _ => String::new(),
        };
        let (name, beginning) = (ServerText::new(text("name")), ServerText::new(&beginning));
        Some(ListedKey { id, name, beginning, ends: ends(item) })
    }

    /// No hours mean the organization's default, or the user's.
    fn create(&self, holder: &RemoteId, key: &NewKey<'_>) -> Request {
        let (endless, hours) = match key.validity {
            Validity::Usual => (false, 0),
            Validity::Hours(hours) => (false, hours),
            Validity::Endless => (true, 0),
        };
        let body = body!({"name": key.name, "never_expire": endless, "validity_hour": hours});
        let path = paths::auth_call("users", holder, "apikey");
        Request::write(Method::Post, path, Effect::Create).json(body)
    }

    /// The whole key is `ra2.<id>.<secret>`: `key` has all of it, or the beginning with the rest in
    /// `secret`.
    fn made(&self, answer: &Body) -> MadeKey {
        let text = |name: &str| answer.get(name).and_then(Body::as_str).filter(|it| !it.is_empty());
        let secret = match (text("key"), text("secret")) {
            (Some(key), _) if key.matches('.').count() >= 2 => Some(Secret::new(key)),
            (Some(key), Some(secret)) => Some(Secret::new(format!("{key}.{secret}"))),
            (_, _) => None,
        };
        let id = text("id").and_then(|id| id.parse().ok());
        MadeKey { id, secret, ends: ends(answer) }
    }

    fn delete(&self, key: &RemoteId) -> Request {
        let path = RequestPath::of(["auth", "v1", "apikeys", key.as_str()]).slash();
        Request::write(Method::Delete, path, Effect::Delete)
    }
}

fn ends(item: &Body) -> Option<Timestamp> {
    item.get("expires_at")?.as_str()?.parse().ok()
}

/// Whose a key is, by the profile of who asks.
pub(crate) fn holder(profile: &Body) -> Option<KeyHolder> {
    of_account(profile.get("account")?, profile)
}

fn of_account(account: &Body, profile: &Body) -> Option<KeyHolder> {
    let text = |name: &str| account.get(name).and_then(Body::as_str);
    let sort = match text("user_type") {
        Some("API") => HolderSort::Machine,
        Some("CONSOLE") => HolderSort::Person,
        _ => HolderSort::Unknown,
    };
    let roles = profile.get("roles").and_then(Body::as_array).unwrap_or_default();
    Some(KeyHolder {
        id: text("id")?.parse().ok()?,
        name: ServerText::new(text("username")?),
        sort,
        roles: roles.iter().filter_map(role).collect(),
    })
}

fn role(item: &Body) -> Option<HeldRole> {
    let name = |at: &str| first_of(item, &[at]).and_then(name_of).map(ServerText::new);
    Some(HeldRole { role: name("/role")?, project: name("/project"), group: name("/group") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> RemoteId {
        "u7u7u7u".parse().unwrap()
    }

    #[test]
    fn a_key_is_made_for_as_long_as_is_said() {
        for (validity, endless, hours) in [
            (Validity::Usual, false, 0),
            (Validity::Hours(12), false, 12),
            (Validity::Endless, true, 0),
        ] {
            let request = Keys.create(&user(), &NewKey { name: "ci", validity });
            assert_eq!(request.summary(), "POST /auth/v1/users/u7u7u7u/apikey/");
            let expected = body!({"name": "ci", "never_expire": endless, "validity_hour": hours});
            assert_eq!(request.body, Some(expected));
            assert_eq!(request.effect, Effect::Create);
        }
        let request = Keys.delete(&"k1k1k1k".parse().unwrap());
        assert_eq!(request.summary(), "DELETE /auth/v1/apikeys/k1k1k1k/");
    }

    #[test]
    fn the_whole_key_is_taken_out_of_the_answer() {
        let made = |answer: Body| {
            let made = Keys.made(&answer);
            assert!(!format!("{made:?}").contains("canary"));
            made.secret.map(|secret| secret.expose().to_owned())
        };
        let whole = Some("ra2.k1.canary".to_owned());
        assert_eq!(made(body!({"id": "k1", "key": "ra2.k1.canary", "secret": "canary"})), whole);
        assert_eq!(made(body!({"id": "k1", "key": "ra2.k1", "secret": "canary"})), whole);
        assert_eq!(made(body!({"id": "k1", "key": "ra2.k1"})), None);
        assert_eq!(made(body!(null)), None);
    }

    #[test]
    fn lists_show_the_beginning_of_a_key_alone() {
        let item = |key: &str| body!({"id": "k1", "name": "ci", "key": key, "expires_at": null});
        for key in ["ra2.k1", "ra2.k1.canary"] {
            let read = Keys.read(&item(key)).unwrap();
            assert_eq!((read.beginning.to_string().as_str(), read.ends), ("ra2.k1", None));
        }
        let ends = body!({"id": "k1", "expires_at": "2026-12-05T10:00:00Z"});
        assert_eq!(Keys.read(&ends).unwrap().ends.unwrap().to_string(), "2026-12-05T10:00:00Z");
        assert_eq!(Keys.read(&body!({"id": ".."})), None);
        assert_eq!(Keys.keys(&user()).request.summary(), "GET /auth/v1/users/u7u7u7u/apikeys/");
    }

    #[test]
    fn a_profile_says_who_uses_the_key_and_what_for() {
        let profile = body!({
            "account": {"id": "u7u7u7u", "username": "bot@a.b", "user_type": "API"},
            "roles": [
                {"project": {"name": "ml"}, "role": {"name": "PROJECT_ADMIN"}, "group": null},
                {"project": null, "role": {"name": "ADMIN"}, "group": {"name": "admins"}},
                {"project": "ml"},
            ],
        });
        let found = holder(&profile).unwrap();
        assert_eq!((found.name.to_string().as_str(), found.sort), ("bot@a.b", HolderSort::Machine));
        let roles: Vec<String> = found
            .roles
            .iter()
            .map(|it| format!("{} {:?} {:?}", it.role, it.project, it.group))
            .collect();
        assert_eq!(roles.len(), 2, "{roles:?}");
        assert!(roles[0].starts_with("PROJECT_ADMIN Some"), "{roles:?}");
        let person = body!({"account": {"id": "u", "username": "a@b", "user_type": "CONSOLE"}});
        assert_eq!(holder(&person).unwrap().sort, HolderSort::Person);
        for odd in [body!(null), body!({"account": {"id": "u"}}), body!({"account": {}})] {
            assert_eq!(holder(&odd), None);
        }
    }
}
