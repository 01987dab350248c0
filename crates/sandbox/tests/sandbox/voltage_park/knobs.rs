//! The knobs that are not tested where their subject is.

use plumb_sandbox::{EffectKind, Request};
use plumb_sandbox_voltage_park::knobs::{
    GpuMultiple, MissingCode, PowerNoop, PricingKey, Times, ZeroBalance,
};
use serde_json::{Value, json};

use super::park::{DALLAS, NOBODY, ONE_GPU, Park, full, items, machine, rental, volume};

#[test]
fn needless_power_calls_may_be_refused() {
    let mut park = Park::turned(|knobs| {
        knobs.vm_power_noop = PowerNoop::Refused;
        knobs.bm_power_noop = PowerNoop::Refused;
    });
    let (machine, rental) = (park.add_machine("a"), park.add_running_rental("a"));
    assert_eq!(park.power(&machine, "started").status, 400);
    let path = format!("/bare-metal/{rental}/power-status");
    assert_eq!(park.put(&path, &json!({ "status": "started" })).status, 400);
}

#[test]
fn reads_may_be_stale_for_a_while() {
    let mut park = Park::turned(|knobs| {
        knobs.stale_power_polls = 2;
        knobs.stale_reboot_polls = 1;
    });
    let (machine, rental) = (park.add_machine("a"), park.add_running_rental("a"));
    park.power(&machine, "stopped");
    let status = |park: &mut Park| park.machine(&machine)["status"].as_str().unwrap().to_owned();
    assert_eq!(
        [status(&mut park), status(&mut park), status(&mut park)],
        ["Running", "Running", "Stopped"]
    );
    let path = format!("/bare-metal/{rental}");
    park.put(&format!("{path}/power-status"), &json!({ "status": "stopped" }));
    let power = |park: &mut Park| park.rental(&rental)["power_status"].clone();
    assert_eq!(
        [power(&mut park), power(&mut park), power(&mut park)],
        ["Running", "Running", "Stopped"]
    );
    park.put(&format!("{path}/power-status"), &json!({ "status": "started" }));
    let node = park.rental(&rental)["node_networking"][0]["public_ip"].clone();
    park.post(&format!("{path}/reboot"), &json!({ "public_ips": [node] }));
    let status = |park: &mut Park| park.rental(&rental)["status"].clone();
    assert_eq!([status(&mut park), status(&mut park)], ["Running", "Pending"]);
}

#[test]
fn what_is_missing_or_gone_may_answer_400() {
    let mut park = Park::turned(|knobs| {
        knobs.missing_id_code = MissingCode::BadRequest;
        knobs.delete_gone_code = MissingCode::BadRequest;
    });
    for (method, path, status) in [
        ("GET", format!("/virtual-machines/{NOBODY}"), 404),
        ("GET", format!("/hostnodes/{NOBODY}"), 404),
        ("GET", format!("/storage/{NOBODY}"), 400),
        ("GET", format!("/locations/{NOBODY}"), 400),
        ("PATCH", format!("/virtual-machines/{NOBODY}"), 400),
        ("PATCH", format!("/bare-metal/{NOBODY}"), 400),
        ("PATCH", format!("/storage/{NOBODY}"), 400),
        ("DELETE", format!("/virtual-machines/{NOBODY}"), 400),
        ("DELETE", format!("/bare-metal/{NOBODY}"), 400),
        ("DELETE", format!("/storage/{NOBODY}"), 400),
        ("DELETE", format!("/organization/ssh-keys/{NOBODY}"), 400),
    ] {
        assert_eq!(park.write(method, &path, &json!({})).status, status, "{method} {path}");
    }
    park.turn(|knobs| knobs.delete_gone_code = MissingCode::NotFound);
    assert_eq!(park.delete(&format!("/storage/{NOBODY}")).status, 404);
    assert_eq!(park.patch(&format!("/storage/{NOBODY}"), &json!({})).status, 400);
}

#[test]
fn somebody_may_be_faster() {
    let mut park = Park::turned(|knobs| knobs.steal_capacity = Times(2));
    assert_eq!(park.post("/bare-metal/", &rental("a")).status, 400);
    assert_eq!(park.post("/virtual-machines/instant", &machine("a")).status, 400);
    let left = park.get(&format!("/instant-deploy-presets/{ONE_GPU}")).body_json();
    assert_eq!(left["location_ids_with_availability"], json!([]));
    let mut order = rental("a");
    order["network_type"] = json!("ethernet");
    assert_eq!(park.post("/bare-metal/", &order).status, 201);
    let stolen = park.world.effects().of_kind(EffectKind::Updated);
    assert_eq!(stolen.filter(|it| it.detail["stolen"].is_string()).count(), 3);
}

#[test]
fn odd_gpu_counts_may_be_422_or_accepted() {
    let mut order = rental("a");
    order["gpu_count"] = json!(12);
    let mut park = Park::turned(|knobs| knobs.gpu_multiple = GpuMultiple::Unprocessable);
    let answer = park.post("/bare-metal/", &order);
    assert_eq!(answer.status, 422);
    assert_eq!(answer.body_json()["detail"][0]["loc"], json!(["body", "gpu_count"]));
    park.turn(|knobs| knobs.gpu_multiple = GpuMultiple::Accepted);
    let id = park.post("/bare-metal/", &order).body_json()["rental_id"].clone();
    park.advance(900);
    let shown = park.rental(id.as_str().unwrap());
    assert_eq!((&shown["node_count"], &shown["rate_hourly"]), (&json!(2), &json!("29.880000")));
}

#[test]
fn money_may_be_numbers_and_keys_spelled_otherwise() {
    let mut park = Park::turned(|knobs| {
        knobs.prices_as_numbers = true;
        knobs.pricing_key = PricingKey::Seed;
    });
    let id = park.add_machine("a");
    park.add_volume("v");
    let pricing = park.machine(&id)["pricing"].clone();
    assert_eq!(pricing["total_associated_per_hr"], json!(1.99));
    assert!(pricing.get("vcpus_per_hr").is_some() && pricing.get("vcpu_per_hr").is_none());
    park.turn(|knobs| knobs.pricing_key = PricingKey::Other);
    let pricing = park.machine(&id)["pricing"].clone();
    assert!(pricing.get("vcpus_per_hr").is_none() && pricing.get("vcpu_per_hr").is_some());
    for path in ["/billing/hourly-rate", "/storage/hourly-rate"] {
        let body = park.get(path).body_json();
        assert!(body.as_object().unwrap().values().all(Value::is_number), "{body}");
    }
    let list = park.get("/bare-metal/locations").body_json();
    assert_eq!(items(&list)[0]["gpu_price_infiniband"], json!(2.49));
}

/// What four surfaces showed at once in August 2026.
#[test]
fn a_sold_out_park_lists_no_cities_and_all_its_prices() {
    let mut park = Park::turned(|knobs| {
        knobs.capacity.insert("*".to_owned(), 0);
        knobs.empty_when_sold_out = true;
    });
    let nothing = json!({
        "results": [], "total_result_count": 0, "has_previous": false, "has_next": false,
    });
    for path in ["/locations/", "/virtual-machines/instant/locations"] {
        assert_eq!(park.get(path).body_json(), nothing, "{path}");
    }
    let presets = park.get("/instant-deploy-presets/").body_json();
    for preset in presets.as_array().unwrap() {
        assert_eq!(preset["location_ids_with_availability"], json!([]));
    }
    let list = park.get("/bare-metal/locations").body_json();
    let dallas = items(&list).iter().find(|it| it["id"] == DALLAS).unwrap().clone();
    for (field, value) in [
        ("gpu_count_ethernet", json!(0)),
        ("gpu_count_infiniband", json!(0)),
        ("gpu_price_ethernet", json!("1.99")),
        ("gpu_price_infiniband", json!("2.49")),
        ("reserved_gpu_count_infiniband_cluster_one", Value::Null),
        ("reserved_gpu_count_infiniband_cluster_two", Value::Null),
    ] {
        assert_eq!(dallas.get(field), Some(&value), "{field}");
    }
    let city = park.get(&format!("/locations/{DALLAS}")).body_json();
    assert_eq!(city["city"], "Dallas");
    park.turn(|knobs| knobs.capacity.clear());
    let total = |body: Value| body["total_result_count"].as_u64().unwrap();
    assert_eq!(total(park.get("/locations/").body_json()), items(&list).len() as u64);
}

#[test]
fn an_empty_balance_ends_things_after_a_while() {
    let mut park = Park::new();
    let (machine, rental) = (park.add_machine("a"), park.add_running_rental("a"));
    park.turn(|knobs| knobs.zero_balance = ZeroBalance::Refuse);
    assert_eq!(park.post("/storage/", &volume("v")).status, 400);
    park.turn(|knobs| {
        knobs.zero_balance = ZeroBalance::Terminate;
        knobs.zero_balance_delay = 60;
    });
    park.advance(59);
    assert_eq!(park.machine(&machine)["status"], "Running");
    park.advance(1);
    assert_eq!(park.get(&format!("/virtual-machines/{machine}")).status, 404);
    assert_eq!(park.rental(&rental), Value::Null);
    assert_eq!(park.hourly_rate(), "0.000000");
    let free = items(&park.get("/bare-metal/locations").body_json()).clone();
    assert_eq!(free[1]["gpu_count_infiniband"], 64);
}

#[test]
fn orders_may_carry_a_warning() {
    let mut park = Park::turned(|knobs| knobs.create_warning = Some("slow today".to_owned()));
    let answer = park.post("/bare-metal/", &rental("a")).body_json();
    assert_eq!(answer["warning"], "slow today");
}

#[test]
fn knobs_turn_over_http_and_names_are_checked() {
    let mut park = Park::new();
    let patch = json!({ "voltage-park": { "knobs": { "bm_provision_time": 5 } } });
    assert_eq!(park.post("/_sandbox/config", &patch).status, 200);
    let id = park.add_rental("a");
    park.advance(5);
    assert_eq!(park.rental(&id)["status"], "Running");
    let typo = json!({ "voltage-park": { "knobs": { "bm_provisioning": 5 } } });
    assert_eq!(park.post("/_sandbox/config", &typo).status, 400);
    let shown = park.answer(Request::new("GET", "/_sandbox/config"));
    assert!(!shown.body_json().to_string().contains(&park.key));
}

#[test]
fn trouble_on_the_way_speaks_this_clouds_language() {
    let mut park = Park::new();
    for (fault, status, body) in [
        ("429", 429, "{\"detail\":"),
        ("429_bare", 429, "{\"detail\":"),
        ("500", 500, "Internal Server Error"),
        ("503", 503, "{\"detail\":"),
        ("html", 502, "<html>"),
    ] {
        let patch = json!({ "transport": { "fault": fault } });
        park.post("/_sandbox/config", &patch);
        let answer = park.get("/storage/");
        assert_eq!(answer.status, status, "{fault}");
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert!(text.starts_with(body), "{fault}: {text}");
        assert_eq!(answer.header_value("retry-after").is_some(), fault == "429");
        if fault == "500" {
            assert!(answer.header_value("content-type").unwrap().starts_with("text/plain"));
        }
    }
    let none = json!({ "transport": { "fault": "none" } });
    park.post("/_sandbox/config", &none);
    assert_eq!(park.answer(Request::new("GET", &full("/storage/"))).status, 200);
}
