//! The JSON Schemas of request bodies, for the `OpenAPI` document. What is really taken is decided
//! where a body is read; unknown fields are allowed here as there.

use serde_json::{Value, json};

pub(super) fn machine_order() -> Value {
    let mut properties = order_properties();
    properties["config_id"] = json!({ "type": "string", "format": "uuid" });
    properties["password"] = json!({ "type": ["string", "null"], "minLength": 8 });
    properties["cloud_init"] = script_schema();
    object(&properties, &["config_id", "name"])
}

pub(super) fn rental_order() -> Value {
    let mut properties = order_properties();
    properties["location_id"] = json!({ "type": "string", "format": "uuid" });
    properties["gpu_count"] = json!({ "type": "integer", "multipleOf": 8, "minimum": 8 });
    properties["network_type"] = json!({ "type": "string", "enum": ["infiniband", "ethernet"] });
    properties["sub_order"] = json!({ "type": ["integer", "null"] });
    properties["storage_id"] = json!({ "type": ["string", "null"], "format": "uuid" });
    properties["cloudinit_script"] = script_schema();
    object(&properties, &["location_id", "gpu_count", "name", "network_type"])
}

pub(super) fn name_and_tags() -> Value {
    let properties = json!({
        "name": { "type": ["string", "null"] },
        "tags": { "type": ["array", "null"], "items": { "type": "string" } },
    });
    object(&properties, &[])
}

pub(super) fn machine_power() -> Value {
    let allowed = json!(["started", "stopped", "stopped_disassociated"]);
    object(&json!({ "status": { "type": "string", "enum": allowed } }), &["status"])
}

pub(super) fn rental_power() -> Value {
    let allowed = json!(["started", "stopped"]);
    object(&json!({ "status": { "type": "string", "enum": allowed } }), &["status"])
}

pub(super) fn reboot() -> Value {
    object(&json!({ "public_ips": texts() }), &["public_ips"])
}

pub(super) fn organization() -> Value {
    let properties = json!({
        "name": { "type": ["string", "null"] },
        "billing_notification_target_emails":
            { "type": ["array", "null"], "items": { "type": "string" } },
    });
    object(&properties, &[])
}

pub(super) fn key() -> Value {
    let properties = json!({
        "name": {
            "type": "string",
            "minLength": 3,
            "maxLength": 64,
            "pattern": "^[A-Za-z0-9 -]+$",
        },
        "content": { "type": "string" },
    });
    object(&properties, &["name", "content"])
}

pub(super) fn script() -> Value {
    let properties = json!({
        "type": { "type": "string", "enum": ["instant-vm", "vm", "baremetal"] },
        "content": { "anyOf": [{ "type": "string" }, { "type": "object" }] },
    });
    object(&properties, &["type", "content"])
}

pub(super) fn volume() -> Value {
    let properties = json!({
        "size_in_gb": { "type": "integer", "minimum": 1 },
        "name": volume_name(),
        "order_ids": { "type": "array", "items": { "type": "string", "format": "uuid" } },
    });
    object(&properties, &["size_in_gb", "name"])
}

pub(super) fn volume_change() -> Value {
    let ids = json!({ "type": "string", "format": "uuid" });
    let properties = json!({
        "size_in_gb": { "type": ["integer", "null"], "minimum": 1 },
        "name": { "anyOf": [volume_name(), { "type": "null" }] },
        "order_ids": { "type": ["array", "null"], "items": ids },
    });
    object(&properties, &[])
}

/// The strict rule of 2026; a knob allows any text (V-21).
fn volume_name() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": super::volumes::LONGEST_NAME,
        "pattern": super::volumes::PATTERN,
    })
}

fn order_properties() -> Value {
    json!({
        "name": { "type": "string" },
        "organization_ssh_keys": {
            "oneOf": [
                object(&json!({ "mode": { "const": "none" } }), &["mode"]),
                object(&json!({ "mode": { "const": "all" } }), &["mode"]),
                object(
                    &json!({
                        "mode": { "const": "selective" },
                        "ssh_key_ids": {
                            "type": "array",
                            "items": { "type": "string", "format": "uuid" },
                        },
                    }),
                    &["mode", "ssh_key_ids"],
                ),
            ],
        },
        "ssh_keys": texts(),
        "tags": texts(),
    })
}

fn script_schema() -> Value {
    let text = json!({ "type": ["string", "null"] });
    let file = json!({
        "path": { "type": "string" },
        "content": { "type": "string" },
        "encoding": text,
        "owner": text,
        "permissions": text,
    });
    let texts = json!({ "type": ["array", "null"], "items": { "type": "string" } });
    json!({
        "type": ["object", "null"],
        "properties": {
            "packages": texts,
            "write_files": {
                "type": ["array", "null"],
                "items": object(&file, &["path", "content"]),
            },
            "runcmd": texts,
        },
    })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}
