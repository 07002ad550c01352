//! The speed harness: every client in turn, mode by mode and round by round, against one quick sink; then medians.
//!
//! The clients take turns so that what else the machine does falls on all of them alike. `--help` tells the options.

mod compile;
mod goals;
mod options;
mod outcome;
mod plan;
mod process;
mod table;

use std::process::ExitCode;
use std::time::Instant;

use options::Options;
use outcome::{Case, Outcome, Results};
use plan::{Mode, Transport};
use process::Sink;

fn main() -> ExitCode {
    let options = match Options::from_command_line() {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}\n{}", options::HELP);
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// True if every client ran to its end; missed goals are printed, and are no failure.
fn run(options: &Options) -> Result<bool, String> {
    compile::clients(options)?;
    let mut results = Results::default();
    let mut failures = Vec::new();
    for transport in &options.transports {
        let load_before = process::load();
        let start = Instant::now();
        measure(options, *transport, &mut results, &mut failures)?;
        println!(
            "\n{}: {} rounds in {:.0} s; load before: {load_before}, after: {}",
            transport.name(),
            options.rounds,
            start.elapsed().as_secs_f64(),
            process::load(),
        );
        print!("{}", table::render(&results, options, *transport));
        if !options.quick {
            print!("{}", goals::render(&results, options, *transport));
        }
    }
    if let Some(path) = &options.json {
        let text =
            serde_json::to_string_pretty(&results.runs).map_err(|error| error.to_string())?;
        std::fs::write(path, text + "\n")
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    for failure in &failures {
        println!("FAILED {failure}");
    }
    let passed = results.runs.len();
    println!("{passed} passed, {} failed", failures.len());
    Ok(failures.is_empty() && passed > 0)
}

fn measure(
    options: &Options,
    transport: Transport,
    results: &mut Results,
    failures: &mut Vec<String>,
) -> Result<(), String> {
    let mut sinks = vec![(transport, Sink::start(options, transport)?)];
    let modes = options.modes(transport);
    if transport != Transport::Tcp && modes.contains(&Mode::Idle) {
        // What an idle client costs is told beside what it costs over TCP.
        sinks.push((Transport::Tcp, Sink::start(options, Transport::Tcp)?));
    }
    for round in 1..=options.rounds {
        eprint!("{} round {round}:", transport.name());
        for mode in &modes {
            eprint!(" {}", mode.name());
            for case in cases(options, transport, *mode) {
                for (transport, sink) in &mut sinks {
                    if *transport != case.transport {
                        continue;
                    }
                    match process::run_client(options, sink, case) {
                        Ok(run) => results.runs.push(Outcome::new(round, case, run)),
                        Err(error) => failures.push(format!("{case}: {error}")),
                    }
                }
            }
        }
        eprintln!();
    }
    Ok(())
}

/// What a mode consists of.
fn cases(options: &Options, transport: Transport, mode: Mode) -> Vec<Case> {
    let sizes = options.sizes(transport);
    let sizes = if mode.has_size() {
        &sizes[..]
    } else {
        &sizes[..1]
    };
    let transports = match (mode, transport) {
        (_, Transport::Tcp) => vec![transport],
        (Mode::Idle, _) => vec![transport, Transport::Tcp],
        _ => vec![transport],
    };
    let mut cases = Vec::new();
    for &size in sizes {
        for client in options.clients(transport) {
            let of = |&transport| Case {
                client,
                transport,
                mode,
                size,
            };
            let of_client = transports.iter().map(of);
            cases.extend(of_client.filter(|case| client.does(case.mode)));
        }
    }
    cases
}
