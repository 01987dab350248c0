//! Tables: texts that are public keys and texts that are not, answers, steps.

use super::*;
use crate::worlds::{B, Known, V, lines, live, refused, resource, unprepared};
use plumb_model::compare::Comparison;
use plumb_model::digest::HashKey;
use plumb_model::rules::RuleSet;
use plumb_model::{Body, Code, Secret, body};

const KEY: &dyn Kind = &SshKey;
const ED25519: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

fn declared(content: &str) -> Resource {
    resource(KEY, body!({"name": "My-SSH-Public-Key"}), body!({"content": content}))
}

fn item(content: &str) -> Body {
    body!({"id": V, "name": "My-SSH-Public-Key", "content": content})
}

#[test]
fn texts_are_public_keys_or_not() {
    let pem = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2hunter2\n-----END";
    let cases = [
        (ED25519.to_owned(), ""),
        (format!("  {ED25519} me@here with words\n"), ""),
        (ED25519.replace(' ', "\t"), ""),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAAEC".to_owned(), ""),
        ("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAJAAECAwQFBgcI".to_owned(), ""),
        (" \n".to_owned(), "is empty"),
        (format!("{ED25519}\n{ED25519}"), "has more than one line"),
        ("hunter2".to_owned(), "does not begin with a known type of key"),
        ("ssh-dsa AAAAhunter2".to_owned(), "does not begin with a known type of key"),
        (format!("no-pty {ED25519}"), "does not begin with a known type of key"),
        ("ssh-ed25519".to_owned(), "has no key in base64 after its type"),
        ("ssh-rsa AAAAB3NzaC1yc2E...".to_owned(), "has no key in base64 after its type"),
        ("ssh-ed25519 AAAAC3N".to_owned(), "has no key in base64 after its type"),
        ("ssh-ed25519 AAAAC===".to_owned(), "has no key in base64 after its type"),
        (
            ED25519.replace("ssh-ed25519 ", "ssh-rsa "),
            "says one type and holds a key of another, or none",
        ),
        // Only the type, without a key behind it.
        (
            "ssh-rsa AAAAB3NzaC1yc2E=".to_owned(),
            "says one type and holds a key of another, or none",
        ),
        ("ssh-rsa AAAA".to_owned(), "says one type and holds a key of another, or none"),
        (pem.to_owned(), "holds a private key"),
        (format!("{ED25519}\n{pem}"), "holds a private key"),
        ("LS0tLS1CRUdJTiBPUEVOU1NIhunter2".to_owned(), "holds a private key"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nhunter2".to_owned(), "holds a private key"),
    ];
    for (content, mistake) in cases {
        let findings = KEY.check(&declared(&content));
        let found: Vec<&str> = findings.iter().map(|found| found.message.as_str()).collect();
        let expected: Vec<String> = Some(mistake)
            .filter(|m| !m.is_empty())
            .map(|m| format!("spec.content {m}"))
            .into_iter()
            .collect();
        assert_eq!(found, expected, "{content}");
    }
}

#[test]
fn a_private_key_is_never_repeated() {
    for content in ["-----BEGIN RSA PRIVATE KEY-----\nhunter2", "hunter2 hunter2"] {
        let key = declared(content);
        let findings = KEY.check(&key);
        let [finding] = findings.as_slice() else { panic!("{findings:?}") };
        assert!(!format!("{finding:?}").contains("hunter2"));
        // No excerpt: the span lies beyond the file, and no path leads back into it.
        let span = finding.span.as_ref().unwrap();
        assert!(span.start > 8 << 20 && finding.path.is_none());
        assert_eq!(span.line, 1);
    }
    let key = declared("-----BEGIN RSA PRIVATE KEY-----\nhunter2");
    assert!(!format!("{:?}", key.body).contains("hunter2"));
    assert_eq!(KEY.check(&key)[0].code, Code::PLAIN_SECRET);
    let cut = &KEY.check(&declared("ssh-rsa AAAAhunter2"))[0];
    assert!(cut.span.is_none() && cut.path.is_some());
    assert!(!format!("{cut:?}").contains("hunter2"));
}

#[test]
fn keys_are_compared_trimmed() {
    let path: plumb_model::FieldPath = "spec.content".parse().unwrap();
    let from_file = || {
        let mut key = unprepared(KEY, body!({"name": "k-1"}), body!({"content": "(secret)"}));
        key.put(&path.clone(), Secret::new(format!("{ED25519} me\n")));
        KEY.prepare(&mut key);
        assert_eq!(KEY.check(&key), []);
        key
    };
    let written =
        resource(KEY, body!({"name": "k-1"}), body!({"content": format!("\n  {ED25519} me \n")}));
    for (declared, listed, same) in [
        (written.clone(), format!("{ED25519} me"), true),
        (written.clone(), format!(" {ED25519} me\r\n"), true),
        (written, format!("{ED25519} you"), false),
        (from_file(), format!("{ED25519} me\n\n"), true),
        (from_file(), format!("{ED25519} you"), false),
    ] {
        let live = live(KEY, &body!({"id": V, "name": "k-1", "content": listed}));
        let differences = Comparison {
            declared: &declared.body,
            live: &live.body,
            sent: None,
            rules: RuleSet::new(&KEY.rules().fields, &[]),
            ignore: &[],
            hash_key: &HashKey::new(vec![7; 32]),
        }
        .run()
        .differences;
        assert_eq!(differences.is_empty(), same, "{listed}");
        assert!(differences.iter().all(|found| found.facets.immutable));
    }
}

#[test]
fn the_vendors_key_is_read() {
    let content = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDAKOgHv82A6Oi7AWLvBC9N...";
    let key = live(KEY, &item(content));
    assert_eq!(key.key.canonical(), "SSHKey.voltagepark.com/My-SSH-Public-Key");
    assert_eq!(key.body["spec"], body!({"content": content}));
    assert_eq!((key.outputs, key.hourly, key.mark), (body!({"id": V}), None, None));
    assert!(KEY.read(&body!({"name": "a", "content": ""}), &Scope::Global).is_err());
    assert_eq!(KEY.item(&key.key, key.remote_id.as_ref()), None);
    let told = KEY.describe(&live(KEY, &item(&format!("{ED25519} me"))), &Snapshot::default());
    let told: Vec<String> = told.iter().map(|(name, text)| format!("{name}: {text}")).collect();
    assert_eq!(told, ["type: ssh-ed25519", "comment: me"]);
}

#[test]
fn the_schema_takes_the_servers_names() {
    for (name, refusals) in [
        ("My-SSH-Public-Key", 0),
        ("a b", 0),
        ("ab", 1),
        (&"a".repeat(64), 0),
        (&"a".repeat(65), 1),
        ("a_b!", 1),
        ("näme", 1),
    ] {
        let key = unprepared(KEY, body!({"name": name}), body!({"content": "ssh-rsa AAAA"}));
        assert_eq!(refused(KEY, &key).len(), refusals, "{name}");
    }
    let key = unprepared(KEY, body!({"name": "abc"}), body!({"contents": "x"}));
    assert!(!refused(KEY, &key).is_empty());
}

#[test]
fn steps_become_requests() {
    let key = declared(&format!("{ED25519}\n"));
    let known = Known {
        live: Some(live(KEY, &item(ED25519))),
        ids: [(key.key.clone(), B.parse().unwrap())].into(),
        ..Known::default()
    };
    let body = body!({"name": "My-SSH-Public-Key", "content": ED25519});
    let body: Body = body;
    let post = known.requests(KEY, &key.key, Some(&key.body), Step::Create).unwrap();
    assert_eq!(post.len(), 1);
    let sent = post[0].strip_prefix("POST /api/v1/organization/ssh-keys (create) ").unwrap();
    assert_eq!(serde_json::from_str::<Body>(sent).unwrap(), body);
    let delete = known.requests(KEY, &key.key, None, Step::Delete).unwrap();
    assert_eq!(delete, [format!("DELETE /api/v1/organization/ssh-keys/{B} (delete)")]);
    assert_eq!(known.requests(KEY, &key.key, None, Step::Adopt), Ok(vec![]));
    assert!(known.requests(KEY, &key.key, Some(&key.body), Step::Update).is_err());
    assert!(known.requests(KEY, &key.key, None, Step::Create).is_err());
    assert_eq!(KEY.created_id(&item(ED25519)).unwrap().as_str(), V);
    assert_eq!(KEY.rules().replace, ReplaceDefault::Allowed);
    assert_eq!(lines(&KEY.check(&key)), [""; 0]);
}
