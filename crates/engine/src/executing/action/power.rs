//! Switching on and off, and the verbs a person may use.

use crate::executing::action::{Doing, Stop};
use crate::executing::aim::Aim;
use crate::executing::failure::failure;
use crate::executing::place::Place;
use crate::executing::submit::{Next, Submission};
use crate::transport::outcome::{Answer, Outcome};
use jiff::Timestamp;
use plumb_kind::Request;
use plumb_model::live::LiveStatus;
use plumb_model::{Observation, Phase};

impl<'r> Doing<'r> {
    /// Switches it, unless it is as wanted, and waits until it is.
    pub(crate) async fn switch(&self, mut place: Place<'r>, aim: Aim<'_>) -> Result<(), Stop> {
        let (mut live, looked) = self.look_again_at_it().await?;
        let mut date = looked.date;
        if !live.status.phase.is_terminal() {
            place.leave();
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
        let before = live.status.clone();
        let mut switching = Switching { doing: self, request, before, aim, in_doubt: false };
        let submitted = self.submit(&mut switching, &mut place).await?;
        drop(place);
        let before = Some(live.status);
        let mut guard = self.guard(aim.awaited(), before, submitted.or(date));
        let waited = self.wait(&mut guard).await;
        self.ended(waited, "power action")?;
        Ok(())
    }
}

/// A switching being sent.
struct Switching<'d, 'r> {
    doing: &'d Doing<'r>,
    request: Request,
    before: LiveStatus,
    aim: Aim<'d>,
    /// Whether a try may have been taken.
    in_doubt: bool,
}

impl Switching<'_, '_> {
    fn failure(&self, answer: &Answer, help: Option<&str>) -> Stop {
        let key = &self.doing.action.key;
        answer.failure(format!("{key} was not switched: {}", answer.why()), help).into()
    }
}

impl Submission for Switching<'_, '_> {
    /// The server's clock then.
    type Taken = Option<Timestamp>;

    fn request(&self) -> &Request {
        &self.request
    }

    fn taken(&mut self, answer: &Answer) -> Option<Timestamp> {
        answer.date
    }

    async fn look(&mut self, answer: &Answer) -> Next<Option<Timestamp>> {
        let refused = answer.outcome == Outcome::Conflict;
        self.in_doubt |= !refused;
        match self.doing.look().await.observation {
            // A conflict with our own earlier sending: the status is only late.
            Observation::Present(now)
                if is_taken(&self.before, &now.status, self.aim) || (refused && self.in_doubt) =>
            {
                Next::Done(answer.date)
            }
            Observation::Present(_) if refused => Next::Stop(self.failure(answer, None)),
            Observation::Absent => Next::Stop(self.failure(answer, Some("it is gone; plan again"))),
            Observation::Present(_) | Observation::Unknown(_) if self.aim.power().is_none() => {
                let help =
                    "whether it was done is not known; look at the machine before doing it again";
                Next::Stop(self.failure(answer, Some(help)))
            }
            Observation::Present(_) | Observation::Unknown(_) => Next::Again,
        }
    }

    async fn refused(&mut self, answer: &Answer) -> Stop {
        self.failure(answer, None)
    }
}

fn is_reached(status: &LiveStatus, aim: Aim<'_>) -> bool {
    status.phase == Phase::Ready && aim.power().is_some() && status.power == aim.power()
}

fn is_taken(before: &LiveStatus, now: &LiveStatus, aim: Aim<'_>) -> bool {
    !now.phase.is_terminal() || now != before || is_reached(now, aim)
}
