//! What is listed, and how the answers look (contract §1.3, §2). Every list is asked for with its
//! own greatest page.

use crate::{ids, paths};
use plumb_kind::{
    Collection, CollectionId, Counts, Effect, Envelope, Method, Paging, Request, RequestPath,
};
use plumb_model::{Body, KindId, Scope, body};

/// `{results, total_result_count, has_previous, has_next}`; a page's size is not said.
const RESULTS: Envelope = Envelope {
    items: &["/results"],
    total: &["/total_result_count"],
    counts: Counts::Everything,
    limit: &[],
};
/// A bare array.
const BARE: Envelope = Envelope { items: &[""], total: &[], counts: Counts::Something, limit: &[] };
const BY_ID: &[&str] = &["/id"];

const fn pages_of(size: u32) -> Paging {
    Paging::LimitOffset { limit: "limit", offset: "offset", size }
}

/// A list in the usual envelope.
fn list(kind: Option<KindId>, path: RequestPath, paging: Paging) -> Collection {
    Collection {
        id: CollectionId(format!("voltage-park {path}")),
        kind,
        scope: Scope::Global,
        request: Request::get(path),
        paging,
        envelope: RESULTS,
        identity: BY_ID,
        otherwise: Vec::new(),
    }
}

/// A single object, fetched like a list of one.
fn single(path: RequestPath) -> Collection {
    list(None, path, Paging::Single)
}

/// All machines that are not terminated (VP-05).
pub(crate) fn virtual_machines() -> Collection {
    list(Some(ids::virtual_machine()), paths::slashed("virtual-machines"), pages_of(100))
}

/// All rentals that are not terminated (VP-14). The limit that is a word is not used (V-09).
pub(crate) fn rentals() -> Collection {
    list(Some(ids::bare_metal()), paths::slashed("bare-metal"), pages_of(100))
}

/// All volumes (VP-28).
pub(crate) fn volumes() -> Collection {
    list(Some(ids::storage_volume()), paths::slashed("storage"), pages_of(100))
}

/// One volume, with what is used of it (VP-31).
pub(crate) fn volume(id: &str) -> Collection {
    single(paths::item("storage", id))
}

/// All SSH keys of the organization (VP-22).
pub(crate) fn ssh_keys() -> Collection {
    list(Some(ids::ssh_key()), paths::api(["organization", "ssh-keys"]), pages_of(150))
}

/// All cities (VP-01); a legacy list that may be empty (contract §2.6).
pub(crate) fn locations() -> Collection {
    list(None, paths::slashed("locations"), pages_of(15))
}

/// One city (VP-02).
pub(crate) fn location(id: &str) -> Collection {
    single(paths::item("locations", id))
}

/// The host of a machine (VP-03).
pub(crate) fn host_node(id: &str) -> Collection {
    single(paths::item("hostnodes", id))
}

/// Where which preset can be had (V-17): asked first, and missing on older installations.
pub(crate) fn stock_by_location() -> Collection {
    let path = paths::api(["virtual-machines", "instant", "locations"]);
    list(None, path, Paging::None)
}

/// All presets with the locations that stock them (VP-10): asked when the newer list is missing.
pub(crate) fn presets() -> Collection {
    let path = paths::slashed("instant-deploy-presets");
    Collection { envelope: BARE, ..list(None, path, Paging::None) }
}

/// One preset, whether anybody stocks it or not (VP-11).
pub(crate) fn preset(id: &str) -> Collection {
    single(paths::item("instant-deploy-presets", id))
}

/// Free GPUs and prices of bare metal (VP-12).
pub(crate) fn bare_metal_locations() -> Collection {
    list(None, paths::api(["bare-metal", "locations"]), Paging::None)
}

/// What a gigabyte of shared storage costs an hour (VP-26).
pub(crate) fn storage_rate() -> Collection {
    single(paths::api(["storage", "hourly-rate"]))
}

/// What the account is billed an hour (VP-19).
pub(crate) fn hourly_rate() -> Collection {
    single(paths::api(["billing", "hourly-rate"]))
}

/// What was charged and paid (VP-20), as far as a query asks. No greatest page is documented.
/// Questions with different queries are different collections.
pub(crate) fn transactions(query: Vec<(String, String)>) -> Collection {
    let all = list(None, paths::api(["billing", "transactions"]), pages_of(100));
    let asked: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let id = CollectionId(format!("{} {}", all.id.0, asked.join("&")));
    Collection { id, request: Request { query, ..all.request }, ..all }
}

/// The account of a month (VP-21); months count from 1.
pub(crate) fn monthly_report(year: i16, month: i8) -> Collection {
    let (year, month) = (year.to_string(), month.to_string());
    single(paths::api(["billing", "reports", &year, &month, "transactions"]))
}

/// Whether the server takes a cloud-init for a type of machine (VP-25): a question that is asked
/// with a body and changes nothing. `digest` tells contents apart.
pub(crate) fn cloud_init_check(digest: &str, machine: &str, content: &Body) -> Collection {
    let path = paths::api(["validate", "cloudinit"]);
    let id = CollectionId(format!("voltage-park {path} {machine} {digest}"));
    let question = Request::write(Method::Post, path.clone(), Effect::Read);
    let request = question.json(body!({"type": machine, "content": content}));
    Collection { id, request, ..single(path) }
}
