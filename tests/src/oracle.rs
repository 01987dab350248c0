//! What the sandbox says became of it all. plumb's own word counts for nothing here.
//!
//! - No object was made twice, at no moment.
//! - Nothing foreign was touched: the decoys of `world.yaml` are as they were.
//!   In the second cloud, whose ids the server makes up, theirs begin with `dec0dec0`.
//! - Every planned fault took place: one that did not makes the test an empty one.
//! - No secret is in the ledger or in anything plumb said.
//! - plumb kept the contract's good manners, as far as the server can see.

pub(crate) mod rented;

use crate::Complaint;
use plumb_sandbox::effects::SOMEBODY_ELSE;
use plumb_sandbox::operation::Access;
use plumb_sandbox::{EffectKind, FindingKind, World};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The project nobody may touch anything in.
const DECOYS: &str = "decoys/";

/// Everything the world itself can tell.
#[must_use]
pub fn complaints(world: &World, forgiven: &BTreeSet<FindingKind>) -> Vec<Complaint> {
    let mut complaints = duplicates(world);
    complaints.extend(rented::duplicates(world));
    complaints.extend(touched_decoys(world));
    complaints.extend(unfired(world));
    for finding in world.findings().iter().filter(|finding| !forgiven.contains(&finding.kind)) {
        complaints
            .push(format!("bad manners: {:?} {} {}", finding.kind, finding.object, finding.detail));
    }
    let noticed =
        |kind: &&FindingKind| world.findings().iter().any(|finding| finding.kind == **kind);
    for kind in forgiven.iter().filter(|kind| !noticed(kind)) {
        complaints.push(format!("{kind:?} is expected and was not noticed"));
    }
    complaints
}

fn duplicates(world: &World) -> Vec<Complaint> {
    let effects = world.effects();
    let twice = effects.duplicates().into_iter().map(|object| format!("{object} exists twice"));
    let mut gone: BTreeMap<&str, usize> = BTreeMap::new();
    for effect in effects.of_kind(EffectKind::Gone) {
        *gone.entry(&effect.object).or_default() += 1;
    }
    let creates = effects.creates_per_object().into_iter();
    let again = creates
        .filter(|(object, count)| *count > 1 + gone.get(object.as_str()).copied().unwrap_or(0))
        .map(|(object, count)| format!("{object} was created {count} times"));
    twice.chain(again).collect()
}

fn touched_decoys(world: &World) -> Vec<Complaint> {
    let is_decoy = |object: &str| object.contains(DECOYS) || rented::is_decoy(object);
    let touched = world
        .effects()
        .all()
        .iter()
        .filter(|effect| is_decoy(&effect.object) && effect.actor != SOMEBODY_ELSE);
    touched
        .map(|effect| format!("a decoy was touched: {:?} {}", effect.kind, effect.object))
        .collect()
}

/// Faults that were planned and did not take place.
#[must_use]
pub fn unfired(world: &World) -> Vec<Complaint> {
    let silent = world.faults().states().iter().filter(|state| state.fired == 0);
    silent.map(|state| format!("a fault never fired: {:?}", state.rule)).collect()
}

/// How often an effect of a kind happened to an object, or to all objects of a name where names do
/// not say which.
#[must_use]
pub fn count(world: &World, kind: EffectKind, object: &str) -> usize {
    let of_object =
        world.effects().of_kind(kind).filter(|effect| rented::is_called(effect, object));
    of_object.filter(|effect| effect.actor != SOMEBODY_ELSE).count()
}

/// Whether nothing was asked for since a call that could change anything. A question that is asked
/// with a body is no change.
#[must_use]
pub fn only_reads(world: &World, since: u64) -> bool {
    let reads = |id: &str| {
        let mut operations = crate::simulated::operations();
        operations.any(|known| known.id == id && known.access == Access::Read)
    };
    world
        .requests()
        .since(since)
        .all(|record| record.method == "GET" || record.operation.as_deref().is_some_and(reads))
}

/// Secrets in the files below a folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn leaks_in_files(
    folder: &Path,
    secrets: &BTreeSet<String>,
) -> Result<Vec<Complaint>, Complaint> {
    let mut complaints = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).map_err(|error| error.to_string())?;
            complaints.extend(leaks(&path.display().to_string(), &bytes, secrets));
        }
    }
    Ok(complaints)
}

/// Secrets in some bytes.
#[must_use]
pub fn leaks(place: &str, bytes: &[u8], secrets: &BTreeSet<String>) -> Vec<Complaint> {
    let holds = |secret: &&String| {
        !secret.is_empty() && bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
    };
    secrets
        .iter()
        .filter(holds)
        .map(|secret| format!("{place} holds the secret {secret}"))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::simulated::Seen as _;
    use plumb_sandbox::{Edit, Reply, Request, handle};
    use serde_json::{Value, json};

    fn world() -> World {
        let projects = json!([{"name": "system-catalog"}, {"name": "ml"}, {"name": "decoys"}]);
        let config = json!({"rafay": {"seeded": {"projects": projects}}});
        crate::simulated::world(config).unwrap()
    }

    fn send(world: &mut World, method: &str, target: &str, body: &Value) {
        let key = world.key("rafay");
        let request = Request::new(method, target).header("x-api-key", &key).json(body);
        assert!(matches!(handle(world, &request), Reply::Answer(_)));
    }

    fn workspace(world: &mut World, project: &str, query: &str) {
        let body = json!({
            "apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
            "metadata": {"name": "w", "project": project},
        });
        let path = format!("/apis/paas.envmgmt.io/v1/projects/{project}/workspaces{query}");
        send(world, "POST", &path, &body);
    }

    #[test]
    fn a_well_behaved_client_is_not_complained_about() {
        let mut world = world();
        workspace(&mut world, "ml", "?fail-on-exists=true");
        assert_eq!(complaints(&world, &BTreeSet::new()), [""; 0]);
    }

    #[test]
    fn touched_decoys_bad_manners_and_silent_faults_are_named() {
        let mut world = world();
        workspace(&mut world, "decoys", "");
        let rule = json!({"match": {"path": "/never"}, "effect": {"type": "lost_before"}});
        world.faults_mut().extend(vec![serde_json::from_value(rule).unwrap()]);
        let found = complaints(&world, &BTreeSet::new()).join("\n");
        for part in ["a decoy was touched", "FailOnExistsMissing", "a fault never fired"] {
            assert!(found.contains(part), "{part} is not in {found}");
        }
        let forgiven =
            BTreeSet::from([FindingKind::FailOnExistsMissing, FindingKind::ScopeMismatch]);
        let found = complaints(&world, &forgiven).join("\n");
        assert!(!found.contains("FailOnExistsMissing"), "{found}");
        assert!(found.contains("ScopeMismatch is expected"), "{found}");
    }

    #[test]
    fn a_second_create_counts_unless_the_first_object_went() {
        let mut world = world();
        workspace(&mut world, "ml", "?fail-on-exists=true");
        world.edit(&Edit::Delete { object: "Workspace/ml/w".to_owned() }).unwrap();
        workspace(&mut world, "ml", "?fail-on-exists=true");
        assert_eq!(duplicates(&world), [""; 0]);
        assert_eq!(count(&world, EffectKind::Created, "Workspace/ml/w"), 2);
    }

    #[test]
    fn a_secret_is_found_anywhere_in_some_bytes() {
        let secrets = BTreeSet::from(["hunter2".to_owned(), String::new()]);
        assert_eq!(leaks("it", b"xx hunter2\xff", &secrets), ["it holds the secret hunter2"]);
        assert!(leaks("it", b"hunter", &secrets).is_empty());
    }
}
