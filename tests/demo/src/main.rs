//! The demo of mqttka: a phone, a hotspot that loses its internet, and a broker.
//!
//! `tests/demo/run` builds everything and starts this program. See [`options::HELP`].

mod broker;
mod certificates;
mod clock;
mod network;
mod options;
mod peer;
mod phone;
mod process;
mod recording;
mod screen;
mod story;
mod timeline;
mod verdict;

use std::io;
use std::process::{Command, ExitCode};

use clock::Moment;
use network::{Namespaces, Relay};
use options::{Mode, Options};
use timeline::{Timeline, Tone, Who};

/// This process could not have namespaces, and said so. Nothing else was tried.
const NO_NAMESPACES: u8 = 3;

fn main() -> ExitCode {
    let command = match options::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match command {
        options::Command::Help => {
            print!("{}", options::HELP);
            ExitCode::SUCCESS
        }
        options::Command::Broker {
            listen,
            transport,
            certificates,
            download,
        } => report(
            broker::serve(&listen, transport, &certificates, download)
                .map(|()| true)
                .map_err(|error| error.to_string()),
        ),
        options::Command::Demo(options) => match options.mode {
            Mode::Auto => automatic(&options),
            Mode::Namespaces => in_namespaces(&options),
            Mode::Relay => tell(&Relay, &options),
        },
    }
}

/// Tries namespaces in a process of its own, because there is no way back out of them.
fn automatic(options: &Options) -> ExitCode {
    let attempt = || -> io::Result<_> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(std::env::args_os().skip(1))
            .args(["--network", "namespaces"]);
        process::die_with_parent(&mut command);
        command.status()
    };
    match attempt() {
        Ok(status) if status.code() == Some(NO_NAMESPACES.into()) => tell(&Relay, options),
        Ok(status) => report(Ok(status.success())),
        Err(error) => report(Err(error.to_string())),
    }
}

fn in_namespaces(options: &Options) -> ExitCode {
    match Namespaces::new() {
        Ok(network) => tell(&network, options),
        Err(error) => {
            let text = format!("network namespaces are not allowed here: {error}");
            Timeline::plain().tell(Moment::now(), Who::Hotspot, Tone::Quiet, &text);
            ExitCode::from(NO_NAMESPACES)
        }
    }
}

fn tell(network: &dyn network::Network, options: &Options) -> ExitCode {
    report(story::tell(network, options).map_err(|error| error.to_string()))
}

fn report(result: Result<bool, String>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}
