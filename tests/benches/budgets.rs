//! The budgets of plumb, measured against the sandbox: `cargo bench -p plumb-tests --bench budgets`,
//! with `-- --quick` for smaller fleets and `-- creates documents` for some parts only. Prints a
//! table; ends with an error when a budget that does not depend on the machine is broken.
//! docs/rules.md §10 has the budgets; docs/decisions/0028-what-is-optimized-when.md how it is built.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench")]
#![allow(clippy::print_stdout, reason = "what a bench is for")]

#[path = "budgets/child.rs"]
mod child;
#[path = "budgets/counted.rs"]
mod counted;
#[path = "budgets/distant.rs"]
mod distant;
#[path = "budgets/fleet.rs"]
mod fleet;
#[path = "budgets/machine.rs"]
mod machine;
#[path = "budgets/table.rs"]
mod table;
#[path = "budgets/wired.rs"]
mod wired;

use child::{CHILD, Figures, Served, Task};
use counted::{
    BESIDE_RENTED, OTHER_COLLECTIONS, REQUEST_MILLISECONDS, pages, rented_floor, rented_pages,
    rented_round_trips,
};
use distant::STORE_MILLISECONDS;
use fleet::{Fleet, Standing};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use table::Severity::{Firm, Soft};
use table::{Row, Unit};

/// How large the fleets are.
struct Sizes {
    /// Machines of the large fleet.
    objects: usize,
    /// Documents that are only read.
    documents: usize,
    /// Creates over loopback.
    creates: usize,
}

const FULL: Sizes = Sizes { objects: 10_000, documents: 100_000, creates: 1_000 };
const QUICK: Sizes = Sizes { objects: 2_000, documents: 10_000, creates: 200 };

/// Measures some budgets.
type Part = fn(&Sizes) -> Vec<Row>;

/// What is measured, by name.
const PARTS: [(&str, Part); 9] = [
    ("empty-plan", empty_plan),
    ("many-objects", many_objects),
    ("growth", growth),
    ("runs", runs),
    ("adopting", adopting),
    ("creates", creates),
    ("waiting", waiting),
    ("documents", documents),
    ("binary", binary),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, order, ..] = arguments.as_slice()
        && first == CHILD
    {
        println!("{}", child::obey(order));
        return ExitCode::SUCCESS;
    }
    if let [first, task, fleet, number, latency @ ..] =
        &arguments.iter().filter(|it| *it != "--bench").collect::<Vec<_>>()[..]
        && *first == SERVE
    {
        let latency = latency.first().map(|latency| latency.parse().expect("milliseconds"));
        serve(task, fleet, number.parse().expect("a number"), latency);
        return ExitCode::SUCCESS;
    }
    let (switches, named): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.starts_with("--"));
    let sizes = if switches.iter().any(|switch| *switch == "--quick") { QUICK } else { FULL };
    println!("{}", table::head());
    let mut rows = Vec::new();
    for (name, measure) in PARTS {
        if named.is_empty() || named.iter().any(|wanted| *wanted == name) {
            for row in measure(&sizes) {
                println!("{row}");
                rows.push(row);
            }
        }
    }
    let broken = table::broken(&rows).count();
    println!("{} budgets, {broken} of the firm ones broken", rows.len());
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn empty_plan(_: &Sizes) -> Vec<Row> {
    const MACHINES: usize = 1_000;
    let fleet = Fleet::Machines(MACHINES);
    let exact = counted::empty_plan(fleet);
    let served = Served::new(fleet, Standing::Deployed, REQUEST_MILLISECONDS);
    served.measure(Task::Remember);
    let real = fastest(|| served.measure(Task::Plan));
    let what = "empty plan, 1,000 instances, 50 ms a request";
    let mut rows = vec![
        Row::new(format!("{what}: requests"), Unit::Count, Firm, count(exact.requests), 25.0),
        Row::new(
            format!("{what}: time, work aside"),
            Unit::Seconds,
            Firm,
            seconds(exact.elapsed),
            0.25,
        ),
        Row::new(format!("{what}: time, over loopback"), Unit::Seconds, Soft, real.seconds, 0.25),
    ];
    rows.extend(empty_rented_plan());
    rows
}

/// Four calls (V-05) and then eight are ten pages, the keys and whose the key is. Of three times as many a
/// reader that asks for each alone, ten at a time, as Terraform's providers do, took 18.1 s.
fn empty_rented_plan() -> [Row; 3] {
    const MACHINES: u64 = 1_000;
    const MORE: u64 = 3_000;
    const EACH_ALONE: f64 = 18.1;
    let exact = counted::empty_plan(Fleet::Rented(1_000));
    let floor = rented_round_trips(MACHINES) * REQUEST_MILLISECONDS;
    let floor = seconds(Duration::from_millis(floor));
    let what = "empty plan, 1,000 rented machines, 50 ms a request";
    let served = Served::new(Fleet::Rented(3_000), Standing::Deployed, REQUEST_MILLISECONDS);
    served.measure(Task::Remember);
    let more = fastest(|| served.measure(Task::Plan));
    [
        Row::new(format!("{what}: requests"), Unit::Count, Firm, count(exact.requests), 12.0),
        Row::new(
            format!("{what}: time, work aside"),
            Unit::Seconds,
            Firm,
            seconds(exact.elapsed),
            floor,
        ),
        Row::new(
            format!("empty plan, {MORE} rented machines, 50 ms a request: time, over loopback"),
            Unit::Seconds,
            Soft,
            more.seconds,
            EACH_ALONE / 60.0,
        ),
    ]
}

/// The argument that makes this program serve a fleet for a child that a profiler runs: it is followed
/// by the task, the fleet, its size and what a request takes in milliseconds (docs/performance.md).
const SERVE: &str = "--serve";

/// Serves a fleet, prints what runs the child, and ends with its standard input.
fn serve(task: &str, fleet: &str, number: usize, latency: Option<u64>) {
    let fleet = match fleet {
        "machines" => Fleet::Machines(number),
        "workspaces" => Fleet::Workspaces(number),
        "rented" => Fleet::Rented(number),
        "keys" => Fleet::Keys(number),
        "mounting" => Fleet::Mounting(number),
        other => panic!("no fleet {other}"),
    };
    let task: Task = serde_json::from_value(task.into()).expect("a task");
    let stands = task == Task::Plan;
    let standing = if stands { Standing::Deployed } else { Standing::Nothing };
    // What carrying out waits for is a part of it.
    let latency = latency.unwrap_or(if stands { 0 } else { REQUEST_MILLISECONDS });
    let served = Served::new(fleet, standing, latency);
    if stands {
        served.measure(Task::Remember);
    }
    println!("{}", serde_json::to_string(&served.arguments(task)).unwrap());
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

fn many_objects(sizes: &Sizes) -> Vec<Row> {
    let instances =
        many_of(sizes, Fleet::Machines, "instances", |objects| pages(objects) + OTHER_COLLECTIONS);
    let rented = many_of(sizes, Fleet::Rented, "rented machines", |objects| {
        rented_pages(objects as u64) + BESIDE_RENTED
    });
    [instances, rented].concat()
}

fn many_of(
    sizes: &Sizes,
    fleet: fn(usize) -> Fleet,
    called: &str,
    requests: fn(usize) -> u64,
) -> Vec<Row> {
    let plan = |machines: usize| {
        let served = Served::new(fleet(machines), Standing::Deployed, 0);
        served.measure(Task::Remember);
        fastest(|| served.measure(Task::Plan))
    };
    let share = count(sizes.objects as u64) / 10_000.0;
    let (few, many) = (plan(sizes.objects / 5), plan(sizes.objects));
    let requests = requests(sizes.objects);
    let what = format!("empty plan, {} {called}, no latency", sizes.objects);
    let growth = many.processor_seconds / few.processor_seconds / 5.0;
    let above = many.peak.saturating_sub(many.before);
    vec![
        Row::new(
            format!("{what}: requests"),
            Unit::Count,
            Firm,
            count(many.requests),
            count(requests),
        ),
        Row::new(
            format!("{what}: processor"),
            Unit::Seconds,
            Soft,
            many.processor_seconds,
            0.5 * share,
        ),
        Row::new(format!("{what}: processor, to a fifth of it"), Unit::Times, Firm, growth, 1.5),
        Row::new(
            format!("{what}: memory above inputs"),
            Unit::Bytes,
            Soft,
            count(above),
            1e8 * share,
        ),
        Row::new(
            format!("{what}: memory in all"),
            Unit::Bytes,
            Soft,
            count(many.peak),
            1e8 * share,
        ),
    ]
}

/// What grows with the fleet grows with it and no faster.
fn growth(sizes: &Sizes) -> Vec<Row> {
    let plan = |fleet: Fleet| {
        let served = Served::new(fleet, Standing::Nothing, 0);
        fastest(|| served.measure(Task::PlanCreates))
    };
    let Sizes { objects, .. } = *sizes;
    let grow = |fleet: fn(usize) -> Fleet, what: String, number: usize, budget: (f64, f64)| {
        let (few, many) = (plan(fleet(number / 5)), plan(fleet(number)));
        let above = |figures: &Figures| count(figures.peak.saturating_sub(figures.before));
        let (time, memory) = budget;
        [
            Row::new(
                format!("{what}: processor"),
                Unit::Seconds,
                Soft,
                many.processor_seconds,
                time,
            ),
            Row::new(
                format!("{what}: processor, to a fifth of it"),
                Unit::Times,
                Firm,
                many.processor_seconds / few.processor_seconds,
                6.0,
            ),
            Row::new(format!("{what}: memory in all"), Unit::Bytes, Soft, count(many.peak), memory),
            Row::new(
                format!("{what}: memory above inputs, to a fifth of it"),
                Unit::Times,
                Firm,
                above(&many) / above(&few),
                6.0,
            ),
        ]
    };
    let (rented, mounting) = (5 * objects, 3 * objects / 10);
    let share = count(objects as u64) / 10_000.0;
    let made = format!("plan of {rented} rented machines to make");
    let mounted = format!("plan of {mounting} rentals that mount {mounting} volumes");
    [
        grow(Fleet::Rented, made, rented, (2.5 * share, 4e8 * share)),
        grow(Fleet::Mounting, mounted, mounting, (0.4 * share, 1e8 * share)),
    ]
    .concat()
}

/// How what is done with a fleet grows from 1,000 to 10,000 and 50,000: of the processor all that a process
/// takes which does it.
fn runs(sizes: &Sizes) -> Vec<Row> {
    const WHAT: [&str; 4] = ["apply", "plan", "history", "validate"];
    let objects = sizes.objects;
    let measured = [objects / 10, objects, 5 * objects].map(|number| {
        let (apply, served) = applied(Fleet::Workspaces(number), 0, Task::Apply);
        let [plan, history] =
            [Task::Plan, Task::History].map(|task| fastest(|| served.measure(task)));
        (number, [apply, plan, history, fastest(|| served.measure_loading())])
    });
    let grown = |at: usize| {
        let (few, many) = (&measured[at], &measured[at + 1]);
        let most = if at == 0 { 11.0 } else { 6.0 };
        let rows = WHAT.iter().enumerate().flat_map(move |(task, what)| {
            let (few_of, many_of) = (&few.1[task], &many.1[task]);
            let above = |it: &Figures| count(it.peak.saturating_sub(it.before));
            let what = format!("{what} of {}, to {}", many.0, few.0);
            let time = many_of.processor_in_all / few_of.processor_in_all;
            let memory = above(many_of) / above(few_of);
            [
                Row::new(format!("{what}: processor"), Unit::Times, Soft, time, most),
                Row::new(format!("{what}: memory above inputs"), Unit::Times, Soft, memory, most),
            ]
        });
        rows.collect::<Vec<_>>()
    };
    [grown(0), grown(1)].concat()
}

/// Taking on record what stands: as much is held as at a plan.
fn adopting(sizes: &Sizes) -> Vec<Row> {
    let machines = 3 * sizes.objects / 10;
    let served = Served::new(Fleet::Machines(machines), Standing::Deployed, 0);
    let figures = served.measure(Task::Apply);
    let share = count(sizes.objects as u64) / 10_000.0;
    let what = format!("{machines} instances taken on record: memory in all");
    vec![Row::new(what, Unit::Bytes, Soft, count(figures.peak), 6e7 * share)]
}

fn creates(sizes: &Sizes) -> Vec<Row> {
    const CREATES: usize = 1_000;
    let exact = counted::creates(Fleet::Workspaces(CREATES));
    let [real, shared] = [Task::Apply, Task::ApplyShared]
        .map(|task| applied(Fleet::Workspaces(sizes.creates), REQUEST_MILLISECONDS, task).0);
    let floor = seconds(counted::floor(sizes.creates as u64, counted::IN_FLIGHT));
    let (over, real_over) =
        (seconds(exact.elapsed) / seconds(exact.floor(counted::IN_FLIGHT)), real.seconds / floor);
    let what = "1,000 creates, 50 ms, 10 in flight";
    let reads = 2 * pages(CREATES);
    let far = format!(
        "{} creates over loopback, shared ledger {STORE_MILLISECONDS} ms away",
        sizes.creates
    );
    let loopback =
        format!("{} creates over loopback, ledger on disk: time to floor", sizes.creates);
    [
        Row::new(format!("{what}: creates sent"), Unit::Count, Firm, count(exact.posts), 1_000.0),
        Row::new(
            format!("{what}: reads, two listings"),
            Unit::Count,
            Firm,
            count(exact.reads),
            count(reads),
        ),
        Row::new(format!("{what}: time to floor, work aside"), Unit::Times, Firm, over, 1.05),
        Row::new(loopback, Unit::Times, Soft, real_over, 1.05),
        Row::new(format!("{far}: time to floor"), Unit::Times, Soft, shared.seconds / floor, 1.10),
        Row::new(
            format!("{far}: requests to the store"),
            Unit::Count,
            Firm,
            count(shared.stored),
            // A create is two appends: what is about to be sent, and what came of it.
            count(sizes.creates as u64) / 2.0,
        ),
    ]
    .into_iter()
    .chain(made_at_voltage_park(Fleet::Rented(CREATES), "rented machines made", 1.1))
    .chain(made_at_voltage_park(Fleet::Keys(CREATES), "keys made", 1.05))
    .collect()
}

fn made_at_voltage_park(fleet: Fleet, called: &str, times: f64) -> [Row; 2] {
    let exact = counted::creates(fleet);
    let what = format!("1,000 {called}, 50 ms, from 4 in flight");
    let over = seconds(exact.elapsed) / seconds(rented_floor(exact.posts));
    let requests = count(exact.posts + exact.reads);
    [
        Row::new(format!("{what}: requests"), Unit::Count, Firm, requests, 1_250.0),
        Row::new(format!("{what}: time to floor, work aside"), Unit::Times, Firm, over, times),
    ]
}

fn waiting(_: &Sizes) -> Vec<Row> {
    const MACHINES: usize = 1_000;
    let waiting = counted::waiting(Fleet::Machines(MACHINES));
    let what = "waiting for 1,000 machines";
    let most = waiting.rounds.iter().copied().max().unwrap_or_default();
    let rounds = waiting.rounds.len();
    vec![
        Row::new(
            format!("{what}: requests in the largest of {rounds} rounds"),
            Unit::Count,
            Firm,
            count(most),
            count(pages(MACHINES)),
        ),
        Row::new(
            format!("{what}: other requests meanwhile"),
            Unit::Count,
            Firm,
            count(waiting.others),
            0.0,
        ),
    ]
}

fn documents(sizes: &Sizes) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Fleet::Machines(sizes.documents).write(folder.path());
    let figures = fastest(|| child::measure_loading(folder.path()));
    let number = count(sizes.documents as u64);
    let share = number / 100_000.0;
    let what =
        format!("{} documents of {:.0} bytes", sizes.documents, count(bytes as u64) / number);
    let each = count(figures.peak.saturating_sub(figures.before)) / number;
    vec![
        Row::new(
            format!("{what}: loaded, checked, keyed"),
            Unit::Seconds,
            Soft,
            figures.seconds,
            2.0 * share,
        ),
        Row::new(
            format!("{what}: memory at most"),
            Unit::Bytes,
            Soft,
            count(figures.peak),
            2.5e8 * share,
        ),
        Row::new(format!("{what}: memory for each"), Unit::Bytes, Soft, each, 4_000.0),
    ]
}

fn binary(_: &Sizes) -> Vec<Row> {
    let Some(binary) = machine::binary() else {
        println!("the binary is measured when it is built: cargo build --release -p plumb-cli");
        return Vec::new();
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let version = machine::run_time(&binary, &["--version"], &root);
    let validate = machine::run_time(&binary, &["validate", "manifests"], &root);
    vec![
        Row::new("plumb --version", Unit::Seconds, Soft, seconds(version), 0.005),
        Row::new("plumb validate manifests", Unit::Seconds, Soft, seconds(validate), 0.02),
        Row::new("size of the binary", Unit::Bytes, Firm, count(machine::size(&binary)), 15e6),
    ]
}

/// Making a fleet in a world where nothing of it is, and the last of these worlds.
fn applied(fleet: Fleet, latency_milliseconds: u64, task: Task) -> (Figures, Served) {
    let empty = || Served::new(fleet, Standing::Nothing, latency_milliseconds);
    let mut served = empty();
    let figures = fastest(|| {
        served = empty();
        served.measure(task)
    });
    (figures, served)
}

/// The figures of the fastest of three, since everything else on a machine only makes it slower.
fn fastest(mut measure: impl FnMut() -> Figures) -> Figures {
    let all = [measure(), measure(), measure()];
    let [first, rest @ ..] = all;
    rest.into_iter().fold(first, |best, next| Figures {
        requests: best.requests.max(next.requests),
        stored: best.stored.max(next.stored),
        seconds: best.seconds.min(next.seconds),
        processor_seconds: best.processor_seconds.min(next.processor_seconds),
        processor_in_all: best.processor_in_all.min(next.processor_in_all),
        peak: best.peak.min(next.peak),
        before: best.before.min(next.before),
    })
}

#[expect(clippy::cast_precision_loss, reason = "nothing here is counted beyond 2^52")]
fn count(number: u64) -> f64 {
    number as f64
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
