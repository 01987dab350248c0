//! Many documents, as a fleet has them: alike but for names and places.

use std::fmt::Write as _;

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
pub(crate) fn fleet(documents: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for first in (0..documents).step_by(1000) {
        let mut text = String::new();
        (first..documents.min(first + 1000)).for_each(|number| document(&mut text, number));
        std::fs::write(folder.path().join(format!("{first:06}.yaml")), text).unwrap();
    }
    folder
}
