//! What several tests here need.

use std::fs;
use std::path::Path;

use lastmile_harness::pki;
use lastmile_harness::validation_context;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::case;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use serde_json::Value;
use serde_json::json;

pub(crate) const HOST: &str = "backend.test";
pub(crate) const URI: &str = "spiffe://cluster.local/ns/shop/sa/backend";

/// A bundle, another of the same name, and a chain to the first.
pub(crate) struct Pki {
    pub(crate) root: Authority,
    pub(crate) bundle: String,
    pub(crate) other: String,
    pub(crate) chain: Vec<Vec<u8>>,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let root = pki::root("Root", &keys::P256_A);
        let intermediate = pki::intermediate(&root, "Issuing", &keys::P256_B);
        let other = pki::root("Root", &keys::P256_H);
        let names = [general_name::dns(HOST), general_name::uri(URI)];
        let leaf = intermediate.issue(pki::leaf(HOST).names(&names));
        Self {
            bundle: case::certificates(std::slice::from_ref(&root.certificate)),
            other: case::certificates(&[other.certificate]),
            chain: vec![leaf, intermediate.certificate],
            root,
        }
    }

    /// The policy that the chain satisfies.
    pub(crate) fn stanza(&self) -> Value {
        json!({"hostname": HOST, "caCertificates": self.bundle})
    }

    /// One that asks for these URIs, if there are any.
    pub(crate) fn stanza_of(&self, hostname: &str, uris: &[&str]) -> Value {
        let names: Vec<Value> = uris.iter().map(|uri| json!({"type": "URI", "uri": uri})).collect();
        json!({"hostname": hostname, "subjectAltNames": names, "caCertificates": self.bundle})
    }
}

/// A validation context that Envoy reads from this file, again whenever another takes its place.
pub(crate) fn secrets(file: &Path) -> Value {
    json!({
        "validation_context_sds_secret_config": {
            "name": "policy",
            "sds_config": {
                "resource_api_version": "V3",
                "path_config_source": {"path": file},
            },
        },
    })
}

/// Puts a policy in that file's place.
pub(crate) fn write_secret(file: &Path, stanza: &Value) {
    write(file, &validation_context("policy", stanza.clone()));
}

/// The same, and Envoy watches this bundle.
pub(crate) fn write_watching_secret(file: &Path, stanza: &Value, bundle: &Path) {
    let mut context = validation_context("policy", stanza.clone());
    context["trusted_ca"] = json!({"filename": bundle});
    write(file, &context);
}

fn write(file: &Path, context: &Value) {
    let secret = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
    let resources = json!({
        "resources": [{"@type": secret, "name": "policy", "validation_context": context}],
    });
    let next = file.with_extension("next");
    fs::write(&next, resources.to_string()).expect("a file");
    // Envoy looks for what is moved there.
    fs::rename(&next, file).expect("it is moved");
}
