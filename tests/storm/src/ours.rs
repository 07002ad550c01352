//! A client of ours: the state machine that the library ships.

use std::time::Duration;

use bytes::BytesMut;
use mqttka_core::error::{Stage, TransportError};
use mqttka_core::proto::{Command, Config, Machine, Output, Reconnect, State};
use mqttka_core::types::Instant;

use crate::Ms;
use crate::habit::{Failure, Habit};

const ACCEPTED: &[u8] = &[0x20, 3, 0, 0, 0];
const SERVER_BUSY: &[u8] = &[0x20, 3, 0, 0x89, 0];

/// How long the connection that the broker ends had lasted.
const LASTED: Duration = Duration::from_secs(3600);

/// The machine. Its pings are left out: it is not asked while it is connected.
#[derive(Debug)]
pub struct Ours(Machine<()>);

impl Ours {
    /// A client with these delays that is connected, and has been for an hour.
    ///
    /// # Panics
    /// Where the machine does not do what it is for.
    pub fn new(reconnect: Reconnect, seed: u64) -> Self {
        let config = Config {
            reconnect: Some(reconnect),
            ..Config::default()
        };
        let mut ours = Ours(Machine::new(config, seed));
        ours.0.handle_command(Instant::ORIGIN, Command::Connect);
        assert!(ours.opens());
        ours.open(Instant::ORIGIN);
        ours.input(Instant::ORIGIN, ACCEPTED);
        assert_eq!(ours.0.state(), State::Connected);
        ours
    }

    /// Does what comes out. Whether it wants a stream.
    fn opens(&mut self) -> bool {
        let mut opens = false;
        while let Some(output) = self.0.poll_output() {
            opens |= matches!(output, Output::Open);
        }
        opens
    }

    fn open(&mut self, now: Instant) {
        self.0.handle_open(now, false);
        let (head, tail) = self.0.transmit();
        let written = head.len() + tail.len();
        self.0.handle_written(now, written);
    }

    fn input(&mut self, now: Instant, bytes: &[u8]) {
        let mut input = BytesMut::from(bytes);
        self.0.handle_input(now, &mut input, &mut 1);
        self.opens();
    }

    fn next(&mut self) -> Ms {
        self.opens();
        assert_eq!(self.0.state(), State::Reconnecting);
        ms(self.0.next_attempt_at())
    }
}

fn at(ms: Ms) -> Instant {
    Instant::ORIGIN + LASTED + Duration::from_millis(ms.into())
}

/// Not before that moment.
fn ms(at: Option<Instant>) -> Ms {
    let since = at
        .expect("a moment")
        .saturating_since(Instant::ORIGIN + LASTED);
    since
        .as_nanos()
        .div_ceil(1_000_000)
        .try_into()
        .expect("within the run")
}

impl Habit for Ours {
    fn lost(&mut self, now: Ms) -> Ms {
        self.0.handle_eof(at(now));
        self.next()
    }

    fn begin(&mut self, now: Ms) -> Ms {
        self.0.handle_timeout(at(now), false);
        assert!(self.opens(), "an attempt was due");
        ms(self.0.connect_deadline())
    }

    fn opened(&mut self, now: Ms) {
        self.open(at(now));
    }

    fn accepted(&mut self, now: Ms) {
        self.input(at(now), ACCEPTED);
        assert_eq!(self.0.state(), State::Connected);
    }

    fn failed(&mut self, now: Ms, failure: Failure) -> Ms {
        match failure {
            Failure::Refused => {
                let error = TransportError::new("refused");
                self.0.handle_open_failed(at(now), Stage::Tcp, error);
            }
            Failure::TimedOut => self.0.handle_timeout(at(now), false),
            Failure::Busy => self.input(at(now), SERVER_BUSY),
        }
        self.next()
    }
}
