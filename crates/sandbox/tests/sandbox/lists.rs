//! Paging, ordering and filters of lists; profiles.

use plumb_sandbox_rafay::knobs::CountMode;
use serde_json::{Value, json};

use crate::client::{Client, DEV, PAAS, Seen as _, compute, names, vpc};

const LIST: &str = "/apis/paas.envmgmt.io/v1/projects/defaultproject/computeinstances";

fn with_instances(count: usize) -> Client {
    let mut client = Client::with_workspace();
    for index in 0..count {
        client.add_instance(&format!("i{index:03}"));
    }
    client
}

#[test]
fn pages_are_capped_silently_and_newest_come_first() {
    let mut client = with_instances(60);
    let page = client.get(&format!("{LIST}?limit=1000")).body_json();
    assert_eq!(page["metadata"], json!({ "count": 60, "limit": 50 }));
    assert_eq!(names(&page)[..2], ["i059", "i058"]);
    let rest = client.get(&format!("{LIST}?limit=1000&offset=50")).body_json();
    assert_eq!(rest["metadata"], json!({ "count": 60, "limit": 50, "offset": 50 }));
    assert_eq!(names(&rest).len(), 10);
    let first = client.get(&format!("{LIST}?order=ASC&limit=2&orderBy=createdAt")).body_json();
    assert_eq!(names(&first), ["i000", "i001"]);
    let beyond = client.get(&format!("{LIST}?offset=1000")).body_json();
    assert_eq!(names(&beyond), Vec::<String>::new());
    for query in ["limit=0", "limit=-1", "limit=x", "offset=-1", "order=up", "orderBy=name"] {
        assert_eq!(client.get(&format!("{LIST}?{query}")).status, 400, "{query}");
    }
    client.turn(|knobs| {
        knobs.page_cap = 7;
        knobs.count_mode = CountMode::Page;
    });
    let page = client.get(LIST).body_json();
    assert_eq!(page["metadata"], json!({ "count": 7, "limit": 7 }));
}

#[test]
fn lists_filter_by_workspace_and_compute_type() {
    let mut client = with_instances(1);
    client.add_workspace("defaultproject", "other");
    let k8s = compute("k", "k8s", "k8s-v4-1", &[]);
    client.post(&DEV.replace("/dev", "/other/computeinstances"), &k8s);
    assert_eq!(names(&client.get(LIST).body_json()), ["k", "i000"]);
    assert_eq!(names(&client.get(&format!("{LIST}?computeType=k8s")).body_json()), ["k"]);
    let of_workspace = client.get(&format!("{DEV}/computeinstances")).body_json();
    assert_eq!(names(&of_workspace), ["i000"]);
    assert_eq!(of_workspace["metadata"]["count"], 1);
    assert_eq!(
        names(&client.get(&format!("{LIST}?computeType=vm")).body_json()),
        Vec::<String>::new()
    );
}

/// Contract 2.5.
#[test]
fn of_repeated_query_values_the_last_counts() {
    let mut client = with_instances(3);
    let page = client.get(&format!("{LIST}?limit=0&limit=2")).body_json();
    assert_eq!(page["metadata"], json!({ "count": 3, "limit": 2 }));
    assert_eq!(client.get(&format!("{LIST}?limit=2&limit=0")).status, 400);
}

#[test]
fn somebody_may_create_between_pages() {
    let mut client = with_instances(4);
    client.turn(|knobs| {
        knobs.page_cap = 2;
        knobs.insert_between_pages = true;
    });
    let first = names(&client.get(LIST).body_json());
    let second = names(&client.get(&format!("{LIST}?offset=2")).body_json());
    assert_eq!(first, ["i003", "i002"]);
    assert_eq!(second, ["i002", "i001"], "the page has shifted");
    let inserted = client.world.rafay().all_objects().filter(|it| it.created_by == "somebody-else");
    assert_eq!(inserted.filter(|it| it.key.name.starts_with("inserted-")).count(), 1);
}

#[test]
fn items_carry_no_api_version_and_services_are_listed() {
    let mut client = Client::new();
    let services = format!("{PAAS}/defaultproject/services");
    client.post(&services, &vpc("net"));
    let list = client.get(&services).body_json();
    assert_eq!(list["kind"], "ServiceList");
    let item = &list["items"][0];
    assert_eq!((&item["kind"], item.get("apiVersion")), (&json!("Service"), None));
    assert_eq!(item["spec"]["serviceProfile"]["name"], "vpc");
}

#[test]
fn shared_profiles_are_visible_from_every_project() {
    let mut client = Client::new();
    let all = client.get(&format!("{PAAS}/vm-project/computeprofiles")).body_json();
    let mut found = names(&all);
    found.sort();
    assert_eq!(found, ["bmaas-h100", "bmaas-l40s", "gpu-vm", "k8s-v4-1"]);
    let one = format!("{PAAS}/vm-project/computeprofiles/bmaas-h100");
    assert_eq!(client.get(&one).status, 404, "not the project's own");
    let profile = client.get(&format!("{one}?systemCatalog=true")).body_json();
    assert_eq!(profile["kind"], "ComputeProfile");
    let billing = &profile["status"]["globalSettings"]["billing"];
    assert!(billing["ratecard"]["instance"][0]["price"].is_f64());
    let direct = format!("{PAAS}/system-catalog/serviceprofiles/vpc");
    assert_eq!(client.get(&direct).status, 200);
    client.turn(|knobs| knobs.profile_hidden = vec!["vpc".to_owned()]);
    assert_eq!(client.get(&direct).status, 404);
    let others = client.get(&format!("{PAAS}/vm-project/serviceprofiles")).body_json();
    assert_eq!(names(&others), ["shared-filesystem", "devpod"]);
    let refused = client.post(&format!("{PAAS}/defaultproject/services"), &vpc("net"));
    assert_eq!(refused.status, 400);
}

#[test]
fn a_profile_says_what_may_change() {
    let mut client = Client::new();
    let target = format!("{PAAS}/defaultproject/computeprofiles/bmaas-h100?systemCatalog=true");
    let profile = client.get(&target).body_json();
    let variables = profile["spec"]["variables"].as_array().unwrap();
    let term: &Value = variables.iter().find(|it| it["name"] == "Contract Term").unwrap();
    assert_eq!(term["value"], "1");
    assert_eq!(term["options"]["override"]["type"], "restricted");
    assert_eq!(term["options"]["override"]["restrictedValues"], json!(["1", "6", "12", "24"]));
    assert_eq!(term["options"]["displayMetadata"]["disableForDay2Operation"], true);
}
