//! Who may do what: groups and users, their roles and members, and what of them is in effect
//! (docs/contracts/rafay.md §5.2, §5.3, R-93 to R-95).

use crate::common::{Known, change, entry, kind, resource};
use plumb_kind::Provider as _;
use plumb_kind::{Collection, Reading, Request, Snapshot, Step, Surroundings};
use plumb_model::compare::{Comparison, Outcome, Sent};
use plumb_model::digest::HashKey;
use plumb_model::plan::Shown;
use plumb_model::rules::RuleSet;
use plumb_model::{
    Body, Desired, KindTable, Live, LiveObject, Observation, Refinement, Resource, Scope, body,
};
use plumb_rafay::RAFAY;
use std::collections::BTreeMap;

fn group(spec: Body) -> Body {
    body!({"apiVersion": "auth/v1", "kind": "Group", "metadata": {"name": "research"}, "spec": spec})
}

fn user(spec: Body) -> Body {
    let mut whole = body!({"user_type": "API"});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    body!({"apiVersion": "auth/v1", "kind": "User", "metadata": {"name": "bot@a.b"}, "spec": whole})
}

fn lines(requests: &[Request]) -> Vec<String> {
    let text = |body: &Body| body.shown().to_string();
    let line = |it: &Request| {
        format!("{} {}", it.summary(), it.body.as_ref().map(text).unwrap_or_default())
    };
    requests.iter().map(|request| line(request).trim_end().to_owned()).collect()
}

fn live_group(name: &str) -> LiveObject {
    let item = body!({"id": "g7g7g7g", "name": name, "description": "old", "type": "SYSTEM"});
    kind("Group").read(&item, &Scope::Global).unwrap()
}

fn live_user() -> LiveObject {
    let account = body!({"id": "u7u7u7u", "username": "bot@a.b", "user_type": "API"});
    kind("User").read(&body!({"account": account}), &Scope::Global).unwrap()
}

/// A list, as it was read, by the path of its request.
fn read(snapshot: &mut Snapshot, collections: &[Collection], at: &str, items: Vec<Body>) {
    let found = collections.iter().find(|it| it.request.path.as_str() == at);
    let found = found.unwrap_or_else(|| panic!("{at} is not asked for: {collections:?}"));
    snapshot.0.insert(found.id.clone(), Reading::Items(items));
}

/// What is listed for everybody: two roles of projects and one of the organization, two projects, two
/// users, one namespace.
fn listed(document: &Body) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let role = |name: &str, scope: &str| body!({"metadata": {"name": name, "id": format!("id{name}")}, "spec": {"scope": scope}});
    let declared = resource(document.clone());
    let mut asked = kind(&declared.key.kind.kind).lookups(&declared);
    asked.extend(kind(&declared.key.kind.kind).collections(&Scope::Global));
    let roles =
        vec![role("READER", "PROJECT"), role("NS", "PROJECT"), role("ADMIN", "ORGANIZATION")];
    read(&mut snapshot, &asked, "/apis/system.k8smgmt.io/v3/roles", roles);
    let projects = ["ml", "ops"].map(|name| body!({"name": name, "id": format!("id-{name}")}));
    read(&mut snapshot, &asked, "/auth/v1/projects/", projects.to_vec());
    let users = ["ann@a.b", "bob@a.b"]
        .map(|name| body!({"account": {"username": name, "id": name.replace("@a.b", "")}}));
    for (at, items) in [
        ("/auth/v1/users/", users.to_vec()),
        ("/auth/v1/groups/", vec![body!({"id": "g7g7g7g", "name": "research"})]),
        (
            "/apis/infra.k8smgmt.io/v3/projects/ml/namespaces",
            vec![body!({"metadata": {"name": "train", "id": "n1n1n1n"}})],
        ),
    ] {
        if asked.iter().any(|it| it.request.path.as_str() == at) {
            read(&mut snapshot, &asked, at, items);
        }
    }
    snapshot
}

fn known(document: &Body, live: LiveObject) -> Known {
    Known { live: Some(live), snapshot: listed(document), ..Known::default() }
}

/// What the live world adds to a document whose object is there, with what its own read answers.
fn refined(document: &Body, live: &LiveObject, answers: &[(&str, Body)]) -> Refinement {
    let declared = resource(document.clone());
    let mut snapshot = listed(document);
    let mut world = Live::default();
    world.objects.insert(declared.key.clone(), Observation::Present(Box::new(live.clone())));
    let desired = Desired::default();
    let kind = kind(&declared.key.kind.kind);
    let around = Surroundings::new(&desired, &world, &snapshot);
    let asked = kind.preflight(&declared, &around);
    for (at, answer) in answers {
        read(&mut snapshot, &asked, at, vec![answer.clone()]);
    }
    let around = Surroundings::new(&desired, &world, &snapshot);
    kind.refine(&declared, &around)
}

/// The comparison with a live object of which `answers` were read beside its list.
fn compared(
    declared: &Resource,
    live: &LiveObject,
    sent: &Body,
    answers: &[(&str, Body)],
) -> Outcome {
    let refinement = refined(&declared.body, live, answers);
    let mut live = live.clone();
    live.take_seen(&refinement.seen);
    let (sent, none) = (sent.clone().into(), BTreeMap::new());
    Comparison {
        declared: &declared.body,
        live: &live.body,
        sent: Some(Sent { body: &sent, hashes: &none, attempted: None }),
        rules: RuleSet::new(&kind(&declared.key.kind.kind).rules().fields, &refinement.rules),
        ignore: &[],
        hash_key: &HashKey::new(vec![7; 32]),
    }
    .run()
}

fn changed(outcome: &Outcome) -> Vec<String> {
    let line = |it: &plumb_model::compare::Difference| {
        let shown = |shown: &Shown| match shown {
            Shown::Plain(value) => value.to_string(),
            other => format!("{other:?}"),
        };
        format!("{} {} -> {}", it.path, shown(&it.before), shown(&it.after))
    };
    outcome.differences.iter().map(line).collect()
}

const GROUP_ROLES: &str = "/auth/v1/groups/g7g7g7g/projects/";

#[test]
fn a_group_is_made_changed_renamed_and_deleted() {
    let document = group(body!({"description": "new"}));
    let made = Known::default().requests(&document, Step::Create).unwrap();
    let whole = r#"{"description":"new","name":"research","type":"SYSTEM"}"#;
    assert_eq!(lines(&made), [format!("POST /auth/v1/groups/ {whole}")]);
    let id = kind("Group").created_id(&body!({"id": "g7g7g7g"})).unwrap();
    assert_eq!(id.as_str(), "g7g7g7g");
    let known = known(&document, live_group("research"));
    let put = format!("PUT /auth/v1/groups/g7g7g7g/ {whole}");
    assert_eq!(lines(&known.requests(&document, Step::Update).unwrap()), [put]);
    // Another name is a change of the whole, in which everything else stays.
    let renamed = self::known(&document, live_group("science"));
    let silent = group(body!({}));
    let put = r#"{"description":"old","name":"research","type":"SYSTEM"}"#;
    assert_eq!(
        lines(&renamed.requests(&silent, Step::Update).unwrap()),
        [format!("PUT /auth/v1/groups/g7g7g7g/ {put}")]
    );
    // A description that is declared no more is taken back; one that never was is left alone.
    let mut taken = self::known(&document, live_group("research"));
    assert_eq!(lines(&taken.requests(&silent, Step::Update).unwrap()), [""; 0]);
    taken.changes = vec![change("spec.description", Shown::Plain("old".into()), Shown::Absent)];
    let put = r#"{"description":"","name":"research","type":"SYSTEM"}"#;
    assert_eq!(
        lines(&taken.requests(&silent, Step::Update).unwrap()),
        [format!("PUT /auth/v1/groups/g7g7g7g/ {put}")]
    );
    let deleted = taken.requests(&document, Step::Delete).unwrap();
    assert_eq!(lines(&deleted), ["DELETE /auth/v1/groups/g7g7g7g/"]);
}

#[test]
fn each_role_of_a_group_is_given_and_taken_by_itself() {
    let roles = body!([
        {"project": "ml", "roles": ["READER"]},
        {"project": "ml", "roles": ["NS"], "namespaces": ["train"]},
    ]);
    let document = group(body!({"projectRoles": roles, "organizationRoles": ["ADMIN"]}));
    let mut known = known(&document, live_group("research"));
    known.changes = vec![
        change("spec.projectRoles", Shown::Absent, Shown::Plain(roles.shown())),
        change("spec.organizationRoles", Shown::Absent, Shown::Plain(body!(["ADMIN"]).shown())),
    ];
    let to = "POST /auth/v1/groups/g7g7g7g/assigntoproject/";
    let ml = r#""project":{"id":"id-ml","name":"ml"}"#;
    let limited = r#"[{"id":"idNS","name":"NS","namespace_id_list":["n1n1n1n"],"role_type":"BASE","scope":"PROJECT"}]"#;
    let reader = r#"[{"id":"idREADER","name":"READER","role_type":"BASE","scope":"PROJECT"}]"#;
    let admin = r#"[{"id":"idADMIN","name":"ADMIN","role_type":"BASE","scope":"ORGANIZATION"}]"#;
    assert_eq!(
        lines(&known.requests(&document, Step::Update).unwrap()),
        [
            format!(r#"{to} {{{ml},"roles":{limited}}}"#),
            format!(r#"{to} {{{ml},"roles":{reader}}}"#),
            format!(r#"{to} {{"roles":{admin}}}"#),
        ]
    );
    // One role less in the manifest: that role only.
    let fewer = body!([{"project": "ml", "roles": ["READER"]}]);
    let after = group(body!({"projectRoles": fewer, "organizationRoles": ["ADMIN"]}));
    known.entry = Some(entry(&document));
    known.changes =
        vec![change("spec.projectRoles", Shown::Plain(roles.shown()), Shown::Plain(fewer.shown()))];
    let from = "POST /auth/v1/groups/g7g7g7g/unassignfromproject/";
    assert_eq!(
        lines(&known.requests(&after, Step::Update).unwrap()),
        [format!(r#"{from} {{{ml},"roles":[{{"role":{{"id":"idNS","scope":"PROJECT"}}}}]}}"#)]
    );
    // A role of a project that is gone needs not be taken.
    known.changes = vec![change(
        "spec.projectRoles",
        Shown::Plain(body!([{"project": "gone", "roles": ["READER"]}]).shown()),
        Shown::Absent,
    )];
    let none = group(body!({}));
    assert_eq!(lines(&known.requests(&none, Step::Update).unwrap()), [""; 0]);
}

/// What the read of a group's roles answers (R-93): a custom role shows its base beside it.
fn roles_of_group() -> Body {
    let ml = body!({"id": "id-ml", "name": "ml"});
    body!([
        {"project": ml, "roles": [
            {"role": {"name": "READER"}},
            {"role": {"name": "NS"}, "namespace_id": "n1n1n1n"},
            {"role": {"name": "BASE"}, "namespace_id": "n2n2n2n"},
        ], "customRoles": [
            {"customRole": {"name": "OWN", "baseRoleName": "BASE"}, "namespaces": ["n2n2n2n"]},
        ]},
        {"project": null, "roles": [{"role": {"name": "ADMIN"}}]},
    ])
}

#[test]
fn access_of_a_group_that_drifted_is_seen_and_mended() {
    let roles = body!([
        {"project": "ml", "roles": ["READER", "NS"]},
        {"project": "ops", "roles": ["READER"]},
    ]);
    let document = group(body!({"projectRoles": roles, "organizationRoles": ["ADMIN"]}));
    let declared = resource(document.clone());
    let live = live_group("research");
    let answers = [(GROUP_ROLES, roles_of_group())];
    let outcome = compared(&declared, &live, &document, &answers);
    // NS is limited to a namespace there, and not here; the role in ops is gone.
    let drift = r#"spec.projectRoles [{"project":"ml","roles":["READER"]}] -> [{"project":"ml","roles":["READER","NS"]},{"project":"ops","roles":["READER"]}]"#;
    assert_eq!(changed(&outcome), [drift]);
    let mut known = known(&document, live.clone());
    known.entry = Some(entry(&document));
    let before = outcome.differences[0].before.clone();
    known.changes = vec![change("spec.projectRoles", before, Shown::Plain(roles.shown()))];
    let sent = lines(&known.requests(&document, Step::Update).unwrap());
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[0].contains("idNS") && sent[1].contains("id-ops"), "{sent:?}");
    // As it is declared there is nothing to do, and what others gave is told.
    let as_it_is = group(body!({"organizationRoles": ["ADMIN"], "projectRoles": [
        {"project": "ml", "roles": ["READER"]},
        {"project": "ml", "roles": ["NS"], "namespaces": ["train"]}]}));
    let outcome = compared(&resource(as_it_is.clone()), &live, &as_it_is, &answers);
    assert_eq!(changed(&outcome), [""; 0]);
    let notes = refined(&as_it_is, &live, &answers).notes;
    assert_eq!(
        notes,
        ["it also has the role OWN in ml, not declared here; what others gave stays"]
    );
    // Without the read, what was sent is all that is known.
    assert_eq!(changed(&compared(&declared, &live, &document, &[])), [""; 0]);
}

#[test]
fn nothing_is_read_of_who_declares_nothing() {
    for (document, live) in [
        (group(body!({"description": "x"})), live_group("research")),
        (user(body!({})), live_user()),
    ] {
        let declared = resource(document);
        let kind = kind(&declared.key.kind.kind);
        let mut world = Live::default();
        world.objects.insert(declared.key.clone(), Observation::Present(Box::new(live)));
        let (desired, snapshot) = (Desired::default(), Snapshot::default());
        let around = Surroundings::new(&desired, &world, &snapshot);
        assert_eq!(kind.preflight(&declared, &around), []);
    }
}

#[test]
fn access_of_a_user_that_drifted_is_seen_and_mended() {
    let roles =
        body!([{"project": "ml", "roles": ["READER"]}, {"project": "ops", "roles": ["NS"]}]);
    let document = user(body!({"groups": ["research", "other"], "projectRoles": roles}));
    let declared = resource(document.clone());
    // The role in ops came through a group: it is none of the user's own.
    let answer = body!({
        "account": {"id": "u7u7u7u"},
        "groups": [{"id": "g7g7g7g", "name": "research", "type": "SYSTEM"}, {"id": "x", "name": "theirs"}],
        "roles": [
            {"project": {"id": "id-ml", "name": "ml"}, "role": {"name": "READER"}, "group": null},
            {"project": {"id": "id-ml", "name": "ml"}, "role": {"name": "MORE"}},
            {"project": {"name": "ops"}, "role": {"name": "NS"}, "group": {"name": "research"}},
        ],
    });
    let at = "/auth/v1/users/u7u7u7u/";
    let outcome = compared(&declared, &live_user(), &document, &[(at, answer.clone())]);
    assert_eq!(
        changed(&outcome),
        [
            r#"spec.groups ["research"] -> ["research","other"]"#,
            r#"spec.projectRoles [{"project":"ml","roles":["READER"]}] -> [{"project":"ml","roles":["READER"]},{"project":"ops","roles":["NS"]}]"#,
        ]
    );
    let notes = refined(&document, &live_user(), &[(at, answer)]).notes;
    assert_eq!(
        notes,
        [
            "it also has the group theirs, not declared here; what others gave stays",
            "it also has the role MORE in ml, not declared here; what others gave stays",
        ]
    );
    // An answer without the lists says nothing of them.
    let silent = [(at, body!({"account": {"id": "u7u7u7u"}}))];
    assert_eq!(changed(&compared(&declared, &live_user(), &document, &silent)), [""; 0]);
}

/// A group that has another name now is the same one: nobody is taken out of it.
#[test]
fn a_renamed_group_is_not_left() {
    let document = user(body!({"groups": ["science"]}));
    let mut known = known(&document, live_user());
    known.entry = Some(entry(&user(body!({"groups": ["research"]}))));
    let science = resource(body!({"apiVersion": "auth/v1", "kind": "Group",
        "metadata": {"name": "science"}, "spec": {}}));
    known.ids.insert(science.key, "g7g7g7g".parse().unwrap());
    known.changes = vec![change(
        "spec.groups",
        Shown::Plain(body!(["research"]).shown()),
        Shown::Plain(body!(["science"]).shown()),
    )];
    assert_eq!(
        lines(&known.requests(&document, Step::Update).unwrap()),
        [
            r#"POST /auth/v1/users/u7u7u7u/addtogroups/ [{"id":"g7g7g7g","name":"science","type":"SYSTEM"}]"#
        ]
    );
}

#[test]
fn members_of_a_group_are_users_that_are_not_declared() {
    let document = group(body!({"members": ["ann@a.b", "bob@a.b"]}));
    let declared = resource(document.clone());
    let mut known = known(&document, live_group("research"));
    let members = body!(["ann@a.b", "bob@a.b"]);
    known.changes = vec![change("spec.members", Shown::Absent, Shown::Plain(members.shown()))];
    let this = r#"[{"id":"g7g7g7g","name":"research","type":"SYSTEM"}]"#;
    assert_eq!(
        lines(&known.requests(&document, Step::Update).unwrap()),
        [
            format!("POST /auth/v1/users/ann/addtogroups/ {this}"),
            format!("POST /auth/v1/users/bob/addtogroups/ {this}"),
        ]
    );
    // Whether one is a member is read at the member.
    let is_in = body!({"groups": [{"id": "g7g7g7g", "name": "research"}], "roles": []});
    let is_not = body!({"groups": [], "roles": []});
    let answers = [("/auth/v1/users/ann/", is_in), ("/auth/v1/users/bob/", is_not)];
    let outcome = compared(&declared, &live_group("research"), &document, &answers);
    assert_eq!(changed(&outcome), [r#"spec.members ["ann@a.b"] -> ["ann@a.b","bob@a.b"]"#]);
    // The last ones are taken away with a list of users that is read right before.
    let none = group(body!({}));
    let mut last = self::known(&none, live_group("research"));
    last.entry = Some(entry(&document));
    last.changes = vec![change("spec.members", Shown::Plain(members.shown()), Shown::Absent)];
    assert!(last.requests(&none, Step::Update).is_err());
    last.snapshot = listed(&document);
    let taken = lines(&last.requests(&none, Step::Update).unwrap());
    assert_eq!(taken[0], format!("POST /auth/v1/users/ann/removefromgroups/ {this}"));
    // A user who is declared says so there.
    let ann = body!({"apiVersion": "auth/v1", "kind": "User", "metadata": {"name": "ann@a.b"},
        "spec": {"user_type": "API"}});
    let table = KindTable::new(RAFAY.kinds().iter().map(|kind| kind.rules().clone()));
    let desired = Desired::new(table, [resource(ann), declared.clone()]).unwrap();
    let (live, snapshot) = (Live::default(), listed(&document));
    let around = Surroundings::new(&desired, &live, &snapshot);
    let found = kind("Group").refine(&declared, &around).findings;
    let said: Vec<String> = found
        .iter()
        .map(|it| format!("{} {}: {}", it.code, it.path.clone().unwrap(), it.message))
        .collect();
    let expected = "PL0206 spec.members[0]: ann@a.b is declared here, and says its groups itself";
    assert_eq!(said, [expected]);
}

#[test]
fn what_names_nothing_is_found_in_a_group() {
    let document = group(body!({"members": ["eve@a.b"], "organizationRoles": ["ADMN"],
        "projectRoles": [{"project": "mll", "roles": ["ADMIN"]}]}));
    let found = refined(&document, &live_group("research"), &[]).findings;
    let said: Vec<String> = found
        .iter()
        .map(|it| format!("{} {}: {}", it.code, it.path.clone().unwrap(), it.message))
        .collect();
    assert_eq!(
        said,
        [
            r#"PL0302 spec.projectRoles[0].project: there is no project "mll""#,
            r#"PL0407 spec.projectRoles[0].roles[0]: role "ADMIN" is of scope "ORGANIZATION""#,
            r#"PL0407 spec.organizationRoles[0]: there is no role "ADMN""#,
            r#"PL0302 spec.members[0]: there is no user "eve@a.b""#,
        ]
    );
}

/// Projects come before groups, and groups before users.
#[test]
fn what_is_named_comes_first() {
    let table = KindTable::new(RAFAY.kinds().iter().map(|kind| kind.rules().clone()));
    let project = body!({"apiVersion": "auth/v1", "kind": "Project", "metadata": {"name": "ml"}});
    let group = group(body!({"projectRoles": [{"project": "ml", "roles": ["READER"]}]}));
    let user = user(body!({"groups": ["research"]}));
    let desired = Desired::new(table, [user, group, project].map(resource)).unwrap();
    let after = |kind: &str| {
        let (_, after) = desired.edges().iter().find(|(key, _)| key.kind.kind == kind).unwrap();
        after.iter().map(ToString::to_string).collect::<Vec<String>>()
    };
    assert_eq!(after("Group"), ["Project/ml"]);
    assert_eq!(after("User"), ["Group/research"]);
    // Namespaces that a role is limited to are in the project beside them.
    let table = KindTable::new(RAFAY.kinds().iter().map(|kind| kind.rules().clone()));
    let namespace = |project: &str| {
        resource(body!({"apiVersion": "infra.k8smgmt.io/v3", "kind": "Namespace",
            "metadata": {"name": "train", "project": project}, "spec": {}}))
    };
    let roles = body!([{"project": "ml", "roles": ["NS"], "namespaces": ["train"]}]);
    let limited = self::group(body!({"projectRoles": roles}));
    let all = [resource(limited), namespace("ml"), namespace("ops")];
    let desired = Desired::new(table, all).unwrap();
    let (_, after) = desired.edges().iter().find(|(key, _)| key.kind.kind == "Group").unwrap();
    assert_eq!(after.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Namespace/ml/train"]);
}

#[test]
fn a_role_that_is_given_already_is_given() {
    let body = body!({"code": 400, "external": "role is already assigned to group"});
    let class = RAFAY.classify(400, Some(&body), "");
    assert_eq!(class, plumb_kind::AnswerClass::Success);
    let other = body!({"code": 400, "external": "role may not be assigned"});
    assert_ne!(RAFAY.classify(400, Some(&other), ""), plumb_kind::AnswerClass::Success);
}

#[test]
fn access_is_exported_where_it_can_be_read() {
    let live = live_group("research");
    let kind = kind("Group");
    let mut snapshot = Snapshot::default();
    let asked = kind.export_lookups(&live, &snapshot);
    read(&mut snapshot, &asked, GROUP_ROLES, vec![roles_of_group()]);
    let asked = kind.export_lookups(&live, &snapshot);
    let namespaces = ["train", "serve"].into_iter().zip(["n1n1n1n", "n2n2n2n"]);
    let namespaces = namespaces.map(|(name, id)| body!({"metadata": {"name": name, "id": id}}));
    let at = "/apis/infra.k8smgmt.io/v3/projects/ml/namespaces";
    read(&mut snapshot, &asked, at, namespaces.collect());
    let exported = Body::from(kind.export(&live, &snapshot).unwrap());
    let expected =
        group(body!({"description": "old", "organizationRoles": ["ADMIN"], "projectRoles": [
        {"project": "ml", "roles": ["READER"]},
        {"project": "ml", "roles": ["NS"], "namespaces": ["train"]},
        {"project": "ml", "roles": ["OWN"], "namespaces": ["serve"]}]}));
    assert_eq!(exported, expected);
}

/// A machine's user needs no names; a person's does.
#[test]
fn who_uses_the_console_has_a_name() {
    let machine = user(body!({"password": "s", "phone": "+1 555 0100"}));
    assert_eq!(kind("User").check(&resource(machine.clone())), []);
    let made = lines(&Known::default().requests(&machine, Step::Create).unwrap());
    let account = r#"{"account":{"password":"s","phone":"+1 555 0100","user_type":"API","username":"bot@a.b"}}"#;
    assert_eq!(made, [format!("POST /auth/v1/users/ {account}")]);
    let person = user(body!({"user_type": "CONSOLE", "first_name": "A"}));
    let found = kind("User").check(&resource(person));
    let said: Vec<String> =
        found.iter().map(|it| format!("{} {}", it.code, it.path.clone().unwrap())).collect();
    assert_eq!(said, ["PL0205 spec.last_name"]);
}
