//! The shared library's name for the dynamic linker, and what newer Android devices want.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let link = |argument: &str| println!("cargo::rustc-cdylib-link-arg={argument}");
    match os.as_str() {
        "linux" => link("-Wl,-soname,libmqttka_testing.so"),
        "android" => {
            link("-Wl,-soname,libmqttka_testing.so");
            link("-Wl,-z,max-page-size=16384");
        }
        "macos" | "ios" | "tvos" | "watchos" | "visionos" => {
            link("-Wl,-install_name,@rpath/libmqttka_testing.dylib")
        }
        _ => {}
    }
}
