//! What the lists say that the bill was held against.

use super::*;
use plumb_kind::{
    CannotBuild, Collection, CollectionId, Context, Counts, Envelope, KindType, Paging, Reading,
    Request, RequestPath, Step,
};
use plumb_model::key::ScopeLevel;
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::rules::{Identity, KindRules};
use plumb_model::{Body, body};

/// A kind whose objects are texts.
#[derive(Debug)]
struct Texts(KindType);

fn texts() -> Texts {
    let rules = KindRules {
        identity: Identity::Id,
        create_safety: CreateSafety::AtMostOnce,
        ..KindRules::plain("toy/v1", "Text", ScopeLevel::Global)
    };
    let schema = schemars::json_schema!({"type": "string"});
    Texts(KindType { rules, summary: "a text", schema })
}

impl Kind for Texts {
    fn kind_type(&self) -> &KindType {
        &self.0
    }

    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        vec![Collection {
            id: CollectionId("texts".into()),
            kind: Some(self.rules().id.clone()),
            scope: scope.clone(),
            request: Request::get(RequestPath::of(["texts"])),
            paging: Paging::Single,
            envelope: Envelope { items: &[], total: &[], counts: Counts::Something, limit: &[] },
            identity: &[],
            otherwise: Vec::new(),
        }]
    }

    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        let name = item
            .as_str()
            .ok_or(NotReadable { what: ServerText::new("an item"), why: "it is no text".into() })?;
        let key = ResourceKey::new(self.rules().id.clone(), scope.clone(), name.to_owned());
        Ok(LiveObject {
            key,
            remote_id: None,
            body: item.clone(),
            status: LiveStatus::ready(),
            outputs: Body::Null,
            mark: None,
            uid: None,
            hourly: None,
            completeness: Completeness::Full,
        })
    }

    fn item(&self, _key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        None
    }

    fn requests(
        &self,
        _step: Step<'_>,
        _context: &Context<'_>,
    ) -> Result<Vec<Request>, CannotBuild> {
        Ok(Vec::new())
    }
}

#[test]
fn what_is_listed_and_cannot_be_read_may_be_what_is_looked_for() {
    let doubt = |items: Body| {
        let items = items.as_array().unwrap().to_vec();
        let readings = [(CollectionId("texts".into()), Reading::Items(items))];
        let audit = Audit { bill: Bill::Silent, snapshot: Snapshot(readings.into()) };
        audit.doubt(&texts(), |object| object.key.name == "it").map(|text| text.to_string())
    };
    assert_eq!(doubt(body!([])), None);
    assert_eq!(doubt(body!(["another"])), None);
    let seen = Some("it was not listed at first, and then it was".to_owned());
    assert_eq!(doubt(body!(["another", "it"])), seen);
    let unread = doubt(body!(["another", 7])).unwrap();
    assert!(unread.starts_with("something is listed that could be it"), "{unread}");
}
