//! Ids and names in answers that would turn a path into another one: none of them is sent, and no
//! answer with one counts as a success that can be acted upon.

use crate::harness::{Cloud, Site, virtual_machine, workspace};
use crate::security::wire::{Answer, Heard, Server};
use serde_json::{Value, json};

/// Ids that no client may put into a path.
fn hostile() -> Vec<String> {
    let texts =
        ["..", ".", "../x", "a/b", "%2e%2e", "", "a b", "a\r\nx-api-key: stolen", "\u{1b}[2Ja"];
    texts.into_iter().map(str::to_owned).chain(["x".repeat(10_000)]).collect()
}

const ROBIN: &str = "Canary-robin-81b4";
const PROJECT: &str = "apiVersion: auth/v1\nkind: Project\nmetadata: {name: ml}\n";
const USER: &str = "apiVersion: auth/v1\nkind: User\nmetadata: {name: robin@example.com}\nspec: \
                    {first_name: Robin, last_name: Reed, user_type: CONSOLE, password: {valueFrom: {var: ROBIN}}}\n";
const KEY: &str = "apiVersion: voltagepark.com/v1\nkind: SSHKey\nmetadata: {name: robin}\nspec: \
                   {content: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMI+ir2Z4jE+sgOCIE0qUCpenQir3JzD6oX2fUWqHWOX}\n";
const VOLUME: &str = "apiVersion: voltagepark.com/v1\nkind: StorageVolume\nmetadata: {name: shared}\nspec: \
                      {size_in_gb: 100}\n";

/// Collections whose objects are addressed by the ids the server gives them.
const BY_ID: [&str; 6] = [
    "/api/v1/virtual-machines",
    "/api/v1/bare-metal",
    "/api/v1/storage",
    "/api/v1/organization/ssh-keys",
    "/auth/v1/projects",
    "/auth/v1/users",
];

/// Gives every object of an answer this id.
fn give_ids(value: &mut Value, id: &str) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if ["id", "vm_id", "rental_id"].contains(&name.as_str()) && value.is_string() {
                    *value = json!(id);
                } else {
                    give_ids(value, id);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| give_ids(item, id)),
        _ => {}
    }
}

/// A server that gives these ids in its answers to one method.
fn giving(cloud: &Cloud, method: &'static str, id: &str) -> Server {
    let id = id.to_owned();
    Server::before(
        cloud,
        |_| None,
        move |heard: &Heard, answer: &mut Answer| {
            let by_id = BY_ID.iter().any(|path| heard.target.starts_with(path));
            let Ok(mut body) = serde_json::from_slice(&answer.body) else { return };
            if by_id && heard.method == method && answer.status < 300 {
                give_ids(&mut body, &id);
                answer.body = body.to_string().into_bytes();
            }
        },
    )
}

fn fleet() -> Vec<String> {
    let machine = virtual_machine("box").replace("spec:\n", "spec:\n  tags: [a]\n");
    let fixed = [PROJECT, USER, KEY, VOLUME].map(str::to_owned);
    fixed.into_iter().chain([machine]).collect()
}

fn site_at(cloud: &Cloud, server: &Server) -> Site {
    let mut site = Site::at(cloud);
    site.set("PLUMB_VAR_ROBIN", ROBIN);
    site.set("PLUMB_RAFAY_ENDPOINT", &server.endpoint);
    site.set("VOLTAGE_PARK_ENDPOINT", &server.endpoint);
    site
}

/// Sees that no path was sent that has such an id, or that a reader would take for another one.
#[track_caller]
fn expect_no_path_with(id: &str, server: &Server) {
    for line in server.lines() {
        let path = line.split(' ').nth(1).unwrap().split('?').next().unwrap().to_lowercase();
        assert!(!path.contains("//"), "{line}");
        for segment in path.split('/') {
            let plain = segment.replace("%2e", ".").replace("%2f", "/");
            assert!(!plain.contains("..") && plain != "." && !plain.contains('/'), "{line}");
            assert!(segment.len() < 1_000, "{line}");
            assert!(id.is_empty() || plain != id, "{line}");
            assert!(!plain.contains("%0") && !plain.contains("%1b"), "{line}");
        }
    }
    let injected = server.heard().iter().any(|heard| heard.head.contains("stolen"));
    assert!(!injected);
}

#[test]
fn a_list_with_hostile_ids_is_not_acted_upon() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud);
    site.set("PLUMB_VAR_ROBIN", ROBIN);
    let mut site = site.with_documents("fleet", &fleet());
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    let changed = fleet().join("---\n").replace("tags: [a]", "tags: [b]");
    site.write("fleet.yaml", &changed.replace("size_in_gb: 100", "size_in_gb: 200"));
    for id in hostile() {
        let server = giving(&cloud, "GET", &id);
        site.set("PLUMB_RAFAY_ENDPOINT", &server.endpoint);
        site.set("VOLTAGE_PARK_ENDPOINT", &server.endpoint);
        for line in ["plan", "apply --yes", "get", "export", "destroy --confirm fleet"] {
            let words: Vec<&str> = line.split(' ').collect();
            let ran = site.plumb(&words);
            if !["get", "export"].contains(&line) {
                assert!(
                    [1, 3, 4].contains(&ran.code),
                    "{id:?} {line}: {}\n{}",
                    ran.code,
                    ran.all()
                );
            }
            ran.says(&["id"]);
            assert!(ran.all().len() < 60_000, "{id:?} {line} says {} bytes", ran.all().len());
        }
        expect_no_path_with(&id, &server);
    }
    assert_eq!(cloud.effect_count(), effects);
}

/// A create is settled by the list, which has the true id, and never by an id that is none.
#[test]
fn a_created_object_with_a_hostile_id_is_looked_for() {
    std::thread::scope(|scope| {
        for id in hostile() {
            scope.spawn(move || expect_looked_for(&id));
        }
    });
}

fn expect_looked_for(id: &str) {
    let cloud = Cloud::start(&json!({}));
    let server = giving(&cloud, "POST", id);
    let site = site_at(&cloud, &server).with_documents("fleet", &fleet());
    let ran = site.exits(0, "apply --yes");
    ran.keeps_quiet_of(&["stolen", "xxxxxxxx"]);
    assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1; 5], "{id:?}");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    site.exits(0, "destroy --confirm fleet");
    expect_no_path_with(id, &server);
    let deletes = server.lines().into_iter().filter(|line| line.starts_with("DELETE "));
    assert_eq!(deletes.count(), 5, "{id:?}: {:?}", server.lines());
}

/// Where names are in paths, a name that climbs is not sent.
#[test]
fn names_of_other_places_do_not_climb() {
    std::thread::scope(|scope| {
        for name in ["..", ".", "%2e%2e", "a/../../b", "a\r\nx-api-key: stolen"] {
            scope.spawn(move || expect_no_climb(name));
        }
    });
}

fn expect_no_climb(name: &str) {
    let cloud = Cloud::start(&json!({}));
    let text = json!(name).to_string();
    let server = Server::before(
        &cloud,
        |_| None,
        move |_, answer: &mut Answer| {
            let body = String::from_utf8_lossy(&answer.body);
            let changed = body.replace("\"vm-project\"", &text).replace("\"elsewhere\"", &text);
            answer.body = changed.into_bytes();
        },
    );
    let site = Site::at(&cloud).with_documents("other", &[workspace("elsewhere")]);
    site.exits(0, "apply --yes");
    let site = site_at(&cloud, &server).with_documents("fleet", &[workspace("dev")]);
    for line in ["plan", "get", "export", "drift", "doctor"] {
        let words: Vec<&str> = line.split(' ').collect();
        let ran = site.plumb(&words);
        assert!([0, 1, 2, 4].contains(&ran.code), "{name:?} {line}\n{}", ran.all());
        assert!(!ran.all().contains('\r'), "{name:?} {line}\n{}", ran.all());
    }
    for line in server.lines() {
        let path = line.split(' ').nth(1).unwrap();
        assert!(!path.split(['/', '?']).any(|part| [".", ".."].contains(&part)), "{line}");
        assert!(!path.to_lowercase().contains("/%2e%2e"), "{line}");
    }
    assert!(!server.heard().iter().any(|heard| heard.head.contains("stolen")));
}
