//! The operations of declared kinds, made from their rows: the same for every spelling of a
//! collection, and in workspaces where a kind lives there as well.

use serde_json::{Map, Value};

use super::actions::Kubeconfig;
use super::{actions, managed, metal, reads, writes};
use crate::answers::{Done, Items, Nothing, Version};
use crate::bodies::ActionBody;
use crate::envelope::YAML;
use crate::kinds::{Form, Kind, Manner, Scope};
use crate::rows::{
    ABSENT, ACCEPTED_WRITE, BAD, DELETED, DENIED, FAIL_ON_EXISTS, FORBIDDEN, KEY, PAGE,
    READ_BY_SOME, Responses, Row, STARTED, UPSERTED,
};
use crate::table::DECLARED;
use crate::world::{Handler, Inside};
use crate::{deployments, reads as objects, schemas};
use plumb_sandbox::operation::{Method, QueryKind, QueryParameter};

const SELECTOR: &[QueryParameter] = &[QueryParameter::new("opts.selector", QueryKind::Text)];

const LISTED: Responses = &[(200, "a page of the list"), BAD, DENIED, FORBIDDEN, ABSENT];

/// The rows of every kind, and of what is asked for about all clusters.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in DECLARED {
        for plural in kind.plurals {
            let here = Collection::of(kind, plural);
            rows.extend(here.rows());
            if kind.scope == Scope::ProjectOrWorkspace {
                rows.extend(here.in_workspaces().rows());
            }
        }
    }
    let path = "/v2/sentry/kubeconfig/user";
    let what = "Get a user's kubeconfig of a cluster";
    let row =
        Row::reading("rafay.kubeconfigs.user", path, what, Handler::Inside(actions::kubeconfig));
    rows.push(row.behind(KEY).asks(SELECTOR).answers(READ_BY_SOME).shows::<Kubeconfig>());
    rows
}

/// One collection of a kind: a spelling of it, in one scope.
#[derive(Debug, Clone)]
struct Collection {
    kind: &'static Kind,
    /// What operations are called after.
    id: String,
    path: String,
    /// Only the first spelling in its widest scope counts for the checklist.
    covers: bool,
}

impl Collection {
    fn of(kind: &'static Kind, plural: &'static str) -> Self {
        let version = kind.api.version;
        let path = match kind.scope {
            Scope::Organization => format!("/apis/{version}/{plural}"),
            Scope::Project | Scope::ProjectOrWorkspace => {
                format!("/apis/{version}/projects/{{project}}/{plural}")
            }
        };
        let covers = kind.plurals.first() == Some(&plural);
        Collection { kind, id: format!("rafay.{plural}"), path, covers }
    }

    fn in_workspaces(&self) -> Self {
        let id = self.id.replace("rafay.", "rafay.workspace-");
        let path = self.path.replace("{project}", "{project}/workspaces/{workspace}");
        Collection { id, path, covers: false, ..self.clone() }
    }

    fn rows(&self) -> Vec<Row> {
        let kind = self.kind;
        let mut rows = vec![
            self.row("list", "", "List", objects::list)
                .asks(PAGE)
                .answers(LISTED)
                .shows_about(schemas::list, kind.name),
            self.upsert(),
            self.row("get", "/{name}", "Get", objects::get).shows_about(schemas::object, kind.name),
            self.delete(),
        ];
        if kind.has_status {
            let row = self.beside("status", "Get the status of", reads::status);
            rows.push(row.shows_about(schemas::status, kind.name));
        }
        if kind.has_artifacts {
            let row = self.beside("artifacts", "List the artifacts of", reads::artifacts);
            rows.push(row.shows::<Items<Value>>());
        }
        if kind.versioned {
            let row = self.beside("versions", "List the versions of", reads::versions);
            rows.push(row.shows::<Items<Version>>());
        }
        rows.extend(self.actions());
        rows
    }

    fn upsert(&self) -> Row {
        let kind = self.kind;
        let row = self.row("upsert", "", "Create or replace", writes::upsert);
        let row = row.writing(Method::Post).takes_about(schemas::body, kind.name);
        let row = match kind.api.manner {
            Manner::Hub => row.answers(UPSERTED).shows_about(schemas::object, kind.name),
            Manner::Managed => row
                .answers(UPSERTED)
                .asks(&[FAIL_ON_EXISTS])
                .shows_about(schemas::object, kind.name),
            Manner::Developer => {
                row.answers(ACCEPTED_WRITE).asks(&[FAIL_ON_EXISTS]).shows::<Done<'_>>()
            }
        };
        if self.covers { row.covers(kind.coverage) } else { row }
    }

    fn delete(&self) -> Row {
        let row =
            self.row("delete", "/{name}", "Delete", deployments::delete).writing(Method::Delete);
        match self.kind.api.manner {
            Manner::Hub => row.answers(DELETED),
            Manner::Developer | Manner::Managed => row.answers(STARTED).shows::<Done<'_>>(),
        }
    }

    /// What one kind can do and others cannot.
    fn actions(&self) -> Vec<Row> {
        match (self.kind.form, self.kind.name) {
            (Form::Cluster, _) => {
                let file = |id: &str, what: &str| {
                    let row = self.beside(id, what, reads::access);
                    row.shows::<Map<String, Value>>().in_media(YAML)
                };
                vec![
                    file("kubeconfig", "Get the kubeconfig of"),
                    file("bootstrap", "Get what registers"),
                ]
            }
            (Form::Environment, _) => {
                vec![self.doing("publish", "Deploy", actions::publish).answers(DELETED)]
            }
            (Form::Machine, _) => {
                let path = "/{name}/action/{verb}";
                let row = self.row("action", path, "Start an action of", deployments::act);
                let row = row.writing(Method::Post).answers(UPSERTED);
                vec![row.takes::<ActionBody>().shows::<Done<'_>>()]
            }
            (Form::Managed, _) => self.node_groups(),
            (_, "BaremetalMachine") => self.machine(),
            _ => Vec::new(),
        }
    }

    fn node_groups(&self) -> Vec<Row> {
        let post = |id: &str, what: &str, run: Inside| {
            self.doing(id, what, run).shows_about(schemas::object, self.kind.name)
        };
        vec![
            post("upgrade", "Upgrade", managed::upgrade).takes::<managed::Upgrade>(),
            post("scaleNodeGroup", "Scale a node group of", managed::scale)
                .takes::<managed::ScaleNodeGroup>(),
            post("addNodeGroup", "Add a node group to", managed::add)
                .takes::<managed::AddNodeGroup>(),
            post("removeNodeGroup", "Remove a node group from", managed::remove)
                .takes::<managed::RemoveNodeGroup>(),
        ]
    }

    fn machine(&self) -> Vec<Row> {
        let verb =
            |id: &str| self.doing(id, "Act on", metal::act).writing(Method::Get).shows::<Nothing>();
        vec![
            self.beside("status", "Get the status of", metal::status)
                .shows::<metal::MachineStatus>(),
            verb("powerOn"),
            verb("powerOff"),
            verb("reboot"),
            verb("provision"),
            self.doing("reinstallOS", "Install a system on", metal::reinstall)
                .takes::<metal::Reinstall>()
                .shows::<Nothing>(),
            self.doing("consoleSessions", "Open a console of", metal::console)
                .takes::<metal::ConsoleSession>()
                .shows::<metal::OpenedConsole>(),
        ]
    }

    /// A row that posts to something beside an object, called after it.
    fn doing(&self, id: &str, what: &str, run: Inside) -> Row {
        self.beside(id, what, run).writing(Method::Post).answers(UPSERTED)
    }

    /// A row that reads something beside an object, called after it.
    fn beside(&self, id: &str, what: &str, run: Inside) -> Row {
        self.row(id, &format!("/{{name}}/{id}"), what, run)
    }

    fn row(&self, id: &str, path: &str, what: &str, run: Inside) -> Row {
        // The table is made once and lives as long as the program, as its rows must.
        let id: &'static str = format!("{}.{id}", self.id).leak();
        let path: &'static str = format!("{}{path}", self.path).leak();
        let what: &'static str = format!("{what} {}", self.kind.name).leak();
        Row::reading(id, path, what, Handler::Inside(run)).behind(KEY).answers(READ_BY_SOME)
    }
}
