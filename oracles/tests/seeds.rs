//! The fuzz targets on their seeds, without a fuzzer: what was found once is tried every time.

use std::fs;
use std::path::Path;

use lastmile_oracles::fuzz;

#[test]
fn the_seeds_of_certificate() {
    replay("certificate", fuzz::certificate);
}

#[test]
fn the_seeds_of_chain() {
    replay("chain", fuzz::chain);
}

fn replay(target: &str, body: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let mut files: Vec<_> = fs::read_dir(seeds)
        .expect("the folder of seeds")
        .map(|entry| entry.expect("a seed").path())
        .collect();
    files.sort();
    assert!(files.len() >= 100, "only {} seeds of {target}", files.len());
    for file in &files {
        let octets = fs::read(file).expect("a seed");
        // The name of the seed, should it fail.
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        std::panic::catch_unwind(|| body(&octets))
            .unwrap_or_else(|_| panic!("{target}: the seed {name} fails"));
    }
    println!("{target}: {} seeds", files.len());
}
