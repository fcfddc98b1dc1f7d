//! Writes `testdata/quickstart`, `testdata/cases` and `testdata/policy`; a second run changes
//! nothing.

use std::fs;
use std::io;
use std::path::Path;

use lastmile_testdata::files;

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = files::all();
    let mut changed = 0;
    for (path, content) in &files {
        let path = folder.join(path);
        if fs::read(&path).is_ok_and(|present| present == *content) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, content)?;
        println!("wrote {}", path.display());
        changed += 1;
    }
    println!("{} files, {changed} changed", files.len());
    Ok(())
}
