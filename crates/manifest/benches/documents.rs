//! Reading documents by the hundred thousand: the budget of docs/rules.md §10 is 2.5 s and 400 MB for
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

/// The number of documents in the budget.
const DOCUMENTS: usize = 100_000;
/// The number that is read again and again.
const FEW: usize = 5_000;

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
    let folder = fleet(DOCUMENTS);
    let registry = toy::registry();
    let before = Moment::now();
    let loaded = read(folder.path());
    let read = Moment::now();
    let resolved = resolve(&loaded, &registry, &OUTSIDE);
    let end = Moment::now();
    assert_eq!(resolved.desired.map_or(0, |desired| desired.resources().len()), DOCUMENTS);
    let text: usize = loaded.sources.iter().map(|(_, text)| text.len()).sum();
    eprintln!("{DOCUMENTS} documents of {} bytes", text / DOCUMENTS);
    for (what, from, to) in [("loading", &before, &read), ("resolving", &read, &end)] {
        let bytes = to.resident.saturating_sub(from.resident) / DOCUMENTS as u64;
        let processor = f64::from(to.processor - from.processor) / 100.0;
        let took = to.time - from.time;
        eprintln!("{what}: {took:.2?}, {processor:.2} s of processor, {bytes} bytes each");
    }
}

/// Time, processor time in hundredths of a second and memory in bytes, so far; 0 where the system
/// does not say.
struct Moment {
    time: Instant,
    processor: u32,
    resident: u64,
}

impl Moment {
    fn now() -> Self {
        let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split(' ').collect();
        let field = |at: usize| fields.get(at).and_then(|text| text.parse().ok()).unwrap_or(0_u32);
        // After the name come the state, and then user and system time as 12th and 13th.
        Self { time: Instant::now(), processor: field(12) + field(13), resident: resident() }
    }
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
    let folder = fleet(FEW);
    let registry = toy::registry();
    let mut group = criterion.benchmark_group("documents");
    group.throughput(Throughput::Elements(FEW as u64)).sample_size(10);
    group.bench_function("load", |bench| bench.iter(|| black_box(read(folder.path()))));
    let loaded = read(folder.path());
    group.bench_function("resolve", |bench| {
        bench.iter(|| black_box(resolve(&loaded, &registry, &OUTSIDE)));
    });
    group.finish();
}

criterion_group!(benches, documents);
criterion_main!(benches);
