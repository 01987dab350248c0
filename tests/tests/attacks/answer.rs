//! What plumb answers to an attack: what reading it took, what was found, what was loaded, what is
//! wrong with that, and how it is written down for review.

use super::measure::{Spent, ended, measured};
use plumb_manifest::{Outside, Resolved, load, resolve};
use plumb_model::body::walk;
use plumb_model::finding::Severity;
use plumb_model::resource::Wishes;
use plumb_model::rules::RuleSet;
use plumb_model::text::{acts, escape};
use plumb_model::{Code, Finding, Resource};
use plumb_tests::plumb::registry;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// What an attack may take in the profile that ships.
const LONGEST: Duration = Duration::from_millis(200);
/// How much longer it may take in other profiles, where the reader is optimized too but checks more,
/// and on machines that are slower or busy: what is far from linear takes a hundred times as long.
/// `cargo test --release` holds the promise itself.
const FACTOR: u32 = if cfg!(debug_assertions) { 3 } else { 1 };
/// What may be allocated at any moment, beside what was before.
const MOST_MEMORY: usize = 64 << 20;
/// The best of so many runs counts.
const RUNS: u32 = 5;
/// Findings, or resources, that are listed one by one; of more, the first few, and how many of which
/// code.
const MOST_LISTED: usize = 40;
const FIRST_FEW: usize = 12;

/// What an attack came to.
pub(crate) struct Answer {
    pub(crate) spent: Spent,
    pub(crate) resolved: Resolved,
}

impl Answer {
    /// Reads an attack as `plumb validate` does, until that was fast enough or often enough.
    pub(crate) fn of(name: &str, path: &Path) -> Self {
        let read = || {
            let path = path.to_path_buf();
            ended(name, move || read(&path))
        };
        let mut best = read();
        for _ in 1..RUNS {
            if best.spent.time < LONGEST * FACTOR {
                break;
            }
            best.spent = best.spent.least(read().spent);
        }
        best
    }
}

/// Reads and checks manifests where no variable is set but one, and no program is found.
pub(crate) fn read(path: &Path) -> Answer {
    let registry = registry();
    let variable = |name: &str| match name {
        "PLUMB_VAR_X" => Some("value".to_owned()),
        "PATH" => Some("/nowhere".to_owned()),
        _ => None,
    };
    let outside = Outside { variable: &variable, standard_input: None };
    let (resolved, spent) = measured(|| {
        let loaded = load(&[path.to_path_buf()], &outside);
        resolve(&loaded, &registry, &outside).to_send()
    });
    Answer { spent, resolved }
}

/// What is wrong with an answer, whatever it says.
pub(crate) fn complaints(answer: &Answer) -> Vec<String> {
    const MOST_FINDINGS: usize = 8_000;
    let Answer { spent, resolved: Resolved { desired, findings, .. } } = answer;
    let mut complaints = Vec::new();
    if spent.time >= LONGEST * FACTOR || spent.memory >= MOST_MEMORY {
        complaints.push(format!("took {spent}"));
    }
    if findings.len() > MOST_FINDINGS {
        complaints.push(format!("has {} findings", findings.len()));
    }
    if desired.is_some() == findings.iter().any(|finding| finding.severity == Severity::Error) {
        complaints.push("is neither loaded nor refused".to_owned());
    }
    complaints.extend(findings.iter().filter_map(complaint));
    complaints
}

/// What a finding should say and does not, and what it should not say.
fn complaint(finding: &Finding) -> Option<String> {
    /// Characters of a finding that people are to read.
    const LONGEST_TEXT: usize = 2_000;
    // A folder in which nothing is said, or that has to be built, has no line.
    let whole = [Code::NO_DOCUMENTS, Code::KUSTOMIZE_FAILED].contains(&finding.code);
    let placed = finding.span.as_ref().is_some_and(|span| span.line > 0 && !span.file.is_empty());
    // Some mistakes say what to do by what they are: a missing field, a value of another type. The
    // code's explanation, which `plumb explain` shows, says it at length.
    let explained = finding.code.explanation().is_some_and(|known| !known.text.is_empty());
    let too_much = finding.code == Code::TOO_LARGE;
    let advised = finding.help.is_some() || (explained && !too_much);
    let text = format!("{}{}", finding.message, finding.help.as_deref().unwrap_or_default());
    let wrong = if !placed && !whole {
        "does not say where"
    } else if !advised {
        "does not say what to do"
    } else if text.chars().count() > LONGEST_TEXT {
        "is too long to be read"
    } else if text.chars().any(acts) {
        "acts on a terminal"
    } else {
        return None;
    };
    Some(format!("a finding {wrong}: {finding:?}"))
}

/// The answer as it is reviewed: every finding, or everything that was loaded.
pub(crate) fn shown(answer: &Answer, path: &Path) -> String {
    let here = path.display().to_string();
    let Resolved { desired, findings, .. } = &answer.resolved;
    let mut text = if desired.is_some() { "loaded\n" } else { "refused\n" }.to_owned();
    let listed = listed(findings.len());
    for finding in findings.iter().take(listed) {
        let place = finding.span.as_ref().map_or("-".to_owned(), |span| {
            format!("{}:{}:{}", span.file.replace(&here, ""), span.line, span.column)
        });
        let severity = if finding.severity == Severity::Error { "" } else { " (warning)" };
        let message = brief(&finding.message.replace(&here, ""));
        writeln!(text, "    {place} {}{severity} {message}", finding.code).unwrap();
        if let Some(help) = &finding.help {
            writeln!(text, "        help: {}", brief(help)).unwrap();
        }
    }
    let mut more: BTreeMap<Code, usize> = BTreeMap::new();
    findings.iter().skip(listed).for_each(|finding| *more.entry(finding.code).or_default() += 1);
    for (code, count) in more {
        writeln!(text, "    and {count} more of {code}").unwrap();
    }
    if let Some(desired) = desired {
        text += &loaded(desired.resources().values());
    }
    text
}

/// What was loaded, and a checksum of what of it is not shown.
fn loaded<'r>(resources: impl ExactSizeIterator<Item = &'r Resource>) -> String {
    let (mut text, mut checksum, mut whole) = (String::new(), 0, true);
    let count = resources.len();
    let listed = listed(count);
    for (at, resource) in resources.enumerate() {
        let Resource { key, body, wishes, origin: _ } = resource;
        let mut said = body.shown().to_string();
        let rules = RuleSet::new(&[], &[]);
        let (secrets, outputs) = (walk::secrets(body, rules), walk::outputs(body, rules));
        if **wishes != Wishes::default() {
            write!(said, " {wishes:?}").unwrap();
        }
        if !secrets.is_empty() || !outputs.is_empty() {
            write!(said, " with {} secrets, {} outputs", secrets.len(), outputs.len()).unwrap();
        }
        checksum = crc32c::crc32c_append(checksum, said.as_bytes());
        let short = brief(&escape(&said));
        whole &= at < listed && short == said;
        if at < listed {
            writeln!(text, "    {key} {short}").unwrap();
        }
    }
    if !whole {
        writeln!(text, "    {count} resources, checksum {checksum:08x}").unwrap();
    }
    text
}

fn listed(count: usize) -> usize {
    if count > MOST_LISTED { FIRST_FEW } else { count }
}

fn brief(text: &str) -> String {
    const LONGEST: usize = 200;
    let short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
