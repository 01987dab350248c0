//! How what is deployed is reached: by outputs whose names are known (api §3.8). The others may hold
//! credentials and are not looked at.

use plumb_kind::reach::Side;
use plumb_kind::{Login, Reach, Ssh};
use plumb_model::body::walk::DEEPEST;
use plumb_model::text::ServerText;
use plumb_model::{Body, LiveObject, Secret};
use std::net::IpAddr;

/// Outputs that hold an address anybody reaches.
const PUBLIC: [&str; 2] = ["public_ip_address", "public_ip"];
/// Outputs that hold an address inside the network.
const PRIVATE: [&str; 3] = ["ip_address", "private_ip", "private_ip_address"];
/// Outputs that name who logs in.
const USER: [&str; 3] = ["node_login_username", "user_name", "username"];
/// Outputs that hold the whole command line.
const COMMAND: [&str; 1] = ["ssh_command"];

/// What the outputs of an object say. One that is no machine says nothing of this.
pub(crate) fn of_outputs(live: &LiveObject) -> Reach {
    let outputs = &live.outputs;
    let addresses = |names: &[&str]| -> Vec<String> {
        let mut found = texts(outputs, names, 0);
        found.retain(|text| text.parse::<IpAddr>().is_ok());
        found
    };
    let (public, private) = (addresses(&PUBLIC), addresses(&PRIVATE));
    let user = texts(outputs, &USER, 0).into_iter().next();
    let said = texts(outputs, &COMMAND, 0);
    let said: Vec<Login> = said.iter().filter_map(|text| Ssh::read(text)).map(anywhere).collect();
    let (hosts, from) = match public.as_slice() {
        [] => (&private, Side::Inside),
        _ => (&public, Side::Anywhere),
    };
    let user_name = user.as_deref();
    let own = hosts.iter().filter_map(|host| Ssh::new(user_name, host, Ssh::PORT));
    let own = own.filter(|_| user_name.is_some()).map(|command| Login { command, from });
    let logins = if said.is_empty() { own.collect() } else { said };
    let unknown = logins.is_empty() && !(public.is_empty() && private.is_empty());
    let server_texts =
        |texts: Vec<String>| texts.iter().map(|text| ServerText::new(text)).collect();
    Reach {
        public: server_texts(public),
        private: server_texts(private),
        user: user.as_deref().map(ServerText::new),
        logins,
        without: unknown.then(|| "its outputs do not say who logs in".to_owned()),
        ..Reach::default()
    }
}

fn anywhere(command: Ssh) -> Login {
    Login { command, from: Side::Anywhere }
}

/// The texts of the outputs with one of these names, in both layouts: flat, and below the task that gave
/// them. Both wrap a value in `value`.
fn texts(outputs: &Body, names: &[&str], depth: usize) -> Vec<String> {
    let fields = outputs.as_object().filter(|_| depth < DEEPEST);
    let below = |(name, value): (&str, &Body)| match text(value.get("value").unwrap_or(value)) {
        Some(text) if names.contains(&name) => vec![text],
        Some(_) => Vec::new(),
        None => texts(value, names, depth + 1),
    };
    fields
        .into_iter()
        .flat_map(|fields| fields.iter().flat_map(|(name, value)| below((name, value))))
        .collect()
}

/// A text, which every output is kept as a secret. What is masked is none.
fn text(value: &Body) -> Option<String> {
    let text = value.as_str().or_else(|| value.as_secret().map(Secret::expose))?;
    (!text.is_empty() && !value.is_mask()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paas;
    use plumb_model::body;
    use plumb_model::body::walk;
    use plumb_model::{ResourceKey, Scope};

    fn reach(outputs: &Body) -> Reach {
        let scope = Scope::Project("ml".into());
        let key = ResourceKey::new(paas::id("ComputeInstance"), scope, "n".into());
        let object = LiveObject::of(key, Body::Null);
        of_outputs(&LiveObject { outputs: walk::sealed(outputs), ..object })
    }

    /// Outputs, and the command lines with where they work, or why there is none.
    #[test]
    fn an_instance_is_reached_by_outputs_whose_names_are_known() {
        let value = |text: &str| body!({"value": text});
        let node = body!({
            "ip_address": (value("10.75.1.2")), "node_login_username": (value("ubuntu")),
            "node_login_password": (value("hunter2")),
        });
        let public = body!({
            "ip_address": "10.75.1.2", "public_ip_address": "103.207.1.2", "username": "ubuntu",
        });
        let pod = |line: &str| body!({"res": {"tasks": {"provision": {"ssh_command": line}}}});
        let nameless = body!({"ip_address": (value("10.75.1.2"))});
        let hostile = body!({"public_ip": "1.2.3.4; id", "username": "ubuntu"});
        let table = [
            (node.clone(), "Inside ssh ubuntu@10.75.1.2"),
            (body!({"cluster": {"tasks": {"provision": node}}}), "Inside ssh ubuntu@10.75.1.2"),
            (public, "Anywhere ssh ubuntu@103.207.1.2"),
            (pod("ssh -p 30001 ubuntu@103.207.1.2"), "Anywhere ssh -p 30001 ubuntu@103.207.1.2"),
            (pod("echo hunter2 > key; ssh -i key ubuntu@103.207.1.2"), ""),
            (nameless, "its outputs do not say who logs in"),
            (hostile, ""),
            (body!({"kubeconfig": "hunter2", "api_server_endpoint": "https://10.76.1.2:6443"}), ""),
            (Body::Null, ""),
        ];
        for (outputs, expected) in table {
            let reach = reach(&outputs);
            let lines = reach.logins.iter().map(|it| format!("{:?} {}", it.from, it.command));
            let said: Vec<String> = lines.chain(reach.without.clone()).collect();
            assert_eq!(said.join(", "), expected);
            assert!(!format!("{reach:?}").contains("hunter2"), "{reach:?}");
        }
    }
}
