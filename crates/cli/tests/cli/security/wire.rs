//! Servers that misbehave: one that answers as a test says, and one that stands between plumb and
//! a simulated cloud and changes what passes.

use crate::harness::Cloud;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// The method.
    pub(crate) method: String,
    /// Path and query, as they were sent.
    pub(crate) target: String,
    /// The header lines.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: String,
}

/// An answer that was read whole.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// Further header lines, each with its line end.
    pub(crate) headers: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// A server on loopback, which lasts as long as the tests do.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its origin.
    pub(crate) endpoint: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Server {
    /// A server that hears a request on each connection and then does as it likes.
    pub(crate) fn start<F>(serve: F) -> Self
    where
        F: Fn(&Heard, &mut TcpStream) + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let (log, serve) = (heard.clone(), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, serve) = (log.clone(), serve.clone());
                std::thread::spawn(move || serve_one(stream, &log, &*serve));
            }
        });
        Self { endpoint, heard }
    }

    /// A server that gives every request the same answer.
    pub(crate) fn answering(answer: Answer) -> Self {
        Self::start(move |_, stream| answer.send(stream))
    }

    /// A server before a simulated cloud, which may change an answer, or give one of its own
    /// without asking the cloud.
    pub(crate) fn before<O, C>(cloud: &Cloud, own: O, change: C) -> Self
    where
        O: Fn(&Heard) -> Option<Answer> + Send + Sync + 'static,
        C: Fn(&Heard, &mut Answer) + Send + Sync + 'static,
    {
        let address = cloud.endpoint.trim_start_matches("http://").to_owned();
        Self::start(move |heard, stream| {
            let answer = own(heard).unwrap_or_else(|| {
                let mut answer = asked(&address, heard);
                change(heard, &mut answer);
                answer
            });
            answer.send(stream);
        })
    }

    /// Everything that arrived so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Everything that arrived so far, as `METHOD path?query`.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |heard: &Heard| format!("{} {}", heard.method, heard.target);
        self.heard().iter().map(line).collect()
    }
}

impl Answer {
    /// JSON with a status.
    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = "content-type: application/json\r\n".to_owned();
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    /// A redirect.
    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self { status, headers: format!("location: {location}\r\n"), body: Vec::new() }
    }

    /// Sends it, and ends the connection.
    pub(crate) fn send(&self, stream: &mut TcpStream) {
        let Self { status, headers, body } = self;
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} -\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        // Whoever asked may have gone away.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    }
}

fn serve_one(
    mut stream: TcpStream,
    log: &Mutex<Vec<Heard>>,
    serve: &(dyn Fn(&Heard, &mut TcpStream) + Send + Sync),
) {
    if let Some(heard) = hear(&stream) {
        log.lock().unwrap().push(heard.clone());
        serve(&heard, &mut stream);
    }
}

/// Reads a request.
pub(crate) fn hear(stream: impl Read) -> Option<Heard> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Heard { method, target, head, body: String::from_utf8(body).ok()? })
}

/// What a cloud answers.
pub(crate) fn asked(address: &str, heard: &Heard) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    let passed_on = heard.head.replace("connection:", "x-connection:");
    write!(
        stream,
        "{} {} HTTP/1.1\r\n{passed_on}connection: close\r\n\r\n",
        heard.method, heard.target
    )
    .unwrap();
    stream.write_all(heard.body.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let lines = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = lines.split(' ').nth(1).unwrap().parse().unwrap();
    let passed = |line: &&str| line.to_lowercase().starts_with("content-type:");
    let headers = lines.lines().skip(1).filter(passed).flat_map(|line| [line, "\r\n"]).collect();
    Answer { status, headers, body: answer[end + 4..].to_vec() }
}
