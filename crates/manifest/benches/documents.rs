//! Reading documents by the hundred thousand: the budget of docs/rules.md §10 is 2.0 s and 250 MB for
//! 100,000 documents of 530 bytes. Prints the most memory meanwhile beside the times: bytes for each
//! document are held by a test, `memory`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench")]
#![allow(clippy::print_stderr, reason = "what a bench is for")]

#[path = "../tests/manifest/many.rs"]
mod many;
#[path = "../tests/manifest/toy.rs"]
mod toy;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plumb_manifest::{Loaded, Outside, load, resolve};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

const OUTSIDE: Outside<'static> = Outside { variable: &|_| None, standard_input: None };

/// The number of documents in the budget.
const DOCUMENTS: usize = 100_000;
/// The number that is read again and again.
const FEW: usize = 5_000;

fn read(folder: &Path) -> Loaded {
    let loaded = load(&[PathBuf::from(folder)], &OUTSIDE);
    assert!(loaded.findings.is_empty());
    loaded
}

fn budget() {
    let folder = many::fleet(DOCUMENTS);
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
        let processor = f64::from(to.processor - from.processor) / 100.0;
        let (took, peak) = (to.time - from.time, to.peak >> 20);
        eprintln!("{what}: {took:.2?}, {processor:.2} s of processor, {peak} MiB at most so far");
    }
}

/// Time, processor time in hundredths of a second and the most memory in bytes, so far; 0 where the
/// system does not say.
struct Moment {
    time: Instant,
    processor: u32,
    peak: u64,
}

impl Moment {
    fn now() -> Self {
        let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split(' ').collect();
        let field = |at: usize| fields.get(at).and_then(|text| text.parse().ok()).unwrap_or(0_u32);
        // After the name come the state, and then user and system time as 12th and 13th.
        Self { time: Instant::now(), processor: field(12) + field(13), peak: peak() }
    }
}

/// The most memory this process had, in bytes; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

fn documents(criterion: &mut Criterion) {
    budget();
    let folder = many::fleet(FEW);
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
