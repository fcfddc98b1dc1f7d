//! Each ceiling of [`Limits`]: what stands exactly at it is accepted, one more is refused, and the
//! refusal has the ceiling's own code and the value that was set.

use std::time::Duration;
use std::time::Instant;

use lastmile::ExpectedNames;
use lastmile::Limits;
use lastmile::Reason;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile::algorithms::RING;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::extension;
use lastmile_testdata::extension::NameConstraints;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::keys::Key;
use lastmile_testdata::keys::P256_A as KEY;
use lastmile_testdata::stub::STUB;
use rustls_pki_types::SignatureVerificationAlgorithm;

mod support;

use support::Case;
use support::cases;

const HOST: &str = "a.shop.test";

/// A chain, what is trusted, and who checks signatures.
struct Chain {
    anchors: Vec<Vec<u8>>,
    leaf: Vec<u8>,
    presented: Vec<Vec<u8>>,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
}

impl Chain {
    /// A root, so many authorities below it, each with a name of its own, and a leaf.
    fn of(authorities: usize) -> Self {
        let name = |at: usize| format!("Authority {at}");
        let presented = (1..=authorities).rev().map(|at| authority(&name(at), &name(at - 1)));
        Self {
            anchors: vec![authority(&name(0), &name(0)).build(&KEY)],
            leaf: leaf(&name(authorities)).build(&KEY),
            presented: presented.map(|one| one.build(&KEY)).collect(),
            algorithms: STUB,
        }
    }

    /// How many certificates the path has, or what refuses.
    fn verify(&self, limits: Limits) -> Result<usize, Reason> {
        self.judge(limits).map_err(|reasons| reasons.first().expect("a reason").clone())
    }

    /// The same with all that refuses.
    fn judge(&self, limits: Limits) -> Result<usize, Vec<Reason>> {
        let anchors = TrustAnchors::from_der(&self.anchors).expect("anchors");
        let names = ExpectedNames::dns(HOST).expect("a name");
        let verifier =
            Verifier::builder_for(anchors, names, self.algorithms).limits(limits).build();
        match verifier.verify(&self.leaf, &self.presented, now()) {
            Ok(verified) => Ok(verified.path().len()),
            Err(rejection) => {
                let also = rejection.also().iter().map(|finding| finding.reason().clone());
                Err([rejection.reason().clone()].into_iter().chain(also).collect())
            }
        }
    }

    /// Accepted with exactly this much, refused for this reason with one less.
    #[track_caller]
    fn needs(&self, most: u32, limit: impl Fn(&mut Limits, u32), refused: impl Fn(u32) -> Reason) {
        let with = |value: u32| {
            let mut limits = Limits::default();
            limit(&mut limits, value);
            self.verify(limits)
        };
        assert!(with(most).is_ok(), "{most} is enough, not {:?}", with(most));
        let reason = refused(most - 1);
        assert_eq!(with(most - 1), Err(reason.clone()), "{} is too little", most - 1);
        assert_eq!(with(0).expect_err("0 is too little").code(), reason.code(), "0 is too little");
    }
}

/// With one key for everything, so that the stub takes every signature for good.
fn signed(builder: CertificateBuilder) -> CertificateBuilder {
    builder.spki(KEY.spki()).signature(KEY.bits())
}

fn authority(name: &str, issuer: &str) -> CertificateBuilder {
    signed(CertificateBuilder::new(DirectoryName::cn(name)))
        .issuer(DirectoryName::cn(issuer))
        .extension(extension::ca(None))
}

fn leaf(issuer: &str) -> CertificateBuilder {
    signed(CertificateBuilder::new(DirectoryName::cn("leaf")))
        .issuer(DirectoryName::cn(issuer))
        .names(&[general_name::dns(HOST)])
}

fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000))
}

#[test]
fn intermediates() {
    for authorities in [1, 2, 8, 9, 14] {
        Chain::of(authorities).needs(
            u32::try_from(authorities).expect("few"),
            |limits, value| limits.intermediates = value,
            |limit| Reason::PathTooLong { limit },
        );
    }
    let mut none = Limits::default();
    none.intermediates = 0;
    assert_eq!(Chain::of(0).verify(none), Ok(2), "no authority is between leaf and anchor");
    // Self-issued ones are not counted (RFC 5280 6.1.4 l).
    assert_eq!(self_issued(13).verify(none), Ok(15), "13 self-issued ones count as none");
}

/// Authorities of the root's name, with keys of their own: the next one's key made each signature.
fn self_issued(authorities: usize) -> Chain {
    let keys: Vec<Key> =
        (0..=authorities).map(|at| Key::derived(&format!("self-issued {at}"))).collect();
    let name = DirectoryName::cn("Root");
    let by = |builder: CertificateBuilder, issuer: &Key| {
        builder
            .issuer(name.clone())
            .extension(extension::authority_key_id(&issuer.id()))
            .signature(issuer.bits())
    };
    let authority = |at: usize| {
        let issuer = &keys[at.saturating_sub(1)];
        let authority = CertificateBuilder::authority(name.clone(), &keys[at]);
        by(authority, issuer).build(issuer)
    };
    let last = &keys[authorities];
    Chain {
        anchors: vec![authority(0)],
        leaf: by(CertificateBuilder::leaf(HOST), last).build(last),
        presented: (1..=authorities).map(authority).collect(),
        algorithms: STUB,
    }
}

#[test]
fn sixteen_certificates_are_a_path_and_seventeen_are_none_whatever_is_set() {
    let mut limits = Limits::default();
    limits.intermediates = u32::MAX;
    assert_eq!(Chain::of(14).verify(limits), Ok(16));
    assert_eq!(self_issued(14).verify(limits), Ok(16), "self-issued ones count here");
    // However long it is, that is the reason, and not that an issuer is missing.
    for authorities in [15, 16, 17, 40, 120] {
        let reason = Chain::of(authorities).verify(limits).expect_err("17 certificates or more");
        assert_eq!(reason, Reason::PathTooLong { limit: 14 }, "{authorities} authorities");
    }
    // One name for all: the other orders are tried, until that costs too much.
    let reason = self_issued(15).verify(limits).expect_err("17, of which 16 are self-issued");
    assert_eq!(reason, Reason::TooManySignatureChecks { limit: 128 });
}

#[test]
fn presented() {
    for strangers in [0, 1, 9, 127, 300] {
        let mut chain = Chain::of(1);
        let stranger = authority("Stranger", "Nobody").build(&KEY);
        chain.presented.extend(vec![stranger; strangers]);
        let presented = chain.presented.len();
        chain.needs(
            u32::try_from(presented).expect("few"),
            |limits, value| limits.presented = value,
            |limit| Reason::TooManyCertificates { presented, limit },
        );
    }
}

#[test]
fn certificate_bytes() {
    let mut chain = Chain::of(1);
    let padding = extension::Extension::new("1.3.6.1.4.1.55555.1.2", vec![0; 900]);
    let plain = chain.leaf.clone();
    chain.leaf = leaf("Authority 1").extension(padding.clone()).build(&KEY);
    let length = chain.leaf.len();
    chain.needs(
        u32::try_from(length).expect("short"),
        |limits, value| limits.certificate_bytes = value,
        |limit| Reason::CertificateTooLarge { length, limit },
    );
    // A presented authority that is too large is no candidate, and is named.
    chain.leaf = plain;
    let large = authority("Authority 1", "Authority 0").extension(padding).build(&KEY);
    let length = large.len();
    chain.presented = vec![large];
    let mut limits = Limits::default();
    limits.certificate_bytes = u32::try_from(length).expect("short");
    assert_eq!(chain.verify(limits), Ok(3));
    limits.certificate_bytes -= 1;
    let too_large = Reason::CertificateTooLarge { length, limit: limits.certificate_bytes };
    let reasons = chain.judge(limits).expect_err("the only authority is too large");
    assert_eq!(reasons.first().map(Reason::code), Some("unknown-issuer"));
    assert!(reasons.contains(&too_large), "{reasons:?}");
    // It does not stand in the way of a good one.
    chain.presented.push(authority("Authority 1", "Authority 0").build(&KEY));
    assert_eq!(chain.verify(limits), Ok(3));
}

#[test]
fn signature_checks() {
    let limit = |limits: &mut Limits, value| limits.signature_checks = value;
    let refused = |limit| Reason::TooManySignatureChecks { limit };
    for authorities in [0, 1, 8] {
        let links = u32::try_from(authorities + 1).expect("few");
        Chain::of(authorities).needs(links, limit, refused);
    }
    // In units of cost: P-384 is 14, RSA of 4096 bits is 2, P-256 is 1.
    for (root, intermediate, cost) in [
        (&keys::P256_A, &keys::P256_B, 2),
        (&keys::P384_A, &keys::P384_B, 28),
        (&keys::P384_A, &keys::P256_B, 15),
        (&keys::RSA4096_A, &keys::RSA2048_B, 3),
        (&keys::ED25519_A, &keys::ED25519_B, 2),
    ] {
        let root = Authority::root("Root", root);
        let intermediate = root.intermediate("Intermediate", intermediate);
        let chain = Chain {
            leaf: intermediate.issue(CertificateBuilder::leaf(HOST)),
            presented: vec![intermediate.certificate],
            anchors: vec![root.certificate],
            algorithms: RING,
        };
        chain.needs(cost, limit, refused);
    }
}

#[test]
fn issuer_candidates() {
    // Each authority is tried once, and the anchor.
    for authorities in [0, 1, 8] {
        let tried = u32::try_from(authorities + 1).expect("few");
        Chain::of(authorities).needs(
            tried,
            |limits, value| limits.issuer_candidates = value,
            |limit| Reason::TooManyIssuerCandidates { limit },
        );
    }
}

#[test]
fn name_constraint_pairs() {
    // In one CA and in several: so many names meet so many subtrees, permitted or excluded.
    for (constraining, names, subtrees) in
        [(1, 1, 1), (1, 3, 2), (1, 64, 64), (1, 200, 30), (2, 100, 50), (4, 64, 40)]
    {
        let constraints = (0..subtrees).fold(NameConstraints::new(), |constraints, at| {
            let base = general_name::dns(format!("{at:x}.b"));
            if at % 2 == 0 { constraints.excluded(base) } else { constraints.permitted(base) }
        });
        let constraints = constraints.permitted(general_name::dns("test"));
        let mut chain = Chain::of(constraining);
        chain.presented = (1..=constraining)
            .map(|at| {
                authority(&format!("Authority {at}"), &format!("Authority {}", at - 1))
                    .extension(constraints.extension())
                    .build(&KEY)
            })
            .collect();
        let more = (1..names).map(|at| general_name::dns(format!("n{at}.shop.test")));
        let names_of_leaf: Vec<_> = more.chain([general_name::dns(HOST)]).collect();
        chain.leaf = leaf(&format!("Authority {constraining}")).names(&names_of_leaf).build(&KEY);
        let pairs = constraining * names * (subtrees + 1);
        chain.needs(
            u32::try_from(pairs).expect("few"),
            |limits, value| limits.name_constraint_pairs = value,
            |limit| Reason::TooManyNameConstraintComparisons { limit },
        );
    }
}

/// What is read is counted by its octets, whatever it is compared with.
#[test]
fn name_bytes() {
    let limit = |limits: &mut Limits, value| limits.name_bytes = value;
    let refused = |limit| Reason::TooManyNameBytes { limit };
    // `CN=…`: 11 octets of encoding and the text.
    let of_name = |text: &str| 11 + u32::try_from(text.len()).expect("short");
    // Without constraints, the issuer and the subject of each authority; the leaf's are no part.
    for authorities in [1, 8] {
        let each = 2 * of_name("Authority 1");
        Chain::of(authorities).needs(
            each * u32::try_from(authorities).expect("few"),
            limit,
            refused,
        );
    }
    let mut none = Limits::default();
    none.name_bytes = 0;
    assert_eq!(Chain::of(0).verify(none), Ok(2), "no authority's names are read");

    let mut chain = Chain::of(1);
    let constraints = NameConstraints::new().permitted(general_name::dns("shop.test"));
    chain.presented = vec![
        authority("Authority 1", "Authority 0").extension(constraints.extension()).build(&KEY),
    ];
    let others = (0..999).map(|_| general_name::uri("a")).chain([general_name::dns(HOST)]);
    chain.leaf = leaf("Authority 1").names(&others.collect::<Vec<_>>()).build(&KEY);
    let host = 2 + u32::try_from(HOST.len()).expect("short");
    // The names of the authority; then its subtree of 13 octets in two lists, for the first
    // reading with their tags; for the comparison that, the leaf's names and its subject.
    let authority = 2 * of_name("Authority 1") + 13 + 4;
    let held = 13 + (4 + 999 * 3 + host) + of_name("leaf");
    chain.needs(authority + held, limit, refused);
}

/// What is refused for a name is not called too much work, though finding out took it twice.
#[test]
fn a_refusal_has_an_allowance_of_its_own() {
    let excluded = (0..1500).map(|number| general_name::dns(format!("x{number}.test")));
    let constraints = excluded.fold(NameConstraints::new(), NameConstraints::excluded);
    let mut chain = Chain::of(1);
    chain.presented = vec![
        authority("Authority 1", "Authority 0").extension(constraints.extension()).build(&KEY),
    ];
    let names = || (0..1500).map(|number| general_name::dns(format!("n{number}.example.com")));
    let with = |last: &str| {
        let all = names().chain([general_name::dns(HOST), general_name::dns(last)]);
        leaf("Authority 1").names(&all.collect::<Vec<_>>()).build(&KEY)
    };
    chain.leaf = with("a.y7.test");
    assert_eq!(chain.verify(Limits::default()), Ok(3));
    chain.leaf = with("a.x7.test");
    let reason = chain.verify(Limits::default()).expect_err("one of the names is excluded");
    assert_eq!(reason.code(), "name-excluded");
}

/// Directory names are compared part by part, so each pair costs its octets.
#[test]
fn directory_names_cost_their_octets() {
    let verdict = |length: usize| {
        let name = |kind: &str, at: usize| {
            let text = format!("{kind} {at:03} {}", "x".repeat(length));
            general_name::directory(DirectoryName::cn(&text))
        };
        let constraints = (0..200).fold(NameConstraints::new(), |constraints, at| {
            constraints.excluded(name("subtree", at))
        });
        let mut chain = Chain::of(1);
        let authority = authority("Authority 1", "Authority 0");
        chain.presented = vec![authority.extension(constraints.extension()).build(&KEY)];
        let names = (0..19).map(|at| name("name", at)).chain([general_name::dns(HOST)]);
        chain.leaf = leaf("Authority 1").names(&names.collect::<Vec<_>>()).build(&KEY);
        chain.verify(Limits::default())
    };
    // 20 names and 200 subtrees are 4,000 pairs.
    assert_eq!(verdict(10), Ok(3));
    let limit = Limits::default().name_bytes;
    assert_eq!(verdict(60), Err(Reason::TooManyNameBytes { limit }));
}

#[test]
fn nothing_at_all_is_refused_and_everything_is_judged_in_time() {
    let mut nothing = Limits::default();
    let mut everything = Limits::default();
    for (limits, value) in [(&mut nothing, 0), (&mut everything, u32::MAX)] {
        limits.intermediates = value;
        limits.presented = value;
        limits.certificate_bytes = value;
        limits.signature_checks = value;
        limits.issuer_candidates = value;
        limits.name_constraint_pairs = value;
        limits.name_bytes = value;
    }
    // What a ceiling ends might run on for long without it, or be accepted.
    let is_of_a_ceiling = |case: &Case| {
        let code = &case.expect[..];
        case.name.starts_with("limit-")
            || code.starts_with("too-many-")
            || matches!(code, "certificate-too-large" | "path-too-long")
    };
    for case in cases().iter().filter(|case| !is_of_a_ceiling(case)) {
        let anchors = TrustAnchors::from_pem(&case.bundle).expect("anchors");
        for limits in [nothing, everything] {
            let builder = Verifier::builder(anchors.clone(), case.names.clone());
            let verifier = builder.limits(limits).build();
            let start = Instant::now();
            let verdict = verifier.verify(case.leaf(), case.intermediates(), case.now);
            let time = start.elapsed();
            assert!(time < Duration::from_secs(2), "{}: {time:?} with {limits:?}", case.name);
            let code =
                verdict.as_ref().map_or_else(|refused| refused.reason().code(), |_| "accepted");
            match limits == nothing {
                true => assert_ne!(code, "accepted", "{}", case.name),
                false => assert_eq!(code, case.expect, "{}", case.name),
            }
        }
    }
}
