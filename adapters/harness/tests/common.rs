//! What the modules of C proxies share: policies from their configuration, and refusals in their logs.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use lastmile_harness::Compiler;
use lastmile_harness::Fields;
use lastmile_harness::Library;
use lastmile_harness::Sanitizer;
use lastmile_harness::pki;
use lastmile_harness::quickstart_file;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_harness::under_valgrind;
use lastmile_testdata::case::Case;
use lastmile_testdata::case::Expect;
use lastmile_testdata::cases;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::general_name::dns;
use lastmile_testdata::general_name::uri;
use lastmile_testdata::keys;
use lastmile_testdata::time;
use support::verdict;
use support::with_case;

const RUNS_FOR: Duration = Duration::from_secs(120);
/// `LASTMILE_REFUSAL_MOST`.
const MOST_OF_A_LINE: usize = 1000;

#[test]
fn every_refusal_is_one_line_for_people_and_machines() {
    let all = cases::all();
    let hostile = hostile();
    let path = scratch("fields").join("refusals");
    all.iter().chain(&hostile).fold(Fields::new(), with_case).write(&path);
    let program = || {
        Compiler::new(Library::with_features(""))
            .source("adapters/common/lastmile_refusal.c")
            .source("adapters/harness/tests/programs/refusal.c")
    };
    let address = program().sanitized(Sanitizer::Address).program("refusal-address");
    let output = run(Command::new(address).arg(&path), RUNS_FOR).expect_success();
    let lines: BTreeMap<&str, &str> =
        output.lines().map(|line| line.split_once(' ').expect("a name and a line")).collect();
    for case in all.iter().chain(&hostile) {
        let expected = verdict(case).code;
        let Some(line) = lines.get(case.name) else {
            assert_eq!(expected, "-", "{} has no line", case.name);
            continue;
        };
        let name = case.name;
        assert!(line.len() <= MOST_OF_A_LINE, "{name}: {line}");
        assert!(line.bytes().all(|octet| (0x20..0x7f).contains(&octet)), "{name}: {line}");
        assert!(!line.contains(['"', '\\']), "{name}: {line}");
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some(&*format!("lastmile/{expected}")), "{name}: {line}");
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or_else(|| panic!("{name}: {line}"));
            let keys = ["certificate", "anchor", "expected", "presented", "detail", "also"];
            assert!(keys.contains(&key) && !value.is_empty(), "{name}: {line}");
        }
    }
    assert!(lines.len() > 300, "only {} refusals", lines.len());
    let program = program().program("refusal");
    let few = scratch("fields").join("hostile-refusals");
    hostile.iter().fold(Fields::new(), with_case).write(&few);
    under_valgrind(&program, &few);

    // Word for word.
    let many = (0..16).map(|at| format!("dns:n{at}.example.com")).collect::<Vec<_>>();
    for (name, expected) in [
        (
            "plain",
            "lastmile/name-mismatch expected=dns:backend.example.com presented=dns:other.example.com certificate=0"
                .to_owned(),
        ),
        (
            "newline",
            "lastmile/name-mismatch expected=dns:backend.example.com presented=uri:%22spiffe://a/%5Cn2026%20[error]%20forged%3D%22 certificate=0"
                .replace("%3D", "="),
        ),
        ("escape", "lastmile/name-mismatch expected=dns:backend.example.com presented=dns:%5Cu{1b}[31mred certificate=0".to_owned()),
        ("bidi", "lastmile/name-mismatch expected=dns:backend.example.com presented=uri:spiffe://a/%5Cu{202e}gpj certificate=0".to_owned()),
        ("two", "lastmile/name-mismatch expected=dns:a.example,uri:spiffe://a/b%2Cc presented=dns:other.example.com certificate=0".to_owned()),
    ] {
        assert_eq!(lines[name], expected, "{name}");
    }

    // The library tells of the first 16.
    assert!(lines["hundred"].ends_with(&format!("presented={} certificate=0", many.join(","))));
    assert!(
        lines["long"].ends_with("xxx...,+2 certificate=0") && lines["long"].len() < 400,
        "{}",
        lines["long"]
    );
    assert!(
        lines["longish"].contains(",dns:n3.xxx")
            && lines["longish"].ends_with(",+12 certificate=0"),
        "{}",
        lines["longish"]
    );
    assert_eq!(
        lines["expired"],
        "lastmile/expired certificate=0 detail=certificate_0_expired_150_days_ago",
        "{}",
        lines["expired"]
    );
}

/// A chain for the quick start's host with these names.
fn presents(name: &'static str, names: &[Vec<u8>]) -> Case {
    let root = pki::root("Example Root", &keys::P256_A);
    let leaf = root.issue(pki::leaf("backend.example.com").names(names));
    Case {
        name,
        about: "",
        now: time::NOW,
        hostname: "backend.example.com",
        sans: Vec::new(),
        expect: Expect::Accepted,
        cves: Vec::new(),
        chain: vec![leaf],
        anchors: vec![root.certificate],
    }
}

fn hostile() -> Vec<Case> {
    let hundred: Vec<_> = (0..100).map(|at| dns(format!("n{at}.example.com"))).collect();
    let longish: Vec<_> =
        (0..100).map(|at| dns(format!("n{at}.{}.example.com", "x".repeat(63)))).collect();
    let long: Vec<_> =
        (0..3).map(|at| uri(format!("spiffe://a/{at}{}", "x".repeat(5000)))).collect();
    let mut two = presents("two", &[dns("other.example.com")]);
    two.sans = vec!["hostname:a.example", "uri:spiffe://a/b,c"];
    let mut expired = presents("expired", &[dns("backend.example.com")]);
    let root = pki::root("Example Root", &keys::P256_A);
    let builder =
        CertificateBuilder::leaf("backend.example.com").valid(time::START, time::START + 60);
    expired.chain = vec![root.issue(builder)];
    vec![
        presents("plain", &[dns("other.example.com")]),
        presents("newline", &[uri("spiffe://a/\n2026 [error] forged=")]),
        presents("escape", &[dns("\x1b[31mred")]),
        presents("bidi", &[uri("spiffe://a/\u{202e}gpj")]),
        presents("octets", &[dns([0xff, 0x00, 0xfe, b' ', b'"', b'\\', b'%'])]),
        presents("hundred", &hundred),
        presents("long", &long),
        presents("longish", &longish),
        two,
        expired,
    ]
}

#[test]
fn policies_are_made_of_what_a_configuration_says() {
    let host = Host::new();
    let path = |name: &str| host.folder.join(name).display().to_string();
    let (ca, other) = (path("ca.pem"), path("ca-other.pem"));
    let documents = path("policies.yaml");
    let stanza = |words: &[&str]| {
        ["stanza"].iter().chain(words).map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let target =
        |path: &str, target: &str| vec!["documents".to_owned(), path.to_owned(), target.to_owned()];
    let remove = |path: &str| vec!["remove".to_owned(), path.to_owned()];

    // What is good; and what makes another policy of it, or the same.
    let steps = [
        stanza(&[&ca, "backend.example.com"]),
        stanza(&[&path("copy.pem"), "backend.example.com"]),
        stanza(&[&other, "backend.example.com"]),
        stanza(&[&ca, "other.example.com"]),
        stanza(&[&ca, "sni.example", "hostname:backend.example.com"]),
        stanza(&[
            &ca,
            "sni.example",
            "hostname:*.example.com",
            "uri:spiffe://cluster.local/ns/shop/sa/backend",
        ]),
        stanza(&["system", "backend.example.com"]),
        target(&documents, "shop/backend:https"),
        remove(&documents),
        // It was read already.
        target(&documents, "shop/backend:8443"),
        target(&path("folder"), "shop/backend:https"),
        target(&path("folder/"), "shop/backend:https"),
    ];
    let lines = host.run(&steps);
    let names: Vec<_> = lines.iter().map(|line| line.split(' ').nth(1).expect("a name")).collect();
    let digests: Vec<_> =
        lines.iter().map(|line| line.split(' ').nth(2).expect("a digest")).collect();
    assert!(lines.iter().all(|line| line.starts_with("1 ")), "{}", lines.join("\n"));
    assert_eq!(names[0], "backend.example.com");
    assert_eq!(names[5], "sni.example");
    assert_eq!(digests[0], digests[1]);
    // The names are the same: the hostname is only sent.
    assert_eq!(digests[0], digests[4]);
    for at in [2, 3, 5, 6] {
        assert_ne!(digests[0], digests[at], "{at}");
    }
    assert!(digests[7..].iter().all(|digest| *digest == digests[0]), "{}", lines.join("\n"));

    // What is not: each a line away from the above.
    let documents = path("again.yaml");
    let broken = path("broken.pem");
    for (step, expected) in [
        (
            stanza(&["", "a.example"]),
            "no CA: name a file of PEM certificates, or \"system\"".to_owned(),
        ),
        (
            stanza(&[&path("none.pem"), "a.example"]),
            format!("{}: cannot be read: No such file or directory", path("none.pem")),
        ),
        (
            stanza(&[&path("folder"), "a.example"]),
            format!("{}: is not a regular file", path("folder")),
        ),
        (stanza(&["/dev/zero", "a.example"]), "/dev/zero: is not a regular file".to_owned()),
        (
            stanza(&[&path("large.pem"), "a.example"]),
            format!("{}: has more than 33554432 octets, and no more are read", path("large.pem")),
        ),
        (
            stanza(&[&path("empty.pem"), "a.example"]),
            format!(
                "{}: has no certificate: expected a bundle of PEM certificates of CAs",
                path("empty.pem")
            ),
        ),
        (stanza(&[&broken, "a.example"]), format!("{broken}: block 2, line ")),
        (stanza(&[&path("key.pem"), "a.example"]), format!("{}: block 1, line 1", path("key.pem"))),
        (stanza(&[&ca, ""]), "hostname".to_owned()),
        (stanza(&[&ca, "a..b"]), "hostname".to_owned()),
        (stanza(&[&ca, "*.example"]), "hostname".to_owned()),
        (stanza(&[&ca, "10.0.0.1"]), "hostname".to_owned()),
        (
            stanza(&[&ca, "a.example", "b.example"]),
            "subjectAltNames[0]: expected hostname:NAME or uri:URI, found \"b.example\"".to_owned(),
        ),
        (
            stanza(&[&ca, "a.example", "hostname:b.example", "uri:none"]),
            "subjectAltNames[1].uri".to_owned(),
        ),
        (stanza(&[&ca, "a.example", "hostname:a_b"]), "subjectAltNames[0].hostname".to_owned()),
        (
            stanza(&[
                &ca,
                "a.example",
                "uri:s://1",
                "uri:s://2",
                "uri:s://3",
                "uri:s://4",
                "uri:s://5",
                "uri:s://6",
            ]),
            "subjectAltNames".to_owned(),
        ),
        (
            target("", "shop/backend"),
            "no documents: name a file, or a directory of files".to_owned(),
        ),
        (
            target(&path("none.yaml"), "shop/backend"),
            format!("{}: cannot be read: No such file or directory", path("none.yaml")),
        ),
        (
            target(&path("nothing"), "shop/backend"),
            format!("{}: has no files that end in .yaml, .yml or .json", path("nothing")),
        ),
        (target(&path("large"), "shop/backend"), path("large")),
        (
            target(&documents, "a b"),
            "target \"a b\": expected [NAMESPACE/]NAME[:SECTION]".to_owned(),
        ),
        (target(&documents, ""), "target \"\": expected [NAMESPACE/]NAME[:SECTION]".to_owned()),
        (
            target(&documents, "shop/nobody"),
            format!(
                "{documents}: target \"shop/nobody\": no policy is about it: expected a BackendTLSPolicy with a targetRef to it"
            ),
        ),
        (
            target(&path("skip.yaml"), "shop/open"),
            format!(
                "{}: target \"shop/open\": every certificate would be accepted, by insecureSkipVerify: verification is not skipped here, remove that",
                path("skip.yaml")
            ),
        ),
        (
            target(&path("refuse.yaml"), "shop/backend:https"),
            format!("{}: target \"shop/backend:https\": refused: policy-", path("refuse.yaml")),
        ),
    ] {
        let lines = host.run(std::slice::from_ref(&step));
        let last = lines.last().expect("a line");
        let error = last.strip_prefix("0 ").unwrap_or_else(|| panic!("{step:?}: {last}"));
        assert!(error.starts_with(&expected), "{step:?}\nexpected {expected}\n   found {error}");
        println!("{error}");
    }

    // Warnings: what could not be read, of each path once.
    let steps =
        [target(&path("mixed"), "shop/backend:https"), target(&path("mixed"), "shop/backend:8443")];
    let lines = host.run(&steps);
    assert_eq!(lines.len(), 3, "{}", lines.join("\n"));
    assert!(lines[0].starts_with("warning ") && lines[0].contains("broken.yml"), "{}", lines[0]);
    assert!(lines[1].starts_with("1 ") && lines[2].starts_with("1 "), "{}", lines.join("\n"));
}

/// A program that makes policies, and the files for it.
struct Host {
    program: PathBuf,
    folder: PathBuf,
}

impl Host {
    fn new() -> Self {
        let folder = scratch("policies");
        // What an earlier run left.
        let _ = fs::remove_dir_all(&folder);
        let folder = scratch("policies");
        let write = |name: &str, content: &str| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, content).expect("a file is written");
        };
        let policies = quickstart_file("policies.yaml");
        let ca = quickstart_file("ca.pem");
        for name in ["ca.pem", "ca-other.pem", "key.pem"] {
            write(name, &quickstart_file(name));
        }
        write("copy.pem", &ca);
        write("broken.pem", &format!("{ca}{}", ca.replacen("MII", "MIJ", 1)));
        write("empty.pem", "");
        write("large.pem", &"x".repeat((32 << 20) + 1));
        write("policies.yaml", &policies);
        write("again.yaml", &policies);
        write("folder/b.YAML", &policies);
        write("folder/readme.txt", "kind: [");
        write(
            "folder/more.json",
            r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}"#,
        );
        write("nothing/readme.txt", "");
        write("mixed/a.yaml", &policies);
        write("mixed/broken.yml", "kind: [");
        write("large/a.yaml", &"#".repeat(17 << 20));
        write("large/b.yaml", &"#".repeat(17 << 20));
        // As a mounted ConfigMap has them.
        write("..data.json/x", "");
        symlink("../again.yaml", folder.join("nothing/link.txt")).expect("a link");
        write(
            "refuse.yaml",
            &policies.replace("name: backend-ca\n  namespace", "name: another-ca\n  namespace"),
        );
        let skip = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: open, namespace: shop}\nspec:\n  endpoints: [{fqdn: {hostname: open.example, port: 443}}]\n  tls: {insecureSkipVerify: true}\n";
        write("skip.yaml", skip);
        let program = Compiler::new(Library::with_features("policy"))
            .source("adapters/common/lastmile_policies.c")
            .source("adapters/harness/tests/programs/policies.c")
            .sanitized(Sanitizer::Address)
            .program("policies-address");
        Self { program, folder }
    }

    fn run(&self, steps: &[Vec<String>]) -> Vec<String> {
        let mut command = Command::new(&self.program);
        for step in steps {
            command.args(step).arg(".");
        }
        let output = run(&mut command, RUNS_FOR).expect_success();
        output.lines().map(str::to_owned).collect()
    }
}
