//! People through the binary: groups, users, collaborators, organizations. Access that somebody
//! changed is seen and mended, what others gave stays, and nothing is left.

use crate::harness::{Cloud, Site, stack};
use serde_json::{Value, json};

const PARTNER: &str = "ra2.partner.canary-of-the-partner";

const PLACES: &str = "apiVersion: auth/v1\nkind: Project\nmetadata: {name: ml}\n---\n\
                      apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {name: lab, project: ml}\n---\n\
                      apiVersion: infra.k8smgmt.io/v3\nkind: Namespace\nmetadata: {name: train, project: ml}\nspec: {resourceQuotas: {cpuLimits: 4000m}}\n";

fn group(name: &str, roles: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: auth/v1\nkind: Group\nmetadata: {{name: {name}{rest}}}\nspec:\n  \
         description: who trains\n  projectRoles: [{roles}]\n  organizationRoles: [ADMINISTRATOR_READ_ONLY]\n"
    )
}

fn user(groups: &str, roles: &str) -> String {
    format!(
        "---\napiVersion: auth/v1\nkind: User\nmetadata: {{name: bot@a.io}}\nspec:\n  \
         user_type: API\n  password: {{valueFrom: {{var: PASSWORD}}}}\n  groups: [{groups}]\n  \
         projectRoles: [{{project: ml, roles: [{roles}]}}]\n"
    )
}

fn collaborator(role: &str) -> String {
    format!(
        "---\napiVersion: paas.envmgmt.io/v1\nkind: WorkspaceCollaborator\nmetadata: {{name: bot@a.io, \
         project: ml, workspace: lab}}\nspec: {{role: {role}}}\n"
    )
}

const BOTH: &str = "{project: ml, roles: [PROJECT_READ_ONLY]}, \
                    {project: ml, roles: [NAMESPACE_ADMIN], namespaces: [train]}";
const WRITER: &str = "PAAS_WORKSPACE_COLLABORATOR";

fn site(cloud: &Cloud, documents: &[String]) -> Site {
    let mut site = Site::at(cloud).with_documents("people", &[]);
    site.set("PLUMB_VAR_PASSWORD", "canary-of-the-bot-7c1");
    site.write("people.yaml", &format!("{PLACES}{}", documents.concat()));
    site
}

fn everything() -> Vec<String> {
    vec![group("research", BOTH, ""), user("research", "PROJECT_ADMIN"), collaborator(WRITER)]
}

/// The path of a call on the one object of a list that has this name.
fn path(cloud: &Cloud, plural: &str, name: &str) -> String {
    let all = cloud.asked("GET", &format!("/auth/v1/{plural}/"), None);
    let lists = ["results", "users"].into_iter().filter_map(|list| all[list].as_array());
    let found = lists.flatten().find_map(|item| {
        let item = item.get("account").unwrap_or(item);
        let named = item["name"] == name || item["username"] == name;
        named.then(|| item["id"].as_str().unwrap().to_owned())
    });
    format!("/auth/v1/{plural}/{}", found.unwrap_or_else(|| panic!("no {name} in {all:#}")))
}

fn nothing_to_do(site: &Site) {
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    site.exits(0, "drift").says(&["No drift."]);
}

#[test]
fn people_are_made_in_order_and_deleted_in_reverse() {
    let cloud = Cloud::start(&json!({}));
    let site = site(&cloud, &everything());
    site.exits(0, "apply --yes");
    nothing_to_do(&site);
    site.exits(0, "export --owned --into ../exported");
    std::fs::copy(site.root().join("plumb.yaml"), site.beside("exported/plumb.yaml")).unwrap();
    site.exits(0, "plan ../exported --ledger .plumb --detailed-exitcode").says(&["No changes."]);
    site.exits(0, "destroy --confirm people --confirm-loss");
    // What only a partner's key may list is told, and no error.
    let left = site.exits(0, "get --all -o name");
    left.says(&["Organization of the organization could not be listed"]);
    let left = &left.out;
    for name in ["research", "bot@a.io", "/lab"] {
        assert!(!left.contains(name), "{left}");
    }
}

/// A role that is declared no more is taken, and nothing else; what others gave stays, and is told.
#[test]
fn one_role_less_takes_that_role() {
    let cloud = Cloud::start(&json!({}));
    let site = site(&cloud, &everything());
    site.exits(0, "apply --yes");
    let id = path(&cloud, "groups", "research");
    let theirs = json!({"project": project(&cloud, "ml"), "roles": [role(&cloud, "INFRA_ADMIN")]});
    cloud.asked("POST", &format!("{id}/assigntoproject/"), Some(&theirs));
    site.exits(0, "plan").says(&["PL0555", "INFRA_ADMIN in ml"]);
    let fewer = "{project: ml, roles: [PROJECT_READ_ONLY]}";
    let documents =
        [group("research", fewer, ""), user("research", "PROJECT_ADMIN"), collaborator(WRITER)];
    site.write("people.yaml", &format!("{PLACES}{}", documents.concat()));
    let calls = cloud.calls();
    site.exits(0, "apply --yes");
    let writes = cloud.writes(calls);
    assert_eq!(writes, [format!("POST {id}/unassignfromproject/?")]);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes.", "INFRA_ADMIN in ml"]);
}

#[test]
fn access_that_somebody_took_away_is_drift_and_given_again() {
    let cloud = Cloud::start(&json!({}));
    let site = site(&cloud, &everything());
    site.exits(0, "apply --yes");
    let (group, bot) = (path(&cloud, "groups", "research"), path(&cloud, "users", "bot@a.io"));
    let gone = |name: &str| {
        let role = role(&cloud, name);
        json!({"project": project(&cloud, "ml"),
               "roles": [{"role": {"id": role["id"], "scope": role["scope"]}}]})
    };
    cloud.asked("POST", &format!("{group}/unassignfromproject/"), Some(&gone("NAMESPACE_ADMIN")));
    cloud.asked("POST", &format!("{bot}/unassignfromproject/"), Some(&gone("PROJECT_ADMIN")));
    let id = group.rsplit('/').next().unwrap();
    let this = json!([{"id": id, "name": "research", "type": "SYSTEM"}]);
    cloud.asked("POST", &format!("{bot}/removefromgroups/"), Some(&this));
    site.exits(2, "drift").says(&[
        "Changed              Group/research",
        "Changed              User/bot@a.io",
        "spec.projectRoles",
        "spec.groups",
    ]);
    let calls = cloud.calls();
    site.exits(0, "apply --yes");
    assert_eq!(
        cloud.writes(calls),
        [
            format!("POST {group}/assigntoproject/?"),
            format!("POST {bot}/addtogroups/?"),
            format!("POST {bot}/assigntoproject/?"),
        ]
    );
    nothing_to_do(&site);
}

#[test]
fn a_group_is_renamed_and_nobody_leaves_it() {
    let cloud = Cloud::start(&json!({}));
    let site = site(&cloud, &everything());
    site.exits(0, "apply --yes");
    let id = path(&cloud, "groups", "research");
    let moved = ", annotations: {plumb.dev/moved-from: research}";
    let documents =
        [group("science", BOTH, moved), user("science", "PROJECT_ADMIN"), collaborator(WRITER)];
    site.write("people.yaml", &format!("{PLACES}{}", documents.concat()));
    site.exits(0, "apply --yes");
    assert_eq!(path(&cloud, "groups", "science"), id);
    nothing_to_do(&site);
    let bot = cloud.asked("GET", &format!("{}/", path(&cloud, "users", "bot@a.io")), None);
    let groups: Vec<&Value> =
        bot["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
    assert!(groups.contains(&&json!("science")), "{bot:#}");
}

#[test]
fn a_collaborator_gets_another_role() {
    let cloud = Cloud::start(&json!({}));
    let site = site(&cloud, &everything());
    site.exits(0, "apply --yes");
    let reader = "PAAS_WORKSPACE_COLLABORATOR_READ_ONLY";
    let documents =
        [group("research", BOTH, ""), user("research", "PROJECT_ADMIN"), collaborator(reader)];
    site.write("people.yaml", &format!("{PLACES}{}", documents.concat()));
    let calls = cloud.calls();
    site.exits(0, "apply --yes");
    let writes = cloud.writes(calls);
    let call = |write: &String| write.rsplit('/').next().unwrap().to_owned();
    let calls: Vec<String> = writes.iter().map(call).collect();
    assert_eq!(calls, ["unassigncollaborators?", "assigncollaborators?"]);
    nothing_to_do(&site);
}

/// Where one user may not be read, what was sent is on record, as it was before.
#[test]
fn a_key_that_may_not_read_users_plans_as_before() {
    let cloud = Cloud::start(&json!({}));
    let site = site(&cloud, &everything());
    site.exits(0, "apply --yes");
    cloud.faults(&json!([
        {"match": {"operation": "rafay.users.get"}, "when": {"every": 1},
         "effect": {"type": "respond", "status": 403}},
        {"match": {"operation": "rafay.groups.roles"}, "when": {"every": 1},
         "effect": {"type": "respond", "status": 405}},
    ]));
    nothing_to_do(&site);
    let documents = [group("research", BOTH, ""), user("", "PROJECT_ADMIN"), collaborator(WRITER)];
    site.write("people.yaml", &format!("{PLACES}{}", documents.concat()));
    let calls = cloud.calls();
    site.exits(0, "apply --yes");
    let bot = path(&cloud, "users", "bot@a.io");
    assert_eq!(cloud.writes(calls), [format!("POST {bot}/removefromgroups/?")]);
    nothing_to_do(&site);
}

fn named(cloud: &Cloud, path: &str, list: &str, name: &str) -> Value {
    let all = cloud.asked("GET", path, None);
    let is_it = |item: &&Value| item["name"] == name || item["metadata"]["name"] == name;
    let found = all[list].as_array().unwrap().iter().find(is_it);
    found.unwrap_or_else(|| panic!("no {name} in {all:#}")).clone()
}

fn project(cloud: &Cloud, name: &str) -> Value {
    let found = named(cloud, "/auth/v1/projects/", "results", name);
    json!({"id": found["id"], "name": name})
}

fn role(cloud: &Cloud, name: &str) -> Value {
    let found = named(cloud, "/apis/system.k8smgmt.io/v3/roles?limit=100", "items", name);
    let scope = found["spec"]["scope"].as_str().unwrap_or("PROJECT");
    json!({"id": found["metadata"]["id"], "name": name, "scope": scope, "role_type": "BASE"})
}

fn organization(spec: &str) -> String {
    format!(
        "apiVersion: auth/v1\nkind: Organization\nmetadata: {{name: acme}}\nspec:\n  signUp: {{username: \
         owner@acme.io, first_name: O, last_name: W, password: {{valueFrom: {{var: PASSWORD}}}}}}\n{spec}"
    )
}

/// A partner's site.
fn of_partner(cloud: &Cloud, spec: &str) -> Site {
    let mut site = Site::at(cloud).with_documents("partner", &[]);
    site.set("PLUMB_RAFAY_API_KEY", PARTNER);
    site.set("PLUMB_VAR_PASSWORD", "canary-of-the-owner-5e");
    site.write("organization.yaml", &organization(spec));
    site
}

fn partners() -> Cloud {
    Cloud::start(&json!({"rafay": {"keys": [{"key": PARTNER, "partner": true}]}}))
}

#[test]
fn an_organization_is_signed_up_changed_and_deleted_by_name_alone() {
    let cloud = partners();
    let site = of_partner(
        &cloud,
        "  active: true\n  approved: true\n  settings: {paas_compute_disabled: true}\n",
    );
    site.exits(0, "apply --yes");
    nothing_to_do(&site);
    let ledger = std::fs::read_to_string(site.root().join("organization.yaml")).unwrap();
    assert!(ledger.contains("active: true"));
    site.write("organization.yaml", &organization("  active: false\n  approved: true\n"));
    site.exits(0, "apply --yes");
    nothing_to_do(&site);
    // Gone from the manifests, it stays; destroying says so.
    std::fs::remove_file(site.root().join("organization.yaml")).unwrap();
    site.write("group.yaml", "apiVersion: auth/v1\nkind: Group\nmetadata: {name: own}\n");
    let calls = cloud.calls();
    site.exits(0, "apply --yes --prune").says(&["PL0530", "--prune --target Organization/acme"]);
    site.exits(4, "destroy --confirm partner --confirm-loss")
        .says(&["PL0505", "Organization/acme"]);
    let deletes = |writes: Vec<String>| {
        writes.into_iter().filter(|it| it.contains("DELETE /auth/v1/organizations")).count()
    };
    assert_eq!(deletes(cloud.writes(calls)), 0);
    site.exits(
        0,
        "apply --yes --prune --confirm-loss --allow-deletes 9 --target Organization/acme",
    );
    assert_eq!(deletes(cloud.writes(calls)), 1);
    assert!(!site.exits(0, "get --all -o name").out.contains("acme"));
}

/// A partner's key acts inside the organization that the stack names, and its ledger belongs to that.
#[test]
fn a_stack_is_inside_an_organization() {
    let cloud = partners();
    let outer = of_partner(&cloud, "  active: true\n  approved: true\n");
    outer.exits(0, "apply --yes");
    let all = cloud.asked("GET", "/auth/v1/organizations/", None);
    let acme = all["results"].as_array().unwrap().iter().find(|it| it["name"] == "acme").unwrap();
    let id = acme["id"].as_str().unwrap();
    let mut site = Site::at(&cloud).with_documents("inside", &[]);
    site.set("PLUMB_RAFAY_API_KEY", PARTNER);
    site.write("plumb.yaml", &stack("inside", &format!("  organizations: {{rafay: {id}}}")));
    site.write("project.yaml", "apiVersion: auth/v1\nkind: Project\nmetadata: {name: theirs}\n");
    site.exits(0, "apply --yes");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    let own = cloud.asked("GET", "/auth/v1/projects/", None).to_string();
    assert!(!own.contains("theirs"), "{own}");
    // The same stack in the partner's own organization is another account's.
    site.write("plumb.yaml", &stack("inside", ""));
    site.exits(4, "plan").says(&["PL0611"]);
    site.write("plumb.yaml", &stack("inside", "  organizations: {rafay: '???'}"));
    site.exits(1, "plan").says(&["PL0206", "spec.organizations.rafay"]);
    site.write("plumb.yaml", &stack("inside", "  organizations: {voltage-park: o1}"));
    site.set("VOLTAGE_PARK_API_KEY", &cloud.voltage_park_key);
    site.write("box.yaml", &crate::harness::virtual_machine("box"));
    site.exits(1, "plan").says(&["PL0605", "voltage-park", "organizations"]);
}
