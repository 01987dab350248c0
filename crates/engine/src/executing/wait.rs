//! Waiting for an object through the shared pollers: no slot is held, and one listing a round
//! serves everyone.

use crate::executing::action::{Doing, Stop};
use crate::executing::failure::failure;
use crate::executing::guard::{Awaited, Ending, Guard, Judgement};
use crate::executing::run::Halt;
use crate::observing::poller::{ListPollers, Sight, together};
use plumb_model::event::{ActionOutcome, Failure};
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::rules::CreateSafety;
use plumb_model::{LiveObject, Observation, Operation, Phase, ServerText};
use tokio::time::{Instant, sleep_until};

/// What waiting came to.
pub(crate) enum Waited {
    /// The operation ended.
    Ended(Ending, Box<LiveObject>),
    /// The object is not there any more.
    Gone,
    /// The time is over.
    TimedOut(Phase),
    /// The run is to stop.
    Stopped,
    /// Nothing can be read any more: the key was refused.
    KeyRefused,
}

/// What became of an object that a listing did not show.
enum Unlisted {
    Gone,
    Unclear,
    There(Box<LiveObject>),
}

/// One wait.
struct Watch {
    pollers: ListPollers,
    began: Instant,
    looks: usize,
    deadline: Instant,
    shown: Option<(Phase, Option<ServerText>)>,
    /// Since when listings are without it.
    absent_since: Option<Instant>,
    /// Whether it was ever seen. What was only just made may be missing from lists for a while.
    seen: bool,
    phase: Phase,
}

impl Doing<'_> {
    /// Waits until the guard accepts a status.
    pub(crate) async fn wait(&self, guard: &mut Guard<'_>) -> Waited {
        self.watch(|status| guard.judge(status, Instant::now())).await
    }

    /// Waits until nothing is under way, whatever came of it.
    pub(crate) async fn rest(&self) -> Waited {
        let resting = |status: &LiveStatus| {
            if status.phase.is_terminal() {
                Judgement::Ended(Ending::Well)
            } else {
                Judgement::UnderWay
            }
        };
        self.watch(resting).await
    }

    async fn watch(&self, mut judge: impl FnMut(&LiveStatus) -> Judgement + Send) -> Waited {
        let mut watch = Watch {
            pollers: self.run.pollers.of(self.run.engine, &self.action.key),
            began: Instant::now(),
            looks: 0,
            deadline: self.began + self.patience,
            shown: None,
            absent_since: None,
            seen: self.run.freshest(&self.action.key).is_some(),
            phase: Phase::Pending,
        };
        loop {
            let observation = tokio::select! {
                biased;
                () = self.run.stopping() => return Waited::Stopped,
                observation = self.next_look(&watch) => observation,
                () = sleep_until(watch.deadline) => return Waited::TimedOut(watch.phase),
            };
            watch.looks += 1;
            if let Some(waited) = self.take(&mut watch, observation, &mut judge).await {
                return waited;
            }
            if self.run.relieve().await == Err(Halt) {
                return Waited::Stopped;
            }
        }
    }

    async fn take(
        &self,
        watch: &mut Watch,
        observation: Observation,
        judge: &mut (impl FnMut(&LiveStatus) -> Judgement + Send),
    ) -> Option<Waited> {
        match observation {
            Observation::Present(object) => {
                (watch.absent_since, watch.seen) = (None, true);
                watch.phase = object.status.phase.clone();
                self.run.remember(&object);
                self.show(watch, &object.status);
                match judge(&object.status) {
                    Judgement::UnderWay => None,
                    Judgement::Ended(ending) => Some(Waited::Ended(ending, object)),
                    Judgement::Unchanged(ending) => self.settled(ending, object).await,
                }
            }
            Observation::Absent => {
                watch.absent_since.get_or_insert_with(Instant::now);
                match self.unlisted(watch).await {
                    Unlisted::Gone => Some(Waited::Gone),
                    Unlisted::Unclear => None,
                    Unlisted::There(object) => {
                        Box::pin(self.take(watch, Observation::Present(object), judge)).await
                    }
                }
            }
            Observation::Unknown(_) => self.session.is_closed().then_some(Waited::KeyRefused),
        }
    }

    /// Reads once more before a status that has not changed for long is taken.
    async fn settled(&self, ending: Ending, object: Box<LiveObject>) -> Option<Waited> {
        let looked = self.look().await;
        let again = looked.present()?;
        if again.status != object.status {
            return None;
        }
        self.warn(format!(
            "{} still says {} since before this operation; taking it as its result",
            self.action.key, object.status.phase
        ));
        Some(Waited::Ended(ending, object))
    }

    /// Whether an object that a listing did not show is really gone. What was only just made is late, and
    /// is not read alone: that would be a request for each in each round.
    async fn unlisted(&self, watch: &Watch) -> Unlisted {
        if self.action.operation == Operation::Create && !self.is_absent_for_long(watch) {
            return Unlisted::Unclear;
        }
        let key = &self.action.key;
        match self.run.engine.look_alone(key, self.id().as_ref()).await.map(|it| it.observation) {
            Some(Observation::Present(object)) => Unlisted::There(object),
            Some(Observation::Absent) => Unlisted::Gone,
            None if watch.seen && self.is_absent_for_long(watch) && !self.is_billed().await => {
                Unlisted::Gone
            }
            Some(Observation::Unknown(_)) | None => Unlisted::Unclear,
        }
    }

    /// Whether listings were without it for as long as they may lag.
    fn is_absent_for_long(&self, watch: &Watch) -> bool {
        let lag = self.session.budgets().poll;
        watch.absent_since.is_some_and(|since| since.elapsed() >= lag)
    }

    /// Whether the bill has room for something rented that only lists show, and do not.
    async fn is_billed(&self) -> bool {
        if self.rules().create_safety != CreateSafety::AtMostOnce {
            return false;
        }
        let audit = self.run.engine.audit(&self.action.key.kind).await;
        let last = self.run.freshest(&self.action.key);
        audit.has_room(last.and_then(|object| object.hourly))
    }

    async fn next_look(&self, watch: &Watch) -> Observation {
        let engine = self.run.engine;
        let has_written = self.action.operation == Operation::Create && watch.looks == 0;
        let mut sights = Vec::with_capacity(watch.pollers.len());
        for poller in watch.pollers.iter() {
            let round = if has_written {
                poller.first(engine, watch.began).await
            } else {
                poller.next(engine).await
            };
            sights.push(round.sight(&self.action.key));
        }
        if watch.pollers.is_empty() {
            // Nothing lists it: there is no round to wait for, and the look must not spin.
            tokio::time::sleep(self.session.budgets().poll).await;
        }
        self.sight(sights).await
    }

    /// Turns what lists showed into an observation, reading alone what they do not show.
    pub(crate) async fn sight(&self, sights: Vec<Sight>) -> Observation {
        match together(sights) {
            Sight::Seen(Observation::Present(object))
                if object.completeness == Completeness::Thin
                    && object.status.phase.is_terminal() =>
            {
                self.run.engine.fill(&object).await
            }
            Sight::Seen(observation) => observation,
            Sight::NoList => {
                let looked = self.run.engine.look_alone(&self.action.key, self.id().as_ref()).await;
                let unknown = || Observation::Unknown(ServerText::new("its list is not there"));
                looked.map_or_else(unknown, |looked| looked.observation)
            }
        }
    }

    fn show(&self, watch: &mut Watch, status: &LiveStatus) {
        let now = Some((status.phase.clone(), status.reason.clone()));
        let news = watch.shown != now;
        if news && let Phase::Unknown(text) = &status.phase {
            self.warn(format!("{} has the unknown status \"{text}\"", self.action.key));
        }
        watch.shown = now;
        self.tell_progress(&status.phase, status.reason.as_ref(), news);
    }

    /// The endings of a wait that are the same for all operations; the object when it ended well.
    pub(crate) fn ended(&self, waited: Waited, what: &str) -> Result<Box<LiveObject>, Stop> {
        match waited {
            Waited::Ended(Ending::Well, object) => Ok(object),
            Waited::Ended(Ending::Badly, object) => {
                Err(Stop::With(ActionOutcome::Failed(Failure {
                    message: format!(
                        "the {what} failed: {} is {}",
                        self.action.key, object.status.phase
                    ),
                    said: object.status.reason,
                    help: Some(format!(
                        "mend the cause, then run apply again to repeat the {what}"
                    )),
                    request: None,
                })))
            }
            Waited::Gone => Err(failure(
                format!("{} was deleted by somebody else", self.action.key),
                "plan again",
            )
            .into()),
            Waited::TimedOut(phase) => Err(Stop::With(ActionOutcome::Pending {
                phase,
                waited_seconds: self.began.elapsed().as_secs(),
            })),
            Waited::Stopped if self.run.is_broken() => Err(Stop::Halt),
            Waited::Stopped => Err(Stop::With(ActionOutcome::Interrupted { sent: true })),
            Waited::KeyRefused => Err(failure(
                format!("the key was refused while waiting for {}", self.action.key),
                "check the key of the connection, then run it again: the wait is taken up",
            )
            .into()),
        }
    }

    /// The guard for an operation that was submitted.
    pub(crate) fn guard<'a>(
        &self,
        awaited: Awaited<'a>,
        before: Option<LiveStatus>,
        submitted: Option<jiff::Timestamp>,
    ) -> Guard<'a> {
        Guard::new(awaited, before, submitted, self.session.budgets().stale_status)
    }
}
