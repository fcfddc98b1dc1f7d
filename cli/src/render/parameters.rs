//! What a Backend says of TLS itself, in names that Envoy is known to take: for one that it does not, it
//! refuses its whole configuration, and with it every backend.

use lastmile_policy::api::BackendTlsSettings;

use super::plan::Parameters;
use super::routes::escaped;

/// As it is said.
pub(super) fn parameters(settings: Option<&BackendTlsSettings>) -> Parameters {
    settings.map_or_else(Parameters::default, |settings| Parameters {
        least: settings.min_version.clone(),
        most: settings.max_version.clone(),
        ciphers: settings.ciphers.clone(),
        curves: settings.ecdh_curves.clone(),
        signature_algorithms: settings.signature_algorithms.clone(),
    })
}

/// The first name that Envoy would not take: its field, and a sentence.
pub(super) fn unusable(settings: &BackendTlsSettings) -> Option<(String, String)> {
    let ciphers = settings.ciphers.iter().enumerate();
    // With others beside them, Envoy passes over those of TLS 1.3; alone, it refuses them.
    let is_only_of_1_3 = settings.ciphers.iter().all(|name| OF_TLS_1_3.contains(&name.as_str()));
    let cipher = ciphers.map(|(index, name)| (index, name, cipher(name, is_only_of_1_3)));
    let cipher = cipher.filter_map(|(index, name, why)| {
        Some((format!("spec.tls.ciphers[{index}]"), format!("{}: {}", escaped(name), why?)))
    });
    let curves = of_list("ecdhCurves", &settings.ecdh_curves, CURVES, "curve, such as X25519");
    let expected = "signature algorithm, such as ecdsa_secp256r1_sha256";
    let algorithms = &settings.signature_algorithms;
    let algorithms = of_list("signatureAlgorithms", algorithms, SIGNATURE_ALGORITHMS, expected);
    cipher.chain(curves).chain(algorithms).next()
}

/// Why a cipher suite is none.
fn cipher(name: &str, is_only_of_1_3: bool) -> Option<&'static str> {
    if OF_TLS_1_3.contains(&name) {
        let why = "cipher suites of TLS 1.3 cannot be chosen: leave it out, or add one of TLS 1.2";
        return is_only_of_1_3.then_some(why);
    }
    // Suites that are equal to the one who chooses: `[A|B]`.
    let group = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let mut names = group.unwrap_or(name).split('|');
    let is_one = group.is_some() || !name.contains('|');
    if is_one && names.all(|name| CIPHERS.iter().any(|known| known.contains(&name))) {
        return None;
    }
    Some(
        "expected the name of a cipher suite of TLS 1.2 or older, such as \
         ECDHE-ECDSA-AES128-GCM-SHA256, or several as [A|B]",
    )
}

/// Names that are none of these, or say the same twice.
fn of_list<'a>(
    field: &'a str,
    names: &'a [String],
    known: &'a [&[&str]],
    expected: &'a str,
) -> impl Iterator<Item = (String, String)> + 'a {
    let place = |name: &str| known.iter().position(|same| same.contains(&name));
    names.iter().enumerate().filter_map(move |(index, name)| {
        let why = match place(name) {
            None => format!("expected a {expected}"),
            Some(found) => {
                let mut before = names.iter().take(index);
                before.find(|other| place(other) == Some(found))?;
                "it stands there twice: leave one out".to_owned()
            }
        };
        Some((format!("spec.tls.{field}[{index}]"), format!("{}: {why}", escaped(name))))
    })
}

/// Of BoringSSL, as Envoy 1.39 and 1.40 take them; each with its name at IANA.
const CIPHERS: &[&[&str]] = &[
    &["ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
    &["ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
    &["ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"],
    &["ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"],
    &["ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"],
    &["ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
    &["ECDHE-PSK-CHACHA20-POLY1305", "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"],
    &["ECDHE-ECDSA-AES128-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"],
    &["ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"],
    &["ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"],
    &["ECDHE-RSA-AES128-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"],
    &["ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"],
    &["ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"],
    &["ECDHE-PSK-AES128-CBC-SHA", "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA"],
    &["ECDHE-PSK-AES256-CBC-SHA", "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA"],
    &["AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"],
    &["AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"],
    &["AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"],
    &["AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"],
    &["PSK-AES128-CBC-SHA", "TLS_PSK_WITH_AES_128_CBC_SHA"],
    &["PSK-AES256-CBC-SHA", "TLS_PSK_WITH_AES_256_CBC_SHA"],
    &["DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"],
];

/// Those of RFC 8446 B.4 that BoringSSL has.
const OF_TLS_1_3: [&str; 3] =
    ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

/// Each with its other names.
const CURVES: &[&[&str]] = &[
    &["X25519", "x25519"],
    &["P-256", "prime256v1"],
    &["P-384", "secp384r1"],
    &["P-521", "secp521r1"],
    &["X25519MLKEM768"],
    &["MLKEM1024"],
];

/// Each with its other names.
const SIGNATURE_ALGORITHMS: &[&[&str]] = &[
    &["ecdsa_secp256r1_sha256", "ECDSA+SHA256"],
    &["ecdsa_secp384r1_sha384", "ECDSA+SHA384"],
    &["ecdsa_secp521r1_sha512", "ECDSA+SHA512"],
    &["ed25519"],
    &["rsa_pss_rsae_sha256", "RSA-PSS+SHA256", "PSS+SHA256"],
    &["rsa_pss_rsae_sha384", "RSA-PSS+SHA384", "PSS+SHA384"],
    &["rsa_pss_rsae_sha512", "RSA-PSS+SHA512", "PSS+SHA512"],
    &["rsa_pkcs1_sha256", "RSA+SHA256"],
    &["rsa_pkcs1_sha384", "RSA+SHA384"],
    &["rsa_pkcs1_sha512", "RSA+SHA512"],
    &["rsa_pkcs1_sha1", "RSA+SHA1"],
    &["ecdsa_sha1", "ECDSA+SHA1"],
    &["mldsa44"],
    &["mldsa65"],
    &["mldsa87"],
];
