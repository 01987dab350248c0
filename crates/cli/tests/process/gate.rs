//! Simulated clouds behind a gate: an HTTP server in this process that stops the world at an exact
//! call, tells the test so, and lets it decide what becomes of that call.
//!
//! The clouds themselves are the sandbox's; only the wire is served here, since a test must know
//! that a call has arrived before anything came of it.

use plumb_sandbox::{Effect, Reply, Request, Response, SharedWorld, Timestamp, World, WorldConfig};
use plumb_tests::simulated::clouds;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

/// How fast the worlds' clocks run: the slowest machine is up in a fiftieth of a second.
const PACE: u32 = 60_000;

/// The longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Which calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    /// All of them.
    Call,
    /// Those that are no reads.
    Write,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    /// It has arrived, and nothing came of it yet.
    Arrived,
    /// It has taken effect, and nothing was answered.
    Done,
    /// It was answered.
    Answered,
}

/// Where the world stops: at a point of the call of a number, which counts from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stop {
    /// What is counted.
    pub(crate) which: Which,
    /// The number.
    pub(crate) nth: usize,
    /// How far it comes.
    pub(crate) point: Point,
}

/// What becomes of the call at which the world stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It goes on as if nothing had been.
    GoesOn,
    /// Its connection is closed; what had no effect yet has none.
    Lost,
    /// Its connection is closed, and it takes effect when so many further calls have arrived.
    Late(usize),
}

/// How waiting for the stop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    /// The world has stopped.
    Stopped,
    /// The process had ended before.
    Ended,
}

/// Clouds of one case.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The origin.
    pub(crate) endpoint: String,
    /// The key that opens the Rafay half.
    pub(crate) rafay_key: String,
    /// The key that opens the Voltage Park half.
    pub(crate) voltage_park_key: String,
    wire: Arc<Wire>,
}

#[derive(Debug)]
struct Wire {
    world: SharedWorld,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stop: Option<Stop>,
    counted: usize,
    stopped: bool,
    fate: Option<Fate>,
    late: Vec<(usize, Request)>,
    /// How many were ever to come late: one that was may have taken effect since.
    postponed: usize,
    closed: bool,
}

impl Gate {
    /// Clouds of the default world.
    pub(crate) fn open() -> Self {
        let world = SharedWorld::new(pristine());
        let (rafay_key, voltage_park_key) = world.with(|world| {
            let keys = world.first_keys();
            (keys["rafay"].clone(), keys["voltage-park"].clone())
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let wire = Arc::new(Wire { world, state: Mutex::default(), moved: Condvar::new() });
        let served = wire.clone();
        std::thread::spawn(move || served.accept(&listener));
        Self { endpoint, rafay_key, voltage_park_key, wire }
    }

    /// Counts from now on, and stops there.
    pub(crate) fn stop_at(&self, stop: Stop) {
        let mut state = self.wire.state();
        (state.stop, state.counted, state.stopped, state.fate) = (Some(stop), 0, false, None);
    }

    /// Waits until the world has stopped, or the process has ended.
    pub(crate) fn meet(&self, process: &mut Child) -> Met {
        let began = Instant::now();
        let mut state = self.wire.state();
        loop {
            if state.stopped {
                return Met::Stopped;
            }
            if process.try_wait().unwrap().is_some() {
                return Met::Ended;
            }
            assert!(began.elapsed() < PATIENCE, "neither stopped nor ended at {:?}", state.stop);
            let wait = self.wire.moved.wait_timeout(state, Duration::from_millis(5));
            state = wait.unwrap().0;
        }
    }

    /// Decides what becomes of the call at which the world stopped, and stops nothing further.
    pub(crate) fn release(&self, fate: Fate) {
        let mut state = self.wire.state();
        let postponed = state.postponed;
        (state.stop, state.fate) = (None, Some(fate));
        self.wire.moved.notify_all();
        // What is to come late is known to be when this returns.
        while state.stopped && matches!(fate, Fate::Late(_)) && state.postponed == postponed {
            state = self.wire.moved.wait(state).unwrap();
        }
    }

    /// Looks at the world.
    pub(crate) fn world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.wire.world.with(|world| look(world))
    }

    /// Everything that took effect.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        self.world(|world| world.effects().all().to_vec())
    }

    /// The methods of all calls so far, in order.
    pub(crate) fn methods(&self) -> Vec<String> {
        self.world(|world| world.requests().all().map(|call| call.method.clone()).collect())
    }

    /// What calls say that are still to take effect.
    pub(crate) fn late(&self) -> Vec<String> {
        let said = |(_, call): &(usize, Request)| String::from_utf8_lossy(&call.body).into_owned();
        self.wire.state().late.iter().map(said).collect()
    }

    /// How many writes arrived and were handled so far.
    pub(crate) fn writes(&self) -> usize {
        self.methods().iter().filter(|method| *method != "GET").count()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let mut state = self.wire.state();
        (state.closed, state.fate) = (true, Some(Fate::Lost));
        drop(state);
        self.wire.moved.notify_all();
        // Wakes whoever accepts.
        drop(TcpStream::connect(self.endpoint.trim_start_matches("http://")));
    }
}

impl Wire {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn accept(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.state().closed {
                return;
            }
            let wire = self.clone();
            std::thread::spawn(move || stream.map(|stream| wire.serve(&stream)));
        }
    }

    /// Serves one connection until either side closes it.
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut reader = BufReader::new(stream);
        loop {
            let request = read(&mut reader)?;
            let stop = self.arrive(&request);
            if stop == Some(Point::Arrived) {
                match self.halt() {
                    Fate::GoesOn => {}
                    Fate::Lost => return None,
                    Fate::Late(calls) => {
                        let mut state = self.state();
                        state.late.push((calls, request));
                        state.postponed += 1;
                        drop(state);
                        self.moved.notify_all();
                        return None;
                    }
                }
            }
            let reply = self.world.handle_now(request);
            if stop == Some(Point::Done) && self.halt() != Fate::GoesOn {
                return None;
            }
            let Reply::Answer(response) = reply else { return None };
            write(stream, &response).ok()?;
            if stop == Some(Point::Answered) {
                self.state().stopped = true;
                self.moved.notify_all();
            }
        }
    }

    /// Counts a call, carries out what was late for it, and says where it is to stop.
    fn arrive(&self, request: &Request) -> Option<Point> {
        let mut state = self.state();
        for (left, _) in &mut state.late {
            *left = left.saturating_sub(1);
        }
        for (_, late) in state.late.extract_if(.., |(left, _)| *left == 0) {
            let _lost = self.world.handle_now(late);
        }
        let stop = state.stop?;
        if stop.which == Which::Write && request.method == "GET" {
            return None;
        }
        state.counted += 1;
        (state.counted == stop.nth).then_some(stop.point)
    }

    /// Stops the call here until its fate is decided.
    fn halt(&self) -> Fate {
        let mut state = self.state();
        state.stopped = true;
        self.moved.notify_all();
        loop {
            if let Some(fate) = state.fate {
                return fate;
            }
            state = self.moved.wait(state).unwrap();
        }
    }
}

/// A world like every other, made once.
fn pristine() -> World {
    static PRISTINE: OnceLock<World> = OnceLock::new();
    let make = || {
        let epoch = Some(Timestamp::of_the_machine());
        let config = WorldConfig { epoch, time_scale: PACE, ..WorldConfig::default() };
        let (world, problems) = World::new(config, clouds()).unwrap();
        assert_eq!(problems, [""; 0]);
        world
    };
    PRISTINE.get_or_init(make).clone()
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let mut request = Request::new(words.next()?, words.next()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
        request.headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    request.body = vec![0; length];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}

fn write(mut stream: &TcpStream, response: &Response) -> io::Result<()> {
    let mut bytes = Vec::new();
    write!(bytes, "HTTP/1.1 {} -\r\n", response.status)?;
    for (name, value) in &response.headers {
        write!(bytes, "{name}: {value}\r\n")?;
    }
    write!(bytes, "content-length: {}\r\n\r\n", response.body.len())?;
    bytes.extend_from_slice(&response.body);
    stream.write_all(&bytes)
}
