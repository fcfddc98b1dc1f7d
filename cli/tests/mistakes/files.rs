//! The files are not what they should be.

use lastmile_testdata::keys;
use lastmile_testdata::pem;

use crate::Mistake;
use crate::world::ISSUING;
use crate::world::LEAF;
use crate::world::ROOT;

pub(crate) fn mistakes() -> Vec<Mistake> {
    let (root, issuing) = (&ROOT.certificate, &ISSUING.certificate);
    let mistake = |name, about| Mistake::new(name, about, &[&LEAF, issuing], &[root]);
    let bundle = pem::encode("CERTIFICATE", root);
    let chain = pem::encode("CERTIFICATE", &LEAF) + &pem::encode("CERTIFICATE", issuing);
    let request = pem::encode("CERTIFICATE REQUEST", &[0x30, 0]);
    vec![
        mistake("key-in-bundle", "The CA's key is in ca.crt, beside its certificate.")
            .bundle_file(format!("{bundle}{}", keys::P256_A.to_pem())),
        mistake("carriage-returns", "ca.crt was edited on Windows; that is no mistake.")
            .bundle_file(bundle.replace('\n', "\r\n")),
        mistake("der-bundle", "ca.crt is DER.").bundle_file(root.clone()),
        mistake("der-chain", "The chain is one certificate in DER; that is no mistake by itself.")
            .chain_file(LEAF.clone()),
        mistake("secret-not-decoded", "ca.crt is the data of a Secret, still in base64.")
            .bundle_file(base64_of(&bundle)),
        mistake(
            "manifest-as-bundle",
            "ca.crt is the ConfigMap around the value; its blocks are found all the same.",
        )
        .bundle_file(config_map(&bundle)),
        mistake("empty-bundle", "ca.crt is empty: the Secret has no such key.").bundle_file(""),
        mistake("bundle-cut-off", "The last line of ca.crt is missing.")
            .bundle_file(bundle.replace("-----END CERTIFICATE-----\n", "")),
        mistake("bundle-with-a-stray-character", "A character was lost in an editor.")
            .bundle_file(bundle.replacen("MII", "M I!", 1)),
        mistake("bundles-run-together", "Two files were joined without a newline between them.")
            .bundle_file(format!("{}{bundle}", bundle.trim_end())),
        mistake("request-as-chain", "The request was deployed instead of the certificate.")
            .chain_file(request),
        mistake("key-as-chain", "The key was deployed instead of the certificate.")
            .chain_file(keys::P256_C.to_pem()),
        mistake("trusted-certificate", "ca.crt was written by openssl x509 -trustout.")
            .bundle_file(pem::encode("TRUSTED CERTIFICATE", root)),
        mistake("chain-with-text", "openssl s_client printed the chain; that is no mistake.")
            .chain_file(format!("depth=1 CN = x\nverify return:1\n---\n{chain}---\nDONE\n")),
    ]
}

fn config_map(bundle: &str) -> String {
    let mut text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ca\ndata:\n  ca.crt: |\n".to_owned();
    for line in bundle.lines() {
        text += &format!("    {line}\n");
    }
    text
}

fn base64_of(text: &str) -> String {
    let encoded = pem::encode("X", text.as_bytes());
    encoded.lines().filter(|line| !line.starts_with('-')).collect()
}
