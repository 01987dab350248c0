//! An operator's own network: a proxy on the way, and an authority that only this network trusts.

use crate::harness::{Cloud, Ran, Site};
use crate::security::certificates::{Authority, Flaw, KEY, answering, serve, site_at};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A host that no resolver knows: who reaches it goes through a proxy.
const HOST: &str = "console.example.invalid";

/// A proxy that leads every tunnel to one server, or refuses them; it keeps what it is asked.
fn proxy(server: Option<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = asked.clone();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head).unwrap_or(0) == 0 {
                    break;
                }
            }
            log.lock().unwrap().push(head);
            let Some(server) = &server else {
                let _ = client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
                continue;
            };
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let upstream = TcpStream::connect(server).unwrap();
            let (from_server, to_client) = (upstream.try_clone().unwrap(), client);
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut &from_server, &mut &to_client);
                let _ = to_client.shutdown(Shutdown::Both);
            });
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut reader, &mut &upstream);
                let _ = upstream.shutdown(Shutdown::Both);
            });
        }
    });
    (address, asked)
}

fn address(endpoint: &str) -> String {
    endpoint.trim_start_matches("https://").to_owned()
}

#[test]
fn a_file_of_authorities_that_cannot_be_used_is_named_before_anything_is_sent() {
    let authority = Authority::new("tests");
    let (endpoint, heard) = serve(&authority, Flaw::None, "127.0.0.1");
    for variable in ["SSL_CERT_FILE", "PLUMB_CA_FILE"] {
        for (name, text, says) in [
            ("nowhere.pem", None, "No such file"),
            ("empty.pem", Some(""), "there is no certificate in it"),
            (
                "key.pem",
                Some("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
                "no certificate",
            ),
            (
                "broken.pem",
                Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                "certificate 1 cannot be read",
            ),
        ] {
            let mut site = site_at(&authority, &endpoint);
            let path = site.beside(name);
            if let Some(text) = text {
                fs::write(&path, text).unwrap();
            }
            site.set(variable, path.to_str().unwrap());
            for line in ["plan", "apply --yes", "get Workspace"] {
                let ran = site.exits(1, line);
                ran.says(&[variable, path.to_str().unwrap(), says]).keeps_quiet_of(&[KEY]);
            }
        }
    }
    assert_eq!(*heard.lock().unwrap(), [""; 0]);
}

/// The proxy reads nothing of what passes, and the authority vouches for the server behind it.
#[test]
fn a_proxy_is_gone_through_and_an_own_authority_is_trusted_beside_the_systems() {
    let (authority, systems) = (Authority::new("tests"), Authority::new("systems"));
    let (endpoint, heard) = serve(&authority, Flaw::None, HOST);
    let (proxy, asked) = proxy(Some(address(&endpoint)));
    let mut site = site_at(&systems, &format!("https://{HOST}"));
    site.set("https_proxy", &format!("http://{proxy}"));
    // Nobody here vouches for it yet.
    let ran = site.exits(1, "plan");
    ran.says(&["UnknownIssuer", "nothing was sent"]).keeps_quiet_of(&[KEY]);
    site.unset("https_proxy");
    assert_eq!(*heard.lock().unwrap(), [""; 0]);
    fs::write(site.beside("own.pem"), &authority.pem).unwrap();
    site.set("PLUMB_CA_FILE", site.beside("own.pem").to_str().unwrap());
    site.set("HTTPS_PROXY", &format!("http://{proxy}"));
    site.exits(1, "plan").says(&["PL0603", "did not accept the API key"]);
    assert!(heard.lock().unwrap().concat().contains(KEY));
    let asked = asked.lock().unwrap();
    assert!(
        asked.iter().all(|head| head.starts_with(&format!("CONNECT {HOST}:443 "))),
        "{asked:?}"
    );
    assert!(!asked.is_empty() && !asked.concat().contains(KEY), "{asked:?}");
}

/// A ledger in a bucket is reached as the clouds are.
#[test]
fn a_bucket_is_trusted_by_the_same_authorities_as_the_clouds() {
    const NOTHING: &str = "200 OK\r\ncontent-length: 59\r\ncontent-type: application/xml\r\n\r\n\
                           <ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>";
    let (authority, systems) = (Authority::new("tests"), Authority::new("systems"));
    let (endpoint, heard) = answering(NOTHING, &authority, Flaw::None, "127.0.0.1");
    let mut site = site_at(&systems, &endpoint);
    for (name, value) in [
        ("AWS_ENDPOINT", &*endpoint),
        ("AWS_ACCESS_KEY_ID", "ann"),
        ("AWS_SECRET_ACCESS_KEY", KEY),
        ("AWS_REGION", "eu-west-1"),
    ] {
        site.set(name, value);
    }
    let check = "ledger check --ledger s3://bucket/fleet";
    let own = site.beside("own.pem");
    let own = own.to_str().unwrap();
    site.set("PLUMB_CA_FILE", own);
    site.exits(1, check).says(&["PLUMB_CA_FILE", own, "No such file"]);
    // Where no connection needs it, it may be missing.
    site.exits(0, "ledger check");
    assert_eq!(*heard.lock().unwrap(), [""; 0]);
    fs::write(own, &authority.pem).unwrap();
    site.exits(0, check).says(&["is sound: 0 resources"]);
    let list = heard.lock().unwrap().concat();
    assert!(list.contains("GET /bucket?") && list.contains("list-type=2"), "{list}");
    // Instead of the system's.
    heard.lock().unwrap().clear();
    site.unset("PLUMB_CA_FILE");
    site.set("SSL_CERT_FILE", own);
    site.exits(0, check).says(&["is sound: 0 resources"]);
    assert!(!heard.lock().unwrap().is_empty());
}

#[test]
fn hosts_that_no_proxy_names_and_loopback_are_reached_without() {
    let (proxy, asked) = proxy(None);
    let through = |site: &mut Site| {
        for variable in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy"] {
            site.set(variable, &format!("http://{proxy}"));
        }
    };
    let authority = Authority::new("tests");
    let mut site = site_at(&authority, &format!("https://{HOST}"));
    through(&mut site);
    site.set("NO_PROXY", "other.example,.example.invalid");
    site.exits(1, "plan").says(&["nothing was sent"]);
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud).with_workspace("dev");
    through(&mut site);
    site.exits(0, "apply --yes");
    assert_eq!(*asked.lock().unwrap(), [""; 0]);
}

/// What a proxy wants is said; the password for it is not, nor the key.
#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let (proxy, asked) = proxy(None);
    let mut site = site_at(&Authority::new("tests"), &format!("https://{HOST}"));
    site.set("HTTPS_PROXY", &format!("http://ann:Canary-proxy-77@{proxy}"));
    let ran: Ran = site.exits(1, "plan -vv");
    ran.says(&["proxy"]).keeps_quiet_of(&["Canary-proxy-77", KEY]);
    let asked = asked.lock().unwrap();
    let knows = |head: &String| head.to_lowercase().contains("proxy-authorization: basic");
    assert!(!asked.is_empty() && asked.iter().all(knows), "{asked:?}");
}
