//! Streams that nobody reads any more, and streams that cannot be written: no panic, an exit code
//! that says what came of it, and a run that goes on.

use crate::gate::Gate;
use crate::judge;
use crate::site::{Ran, SIGNALLED, Site, finish};
use crate::workload::Workload;
use std::fs::File;
use std::process::{Command, Stdio};

/// Commands that print something, when everything is made.
const COMMANDS: &[&str] = &[
    "--help",
    "--version",
    "completions bash",
    "man",
    "schema",
    "schema --list",
    "explain",
    "validate",
    "validate --format sarif",
    "graph",
    "history",
    "doctor",
    "plan",
    "plan --why --format markdown",
    "plan --format json -vv",
    "drift --format json",
    "get -o yaml",
    "export",
    "catalog",
    "cost",
    "unlock",
    "apply --yes --format json -vvv",
];

/// What a program exits with that panics: one of the tests' profile, and one that ships.
const PANICS: [i32; 2] = [101, SIGNALLED];

/// A pipe whose other end is closed.
fn deaf() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

fn run(mut command: Command) -> Ran {
    finish(command.spawn().unwrap())
}

fn applied() -> (Gate, Site) {
    let gate = Gate::open();
    let site = Site::of(Workload::Rafay, &gate);
    judge::recovers(Workload::Rafay, &gate, &site, "undisturbed");
    (gate, site)
}

#[test]
fn a_reader_that_went_away_changes_no_exit_code() {
    let (_gate, site) = applied();
    for line in COMMANDS {
        let open = site.run(line).code;
        for streams in 1..=3 {
            let mut command = site.plumb(line);
            if streams & 1 != 0 {
                command.stdout(deaf());
            }
            if streams & 2 != 0 {
                command.stderr(deaf());
            }
            let ran = run(command);
            assert_eq!(ran.code, open, "{line}, streams {streams}: {}", ran.text);
        }
        let closed = run(site.prepared("exec >&- 2>&-", line)).code;
        assert_eq!(closed, open, "{line}, closed");
    }
}

#[test]
fn an_error_is_still_an_error_when_nobody_hears_it() {
    let (_gate, site) = applied();
    for line in ["plan --nonsense", "explain PL9999", "plan nowhere", "get Nothing"] {
        let mut command = site.plumb(line);
        command.stdout(deaf()).stderr(deaf());
        assert_eq!(run(command).code, 1, "{line}");
    }
}

/// An apply that nobody listens to any more finishes what it began.
#[test]
fn an_apply_goes_on_unheard() {
    std::thread::scope(|scope| {
        for workload in Workload::ALL {
            for extra in ["", " -vv", " --format json"] {
                scope.spawn(move || {
                    let gate = Gate::open();
                    let site = Site::of(workload, &gate);
                    let mut command = site.plumb(&format!("apply --yes{extra}"));
                    command.stdout(deaf()).stderr(deaf());
                    assert_eq!(run(command).code, 0, "{workload:?}{extra}");
                    let calls = gate.writes();
                    judge::recovers(workload, &gate, &site, "unheard");
                    assert_eq!(gate.writes(), calls, "{workload:?}{extra}: it was not done");
                });
            }
        }
    });
}

/// `plumb export > fleet.yaml` on a full disk must not look as if it had worked.
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let (_gate, site) = applied();
    for line in ["export", "plan --format json", "schema", "get -o yaml", "graph", "man", "--help"]
    {
        let mut command = site.plumb(line);
        command.stdout(full());
        let ran = run(command);
        assert_eq!(ran.code, 1, "{line}: {}", ran.text);
        assert!(ran.text.contains("standard output"), "{line}: {}", ran.text);
        let mut command = site.plumb(line);
        command.stdout(full()).stderr(full());
        let code = run(command).code;
        assert!(!PANICS.contains(&code), "{line}: {code}");
    }
}
