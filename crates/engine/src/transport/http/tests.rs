//! The transport against raw sockets: what is known when there is no answer.

use super::*;
use plumb_model::text::Secret;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[test]
fn an_endpoint_is_an_origin_that_is_encrypted_or_loopback() {
    for (text, origin) in [
        ("https://console.example.ai", "https://console.example.ai"),
        ("https://console.example.ai:8443/", "https://console.example.ai:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:9", "http://[::1]:9"),
    ] {
        assert_eq!(Endpoint::parse(text).unwrap().as_str(), origin);
    }
    for text in [
        "http://console.example.ai",
        "http://10.0.0.1",
        "http://127.0.0.1.example.ai",
        "http://localhost.example.ai",
        "ftp://127.0.0.1",
    ] {
        let refused = Endpoint::parse(text).unwrap_err();
        assert!(!matches!(refused, NotAnEndpoint::More(_)), "{text}: {refused}");
    }
    for text in ["https://münchen.example", "https://u:hunter2@münchen.example"] {
        let refused = Endpoint::parse(text).unwrap_err();
        assert!(matches!(refused, NotAnEndpoint::Letters(_)), "{text}: {refused}");
        assert!(!refused.to_string().contains("hunter2"));
    }
    assert_eq!(Endpoint::parse("https://xn--mnchen-3ya.example").unwrap().as_str().len(), 30);
    for text in ["https://u:hunter2@h.example", "https://h.example/a", "https://h.example?x=1"] {
        let refused = Endpoint::parse(text).unwrap_err();
        assert!(matches!(refused, NotAnEndpoint::More(_)), "{text}: {refused}");
        assert!(!refused.to_string().contains("hunter2"));
    }
}

/// A server that reads a request and answers every connection with these bytes.
async fn serve(answer: &'static [u8]) -> (HttpTransport, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = vec![0; 8192];
            let read = socket.read(&mut buffer).await.unwrap_or(0);
            log.lock().unwrap().push(String::from_utf8_lossy(&buffer[..read]).into_owned());
            if answer == b"silence" {
                std::future::pending::<()>().await;
            }
            let _ = socket.write_all(answer).await;
        }
    });
    let endpoint = Endpoint::parse(&format!("http://{address}")).unwrap();
    (HttpTransport::new(endpoint).unwrap(), seen)
}

fn request() -> HttpRequest {
    HttpRequest {
        method: Method::Post,
        target: "/a%2Fb?c=d".into(),
        headers: vec![("x-api-key", HeaderText::Secret(Secret::new("sesame")))],
        body: Some(b"{}".to_vec()),
        timeout: Duration::from_millis(400),
        answer_bytes: 100,
    }
}

async fn sent(answer: &'static [u8]) -> (Result<HttpResponse, TransportError>, Vec<String>) {
    let (transport, seen) = serve(answer).await;
    let result = transport.send(request()).await;
    let seen = seen.lock().unwrap().clone();
    (result, seen)
}

#[tokio::test]
async fn an_answer_comes_back_whole() {
    let answer = b"HTTP/1.1 201 Created\r\nX-Request-Id: r1\r\ncontent-length: 2\r\n\r\n{}";
    let (result, seen) = sent(answer).await;
    let response = result.unwrap();
    assert_eq!((response.status, response.body.as_slice()), (201, &b"{}"[..]));
    assert_eq!(response.header("x-request-id"), Some("r1"));
    let text = seen.concat();
    assert!(text.starts_with("POST /a%2Fb?c=d HTTP/1.1\r\n"), "{text}");
    assert!(text.contains("x-api-key: sesame"), "{text}");
    assert!(!text.to_lowercase().contains("accept-encoding"), "{text}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let answer =
        b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
    let (result, seen) = sent(answer).await;
    assert_eq!(result.unwrap().status, 307);
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn what_may_have_been_done_is_lost_and_is_not_sent_again() {
    for (name, answer) in [
        ("closed without an answer", &b""[..]),
        ("cut in the head", b"HTTP/1.1 200 O"),
        ("cut in the body", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"a\""),
        ("no HTTP", b"hello\r\n\r\n"),
        ("silence", b"silence"),
        ("too large", &[b' '; 4096]),
    ] {
        let large: &'static [u8] = Box::leak(
            [b"HTTP/1.1 200 OK\r\ncontent-length: 4096\r\n\r\n", answer]
                .concat()
                .into_boxed_slice(),
        );
        let answer = if name == "too large" { large } else { answer };
        let (result, seen) = sent(answer).await;
        assert!(matches!(result, Err(TransportError::Lost(_))), "{name}: {result:?}");
        assert_eq!(seen.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn what_never_left_is_known_not_to_have_been_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = HttpTransport::new(Endpoint::parse(&format!("http://{address}")).unwrap());
    let result = refused.unwrap().send(request()).await;
    assert!(matches!(result, Err(TransportError::NotSent(_))), "{result:?}");

    let (plain, seen) = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let text = plain.endpoint.as_str().replace("http:", "https:");
    let no_tls = HttpTransport::new(Endpoint::parse(&text).unwrap()).unwrap();
    let result = no_tls.send(request()).await;
    assert!(matches!(result, Err(TransportError::NotSent(_))), "{result:?}");
    assert!(!seen.lock().unwrap().concat().contains("sesame"));

    let mut odd = request();
    odd.headers.push(("x-odd", HeaderText::Plain("a\r\nb".into())));
    let result = plain.send(odd).await;
    assert!(matches!(result, Err(TransportError::NotSent(_))), "{result:?}");
    let mut elsewhere = request();
    elsewhere.target = ".example.ai/".into();
    let result = plain.send(elsewhere).await;
    assert!(matches!(result, Err(TransportError::NotSent(_))), "{result:?}");
}

#[tokio::test]
async fn a_path_is_sent_as_it_is_or_not_at_all() {
    let (transport, seen) = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    for name in ["..", ".", "...", "a/../b", "%2e%2e", "a b", "\u{e9}", "a\\b", "a;b", "a\tb", ""] {
        let path = plumb_kind::RequestPath::of(["v1", "things"]).then(name);
        let mut climbing = request();
        climbing.target = path.as_str().to_owned();
        let result = transport.send(climbing).await;
        if [".", ".."].contains(&name) {
            let Err(TransportError::NotSent(why)) = result else { panic!("{name}: {result:?}") };
            assert_eq!(why.to_string(), "the path would be sent as another one");
        } else {
            assert!(result.is_ok(), "{name}: {result:?}");
            let last = seen.lock().unwrap().pop().unwrap();
            assert!(last.starts_with(&format!("POST {path} HTTP/1.1")), "{name}: {last}");
        }
    }
    assert_eq!(*seen.lock().unwrap(), [""; 0]);
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", request());
    assert!(!shown.contains("sesame") && !shown.contains("{}"), "{shown}");
}
