//! A file of octets with their length before them, which `include/check.h` reads.

use std::fs;
use std::path::Path;

use lastmile_testdata::pem;
use lastmile_testdata::quickstart;

/// Fields, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<u8>);

impl Fields {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With another.
    ///
    /// # Panics
    /// It is longer than 4 GiB.
    #[must_use]
    pub fn field(mut self, octets: impl AsRef<[u8]>) -> Self {
        let octets = octets.as_ref();
        let length = u32::try_from(octets.len()).expect("fields are short");
        self.0.extend(length.to_le_bytes());
        self.0.extend(octets);
        self
    }

    /// With another that is a number, as text.
    #[must_use]
    pub fn number(self, number: i64) -> Self {
        self.field(number.to_string())
    }

    /// With how many there are, and each of them.
    ///
    /// # Panics
    /// There are more than 2^63, or one is too long.
    #[must_use]
    pub fn list(self, fields: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let fields: Vec<_> = fields.into_iter().collect();
        let count = self.number(i64::try_from(fields.len()).expect("there are few"));
        fields.into_iter().fold(count, Self::field)
    }

    /// Writes the file.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn write(&self, path: &Path) {
        fs::write(path, &self.0).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    }
}

/// The quick start, for the programs of the C ABI: the bundle, another of the same name, the leaf, the
/// intermediate.
pub fn quickstart_fields() -> Fields {
    let der = |name| pem::decode("CERTIFICATE", &quickstart_file(name)).expect("a certificate");
    Fields::new()
        .field(quickstart_file("ca.pem"))
        .field(quickstart_file("ca-other.pem"))
        .field(der("chain.pem"))
        .field(der("intermediate.pem"))
}

/// A file of the quick start.
///
/// # Panics
/// There is none of that name.
pub fn quickstart_file(name: &str) -> String {
    let found = quickstart::files().into_iter().find(|(file, _)| *file == name);
    found.unwrap_or_else(|| panic!("there is no {name}")).1
}
