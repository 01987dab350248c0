//! Whose a key is: the organization it is scoped to (contract §1.2, §2.8, V-70).

use crate::paths;
use plumb_kind::{Identification, Request};
use plumb_model::{Account, Body};

/// How to ask.
pub(crate) fn identification() -> Identification {
    Identification { request: Request::get(paths::api(["organization"])), read }
}

fn read(answer: &Body) -> Option<Account> {
    let text = |field: &str| answer.get(field)?.as_str();
    Account::new(text("id"), text("name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::body;

    #[test]
    fn an_organization_says_whose_a_key_is() {
        assert_eq!(identification().request.summary(), "GET /api/v1/organization");
        let answer = body!({
            "id": "3f1c9a50-0000-4000-8000-000000000001", "name": "acme",
            "billing_notification_target_emails": ["bills@example.com"],
        });
        let account = read(&answer).unwrap();
        assert_eq!(account.id, "3f1c9a50-0000-4000-8000-000000000001");
        assert_eq!(account.name.raw(), "acme");
        for odd in [body!(null), body!({"name": "acme"}), body!([{"id": "x"}]), body!({"id": 7})] {
            assert_eq!(read(&odd), None);
        }
    }
}
