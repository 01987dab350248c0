//! The gate, on virtual time.

use super::*;

const PATIENCE: Duration = Duration::from_mins(5);

fn fixed(most: usize) -> Limiter {
    Limiter::new(InFlight { first: most, most }, PATIENCE)
}

/// So many successes of a window that is full.
async fn succeed(limiter: &Limiter, times: usize) {
    let (mut places, sent) = (Vec::new(), Instant::now());
    for _ in 0..times {
        while let Ok(place) = tokio::time::timeout(Duration::from_millis(1), limiter.enter()).await
        {
            places.push(place);
        }
        limiter.succeeded(sent);
    }
}

async fn free(limiter: &Limiter) -> usize {
    let mut places = Vec::new();
    while let Ok(place) = tokio::time::timeout(Duration::from_millis(1), limiter.enter()).await {
        places.push(place);
    }
    places.len()
}

#[tokio::test(start_paused = true)]
async fn it_halves_once_for_a_burst_and_recovers_slowly() {
    let limiter = fixed(8);
    let sent = Instant::now();
    let places = [limiter.enter().await, limiter.enter().await, limiter.enter().await];
    tokio::time::advance(Duration::from_secs(1)).await;
    limiter.throttled(sent, None);
    limiter.throttled(sent, None);
    drop(places);
    limiter.succeeded(Instant::now());
    assert_eq!(free(&limiter).await, 4);
    succeed(&limiter, 4 * SUCCESSES_AFTER_REFUSAL - 1).await;
    assert_eq!(free(&limiter).await, 4);
    succeed(&limiter, 1).await;
    assert_eq!(free(&limiter).await, 5);
    succeed(&limiter, 1000).await;
    assert_eq!(free(&limiter).await, 8);
}

#[tokio::test(start_paused = true)]
async fn it_grows_by_one_an_answer_while_all_of_it_is_taken() {
    let limiter = Limiter::new(InFlight { first: 4, most: 8 }, PATIENCE);
    for _ in 0..1000 {
        limiter.succeeded(Instant::now());
    }
    assert_eq!(free(&limiter).await, 4, "what was never in flight together was not tried");
    succeed(&limiter, 1).await;
    assert_eq!(free(&limiter).await, 5);
    succeed(&limiter, 2).await;
    assert_eq!(free(&limiter).await, 7);
    succeed(&limiter, 1000).await;
    assert_eq!(free(&limiter).await, 8, "and no further");
    assert_eq!(free(&limiter.at_most(3)).await, 3);
    assert_eq!(free(&limiter.at_most(0)).await, 1, "one always stays");
}

#[tokio::test(start_paused = true)]
async fn places_in_use_are_taken_away_when_given_back() {
    let limiter = fixed(2);
    let places = [limiter.enter().await, limiter.enter().await];
    tokio::time::advance(Duration::from_secs(1)).await;
    limiter.throttled(Instant::now(), None);
    drop(places);
    limiter.succeeded(Instant::now());
    assert_eq!(free(&limiter).await, 1);
    tokio::time::advance(Duration::from_secs(1)).await;
    limiter.throttled(Instant::now(), None);
    limiter.succeeded(Instant::now());
    assert_eq!(free(&limiter).await, 1, "one always stays");
}

#[tokio::test(start_paused = true)]
async fn nobody_enters_before_the_server_wants_it() {
    let limiter = fixed(2);
    let start = Instant::now();
    limiter.throttled(start, Some(Duration::from_secs(30)));
    let _place = limiter.enter().await;
    assert_eq!(start.elapsed().as_secs(), 30);
}

/// How a server counts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Count {
    /// By whole minutes.
    Window,
    /// Evenly: what was taken comes back bit by bit.
    Bucket,
}

/// A server that takes `most` requests a minute, and refuses the rest.
struct Counting {
    count: Count,
    most: u32,
    /// Whether it says how long to wait.
    says: bool,
    began: Instant,
    state: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    minute: u64,
    taken: u32,
    /// When the bucket is full again.
    full: Duration,
    refused: u64,
}

const MINUTE: Duration = Duration::from_mins(1);

impl Counting {
    fn new(count: Count, most: u32, says: bool) -> Self {
        Self { count, most, says, began: Instant::now(), state: Mutex::default() }
    }

    /// Takes a request, or says after how long it would.
    fn take(&self) -> Result<(), Duration> {
        let (now, each) = (self.began.elapsed(), MINUTE / self.most);
        let minute = now.as_secs() / 60;
        let mut state = self.state.lock().unwrap();
        if state.minute != minute {
            (state.minute, state.taken) = (minute, 0);
        }
        let wait = match self.count {
            Count::Window if state.taken >= self.most => {
                Duration::from_secs(60 * (minute + 1)).abs_diff(now)
            }
            Count::Window => Duration::ZERO,
            Count::Bucket => (state.full + each).saturating_sub(now + MINUTE),
        };
        if wait.is_zero() {
            state.taken += 1;
            state.full = state.full.max(now) + each;
            return Ok(());
        }
        state.refused += 1;
        Err(wait)
    }
}

async fn send(limiter: &Limiter, server: &Counting) {
    while let Some(place) = limiter.enter().await {
        let sent = Instant::now();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let Err(wait) = server.take() else {
            limiter.succeeded(sent);
            return;
        };
        // Whole seconds, as the header has them.
        let seconds = Duration::from_secs(wait.as_secs() + 1);
        limiter.throttled(sent, server.says.then_some(seconds));
        drop(place);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_counts_is_asked_seldom_and_waited_for_no_longer_than_it_counts() {
    for (count, says) in
        [Count::Window, Count::Bucket].into_iter().flat_map(|count| [(count, false), (count, true)])
    {
        for (requests, most) in [(1_000, 100), (10_000, 1_000), (10_000, 100)] {
            let what = format!("{requests} of {most}, {count:?}, {says}");
            let limiter = Limiter::new(InFlight { first: 4, most: 10 }, PATIENCE);
            // Windows begin with the minute.
            let server = Counting::new(count, most, says);
            let all = (0..requests).map(|_| send(&limiter, &server));
            futures_util::future::join_all(all).await;
            let (took, refused) = (server.began.elapsed(), server.state.lock().unwrap().refused);
            assert!(!limiter.has_given_up(), "{what}");
            // The first of what a minute takes is taken at once.
            let minutes = requests / most - 1;
            assert!(took <= MINUTE * minutes + MINUTE * minutes / 10, "{what}: {took:?}");
            // A window that is used up is asked at growing distance; a bucket refuses again and again, at
            // most once a second or one request in eight.
            let allowed = match count {
                Count::Window => minutes * 40,
                Count::Bucket => (minutes * 61).max(requests / 8),
            };
            assert!(refused <= u64::from(allowed) + 20, "{what}: {refused} refusals");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_at_a_time_asks_a_server_that_refuses() {
    let limiter = fixed(4);
    tokio::time::advance(Duration::from_secs(1)).await;
    limiter.throttled(Instant::now(), None);
    tokio::time::advance(Duration::from_secs(2)).await;
    let asking = limiter.enter().await;
    assert_eq!(free(&limiter).await, 0, "somebody is asking");
    drop(asking);
    let sent = Instant::now();
    let asking = limiter.enter().await;
    limiter.succeeded(sent);
    drop(asking);
    assert_eq!(free(&limiter).await, 2, "half of four, and no more questions");
}

#[tokio::test(start_paused = true)]
async fn patience_ends() {
    let limiter = fixed(4);
    let began = Instant::now();
    while !limiter.has_given_up() {
        let place = limiter.enter().await;
        limiter.throttled(Instant::now(), None);
        drop(place);
    }
    let took = began.elapsed();
    assert!(took >= PATIENCE * 4 / 5 && took <= PATIENCE, "{took:?}");
    let limiter = fixed(4);
    limiter.throttled(Instant::now(), Some(Duration::from_mins(4)));
    assert!(!limiter.has_given_up());
    let limiter = fixed(4);
    limiter.throttled(Instant::now(), Some(Duration::from_hours(1)));
    assert!(limiter.has_given_up(), "it asks for more than there is");
}
