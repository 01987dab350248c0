//! Worlds are cheap: tests make and copy tens of thousands. Generous bounds for slow machines.

use std::time::{Duration, Instant};

use super::park::Park;

#[test]
fn worlds_and_calls_are_cheap() {
    let start = Instant::now();
    let parks: Vec<Park> = (0..100).map(|_| Park::new()).collect();
    let making = start.elapsed() / 100;
    let mut park = parks.into_iter().next().unwrap();
    for index in 0..20 {
        let object =
            serde_json::json!({ "kind": "voltage-park/bare-metal", "name": index.to_string() });
        park.post("/_sandbox/edit", &serde_json::json!({ "op": "create", "object": object }));
    }
    let start = Instant::now();
    let copies: Vec<Park> = (0..100).map(|_| park.clone()).collect();
    let copying = start.elapsed() / 100;
    let start = Instant::now();
    for mut copy in copies {
        copy.get("/bare-metal/?limit=1");
        copy.get("/billing/hourly-rate");
    }
    let calling = start.elapsed() / 200;
    let measured = format!("made in {making:?}, copied in {copying:?}, called in {calling:?}");
    assert!(making < Duration::from_millis(10), "{measured}");
    assert!(copying < Duration::from_millis(5), "{measured}");
    assert!(calling < Duration::from_millis(2), "{measured}");
}
