//! What holds for the tables of every kind.

use crate::{KINDS, RAFAY};
use plumb_kind::{Kind, Provider, Registry};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{Access, Lifecycle, MarkPlace, PowerControl, ReplaceDefault};
use std::time::Duration;

fn kind(name: &str) -> &'static dyn Kind {
    *KINDS.iter().find(|kind| kind.rules().id.kind == name).unwrap()
}

#[test]
fn the_kinds_make_a_registry() {
    let registry = Registry::new(&[&RAFAY]).unwrap();
    assert_eq!(registry.kinds().count(), KINDS.len());
    assert_eq!(kind("User").rules().references.len(), 4);
    let term = kind("ComputeInstance").rules().contract_term.as_ref().unwrap();
    assert_eq!(term.to_string(), "spec.variables[Contract Term].value");
}

#[test]
fn kinds_live_where_the_contract_says() {
    let registry = Registry::new(&[&RAFAY]).unwrap();
    let table = registry.table();
    for (name, level, parent, lifecycle, mark) in [
        (
            "Workspace",
            ScopeLevel::Project,
            Some("Project"),
            Lifecycle::Immediate,
            MarkPlace::Object,
        ),
        (
            "Service",
            ScopeLevel::ProjectOrWorkspace,
            Some("Workspace"),
            Lifecycle::Published,
            MarkPlace::Object,
        ),
        (
            "ComputeInstance",
            ScopeLevel::Workspace,
            Some("Workspace"),
            Lifecycle::Published,
            MarkPlace::Object,
        ),
        ("Project", ScopeLevel::Global, None, Lifecycle::Immediate, MarkPlace::Ledger),
        ("User", ScopeLevel::Global, None, Lifecycle::Immediate, MarkPlace::Ledger),
    ] {
        let rules = kind(name).rules();
        assert_eq!((rules.level, rules.lifecycle, rules.mark), (level, lifecycle, mark), "{name}");
        let found = table.get(&rules.id).unwrap().parent.as_ref();
        assert_eq!(found.map(|kind| kind.kind.as_str()), parent, "{name}");
        assert_eq!(rules.replace, ReplaceDefault::Never, "{name}");
        assert_eq!(rules.timeout_seconds, 1800, "{name}");
        assert_eq!(rules.access, Access::Managed);
        let powered = rules.power == PowerControl::Switchable;
        assert_eq!(powered, name == "ComputeInstance");
        assert_eq!(kind(name).verbs().is_empty(), !powered);
    }
    for name in ["ComputeProfile", "ServiceProfile"] {
        assert_eq!(kind(name).rules().access, Access::ReadOnly);
    }
}

#[test]
fn the_session_keeps_to_its_budgets() {
    let budgets = RAFAY.budgets();
    assert_eq!(RAFAY.name(), "rafay");
    assert_eq!((budgets.in_flight.first, budgets.in_flight.most, budgets.tries), (10, 10, 5));
    assert_eq!((budgets.call, budgets.poll), (Duration::from_mins(1), Duration::from_secs(10)));
    assert_eq!(
        (budgets.settle, budgets.stale_status),
        (Duration::from_mins(2), Duration::from_mins(1))
    );
}
