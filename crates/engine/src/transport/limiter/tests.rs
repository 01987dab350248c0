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
async fn it_grows_by_one_a_round_trip_while_all_of_it_is_taken() {
    let limiter = Limiter::new(InFlight { first: 4, most: 6 }, PATIENCE);
    for _ in 0..1000 {
        limiter.succeeded(Instant::now());
    }
    assert_eq!(free(&limiter).await, 4, "what was never in flight together was not tried");
    succeed(&limiter, 3).await;
    assert_eq!(free(&limiter).await, 4);
    succeed(&limiter, 1).await;
    assert_eq!(free(&limiter).await, 5);
    succeed(&limiter, 1000).await;
    assert_eq!(free(&limiter).await, 6, "and no further");
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

/// A server that takes `most` requests a minute, by whole minutes, and refuses the rest.
struct Counting {
    began: Instant,
    most: u64,
    taken: Mutex<(u64, u64)>,
    refused: Mutex<u64>,
}

impl Counting {
    fn takes(&self) -> bool {
        let minute = self.began.elapsed().as_secs() / 60;
        let mut taken = self.taken.lock().unwrap();
        if taken.0 != minute {
            *taken = (minute, 0);
        }
        if taken.1 < self.most {
            taken.1 += 1;
            return true;
        }
        *self.refused.lock().unwrap() += 1;
        false
    }
}

async fn send(limiter: &Limiter, server: &Counting) {
    while let Some(place) = limiter.enter().await {
        let sent = Instant::now();
        tokio::time::sleep(Duration::from_millis(50)).await;
        if server.takes() {
            limiter.succeeded(sent);
            return;
        }
        limiter.throttled(sent, None);
        drop(place);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_counts_is_asked_seldom_and_waited_for_no_longer_than_it_counts() {
    let limiter = fixed(10);
    let server = Counting {
        began: Instant::now(),
        most: 100,
        taken: Mutex::default(),
        refused: Mutex::default(),
    };
    futures_util::future::join_all((0..1_000).map(|_| send(&limiter, &server))).await;
    let (took, refused) = (server.began.elapsed(), *server.refused.lock().unwrap());
    assert!(!limiter.has_given_up());
    // Ten minutes' worth, the first of which is taken at once.
    assert!(took <= Duration::from_secs(540 + 54 + 10), "{took:?}");
    assert!(refused <= 9 * 40, "{refused} refusals");
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
