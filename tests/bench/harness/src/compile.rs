//! Builds the clients that are asked for, and no others: the peers' dependencies are many.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::options::Options;
use crate::plan::{Client, Source};

/// Where this program lies, the other programs of the workspace do too.
pub(crate) fn directory() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    Ok(program.parent().unwrap_or(Path::new(".")).to_owned())
}

/// The client's program.
pub(crate) fn program(client: Client) -> Result<PathBuf, String> {
    Ok(directory()?.join(match client.source() {
        Source::C { file, .. } => format!("bench-c-{file}"),
        Source::Rust { package } => package.to_owned(),
    }))
}

/// Builds the sink and the clients.
pub(crate) fn clients(options: &Options) -> Result<(), String> {
    let mut packages = vec!["bench-sink"];
    let speaks = |client: &&Client| {
        let mut transports = options.transports.iter();
        transports.any(|transport| client.speaks(*transport))
    };
    for client in options.clients.iter().filter(speaks) {
        match client.source() {
            Source::C { file, library } => compile_c(options, *client, file, library)?,
            Source::Rust { package } => packages.push(package),
        }
    }
    packages.into_iter().try_for_each(compile_rust)
}

/// One package at a time, so that one peer's features do not reach another's dependencies.
fn compile_rust(package: &str) -> Result<(), String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command
        .args([
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--manifest-path",
        ])
        .arg(workspace().join("Cargo.toml"))
        .args(["-p", package]);
    succeed(&mut command)
}

fn compile_c(options: &Options, client: Client, file: &str, library: &str) -> Result<(), String> {
    let sources = workspace().join("clients/c");
    let mut command = Command::new(std::env::var_os("CC").unwrap_or("cc".into()));
    command
        .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(program(client)?)
        .arg(sources.join("bench.c"))
        .arg(sources.join(format!("{file}.c")));
    if client == Client::Mqttka {
        let directory = options.mqttka_dir.display();
        if !options.mqttka_dir.join("libmqttka.so").exists() {
            return Err(format!(
                "no libmqttka.so in {directory}: cargo build --release -p mqttka-ffi"
            ));
        }
        let mut search_at_run_time = std::ffi::OsString::from("-Wl,-rpath,");
        search_at_run_time.push(&options.mqttka_dir);
        command
            .arg("-I")
            .arg(&options.mqttka_include)
            .arg("-L")
            .arg(&options.mqttka_dir)
            .arg(search_at_run_time);
    }
    command.arg(format!("-l{library}")).arg("-lpthread");
    succeed(&mut command)
}

fn succeed(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
