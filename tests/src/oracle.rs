//! What the sandbox says became of it all. plumb's own word counts for nothing here.
//!
//! - No object was made twice, at no moment.
//! - Nothing foreign was touched: the decoys of `world.yaml` are as they were.
//! - Every planned fault took place: one that did not makes the test an empty one.
//! - No secret is in the ledger or in anything plumb said.
//! - plumb kept the contract's good manners, as far as the server can see.

use crate::Complaint;
use plumb_sandbox::effects::SOMEBODY_ELSE;
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
    let touched = world
        .effects()
        .all()
        .iter()
        .filter(|effect| effect.object.contains(DECOYS) && effect.actor != SOMEBODY_ELSE);
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

/// How often an effect of a kind happened to an object.
#[must_use]
pub fn count(world: &World, kind: EffectKind, object: &str) -> usize {
    let of_object = world.effects().of_object(object);
    of_object.filter(|effect| effect.kind == kind && effect.actor != SOMEBODY_ELSE).count()
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
