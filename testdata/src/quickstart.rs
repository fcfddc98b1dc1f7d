//! The chain of the README: valid for a century, so that a newcomer's first command works.

use crate::authority::Authority;
use crate::case;
use crate::certificate::CertificateBuilder;
use crate::directory_name::DirectoryName;
use crate::general_name;
use crate::keys;
use crate::time;

/// The name a client connects to.
pub const HOSTNAME: &str = "backend.example.com";

/// The workload's identity.
pub const URI: &str = "spiffe://cluster.local/ns/shop/sa/backend";

/// Each file's name and content.
pub fn files() -> Vec<(&'static str, String)> {
    let name =
        DirectoryName::new().organization("Example Shop").common_name("Example Shop Root CA");
    let root = Authority::self_signed(name.clone(), &keys::P256_A, century);
    let other = Authority::self_signed(name, &keys::P256_H, century);
    let name =
        DirectoryName::new().organization("Example Shop").common_name("Example Shop Issuing CA");
    let intermediate = root.subordinate(name, &keys::P256_B, century);
    let names = [general_name::dns(HOSTNAME), general_name::uri(URI)];
    let leaf = intermediate.issue(century(CertificateBuilder::leaf(HOSTNAME)).names(&names));

    vec![
        ("chain.pem", case::certificates(&[leaf, intermediate.certificate.clone()])),
        // For a server: OpenSSL's takes the leaf and the others from two files.
        ("intermediate.pem", case::certificates(&[intermediate.certificate])),
        ("key.pem", keys::P256_C.to_pem()),
        ("policies.yaml", policies(&case::certificates(std::slice::from_ref(&root.certificate)))),
        ("ca.pem", case::certificates(&[root.certificate])),
        ("ca-other.pem", case::certificates(&[other.certificate])),
        (
            "validation.yaml",
            format!(
                "hostname: {HOSTNAME}\n\
                 subjectAltNames:\n\
                 - type: Hostname\n  hostname: {HOSTNAME}\n\
                 - type: URI\n  uri: {URI}\n"
            ),
        ),
    ]
}

/// The same question as policy documents.
fn policies(bundle: &str) -> String {
    let bundle: String = bundle.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "\
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata:
  name: backend
  namespace: shop
  generation: 1
spec:
  targetRefs:
  - group: \"\"
    kind: Service
    name: backend
    sectionName: https
  validation:
    hostname: {HOSTNAME}
    caCertificateRefs:
    - group: \"\"
      kind: ConfigMap
      name: backend-ca
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: backend-ca
  namespace: shop
data:
  ca.crt: |
{bundle}---
apiVersion: v1
kind: Service
metadata:
  name: backend
  namespace: shop
spec:
  ports:
  - name: https
    port: 8443
  - name: metrics
    port: 9090
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: backend
  namespace: shop
spec:
  parentRefs:
  - name: shop
  rules:
  - backendRefs:
    - name: backend
      port: 8443
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: shop
  namespace: shop
spec:
  gatewayClassName: example
"
    )
}

fn century(builder: CertificateBuilder) -> CertificateBuilder {
    builder.valid(time::START, time::CENTURY)
}
