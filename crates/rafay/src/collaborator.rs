//! Collaborators of a workspace: users with a role in it, known by their usernames (api §3.3). There is
//! no call that changes a role: it is taken away and given anew.

use crate::paas::{API_VERSION, BASE, LIST, PAGED, id};
use plumb_kind::row::no_such_step;
use plumb_kind::{
    CannotBuild, Collection, CollectionId, Context, Effect, Kind, KindType, Method, NotReadable,
    Request, RequestPath, Step, check,
};
use plumb_model::Aspect::{AtCreation, ServerOwned};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{MarkPlace, ReferenceRule, Tenure};
use plumb_model::text::ServerText;
use plumb_model::{
    Body, Code, FieldPath, Fields, Finding, KindId, KindRules, LiveObject, RemoteId, Resource,
    ResourceKey, Scope, body,
};
use schemars::JsonSchema;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// `paas.envmgmt.io/v1` `WorkspaceCollaborator`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Collaborator;

/// Who it is, and where.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of these types is their schema")]
struct CollaboratorMetadata {
    /// The username, which is an e-mail address.
    #[schemars(regex(pattern = "^[^@ ]+@[^@ ]+$"), length(min = 3, max = 254))]
    name: String,
    /// The name of the project the workspace is in.
    #[schemars(length(min = 1))]
    project: String,
    /// The name of the workspace.
    #[schemars(length(min = 1))]
    workspace: String,
    /// Wishes to plumb; every key begins with plumb.dev/.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    annotations: Option<BTreeMap<String, String>>,
}

/// What the user may do there.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "what is read of these types is their schema")]
struct CollaboratorSpec {
    /// The role in the workspace: `PAAS_WORKSPACE_COLLABORATOR`, or the same with `_READ_ONLY`.
    #[schemars(length(min = 1))]
    role: String,
    /// First name. With a last name beside it the user is invited, and made where there is none;
    /// without, a user who is there is taken.
    #[schemars(length(min = 1), extend("x-plumb" = [AtCreation]))]
    first_name: Option<String>,
    /// Last name, for an invitation.
    #[schemars(length(min = 1), extend("x-plumb" = [AtCreation]))]
    last_name: Option<String>,
    /// The e-mail address the invitation goes to; the username when it is left out.
    #[schemars(length(min = 3), extend("x-plumb" = [AtCreation]))]
    email: Option<String>,
    /// Whether an invited user may use the console, CONSOLE, or only the API.
    #[schemars(length(min = 1), extend("x-plumb" = [AtCreation]))]
    user_type: Option<String>,
}

/// What an invitation says beside the role.
const INVITED: [&str; 4] = ["firstName", "lastName", "email", "userType"];
/// Without these nobody is invited.
const NAMES: [&str; 2] = ["firstName", "lastName"];

static KIND: LazyLock<KindType> = LazyLock::new(|| {
    let plain = KindRules::plain(API_VERSION, "WorkspaceCollaborator", ScopeLevel::Workspace);
    let user = ReferenceRule::literal("metadata.name", KindId::new("auth", "User"));
    let rules = KindRules {
        mark: MarkPlace::Ledger,
        family: Some("people"),
        // A workspace can be deleted with them in it.
        tenure: Tenure::Goes,
        references: vec![user],
        ..plain
    };
    let summary = "A user with a role in a workspace.";
    KindType::of::<CollaboratorMetadata, CollaboratorSpec>(rules, summary).with_status()
});

impl Kind for Collaborator {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    /// A first and a last name belong together.
    fn check(&self, resource: &Resource) -> Vec<Finding> {
        let spec = FieldPath::root().key("spec");
        let says = |name: &str| resource.field(&spec.key(name)).is_some();
        let mut findings = check::foreign_annotations(resource);
        let some = INVITED.into_iter().any(says);
        let missing = NAMES.into_iter().filter(|name| some && !says(name));
        findings.extend(missing.map(|name| {
            let message = "an invitation needs a first and a last name";
            Finding::error(Code::MISSING_FIELD, message)
                .of(&resource.key)
                .field(spec.key(name))
                .help("add it, or leave all but the role out for a user who is there")
        }));
        findings
    }

    /// There is a list in each workspace, and none above.
    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        let Some(path) = in_workspace(scope, "collaborators") else { return Vec::new() };
        let list = Collection {
            id: CollectionId(format!("{} {path}", crate::NAME)),
            kind: Some(self.rules().id.clone()),
            scope: scope.clone(),
            request: Request::get(path),
            paging: PAGED,
            envelope: LIST,
            identity: &["/metadata/name"],
            otherwise: Vec::new(),
        };
        vec![list]
    }

    /// An item that names no workspace is of the list it stands in.
    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        let kind = &self.rules().id;
        let missing = |what: &str| NotReadable {
            what: ServerText::new(&kind.kind),
            why: format!("{what} is missing"),
        };
        let name = item.pointer("/metadata/name").and_then(Body::as_str);
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| missing("its username"))?;
        let spec = item.get("spec").ok_or_else(|| missing("its spec"))?;
        let (project, workspace) = (scope.project(), scope.workspace());
        let body = body!({
            "apiVersion": API_VERSION,
            "kind": kind.kind,
            "metadata": {"name": name, "project": project, "workspace": workspace},
            "spec": spec,
        });
        let key = ResourceKey::new(kind.clone(), scope.clone(), name.to_owned());
        Ok(LiveObject::of(key, body))
    }

    /// There is no call that reads one.
    fn item(&self, _key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        None
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        match step {
            Step::Adopt => Ok(Vec::new()),
            Step::Create => Ok(vec![created(context)?]),
            Step::Update => {
                Ok(vec![unassigned(context, Effect::Assign)?, assigned(context, Effect::Assign)?])
            }
            Step::Delete => Ok(vec![unassigned(context, Effect::Delete)?]),
            Step::Publish => Err(no_such_step(context.key, "published")),
            Step::Power(_) | Step::Act(_) => Err(no_such_step(context.key, "switched")),
        }
    }
}

/// The path of a list or call in a workspace; `None` where there is none.
fn in_workspace(scope: &Scope, call: &str) -> Option<RequestPath> {
    let (project, workspace) = (scope.project()?, scope.workspace()?);
    let base = RequestPath::of(BASE.split('/'));
    Some(base.then("projects").then(project).then("workspaces").then(workspace).then(call))
}

/// A user with a name is invited, and made where there is none; one without is there.
fn created(context: &Context<'_>) -> Result<Request, CannotBuild> {
    let declared = context.declared()?.get("spec").and_then(Body::as_object);
    let said = |name: &str| declared?.get(name).filter(|it| !it.is_null()).cloned();
    if NAMES.into_iter().any(|name| said(name).is_none()) {
        return assigned(context, Effect::Create);
    }
    let fields = INVITED.into_iter().filter_map(|name| Some((name, said(name)?)));
    let mut spec: Fields = fields.collect();
    spec.insert("role", role(context)?);
    if !spec.contains_key("email") {
        spec.insert("email", context.key.name.as_str().into());
    }
    let name = context.key.name.as_str();
    call(
        context,
        ("collaborators", id("WorkspaceCollaborator").kind.as_str(), name),
        &spec,
        Effect::Create,
    )
}

fn role(context: &Context<'_>) -> Result<Body, CannotBuild> {
    let role = context.declared()?.pointer("/spec/role").cloned();
    role.ok_or_else(|| CannotBuild {
        message: format!("{} has no role", context.key),
        help: "write it in spec.role".to_owned(),
    })
}

fn assigned(context: &Context<'_>, effect: Effect) -> Result<Request, CannotBuild> {
    let spec = [("Usernames", usernames(context)), ("role", role(context)?)];
    let workspace = context.key.scope.workspace().unwrap_or_default();
    let call_of = ("assigncollaborators", "WorkspaceAddCollaborators", workspace);
    call(context, call_of, &spec.into_iter().collect(), effect)
}

fn unassigned(context: &Context<'_>, effect: Effect) -> Result<Request, CannotBuild> {
    let spec = [("Usernames", usernames(context))];
    let workspace = context.key.scope.workspace().unwrap_or_default();
    let call_of = ("unassigncollaborators", "WorkspaceDeleteCollaborators", workspace);
    call(context, call_of, &spec.into_iter().collect(), effect)
}

fn usernames(context: &Context<'_>) -> Body {
    body!([(context.key.name)])
}

/// A call in the workspace: its path, the kind of its body, and the name the body has.
fn call(
    context: &Context<'_>,
    (path, kind, name): (&str, &str, &str),
    spec: &Fields,
    effect: Effect,
) -> Result<Request, CannotBuild> {
    let scope = &context.key.scope;
    let path = in_workspace(scope, path).ok_or_else(|| CannotBuild {
        message: format!("{} is in no workspace", context.key),
        help: "write metadata.project and metadata.workspace".to_owned(),
    })?;
    let body = body!({
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "project": scope.project(), "workspace": scope.workspace()},
        "spec": spec,
    });
    Ok(Request::write(Method::Post, path, effect).json(body))
}
