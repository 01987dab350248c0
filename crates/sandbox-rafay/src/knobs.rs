//! The knobs of contract 13.2, named as there, with the documented behaviour as the default.
//!
//! Switches are booleans because they are written `true` and `false` in configuration files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use plumb_sandbox::glob;
use plumb_sandbox::time::Timestamp;
use plumb_sandbox::{choice, knobs};

/// What a single object may do differently.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectKnobs {
    /// How its deployments end.
    pub deploy_result: Option<DeployResult>,
    /// How its power actions end.
    pub action_result: Option<DeployResult>,
    /// How its deletes end.
    pub delete_result: Option<DeleteResult>,
    /// How many reads show its previous terminal status.
    pub stale_terminal_polls: Option<u64>,
    /// How its outputs are laid out.
    pub output_layout: Option<OutputLayout>,
}

choice!(
    /// How a name clash is answered.
    ConflictStyle {
        /// 409.
        #[default]
        Conflict = "409",
        /// 400 with `AlreadyExists`.
        AlreadyExists = "400",
    }
);
choice!(
    /// What a POST to an existing object does.
    MergeMode {
        /// The body is the complete new value.
        #[default]
        Replace = "replace",
        /// What the body leaves out stays.
        Merge = "merge",
    }
);
choice!(
    /// How status values are spelled.
    StatusStyle {
        /// `success`.
        #[default]
        Plain = "plain",
        /// `Status_SUCCESS`.
        Enum = "status_upper",
        /// Plain, but every ready object says `deployed`.
        Deployed = "deployed",
    }
);
choice!(
    /// What a needless publish answers.
    Republish {
        /// 409.
        #[default]
        Conflict = "409",
        /// 202, and nothing happens.
        Accepted = "202",
    }
);
choice!(
    /// What becomes of a forbidden change.
    ImmutableChange {
        /// 400.
        #[default]
        Refused = "400",
        /// 2xx, and the whole update is forgotten.
        Ignored = "ignored",
        /// 2xx, and the allowed changes take place.
        PartlyApplied = "partly_applied",
    }
);
choice!(
    /// Where labels and annotations are shown.
    LabelStyle {
        /// Everywhere.
        #[default]
        Kept = "kept",
        /// Nowhere.
        Dropped = "dropped",
        /// Only by a read of the single object.
        DroppedInLists = "dropped_in_lists",
    }
);
choice!(
    /// How secrets come back.
    Mask {
        /// As eight asterisks.
        #[default]
        Stars = "********",
        /// Not at all.
        Omit = "omit",
        /// As they are.
        Plaintext = "plaintext",
    }
);
choice!(
    /// How outputs are laid out.
    OutputLayout {
        /// Nested for Kubernetes, flat for the rest.
        #[default]
        Auto = "auto",
        /// `{key: {value}}`.
        Flat = "flat",
        /// `{resource: {tasks: {task: {key: value}}}}`.
        Nested = "nested",
    }
);
choice!(
    /// What `metadata.count` counts.
    CountMode {
        /// All objects of the list.
        #[default]
        Total = "total",
        /// The items of the page.
        Page = "page",
    }
);
choice!(
    /// The shape of the list of projects.
    ProjectsShape {
        /// `{count, next, previous, results}` with snake-case dates.
        #[default]
        Results = "results",
        /// `{count, items}` with camel-case dates, as the vendor's example shows.
        Items = "items",
    }
);
choice!(
    /// How an absent object is reported.
    NotFoundStyle {
        /// 404.
        #[default]
        NotFound = "404",
        /// 502 with "not found" in the text.
        BadGateway = "502",
        /// 400 with "does not exist" in the text.
        BadRequest = "400",
    }
);
choice!(
    /// How the profiles of the catalog are found.
    SharedProfiles {
        /// In the list of every project.
        #[default]
        Listed = "listed",
        /// By their names with `systemCatalog=true` through a project, and in the catalog's list.
        ByName = "by_name",
        /// In the catalog's list only.
        Catalog = "catalog",
    }
);
choice!(
    /// How a deployment or an action ends.
    DeployResult {
        /// Well.
        #[default]
        Success = "success",
        /// With a failure and a reason.
        Failed = "failed",
    }
);
choice!(
    /// How a delete ends.
    DeleteResult {
        /// With 404.
        #[default]
        Gone = "gone",
        /// With `destroyfailed`; the object stays.
        DestroyFailed = "destroyfailed",
        /// With `destroyed` and status 200 for ever; the name is free.
        Destroyed = "destroyed",
    }
);

/// What a masked value reads as.
pub(crate) const MASKED: &str = "********";

impl Mask {
    /// A secret as reads show it; none when it is left out.
    pub(crate) fn shows(self, secret: &str) -> Option<&str> {
        match self {
            Mask::Stars => Some(MASKED),
            Mask::Omit => None,
            Mask::Plaintext => Some(secret),
        }
    }
}

impl Knobs {
    pub(crate) fn deploy_result(&self, object: &str) -> DeployResult {
        self.of_object(object, |knobs| knobs.deploy_result).unwrap_or(self.deploy_result)
    }

    pub(crate) fn action_result(&self, object: &str) -> DeployResult {
        self.of_object(object, |knobs| knobs.action_result).unwrap_or(self.action_result)
    }

    pub(crate) fn delete_result(&self, object: &str) -> DeleteResult {
        self.of_object(object, |knobs| knobs.delete_result).unwrap_or(self.delete_result)
    }

    pub(crate) fn stale_polls(&self, object: &str) -> u64 {
        self.of_object(object, |knobs| knobs.stale_terminal_polls)
            .unwrap_or(self.stale_terminal_polls)
    }

    pub(crate) fn output_layout(&self, object: &str) -> OutputLayout {
        self.of_object(object, |knobs| knobs.output_layout).unwrap_or(self.output_layout)
    }

    fn of_object<T>(&self, object: &str, pick: impl Fn(&ObjectKnobs) -> Option<T>) -> Option<T> {
        let mut matching = self.objects.iter().filter(|(key, _)| glob::matches(key, object));
        matching.find_map(|(_, knobs)| pick(knobs))
    }
}

knobs! {
    /// Quirks of the API. Any of them may change while the world runs.
    pub struct Knobs {
        /// What an absent `fail-on-exists` means.
        pub fail_on_exists_default: bool,
        /// How a name clash is answered.
        pub conflict_style: ConflictStyle,
        /// Whether a POST replaces or merges spec, labels and annotations.
        pub merge_mode: MergeMode,
        /// How status values are spelled (contract 4.1).
        pub status_style: StatusStyle,
        /// After a publish, action or delete, so many reads of the object still show its previous
        /// terminal status (contract 4.4).
        pub stale_terminal_polls: u64,
        /// What a publish of an unchanged, deployed object answers.
        pub republish: Republish,
        /// Whether a changed spec puts a ready object back to `not_deployed`.
        pub post_resets_status: bool,
        /// What becomes of a forbidden change.
        pub immutable_change: ImmutableChange,
        /// Where labels and annotations are shown.
        pub labels: LabelStyle,
        /// Whether list items lack spec and labels.
        pub list_thin: bool,
        /// Whether a read shows the profile's variables besides the declared ones.
        pub merged_variables: bool = true,
        /// Whether variables come back in another order at every read.
        pub shuffle_variables: bool,
        /// Whether a read leaves out zero values (contract 11).
        pub drop_zero_values: bool = true,
        /// Whether a read shows server defaults (contract 11).
        pub add_defaults: bool = true,
        /// How secrets come back.
        pub mask: Mask,
        /// Whether `spec` comes back as a JSON text in a string (contract 3.4).
        pub spec_as_string: bool,
        /// How outputs are laid out (contract 3.8).
        pub output_layout: OutputLayout,
        /// The most items a page has, whatever was asked (contract 2.5).
        pub page_cap: u64 = 50,
        /// What `metadata.count` counts.
        pub count_mode: CountMode,
        /// Whether somebody creates an object each time the first of several pages was read.
        pub insert_between_pages: bool,
        /// The shape of the list of projects.
        pub projects_shape: ProjectsShape,
        /// Whether errors come with status 200.
        pub error_in_200: bool,
        /// How an absent object is reported (contract 2.6).
        pub not_found_style: NotFoundStyle,
        /// How deployments end.
        pub deploy_result: DeployResult,
        /// How power actions end.
        pub action_result: DeployResult,
        /// How deletes end.
        pub delete_result: DeleteResult,
        /// The organization's switch against new objects.
        pub paas_disabled: PaasDisabled,
        /// Names of profiles that are not visible.
        pub profile_hidden: Vec<String>,
        /// How the profiles of the catalog are found.
        pub shared_profiles: SharedProfiles,
        /// From this virtual moment on every key is refused as expired.
        pub key_expires_at: Option<Timestamp>,
        /// Whether a body that disagrees with its path is refused instead of corrected.
        pub strict_scope_match: bool,
        /// Whether publishing compute is refused while a VPC service of the project is declared and
        /// none is deployed.
        pub require_vpc: bool,
        /// Other results for single objects: patterns of object keys, `*` stands for anything. The
        /// first pattern in alphabetical order that matches and says something wins.
        pub objects: BTreeMap<String, ObjectKnobs>,
    }
}

knobs! {
    /// The organization's switch against new objects.
    pub struct PaasDisabled {
        /// New instances answer 403.
        pub compute: bool,
        /// New services answer 403.
        pub service: bool,
        /// The text of the refusal.
        pub message: String = "provisioning is disabled for this organization".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knobs_carry_the_names_of_the_contract() {
        let knobs = serde_json::to_value(Knobs::default()).unwrap();
        for name in [
            "fail_on_exists_default",
            "conflict_style",
            "merge_mode",
            "status_style",
            "stale_terminal_polls",
            "republish",
            "post_resets_status",
            "immutable_change",
            "labels",
            "list_thin",
            "merged_variables",
            "shuffle_variables",
            "drop_zero_values",
            "add_defaults",
            "mask",
            "spec_as_string",
            "output_layout",
            "page_cap",
            "count_mode",
            "insert_between_pages",
            "projects_shape",
            "error_in_200",
            "not_found_style",
            "deploy_result",
            "delete_result",
            "paas_disabled",
            "profile_hidden",
            "shared_profiles",
            "key_expires_at",
            "strict_scope_match",
            "require_vpc",
        ] {
            assert!(knobs.get(name).is_some(), "{name}");
        }
    }
}
