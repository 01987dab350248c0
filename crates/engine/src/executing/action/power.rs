//! Switching on and off, and the verbs a person may use.

use crate::executing::action::{Doing, Stop, failure};
use crate::executing::guard::Awaited;
use crate::transport::outcome::Outcome;
use crate::transport::retry::{self, Decision};
use jiff::Timestamp;
use plumb_kind::{Request, Step};
use plumb_model::live::LiveStatus;
use plumb_model::{LiveObject, Observation, Phase, Power};
use tokio::sync::SemaphorePermit;

/// What switching is to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim<'a> {
    /// The declared power: sent again when in doubt.
    State(Power),
    /// A verb that leads to a power: sent again when in doubt.
    VerbTo(&'a str, Power),
    /// A verb that ends as it began (reset, cycle): never sent again when in doubt.
    Verb(&'a str),
}

impl<'a> Aim<'a> {
    fn step(self) -> Step<'a> {
        match self {
            Self::State(power) => Step::Power(power),
            Self::VerbTo(name, _) | Self::Verb(name) => Step::Act(name),
        }
    }

    fn power(self) -> Option<Power> {
        match self {
            Self::State(power) | Self::VerbTo(_, power) => Some(power),
            Self::Verb(_) => None,
        }
    }

    fn awaited(self) -> Awaited<'a> {
        match self {
            Self::State(power) | Self::VerbTo(_, power) => Awaited::Power(power),
            Self::Verb(name) => Awaited::Verb(name),
        }
    }
}

impl<'r> Doing<'r> {
    /// Switches it, unless it is as wanted, and waits until it is.
    pub(crate) async fn switch(
        &self,
        mut prepared: Option<SemaphorePermit<'r>>,
        aim: Aim<'_>,
    ) -> Result<(), Stop> {
        let (mut live, looked) = self.look_again_at_it().await?;
        let mut date = looked.date;
        if !live.status.phase.is_terminal() {
            drop(prepared.take());
            let waited = self.rest().await;
            live = *self.ended(waited, "operation before this one")?;
            date = None;
        }
        if is_reached(&live.status, aim) {
            return Ok(());
        }
        if live.status.phase != Phase::Ready {
            let message = format!("{} is {} and cannot be switched", live.key, live.status.phase);
            return Err(failure(message, "deploy it first").into());
        }
        let request = self.request(aim.step(), &live)?;
        let place = self.enter(prepared).await?;
        let submitted = self.submit_switch(&request, &live, aim).await?;
        drop(place);
        let before = Some(live.status.clone());
        let mut guard = self.guard(aim.awaited(), before, submitted.or(date));
        let waited = self.wait(&mut guard).await;
        self.ended(waited, "power action")?;
        Ok(())
    }

    /// Sends until it is known to be taken; the server's clock then.
    async fn submit_switch(
        &self,
        request: &Request,
        before: &LiveObject,
        aim: Aim<'_>,
    ) -> Result<Option<Timestamp>, Stop> {
        let mut in_doubt = false;
        for attempt in 1.. {
            let answer = self.send(request).await;
            let refused = |help: Option<&str>| {
                let message = format!("{} was not switched: {}", before.key, answer.why());
                Stop::from(answer.failure(message, help))
            };
            match retry::decide(request.effect, &answer.outcome) {
                Decision::Proceed => return Ok(answer.date),
                Decision::Repeat | Decision::GiveUp => return Err(refused(None)),
                Decision::Look => {}
            }
            match self.look().await.observation {
                Observation::Present(now) if is_taken(&before.status, &now.status, aim) => {
                    return Ok(answer.date);
                }
                // The conflict is with our own earlier sending; the status is only late.
                Observation::Present(_) if answer.outcome == Outcome::Conflict && in_doubt => {
                    return Ok(answer.date);
                }
                Observation::Present(_) if answer.outcome == Outcome::Conflict => {
                    return Err(refused(None));
                }
                Observation::Absent => return Err(refused(Some("it is gone; plan again"))),
                Observation::Present(_) | Observation::Unknown(_) => {}
            }
            if aim.power().is_none() {
                return Err(refused(Some(
                    "whether it was done is not known; look at the machine before doing it again",
                )));
            }
            if attempt >= self.session.budgets().tries {
                return Err(refused(None));
            }
            in_doubt |= answer.outcome != Outcome::Conflict;
            self.pause(attempt + 1, &answer).await?;
        }
        Ok(None)
    }
}

fn is_reached(status: &LiveStatus, aim: Aim<'_>) -> bool {
    status.phase == Phase::Ready && aim.power().is_some() && status.power == aim.power()
}

fn is_taken(before: &LiveStatus, now: &LiveStatus, aim: Aim<'_>) -> bool {
    !now.phase.is_terminal() || now != before || is_reached(now, aim)
}
