//! Attacks that are folders: links, devices, names, and very many files. The test makes them,
//! since no repository could hold them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// What makes a folder.
pub(crate) type Make = fn(&Path);

const WORKSPACE: &str = "apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {name: ";

/// Every attack of this sort, by the name of its folder.
pub(crate) const ATTACKS: &[(&str, Make)] = &[
    ("links-in-circles", |folder| {
        write(folder, "a/b/workspace.yaml", &workspace("one"));
        link(folder, "..", "a/b/up");
        link(folder, "../..", "a/b/root");
        link(folder, "itself.yaml", "itself.yaml");
        link(folder, "there.yaml", "back.yaml");
        link(folder, "back.yaml", "there.yaml");
        link(folder, "a", "again");
        link(folder, "a/b/workspace.yaml", "same.yaml");
    }),
    ("links-that-lead-out", |folder| {
        write(folder, "workspace.yaml", &workspace("one"));
        link(folder, "/etc", "etc");
        link(folder, "/etc/passwd", "passwd.yaml");
        link(folder, "/proc/self/environ", "environ.json");
        link(folder, "/proc/self/root/etc/hostname", "through.yaml");
        link(folder, "../..", "up");
        link(folder, "/dev/zero", "zero.yaml");
    }),
    ("links-many", |folder| {
        // Each folder holds the next twice: followed blindly, two to the power of 40 files.
        for at in 0..40 {
            fs::create_dir_all(folder.join(format!("f{at}"))).unwrap();
            let next = if at == 39 { "../f0".to_owned() } else { format!("../f{}", at + 1) };
            link(folder, &next, &format!("f{at}/left"));
            link(folder, &next, &format!("f{at}/right"));
        }
        write(folder, "f39/workspace.yaml", &workspace("one"));
    }),
    ("no-regular-files", |folder| {
        write(folder, "workspace.yaml", &workspace("one"));
        pipe(folder, "pipe.yaml");
        fs::create_dir_all(folder.join("folder.yaml")).unwrap();
    }),
    ("names-that-act", |folder| {
        write(folder, "a\n::error::pwned.yaml", "x: [");
        write(folder, "b\u{1b}[2J.yaml", "x: [");
        write(folder, "c\u{202e}lmay.yaml", "x: [");
    }),
    ("deep-folders", |folder| write(folder, &format!("{}x.yaml", "f/".repeat(60)), "x: [")),
    ("many-files", |folder| {
        for at in 0..3_000 {
            let head = format!("{WORKSPACE}w{at}, project: p}}\n");
            write(folder, &format!("{:02}/w{at}.yaml", at % 50), &head);
        }
    }),
    ("many-broken-files", |folder| {
        for at in 0..2_000 {
            write(folder, &format!("{at}.yaml"), "x: [\n");
        }
    }),
    ("sparse-file", |folder| {
        let file = fs::File::create(folder.join("sparse.yaml")).unwrap();
        file.set_len(1 << 40).unwrap();
    }),
    ("large-files-of-values", |folder| {
        fs::write(folder.join("value.txt"), "x".repeat(1 << 20)).unwrap();
        let variable = |at: usize| {
            format!("    - {{name: v{at}, value: {{valueFrom: {{file: value.txt}}}}}}\n")
        };
        let variables: String = (0..500).map(variable).collect();
        write(folder, "node.yaml", &format!("{NODE}{variables}"));
    }),
    ("private-files", |folder| {
        write(folder, ".git/config", "url = https://key@example.com");
        write(folder, ".plumb/key", "k");
        write(folder, ".hidden.yaml", "x: [");
        write(folder, ".github/workflow.yaml", "x: [");
        link(folder, ".git/config", "innocent.txt");
        let names = ["innocent.txt", ".git/config", "./.plumb/key", "value/../.git/config"];
        let variable = |name: &&str| {
            format!("    - {{name: \"{name}\", value: {{valueFrom: {{file: \"{name}\"}}}}}}\n")
        };
        let variables: String = names.iter().map(variable).collect();
        write(folder, "node.yaml", &format!("{NODE}{variables}"));
    }),
];

const NODE: &str = "apiVersion: paas.envmgmt.io/v1\nkind: ComputeInstance\nmetadata: {name: n, \
                    project: p, workspace: w}\nspec:\n  computeType: vm\n  computeProfile: {name: \
                    gpu-vm, systemCatalog: true}\n  variables:\n";

/// Adds what no repository can hold to the files of `value-from/`.
pub(crate) fn complete_value_from(folder: &Path) {
    fs::write(folder.parent().unwrap().join("secret"), "outside").unwrap();
    link(folder, "../secret", "link");
    link(folder, "/etc", "folder-link");
    pipe(folder, "fifo");
}

fn workspace(name: &str) -> String {
    format!("{WORKSPACE}{name}, project: p}}\n")
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn link(folder: &Path, target: &str, name: &str) {
    symlink(target, folder.join(name)).unwrap();
}

/// A pipe nobody writes to: reading it would wait for ever.
fn pipe(folder: &Path, name: &str) {
    assert!(Command::new("mkfifo").arg(folder.join(name)).status().unwrap().success());
}
