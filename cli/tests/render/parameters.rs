//! What a Backend says of TLS: a name that Envoy does not have would refuse the whole configuration, and
//! refuses this backend alone.

use crate::render;

fn documents(tls: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r}}\nspec: {{rules: \
         [{{backendRefs: [{{group: gateway.envoyproxy.io, kind: Backend, name: \
         b}}]}}]}}\n---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: \
         b}}\nspec:\n  endpoints: [{{fqdn: {{hostname: b.example, port: 443}}}}]\n  tls: \
         {{insecureSkipVerify: true, {tls}}}\n"
    )
}

#[test]
fn names_that_envoy_does_not_have_refuse_their_backend() {
    let no_suite = "expected the name of a cipher suite of TLS 1.2 or older";
    let of_1_3 = "cipher suites of TLS 1.3 cannot be chosen: leave it out";
    let twice = "it stands there twice";
    for (tls, expected) in [
        ("ciphers: [AES128-SHA, AES128-SHA]", None),
        ("ciphers: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]", None),
        ("ciphers: ['[AES128-SHA|AES256-SHA]', AES128-GCM-SHA256]", None),
        ("ciphers: [AES128-SHA, foo]", Some(("ciphers[1]: foo: ", no_suite))),
        ("ciphers: [aes128-sha]", Some(("ciphers[0]: aes128-sha: ", no_suite))),
        ("ciphers: ['']", Some(("ciphers[0]: : ", no_suite))),
        ("ciphers: ['[]']", Some(("ciphers[0]: []: ", no_suite))),
        ("ciphers: ['AES128-SHA|AES256-SHA']", Some(("ciphers[0]: AES128-SHA|", no_suite))),
        ("ciphers: ['[AES128-SHA|foo]']", Some(("ciphers[0]: [AES128-SHA|foo]: ", no_suite))),
        ("ciphers: ['AES128-SHA:foo']", Some(("ciphers[0]: AES128-SHA:foo: ", no_suite))),
        ("ciphers: [TLS_AES_128_GCM_SHA256, AES128-SHA]", None),
        (
            "ciphers: [TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384]",
            Some(("ciphers[0]: TLS_AES_128_GCM_SHA256: ", of_1_3)),
        ),
        (
            "ciphers: [TLS_AES_128_CCM_SHA256, AES128-SHA]",
            Some(("ciphers[0]: TLS_AES_128_CCM_SHA256: ", no_suite)),
        ),
        ("ecdhCurves: [X25519, P-256, secp521r1]", None),
        ("ecdhCurves: [X448]", Some(("ecdhCurves[0]: X448: ", "expected a curve, such as X25519"))),
        ("ecdhCurves: [P-256, prime256v1]", Some(("ecdhCurves[1]: prime256v1: ", twice))),
        ("signatureAlgorithms: [ed25519, RSA-PSS+SHA256]", None),
        (
            "signatureAlgorithms: [ed448]",
            Some(("signatureAlgorithms[0]: ed448: ", "such as ecdsa_secp256r1_sha256")),
        ),
        (
            "signatureAlgorithms: [RSA+SHA256, rsa_pkcs1_sha256]",
            Some(("signatureAlgorithms[1]: rsa_pkcs1_sha256: ", twice)),
        ),
    ] {
        let said = render(&documents(tls), &[]);
        let is_refused = said.stdout.contains("status: 500");
        assert_eq!(is_refused, expected.is_some(), "{tls}: {}", said.stderr);
        assert_eq!(said.stdout.contains("UpstreamTlsContext"), expected.is_none(), "{tls}");
        assert_eq!(said.status, Some(i32::from(is_refused)), "{tls}");
        if let Some((field, why)) = expected {
            let field = format!("Backend default/b: spec.tls.{field}");
            assert!(said.stderr.contains(&field) && said.stderr.contains(why), "{}", said.stderr);
            assert!(said.stderr.contains("line 11, column "), "{}", said.stderr);
        }
    }
}
