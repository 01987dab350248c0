//! The server over real TCP: answers, closed connections, broken bodies, shutdown.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use plumb_sandbox::{
    RunningSandbox, Sandbox, ServeError, ServeOptions, SharedWorld, WorldConfig, serve,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::client::{Seen as _, clouds, new_world, workspace};

const WORKSPACES: &str = "/apis/paas.envmgmt.io/v1/projects/vm-project/workspaces";

async fn start(config: WorldConfig) -> RunningSandbox {
    Sandbox::start(config, clouds(), None).await.unwrap()
}

fn client() -> reqwest::Client {
    // Another test of the same process may have installed it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn add_fault(sandbox: &RunningSandbox, effect: Value) {
    let rule = json!({ "match": { "method": "POST", "path": "/apis/*" }, "effect": effect });
    let url = format!("{}/_sandbox/faults", sandbox.endpoint);
    let response = client().post(url).json(&rule).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

fn create(sandbox: &RunningSandbox) -> reqwest::RequestBuilder {
    client()
        .post(format!("{}{WORKSPACES}", sandbox.endpoint))
        .header("x-api-key", &sandbox.keys["rafay"])
        .json(&workspace("vm-project", "a"))
}

fn exists(sandbox: &RunningSandbox) -> bool {
    sandbox.world.with(|world| world.rafay().object("Workspace/vm-project/a").is_some())
}

#[tokio::test]
async fn it_serves_both_the_cloud_and_its_control_routes() {
    let sandbox = start(WorldConfig::default()).await;
    assert_eq!(create(&sandbox).send().await.unwrap().status(), 200);
    let url = format!("{}{WORKSPACES}/a", sandbox.endpoint);
    let request = client().get(&url).header("x-rafay-api-keyid", &sandbox.keys["rafay"]);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers().get_all("date").iter().count(), 1);
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(response.json::<Value>().await.unwrap()["metadata"]["name"], "a");
    let health = client().get(format!("{}/_sandbox/health", sandbox.endpoint)).send().await;
    assert_eq!(health.unwrap().json::<Value>().await.unwrap()["status"], "ok");
    sandbox.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_dropped_answer_closes_the_connection_without_a_byte() {
    let sandbox = start(WorldConfig::default()).await;
    add_fault(&sandbox, json!({ "type": "lost_after" })).await;
    let error = create(&sandbox).send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert!(exists(&sandbox));
    let mut stream =
        TcpStream::connect(sandbox.endpoint.trim_start_matches("http://")).await.unwrap();
    let request = format!("POST {WORKSPACES} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    drop(end.expect("the connection was closed"));
    assert_eq!(answer, b"");
    sandbox.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_truncated_answer_ends_in_its_body() {
    let sandbox = start(WorldConfig::default()).await;
    for bytes in [0, 10, 1_000_000] {
        add_fault(&sandbox, json!({ "type": "close_mid_body", "bytes": bytes })).await;
        let response = create(&sandbox).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.bytes().await.is_err(), "{bytes}");
        assert!(exists(&sandbox));
        let faults = format!("{}/_sandbox/faults", sandbox.endpoint);
        client().delete(faults).send().await.unwrap();
    }
    sandbox.shutdown().await.unwrap();
}

#[tokio::test]
async fn latency_holds_back_answers_but_not_other_requests() {
    let sandbox = start(WorldConfig { latency_ms: 1_000, ..WorldConfig::default() }).await;
    let begin = Instant::now();
    let (one, two) = tokio::join!(create(&sandbox).send(), create(&sandbox).send());
    assert_eq!(
        (one.unwrap().status(), two.unwrap().status()),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    let elapsed = begin.elapsed();
    assert!(
        elapsed >= Duration::from_secs(1) && elapsed < Duration::from_millis(1_950),
        "{elapsed:?}"
    );
    sandbox.shutdown().await.unwrap();
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let sandbox = start(WorldConfig::default()).await;
    let big = "x".repeat(2 * 1024 * 1024);
    let response = create(&sandbox).body(big).send().await.unwrap();
    assert_eq!(response.status(), 413);
    sandbox.shutdown().await.unwrap();
}

#[tokio::test]
async fn chunks_that_are_none_are_a_bad_request() {
    let sandbox = start(WorldConfig::default()).await;
    let address = sandbox.endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("POST {WORKSPACES} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    stream.write_all(format!("{head}no chunk\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    drop(end.expect("the connection was closed"));
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    sandbox.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_restarted_sandbox_remembers() {
    let folder = TempDir::new().unwrap();
    let sandbox =
        Sandbox::start(WorldConfig::default(), clouds(), Some(folder.path())).await.unwrap();
    create(&sandbox).send().await.unwrap();
    let (key, now) = (sandbox.keys["rafay"].clone(), sandbox.world.with(|world| world.now()));
    sandbox.shutdown().await.unwrap();
    let sandbox =
        Sandbox::start(WorldConfig::default(), clouds(), Some(folder.path())).await.unwrap();
    assert_eq!(sandbox.keys["rafay"], key);
    assert!(exists(&sandbox));
    assert!(sandbox.world.with(|world| world.now()) >= now);
    sandbox.shutdown().await.unwrap();
}

#[tokio::test]
async fn only_loopback_unless_told_otherwise() {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))).await.unwrap();
    let world = SharedWorld::new(new_world(WorldConfig::default()).0);
    let refused = serve(listener, world, ServeOptions::default(), std::future::pending()).await;
    assert!(matches!(refused, Err(ServeError::NotLoopback(_))));
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_shutdown() {
    let sandbox = start(WorldConfig::default()).await;
    let idle = TcpStream::connect(sandbox.endpoint.trim_start_matches("http://")).await.unwrap();
    let begin = Instant::now();
    sandbox.shutdown().await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(3));
    drop(idle);
}
