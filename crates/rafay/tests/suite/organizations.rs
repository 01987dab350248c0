//! Organizations of a partner (docs/contracts/rafay.md §6.1, R-51, R-97).

use crate::common::{Known, change, entry, kind, resource};
use plumb_kind::{Reading, Request, Step, Surroundings};
use plumb_model::live::Completeness;
use plumb_model::plan::Shown;
use plumb_model::{Body, Desired, Live, LiveObject, Observation, Scope, body};

fn organization(spec: Body) -> Body {
    body!({"apiVersion": "auth/v1", "kind": "Organization", "metadata": {"name": "acme"},
        "spec": spec})
}

fn item() -> Body {
    body!({
        "id": "o7o7o7o", "name": "acme", "active": false, "approved": false, "city": "Bern",
        "partner_id": "p1", "partner": {"id": "p1"}, "is_default_org": false,
        "created_at": "2026-01-01T00:00:00Z", "modified_at": "2026-01-01T00:00:00Z",
        "published_workload_count": 3, "unheard_of": [1],
        "settings": {"currency": "USD", "paas_compute_disabled": false},
    })
}

fn live() -> LiveObject {
    kind("Organization").read(&item(), &Scope::Global).unwrap()
}

fn lines(requests: &[Request]) -> Vec<String> {
    requests.iter().map(Request::summary).collect()
}

fn bodies(requests: &[Request]) -> Vec<Body> {
    requests.iter().filter_map(|request| request.body.clone()).collect()
}

#[test]
fn signing_up_makes_one() {
    let owner = body!({"username": "a@b.c", "first_name": "A", "last_name": "B", "password": "s"});
    let document = organization(body!({"signUp": owner, "active": true}));
    let made = Known::default().requests(&document, Step::Create).unwrap();
    assert_eq!(lines(&made), ["POST /auth/v1/signup/organization/"]);
    let mut expected = owner;
    expected["organization_name"] = "acme".into();
    assert_eq!(bodies(&made), [expected]);
    let answers = [body!({"id": "o7o7o7o"}), body!({"organization": {"id": "o7o7o7o"}, "id": "x"})];
    for answer in answers {
        let id = kind("Organization").created_id(&answer).unwrap();
        assert_eq!(id.as_str(), "o7o7o7o");
    }
    let error = Known::default().requests(&organization(body!({})), Step::Create).unwrap_err();
    assert!(error.to_string().contains("spec.signUp.username"), "{error}");
}

#[test]
fn a_change_sends_the_whole_with_what_nobody_declares() {
    let spec =
        body!({"active": true, "approved": true, "settings": {"paas_compute_disabled": true}});
    let document = organization(spec);
    let mut known = Known { live: Some(live()), ..Known::default() };
    known.changes =
        vec![change("spec.active", Shown::Plain(false.into()), Shown::Plain(true.into()))];
    let changed = known.requests(&document, Step::Update).unwrap();
    assert_eq!(lines(&changed), ["PUT /auth/v1/organizations/o7o7o7o/"]);
    let expected = body!({
        "id": "o7o7o7o", "name": "acme", "active": true, "approved": true, "city": "Bern",
        "partner_id": "p1", "is_default_org": false, "unheard_of": [1],
        "settings": {"currency": "USD", "paas_compute_disabled": true},
    });
    assert_eq!(bodies(&changed), [expected]);
    // What is declared no more is left to the server.
    known.changes = vec![
        change("spec.city", Shown::Plain("Bern".into()), Shown::Absent),
        change("spec.settings.currency", Shown::Plain("USD".into()), Shown::Absent),
    ];
    let silent = organization(body!({}));
    let whole = bodies(&known.requests(&silent, Step::Update).unwrap()).remove(0);
    assert_eq!((whole.get("city"), whole["settings"].get("currency")), (None, None));
    assert_eq!(whole["unheard_of"], body!([1]));
    // Nothing is sent back that was not read.
    known.live = None;
    known.ids.insert(resource(silent.clone()).key, "o7o7o7o".parse().unwrap());
    assert!(known.requests(&silent, Step::Update).is_err());
}

#[test]
fn users_are_added_and_never_taken_out() {
    let user = |name: &str| body!({"username": name, "first_name": "A", "last_name": "B", "roles": ["ADMIN"]});
    let document = organization(body!({"users": [(user("a@b.c")), (user("d@e.f"))]}));
    let declared = resource(document.clone());
    let mut known = Known { live: Some(live()), ..Known::default() };
    let role =
        body!({"metadata": {"name": "ADMIN", "id": "r1"}, "spec": {"scope": "ORGANIZATION"}});
    for collection in kind("Organization").lookups(&declared) {
        known.snapshot.0.insert(collection.id, Reading::Items(vec![role.clone()]));
    }
    let before = body!([(user("a@b.c"))]);
    known.entry = Some(entry(&organization(body!({"users": before}))));
    let users = document["spec"]["users"].clone();
    known.changes =
        vec![change("spec.users", Shown::Plain(before.shown()), Shown::Plain(users.shown()))];
    let added = known.requests(&document, Step::Update).unwrap();
    assert_eq!(lines(&added), ["POST /auth/v1/organizations/o7o7o7o/adduser/"]);
    let role = body!({"id": "r1", "name": "ADMIN", "scope": "ORGANIZATION", "is_global": true});
    let account = body!({"username": "d@e.f", "first_name": "A", "last_name": "B"});
    let expected = body!({"account": account, "role": role, "roles": [{"role": role}]});
    assert_eq!(bodies(&added), [expected]);
    // One user less asks for nothing.
    known.entry = Some(entry(&document));
    known.changes =
        vec![change("spec.users", Shown::Plain(users.shown()), Shown::Plain(before.shown()))];
    let fewer = organization(body!({"users": before}));
    assert_eq!(known.requests(&fewer, Step::Update).unwrap(), []);
}

#[test]
fn one_that_is_listed_without_its_settings_is_read_alone() {
    let mut short = item();
    short.as_object_mut().unwrap().remove("settings");
    let kind = kind("Organization");
    let read = |item: &Body| kind.read(item, &Scope::Global).unwrap();
    assert_eq!(read(&short).completeness, Completeness::Thin);
    assert_eq!(read(&item()).completeness, Completeness::Full);
    let live = read(&item());
    let request = kind.item(&live.key, live.remote_id.as_ref()).unwrap();
    assert_eq!(request.summary(), "GET /auth/v1/organizations/o7o7o7o/");
    assert_eq!(live.body["spec"].get("partner_id"), None);
}

#[test]
fn nobody_who_signs_up_is_found_before_anything_is_sent() {
    let found = |spec: Body, seen: Observation| {
        let declared = resource(organization(spec));
        let mut live = Live::default();
        live.objects.insert(declared.key.clone(), seen);
        let (desired, known) = (Desired::default(), Known::default());
        let around = Surroundings::new(&desired, &live, &known.snapshot);
        let findings = kind("Organization").refine(&declared, &around).findings;
        findings.iter().map(|it| it.path.clone().unwrap().to_string()).collect::<Vec<_>>()
    };
    let there = || Observation::Present(Box::new(live()));
    assert_eq!(found(body!({}), there()), [""; 0]);
    assert_eq!(found(body!({}), Observation::Absent), ["spec.signUp"]);
    let half = body!({"signUp": {"username": "a@b.c"}});
    assert_eq!(found(half, Observation::Absent), ["spec.signUp.password"]);
}

#[test]
fn an_export_says_what_a_document_can_say() {
    let exported =
        Body::from(kind("Organization").export(&live(), &Known::default().snapshot).unwrap());
    let expected = organization(body!({"city": "Bern", "settings": {"currency": "USD"}}));
    assert_eq!(exported, expected);
    let mut default = item();
    default["is_default_org"] = true.into();
    let default = kind("Organization").read(&default, &Scope::Global).unwrap();
    assert!(kind("Organization").export(&default, &Known::default().snapshot).is_none());
}
