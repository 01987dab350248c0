//! The request bodies of the vendor's API document are manifests as they stand.

use super::read;
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn the_vendors_request_bodies_are_manifests_as_they_stand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds");
    let (loaded, resolved) = read(&[folder], &BTreeMap::new());
    assert_eq!(resolved.findings, []);
    assert_eq!(loaded.documents.len(), 6);
    let desired = resolved.desired.unwrap();
    let keys: Vec<String> = desired.resources().keys().map(ToString::to_string).collect();
    assert_eq!(
        keys,
        [
            "User/user@domain.co",
            "ComputeInstance/system-catalog/dev1/create-bm-api",
            "ComputeInstance/system-catalog/dev1/rafay-test",
            "ComputeInstance/techproject/techproject/create-bm-api",
            "Service/system-catalog/vpc-test-1",
            "Workspace/vm-project/dev",
        ]
    );
    for resource in desired.resources().values() {
        let text = std::fs::read_to_string(resource.origin.file.as_ref()).unwrap();
        let written: serde_json::Value = serde_json::from_str(&text).unwrap();
        if resource.key.kind.kind == "User" {
            assert_eq!(resource.body.shown()["spec"]["password"], "(secret)");
            assert_eq!(resource.body.with_secrets_in_clear()["spec"], written["account"]);
        } else {
            assert_eq!(resource.body, written, "{}", resource.key);
        }
    }
}
