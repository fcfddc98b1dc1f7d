//! The table of codes in the documentation is the one that the engine answers with.

use std::collections::BTreeSet;

use lastmile::At;
use lastmile::Certificate;
use lastmile::ConstraintFault;
use lastmile::KeyFault;
use lastmile::MissingIssuer;
use lastmile::NameForm;
use lastmile::Reason;

/// One of each, and each with another error or alert.
fn reasons() -> Vec<Reason> {
    let at = At::Certificate(0);
    let malformed = Certificate::from_der(&[]).expect_err("nothing is no certificate");
    let text = String::new;
    vec![
        Reason::MalformedCertificate(malformed),
        Reason::UnsupportedVersion { version: 1 },
        Reason::CertificateTooLarge { length: 0, limit: 0 },
        Reason::TooManyCertificates { presented: 0, limit: 0 },
        Reason::PathTooLong { limit: 0 },
        Reason::TooManySignatureChecks { limit: 0 },
        Reason::TooManyIssuerCandidates { limit: 0 },
        Reason::TooManyNameConstraintComparisons { limit: 0 },
        Reason::TooManyNameBytes { limit: 0 },
        Reason::UnknownIssuer(MissingIssuer::NoSuchName),
        Reason::UnknownIssuer(MissingIssuer::SelfSigned { earlier: None }),
        Reason::BadSignature { issuer: at },
        Reason::UnsupportedSignatureAlgorithm { algorithm: text(), broken: false },
        Reason::UnsupportedSignatureAlgorithm { algorithm: text(), broken: true },
        Reason::UnsupportedPublicKey(KeyFault::RsaExponent),
        Reason::UnsupportedPublicKey(KeyFault::RsaSize { bits: 0 }),
        Reason::NameConstraintNotSupported(ConstraintFault::Distances),
        Reason::NameConstraintNotSupported(ConstraintFault::Form {
            form: NameForm::Other,
            name_at: at,
        }),
        Reason::NameConstraintNotSupported(ConstraintFault::Base { base: text(), name_at: at }),
        Reason::MalformedName { name: text(), by: at },
        Reason::NameNotPermitted { name: text(), by: at, permitted: vec![] },
        Reason::NameExcluded { name: text(), by: at, subtree: text() },
        Reason::NameMismatch { expected: vec![], presented: vec![], more: 0 },
        Reason::Expired { not_after: 0, now: 0 },
        Reason::NotYetValid { not_before: 0, now: 0 },
        Reason::NotACa,
        Reason::LeafIsACa { same_key: None },
        Reason::PathLengthExceeded { limit: 0, below: 0 },
        Reason::KeyUsage,
        Reason::ExtendedKeyUsage { purposes: vec![] },
        Reason::UnknownCriticalExtension { extension: text() },
    ]
}

#[test]
fn the_documented_table_is_the_engines() {
    let table = include_str!("../src/codes.md");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let mut codes = BTreeSet::new();
    for reason in reasons() {
        let code = format!("`{}`", reason.code());
        let row = rows.iter().find(|row| row[0] == code).unwrap_or_else(|| panic!("no row {code}"));
        assert_eq!(row[1], reason.clause(), "{code}");
        let numbers = |cell: &str| -> Vec<i64> {
            cell.split(|c: char| !c.is_ascii_digit())
                .filter_map(|number| number.parse().ok())
                .collect()
        };
        assert!(numbers(row[2]).contains(&i64::from(reason.x509_v_err())), "{code}: {}", row[2]);
        assert!(numbers(row[3]).contains(&i64::from(reason.alert())), "{code}: {}", row[3]);
        codes.insert(code);
    }
    assert_eq!(codes.len(), rows.len(), "a row for each code and a code for each row");
}

/// What OpenSSL 3 sends for an error (`ssl_x509err2alert`); what is not listed is unknown.
fn openssl_alert(x509_v_err: i32) -> u8 {
    match x509_v_err {
        6 | 9 | 28 | 62 | 64 | 67 | 68 => 42,
        26 => 43,
        10 => 45,
        18..=20 | 22 | 25 | 79 => 48,
        7 => 51,
        1 => 80,
        _ => 46,
    }
}

#[test]
fn alerts_are_those_that_openssl_sends() {
    for reason in reasons() {
        assert_eq!(reason.alert(), openssl_alert(reason.x509_v_err()), "{}", reason.code());
    }
}
