//! What a command works on: the manifests, the ledger's place, and the clouds it may talk to.

use crate::arguments::{Shared, duration};
use crate::context::Context;
use crate::environment::Environment;
use crate::problem::{Problem, broken};
use crate::providers::PROVIDERS;
use crate::trust;
use plumb_kind::Registry;
use plumb_ledger::{Store, Surroundings, is_of_a_bucket};
use plumb_manifest::{DEFAULT_LEDGER, Loaded, Naming, Outside, Stack};
use plumb_model::digest::Digest;
use plumb_model::finding::nearest;
use plumb_model::policy::Coverage;
use plumb_model::text::escape;
use plumb_model::{Address, Code, Desired, Excerpts, Finding, KindId, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// All kinds of all clouds.
///
/// # Errors
/// What is wrong with the kinds of this build, by name.
pub(crate) fn registry() -> Result<Registry, Problem> {
    Ok(Registry::new(PROVIDERS)?)
}

/// What a command makes of an environment variable that is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unset {
    /// An error: what it would give may have to be sent.
    Refused,
    /// A value that is not known: nothing is sent, or only deletes.
    Open,
}

/// The manifests of a command, read and checked.
#[derive(Debug)]
pub(crate) struct Manifested {
    /// The kinds.
    pub(crate) registry: Registry,
    /// The files.
    pub(crate) loaded: Loaded,
    /// What they declare.
    pub(crate) desired: Desired,
    /// Warnings.
    pub(crate) findings: Vec<Finding>,
    /// Whether this is all of the stack.
    pub(crate) coverage: Coverage,
}

/// Whether a command reads all of a stack's manifests: one folder, the stack's root, or standard
/// input alone for a stack that the command line names; not single files or several places. What is
/// not read is not "no longer declared": nothing may be pruned then.
fn coverage(paths: &[PathBuf], shared: &Shared) -> Coverage {
    match paths {
        [only] if only.is_dir() => Coverage::Whole,
        paths if is_piped(paths) && shared.stack.is_some() => Coverage::Whole,
        _ => Coverage::Part,
    }
}

/// Reads manifests.
///
/// # Errors
/// With every finding, when one of them is an error.
pub(crate) fn read(
    paths: &[PathBuf],
    unset: Unset,
    context: &Context,
) -> Result<Manifested, Problem> {
    let Context { shared, environment, output, .. } = context;
    let registry = registry()?;
    let standard_input = if paths.iter().any(|path| path == Path::new("-")) {
        let read = environment.standard_input();
        Some(read.map_err(|error| Problem::file(Path::new("standard input"), error))?)
    } else {
        None
    };
    let made_up = Mutex::new(BTreeSet::new());
    let variable = |name: &str| {
        let set = environment.variable(name);
        if set.is_none() && shared.sandbox && name.starts_with("PLUMB_VAR_") {
            let mut names = made_up.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            names.insert(name.to_owned());
            return Some(stand_in(name));
        }
        set
    };
    let outside = Outside { variable: &variable, standard_input };
    let coverage = coverage(paths, shared);
    let mut loaded = load(paths, &outside, shared)?;
    if coverage == Coverage::Whole {
        forgive_emptiness(&mut loaded, context)?;
    }
    let resolved = plumb_manifest::resolve(&loaded, &registry, &outside);
    let resolved = match unset {
        Unset::Refused => resolved.to_send(),
        Unset::Open => resolved,
    };
    let findings = resolved.findings;
    let names = made_up.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    for name in names {
        output.message(&format!("note: {name} is not set; the sandbox gets a made-up value"));
    }
    let Some(desired) = resolved.desired else {
        let excerpts = plumb_manifest::excerpts(&loaded, &registry, &findings);
        return Err(Problem::findings(findings, excerpts));
    };
    let desired = desired.at(context.environment.now(), &loaded.stack.schedules);
    Ok(Manifested { registry, loaded, desired, findings, coverage })
}

/// Reads files, and gives the stack the name that the command line says.
///
/// # Errors
/// When plumb.yaml says another.
pub(crate) fn load(
    paths: &[PathBuf],
    outside: &Outside<'_>,
    shared: &Shared,
) -> Result<Loaded, Problem> {
    let mut loaded = plumb_manifest::load(paths, outside);
    let Some(name) = &shared.stack else { return Ok(loaded) };
    let stack = &mut loaded.stack;
    if stack.naming == Naming::Given && stack.name != *name {
        let message = format!("--stack says {name:?}, and plumb.yaml names {:?}", stack.name);
        let help = "leave --stack out: it names a stack whose plumb.yaml does not";
        return Err(Finding::error(Code::INVALID_VALUE, message).help(help).into());
    }
    (stack.name, stack.naming) = (name.clone(), Naming::Given);
    Ok(loaded)
}

/// An error when nobody named the stack: another folder of its name, in another repository, would
/// be taken for the same stack, and each would delete what is the other's.
///
/// # Errors
/// What to do about it.
pub(crate) fn refuse_unnamed(stack: &Stack, root: &Path) -> Result<(), Problem> {
    match stack.naming {
        Naming::Given => Ok(()),
        Naming::OfFolder => {
            let message = format!(
                "the stack in {} has no name, and writes nothing without one",
                root.display()
            );
            let help = format!(
                "run `plumb init {}`, which writes a plumb.yaml with a name and an id, and commit \
                 it; or say --stack NAME. Until now it went by its folder's name: {}",
                root.display(),
                stack.name
            );
            Err(Finding::error(Code::UNNAMED_STACK, message).help(help).into())
        }
    }
}

/// Whether standard input is all that is read.
pub(crate) fn is_piped(paths: &[PathBuf]) -> bool {
    matches!(paths, [only] if only == Path::new("-"))
}

/// An error when nobody says which stack standard input is: the folder that plumb happens to be
/// started in does not.
pub(crate) fn refuse_unnamed_pipe(paths: &[PathBuf], shared: &Shared) -> Result<(), Problem> {
    if !is_piped(paths) || shared.stack.is_some() {
        return Ok(());
    }
    let message = "what comes from standard input belongs to no stack";
    let help = "say which one with --stack NAME; all of it is then taken for all of that stack";
    Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
}

/// A folder without manifests is no mistake once its stack wrote something: what that owns is
/// looked at, and can be destroyed.
fn forgive_emptiness(loaded: &mut Loaded, context: &Context) -> Result<(), Problem> {
    let only_empty = |finding: &Finding| finding.code == Code::NO_DOCUMENTS;
    if loaded.findings.is_empty() || !loaded.findings.iter().all(only_empty) {
        return Ok(());
    }
    if ledger_store(loaded, context)?.has_begun().map_err(|error| broken(&error))? {
        loaded.findings.clear();
    }
    Ok(())
}

/// What stands for an unset variable in the sandbox: the same text for the same name, long enough
/// for a password rule.
fn stand_in(name: &str) -> String {
    let digest = Digest::of_bytes(name.as_bytes());
    format!("Sandbox-{}", digest.beginning(12))
}

impl Manifested {
    /// Where the ledger is.
    pub(crate) fn ledger(&self, context: &Context) -> Result<Store, Problem> {
        ledger_store(&self.loaded, context)
    }

    /// How long after the last look creates in doubt are given up, by kind.
    pub(crate) fn give_up(&self) -> BTreeMap<KindId, Duration> {
        let named = |kind: &KindId| self.loaded.stack.give_up.get(&kind.kind).copied();
        let kinds = self.registry.kinds().map(|kind| &kind.rules().id);
        kinds.filter_map(|kind| Some((kind.clone(), named(kind)?))).collect()
    }

    /// The declared resources, and the file of each.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let resources = self.desired.resources().iter();
        resources.map(|(key, it)| (key.to_string(), it.origin.file.to_string())).collect()
    }

    /// What findings may show of the files they point into.
    pub(crate) fn excerpts(&self, findings: &[Finding]) -> Excerpts {
        plumb_manifest::excerpts(&self.loaded, &self.registry, findings)
    }

    /// The one resource an address names, declared or among `others`.
    pub(crate) fn one<'k>(
        &'k self,
        address: &Address,
        others: impl IntoIterator<Item = &'k ResourceKey>,
    ) -> Result<ResourceKey, Problem> {
        let known: BTreeSet<&ResourceKey> = self.desired.resources().keys().chain(others).collect();
        let named = known.iter().copied().filter(|key| address.names(key)).collect();
        one_of(address, &named, &known)
    }
}

/// The only key that an address names; `known` are those that may have been meant.
pub(crate) fn one_of(
    address: &Address,
    named: &BTreeSet<&ResourceKey>,
    known: &BTreeSet<&ResourceKey>,
) -> Result<ResourceKey, Problem> {
    let mut candidates = named.iter();
    match (candidates.next(), candidates.next()) {
        (Some(key), None) => Ok((*key).clone()),
        (None, _) => {
            let message = format!("no resource is called {}", escape(&address.to_string()));
            let finding = Finding::error(Code::UNKNOWN_REFERENCE, message);
            Err(finding.help(meant(address, known)).into())
        }
        (Some(_), Some(_)) => {
            let list: Vec<String> = named.iter().map(ToString::to_string).collect();
            let message = format!("{address} names {} resources", named.len());
            let help = format!("write one of: {}", list.join(", "));
            Err(Finding::error(Code::AMBIGUOUS_REFERENCE, message).help(help).into())
        }
    }
}

/// What may have been meant by an address that names nothing.
fn meant(address: &Address, known: &BTreeSet<&ResourceKey>) -> String {
    const SHOWN: usize = 5;
    let same_kind = |key: &&&ResourceKey| key.kind.kind.eq_ignore_ascii_case(&address.kind);
    let all: Vec<String> = known.iter().filter(same_kind).map(ToString::to_string).collect();
    let written = address.to_string();
    // Which scope it is in need not have been written.
    let same_name = known.iter().filter(same_kind).find(|key| key.name == address.name);
    let near = same_name.map(ToString::to_string).or_else(|| {
        let names = known.iter().filter(same_kind).map(|key| key.name.as_str());
        let near = nearest(&address.name, names)?;
        known.iter().filter(same_kind).find(|key| key.name == near).map(ToString::to_string)
    });
    let near =
        near.or_else(|| nearest(&written, all.iter().map(String::as_str)).map(str::to_owned));
    match (near, all.as_slice()) {
        (Some(near), _) => format!("did you mean {}?", escape(&near)),
        (None, []) => "write Kind/name, or Kind/project/workspace/name".to_owned(),
        (None, all) => {
            let shown: Vec<String> = all.iter().take(SHOWN).map(|key| escape(key)).collect();
            let more = all.len().saturating_sub(SHOWN);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            format!("of this kind there are {}{more}", shown.join(", "))
        }
    }
}

/// The folder of the sandbox's world.
pub(crate) fn sandbox_folder(shared: &Shared) -> PathBuf {
    let default = || Path::new(DEFAULT_LEDGER).join("sandbox");
    shared.sandbox_data.clone().unwrap_or_else(default)
}

/// What the stores of ledgers may use, and how long a run's sign of life there holds.
///
/// # Errors
/// When `PLUMB_LEDGER_PROMISE` is no time of two seconds at least.
fn surroundings(environment: &Environment) -> Result<Surroundings, Problem> {
    const NAME: &str = "PLUMB_LEDGER_PROMISE";
    const LEAST: Duration = Duration::from_secs(2);
    let promise = environment.variable(NAME).map(|text| match duration(&text) {
        Ok(promise) if promise >= LEAST => Ok(promise),
        Ok(_) => Err("it is too short".to_owned()),
        Err(why) => Err(why),
    });
    let promise = promise.transpose().map_err(|why| {
        let message = format!("{NAME} cannot be used: {why}");
        let help = "say how long a run's sign of life holds, 2s at least: 30s, 2m";
        Problem::from(Finding::error(Code::INVALID_VALUE, message).help(help))
    })?;
    Ok(Surroundings { promise, ..environment.surroundings() })
}

/// The store at an address, whose path, or repository, may be relative to a folder.
///
/// # Errors
/// When the address is none, or what the environment says of stores and of authorities cannot be used.
pub(crate) fn store_at(
    root: &Path,
    address: &str,
    environment: &Environment,
) -> Result<Store, Problem> {
    let mut surroundings = surroundings(environment)?;
    if is_of_a_bucket(address) {
        let trusted = trust::authorities(environment)?;
        surroundings.authorities = trusted.certificates_in_der().map(<[u8]>::to_vec).collect();
    }
    Store::at(root, address, &surroundings).map_err(|error| broken(&error))
}

/// Where the ledger is: named on the command line, in `PLUMB_LEDGER`, or in plumb.yaml, or `.plumb` at
/// the root.
/// The sandbox keeps its ledgers beside its world, so that a rehearsal never touches the real one,
/// and a world is never met with another world's ledger.
pub(crate) fn ledger_store(loaded: &Loaded, context: &Context) -> Result<Store, Problem> {
    let Context { shared, environment, .. } = context;
    if let Some(address) = &shared.ledger {
        // A remote's name is one of the repository that the manifests are in.
        let root = if address.starts_with("git:") { &*loaded.root } else { Path::new("") };
        store_at(root, address, environment)
    } else if shared.sandbox {
        let ledgers = sandbox_folder(shared).join("ledgers");
        store_at(&ledgers, &format!("folder:{}", loaded.stack.name), environment)
    } else if let Some(address) = environment.variable("PLUMB_LEDGER") {
        store_at(&loaded.root, &address, environment)
    } else {
        store_at(&loaded.root, &loaded.stack.ledger, environment)
    }
}
