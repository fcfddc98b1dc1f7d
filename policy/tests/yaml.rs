//! Stanzas given as YAML or JSON: what is read, and what is refused at which line.

use std::time::Duration;
use std::time::Instant;

use lastmile::TrustAnchors;
use lastmile_policy::InvalidValidation;
use lastmile_policy::SubjectAltName;
use lastmile_policy::Validation;

fn read(text: &[u8]) -> Result<Validation, InvalidValidation> {
    let bundle = include_bytes!("../../testdata/quickstart/ca.pem");
    Validation::from_yaml(text, TrustAnchors::from_pem(bundle).expect("a bundle"))
}

#[test]
fn the_stanza_of_the_api_is_read() {
    let uri = || SubjectAltName::Uri("spiffe://a/b".into());
    let hostname = || SubjectAltName::Hostname("*.a.b".into());
    for (text, names) in [
        ("hostname: a.b", vec![]),
        ("\u{feff}hostname: a.b", vec![]),
        ("---\nhostname: a.b\n...\n", vec![]),
        ("hostname: a.b\nsubjectAltNames: []\n", vec![]),
        ("hostname: a.b\nsubjectAltNames: null\n", vec![]),
        (
            "hostname: a.b\r\nsubjectAltNames:\r\n- type: URI\r\n  uri: spiffe://a/b\r\n",
            vec![uri()],
        ),
        ("{hostname: a.b, subjectAltNames: [{type: URI, uri: 'spiffe://a/b'}]}", vec![uri()]),
        (
            "{\"hostname\": \"a.b\",\n\t\"subjectAltNames\": [\n\t\t{\"type\": \"URI\", \"uri\": \
             \"spiffe:\\/\\/a\\/b\"},\n\t\t{\"hostname\": \"*.a.b\", \"type\": \"Hostname\"}\n\t]\n}",
            vec![uri(), hostname()],
        ),
        (
            "subjectAltNames: [{type: Hostname, uri: ~, hostname: '*.a.b'}]\nhostname: a.b",
            vec![hostname()],
        ),
        (
            "hostname: &a a.b\nsubjectAltNames: [&x {type: URI, uri: spiffe://a/b}, *x]",
            vec![uri(), uri()],
        ),
    ] {
        let validation = read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(validation.hostname, "a.b", "{text}");
        assert_eq!(validation.subject_alt_names, names, "{text}");
        assert!(validation.compile().is_ok(), "what was read compiles");
    }
}

/// The stanza is read as documents are, and those as kubectl reads them: YAML 1.1 has more words for
/// true and false than YAML 1.2. In quotes each is text.
#[test]
fn a_word_is_a_boolean_if_it_is_one_for_kubectl() {
    for word in ["y", "Yes", "NO", "n", "on", "Off", "true", "False"] {
        let invalid = read(format!("hostname: {word}").as_bytes()).expect_err(word);
        assert_eq!(
            invalid.to_string(),
            "line 1, column 11: hostname: expected text, found true or false (put text in quotes)",
            "{word}"
        );
        for text in [
            format!("hostname: '{word}'"),
            format!("hostname: \"{word}\""),
            format!("hostname: !!str {word}"),
            format!("hostname: >-\n  {word}"),
        ] {
            let validation =
                read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(validation.hostname, word, "{text}");
        }
    }
    // For kubectl these are text, and no other reader need know that.
    for word in ["oN", "yeS", "nULL", "tRue", "oFF", "1_0.5", "-0x_1", "1__0"] {
        let invalid = read(format!("# it's\nhostname: {word} # {word}").as_bytes());
        let expected = format!(
            "line 2, column 11: not all readers take {word} for the same without quotes: put text in \
             quotes, write a boolean as true or false, nothing as null, and a number without \
             underscores"
        );
        assert_eq!(invalid.expect_err(word).to_string(), expected);
        let quoted = format!("hostname: a # {word}\nsubjectAltNames: [{{type: '{word}'}}]");
        let expected =
            format!("subjectAltNames[0].type: expected Hostname or URI, found \"{word}\"");
        assert!(read(quoted.as_bytes()).expect_err(word).to_string().ends_with(&expected));
    }
    for name in ["not", "yes.example", "null-1", "1.0.a", "a.true"] {
        assert_eq!(read(format!("hostname: {name}").as_bytes()).expect(name).hostname, name);
    }
}

/// kubectl ends a line there, and a comment with it.
#[test]
fn breaks_of_yaml_1_1_stand_only_in_json_or_escaped() {
    for (character, escape) in
        [("\u{85}", "\\u0085"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029")]
    {
        let code = &escape[2..];
        let expected = format!(
            "line 2, column 5: the character U+{code} ends a line for kubectl and not for other \
             readers: take it out, or write it as {escape} in double quotes"
        );
        for text in [
            format!("hostname: a.b\n# \u{e9} {character}subjectAltNames: []"),
            format!("hostname: a.b\nx: '{character}'"),
            format!("hostname: a.b\nx: \"{character}\""),
            format!("{{\"hostname\":\n\"a.b{character}\"}} # no JSON"),
        ] {
            assert_eq!(read(text.as_bytes()).expect_err(&text).to_string(), expected, "{text:?}");
        }
        for text in [
            format!("hostname: \"a.b{escape}\""),
            format!("{{\"hostname\": \"a.b{character}\"}}"),
            format!(" {{\"hostname\": \"a.b{escape}\"}}\n"),
        ] {
            let expected = "hostname: expected a DNS name such as backend.example.com, found";
            let sentence = read(text.as_bytes()).expect_err(&text).to_string();
            assert!(sentence.contains(expected), "{text:?}: {sentence}");
        }
    }
}

#[test]
fn every_fault_has_its_line() {
    for (text, expected) in [
        (
            "",
            "line 1, column 1: there is no stanza: expected hostname, and subjectAltNames if wanted",
        ),
        (
            "\n# nothing\n",
            "line 3, column 1: there is no stanza: expected hostname, and \
            subjectAltNames if wanted",
        ),
        ("[]", "line 1, column 1: expected a mapping, found a list"),
        ("a.b", "line 1, column 1: expected a mapping, found text"),
        (
            "\nhostname: 10",
            "line 2, column 11: hostname: expected text, found a number (put text in quotes)",
        ),
        (
            "hostname: true",
            "line 1, column 11: hostname: expected text, found true or false (put text in quotes)",
        ),
        ("hostname: [a.b]", "line 1, column 11: hostname: expected text, found a list"),
        ("hostname: {a: b}", "line 1, column 11: hostname: expected text, found a mapping"),
        (
            "subjectAltNames: []",
            "line 1, column 1: hostname: is missing: give the name that is \
            sent as SNI (and that the certificate must have, unless subjectAltNames says otherwise)",
        ),
        (
            "hostname: a.b\nhostname: c.d",
            "line 2, column 1: the field hostname is here for the second time",
        ),
        (
            "hostname: a.b\n\"hostname\": c.d",
            "line 2, column 1: the field hostname is here for the second time",
        ),
        (
            "hostname: a.b\nsubjectAltNames:\n- type: URI\n  type: URI",
            "line 4, column 3: the \
            field type is here for the second time",
        ),
        (
            "hostname: a.b\n---\nhostname: c.d",
            "line 2, column 1: a second document begins here, \
            and one is expected",
        ),
        (
            "hostname: a.b\nhostName: c",
            "line 2, column 1: hostName: is not a field here: \
            expected hostname or subjectAltNames",
        ),
        (
            "hostname: a.b\n\"\\e[1m\": c",
            "line 2, column 1: \\u{1b}[1m: is not a field here: \
            expected hostname or subjectAltNames",
        ),
        (
            "hostname: a.b\non: c",
            "line 2, column 1: not YAML that can be read: the name of a field that is true or false \
             (as y, n, yes, no, on and off are): put it in quotes",
        ),
        (
            "hostname: a.b\n1.50: c",
            "line 2, column 1: not YAML that can be read: the name of a field that is no text: put \
             it in quotes",
        ),
        (
            "hostname: a.b\n'on': c",
            "line 2, column 1: on: is not a field here: expected hostname or subjectAltNames",
        ),
        (
            "hostname: a.b\n0x10: c",
            "line 2, column 1: 16: is not a field here: expected hostname or subjectAltNames",
        ),
        (
            "hostname: a.b\ncaCertificateRefs: []",
            "line 2, column 1: caCertificateRefs: what is trusted is not read from the stanza: take \
             the field out, and give the trust anchors beside it",
        ),
        (
            "hostname: a.b\nwellKnownCACertificates: System",
            "line 2, column 1: wellKnownCACertificates: what is trusted is not read from the stanza: \
             take the field out, and give the trust anchors beside it",
        ),
        (
            "hostname: a.b\nsubjectAltNames: a.b",
            "line 2, column 18: subjectAltNames: expected a \
            list, found text",
        ),
        (
            "hostname: a.b\nsubjectAltNames: [a.b]",
            "line 2, column 19: subjectAltNames[0]: \
            expected a mapping, found text",
        ),
        (
            "hostname: a.b\nsubjectAltNames:\n- hostname: a.b",
            "line 3, column 3: \
            subjectAltNames[0].type: is missing: expected Hostname or URI",
        ),
        (
            "hostname: a.b\nsubjectAltNames:\n- type: uri",
            "line 3, column 9: \
            subjectAltNames[0].type: expected Hostname or URI, found \"uri\"",
        ),
        (
            "hostname: a.b\nsubjectAltNames:\n- type: URI",
            "line 3, column 3: \
            subjectAltNames[0].uri: is missing: type URI needs it",
        ),
        (
            "hostname: a.b\nsubjectAltNames:\n- type: Hostname",
            "line 3, column 3: \
            subjectAltNames[0].hostname: is missing: type Hostname needs it",
        ),
        (
            "hostname: a.b\nsubjectAltNames:\n- type: Hostname\n  hostname: c\n  uri: a://b",
            "line \
            5, column 8: subjectAltNames[0].uri: does not belong to type Hostname: take it out, \
            or give it an entry of its own",
        ),
        (
            "hostname: a.b\nsubjectAltNames:\n- {type: Hostname, hostname: c, dns: d}",
            "line 3, \
            column 33: subjectAltNames[0].dns: is not a field here: expected type, hostname or uri",
        ),
        (
            "hostname: '*.a.b'",
            "line 1, column 11: hostname: expected one exact name to send as \
            SNI, found the wildcard \"*.a.b\": list it under subjectAltNames if the certificate \
            carries it",
        ),
    ] {
        let invalid = read(text.as_bytes()).expect_err(text);
        assert_eq!(invalid.to_string(), expected, "in {text:?}");
    }
}

/// A tag may say what is seen anyway, or that a scalar is text; every reader agrees on that.
#[test]
fn tags_change_nothing_in_silence() {
    for text in [
        "!!map\nhostname: !!str a.b\n",
        "hostname: !!str \"a.b\"",
        "!!str hostname: a.b",
        "%TAG !y! tag:yaml.org,2002:\n---\nhostname: !y!str a.b\n",
        "hostname: !<tag:yaml.org,2002:str> a.b",
        "hostname: a.b\nsubjectAltNames: !!seq []",
        "hostname: a.b # !!null",
        "hostname: a.b\nsubjectAltNames: []\n#!/bin/sh",
    ] {
        let validation = read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(validation.hostname, "a.b", "{text}");
    }
    // As for kubectl: whatever would be a number or nothing is text.
    for (text, hostname) in [("hostname: !!str no", "no"), ("hostname: !!str null", "null")] {
        assert_eq!(read(text.as_bytes()).expect(text).hostname, hostname);
    }
    let name = "- {type: URI, uri: 'a://b'}";
    for (text, tag, place) in [
        ("hostname: a.b\nsubjectAltNames: !!null x", "!!null", "line 2, column 18"),
        ("hostname: a.b\nsubjectAltNames: !!null", "!!null", "line 2, column 18"),
        ("hostname: !!binary YS5i", "!!binary", "line 1, column 11"),
        ("hostname: !<!null> a.b", "!null", "line 1, column 11"),
        ("hostname: !null a.b", "!null", "line 1, column 11"),
        ("hostname: ! a.b", "!", "line 1, column 11"),
        ("hostname: !!int a.b", "!!int", "line 1, column 11"),
        ("hostname: !!bool 'true'", "!!bool", "line 1, column 11"),
        ("hostname: !!float '1'", "!!float", "line 1, column 11"),
        ("hostname: !!timestamp a.b", "!!timestamp", "line 1, column 11"),
        ("hostname: !include a.b", "!include", "line 1, column 11"),
        ("hostname: !\u{e9}\u{202e} a.b", "", "line 1, column 11"),
        ("hostname: !e!x a.b", "", "line 1, column 11"),
        ("hostname: !!str [a.b]", "!!str", "line 1, column 11"),
        ("hostname: !!map a.b", "!!map", "line 1, column 11"),
        ("hostname: &a !x a.b", "!x", "line 1, column 14"),
        ("!!set {hostname: a.b}", "!!set", "line 1, column 1"),
        ("!!binary aG9zdG5hbWU=: a.b", "!!binary", "line 1, column 1"),
        ("!x\nhostname: a.b", "!x", "line 1, column 1"),
        ("hostname: a.b\n!!merge <<: {}", "!!merge", "line 2, column 1"),
        (&format!("hostname: a.b\nsubjectAltNames: !x\n{name}"), "!x", "line 2, column 18"),
        (&format!("hostname: a.b\nsubjectAltNames: !!map\n{name}"), "!!map", "line 2, column 18"),
    ] {
        let sentence = read(text.as_bytes()).expect_err(text).to_string();
        // Some are no tags at all.
        let expected = match tag {
            "" => format!("{place}: not YAML that can be read: "),
            _ => format!("{place}: the tag {tag} is not read, for not all readers take it for"),
        };
        assert!(sentence.starts_with(&expected), "{text}: {sentence}");
        assert!(!sentence.contains(char::is_control), "{sentence:?}");
    }
}

#[test]
fn all_faults_are_told_in_the_order_of_the_text() {
    let text = "subjectAltNames:\n- type: URI\n- {type: Hostname, hostname: '1.1.1.1'}\nfoo: 1\nhostname: a..b\n";
    let invalid = read(text.as_bytes()).expect_err("four faults");
    let places: Vec<_> = invalid
        .violations()
        .iter()
        .map(|violation| (violation.path(), violation.position().map(|position| position.line)))
        .collect();
    assert_eq!(
        places,
        [
            ("subjectAltNames[0].uri", Some(2)),
            ("subjectAltNames[1].hostname", Some(3)),
            ("foo", Some(4)),
            ("hostname", Some(5)),
        ]
    );
}

#[test]
fn a_list_that_is_too_long_is_told_once() {
    let names = "- {type: URI}\n".repeat(1_000);
    let invalid = read(format!("hostname: a\nsubjectAltNames:\n{names}").as_bytes());
    let invalid = invalid.expect_err("too many");
    assert_eq!(invalid.violations().len(), 6);
    assert_eq!(
        invalid.violations()[0].to_string(),
        "subjectAltNames: expected at most 5 names, found 1000"
    );
}

/// What cannot be read is one violation without a path, and never takes long.
#[test]
fn hostile_texts_are_refused_quickly() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        laughs += &format!("a{level}: &a{level} [{}]\n", [before.as_str(); 9].join(", "));
    }
    for (what, text) in [
        ("a bomb of aliases", laughs.into_bytes()),
        ("an alias of itself", b"hostname: &a [*a]".to_vec()),
        ("an unknown alias", b"hostname: *a".to_vec()),
        ("a merge key", b"<<: {hostname: a}".to_vec()),
        ("deep flow", "[".repeat(100_000).into_bytes()),
        ("deep JSON", "{\"a\":".repeat(100_000).into_bytes()),
        (
            "deep blocks",
            (0..1_000).map(|deep| format!("{}-\n", " ".repeat(deep))).collect::<String>().into(),
        ),
        ("deep lists", "- ".repeat(100_000).into_bytes()),
        ("many keys", (0..100_000).map(|key| format!("k{key}: 1\n")).collect::<String>().into()),
        (
            "many anchors",
            (0..10_000).map(|key| format!("k{key}: &a{key} 1\n")).collect::<String>().into(),
        ),
        ("10 MB", [&b"hostname: "[..], &vec![b'a'; 10 << 20]].concat()),
        ("10 MB of comments", b"# a comment\n".repeat(1 << 20)),
        ("no UTF-8", b"hostname: \xff".to_vec()),
        ("UTF-16", b"\xff\xfeh\0o\0".to_vec()),
        ("a NUL", b"hostname: a\0b".to_vec()),
        ("an open list", b"hostname: [".to_vec()),
        ("an open text", b"hostname: \"a".to_vec()),
        ("a template", b"hostname: {{ .Values.host }}".to_vec()),
        (
            "many tags",
            (0..100_000).map(|key| format!("k{key}: !!str 1\n")).collect::<String>().into(),
        ),
        ("deep flow with a tag", format!("{}!!null x", "[".repeat(100_000)).into()),
        ("a mapping as a key", b"{{a: b}: c}".to_vec()),
    ] {
        let start = Instant::now();
        let invalid = read(&text).expect_err(what);
        assert!(start.elapsed() < Duration::from_secs(2), "{what} took {:?}", start.elapsed());
        let [violation] = invalid.violations() else {
            panic!("{what}: {invalid}");
        };
        assert_eq!(violation.path(), "", "{what}");
        let sentence = violation.to_string();
        assert!(!sentence.is_empty() && sentence.len() < 400, "{what}: {sentence}");
        assert!(!sentence.contains(char::is_control), "{what}: {sentence:?}");
    }
}
