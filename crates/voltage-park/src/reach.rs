//! How machines are reached: the addresses and forwarded ports of their answers (contract §3.1, §3.3),
//! and who logs in (V-71).

use crate::machine;
use plumb_kind::reach::Side;
use plumb_kind::{Forward, Login, Reach, Ssh};
use plumb_model::text::ServerText;
use plumb_model::{Body, LiveObject};

/// Who logs in to what is made from an image of Ubuntu, as those of `TensorML` are; no answer says it
/// (V-71).
const USER: &str = "ubuntu";
/// The images that nobody logs in to by SSH.
const OTHERS: &str = "Windows";

/// A virtual machine: ports of its host's address lead into it.
pub(crate) fn virtual_machine(live: &LiveObject) -> Reach {
    let status = live.body.get("status").cloned().unwrap_or_default();
    let text = |field: &str| machine::text(&status, field);
    let system = text("operating_system").unwrap_or_default();
    let user = (!system.starts_with(OTHERS)).then_some(USER);
    let forwards = forwards(&status);
    // Where no port is forwarded the address is its own (V-71).
    let port = match forwards.iter().find(|forward| forward.internal == Ssh::PORT) {
        Some(forward) => Some(forward.external),
        None if forwards.is_empty() => Some(Ssh::PORT),
        None => None,
    };
    let login = match (text("public_ip"), user, port) {
        (None, ..) => Err("it has no public address yet".to_owned()),
        (_, None, _) => Err(format!("nobody logs in to {system} by SSH")),
        (.., None) => Err(format!("no port is forwarded to its port {}", Ssh::PORT)),
        (Some(host), Some(user), Some(port)) => login(user, host, port),
    };
    let reach = Reach { forwards, user: user.map(ServerText::new), ..Reach::default() };
    let address = |field| text(field).map(ServerText::new).into_iter().collect();
    let reach = Reach { public: address("public_ip"), private: address("internal_ip"), ..reach };
    match login {
        Ok(login) => Reach { logins: vec![login], ..reach },
        Err(why) => Reach { without: Some(why), ..reach },
    }
}

/// A rental: each of its nodes has an address of its own.
pub(crate) fn bare_metal(live: &LiveObject, public: &[String], private: &[String]) -> Reach {
    let user = live.body.get("status").and_then(|status| machine::text(status, "username"));
    let logins: Result<Vec<Login>, String> = match user {
        _ if public.is_empty() => Err("its nodes have no public addresses yet".to_owned()),
        None => Err("its answer does not say who logs in".to_owned()),
        Some(user) => public.iter().map(|host| login(user, host, Ssh::PORT)).collect(),
    };
    let texts = |list: &[String]| list.iter().map(|text| ServerText::new(text)).collect();
    let (logins, without) = match logins {
        Ok(logins) => (logins, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Reach {
        public: texts(public),
        private: texts(private),
        user: user.map(ServerText::new),
        logins,
        without,
        ..Reach::default()
    }
}

/// # Errors
/// That the answer's words are none to log in with.
fn login(user: &str, host: &str, port: u16) -> Result<Login, String> {
    let command = Ssh::new(Some(user), host, port);
    let command = command.ok_or("its address or user is no text for a command line")?;
    Ok(Login { command, from: Side::Anywhere })
}

/// The forwarded ports, in order; their order in an answer means nothing (V-54).
fn forwards(status: &Body) -> Vec<Forward> {
    let items = status.get("port_forwards").and_then(Body::as_array).unwrap_or_default();
    let port = |item: &Body, field: &str| {
        let port = item.get(field).and_then(Body::as_u64).and_then(|port| u16::try_from(port).ok());
        port.filter(|port| *port > 0)
    };
    let forward = |item: &Body| {
        let (internal, external) = (port(item, "internal_port")?, port(item, "external_port")?);
        Some(Forward { internal, external })
    };
    let mut forwards: Vec<Forward> = items.iter().filter_map(forward).collect();
    forwards.sort_unstable();
    forwards
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::virtual_machine::VirtualMachine;
    use crate::worlds::live;
    use plumb_model::body;

    fn reach_of(fields: &[(&str, Body)]) -> Reach {
        let mut item = body!({
            "id": "4c4f2e4e-0000-4000-8000-000000000001", "name": "vm", "status": "Running",
            "operating_system": "TensorML 24 Everything",
            "public_ip": "203.0.113.7", "internal_ip": "10.0.0.7", "tags": [],
        });
        for (field, value) in fields {
            item[*field] = value.clone();
        }
        virtual_machine(&live(&VirtualMachine, &item))
    }

    #[test]
    fn a_machine_is_reached_through_the_port_that_leads_to_its_own() {
        let forward = |internal: u64, external: u64| body!({"internal_port": internal, "external_port": external});
        let web = || forward(443, 30443);
        let table: [(&[(&str, Body)], &str); 7] = [
            (
                &[("port_forwards", body!([(web()), (forward(22, 20040))]))],
                "ssh -p 20040 ubuntu@203.0.113.7",
            ),
            (&[("port_forwards", body!([]))], "ssh ubuntu@203.0.113.7"),
            (&[("port_forwards", Body::Null)], "ssh ubuntu@203.0.113.7"),
            (&[("port_forwards", body!([(web())]))], "no port is forwarded to its port 22"),
            (&[("public_ip", Body::Null)], "it has no public address yet"),
            (&[("operating_system", "Windows 10".into())], "nobody logs in to Windows 10 by SSH"),
            (
                &[("public_ip", "203.0.113.7;id".into())],
                "its address or user is no text for a command line",
            ),
        ];
        for (fields, expected) in table {
            let Reach { logins, without, .. } = reach_of(fields);
            let lines = logins.into_iter().map(|login| login.command.to_string());
            let said: Vec<String> = lines.chain(without).collect();
            assert_eq!(said, [expected], "{fields:?}");
        }
        let both = reach_of(&[("port_forwards", body!([(web()), (forward(22, 20040))]))]);
        let ports = both.forwards.iter().map(|forward| (forward.internal, forward.external));
        assert_eq!(ports.collect::<Vec<_>>(), [(22, 20040), (443, 30443)]);
    }
}
