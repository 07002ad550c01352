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
use outcome::{Outcome, Results};
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
    let load_before = process::load();
    let start = Instant::now();
    let (results, failures) = measure(options)?;
    println!(
        "\n{} rounds in {:.0} s; load before: {load_before}, after: {}",
        options.rounds,
        start.elapsed().as_secs_f64(),
        process::load(),
    );
    print!("{}", table::render(&results, options));
    if !options.quick {
        print!("{}", goals::render(&results, options));
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

fn measure(options: &Options) -> Result<(Results, Vec<String>), String> {
    let sink = Sink::start(options)?;
    let mut results = Results::default();
    let mut failures = Vec::new();
    for round in 1..=options.rounds {
        eprint!("round {round}:");
        for mode in &options.modes {
            eprint!(" {}", mode.name());
            for client in options.clients.iter().filter(|client| client.does(*mode)) {
                match process::run_client(options, &sink, *client, *mode) {
                    Ok(run) => results.runs.push(Outcome {
                        round,
                        client: client.name(),
                        run,
                    }),
                    Err(error) => {
                        failures.push(format!("{} {}: {error}", client.name(), mode.name()))
                    }
                }
            }
        }
        eprintln!();
    }
    Ok((results, failures))
}
