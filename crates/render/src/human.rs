//! A plan for a person: what is dangerous first, then every resource with its changes, then one
//! closing sentence, and what it costs.

use crate::changes::{self, Line, Sign};
use crate::findings;
use crate::money::{self, Total};
use crate::overview::{self, Change, Touched};
use crate::style::{Role, Style};
use crate::text::{address, escape};
use crate::words;
use plumb_model::plan::{Hidden, Tripped};
use plumb_model::{Blocked, FieldChange, Note, Plan, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// What will be done, and what is in the way.
    #[default]
    Plan,
    /// Also every difference that is not shown, with the reason (`--why`).
    Why,
}

/// A plan as text. Ends with a line break.
#[must_use]
pub fn plan(plan: &Plan, detail: Detail, style: Style) -> String {
    let mut page = Page { style, text: String::new() };
    let touched = overview::touched(plan);
    page.header(plan, &touched);
    let (duplicates, blocked) = overview::duplicates_and_others(plan);
    page.section((Role::Error, "Duplicates:"), &duplicates, |page, it| page.blocked(it));
    page.section((Role::Error, "Stopped by a limit:"), &plan.tripped, Page::tripped);
    let (removed, others): (Vec<_>, Vec<_>) =
        touched.iter().partition(|touched| touched.change.removes());
    if !removed.is_empty() {
        page.heading(Role::Strong, "Deletions:");
        page.all_touched(&removed);
        page.gap();
    }
    page.section((Role::Error, "Blocked:"), &blocked, |page, it| page.blocked(it));
    page.by_scope(&others);
    page.section((Role::Warning, "Findings:"), &plan.findings, |page, finding| {
        page.line(&format!("  {}", findings::line(finding)));
    });
    page.section((Role::Strong, "Notes:"), &plan.notes, Page::note);
    if detail == Detail::Why {
        let hidden = hidden_by_key(plan);
        page.section((Role::Strong, "Differences that are not shown:"), &hidden, Page::hidden);
    }
    page.line(&style.paint(Role::Strong, &overview::sentence(plan)));
    page.cost(plan);
    page.text
}

struct Page {
    style: Style,
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn gap(&mut self) {
        self.text.push('\n');
    }

    fn heading(&mut self, role: Role, heading: &str) {
        let painted = self.style.paint(role, heading);
        self.line(&painted);
    }

    /// What follows, and what the symbols in it mean.
    fn header(&mut self, plan: &Plan, touched: &[Touched<'_>]) {
        let used: BTreeSet<Change> = touched.iter().map(|touched| touched.change).collect();
        let mut legend: Vec<String> = Vec::new();
        for change in used {
            let symbol = self.style.paint(role_of(change), change.symbol());
            let entry = format!("{symbol} {}", change.meaning());
            if !legend.contains(&entry) {
                legend.push(entry);
            }
        }
        if legend.is_empty() {
            return;
        }
        let stack = self.style.paint(Role::Strong, &escape(&plan.stack));
        self.line(&format!("Plan for stack {stack}:  {}", legend.join("  ")));
        self.gap();
    }

    /// What there is of one sort under a heading; nothing where there is nothing.
    fn section<T>(
        &mut self,
        (role, heading): (Role, &str),
        all: &[T],
        each: impl Fn(&mut Self, &T),
    ) {
        if all.is_empty() {
            return;
        }
        self.heading(role, heading);
        for one in all {
            each(self, one);
        }
        self.gap();
    }

    fn tripped(&mut self, limit: &Tripped) {
        let code = self.style.paint(Role::Error, limit.code.as_str());
        self.line(&format!("  ! {code} {}", escape(&limit.message)));
        self.line(&format!("      help: {}", escape(&limit.help)));
    }

    fn by_scope(&mut self, touched: &[&Touched<'_>]) {
        for group in touched.chunk_by(|a, b| a.key.scope == b.key.scope) {
            if let Some(first) = group.first() {
                let heading = format!("{}:", overview::scope_name(&first.key.scope));
                self.heading(Role::Strong, &heading);
            }
            self.all_touched(group);
            self.gap();
        }
    }

    /// Resources under each other, with air around those that have fields to show.
    fn all_touched(&mut self, all: &[&Touched<'_>]) {
        let mut first = true;
        let mut airy = false;
        for touched in all {
            let changes = touched.changes();
            if !first && (airy || !changes.is_empty()) {
                self.gap();
            }
            (first, airy) = (false, !changes.is_empty());
            self.touched(touched);
            self.changes(&changes);
        }
    }

    fn touched(&mut self, touched: &Touched<'_>) {
        let symbol = format!("{:>3}", touched.change.symbol());
        let symbol = self.style.paint(role_of(touched.change), &symbol);
        let address = self.style.paint(Role::Strong, &address(touched.key));
        self.line(&format!("{symbol} {address}: {}", money::summary(touched)));
        let because = self.style.paint(Role::Quiet, &format!("({})", touched.because()));
        self.line(&format!("      {because}"));
        for consequence in money::consequences(touched) {
            let consequence = self.style.paint(Role::Warning, &consequence);
            self.line(&format!("      {consequence}"));
        }
    }

    fn changes(&mut self, changes: &[FieldChange]) {
        for Line { sign, text } in changes::lines(changes, self.style.width.saturating_sub(8)) {
            let painted = match sign {
                Sign::Add => self.style.paint(Role::Add, &sign.symbol().to_string()),
                Sign::Remove => self.style.paint(Role::Remove, &sign.symbol().to_string()),
                Sign::Change => self.style.paint(Role::Change, &sign.symbol().to_string()),
                Sign::Same => sign.symbol().to_string(),
            };
            self.line(&format!("      {painted} {text}"));
        }
    }

    /// On one line where that fits, else a line for each part.
    fn cost(&mut self, plan: &Plan) {
        if let Some(total) = Total::of(plan) {
            self.total(&total);
        }
        if let Some(contracts) = money::contracts(plan) {
            self.heading(Role::Strong, &contracts);
        }
    }

    fn total(&mut self, total: &Total) {
        let line = total.line();
        if line.chars().count() <= self.style.width {
            return self.heading(Role::Strong, &line);
        }
        self.heading(Role::Strong, &format!("{}:", total.head));
        for part in total.lines() {
            self.line(&format!("  {part}"));
        }
    }

    fn blocked(&mut self, blocked: &Blocked) {
        let symbol = self.style.paint(Role::Error, "  x");
        let address = self.style.paint(Role::Strong, &address(&blocked.key));
        let code = self.style.paint(Role::Error, blocked.code.as_str());
        self.line(&format!("{symbol} {address}: {code} {}", escape(&blocked.message)));
        self.line(&format!("      help: {}", escape(&blocked.help)));
        self.changes(&blocked.changes);
    }

    fn note(&mut self, note: &Note) {
        let about = note.key.as_ref().map(|key| format!("{}: ", address(key))).unwrap_or_default();
        let code = self.style.paint(Role::Quiet, note.code.as_str());
        self.line(&format!("  {code} {about}{}", escape(&note.message)));
    }

    fn hidden(&mut self, (key, all): &(&ResourceKey, Vec<&Hidden>)) {
        self.line(&format!("  {}", address(key)));
        for hidden in all {
            let path = escape(&hidden.path.to_string());
            self.line(&format!("      {path}: {}", words::hidden(hidden.reason)));
        }
    }
}

/// What is not shown of each resource.
fn hidden_by_key(plan: &Plan) -> Vec<(&ResourceKey, Vec<&Hidden>)> {
    let mut by_key: BTreeMap<_, Vec<&Hidden>> = BTreeMap::new();
    for hidden in &plan.hidden {
        by_key.entry(&hidden.key).or_default().push(hidden);
    }
    by_key.into_iter().collect()
}

fn role_of(change: Change) -> Role {
    match change {
        Change::Delete | Change::Replace => Role::Remove,
        Change::Create => Role::Add,
        Change::Adopt => Role::Adopt,
        Change::Update | Change::Touch => Role::Change,
    }
}
