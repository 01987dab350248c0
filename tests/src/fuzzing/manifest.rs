//! Manifests: any bytes as a file, and as standard input when they are text. Text that begins with
//! `# plumb.yaml` is the settings of a folder beside a manifest.

use super::bounded;
use crate::Complaint;
use crate::plumb::registry;
use plumb_manifest::{Loaded, Outside, Resolved, load, resolve};
use plumb_model::finding::{Severity, SourceMap};
use plumb_model::text::acts;
use plumb_model::{Finding, graph};
use std::path::{Path, PathBuf};

/// What makes an input the settings of a folder.
const SETTINGS: &[u8] = b"# plumb.yaml";
/// What stands beside them.
const BESIDE: &str = "apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {name: dev, \
                      project: ml}\n";

/// Loads and resolves an input, twice.
///
/// # Errors
/// When it is neither loaded nor refused, when a finding has no place or one that cannot be shown,
/// or when reading it again gives something else.
pub fn manifest(bytes: &[u8]) -> Result<(), Complaint> {
    let bytes = bounded(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.starts_with(SETTINGS) => twice(&[PathBuf::from("-")], Some(text)),
        _ => in_a_folder(bytes),
    }
}

fn in_a_folder(bytes: &[u8]) -> Result<(), Complaint> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).map_err(|error| error.to_string())
    };
    if bytes.starts_with(SETTINGS) {
        write("plumb.yaml", bytes)?;
        write("workspace.yaml", BESIDE.as_bytes())?;
    } else {
        write("input.yaml", bytes)?;
    }
    twice(&[folder.path().to_owned()], None)
}

fn twice(paths: &[PathBuf], text: Option<&str>) -> Result<(), Complaint> {
    let (loaded, resolved) = read(paths, text);
    judge(&loaded, &resolved)?;
    let (_, again) = read(paths, text);
    if again.findings != resolved.findings || again.desired.is_some() != resolved.desired.is_some()
    {
        return Err("reading it again finds something else".to_owned());
    }
    Ok(())
}

fn read(paths: &[PathBuf], text: Option<&str>) -> (Loaded, Resolved) {
    let variable = |name: &str| (name == "PLUMB_VAR_X").then(|| "value".to_owned());
    let outside = Outside { variable: &variable, standard_input: text.map(str::to_owned) };
    let loaded = load(paths, &outside);
    let resolved = resolve(&loaded, &registry(), &outside);
    (loaded, resolved)
}

fn judge(loaded: &Loaded, resolved: &Resolved) -> Result<(), Complaint> {
    let refused = resolved.findings.iter().any(|finding| finding.severity == Severity::Error);
    if refused == resolved.desired.is_some() {
        return Err("it is neither loaded nor refused".to_owned());
    }
    resolved.findings.iter().try_for_each(|finding| has_its_place(finding, &loaded.sources))?;
    let Some(desired) = &resolved.desired else { return Ok(()) };
    match graph::order(desired.edges()) {
        Ok(order) if order.len() == desired.resources().len() => Ok(()),
        _ => Err("what is loaded has no order".to_owned()),
    }
}

/// A finding must say where it is, in a text that can be shown, and must not act on a terminal.
fn has_its_place(finding: &Finding, sources: &SourceMap) -> Result<(), Complaint> {
    /// Beyond this no text goes on: what may not be shown has such a place.
    const BEYOND: usize = 8 << 20;
    let complain = |what: &str| Err(format!("{what}: {finding:?}"));
    let told = [Some(finding.message.as_str()), finding.help.as_deref()];
    if told.into_iter().flatten().any(|text| text.chars().any(acts)) {
        return complain("it would act on a terminal");
    }
    if finding.message.is_empty() {
        return complain("it says nothing");
    }
    let places = finding.span.iter().chain(finding.related.iter().map(|(span, _)| span));
    for span in places {
        let text = sources.text(&span.file);
        let shown =
            span.start > BEYOND || text.is_none_or(|text| text.get(span.start..span.end).is_some());
        if !shown || span.line == 0 || span.column == 0 {
            return complain("its place cannot be shown");
        }
    }
    // Only that there is nothing at all has no place.
    let nothing = finding.message.starts_with("no manifests in");
    if finding.span.is_none() && !nothing {
        return complain("it has no place");
    }
    Ok(())
}

/// The folder of the example manifests, which other targets read too.
pub(super) fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifests")
}
