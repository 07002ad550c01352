//! The driver over a WebSocket.

use std::collections::VecDeque;

use super::*;
use crate::driver::{Driver, Host};
use crate::error::DisconnectCause;
use crate::proto::{Command, Config, Delivered, Event, EventKind, Machine, Usage};
use crate::types::Instant;

#[derive(Default)]
struct Ears {
    commands: VecDeque<Command<()>>,
    ends: Vec<DisconnectCause>,
}

impl Host<()> for Ears {
    fn take_commands(&mut self, into: &mut VecDeque<Command<()>>) {
        into.append(&mut self.commands);
    }
    fn publish_state(&mut self, _: &Machine<()>, _: Instant) {}
    fn released(&mut self, _: Usage) {}
    fn event(&mut self, event: Event) {
        if let EventKind::Disconnected(end) = event.kind {
            self.ends.push(end.cause);
        }
    }
    fn deliver(&mut self, items: &mut Vec<Delivered<()>>, _: Instant) {
        items.clear();
    }
    fn received(&mut self, _: usize) {}
    fn sent(&mut self, _: usize) {}
    fn deadline(&self) -> Option<Instant> {
        None
    }
    fn handle_timeout(&mut self, _: Instant) {}
}

struct Client {
    driver: Driver<WebSocket<Below>, ()>,
    ears: Ears,
    below: Below,
}

impl Client {
    /// Connected, with nothing left to send.
    fn connected() -> Self {
        let mut client = Client {
            driver: Driver::new(Machine::new(Config::default(), 0)),
            ears: Ears::default(),
            below: Below::default(),
        };
        client.ears.commands.push_back(Command::Connect);
        client.turn();
        let (ws, below, _) = open();
        client.below = below;
        client.driver.handle_opened(Instant::ORIGIN, ws);
        client.turn();
        let sent = frames(&client.below.take_output());
        assert!(sent.len() == 1 && sent[0].1[0] == 0x10, "CONNECT");
        client
            .below
            .feed(frame(BINARY, true, b"\x20\x03\x00\x00\x00"));
        client.turn();
        *client.below.0.borrow_mut() = double::Wire::default();
        client
    }

    /// Whether there is more to do.
    fn turn(&mut self) -> bool {
        let mut scratch = BytesMut::new();
        let now = Instant::ORIGIN;
        self.driver
            .turn(now, false, &mut scratch, &mut self.ears)
            .more
    }
}

#[test]
fn a_ping_is_answered_in_the_turn_that_reads_it() {
    let mut client = Client::connected();
    client.below.feed(frame(PING, true, b"?"));
    client.turn();
    let sent = frames(&client.below.take_output());
    assert_eq!(sent, [(PONG, b"?".to_vec())]);
}

/// Rule L20, whatever a server mixes.
#[test]
fn a_flood_of_pings_does_not_make_a_turn_long() {
    let pings = frame(PING, true, b"").repeat(100);
    // Of a message that never ends, a byte at a time.
    let bytes = [&pings[..], &frame(BINARY, true, b"x")].concat();
    for flood in [pings, bytes] {
        let mut client = Client::connected();
        let message = frame(BINARY, true, b"\x30\xff\xff\x7f\x00\x01t\x00");
        client.below.feed([message, flood.repeat(20_000)].concat());
        assert!(client.turn(), "{:?}", client.ears.ends);
        let reads = client.below.0.borrow().reads;
        assert!(reads <= 65, "{reads}");
        assert_eq!(client.ears.ends, []);
    }
}

#[test]
fn a_close_frame_is_the_cause_and_is_answered() {
    let mut client = Client::connected();
    client
        .below
        .feed(frame(CLOSE, true, b"\x03\xf4shutting down"));
    while client.turn() {}
    let [DisconnectCause::Transport(error)] = &client.ears.ends[..] else {
        panic!("{:?}", client.ears.ends);
    };
    assert_eq!(
        (error.kind, error.status, &*error.message),
        (
            TransportErrorKind::WebSocketClosed,
            Some(1012),
            "shutting down"
        )
    );
    let sent = frames(&client.below.take_output());
    assert_eq!(sent, [(CLOSE, b"\x03\xf4".to_vec())]);
    assert!(client.below.calls().contains(&"abort"));
}
