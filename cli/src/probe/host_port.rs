//! Where to connect: HOST:PORT, and the addresses that are given for it.

use std::fmt;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::str::FromStr;

use lastmile::Escaped;

/// HOST:PORT. An IPv6 address stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPort {
    /// Without the brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl FromStr for HostPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains("://") {
            return Err("expected HOST:PORT, without a scheme".into());
        }
        let (host, rest) = split_host(text)?;
        match rest {
            None => Err("expected HOST:PORT, found no port".into()),
            Some(port) => Ok(Self { host: host.into(), port: parse_port(port)? }),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = Escaped::new(self.host.as_bytes());
        match self.host.contains(':') {
            true => write!(f, "[{host}]:{}", self.port),
            false => write!(f, "{host}:{}", self.port),
        }
    }
}

/// HOST:PORT:ADDR[:PORT][,ADDR[:PORT]]..., as curl takes it: addresses to connect to instead of asking
/// for them. With a port of its own, an address stands for another port than that of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolve {
    /// None is every host: `*`.
    host: Option<String>,
    port: u16,
    addresses: Vec<SocketAddr>,
}

impl Resolve {
    /// Whether it speaks of this target. Names of hosts have no case (RFC 4343).
    pub(crate) fn is_for(&self, target: &HostPort) -> bool {
        let same_host = |host: &String| host.eq_ignore_ascii_case(&target.host);
        self.port == target.port && self.host.as_ref().is_none_or(same_host)
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }
}

impl FromStr for Resolve {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, rest) = split_host(text)?;
        let Some((port, addresses)) = rest.and_then(|rest| rest.split_once(':')) else {
            return Err("expected HOST:PORT:ADDR".into());
        };
        let port = parse_port(port)?;
        let addresses = addresses.split(',').map(|address| {
            let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let alone = bare.unwrap_or(address).parse().map(|ip| SocketAddr::new(ip, port));
            let found = alone.or_else(|_| address.parse());
            found.ok().filter(|found| found.port() != 0).ok_or_else(|| {
                let shown = Escaped::new(address.as_bytes());
                format!("expected an IP address, with a port perhaps, found \"{shown}\"")
            })
        });
        Ok(Self {
            host: (host != "*").then(|| host.into()),
            port,
            addresses: addresses.collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Display for Resolve {
    /// HOST:PORT.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.clone().unwrap_or_else(|| "*".into());
        HostPort { host, port: self.port }.fmt(f)
    }
}

/// The application protocols to offer, the preferred one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Protocols(pub(crate) Vec<String>);

impl FromStr for Protocols {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let protocols: Vec<String> = text.split(',').map(str::to_owned).collect();
        // RFC 7301 3.1.
        match protocols.iter().all(|protocol| (1..=255).contains(&protocol.len())) {
            true => Ok(Self(protocols)),
            false => Err("expected names of 1 to 255 octets, with commas between them".into()),
        }
    }
}

/// The host, without the brackets of an IPv6 address, and what follows its colon.
fn split_host(text: &str) -> Result<(&str, Option<&str>), String> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or("expected ] after an IPv6 address")?;
        // An address may name its zone, fe80::1%eth0.
        let address = host.split_once('%').map_or(host, |(address, _)| address);
        return match address.parse::<IpAddr>() {
            Ok(IpAddr::V6(_)) => Ok((host, rest.strip_prefix(':'))),
            _ => Err("expected an IPv6 address between [ and ]".into()),
        };
    }
    if text.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6()) {
        return Err("expected an IPv6 address in brackets, and a port: [::1]:443".into());
    }
    let (host, rest) = match text.split_once(':') {
        Some((host, rest)) => (host, Some(rest)),
        None => (text, None),
    };
    match host.is_empty() {
        true => Err("expected HOST:PORT, found no host".into()),
        false => Ok((host, rest)),
    }
}

fn parse_port(text: &str) -> Result<u16, String> {
    let digits = text.bytes().all(|octet| octet.is_ascii_digit());
    match text.parse() {
        Ok(port @ 1..) if digits => Ok(port),
        _ => Err(format!(
            "expected a port from 1 to 65535, found \"{}\"",
            Escaped::new(text.as_bytes())
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_a_host_and_a_port() {
        for (text, expected) in [
            ("backend:443", Some(("backend", 443))),
            ("127.0.0.1:1", Some(("127.0.0.1", 1))),
            ("[::1]:65535", Some(("::1", 65535))),
            ("[fe80::1%eth0]:443", Some(("fe80::1%eth0", 443))),
            ("backend", None),
            ("backend:", None),
            (":443", None),
            ("backend:0", None),
            ("backend:+1", None),
            ("backend:65536", None),
            ("backend:443:443", None),
            ("::1", None),
            ("::1:443", None),
            ("[::1]", None),
            ("[::1]443", None),
            ("[127.0.0.1]:443", None),
            ("https://backend:443", None),
            ("", None),
        ] {
            let found = text.parse::<HostPort>().ok();
            let expected = expected.map(|(host, port)| HostPort { host: host.into(), port });
            assert_eq!(found, expected, "{text}");
            if let Some(target) = found {
                assert_eq!(target.to_string(), text);
            }
        }
    }

    #[test]
    fn addresses_are_given_for_a_host_and_a_port() {
        let found = |text: &str, target: &str| -> Option<Vec<SocketAddr>> {
            let resolve: Resolve = text.parse().ok()?;
            let target = target.parse().expect("a target");
            resolve.is_for(&target).then(|| resolve.addresses())
        };
        let addresses = |texts: &[&str]| -> Option<Vec<SocketAddr>> {
            Some(texts.iter().map(|text| text.parse().expect("an address")).collect())
        };
        assert_eq!(found("a:1:127.0.0.1", "A:1"), addresses(&["127.0.0.1:1"]));
        assert_eq!(found("a:1:[::1],127.0.0.2", "a:1"), addresses(&["[::1]:1", "127.0.0.2:1"]));
        assert_eq!(found("a:1:::1", "a:1"), addresses(&["[::1]:1"]));
        assert_eq!(found("*:1:127.0.0.1", "b:1"), addresses(&["127.0.0.1:1"]));
        assert_eq!(found("[::2]:1:127.0.0.1", "[::2]:1"), addresses(&["127.0.0.1:1"]));
        assert_eq!(
            found("a:1:127.0.0.1:2,[::1]:3,::1", "a:1"),
            addresses(&["127.0.0.1:2", "[::1]:3", "[::1]:1"])
        );
        assert_eq!(found("a:1:127.0.0.1", "a:2"), None);
        assert_eq!(found("a:1:127.0.0.1", "b:1"), None);
        for text in [
            "a:1",
            "a:1:",
            "a:1:b",
            "a:0:127.0.0.1",
            "a",
            ":1:127.0.0.1",
            "a:1:::1]",
            "a:1:127.0.0.1:0",
            "a:1:127.0.0.1:65536",
            "a:1:[127.0.0.1:2]",
        ] {
            assert!(text.parse::<Resolve>().is_err(), "{text}");
        }
    }
}
