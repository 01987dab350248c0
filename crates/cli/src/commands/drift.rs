//! `plumb drift`: how the live world differs. Reads only, for cron.

use super::prelude::{Args, Context, Ended, Exit, Problem};
use crate::arguments::{Format, Paths, Planning, Printing};
use crate::session::Session;
use crate::stack::{Manifested, Unset};
use crate::{changing, findings};
use plumb_model::plan::Because;
use plumb_model::policy::{Coverage, Purpose, Strangers};
use plumb_model::text::escape;
use plumb_model::{Code, Live, Note, Observation, Operation, Plan, ResourceKey, ending};
use plumb_render::junit::{self, Case, Failure, Found};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

/// Tell how the live world differs from the manifests; writes nothing. Exits with 2 on drift.
#[derive(Debug, Args)]
pub(crate) struct Drift {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    planning: Planning,
    /// Write the counts as a Prometheus text file.
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    #[command(flatten)]
    printing: Printing,
}

impl Drift {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        context.block_on(self.look(context))
    }

    async fn look(&self, context: &Context) -> Result<Ended, Problem> {
        let session = Session::start(&self.paths.all(), Unset::Open, context).await?;
        let looking = (Purpose::Converge, Strangers::PaidFor);
        let mut planned = session.plan(&self.planning, looking).await?;
        planned.plan.notes.extend(keys(&session).await);
        let plan = &planned.plan;
        let drift = Differences::of(plan, &planned.observed.live);
        if let Some(path) = &self.metrics {
            let text = drift.metrics(session.stack());
            std::fs::write(path, text).map_err(|error| Problem::file(path, error))?;
        }
        if self.printing.format == Format::Human {
            let excerpts = session.manifested.excerpts(&plan.findings);
            findings::show(&plan.findings, &excerpts, &context.output);
            context.output.data(&drift.human());
            if !(drift.any() || drift.unread || drift.unset) {
                return Ok(drift.ended());
            }
        }
        if self.printing.format == Format::Junit {
            let cases = drift.tests(plan, &session.manifested);
            context.output.data(&junit::suite("plumb drift", &cases));
            changing::write_json(&session, &planned, &self.printing)?;
            return Ok(drift.ended());
        }
        let how = (&self.planning, &self.printing);
        changing::show(&session, &planned, how, None, &context.output)?;
        Ok(drift.ended())
    }
}

/// Notes of keys that end soon, where their clouds say it.
async fn keys(session: &Session) -> Vec<Note> {
    let mut notes = Vec::new();
    for provider in session.clouds.connected() {
        let end = session.clouds.engine.key_end(provider).await;
        let told = end.and_then(|end| Some((end, ending::days_ahead(end, session.now)?)));
        let note = told.map(|(end, days)| {
            let (name, when) = (provider.name(), ending::words(end, days));
            let message = format!("the key to {name} ends {when}");
            Note { key: None, code: Code::NOTE_KEY_ENDS, message }
        });
        notes.extend(note);
    }
    notes
}

/// How a resource differs, or why that cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Missing,
    Changed,
    Failed,
    Unmanaged,
    NotDeclared,
    /// It is there, and its manifest says that it should not be any more.
    Expired,
    Blocked,
    /// As declared, and unknown to the ledger: worth saying, and no drift of the world.
    Unrecorded,
    /// Under way: compared when it has ended.
    Pending,
    /// Not seen.
    Unseen,
}

/// Each, as programs and people read it. The first ones are drift.
const STATES: [(State, &str, &str); 10] = [
    (State::Missing, "missing", "Missing"),
    (State::Changed, "changed", "Changed"),
    (State::Failed, "failed", "Failed"),
    (State::Unmanaged, "unmanaged", "Unmanaged"),
    (State::NotDeclared, "not_declared", "Owned, not declared"),
    (State::Expired, "expired", "Its time is over"),
    (State::Blocked, "blocked", "Blocked"),
    (State::Unrecorded, "unrecorded", ""),
    (State::Pending, "pending", "Under way"),
    (State::Unseen, "unseen", "Not seen"),
];

/// Notes of what ends soon, and what that is.
const ENDING: [(Code, &str); 2] =
    [(Code::NOTE_CONTRACT_ENDS, "contract"), (Code::NOTE_KEY_ENDS, "key")];

/// The resources that differ, by how; and those of which that cannot be said.
#[derive(Debug)]
struct Differences {
    /// With what is said about each: some that are unmanaged cost money.
    found: BTreeMap<State, BTreeMap<ResourceKey, String>>,
    /// Whether a list did not answer, or something was not seen.
    unread: bool,
    /// Whether a value was not compared.
    unset: bool,
    coverage: Coverage,
    /// What ends soon: no drift, and worth saying.
    ending: Vec<Note>,
}

impl Differences {
    fn of(plan: &Plan, live: &Live) -> Self {
        let found = BTreeMap::new();
        let (unread, unset) = (plan.has_unread(), plan.has_unset());
        let ends = |note: &&Note| ENDING.iter().any(|(code, _)| *code == note.code);
        let ending = plan.notes.iter().filter(ends).cloned().collect();
        let mut drift = Self { found, unread, unset, coverage: plan.coverage, ending };
        for action in &plan.actions {
            let state = match action.operation {
                Operation::Adopt if action.because.contains(&Because::Unrecorded) => {
                    State::Unrecorded
                }
                Operation::Create => State::Missing,
                Operation::Delete if action.because.contains(&Because::Expired) => State::Expired,
                Operation::Delete => State::NotDeclared,
                Operation::Wait => State::Pending,
                _ if action.because.contains(&Because::Failed) => State::Failed,
                _ => State::Changed,
            };
            drift.add(state, &action.key, "");
        }
        // What is only made, or deleted first, is changed and waited for as well.
        let missing = drift.found.get(&State::Missing).cloned().unwrap_or_default();
        for state in [State::Changed, State::Pending] {
            let keys = drift.found.entry(state).or_default();
            keys.retain(|key, _| !missing.contains_key(key));
        }
        for blocked in &plan.blocked {
            let state = match blocked.code {
                Code::BLOCKED_UNKNOWN | Code::BLOCKED_GAP => State::Unseen,
                _ => State::Blocked,
            };
            drift.add(state, &blocked.key, "");
            // That it cannot be mended does not make it less of a difference.
            let is_absent = matches!(live.objects.get(&blocked.key), Some(Observation::Absent));
            if !blocked.changes.is_empty() && !is_absent {
                drift.add(State::Changed, &blocked.key, "");
            }
        }
        for Note { key, code, message } in &plan.notes {
            let state = match *code {
                Code::NOTE_UNMANAGED => State::Unmanaged,
                Code::NOTE_NOT_DECLARED => State::NotDeclared,
                Code::NOTE_UNREAD => State::Unseen,
                _ => continue,
            };
            let said = if state == State::Unmanaged { message } else { "" };
            if let Some(key) = key {
                drift.add(state, key, said);
            }
        }
        drift
    }

    fn add(&mut self, state: State, key: &ResourceKey, said: &str) {
        self.found.entry(state).or_default().insert(key.clone(), said.to_owned());
    }

    fn of_state(&self, state: State) -> impl Iterator<Item = (&ResourceKey, &String)> {
        self.found.get(&state).into_iter().flatten()
    }

    /// What differs, by how.
    fn drifted(&self) -> impl Iterator<Item = &ResourceKey> {
        let drift = self.found.range(..=State::Blocked);
        drift.flat_map(|(_, found)| found.keys())
    }

    fn any(&self) -> bool {
        self.drifted().next().is_some()
    }

    /// Drift is drift; where none is seen and not all could be seen, nothing can be said.
    fn ended(&self) -> Ended {
        if let Some(first) = self.drifted().next() {
            let because = match self.drifted().collect::<BTreeSet<_>>().len() {
                1 => format!("1 differs, {first}"),
                count => format!("{count} differ, the first {first}"),
            };
            return Ended::because(Exit::Changes, because);
        }
        match (self.unread, self.of_state(State::Unseen).next()) {
            (false, _) => Exit::Done.into(),
            (true, None) => Ended::because(Exit::Error, format!("{}", Code::NOTE_UNREAD)),
            (true, Some((first, _))) => {
                let count = self.of_state(State::Unseen).count();
                Ended::because(Exit::Error, format!("{count} not seen, the first {first}"))
            }
        }
    }

    /// A test for each resource that was looked at, declared in one of these files: one that differs
    /// fails, and of one that was not seen nothing was found out.
    fn tests(&self, plan: &Plan, manifested: &Manifested) -> Vec<Case> {
        let origin = |key: &ResourceKey| manifested.desired.get(key).map(|it| &it.origin);
        let looked_at = plan.looked_at.iter().map(|key| (key, Case::default()));
        let mut cases: BTreeMap<&ResourceKey, Case> = looked_at.collect();
        let told = STATES
            .iter()
            .filter(|(state, ..)| !matches!(state, State::Unrecorded | State::Pending));
        for (state, word, title) in told {
            let found = if *state == State::Unseen { Found::Nothing } else { Found::Wrong };
            for (key, said) in self.of_state(*state) {
                let fields = plan.actions_on(key).flat_map(|action| &action.changes);
                let blocked = plan.blocked.iter().filter(|blocked| blocked.key == *key);
                let fields = fields.chain(blocked.flat_map(|blocked| &blocked.changes));
                let fields: BTreeSet<String> =
                    fields.map(|change| change.path.to_string()).collect();
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                let place = origin(key).map(|it| format!("{}:{}: ", it.file, it.span.line));
                let what = [said.clone(), fields.join(", ")].concat();
                let message =
                    if what.is_empty() { (*title).to_owned() } else { format!("{title}: {what}") };
                let text = format!("{}{key}: {message}", place.unwrap_or_default());
                let kind = (*word).to_owned();
                let failure = Failure { found, kind, message, text: escape(&text) };
                cases.entry(key).or_default().failures.push(failure);
            }
        }
        let named = cases.into_iter().map(|(key, case)| {
            let file = origin(key).map(|it| it.file.to_string());
            Case { file, name: key.to_string(), ..case }
        });
        named.collect()
    }

    fn human(&self) -> String {
        let pending = self.of_state(State::Pending).next().is_some();
        let seen = !self.unread && !self.unset && !pending;
        let whole = self.coverage == Coverage::Whole && seen;
        let mut text = String::from(match (self.any(), whole) {
            (true, _) => "Drift:\n",
            (false, true) => "No drift. The live world is what the manifests say.\n",
            (false, false) if self.unread => "Not all could be looked at; no drift in the rest.\n",
            (false, false) => "No drift in what was looked at and is not under way.\n",
        });
        for (state, _, title) in STATES.iter().filter(|(state, ..)| *state != State::Unrecorded) {
            for (key, said) in self.of_state(*state) {
                let said = if said.is_empty() { String::new() } else { format!(": {said}") };
                let _infallible = writeln!(text, "  {title:<20} {key}{said}");
            }
        }
        let mut unrecorded = self.of_state(State::Unrecorded).peekable();
        if unrecorded.peek().is_some() {
            text.push_str("Not in the ledger, by their marks ours; apply takes them on record:\n");
        }
        for (key, _) in unrecorded {
            let _infallible = writeln!(text, "  {key}");
        }
        if !self.ending.is_empty() {
            text.push_str("Ends soon:\n");
        }
        for Note { key, code, message } in &self.ending {
            let who = key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default();
            let _infallible = writeln!(text, "  {code} {who}{message}");
        }
        text
    }

    /// The counts in the text format that Prometheus' node exporter collects.
    fn metrics(&self, stack: &str) -> String {
        let mut text = String::from(
            "# HELP plumb_drift_resources Resources that differ from the manifests, by how.\n\
             # TYPE plumb_drift_resources gauge\n",
        );
        for (state, name, _) in STATES {
            let count = self.of_state(state).count();
            let _infallible = writeln!(
                text,
                "plumb_drift_resources{{stack=\"{stack}\",state=\"{name}\"}} {count}",
            );
        }
        text.push_str(
            "# HELP plumb_drift_ending What ends within 30 days, by what it is.\n\
             # TYPE plumb_drift_ending gauge\n",
        );
        for (code, name) in ENDING {
            let count = self.ending.iter().filter(|note| note.code == code).count();
            let _infallible =
                writeln!(text, "plumb_drift_ending{{stack=\"{stack}\",what=\"{name}\"}} {count}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_soon_is_told_and_is_no_drift() {
        let key: ResourceKey = "Machine.toy/a".parse().unwrap();
        let note = |key, code, message: &str| Note { key, code, message: message.to_owned() };
        let notes = vec![
            note(Some(key), Code::NOTE_CONTRACT_ENDS, "its contract of 12 months ends"),
            note(None, Code::NOTE_KEY_ENDS, "the key to toys ends"),
        ];
        let drift = Differences::of(&Plan { notes, ..Plan::default() }, &Live::default());
        assert_eq!(drift.ended(), Exit::Done.into());
        let human = drift.human();
        assert!(human.starts_with("No drift."), "{human}");
        let ends = "Ends soon:\n  PL0545 Machine/a: its contract of 12 months ends\n  \
                    PL0546 the key to toys ends\n";
        assert!(human.ends_with(ends), "{human}");
        for what in ["contract", "key"] {
            let line = format!("plumb_drift_ending{{stack=\"toys\",what=\"{what}\"}} 1\n");
            assert!(drift.metrics("toys").contains(&line), "{}", drift.metrics("toys"));
        }
    }
}
