//! The operations of kinds that are rows, made from their table: the same for every spelling of a
//! collection, and in workspaces where a kind lives there as well.

use super::kind::{Form, HubKind, Manner, Scope};
use super::table::KINDS;
use super::{actions, managed, metal, reads, schemas, writes};
use crate::answers;
use crate::bodies::{ActionBody, schema};
use crate::envelope::YAML;
use crate::rows::{
    ABSENT, ACCEPTED_WRITE, BAD, DELETED, DENIED, FAIL_ON_EXISTS, FORBIDDEN, KEY, PAGE,
    READ_BY_SOME, Responses, Row, STARTED, UPSERTED,
};
use crate::world::{Handler, Inside};
use plumb_sandbox::operation::{Method, QueryKind, QueryParameter};

const SELECTOR: &[QueryParameter] = &[QueryParameter::new("opts.selector", QueryKind::Text)];

const LISTED: Responses = &[(200, "a page of the list"), BAD, DENIED, FORBIDDEN, ABSENT];

/// The rows of every kind, and of what is asked for about all clusters.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in KINDS {
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
    rows.push(row.behind(KEY).asks(SELECTOR).answers(READ_BY_SOME).shows(schemas::anything));
    rows
}

/// One collection of a kind: a spelling of it, in one scope.
#[derive(Debug, Clone)]
struct Collection {
    kind: &'static HubKind,
    /// What operations are called after.
    id: String,
    path: String,
    /// Only the first spelling in its widest scope counts for the checklist.
    covers: bool,
}

impl Collection {
    fn of(kind: &'static HubKind, plural: &'static str) -> Self {
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
            self.row("list", "", "List", reads::list)
                .asks(PAGE)
                .answers(LISTED)
                .shows_about(schemas::list, kind.kind),
            self.upsert(),
            self.row("get", "/{name}", "Get", reads::get).shows_about(schemas::object, kind.kind),
            self.delete(),
        ];
        if kind.has_status {
            let row = self.row("status", "/{name}/status", "Get the status of", reads::status);
            rows.push(row.shows_about(schemas::status, kind.kind));
        }
        if kind.has_artifacts {
            let row = self.row(
                "artifacts",
                "/{name}/artifacts",
                "List the artifacts of",
                reads::artifacts,
            );
            rows.push(row.shows(schemas::items));
        }
        if kind.versioned {
            let row =
                self.row("versions", "/{name}/versions", "List the versions of", reads::versions);
            rows.push(row.shows(schemas::items));
        }
        rows.extend(self.actions());
        rows
    }

    fn upsert(&self) -> Row {
        let kind = self.kind;
        let row = self.row("upsert", "", "Create or replace", writes::upsert);
        let row = row.writing(Method::Post).takes_about(schemas::body, kind.kind);
        let row = match kind.api.manner {
            Manner::Hub => row.answers(UPSERTED).shows_about(schemas::object, kind.kind),
            Manner::Managed => {
                let row = row.answers(UPSERTED).asks(&[FAIL_ON_EXISTS]);
                row.shows_about(schemas::object, kind.kind)
            }
            Manner::Developer => {
                row.answers(ACCEPTED_WRITE).asks(&[FAIL_ON_EXISTS]).shows(answers::instance_written)
            }
        };
        if self.covers { row.covers(kind.coverage) } else { row }
    }

    fn delete(&self) -> Row {
        let row = self.row("delete", "/{name}", "Delete", writes::delete).writing(Method::Delete);
        match self.kind.api.manner {
            Manner::Hub => row.answers(DELETED),
            Manner::Developer | Manner::Managed => row.answers(STARTED).shows(answers::done),
        }
    }

    /// What one kind can do and others cannot.
    fn actions(&self) -> Vec<Row> {
        let post = |id: &str, path: &str, what: &str, run: Inside| {
            self.row(id, path, what, run).writing(Method::Post).answers(UPSERTED)
        };
        match (self.kind.form, self.kind.kind) {
            (Form::Cluster, _) => {
                let file = |id: &str, what: &str| {
                    let row = self.row(id, &format!("/{{name}}/{id}"), what, reads::access);
                    row.shows(schemas::anything).in_media(YAML)
                };
                vec![
                    file("kubeconfig", "Get the kubeconfig of"),
                    file("bootstrap", "Get what registers"),
                ]
            }
            (Form::Environment, _) => {
                vec![
                    post("publish", "/{name}/publish", "Deploy", actions::publish).answers(DELETED),
                ]
            }
            (Form::Machine, _) => vec![
                post("action", "/{name}/action/{verb}", "Start an action of", actions::act)
                    .takes(schema::<ActionBody>)
                    .shows(answers::done),
            ],
            (Form::Managed, _) => self.node_groups(),
            (_, "BaremetalMachine") => self.machine(),
            _ => Vec::new(),
        }
    }

    fn node_groups(&self) -> Vec<Row> {
        let post = |id: &str, what: &str, run: Inside| {
            let row = self.row(id, &format!("/{{name}}/{id}"), what, run);
            let row = row.writing(Method::Post).answers(UPSERTED);
            row.shows_about(schemas::object, self.kind.kind)
        };
        vec![
            post("upgrade", "Upgrade", managed::upgrade).takes(schema::<managed::Upgrade>),
            post("scaleNodeGroup", "Scale a node group of", managed::scale)
                .takes(schema::<managed::ScaleNodeGroup>),
            post("addNodeGroup", "Add a node group to", managed::add)
                .takes(schema::<managed::AddNodeGroup>),
            post("removeNodeGroup", "Remove a node group from", managed::remove)
                .takes(schema::<managed::RemoveNodeGroup>),
        ]
    }

    fn machine(&self) -> Vec<Row> {
        let verb = |id: &str| {
            let row = self.row(id, &format!("/{{name}}/{id}"), "Act on", metal::act);
            row.writing(Method::Get).answers(UPSERTED).shows(schemas::anything)
        };
        let post = |id: &str, what: &str, run: Inside| {
            let row = self.row(id, &format!("/{{name}}/{id}"), what, run);
            row.writing(Method::Post).answers(UPSERTED).shows(schemas::anything)
        };
        vec![
            self.row("status", "/{name}/status", "Get the status of", metal::status)
                .shows(schemas::anything),
            verb("powerOn"),
            verb("powerOff"),
            verb("reboot"),
            verb("provision"),
            post("reinstallOS", "Install a system on", metal::reinstall)
                .takes(schema::<metal::Reinstall>),
            post("consoleSessions", "Open a console of", metal::console)
                .takes(schema::<metal::ConsoleSession>),
        ]
    }

    fn row(&self, id: &str, path: &str, what: &str, run: Inside) -> Row {
        // The table is made once and lives as long as the program, as its rows must.
        let id: &'static str = format!("{}.{id}", self.id).leak();
        let path: &'static str = format!("{}{path}", self.path).leak();
        let what: &'static str = format!("{what} {}", self.kind.kind).leak();
        Row::reading(id, path, what, Handler::Inside(run)).behind(KEY).answers(READ_BY_SOME)
    }
}
