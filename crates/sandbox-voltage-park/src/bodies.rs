//! The bodies of requests: one declaration of each, from which come how it is read and its schema
//! in the OpenAPI document (contract 2). Unknown fields are allowed.
//!
//! What holds between fields, and between a body and the world, is checked by the calls.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::answers::Id;
use super::catalog::{NODE_GPUS, Network};
use super::choices::one_of;
use super::fields::{Field, Place, Text, bodies};
use super::knobs::{GpuMultiple, StorageNames};
use super::mistakes::{Mistake, below};

bodies! {
    /// An order of a machine.
    #[expect(dead_code, reason = "what is write-only is checked and not kept")]
    struct MachineOrder {
        config_id: Id,
        name: String,
        password: Option<Text<8, { usize::MAX }>>,
        organization_ssh_keys: KeyChoice = default,
        ssh_keys: Vec<String> = default,
        cloud_init: Option<Script>,
        tags: Vec<String> = default,
    }

    /// An order of a rental.
    #[expect(dead_code, reason = "what is write-only is checked and not kept")]
    struct RentalOrder {
        location_id: Id,
        gpu_count: Gpus,
        name: String,
        organization_ssh_keys: KeyChoice = default,
        ssh_keys: Vec<String> = default,
        network_type: Network,
        sub_order: Option<i64>,
        storage_id: Option<Id>,
        tags: Vec<String> = default,
        cloudinit_script: Option<Script>,
    }

    /// A change of name and tags; what is absent or null stays (V-46).
    struct NameAndTags {
        name: Option<String>,
        tags: Option<Vec<String>>,
    }

    /// A power call of a machine.
    struct PowerOfMachine {
        status: MachinePower,
    }

    /// A power call of a rental.
    struct PowerOfRental {
        status: RentalPower,
    }

    /// Some nodes of a rental.
    struct Nodes {
        public_ips: Vec<String>,
    }

    /// A change of an organization; what is absent or null stays (V-46).
    struct OrganizationChange {
        name: Option<String>,
        billing_notification_target_emails: Option<Vec<String>>,
    }

    /// A new SSH key.
    struct NewKey {
        name: KeyName,
        content: String,
    }

    /// A new volume.
    struct NewVolume {
        size_in_gb: Size,
        name: VolumeName,
        order_ids: Vec<Id> = default,
    }

    /// A change of a volume; what is absent or null stays.
    struct VolumeChange {
        size_in_gb: Option<Size>,
        name: Option<VolumeName>,
        order_ids: Option<Vec<Id>>,
    }

    /// A cloud-init script to check.
    #[expect(dead_code, reason = "every type has the same rules")]
    struct ScriptCheck {
        r#type: ScriptType,
        content: ScriptContent,
    }

    /// A cloud-init script (contract 2.7).
    #[expect(dead_code, reason = "what is write-only is checked and not kept")]
    struct Script {
        packages: Option<Vec<String>>,
        write_files: Option<Vec<File>>,
        runcmd: Option<Vec<String>>,
    }

    /// A file a script writes.
    #[expect(dead_code, reason = "what is write-only is checked and not kept")]
    struct File {
        path: String,
        content: String,
        encoding: Option<String>,
        owner: Option<String>,
        permissions: Option<String>,
    }
}

one_of! {
    /// The power states a machine may be asked for.
    pub(crate) enum MachinePower {
        Started = "started",
        Stopped = "stopped",
        Disassociated = "stopped_disassociated",
    }
}

one_of! {
    /// The power states a rental may be asked for.
    pub(crate) enum RentalPower {
        Started = "started",
        Stopped = "stopped",
    }
}

one_of! {
    /// What a script is for.
    pub(crate) enum ScriptType {
        Instant = "instant-vm",
        Machine = "vm",
        BareMetal = "baremetal",
    }
}

/// How the SSH keys of an organization get onto a machine.
#[derive(Debug, Default, JsonSchema)]
#[schemars(inline, tag = "mode", rename_all = "snake_case")]
pub(crate) enum KeyChoice {
    #[default]
    None,
    All,
    Selective {
        ssh_key_ids: Vec<Id>,
    },
}

/// So many GPUs of bare metal; what is no multiple of a node's is a mistake where a knob says so,
/// and refused by the call elsewhere (V-18).
#[derive(Debug, JsonSchema)]
#[schemars(inline, extend("minimum" = NODE_GPUS, "multipleOf" = NODE_GPUS))]
pub(crate) struct Gpus(pub(crate) i64);

/// The size of a volume.
#[derive(Debug, JsonSchema)]
#[schemars(inline, extend("minimum" = LEAST_SIZE))]
pub(crate) struct Size(pub(crate) u64);

const LEAST_SIZE: i64 = 1;

/// The name of a volume: the strict rule of 2026, or any text where a knob says so (V-21).
#[derive(Debug, JsonSchema)]
#[schemars(inline, extend("pattern" = VOLUME_NAME))]
pub(crate) struct VolumeName(#[schemars(with = "Text<1, 60>")] pub(crate) String);

const VOLUME_NAME: &str = "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$";

/// The name of an SSH key.
#[derive(Debug, JsonSchema)]
#[schemars(inline, extend("pattern" = "^[A-Za-z0-9 -]+$"))]
pub(crate) struct KeyName(#[schemars(with = "Text<3, 64>")] pub(crate) String);

/// A script to check: a text or an object.
#[derive(Debug, JsonSchema)]
#[schemars(inline, untagged)]
pub(crate) enum ScriptContent {
    Text(String),
    Object(Map<String, Value>),
}

/// A union told apart by `mode`.
impl Field for KeyChoice {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        const TAGS: &str = "'none', 'all', 'selective'";
        let given = at.object(value)?;
        let context = json!({ "discriminator": "'mode'" });
        match given.get("mode") {
            Some(Value::String(mode)) if mode == "none" => Some(KeyChoice::None),
            Some(Value::String(mode)) if mode == "all" => Some(KeyChoice::All),
            Some(Value::String(mode)) if mode == "selective" => {
                let mut at = at.branch("selective");
                let ssh_key_ids = at.member(given, "ssh_key_ids", Field::absent);
                at.note_unknown(given, &["mode", "ssh_key_ids"]);
                ssh_key_ids.map(|ssh_key_ids| KeyChoice::Selective { ssh_key_ids })
            }
            Some(Value::Null) | None => {
                let message = "Unable to extract tag using discriminator 'mode'";
                at.wrong("union_tag_not_found", message, value, context)
            }
            Some(tag) => {
                let tag = tag.as_str().map_or_else(|| tag.to_string(), str::to_owned);
                let message = format!(
                    "Input tag '{tag}' found using 'mode' does not match any of the expected \
                     tags: {TAGS}"
                );
                let mut context = context;
                context["tag"] = json!(tag);
                context["expected_tags"] = json!(TAGS);
                at.wrong("union_tag_invalid", message, value, context)
            }
        }
    }
}

impl Field for Gpus {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        let number = i64::read(value, at)?;
        let whole = number.unsigned_abs().is_multiple_of(NODE_GPUS);
        if at.knobs.gpu_multiple == GpuMultiple::Unprocessable && !whole {
            let message = format!("Input should be a multiple of {NODE_GPUS}");
            let context = json!({ "multiple_of": NODE_GPUS });
            return at.wrong("multiple_of", message, &json!(number), context);
        }
        Some(Gpus(number))
    }
}

impl Field for Size {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        match u64::try_from(i64::read(value, at)?) {
            Ok(size @ 1..) => Some(Size(size)),
            _ => at.refuse(|location| below(location, LEAST_SIZE, value)),
        }
    }
}

impl Field for VolumeName {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        if at.knobs.storage_names == StorageNames::FreeText {
            return String::read(value, at).map(VolumeName);
        }
        let name = Text::<1, 60>::read(value, at)?.0;
        let edge = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let inner = |byte: &u8| edge(byte) || b"._-".contains(byte);
        let bytes = name.as_bytes();
        if [bytes.first(), bytes.last()].iter().all(|it| it.is_some_and(edge))
            && bytes.iter().all(inner)
        {
            return Some(VolumeName(name));
        }
        let message = format!("String should match pattern '{VOLUME_NAME}'");
        at.wrong("string_pattern_mismatch", message, value, json!({ "pattern": VOLUME_NAME }))
    }
}

impl Field for KeyName {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        let name = Text::<3, 64>::read(value, at)?.0;
        if name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == ' ') {
            return Some(KeyName(name));
        }
        let problem = "only alphanumeric values, hyphens, or spaces are allowed";
        at.refuse(|location| Mistake::of_rule(location, problem, value))
    }
}

impl Field for ScriptContent {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        match value {
            Value::Object(script) => Some(ScriptContent::Object(script.clone())),
            text => String::read(text, at).map(ScriptContent::Text),
        }
    }
}
