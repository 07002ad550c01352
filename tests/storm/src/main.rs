//! `make storm`: runs all, prints the tables, and draws the figure.
//!
//! `mqttka-storm [--clients N] [--restart SECONDS] [--seed N] [--figure FILE] [SCENARIO...]`; the
//! figure is of the scenarios `slow` and `busy`, and drawn where both are run.

use std::time::Instant;

use mqttka_storm::figure::{self, Column};
use mqttka_storm::report;
use mqttka_storm::scenario::{Clients, SCENARIOS};

fn main() {
    let (mut clients, mut seed, mut restart) = (1_000_000, 1, 30);
    let mut figure = None;
    let mut wanted = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value");
        match &*argument {
            "--clients" => clients = value().parse().expect("a number"),
            "--restart" => restart = value().parse().expect("a number"),
            "--seed" => seed = value().parse().expect("a number"),
            "--figure" => figure = Some(value()),
            _ => wanted.push(argument),
        }
    }
    let mut columns = Vec::new();
    for scenario in SCENARIOS {
        if !wanted.is_empty() && !wanted.iter().any(|it| it == scenario.name) {
            continue;
        }
        let scenario = scenario.scaled(clients).restarting(restart * 1000);
        println!("{}", report::head(&scenario, clients));
        let mut outcomes = Vec::new();
        for habit in Clients::ALL {
            #[allow(clippy::disallowed_methods, reason = "told to whoever waits")]
            let began = Instant::now();
            let outcome = habit.run(clients, &scenario, seed);
            println!("{}", report::row(habit, &outcome));
            eprintln!("{}: {:.1} s", habit.name(), began.elapsed().as_secs_f64());
            outcomes.push((habit, outcome));
        }
        if ["slow", "busy"].contains(&scenario.name) {
            let title = format!("{}: {}", scenario.name, scenario.short);
            columns.push(Column { title, outcomes });
        }
    }
    if let (Some(file), Ok(columns)) = (figure, <[Column; 2]>::try_from(columns)) {
        let dark = file.replace(".svg", "-dark.svg");
        for (file, theme) in [(file, figure::LIGHT), (dark, figure::DARK)] {
            std::fs::write(file, figure::draw(&columns, theme)).expect("to write the figure");
        }
    }
}
