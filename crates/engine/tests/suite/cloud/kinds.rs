//! The toy provider: folders (which can only be listed), and in them notes (made at once), things (published) and machines
//! (of which a POST always makes another).

use plumb_engine::HttpRequest;
use plumb_kind::{
    AnswerClass, Budgets, CannotBuild, Collection, CollectionId, Context, Counts, Danger, Effect,
    Envelope, InFlight, Kind, KindType, Method, NotReadable, Paging, Provider, Refusal, Request,
    RequestPath, Step, Verb,
};
use plumb_model::key::ScopeLevel;
use plumb_model::live::{Completeness, LiveStatus, StatusOperation};
use plumb_model::rules::{Aspect, CreateSafety, Lifecycle, MarkPlace, PowerControl, field_rules};
use plumb_model::{
    Body, KindId, KindRules, LiveObject, Phase, Power, RemoteId, Resource, ResourceKey, Scope,
    Secret, ServerText, body,
};
use std::cell::Cell;
use std::sync::LazyLock;
use std::time::Duration;

/// The provider.
#[derive(Debug)]
pub(crate) struct Toy;

/// One kind of it.
#[derive(Debug)]
pub(crate) struct ToyKind {
    kind: LazyLock<KindType>,
    plural: &'static str,
}

pub(crate) const GROUP: &str = "toy";

pub(crate) static FOLDER: ToyKind =
    ToyKind { kind: LazyLock::new(|| toy(folder())), plural: "folders" };
pub(crate) static NOTE: ToyKind = ToyKind { kind: LazyLock::new(|| toy(note())), plural: "notes" };
pub(crate) static THING: ToyKind =
    ToyKind { kind: LazyLock::new(|| toy(thing())), plural: "things" };
pub(crate) static MACHINE: ToyKind =
    ToyKind { kind: LazyLock::new(|| toy(machine())), plural: "machines" };
static KINDS: [&dyn Kind; 4] = [&FOLDER, &NOTE, &THING, &MACHINE];

fn rules(kind: &str, level: ScopeLevel) -> KindRules {
    KindRules {
        parent: (level == ScopeLevel::Project).then(|| KindId::new(GROUP, "Folder")),
        timeout_seconds: 600,
        fields: field_rules(&[("status", Aspect::ServerOwned), ("id", Aspect::ServerOwned)]),
        ..KindRules::plain("toy/v1", kind, level)
    }
}

fn toy(rules: KindRules) -> KindType {
    KindType { rules, summary: "a toy", schema: schemars::json_schema!({"type": "object"}) }
}

fn folder() -> KindRules {
    KindRules { mark: MarkPlace::Ledger, ..rules("Folder", ScopeLevel::Global) }
}

fn note() -> KindRules {
    let mut rules = rules("Note", ScopeLevel::Project);
    rules.fields.extend(field_rules(&[
        ("spec.password", Aspect::WriteOnly),
        ("spec.groups", Aspect::AfterCreate),
        ("spec.groups", Aspect::Recorded),
    ]));
    rules
}

fn thing() -> KindRules {
    KindRules {
        lifecycle: Lifecycle::Published,
        power: PowerControl::Switchable,
        contract_term: Some("spec.months".parse().unwrap()),
        ..rules("Thing", ScopeLevel::Project)
    }
}

fn machine() -> KindRules {
    KindRules { create_safety: CreateSafety::AtMostOnce, ..rules("Machine", ScopeLevel::Project) }
}

impl ToyKind {
    fn path(&self, scope: &Scope) -> RequestPath {
        match scope.project() {
            None => RequestPath::of([self.plural]),
            Some(folder) => RequestPath::of(["in", folder, self.plural]),
        }
    }

    fn write(&self, context: &Context<'_>, only_new: &str) -> Vec<Request> {
        let mut body = context.body.unwrap().clone();
        body["metadata"]["labels"]["plumb.dev/stack"] = body!(context.stack);
        let effect = if only_new == "true" { Effect::Create } else { Effect::Upsert };
        let path = self.path(&context.key.scope);
        vec![Request::write(Method::Post, path, effect).with("fail-on-exists", only_new).json(body)]
    }

    /// Machines are known by id alone.
    fn place(&self, context: &Context<'_>) -> Result<RequestPath, CannotBuild> {
        let path = self.path(&context.key.scope);
        if self.plural != "machines" {
            return Ok(path.then(&context.key.name));
        }
        let missing = || CannotBuild { message: "no id".into(), help: "look".into() };
        Ok(path.then(context.ids.get(context.key).ok_or_else(missing)?.as_str()))
    }
}

impl Kind for ToyKind {
    fn kind_type(&self) -> &KindType {
        &self.kind
    }

    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        let path = self.path(scope);
        vec![Collection {
            id: CollectionId(path.as_str().to_owned()),
            kind: Some(self.rules().id.clone()),
            scope: scope.clone(),
            request: Request::get(path),
            paging: Paging::LimitOffset { limit: "limit", offset: "offset", size: 1000 },
            envelope: Envelope {
                items: &["/items"],
                total: &["/total"],
                counts: Counts::Something,
                limit: &["/limit"],
            },
            identity: &["/id"],
            otherwise: Vec::new(),
        }]
    }

    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        let name = item.pointer("/metadata/name").and_then(Body::as_str).ok_or(NotReadable {
            what: ServerText::new(self.plural),
            why: "it has no name".into(),
        })?;
        let thin = item.get("spec").is_none();
        let label = item.pointer("/metadata/labels/plumb.dev~1stack").and_then(Body::as_str);
        Ok(LiveObject {
            key: ResourceKey::new(self.rules().id.clone(), scope.clone(), name.to_owned()),
            remote_id: item["id"].as_str().and_then(|id| id.parse().ok()),
            body: item.clone(),
            status: status(item),
            outputs: item["status"]["output"].clone(),
            mark: label.map(str::to_owned),
            uid: None,
            hourly: None,
            completeness: if thin { Completeness::Thin } else { Completeness::Full },
        })
    }

    fn item(&self, key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request> {
        let path = self.path(&key.scope);
        if self.plural == "folders" {
            return None;
        }
        if self.plural == "machines" {
            return Some(Request::get(path.then(id?.as_str())));
        }
        Some(Request::get(path.then(&key.name)))
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let post = |path: RequestPath, effect| vec![Request::write(Method::Post, path, effect)];
        Ok(match step {
            Step::Create => self.write(context, "true"),
            Step::Update => self.write(context, "false"),
            Step::Adopt => {
                let mut context = *context;
                context.body = context.live.map(|live| &live.body);
                self.write(&context, "false")
            }
            Step::Publish => post(self.place(context)?.then("publish"), Effect::Publish),
            Step::Power(Power::On) => post(self.place(context)?.then("start"), Effect::Act),
            Step::Power(Power::Off | Power::Disassociated) => {
                post(self.place(context)?.then("stop"), Effect::Act)
            }
            Step::Act(verb) => post(self.place(context)?.then(verb), Effect::Act),
            Step::Delete => {
                vec![Request::write(Method::Delete, self.place(context)?, Effect::Delete)]
            }
        })
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        answer["id"].as_str()?.parse().ok()
    }

    fn verbs(&self) -> &'static [Verb] {
        const VERBS: &[Verb] = &[
            Verb {
                name: "stop",
                effect: "stops it",
                danger: Danger::Destructive,
                leads_to: Some(Power::Off),
            },
            Verb {
                name: "reset",
                effect: "resets it",
                danger: Danger::Destructive,
                leads_to: None,
            },
        ];
        if self.plural == "things" { VERBS } else { &[] }
    }

    fn lookups(&self, _resource: &Resource) -> Vec<Collection> {
        Vec::new()
    }
}

fn status(item: &Body) -> LiveStatus {
    let text = |name: &str| item["status"][name].as_str();
    let phase = match text("phase") {
        Some("not_deployed") => Phase::NotDeployed,
        Some("pending") => Phase::Pending,
        Some("ready") => Phase::Ready,
        Some("failed") => Phase::Failed,
        Some("deleting") => Phase::Deleting,
        Some("delete_failed") => Phase::DeleteFailed,
        other => Phase::Unknown(ServerText::new(other.unwrap_or("none"))),
    };
    let operation = text("action").map(|action| match action {
        "publish" => StatusOperation::Deploy,
        "start" => StatusOperation::Power(Power::On),
        "stop" => StatusOperation::Power(Power::Off),
        "delete" => StatusOperation::Delete,
        other => StatusOperation::Other(ServerText::new(other)),
    });
    let power = match text("power") {
        Some("on") => Some(Power::On),
        Some("off") => Some(Power::Off),
        _ => None,
    };
    let completed_at = text("completed").and_then(|text| text.parse().ok());
    LiveStatus { phase, reason: None, operation, completed_at, power }
}

impl Provider for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        &KINDS
    }

    fn headers(&self, _request: &Request, key: &Secret) -> Vec<(&'static str, Secret)> {
        vec![("x-api-key", key.clone())]
    }

    fn classify(&self, status: u16, _body: Option<&Body>, _text: &str) -> AnswerClass {
        LOOKED_INTO.set(looked_into() + 1);
        match status {
            200..=299 => AnswerClass::Success,
            300..=399 => AnswerClass::Redirected,
            401 => AnswerClass::Refused(Refusal::Key),
            403 => AnswerClass::Refused(Refusal::Permission),
            404 => AnswerClass::Gone,
            409 => AnswerClass::Conflict,
            429 => AnswerClass::Throttled,
            408 | 500..=599 => AnswerClass::Trouble,
            _ => AnswerClass::Refused(Refusal::Request),
        }
    }

    fn explain(&self, body: Option<&Body>, text: &str) -> ServerText {
        let said = body.and_then(|body| body["error"].as_str());
        ServerText::new(said.unwrap_or(text))
    }

    fn budgets(&self) -> Budgets {
        Budgets {
            in_flight: InFlight { first: 10, most: 10 },
            call: Duration::from_mins(1),
            poll: Duration::from_secs(10),
            settle: Duration::from_mins(10),
            stale_status: Duration::from_mins(1),
            tries: 5,
            answer_bytes: 1 << 20,
        }
    }
}

thread_local! {
    static LOOKED_INTO: Cell<usize> = const { Cell::new(0) };
}

/// How many answers were looked into in this test.
pub(crate) fn looked_into() -> usize {
    LOOKED_INTO.get()
}

/// The key a request carried.
pub(crate) fn key_of(request: &HttpRequest) -> Option<&str> {
    request.headers.iter().find(|(name, _)| *name == "x-api-key").map(|(_, value)| value.expose())
}
