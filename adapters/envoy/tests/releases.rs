//! Other releases of Envoy: one whose ABI is older says so and works; one without the extension refuses
//! the configuration.

#![allow(dead_code, reason = "each test uses a part of the support")]

mod support;

use lastmile_harness::Backend;
use lastmile_harness::EnvoyCluster;
use lastmile_harness::RunningEnvoy;
use lastmile_harness::envoy;
use lastmile_harness::envoy_configuration;
use lastmile_harness::envoy_module;
use lastmile_harness::envoy_release;
use lastmile_harness::own_address;
use lastmile_harness::scratch;
use lastmile_harness::write_configuration;
use lastmile_testdata::keys;
use support::Pki;

#[test]
fn an_older_abi_is_told_and_works() {
    let Some(envoy) = envoy_release("1.39.3", "the module in Envoy 1.39.3") else { return };
    let pki = Pki::new();
    let backend = Backend::start(&pki.chain, &keys::P256_C);
    let cluster = |name: &str, stanza| EnvoyCluster::new(name, backend.address, stanza);
    let clusters =
        [cluster("good", pki.stanza()), cluster("refusing", pki.stanza_of("other.test", &[]))];
    let running = RunningEnvoy::start(&envoy, "envoy-1.39", &clusters, 2);
    assert_eq!(running.get("/good").status, 200);
    assert_eq!(running.get("/refusing").status, 503);
    assert_eq!(running.access("/refusing").code(), Some("name-mismatch"));
    let errors = running.process.errors();
    let told = errors.lines().find(|line| line.contains(UNTESTED));
    println!("{}", told.unwrap_or_else(|| panic!("no word of the ABI in\n{errors}")));
}

const UNTESTED: &str = "Dynamic module ABI version v0.2.0 is deprecated";

/// The twin.
#[test]
fn the_abi_is_that_of_the_release_it_is_made_for() {
    let Some(envoy) = envoy("the ABI of Envoy") else { return };
    let directory = scratch("envoy-abi");
    let cluster = EnvoyCluster::new("good", own_address(), Pki::new().stanza());
    let configuration = envoy_configuration(own_address(), own_address(), &[cluster]);
    let finished = envoy.validate(&write_configuration(&directory, &configuration), envoy_module());
    assert!(finished.status.success() && !finished.errors.contains(UNTESTED), "{finished:?}");
}

#[test]
fn a_release_without_the_extension_refuses_the_configuration() {
    let Some(envoy) = envoy_release("1.37.0", "Envoy 1.37.0") else { return };
    let pki = Pki::new();
    let directory = scratch("envoy-1.37");
    let cluster = EnvoyCluster::new("good", own_address(), pki.stanza());
    let configuration = envoy_configuration(own_address(), own_address(), &[cluster]);
    let file = write_configuration(&directory, &configuration);
    let finished = envoy.validate(&file, envoy_module());
    assert!(!finished.status.success());
    let expected = "DynamicModuleCertValidatorConfig";
    let told = finished.errors.lines().find(|line| line.contains(expected));
    println!("{}", told.unwrap_or_else(|| panic!("no word of it in\n{}", finished.errors)));
}
