//! The route table: every operation of the simulated Voltage Park API, in the order of the
//! contract's checklist, and then the calls outside the seed document.

use serde_json::{Value, json};

use super::{billing, cloudinit, keys, machines, reads, rentals, volumes};
use crate::operation::{
    Access, Cloud, Handler, Method, Operation, QueryKind, QueryParameter, Security,
};

type Responses = &'static [(u16, &'static str)];

const OFFSET: QueryParameter = parameter("offset", QueryKind::Whole);
const PAGE: &[QueryParameter] = &[parameter("limit", QueryKind::Between(1, 100)), OFFSET];
const RENTAL_PAGE: &[QueryParameter] = &[parameter("limit", QueryKind::LimitOrAll), OFFSET];
const KEY_PAGE: &[QueryParameter] = &[parameter("limit", QueryKind::Between(1, 150)), OFFSET];
const LOCATION_PAGE: &[QueryParameter] = &[parameter("limit", QueryKind::Between(1, 15)), OFFSET];
const TRANSACTION_PAGE: &[QueryParameter] = &[
    parameter("limit", QueryKind::Between(1, i64::MAX)),
    OFFSET,
    parameter("types", QueryKind::AnyOf(billing::TYPES)),
    parameter("earliest", QueryKind::Date),
    parameter("latest", QueryKind::Date),
];

const REFUSED: (u16, &str) = (400, "refused: capacity, balance, state, unknown reference");
const DENIED: (u16, &str) = (401, "missing, wrong or expired key");
const ABSENT: (u16, &str) = (404, "not found");
const INVALID: (u16, &str) = (422, "what is wrong with the input, field by field");

const SHOWN: Responses = &[(200, "the answer"), DENIED];
const OPEN: Responses = &[(200, "the answer")];
const OPEN_OPTIONAL: Responses = &[(200, "the answer"), ABSENT];
const CHECKED: Responses = &[(200, "the answer"), INVALID];
const LISTED: Responses = &[(200, "a page of the list"), DENIED, INVALID];
const OPEN_LISTED: Responses = &[(200, "the list"), DENIED, ABSENT, INVALID];
const READ: Responses = &[(200, "the object"), REFUSED, DENIED, ABSENT, INVALID];
const MADE: Responses = &[(201, "made"), REFUSED, DENIED, INVALID];
const UNIQUE_MADE: Responses =
    &[(201, "made"), REFUSED, DENIED, (409, "the name is taken"), INVALID];
const CHANGED: Responses = &[(200, "changed"), REFUSED, DENIED, ABSENT, INVALID];
const UNIQUE_CHANGED: Responses =
    &[(200, "changed"), REFUSED, DENIED, ABSENT, (409, "the name is taken"), INVALID];
const REBOOTED: Responses = &[(201, "under way"), REFUSED, DENIED, ABSENT, INVALID];
const ACCEPTED: Responses = &[(202, "accepted"), REFUSED, DENIED, ABSENT, INVALID];
const REMOVED: Responses = &[(204, "deleted"), REFUSED, DENIED, ABSENT, INVALID];

/// Every operation of the simulated Voltage Park API. The rows drive the router, the OpenAPI
/// document and the coverage table.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        query: LOCATION_PAGE,
        security: Security::OpenLately,
        responses: LISTED,
        ..get(
            &["VP-01"],
            "voltage-park.locations.list",
            "/api/v1/locations/",
            "List locations",
            reads::locations,
        )
    },
    Operation {
        security: Security::OpenLately,
        ..get(
            &["VP-02"],
            "voltage-park.locations.get",
            "/api/v1/locations/{location_id}",
            "Get a location",
            reads::location,
        )
    },
    get(
        &["VP-03"],
        "voltage-park.hostnodes.get",
        "/api/v1/hostnodes/{hostnode_id}",
        "Get a host node",
        reads::hostnode,
    ),
    Operation {
        request: Some(machine_order),
        responses: MADE,
        ..post(
            &["VP-04"],
            "voltage-park.machines.create",
            "/api/v1/virtual-machines/instant",
            "Create an instant virtual machine",
            machines::create,
        )
    },
    Operation {
        query: PAGE,
        responses: LISTED,
        ..get(
            &["VP-05"],
            "voltage-park.machines.list",
            "/api/v1/virtual-machines/",
            "List virtual machines",
            machines::list,
        )
    },
    get(
        &["VP-06"],
        "voltage-park.machines.get",
        "/api/v1/virtual-machines/{virtual_machine_id}",
        "Get a virtual machine",
        machines::get,
    ),
    patch(
        &["VP-07"],
        "voltage-park.machines.patch",
        "/api/v1/virtual-machines/{virtual_machine_id}",
        "Change the name and tags of a virtual machine",
        machines::patch,
    ),
    Operation {
        method: Method::Delete,
        responses: ACCEPTED,
        ..post(
            &["VP-08"],
            "voltage-park.machines.delete",
            "/api/v1/virtual-machines/{virtual_machine_id}",
            "Terminate a virtual machine",
            machines::delete,
        )
    },
    Operation {
        request: Some(machine_power),
        ..put(
            &["VP-09"],
            "voltage-park.machines.power",
            "/api/v1/virtual-machines/{virtual_machine_id}/power-status",
            "Start, stop or disassociate a virtual machine",
            machines::power,
        )
    },
    Operation {
        query: &[parameter("available", QueryKind::Boolean)],
        security: Security::Open,
        responses: OPEN_LISTED,
        ..get(
            &["VP-10"],
            "voltage-park.presets.list",
            "/api/v1/instant-deploy-presets/",
            "List presets",
            reads::presets,
        )
    },
    Operation {
        security: Security::Open,
        ..get(
            &["VP-11"],
            "voltage-park.presets.get",
            "/api/v1/instant-deploy-presets/{instant_deploy_preset_id}",
            "Get a preset",
            reads::preset,
        )
    },
    Operation {
        security: Security::Open,
        responses: OPEN,
        ..get(
            &["VP-12"],
            "voltage-park.bare-metal-locations.list",
            "/api/v1/bare-metal/locations",
            "List bare-metal locations",
            reads::bare_metal_locations,
        )
    },
    Operation {
        request: Some(rental_order),
        responses: MADE,
        ..post(
            &["VP-13"],
            "voltage-park.rentals.create",
            "/api/v1/bare-metal/",
            "Create a bare-metal rental",
            rentals::create,
        )
    },
    Operation {
        query: RENTAL_PAGE,
        responses: LISTED,
        ..get(
            &["VP-14"],
            "voltage-park.rentals.list",
            "/api/v1/bare-metal/",
            "List rentals",
            rentals::list,
        )
    },
    Operation {
        request: Some(rental_power),
        ..put(
            &["VP-15"],
            "voltage-park.rentals.power",
            "/api/v1/bare-metal/{baremetal_rental_id}/power-status",
            "Start or stop a rental",
            rentals::power,
        )
    },
    Operation {
        method: Method::Delete,
        responses: ACCEPTED,
        ..post(
            &["VP-16"],
            "voltage-park.rentals.delete",
            "/api/v1/bare-metal/{baremetal_rental_id}",
            "Terminate a rental",
            rentals::delete,
        )
    },
    patch(
        &["VP-17"],
        "voltage-park.rentals.patch",
        "/api/v1/bare-metal/{baremetal_rental_id}",
        "Change the name and tags of a rental",
        rentals::patch,
    ),
    Operation {
        request: Some(reboot),
        responses: REBOOTED,
        ..post(
            &["VP-18"],
            "voltage-park.rentals.reboot",
            "/api/v1/bare-metal/{baremetal_rental_id}/reboot",
            "Reboot nodes of a rental",
            rentals::reboot,
        )
    },
    get(
        &["VP-19"],
        "voltage-park.billing.hourly-rate",
        "/api/v1/billing/hourly-rate",
        "Get what an hour of everything costs",
        billing::hourly_rate,
    )
    .answers(SHOWN),
    Operation {
        query: TRANSACTION_PAGE,
        responses: LISTED,
        ..get(
            &["VP-20"],
            "voltage-park.billing.transactions",
            "/api/v1/billing/transactions",
            "List transactions",
            billing::transactions,
        )
    },
    get(
        &["VP-21"],
        "voltage-park.billing.report",
        "/api/v1/billing/reports/{year}/{month}/transactions",
        "Get the transactions of a month",
        billing::report,
    )
    .answers(LISTED),
    Operation {
        query: KEY_PAGE,
        security: Security::TokenOrBearer,
        responses: LISTED,
        ..get(
            &["VP-22"],
            "voltage-park.keys.list",
            "/api/v1/organization/ssh-keys",
            "List SSH keys",
            keys::list,
        )
    },
    Operation {
        request: Some(key),
        security: Security::TokenOrBearer,
        responses: UNIQUE_MADE,
        ..post(
            &["VP-23"],
            "voltage-park.keys.create",
            "/api/v1/organization/ssh-keys",
            "Add an SSH key",
            keys::create,
        )
    },
    Operation {
        method: Method::Delete,
        security: Security::TokenOrBearer,
        responses: REMOVED,
        ..post(
            &["VP-24"],
            "voltage-park.keys.delete",
            "/api/v1/organization/ssh-keys/{ssh_key_id}",
            "Remove an SSH key",
            keys::delete,
        )
    },
    Operation {
        access: Access::Read,
        request: Some(script),
        security: Security::Open,
        responses: CHECKED,
        ..post(
            &["VP-25"],
            "voltage-park.cloud-init.validate",
            "/api/v1/validate/cloudinit",
            "Check a cloud-init script",
            cloudinit::validate,
        )
    },
    Operation {
        security: Security::TokenOrBearer,
        responses: SHOWN,
        ..get(
            &["VP-26"],
            "voltage-park.storage.hourly-rate",
            "/api/v1/storage/hourly-rate",
            "Get what a gigabyte costs for an hour",
            volumes::hourly_rate,
        )
    },
    Operation {
        request: Some(volume),
        security: Security::TokenOrBearer,
        responses: UNIQUE_MADE,
        ..post(
            &["VP-27"],
            "voltage-park.storage.create",
            "/api/v1/storage/",
            "Create a volume",
            volumes::create,
        )
    },
    Operation {
        query: PAGE,
        security: Security::TokenOrBearer,
        responses: LISTED,
        ..get(
            &["VP-28"],
            "voltage-park.storage.list",
            "/api/v1/storage/",
            "List volumes",
            volumes::list,
        )
    },
    Operation {
        method: Method::Delete,
        security: Security::TokenOrBearer,
        responses: REMOVED,
        ..post(
            &["VP-29"],
            "voltage-park.storage.delete",
            "/api/v1/storage/{storage_id}",
            "Terminate a volume",
            volumes::delete,
        )
    },
    Operation {
        request: Some(volume_change),
        security: Security::TokenOrBearer,
        responses: UNIQUE_CHANGED,
        ..patch(
            &["VP-30"],
            "voltage-park.storage.patch",
            "/api/v1/storage/{storage_id}",
            "Change a volume",
            volumes::patch,
        )
    },
    Operation {
        security: Security::TokenOrBearer,
        ..get(
            &["VP-31"],
            "voltage-park.storage.get",
            "/api/v1/storage/{storage_id}",
            "Get a volume",
            volumes::get,
        )
    },
    Operation {
        security: Security::OpenLately,
        responses: OPEN_OPTIONAL,
        ..get(
            &[],
            "voltage-park.instant-locations.list",
            "/api/v1/virtual-machines/instant/locations",
            "List where instant machines are to be had",
            reads::instant_locations,
        )
    },
    Operation {
        security: Security::OpenLately,
        ..get(
            &[],
            "voltage-park.instant-locations.get",
            "/api/v1/virtual-machines/instant/locations/{location_id}",
            "Get what instant machines a location has",
            reads::instant_location,
        )
    },
    Operation {
        responses: ACCEPTED,
        ..post(
            &[],
            "voltage-park.machines.relocate",
            "/api/v1/virtual-machines/{virtual_machine_id}/relocate",
            "Move a disassociated virtual machine",
            machines::relocate,
        )
    },
    get(
        &[],
        "voltage-park.rentals.get",
        "/api/v1/bare-metal/{baremetal_rental_id}",
        "Get a rental",
        rentals::get,
    ),
];

const fn parameter(name: &'static str, kind: QueryKind) -> QueryParameter {
    QueryParameter { name, kind }
}

const fn get(
    coverage: &'static [&'static str],
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    run: Handler,
) -> Operation {
    Operation {
        id,
        cloud: Cloud::VoltagePark,
        method: Method::Get,
        path,
        summary,
        access: Access::Read,
        security: Security::Bearer,
        query: &[],
        request: None,
        responses: READ,
        coverage,
        run,
    }
}

const fn post(
    coverage: &'static [&'static str],
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    run: Handler,
) -> Operation {
    Operation {
        method: Method::Post,
        access: Access::Write,
        ..get(coverage, id, path, summary, run)
    }
}

const fn put(
    coverage: &'static [&'static str],
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    run: Handler,
) -> Operation {
    Operation {
        method: Method::Put,
        access: Access::Write,
        responses: CHANGED,
        ..get(coverage, id, path, summary, run)
    }
}

const fn patch(
    coverage: &'static [&'static str],
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    run: Handler,
) -> Operation {
    Operation {
        method: Method::Patch,
        access: Access::Write,
        request: Some(name_and_tags),
        responses: CHANGED,
        ..get(coverage, id, path, summary, run)
    }
}

fn machine_order() -> Value {
    let mut properties = order_properties();
    properties["config_id"] = json!({ "type": "string", "format": "uuid" });
    properties["password"] = json!({ "type": ["string", "null"], "minLength": 8 });
    properties["cloud_init"] = script_schema();
    object(&properties, &["config_id", "name"])
}

fn rental_order() -> Value {
    let mut properties = order_properties();
    properties["location_id"] = json!({ "type": "string", "format": "uuid" });
    properties["gpu_count"] = json!({ "type": "integer", "multipleOf": 8, "minimum": 8 });
    properties["network_type"] = json!({ "type": "string", "enum": ["infiniband", "ethernet"] });
    properties["sub_order"] = json!({ "type": ["integer", "null"] });
    properties["storage_id"] = json!({ "type": ["string", "null"], "format": "uuid" });
    properties["cloudinit_script"] = script_schema();
    object(&properties, &["location_id", "gpu_count", "name", "network_type"])
}

fn name_and_tags() -> Value {
    let properties = json!({
        "name": { "type": ["string", "null"] },
        "tags": { "type": ["array", "null"], "items": { "type": "string" } },
    });
    object(&properties, &[])
}

fn machine_power() -> Value {
    let allowed = json!(["started", "stopped", "stopped_disassociated"]);
    object(&json!({ "status": { "type": "string", "enum": allowed } }), &["status"])
}

fn rental_power() -> Value {
    let allowed = json!(["started", "stopped"]);
    object(&json!({ "status": { "type": "string", "enum": allowed } }), &["status"])
}

fn reboot() -> Value {
    object(&json!({ "public_ips": texts() }), &["public_ips"])
}

fn key() -> Value {
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

fn script() -> Value {
    let properties = json!({
        "type": { "type": "string", "enum": ["instant-vm", "vm", "baremetal"] },
        "content": { "anyOf": [{ "type": "string" }, { "type": "object" }] },
    });
    object(&properties, &["type", "content"])
}

fn volume() -> Value {
    let properties = json!({
        "size_in_gb": { "type": "integer", "minimum": 1 },
        "name": { "type": "string" },
        "order_ids": { "type": "array", "items": { "type": "string", "format": "uuid" } },
    });
    object(&properties, &["size_in_gb", "name"])
}

fn volume_change() -> Value {
    let ids = json!({ "type": "string", "format": "uuid" });
    let properties = json!({
        "size_in_gb": { "type": ["integer", "null"], "minimum": 1 },
        "name": { "type": ["string", "null"] },
        "order_ids": { "type": ["array", "null"], "items": ids },
    });
    object(&properties, &[])
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
