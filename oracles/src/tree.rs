//! A certificate tree in words: what a backend presents, what an operator trusts and expects.
//!
//! Rules are judged on the words, verifiers on the octets that are written from them.

use std::sync::LazyLock;

use lastmile_testdata::algorithm;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::der;
use lastmile_testdata::extension;
use lastmile_testdata::extension::Extension;
use lastmile_testdata::extension::NameConstraints;
use lastmile_testdata::keys::Key;

use crate::names::Attribute;
use crate::names::Constraints;
use crate::names::Name;
use crate::names::Rdn;
use crate::names::directory_name;

/// One question to a verifier.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The certificates of the bundle.
    pub anchors: Vec<Certificate>,
    /// The first certificate that is presented.
    pub leaf: Certificate,
    /// The others.
    pub presented: Vec<Certificate>,
    /// Any of these names will do.
    pub expected: Vec<Name>,
    /// `Limits::intermediates`.
    pub intermediates: u32,
}

/// Seconds since 1970, when every tree is judged: 2026-06-01.
pub const NOW: i64 = 1_780_272_000;

/// One certificate.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// A place in [`SUBJECTS`].
    pub subject: usize,
    /// The subject of whoever issued it.
    pub issuer: usize,
    /// A place among the keys.
    pub key: usize,
    /// The key that made the signature.
    pub signed_by: usize,
    /// Tells copies apart.
    pub serial: u8,
    /// One that is not of version 3 has no extensions.
    pub version: Version,
    /// Seconds from [`NOW`], both inclusive.
    pub validity: (i64, i64),
    /// cA, and pathLenConstraint; none leaves the extension out.
    pub basic_constraints: Option<(bool, Option<u8>)>,
    /// Whether keyUsage has keyCertSign; none leaves the extension out.
    pub may_sign: Option<bool>,
    /// extKeyUsage; empty leaves the extension out.
    pub purposes: Vec<Purpose>,
    /// An extension beside, marked critical.
    pub critical: Option<Critical>,
    /// subjectAltName; empty leaves the extension out.
    pub names: Vec<Name>,
    /// nameConstraints.
    pub constraints: Option<Constraints>,
    /// Key identifiers, which decide nothing.
    pub key_ids: KeyIds,
    /// What goes wrong before any rule is asked.
    pub oddity: Option<Oddity>,
}

/// Versions of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are numbers")]
pub enum Version {
    V1,
    V2,
    V3,
}

/// Purposes of extKeyUsage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "RFC 5280 4.2.1.12 names them")]
pub enum Purpose {
    ServerAuth,
    ClientAuth,
    Any,
}

/// Extensions that are marked critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Critical {
    /// certificatePolicies.
    Policies,
    /// cRLDistributionPoints.
    CrlPoints,
    /// One that nobody knows.
    Unknown,
}

/// What the key identifiers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyIds {
    /// Nothing.
    Absent,
    /// The truth.
    Right,
    /// The authority's is that of another key.
    Wrong,
}

/// What no rule about paths or names is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// An octet follows the certificate.
    TrailingOctet,
    /// An unknown extension, not critical, twice.
    DuplicateExtension,
    /// The signature algorithm is one that nobody takes.
    SignatureAlgorithm,
    /// The key is of a sort that nobody takes.
    KeyAlgorithm,
}

/// What is handed to a verifier.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in `Tree`")]
pub struct Octets {
    pub anchors: Vec<Vec<u8>>,
    pub leaf: Vec<u8>,
    pub presented: Vec<Vec<u8>>,
}

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// The stub of `lastmile_testdata::stub`.
    Stub,
    /// ECDSA on P-256.
    Real,
}

impl Tree {
    /// The certificates in DER.
    pub fn octets(&self, signing: Signing) -> Octets {
        let all = |certificates: &[Certificate]| {
            certificates.iter().map(|certificate| certificate.to_der(signing)).collect()
        };
        Octets {
            anchors: all(&self.anchors),
            leaf: self.leaf.to_der(signing),
            presented: all(&self.presented),
        }
    }
}

impl Certificate {
    /// An authority that is sound; `issuer` and `signed_by` are its own to change.
    pub fn authority(subject: usize, key: usize) -> Self {
        Self {
            subject,
            issuer: subject,
            key,
            signed_by: key,
            serial: 1,
            version: Version::V3,
            validity: (-1000, 1000),
            basic_constraints: Some((true, None)),
            may_sign: Some(true),
            purposes: Vec::new(),
            critical: None,
            names: Vec::new(),
            constraints: None,
            key_ids: KeyIds::Right,
            oddity: None,
        }
    }

    /// A sound leaf.
    pub fn leaf(subject: usize, key: usize, names: Vec<Name>) -> Self {
        Self {
            basic_constraints: None,
            may_sign: Some(false),
            purposes: vec![Purpose::ServerAuth],
            names,
            ..Self::authority(subject, key)
        }
    }

    /// This certificate, issued by that authority.
    pub fn issued_by(self, authority: &Self) -> Self {
        Self { issuer: authority.subject, signed_by: authority.key, ..self }
    }

    /// This certificate in an old version, which has no extensions.
    pub fn of_version(self, version: Version) -> Self {
        Self {
            version,
            basic_constraints: None,
            may_sign: None,
            purposes: Vec::new(),
            critical: None,
            names: Vec::new(),
            constraints: None,
            key_ids: KeyIds::Absent,
            oddity: self.oddity.filter(|oddity| *oddity != Oddity::DuplicateExtension),
            ..self
        }
    }

    /// RFC 5280 3.2.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// cA of basicConstraints.
    pub fn is_ca(&self) -> bool {
        matches!(self.basic_constraints, Some((true, _)))
    }

    /// Whether no verifier can read it.
    pub fn is_unreadable(&self) -> bool {
        self.oddity == Some(Oddity::TrailingOctet)
    }

    fn to_der(&self, signing: Signing) -> Vec<u8> {
        let (key, signer) = (&KEYS[self.key], &KEYS[self.signed_by]);
        let mut builder = CertificateBuilder::new(directory_name(&rdns(self.subject)))
            .issuer(directory_name(&rdns(self.issuer)))
            .serial(&[self.serial & 0x7f])
            .version(match self.version {
                Version::V1 => None,
                Version::V2 => Some(1),
                Version::V3 => Some(2),
            })
            .valid(NOW + self.validity.0, NOW + self.validity.1)
            .spki(key.spki());
        for extension in self.extensions(key, signer) {
            builder = builder.another_extension(extension);
        }
        if signing == Signing::Stub {
            builder = builder.signature(signer.bits());
        }
        builder = match self.oddity {
            None => builder,
            Some(Oddity::DuplicateExtension) => {
                let unknown = extension::unknown();
                builder.another_extension(unknown.clone()).another_extension(unknown)
            }
            Some(Oddity::KeyAlgorithm) => builder.spki(der::sequence(&[
                algorithm::identifier("1.3.6.1.4.1.55555.2", &[]),
                der::bit_string(&key.bits()),
            ])),
            Some(Oddity::SignatureAlgorithm) => {
                builder.inner_algorithm(algorithm::identifier("1.3.6.1.4.1.55555.3", &[]))
            }
            Some(Oddity::TrailingOctet) => {
                builder.alter(|certificate| [certificate, vec![0]].concat())
            }
        };
        builder.build(signer)
    }

    fn extensions(&self, key: &Key, signer: &Key) -> Vec<Extension> {
        let mut extensions = Vec::new();
        extensions.extend(self.basic_constraints.map(|(ca, path_length)| match ca {
            true => extension::ca(path_length.map(u64::from)),
            false => extension::not_a_ca(),
        }));
        extensions.extend(self.may_sign.map(|may_sign| {
            extension::key_usage(match may_sign {
                true => &[extension::KEY_CERT_SIGN],
                false => &[extension::DIGITAL_SIGNATURE],
            })
        }));
        if !self.purposes.is_empty() {
            let purposes: Vec<&str> = self.purposes.iter().map(|purpose| purpose.oid()).collect();
            extensions.push(extension::extended_key_usage(&purposes));
        }
        extensions.extend(self.critical.map(|critical| {
            match critical {
                Critical::Policies => extension::certificate_policies(&["2.23.140.1.2.1"]),
                Critical::CrlPoints => extension::crl_distribution_point("http://crl.test/"),
                Critical::Unknown => extension::unknown(),
            }
            .critical()
        }));
        if !self.names.is_empty() {
            let names: Vec<Vec<u8>> = self.names.iter().map(Name::to_der).collect();
            extensions.push(extension::subject_alt_name(&names));
        }
        extensions.extend(self.constraints.as_ref().map(|constraints| {
            let maximum = constraints.distances.then_some(0);
            let permitted = constraints.permitted.iter().map(Name::to_der);
            let written = permitted.fold(NameConstraints::new(), |written, base| {
                written.permitted_between(base, None, maximum)
            });
            let excluded = constraints.excluded.iter().map(Name::to_der);
            excluded.fold(written, NameConstraints::excluded).extension()
        }));
        if self.key_ids != KeyIds::Absent {
            let issuer = match self.key_ids {
                KeyIds::Wrong => &KEYS[(self.signed_by + 1) % KEYS.len()],
                KeyIds::Absent | KeyIds::Right => signer,
            };
            extensions.push(extension::subject_key_id(&key.id()));
            extensions.push(extension::authority_key_id(&issuer.id()));
        }
        extensions
    }
}

impl Purpose {
    const fn oid(self) -> &'static str {
        match self {
            Self::ServerAuth => extension::SERVER_AUTH,
            Self::ClientAuth => extension::CLIENT_AUTH,
            Self::Any => extension::ANY_EXTENDED_KEY_USAGE,
        }
    }
}

/// Every subject: organization, common name, mail address. The first is empty, and no authority's.
pub const SUBJECTS: [(&str, &str, &str); 14] = [
    ("", "", ""),
    ("Shop", "backend", ""),
    ("Shop", "backend", "ops@shop.test"),
    ("", "a.shop.test", ""),
    ("Shop", "Root", ""),
    ("Shop", "Root 2", ""),
    ("Shop", "A", ""),
    ("Shop", "B", ""),
    ("Shop", "C", ""),
    ("Other", "D", ""),
    ("Other", "E", ""),
    ("Shop", "F", "ca@shop.test"),
    ("", "G", ""),
    ("", "H", ""),
];

/// The first of [`SUBJECTS`] that is an authority's.
pub const FIRST_AUTHORITY: usize = 4;

/// The RDNs of a subject.
pub fn rdns(subject: usize) -> Vec<Rdn> {
    let (organization, common_name, mail) = SUBJECTS[subject];
    [
        ("2.5.4.10", der::tag::UTF8_STRING, organization),
        ("2.5.4.3", der::tag::UTF8_STRING, common_name),
        ("1.2.840.113549.1.9.1", der::tag::IA5_STRING, mail),
    ]
    .into_iter()
    .filter(|(_, _, value)| !value.is_empty())
    .map(|(oid, tag, value)| Rdn(vec![Attribute { oid, tag, value: value.as_bytes().to_vec() }]))
    .collect()
}

/// How many keys there are.
pub const KEY_COUNT: usize = 10;

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    (0..KEY_COUNT).map(|number| Key::derived(&format!("tree {number}"))).collect()
});
