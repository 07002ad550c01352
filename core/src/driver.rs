//! One turn of one client: commands, read, progress, time, outputs, write, and all of it bounded.
//! Without I/O of its own, clock or task: it is generic over the [`Stream`] and over
//! the [`Host`] that takes the outputs, and time is an argument. The engine, the simulation and a
//! browser drive this same loop, so what the simulation proves is what runs.
//!
//! # How to drive it
//!
//! Call [`Driver::turn`] after a command was queued, when the stream is ready, at the deadline
//! that the last turn named, and again at once where it said `more` (after others had their turn).
//! Early and repeated turns change nothing, but that a PINGREQ which is due soon goes at once.
//! Where a turn asks for a stream ([`Dial::Open`]), open one, report its stages with
//! [`Driver::handle_stage`], and end with [`Driver::handle_opened`] or
//! [`Driver::handle_open_failed`], each followed by a turn.

mod host;
mod input;
mod output;
mod packets;
mod standby;

use std::collections::VecDeque;

use bytes::BytesMut;

use self::packets::Packets;
use self::standby::Standby;
use crate::error::{Stage, TransportError};
use crate::proto::{Command, EventKind, Machine, Output, State};
use crate::transport::Stream;
use crate::transport::options::Server;
use crate::types::Instant;

pub use crate::codec::Direction;
pub use host::{Dial, Host, Turn};
pub use packets::{SHOWN, SeenPacket, Wanted};

/// What one read may bring, in bytes.
pub const READ: usize = 64 * 1024;

/// Reads of less than this are copied out of the scratch buffer, so that a small message that is
/// kept for long keeps no large buffer alive.
const COPIED: usize = READ / 4;

/// Bytes that one turn reads at most, but for the rest of one read.
const READ_PER_TURN: usize = 64 * 1024;

/// Packets that one turn decodes at most.
const PACKETS_PER_TURN: usize = 512;

/// Commands that one turn takes at most.
const COMMANDS_PER_TURN: usize = 512;

/// Bytes that one turn writes at most, but for the rest of one write.
const WRITTEN_PER_TURN: usize = 128 * 1024;

/// A client that has the engine to itself does so many turns' work in one.
const ALONE: usize = 16;

/// A read counts as so many bytes of a turn at least: a layer may take much apart to find little
/// or nothing for the reader.
const CONTROL_COST: usize = 1024;

/// A client's machine, its stream, and what is between them. See the [module](self) for how to
/// drive it.
#[derive(Debug)]
pub struct Driver<S, T> {
    machine: Machine<T>,
    stream: Option<S>,
    standby: Option<Standby<S>>,
    commands: VecDeque<Command<T>>,
    /// Bytes of the stream that are not decoded yet.
    input: BytesMut,
    /// `input` has whole packets that an earlier turn had no time for.
    undecoded: bool,
    /// The stream did not take all that there is to write.
    blocked: bool,
    /// The stream has ended; nothing more is read.
    ended: bool,
    dial: Option<Dial>,
    /// How much of a turn's work one turn does.
    share: usize,
    /// Where the host wants to hear of packets.
    packets: Option<Box<Packets>>,
    /// The stream was opened since the last turn.
    fresh: bool,
    /// The host knows where the machine stands in this turn.
    published: bool,
    /// How long the system may try to deliver what is left after a goodbye (rule L18).
    backstop: Option<std::time::Duration>,
}

impl<S: Stream, T> Driver<S, T> {
    /// A client without a connection.
    pub fn new(machine: Machine<T>) -> Self {
        Driver {
            machine,
            stream: None,
            standby: None,
            commands: VecDeque::new(),
            input: BytesMut::new(),
            undecoded: false,
            blocked: false,
            ended: false,
            dial: None,
            share: 1,
            packets: None,
            fresh: false,
            published: false,
            backstop: None,
        }
    }

    /// The machine, to look at.
    pub fn machine(&self) -> &Machine<T> {
        &self.machine
    }

    /// The stream, to wait for its readiness.
    pub fn stream(&self) -> Option<&S> {
        // A stream that has ended is always ready, and has nothing more to say.
        self.stream.as_ref().filter(|_| !self.ended)
    }

    /// Whether to wait until the stream takes bytes again, too.
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Bytes that came and are not decoded yet, as they are part of a packet, as a rule.
    pub fn undecoded(&self) -> usize {
        self.input.len()
    }

    /// Whether no other driver had a turn since this one's last: turns are longer then, as nobody
    /// waits for their end.
    pub fn set_alone(&mut self, alone: bool) {
        self.share = if alone { ALONE } else { 1 };
    }

    /// Whether it will never do anything again.
    pub fn is_closed(&self) -> bool {
        self.machine.state() == State::Closed
    }

    /// The opening has entered this stage.
    pub fn handle_stage(&mut self, stage: Stage) {
        self.machine.handle_stage(stage);
    }

    /// The stream that opens next leads to this server: what its broker says of other servers is
    /// understood from there.
    pub fn set_server(&mut self, server: Server) {
        self.machine.set_server(server);
    }

    /// The stream is open.
    pub fn handle_opened(&mut self, now: Instant, mut stream: S) {
        if self.machine.opens_standby() {
            return self.standby_opened(now, stream);
        }
        let knows_progress = stream.progress().is_some();
        self.machine.handle_open(now, knows_progress);
        self.input = BytesMut::new();
        (self.undecoded, self.blocked, self.ended) = (false, false, false);
        self.fresh = true;
        self.stream = Some(stream);
    }

    /// No stream could be opened.
    pub fn handle_open_failed(&mut self, now: Instant, stage: Stage, error: TransportError) {
        if self.machine.opens_standby() {
            return self.machine.drop_standby(now);
        }
        self.machine.handle_open_failed(now, stage, error);
    }

    /// Since `at`, of the stream below its layers, more came than could be taken apart yet: evidence
    /// of life until it is.
    pub fn handle_unfinished(&mut self, at: Instant) {
        if self.stream.is_some() {
            self.machine.handle_unfinished(at);
        }
    }

    /// The system is about to take the stream away: the broker is told, and the connection ends
    /// with this error, in place of a turn. What comes next is left to the next one.
    pub fn reclaim(&mut self, now: Instant, error: TransportError, host: &mut impl Host<T>) {
        self.published = false;
        self.machine.handle_reclaimed(now, error);
        self.tell(now, host);
        self.publish(now, host);
    }

    /// The engine cannot go on: gives every operation that has no outcome yet.
    pub fn abandon(&mut self) -> Vec<T> {
        let mut tokens = self.machine.abandon();
        let commands = std::mem::take(&mut self.commands);
        tokens.extend(commands.into_iter().filter_map(Command::into_token));
        tokens
    }

    /// Ends the stream at once, where there is one.
    pub fn abort(&mut self) {
        self.drop_standby();
        if let Some(stream) = self.stream.take() {
            stream.abort();
        }
    }

    /// Does what there is to do now, within the bounds of a turn. `suspended`: the system slept
    /// since the last turn. `scratch`: a buffer that any number of drivers may share,
    /// one after the other.
    pub fn turn(
        &mut self,
        now: Instant,
        suspended: bool,
        scratch: &mut BytesMut,
        host: &mut impl Host<T>,
    ) -> Turn {
        self.published = false;
        if std::mem::take(&mut self.fresh) {
            self.packets = Packets::wanted(host.wants_packets());
        }
        let due = self.machine.poll_deadline().is_some_and(|at| at <= now);
        if (due || suspended)
            && let Some(stream) = &mut self.stream
        {
            // Bytes may lie in the system that no readiness has told of yet (rule L9).
            stream.look_again();
        }
        let held = self.machine.holds_input();
        let mut more = self.obey(now, host);
        if held && !self.machine.holds_input() {
            self.undecoded = !self.input.is_empty();
        }
        // Rule L9: reads come before timers, and progress before a verdict.
        let (read, unread) = self.read(now, scratch, host);
        more |= unread;
        self.turn_standby(now, scratch, host);
        more |= self.undecoded;
        self.look_at_progress(now);
        host.handle_timeout(now);
        if self.machine.state() == State::Reconnecting {
            self.machine.set_events_taken(host.takes_events());
        }
        self.machine.handle_timeout(now, suspended);
        more |= self.tell(now, host);
        let written = match self.write(now, host) {
            Ok((written, unwritten)) => {
                more |= unwritten;
                written
            }
            Err(error) => {
                // What the broker said before it ended the stream is the cause, where it did.
                self.read(now, scratch, host);
                self.ended = true;
                self.machine.handle_transport_error(now, error);
                true
            }
        };
        // A write may have been the last of a connection, or have completed an operation; and what
        // could not be sent at all was completed, too.
        more |= self.tell(now, host);
        self.publish(now, host);
        if read
            && !written
            && self.machine.awaits_acknowledgement()
            && let Some(stream) = &mut self.stream
        {
            // A broker with Nagle's algorithm waits for it before it goes on.
            stream.acknowledge_now();
        }
        let deadlines = [self.machine.poll_deadline(), host.deadline()];
        Turn {
            more,
            deadline: Instant::earliest(deadlines),
            earliest: self.machine.poll_earliest().filter(|at| *at > now),
            dial: self.dial.take(),
        }
    }

    /// Returns whether commands are left.
    fn obey(&mut self, now: Instant, host: &mut impl Host<T>) -> bool {
        let most = COMMANDS_PER_TURN * self.share;
        if self.commands.len() < most {
            host.take_commands(&mut self.commands);
        }
        for _ in 0..most {
            let Some(command) = self.commands.pop_front() else {
                if self.commands.capacity() > COMMANDS_PER_TURN * ALONE {
                    self.commands = VecDeque::new();
                }
                return false;
            };
            self.machine.handle_command(now, command);
        }
        !self.commands.is_empty()
    }

    fn look_at_progress(&mut self, now: Instant) {
        if let Some(stream) = &self.stream {
            self.machine.handle_standing(stream.stands_since());
        }
        if self.machine.wants_progress(now)
            && let Some(stream) = &mut self.stream
            && let Some(progress) = stream.progress()
        {
            self.machine.handle_progress(now, progress);
        }
    }

    /// State first, then events, then the stream: whoever hears `disconnected` can connect again,
    /// and no close stands before the event (rule L15). Returns whether something new became due.
    fn tell(&mut self, now: Instant, host: &mut impl Host<T>) -> bool {
        let mut due = false;
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Released(usage) => host.released(usage),
                Output::Event(event) => {
                    self.published = false;
                    self.publish(now, host);
                    if let EventKind::Connected(_) | EventKind::Moved(_) = event.kind
                        && let Some(stream) = &mut self.stream
                    {
                        stream.established();
                        self.backstop = self.machine.backstop();
                    }
                    host.event(event);
                }
                Output::Delivered(mut items) => {
                    self.publish(now, host);
                    host.deliver(&mut items, now);
                    self.machine.reuse(items);
                }
                Output::Provide => host.provide(&self.machine, now),
                Output::Authenticate(question) => host.authenticate(*question),
                Output::Open => {
                    let deadline = self.machine.connect_deadline().unwrap_or(now);
                    self.dial = Some(Dial::Open { deadline });
                }
                Output::Refer {
                    reference,
                    for_good,
                } => host.refer(&reference, for_good),
                Output::Finish => {
                    if let Some(stream) = &mut self.stream {
                        stream.finish(self.backstop);
                    }
                }
                Output::Close { graceful } => self.close(now, graceful, host),
                Output::DropStandby => {
                    self.drop_standby();
                    self.dial = Some(Dial::GiveUp);
                }
                Output::CheckLocalAddress => {
                    if let Some(stream) = &self.stream {
                        let present = stream.has_local_address();
                        self.machine.handle_local_address(now, present);
                        // It may have ended the connection, or made a PINGREQ due.
                        self.machine.handle_timeout(now, false);
                        due = true;
                    }
                }
            }
        }
        due
    }

    /// Once a turn, and again before each event.
    fn publish(&mut self, now: Instant, host: &mut impl Host<T>) {
        if !std::mem::replace(&mut self.published, true) {
            host.publish_state(&self.machine, now);
        }
    }
}
