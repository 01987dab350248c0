//! `plumb.yaml`: the settings of a stack. All of them have defaults.
//!
//! Endpoints and keys are not among them: whoever may change the repository must not be able to
//! send a key elsewhere (docs/rules.md §8).

mod document;
mod fields;
mod indeterminate;
pub(crate) mod named_kinds;
mod policies;
mod prices;
mod rails;
mod schedules;

pub use document::API_VERSION;
pub(crate) use document::StackDocument;

use crate::schema;
use crate::source::{self, STACK_FILE};
use crate::text::Text;
use crate::tree::{NodeId, Source, Tree};
use crate::validate::{Leave, check};
use crate::wishes::{A_MONTH, duration};
use crate::yaml;
use named_kinds::NamedKind;
use plumb_model::finding::SourceMap;
use plumb_model::policy::{Limits, Policy, Prune};
use plumb_model::schedule::{Schedule, Window};
use plumb_model::{CelPolicy, Code, FieldPath, Finding, Money, PathPattern, PriceBook, Rails};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// The longest mark: it is a label's value, with room for the number of a run.
const LONGEST_MARK: usize = 63 - ".999999".len();
/// Where the ledger is when nothing is said, below the root.
pub const DEFAULT_LEDGER: &str = ".plumb";
/// How long a plan file holds when nothing is said: who reviewed it still knows why.
const PLAN_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// The settings of a stack, with every default in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its name: the mark on everything it owns. A DNS label.
    pub name: String,
    /// Where the name is from.
    pub naming: Naming,
    /// What tells it from other stacks of its name, where it has an id.
    pub id: Option<String>,
    /// The files and folders that are read, below the root; empty means the whole root.
    pub paths: Vec<PathBuf>,
    /// The connections it uses.
    pub connections: Connections,
    /// A folder below the root, or a URL.
    pub ledger: String,
    /// Whether owned resources whose document is gone are deleted.
    pub prune: Prune,
    /// How much one run may delete, and cost.
    pub limits: Limits,
    /// What things cost of which no cloud tells a price.
    pub prices: PriceBook,
    /// What its planned world must be like.
    pub rails: Rails,
    /// The same as expressions.
    pub policies: Vec<CelPolicy>,
    /// When its machines run.
    pub schedules: Vec<Schedule>,
    /// When what is there may be changed.
    pub windows: Vec<Window>,
    /// How long a plan file may be carried out after it was made.
    pub plan_lifetime: Duration,
    /// How long after the last look a create in doubt is given up and sent again, by the name of
    /// its kind. A kind that is not here waits for a person. This can provision twice.
    pub give_up: BTreeMap<String, Duration>,
}

/// The connections a stack uses. Where they lead, and their keys, are the operator's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Their names; none means the operator's defaults.
    pub names: Vec<String>,
    /// The organization that a partner's key acts inside, by the name of the connection.
    pub organizations: BTreeMap<String, String>,
    /// The most requests in flight to a connection, by its name, where that is not left to plumb.
    pub in_flight: BTreeMap<String, usize>,
}

/// Where the name of a stack is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// Nobody named it: the folder's name stands in, which other folders have too. Nothing is
    /// written under it.
    OfFolder,
    /// Somebody named it.
    Given,
}

/// The settings of a stack, and where they speak of kinds: which kinds there are is known later.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) stack: Stack,
    pub(crate) kinds: Vec<NamedKind>,
}

impl From<Stack> for Settings {
    fn from(stack: Stack) -> Self {
        Self { stack, kinds: Vec::new() }
    }
}

impl Stack {
    /// The settings of a folder without `plumb.yaml`: its name becomes the stack's.
    #[must_use]
    pub fn of_folder(root: &Path) -> Self {
        Self {
            name: name_of(root),
            naming: Naming::OfFolder,
            id: None,
            paths: Vec::new(),
            connections: Connections::default(),
            ledger: DEFAULT_LEDGER.to_owned(),
            prune: Prune::default(),
            limits: Limits::default(),
            prices: PriceBook::default(),
            rails: Rails::default(),
            policies: Vec::new(),
            schedules: Vec::new(),
            windows: Vec::new(),
            plan_lifetime: PLAN_LIFETIME,
            give_up: BTreeMap::new(),
        }
    }

    /// What its runs may do by its own settings.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            prune: self.prune,
            limits: self.limits.clone(),
            prices: self.prices.clone(),
            rails: self.rails.clone(),
            policies: self.policies.clone(),
            windows: self.windows.clone(),
            ..Policy::default()
        }
    }

    /// The mark on everything it owns: its name, and its id where it has one.
    #[must_use]
    pub fn mark(&self) -> String {
        plumb_model::mark::of(&self.name, self.id.as_deref())
    }
}

/// Reads the settings of a root folder. Problems become findings, and defaults stand in.
pub(crate) fn read(root: &Path, sources: &mut SourceMap, findings: &mut Vec<Finding>) -> Settings {
    let path = root.join(STACK_FILE);
    let stack = Stack::of_folder(root);
    if std::fs::symlink_metadata(&path).is_err() {
        return stack.into();
    }
    match source::belongs_to(&path, root).and_then(|()| source::read(&path)) {
        Ok(text) => {
            sources.insert(text.file.clone(), text.text.clone());
            read_text(&text, stack, findings)
        }
        Err(finding) => {
            findings.push(finding);
            stack.into()
        }
    }
}

fn read_text(text: &Text, stack: Stack, findings: &mut Vec<Finding>) -> Settings {
    let parsed = yaml::parse(&Source::new(&text.file, &text.text));
    let tree = parsed.tree;
    let mut wrong = parsed.findings;
    let root = match parsed.roots.as_slice() {
        [(_, root)] => Some(*root),
        [] => None,
        [_, (_, second), ..] => {
            let message = "plumb.yaml holds more than one document";
            wrong.push(Finding::error(Code::BAD_STACK_FILE, message).at(tree.head(*second)));
            None
        }
    };
    let settings = match root {
        Some(root) => settings(&tree, root, stack, &mut wrong),
        None => stack.into(),
    };
    findings.append(&mut wrong);
    settings
}

/// The schema of `plumb.yaml`.
///
/// # Errors
/// An internal contradiction: plumb's own schema is not understood.
pub(crate) fn compiled() -> Result<schema::Schema, Finding> {
    schema::own("the schema of plumb.yaml", document::schema().as_value())
}

/// Fields that nothing said about `plumb.yaml` repeats: whoever writes a key there by mistake need
/// not read it in a log.
pub(crate) fn guarded() -> [PathPattern; 3] {
    let spec = FieldPath::root().key("spec");
    ["connections", "organizations", "ledger"].map(|name| PathPattern::exactly(&spec.key(name)))
}

fn settings(tree: &Tree, root: NodeId, stack: Stack, findings: &mut Vec<Finding>) -> Settings {
    let forbidden = forbidden(tree, root);
    let schema = match compiled() {
        Ok(schema) => schema,
        Err(contradiction) => {
            findings.push(contradiction);
            return stack.into();
        }
    };
    let secret = guarded();
    let leave = Leave { secret: &secret, ..Leave::default() };
    let shape = check(tree, root, &schema, leave).findings;
    // What may not be there at all is said once, with the reason.
    let covered = |finding: &Finding| {
        forbidden.iter().any(|refused| match (&refused.span, &finding.span) {
            (Some(refused), Some(span)) => refused.line == span.line,
            _ => false,
        })
    };
    let shape: Vec<Finding> = shape.into_iter().filter(|finding| !covered(finding)).collect();
    let usable = forbidden.is_empty() && shape.is_empty();
    findings.extend(forbidden);
    findings.extend(shape);
    if !usable {
        return stack.into();
    }
    match serde_json::from_value::<StackDocument>(tree.value(root).shown()) {
        Ok(document) => complete(document, stack, tree, root, findings),
        Err(error) => {
            let message = format!("plumb.yaml cannot be used: {error}");
            findings.push(Finding::error(Code::BAD_STACK_FILE, message).at(tree.head(root)));
            stack.into()
        }
    }
}

fn complete(
    document: StackDocument,
    default: Stack,
    tree: &Tree,
    root: NodeId,
    findings: &mut Vec<Finding>,
) -> Settings {
    let spec = document.spec;
    let (give_up, mut kinds) = indeterminate::read(&spec.on_indeterminate, tree, root, findings);
    let (prices, kinds_with_prices) = prices::read(&spec.prices, tree, root, findings);
    kinds.extend(kinds_with_prices);
    let (rails, kinds_on_rails) = rails::read((&spec.rails, &spec.gpus), tree, root, findings);
    kinds.extend(kinds_on_rails);
    let (policies, kinds_of_policies) = policies::read(&spec.policies, tree, root, findings);
    kinds.extend(kinds_of_policies);
    let written = (&*spec.schedules, &*spec.windows);
    let (schedules, windows, kinds_with_times) = schedules::read(written, tree, root, findings);
    kinds.extend(kinds_with_times);
    let mut refuse = |message: String| {
        findings.push(Finding::error(Code::BAD_STACK_FILE, message).at(tree.head(root)));
    };
    let outside = |path: &str| {
        let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        !Path::new(path).components().all(inside)
    };
    for path in spec.paths.iter().filter(|path| outside(path)) {
        refuse(format!("spec.paths names {path:?}, which is not below this folder"));
    }
    let plan_lifetime = match spec.plan_lifetime.as_deref().map(|text| duration(text, A_MONTH)) {
        None => default.plan_lifetime,
        Some(Ok(lifetime)) => lifetime,
        Some(Err(why)) => {
            refuse(format!("spec.planLifetime cannot be used: {why}"));
            default.plan_lifetime
        }
    };
    let ledger = spec.ledger.unwrap_or(default.ledger);
    if let Some((_, rest)) = ledger.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // Who logs in over SSH is no secret; what else stands there may be one.
        let user = authority.rsplit_once('@').map(|(user, _)| user);
        let by_ssh = ledger.starts_with("git+ssh://");
        if user.is_some_and(|user| !by_ssh || user.contains(':')) {
            refuse("spec.ledger holds credentials, which belong to the operator".to_owned());
        }
    } else if outside(&ledger) {
        refuse(format!("spec.ledger names {ledger:?}, which is not below this folder"));
    }
    let (name, id) = (document.metadata.name, document.metadata.id);
    let longest = id.as_ref().map(|id| LONGEST_MARK.saturating_sub(id.len() + 1));
    if let (Some(name), Some(longest)) = (&name, longest)
        && name.len() > longest
    {
        refuse(format!("metadata.name has more than the {longest} characters that its id leaves"));
    }
    if name.is_none() && id.is_some() {
        refuse("metadata.id stands without a name".to_owned());
    }
    let unused = |name: &&String| !spec.connections.is_empty() && !spec.connections.contains(name);
    let inside = spec.organizations.keys().map(|name| ("organizations", name));
    let named = inside.chain(spec.in_flight.keys().map(|name| ("inFlight", name)));
    for (setting, name) in named.filter(|(_, name)| unused(name)) {
        refuse(format!("spec.{setting} names {name:?}, which is not in spec.connections"));
    }
    let stack = Stack {
        naming: if name.is_some() { Naming::Given } else { Naming::OfFolder },
        name: name.unwrap_or(default.name),
        id,
        paths: spec.paths.iter().filter(|path| !outside(path)).map(PathBuf::from).collect(),
        connections: Connections {
            names: spec.connections,
            organizations: spec.organizations,
            in_flight: spec.in_flight.into_iter().map(|(name, most)| (name, most.into())).collect(),
        },
        ledger,
        prune: if spec.prune { Prune::On } else { Prune::Off },
        limits: Limits {
            deletes: spec.limits.deletes.unwrap_or(default.limits.deletes),
            share_percent: spec.limits.share_percent.unwrap_or(default.limits.share_percent),
            share_from: spec.limits.share_from.unwrap_or(default.limits.share_from),
            hourly: amount(spec.limits.hourly.as_ref()),
            unexplained_hourly: amount(spec.limits.unexplained_hourly.as_ref())
                .unwrap_or(default.limits.unexplained_hourly),
        },
        prices,
        rails,
        policies,
        schedules,
        windows,
        plan_lifetime,
        give_up,
    };
    Settings { stack, kinds }
}

/// An amount of dollars; the schema has seen that it is one.
fn amount(value: Option<&serde_json::Value>) -> Option<Money> {
    value.and_then(|value| Money::read(&value.into()))
}

/// Fields that would send a key somewhere, or show one.
fn forbidden(tree: &Tree, root: NodeId) -> Vec<Finding> {
    const NAMES: [&str; 14] = [
        "endpoint",
        "url",
        "baseurl",
        "host",
        "server",
        "apikey",
        "key",
        "token",
        "secret",
        "password",
        "credentials",
        "credential",
        "accesskey",
        "authorization",
    ];
    let mut findings = Vec::new();
    let mut rest = vec![root];
    while let Some(node) = rest.pop() {
        rest.extend(tree.elements(node));
        for (key, value) in tree.fields(node) {
            let name = tree.key_text(key).unwrap_or_default();
            let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            if NAMES.contains(&plain.to_ascii_lowercase().as_str()) {
                let message = format!("{name} may not stand in plumb.yaml");
                let help = "endpoints and keys belong to the operator, so that no change to the \
                            repository can send a key elsewhere: set them in the environment or in \
                            connections.yaml, and name the connection in spec.connections";
                let finding = Finding::error(Code::BAD_STACK_FILE, message).at(tree.span(key));
                findings.push(finding.help(help));
            } else {
                rest.push(value);
            }
        }
    }
    findings
}

/// A folder's name as a DNS label; `default` when nothing is left of it.
fn name_of(root: &Path) -> String {
    let real = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let name = real.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    let label: String = name.unwrap_or_default().chars().map(plain).take(63).collect();
    let label = label.trim_matches('-');
    if label.is_empty() { "default".to_owned() } else { label.to_owned() }
}
