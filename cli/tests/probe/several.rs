//! Several targets: a line for each, in their order, and one exit status.

use std::process::Command;

use serde_json::json;

use super::HOST;
use super::case;
use super::of_case;
use super::quickstart;
use super::support;
use super::support::CA;
use super::support::lastmile;
use super::tls::server::Server;

/// One that is accepted, one that is refused, one that nobody listens to.
fn three() -> (Server, Server, [String; 3]) {
    let (good, bad) = (quickstart(), of_case(&case("wildcard-accepted")));
    let targets = [good.address.to_string(), bad.address.to_string(), "127.0.0.1:1".to_owned()];
    (good, bad, targets)
}

fn probe(targets: &[&str], more: &[&str]) -> support::Said {
    lastmile(&[&["probe"], targets, &["--ca", CA, "--hostname", HOST], more].concat())
}

#[test]
fn each_target_has_its_line() {
    let (_good, _bad, [good, bad, gone]) = three();
    let said = probe(&[&gone, &good, &bad, &good], &[]);
    assert_eq!((said.status, said.stderr.as_str()), (Some(1), ""));
    let lines: Vec<&str> = said.stdout.lines().collect();
    let accepted = format!("{good}  accepted: {HOST} until 2126-01-01T00:00:00Z");
    assert_eq!(lines.len(), 4, "{}", said.stdout);
    assert_eq!(lines[0], format!("{gone}  error: connection refused by {gone}"));
    assert_eq!((lines[1], lines[3]), (accepted.as_str(), accepted.as_str()));
    assert!(lines[2].starts_with(&format!("{bad}  refused: ")), "{}", lines[2]);
}

#[test]
fn machines_get_an_object_a_line_with_its_target() {
    let (_good, _bad, [good, bad, gone]) = three();
    let said = probe(&[&good, &bad, &gone], &["--format", "json"]);
    assert_eq!(said.status, Some(1));
    let objects: Vec<serde_json::Value> = said
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object a line"))
        .collect();
    let targets: Vec<_> = objects.iter().map(|object| object["target"].clone()).collect();
    assert_eq!(targets, [json!(good), json!(bad), json!(gone)]);
    assert_eq!((&objects[0]["accepted"], &objects[1]["accepted"]), (&json!(true), &json!(false)));
    assert_eq!(objects[1]["presented"].as_array().map(Vec::is_empty), Some(false));
    assert_eq!(
        objects[2],
        json!({"target": gone, "error": {
            "code": "unreachable",
            "message": format!("{gone}: connection refused by {gone}"),
            "file": null,
            "line": null,
        }})
    );
}

#[test]
fn a_refusal_counts_more_than_no_verdict_and_that_more_than_acceptance() {
    let (_good, _bad, [good, bad, gone]) = three();
    for (targets, status) in [
        ([&good, &good], 0),
        ([&good, &bad], 1),
        ([&good, &gone], 2),
        ([&gone, &good], 2),
        ([&bad, &gone], 1),
        ([&gone, &bad], 1),
    ] {
        let said = probe(&targets.map(String::as_str), &[]);
        assert_eq!(said.status, Some(status), "{}", said.stdout);
    }
}

#[test]
fn a_hundred_targets_are_probed_a_few_at_a_time() {
    let server = quickstart();
    let target = server.address.to_string();
    let said = probe(&vec![target.as_str(); 100], &[]);
    assert_eq!((said.status, said.stdout.lines().count()), (Some(0), 100), "{}", said.stderr);
}

/// A terminal shows how far it is; a pipe gets the lines alone.
#[test]
fn a_terminal_shows_progress() {
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("skipped: no command script to make a terminal with");
        return;
    }
    let server = quickstart();
    let target = server.address.to_string();
    let binary = env!("CARGO_BIN_EXE_lastmile");
    let slow = super::hostile::silent();
    for (targets, shown) in [
        (format!("{target} {target} {}", slow.address), "2/3"),
        (slow.address.to_string(), "waiting for 127.0.0.1:"),
    ] {
        let command =
            format!("{binary} probe {targets} --ca {CA} --hostname {HOST} --handshake-timeout 1");
        let output = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .current_dir(support::testdata())
            .env("TERM", "xterm")
            .output()
            .expect("script runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains(shown), "{text:?}");
        assert_eq!(output.status.code(), Some(2), "{text:?}");
    }
}
