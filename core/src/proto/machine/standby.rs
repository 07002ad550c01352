//! Make before break (rule L24): a second connection comes about while the first still lives, and
//! takes its place without a gap.

use bytes::{Bytes, BytesMut};

use super::handshake::has_asked;
use super::{Early, Handed, Machine, Phase};
use crate::codec::{ConnAck, Decoder, Packet, PacketType};
use crate::error::{DisconnectCause, OperationError};
use crate::proto::event::Action;
use crate::proto::flight::Over;
use crate::proto::limits::ServerLimits;
use crate::proto::outgoing::Outgoing;
use crate::proto::timers::Timer;
use crate::proto::{Delivered, EventKind, NetworkChange, NetworkUpdate};
use crate::types::{Fault, Instant, Properties, PropertyId, ReasonCode, Tolerate};

/// The connection to come.
#[derive(Debug)]
pub(super) struct Standby {
    progress: Progress,
    decoder: Decoder,
    outgoing: Outgoing,
    acked: Option<u64>,
    last_outbound: Instant,
    early: Early,
    /// How the old connection ended meanwhile: as the broker lets the new one take over, as a
    /// rule.
    held: Option<DisconnectCause>,
}

#[derive(Debug)]
enum Progress {
    /// The transport opens a stream.
    Opening,
    /// CONNECT waits for the application's authenticator.
    Authenticating,
    /// CONNECT is on its way; from now on the broker may end the old connection for it.
    Handshaking,
    /// The broker accepted it.
    Accepted(Box<ConnAck>),
}

impl<T> Machine<T> {
    /// A hint says that the network changed. Whether the client is to go over to the new one while
    /// the old connection lives.
    pub(super) fn may_move(&self, update: &NetworkUpdate) -> bool {
        let config = &self.config;
        // The broker would publish the Will for the connection that is taken over, unless it waits
        // for the client to come back [MQTT-3.1.3-9].
        let told = config.will.as_ref().is_none_or(|will| {
            let properties = &will.message.properties;
            let delay = properties.get_number(PropertyId::WillDelayInterval);
            delay.is_some_and(|seconds| seconds > 0)
        });
        config.make_before_break
            && config.reconnect.is_some()
            && self.phase == Phase::Connected
            && self.session.exists()
            && self.session.persists()
            && told
            && self.standby.is_none()
            && !self.is_authenticating()
            && update.change != NetworkChange::Lost
            && (update.id.is_empty() || self.network_id != update.id)
    }

    pub(super) fn start_standby(&mut self, now: Instant) {
        self.standby = Some(Standby {
            progress: Progress::Opening,
            decoder: Decoder::of_server(self.version(), self.config.packet_limit()),
            outgoing: Outgoing::default(),
            acked: None,
            last_outbound: now,
            early: Early::default(),
            held: None,
        });
        let timeout = self.connect_timeout();
        self.timers.set(Timer::Standby, now + timeout);
        self.actions.push_back(Action::Open);
    }

    /// Whether the stream that is being opened is to take the place of one that lives.
    pub fn opens_standby(&self) -> bool {
        let standby = self.standby.as_ref();
        standby.is_some_and(|standby| matches!(standby.progress, Progress::Opening))
    }

    /// Whether a connection that is to take the place of the present one is coming about.
    pub fn has_standby(&self) -> bool {
        self.standby.is_some()
    }

    /// Whether the broker may be letting the new connection take over: nothing new is sent over the
    /// old one.
    pub(super) fn is_moving(&self) -> bool {
        let standby = self.standby.as_ref();
        standby.is_some_and(|standby| {
            matches!(
                standby.progress,
                Progress::Handshaking | Progress::Accepted(_)
            )
        })
    }

    /// The old connection has ended, and the new one may still take its place: until that fails,
    /// or the old one would have been declared dead. `false`: it is to be told.
    pub(super) fn hold(&mut self, cause: &DisconnectCause) -> bool {
        let expected = match cause {
            DisconnectCause::ServerDisconnect { reason_code, .. } => {
                *reason_code == ReasonCode::SessionTakenOver
            }
            DisconnectCause::ClosedByServer | DisconnectCause::Transport(_) => true,
            _ => false,
        };
        if !expected || !self.is_moving() {
            return false;
        }
        if let Some(standby) = &mut self.standby {
            standby.held.get_or_insert_with(|| cause.clone());
        }
        true
    }

    /// Whether the old connection has ended, and that is not told yet.
    pub(super) fn is_held(&self) -> bool {
        self.held().is_some()
    }

    /// How the old connection ended, where that is not told yet.
    pub(super) fn held(&self) -> Option<DisconnectCause> {
        self.standby.as_ref()?.held.clone()
    }

    /// The second stream is open: CONNECT goes out on it. `acked` as in
    /// [`handle_open`](Self::handle_open).
    pub fn handle_standby_open(&mut self, now: Instant, acked: bool) {
        let Some(standby) = &mut self.standby else {
            return;
        };
        standby.acked = acked.then_some(0);
        standby.last_outbound = now;
        standby.progress = Progress::Authenticating;
        if !self.begin_authentication(now, true) {
            self.send_standby_connect(now, None);
        }
    }

    /// CONNECT goes out on the second stream, with this Authentication Data.
    pub(super) fn send_standby_connect(&mut self, now: Instant, data: Option<Bytes>) {
        let connect = Packet::Connect(Box::new(self.connect_packet(data)));
        let version = self.version();
        let Some(standby) = &mut self.standby else {
            return;
        };
        standby.progress = Progress::Handshaking;
        if connect.encode(version, standby.outgoing.buffer()).is_err() {
            self.drop_standby(now);
        }
    }

    /// Where packets of the second stream are encoded.
    pub(super) fn standby_buffer(&mut self) -> Option<&mut BytesMut> {
        let standby = self.standby.as_mut();
        standby.map(|standby| standby.outgoing.buffer())
    }

    /// The broker accepted the second connection, and it is the right one.
    pub(super) fn accept_standby(&mut self, connack: Box<ConnAck>) {
        if let Some(standby) = &mut self.standby {
            standby.progress = Progress::Accepted(connack);
        }
    }

    /// Whether the broker accepted the second connection: [`switch`](Self::switch) is next, when
    /// the first stream was read until it would block.
    pub fn is_standby_accepted(&self) -> bool {
        let standby = self.standby.as_ref();
        standby.is_some_and(|standby| matches!(standby.progress, Progress::Accepted(_)))
    }

    /// What is to be written to the second stream.
    pub fn standby_transmit(&self) -> &[u8] {
        let standby = self.standby.as_ref();
        standby.map_or(&[], |standby| standby.outgoing.chunks().0)
    }

    /// The second stream took so many bytes.
    pub fn handle_standby_written(&mut self, now: Instant, count: usize) {
        if let Some(standby) = &mut self.standby {
            let flight = &mut self.flight;
            standby.outgoing.advance(count, |head, size| {
                flight.sent(now, head, size, Over::Standby);
            });
            standby.last_outbound = now;
        }
    }

    /// Bytes came over the second stream. `true`: the broker accepted it
    /// ([`is_standby_accepted`](Self::is_standby_accepted)).
    pub fn handle_standby_input(&mut self, now: Instant, input: &mut BytesMut) -> bool {
        let early = self.config.tolerate.contains(Fault::PublishBeforeConnack);
        let most = self.config.inbound_queue_max_bytes;
        self.authentication.note_evidence(now, true);
        while self.decodes_standby() {
            let Some(standby) = &mut self.standby else {
                return false;
            };
            let decoded = self
                .flight
                .decoded(now, &mut standby.decoder, input, Over::Standby);
            let result = match decoded {
                Ok(None) => return false,
                Ok(Some(Packet::ConnAck(connack))) => self.handle_standby_connack(now, connack),
                Ok(Some(Packet::Auth(auth))) => {
                    has_asked(&standby.outgoing, PacketType::Auth).is_ok()
                        && self.handle_auth(now, &auth, true).is_ok()
                }
                Ok(Some(Packet::Publish(publish))) if early => {
                    standby.early.push(publish, most).is_ok()
                }
                Ok(Some(_)) | Err(_) => false,
            };
            if !result {
                self.drop_standby(now);
                return false;
            }
        }
        if input.len() > self.config.inbound_queue_max_bytes && !self.is_standby_accepted() {
            self.drop_standby(now);
        }
        self.is_standby_accepted()
    }

    /// `false`: it is none that accepts.
    fn handle_standby_connack(&mut self, now: Instant, connack: ConnAck) -> bool {
        let standby = self.standby.as_ref();
        let asked = standby.is_some_and(|it| has_asked(&it.outgoing, PacketType::ConnAck).is_ok());
        if !asked
            || connack.reason_code.is_error()
            || ServerLimits::check(&connack).is_err()
            || self.check_unasked(&connack).is_err()
        {
            return false;
        }
        match self.verify_connack(now, connack) {
            Ok(Some(connack)) => self.accept_standby(Box::new(connack)),
            Ok(None) => {}
            Err(_) => return false,
        }
        true
    }

    /// The second stream could not be opened, or has ended: the old connection goes on, where it
    /// has not ended.
    pub fn drop_standby(&mut self, now: Instant) {
        let Some(standby) = self.standby.take() else {
            return;
        };
        self.timers.clear(Timer::Standby);
        self.drop_standby_authentication();
        self.actions.push_back(Action::DropStandby);
        if let Some(cause) = standby.held {
            self.end_connection(now, cause, false);
        }
    }

    /// The second stream takes the place of the first. `false`: it does not, as the first
    /// connection came to another end meanwhile.
    pub fn switch(&mut self, now: Instant) -> bool {
        let Some(standby) = self.standby.take() else {
            return false;
        };
        let Progress::Accepted(connack) = standby.progress else {
            self.standby = Some(standby);
            return false;
        };
        self.timers.clear(Timer::Standby);
        let suspected = self.is_told_suspect();
        // Acknowledgements of messages count anew, as after any reconnection.
        self.connection_number += 1;
        while let Some(Handed { token, .. }) = self.handed.pop_front() {
            self.complete(Some(token), Err(OperationError::Disconnected));
        }
        self.lose_barrier(&OperationError::Disconnected);
        self.resend.clear();
        self.control.clear();
        self.session.moved();
        self.decoder = standby.decoder;
        self.early = standby.early;
        self.tolerated.seen = Tolerate::NONE;
        self.outgoing = standby.outgoing;
        self.acked = standby.acked;
        self.last_outbound = standby.last_outbound;
        let (connected, lost) = self.begin_connection(now, &connack);
        self.push_event(EventKind::Moved(connected));
        if suspected {
            // The new path's CONNACK is evidence of life.
            let snapshot = self.liveness(now).unwrap_or_default();
            self.push_event(EventKind::Alive(Box::new(snapshot)));
        }
        self.delivered
            .push(Delivered::Connection(self.connection_number));
        self.tell_lost_subscriptions(lost, &Properties::new());
        self.refuse_what_is_forbidden();
        self.take_early(now);
        true
    }
}
