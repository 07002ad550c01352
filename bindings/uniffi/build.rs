//! Android devices with 16 kB pages load only libraries whose segments are so aligned.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let android = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "android");
    // Elsewhere it costs nothing but tests that the linker takes it.
    let linux = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    if android || linux {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
    }
}
