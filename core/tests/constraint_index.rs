//! Many names under many dNSName subtrees are judged by an index: with the verdicts of a few.

use std::time::Duration;
use std::time::Instant;

use lastmile::ExpectedNames;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::extension::NameConstraints;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::stub::CARELESS;

/// In the middle of what the test certificates are good for.
fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000))
}

/// So many subtrees of each side, so many good names, and one more name: accepted, or the code.
fn judge(subtrees: usize, names: usize, more: &str) -> String {
    let apart = NameConstraints::new().excluded(general_name::dns("apart.test"));
    let constraints = (0..subtrees).fold(apart, |all, number| {
        all.permitted(general_name::dns(format!("p{number}.test")))
            .excluded(general_name::dns(format!("x.p{number}.test")))
    });
    let root = Authority::root("Root", &keys::P256_A);
    let name = DirectoryName::cn("Intermediate");
    let issuer =
        root.subordinate(name, &keys::P256_B, |one| one.extension(constraints.extension()));
    let mut presented: Vec<_> = (0..names)
        .map(|number| general_name::dns(format!("n{number}.p{}.test", number % subtrees)))
        .collect();
    presented.push(general_name::dns(more));
    let leaf = issuer.issue(CertificateBuilder::leaf("n0.p0.test").names(&presented));
    let anchors = TrustAnchors::from_der([&root.certificate]).expect("an anchor");
    let expected = ExpectedNames::dns("n0.p0.test").expect("a name");
    let verifier = Verifier::builder(anchors, expected).build();
    match verifier.verify(&leaf, &[&issuer.certificate], now()) {
        Ok(_) => "accepted".into(),
        Err(rejection) => format!("{} {rejection}", rejection.reason().code()),
    }
}

#[test]
fn an_index_changes_no_verdict_and_no_reason() {
    for (name, code) in [
        ("a.p1.test", "accepted"),
        ("P1.TEST", "accepted"),
        ("*.a.p1.test", "accepted"),
        ("x.p1.test", "name-excluded"),
        ("a.X.p2.test", "name-excluded"),
        // It may be x.p1.test.
        ("*.p1.test", "name-excluded"),
        ("q.test", "name-not-permitted"),
        ("xp1.test", "name-not-permitted"),
        // Not under any that is permitted.
        ("a.apart.test", "name-excluded"),
        ("*.test", "name-"),
        (".p1.test", "malformed-name"),
        ("a..p1.test", "malformed-name"),
    ] {
        // 9 subtrees and 4 names are compared one by one; 81 and 41 are not.
        let (few, many) = (judge(4, 3, name), judge(40, 40, name));
        for found in [&few, &many] {
            assert!(found.starts_with(code), "{name}: expected {code}, found {found}");
        }
        let first = |text: &str| text.split(" (").next().map(str::to_owned);
        if !code.starts_with("name-not") && code != "name-" {
            assert_eq!(first(&few), first(&many), "{name}");
        }
    }
}

/// How long it takes to hold 240 names of 126 labels against so many permitted subtrees of each of
/// 64 CAs that are tried in turn.
fn time_of_many_labels(subtrees: usize) -> Duration {
    let constraints = (0..subtrees)
        .fold(NameConstraints::new(), |all, number| {
            all.permitted(general_name::dns(format!("x{number}.test")))
        })
        .permitted(general_name::dns("a"))
        .excluded(general_name::dns("bad.a"));
    let root = Authority::root("Root", &keys::P256_A);
    let issuers: Vec<Authority> = (1..=64)
        .map(|serial| {
            root.subordinate(DirectoryName::cn("Intermediate"), &keys::P256_B, |one| {
                one.serial(&[serial]).extension(constraints.clone().extension())
            })
        })
        .collect();
    let labels = "a.".repeat(124);
    let mut names: Vec<_> =
        (0..240).map(|number| general_name::dns(format!("{number}.{labels}a"))).collect();
    names.push(general_name::dns("bad.a"));
    let leaf = issuers[0].issue(CertificateBuilder::leaf("bad.a").names(&names));
    let presented: Vec<&[u8]> = issuers.iter().map(|one| &one.certificate[..]).collect();
    let anchors = TrustAnchors::from_der([&root.certificate]).expect("an anchor");
    let expected = ExpectedNames::dns("bad.a").expect("a name");
    let verifier = Verifier::builder_for(anchors, expected, CARELESS).build();
    let measure = || {
        let start = Instant::now();
        let refused = verifier.verify(&leaf, &presented, now()).expect_err("an excluded name");
        assert_eq!(refused.reason().code(), "name-excluded");
        start.elapsed()
    };
    (0..5).map(|_| measure()).min().expect("five")
}

/// The labels of a name are not in what is paid for, so an index must not look at each of them:
/// that took ten times as long as to compare them one by one.
#[test]
fn an_index_is_not_slower_than_its_subtrees_one_by_one() {
    // 32 subtrees are compared one by one; 40 are not.
    let (few, many) = (time_of_many_labels(30), time_of_many_labels(38));
    assert!(many < few * 4, "{many:?}, and without an index {few:?}");
}
