//! Ledgers on disks that are full, or may not be written: what was sent is on record or in doubt,
//! nothing is sent that could not be recorded, and everything goes on when the disk is mended.

use crate::binary::plumb;
use crate::gate::Gate;
use crate::judge::{self, Before};
use crate::site::{Ran, SIGNALLED, Site, finish, need, tell};
use crate::workload::Workload;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// Takes away what lets root ignore the modes of files, where that is who runs this.
const AS_ANYBODY: &str = "\
if [ \"$(id -u)\" = 0 ]; then
    set -- setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override
fi";

fn run(site: &Site, preparation: &str, line: &str) -> Ran {
    finish(site.prepared(preparation, line).spawn().unwrap())
}

/// A run without the rights that only root has.
fn run_as_anybody(site: &Site, line: &str) -> Ran {
    need("setpriv");
    let script = format!("{AS_ANYBODY}\nexec \"$@\" {} {line}", plumb());
    let mut shell = site.program("sh");
    finish(shell.args(["-c", &script]).spawn().unwrap())
}

/// What becomes of a write beyond the limit.
#[derive(Clone, Copy, Debug)]
enum Beyond {
    /// It fails.
    Fails,
    /// It ends the process.
    Kills,
}

/// The journal may grow to so many half kilobytes, for every size that a run passes.
#[test]
fn a_journal_that_cannot_grow_stops_the_run_before_anything_is_lost() {
    let limits = (1..=16).flat_map(|blocks| [(blocks, Beyond::Fails), (blocks, Beyond::Kills)]);
    let stopped =
        stops(&limits, |workload, (blocks, beyond)| journal_up_to(workload, blocks, beyond));
    tell(&format!("{stopped} of 96 runs were stopped by a journal that could not grow"));
    assert!(stopped >= 40, "{stopped} of 96 were stopped by the limit");
}

/// Whether the limit stopped the run.
fn journal_up_to(workload: Workload, blocks: usize, beyond: Beyond) -> bool {
    let gate = Gate::open();
    let site = Site::of(workload, &gate);
    // The space that a ledger sets aside is larger than the limit.
    drop(site.open_ledger());
    let (trap, expected) = match beyond {
        Beyond::Fails => ("trap '' XFSZ; ", 3),
        Beyond::Kills => ("", SIGNALLED),
    };
    let ran = run(&site, &format!("{trap}ulimit -c 0; ulimit -f {blocks}"), "apply --yes");
    if ran.code == 0 {
        return false;
    }
    let case = format!("{workload:?}, {blocks} blocks, {beyond:?}");
    // Where not even its first lines fit, it does not begin.
    assert!(ran.code == expected || (gate.writes() == 0 && ran.code == 1), "{case}: {ran:#?}");
    if ran.code == 3 {
        assert!(ran.text.contains("mend the ledger's folder"), "{case}: {}", ran.text);
    }
    if matches!(beyond, Beyond::Fails) {
        let said = judge::says_what_came_of_it(workload, &gate, &site, (&ran, Before::default()));
        said.unwrap_or_else(|it| panic!("{case}: {it:?}"));
    }
    site.settle_windows_pass();
    judge::recovers(workload, &gate, &site, &case);
    true
}

/// Without room for the outcome of what it would send, a run does not begin.
#[test]
fn without_room_for_a_ledger_nothing_is_sent() {
    for blocks in [0, 1, 100, 400] {
        let gate = Gate::open();
        let site = Site::of(Workload::Rafay, &gate);
        let ran = run(&site, &format!("trap '' XFSZ; ulimit -f {blocks}"), "apply --yes");
        assert_eq!(ran.code, 1, "{blocks}: {}", ran.text);
        assert!(ran.text.contains("help:"), "{blocks}: {}", ran.text);
        assert_eq!(gate.writes(), 0, "{blocks}");
        judge::recovers(Workload::Rafay, &gate, &site, "no room for a ledger");
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_said_so_and_nothing_is_sent() {
    for existing in [false, true] {
        let gate = Gate::open();
        let site = Site::of(Workload::Rafay, &gate);
        if existing {
            assert_eq!(site.run("plan --out ../plan.json").code, 0);
        }
        let folder = if existing { site.ledger() } else { site.root() };
        let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        mode(0o500);
        let refused = run_as_anybody(&site, "apply --yes");
        assert_eq!(refused.code, 1, "{existing}: {}", refused.text);
        for text in [".plumb", "ermission denied", "help:"] {
            assert!(refused.text.contains(text), "{existing}, {text}: {}", refused.text);
        }
        assert_eq!(gate.writes(), 0, "{existing}");
        // Looking needs no rights.
        let plan = run_as_anybody(&site, "plan");
        assert_eq!(plan.code, 0, "{existing}: {}", plan.text);
        mode(0o700);
        judge::recovers(Workload::Rafay, &gate, &site, "a folder that may not be written");
    }
}

#[test]
fn a_place_that_is_no_folder_is_said_so_and_nothing_is_sent() {
    let gate = Gate::open();
    let site = Site::of(Workload::Rafay, &gate);
    for place in ["plumb.yaml", "plumb.yaml/ledger", "/dev/null", "/proc/plumb"] {
        let ran = site.run(&format!("apply --yes --ledger {place}"));
        assert_eq!(ran.code, 1, "{place}: {}", ran.text);
        assert!(ran.text.contains(place), "{place}: {}", ran.text);
        assert_eq!(gate.writes(), 0, "{place}");
    }
    judge::recovers(Workload::Rafay, &gate, &site, "a place that is no folder");
}

/// A small disk of its own, filled up to so many pages. Needs a kernel that lets users have one.
const SMALL_DISK: &str = "\
mkdir -p .plumb && mount -t tmpfs -o size=400k none .plumb || exit 77
\"$1\" plan --out ../plan.json || exit 78
head -c 400k /dev/zero > .plumb/ballast 2>/dev/null
truncate -s -\"$2\" .plumb/ballast
\"$1\" apply --yes
code=$?
rm -f .plumb/ballast
cp -a .plumb ../kept
exit $code";

/// The disk is full: what is in flight is recorded in the space set aside, and nothing new is sent.
#[test]
fn on_a_full_disk_what_was_sent_is_recorded_in_the_space_set_aside() {
    need("unshare");
    let gives =
        Command::new("unshare").args(["-Urm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !gives.as_ref().is_ok_and(|gives| gives.status.success()) {
        tell(&format!("a full disk is not tried: this kernel gives users none: {gives:?}"));
        return;
    }
    let released = stops(&(0..4), disk_with_free_pages);
    tell(&format!("{released} of 12 runs used the space set aside on a full disk"));
    assert!(released >= 2, "{released} of 12 runs used the space set aside");
}

/// Whether the run met the full disk on its way, and used the space set aside.
fn disk_with_free_pages(workload: Workload, pages: usize) -> bool {
    let gate = Gate::open();
    let site = Site::of(workload, &gate);
    let mut shell = site.program("unshare");
    let free = (pages * 4096).to_string();
    shell.args(["-Urm", "sh", "-c", SMALL_DISK, "sh", &plumb(), &free]);
    let ran = finish(shell.spawn().unwrap());
    let case = format!("{workload:?}, {pages} pages free");
    assert!([0, 1, 3].contains(&ran.code), "{case}: {ran:#?}");
    fs::remove_dir_all(site.ledger()).unwrap();
    fs::rename(site.root().join("../kept"), site.ledger()).unwrap();
    assert!(ran.code != 1 || gate.writes() == 0, "{case}: {}", ran.text);
    judge::nothing_lost(&gate, &site.view()).unwrap_or_else(|it| panic!("{case}: {it:?}"));
    let said = judge::says_what_came_of_it(workload, &gate, &site, (&ran, Before::default()));
    said.unwrap_or_else(|it| panic!("{case}: {it:?}"));
    let released = ran.code != 1 && !site.ledger().join("reserve").exists();
    judge::recovers(workload, &gate, &site, &case);
    released
}

/// In how many cases of all workloads the limit made itself felt.
fn stops<L: Copy + Send>(
    limits: &(impl Iterator<Item = L> + Clone),
    case: impl Fn(Workload, L) -> bool + Sync,
) -> usize {
    let case = &case;
    std::thread::scope(|scope| {
        let all = Workload::ALL.into_iter();
        let all = all.flat_map(|workload| limits.clone().map(move |limit| (workload, limit)));
        let started: Vec<_> =
            all.map(|(workload, limit)| scope.spawn(move || case(workload, limit))).collect();
        started.into_iter().map(|case| case.join().unwrap()).filter(|it| *it).count()
    })
}
