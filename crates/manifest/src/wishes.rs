//! plumb's own annotations: what the manifest wishes of plumb, taken off before anything is sent.

use crate::hint;
use crate::scalar::quoted;
use crate::tree::{Content, NodeId, Tree};
use crate::validate::MOST_FINDINGS;
use plumb_kind::export::OWN_PREFIX;
use plumb_model::finding::nearest;
use plumb_model::resource::ReplaceWish;
use plumb_model::text::escape;
use plumb_model::{Code, FieldPath, Finding, Power, Wishes};
use std::time::Duration;

/// One annotation: its name, the pattern of its value, and what it does, for the schemas.
pub(crate) struct Annotation {
    pub(crate) name: &'static str,
    pub(crate) pattern: &'static str,
    pub(crate) description: &'static str,
    read: fn(&mut Wishes, &str) -> Result<(), String>,
}

const TRUTH: &str = "^(true|false)$";

/// All annotations plumb knows.
pub(crate) const ANNOTATIONS: [Annotation; 11] = [
    Annotation {
        name: "plumb.dev/depends-on",
        pattern: "^.+$",
        description: "Resources that come first: Kind/name or Kind/project/workspace/name, with \
                      commas between them.",
        read: |wishes, text| {
            wishes.depends_on = list(text)?;
            Ok(())
        },
    },
    Annotation {
        name: "plumb.dev/prevent-destroy",
        pattern: TRUTH,
        description: "\"true\": it is neither deleted nor replaced.",
        read: |wishes, text| truth(text).map(|truth| wishes.prevent_destroy = truth),
    },
    Annotation {
        name: "plumb.dev/replace",
        pattern: "^(never|allowed)$",
        description: "Whether it may be deleted and made again when a fixed field changes.",
        read: |wishes, text| {
            wishes.replace = Some(match text {
                "never" => ReplaceWish::Never,
                "allowed" => ReplaceWish::Allowed,
                _ => return Err("expected never or allowed".to_owned()),
            });
            Ok(())
        },
    },
    Annotation {
        name: "plumb.dev/adopt",
        pattern: TRUTH,
        description: "\"true\": a live object of this name is taken over although it differs.",
        read: |wishes, text| truth(text).map(|truth| wishes.adopt = truth),
    },
    Annotation {
        name: "plumb.dev/remote-id",
        pattern: "^[A-Za-z0-9._-]{1,128}$",
        description: "The id of the live object this is.",
        read: |wishes, text| {
            wishes.remote_id = Some(text.parse().map_err(|error| format!("{error}"))?);
            Ok(())
        },
    },
    Annotation {
        name: "plumb.dev/moved-from",
        pattern: "^.+$",
        description: "The name it had in the manifests before: it is renamed, and not made again.",
        read: |wishes, text| {
            wishes.moved_from = Some(text.to_owned());
            Ok(())
        },
    },
    Annotation {
        name: "plumb.dev/ignore",
        pattern: "^.+$",
        description: "Fields that are left alone, with commas between them: \
                      spec.variables[Security Policies].",
        read: |wishes, text| {
            wishes.ignore = list(text)?;
            Ok(())
        },
    },
    Annotation {
        name: "plumb.dev/power",
        pattern: "^(on|off)$",
        description: "Whether an instance is switched on.",
        read: |wishes, text| {
            wishes.power = Some(match text {
                "on" => Power::On,
                "off" => Power::Off,
                _ => return Err("expected on or off".to_owned()),
            });
            Ok(())
        },
    },
    Annotation {
        name: "plumb.dev/time-to-live",
        pattern: "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
        description: "How long after it was made it is deleted, and not made again: 72h, at most 366 days. \
                      It needs no prune.",
        read: |wishes, text| {
            const LONGEST: Duration = Duration::from_hours(366 * 24);
            wishes.time_to_live = Some(duration(text, (LONGEST, "366 days"))?);
            Ok(())
        },
    },
    Annotation {
        name: "plumb.dev/expires",
        pattern: "^.+$",
        description: "When it is deleted, and not made again: 2026-12-24T18:00:00Z. It needs no prune.",
        read: |wishes, text| {
            let moment = "expected a moment with its offset, like 2026-12-24T18:00:00Z";
            wishes.expires = Some(text.parse().map_err(|_| moment.to_owned())?);
            Ok(())
        },
    },
    Annotation {
        name: "plumb.dev/timeout",
        pattern: "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
        description: "How long one action may take before it counts as pending: 90m, 1h30m, 45s.",
        read: |wishes, text| {
            wishes.timeout = Some(duration(text, A_MONTH)?);
            Ok(())
        },
    },
];

/// What was found of plumb's own in a document's metadata.
#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) wishes: Wishes,
    /// Key nodes of fields to take off, sorted.
    pub(crate) keys: Vec<NodeId>,
    pub(crate) findings: Vec<Finding>,
}

/// Reads plumb's annotations off a document.
pub(crate) fn read(tree: &Tree, root: NodeId) -> Own {
    let mut own = Own::default();
    let Some(metadata) = tree.get(root, "metadata") else { return own };
    if let Some((key, annotations)) = tree.field(metadata, "annotations") {
        let mut others = tree.fields(annotations).count();
        for (key, value) in tree.fields(annotations) {
            let name = tree.key_text(key).unwrap_or_default();
            if name.starts_with(OWN_PREFIX) {
                own.keys.push(key);
                others -= 1;
                let path = FieldPath::root().key("metadata").key("annotations").key(name);
                if let Err(finding) = annotation(tree, key, value, &mut own.wishes) {
                    own.tell(|| finding.field(path));
                }
            }
        }
        if others == 0 && !own.keys.is_empty() {
            own.keys.push(key);
        }
    }
    if let Some(labels) = tree.get(metadata, "labels") {
        for (key, _) in tree.fields(labels) {
            let name = tree.key_text(key).unwrap_or_default();
            if name.starts_with(OWN_PREFIX) {
                own.keys.push(key);
                own.tell(|| {
                    let message = format!("the label {} is plumb's own to set", escape(name));
                    let help = "remove it; what plumb is told stands in annotations";
                    let finding = Finding::error(Code::BAD_ANNOTATION, message).help(help);
                    let path = FieldPath::root().key("metadata").key("labels").key(name);
                    finding.at(tree.span(key)).field(path)
                });
            }
        }
    }
    let Wishes { prevent_destroy, time_to_live, expires, .. } = &own.wishes;
    if *prevent_destroy && (time_to_live.is_some() || expires.is_some()) {
        let message = "it cannot be kept from being deleted and have a time at which it is deleted";
        let help =
            "take out plumb.dev/prevent-destroy, or plumb.dev/time-to-live and plumb.dev/expires";
        let finding = Finding::error(Code::BAD_ANNOTATION, message).help(help);
        own.tell(|| finding.at(tree.head(metadata)));
    }
    own.keys.sort_unstable();
    own
}

impl Own {
    fn tell(&mut self, finding: impl FnOnce() -> Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding());
        }
    }
}

fn annotation(tree: &Tree, key: NodeId, value: NodeId, wishes: &mut Wishes) -> Result<(), Finding> {
    let name = tree.key_text(key).unwrap_or_default();
    let refuse = |message: String| Finding::error(Code::BAD_ANNOTATION, message);
    let Some(known) = ANNOTATIONS.iter().find(|known| known.name == name) else {
        let finding = refuse(format!("there is no annotation {}", escape(name)));
        let finding = finding.at(tree.span(key));
        return Err(match nearest(name, ANNOTATIONS.iter().map(|known| known.name)) {
            Some(meant) => finding.help(format!("did you mean {meant}?")),
            None => finding,
        });
    };
    let place = tree.place(Some(key), value);
    match (tree.text(value), tree.content(value)) {
        (Some(text), _) => (known.read)(wishes, text).map_err(|why| {
            let shown = hint::brief(tree, value);
            refuse(format!("{name} cannot be {shown}: {why}")).at(place)
        }),
        (None, Content::Truth(_) | Content::Number(_)) => {
            let help =
                format!("put it in quotes: {}", quoted(&hint::first_line(tree.written(value))));
            Err(refuse(format!("{name} must be text")).at(place).help(help))
        }
        (None, _) => {
            let found = hint::found(tree, value);
            Err(refuse(format!("{name} must be text, and is {found}")).at(place))
        }
    }
}

/// What stands between commas.
fn list<T>(text: &str) -> Result<Vec<T>, String>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    /// More than a person would write.
    const MOST: usize = 1_000;
    let read: Result<Vec<T>, _> = parts(text).take(MOST + 1).map(str::parse).collect();
    match read {
        Ok(read) if read.len() > MOST => Err("it names more than 1,000".to_owned()),
        Ok(read) if read.is_empty() => Err("it names nothing".to_owned()),
        Ok(read) => Ok(read),
        Err(error) => Err(error.to_string()),
    }
}

/// The parts between commas. A comma in brackets or quotes is part of a name.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut in_quotes) = (0_u32, false);
    let separates = move |character: char| {
        match character {
            '"' => in_quotes = !in_quotes,
            '[' if !in_quotes => depth += 1,
            ']' if !in_quotes => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0 && !in_quotes
    };
    text.split(separates).map(str::trim).filter(|part| !part.is_empty())
}

fn truth(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("expected \"true\" or \"false\"".to_owned()),
    }
}

/// The longest that plumb waits for anything, and how that is said.
pub(crate) const A_MONTH: (Duration, &str) = (Duration::from_hours(30 * 24), "30 days");

/// A span of time, such as `1h30m`, up to one that is given with how it is said.
pub(crate) fn duration(text: &str, (longest, said): (Duration, &str)) -> Result<Duration, String> {
    match plumb_model::duration::read(text) {
        None => Err("expected a duration like 90m, 1h30m or 45s".to_owned()),
        Some(Duration::ZERO) => Err("it must be longer than nothing".to_owned()),
        Some(span) if span > longest => Err(format!("it may be at most {said}")),
        Some(span) => Ok(span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        for (text, seconds) in [("90m", 5400), ("1h30m", 5400), ("45s", 45), ("2h5s", 7205)] {
            assert_eq!(duration(text, A_MONTH), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "90", "m", "1m1h", "0s", "-1m", "99999h", "1d", "1.5h", "+1m", "1m "] {
            assert!(duration(wrong, A_MONTH).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_split_at_commas_outside_brackets() {
        let parts: Vec<&str> = parts("a[x, y].b , metadata.labels[\"c,]d\"],, e").collect();
        assert_eq!(parts, ["a[x, y].b", "metadata.labels[\"c,]d\"]", "e"]);
    }
}
