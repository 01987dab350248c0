//! Test cases as `JUnit` XML, which CI shows beside those of other programs: one for each document, or
//! each resource.

use crate::findings;
use crate::text::escape;
use plumb_model::{Finding, Severity};
use quick_xml::Writer;
use quick_xml::events::BytesText;
use std::collections::BTreeMap;
use std::io;

/// One test case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// What is tested: an address, or what a finding is about.
    pub name: String,
    /// The file, where one is known.
    pub file: Option<String>,
    /// What is wrong.
    pub failures: Vec<Failure>,
    /// What is said beside.
    pub notes: Vec<String>,
}

/// What is wrong in a test case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whether it is wrong, or could not be found out.
    pub found: Found,
    /// A code or a stable word.
    pub kind: String,
    /// On one line.
    pub message: String,
    /// In full, with file and line where they are known.
    pub text: String,
}

/// What a test came to that did not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is wrong.
    Wrong,
    /// It could not be found out.
    Nothing,
}

/// One suite of test cases as a document, in the order of their names. Ends with a line break.
#[must_use]
pub fn suite(name: &str, cases: &[Case]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory does not fail.
    let _infallible = write(&mut writer, name, cases);
    // These two are no characters of XML.
    let text = String::from_utf8_lossy(&writer.into_inner()).replace(['\u{fffe}', '\u{ffff}'], "");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
}

/// Findings as test cases: one for each of these resources, which are declared in these files, and one
/// for each file or other thing that a finding is about.
#[must_use]
pub fn of_findings(declared: &BTreeMap<String, String>, findings: &[Finding]) -> Vec<Case> {
    let case = |name: &String, file: Option<&String>| Case {
        name: name.clone(),
        file: file.cloned(),
        ..Case::default()
    };
    let mut cases: BTreeMap<String, Case> =
        declared.iter().map(|(name, file)| (name.clone(), case(name, Some(file)))).collect();
    for finding in findings {
        let file = finding.span.as_ref().map(|span| span.file.to_string());
        let about = finding.key.as_ref().map(ToString::to_string);
        let name = about.or_else(|| file.clone()).unwrap_or_else(|| "plumb".to_owned());
        let case = cases.entry(name.clone()).or_insert_with(|| case(&name, file.as_ref()));
        case.file = case.file.take().or(file);
        let text = findings::line(finding);
        match finding.severity {
            Severity::Error => case.failures.push(Failure {
                found: Found::Wrong,
                kind: finding.code.to_string(),
                message: finding.message.clone(),
                text,
            }),
            Severity::Warning => case.notes.push(text),
        }
    }
    cases.into_values().collect()
}

fn write(writer: &mut Writer<Vec<u8>>, name: &str, cases: &[Case]) -> io::Result<()> {
    let count = |found: Found| {
        let is = |case: &&Case| case.failures.iter().any(|failure| failure.found == found);
        cases.iter().filter(is).count().to_string()
    };
    let (tests, wrong, nothing) =
        (cases.len().to_string(), count(Found::Wrong), count(Found::Nothing));
    let totals = [("tests", &*tests), ("failures", &*wrong), ("errors", &*nothing)];
    let suites = writer.create_element("testsuites").with_attributes(totals);
    suites.write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attribute(("name", name));
        suite
            .with_attributes(totals)
            .write_inner_content(|writer| cases.iter().try_for_each(|it| case(writer, name, it)))?;
        Ok(())
    })?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, suite: &str, case: &Case) -> io::Result<()> {
    let Case { name, file, failures, notes } = case;
    let (name, file) = (escape(name), file.as_ref().map(|file| escape(file)));
    let element = writer.create_element("testcase");
    let element = element.with_attributes([("classname", suite), ("name", &*name)]);
    let element = element.with_attributes(file.iter().map(|file| ("file", &**file)));
    if failures.is_empty() && notes.is_empty() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|writer| {
        for Failure { found, kind, message, text } in failures {
            let name = if *found == Found::Wrong { "failure" } else { "error" };
            let message = escape(message);
            let failure = writer.create_element(name);
            let failure = failure.with_attributes([("message", &*message), ("type", &**kind)]);
            failure.write_text_content(BytesText::new(text))?;
        }
        if !notes.is_empty() {
            let all = notes.join("\n");
            writer.create_element("system-out").write_text_content(BytesText::new(&all))?;
        }
        Ok(())
    })?;
    Ok(())
}
