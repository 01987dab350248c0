//! Answers without end: each is given up at a limit, and named; nothing counts as seen or done.

use crate::harness::{Cloud, Site, workspace};
use crate::security::wire::Server;
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Reads are tried again for about this long, all tries together.
const SOON: Duration = Duration::from_mins(1);

/// What a server does instead of an answer.
type Serve = fn(&mut TcpStream);

fn put(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).is_ok()
}

fn endless_body(stream: &mut TcpStream) {
    put(stream, b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[");
    while put(stream, &[b' '; 8_192]) {}
}

fn endless_chunks(stream: &mut TcpStream) {
    put(stream, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunk = [b"2000\r\n".as_slice(), &[b' '; 8_192], b"\r\n"].concat();
    while put(stream, &chunk) {}
}

fn huge_length(stream: &mut TcpStream) {
    put(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n[");
    while put(stream, &[b' '; 8_192]) {}
}

fn endless_header(stream: &mut TcpStream) {
    put(stream, b"HTTP/1.1 200 OK\r\nx-long: ");
    while put(stream, &[b'x'; 8_192]) {}
}

fn endless_headers(stream: &mut TcpStream) {
    put(stream, b"HTTP/1.1 200 OK\r\n");
    while put(stream, b"x-more: x\r\n") {}
}

/// A small body that would be a large one, were it unpacked.
fn packed(stream: &mut TcpStream) {
    let body =
        [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0x53, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0x60, 0, 0];
    put(stream, b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 20\r\n\r\n");
    put(stream, &body);
}

/// Lists in lists, far deeper than any reader of JSON should go.
fn deep(stream: &mut TcpStream) {
    put(stream, b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
    put(stream, &b"[".repeat(1_000_000));
}

const ENDLESS: [(&str, Serve); 7] = [
    ("endless body", endless_body),
    ("endless chunks", endless_chunks),
    ("huge length", huge_length),
    ("endless header", endless_header),
    ("endless headers", endless_headers),
    ("packed", packed),
    ("deep", deep),
];

#[test]
fn an_answer_without_end_is_given_up() {
    std::thread::scope(|scope| {
        for (name, serve) in ENDLESS {
            scope.spawn(move || {
                let server = Server::start(move |_, stream| serve(stream));
                let mut site = Site::empty().with_workspace("dev");
                site.set("PLUMB_RAFAY_ENDPOINT", &server.endpoint);
                site.set("PLUMB_RAFAY_API_KEY", "Canary-endless-11f0");
                let began = Instant::now();
                let ran = site.plumb(&["plan"]);
                assert!([1, 4].contains(&ran.code), "{name}: {}\n{}", ran.code, ran.all());
                assert!(began.elapsed() < SOON, "{name} took {:?}", began.elapsed());
                ran.says(&["answer"]);
                ran.keeps_quiet_of(&["Canary-endless"]);
                assert!(ran.all().len() < 20_000, "{name} says {} bytes", ran.all().len());
            });
        }
    });
}

/// The same in answer to a create: it may have been made, so it is looked for, and is there once.
#[test]
fn an_endless_answer_to_a_create_is_settled_by_looking() {
    for serve in [endless_body as Serve, endless_header, packed, deep] {
        let cloud = Cloud::start(&json!({}));
        let address = cloud.endpoint.clone();
        let server = Server::start(move |heard, stream| {
            let answer = crate::security::wire::asked(address.trim_start_matches("http://"), heard);
            if heard.method == "POST" { serve(stream) } else { answer.send(stream) }
        });
        let mut site = Site::at(&cloud).with_documents("fleet", &[workspace("dev")]);
        site.set("PLUMB_RAFAY_ENDPOINT", &server.endpoint);
        site.exits(0, "apply --yes");
        assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1]);
        site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    }
}
