//! The steps of a program.

use std::time::Duration;

use mqttka_core::client::{
    Message, NetworkChange, PublishOptions, QoS, ReasonCode, Stage, Subscription,
    SubscriptionOptions, TopicFilter, TopicName, TransportError,
};
use mqttka_core::error::Error;

use super::broker;
use super::input::Input;
use super::{GOODBYE, World};

/// Consumers that an application has at a time.
const STREAMS: usize = 6;

impl World {
    pub(super) fn step(&mut self, opcode: u8, input: &mut Input) {
        match opcode % 48 {
            0 => drop(self.client.connect()),
            1 => self.opened(),
            2..=9 => self.packet(input),
            10 => self.noise(input),
            11 => self.accepted(),
            12..=15 => self.publish(input),
            16 => self.subscribe(input),
            17 => self.unsubscribe(input),
            18 => self.take(input),
            19 => self.leave(input),
            20..=22 => {
                let time = input.time();
                self.pass(time);
            }
            23 => self.jump(input),
            24 => self.buffered(input),
            25 => self.stream_ends(input),
            26 => self.hint(input),
            27 => self.judge.within(input.byte()),
            28 => self.stream_made(input),
            29 => self.park(input),
            30 if input.byte() > 200 => {
                self.judge.closing();
                self.client.close();
            }
            31 if input.byte() > 200 => {
                self.judge.closing();
                self.client.abort();
            }
            32.. => self.feature(opcode % 48, input),
            _ => {}
        }
        if opcode & 128 == 0 {
            self.run();
        }
    }

    fn opened(&mut self) {
        if self.stream > 0 && !self.open {
            self.open = true;
            self.hosted.handle_opened(self.now, self.stream, None);
            self.run();
        }
    }

    /// An attempt that comes about, in one step.
    fn accepted(&mut self) {
        let _ = self.client.connect();
        self.run();
        self.opened();
        let connack: &[u8] = match self.wire.conversation(self.stream).version {
            mqttka_core::types::Version::V5 => &[0x20, 3, 0, 0, 0],
            _ => &[0x20, 2, 0, 0],
        };
        self.say(connack, 0);
    }

    fn packet(&mut self, input: &mut Input) {
        let bytes = broker::packet(input, self.wire.conversation(self.stream));
        let piece = input.byte();
        self.say(&bytes, piece);
    }

    fn noise(&mut self, input: &mut Input) {
        let count = usize::from(input.byte() % 32);
        self.say(input.bytes(count), 0);
    }

    /// In pieces, with or without turns between them.
    fn say(&mut self, bytes: &[u8], pieces: u8) {
        if bytes.is_empty() || !self.open {
            return;
        }
        let size = match pieces & 7 {
            0 => usize::from(pieces >> 4) + 1,
            _ => bytes.len(),
        };
        for piece in bytes.chunks(size) {
            self.heard_at = self.heard_at.max(self.now);
            self.wire.conversation(self.stream).told(piece);
            self.hosted.handle_received(self.stream, piece.to_vec());
            if pieces & 8 != 0 {
                self.run();
            }
        }
    }

    fn publish(&mut self, input: &mut Input) {
        let what = input.byte();
        let topic = ["a", "a/b", "c", "long/er/topic"][usize::from(what & 3)];
        let Ok(topic) = TopicName::try_from(topic) else {
            return;
        };
        let size = [0, 3, 60, 3000][usize::from(what >> 2 & 3)];
        let qos = QoS::from_u8(what >> 4 & 3).unwrap_or(QoS::AtLeastOnce);
        let message = Message::new(topic, vec![b'p'; size]).with_qos(qos);
        let mut options = PublishOptions::default();
        options.timeout = (what & 64 != 0).then(|| input.time() + Duration::from_millis(1));
        options.receipt = what & 128 != 0;
        let (completion, number) = self.judge.completion();
        let result = self.client.publish_with(message, &options, completion);
        self.judge.accepted(number, &result);
    }

    pub(super) fn filters(input: &mut Input) -> Vec<TopicFilter> {
        let names = ["a", "#", "+/b", "b", "$share/g/a"];
        let count = usize::from(input.byte() % 3) + 1;
        (0..count)
            .filter_map(|_| TopicFilter::try_from(input.choice(&names)).ok())
            .collect()
    }

    fn subscribe(&mut self, input: &mut Input) {
        let how = input.byte();
        let qos = QoS::from_u8(how & 3).unwrap_or(QoS::ExactlyOnce);
        let wanted: Vec<_> = Self::filters(input)
            .into_iter()
            .map(|filter| Subscription::new(filter, qos))
            .collect();
        let (completion, number) = self.judge.completion();
        let (client, properties) = (&self.client, Default::default());
        let result: Result<(), Error> = match how >> 2 & 3 {
            0 | 1 => client.subscribe(wanted, properties, completion),
            2 => client
                .subscribe_with(wanted, properties, |_, _| {}, completion)
                .map(drop),
            _ if self.streams.len() >= STREAMS => client.subscribe(wanted, properties, completion),
            _ => client
                .subscription(
                    wanted,
                    properties,
                    SubscriptionOptions::default(),
                    completion,
                )
                .map(|stream| self.streams.push(stream)),
        };
        self.judge.accepted(number, &result);
    }

    fn unsubscribe(&mut self, input: &mut Input) {
        let filters = Self::filters(input);
        let (completion, number) = self.judge.completion();
        let result = self
            .client
            .unsubscribe(filters, Default::default(), completion);
        self.judge.accepted(number, &result);
    }

    fn stream_made(&mut self, input: &mut Input) {
        let filter = input.choice(&["a", "#", "+/b"]);
        if self.streams.len() < STREAMS
            && let Ok(stream) = self.client.messages(TopicFilter::try_from(filter).ok())
        {
            self.streams.push(stream);
        }
    }

    /// Something about one of the streams of messages.
    fn take(&mut self, input: &mut Input) {
        let what = input.byte();
        if self.streams.is_empty() {
            return;
        }
        let which = usize::from(what >> 4) % self.streams.len();
        let stream = &self.streams[which];
        match what & 7 {
            0..=3 => {
                let lent = stream.take(usize::from(what & 3) + 1).unwrap_or_default();
                self.kept.keep(lent);
            }
            4 => stream.done(1),
            5 => stream.done(usize::MAX),
            6 => {
                let (completion, number) = self.judge.completion();
                let result = stream.unsubscribe(completion);
                self.judge.accepted(number, &result);
            }
            _ => drop(self.streams.swap_remove(which)),
        }
    }

    fn leave(&mut self, input: &mut Input) {
        let how = input.byte();
        let drain = Duration::from_secs(u64::from(how & 15));
        let result = match how & 16 {
            0 => self.client.disconnect(ReasonCode::Success),
            _ => self
                .client
                .disconnect_after(ReasonCode::DisconnectWithWillMessage, drain),
        };
        if result.is_ok() {
            let drain = if how & 16 == 0 { Duration::ZERO } else { drain };
            self.leaving_until = self.now + GOODBYE + drain;
        }
    }

    /// The host was late, as after a sleep of the system.
    fn jump(&mut self, input: &mut Input) {
        let suspended = input.flag();
        let late = input.time();
        self.now += late;
        self.heard_at = self.now;
        // What was asked for before may be taken only now.
        self.leaving_until += late;
        self.hosted.turn(self.now, suspended);
        while let Some(action) = self.hosted.poll_action() {
            self.act(action);
        }
        self.run();
    }

    fn buffered(&mut self, input: &mut Input) {
        let bytes = input.choice(&[0, 10, 1000, 100_000, 10_000_000]);
        self.hosted.handle_buffered(self.now, self.stream, bytes);
    }

    fn stream_ends(&mut self, input: &mut Input) {
        let error = || TransportError::new("the fuzzer's");
        match input.byte() % 4 {
            0 => self.hosted.handle_end(self.stream),
            1 => self.hosted.handle_failed(self.stream, error()),
            2 if !self.open => {
                let (now, stream) = (self.now, self.stream);
                self.hosted
                    .handle_open_failed(now, stream, Stage::Tcp, error());
            }
            _ => self
                .hosted
                .handle_stage(self.now, self.stream, Stage::WebSocket),
        }
    }

    fn hint(&mut self, input: &mut Input) {
        let what = input.byte();
        let client = &self.client;
        let _ = match what % 7 {
            0 => client.probe_now(input.time() + Duration::from_millis(1)),
            1 => client.network_changed(NetworkChange::Lost),
            2 => client.network_changed(NetworkChange::Available),
            3 => client.network_changed(NetworkChange::Changed),
            4 => client.entered_background(),
            5 => client.entered_foreground(),
            _ => client.reconnect_now(),
        };
    }

    fn park(&mut self, input: &mut Input) {
        self.hosted.park(self.now);
        self.parked = true;
        self.run();
        self.parked = false;
        let time = input.time();
        self.now += time;
        self.heard_at = self.now;
        self.hosted.unpark();
        self.run();
    }
}
