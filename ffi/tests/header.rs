//! `include/lastmile.h` is what cbindgen makes of the sources. `BLESS=1` writes it.

use std::env;
use std::fs;
use std::path::Path;

const HEADER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include/lastmile.h");

#[test]
fn the_header_is_made_from_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    let bindings = cbindgen::Builder::new().with_crate(root).with_config(config).generate();
    let mut made = Vec::new();
    bindings.expect("sources that cbindgen reads").write(&mut made);
    let made = String::from_utf8(made).expect("text");
    if env::var_os("BLESS").is_some() {
        fs::create_dir_all(root.join("include")).expect("a directory");
        fs::write(HEADER, &made).expect("the header is written");
    }
    let committed = fs::read_to_string(HEADER).unwrap_or_default();
    assert!(committed == made, "{HEADER} is not what the sources make: BLESS=1 writes it");
}
