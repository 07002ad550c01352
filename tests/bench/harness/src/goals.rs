//! What we want of ourselves, met or missed.

use std::fmt::Write as _;

use crate::options::Options;
use crate::outcome::{Figure, Results};
use crate::plan::{Client, Mode};
use crate::table::number;

const ROUND_TRIP_US: f64 = 150.0;
const IDLE_KIB: f64 = 16.0;

/// One line for each goal whose figures were measured.
pub(crate) fn render(results: &Results, options: &Options) -> String {
    let ours = |mode, figure| results.median(Client::Mqttka, mode, figure);
    let cpu = [Mode::Pub0, Mode::Pub1, Mode::Sub0, Mode::Sub1].map(|mode| {
        let bound = results.median(Client::Rumqttc, mode, Figure::Cpu);
        (
            format!(
                "{} CPU us per message, at most rumqttc's on one thread",
                mode.name()
            ),
            ours(mode, Figure::Cpu),
            bound,
        )
    });
    let fixed = [
        (
            "PUBACK round trip, us".to_owned(),
            ours(Mode::Rtt1, Figure::RoundTrip),
            Some(ROUND_TRIP_US),
        ),
        (
            "echo round trip, us".to_owned(),
            ours(Mode::Echo1, Figure::RoundTrip),
            Some(ROUND_TRIP_US),
        ),
        (
            "KiB for each idle client".to_owned(),
            ours(Mode::Idle, Figure::Memory),
            Some(IDLE_KIB),
        ),
    ];
    if !options.clients.contains(&Client::Mqttka) {
        return String::new();
    }
    let mut text = "\nGoals\n\n".to_owned();
    for (what, figure, bound) in cpu.into_iter().chain(fixed) {
        let (Some(figure), Some(bound)) = (figure, bound) else {
            continue;
        };
        let verdict = if figure <= bound { "met   " } else { "MISSED" };
        let _ = writeln!(
            text,
            "{verdict} {what}: {} against {}",
            number(figure),
            number(bound)
        );
    }
    text
}
