//! Certificates from a file: every CERTIFICATE block of PEM, or the whole of a DER file.

use lastmile::Escaped;
use lastmile::pem;

use crate::failure::Failure;
use crate::input::Source;

/// One certificate as it stands in a file, good or not.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) der: Vec<u8>,
    /// Block and line, if the file is PEM.
    pub(crate) origin: Option<(u32, u32)>,
}

impl AsRef<[u8]> for Found {
    fn as_ref(&self) -> &[u8] {
        &self.der
    }
}

/// The certificates of a file, at least one, and what else was there.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) leaf: Found,
    pub(crate) others: Vec<Found>,
    pub(crate) warnings: Vec<String>,
}

impl Chain {
    pub(crate) fn read(source: &Source) -> Result<Self, Failure> {
        let octets = source.read()?;
        let refuse = |line, text: String| Failure::of_file("unreadable-chain", source, line, text);
        let mut found = Vec::new();
        let mut passed_over = Vec::new();
        for block in pem::blocks(&octets) {
            let invalid = |invalid: pem::InvalidBlock| {
                refuse(Some(invalid.line().into()), invalid.to_string())
            };
            let block = block.map_err(invalid)?;
            let (number, line) = (block.number(), block.line());
            if block.label() == b"CERTIFICATE" {
                let der = block.decode().map_err(invalid)?;
                found.push(Found { der, origin: Some((number, line)) });
            } else {
                let label = Escaped::new(block.label());
                passed_over.push(format!(
                    "{source}: block {number}, line {line}: {label} is passed over{}",
                    match block.label().ends_with(b"PRIVATE KEY") {
                        true => "; whoever can read the chain has the key",
                        false => "",
                    }
                ));
            }
        }
        if found.is_empty() && passed_over.is_empty() && is_der(&octets) {
            found.push(Found { der: octets, origin: None });
        } else if found.is_empty() {
            let first = pem::blocks(&octets).find_map(Result::ok);
            let text = match &first {
                None if octets.is_empty() => "holds no certificate: it is empty".to_owned(),
                None if is_encoded_pem(&octets) => {
                    "holds PEM in base64, as the data of a Secret does: decode it (base64 -d)"
                        .to_owned()
                }
                None => "holds no certificate: it is neither PEM nor DER".to_owned(),
                Some(block) => format!(
                    "holds no certificate, but blocks of other kinds, such as {} (block {}, line {})",
                    Escaped::new(block.label()),
                    block.number(),
                    block.line()
                ),
            };
            let line = first.map(|block| block.line().into());
            return Err(Failure::of_file("no-certificate", source, line, text));
        }
        let mut found = found.into_iter();
        let Some(leaf) = found.next() else {
            return Err(refuse(None, "holds no certificate".into()));
        };
        Ok(Self { leaf, others: found.collect(), warnings: passed_over })
    }
}

/// Whether it begins as `-----BEGIN` does in base64.
pub(crate) fn is_encoded_pem(octets: &[u8]) -> bool {
    octets.trim_ascii_start().starts_with(b"LS0tLS1CRUdJTi")
}

/// Whether it begins as a SEQUENCE and is not text that begins with a zero.
pub(crate) fn is_der(octets: &[u8]) -> bool {
    let is_text = |octet: &u8| octet.is_ascii_graphic() || octet.is_ascii_whitespace();
    octets.first() == Some(&0x30) && !octets.iter().all(is_text)
}
