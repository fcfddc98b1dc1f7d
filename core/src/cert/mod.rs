//! One certificate, read strictly (RFC 5280 4.1) and borrowed from its octets.

use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use crate::der::Error;
use crate::der::Fault;
use crate::der::MAX_DOCUMENT;
use crate::der::OBJECT_IDENTIFIER;
use crate::der::Reader;
use crate::der::SEQUENCE;
use crate::der::Span;
use crate::der::constructed;
use crate::der::context;
use crate::name::DirectoryName;
use crate::name::NameConstraints;
use crate::name::PresentedNames;
use crate::oid::Oid;
use crate::time::Validity;

mod extensions;

use extensions::Extensions;

pub(crate) use extensions::BasicConstraints;

/// A certificate whose encoding is good. Nothing is said yet of what it may be used for.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    der: &'a [u8],
    layout: Layout,
}

/// Where the parts of a certificate stand in it. Kept without the octets by trust anchors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    tbs: Span,
    version: Version,
    serial: Span,
    issuer: Span,
    validity: Validity,
    subject: Span,
    spki: Span,
    key_algorithm: Span,
    key: Span,
    signature_algorithm: Span,
    signature: Span,
    extensions: Extensions,
}

/// The version of a certificate (RFC 5280 4.1.2.1). Complete: X.509 has had no other since 1997.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// X.509 of 1988: it cannot say whether it is a CA.
    V1,
    /// X.509 of 1993: with unique identifiers, which nobody uses.
    V2,
    /// The version with extensions.
    V3,
}

impl<'a> Certificate<'a> {
    /// No certificate has more extensions: real ones have about ten, and a larger number would
    /// make the search for duplicates slow.
    pub const MAX_EXTENSIONS: usize = 64;

    /// Reads one certificate, and nothing after it.
    ///
    /// Subject, issuer, subjectAltName and nameConstraints are only delimited here: what reading
    /// them costs grows with their size, and a certificate that is on no path is not worth it.
    /// [`check_names`](Self::check_names) reads them.
    ///
    /// # Errors
    /// The octets are not the DER of a certificate of RFC 5280 4.1.
    pub fn from_der(der: &'a [u8]) -> Result<Self, Malformed> {
        if der.len() > MAX_DOCUMENT {
            return Err(Field::Certificate.is(Error { fault: Fault::LengthTooLarge, offset: 0 }));
        }
        // RFC 5280 4.1: Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature }
        let mut document = Reader::new(der);
        let certificate = document.expect(SEQUENCE).in_field(Field::Certificate)?;
        document.finish().in_field(Field::Certificate)?;
        let mut outer = certificate.reader();
        let tbs = outer.expect(SEQUENCE).in_field(Field::TbsCertificate)?;
        let outer_algorithm = outer.expect(SEQUENCE).in_field(Field::SignatureAlgorithm)?;
        let signature = outer.whole_octets().in_field(Field::SignatureValue)?;
        outer.finish().in_field(Field::Certificate)?;

        let mut reader = tbs.reader();
        let version = read_version(&mut reader).in_field(Field::Version)?;
        // 4.1.2.2: users must handle serial numbers of any length, sign and value.
        let serial = reader.integer().in_field(Field::SerialNumber)?;
        let algorithm = reader.expect(SEQUENCE).in_field(Field::Signature)?;
        check_algorithm(algorithm.reader()).in_field(Field::Signature)?;
        if algorithm.value != outer_algorithm.value {
            let fault = outer_algorithm.error(Fault::AlgorithmMismatch);
            return Err(Field::SignatureAlgorithm.is(fault));
        }
        let issuer = reader.expect(SEQUENCE).in_field(Field::Issuer)?;
        let validity = reader
            .expect(SEQUENCE)
            .and_then(|element| Validity::from_der(&element))
            .in_field(Field::Validity)?;
        let subject = reader.expect(SEQUENCE).in_field(Field::Subject)?;
        let spki = reader.expect(SEQUENCE).in_field(Field::SubjectPublicKeyInfo)?;
        let (key_algorithm, key) =
            read_spki(spki.reader()).in_field(Field::SubjectPublicKeyInfo)?;
        // 4.1.2.8: not to be generated, but to be parsed.
        for tag in [context(1), context(2)] {
            let unique_id = reader.optional(tag).in_field(Field::UniqueId)?;
            if let (Some(id), Version::V1) = (unique_id, version) {
                let fault = Fault::UnexpectedTag { expected: constructed(3), found: id.tag };
                return Err(Field::UniqueId.is(id.error(fault)));
            }
        }
        let extensions = match reader.optional(constructed(3)).in_field(Field::Extensions)? {
            None => Extensions::default(),
            Some(element) if version == Version::V3 => Extensions::read(&element, der)?,
            Some(element) => {
                return Err(Field::Extensions.is(element.error(Fault::ExtensionsBeforeV3)));
            }
        };
        reader.finish().in_field(Field::TbsCertificate)?;

        let layout = Layout {
            tbs: tbs.span(),
            version,
            serial: serial.value_span(),
            issuer: issuer.value_span(),
            validity,
            subject: subject.value_span(),
            spki: spki.span(),
            key_algorithm,
            key,
            signature_algorithm: algorithm.value_span(),
            signature: signature.value_span(),
            extensions,
        };
        Ok(Self { der, layout })
    }

    /// The certificate that was read from `der` before.
    pub(crate) const fn from_layout(der: &'a [u8], layout: Layout) -> Self {
        Self { der, layout }
    }

    /// Where its parts stand.
    pub(crate) const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Reads the parts that [`from_der`](Self::from_der) only delimits.
    ///
    /// # Errors
    /// One of them is not the DER that RFC 5280 4.1.2 and 4.2.1 say.
    pub fn check_names(&self) -> Result<(), Malformed> {
        let subject = self.layout.subject;
        self.check_issuer_name()?;
        DirectoryName::from_der(self.part(subject), subject.start()).in_field(Field::Subject)?;
        self.check_extended_names()
    }

    /// The same for a CA whose subject is the issuer's name of a certificate that was checked.
    pub(crate) fn check_names_of_issuer(&self) -> Result<(), Malformed> {
        self.check_issuer_name()?;
        self.check_extended_names()
    }

    fn check_issuer_name(&self) -> Result<(), Malformed> {
        let issuer = self.layout.issuer;
        DirectoryName::from_der(self.part(issuer), issuer.start()).in_field(Field::Issuer)?;
        Ok(())
    }

    fn check_extended_names(&self) -> Result<(), Malformed> {
        self.presented_names()?;
        self.name_constraints()?;
        Ok(())
    }

    /// The whole certificate.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The version.
    pub const fn version(&self) -> Version {
        self.layout.version
    }

    /// The contents of the serial number: big-endian, two's complement.
    pub fn serial(&self) -> &'a [u8] {
        self.part(self.layout.serial)
    }

    /// The period in which the certificate is good.
    pub const fn validity(&self) -> Validity {
        self.layout.validity
    }

    /// The name of the certificate's subject, for people; None if it is malformed.
    pub fn subject_name(&self) -> Option<DirectoryName<'a>> {
        DirectoryName::from_der(self.subject(), 0).ok()
    }

    /// The name of the certificate's issuer, for people; None if it is malformed.
    pub fn issuer_name(&self) -> Option<DirectoryName<'a>> {
        DirectoryName::from_der(self.issuer(), 0).ok()
    }

    /// The SubjectPublicKeyInfo, with its tag and length.
    pub fn subject_public_key_info(&self) -> &'a [u8] {
        self.part(self.layout.spki)
    }

    /// The names of the subjectAltName; none if it has none.
    ///
    /// # Errors
    /// The extension is malformed.
    pub fn presented_names(&self) -> Result<PresentedNames<'a>, Malformed> {
        let Some(span) = self.layout.extensions.subject_alt_name else {
            return Ok(PresentedNames::none());
        };
        PresentedNames::from_der(self.part(span), span.start()).in_field(Field::SubjectAltName)
    }

    /// The same after [`check_names`](Self::check_names): they are not read to their end once more.
    pub(crate) fn checked_names(&self) -> PresentedNames<'a> {
        match self.layout.extensions.subject_alt_name {
            Some(span) => PresentedNames::read_before(self.part(span)),
            None => PresentedNames::none(),
        }
    }

    /// Octets of the names that it carries, in its subject and its subjectAltName.
    pub(crate) fn carried_octets(&self) -> usize {
        let names = self.layout.extensions.subject_alt_name.map_or(0, |span| self.part(span).len());
        self.subject().len().saturating_add(names)
    }

    /// Octets of all its names and of its constraints.
    pub(crate) fn name_octets(&self) -> usize {
        let constraints = self.layout.extensions.name_constraints;
        let constraints = constraints.map_or(0, |span| self.part(span).len());
        self.carried_octets().saturating_add(self.issuer().len()).saturating_add(constraints)
    }

    /// Whether issuer and subject are the same name (RFC 5280 6.1).
    pub fn is_self_issued(&self) -> bool {
        self.issuer() == self.subject()
    }

    /// Whether basicConstraints say that it is a CA.
    pub const fn is_ca(&self) -> bool {
        matches!(self.layout.extensions.basic_constraints, Some(BasicConstraints { ca: true, .. }))
    }

    /// The contents of the AlgorithmIdentifier that the certificate is signed with; the inner and
    /// the outer one are the same.
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.part(self.layout.signature_algorithm)
    }

    /// The purposes of extKeyUsage (RFC 5280 4.2.1.12), each as dotted text; none if the
    /// certificate names none.
    pub fn extended_key_usage(&self) -> impl Iterator<Item = String> + use<'a> {
        self.purpose_oids().map(|purpose| purpose.to_string())
    }

    pub(crate) fn tbs(&self) -> &'a [u8] {
        self.part(self.layout.tbs)
    }

    /// The contents of the subject's SEQUENCE.
    pub(crate) fn subject(&self) -> &'a [u8] {
        self.part(self.layout.subject)
    }

    /// The contents of the issuer's SEQUENCE.
    pub(crate) fn issuer(&self) -> &'a [u8] {
        self.part(self.layout.issuer)
    }

    /// The contents of the key's AlgorithmIdentifier.
    pub(crate) fn key_algorithm(&self) -> &'a [u8] {
        self.part(self.layout.key_algorithm)
    }

    /// The key: the octets of the BIT STRING.
    pub(crate) fn key(&self) -> &'a [u8] {
        self.part(self.layout.key)
    }

    pub(crate) fn signature(&self) -> &'a [u8] {
        self.part(self.layout.signature)
    }

    pub(crate) const fn path_length(&self) -> Option<u32> {
        match self.layout.extensions.basic_constraints {
            Some(constraints) => constraints.path_length,
            None => None,
        }
    }

    /// RFC 5280 4.2.1.3: whether its key may sign certificates; nothing said is yes.
    pub(crate) const fn may_sign_certificates(&self) -> bool {
        self.layout.extensions.may_sign_certificates
    }

    /// RFC 5280 4.2.1.12: the purposes that the certificate names; None if it names none.
    pub(crate) const fn purposes(&self) -> Option<Purposes> {
        self.layout.extensions.purposes
    }

    /// The first purposes, for people.
    pub(crate) fn purpose_names(&self) -> Vec<String> {
        self.purpose_oids()
            .take(MOST_PURPOSES)
            .map(|purpose| purpose.name().map_or_else(|| purpose.to_string(), ToString::to_string))
            .collect()
    }

    fn purpose_oids(&self) -> impl Iterator<Item = Oid<'a>> + use<'a> {
        let list = self.layout.extensions.purpose_list.map(|span| self.part(span));
        let mut unread = Reader::new(list.unwrap_or_default());
        let purposes = core::iter::from_fn(move || unread.expect(OBJECT_IDENTIFIER).ok());
        purposes.map(|purpose| Oid(purpose.value))
    }

    /// The first critical extension that the engine does not understand.
    pub(crate) fn unknown_critical_extension(&self) -> Option<Oid<'a>> {
        self.layout.extensions.unknown_critical.map(|span| Oid(self.part(span)))
    }

    pub(crate) fn subject_key_id(&self) -> Option<&'a [u8]> {
        self.layout.extensions.subject_key_id.map(|span| self.part(span))
    }

    pub(crate) fn authority_key_id(&self) -> Option<&'a [u8]> {
        self.layout.extensions.authority_key_id.map(|span| self.part(span))
    }

    /// Whether the certificate constrains the names of those below it.
    pub(crate) const fn has_name_constraints(&self) -> bool {
        self.layout.extensions.name_constraints.is_some()
    }

    pub(crate) fn name_constraints(&self) -> Result<Option<NameConstraints<'a>>, Malformed> {
        let Some(span) = self.layout.extensions.name_constraints else {
            return Ok(None);
        };
        NameConstraints::from_der(self.part(span), span.start())
            .map(Some)
            .in_field(Field::NameConstraints)
    }

    /// The same after [`check_names`](Self::check_names); None if it has none.
    pub(crate) fn checked_constraints(&self) -> Option<NameConstraints<'a>> {
        let span = self.layout.extensions.name_constraints?;
        NameConstraints::read_before(self.part(span))
    }

    #[inline]
    fn part(&self, span: Span) -> &'a [u8] {
        span.of(self.der)
    }
}

/// Purposes that a refusal names.
const MOST_PURPOSES: usize = 8;

/// The purposes of an extKeyUsage that matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purposes {
    pub(crate) server_auth: bool,
    pub(crate) any: bool,
}

/// `version [0] EXPLICIT INTEGER DEFAULT v1`
fn read_version(reader: &mut Reader<'_>) -> Result<Version, Error> {
    let Some(element) = reader.optional(constructed(0))? else {
        return Ok(Version::V1);
    };
    let mut inner = element.reader();
    let version = inner.integer()?;
    inner.finish()?;
    match version.value {
        [0] => Err(version.error(Fault::DefaultEncoded)),
        [1] => Ok(Version::V2),
        [2] => Ok(Version::V3),
        _ => Err(version.error(Fault::UnknownVersion)),
    }
}

/// `AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }`
fn check_algorithm(mut reader: Reader<'_>) -> Result<(), Error> {
    let id = reader.expect(OBJECT_IDENTIFIER)?;
    if !Oid(id.value).is_well_formed() {
        return Err(id.error(Fault::BadObjectIdentifier));
    }
    if !reader.is_empty() {
        reader.element()?;
    }
    reader.finish()
}

/// `SubjectPublicKeyInfo ::= SEQUENCE { algorithm, subjectPublicKey BIT STRING }`
fn read_spki(mut reader: Reader<'_>) -> Result<(Span, Span), Error> {
    let algorithm = reader.expect(SEQUENCE)?;
    check_algorithm(algorithm.reader())?;
    let key = reader.whole_octets()?;
    reader.finish()?;
    Ok((algorithm.value_span(), key.value_span()))
}

/// Octets that are no certificate: what was being read, where, and what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Malformed {
    field: Field,
    offset: usize,
    fault: Fault,
}

impl Malformed {
    /// The part of the certificate.
    pub const fn field(&self) -> Field {
        self.field
    }

    /// Octets from the start of the certificate to the element at fault.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// What is wrong there.
    pub const fn fault(&self) -> Fault {
        self.fault
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}: {}", self.field, self.offset, self.fault)
    }
}

impl core::error::Error for Malformed {}

/// The parts of a certificate, in the order of RFC 5280 4.1 and 4.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The certificate as a whole.
    Certificate,
    /// `tbsCertificate`
    TbsCertificate,
    /// `version`
    Version,
    /// `serialNumber`
    SerialNumber,
    /// `signature`: the algorithm inside.
    Signature,
    /// `issuer`
    Issuer,
    /// `validity`
    Validity,
    /// `subject`
    Subject,
    /// `subjectPublicKeyInfo`
    SubjectPublicKeyInfo,
    /// `issuerUniqueID`, `subjectUniqueID`
    UniqueId,
    /// `extensions`
    Extensions,
    /// The value of keyUsage.
    KeyUsage,
    /// The value of subjectAltName.
    SubjectAltName,
    /// The value of basicConstraints.
    BasicConstraints,
    /// The value of nameConstraints.
    NameConstraints,
    /// The value of extKeyUsage.
    ExtendedKeyUsage,
    /// `signatureAlgorithm`: the algorithm outside.
    SignatureAlgorithm,
    /// `signatureValue`
    SignatureValue,
}

impl Field {
    const fn is(self, error: Error) -> Malformed {
        Malformed { field: self, offset: error.offset, fault: error.fault }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::TbsCertificate => "tbsCertificate",
            Self::Version => "version",
            Self::SerialNumber => "serialNumber",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Validity => "validity",
            Self::Subject => "subject",
            Self::SubjectPublicKeyInfo => "subjectPublicKeyInfo",
            Self::UniqueId => "uniqueID",
            Self::Extensions => "extensions",
            Self::KeyUsage => "keyUsage",
            Self::SubjectAltName => "subjectAltName",
            Self::BasicConstraints => "basicConstraints",
            Self::NameConstraints => "nameConstraints",
            Self::ExtendedKeyUsage => "extKeyUsage",
            Self::SignatureAlgorithm => "signatureAlgorithm",
            Self::SignatureValue => "signatureValue",
        })
    }
}

/// Says of which field an encoding's error is.
trait InField<T> {
    fn in_field(self, field: Field) -> Result<T, Malformed>;
}

impl<T> InField<T> for Result<T, Error> {
    #[inline]
    fn in_field(self, field: Field) -> Result<T, Malformed> {
        self.map_err(|error| field.is(error))
    }
}
