//! `eaas.envmgmt.io/v1`: environments, and what they are made from (api §7.2, §7.3). Their variables say
//! themselves which of them are secret.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use crate::documents::{Metadata, Variable};
use crate::platform::{API, rules};
use crate::status;
use plumb_kind::{Kind, KindType, Opaque, Row, Surroundings};
use plumb_model::Aspect::{Guarded, Immutable, UnorderedBy, WriteOnly};
use plumb_model::key::ScopeLevel;
use plumb_model::live::LiveStatus;
use plumb_model::rules::{Costs, Lifecycle};
use plumb_model::{Body, FieldPath, FieldRule, KindRules, Refinement, Resource};
use schemars::JsonSchema;

/// The `apiVersion` of these kinds.
const API_VERSION: &str = "eaas.envmgmt.io/v1";
/// Where they are.
const BASE: &str = "apis/eaas.envmgmt.io/v1";
/// How long an environment may take to be made (api §2.7).
const LONGEST_SECONDS: u64 = 8 * 60 * 60;

/// A version of something.
#[derive(JsonSchema)]
struct Template {
    /// The template's name.
    #[schemars(extend("x-plumb-names" = "EnvironmentTemplate.eaas.envmgmt.io"))]
    name: String,
    /// Its version; the newest where nothing is said.
    version: Option<String>,
}

/// An environment: the resources of its template, made.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct EnvironmentSpec {
    /// What it is made from. Which template that is, is fixed once it is made.
    template: Template,
    /// Values of the template's variables. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    variables: Option<Vec<Variable>>,
    /// Variables of what makes it. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("key")]))]
    envs: Option<Vec<Env>>,
    /// Files of what makes it. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    files: Option<Vec<EnvironmentFile>>,
    /// Agents that make it. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    agents: Option<Vec<AgentName>>,
    /// Which other projects may use it.
    sharing: Option<Opaque>,
    /// Whether its resources are brought in line each time.
    reconcile_resources: Option<bool>,
    /// Schedules of its template that it does not keep.
    schedule_optouts: Option<Vec<Opaque>>,
}

/// Variables and files that templates and environments share.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct ConfigContextSpec {
    /// Variables. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    variables: Option<Vec<Variable>>,
    /// Variables of what makes an environment. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("key")]))]
    envs: Option<Vec<Env>>,
    /// Files of what makes an environment. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    files: Option<Vec<EnvironmentFile>>,
    /// A file of secrets.
    secret: Option<EnvironmentFile>,
    /// Which other projects may use it.
    sharing: Option<Opaque>,
}

/// What makes one resource of an environment.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct ResourceTemplateSpec {
    /// The version. A changed template needs a new one.
    version: String,
    /// Draft, active or disabled.
    version_state: Option<String>,
    /// What makes it: terraform, opentofu, hcpterraform, custom or system.
    provider: String,
    /// How, in the form of the provider.
    provider_options: Option<Opaque>,
    /// Where it is.
    repository_options: Option<RepositoryOptions>,
    /// Contexts it uses. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    contexts: Option<Vec<ContextName>>,
    /// Its variables. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    variables: Option<Vec<Variable>>,
    /// What is done before and after.
    hooks: Option<Opaque>,
    /// Agents that make it. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    agents: Option<Vec<AgentName>>,
    /// Which other projects may use it.
    sharing: Option<Opaque>,
    /// The address of an icon.
    #[schemars(rename = "iconURL")]
    icon_url: Option<String>,
    /// A text about it.
    readme: Option<String>,
}

/// What environments are made from.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct EnvironmentTemplateSpec {
    /// The version. A changed template needs a new one.
    version: String,
    /// Draft, active or disabled.
    version_state: Option<String>,
    /// The resources it has. Order means nothing: each says what it depends on.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    resources: Option<Vec<TemplateResource>>,
    /// Its variables. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    variables: Option<Vec<Variable>>,
    /// Contexts it uses. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    contexts: Option<Vec<ContextName>>,
    /// What is done before and after.
    hooks: Option<Opaque>,
    /// Agents that make it. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    agents: Option<Vec<AgentName>>,
    /// When environments are torn down or checked by themselves.
    schedules: Option<Vec<Opaque>>,
    /// Which other projects may use it.
    sharing: Option<Opaque>,
    /// The address of an icon.
    #[schemars(rename = "iconURL")]
    icon_url: Option<String>,
    /// A text about it.
    readme: Option<String>,
}

/// A resource of an environment template.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct TemplateResource {
    /// The resource's name, or its template's.
    #[schemars(extend("x-plumb-names" = "ResourceTemplate.eaas.envmgmt.io"))]
    name: String,
    /// Resource, `resourcetemplate` or `environment`.
    kind: Option<String>,
    /// Dynamic or static.
    #[schemars(rename = "type")]
    resource_type: Option<String>,
    /// Its version, and whether it is made for each environment.
    resource_options: Option<Opaque>,
    /// Resources that come first. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    depends_on: Option<Vec<Named>>,
    /// What it says otherwise than its template.
    overrides: Option<Opaque>,
}

/// Names something.
#[derive(JsonSchema)]
struct Named {
    /// Its name.
    name: String,
}

/// Names a context.
#[derive(JsonSchema)]
struct ContextName {
    /// The context's name.
    #[schemars(extend("x-plumb-names" = "ConfigContext.eaas.envmgmt.io"))]
    name: String,
}

/// Names an agent.
#[derive(JsonSchema)]
struct AgentName {
    /// The agent's name.
    #[schemars(extend("x-plumb-names" = "Agent.gitops.k8smgmt.io"))]
    name: String,
}

/// Where a template's source is.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct RepositoryOptions {
    /// The repository's name.
    #[schemars(extend("x-plumb-names" = "Repository.integrations.k8smgmt.io"))]
    name: Option<String>,
    /// The branch or tag.
    branch: Option<String>,
    /// The folder in the repository.
    directory_path: Option<String>,
}

/// A variable of what makes an environment.
#[derive(JsonSchema)]
struct Env {
    /// Its name.
    key: String,
    /// Its value.
    #[schemars(extend("x-plumb" = [Guarded]))]
    value: Option<String>,
    /// Whether it is sensitive, and whether others may set it.
    options: Option<Opaque>,
}

/// A file of what makes an environment. Its contents need not come back.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct EnvironmentFile {
    /// Its path or name.
    name: String,
    /// Its contents, in base64. Taken for a secret.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    data: Option<String>,
    /// Where it is put.
    mount_path: Option<String>,
    /// Whether the contents are a secret.
    sensitive: Option<bool>,
    /// Whether others may set it.
    options: Option<Opaque>,
}

static ENVIRONMENT: Row = row("environments", || {
    let mut kind = kind::<EnvironmentSpec>("Environment", "The resources of a template, made.");
    kind.rules.lifecycle = Lifecycle::Waited;
    kind.rules.costs = Costs::ByTheHour;
    kind.rules.timeout_seconds = LONGEST_SECONDS;
    kind.rules.fields.push(FieldRule::exactly(&template_name(), Immutable));
    kind
})
.ready_as(deployed);

static CONFIG_CONTEXT: Row = row("configcontexts", || {
    kind::<Option<ConfigContextSpec>>("ConfigContext", "Variables and files that templates share.")
})
.with_or_without_spec();

static RESOURCE_TEMPLATE: Row = row("resourcetemplates", || {
    kind::<ResourceTemplateSpec>("ResourceTemplate", "What makes one resource of an environment.")
})
.versioned();

static ENVIRONMENT_TEMPLATE: Row = row("environmenttemplates", || {
    kind::<EnvironmentTemplateSpec>("EnvironmentTemplate", "What environments are made from.")
})
.versioned();

pub(crate) static KINDS: &[&dyn Kind] =
    &[&CONFIG_CONTEXT, &RESOURCE_TEMPLATE, &ENVIRONMENT_TEMPLATE, &ENVIRONMENT];

const fn row(plural: &'static str, kind: fn() -> KindType) -> Row {
    Row::new(&API, (BASE, plural), kind).refined_by(secrets)
}

fn kind<S: JsonSchema>(name: &str, summary: &'static str) -> KindType {
    let plain = rules(API_VERSION, name, ScopeLevel::Project);
    let rules = KindRules { family: Some("environments"), ..plain };
    KindType::of::<Metadata, S>(rules, summary).with_status()
}

fn template_name() -> FieldPath {
    FieldPath::root().key("spec").key("template").key("name")
}

/// How far an environment is: what was digested of its last deployment, in either spelling.
fn deployed(status: Option<&Body>) -> LiveStatus {
    let digested = ["digestedStatus", "digested_status"];
    let digested = digested.into_iter().find_map(|name| status?.get(name));
    status::common(digested.or(status))
}

/// Variables that say themselves that they are sensitive never come back as they were sent.
fn secrets(resource: &Resource, _around: &Surroundings<'_>) -> Refinement {
    let lists = [("variables", "name"), ("envs", "key")];
    let mut rules = Vec::new();
    for (list, key) in lists {
        let path = FieldPath::root().key("spec").key(list);
        let items = resource.field(&path).and_then(Body::as_array).into_iter().flatten();
        let sensitive = items
            .filter(|item| item.pointer("/options/sensitive") == Some(&Body::Bool(true)))
            .filter_map(|item| item.get(key)?.as_str());
        rules.extend(
            sensitive.map(|name| FieldRule::exactly(&path.item(key, name).key("value"), WriteOnly)),
        );
    }
    Refinement { rules: rules.into(), ..Refinement::default() }
}
