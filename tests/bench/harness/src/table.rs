//! The tables: one of figures and one of ratios, clients down and modes across.

use std::fmt::Write as _;

use crate::options::Options;
use crate::outcome::{Case, Figure, Results};
use crate::plan::{Client, Mode, Transport};

type Column = (&'static str, Mode, Figure);

/// Heading, mode and figure of each column.
const COLUMNS: [Column; 19] = [
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
    ("wakes/s", Mode::Idle, Figure::Wakeups),
    ("own 1 ms", Mode::Own1, Figure::Wall),
    ("own 2 ms", Mode::Own2, Figure::Wall),
    ("busy us", Mode::Busy0, Figure::Cpu),
    ("cold CPU", Mode::Cold, Figure::Cpu),
    ("cold us", Mode::Cold, Figure::RoundTrip),
    ("resumed", Mode::Resumed, Figure::Cpu),
    ("resum. us", Mode::Resumed, Figure::RoundTrip),
];

/// The tables of one transport, as Markdown.
pub(crate) fn render(results: &Results, options: &Options, transport: Transport) -> String {
    let clients = options.clients(transport);
    let modes = options.modes(transport);
    let mut text = String::new();
    for (index, size) in options.sizes(transport).into_iter().enumerate() {
        let columns: Vec<Column> = COLUMNS
            .into_iter()
            .filter(|(_, mode, _)| modes.contains(mode) && (index == 0 || mode.has_size()))
            .collect();
        let value = |client, mode, figure| {
            let case = Case {
                client,
                transport,
                mode,
                size,
            };
            results.median(case, figure)
        };
        text += &of_size(options, transport, size, &columns, value);
    }
    if transport != Transport::Tcp && modes.contains(&Mode::Idle) {
        text += "\nThe same idle clients over TCP.\n\n";
        let size = options.sizes(transport).first().copied().unwrap_or(0);
        text += &grid(&of_mode(Mode::Idle), &clients, |client, mode, figure| {
            let case = Case {
                client,
                transport: Transport::Tcp,
                mode,
                size,
            };
            results.median(case, figure)
        });
    }
    text += "\nTCP_NODELAY: mqttka and ntex-mqtt set it; libmosquitto, Paho C and rumqttc do not by default, and were left so.\n";
    text
}

fn of_mode(wanted: Mode) -> Vec<Column> {
    let columns = COLUMNS.into_iter();
    columns.filter(|(_, mode, _)| *mode == wanted).collect()
}

/// The tables of one size.
fn of_size(
    options: &Options,
    transport: Transport,
    size: usize,
    columns: &[Column],
    value: impl Fn(Client, Mode, Figure) -> Option<f64>,
) -> String {
    let clients = options.clients(transport);
    let mut text = format!(
        "\n{} B, window {}, over {}. Client's CPU in us per message (pub, sub; busy: 1,000 clients) or handshake (cold, resumed); \
         round trips; growth per idle client and its wake-ups; own: 2,000 to oneself through mosquitto. Medians.\n\n",
        size,
        options.window,
        transport.name(),
    );
    text += &grid(columns, &clients, &value);

    let sized: Vec<Column> = columns
        .iter()
        .copied()
        .filter(|(_, mode, _)| mode.has_size())
        .collect();
    text += "\nThousands of messages in a second.\n\n";
    text += &grid(&sized, &clients, |client, mode, _| {
        value(client, mode, Figure::Throughput)
    });
    text += "\nThe sink's CPU in % of the client's: below 100 the client is the slower side.\n\n";
    text += &grid(&sized, &clients, |client, mode, _| {
        value(client, mode, Figure::Sink)
    });
    if columns.iter().any(|(_, mode, _)| *mode == Mode::Resumed) && transport.has_tls() {
        text += "\nHandshakes that were resumed, of 100.\n\n";
        let column = [("resumed %", Mode::Resumed, Figure::ResumedShare)];
        text += &grid(&column, &clients, &value);
    }

    let peers: Vec<Client> = clients
        .iter()
        .copied()
        .filter(|client| *client != Client::Mqttka)
        .collect();
    if peers.len() < clients.len() && !peers.is_empty() {
        text += "\nmqttka's figure divided by the peer's: below 1 is better than the peer.\n\n";
        text += &grid(columns, &peers, |client, mode, figure| {
            let ratio = value(Client::Mqttka, mode, figure)? / value(client, mode, figure)?;
            ratio.is_finite().then_some(ratio)
        });
    }
    text
}

fn grid(
    columns: &[Column],
    clients: &[Client],
    value: impl Fn(Client, Mode, Figure) -> Option<f64>,
) -> String {
    if columns.is_empty() {
        return "(none of the modes asked for)\n".to_owned();
    }
    let mut text = format!("| {:<24} |", "client");
    for (heading, ..) in columns {
        let _ = write!(text, " {heading:>9} |");
    }
    text += "\n|--------------------------|";
    text += &"----------:|".repeat(columns.len());
    for client in clients {
        let _ = write!(text, "\n| {:<24} |", client.description());
        for (_, mode, figure) in columns {
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
