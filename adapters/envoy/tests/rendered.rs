//! Every configuration that `lastmile render envoy` is held to, word for word, is one that Envoy takes; and
//! no spelling of a path leads past its route.

use std::fs;

use lastmile_harness::RenderedEnvoy;
use lastmile_harness::envoy;
use lastmile_harness::envoy_module;
use lastmile_harness::root;
use lastmile_harness::scratch;

/// Where one of them says that the module is.
const INSTALLED: &str = "/usr/lib/lastmile/liblastmile_envoy.so";

#[test]
fn envoy_takes_what_is_rendered() {
    let Some(envoy) = envoy("rendered configurations in Envoy") else { return };
    let module = envoy_module().join("liblastmile_envoy.so");
    let module = module.to_str().expect("UTF-8");
    let folders = fs::read_dir(root().join("cli/tests/render")).expect("the folders");
    let files = folders.map(|entry| entry.expect("an entry").path().join("envoy.yaml"));
    let mut taken = 0;
    for file in files.filter(|file| file.exists()) {
        let name = file.display().to_string();
        let text = fs::read_to_string(&file).expect("text");
        let copy = scratch("rendered").join("envoy.yaml");
        fs::write(&copy, text.replace(INSTALLED, module)).expect("a file");
        let said = envoy.validate(&copy, envoy_module());
        assert!(said.status.success(), "{name}\n{}{}", said.output, said.errors);
        taken += 1;
    }
    println!("{taken} configurations");
    assert!(taken >= 9, "only {taken} configurations");
    // What it would not take.
    let copy = scratch("rendered").join("envoy.yaml");
    let broken = fs::read_to_string(root().join("cli/tests/render/hostname/envoy.yaml"));
    let broken = broken.expect("text").replace("hostname: backend.example.com", "hostname: '*.a'");
    fs::write(&copy, broken).expect("a file");
    assert!(!envoy.validate(&copy, envoy_module()).status.success(), "a stanza is read");
}

/// Every name of them, each way to write it; in brackets, where a list takes the same thing once.
const NAMES: [(&str, &str); 6] = [
    (
        "ciphers",
        "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 \
         ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305 \
         ECDHE-PSK-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA \
         ECDHE-ECDSA-AES128-SHA256 ECDHE-RSA-AES128-SHA256 ECDHE-ECDSA-AES256-SHA \
         ECDHE-RSA-AES256-SHA ECDHE-PSK-AES128-CBC-SHA ECDHE-PSK-AES256-CBC-SHA AES128-GCM-SHA256 \
         AES256-GCM-SHA384 AES128-SHA AES256-SHA PSK-AES128-CBC-SHA PSK-AES256-CBC-SHA DES-CBC3-SHA \
         [AES128-SHA|TLS_RSA_WITH_AES_256_CBC_SHA] \
         AES128-SHA','TLS_AES_128_GCM_SHA256 AES128-SHA','TLS_AES_256_GCM_SHA384 \
         TLS_CHACHA20_POLY1305_SHA256','AES128-SHA",
    ),
    (
        "ciphers",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 \
         TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 \
         TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 \
         TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA \
         TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 \
         TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA \
         TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA \
         TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA TLS_RSA_WITH_AES_128_GCM_SHA256 \
         TLS_RSA_WITH_AES_256_GCM_SHA384 TLS_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_AES_256_CBC_SHA \
         TLS_PSK_WITH_AES_128_CBC_SHA TLS_PSK_WITH_AES_256_CBC_SHA TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    ),
    ("ecdhCurves", "X25519 P-256 P-384 P-521 X25519MLKEM768 MLKEM1024"),
    ("ecdhCurves", "x25519 prime256v1 secp384r1 secp521r1"),
    (
        "signatureAlgorithms",
        "ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512 ed25519 \
         rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pkcs1_sha256 \
         rsa_pkcs1_sha384 rsa_pkcs1_sha512 rsa_pkcs1_sha1 ecdsa_sha1 mldsa44 mldsa65 mldsa87",
    ),
    (
        "signatureAlgorithms",
        "ECDSA+SHA256 ECDSA+SHA384 ECDSA+SHA512 RSA-PSS+SHA256 PSS+SHA384 RSA-PSS+SHA512 RSA+SHA256 \
         RSA+SHA384 RSA+SHA512 RSA+SHA1 ECDSA+SHA1",
    ),
];

/// Each by itself and all at once, so that none is taken for the sake of another.
#[test]
fn envoy_has_every_name_that_a_backend_may_say() {
    let Some(envoy) = envoy("names of cipher suites in Envoy") else { return };
    let mut documents = String::new();
    let mut count = 0;
    for (field, names) in NAMES {
        let all = names.replace(' ', "', '");
        for names in names.split(' ').chain([all.as_str()]) {
            count += 1;
            documents += &format!(
                "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: \
                 r{count}}}\nspec:\n  rules:\n  - backendRefs: [{{group: gateway.envoyproxy.io, kind: \
                 Backend, name: b{count}}}]\n    matches: [{{path: {{value: /{count}}}}}]\n---\napiVersion: \
                 gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {{name: \
                 b{count}}}\nspec:\n  endpoints: [{{ip: {{address: 127.0.0.1, port: 443}}}}]\n  tls: \
                 {{insecureSkipVerify: true, {field}: ['{names}']}}\n"
            );
        }
    }
    let file = scratch("tls-names").join("documents.yaml");
    fs::write(&file, documents).expect("a file");
    let running = RenderedEnvoy::start(&envoy, "tls-names", &[file], &[]);
    assert!(
        !running.told.contains("leads nowhere") && !running.told.contains("get 50"),
        "{}",
        running.told
    );
    println!("{count} lists of names");
    running.process.stop().expect("it ends");
}

/// The one answers 503, for its policy cannot be kept; the other 500, for there is no such backend.
const PATHS: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: own, namespace: shop}
spec:
  hostnames: [www.example.com]
  rules:
  - matches:
    - {path: {value: /%7Euser}}
    - {path: {type: Exact, value: /%61xx}}
    - {path: {value: /caf%C3%A9}}
    - {path: {type: Exact, value: /exact%2B(1).$/%EF}}
    - {path: {value: /a%20b/c}}
    - {path: {type: Exact, value: /a/b}}
    - {path: {value: /LONGEST}}
    - {path: {type: Exact, value: /LONGEST}}
    backendRefs: [{name: own, port: 443}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: other, namespace: shop}
spec:
  hostnames: [www.example.com]
  rules: [{backendRefs: [{name: other, port: 443}]}]
---
apiVersion: v1
kind: Service
metadata: {name: own, namespace: shop}
spec: {ports: [{name: https, port: 443}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: own, namespace: shop}
spec:
  targetRefs: [{group: '', kind: Service, name: own}]
  validation: {hostname: own.example, caCertificateRefs: [{group: '', kind: ConfigMap, name: gone}]}
";

#[test]
fn no_equivalent_spelling_leads_past_its_route() {
    let Some(envoy) = envoy("spellings of paths in Envoy") else { return };
    let file = scratch("spellings").join("documents.yaml");
    // 1024 characters, which is all that the API has.
    let longest = "%EF".repeat(341);
    fs::write(&file, PATHS.replace("LONGEST", &longest)).expect("a file");
    let running = RenderedEnvoy::start(&envoy, "spellings", &[file], &[]);
    let (own, other, redirected) = (503, 500, 307);
    for (path, expected) in [
        ("/~user", own),
        ("/%7Euser", own),
        ("/%7euser/a", own),
        ("/%7Eusers", other),
        ("/axx", own),
        ("/%61xx", own),
        ("/%61x%78?a=b", own),
        ("/%61xx/", other),
        ("/caf%C3%A9", own),
        ("/caf%c3%a9", own),
        ("/caf%C3%a9/a?b", own),
        ("/c%61f%c3%A9/", own),
        ("/caf%C3%A9s", other),
        ("/Caf%C3%A9", other),
        ("/caf%C3%A8", other),
        ("/exact%2B(1).$/%EF", own),
        ("/exact%2b(1)%2e$/%ef?", own),
        ("/exact%2b(1).$/%ef/", other),
        ("/exact%2b(1)x$/%ef", other),
        ("/exact%2B1.$/%EF", other),
        ("/a%20b/c/d", own),
        ("/a%20b//c", own),
        ("/a%20b/x/%2E%2e/c", own),
        ("/a%20b/cd", other),
        // What an escaped slash is to others, the client is told to ask for.
        ("/a%2Fb", redirected),
        ("/a%2fb", redirected),
        ("/a%5Cb", redirected),
        ("/caf%C3%A9%2Fa", redirected),
        ("/a/b", own),
        (&format!("/{longest}"), own),
        (&format!("/{}/a", longest.to_ascii_lowercase()), own),
        (&format!("/{longest}a"), other),
        ("/", other),
    ] {
        let response = running.get("www.example.com", path);
        assert_eq!(response.status, expected, "{path}");
    }
    for (host, expected) in [
        ("www.example.com.", own),
        ("WWW.example.com", own),
        ("www.example.com.:80", own),
        ("www.example.com..", 404),
    ] {
        assert_eq!(running.get(host, "/~user").status, expected, "{host}");
    }
    running.process.stop().expect("it ends");
}
