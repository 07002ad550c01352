//! What happens to a world.

use std::time::Duration;

use mqttka_core::proto::{Command, NetworkChange};
use mqttka_core::types::{Instant, ReasonCode};

use super::World;
use crate::app::Burst;
use crate::broker::Process;
use crate::link::LinkConfig;
use crate::tcp::Segment;

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Nothing passes any more, in both directions.
    BlackHole,
    /// Nothing reaches the client any more.
    BlackHoleIn,
    /// Nothing reaches the broker any more.
    BlackHoleOut,
    /// Both directions work again.
    Heal,
    /// Nothing passes for so long.
    Outage(Duration),
    /// The path is like this from now on, up and down.
    Path(LinkConfig, LinkConfig),
    /// The broker's system aborts the connection.
    Reset,
    /// The broker closes the connection.
    Fin,
    /// The broker's process does this from now on.
    Broker(Process),
    /// The broker's system offers no window any more.
    ZeroWindow,
    /// The client's process does not run for so long; its system does.
    ProcessStop(Duration),
    /// The client's system sleeps for so long.
    Suspend(Duration),
    /// The application calls `disconnect`, and waits so long for acknowledgements first.
    Disconnect(Option<Duration>),
    /// It calls `connect`.
    Connect,
    /// It wants an attempt now.
    ReconnectNow,
    /// It says that the system's network is not what it was.
    Network(NetworkChange),
    /// It says that it is in the foreground, or is not any more.
    Foreground(bool),
    /// It publishes some messages.
    Burst(Burst),
    /// It subscribes to this, or ends that.
    Subscribe(&'static str, bool),
    /// It waits until the broker has read everything, so long at most.
    Flush(Option<Duration>),
    /// It cancels some of what it asked for.
    Cancel,
    /// It closes the client, or without a goodbye.
    Close(bool),
    /// The client's system does not have the connection's local address any more.
    AddressGone,
    /// The broker's process ends. `true`: what it knows of sessions is on its disk.
    BrokerDown(bool),
    /// The broker's CONNACK refuses so from now on, or accepts again.
    Refuse(Option<ReasonCode>),
    /// The broker ends the connection with this reason, as far as the version has words for it.
    TurnAway(ReasonCode),
    /// The largest packet that it takes from the next connection on.
    MaximumPacketSize(Option<u32>),
    /// Somebody publishes a message with so many bytes of payload, for this filter.
    Message(&'static str, usize),
}

impl World {
    /// The fault happens at this moment.
    pub fn schedule(&mut self, at: Instant, fault: Fault) {
        self.faults.push((at, fault));
        self.faults.sort_by_key(|(at, _)| *at);
    }

    /// The fault happens now.
    pub fn inject(&mut self, fault: Fault) {
        let now = self.now;
        match fault {
            Fault::BlackHole => {
                self.up.kill(now);
                self.down.kill(now);
            }
            Fault::BlackHoleIn => self.down.kill(now),
            Fault::BlackHoleOut => self.up.kill(now),
            Fault::Heal => {
                self.up.heal();
                self.down.heal();
            }
            Fault::Outage(duration) => {
                self.up.outage(now, now + duration);
                self.down.outage(now, now + duration);
            }
            Fault::Path(up, down) => self.set_path(up, down),
            Fault::Reset => self.down.send(now, Segment::reset(), &mut self.rng),
            Fault::Fin => {
                if let Some(server) = &mut self.server {
                    server.finish();
                }
            }
            Fault::Broker(process) => self.broker.set_process(process),
            Fault::ZeroWindow => {
                self.broker.set_process(Process::Stopped);
                if let Some(server) = &mut self.server {
                    server.tcp.freeze_window();
                }
            }
            Fault::ProcessStop(duration) => {
                self.stopped_until = now + duration;
                self.was_stopped = true;
            }
            Fault::Suspend(duration) => {
                self.asleep_until = now + duration;
                self.slept = true;
            }
            Fault::Disconnect(drain_timeout) => self.app.ask(Command::Disconnect {
                reason_code: ReasonCode::Success,
                drain_timeout,
            }),
            Fault::Connect => self.app.ask(Command::Connect),
            Fault::ReconnectNow => self.app.ask(Command::ReconnectNow),
            Fault::Network(change) => self.app.ask(Command::NetworkChanged(change.into())),
            Fault::Foreground(true) => self.app.ask(Command::EnteredForeground),
            Fault::Foreground(false) => self.app.ask(Command::EnteredBackground),
            Fault::Burst(burst) => self.app.burst(now, burst),
            Fault::Subscribe(filter, begin) => self.app.subscribe(filter, begin),
            Fault::Flush(timeout) => self.app.flush(timeout),
            Fault::Cancel => self.app.cancel(),
            Fault::Close(true) => self.app.ask(Command::Close),
            Fault::Close(false) => self.app.ask(Command::Abort),
            Fault::AddressGone => {
                if let Some(wire) = &self.wire {
                    wire.borrow_mut().address_gone = true;
                }
            }
            Fault::BrokerDown(keeps) => {
                self.broker.stop(now, keeps);
                if self.server.take().is_some() {
                    self.down.send(now, Segment::reset(), &mut self.rng);
                }
            }
            Fault::Refuse(refusal) => self.broker.config.refusal = refusal,
            Fault::TurnAway(reason_code) => {
                if let Some(server) = &mut self.server {
                    self.broker.turn_away(now, reason_code, server);
                }
            }
            Fault::MaximumPacketSize(most) => self.broker.config.maximum_packet_size = most,
            Fault::Message(filter, size) => self.broker.leave_message(now, filter, size),
        }
    }
}
