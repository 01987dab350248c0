//! Who runs something: what the lock of a ledger, its history and its messages say alike. Where the
//! parts come from is the command line's business.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Names a run: its start and a few random digits.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Who runs something, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user, or whom the CI job acts for.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The run.
    pub run: RunId,
    /// The CI run's page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `user@host`, and the page.
impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, run: _, url } = self;
        write!(formatter, "{user}@{host}")?;
        url.as_ref().map_or(Ok(()), |url| write!(formatter, " ({url})"))
    }
}

/// Reads a holder among the fields of a run's head, also as journals held it before it had parts:
/// as the text that is displayed.
pub(crate) fn read<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Holder, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Parts(Holder),
        Text { run: RunId, who: String },
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Parts(holder) => holder,
        Written::Text { run, who } => of_text(&who, run),
    })
}

fn of_text(text: &str, run: RunId) -> Holder {
    let (name, url) = match text.strip_suffix(')').and_then(|text| text.split_once(" (")) {
        Some((name, url)) => (name, Some(url.to_owned())),
        None => (text, None),
    };
    let (user, host) = name.split_once('@').unwrap_or((name, "unknown"));
    Holder { user: user.to_owned(), host: host.to_owned(), run, url }
}

#[cfg(test)]
mod tests {
    use crate::ledger::RunHead;
    use serde_json::json;

    #[test]
    fn a_holder_is_read_as_it_is_written_and_as_it_was_written() {
        let page = "https://ci.example/runs/7";
        for (who, user, host, url) in [
            ("ann@ci", "ann", "ci", None),
            ("ann@ci (https://ci.example/runs/7)", "ann", "ci", Some(page)),
            ("ann", "ann", "unknown", None),
        ] {
            let rest = json!({"at": "2026-01-01T00:00:00Z", "command": "apply",
                              "commit": null, "plan": null, "run": "r1"});
            let mut old = rest.clone();
            old["who"] = json!(who);
            let head: RunHead = serde_json::from_value(old).unwrap();
            let holder = &head.who;
            assert_eq!((&*holder.user, &*holder.host, &*holder.run.0), (user, host, "r1"));
            assert_eq!(holder.url.as_deref(), url);
            let written = serde_json::to_value(&head).unwrap();
            assert_eq!((&written["user"], &written["run"]), (&json!(user), &json!("r1")));
            assert_eq!(serde_json::from_value::<RunHead>(written).unwrap(), head);
            assert!(serde_json::from_value::<RunHead>(rest).is_err(), "nobody ran it");
        }
    }
}
