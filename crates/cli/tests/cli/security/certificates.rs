//! Certificates that prove nothing: nothing is sent, the reason is named, and no switch helps.
//!
//! The machine's own certificates are replaced by one authority of the tests, the way operators do
//! it; that a good certificate of that authority is accepted shows that the bad ones are refused
//! for what is wrong with them.

use crate::harness::{Ran, Site, workspace};
use crate::security::wire::hear;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

pub(crate) const KEY: &str = "Canary-tls-4d1e07";

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// Nobody but itself vouches for it.
    SelfSigned,
    /// Somebody unknown vouches for it.
    UnknownAuthority,
    Expired,
    NotYetValid,
    /// It is another server's.
    OtherName,
}

/// An authority that the tests trust.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = pem(params.self_signed(&key).unwrap().der());
        Self { issuer: Issuer::new(params, key), pem }
    }
}

fn pem(der: &[u8]) -> String {
    let text = plumb_tests::canary::disguise::base64(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// A TLS server with a certificate for a name, which refuses and keeps every request it could read.
pub(crate) fn serve(authority: &Authority, flaw: Flaw, name: &str) -> Server {
    answering("401 -\r\ncontent-length: 0\r\n\r\n", authority, flaw, name)
}

/// Where a server is, and what it heard.
pub(crate) type Server = (String, Arc<Mutex<Vec<String>>>);

/// One that has an answer of its own.
pub(crate) fn answering(
    answer: &'static str,
    authority: &Authority,
    flaw: Flaw,
    name: &str,
) -> Server {
    let name = if flaw == Flaw::OtherName { "other.example" } else { name };
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    match flaw {
        Flaw::Expired => params.not_after = date_time_ymd(2020, 1, 1),
        Flaw::NotYetValid => params.not_before = date_time_ymd(2900, 1, 1),
        _ => {}
    }
    let key = KeyPair::generate().unwrap();
    let certificate = match flaw {
        Flaw::SelfSigned => params.self_signed(&key),
        Flaw::UnknownAuthority => params.signed_by(&key, &Authority::new("somebody").issuer),
        _ => params.signed_by(&key, &authority.issuer),
    };
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.unwrap().der().clone()], private)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = heard.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            if let Some(request) = hear(&mut stream) {
                let line = format!("{} {}\r\n", request.method, request.target);
                log.lock().unwrap().push(line + &request.head + &request.body);
                let _ = write!(stream, "HTTP/1.1 {answer}");
            }
        }
    });
    (endpoint, heard)
}

pub(crate) fn site_at(authority: &Authority, endpoint: &str) -> Site {
    let mut site = Site::empty().with_documents("fleet", &[workspace("dev")]);
    std::fs::write(site.beside("authority.pem"), &authority.pem).unwrap();
    let trusted = site.beside("authority.pem").display().to_string();
    site.set("SSL_CERT_FILE", &trusted);
    site.set("PLUMB_RAFAY_ENDPOINT", endpoint);
    site.set("PLUMB_RAFAY_API_KEY", KEY);
    site
}

#[track_caller]
fn expect_refused(flaw: Flaw, ran: &Ran, says: &str) {
    assert_eq!(ran.code, 1, "{flaw:?}\n{}", ran.all());
    ran.says(&["certificate", says, "nothing was sent"]);
    ran.keeps_quiet_of(&[KEY]);
}

#[test]
fn a_certificate_that_proves_nothing_ends_it() {
    let authority = Authority::new("tests");
    let cases = [
        (Flaw::SelfSigned, "invalid peer certificate"),
        (Flaw::UnknownAuthority, "UnknownIssuer"),
        (Flaw::Expired, "expired"),
        (Flaw::NotYetValid, "not valid"),
        (Flaw::OtherName, "not valid for"),
    ];
    std::thread::scope(|scope| {
        for (flaw, says) in cases {
            let authority = &authority;
            scope.spawn(move || {
                let (endpoint, heard) = serve(authority, flaw, "127.0.0.1");
                let mut site = site_at(authority, &endpoint);
                // What other tools take for leave to go on without.
                for (name, value) in [
                    ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
                    ("SSL_NO_VERIFY", "1"),
                    ("GIT_SSL_NO_VERIFY", "1"),
                    ("PLUMB_INSECURE", "1"),
                    ("PYTHONHTTPSVERIFY", "0"),
                ] {
                    site.set(name, value);
                }
                for line in ["plan", "apply --yes"] {
                    let words: Vec<&str> = line.split(' ').collect();
                    expect_refused(flaw, &site.plumb(&words), says);
                }
                assert_eq!(*heard.lock().unwrap(), [""; 0], "{flaw:?}");
            });
        }
    });
}

#[test]
fn a_good_certificate_is_accepted_and_the_key_is_sent() {
    let authority = Authority::new("tests");
    let (endpoint, heard) = serve(&authority, Flaw::None, "127.0.0.1");
    let ran = site_at(&authority, &endpoint).exits(1, "plan");
    ran.says(&["PL0603", "did not accept the API key"]);
    let heard = heard.lock().unwrap().concat();
    assert!(heard.contains(KEY), "{heard}");
}

#[test]
fn there_is_no_way_to_go_without() {
    let site = Site::empty();
    let help = ["--help", "plan --help", "apply --help", "doctor --help", "get --help"];
    for line in help {
        let text = site.exits(0, line).all().to_lowercase();
        for word in ["insecure", "skip-tls", "no-verify", "no-check", "certificate"] {
            assert!(!text.contains(word), "{line} offers {word}:\n{text}");
        }
    }
    for option in ["--insecure", "-k", "--insecure-skip-tls-verify", "--no-verify"] {
        site.exits(1, &format!("plan {option}"));
    }
}

#[test]
fn plain_http_is_for_loopback_only() {
    for endpoint in [
        "http://console.example.invalid",
        "http://10.0.0.1:8080",
        "http://127.0.0.1.example.invalid",
        "http://localhost.example.invalid",
        "http://0.0.0.0:1",
        "http://[::ffff:10.0.0.1]:1",
        "HTTP://console.example.invalid",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
    ] {
        let mut site = Site::empty().with_workspace("dev");
        site.set("PLUMB_RAFAY_ENDPOINT", endpoint);
        site.set("PLUMB_RAFAY_API_KEY", KEY);
        for line in ["plan", "apply --yes", "get"] {
            let ran = site.exits(1, line);
            ran.says(&["PL0605"]);
            ran.keeps_quiet_of(&[KEY]);
        }
    }
    // A password in the endpoint is neither used nor shown.
    let mut site = Site::empty().with_workspace("dev");
    site.set("PLUMB_RAFAY_ENDPOINT", "https://user:Canary-word-99@console.example.invalid");
    site.set("PLUMB_RAFAY_API_KEY", KEY);
    for line in ["plan", "doctor", "plan -vvv"] {
        let words: Vec<&str> = line.split(' ').collect();
        site.plumb(&words).keeps_quiet_of(&["Canary-word-99", KEY]);
    }
}
