//! A backend of a shop, and documents about it: what the tests of nginx and of Apache configure.

use lastmile_harness::pki;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::general_name::dns;
use lastmile_testdata::general_name::uri;
use lastmile_testdata::keys;

pub(crate) const NAME: &str = "backend.example.com";
pub(crate) const SPIFFE_ID: &str = "spiffe://cluster.local/ns/shop/sa/backend";

pub(crate) fn root() -> Authority {
    pki::root("Example Root", &keys::P256_A)
}

/// Of the backend: the leaf and an intermediate.
pub(crate) fn chain() -> Vec<Vec<u8>> {
    let intermediate = pki::intermediate(&root(), "Example Intermediate", &keys::P256_B);
    let leaf = pki::leaf(NAME).names(&[dns(NAME), uri(SPIFFE_ID)]);
    vec![intermediate.issue(leaf), intermediate.certificate]
}

/// A BackendTLSPolicy about the Service of its name, with more lines of its `validation`.
pub(crate) fn policy(name: &str, hostname: &str, more: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\n\
         metadata: {{name: {name}, namespace: shop}}\nspec:\n  \
         targetRefs: [{{group: '', kind: Service, name: {name}}}]\n  validation:\n    \
         hostname: {hostname}\n    caCertificateRefs: [{{group: '', kind: ConfigMap, name: ca}}]\n{more}"
    )
}

/// The ConfigMap `ca` with this bundle.
pub(crate) fn config_map(bundle: &str) -> String {
    let block: String = bundle.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ca, namespace: shop}}\ndata:\n  ca.crt: |\n{block}"
    )
}
