//! What is remembered changes no verdict.

use std::cell::Cell;
use std::fmt::Write;
use std::time::Duration;

use lastmile::Certificate;
use lastmile::DnsName;
use lastmile::ExpectedNames;
use lastmile::MemorySize;
use lastmile::SignatureCache;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::stub;
use lastmile_testdata::stub::CARELESS;
use lastmile_testdata::stub::STUB;
use lastmile_testdata::time;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

mod support;

use support::Case;
use support::cases;

const HOST: &str = "backend.example.com";

/// A CA below a root, and the root in a bundle.
struct Shop {
    anchors: TrustAnchors,
    intermediate: Authority,
}

impl Shop {
    fn new() -> Self {
        let named = |name| DirectoryName::new().common_name(name);
        let root = Authority::self_signed(named("Root"), &keys::P256_A, |root| root);
        let intermediate = root.subordinate(named("Intermediate"), &keys::P256_B, |one| one);
        let anchors = TrustAnchors::from_der([&root.certificate]).expect("a root");
        Self { anchors, intermediate }
    }

    /// A leaf that no other serial has.
    fn leaf(&self, serial: u64) -> Vec<u8> {
        let names = [general_name::dns(HOST)];
        // 8 octets, of which none is superfluous.
        let serial = (serial + (1 << 56)).to_be_bytes();
        let leaf = CertificateBuilder::leaf(HOST).names(&names).serial(&serial);
        self.intermediate.issue(leaf)
    }

    fn chain(&self) -> [Vec<u8>; 1] {
        [self.intermediate.certificate.clone()]
    }

    fn verifier(&self) -> Verifier {
        Verifier::builder(self.anchors.clone(), names()).build()
    }
}

fn names() -> ExpectedNames {
    ExpectedNames::dns(HOST).expect("a name")
}

fn at(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds.max(0).unsigned_abs()))
}

/// In the middle of what the test certificates are good for.
fn now() -> UnixTime {
    at(1_780_272_000)
}

fn size(entries: u32) -> MemorySize {
    MemorySize { entries, ..MemorySize::default() }
}

/// Everything that a verdict says.
fn told(verifier: &Verifier, leaf: &[u8], others: &[Vec<u8>], now: UnixTime) -> String {
    match verifier.verify(leaf, others, now) {
        Ok(verified) => {
            let mut text =
                format!("{verified}\n{} {:?}", verified.attempts(), verified.valid_until());
            for step in verified.path() {
                write!(text, "\n{:?} {}", step.at(), step.der().len()).expect("a String");
            }
            assert!(std::ptr::eq(verified.leaf().der(), leaf));
            let anchor = verified.anchor();
            write!(text, "\n{} {:?}", anchor.index(), verified.name()).expect("a String");
            write!(text, "\n{:?}", verified.leaf().serial()).expect("a String");
            text
        }
        Err(rejection) => format!("{}\n{}", rejection.explanation(), rejection.attempts()),
    }
}

/// Cases of every kind, and the seconds in which something about their certificates changes.
struct World {
    cases: Vec<Case>,
    times: Vec<i64>,
    plain: Vec<Verifier>,
    remembering: Vec<Verifier>,
}

impl World {
    fn new() -> Self {
        let mut cases = cases();
        // Those that are dear teach nothing more.
        cases.retain(|case| case.chain.len() < 12 && case.bundle.len() < 100_000);
        cases.retain(|case| case.expect == "accepted" || case.name.len() % 3 == 0);
        let mut times = Vec::new();
        for case in &cases {
            times.push(i64::try_from(case.now.as_secs()).expect("a date"));
            for der in &case.chain {
                if let Ok(certificate) = Certificate::from_der(der) {
                    let validity = certificate.validity();
                    for edge in [validity.not_before(), validity.not_after()] {
                        times.extend([edge - 1, edge, edge + 1]);
                    }
                }
            }
        }
        times.sort_unstable();
        times.dedup();
        let plain: Vec<Verifier> = cases.iter().filter_map(|case| case.verifier().ok()).collect();
        assert_eq!(plain.len(), cases.len());
        let cache = SignatureCache::new(size(16));
        let remembering = plain.iter().map(|verifier| {
            verifier.clone().with_memory(Some(size(4))).with_signature_cache(Some(cache.clone()))
        });
        let remembering = remembering.collect();
        Self { cases, times, plain, remembering }
    }
}

/// Random sequences of chains, times and policies, in memories so small that most is pushed out.
#[test]
fn verdicts_and_reasons_are_those_without_memory() {
    let world = World::new();
    let (policies, times) = (world.plain.len(), world.times.len());
    let config = ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() };
    let step = (0..policies, 0..10_u8, 0..policies, 0..times);
    // Steps come near each other, as handshakes with few backends do; now and then strangers are
    // among the others, so that one policy accepts more chains than its memory has places.
    let steps = prop::collection::vec((0..4_usize, 0..6_u8, 0..10_usize), 100);
    let sequences = (prop::collection::vec(step, 4), steps);
    TestRunner::new(config)
        .run(&sequences, |(few, steps)| {
            for (which, how, strangers) in steps {
                let (policy, own, other, time) = few[which];
                // Mostly the chain of the policy, and its time.
                let chain = &world.cases[if own < 8 { policy } else { other }];
                let now = match how {
                    0 | 1 => at(world.times[time]),
                    _ => world.cases[policy].now,
                };
                let mut others = chain.intermediates().to_vec();
                let stranger = world.cases[other].leaf();
                others.extend((5..strangers).map(|_| stranger.to_vec()));
                let expected = told(&world.plain[policy], chain.leaf(), &others, now);
                let found = told(&world.remembering[policy], chain.leaf(), &others, now);
                prop_assert_eq!(
                    found,
                    expected,
                    "{} under {}",
                    chain.name,
                    world.cases[policy].name
                );
            }
            Ok(())
        })
        .expect("the same verdicts");
    let sum = |count: fn(lastmile::MemoryReport) -> u64| -> u64 {
        world.remembering.iter().filter_map(Verifier::memory).map(count).sum()
    };
    let (hits, misses) = (sum(|report| report.hits), sum(|report| report.misses));
    let entries: usize =
        world.remembering.iter().filter_map(Verifier::memory).map(|report| report.entries).sum();
    let insertions = sum(|report| report.insertions);
    let evictions = insertions - u64::try_from(entries).expect("few");
    println!("10000 steps: {hits} hits, {misses} misses, {evictions} evictions");
    assert_eq!(hits + misses, 10_000);
    assert!(hits > 2_000 && misses > 2_000, "{hits} hits, {misses} misses");
    assert!(evictions > 300, "{evictions} evictions of {insertions}");
    let cache = world.remembering[0].signature_cache().expect("a cache").report();
    assert!(cache.hits > 1_000 && cache.insertions > 50, "{cache:?}");
    assert!(cache.entries <= 16);
}

#[test]
fn what_was_accepted_is_refused_after_its_end_and_before_its_beginning() {
    let shop = Shop::new();
    let (leaf, others) = (shop.leaf(1), shop.chain());
    let verifier = shop.verifier().with_memory(Some(size(4)));
    let end = verifier.verify(&leaf, &others, now()).expect("good").valid_until();
    assert!(verifier.verify(&leaf, &others, now()).is_ok());
    assert_eq!(verifier.memory().map(|memory| memory.hits), Some(1));
    let end = i64::try_from(end.as_secs()).expect("a date");
    assert!(verifier.verify(&leaf, &others, at(end)).is_ok(), "the last second");
    assert_eq!(verifier.memory().map(|memory| memory.hits), Some(2));
    let late = verifier.verify(&leaf, &others, at(end + 1)).expect_err("the next second");
    assert_eq!(late.reason().code(), "expired");
    let begin = Certificate::from_der(&leaf).expect("a leaf").validity().not_before();
    let early = verifier.verify(&leaf, &others, at(begin - 1)).expect_err("before");
    assert_eq!(early.reason().code(), "not-yet-valid");
    assert!(verifier.verify(&leaf, &others, now()).is_ok(), "it is remembered all the same");
}

/// Another second, another verdict or another path: whatever is good for a part of the time.
#[test]
fn no_second_is_answered_for_another() {
    let named = |name| DirectoryName::new().common_name(name);
    let (early, late) = ((time::START, time::NOW - 1), (time::NOW + 1, time::END));
    let whole = (time::START, time::END);
    let root = |(from, to): (i64, i64)| {
        Authority::self_signed(named("Root"), &keys::P256_A, |root| root.valid(from, to))
    };
    let good = root(whole);
    let ca = |(from, to): (i64, i64)| {
        good.subordinate(named("Intermediate"), &keys::P256_B, |one| one.valid(from, to))
    };
    let leaf = |(from, to): (i64, i64)| {
        let leaf = CertificateBuilder::leaf(HOST).names(&[general_name::dns(HOST)]).valid(from, to);
        ca(whole).issue(leaf)
    };
    let mut refused = 0;
    for (anchors, others, leaf) in [
        (vec![root(whole)], vec![ca(early), ca(whole)], leaf(whole)),
        (vec![root(whole)], vec![ca(late), ca(whole)], leaf(whole)),
        (vec![root(early), root(whole)], vec![ca(whole)], leaf(whole)),
        (vec![root(late), root(whole)], vec![ca(whole)], leaf(whole)),
        (vec![root(early)], vec![ca(whole)], leaf(whole)),
        (vec![root(late)], vec![ca(whole)], leaf(whole)),
        (vec![root(whole)], vec![ca(early)], leaf(whole)),
        (vec![root(early), root(late)], vec![ca(early), ca(late)], leaf(whole)),
        (vec![root(whole)], vec![ca(whole)], leaf(early)),
    ] {
        let anchors = anchors.iter().map(|anchor| &anchor.certificate);
        let anchors = TrustAnchors::from_der(anchors).expect("roots");
        let others: Vec<Vec<u8>> = others.iter().map(|one| one.certificate.clone()).collect();
        let plain = Verifier::builder(anchors, names()).build();
        let edges = [time::START, time::NOW, time::END];
        let seconds = || edges.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]).map(at);
        for first in seconds() {
            for second in seconds() {
                let remembering = plain.clone().with_memory(Some(size(4)));
                told(&remembering, &leaf, &others, first);
                let expected = told(&plain, &leaf, &others, second);
                assert_eq!(told(&remembering, &leaf, &others, second), expected);
                refused += u32::from(!expected.starts_with("accepted"));
            }
        }
    }
    assert!(refused > 9 * 9 * 9 / 3, "{refused} are refused");
}

/// The octets are the same, one behind the other; the certificates are not.
#[test]
fn certificates_glued_together_are_not_those_that_were_accepted() {
    let shop = Shop::new();
    let (leaf, others) = (shop.leaf(1), shop.chain());
    let verifier = shop.verifier().with_memory(Some(size(4)));
    assert!(verifier.verify(&leaf, &others, now()).is_ok());
    let glued = [leaf.clone(), others[0].clone()].concat();
    let none: [Vec<u8>; 0] = [];
    assert!(verifier.verify(&glued, &none, now()).is_err());
    let (head, tail) = others[0].split_at(100);
    let parts = [head.to_vec(), tail.to_vec()];
    let plain = shop.verifier();
    assert_eq!(told(&verifier, &leaf, &parts, now()), told(&plain, &leaf, &parts, now()));
    let moved = [&leaf[..], &others[0][..10]].concat();
    assert!(verifier.verify(&moved, &[others[0][10..].to_vec()], now()).is_err());
    assert!(verifier.verify(&leaf, &none, now()).is_err(), "the first of them alone");
    // The leaf and the number are the same, which is all that a hash is made of.
    let two = [others[0].clone(), others[0].clone()];
    assert!(verifier.verify(&leaf, &two, now()).is_ok());
    let (head, tail) = two[1].split_at(10);
    let moved = [[&two[0][..], head].concat(), tail.to_vec()];
    assert!(verifier.verify(&leaf, &moved, now()).is_err());
    assert_eq!(verifier.memory().map(|memory| memory.hits), Some(0));
    // One octet is enough.
    for index in [0, leaf.len() / 2, leaf.len() - 1] {
        let mut other = leaf.clone();
        other[index] ^= 1;
        assert!(verifier.verify(&other, &others, now()).is_err());
    }
    assert!(verifier.verify(&leaf, &others, now()).is_ok());
    assert_eq!(verifier.memory().map(|memory| memory.hits), Some(1));
}

#[test]
fn what_one_provider_has_verified_another_has_not() {
    let shop = Shop::new();
    let (leaf, mut others) = (shop.leaf(1), shop.chain());
    // Nobody signed this.
    let last = others[0].len() - 1;
    others[0][last] ^= 1;
    let cache = SignatureCache::new(size(16));
    let careless = Verifier::builder_for(shop.anchors.clone(), names(), CARELESS)
        .signature_cache(cache.clone())
        .build();
    assert!(careless.verify(&leaf, &others, now()).is_ok());
    assert_eq!(cache.report().entries, 1, "that of the intermediate");
    assert!(careless.verify(&leaf, &others, now()).is_ok());
    assert_eq!(cache.report().hits, 1);
    let careful = shop.verifier().with_signature_cache(Some(cache.clone()));
    // Without size, as the careless one, so that both may have one address.
    let strict = Verifier::builder_for(shop.anchors.clone(), names(), STUB);
    for verifier in [careful, strict.signature_cache(cache.clone()).build()] {
        let refused = verifier.verify(&leaf, &others, now()).expect_err("a bad signature");
        assert_eq!(refused.reason().code(), "bad-signature");
        assert_eq!(cache.report().hits, 1);
    }
}

/// A signature is remembered with the key: another key of the same name has not made it. Of
/// refused chains nothing is kept.
#[test]
fn a_signature_is_known_for_its_key_only_and_from_accepted_paths_only() {
    let (shop, host) = (Shop::new(), DnsName::try_from("other.example.com").expect("a name"));
    let cache = SignatureCache::new(size(16));
    let names = ExpectedNames::from(lastmile::ReferenceName::Dns(host));
    let other_name = Verifier::builder(shop.anchors.clone(), names).signature_cache(cache.clone());
    let (leaf, others) = (shop.leaf(1), shop.chain());
    assert!(other_name.build().verify(&leaf, &others, now()).is_err());
    assert_eq!(cache.report().entries, 0, "the signature is good, and the chain is refused");
    let verifier = shop.verifier().with_signature_cache(Some(cache.clone()));
    assert!(verifier.verify(&leaf, &others, now()).is_ok());
    assert_eq!(cache.report().entries, 1);
    // It ends as the one that is known does, and is another.
    let serial = Certificate::from_der(&others[0]).expect("a CA").serial().as_ptr().addr();
    let mut altered = others.clone();
    altered[0][serial - others[0].as_ptr().addr()] ^= 1;
    let refused = verifier.verify(&leaf, &altered, now()).expect_err("another serial number");
    assert_eq!((refused.reason().code(), cache.report().hits), ("bad-signature", 0));
    let named = DirectoryName::new().common_name("Root");
    let impostor = Authority::self_signed(named, &keys::P256_D, |root| root);
    let anchors = TrustAnchors::from_der([&impostor.certificate]).expect("a root");
    let other_root = Verifier::builder(anchors, self::names()).signature_cache(cache.clone());
    assert!(other_root.build().verify(&leaf, &others, now()).is_err());
}

/// Two signatures at first; of a known intermediate, none; of a known chain, neither.
#[test]
fn what_is_remembered_is_not_verified_again() {
    let named = |name| DirectoryName::new().common_name(name);
    let root = Authority::self_signed(named("Root"), &keys::P256_A, |root| root);
    let intermediate = root.subordinate(named("Intermediate"), &keys::P256_B, |one| {
        one.signature(keys::P256_A.bits())
    });
    let leaf = |serial| {
        let leaf = CertificateBuilder::leaf(HOST).names(&[general_name::dns(HOST)]);
        intermediate.issue(leaf.serial(&[serial]).signature(keys::P256_B.bits()))
    };
    let anchors = TrustAnchors::from_der([&root.certificate]).expect("a root");
    let verifier = Verifier::builder_for(anchors, names(), STUB)
        .memory(size(4))
        .signature_cache(SignatureCache::new(size(4)))
        .build();
    stub::checks();
    for (serial, expected) in [(1, 2), (2, 1), (1, 0), (2, 0), (3, 1)] {
        assert!(verifier.verify(&leaf(serial), &[&intermediate.certificate], now()).is_ok());
        assert_eq!(stub::checks(), expected, "signatures of {serial}");
    }
}

/// A new leaf below a known intermediate costs one signature.
#[test]
fn a_known_intermediate_costs_no_signature() {
    let shop = Shop::new();
    let cache = SignatureCache::new(size(16));
    let verifier = shop.verifier().with_signature_cache(Some(cache.clone()));
    for serial in 1..20 {
        assert!(verifier.verify(&shop.leaf(serial), &shop.chain(), now()).is_ok());
    }
    let report = cache.report();
    assert_eq!((report.hits, report.misses, report.entries), (18, 1, 1), "{report:?}");
    // Another verifier knows it too.
    let other = shop.verifier().with_signature_cache(Some(cache.clone()));
    assert!(other.verify(&shop.leaf(1), &shop.chain(), now()).is_ok());
    assert_eq!(cache.report().hits, 19);
    assert!(
        !format!("{cache:?}").contains("certificate"),
        "what is shown is no more than a report"
    );
}

#[test]
fn a_flood_of_new_chains_changes_neither_the_size_nor_another_memory() {
    let shop = Shop::new();
    let bounds = MemorySize { entries: 32, bytes: 64 << 10 };
    let flooded = shop.verifier().with_memory(Some(bounds));
    let other = shop.verifier().with_memory(Some(bounds));
    let (leaf, others) = (shop.leaf(1), shop.chain());
    assert!(other.verify(&leaf, &others, now()).is_ok());
    for serial in 2..1_000 {
        assert!(flooded.verify(&shop.leaf(serial), &others, now()).is_ok());
        let report = flooded.memory().expect("a memory");
        assert!(report.entries <= 32 && report.bytes <= 64 << 10, "{report:?}");
        if serial % 100 == 0 {
            assert!(other.verify(&leaf, &others, now()).is_ok());
        }
    }
    let report = flooded.memory().expect("a memory");
    assert_eq!((report.hits, report.misses, report.insertions), (0, 998, 998));
    assert_eq!(report.entries, 32, "all places are used");
    assert_eq!((report.most_entries, report.most_bytes), (32, 64 << 10));
    let report = other.memory().expect("a memory");
    assert_eq!((report.hits, report.misses), (9, 1), "{report:?}");
    // What is larger than its share is not kept.
    let tiny = shop.verifier().with_memory(Some(MemorySize { entries: 4, bytes: 4_000 }));
    let padded = [others[0].clone(), leaf.clone(), leaf.clone(), leaf.clone()];
    for _ in 0..2 {
        assert!(tiny.verify(&leaf, &padded, now()).is_ok());
    }
    assert_eq!(tiny.memory().map(|memory| (memory.entries, memory.hits)), Some((0, 0)));
}

/// Empty certificates are no octets, but where each ends is kept too.
#[test]
fn what_is_kept_of_many_empty_certificates_is_counted() {
    let shop = Shop::new();
    let (leaf, mut others) = (shop.leaf(1), shop.chain().to_vec());
    let verifier = shop.verifier().with_memory(Some(MemorySize { entries: 4, bytes: 4_096 }));
    assert!(verifier.verify(&leaf, &others, now()).is_ok());
    let octets = leaf.len() + others[0].len();
    let report = verifier.memory().expect("a memory");
    assert_eq!((report.entries, report.bytes), (1, octets + 3 * size_of::<usize>()));
    others.resize(100, Vec::new());
    assert!(verifier.verify(&leaf, &others, now()).is_ok());
    assert_eq!(verifier.memory().map(|memory| memory.insertions), Some(1), "too large");
}

/// A certificate that lets another handshake go first while it is read.
struct Slow<'a> {
    der: &'a [u8],
    verifier: &'a Verifier,
    leaf: &'a [u8],
    is_read: Cell<bool>,
}

impl AsRef<[u8]> for Slow<'_> {
    fn as_ref(&self) -> &[u8] {
        if !self.is_read.replace(true) {
            assert!(self.verifier.verify(self.leaf, &[self.der], now()).is_ok());
        }
        self.der
    }
}

#[test]
fn handshakes_at_one_time_put_a_chain_into_one_place() {
    let shop = Shop::new();
    let (leaf, others) = (shop.leaf(1), shop.chain());
    let verifier = shop.verifier().with_memory(Some(size(4)));
    let is_read = Cell::new(false);
    let slow = Slow { der: &others[0], verifier: &verifier, leaf: &leaf, is_read };
    assert!(verifier.verify(&leaf, &[slow], now()).is_ok());
    let report = verifier.memory().expect("a memory");
    assert_eq!((report.misses, report.insertions, report.entries), (2, 1, 1), "{report:?}");
}

/// The leaf has the last of the names.
#[test]
fn the_name_is_the_one_that_was_found() {
    let shop = Shop::new();
    let own = lastmile::ReferenceName::Dns(DnsName::try_from(HOST).expect("a name"));
    let names = ExpectedNames::dns("other.example.com").expect("a name").or(own);
    let verifier = Verifier::builder(shop.anchors.clone(), names).memory(size(4)).build();
    for hits in [0, 0, 1] {
        assert_eq!(verifier.memory().map(|memory| memory.hits), Some(hits));
        let (leaf, others) = (shop.leaf(1), shop.chain());
        let verified = verifier.verify(&leaf, &others, now()).expect("good");
        assert_eq!(verified.name().to_string(), HOST);
    }
}

/// Copies share; another verifier of the same policy does not, nor one that forgets.
#[test]
fn a_memory_belongs_to_one_verifier() {
    let shop = Shop::new();
    let (leaf, others) = (shop.leaf(1), shop.chain());
    let verifier = shop.verifier().with_memory(Some(size(4)));
    let copy = verifier.clone();
    assert!(verifier.verify(&leaf, &others, now()).is_ok());
    assert!(copy.verify(&leaf, &others, now()).is_ok());
    assert_eq!(verifier.memory().map(|memory| memory.hits), Some(1));
    let fresh = verifier.clone().with_memory(Some(size(4)));
    assert_eq!(fresh.memory().map(|memory| memory.entries), Some(0));
    assert_eq!(verifier.clone().with_memory(None).memory(), None);
    assert_eq!(shop.verifier().memory(), None, "off until it is asked for");
    assert_eq!(verifier.digest(), shop.verifier().digest(), "no part of the policy");
    // Asked for, and without a place.
    let none = shop.verifier().with_memory(Some(size(0)));
    for _ in 0..2 {
        assert!(none.verify(&leaf, &others, now()).is_ok());
    }
    assert_eq!(none.memory().map(|memory| (memory.entries, memory.misses)), Some((0, 2)));
}

/// Eight threads, two chains, memories that are too small: every answer is right.
#[test]
fn threads_share_a_memory_without_a_wrong_answer() {
    let shop = Shop::new();
    let verifier = shop
        .verifier()
        .with_memory(Some(size(4)))
        .with_signature_cache(Some(SignatureCache::new(size(4))));
    let leaves: Vec<Vec<u8>> = (1..40).map(|serial| shop.leaf(serial)).collect();
    let mut bad = shop.leaf(99);
    let last = bad.len() - 1;
    bad[last] ^= 1;
    std::thread::scope(|scope| {
        for thread in 0..8_usize {
            let (verifier, leaves, bad, others) = (&verifier, &leaves, &bad, shop.chain());
            scope.spawn(move || {
                for round in 0..500_usize {
                    let leaf = &leaves[(thread * 7 + round * round) % leaves.len()];
                    let verified = verifier.verify(leaf, &others, now()).expect("good");
                    assert_eq!(verified.leaf().der(), leaf);
                    if round % 10 == 0 {
                        assert!(verifier.verify(bad, &others, now()).is_err());
                    }
                }
            });
        }
    });
    let report = verifier.memory().expect("a memory");
    assert_eq!(report.hits + report.misses, 8 * 550);
    assert!(report.bytes <= report.most_bytes && report.entries <= 4);
}
