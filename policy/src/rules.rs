//! The rules of the API for the values of the stanza.

use lastmile::DnsName;
use lastmile::InvalidDnsName;
use lastmile::Uri;

use crate::violation::Fault;

/// The API's `PreciseHostname`, and what its prose adds: no IP address, no label that is too long.
pub(crate) fn hostname(name: &str) -> Result<DnsName, Fault> {
    if name.starts_with("*.") {
        return Err(Fault::Wildcard { found: name.into() });
    }
    alternative_hostname(name)
}

/// The API's `Hostname`: a wildcard may be the whole left-most label.
pub(crate) fn alternative_hostname(name: &str) -> Result<DnsName, Fault> {
    let refuse = |why| Fault::InvalidDnsName { found: name.into(), why };
    let checked = DnsName::try_from(name).map_err(refuse)?;
    // The engine expects it where private PKIs have it; the API's pattern does not.
    match name.contains('_') {
        true => Err(refuse(InvalidDnsName::Character)),
        false => Ok(checked),
    }
}

/// The API's `AbsoluteURI`, and what RFC 3986 says beyond its pattern.
pub(crate) fn uri(uri: &str) -> Result<Uri, Fault> {
    // The API counts code points.
    let characters = uri.chars().count();
    if characters > LONGEST {
        return Err(Fault::TooLong { characters });
    }
    let checked = Uri::try_from(uri).map_err(|why| Fault::InvalidUri { found: uri.into(), why })?;
    match uri.split_once(':') {
        Some((_, rest)) if rest.starts_with("//") => Ok(checked),
        _ => Err(Fault::UriWithoutAuthority { found: uri.into() }),
    }
}

/// How many names the API takes.
pub(crate) const fn count(count: usize) -> Result<(), Fault> {
    match count {
        0..=MOST_NAMES => Ok(()),
        _ => Err(Fault::TooMany { count }),
    }
}

/// `maxLength` of a hostname and of a URI.
pub(crate) const LONGEST: usize = 253;
/// `maxItems` of `subjectAltNames`.
pub(crate) const MOST_NAMES: usize = 5;
