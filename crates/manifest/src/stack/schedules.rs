//! `spec.schedules` and `spec.windows`: when machines run, and when something may be changed.

use super::document::{StackDisturbance, StackOff, StackSchedule, StackWindow};
use super::fields::{fit, places};
use super::named_kinds::{NamedKind, Setting};
use crate::source::STACK_FILE;
use crate::tree::{NodeId, Tree};
use plumb_model::schedule::{Disturbance, Hours, Schedule, Week, Window, Zone};
use plumb_model::text::escape;
use plumb_model::{Code, Finding, Power, Span};

const SCHEDULES: &str = "spec.schedules";
const WINDOWS: &str = "spec.windows";

/// The schedules and windows, and the kinds that are named in them.
pub(super) fn read(
    (schedules, windows): (&[StackSchedule], &[StackWindow]),
    tree: &Tree,
    root: NodeId,
    findings: &mut Vec<Finding>,
) -> (Vec<Schedule>, Vec<Window>, Vec<NamedKind>) {
    let (mut all, mut open, mut named) = (Vec::new(), Vec::new(), Vec::new());
    let mut refuse =
        |why: String, at: Span| findings.push(Finding::error(Code::BAD_STACK_FILE, why).at(at));
    for (written, place) in schedules.iter().zip(places(tree, root, "schedules")) {
        match schedule(written, &place) {
            Ok(schedule) => all.push(schedule),
            Err(why) => refuse(why, place.clone()),
        }
        let setting = match written.otherwise {
            StackOff::Stopped => Setting::Schedule,
            StackOff::Released => Setting::ReleasingSchedule,
        };
        named.push(NamedKind { name: written.kind.clone(), setting, place });
    }
    for (written, place) in windows.iter().zip(places(tree, root, "windows")) {
        match window(written, &place) {
            Ok(window) => open.push(window),
            Err(why) => refuse(why, place.clone()),
        }
        let kind = written.kind.clone();
        named.extend(kind.map(|name| NamedKind { name, setting: Setting::Window, place }));
    }
    (all, open, named)
}

fn schedule(written: &StackSchedule, place: &Span) -> Result<Schedule, String> {
    let StackSchedule { name, kind, having, hours, zone, otherwise } = written;
    Ok(Schedule {
        name: name.clone(),
        place: format!("{STACK_FILE}:{}", place.line),
        of: fit(SCHEDULES, kind, having)?,
        week: week(SCHEDULES, hours, zone.as_deref())?,
        otherwise: match otherwise {
            StackOff::Stopped => Power::Off,
            StackOff::Released => Power::Disassociated,
        },
    })
}

fn window(written: &StackWindow, place: &Span) -> Result<Window, String> {
    let StackWindow { name, kind, having, hours, zone, holds } = written;
    let about = match kind {
        Some(kind) => Some(fit(WINDOWS, kind, having)?),
        None if having.is_empty() => None,
        None => return Err(format!("{WINDOWS}: having stands without a kind")),
    };
    let all = [StackDisturbance::Update, StackDisturbance::Power, StackDisturbance::Delete];
    let holds = holds.as_deref().unwrap_or(&all).iter().map(|held| match held {
        StackDisturbance::Update => Disturbance::Update,
        StackDisturbance::Power => Disturbance::Power,
        StackDisturbance::Delete => Disturbance::Delete,
    });
    Ok(Window {
        name: name.clone(),
        place: format!("{STACK_FILE}:{}", place.line),
        about,
        week: week(WINDOWS, hours, zone.as_deref())?,
        holds: holds.collect(),
    })
}

fn week(setting: &str, hours: &[String], zone: Option<&str>) -> Result<Week, String> {
    let said = |text: &str, why: String| format!("{setting} has {:?}: {why}", escape(text));
    let one = |text: &String| text.parse::<Hours>().map_err(|why| said(text, why));
    let zone = match zone {
        Some(name) => name.parse().map_err(|why| said(name, why))?,
        None => Zone::utc(),
    };
    Ok(Week { hours: hours.iter().map(one).collect::<Result<_, _>>()?, zone })
}
