//! The generated Kotlin and Swift sources are those of this crate.

#![cfg(feature = "bindgen")]

use std::path::Path;
use std::process::Command;

#[test]
fn they_are_fresh() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("generate");
    let output = Command::new(script)
        .arg("--check")
        .output()
        .expect("the script");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
