//! Many names under many dNSName subtrees are judged by an index: with the verdicts of a few.

use std::time::Duration;

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

/// So many subtrees of each side, so many good names, and one more name: accepted, or the code.
fn judge(subtrees: usize, names: usize, more: &str) -> String {
    let dns = |name: String| general_name::dns(name);
    let all = Names {
        permitted: (0..subtrees).map(|number| dns(format!("p{number}.test"))).collect(),
        excluded: (0..subtrees)
            .map(|number| dns(format!("x.p{number}.test")))
            .chain([general_name::dns("apart.test")])
            .collect(),
        presented: (0..names)
            .map(|number| dns(format!("n{number}.p{}.test", number % subtrees)))
            .chain([general_name::dns(more)])
            .collect(),
    };
    all.judge()
}

/// General names of a constraining CA, and of the leaf below it.
struct Names {
    permitted: Vec<Vec<u8>>,
    excluded: Vec<Vec<u8>>,
    presented: Vec<Vec<u8>>,
}

impl Names {
    fn judge(self) -> String {
        let constraints = NameConstraints::new().permitted(general_name::dns("p0.test"));
        let constraints = self.permitted.into_iter().fold(constraints, NameConstraints::permitted);
        let constraints = self.excluded.into_iter().fold(constraints, NameConstraints::excluded);
        let root = Authority::root("Root", &keys::P256_A);
        let name = DirectoryName::cn("Intermediate");
        let issuer =
            root.subordinate(name, &keys::P256_B, |one| one.extension(constraints.extension()));
        let presented: Vec<_> =
            [general_name::dns("n0.p0.test")].into_iter().chain(self.presented).collect();
        let leaf = issuer.issue(CertificateBuilder::leaf("n0.p0.test").names(&presented));
        let anchors = TrustAnchors::from_der([&root.certificate]).expect("an anchor");
        let expected = ExpectedNames::dns("n0.p0.test").expect("a name");
        let verifier = Verifier::builder(anchors, expected).build();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000));
        match verifier.verify(&leaf, &[&issuer.certificate], now) {
            Ok(_) => "accepted".into(),
            Err(rejection) => format!("{} {rejection}", rejection.reason().code()),
        }
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
        // A few subtrees and names are compared one by one; 80 and 40 are not.
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

/// The other forms that have an index.
#[test]
fn addresses_uris_and_mailboxes_too() {
    type Maker = fn(&str) -> Vec<u8>;
    let uri: Maker = |text| general_name::uri(text);
    let email: Maker = |text| general_name::email(text);
    let ip: Maker = |text| match text.split_once('/') {
        Some((address, mask)) => general_name::ip_subnet(address, mask),
        None => general_name::ip(text),
    };
    type Text = fn(usize) -> String;
    /// Permitted, excluded, good.
    type Form = (Maker, Text, Text, Text);
    let forms: [Form; 3] = [
        (
            uri,
            |n| format!(".p{n}.test"),
            |n| format!("x.p{n}.test"),
            |n| format!("a://b.p{n}.test"),
        ),
        (email, |n| format!("p{n}.test"), |n| format!("x@p{n}.test"), |n| format!("a@p{n}.test")),
        (
            ip,
            |n| format!("10.{n}.0.0/255.255.0.0"),
            |n| format!("10.{n}.7.0/255.255.255.0"),
            |n| format!("10.{n}.0.1"),
        ),
    ];
    let more = [
        [
            ("a://B.P1.TEST:443/c", "accepted"),
            ("a://x.p1.test", "name-excluded"),
            ("a://p1.test", "name-not-permitted"),
            ("a://q.test", "name-not-permitted"),
            ("urn:q", "malformed-name"),
        ],
        [
            ("b@P1.test", "accepted"),
            ("X@p1.test", "name-excluded"),
            ("b@y.p1.test", "name-not-permitted"),
            ("b@q.test", "name-not-permitted"),
            ("b", "malformed-name"),
        ],
        [
            ("10.1.255.255", "accepted"),
            ("10.1.7.255", "name-excluded"),
            ("10.200.0.1", "name-not-permitted"),
            ("9.255.255.255", "name-not-permitted"),
            ("2001:db8::1", "name-not-permitted"),
        ],
    ];
    for ((maker, permitted, excluded, good), more) in forms.into_iter().zip(more) {
        for (name, code) in more {
            // A few subtrees and names are compared one by one; 80 and 40 are not.
            for (subtrees, names) in [(4, 3), (40, 40)] {
                let all = |text: Text, count: usize| {
                    (0..count).map(|n| maker(&text(n % subtrees))).collect::<Vec<_>>()
                };
                let mut presented = all(good, names);
                presented.push(maker(name));
                let names = Names {
                    permitted: all(permitted, subtrees),
                    excluded: all(excluded, subtrees),
                    presented,
                };
                let found = names.judge();
                assert!(found.starts_with(code), "{name} under {subtrees}: {found}");
            }
        }
    }
}
