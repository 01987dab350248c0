//! Whose a key is: the organization of the user whose key it is (api §5.2, R-90).

use plumb_kind::collection::first_of;
use plumb_kind::{Identification, Request, RequestPath};
use plumb_model::{Account, Body};

/// Where the profile names the organization, by id. The client that reads the profile leaves open
/// what stands there.
const IDS: [&str; 4] =
    ["/organization/id", "/organization/metadata/id", "/account/organization_id", "/organization"];
const NAMES: [&str; 2] = ["/organization/name", "/organization/metadata/name"];

/// How to ask: the profile of whoever asks.
pub(crate) fn identification() -> Identification {
    let path = RequestPath::of(["auth", "v1", "users", "-", "profile"]);
    Identification { request: Request::get(path), read }
}

fn read(answer: &Body) -> Option<Account> {
    let text = |places: &[&str]| {
        let mut found = places.iter().filter_map(|place| first_of(answer, &[place]));
        found.find_map(Body::as_str)
    };
    Account::new(text(&IDS), text(&NAMES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::body;

    #[test]
    fn a_profile_says_whose_a_key_is() {
        assert_eq!(identification().request.summary(), "GET /auth/v1/users/-/profile");
        let account = body!({"id": "u7u7u7u", "username": "ann@example.com"});
        let organization = body!({"id": "d2y5kol", "name": "acme"});
        let profile = body!({"account": account, "organization": organization, "roles": []});
        assert_eq!(read(&profile).unwrap().to_string(), "\"acme\" (d2y5kol)");
        let short = body!({"account": {"id": "u7u7u7u"}, "organization": "d2y5kol"});
        assert_eq!(read(&short).unwrap().to_string(), "\"d2y5kol\"");
        // A user is not an account: a colleague's key is as good.
        for odd in [body!(null), body!({"account": {"id": "u7u7u7u"}, "organization": null})] {
            assert_eq!(read(&odd), None);
        }
    }
}
