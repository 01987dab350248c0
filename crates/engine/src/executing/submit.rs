//! Sending a write until it is known what became of it (docs/rules.md §1, §2): the one loop behind
//! every action. What an operation sends, and what a look means for it, it says itself.

use crate::executing::action::{Doing, Stop};
use crate::executing::place::{Place, permit};
use crate::executing::wait::Waited;
use crate::transport::outcome::{Answer, Outcome};
use crate::transport::retry::{self, Decision};
use plumb_kind::Request;
use plumb_model::event::ActionOutcome;
use tokio::sync::OwnedRwLockReadGuard;

/// What an answer, or the look after it, means.
pub(crate) enum Next<T> {
    /// It is known to be taken.
    Done(T),
    /// It was not taken: send it again, while tries are left.
    Again,
    /// Something else is under way, in words: wait for its end, then send it again.
    Rest(&'static str),
    /// Nothing further is sent.
    Stop(Stop),
}

/// How long a submission keeps its place among those that send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Until it is known what became of it; its looks are short.
    UntilKnown,
    /// Only while it sends; its looks may take minutes.
    WhileSending,
}

/// One write, as its operation knows it.
pub(crate) trait Submission {
    /// What is known of a write that was taken.
    type Taken;
    /// How long it keeps its place.
    const HOLD: Hold = Hold::UntilKnown;

    /// What is sent.
    fn request(&self) -> &Request;

    /// Looks whether it may be sent at all: the last thing before it waits for its turn.
    async fn may_be_sent(&mut self) -> Result<(), Stop> {
        Ok(())
    }

    /// Waits until it may be sent beside whoever reads what it would disturb.
    async fn beside(&self) -> Vec<OwnedRwLockReadGuard<()>> {
        Vec::new()
    }

    /// Whether it is announced before it waits for its turn, so that nobody's turn passes while a ledger far
    /// away is written: only where one that is in doubt, because the run died before its turn, costs
    /// nothing.
    fn is_announced_ahead(&self) -> bool {
        false
    }

    /// Writes down that try number `attempt`, from 1, is about to be sent.
    async fn announce(&mut self, _attempt: u32) -> Result<(), Stop> {
        Ok(())
    }

    /// Nothing was done, and it will be sent again after a pause: what was announced is taken back, so
    /// that a run which dies meanwhile leaves nothing in doubt.
    async fn withdraw(&mut self) -> Result<(), Stop> {
        Ok(())
    }

    /// What follows an answer: the retry table's word, where the operation knows no better.
    fn decide(&mut self, answer: &Answer) -> Decision {
        retry::decide(self.request().effect, &answer.outcome)
    }

    /// The answer says that it was taken.
    fn taken(&mut self, answer: &Answer) -> Self::Taken;

    /// Looks, and says what that means.
    async fn look(&mut self, answer: &Answer) -> Next<Self::Taken>;

    /// The object is gone after something else was under way on it.
    fn gone(&mut self) -> Option<Self::Taken> {
        None
    }

    /// The end when nothing is left to try: never a success.
    async fn refused(&mut self, answer: &Answer) -> Stop;

    /// The end when all tries are used up.
    async fn used_up(&mut self, answer: &Answer) -> Stop {
        self.refused(answer).await
    }

    /// The end when the run stops before a further try: what was announced and not sent is taken back.
    async fn cut(&mut self, stop: Stop) -> Stop {
        stop
    }
}

impl<'r> Doing<'r> {
    /// Sends until it is known what became of it.
    ///
    /// # Flow
    /// Take a place, announce, send, ask the retry table, look where it says so; then what the
    /// look means: done, again after a pause, or once something else has ended.
    ///
    /// # Guarantees
    /// It ends well only by the operation's own word on an answer or a look. Used up tries are an
    /// error. What is in doubt is looked at before it is sent again. What did nothing is no longer
    /// announced while it waits to be sent again.
    pub(crate) async fn submit<S: Submission>(
        &self,
        submission: &mut S,
        place: &mut Place<'r>,
    ) -> Result<S::Taken, Stop> {
        let (mut attempt, mut sent) = (1, false);
        loop {
            let answer = self.try_once(submission, place, attempt, sent).await?;
            let next = match submission.decide(&answer) {
                Decision::Proceed => return Ok(submission.taken(&answer)),
                Decision::GiveUp => return Err(submission.refused(&answer).await),
                Decision::Repeat => {
                    sent |= matches!(answer.outcome, Outcome::Unknown(_));
                    self.pause_before_repeat(submission, &answer, &mut attempt).await?;
                    continue;
                }
                Decision::Look => submission.look(&answer).await,
            };
            sent = true;
            match next {
                Next::Done(taken) => return Ok(taken),
                Next::Stop(stop) => return Err(stop),
                Next::Rest(what) => {
                    place.leave();
                    if let Some(taken) = self.rest_before(submission, what).await? {
                        return Ok(taken);
                    }
                }
                Next::Again => {}
            }
            if attempt >= self.session.budgets().tries {
                return Err(submission.used_up(&answer).await);
            }
            attempt += 1;
            let pause = retry::pause(attempt, answer.retry_after, self.session.jitter());
            if let Err(stop) = self.pause(attempt, pause, &answer).await {
                return Err(submission.cut(stop).await);
            }
        }
    }

    async fn try_once<S: Submission>(
        &self,
        submission: &mut S,
        place: &mut Place<'r>,
        attempt: u32,
        sent: bool,
    ) -> Result<Answer, Stop> {
        let ahead = submission.is_announced_ahead();
        if ahead {
            self.may_send(sent)?;
            submission.announce(attempt).await?;
        }
        if let Err(stop) = self.enter(place).await {
            return Err(submission.cut(stop).await);
        }
        // Before the place in flight: who reads meanwhile needs some.
        if let Err(stop) = submission.may_be_sent().await {
            return Err(submission.cut(stop).await);
        }
        let beside = submission.beside().await;
        // What else waits for its turn is not in the ledger yet: if the run dies meanwhile, nothing is in
        // doubt.
        let room = tokio::select! {
            biased;
            () = self.run.stopping() => None,
            room = self.session.place() => room,
        };
        if let Err(stop) = self.may_send(sent) {
            return Err(submission.cut(stop).await);
        }
        if !ahead {
            submission.announce(attempt).await?;
        }
        self.run.hold().await?;
        let answer = self.send_from(room, submission.request()).await;
        drop(beside);
        if S::HOLD == Hold::WhileSending {
            place.leave();
            // Whoever waited for the place sends before more is made of this answer.
            tokio::task::yield_now().await;
        }
        Ok(answer)
    }

    async fn pause_before_repeat<S: Submission>(
        &self,
        submission: &mut S,
        answer: &Answer,
        attempt: &mut u32,
    ) -> Result<(), Stop> {
        let Some(pause) = self.session.pause_after(answer, attempt) else {
            return Err(submission.refused(answer).await);
        };
        submission.withdraw().await?;
        match self.pause(*attempt, pause, answer).await {
            Ok(()) => Ok(()),
            Err(stop) => Err(submission.cut(stop).await),
        }
    }

    async fn rest_before<S: Submission>(
        &self,
        submission: &mut S,
        what: &'static str,
    ) -> Result<Option<S::Taken>, Stop> {
        let waited = self.rest().await;
        if let Waited::Gone = waited
            && let Some(taken) = submission.gone()
        {
            return Ok(Some(taken));
        }
        self.ended(waited, what)?;
        Ok(None)
    }

    /// Takes a place among those that send, unless it is held, and gives up the one that prepares;
    /// the last moment at which a run that is to stop has not sent anything.
    pub(crate) async fn enter(&self, place: &mut Place<'r>) -> Result<(), Stop> {
        if place.sending.is_some() {
            return Ok(());
        }
        let sending = permit(&self.run.sending).await?;
        place.preparing = None;
        self.may_send(place.was_entered)?;
        place.sending = Some(sending);
        place.was_entered = true;
        Ok(())
    }

    /// Whether the run still sends; `sent` says whether this action has sent something before.
    fn may_send(&self, sent: bool) -> Result<(), Stop> {
        if self.run.is_broken() {
            return Err(Stop::Halt);
        }
        if self.run.is_stopping() {
            return Err(Stop::With(ActionOutcome::Interrupted { sent }));
        }
        Ok(())
    }
}
