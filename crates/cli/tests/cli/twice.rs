//! Two applies at the same moment on one ledger: each machine is made once.

use crate::harness::{Cloud, Site, finish, rental, virtual_machine};
use serde_json::json;

fn fleet(cloud: &Cloud) -> Site {
    Site::at(cloud).with_documents(
        "fleet",
        &[rental("trainer", 8), virtual_machine("box"), virtual_machine("second")],
    )
}

fn made(cloud: &Cloud) -> (usize, usize) {
    (cloud.made("voltage-park/bare-metal"), cloud.made("voltage-park/virtual-machines"))
}

#[test]
fn the_second_waits_and_finds_nothing_to_do() {
    let cloud = Cloud::start(&json!({"latency_ms": 20}));
    let site = fleet(&cloud);
    let line = ["apply", "--yes", "--lock-timeout", "90s"];
    let both = [site.command(&line).spawn().unwrap(), site.command(&line).spawn().unwrap()];
    let ends = both.map(finish);
    assert_eq!(ends.each_ref().map(|ran| ran.code), [0, 0], "{ends:#?}");
    let texts: Vec<String> = ends.iter().map(crate::harness::Ran::all).collect();
    assert_eq!(texts.iter().filter(|text| text.contains("No changes.")).count(), 1, "{texts:#?}");
    assert_eq!(made(&cloud), (1, 2));
}

#[test]
fn the_second_says_who_holds_the_lock() {
    let cloud = Cloud::start(&json!({"latency_ms": 20}));
    let site = fleet(&cloud);
    let line = ["apply", "--yes"];
    let both = [site.command(&line).spawn().unwrap(), site.command(&line).spawn().unwrap()];
    let mut ends = both.map(finish);
    ends.sort_by_key(|ran| ran.code);
    // Where the first was so quick that it had ended, the second found nothing to do.
    assert_eq!(ends[0].code, 0, "{ends:#?}");
    assert!([0, 5].contains(&ends[1].code), "{ends:#?}");
    assert_eq!(made(&cloud), (1, 2));
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}
