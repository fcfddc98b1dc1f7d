//! The chains that a comparison of engines asks about beside the plain ones: many anchors, many
//! names, many ways to go wrong.
//!
//! The good ways through them are truly signed. Where no signature is looked at, there is none.

use std::sync::LazyLock;

use ring::digest;

use crate::algorithm;
use crate::algorithm::Algorithm;
use crate::algorithm::Hash;
use crate::authority::Authority;
use crate::bench_chains;
use crate::bench_chains::BenchChain;
use crate::bench_chains::HOST;
use crate::bench_chains::bench_leaf;
use crate::certificate::CertificateBuilder;
use crate::der;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::extension::AUTHORITY_KEY_ID;
use crate::extension::NameConstraints;
use crate::extension::SUBJECT_KEY_ID;
use crate::general_name::directory;
use crate::general_name::dns;
use crate::general_name::email;
use crate::general_name::ip;
use crate::general_name::ip_subnet;
use crate::general_name::uri;
use crate::hostile::Chain;
use crate::keys;
use crate::keys::Key;
use crate::keys::Kind;
use crate::pem;
use crate::time;

/// The P-256 chain, whose anchor is the last of so many.
pub fn among(anchors: usize) -> Chain {
    let chain = bench_chains::p256();
    let mut all: Vec<_> = (1..anchors).map(stranger).collect();
    all.push(chain.root.certificate.clone());
    Chain { anchors: all, ..chain.chain() }
}

/// A bundle of so many certificates.
pub fn bundle(anchors: usize) -> String {
    (0..anchors).map(|number| pem::encode("CERTIFICATE", &stranger(number))).collect()
}

/// A self-issued CA of its own name and key identifier. Its signature is another's: nobody checks
/// it.
fn stranger(number: usize) -> Vec<u8> {
    static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
        (0..64).map(|number| Key::derived(&format!("bench stranger {number}"))).collect()
    });
    static SIGNATURE: LazyLock<Vec<u8>> =
        LazyLock::new(|| keys::P256_A.sign(Algorithm::Ecdsa(Hash::Sha256), b"not this"));
    let common_name = format!("Bench Stranger Root {number:05}");
    let name = DirectoryName::new().country("US").organization("Strangers");
    let id = digest::digest(&digest::SHA256, common_name.as_bytes());
    CertificateBuilder::authority(name.common_name(&common_name), &KEYS[number % KEYS.len()])
        .extension(extension::subject_key_id(&id.as_ref()[..20]))
        .signature(SIGNATURE.clone())
        .build(&keys::P256_A)
}

/// A chain whose anchor is the last of 100 that have one name and each a key of its own, with key
/// identifiers that tell them apart or without any.
pub fn namesakes(of: &BenchChain, key_ids: bool) -> Chain {
    let plain = |builder: CertificateBuilder| match key_ids {
        true => builder,
        false => builder.without(AUTHORITY_KEY_ID).without(SUBJECT_KEY_ID),
    };
    let others = (1..100).map(|number| {
        let (spki, bits) = other_key(of.root.key.kind(), number);
        let id = digest::digest(&digest::SHA256, &bits);
        let namesake = CertificateBuilder::authority(of.root.name.clone(), &of.root.key)
            .extension(extension::subject_key_id(&id.as_ref()[..20]))
            .spki(spki);
        plain(namesake).build(&of.root.key)
    });
    let root = Authority::self_signed(of.root.name.clone(), &of.root.key, plain);
    let between = of.intermediate.name.clone();
    let intermediate = root.subordinate(between, &of.intermediate.key, plain);
    let leaf = plain(bench_leaf(&keys::P256_C).issued_by(&intermediate)).build(&intermediate.key);
    Chain {
        anchors: others.chain([root.certificate.clone()]).collect(),
        leaf,
        presented: vec![intermediate.certificate],
    }
}

/// A SubjectPublicKeyInfo and its bits. An RSA key is only as large and as odd as one: what it
/// verifies is never good, and that is all that is asked of it.
fn other_key(kind: Kind, number: u8) -> (Vec<u8>, Vec<u8>) {
    if kind != Kind::Rsa {
        let key = Key::derived(&format!("bench namesake {number}"));
        return (key.spki(), key.bits());
    }
    let blocks = (0..8_u8).map(|block| digest::digest(&digest::SHA256, &[number, block]));
    let mut modulus = blocks.flat_map(|block| block.as_ref().to_vec()).collect::<Vec<_>>();
    modulus[0] |= 0x80;
    modulus[255] |= 1;
    let modulus = der::tlv(der::tag::INTEGER, &[&[0], &modulus[..]].concat());
    let bits = der::sequence(&[modulus, der::integer(65_537)]);
    let identifier = algorithm::identifier(algorithm::RSA_ENCRYPTION, &der::null());
    (der::sequence(&[identifier, der::bit_string(&bits)]), bits)
}

/// So many CAs in six layers: any of one layer could have issued any of the layer below, and no
/// anchor has issued the uppermost. None is signed.
pub fn mesh(authorities: usize) -> Chain {
    const LAYERS: usize = 6;
    let key = |layer: usize| Key::derived(&format!("bench mesh {layer}"));
    let layers: Vec<Authority> =
        (0..=LAYERS).map(|layer| layer_of("Mesh", layer, &key(layer))).collect();
    let presented = (0..authorities).map(|number| {
        let (own, above) = (&layers[number % LAYERS], &layers[number % LAYERS + 1]);
        CertificateBuilder::authority(own.name.clone(), &own.key)
            .issued_by(above)
            .serial(&numbered(number))
            .signature(vec![0; 70])
            .build(&above.key)
    });
    let presented = presented.collect();
    Chain {
        leaf: layers[0].issue(bench_leaf(&keys::P256_C)),
        presented,
        ..bench_chains::p256().chain()
    }
}

/// Ten CAs that have issued one another, and last the one certificate that leads out of the loop.
pub fn loops() -> Chain {
    let root = bench_chains::p256().root;
    let looped = layer_of("Loop", 0, &keys::P256_B);
    let mut presented: Vec<_> = (0..10).map(|number| copy(&looped, &looped, number)).collect();
    presented.push(copy(&looped, &root, 10));
    let leaf = looped.issue(bench_leaf(&keys::P256_C));
    Chain { anchors: vec![root.certificate], leaf, presented }
}

/// Five layers of ten CAs that have one name and one key; the last of the uppermost leads to the
/// anchor, and nine to nowhere.
pub fn layers() -> Chain {
    const LAYERS: usize = 5;
    let root = bench_chains::p256().root;
    let nowhere = layer_of("Nowhere", 0, &keys::P256_H);
    let own_keys = [&keys::P256_B, &keys::P256_D, &keys::P256_E, &keys::P256_F, &keys::P256_G];
    let layers: Vec<Authority> =
        (0..LAYERS).map(|layer| layer_of("Layer", layer, own_keys[layer])).collect();
    let presented = (0..LAYERS).flat_map(|layer| {
        let (layers, nowhere, root) = (&layers, &nowhere, &root);
        (0..10).map(move |number| {
            let above = match layers.get(layer + 1) {
                Some(above) => above,
                None if number == 9 => root,
                None => nowhere,
            };
            copy(&layers[layer], above, number)
        })
    });
    let presented = presented.collect();
    let leaf = layers[0].issue(bench_leaf(&keys::P256_C));
    Chain { anchors: vec![root.certificate.clone()], leaf, presented }
}

/// A name and a key, whose certificate is not used.
fn layer_of(name: &str, layer: usize, key: &Key) -> Authority {
    Authority::root(&format!("Bench {name} {layer}"), key)
}

/// One of many certificates for one authority.
fn copy(own: &Authority, issuer: &Authority, number: usize) -> Vec<u8> {
    CertificateBuilder::authority(own.name.clone(), &own.key)
        .issued_by(issuer)
        .serial(&numbered(number))
        .build(&issuer.key)
}

/// A serial number.
fn numbered(number: usize) -> [u8; 3] {
    let number = u16::try_from(number).expect("few").to_be_bytes();
    [1, number[0], number[1]]
}

/// A leaf of so many names below a CA with as many permitted subtrees, each of which holds one of
/// the names, and as many excluded ones, which hold none.
pub fn constrained(count: usize) -> Chain {
    let (_, parent) = HOST.split_once('.').expect("a name of several labels");
    let own = |number: usize| match number {
        0 => parent.to_owned(),
        _ => format!("p{number:04}.example"),
    };
    let constraints = (0..count).fold(NameConstraints::new(), |constraints, number| {
        constraints.permitted(dns(own(number))).excluded(dns(format!("x{number:04}.example")))
    });
    let root = bench_chains::p256().root;
    let constraints = constraints.extension();
    let name = DirectoryName::cn("Bench Constrained");
    let authority =
        root.subordinate(name, &keys::P256_B, |authority| authority.extension(constraints.clone()));
    // The expected one last.
    let names: Vec<_> =
        (0..count).rev().map(|number| dns(format!("www.{}", own(number)))).collect();
    Chain {
        leaf: authority.issue(bench_leaf(&keys::P256_C).names(&names)),
        anchors: vec![root.certificate],
        presented: vec![authority.certificate],
    }
}

/// Six CAs, one below the other, each with constraints for names of five forms, and a leaf that has
/// all of those forms.
pub fn deep() -> Chain {
    let root = bench_chains::p256().root;
    let own_keys =
        [&keys::P256_B, &keys::P256_D, &keys::P256_E, &keys::P256_F, &keys::P256_G, &keys::P256_H];
    let constraints = NameConstraints::new()
        .permitted(dns("example.com"))
        .permitted(ip_subnet("192.0.2.0", "255.255.255.0"))
        .permitted(email("example.com"))
        .permitted(uri(".example.com"))
        .excluded(directory(DirectoryName::cn("Nobody")))
        .extension();
    let (mut authority, mut presented) = (root.clone(), Vec::new());
    for (layer, key) in own_keys.into_iter().enumerate() {
        let name = DirectoryName::cn(&format!("Bench Deep {layer}"));
        authority = authority.subordinate(name, key, |own| own.extension(constraints.clone()));
        presented.push(authority.certificate.clone());
    }
    let names = [
        uri("https://www.example.com/"),
        email("someone@example.com"),
        ip("192.0.2.1"),
        dns("bench.example.com"),
        dns(HOST),
    ];
    Chain {
        anchors: vec![root.certificate],
        leaf: authority.issue(bench_leaf(&keys::P256_C).names(&names)),
        presented,
    }
}

/// A leaf that has expired, for clients and with ten names that nobody expects, below a CA that
/// has expired too.
pub fn refused() -> Chain {
    let expired = |builder: CertificateBuilder| builder.valid(time::START - 1, time::START);
    let root = bench_chains::p256().root;
    let authority = root.subordinate(DirectoryName::cn("Bench Expired"), &keys::P256_B, expired);
    let names: Vec<_> =
        (0..10).map(|number| dns(format!("w{number:04}.bench.example.com"))).collect();
    let leaf = expired(bench_leaf(&keys::P256_C))
        .names(&names)
        .extension(extension::extended_key_usage(&[extension::CLIENT_AUTH]));
    Chain {
        anchors: vec![root.certificate.clone()],
        leaf: authority.issue(leaf),
        presented: vec![authority.certificate],
    }
}

/// A leaf of so many names, of which the first or the last is [`HOST`].
pub fn leaf_with_names(count: usize, first: bool) -> Vec<u8> {
    let wanted = if first { 0 } else { count - 1 };
    let names: Vec<_> = (0..count)
        .map(|number| match number == wanted {
            true => dns(HOST),
            false => dns(format!("w{number:04}.bench.example.com")),
        })
        .collect();
    bench_chains::p256().intermediate.issue(bench_leaf(&keys::P256_C).names(&names))
}

/// So many leaves below the intermediate, each with a serial number of its own.
pub fn leaves(below: &BenchChain, count: usize) -> Vec<Vec<u8>> {
    let leaf = bench_leaf(&keys::P256_C);
    (0..count)
        .map(|number| below.intermediate.issue(leaf.clone().serial(&numbered(number))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_certificate_is_within_the_limits_of_all_engines() {
        let many_names = Chain { leaf: leaf_with_names(1_000, false), ..loops() };
        for chain in [constrained(1_000), mesh(210), layers(), many_names] {
            let largest = chain.presented.iter().chain([&chain.leaf]).map(Vec::len).max();
            assert!(largest < Some(65_535), "{largest:?}");
        }
    }

    #[test]
    fn every_anchor_is_another() {
        for anchors in [
            among(1_000).anchors,
            namesakes(&bench_chains::p256(), false).anchors,
            namesakes(&bench_chains::rsa2048(), true).anchors,
        ] {
            let mut distinct = anchors.clone();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), anchors.len());
        }
    }
}
