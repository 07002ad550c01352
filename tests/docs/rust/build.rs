//! Takes the blocks of Rust out of the pages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let blocks = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("blocks");
    let extract = Command::new("python3")
        .arg(root.join("tests/docs/extract"))
        .arg("rust")
        .arg(&blocks)
        .output()
        .expect("python3 runs");
    assert!(
        extract.status.success(),
        "{}",
        String::from_utf8_lossy(&extract.stderr)
    );

    let mut files: Vec<_> = fs::read_dir(&blocks)
        .expect("the blocks are there")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    let all: String = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a block is text"))
        .collect();
    fs::write(blocks.with_extension("rs"), all).expect("the folder can be written");
    for watched in [
        "README.md",
        "docs",
        "tests/docs/extract",
        "tests/docs/markdown.py",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
}
