//! Linker flags of the shared library: its name, the versions of its symbols, its life in memory.
use std::env::var;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The library's name for the dynamic linker has this number. It is the C ABI's generation, not
/// the version: it changes only where programs must be compiled anew (see MQTTKA_ABI_VERSION).
const GENERATION: u32 = 0;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=libmqttka.map");
    let os = var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let link = |argument: &str| println!("cargo::rustc-cdylib-link-arg={argument}");
    match os.as_str() {
        "linux" => {
            link(&format!("-Wl,-soname,libmqttka.so.{GENERATION}"));
            name_beside("libmqttka.so", &format!("libmqttka.so.{GENERATION}"));
            version_symbols(&link);
        }
        // Android installs libraries by their plain names only.
        "android" => link("-Wl,-soname,libmqttka.so"),
        "macos" => {
            let name = format!("libmqttka.{GENERATION}.dylib");
            link(&format!("-Wl,-install_name,@rpath/{name}"));
            name_beside("libmqttka.dylib", &name);
        }
        _ => {}
    }
    if matches!(os.as_str(), "linux" | "android") {
        // The library's threads live as long as the process. dlclose must not unmap their code.
        link("-Wl,-z,nodelete");
    }
    if os == "android" {
        // Android 15 and later run on 16 KiB pages; smaller alignment does not load there.
        link("-Wl,-z,max-page-size=16384");
    }
}

fn out_dir() -> PathBuf {
    PathBuf::from(var("OUT_DIR").expect("cargo sets it"))
}

/// Puts the name that programs ask for beside what cargo builds, so that they run from there.
fn name_beside(library: &str, name: &str) {
    // OUT_DIR is PROFILE/build/PACKAGE-HASH/out.
    let profile = out_dir().ancestors().nth(3).map(Path::to_owned);
    #[cfg(unix)]
    if let Some(link) = profile.map(|profile| profile.join(name)) {
        // Another build may have made it, or make it now.
        let _ = std::os::unix::fs::symlink(library, link);
    }
}

/// Gives every function the version of the library that brought it (libmqttka.map).
///
/// rustc hands the linker a list of its own, without versions, and no linker combines the two: so a
/// script in the linker's place puts the map where the list is, and calls the system's linker.
/// Where that is not possible (no GNU-like compiler driver, another system to build on) the
/// functions have no versions, which programs linked elsewhere tolerate.
fn version_symbols(link: &impl Fn(&str)) {
    let map = Path::new(&var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("libmqttka.map");
    let directory = out_dir().join("linker");
    let driver = var("RUSTC_LINKER").unwrap_or_else(|_| "cc".to_owned());
    let linker = Command::new(&driver).arg("-print-prog-name=ld").output();
    let Ok(linker) = linker.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    else {
        return;
    };
    let script = format!(
        "#!/bin/sh\n\
         for argument do\n\
         \x20   shift\n\
         \x20   case $argument in --version-script=*/list) argument='--version-script={}' ;; esac\n\
         \x20   set -- \"$@\" \"$argument\"\n\
         done\n\
         exec '{linker}' \"$@\"\n",
        map.display()
    );
    let arguments = [
        "-fuse-ld=bfd".to_owned(),
        format!("-B{}", directory.display()),
    ];
    if write_program(&directory.join("ld.bfd"), &script).is_some()
        && links(&driver, &arguments, &directory).is_some()
    {
        for argument in arguments {
            link(&argument);
        }
    }
}

fn write_program(path: &Path, script: &str) -> Option<()> {
    fs::create_dir_all(path.parent()?).ok()?;
    fs::write(path, script).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).ok()?;
    }
    Some(())
}

/// Tries it, with a list that would be an error beside the map.
fn links(driver: &str, arguments: &[String], directory: &Path) -> Option<()> {
    let (source, list) = (directory.join("empty.c"), directory.join("list"));
    fs::write(&source, "").ok()?;
    fs::write(&list, "not a list").ok()?;
    let tried = Command::new(driver)
        .args(["-shared", "-nostdlib", "-o"])
        .arg(directory.join("tried.so"))
        .arg(source)
        .arg(format!("-Wl,--version-script={}", list.display()))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    tried.success().then_some(())
}
