//! The TCP server: HTTP/1.1 over the synchronous core, able to close a connection instead of
//! answering.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, Sleep, sleep, timeout};

use crate::control;
use crate::http::{Reply, Request, Response};
use crate::shared::SharedWorld;

/// The largest body of a call to a cloud.
const LARGEST_BODY: usize = 1024 * 1024;

/// The largest body of a control request: a whole state may come back.
const LARGEST_CONTROL_BODY: usize = 256 * 1024 * 1024;

/// How long running requests have to finish at a shutdown.
const GRACE: Duration = Duration::from_secs(2);

/// The pause before a truncated answer breaks off, so that its first part is on the wire.
const BREAK_PAUSE: Duration = Duration::from_millis(20);

/// How much later than asked for the runtime wakes whoever sleeps: its wheel and the system's wait both
/// count whole milliseconds, and round up.
const LATE: Duration = Duration::from_millis(2);

/// What passes, on average, between the end of a thread's sleep and its answer's leaving.
const LEAVING: Duration = Duration::from_micros(350);

/// How a world is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServeOptions {
    /// Who may connect.
    pub reach: Reach,
}

/// Who may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Programs on this machine: other addresses are refused, and the control routes exist.
    #[default]
    Loopback,
    /// Whoever reaches the address; there are no control routes then.
    Anyone,
}

/// Why serving ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not a loopback one and nobody said that this is wanted.
    #[error("the sandbox listens on loopback addresses only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The listener failed.
    #[error("sandbox listener")]
    Listener(#[source] io::Error),
}

/// Serves a world until `shutdown` is ready, then lets running requests finish for a moment.
///
/// # Errors
///
/// See [`ServeError`].
pub async fn serve(
    listener: TcpListener,
    world: SharedWorld,
    options: ServeOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listener)?;
    if options.reach == Reach::Loopback && !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, world.clone(), options, stopped.clone()));
                }
                // Running out of file descriptors passes; spinning on it would not help.
                Err(problem) => {
                    tracing::warn!(%problem, "the sandbox could not accept a connection");
                    sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    drop(stop);
    let finish = async { while connections.join_next().await.is_some() {} };
    if timeout(GRACE, finish).await.is_err() {
        connections.shutdown().await;
    }
    Ok(())
}

async fn connection(
    stream: TcpStream,
    world: SharedWorld,
    options: ServeOptions,
    mut stopped: watch::Receiver<()>,
) {
    // Answers are small and waited for; without this each would wait for the client's next packet.
    if let Err(problem) = stream.set_nodelay(true) {
        tracing::debug!(%problem, "no TCP_NODELAY");
    }
    let service = service_fn(move |request| answer(world.clone(), options, request));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut stopping = false;
    loop {
        tokio::select! {
            result = &mut connection => {
                if let Err(problem) = result {
                    tracing::debug!(%problem, "a connection ended early");
                }
                return;
            }
            _ = stopped.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Closing the connection is an error to hyper, which then sends nothing.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
struct Closed;

async fn answer(
    world: SharedWorld,
    options: ServeOptions,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Answer>, Closed> {
    let arrived = Instant::now();
    let request = match read(request).await {
        Ok(request) => request,
        Err(status) => return Ok(whole(Response::empty(status))),
    };
    if options.reach == Reach::Anyone && control::owns(&request.path) {
        return Ok(whole(Response::empty(404)));
    }
    match world.handle_now(request) {
        Reply::Answer(response) => {
            hold_back(arrived, response.delay).await;
            Ok(whole(response))
        }
        Reply::Drop => Err(Closed),
        Reply::Truncated(response, bytes) => {
            hold_back(arrived, response.delay).await;
            Ok(truncated(&response, bytes))
        }
    }
}

/// Waits until a call has taken as long as it is to take: what answering it took is a part of that. The
/// last of it a thread sleeps, to the microsecond: answers that wait for the next tick of the
/// runtime's clock leave together, which those of no cloud do.
async fn hold_back(arrived: Instant, delay: Duration) {
    if delay.is_zero() {
        return;
    }
    sleep(delay.saturating_sub(arrived.elapsed() + LATE)).await;
    let left = delay.saturating_sub(arrived.elapsed() + LEAVING);
    // A runtime that ends meanwhile has nobody left to answer.
    let _ = spawn_blocking(move || std::thread::sleep(left)).await;
}

/// The request as the core takes it; else the status that says why: 413 when its body is too large,
/// 400 when it breaks off or its chunks are none.
async fn read(request: hyper::Request<Incoming>) -> Result<Request, u16> {
    let (head, mut incoming) = request.into_parts();
    let path = head.uri.path().to_owned();
    let limit = if control::owns(&path) { LARGEST_CONTROL_BODY } else { LARGEST_BODY };
    let mut body = Vec::new();
    while let Some(frame) = next_frame(&mut incoming).await {
        if let Ok(data) = frame.map_err(|_| 400_u16)?.into_data() {
            if body.len() + data.len() > limit {
                return Err(413);
            }
            body.extend_from_slice(&data);
        }
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Request {
        at: Duration::ZERO,
        method: head.method.as_str().to_owned(),
        path,
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, it)| (name.to_string(), text(it))).collect(),
        body,
    })
}

async fn next_frame(incoming: &mut Incoming) -> Option<Result<Frame<Bytes>, hyper::Error>> {
    std::future::poll_fn(|context| Pin::new(&mut *incoming).poll_frame(context)).await
}

fn whole(mut response: Response) -> hyper::Response<Answer> {
    let body = Answer::Whole(Some(Bytes::from(std::mem::take(&mut response.body))));
    head(&response, body)
}

fn truncated(response: &Response, bytes: usize) -> hyper::Response<Answer> {
    let length = response.body.len();
    let part = response.body.get(..bytes.min(length)).unwrap_or_default().to_vec();
    let break_off = Box::pin(sleep(BREAK_PAUSE));
    let body = Answer::Broken { part: Some(Bytes::from(part)), break_off };
    let mut answer = head(response, body);
    // One byte more than there is, so that even a whole body is seen to break off.
    let announced = HeaderValue::from(length.max(bytes.min(length) + 1));
    answer.headers_mut().insert(CONTENT_LENGTH, announced);
    answer
}

fn head(response: &Response, body: Answer) -> hyper::Response<Answer> {
    let mut answer = hyper::Response::new(body);
    if let Ok(status) = hyper::StatusCode::from_u16(response.status) {
        *answer.status_mut() = status;
    }
    for (name, value) in &response.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

/// The body of an answer: whole, or one that breaks off after its first part.
enum Answer {
    Whole(Option<Bytes>),
    Broken { part: Option<Bytes>, break_off: Pin<Box<Sleep>> },
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        match self.get_mut() {
            Answer::Whole(bytes) => Poll::Ready(bytes.take().map(|it| Ok(Frame::data(it)))),
            Answer::Broken { part, break_off } => match part.take() {
                Some(bytes) if !bytes.is_empty() => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                _ => break_off.as_mut().poll(context).map(|()| Some(Err(Closed))),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Answer::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Answer::Broken { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Answer::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Answer::Broken { .. } => SizeHint::default(),
        }
    }
}
