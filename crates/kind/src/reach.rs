//! How people get at a live object: its addresses, the ports that lead into it, and the command line
//! that logs in. A kind fills it from what its cloud says; here is what may be made of that.

use plumb_model::text::ServerText;
use std::fmt;
use std::net::IpAddr;

/// How a live object is reached. Nothing in it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Addresses that are reached from anywhere.
    pub public: Vec<ServerText>,
    /// Addresses inside its network.
    pub private: Vec<ServerText>,
    /// Ports of its public address that lead into it.
    pub forwards: Vec<Forward>,
    /// Who logs in.
    pub user: Option<ServerText>,
    /// Command lines that log in, one for each machine in it.
    pub logins: Vec<Login>,
    /// Why there is none, of what people log in to.
    pub without: Option<String>,
}

/// A port of a public address that leads into a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Forward {
    /// Where it leads.
    pub internal: u16,
    /// The port that is reached from outside.
    pub external: u16,
}

/// From where a command line works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// From anywhere.
    Anywhere,
    /// From inside the network of the machine.
    Inside,
}

/// A command line that logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The command line.
    pub command: Ssh,
    /// From where it works.
    pub from: Side,
}

/// `ssh -p 20040 ubuntu@203.0.113.7`. People paste it into a shell, and its parts are a server's words:
/// what is no address, name or port is not made into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssh {
    user: Option<String>,
    host: String,
    port: u16,
}

impl Ssh {
    /// The port that is not written.
    pub const PORT: u16 = 22;

    /// A command line, if a shell takes each part for nothing but what it is.
    #[must_use]
    pub fn new(user: Option<&str>, host: &str, port: u16) -> Option<Self> {
        let is_safe = is_host(host) && user.is_none_or(is_user) && port > 0;
        is_safe.then(|| Self { user: user.map(str::to_owned), host: host.to_owned(), port })
    }

    /// Reads one that somebody else put together: a port and a destination, and nothing else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (port, destination) = match words.as_slice() {
            ["ssh", destination] => (Self::PORT, destination),
            ["ssh", "-p", port, destination] | ["ssh", destination, "-p", port] => {
                (port.parse().ok()?, destination)
            }
            _ => return None,
        };
        match destination.split_once('@') {
            Some((user, host)) => Self::new(Some(user), host, port),
            None => Self::new(None, destination, port),
        }
    }
}

impl fmt::Display for Ssh {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ssh ")?;
        if self.port != Self::PORT {
            write!(formatter, "-p {} ", self.port)?;
        }
        if let Some(user) = &self.user {
            write!(formatter, "{user}@")?;
        }
        formatter.write_str(&self.host)
    }
}

/// An address, or a name as the domain name system has them.
fn is_host(text: &str) -> bool {
    const LONGEST: usize = 253;
    let is_label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        inner && !label.is_empty() && !label.starts_with('-')
    };
    text.parse::<IpAddr>().is_ok() || (text.len() <= LONGEST && text.split('.').all(is_label))
}

/// A user as systems name them.
fn is_user(text: &str) -> bool {
    const LONGEST: usize = 64;
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins && text.len() <= LONGEST && text.bytes().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_made_of_nothing_but_user_host_and_port() {
        for (user, host, port, line) in [
            (Some("ubuntu"), "203.0.113.7", 20040, Some("ssh -p 20040 ubuntu@203.0.113.7")),
            (Some("ubuntu"), "203.0.113.7", 22, Some("ssh ubuntu@203.0.113.7")),
            (None, "node-1.example.com", 22, Some("ssh node-1.example.com")),
            (Some("a.b-c_d"), "2001:db8::1", 22, Some("ssh a.b-c_d@2001:db8::1")),
            (Some("ubuntu"), "203.0.113.7; rm -rf ~", 22, None),
            (Some("ubuntu"), "$(reboot)", 22, None),
            (Some("ubuntu"), "-oProxyCommand=reboot", 22, None),
            (Some("ubuntu"), "fe80::1%eth0;id", 22, None),
            (Some("ubuntu"), "", 22, None),
            (Some("ubuntu"), "a..b", 22, None),
            (Some("-l"), "203.0.113.7", 22, None),
            (Some("u`id`"), "203.0.113.7", 22, None),
            (Some(""), "203.0.113.7", 22, None),
            (Some("ubuntu"), "203.0.113.7", 0, None),
        ] {
            let made = Ssh::new(user, host, port).map(|ssh| ssh.to_string());
            assert_eq!(made.as_deref(), line, "{user:?} {host:?} {port}");
        }
    }

    #[test]
    fn a_command_line_of_somebody_elses_is_read_as_strictly() {
        for (text, line) in [
            ("ssh -p 30123 ubuntu@103.207.1.2", Some("ssh -p 30123 ubuntu@103.207.1.2")),
            ("ssh ubuntu@103.207.1.2 -p 30123", Some("ssh -p 30123 ubuntu@103.207.1.2")),
            ("  ssh   host.example.com ", Some("ssh host.example.com")),
            ("ssh -i /tmp/key ubuntu@103.207.1.2", None),
            ("ssh ubuntu@103.207.1.2 reboot", None),
            ("ssh -p 99999 ubuntu@103.207.1.2", None),
            ("echo secret > key; ssh -i key ubuntu@103.207.1.2", None),
            ("ssh", None),
            ("", None),
        ] {
            assert_eq!(Ssh::read(text).map(|ssh| ssh.to_string()).as_deref(), line, "{text:?}");
        }
    }
}
