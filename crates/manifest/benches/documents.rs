//! Reading documents by the hundred thousand: the budget of DESIGN.md §10 is 2.5 s and 400 MB for
//! 100,000 documents of 530 bytes. Prints bytes for each document beside the times, since those do
//! not depend on the machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench")]
#![allow(clippy::print_stderr, reason = "what a bench is for")]

#[path = "../tests/manifest/toy.rs"]
mod toy;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plumb_manifest::{Loaded, Outside, load, resolve};
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

const OUTSIDE: Outside<'static> = Outside { variable: &|_| None, standard_input: None };

/// One document of about 530 bytes.
fn document(text: &mut String, number: usize) {
    let _ = write!(
        text,
        "---\napiVersion: paas.envmgmt.io/v1\nkind: ComputeInstance\nmetadata:\n  name: \
         node-{number:06}\n  project: ml-platform\n  workspace: research-{}\n  description: \"One \
         of the nodes of the training fleet; see the runbook for what to do when it fails.\"\n  \
         labels: {{team: research, purpose: training}}\nspec:\n  computeType: baremetal\n  \
         computeProfile:\n    name: bmaas-h100\n    systemCatalog: true\n  variables:\n    - name: \
         Contract Term\n      value: \"12\"\n    - name: node_os_image\n      value: \
         default-image\n    - name: Infiniband Configuration\n      value: \"true\"\n",
        number % 100
    );
}

/// A folder of files with a thousand documents each.
fn fleet(documents: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for first in (0..documents).step_by(1000) {
        let mut text = String::new();
        (first..documents.min(first + 1000)).for_each(|number| document(&mut text, number));
        std::fs::write(folder.path().join(format!("{first:06}.yaml")), text).unwrap();
    }
    folder
}

fn read(folder: &Path) -> Loaded {
    let loaded = load(&[PathBuf::from(folder)], &OUTSIDE);
    assert!(loaded.findings.is_empty());
    loaded
}

fn budget() {
    const DOCUMENTS: usize = 100_000;
    let folder = fleet(DOCUMENTS);
    let registry = toy::registry();
    let (start, before) = (Instant::now(), resident());
    let loaded = read(folder.path());
    let (loading, loaded_size) = (start.elapsed(), resident());
    let resolved = resolve(&loaded, &registry, &OUTSIDE);
    let (all, resolved_size) = (start.elapsed(), resident());
    assert_eq!(resolved.desired.map_or(0, |desired| desired.resources().len()), DOCUMENTS);
    let each = |bytes: u64| bytes / DOCUMENTS as u64;
    let text: usize = loaded.sources.iter().map(|(_, text)| text.len()).sum();
    eprintln!(
        "{DOCUMENTS} documents: {} bytes of text each; loaded in {loading:?}, {} bytes each; loaded \
         and resolved in {all:?}, {} bytes each",
        each(text as u64),
        each(loaded_size.saturating_sub(before)),
        each(resolved_size.saturating_sub(before)),
    );
}

/// The memory this process has now, in bytes; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

fn documents(criterion: &mut Criterion) {
    budget();
    const DOCUMENTS: usize = 5_000;
    let folder = fleet(DOCUMENTS);
    let registry = toy::registry();
    let mut group = criterion.benchmark_group("documents");
    group.throughput(Throughput::Elements(DOCUMENTS as u64)).sample_size(10);
    group.bench_function("load", |bench| bench.iter(|| black_box(read(folder.path()))));
    let loaded = read(folder.path());
    group.bench_function("resolve", |bench| {
        bench.iter(|| black_box(resolve(&loaded, &registry, &OUTSIDE)));
    });
    group.finish();
}

criterion_group!(benches, documents);
criterion_main!(benches);
