//! Which outputs may be shown. They are opaque, and any of them may be a credential: shown is what by its
//! name is an address, a user or the like, and by its form could be nothing else.

use crate::problem::Problem;
use plumb_kind::Ssh;
use plumb_model::body::walk::DEEPEST;
use plumb_model::text::{acts, is_mask};
use plumb_model::{Body, Code, Finding};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Words of a name that hide it, whatever else stands in it.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "secret",
    "secrets",
    "key",
    "keys",
    "token",
    "tokens",
    "kubeconfig",
    "credential",
    "credentials",
    "cert",
    "certificate",
    "auth",
    "cookie",
    "pin",
    "otp",
];
/// Words of a name that show it.
const OPEN: &[&str] = &[
    "address", "cidr", "cluster", "endpoint", "host", "hostname", "id", "ids", "ip", "ips",
    "mount", "name", "path", "port", "ports", "pv", "pvc", "region", "server", "subnet", "user",
    "username", "vip", "vpc", "zone",
];
/// Names whose values are command lines.
const COMMANDS: &[&str] = &["ssh_command"];

/// One output.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Output {
    /// Its name, with the steps that lead to it.
    pub(super) name: String,
    /// Its value; null where it is hidden.
    pub(super) value: Option<Value>,
    /// Whether it is hidden, because it may be a secret.
    pub(super) hidden: bool,
}

/// The outputs of an object, those that may be secret hidden but for the ones that are asked for.
///
/// # Errors
/// When one is asked for that is not there.
pub(super) fn of(outputs: &Body, reveal: &[String]) -> Result<Vec<Output>, Problem> {
    let mut leaves = Vec::new();
    collect(&outputs.with_secrets_in_clear(), String::new(), &mut leaves);
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let is_meant = |wanted: &String, name: &str| wanted == name || *wanted == last(name);
    let unknown =
        reveal.iter().find(|wanted| !leaves.iter().any(|(name, _)| is_meant(wanted, name)));
    if let Some(wanted) = unknown {
        let names: Vec<&str> = leaves.iter().map(|(name, _)| name.as_str()).collect();
        let help = match names.as_slice() {
            [] => "it has no outputs".to_owned(),
            names => format!("its outputs are {}", names.join(", ")),
        };
        let message = format!("it has no output {wanted:?}");
        return Err(Finding::error(Code::UNKNOWN_REFERENCE, message).help(help).into());
    }
    let output = |(name, value): (String, Value)| {
        let asked_for = reveal.iter().any(|wanted| is_meant(wanted, &name));
        let hidden = !asked_for && !is_open(&last(&name), &value);
        Output { name, value: (!hidden).then_some(value), hidden }
    };
    Ok(leaves.into_iter().map(output).collect())
}

/// Every value with its name. Both layouts wrap values: `{"ip_address": {"value": …}}`.
fn collect(value: &Value, name: String, leaves: &mut Vec<(String, Value)>) {
    let deep = name.matches('.').count() >= DEEPEST;
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("value") && !deep => {
            collect(fields.get("value").unwrap_or(&Value::Null), name, leaves);
        }
        Value::Object(fields) if !deep => {
            for (field, value) in fields {
                let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                collect(value, name, leaves);
            }
        }
        Value::Null => {}
        _ if name.is_empty() => {}
        value => leaves.push((name, value.clone())),
    }
}

/// Whether an output may be shown to whoever looks over a shoulder.
fn is_open(name: &str, value: &Value) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    match value {
        Value::String(text) if COMMANDS.contains(&name) => Ssh::read(text).is_some(),
        _ if has(SECRET) || !has(OPEN) => false,
        Value::String(text) => is_plain(text),
        Value::Array(items) => items.iter().all(|item| item.as_str().is_some_and(is_plain)),
        Value::Number(_) | Value::Bool(_) => true,
        Value::Object(_) | Value::Null => false,
    }
}

/// A short word: no sentence, no document, no link that carries anything.
fn is_plain(text: &str) -> bool {
    const LONGEST: usize = 253;
    let is_word = text.len() <= LONGEST && !text.chars().any(|c| c.is_whitespace() || acts(c));
    let carries = text.contains("://") && text.contains(['@', '?', '#']);
    is_word && !carries && !is_mask(text)
}

/// The words of a name, in small letters: `nodeLoginUser` and `node_login_user` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let begins = letter.is_uppercase() && before.is_lowercase();
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_output_is_shown_when_name_and_form_say_that_it_is_no_secret() {
        for (name, value, open) in [
            ("ip_address", json!("10.75.1.2"), true),
            ("public_ips", json!(["1.2.3.4", "1.2.3.5"]), true),
            ("node_login_username", json!("ubuntu"), true),
            ("nodeLoginUserName", json!("ubuntu"), true),
            ("port", json!(22), true),
            ("api_server_endpoint", json!("https://10.76.1.2:6443"), true),
            ("mount_path", json!("/exports/data"), true),
            ("ssh_command", json!("ssh -p 30001 ubuntu@1.2.3.4"), true),
            ("ssh_command", json!("echo hunter2 > k; ssh -i k ubuntu@1.2.3.4"), false),
            ("node_login_password", json!("hunter2"), false),
            ("user_password", json!("hunter2"), false),
            ("user_key_id", json!("AKIA"), false),
            ("accessToken", json!("t"), false),
            ("host_pin", json!(1234), false),
            ("kubeconfig", json!("apiVersion: v1"), false),
            ("server", json!("https://me:hunter2@10.1.2.3"), false),
            ("endpoint", json!("https://10.1.2.3/config?token=t"), false),
            ("name", json!("two words"), false),
            ("name", json!("-----BEGIN\nhunter2"), false),
            ("user", json!("********"), false),
            ("ip", json!({"a": "b"}), false),
            ("whatever", json!("x"), false),
        ] {
            assert_eq!(is_open(name, &value), open, "{name} {value}");
        }
    }

    #[test]
    fn what_is_hidden_is_shown_by_its_name_alone() {
        let outputs = Body::from(json!({
            "node_login_password": {"value": "hunter2"}, "ip_address": {"value": "10.75.1.2"},
            "res": {"tasks": {"one": {"token": "hunter3", "none": null}}},
        }));
        let shown = |reveal: &[&str]| -> Vec<String> {
            let reveal: Vec<String> = reveal.iter().map(|name| (*name).to_owned()).collect();
            let shown = of(&outputs, &reveal).unwrap().into_iter();
            let text = |value: Option<Value>| value.map_or("-".into(), |value| value.to_string());
            shown.map(|output| format!("{} {}", output.name, text(output.value))).collect()
        };
        let plain = "ip_address \"10.75.1.2\"";
        let [password, token] = ["node_login_password -", "res.tasks.one.token -"];
        assert_eq!(shown(&[]), [plain, password, token]);
        let open = "res.tasks.one.token \"hunter3\"";
        assert_eq!(shown(&["token"]), [plain, password, open]);
        assert_eq!(shown(&["res.tasks.one.token"]), [plain, password, open]);
        let refused = of(&outputs, &["tokn".to_owned()]).unwrap_err().findings;
        assert_eq!(refused[0].message, "it has no output \"tokn\"");
        let help = refused[0].help.clone().unwrap();
        assert!(!help.contains("hunter") && help.contains("res.tasks.one.token"), "{help}");
    }
}
