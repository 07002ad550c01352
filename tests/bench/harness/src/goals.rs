//! What we want of ourselves, met or missed.

use std::fmt::Write as _;

use crate::options::Options;
use crate::outcome::{Case, Figure, Results};
use crate::plan::{Client, Mode, Transport};
use crate::table::number;

const ROUND_TRIP_US: f64 = 150.0;
const IDLE_KIB: f64 = 16.0;
/// What an idle client may need over TLS more than over TCP.
const TLS_KIB: f64 = 24.0;

/// What is to be at most as large as something else.
struct Goal {
    what: String,
    figure: Option<f64>,
    bound: Option<f64>,
}

/// One line for each goal whose figures were measured.
pub(crate) fn render(results: &Results, options: &Options, transport: Transport) -> String {
    let clients = options.clients(transport);
    if !clients.contains(&Client::Mqttka) {
        return String::new();
    }
    let sizes = options.sizes(transport);
    let first = sizes.first().copied().unwrap_or(0);
    let value = |client, transport, mode, size, figure| {
        let case = Case {
            client,
            transport,
            mode,
            size,
        };
        results.median(case, figure)
    };
    let ours = |mode, figure| value(Client::Mqttka, transport, mode, first, figure);
    let mut goals = Vec::new();
    for &size in &sizes {
        for mode in [Mode::Pub0, Mode::Pub1, Mode::Sub0, Mode::Sub1] {
            for peer in peers(transport) {
                goals.push(Goal {
                    what: format!(
                        "{} {size} B: CPU us per message, {}'s",
                        mode.name(),
                        peer.name()
                    ),
                    figure: value(Client::Mqttka, transport, mode, size, Figure::Cpu),
                    bound: value(*peer, transport, mode, size, Figure::Cpu),
                });
            }
        }
    }
    for mode in [Mode::Cold, Mode::Resumed] {
        for peer in peers(transport) {
            goals.push(Goal {
                what: format!("{} handshake, CPU us, {}'s", mode.name(), peer.name()),
                figure: ours(mode, Figure::Cpu),
                bound: value(*peer, transport, mode, first, Figure::Cpu),
            });
        }
    }
    let round_trips = [("PUBACK", Mode::Rtt1), ("echo", Mode::Echo1)];
    goals.extend(round_trips.map(|(name, mode)| Goal {
        what: format!("{name} round trip, us"),
        figure: ours(mode, Figure::RoundTrip),
        bound: Some(ROUND_TRIP_US),
    }));
    let over_tcp = |figure| value(Client::Mqttka, Transport::Tcp, Mode::Idle, first, figure);
    if transport == Transport::Tcp {
        goals.push(Goal {
            what: "KiB for each idle client".to_owned(),
            figure: over_tcp(Figure::Memory),
            bound: Some(IDLE_KIB),
        });
    } else {
        goals.push(Goal {
            what: format!("KiB for each idle client, TCP's and {TLS_KIB}"),
            figure: ours(Mode::Idle, Figure::Memory),
            bound: over_tcp(Figure::Memory).map(|bound| bound + TLS_KIB),
        });
        goals.push(Goal {
            what: "threads of idle clients, TCP's".to_owned(),
            figure: ours(Mode::Idle, Figure::Threads),
            bound: over_tcp(Figure::Threads),
        });
        goals.push(Goal {
            what: "wake-ups per second of each idle client, TCP's".to_owned(),
            figure: ours(Mode::Idle, Figure::Wakeups),
            // The tenth of a per cent is what one stray wake-up of a thousand clients makes.
            bound: over_tcp(Figure::Wakeups).map(|bound| bound + 0.001),
        });
    }
    let mut text = "\nGoals: at most\n\n".to_owned();
    goals.iter().for_each(|goal| goal.judge(&mut text));
    text
}

/// Whom we want to be ahead of.
fn peers(transport: Transport) -> &'static [Client] {
    match transport {
        Transport::Tcp => &[Client::Rumqttc],
        _ => &[Client::Rumqttc, Client::Mosquitto],
    }
}

impl Goal {
    fn judge(&self, text: &mut String) {
        let (Some(figure), Some(bound)) = (self.figure, self.bound) else {
            return;
        };
        let verdict = if figure <= bound { "met   " } else { "MISSED" };
        let _ = writeln!(
            text,
            "{verdict} {}: {} against {}",
            self.what,
            number(figure),
            number(bound)
        );
    }
}
