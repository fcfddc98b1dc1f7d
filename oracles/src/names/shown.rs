//! Names as people read them, for what a failing test says.

use std::fmt;

use super::Attribute;
use super::Constraints;
use super::Name;
use super::Rdn;

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(octets) => write!(f, "dns \"{}\"", octets.escape_ascii()),
            Self::Uri(octets) => write!(f, "uri \"{}\"", octets.escape_ascii()),
            Self::Mail(octets) => write!(f, "mail \"{}\"", octets.escape_ascii()),
            Self::Ip(octets) => write!(f, "ip {octets:?}"),
            Self::Directory(rdns) => write!(f, "directory {}", List(rdns)),
            Self::Other => f.write_str("other"),
            Self::X400 => f.write_str("x400"),
            Self::EdiParty => f.write_str("ediparty"),
            Self::RegisteredId => f.write_str("id"),
        }
    }
}

impl fmt::Display for Rdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        List(&self.0).fmt(f)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:#04x} \"{}\"", self.oid, self.tag, self.value.escape_ascii())
    }
}

impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "permitted {}, excluded {}", List(&self.permitted), List(&self.excluded))?;
        f.write_str(if self.distances { ", with distances" } else { "" })
    }
}

/// Any number of things, in brackets.
#[derive(Debug)]
pub struct List<'a, T>(
    /// The things.
    pub &'a [T],
);

impl<T: fmt::Display> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (position, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if position == 0 { "" } else { ", " })?;
        }
        f.write_str("]")
    }
}
