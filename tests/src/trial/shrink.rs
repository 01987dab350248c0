//! Making a failing fault plan small, so that the test it prints is the least that still fails.

use crate::trial::course::{self, Course};
use crate::trial::fault::Fault;
use crate::trial::workload::Workload;

/// The smallest part of a failing plan that still fails, and what it comes to.
#[must_use]
pub fn shrink(workload: &Workload, faults: &[Fault], seed: u64) -> (Vec<Fault>, Course) {
    let mut smallest = faults.to_vec();
    let mut course = course::run(workload, &smallest, seed);
    let mut at = 0;
    while at < smallest.len() {
        let mut fewer = smallest.clone();
        fewer.remove(at);
        let shorter = course::run(workload, &fewer, seed);
        if shorter.violations.is_empty() {
            at += 1;
        } else {
            (smallest, course) = (fewer, shorter);
        }
    }
    (smallest, course)
}

/// A failing plan as a ready-made test.
#[must_use]
pub fn as_test(workload: &Workload, faults: &[Fault], seed: u64, course: &Course) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    format!(
        "let course = trial::run(&{}, &[{}], {seed});\n// {}\n// {}",
        workload.name,
        faults.join(", "),
        course.violations.join("\n// "),
        course.story.join("\n// ")
    )
}
