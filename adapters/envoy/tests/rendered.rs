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
fn no_spelling_of_a_path_leads_past_its_route() {
    let Some(envoy) = envoy("spellings of paths in Envoy") else { return };
    let file = scratch("spellings").join("documents.yaml");
    fs::write(&file, PATHS).expect("a file");
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
        ("/", other),
    ] {
        let response = running.get("www.example.com", path);
        assert_eq!(response.status, expected, "{path}");
    }
    running.process.stop().expect("it ends");
}
