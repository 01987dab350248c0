//! Test results are XML, whatever is in them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use plumb_model::{Code, Finding};
use plumb_render::junit::{Case, Failure, Found, of_findings, suite};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::BTreeMap;

/// The elements of a document, each with its attributes, and its texts.
fn read(document: &str) -> Vec<String> {
    let mut reader = Reader::from_str(document);
    let mut read = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return read,
            Event::Start(element) | Event::Empty(element) => {
                let mut line = String::from_utf8(element.name().0.to_vec()).unwrap();
                for attribute in element.attributes() {
                    let attribute = attribute.unwrap();
                    let name = String::from_utf8(attribute.key.0.to_vec()).unwrap();
                    let raw = String::from_utf8(attribute.value.to_vec()).unwrap();
                    let value = quick_xml::escape::unescape(&raw).unwrap().into_owned();
                    line = format!("{line} {name}={value:?}");
                }
                read.push(line);
            }
            _ => {}
        }
    }
}

#[test]
fn a_suite_counts_what_failed_and_what_was_not_found_out() {
    let failure = |found| Failure {
        found,
        kind: "changed".to_owned(),
        message: "a < b & \"c\" ]]>\u{1b}[31m".to_owned(),
        text: "one.yaml:3:1: <odd> & ]]> \u{fffe}".to_owned(),
    };
    let case = |name: &str, failures| Case { name: name.to_owned(), failures, ..Case::default() };
    let cases = [
        case("Workspace/a", Vec::new()),
        case("Workspace/b", vec![failure(Found::Wrong)]),
        case("Workspace/c", vec![failure(Found::Nothing)]),
    ];
    let document = suite("plumb drift", &cases);
    let elements = read(&document);
    assert_eq!(elements[0], "testsuites tests=\"3\" failures=\"1\" errors=\"1\"");
    assert_eq!(elements[2], "testcase classname=\"plumb drift\" name=\"Workspace/a\"");
    assert!(elements[4].starts_with("failure message=\"a < b & \\\"c\\\" ]]>"), "{elements:#?}");
    assert!(elements[6].starts_with("error message="), "{elements:#?}");
    let acts = |character: char| character.is_control() && character != '\n';
    assert!(!document.contains(acts) && !document.contains('\u{fffe}'), "{document}");
}

#[test]
fn findings_fail_the_document_that_they_are_about() {
    let declared = [("Workspace/p/a", "a.yaml"), ("Workspace/p/b", "b.yaml")];
    let declared: BTreeMap<String, String> =
        declared.map(|(name, file)| (name.to_owned(), file.to_owned())).into();
    let mut of_a = Finding::error(Code::INVALID_VALUE, "no");
    of_a.key = Some("Workspace.paas.envmgmt.io/p/a".parse().unwrap());
    let findings = [
        of_a,
        Finding::error(Code::NO_DOCUMENTS, "nothing"),
        Finding::warning(Code::AMBIGUOUS_SCALAR, "odd"),
    ];
    let cases = of_findings(&declared, &findings);
    let told: Vec<_> = cases
        .iter()
        .map(|case| (&*case.name, case.file.as_deref(), case.failures.len(), case.notes.len()))
        .collect();
    let expected = [
        ("Workspace/p/a", Some("a.yaml"), 1, 0),
        ("Workspace/p/b", Some("b.yaml"), 0, 0),
        ("plumb", None, 1, 1),
    ];
    assert_eq!(told, expected);
}
