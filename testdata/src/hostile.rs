//! Chains that cost a verifier as much as one message of a peer can: the worst found of each kind.
//!
//! Signatures are those of [`stub`](crate::stub), so that what is measured is the verifier's own
//! work. Everything here fits the default limits of `lastmile`, or ends at one of them.

use crate::certificate::CertificateBuilder;
use crate::der;
use crate::directory_name::DirectoryName;
use crate::extension;
use crate::extension::Extension;
use crate::extension::NameConstraints;
use crate::general_name;
use crate::keys::Key;
use crate::time;

/// The name that every leaf here is asked for.
pub const HOST: &str = "a.shop.test";

/// A moment, in seconds since 1970, at which every certificate here is valid.
pub const NOW: i64 = time::NOW;

/// One input, and what comes of it.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// How results name it.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The reason it is refused for, or `accepted`.
    pub verdict: &'static str,
    /// What ends the work.
    pub ended_by: &'static str,
    /// What is trusted.
    pub anchors: Vec<Vec<u8>>,
    /// The first certificate.
    pub leaf: Vec<u8>,
    /// The others.
    pub presented: Vec<Vec<u8>>,
}

/// All of them.
pub fn all() -> Vec<Hostile> {
    let keys = Keys::new();
    let mut v = vec![];
    let root = || vec![keys.ca("Root", "Root", ROOT, ROOT).build(keys.at(ROOT))];
    let mut add = |name, anchors: Vec<Vec<u8>>, leaf: Vec<u8>, presented: Vec<Vec<u8>>| {
        v.push(Hostile { name, about: "", verdict: "", ended_by: "", anchors, leaf, presented });
    };
    let sized = |b: &CertificateBuilder| b.build(keys.at(0)).len();
    let _ = sized;
    // meshes
    for (name, n) in [("mesh 99", 99u8), ("mesh 128", 128)] {
        let mesh = (0..n).map(|s| keys.ca("M", "M", 1, 2).serial(&[1, s]).build(keys.at(0))).collect();
        add(name, root(), keys.leaf("M", 2).build(keys.at(0)), mesh);
    }
    let distinct = |name: &str, signer: usize| -> Vec<Vec<u8>> {
        (0..128).map(|k| keys.ca(name, name, k + 1, signer).build(keys.at(0))).collect()
    };
    add("mesh 128 distinct keys", root(), keys.leaf("M", 2).build(keys.at(0)), distinct("M", 2));
    add("mesh root name, bad", root(), keys.leaf("Root", 131).build(keys.at(0)), distinct("Root", 131));
    add("mesh root name, good to root", root(), keys.leaf("Root", 131).build(keys.at(0)), distinct("Root", ROOT));
    // self-issued rings: each signs the next
    let ring: Vec<Vec<u8>> = (0..128).map(|k| keys.ca("S", "S", k + 1, (k + 1) % 128 + 1).build(keys.at(0))).collect();
    add("self-issued ring", root(), keys.leaf("S", 1).build(keys.at(0)), ring.clone());
    let mut r2 = ring.clone(); r2.truncate(127); r2.push(keys.ca_len("S", "Root", 64, ROOT, Some(0)).build(keys.at(0)));
    add("self-issued ring with exit", root(), keys.leaf("S", 1).build(keys.at(0)), r2);
    // every self-issued one signed by the one key; exits that fail
    let anchor0 = |n: u64| vec![keys.ca_len("Root", "Root", ROOT, ROOT, Some(n)).build(keys.at(0))];
    for (name, pl) in [("mesh 60 left right pl0", 0), ("mesh 60 left right pl1", 1)] {
        let mut chain = vec![keys.ca("L", "R", 1, 2).build(keys.at(0)), keys.ca("R", "Root", 2, ROOT).build(keys.at(0))];
        for at in 0..63 {
            chain.push(keys.ca("L", "R", 3 + at, 2).build(keys.at(0)));
            chain.push(keys.ca("R", "L", 66 + at, 1).build(keys.at(0)));
        }
        add(name, anchor0(pl), keys.leaf("L", 1).build(keys.at(0)), chain);
    }
    // self-issued layers
    for (name, groups, per, pl) in [("layers 7x18 pl", 7usize, 18usize, true), ("layers 2x64 pl", 2, 64, true), ("layers 4x32 pl", 4, 32, true), ("layers 7x18 nobody", 7, 18, false)] {
        let mut chain = vec![];
        for layer in 1..=groups { for s in 0..per {
            let top = layer == groups;
            let issuer = if top { if pl { "Root".into() } else { "Nobody".to_string() } } else { format!("L{}", layer + 1) };
            chain.push(keys.ca_len(&format!("L{layer}"), &issuer, layer, if top { ROOT } else { layer + 1 }, (top && pl).then_some(0)).serial(&[1, s as u8]).build(keys.at(0)));
        }}
        add(name, root(), keys.leaf("L1", 1).build(keys.at(0)), chain);
    }
    // layers, distinct keys, path length
    {
        let mut chain = vec![];
        for layer in 1..=7usize { for s in 0..18usize {
            let top = layer == 7;
            let issuer = if top { "Root".to_string() } else { format!("L{}", layer + 1) };
            chain.push(keys.ca_len(&format!("L{layer}"), &issuer, if s == 0 { layer } else { layer * 18 + s - 10 }, if top { ROOT } else { layer + 1 }, top.then_some(0)).serial(&[1, s as u8]).build(keys.at(0)));
        }}
        add("layers 7x18 distinct keys pl", root(), keys.leaf("L1", 1).build(keys.at(0)), chain);
    }
    // wide bundles
    let wide: Vec<Vec<u8>> = (0..1000).map(|s: u16| keys.ca("Root", "Root", 3, 3).serial(&[&[1], &s.to_be_bytes()[..]].concat()).build(keys.at(0))).collect();
    add("wide bundle", wide.clone(), keys.leaf("Root", 2).build(keys.at(0)), vec![]);
    let wide_keys: Vec<Vec<u8>> = (0..1000).map(|s: u16| keys.ca("Root", "Root", 3, 3).spki(spki(s)).serial(&[&[1], &s.to_be_bytes()[..]].concat()).build(keys.at(0))).collect();
    add("wide bundle distinct keys", wide_keys.clone(), keys.leaf("Root", 2).build(keys.at(0)), vec![]);
    let old: Vec<Vec<u8>> = (0..1000).map(|s: u16| keys.ca("Root", "Root", 3, 3).spki(spki(s)).valid(time::START, time::START).serial(&[&[1], &s.to_be_bytes()[..]].concat()).build(keys.at(0))).collect();
    let many: Vec<Vec<u8>> = (0..128).map(|k| keys.ca("I", "Root", k + 1, 3).build(keys.at(0))).collect();
    add("wide bundle expired x 128", old, keys.leaf("I", 2).build(keys.at(0)), many.clone());
    let len0: Vec<Vec<u8>> = (0..1000).map(|s: u16| keys.ca_len("Root", "Root", 3, 3, Some(0)).spki(spki(s)).serial(&[&[1], &s.to_be_bytes()[..]].concat()).build(keys.at(0))).collect();
    add("wide bundle pathlen x 128", len0, keys.leaf("I", 2).build(keys.at(0)), many);
    // constraint floods
    for form in ["dns", "wild", "mail", "mailbox", "uri", "ip", "dns-long"] {
        for (names, subtrees) in [(2047usize, 2048usize), (2048, 2049)] {
            let name: &'static str = Box::leak(format!("flood {form} {}", names * subtrees).into_boxed_str());
            let mut nc = NameConstraints::new();
            for i in 0..subtrees {
                nc = nc.excluded(match form { "dns" | "wild" => general_name::dns(format!("v{i:05}.aaaaaaaaaa")), "dns-long" => general_name::dns(format!("v{i:05}.aaaaaaaaaaaaa")), "mail" => general_name::email(format!("v{i:05}.aaaaaaaa")), "mailbox" => general_name::email(format!("v{i:05}@h.aaaa")), "uri" => general_name::uri(format!("v{i:05}.aaaaaaaa")), _ => general_name::ip_octets(&[10, 0, (i >> 8) as u8, i as u8, 255, 255, 255, 255]) });
            }
            let all: Vec<Vec<u8>> = (0..names).map(|i| match form { "dns" => general_name::dns(format!("w{i:05}.aaaaaaaaaa")),"dns-long" => general_name::dns(format!("z.w{i:05}.aaaaaaaaaaaaa")), "wild" => general_name::dns(format!("*.w{i:05}.aaaaaaaaaa")), "mail" => general_name::email(format!("u@w{i:05}.aaaaaaaa")), "mailbox" => general_name::email(format!("w{i:05}@h.aaaa")), "uri" => general_name::uri(format!("a://w{i:05}.aaaaaaaa")), _ => general_name::ip_octets(&[10, 1, (i >> 8) as u8, i as u8]) }).chain([general_name::dns(HOST)]).collect();
            let ca = keys.ca("I", "Root", 1, ROOT).extension(nc.extension()).build(keys.at(0));
            let leaf = keys.leaf("I", 1).names(&all).build(keys.at(0));
            add(name, root(), leaf, vec![ca]);
        }
    }
    // directory floods
    for (name, len, subs, layers) in [("directory 60k x 3000", 60_000usize, 3000usize, 1usize), ("directory 8k x 3000 x 8", 8_000, 3000, 8), ("directory 300 x 3000 x8", 300, 3000, 8), ("directory 60k x 100", 60_000, 100, 1)] {
        let mut nc = NameConstraints::new();
        for i in 0..subs { nc = nc.excluded(general_name::directory(DirectoryName::cn(&char::from(b'c' + (i % 20) as u8).to_string()))); }
        let mut chain = vec![];
        for layer in 1..=layers { let top = layer == layers; chain.push(keys.ca(&format!("L{layer}"), &if top { "Root".to_string() } else { format!("L{}", layer + 1) }, layer, if top { ROOT } else { layer + 1 }).extension(nc.extension()).build(keys.at(0))); }
        add(name, root(), keys.leaf("L1", 1).subject(DirectoryName::cn(&"a".repeat(len))).build(keys.at(0)), chain);
    }
    // directory: many RDNs shared prefix; base long prefix equal
    for (name, rdns, subs) in [("directory prefix 100 x 100", 30usize, 110usize), ("directory prefix 10x 600", 10, 300)] {
        let prefix = (0..rdns).fold(DirectoryName::new(), |n, _| n.attribute("2.5.4.10", 0x0c, b"A"));
        let mut nc = NameConstraints::new();
        for _ in 0..subs { nc = nc.excluded(general_name::directory(prefix.clone().attribute("2.5.4.10", 0x0c, b"x"))); }
        let sans: Vec<Vec<u8>> = (0..(60_000 / (rdns * 13))).map(|_| general_name::directory(prefix.clone().attribute("2.5.4.10", 0x0c, b"b"))).chain([general_name::dns(HOST)]).collect();
        let ca = keys.ca("I", "Root", 1, ROOT).extension(nc.extension()).build(keys.at(0));
        add(name, root(), keys.leaf("I", 1).names(&sans).build(keys.at(0)), vec![ca]);
    }
    // SAN flood
    let sans = |name: fn(usize) -> Vec<u8>, n: usize| -> Vec<Vec<u8>> { (0..n).map(name).collect() };
    add("SANs 10000 dns", root(), keys.leaf("Root", ROOT).names(&sans(|i| general_name::dns(format!("{i:04x}")), 10_000)).build(keys.at(0)), vec![]);
    add("SANs 4000 same length", root(), keys.leaf("Root", ROOT).names(&sans(|i| general_name::dns(format!("b.sho{}.test", (b'q' + (i % 9) as u8) as char)), 4_900)).build(keys.at(0)), vec![]);
    add("SANs 4000 wildcards", root(), keys.leaf("Root", ROOT).names(&sans(|i| general_name::dns(format!("*.sho{}.test", (b'q' + (i % 9) as u8) as char)), 4_900)).build(keys.at(0)), vec![]);
    add("SANs 32000 empty dns", root(), keys.leaf("Root", ROOT).names(&sans(|_| general_name::dns(""), 32_000)).build(keys.at(0)), vec![]);
    // copies
    let leaf = keys.leaf("I", 1).build(keys.at(0));
    add("128 copies of the leaf", root(), leaf.clone(), vec![leaf.clone(); 128]);
    let ca = keys.ca("I", "Root", 1, 2).build(keys.at(0));
    add("128 copies of a ca badly signed", root(), leaf.clone(), vec![ca; 128]);
    // 128 x 64 KiB
    let padded = |size: usize| { let b = |p: usize| keys.ca("Stranger", "Nobody", 5, 5).extension(Extension::new("1.3.6.1.4.1.55555.1.2", vec![0; p])); let over = sized(&b(60_000)) - 60_000; b(size - over).build(keys.at(0)) };
    add("128 strangers 64K", root(), leaf.clone(), vec![padded(65_536); 128]);
    let many_ext = |n: usize| { (0..n).fold(keys.ca("Stranger", "Nobody", 5, 5), |b, i| b.another_extension(Extension::new(&format!("1.3.6.1.4.1.55555.2.{i}"), vec![]))).build(keys.at(0)) };
    for (name, n) in [("128 strangers max extensions", 30usize), ("128 strangers over extensions", 3000), ("128 strangers 28 extensions", 28)] { add(name, root(), leaf.clone(), vec![many_ext(n); 128]); }
    let long = keys.ca("Stranger", "Nobody", 5, 5).subject(DirectoryName::cn(&"a".repeat(60_000))).build(keys.at(0));
    add("128 strangers 60K subjects", root(), leaf.clone(), vec![long; 128]);
    let long: Vec<Vec<u8>> = (0..128).map(|s| keys.ca("Stranger", "Nobody", 5, 5).subject(DirectoryName::cn(&("a".repeat(30_000)))).issuer(DirectoryName::cn(&("a".repeat(30_000)))).serial(&[1, s]).build(keys.at(0))).collect();
    add("128 mesh of 30K names", root(), keys.leaf("x", 5).issuer(DirectoryName::cn(&("a".repeat(30_000)))).build(keys.at(0)), long);
    let sand: Vec<Vec<u8>> = (0..128).map(|s| keys.ca("Stranger", "Nobody", 5, 5).names(&sans(|_| general_name::dns(""), 31_000)).serial(&[1, s]).build(keys.at(0))).collect();
    add("128 strangers 31000 sans", root(), leaf.clone(), sand);
    // names of authorities are read: 7x18 layers with sans and constraints
    for (name, sanc, sub) in [("layers 7x18 read", 31_000usize, 1usize), ("layers 7x18 read few", 1000, 1), ("layers 7x18 names x subtrees", 500, 500)] {
        let mut chain = vec![];
        for layer in 1..=7usize { for s in 0..18u8 {
            let top = layer == 7;
            let issuer = if top { "Root".to_string() } else { format!("L{}", layer + 1) };
            let nc = (0..sub).fold(NameConstraints::new(), |nc, i| nc.excluded(general_name::dns(format!("b{i}"))));
            let nc = if top { nc.excluded(general_name::dns("shop.test")) } else { nc };
            chain.push(keys.ca(&format!("L{layer}"), &issuer, layer, if top { ROOT } else { layer + 1 }).serial(&[1, s]).extension(nc.extension()).names(&sans(|_| general_name::dns("a"), sanc)).build(keys.at(0)));
        }}
        add(name, root(), keys.leaf("L1", 1).build(keys.at(0)), chain);
    }
    // garbage
    add("garbage leaf", root(), vec![0x30; 65_536], vec![vec![0x30; 65_536]; 128]);
    let mut spoiled = padded(65_536); let last = spoiled.len() - 1; spoiled[last] ^= 1; spoiled.push(0);
    add("garbage presented", root(), leaf.clone(), vec![vec![0x30; 65_536]; 128]);
    let nested = (0..10_000).fold(vec![], |inner: Vec<u8>, _| if inner.len() > 60_000 { inner } else { der::sequence(&[inner]) });
    let deep = keys.ca("Stranger", "Nobody", 5, 5).extension(Extension::new("1.2.3.4.5", nested.clone())).subject(nested.clone()).build(keys.at(0));
    add("nested", root(), leaf.clone(), vec![deep; 128]);
    let cut: Vec<Vec<u8>> = (0..128).map(|_| { let mut c = padded(65_000); c.pop(); c }).collect();
    add("cut", root(), leaf, cut);
    v
}

fn spki(number: u16) -> Vec<u8> {
    let mut spki = Key::derived("hostile 3").spki();
    let end = spki.len();
    spki[end - 2..].copy_from_slice(&number.to_be_bytes());
    spki
}

const ROOT: usize = 130;

struct Keys(Vec<Key>);

impl Keys {
    fn new() -> Self {
        Self((0..140).map(|number| Key::derived(&format!("hostile {number}"))).collect())
    }

    fn at(&self, number: usize) -> &Key {
        &self.0[number]
    }

    fn ca(&self, subject: &str, issuer: &str, key: usize, signed_by: usize) -> CertificateBuilder {
        self.ca_len(subject, issuer, key, signed_by, None)
    }

    fn ca_len(&self, subject: &str, issuer: &str, key: usize, signed_by: usize, length: Option<u64>) -> CertificateBuilder {
        CertificateBuilder::new(DirectoryName::cn(subject))
            .issuer(DirectoryName::cn(issuer))
            .spki(self.0[key].spki())
            .signature(self.0[signed_by].bits())
            .extension(extension::ca(length))
    }

    fn leaf(&self, issuer: &str, signed_by: usize) -> CertificateBuilder {
        CertificateBuilder::new(DirectoryName::cn("leaf"))
            .issuer(DirectoryName::cn(issuer))
            .spki(self.0[0].spki())
            .signature(self.0[signed_by].bits())
            .names(&[general_name::dns(HOST)])
    }
}
