//! Two servers on loopback: the first sends whoever comes to the second.

use plumb_engine::{Endpoint, HeaderText, HttpRequest, HttpTransport, Transport};
use plumb_kind::Method;
use plumb_model::text::Secret;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// The key that is sent to the first server.
pub(crate) const KEY: &str = "canary-key-77c1";
/// The body.
pub(crate) const BODY: &str = "canary-body-05ad";

/// Answers one connection, and says what came with it before it answers.
fn server(answer: impl Fn() -> String + Send + 'static) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (told, heard) = mpsc::channel();
    thread::spawn(move || {
        let Ok((mut socket, _)) = listener.accept() else { return };
        // Whoever asked may be gone.
        let _ = told.send(request(&mut socket));
        let _ = socket.write_all(answer().as_bytes());
    });
    (address, heard)
}

/// A request up to the end of its body, which is the canary or nothing.
fn request(socket: &mut TcpStream) -> String {
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while !text.contains(BODY) {
        match socket.read(&mut buffer) {
            Ok(read) if read > 0 => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
            _ => break,
        }
    }
    text
}

/// Sends a write with a key to a server that redirects it, through what is made from the plain
/// transport; answers what each of the two received.
pub(crate) fn redirected(through: fn(HttpTransport) -> Box<dyn Transport>) -> (String, String) {
    let (second, at_second) =
        server(|| "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned());
    let (first, at_first) = server(move || {
        let to = format!("location: http://{second}/v1/api-keys");
        format!("HTTP/1.1 307 Temporary Redirect\r\n{to}\r\ncontent-length: 0\r\n\r\n")
    });
    let endpoint = Endpoint::parse(&format!("http://{first}")).unwrap();
    let transport = through(HttpTransport::new(endpoint).unwrap());
    let request = HttpRequest {
        method: Method::Post,
        target: "/v1/things".to_owned(),
        headers: vec![("x-api-key", HeaderText::Secret(Secret::new(KEY)))],
        body: Some(BODY.as_bytes().to_vec()),
        timeout: Duration::from_secs(10),
        answer_bytes: 1000,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // What comes back is not the question.
    let _answer = runtime.block_on(transport.send(request));
    (at_first.try_recv().unwrap_or_default(), at_second.try_recv().unwrap_or_default())
}
