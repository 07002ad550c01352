//! The tables: one of figures and one of ratios, clients down and modes across.

use std::fmt::Write as _;

use crate::options::Options;
use crate::outcome::{Figure, Results};
use crate::plan::{Client, Mode};

/// Heading, mode and figure of each column.
const COLUMNS: [(&str, Mode, Figure); 14] = [
    ("pub QoS 0", Mode::Pub0, Figure::Cpu),
    ("pub QoS 1", Mode::Pub1, Figure::Cpu),
    ("pub QoS 2", Mode::Pub2, Figure::Cpu),
    ("sub QoS 0", Mode::Sub0, Figure::Cpu),
    ("sub QoS 1", Mode::Sub1, Figure::Cpu),
    ("PUBACK us", Mode::Rtt1, Figure::RoundTrip),
    ("p99", Mode::Rtt1, Figure::SlowRoundTrip),
    ("echo us", Mode::Echo1, Figure::RoundTrip),
    ("p99", Mode::Echo1, Figure::SlowRoundTrip),
    ("idle KiB", Mode::Idle, Figure::Memory),
    ("threads", Mode::Idle, Figure::Threads),
    ("own 1 ms", Mode::Own1, Figure::Wall),
    ("own 2 ms", Mode::Own2, Figure::Wall),
    ("busy us", Mode::Busy0, Figure::Cpu),
];

/// The tables, as Markdown.
pub(crate) fn render(results: &Results, options: &Options) -> String {
    let mut text = format!(
        "\nClient's CPU in us per message (pub, sub; busy: 1,000 clients), {} B, window {}; round trips; growth per idle client; own: 2,000 \
         to oneself through mosquitto. Medians.\n\n",
        options.size, options.window,
    );
    let value = |client, mode, figure| results.median(client, mode, figure);
    text += &grid(options, &COLUMNS, &options.clients, value);

    text += "\nThousands of messages in a second.\n\n";
    let throughput = |client, mode, _| results.median(client, mode, Figure::Throughput);
    text += &grid(options, &COLUMNS[..5], &options.clients, throughput);

    let peers: Vec<Client> = options
        .clients
        .iter()
        .copied()
        .filter(|client| *client != Client::Mqttka)
        .collect();
    if peers.len() < options.clients.len() && !peers.is_empty() {
        text += "\nmqttka's figure divided by the peer's: below 1 is better than the peer.\n\n";
        text += &grid(options, &COLUMNS, &peers, |client, mode, figure| {
            let ratio = value(Client::Mqttka, mode, figure)? / value(client, mode, figure)?;
            ratio.is_finite().then_some(ratio)
        });
    }
    text += "\nTCP_NODELAY: mqttka and ntex-mqtt set it; libmosquitto, Paho C and rumqttc do not by default, and were left so.\n";
    text
}

fn grid(
    options: &Options,
    columns: &[(&str, Mode, Figure)],
    clients: &[Client],
    value: impl Fn(Client, Mode, Figure) -> Option<f64>,
) -> String {
    let columns: Vec<_> = columns
        .iter()
        .filter(|(_, mode, _)| options.modes.contains(mode))
        .collect();
    if columns.is_empty() {
        return "(none of the modes asked for)\n".to_owned();
    }
    let mut text = format!("| {:<24} |", "client");
    for (heading, ..) in &columns {
        let _ = write!(text, " {heading:>9} |");
    }
    text += "\n|--------------------------|";
    text += &"----------:|".repeat(columns.len());
    for client in clients {
        let _ = write!(text, "\n| {:<24} |", client.description());
        for (_, mode, figure) in &columns {
            let cell = value(*client, *mode, *figure).map_or("-".to_owned(), number);
            let _ = write!(text, " {cell:>9} |");
        }
    }
    text + "\n"
}

/// About three digits that count.
pub(crate) fn number(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else if value.abs() >= 0.1 || value == 0.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    }
}
