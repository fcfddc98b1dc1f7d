//! Every configuration that `lastmile render envoy` is held to, word for word, is one that Envoy takes.

use std::fs;

use lastmile_harness::envoy;
use lastmile_harness::envoy_module;
use lastmile_harness::root;
use lastmile_harness::scratch;

/// Where one of them says that the module is.
const INSTALLED: &str = "/usr/lib/lastmile/liblastmile_envoy.so";

#[test]
fn envoy_takes_what_is_rendered() {
    let Some(envoy) = envoy("rendered configurations in Envoy") else { return };
    let module = envoy_module().join("liblastmile_envoy.so");
    let module = module.to_str().expect("UTF-8");
    let folders = fs::read_dir(root().join("cli/tests/render")).expect("the folders");
    let files = folders.map(|entry| entry.expect("an entry").path().join("envoy.yaml"));
    let mut taken = 0;
    for file in files.filter(|file| file.exists()) {
        let name = file.display().to_string();
        let text = fs::read_to_string(&file).expect("text");
        let copy = scratch("rendered").join("envoy.yaml");
        fs::write(&copy, text.replace(INSTALLED, module)).expect("a file");
        let said = envoy.validate(&copy, envoy_module());
        assert!(said.status.success(), "{name}\n{}{}", said.output, said.errors);
        taken += 1;
    }
    println!("{taken} configurations");
    assert!(taken >= 9, "only {taken} configurations");
    // What it would not take.
    let copy = scratch("rendered").join("envoy.yaml");
    let broken = fs::read_to_string(root().join("cli/tests/render/hostname/envoy.yaml"));
    let broken = broken.expect("text").replace("hostname: backend.example.com", "hostname: '*.a'");
    fs::write(&copy, broken).expect("a file");
    assert!(!envoy.validate(&copy, envoy_module()).status.success(), "a stanza is read");
}
