//! Every request of the vendor's document, one by one: method, path, query and body
//! (docs/contracts/rafay.md §14, RAFAY-01 to RAFAY-27).

use crate::common::{Known, STACK, change, entry, kind, live, resource, seed};
use plumb_kind::request::Effect;
use plumb_kind::{Method, Reading, Request, Step, Way};
use plumb_model::plan::Shown;
use plumb_model::{Body, Power, Scope, body};

/// A request as one line, as the contract's checklist writes it.
fn line(request: &Request) -> String {
    let query: Vec<String> =
        request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{}", request.summary(), query.join("&"))
}

fn only(requests: Vec<Request>) -> Request {
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests.into_iter().next().unwrap()
}

fn body(request: &Request) -> Body {
    request.body.as_ref().expect("a body").clone()
}

/// The vendor's body, with the one thing plumb adds: the mark.
fn marked(mut document: Body) -> Body {
    document["metadata"]["labels"] = body!({"plumb.dev/stack": STACK});
    document
}

const BARE_METAL: &str = "/apis/paas.envmgmt.io/v1/projects/system-catalog/workspaces/dev1\
                          /computeinstances";

#[test]
fn rafay_01_list_projects() {
    let projects = &kind("Project").collections(&Scope::Global)[0];
    assert_eq!(line(&projects.request), "GET /auth/v1/projects/?order=ASC&orderby=name");
    let both = [body!({"results": [1], "count": 1}), seed("list-projects")];
    for answer in both {
        let found = projects.envelope.items.iter().find_map(|pointer| answer.pointer(pointer));
        assert_eq!(found.unwrap().as_array().unwrap().len(), 1);
    }
}

#[test]
fn rafay_02_list_users() {
    let users = &kind("User").collections(&Scope::Global)[0];
    assert_eq!(line(&users.request), "GET /auth/v1/users/");
    let answer = seed("list-users");
    let items = answer.pointer(users.envelope.items[0]).unwrap().as_array().unwrap();
    let user = kind("User").read(&items[0], &Scope::Global).unwrap();
    assert_eq!(user.key.to_string(), "User/user@domain.co");
    assert_eq!(user.remote_id.unwrap().as_str(), "7dkgjkx");
}

#[test]
fn rafay_03_create_user() {
    let bare = seed("create-user");
    let document = kind("User").read_bare(&bare).unwrap();
    let request = only(Known::default().requests(&document, Step::Create).unwrap());
    assert_eq!(line(&request), "POST /auth/v1/users/");
    assert_eq!(body(&request), bare);
    assert_eq!(request.effect, Effect::Create);
    let id = kind("User").created_id(&seed("created-user")).unwrap();
    assert_eq!(id.as_str(), "dk3lekn");
}

/// Bills are read by the labels of the profile (docs/contracts/rafay.md §2.4).
#[test]
fn what_is_made_has_the_labels_of_its_profile() {
    let mut document = seed("create-bare-metal");
    document["metadata"]["labels"] = body!({"team": "research"});
    let mut profile = crate::common::profile("bmaas-h100");
    profile["metadata"]["labels"] =
        body!({"sku": "h100", "team": "nobody", "plumb.dev/stack": "another"});
    let scope = Scope::Project("system-catalog".into());
    let known = || Known::default().listing("ComputeProfile", &scope, &[profile.clone()]);
    let labels = |known: &Known, step: Step<'_>| {
        body(&only(known.requests(&document, step).unwrap()))["metadata"]["labels"].clone()
    };
    let all = body!({"plumb.dev/stack": STACK, "sku": "h100", "team": "research"});
    assert_eq!(labels(&known(), Step::Create), all);
    // An update replaces all labels: they go with it too, unless somebody changed them.
    assert_eq!(labels(&known(), Step::Update), all);
    let mut item = document.clone();
    item["metadata"]["labels"] = body!({"sku": "changed by hand"});
    let mut changed = known();
    changed.live = Some(live(&item, "system-catalog"));
    assert_eq!(labels(&changed, Step::Update)["sku"], body!("changed by hand"));
    // Taking over adds the mark and nothing else.
    assert_eq!(labels(&changed, Step::Adopt).get("team"), None);
}

/// A key that may not list all types at once, or not the project, has other ways.
#[test]
fn instances_have_other_lists() {
    let list = &kind("ComputeInstance").collections(&Scope::Project("ml".into()))[0];
    let [Way::Together(by_type), Way::Inside { parents, name, list: plural }] =
        list.otherwise.as_slice()
    else {
        panic!("{:?}", list.otherwise);
    };
    let of_type: Vec<String> = by_type.iter().map(line).collect();
    let all =
        "GET /apis/paas.envmgmt.io/v1/projects/ml/computeinstances?order=ASC&orderBy=createdAt";
    assert_eq!(line(&list.request), all);
    let types = ["baremetal", "k8s", "vm"];
    assert_eq!(of_type, types.map(|name| format!("{all}&computeType={name}")));
    let workspaces =
        "GET /apis/paas.envmgmt.io/v1/projects/ml/workspaces?order=ASC&orderBy=createdAt";
    assert_eq!(
        (line(&parents.request).as_str(), *name, *plural),
        (workspaces, "/metadata/name", "computeinstances")
    );
}

fn user(spec: Body) -> Body {
    let mut whole = body!({"first_name": "User", "last_name": "Domain", "user_type": "CONSOLE"});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    body!({"apiVersion": "auth/v1", "kind": "User",
           "metadata": {"name": "user@domain.co"}, "spec": whole})
}

/// A user that exists as `dk3lekn`, with lists to look names up in.
fn known_user() -> Known {
    let mut known = Known::default();
    let lists = [
        body!({"id": "lk557ke", "name": "DemoAdmin", "type": "SYSTEM"}),
        body!({"metadata": {"name": "PROJECT_ADMIN", "id": "gdk6g21"},
               "spec": {"scope": "PROJECT", "roleType": "BASE"}}),
        body!({"id": "lk5rw2e", "name": "defaultproject", "default": true}),
    ];
    for (collection, item) in kind("User").lookups(&resource(user(body!({})))).iter().zip(lists) {
        known.snapshot.0.insert(collection.id.clone(), Reading::Items(vec![item]));
    }
    known.live = Some(
        kind("User").read(&seed("created-user"), &Scope::Global).expect("the answer of a create"),
    );
    known
}

#[test]
fn rafay_04_delete_user() {
    let request = only(known_user().requests(&user(body!({})), Step::Delete).unwrap());
    assert_eq!(line(&request), "DELETE /auth/v1/users/dk3lekn/");
    assert!(request.body.is_none());
    assert!(Known::default().requests(&user(body!({})), Step::Delete).is_err());
}

#[test]
fn rafay_05_add_user_to_groups() {
    for groups in
        [body!(["DemoAdmin"]), body!([{"id": "lk557ke", "type": "SYSTEM", "name": "DemoAdmin"}])]
    {
        let mut known = known_user();
        known.changes = vec![change("spec.groups", Shown::Absent, Shown::Plain(groups.shown()))];
        let document = user(body!({"groups": groups}));
        let request = only(known.requests(&document, Step::Update).unwrap());
        assert_eq!(line(&request), "POST /auth/v1/users/dk3lekn/addtogroups/");
        let expected = body!([{"id": "lk557ke", "type": "SYSTEM", "name": "DemoAdmin"}]);
        assert_eq!(body(&request), expected);
        assert_eq!(request.effect, Effect::Assign);
    }
}

#[test]
fn rafay_06_remove_user_from_groups() {
    let mut known = known_user();
    let before = body!(["DemoAdmin", "no-longer-there"]);
    known.changes = vec![change("spec.groups", Shown::Plain(before.shown()), Shown::Absent)];
    let request = only(known.requests(&user(body!({})), Step::Update).unwrap());
    assert_eq!(line(&request), "POST /auth/v1/users/dk3lekn/removefromgroups/");
    let expected = body!([{"id": "lk557ke", "type": "SYSTEM", "name": "DemoAdmin"}]);
    assert_eq!(body(&request), expected);
}

#[test]
fn rafay_07_assign_user_to_project() {
    // In full, as the vendor's body has it, nothing is added and nothing looked up.
    let full = seed("assign-to-project");
    let document = user(body!({"projectRoles": [full]}));
    let known = Known { live: known_user().live, ..Known::default() };
    let request = only(known.requests(&document, Step::Update).unwrap());
    assert_eq!(line(&request), "POST /auth/v1/users/dk3lekn/assigntoproject/");
    assert_eq!(body(&request), full);
    // By name, the ids are looked up, and role_type is sent.
    let named = body!([{"project": "defaultproject", "roles": ["PROJECT_ADMIN"]}]);
    let document = user(body!({"projectRoles": named}));
    let request = only(known_user().requests(&document, Step::Update).unwrap());
    let mut expected = seed("assign-to-project");
    expected["roles"].at_mut(0).unwrap()["role_type"] = "BASE".into();
    assert_eq!(body(&request), expected);
}

#[test]
fn rafay_08_unassign_user_from_project() {
    let mut known = known_user();
    let before = body!([{"project": {"id": "2wxr66m", "name": "actions"},
                         "roles": [{"id": "w2lrn2p", "name": "PROJECT_ADMIN"}]}]);
    known.changes = vec![change("spec.projectRoles", Shown::Plain(before.shown()), Shown::Absent)];
    let request = only(known.requests(&user(body!({})), Step::Update).unwrap());
    assert_eq!(line(&request), "POST /auth/v1/users/dk3lekn/unassignfromproject/");
    assert_eq!(body(&request), seed("unassign-from-project"));
}

#[test]
fn memberships_change_by_their_difference_only() {
    let mut known = known_user();
    let roles = |names: &[&str]| {
        let full: Vec<Body> = names
            .iter()
            .map(|name| body!({"id": format!("id{name}"), "name": name, "scope": "PROJECT"}))
            .collect();
        body!([{"project": "defaultproject", "roles": full}])
    };
    let (before, after) = (roles(&["A", "B"]), roles(&["B", "C"]));
    known.changes = vec![change(
        "spec.projectRoles",
        Shown::Plain(before.shown()),
        Shown::Plain(after.shown()),
    )];
    let document = user(body!({"groups": ["DemoAdmin"], "projectRoles": after}));
    let requests = known.requests(&document, Step::Update).unwrap();
    let lines: Vec<String> = requests.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "POST /auth/v1/users/dk3lekn/assigntoproject/",
            "POST /auth/v1/users/dk3lekn/unassignfromproject/",
        ],
        "groups do not change"
    );
    assert_eq!(body(&requests[0])["roles"][0]["name"], "C");
    assert_eq!(body(&requests[1])["roles"][0]["role"]["id"], "idA");
    // The same text in another shape asks for nothing.
    let full = body!([{"id": "lk557ke", "name": "DemoAdmin", "type": "SYSTEM"}]);
    known.changes = vec![change(
        "spec.groups",
        Shown::Plain(body!(["DemoAdmin"]).shown()),
        Shown::Plain(full.shown()),
    )];
    let document = user(body!({"groups": full}));
    assert!(known.requests(&document, Step::Update).unwrap().is_empty());
    // Without a plan's changes the ledger says what was sent.
    known.changes = Vec::new();
    known.entry = Some(entry(&user(body!({"groups": ["DemoAdmin"]}))));
    let request = only(known.requests(&user(body!({})), Step::Update).unwrap());
    assert_eq!(line(&request), "POST /auth/v1/users/dk3lekn/removefromgroups/");
}

#[test]
fn a_name_that_cannot_be_resolved_says_what_to_do() {
    let update = |known: &Known, spec| known.requests(&user(spec), Step::Update).unwrap_err();
    let error = update(&known_user(), body!({"groups": ["DemoAdmn"]}));
    assert_eq!(error.to_string(), "there is no group \"DemoAdmn\"");
    assert_eq!(error.help, "did you mean \"DemoAdmin\"?");
    let roles = body!({"projectRoles": [{"project": "nowhere", "roles": ["PROJECT_ADMIN"]}]});
    assert_eq!(update(&known_user(), roles).to_string(), "there is no project \"nowhere\"");
    let unread = Known { live: known_user().live, ..Known::default() };
    let error = update(&unread, body!({"groups": ["DemoAdmin"]}));
    assert_eq!(error.to_string(), "the id of group \"DemoAdmin\" was not looked up");
}

/// A project made in this run is found by the id it was just given.
#[test]
fn ids_of_this_run_come_first() {
    let mut known = known_user();
    let project = body!({"apiVersion": "auth/v1", "kind": "Project",
                         "metadata": {"name": "defaultproject"}});
    known.ids.insert(resource(project).key, "newid77".parse().unwrap());
    let named = body!([{"project": "defaultproject", "roles": ["PROJECT_ADMIN"]}]);
    let document = user(body!({"projectRoles": named}));
    let request = only(known.requests(&document, Step::Update).unwrap());
    assert_eq!(body(&request)["project"]["id"], "newid77");
}

/// The vendor's body carries a status, which is never sent.
#[test]
fn rafay_09_create_vpc_service() {
    let document = seed("create-vpc");
    let request = only(Known::default().requests(&document, Step::Create).unwrap());
    assert_eq!(
        line(&request),
        "POST /apis/paas.envmgmt.io/v1/projects/system-catalog/services?fail-on-exists=true"
    );
    let mut expected = marked(document);
    expected.as_object_mut().unwrap().remove("status");
    assert_eq!(body(&request), expected);
}

#[test]
fn rafay_10_publish_vpc_service() {
    let request = only(Known::default().requests(&seed("create-vpc"), Step::Publish).unwrap());
    assert_eq!(
        line(&request),
        "POST /apis/paas.envmgmt.io/v1/projects/system-catalog/services/vpc-test-1/publish"
    );
    assert!(request.body.is_none());
    assert_eq!(request.effect, Effect::Publish);
}

const WORKSPACES: &str = "/apis/paas.envmgmt.io/v1/projects/vm-project/workspaces";

#[test]
fn rafay_11_list_workspaces() {
    let scope = Scope::Project("vm-project".into());
    let list = &kind("Workspace").collections(&scope)[0];
    assert_eq!(line(&list.request), format!("GET {WORKSPACES}?order=ASC&orderBy=createdAt"));
    let answer = seed("list-workspaces");
    let item = &answer.pointer(list.envelope.items[0]).unwrap()[0];
    let workspace = kind("Workspace").read(item, &scope).unwrap();
    assert_eq!(workspace.key.to_string(), "Workspace/vm-project/dev");
    assert_eq!(answer.pointer(list.envelope.limit[0]), Some(&body!(50)));
}

#[test]
fn rafay_12_create_workspace() {
    let document = seed("create-workspace");
    let request = only(Known::default().requests(&document, Step::Create).unwrap());
    assert_eq!(line(&request), format!("POST {WORKSPACES}?fail-on-exists=true"));
    assert_eq!(body(&request), marked(document));
}

#[test]
fn rafay_13_update_workspace() {
    let document = seed("create-workspace");
    let request = only(Known::default().requests(&document, Step::Update).unwrap());
    assert_eq!(line(&request), format!("POST {WORKSPACES}?fail-on-exists=false"));
    assert_eq!(request.effect, Effect::Upsert);
    assert_eq!(body(&request), marked(document));
}

#[test]
fn rafay_14_get_workspace() {
    let key = resource(seed("create-workspace")).key;
    let request = kind("Workspace").item(&key, None).unwrap();
    assert_eq!(line(&request), format!("GET {WORKSPACES}/dev"));
}

#[test]
fn rafay_15_delete_workspace() {
    let request = only(Known::default().requests(&seed("create-workspace"), Step::Delete).unwrap());
    assert_eq!(line(&request), format!("DELETE {WORKSPACES}/dev"));
}

#[test]
fn rafay_16_create_bare_metal_instance() {
    let document = seed("create-bare-metal");
    let request = only(Known::default().requests(&document, Step::Create).unwrap());
    assert_eq!(line(&request), format!("POST {BARE_METAL}?fail-on-exists=true"));
    assert_eq!(body(&request), marked(document));
}

/// The vendor's update has no query parameter; R-04 asks for it.
#[test]
fn rafay_17_update_bare_metal_instance() {
    let document = seed("update-bare-metal");
    let request = only(Known::default().requests(&document, Step::Update).unwrap());
    let path = "/apis/paas.envmgmt.io/v1/projects/techproject/workspaces/techproject\
                /computeinstances";
    assert_eq!(line(&request), format!("POST {path}?fail-on-exists=false"));
    assert_eq!(body(&request), marked(document));
}

#[test]
fn rafay_18_publish_bare_metal_instance() {
    let request =
        only(Known::default().requests(&seed("create-bare-metal"), Step::Publish).unwrap());
    assert_eq!(line(&request), format!("POST {BARE_METAL}/create-bm-api/publish"));
    assert!(request.body.is_none());
}

#[test]
fn rafay_19_get_bare_metal_instance() {
    let instance = live(&seed("get-bare-metal"), "defaultproject");
    let path = "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces/default\
                /computeinstances/h100-demo-10";
    let again = kind("ComputeInstance").item_again(&instance).unwrap();
    assert_eq!(line(&again), format!("GET {path}?computeType=baremetal"));
    let first = kind("ComputeInstance").item(&instance.key, None).unwrap();
    assert_eq!(line(&first), format!("GET {path}"));
}

/// Without `computeType`, which lists all types at once.
#[test]
fn rafay_20_list_bare_metal_instances() {
    let scope = Scope::Workspace { project: "defaultproject".into(), workspace: "default".into() };
    let list = &kind("ComputeInstance").collections(&scope)[0];
    assert_eq!(
        line(&list.request),
        "GET /apis/paas.envmgmt.io/v1/projects/defaultproject/computeinstances\
         ?order=ASC&orderBy=createdAt"
    );
    let whole = kind("ComputeInstance").collections(&Scope::Project("defaultproject".into()));
    assert_eq!(*list, whole[0], "a project is listed once for all its workspaces");
    let answer = seed("list-bare-metal");
    let item = &answer.pointer(list.envelope.items[0]).unwrap()[0];
    let instance = kind("ComputeInstance").read(item, &list.scope).unwrap();
    assert_eq!(instance.key.to_string(), "ComputeInstance/defaultproject/default/h100-demo-10");
}

#[test]
fn rafay_21_to_24_power() {
    for (step, verb) in [
        (Step::Power(Power::On), "start"),
        (Step::Act("start"), "start"),
        (Step::Power(Power::Off), "stop"),
        (Step::Act("stop"), "stop"),
        (Step::Act("power reset"), "Power%20reset"),
        (Step::Act("power cycle"), "Power%20cycle"),
    ] {
        let request = only(Known::default().requests(&seed("create-bare-metal"), step).unwrap());
        assert_eq!(line(&request), format!("POST {BARE_METAL}/create-bm-api/action/{verb}"));
        assert_eq!(body(&request), body!({}));
        assert_eq!(request.effect, Effect::Act);
    }
    for verb in kind("ComputeInstance").verbs() {
        let step = Step::Act(verb.name);
        assert!(Known::default().requests(&seed("create-bare-metal"), step).is_ok());
    }
    let unknown = Known::default().requests(&seed("create-bare-metal"), Step::Act("reboot"));
    assert!(unknown.unwrap_err().help.contains("power cycle"));
}

#[test]
fn rafay_25_delete_bare_metal_instance() {
    let request =
        only(Known::default().requests(&seed("create-bare-metal"), Step::Delete).unwrap());
    assert_eq!(line(&request), format!("DELETE {BARE_METAL}/create-bm-api"));
    assert!(request.body.is_none());
}

#[test]
fn rafay_26_create_kubernetes_instance() {
    let document = seed("create-kubernetes");
    let request = only(Known::default().requests(&document, Step::Create).unwrap());
    assert_eq!(line(&request), format!("POST {BARE_METAL}?fail-on-exists=true"));
    assert_eq!(body(&request), marked(document));
}

#[test]
fn rafay_27_publish_kubernetes_instance() {
    let request =
        only(Known::default().requests(&seed("create-kubernetes"), Step::Publish).unwrap());
    assert_eq!(line(&request), format!("POST {BARE_METAL}/rafay-test/publish"));
}

fn project(spec: Body) -> Body {
    body!({"apiVersion": "auth/v1", "kind": "Project", "metadata": {"name": "ml"}, "spec": spec})
}

#[test]
fn projects_are_written_by_id_and_as_a_whole() {
    let item = body!({
        "id": "lk5rw2e", "name": "ml", "description": "old", "default": false,
        "created_at": "2025-11-10T06:22:18Z", "modified_at": "2025-11-10T06:22:18Z",
        "partner_id": "p", "organization_id": "o", "enable_drift_webhook": true,
    });
    let declared = project(body!({"description": "new"}));
    let live = kind("Project").read(&item, &Scope::Global).unwrap();
    let known = Known { live: Some(live), ..Known::default() };
    let create = only(Known::default().requests(&declared, Step::Create).unwrap());
    assert_eq!(line(&create), "POST /auth/v1/projects/");
    assert_eq!(body(&create), body!({"name": "ml", "description": "new"}));
    let update = only(known.requests(&declared, Step::Update).unwrap());
    assert_eq!(
        (line(&update), update.method),
        ("PUT /auth/v1/projects/lk5rw2e/".into(), Method::Put)
    );
    assert_eq!(
        body(&update),
        body!({"name": "ml", "description": "new", "default": false, "enable_drift_webhook": true})
    );
    let delete = only(known.requests(&declared, Step::Delete).unwrap());
    assert_eq!(line(&delete), "DELETE /auth/v1/projects/lk5rw2e/");
    let get = kind("Project").item(&resource(declared).key, Some(&"lk5rw2e".parse().unwrap()));
    assert_eq!(line(&get.unwrap()), "GET /auth/v1/projects/lk5rw2e/");
    assert_eq!(kind("Project").created_id(&item).unwrap().as_str(), "lk5rw2e");
}

#[test]
fn the_default_project_is_never_deleted() {
    let item = body!({"id": "lk5rw2e", "name": "ml", "default": true});
    let live = kind("Project").read(&item, &Scope::Global).unwrap();
    let known = Known { live: Some(live), ..Known::default() };
    let error = known.requests(&project(body!({})), Step::Delete).unwrap_err();
    assert!(error.to_string().contains("never deleted"), "{error}");
}

/// §2.4: labels of others stay, our own that are declared no more go.
#[test]
fn labels_of_others_are_carried_over() {
    let mut item = seed("create-bare-metal");
    item["metadata"]["labels"] = body!({"billing": "x", "ours-old": "1", "plumb.dev/stack": STACK});
    item["metadata"]["annotations"] = body!({"console/note": "hello"});
    item["metadata"]["description"] = "typed in the console".into();
    item["status"] = body!({"status": "success"});
    let mut sent = seed("create-bare-metal");
    sent["metadata"]["labels"] = body!({"ours-old": "1"});
    let mut declared = seed("create-bare-metal");
    declared["metadata"]["labels"] = body!({"ours-new": "2"});
    let known = Known {
        live: Some(live(&item, "system-catalog")),
        entry: Some(entry(&sent)),
        ..Known::default()
    };
    let request = only(known.requests(&declared, Step::Update).unwrap());
    assert_eq!(
        body(&request)["metadata"],
        body!({
            "name": "create-bm-api", "project": "system-catalog", "workspace": "dev1",
            "description": "typed in the console",
            "labels": {"billing": "x", "ours-new": "2", "plumb.dev/stack": STACK},
            "annotations": {"console/note": "hello"},
        })
    );
}

/// Taking over changes nothing but the mark: what is live goes back, masks replaced.
#[test]
fn adopting_adds_the_mark_only() {
    let mut item = seed("create-bare-metal");
    item["metadata"]["id"] = "019c".into();
    item["metadata"]["createdAt"] = "2026-02-16T12:20:29Z".into();
    item["metadata"]["labels"] = body!({"team": "a"});
    item["spec"]["variables"] = body!([
        {"name": "by hand", "value": "7"},
        {"name": "password", "value": "********"},
        {"name": "other secret", "value": "********"},
    ]);
    item["status"] = body!({"status": "success"});
    let mut declared = seed("create-bare-metal");
    declared["spec"]["variables"] = body!([{"name": "password", "value": "canary"}]);
    let known = Known { live: Some(live(&item, "system-catalog")), ..Known::default() };
    let request = only(known.requests(&declared, Step::Adopt).unwrap());
    assert_eq!(line(&request), format!("POST {BARE_METAL}?fail-on-exists=false"));
    let mut expected = seed("create-bare-metal");
    expected["metadata"]["labels"] = body!({"team": "a", "plumb.dev/stack": STACK});
    expected["spec"]["variables"] =
        body!([{"name": "by hand", "value": "7"}, {"name": "password", "value": "canary"}]);
    assert_eq!(body(&request), expected);
    assert!(Known::default().requests(&declared, Step::Adopt).is_err());
    for document in [user(body!({})), project(body!({}))] {
        assert!(Known::default().requests(&document, Step::Adopt).unwrap().is_empty());
    }
}

/// A user cannot be made without a password; nothing else needs it.
#[test]
fn a_user_is_made_with_a_password() {
    let error = Known::default().requests(&user(body!({})), Step::Create).unwrap_err();
    assert!(error.to_string().contains("spec.password"), "{error}");
    assert!(error.help.contains("valueFrom"));
}

#[test]
fn steps_a_kind_does_not_have_are_refused() {
    let profile = crate::common::profile("p");
    for (document, step) in [
        (seed("create-workspace"), Step::Publish),
        (seed("create-workspace"), Step::Power(Power::On)),
        (seed("create-vpc"), Step::Act("stop")),
        (user(body!({})), Step::Publish),
        (profile, Step::Create),
    ] {
        assert!(Known::default().requests(&document, step).is_err(), "{:?}", document["kind"]);
    }
}
