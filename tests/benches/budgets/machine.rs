//! What this machine says of a process: processor time, memory, how long a program takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often something short is timed; the fastest counts, since everything else on a machine only
/// makes it slower.
const TRIES: usize = 20;

/// What the example's manifests read from outside.
const SECRETS: [&str; 2] = ["PLUMB_VAR_RESEARCHER_PASSWORD", "PLUMB_VAR_NOTEBOOK_PASSWORD"];

/// The processor time of this thread; zero where the system does not say.
pub(crate) fn processor_time() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// The memory of this process now, in bytes; 0 where the system does not say.
pub(crate) fn memory() -> u64 {
    status("VmRSS:")
}

/// The most memory this process had since [`forget_peak`], in bytes; 0 where the system does not
/// say.
pub(crate) fn peak_memory() -> u64 {
    status("VmHWM:")
}

/// Lets the peak begin at what the process has now. Where the system does not allow it, the peak
/// stays that of the whole process, which is never less.
pub(crate) fn forget_peak() {
    // The kernel's word for "reset the peak".
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn status(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

/// The release binary of the command line, which is built beside the benches; none when it was not
/// built.
pub(crate) fn binary() -> Option<PathBuf> {
    let bench = std::env::current_exe().ok()?;
    let built = bench.parent()?.parent()?.join(format!("plumb{}", std::env::consts::EXE_SUFFIX));
    built.is_file().then_some(built)
}

/// The size of a file in bytes.
pub(crate) fn size(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// The shortest time a program takes from its start to its end.
pub(crate) fn run_time(program: &Path, arguments: &[&str], folder: &Path) -> Duration {
    let once = || {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        command.envs(SECRETS.iter().map(|name| (name, "a-secret-of-the-example")));
        let began = Instant::now();
        let status = command.status().unwrap();
        assert!(status.success(), "{} {arguments:?}: {status}", program.display());
        began.elapsed()
    };
    (0..TRIES).map(|_| once()).min().unwrap_or_default()
}
