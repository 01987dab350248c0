//! What the controller tells of the past: events of instances and services, and how much of them and of
//! their profiles was used (api §9, R-61, R-104). A partner's key sees all organizations, any other its
//! own.

use crate::paas::PAGED;
use plumb_kind::{
    Between, Collection, CollectionId, Counts, Envelope, Request, RequestPath, Section, Snapshot,
};
use plumb_model::text::ServerText;
use plumb_model::{Body, Scope};

/// What is told of, as paths spell it.
const KINDS: [&str; 2] = ["compute", "service"];
const EVENTS: Envelope = list(&["/events"]);
const BY_INSTANCE: Envelope = list(&["/instance_usage_data"]);
const BY_PROFILE: Envelope = list(&["/profile_usage_data"]);

const fn list(items: &'static [&'static str]) -> Envelope {
    Envelope { items, total: &["/count"], counts: Counts::Something, limit: &["/limit"] }
}

/// What happened, the newest last.
pub(crate) fn events(between: Between) -> Vec<Section> {
    let base = ["apis", "dashboard.envmgmt.io", "v1", "events", "paas", "partner", "kind"];
    let of = |kind: &&str| {
        let path = RequestPath::of(base).then(kind).then("instance");
        let request = Request::get(path).with("orderby", "created_at").with("order", "asc");
        collection(&format!("events {kind}"), request, EVENTS, between)
    };
    vec![Section {
        title: "Events",
        collections: KINDS.iter().map(of).collect(),
        columns: &["AT", "KIND", "PROJECT", "WORKSPACE", "NAME", "STATUS", "MESSAGE"],
        rows: |snapshot| {
            let fields = [
                "created_at",
                "kind",
                "project",
                "workspace",
                "instance_name",
                "status",
                "message",
            ];
            let mut rows = rows(snapshot, &KINDS.map(|kind| format!("events {kind}")), &fields)?;
            rows.sort_by(|one, other| one[0].raw().cmp(other[0].raw()));
            Some(rows)
        },
    }]
}

/// How much was used, by instance and by profile.
pub(crate) fn usage(between: Between) -> Vec<Section> {
    let base = |what: &str| {
        let base = ["apis", "billing.envmgmt.io", "v1", "metrics", "partner"];
        RequestPath::of(base).then(what).then("kind")
    };
    let of = |kind: &&str| {
        let request = Request::get(base("instance").then(kind).then("usage"));
        collection(&format!("usage {kind}"), request, BY_INSTANCE, between)
    };
    let profiles = Request::get(base("profile").then("compute").then("usage"));
    vec![
        Section {
            title: "Usage by instance",
            collections: KINDS.iter().map(of).collect(),
            columns: &["PROJECT", "NAME", "PROFILE", "FROM", "TO", "HOURS"],
            rows: |snapshot| {
                let fields = [
                    "instance_project_name",
                    "instance_name",
                    "profile_name",
                    "start_time",
                    "end_time",
                    "raw_usage",
                ];
                rows(snapshot, &KINDS.map(|kind| format!("usage {kind}")), &fields)
            },
        },
        Section {
            title: "Usage by profile",
            collections: vec![collection("usage profiles", profiles, BY_PROFILE, between)],
            columns: &["PROFILE", "HOURS"],
            rows: |snapshot| {
                rows(snapshot, &["usage profiles".to_owned()], &["profile_name", "raw_usage"])
            },
        },
    ]
}

fn collection(name: &str, request: Request, envelope: Envelope, between: Between) -> Collection {
    Collection {
        id: id(name),
        kind: None,
        scope: Scope::Global,
        request: request
            .with("range_from", between.from.to_string())
            .with("range_to", between.to.to_string()),
        paging: PAGED,
        envelope,
        // Usage has no id: one instance may be told of several times.
        identity: &["/id"],
        otherwise: Vec::new(),
    }
}

fn id(name: &str) -> CollectionId {
    CollectionId(format!("{} {name}", crate::NAME))
}

/// The fields of all items of some lists; `None` when one of them could not be read.
fn rows(snapshot: &Snapshot, lists: &[String], fields: &[&str]) -> Option<Vec<Vec<ServerText>>> {
    let mut rows = Vec::new();
    for list in lists {
        let items = snapshot.items(&id(list))?;
        rows.extend(
            items
                .iter()
                .map(|item| fields.iter().map(|field| text(item.get(field))).collect::<Vec<_>>()),
        );
    }
    Some(rows)
}

fn text(value: Option<&Body>) -> ServerText {
    match value {
        Some(Body::Text(text)) => ServerText::new(text),
        Some(Body::Number(number)) => ServerText::new(&number.to_string()),
        _ => ServerText::default(),
    }
}
