//! Linker flags of the shared library.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if matches!(os.as_str(), "linux" | "android") {
        // The library's threads live as long as the process. dlclose must not unmap their code.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    if os == "android" {
        // Android 15 and later run on 16 KiB pages; smaller alignment does not load there.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
    }
}
