//! What is only large, and must be loaded: no limit that keeps attacks away may be met by a
//! generated fleet, however tightly it is written.

use super::answer::{Answer, read};
use super::measure::{alone, ended};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The most bytes a file may have.
const LARGEST: usize = 8 << 20;
/// Documents of the largest stack the design speaks of.
const DOCUMENTS: usize = 100_000;

/// What writes one document of a fleet, by its number.
type Write = fn(usize) -> String;

/// The kinds of fleets, each written as people and as programs write.
const FLEETS: &[(&str, Write)] = &[
    ("rentals, as people write them", |at| {
        format!(
            "---\napiVersion: voltagepark.com/v1\nkind: VirtualMachine\nmetadata:\n  name: \
             vm-{at}\nspec:\n  preset:\n    gpu_model: h100-sxm5-80gb\n    gpu_count: 1\n  \
             organization_ssh_keys:\n    mode: selective\n    ssh_key_names: [ops]\n"
        )
    }),
    ("nodes, as a tool writes YAML", |at| {
        let variable = |name, value| format!("  - name: {name}\n    value: {value}\n");
        format!(
            "---\napiVersion: paas.envmgmt.io/v1\nkind: ComputeInstance\nmetadata:\n  name: \
             n{at}\n  project: ml\n  workspace: training\nspec:\n  computeType: vm\n  \
             computeProfile:\n    name: gpu-vm\n    systemCatalog: true\n  variables:\n{}{}{}",
            variable("OS_IMAGE", "ubuntu-22"),
            variable("GPU_COUNT", "\"8\""),
            variable("REGION", "us-1")
        )
    }),
    ("nodes, as a program writes JSON", |at| {
        let variable = |name, value| format!("{{\"name\":\"{name}\",\"value\":\"{value}\"}}");
        format!(
            "{{\"apiVersion\":\"paas.envmgmt.io/v1\",\"kind\":\"ComputeInstance\",\"metadata\":\
             {{\"name\":\"n{at}\",\"project\":\"ml\",\"workspace\":\"training\"}},\"spec\":\
             {{\"computeType\":\"vm\",\"computeProfile\":{{\"name\":\"gpu-vm\",\
             \"systemCatalog\":true}},\"variables\":[{},{},{}]}}}}\n---\n",
            variable("OS_IMAGE", "ubuntu-22"),
            variable("GPU_COUNT", "8"),
            variable("REGION", "us-1")
        )
    }),
    ("nodes, without a blank too many", |at| {
        format!(
            "--- {{apiVersion: paas.envmgmt.io/v1, kind: ComputeInstance, metadata: {{name: n{at}, \
             project: p, workspace: w}}, spec: {{computeType: vm, computeProfile: {{name: g}}, \
             variables: [{{name: A, value: \"1\"}}, {{name: B, value: \"2\"}}]}}}}\n"
        )
    }),
    ("workspaces, which are the shortest", |at| {
        format!(
            "---\napiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata:\n  name: w{at}\n  \
             project: ml\n"
        )
    }),
];

#[test]
fn an_ordinary_file_of_eight_mebibytes_is_loaded() {
    let _alone = alone();
    for (what, write) in FLEETS {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fleet.yaml");
        let documents = fill(&file, 0, usize::MAX, *write);
        let answer = loaded(what, file);
        let count = answer.resolved.desired.as_ref().map(|desired| desired.resources().len());
        println!("{what}: {documents} documents, {}", answer.spent);
        assert_eq!(count, Some(documents), "{what}: {:?}", answer.resolved.findings.first());
    }
}

/// Many files of the largest size, as the largest stack would be written by a program.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes a minute without optimisation")]
fn a_hundred_thousand_documents_in_large_files_are_loaded() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let (mut documents, mut files) = (0, 0);
    while documents < DOCUMENTS {
        let file = folder.path().join(format!("fleet-{files}.yaml"));
        documents += fill(&file, documents, DOCUMENTS - documents, FLEETS[0].1);
        files += 1;
    }
    let answer = loaded("a stack", folder.path().to_path_buf());
    let count = answer.resolved.desired.as_ref().map(|desired| desired.resources().len());
    println!("{documents} documents in {files} files: {}", answer.spent);
    assert_eq!(count, Some(DOCUMENTS), "{:?}", answer.resolved.findings.first());
}

fn loaded(what: &str, path: PathBuf) -> Answer {
    ended(what, move || read(&path))
}

/// Writes a file of as many documents as fit, at most `most`; says how many.
fn fill(file: &Path, first: usize, most: usize, write: Write) -> usize {
    let (mut text, mut count) = (String::with_capacity(LARGEST), 0);
    while count < most {
        let document = write(first + count);
        if text.len() + document.len() > LARGEST {
            break;
        }
        text.write_str(&document).unwrap();
        count += 1;
    }
    fs::write(file, text).unwrap();
    count
}
