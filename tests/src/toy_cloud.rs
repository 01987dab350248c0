//! A third cloud for tests, which exists nowhere: two collections of free-form objects with a unique
//! name each, pages of two by token, and a header of its own for the key.
//!
//! `GET|POST /toy/v1/{collection}` and `GET|PATCH|DELETE /toy/v1/{collection}/{id}`, where the
//! collection is `houses` or `rooms`; a name will do for an id.

use plumb_sandbox::cloud::{Cloud, Description};
use plumb_sandbox::http::{Request, Response, path_segments};
use plumb_sandbox::operation::{
    Operation, QueryKind, QueryParameter, Route, Router, Routes, Schema,
};
use plumb_sandbox::{Edit, EffectKind, Method, Stage, ids, patch::merge};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The header that carries the key.
pub const KEY_HEADER: &str = "x-toy-key";

/// What a call does.
#[derive(Debug, Clone, Copy)]
enum Deed {
    List,
    Create,
    Get,
    Change,
    Delete,
}

const MANY: &str = "/toy/v1/{collection}";
const ONE: &str = "/toy/v1/{collection}/{id}";
const PAGE: &[QueryParameter] = &[QueryParameter::new("page_token", QueryKind::Text)];
static ROUTES: LazyLock<Router<Deed>> = LazyLock::new(|| Router::new(ROWS));
const ROWS: &[Operation<Deed>] = plumb_sandbox::rows! {
    row("toy.list", MANY, Deed::List).asks(PAGE),
    row("toy.create", MANY, Deed::Create).writing(Method::Post).takes::<Thing>(),
    row("toy.get", ONE, Deed::Get),
    row("toy.change", ONE, Deed::Change).writing(Method::Patch).takes::<Thing>(),
    row("toy.delete", ONE, Deed::Delete).writing(Method::Delete),
};

const fn row(id: &'static str, path: &'static str, deed: Deed) -> Operation<Deed> {
    let row = Operation::reading(id, path, "What its name says", deed).behind(&["key"]);
    row.shows::<Thing>().answers(&[
        (200, "done"),
        (404, "no such thing"),
        (409, "the name is taken"),
    ])
}

/// Anything with a name.
type Thing = Map<String, Value>;

/// The toy cloud.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Toy {
    settings: Settings,
    /// By collection and id.
    objects: BTreeMap<String, Value>,
    made: u64,
}

/// Its section of a configuration: keys, and objects at the start with their `kind`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    keys: Vec<BTreeMap<String, String>>,
    seeded: Vec<Value>,
}

/// A thing says its name itself, or in its metadata.
fn name_of(thing: &Value) -> &str {
    thing["name"].as_str().or(thing["metadata"]["name"].as_str()).unwrap_or_default()
}

type Refused = (u16, &'static str);

impl Toy {
    /// Does to one object what the API and edits alike may do.
    fn act(
        &mut self,
        stage: &mut Stage,
        deed: Deed,
        at: &str,
        body: &Value,
    ) -> Result<Value, Refused> {
        let (collection, wanted) = at.split_once('/').unwrap_or((at, ""));
        if !["houses", "rooms"].contains(&collection) {
            return Err((404, "no such collection"));
        }
        let is = |(key, it): &(&String, &Value)| {
            key.starts_with(collection) && (it["id"] == wanted || name_of(it) == wanted)
        };
        let found = self.objects.iter().find(is).map(|(key, it)| (key.clone(), it.clone()));
        let (key, mut object) = match (deed, found) {
            (Deed::Create, Some(_)) => return Err((409, "the name is taken")),
            (Deed::Create, None) => {
                self.made += 1;
                let id = format!("t-{:06}", self.made);
                (format!("{collection}/{id}"), json!({ "id": id }))
            }
            (_, None) => return Err((404, "no such thing")),
            (_, Some(found)) => found,
        };
        merge(&mut object, body, 0);
        let effects: &[EffectKind] = match deed {
            Deed::List | Deed::Get => &[],
            Deed::Create => &[EffectKind::Created],
            Deed::Change => &[EffectKind::Updated],
            Deed::Delete => &[EffectKind::Deleted, EffectKind::Gone],
        };
        let name = format!("toy/{collection}/{}", name_of(&object));
        for effect in effects {
            stage.record("toy", *effect, &name, json!({ "id": object["id"] }));
        }
        match deed {
            Deed::Delete => self.objects.remove(&key),
            _ => self.objects.insert(key, object.clone()),
        };
        Ok(object)
    }

    fn list(&self, collection: &str, token: &str) -> Value {
        let (after, end) = (format!("{collection}/{token}"), format!("{collection}0"));
        let mut rest = self.objects.range(after.clone()..end).filter(|(key, _)| **key != after);
        let page: Vec<&Value> = rest.by_ref().take(2).map(|(_, it)| it).collect();
        let next = rest.next().and(page.last()).map(|it| &it["id"]);
        json!({ "items": page, "next_page_token": next })
    }
}

impl Cloud for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }
    fn routes(&self) -> &'static dyn Routes {
        &*ROUTES
    }
    fn description(&self) -> Description {
        Description {
            title: "Toy",
            security_schemes: json!({"key": {"type": "apiKey", "in": "header", "name": KEY_HEADER}}),
            path_parameter: |_| json!({ "type": "string" }),
            error: |_| Schema::of::<Thing>(),
        }
    }
    fn owns(&self, path: &str) -> bool {
        path.starts_with("/toy/")
    }
    fn caller(&self, _: &Stage, request: &Request) -> Option<String> {
        let given = request.header_value(KEY_HEADER)?;
        self.settings.keys.iter().any(|it| it["key"] == given).then(|| ids::key_id(given))
    }
    fn answer(&mut self, stage: &mut Stage, request: &Request) -> Response {
        let Some(caller) = self.caller(stage, request) else {
            return self.refusal(401, "who are you");
        };
        stage.set_actor(&caller);
        let segments = path_segments(&request.path).unwrap_or_default();
        let Route::Found(found) = ROUTES.route(&request.method, &segments) else {
            return self.refusal(404, "no such path");
        };
        let (deed, call) = (found.run, found.called(request, ()));
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_else(|_| json!({}));
        let name = call.optional("id").unwrap_or(name_of(&body));
        let collection = call.parameter("collection");
        let done = match deed {
            Deed::List => Ok(self.list(collection, call.query("page_token").unwrap_or_default())),
            _ => self.act(stage, deed, &format!("{collection}/{name}"), &body),
        };
        done.map_or_else(|(status, why)| self.refusal(status, why), |it| Response::json(200, &it))
    }
    fn refusal(&self, status: u16, text: &str) -> Response {
        Response::json(status, &json!({ "why": text }))
    }
    fn edit(&mut self, stage: &mut Stage, edit: &Edit) -> Result<(), String> {
        let (deed, name, body) = match edit {
            Edit::Create { object } => (Deed::Create, object["name"].as_str(), object.clone()),
            Edit::Patch { patch, .. } => (Deed::Change, None, patch.clone()),
            Edit::Delete { .. } => (Deed::Delete, None, json!({})),
            _ => return Err("a toy has neither labels nor power".to_owned()),
        };
        let mut at = edit.object_name().trim_start_matches("toy/").to_owned();
        at.extend(name.map(|name| format!("/{name}")));
        let done = self.act(stage, deed, &at, &body);
        done.map(drop).map_err(|(_, why)| why.to_owned())
    }
    fn object_count(&self) -> usize {
        self.objects.len()
    }
    fn settings(&self) -> Value {
        serde_json::to_value(&self.settings).unwrap_or_default()
    }
    fn configure(&mut self, _: &Stage, settings: &Value) -> Result<(), String> {
        self.settings = Settings::deserialize(settings).map_err(|it| it.to_string())?;
        if self.settings.keys.is_empty() {
            self.settings.keys.push([("key".to_owned(), "toy-key".to_owned())].into());
        }
        Ok(())
    }
    fn plant(&mut self, stage: &mut Stage) -> Vec<String> {
        let seeded = std::mem::take(&mut self.settings.seeded).into_iter();
        seeded.filter_map(|object| self.edit(stage, &Edit::Create { object }).err()).collect()
    }
    fn first_key(&self) -> String {
        self.settings.keys.first().map(|it| it["key"].clone()).unwrap_or_default()
    }
}
