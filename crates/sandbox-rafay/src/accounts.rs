//! Accounts of users, as answers show them.

use schemars::JsonSchema;
use serde::Serialize;

use super::answers::Id;
use super::bodies::UserType;
use super::directory::User;
use plumb_sandbox::time::Timestamp;

/// An account without its password, which is never shown.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Account<'a> {
    id: Id<'a>,
    username: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    user_type: UserType,
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
    /// In the profile of the one who asks.
    #[serde(flatten)]
    more: Option<AccountOfProfile>,
}

/// What the profile of the one who asks says of the account besides (contract 5.2).
#[derive(Debug, Serialize, JsonSchema)]
struct AccountOfProfile {
    #[serde(rename = "createdAt")]
    created_at: Timestamp,
    #[serde(rename = "modifiedAt")]
    modified_at: Timestamp,
    last_login: Option<Timestamp>,
    #[serde(rename = "emailVerified")]
    email_verified: bool,
    is_sso: bool,
}

impl<'a> Account<'a> {
    /// An account as its making answers it.
    pub(crate) fn of(user: &'a User) -> Self {
        Account {
            id: (&user.id).into(),
            username: &user.username,
            first_name: &user.first_name,
            last_name: &user.last_name,
            phone: user.phone.as_deref(),
            user_type: user.user_type,
            active: None,
            more: None,
        }
    }

    /// The account of the one who asks, as the profile shows it.
    pub(crate) fn of_profile(user: &'a User) -> Self {
        let (created_at, modified_at) = (user.created_at, user.created_at);
        let (last_login, email_verified, is_sso) = (None, true, false);
        let more = AccountOfProfile { created_at, modified_at, last_login, email_verified, is_sso };
        Account { more: Some(more), ..Account::of(user) }
    }

    /// An account as lists show it.
    pub(crate) fn listed(user: &'a User) -> Self {
        Account { active: Some(true), ..Account::of(user) }
    }
}
