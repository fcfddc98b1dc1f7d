//! The walk-through: the table that stands in its README.md, and the commands that end it.

#[path = "../walkthrough/steps.rs"]
mod steps;

use std::env;
use std::fs;
use std::process::Command;
use std::slice;
use std::time::Duration;

use lastmile_harness::Backend;
use lastmile_harness::envoy;
use lastmile_harness::envoy_module;
use lastmile_harness::has;
use lastmile_harness::lastmile;
use lastmile_harness::own_address;
use lastmile_harness::pki;
use lastmile_harness::root;
use lastmile_harness::run;
use lastmile_harness::scratch;
use lastmile_testdata::case;
use lastmile_testdata::keys;

const README: &str = include_str!("../walkthrough/README.md");

#[test]
fn every_step_comes_to_what_the_readme_says() {
    let Some(envoy) = envoy("the walk-through") else { return };
    let table = steps::table(&envoy);
    print!("{table}");
    assert!(README.contains(&table), "README.md has another table than\n{table}");
}

const ENDS_WITHIN: Duration = Duration::from_secs(120);

/// As somebody would run them who has built both, with a CA, a backend and a port of the test.
#[test]
fn the_commands_of_the_readme_run_as_they_stand() {
    let skipped = "the commands that end the walk-through";
    let Some(envoy) = envoy(skipped) else { return };
    if !has("curl", "--version", skipped) {
        return;
    }
    let directory = scratch("walkthrough-commands");
    let written = |name: &str| directory.join(name).display().to_string();
    let authority = pki::root("Example CA", &keys::P256_A);
    let stranger = pki::root("Other CA", &keys::P256_B);
    fs::write(written("own-ca.pem"), case::certificates(slice::from_ref(&authority.certificate)))
        .expect("the CA can be written");
    for name in ["lastmile", "liblastmile_envoy.so"] {
        let from =
            if name == "lastmile" { lastmile().to_owned() } else { envoy_module().join(name) };
        fs::copy(&from, written(name)).expect("what is built can be copied");
    }
    let backend = Backend::start(&[authority.issue(pki::leaf(steps::HOST))], &keys::P256_C);
    let listen = own_address().to_string();
    let (_, block) = README.split_once("```\nCA=").expect("the commands");
    let (block, _) = block.split_once("```").expect("their end");
    let mut commands = format!("trap 'kill $(jobs -p)' EXIT\nCA={block}");
    // In two passes: what is put in may hold what is looked for.
    let changes = [
        ("testdata/quickstart/ca.pem", written("own-ca.pem")),
        ("cargo build --release -p lastmile-envoy -p lastmile-cli\n", String::new()),
        ("target/release/lastmile", written("lastmile")),
        ("=target/release ", format!("={} ", directory.display())),
        ("target/", written("")),
        ("    --resolve", format!("    --listen {listen} --resolve")),
        ("127.0.0.1:8443", backend.address.to_string()),
        ("127.0.0.1:10080", listen),
    ];
    let mark = |index: usize| format!("<{index}>");
    for (index, (from, _)) in changes.iter().enumerate() {
        assert!(commands.contains(from), "README.md has no {from} here:\n{commands}");
        commands = commands.replace(from, &mark(index));
    }
    for (index, (_, to)) in changes.iter().enumerate() {
        commands = commands.replace(&mark(index), to);
    }
    let paths = env::var_os("PATH").unwrap_or_default();
    let programs = envoy.program().parent().expect("a program is in a directory").to_owned();
    let paths = env::join_paths([programs].into_iter().chain(env::split_paths(&paths)));
    let paths = paths.expect("paths without a colon");
    let is_answered = |expected: &[&str]| {
        let mut shell = Command::new("timeout");
        shell.args(["60", "bash", "-c", &commands]).env("PATH", &paths).current_dir(root());
        let finished = run(&mut shell, ENDS_WITHIN);
        let said = format!("{}{}", finished.output, finished.errors);
        for words in expected {
            assert!(said.contains(words), "{words} is not said:\n{commands}\n{said}");
        }
    };
    is_answered(&["HTTP/1.1 200", "\"serverName\":\"tls-backend.example.net\""]);
    backend.present(&[stranger.issue(pki::leaf(steps::HOST))], &keys::P256_C);
    is_answered(&["HTTP/1.1 503", "lastmile/unknown-issuer"]);
}
