//! What both kinds of profile have in common: they are listed, and nothing else (api §3.6). What a
//! profile says is read in `profile`.

use crate::paas::{self, Routes, ThinWithout};
use crate::profile::ProfileField;
use crate::schema::{self, Metadata, Opaque};
use crate::{collections, metadata};
use plumb_kind::{CannotBuild, Collection, Context, Kind, NotReadable, Request, Snapshot, Step};
use plumb_model::key::ScopeLevel;
use plumb_model::live::LiveStatus;
use plumb_model::rules::{
    Access, CreateSafety, Identity, Lifecycle, MarkPlace, PowerControl, ReplaceDefault, field_rules,
};
use plumb_model::{Body, KindId, KindRules, LiveObject, RemoteId, ResourceKey, Scope};
use schemars::{JsonSchema, Schema};
use serde_json::Value;
use std::sync::LazyLock;

/// A kind of profile.
#[derive(Debug)]
pub(crate) struct ProfileKind {
    /// What it is called, here and in paths.
    pub(crate) named: ProfileField,
    /// Its rules.
    pub(crate) rules: LazyLock<KindRules>,
    /// One line on what it is.
    pub(crate) summary: &'static str,
}

/// The rules of a kind of profile.
pub(crate) fn rules(named: ProfileField) -> KindRules {
    KindRules {
        id: KindId::new(paas::GROUP, named.kind),
        api_version: paas::API_VERSION,
        level: ScopeLevel::Project,
        parent: Some(KindId::new("auth", "Project")),
        access: Access::ReadOnly,
        lifecycle: Lifecycle::Immediate,
        power: PowerControl::None,
        identity: Identity::Name,
        mark: MarkPlace::Object,
        create_safety: CreateSafety::Repeatable,
        replace: ReplaceDefault::Never,
        contract_term: None,
        timeout_seconds: 30 * 60,
        after: Vec::new(),
        references: Vec::new(),
        fields: field_rules(metadata::FIELDS),
    }
}

/// A profile.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Document {
    /// What it is called and where it lives.
    metadata: Metadata,
    /// Its variables and settings.
    spec: Option<Opaque>,
    /// Its prices.
    status: Option<Opaque>,
}

impl Kind for ProfileKind {
    fn rules(&self) -> &KindRules {
        &self.rules
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn schema(&self) -> Schema {
        schema::document::<Document>(&self.rules, self.summary)
    }

    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        let list =
            |name| collections::unordered_of_project(&self.rules.id, name, self.named.plural);
        scope.project().into_iter().map(list).collect()
    }

    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        paas::read(&self.rules, item, scope, ThinWithout::Spec, LiveStatus::ready())
    }

    fn item(&self, key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        Some(Routes { plural: self.named.plural, profile: None }.get(key))
    }

    fn requests(&self, _: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        Err(paas::no_such_step(context.key, "written"))
    }

    fn export(&self, _live: &LiveObject, _snapshot: &Snapshot) -> Option<Value> {
        None
    }
}
