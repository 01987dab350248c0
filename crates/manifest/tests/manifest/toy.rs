//! Toy kinds: the shapes of a cloud's documents, and nothing that talks to a cloud. They are not
//! the product's kinds on purpose: the front end must not know those.

use plumb_kind::{
    CannotBuild, Collection, Context, Kind, KindType, NotReadable, Provider, Registry, Request,
    Step,
};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{Access, CreateSafety, ImpliedEdge, PowerControl, field_rules};
use plumb_model::text::{Secret, ServerText};
use plumb_model::{
    Aspect, Body, Code, Finding, KindId, KindRules, LiveObject, RemoteId, Resource, Scope, body,
};
use serde_json::{Value, json};

/// A registry of the toy kinds.
pub(crate) fn registry() -> Registry {
    let kinds: Vec<&'static dyn Kind> = kinds().into_iter().map(|kind| kind as _).collect();
    let provider: &'static Toy = Box::leak(Box::new(Toy { kinds: kinds.leak() }));
    Registry::new(&[provider]).unwrap()
}

#[derive(Debug)]
struct Toy {
    kinds: &'static [&'static dyn Kind],
}

impl Provider for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        self.kinds
    }

    fn old_formats(&self) -> &'static [&'static str] {
        &["config.rafay.dev/v2", "pipeline.rafay.dev/v2", "infra.k8smgmt.io/v2", "rafay.io/v1alpha"]
    }

    fn headers(&self, _: &Request, _: &Secret) -> Vec<(&'static str, Secret)> {
        Vec::new()
    }
}

/// What makes a toy kind.
#[derive(Debug)]
struct ToyKind {
    kind: KindType,
    bare: Option<&'static str>,
    check: fn(&Resource) -> Vec<Finding>,
}

impl Kind for ToyKind {
    fn kind_type(&self) -> &KindType {
        &self.kind
    }

    fn read_bare(&self, body: &Body) -> Option<Body> {
        let account = body.get(self.bare?)?;
        Some(body!({
            "apiVersion": self.rules().api_version,
            "kind": self.rules().id.kind,
            "metadata": {"name": account.get("username")?},
            "spec": account
        }))
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        (self.check)(resource)
    }

    fn collections(&self, _: &Scope) -> Vec<Collection> {
        Vec::new()
    }

    fn read(&self, _: &Body, _: &Scope) -> Result<LiveObject, NotReadable> {
        Err(NotReadable { what: ServerText::default(), why: String::new() })
    }

    fn item(&self, _: &plumb_model::ResourceKey, _: Option<&RemoteId>) -> Option<Request> {
        None
    }

    fn requests(&self, _: Step<'_>, _: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        Ok(Vec::new())
    }
}

const PAAS: &str = "paas.envmgmt.io/v1";

fn rules(api_version: &'static str, kind: &str, level: ScopeLevel) -> KindRules {
    KindRules {
        fields: field_rules(&[("status", Aspect::ServerOwned)]),
        ..KindRules::plain(api_version, kind, level)
    }
}

fn kinds() -> Vec<&'static ToyKind> {
    let plain = |rules, schema: Value| {
        let kind = KindType { rules, summary: "a toy", schema: schema.try_into().unwrap() };
        ToyKind { kind, bare: None, check: |_| Vec::new() }
    };
    let mut instance = rules(PAAS, "ComputeInstance", ScopeLevel::Workspace);
    instance.power = PowerControl::Switchable;
    instance.after.push(ImpliedEdge { kind: KindId::new("paas.envmgmt.io", "Service") });
    instance.fields = field_rules(&[
        ("status", Aspect::ServerOwned),
        ("spec.variables", Aspect::UnorderedBy("name")),
        ("spec.variables[Root Password].value", Aspect::WriteOnly),
        ("spec.credentials", Aspect::Secret),
    ]);
    let mut profile = rules(PAAS, "ComputeProfile", ScopeLevel::Project);
    profile.access = Access::ReadOnly;
    let mut user = rules("auth/v1", "User", ScopeLevel::Global);
    user.fields = field_rules(&[("spec.password", Aspect::WriteOnly)]);
    let mut machine = rules("toy.dev/v1", "Machine", ScopeLevel::Global);
    machine.create_safety = CreateSafety::AtMostOnce;
    let kinds = vec![
        plain(rules("auth/v1", "Project", ScopeLevel::Global), project()),
        ToyKind { bare: Some("account"), ..plain(user, self::user()) },
        plain(rules(PAAS, "Workspace", ScopeLevel::Project), workspace()),
        plain(rules(PAAS, "Service", ScopeLevel::Project), service()),
        ToyKind { check: check_instance, ..plain(instance, self::instance()) },
        plain(profile, json!({"type": "object"})),
        plain(machine, self::machine()),
    ];
    kinds.into_iter().map(|kind| &*Box::leak(Box::new(kind))).collect()
}

fn check_instance(resource: &Resource) -> Vec<Finding> {
    let path = "spec.computeProfile.name".parse().unwrap();
    let shouting = |name: &str| name.chars().any(char::is_uppercase);
    match resource.field(&path).and_then(Body::as_str) {
        Some(name) if shouting(name) => {
            let message = format!("profiles have no capitals: {name}");
            vec![Finding::error(Code::INVALID_VALUE, message).field(path)]
        }
        _ => Vec::new(),
    }
}

fn document(metadata: &[&str], spec: &Value) -> Value {
    let texts: serde_json::Map<String, Value> = metadata
        .iter()
        .chain(&["displayName", "description"])
        .map(|name| ((*name).to_owned(), json!({"type": "string", "minLength": 1})))
        .collect();
    let mut properties = texts;
    let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
    properties.insert("labels".to_owned(), map.clone());
    properties.insert("annotations".to_owned(), map);
    json!({
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"$ref": "#/$defs/Metadata"},
            "spec": spec,
            "status": {"type": "object", "description": "The server's own."}
        },
        "required": ["apiVersion", "kind", "metadata"],
        "additionalProperties": false,
        "$defs": {
            "Metadata": {
                "type": "object",
                "properties": properties,
                "required": metadata,
                "additionalProperties": false
            },
            "Variable": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "value": {"type": "string"},
                    "valueType": {"enum": ["text", "json", "expression"]}
                },
                "required": ["name"],
                "additionalProperties": false
            },
            "Profile": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "systemCatalog": {"type": "boolean"}
                },
                "required": ["name"],
                "additionalProperties": false
            }
        }
    })
}

fn project() -> Value {
    let description = json!({"type": "string"});
    let properties = json!({"description": description});
    let spec = json!({
        "type": "object", "properties": properties, "additionalProperties": false
    });
    document(&["name"], &spec)
}

fn user() -> Value {
    let text = json!({"type": "string"});
    document(
        &["name"],
        &json!({
            "type": "object",
            "properties": {
                "username": text, "first_name": text, "last_name": text, "password": text,
                "user_type": {"oneOf": [
                    {"const": "CONSOLE", "description": "A person."},
                    {"const": "API", "description": "A program."}
                ]}
            },
            "required": ["username", "first_name", "last_name"],
            "additionalProperties": false
        }),
    )
}

fn workspace() -> Value {
    document(&["name", "project"], &json!({"type": "object", "additionalProperties": false}))
}

fn service() -> Value {
    document(
        &["name", "project"],
        &json!({
            "type": "object",
            "properties": {
                "serviceProfile": {"$ref": "#/$defs/Profile"},
                "serviceType": {"type": "string"},
                "variables": {"type": "array", "items": {"$ref": "#/$defs/Variable"}}
            },
            "required": ["serviceProfile"],
            "additionalProperties": false
        }),
    )
}

fn instance() -> Value {
    let mut schema = document(
        &["name", "project", "workspace"],
        &json!({
            "type": "object",
            "properties": {
                "computeType": {"type": "string", "enum": ["baremetal", "k8s", "vm"]},
                "computeProfile": {"$ref": "#/$defs/Profile"},
                "variables": {"type": "array", "items": {"$ref": "#/$defs/Variable"}},
                "credentials": {"type": "object", "additionalProperties": {"type": "string"}},
                "settings": {"type": "object"}
            },
            "required": ["computeType", "computeProfile"],
            "additionalProperties": false
        }),
    );
    schema["required"].as_array_mut().unwrap().push("spec".into());
    schema
}

/// A kind with every keyword the checker knows.
fn machine() -> Value {
    let mut schema = document(
        &["name"],
        &json!({
            "type": "object",
            "properties": {
                "gpus": {"type": "integer", "minimum": 1, "maximum": 8},
                "price": {"type": "number", "minimum": 0.5},
                "spot": {"type": "boolean"},
                "mac": {"type": ["string", "null"], "pattern": "^([0-9a-f]{2}:){5}[0-9a-f]{2}$"},
                "label": {"type": "string", "minLength": 2, "maxLength": 5},
                "disks": {"type": "array", "minItems": 1, "items": {"type": "integer"}},
                "image": {"anyOf": [
                    {"type": "string"},
                    {"type": "object", "properties": {"id": {"type": "integer"}},
                     "required": ["id"], "additionalProperties": false}
                ]},
                "network": {"oneOf": [
                    {"$ref": "#/$defs/Ethernet"}, {"$ref": "#/$defs/InfiniBand"}
                ]},
                "tree": {"$ref": "#/$defs/Tree"},
                "free": {"description": "Anything."},
                "never": false
            },
            "additionalProperties": false
        }),
    );
    let network = |kind: &str, extra: &str| {
        json!({
            "type": "object",
            "properties": {
                "type": {"const": kind}, extra: {"type": "integer"}, "mtu": {"type": "integer"}
            },
            "required": ["type", extra],
            "additionalProperties": false
        })
    };
    schema["$defs"]["Ethernet"] = network("ethernet", "speed");
    schema["$defs"]["InfiniBand"] = network("infiniband", "lanes");
    schema["$defs"]["Tree"] = json!({
        "type": "object",
        "properties": {
            "leaf": {"type": "boolean"},
            "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}
        },
        "additionalProperties": false
    });
    schema
}
