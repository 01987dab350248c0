//! Parts B to D of Rafay's checklist: partners, administration, keys and access. What plumb sends is
//! gathered from one life: a whole organization in a folder (`tests/whole`) and every kind that is a row
//! (`tests/rows`) are made, changed and deleted, keys are made and end, and a key that may not is refused.

use plumb_engine::{Engine, Interrupt, Made};

use plumb_kind::{Lookup, NewKey, Provider, Validity};
use plumb_model::policy::{Prune, Purpose, Selection};
use plumb_model::{LedgerView, Policy, ResourceKey};
use plumb_rafay::RAFAY;
use plumb_sandbox::{Operation, RequestRecord};
use plumb_tests::cloud::Cloud;
use plumb_tests::plumb::{Declared, Plumb, plain_policy};
use plumb_tests::simulated::operations;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const PARTNER: &str = "ra2.partner.of-the-coverage";
const READER: &str = "ra2.reader.of-the-coverage";
const ENDED: &str = "ra2.ended.of-the-coverage";

/// What no public path leads to, by row, with what declaring it is called.
const UNREACHABLE: [(&str, &str); 3] =
    [("RAFAY-53", "ClusterTemplate"), ("RAFAY-54", "Gateway"), ("RAFAY-55", "ConvertToManaged")];

/// A row of the checklist in the contract.
struct Listed {
    row: String,
    part: String,
    capability: String,
}

/// Rows 28 and on, as the contract lists them.
fn listed() -> Vec<Listed> {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/contracts/rafay.md");
    let text = std::fs::read_to_string(contract).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let (part, capability) = cells.get(1)?.split_once(" · ")?;
        let number: u32 = cells[0].strip_prefix("RAFAY-")?.parse().ok()?;
        let listed = Listed {
            row: cells[0].to_owned(),
            part: part.to_owned(),
            capability: capability.to_owned(),
        };
        (number > 27).then_some(listed)
    };
    text.lines().filter(|line| line.starts_with("| RAFAY-")).filter_map(row).collect()
}

/// The table; none of its cells is empty.
pub(crate) async fn table() -> String {
    let requests = life().await;
    let all: Vec<&Operation> = operations().collect();
    let mut table = String::new();
    let rows = listed();
    assert_eq!(rows.len(), 38);
    for Listed { row, part, capability } in rows {
        let claimed: Vec<&&Operation> =
            all.iter().filter(|it| it.coverage.contains(&row.as_str())).collect();
        let unreachable = UNREACHABLE.iter().find(|(of, _)| *of == row);
        let (sandbox, plumb) = match unreachable {
            Some((_, kind)) => {
                assert!(claimed.is_empty(), "{row} has a path");
                let registry = plumb_tests::plumb::registry();
                assert!(registry.unmanageable("infra.k8smgmt.io/v3", kind).is_some(), "{row}");
                ("no path: 404".to_owned(), format!("`{kind}` is refused: PL0211"))
            }
            None => (sandbox(&claimed), sent(&row, &claimed, &requests)),
        };
        writeln!(table, "| {row} | {part} | {capability} | {sandbox} | {plumb} |").unwrap();
    }
    table
}

fn sandbox(claimed: &[&&Operation]) -> String {
    assert!(!claimed.is_empty());
    let names: BTreeSet<&str> = claimed
        .iter()
        .map(|it| it.id.rsplit_once('.').map_or(it.id, |(collection, _)| collection))
        .collect();
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{} ({})", names.join(", "), claimed.len())
}

/// What plumb sent to the operations of a row, and what it was answered, by method.
fn sent(row: &str, claimed: &[&&Operation], requests: &[RequestRecord]) -> String {
    let mut codes: BTreeMap<&str, BTreeSet<u16>> = BTreeMap::new();
    for record in requests {
        let id = record.operation.as_deref().unwrap_or_default();
        if claimed.iter().any(|operation| operation.id == id) {
            codes.entry(&record.method).or_default().insert(record.status);
        }
    }
    let well = |codes: &BTreeSet<u16>| codes.iter().any(|code| (200..300).contains(code));
    assert!(codes.values().any(well), "{row}: plumb never sent it: {codes:?}");
    let shown = codes.iter().map(|(method, codes)| {
        let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
        format!("{method} {}", codes.join(" "))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Everything that was sent.
async fn life() -> Vec<RequestRecord> {
    let config = json!({"rafay": {"keys": [
        {"key": PARTNER, "partner": true},
        {"key": READER, "role": "read_only"},
        {"key": ENDED, "expires_at": "2020-01-01T00:00:00Z"},
    ]}});
    let mut plumb = Plumb::new(Cloud::new(config).unwrap()).unwrap();
    PARTNER.clone_into(&mut plumb.key);
    for name in ["PASSWORD", "SECRET"] {
        plumb.variables.insert(name.to_owned(), format!("secret-{name}"));
    }
    plumb
        .write("plumb.yaml", "apiVersion: plumb.dev/v1\nkind: Stack\nmetadata: {name: all}\n")
        .unwrap();
    write(&plumb, 0);
    apply(&mut plumb).await;
    write(&plumb, 1);
    let organization = std::fs::read_to_string(folder("whole").join("organization.yaml")).unwrap();
    let changed = organization.replace("active: true", "active: false")
        + "  users:\n    - {username: second@acme.example, first_name: S, last_name: T, roles: [ADMIN]}\n";
    plumb.write("organization.yaml", &changed).unwrap();
    apply(&mut plumb).await;
    keys(&plumb).await;
    refused(&mut plumb).await;
    for targets in [false, true] {
        destroy(&mut plumb, targets).await;
    }
    plumb.cloud.world().requests().all().cloned().collect()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The documents of both folders: the rows as they begin, or as they are changed.
fn write(plumb: &Plumb, which: usize) {
    for entry in std::fs::read_dir(folder("whole")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        plumb.write(&name, &std::fs::read_to_string(&path).unwrap()).unwrap();
    }
    for entry in std::fs::read_dir(folder("rows")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = format!("rows/{}", path.file_name().unwrap().to_str().unwrap());
        plumb.write(&name, text.split("---\n").nth(which).unwrap()).unwrap();
    }
}

async fn apply(plumb: &mut Plumb) {
    let policy = |declared: &Declared, _: &LedgerView| -> Result<Policy, String> {
        Ok(plain_policy(declared))
    };
    let ran = plumb.apply(&policy, &|| Ok(()), &Interrupt::never()).await.unwrap();
    let report = ran.report.expect("nothing stops it");
    let wrong = report.outcomes.iter().filter(|(_, it)| **it != plumb_model::ActionOutcome::Done);
    assert_eq!(wrong.collect::<Vec<_>>(), []);
    let after = plumb.plan(&policy).await.unwrap().plan;
    assert_eq!(after.actions.len(), 0, "{:?}", after.actions);
}

async fn destroy(plumb: &mut Plumb, organization: bool) {
    let policy = move |declared: &Declared, view: &LedgerView| -> Result<Policy, String> {
        let named = |key: &&ResourceKey| key.kind.kind == "Organization";
        let keys: BTreeSet<ResourceKey> = view.entries.keys().filter(named).cloned().collect();
        let (targets, excludes) =
            if organization { (keys, BTreeSet::new()) } else { (BTreeSet::new(), keys) };
        Ok(Policy {
            purpose: Purpose::Destroy,
            prune: Prune::On,
            allowed_deletes: Some(200),
            confirm_loss: true,
            selection: Selection { targets, excludes },
            ..plain_policy(declared)
        })
    };
    plumb.apply(&policy, &|| Ok(()), &Interrupt::never()).await.unwrap();
}

/// Keys of a machine user: made, listed, deleted; one that would live too long is refused to the user
/// itself, and made for it by an administrator.
async fn keys(plumb: &Plumb) {
    let engine = plumb.engine();
    let holder = holder(&engine).await;
    let user_keys = RAFAY.user_keys().unwrap();
    let new_key = async |name: &'static str, validity: Validity| {
        let key = NewKey { name, validity };
        let Made::Key(made) = engine.make_key(&RAFAY, user_keys, (&holder, &key)).await else {
            panic!("no key called {name}")
        };
        made
    };
    let made = new_key("pipeline", Validity::Hours(1)).await;
    new_key("second", Validity::Usual).await;
    new_key("endless", Validity::Endless).await;
    let Lookup::Found(listed) = engine.keys_of("rafay", user_keys, &holder).await else {
        panic!("no list")
    };
    assert_eq!(listed.len(), 3);
    assert!(made.secret.is_some() && made.ends.is_some());
    engine.delete_key(&RAFAY, user_keys, &made.id.unwrap()).await.unwrap();
}

async fn holder(engine: &Engine) -> plumb_model::RemoteId {
    let user_keys = RAFAY.user_keys().unwrap();
    match engine.find_holder("rafay", user_keys, "pipeline@acme.example").await {
        Lookup::Found(holder) => holder.id,
        other => panic!("{other:?}"),
    }
}

/// A key that may only read is refused its writes, and one that has ended everything.
async fn refused(plumb: &mut Plumb) {
    let policy = |declared: &Declared, _: &LedgerView| -> Result<Policy, String> {
        Ok(plain_policy(declared))
    };
    let workspace =
        "apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {name: more, project: ml}\n";
    plumb.write("more.yaml", workspace).unwrap();
    READER.clone_into(&mut plumb.key);
    let ran = plumb.apply(&policy, &|| Ok(()), &Interrupt::never()).await.unwrap();
    let report = ran.report.unwrap();
    assert!(
        report.outcomes.values().all(|it| *it != plumb_model::ActionOutcome::Done),
        "{report:?}"
    );
    ENDED.clone_into(&mut plumb.key);
    assert!(plumb.plan(&policy).await.is_err());
    plumb.write("more.yaml", "").unwrap();
    PARTNER.clone_into(&mut plumb.key);
    let statuses: BTreeSet<u16> =
        plumb.cloud.world().requests().all().map(|record| record.status).collect();
    assert!(statuses.contains(&401) && statuses.contains(&403), "{statuses:?}");
}
