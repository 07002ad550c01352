//! Ten thousand clients, and a broker as much smaller: ours must not do worse than the habits of
//! others.

use mqttka_storm::Ms;
use mqttka_storm::run::Outcome;
use mqttka_storm::scenario::{Clients, SCENARIOS, Scenario};

const CLIENTS: u32 = 10_000;

/// How long the broker is away. A habit without much chance may fit one of them by luck.
const RESTARTS: [Ms; 2] = [5_000, 60_000];

const SEED: u64 = 1;

/// A run that lasts so long counts as this.
const NEVER: Ms = 20 * 60 * 1000;

fn outcomes(habit: Clients, scenario: Scenario) -> Vec<Outcome> {
    let runs = RESTARTS.map(|restart| scenario.scaled(CLIENTS).restarting(restart));
    runs.iter()
        .map(|scenario| habit.run(CLIENTS, scenario, SEED))
        .collect()
}

fn until(outcomes: &[Outcome], percent: u32) -> Ms {
    let times = outcomes.iter().map(|it| it.time_until(percent));
    times.map(|time| time.unwrap_or(NEVER)).sum()
}

fn peak(outcomes: &[Outcome]) -> u32 {
    outcomes.iter().map(Outcome::peak).max().unwrap()
}

fn ours_are_back_first(name: &str) {
    let scenario = SCENARIOS.into_iter().find(|it| it.name == name).unwrap();
    let ours = outcomes(Clients::Ours, scenario);
    assert!(
        ours.iter().all(|it| it.time_until(100).is_some()),
        "some never come back"
    );
    for habit in Clients::ALL {
        // Hundreds of attempts of each client take too long here; `make storm` has them.
        let too_long = habit == Clients::Fixed && name == "busy";
        if matches!(habit, Clients::Ours | Clients::OursReset) || too_long {
            continue;
        }
        let others = outcomes(habit, scenario);
        for percent in [50, 99] {
            let (ours, theirs) = (until(&ours, percent), until(&others, percent));
            // A second for each run is chance.
            assert!(
                ours <= theirs + 1000 * RESTARTS.len() as Ms,
                "{name}, {percent} %: {ours} ms, {theirs} ms with {}",
                habit.name()
            );
        }
        assert!(
            peak(&ours) <= peak(&others),
            "{name}: {} in a second, {} with {}",
            peak(&ours),
            peak(&others),
            habit.name()
        );
    }
}

#[test]
fn a_fast_broker() {
    ours_are_back_first("fast");
}

#[test]
fn a_slow_broker() {
    ours_are_back_first("slow");
}

#[test]
fn a_broker_that_says_that_it_is_busy() {
    ours_are_back_first("busy");
}

#[test]
fn a_broker_that_drops_what_it_took() {
    ours_are_back_first("shedding");
}

/// It is no use to begin anew with each CONNACK of such a broker.
#[test]
fn a_connection_must_last_before_delays_begin_anew() {
    let scenario = SCENARIOS.into_iter().find(|it| it.name == "shedding");
    let scenario = scenario.unwrap().scaled(CLIENTS);
    let [lasting, reset] =
        [Clients::Ours, Clients::OursReset].map(|it| it.run(CLIENTS, &scenario, SEED));
    assert!(lasting.wasted() < reset.wasted());
    assert!(lasting.time_until(99) < reset.time_until(99));
}

/// Ours are spread, and the same each time.
#[test]
fn a_run_repeats_itself() {
    let [scenario, ..] = SCENARIOS.map(|it| it.scaled(1000));
    let run = |seed| Clients::Ours.run(1000, &scenario, seed).back_at;
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
