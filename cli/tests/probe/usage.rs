//! What cannot be asked: one clear line, and exit status 2.

use super::HOST;
use super::quickstart;
use super::support::CA;
use super::support::lastmile;
use super::support::lastmile_reading;

#[test]
fn every_fault_of_use_is_named() {
    for (arguments, expected) in [
        (&["backend"][..], "expected HOST:PORT, found no port"),
        (&["https://backend:443"], "expected HOST:PORT, without a scheme"),
        (&["::1"], "expected an IPv6 address in brackets, and a port: [::1]:443"),
        (&["backend:0"], "expected a port from 1 to 65535, found \"0\""),
        (&["a:1", "--resolve", "a:1"], "expected HOST:PORT:ADDR"),
        (
            &["a:1", "--resolve", "a:1:b"],
            "expected an IP address, with a port perhaps, found \"b\"",
        ),
        (&["a:1", "--resolve", "b:1:127.0.0.1"], "--resolve: no HOST:PORT is b:1"),
        (&["a:1", "--alpn", "h2,,h3"], "expected names of 1 to 255 octets"),
        (&["a:1", "--alpn", ""], "expected names of 1 to 255 octets"),
        (&["a:1", "--min-tls", "1.1"], "[possible values: 1.2, 1.3]"),
        (&["a:1", "--timeout", "0"], "expected more than 0 and at most 86400 seconds"),
        (&["a:1", "--connect-timeout", "soon"], "expected seconds, such as 5 or 0.5"),
        (&["a:1", "--handshake-timeout", "nan"], "expected more than 0 and at most 86400 seconds"),
        (&["a:1", "b:1", "--save", "x.pem"], "--save is for one HOST:PORT"),
        (&["a:1", "--save", "-"], "--save needs a file: standard output has the verdict"),
        (&["a:1", "--ca", CA, "--system-ca"], "cannot be used"),
        (&["a:1", "--time", "soon"], "--time: expected a time such as 2026-06-01T00:00:00Z"),
        (&["a:1", "--san", "x"], "--san: expected hostname:NAME or uri:URI"),
        (&[], "<HOST:PORT>..."),
    ] {
        let given = ["--ca", CA, "--hostname", HOST];
        let given = if arguments.contains(&"--system-ca") { &given[2..] } else { &given[..] };
        for format in ["text", "json"] {
            let all = [&["probe"], arguments, given, &["--format", format]].concat();
            let said = lastmile(&all);
            assert_eq!(said.status, Some(2), "{arguments:?}: {}", said.stdout);
            assert!(said.stderr.contains(expected), "{arguments:?}: {}", said.stderr);
            match format {
                "json" => assert!(said.json()["error"]["message"].is_string()),
                _ => assert_eq!(said.stdout, ""),
            }
        }
    }
}

#[test]
fn a_wildcard_is_no_name_to_send() {
    let said = lastmile(&["probe", "a:1", "--ca", CA, "--hostname", "*.example.com"]);
    assert_eq!(said.status, Some(2));
    assert!(said.stderr.starts_with("error: --hostname: "), "{}", said.stderr);
}

#[test]
fn the_bundle_or_the_stanza_may_be_standard_input() {
    let server = quickstart();
    let target = server.address.to_string();
    let stanza = b"hostname: backend.example.com\n";
    let said = lastmile_reading(&["probe", &target, "--ca", CA, "--validation", "-"], stanza);
    assert_eq!(said.status, Some(0), "{}", said.stderr);
    let said = lastmile_reading(&["probe", &target, "--ca", "-", "--validation", "-"], stanza);
    assert_eq!(
        (said.status, said.stderr.as_str()),
        (Some(2), "error: only one of --ca, --validation and -f can be - (standard input)\n")
    );
}
