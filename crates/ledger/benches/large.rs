//! What a ledger takes after a run over a thousand and over ten thousand resources: turning its
//! journal over, reading what is live, telling what happened. What it takes in memory, a test holds:
//! `memory`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::many::run_over;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use plumb_ledger::{DiskFolder, Ledger, Store};
use std::hint::black_box;
use std::sync::Arc;

fn large(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ledger");
    group.sample_size(10);
    for count in [1_000, 10_000] {
        group.throughput(Throughput::Elements(count as u64));
        let fresh = || {
            let folder = tempfile::tempdir().unwrap();
            run_over(count, folder.path());
            folder
        };
        group.bench_function(BenchmarkId::new("turn over", count), |bench| {
            bench.iter_batched(
                fresh,
                |folder| {
                    let disk = Arc::new(DiskFolder::at(folder.path()));
                    black_box(Ledger::open_turning(disk, "ml", 0).unwrap());
                    folder
                },
                BatchSize::PerIteration,
            );
        });
        let folder = fresh();
        let store = Store::in_directory(folder.path());
        group.bench_function(BenchmarkId::new("read", count), |bench| {
            bench.iter(|| black_box(store.read("ml").unwrap()));
        });
        group.bench_function(BenchmarkId::new("history", count), |bench| {
            bench.iter(|| black_box(store.history("ml").unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, large);
criterion_main!(benches);
