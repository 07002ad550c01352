//! A connection that moves to another path proves itself there before it takes over: the pure
//! machine, as the driver calls it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mqttka_core::codec::{Decoder, Packet};
use mqttka_core::proto::{
    Authenticated, AuthenticationQuestion, AuthenticationReply, AuthenticationStep,
    AuthenticatorError, Command, Config, EventKind, Machine, NetworkChange, Output,
};
use mqttka_core::types::{Instant, Text, Version};

use crate::world::{START, auth, connack};
use mqttka_core::client::ReasonCode;

struct Rig {
    machine: Machine<u32>,
    now: Instant,
    events: Vec<EventKind>,
    questions: Vec<AuthenticationQuestion>,
    dropped: bool,
}

impl Rig {
    fn outputs(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Event(event) => self.events.push(event.kind),
                Output::Authenticate(question) => self.questions.push(*question),
                Output::DropStandby => self.dropped = true,
                _ => {}
            }
        }
    }

    fn answer(
        &mut self,
        step: &AuthenticationStep,
        result: Result<Option<Bytes>, AuthenticatorError>,
    ) {
        self.reply(step, result.map(Into::into));
    }

    fn reply(
        &mut self,
        step: &AuthenticationStep,
        result: Result<AuthenticationReply, AuthenticatorError>,
    ) {
        self.outputs();
        let question = self.questions.remove(0);
        assert_eq!(&question.step, step);
        let answer = Authenticated {
            exchange: question.exchange,
            number: question.number,
            result,
        };
        let command = Command::Authenticated(Box::new(answer));
        self.machine.handle_command(self.now, command);
        self.outputs();
    }

    fn input(&mut self, bytes: &[u8]) {
        let mut input = BytesMut::from(bytes);
        self.machine.handle_evidence(self.now);
        self.machine.handle_input(self.now, &mut input, &mut 100);
        self.outputs();
    }

    fn written(&mut self) {
        self.machine.prepare_transmit(self.now);
        let (head, tail) = self.machine.transmit();
        let count = head.len() + tail.len();
        self.machine.handle_written(self.now, count);
    }

    /// The packets written to the second stream.
    fn standby_packets(&mut self) -> Vec<Packet> {
        let mut bytes = BytesMut::from(self.machine.standby_transmit());
        self.machine.handle_standby_written(self.now, bytes.len());
        let mut decoder = Decoder::new(Version::V5, u32::MAX);
        std::iter::from_fn(|| decoder.decode(&mut bytes).unwrap()).collect()
    }
}

fn finish() -> AuthenticationStep {
    AuthenticationStep::Finish { data: None }
}

/// A connection with a session, and a second stream that is open.
fn moving() -> Rig {
    let config = Config {
        session_expiry_interval: 100,
        make_before_break: true,
        authentication_method: Some("TEST".try_into().unwrap()),
        ..Config::default()
    };
    let mut rig = Rig {
        machine: Machine::new(config, 1),
        now: Instant::from_nanos(1_000_000_000),
        events: Vec::new(),
        questions: Vec::new(),
        dropped: false,
    };
    rig.machine.handle_command(rig.now, Command::Connect);
    rig.outputs();
    rig.machine.handle_open(rig.now, false);
    rig.answer(&START, Ok(None));
    rig.written();
    rig.input(&connack("TEST", None));
    rig.answer(&finish(), Ok(None));
    assert!(matches!(rig.events[..], [EventKind::Connected(_)]));
    rig.events.clear();
    let changed = NetworkChange::Changed;
    rig.machine
        .handle_command(rig.now, Command::NetworkChanged(changed.into()));
    rig.outputs();
    assert!(rig.machine.opens_standby());
    rig.machine.handle_standby_open(rig.now, false);
    assert!(!rig.machine.opens_standby());
    rig
}

#[test]
fn the_second_connection_proves_itself_and_takes_over() {
    let mut rig = moving();
    assert!(rig.standby_packets().is_empty(), "CONNECT waits");
    rig.answer(&START, Ok(Some("new".into())));
    assert!(matches!(rig.standby_packets()[..], [Packet::Connect(_)]));
    let mut input = BytesMut::from(&auth(ReasonCode::ContinueAuthentication, "TEST", None)[..]);
    assert!(!rig.machine.handle_standby_input(rig.now, &mut input));
    rig.answer(&AuthenticationStep::Continue { data: None }, Ok(None));
    assert!(matches!(rig.standby_packets()[..], [Packet::Auth(_)]));
    let mut input = BytesMut::from(&connack("TEST", None)[..]);
    assert!(!rig.machine.handle_standby_input(rig.now, &mut input));
    assert!(!rig.machine.switch(rig.now), "before it is verified");
    rig.answer(&finish(), Ok(None));
    assert!(rig.machine.is_standby_accepted());
    assert!(rig.machine.switch(rig.now));
    rig.outputs();
    assert!(matches!(rig.events[..], [EventKind::Moved(_)]));
}

#[test]
fn where_that_fails_the_first_one_goes_on() {
    let fail = || {
        Err(AuthenticatorError {
            message: "no".to_owned(),
            fatal: true,
        })
    };
    // At each step.
    let mut rig = moving();
    rig.answer(&START, fail());
    assert!(rig.dropped && rig.events.is_empty());
    let mut rig = moving();
    rig.answer(&START, Ok(None));
    rig.standby_packets();
    let mut input = BytesMut::from(&connack("TEST", None)[..]);
    rig.machine.handle_standby_input(rig.now, &mut input);
    rig.answer(&finish(), fail());
    assert!(rig.dropped && rig.events.is_empty());
    // User properties, for which there is no AUTH.
    let user = || AuthenticationReply {
        data: None,
        user_properties: vec![(Text::default(), Text::default())],
    };
    let mut rig = moving();
    rig.reply(&START, Ok(user()));
    assert!(rig.dropped && rig.standby_packets().is_empty());
    let mut rig = moving();
    rig.answer(&START, Ok(None));
    rig.standby_packets();
    let mut input = BytesMut::from(&connack("TEST", None)[..]);
    rig.machine.handle_standby_input(rig.now, &mut input);
    rig.reply(&finish(), Ok(user()));
    assert!(rig.dropped && rig.events.is_empty());
    // A wrong method, and a broker that sends before it has proved itself.
    let mut rig = moving();
    rig.answer(&START, Ok(None));
    rig.standby_packets();
    let mut input = BytesMut::from(&connack("OTHER", None)[..]);
    assert!(!rig.machine.handle_standby_input(rig.now, &mut input));
    rig.outputs();
    assert!(rig.dropped && rig.events.is_empty());
    // An AUTH to a CONNECT that has not been written.
    let mut rig = moving();
    rig.answer(&START, Ok(None));
    let mut input = BytesMut::from(&auth(ReasonCode::ContinueAuthentication, "TEST", None)[..]);
    assert!(!rig.machine.handle_standby_input(rig.now, &mut input));
    rig.outputs();
    assert!(rig.dropped && rig.events.is_empty());
    // An application that does not answer.
    let mut rig = moving();
    rig.now += Duration::from_secs(30);
    rig.input(&[0xd0, 0]);
    rig.machine.handle_timeout(rig.now, false);
    rig.outputs();
    assert!(rig.dropped && !rig.machine.has_standby());
    assert!(rig.questions.is_empty() || rig.questions.len() == 1);
}

/// Of an exchange that is over, of an earlier question, or given twice.
#[test]
fn an_answer_to_another_question_counts_for_nothing() {
    let mut rig = moving();
    rig.outputs();
    let question = rig.questions[0].clone();
    assert_eq!((question.exchange, question.number), (2, 1));
    for (exchange, number) in [(1, 1), (2, 2), (3, 1)] {
        let result = Ok(Some("wrong".into()).into());
        let answer = Box::new(Authenticated {
            exchange,
            number,
            result,
        });
        let command = Command::Authenticated(answer);
        rig.machine.handle_command(rig.now, command);
        assert!(rig.standby_packets().is_empty(), "{exchange}, {number}");
    }
    rig.answer(&START, Ok(None));
    assert_eq!(rig.standby_packets().len(), 1);
    let again = Box::new(Authenticated {
        exchange: 2,
        number: 1,
        result: Ok(None.into()),
    });
    rig.machine
        .handle_command(rig.now, Command::Authenticated(again));
    assert!(rig.standby_packets().is_empty());
}

/// A re-authentication waits until the connection is where it goes.
#[test]
fn a_re_authentication_waits_for_the_move() {
    let mut rig = moving();
    let command = Command::Reauthenticate { token: Some(5) };
    rig.machine.handle_command(rig.now, command);
    rig.answer(&START, Ok(None));
    rig.standby_packets();
    let mut input = BytesMut::from(&connack("TEST", None)[..]);
    rig.machine.handle_standby_input(rig.now, &mut input);
    rig.answer(&finish(), Ok(None));
    assert!(rig.machine.switch(rig.now));
    rig.machine.handle_timeout(rig.now, false);
    let again = AuthenticationStep::Start {
        reauthenticate: true,
    };
    rig.answer(&again, Ok(None));
    rig.machine.prepare_transmit(rig.now);
    let (head, _) = rig.machine.transmit();
    assert_eq!(head[..3], [0xf0, 9, 0x19]);
}
