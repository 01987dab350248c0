//! The JSON Schemas of answers, for the `OpenAPI` document: what reads and writes show (contract 2
//! and 3). Objects are closed: a member that stands in no schema is an undocumented one.
//!
//! What answers hold is decided in `render` and `reads`; the bodies of requests are in `schemas`.

use serde_json::{Value, json};

use super::billing;
use plumb_sandbox::openapi::{closed, list_of, reference};

/// Every schema that has a name.
pub(crate) fn components() -> Value {
    json!({
        "BareMetalLocation": bare_metal_location(),
        "Error": error_schema(),
        "HostNode": hostnode_schema(),
        "InstantLocation": instant_location_schema(),
        "Invalid": invalid_schema(),
        "Location": location_schema(),
        "Preset": preset_schema(),
        "Rental": rental_schema(),
        "SshKey": key_schema(),
        "Transaction": transaction(),
        "VirtualMachine": machine_schema(),
        "Volume": volume_schema(),
    })
}

pub(super) fn machine_made() -> Value {
    closed(&json!({ "vm_id": uuid() }), &json!({}))
}

pub(super) fn machine_power() -> Value {
    let allowed = json!(["started", "stopped", "stopped_disassociated"]);
    closed(&json!({ "status": { "type": "string", "enum": allowed } }), &json!({}))
}

/// All a change of name and tags answers.
pub(super) fn name_and_tags() -> Value {
    closed(&json!({ "name": text(), "tags": list_of(&text()) }), &json!({}))
}

/// The body `null`, where the API documents any.
pub(super) fn nothing() -> Value {
    json!({ "type": "null" })
}

pub(super) fn rental_made() -> Value {
    closed(&json!({ "rental_id": uuid(), "warning": text_or_null() }), &json!({}))
}

/// `null` when it acted, a text when there was nothing to do (V-20).
pub(super) fn rental_power() -> Value {
    text_or_null()
}

pub(super) fn hourly_rate() -> Value {
    closed(&json!({ "rate_hourly": money() }), &json!({}))
}

pub(super) fn report() -> Value {
    let members = json!({
        "transactions": list_of(&reference("Transaction")),
        "balance_at_period_start": money(),
        "balance_delta_in_period": money(),
        "balance_at_period_end": money(),
    });
    closed(&members, &json!({}))
}

pub(super) fn organization() -> Value {
    let members = json!({
        "id": uuid(),
        "name": text(),
        "billing_notification_target_emails": list_of(&text()),
    });
    closed(&members, &json!({}))
}

pub(super) fn verdict() -> Value {
    closed(&json!({ "error": { "type": "boolean" }, "message": text_or_null() }), &json!({}))
}

pub(super) fn storage_rate() -> Value {
    closed(&json!({ "hourly_rate_per_gb": money() }), &json!({}))
}

pub(super) fn volume_with_use() -> Value {
    let mut members = volume_members();
    members["used_capacity_bytes"] = whole();
    closed(&members, &json!({}))
}

fn machine_schema() -> Value {
    let statuses =
        json!(["Running", "Stopped", "StoppedDisassociated", "Relocating", "Terminated", "Outbid"]);
    let port = json!({ "type": "integer", "minimum": 1, "maximum": 65535 });
    let forward = closed(&json!({ "internal_port": port, "external_port": port }), &json!({}));
    let prices = json!({
        "gpus_per_hr": money(),
        "ram_per_hr": money(),
        "storage_per_hr": money(),
        "total_associated_per_hr": money(),
        "total_disassociated_per_hr": money(),
    });
    // Two spellings are known; which of them is shown is a knob (V-27).
    let processors = json!({ "vcpus_per_hr": money(), "vcpu_per_hr": money() });
    let members = json!({
        "id": uuid(),
        "hostnode_id": uuid(),
        "type": { "type": "string", "enum": ["ondem", "spot", "subscription"] },
        "status": { "type": "string", "enum": statuses },
        "name": text(),
        "resources": resources(),
        "operating_system": text(),
        "pricing": closed(&prices, &processors),
        "public_ip": text_or_null(),
        "internal_ip": text_or_null(),
        "port_forwards": list_of(&forward),
        "timestamp_creation": moment(),
        "tags": list_of(&text()),
    });
    closed(&members, &json!({}))
}

fn preset_members() -> Value {
    json!({
        "id": uuid(),
        "resources": resources(),
        "operating_system": text(),
        "compute_rate_hourly": money(),
        "storage_rate_hourly": money(),
    })
}

fn preset_schema() -> Value {
    let mut members = preset_members();
    members["location_ids_with_availability"] = list_of(&uuid());
    closed(&members, &json!({}))
}

fn instant_location_schema() -> Value {
    let mut members = preset_members();
    members["available_vms"] = whole();
    let presets = list_of(&closed(&members, &json!({})));
    closed(&json!({ "id": uuid(), "available_presets": presets }), &json!({}))
}

fn bare_metal_location() -> Value {
    let members = json!({
        "id": uuid(),
        "gpu_count_ethernet": whole(),
        "gpu_price_ethernet": money(),
        "gpu_count_infiniband": whole(),
        "gpu_price_infiniband": money(),
        "reserved_gpu_count_infiniband_cluster_one": { "type": ["integer", "null"] },
        "reserved_gpu_count_infiniband_cluster_two": { "type": ["integer", "null"] },
        "specs_per_node": specs_per_node(),
    });
    closed(&members, &json!({}))
}

fn location_schema() -> Value {
    let members = json!({
        "id": uuid(),
        "city": text(),
        "region": text(),
        "country": text(),
        "hostnodes": list_of(&reference("HostNode")),
    });
    closed(&members, &json!({}))
}

fn hostnode_schema() -> Value {
    let prices = json!({
        "per_gpu_hr": { "type": "object", "additionalProperties": money() },
        "per_vcpu_hr": money(),
        "per_gb_ram_hr": money(),
        "per_gb_storage_hr": money(),
    });
    let members = json!({
        "id": uuid(),
        "location_id": uuid(),
        "available_resources": resources(),
        "pricing": closed(&prices, &json!({})),
        "available_ports": list_of(&whole()),
    });
    closed(&members, &json!({}))
}

/// A rental; while it is pending only the first members are there (contract 3.3).
fn rental_schema() -> Value {
    let nodes = closed(&json!({ "public_ip": text(), "private_ip": text() }), &json!({}));
    let statuses = json!(["Running", "Pending", "Failed", "Terminated"]);
    let always = json!({
        "id": uuid(),
        "name": text(),
        "creation_timestamp": moment(),
        "status": { "type": "string", "enum": statuses },
        "rate_hourly": money(),
    });
    let later = json!({
        "tags": list_of(&text()),
        "power_status": { "type": "string", "enum": ["Running", "Stopped"] },
        "node_count": whole(),
        "specs_per_node": specs_per_node(),
        "network_type": { "type": "string", "enum": ["infiniband", "ethernet"] },
        "username": text(),
        "node_networking": list_of(&nodes),
        "sub_order": text_or_null(),
        "storage_id": { "type": ["string", "null"], "format": "uuid" },
        "storage_pv": text_or_null(),
        "storage_pvc": text_or_null(),
        "k8s_cluster_id": { "type": ["string", "null"], "format": "uuid" },
        "kubeconfig": text_or_null(),
    });
    closed(&always, &later)
}

fn volume_members() -> Value {
    json!({
        "id": uuid(),
        "size_in_gb": { "type": "integer", "minimum": 1 },
        "name": text(),
        "status": { "type": "string", "enum": ["active", "inactive"] },
        "rate_hourly": money(),
        "order_ids": list_of(&uuid()),
        "tenant_id": { "type": "integer" },
        "vip": text(),
    })
}

fn volume_schema() -> Value {
    closed(&volume_members(), &json!({}))
}

fn key_schema() -> Value {
    closed(&json!({ "id": uuid(), "name": text(), "content": text() }), &json!({}))
}

fn transaction() -> Value {
    let instance = json!({
        "id": uuid(),
        "timestamp_creation": moment(),
        "timestamp_deletion": moment_or_null(),
    });
    let of_its_kind = json!({
        "type": { "type": "string" },
        "virtual_machine_id": uuid(),
        "baremetal_rental_id": uuid(),
    });
    let linked = json!({ "linked_instance": closed(&instance, &of_its_kind) });
    let kinds = json!({ "type": { "type": "string", "enum": billing::DETAIL_TYPES } });
    let members = json!({
        "id": uuid(),
        "total_amount": money(),
        "timestamp_creation": moment(),
        "timestamp_completion": moment_or_null(),
        "details": closed(&kinds, &linked),
        "period_amount": money(),
    });
    closed(&members, &json!({}))
}

/// The envelope of a list (contract 1.3).
pub(crate) fn page(item: &str) -> Value {
    let members = json!({
        "results": list_of(&reference(item)),
        "total_result_count": whole(),
        "has_previous": { "type": "boolean" },
        "has_next": { "type": "boolean" },
    });
    closed(&members, &json!({}))
}

fn resources() -> Value {
    let count = closed(&json!({ "count": whole() }), &json!({}));
    let members = json!({
        "gpus": { "type": "object", "additionalProperties": count },
        "vcpu_count": whole(),
        "ram_gb": whole(),
        "storage_gb": whole(),
    });
    closed(&members, &json!({}))
}

fn specs_per_node() -> Value {
    let members = json!({
        "gpu_model": text(),
        "gpu_count": whole(),
        "cpu_model": text(),
        "cpu_count": whole(),
        "ram_gb": whole(),
        "storage_gb": whole(),
    });
    closed(&members, &json!({}))
}

/// A decimal text, or a number where a knob says so.
fn money() -> Value {
    json!({ "anyOf": [
        { "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$" },
        { "type": "number" },
    ] })
}

fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn moment_or_null() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn whole() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn text_or_null() -> Value {
    json!({ "type": ["string", "null"] })
}

/// The schema of a path parameter.
pub(crate) fn path_parameter(name: &str) -> Value {
    match name {
        "year" => json!({ "type": "integer", "minimum": 1970, "maximum": 9000 }),
        "month" => json!({ "type": "integer", "minimum": 1, "maximum": 12 }),
        _ => json!({ "type": "string", "format": "uuid" }),
    }
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "required": ["detail"],
        "properties": { "detail": { "type": "string" } },
    })
}

/// The body of a 422 (contract 9.2).
fn invalid_schema() -> Value {
    json!({
        "type": "object",
        "required": ["detail"],
        "properties": {
            "detail": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["type", "loc", "msg", "input"],
                    "properties": {
                        "type": { "type": "string" },
                        "loc": {
                            "type": "array",
                            "items": { "anyOf": [{ "type": "string" }, { "type": "integer" }] },
                        },
                        "msg": { "type": "string" },
                        "input": {},
                        "ctx": { "type": "object" },
                    },
                },
            },
        },
    })
}
