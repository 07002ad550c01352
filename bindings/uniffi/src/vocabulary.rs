//! The core's plain enums, as they are.

use mqttka_core::client::{
    Direction, Fault as CoreFault, LostPublish, MetricKind, NetworkChange, PacketType, QoS,
    QueuePolicy, ReasonCode, Receipt, RetainHandling, Stage, State, Transport, Version,
};

/// The protocol version that a connection speaks.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum Version {
    /// MQTT 3.1.1.
    V311 = 4,
    /// MQTT 5.0, the default.
    V5 = 5,
}

/// How surely a message is delivered.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum QoS {
    /// QoS 0: at most once, no acknowledgement.
    AtMostOnce = 0,
    /// QoS 1: at least once.
    AtLeastOnce = 1,
    /// QoS 2: exactly once.
    ExactlyOnce = 2,
}

/// What the broker sends of retained messages when a subscription is made; MQTT 5.0 only.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum RetainHandling {
    /// Send retained messages at every subscribe. The default.
    SendAtSubscribe = 0,
    /// Send them only where the subscription did not exist yet.
    SendIfNew = 1,
    /// Do not send them.
    DoNotSend = 2,
}

/// What the system says of its network.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum NetworkChange {
    /// There is no network any more. A client that waits to try again does not try until there is
    /// one, or five minutes have passed; a connection ends only where its local address is gone.
    Lost = 1,
    /// There is a network again. A client that waits tries now.
    Available = 2,
    /// Another network, or other properties of the same. A client that waits tries now; a
    /// connection is probed.
    Changed = 3,
}

/// The stages of a connection attempt, in order.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum Stage {
    /// Waiting for the application's connection provider.
    Provider = 7,
    /// Resolving the host name.
    Dns = 1,
    /// Opening the TCP connection, to the proxy where there is one; or the Unix socket.
    Tcp = 2,
    /// The proxy's tunnel.
    Proxy = 6,
    /// The TLS handshake.
    Tls = 3,
    /// The WebSocket upgrade.
    WebSocket = 4,
    /// Waiting for CONNACK.
    Mqtt = 5,
}

/// What carries MQTT to a server.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum Transport {
    /// TCP: `mqtt://`.
    Tcp = 1,
    /// TLS over TCP: `mqtts://`.
    Tls = 2,
    /// WebSocket over TCP: `ws://`.
    WebSocket = 3,
    /// WebSocket over TLS: `wss://`.
    WebSocketTls = 4,
    /// A Unix socket: `unix://`.
    Unix = 5,
}

/// Where the client stands.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum State {
    /// Not connected, and not trying.
    Idle = 0,
    /// An attempt is under way.
    Connecting = 1,
    /// Connected.
    Connected = 2,
    /// `disconnect` was called; the DISCONNECT is on its way.
    Disconnecting = 3,
    /// Closed for good.
    Closed = 4,
    /// Not connected; the next attempt comes by itself.
    Reconnecting = 5,
}

/// What happens to an operation for which the outbound queue has no room.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum QueuePolicy {
    /// It is refused at once. The default.
    RefuseNewest = 0,
    /// The oldest QoS 0 publish that waits is dropped for it; where none waits, the newest is.
    DropOldestQos0 = 1,
    /// The oldest publish that waits, whatever its QoS, is dropped for it; where none waits, the
    /// newest is.
    DropOldest = 2,
}

/// What becomes of a publish that was sent and not acknowledged, where its session is lost.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum LostPublish {
    /// It is published again in the new session.
    PublishAgain = 0,
    /// It fails: the session is lost.
    Fail = 1,
}

/// What is known of a publish that ended well. None of them says that a subscriber has the message.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum Receipt {
    /// QoS 0: it was handed to the socket. The broker may have it or not.
    Written = 0,
    /// QoS 0 with a receipt: the broker has read it, as it answered a PINGREQ that followed it. What
    /// it made of it is not known.
    Read = 1,
    /// QoS 1 and 2: the broker acknowledged it, with the outcome's reason code.
    Acknowledged = 2,
}

/// The kind of a control packet.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum PacketType {
    /// CONNECT.
    Connect = 1,
    /// CONNACK.
    ConnAck = 2,
    /// PUBLISH.
    Publish = 3,
    /// PUBACK.
    PubAck = 4,
    /// PUBREC.
    PubRec = 5,
    /// PUBREL.
    PubRel = 6,
    /// PUBCOMP.
    PubComp = 7,
    /// SUBSCRIBE.
    Subscribe = 8,
    /// SUBACK.
    SubAck = 9,
    /// UNSUBSCRIBE.
    Unsubscribe = 10,
    /// UNSUBACK.
    UnsubAck = 11,
    /// PINGREQ.
    PingReq = 12,
    /// PINGRESP.
    PingResp = 13,
    /// DISCONNECT.
    Disconnect = 14,
    /// AUTH.
    Auth = 15,
}

/// Which way a packet went.
#[uniffi::remote(Enum)]
pub enum Direction {
    /// From the broker.
    Received,
    /// To the broker.
    Sent,
}

/// What kind of instrument a metric is, as OpenTelemetry has them.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum MetricKind {
    /// A sum that only grows.
    Counter = 1,
    /// A sum that grows and shrinks.
    UpDownCounter = 2,
    /// A value of this moment that makes no sense as a sum.
    Gauge = 3,
    /// How values are distributed; it only grows.
    Histogram = 4,
}

/// A fault of a broker that a client can live with. The numbers are the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
#[repr(u8)]
pub enum Fault {
    /// CONNACK says that a session is present although a clean start was asked for. Tolerated: the
    /// session counts as a new one.
    SessionPresentOnCleanStart = 0,
    /// Messages come before CONNACK. Tolerated: they are delivered after it, up to 1,024 of them
    /// and up to `inbound_queue_max_bytes`.
    PublishBeforeConnack = 1,
    /// More QoS 1 and 2 messages are unacknowledged than `receive_maximum` allows; 5.0 only.
    /// Tolerated: they are delivered; the bounds in bytes hold all the same.
    ReceiveMaximumExceeded = 2,
    /// A SUBACK or UNSUBACK has not one reason code for each filter, but has some. Tolerated: those
    /// that there are count in their order, those that are missing as an unspecified error.
    WrongReasonCodeCount = 3,
    /// A DISCONNECT in 3.1.1, which only a client sends there. Tolerated: the connection ends when
    /// the broker closes it.
    DisconnectInV311 = 4,
    /// Response Information, a Reason String or user properties that the client asked the broker to
    /// leave out. Tolerated: they are there.
    UnaskedProperty = 5,
    /// A publish with QoS 2 is answered by PUBACK, as RabbitMQ does in 3.1.1, which has no QoS 2.
    /// Tolerated: it is acknowledged, and has come at least once, not exactly once. Else it fails as
    /// not supported by the server, although it may have arrived.
    PubackForQos2 = 6,
}

impl Fault {
    const ALL: [Fault; 7] = [
        Fault::SessionPresentOnCleanStart,
        Fault::PublishBeforeConnack,
        Fault::ReceiveMaximumExceeded,
        Fault::WrongReasonCodeCount,
        Fault::DisconnectInV311,
        Fault::UnaskedProperty,
        Fault::PubackForQos2,
    ];

    /// `None`: one that this binding does not know yet.
    pub(crate) fn of(core: CoreFault) -> Option<Self> {
        Fault::ALL
            .into_iter()
            .find(|fault| *fault as u8 == core as u8)
    }

    pub(crate) fn core(self) -> Option<CoreFault> {
        let all = CoreFault::ALL.into_iter();
        all.into_iter().find(|core| *core as u8 == self as u8)
    }
}

/// A reason code of MQTT 5.0. The return codes of MQTT 3.1.1 are mapped to the code of the same
/// meaning. 0x80 and above are failures.
#[uniffi::remote(Enum)]
#[repr(u8)]
pub enum ReasonCode {
    /// Success.
    Success = 0,
    /// Granted QoS 1.
    GrantedQoS1 = 1,
    /// Granted QoS 2.
    GrantedQoS2 = 2,
    /// Disconnect with Will Message.
    DisconnectWithWillMessage = 4,
    /// No matching subscribers.
    NoMatchingSubscribers = 16,
    /// No subscription existed.
    NoSubscriptionExisted = 17,
    /// Continue authentication.
    ContinueAuthentication = 24,
    /// Re-authenticate.
    ReAuthenticate = 25,
    /// Unspecified error.
    UnspecifiedError = 128,
    /// Malformed Packet.
    MalformedPacket = 129,
    /// Protocol Error.
    ProtocolError = 130,
    /// Implementation specific error.
    ImplementationSpecificError = 131,
    /// Unsupported Protocol Version.
    UnsupportedProtocolVersion = 132,
    /// Client Identifier not valid.
    ClientIdentifierNotValid = 133,
    /// Bad User Name or Password.
    BadUserNameOrPassword = 134,
    /// Not authorized.
    NotAuthorized = 135,
    /// Server unavailable.
    ServerUnavailable = 136,
    /// Server busy.
    ServerBusy = 137,
    /// Banned.
    Banned = 138,
    /// Server shutting down.
    ServerShuttingDown = 139,
    /// Bad authentication method.
    BadAuthenticationMethod = 140,
    /// Keep Alive timeout.
    KeepAliveTimeout = 141,
    /// Session taken over.
    SessionTakenOver = 142,
    /// Topic Filter invalid.
    TopicFilterInvalid = 143,
    /// Topic Name invalid.
    TopicNameInvalid = 144,
    /// Packet Identifier in use.
    PacketIdentifierInUse = 145,
    /// Packet Identifier not found.
    PacketIdentifierNotFound = 146,
    /// Receive Maximum exceeded.
    ReceiveMaximumExceeded = 147,
    /// Topic Alias invalid.
    TopicAliasInvalid = 148,
    /// Packet too large.
    PacketTooLarge = 149,
    /// Message rate too high.
    MessageRateTooHigh = 150,
    /// Quota exceeded.
    QuotaExceeded = 151,
    /// Administrative action.
    AdministrativeAction = 152,
    /// Payload format invalid.
    PayloadFormatInvalid = 153,
    /// Retain not supported.
    RetainNotSupported = 154,
    /// QoS not supported.
    QoSNotSupported = 155,
    /// Use another server.
    UseAnotherServer = 156,
    /// Server moved.
    ServerMoved = 157,
    /// Shared Subscriptions not supported.
    SharedSubscriptionsNotSupported = 158,
    /// Connection rate exceeded.
    ConnectionRateExceeded = 159,
    /// Maximum connect time.
    MaximumConnectTime = 160,
    /// Subscription Identifiers not supported.
    SubscriptionIdentifiersNotSupported = 161,
    /// Wildcard Subscriptions not supported.
    WildcardSubscriptionsNotSupported = 162,
}

/// The specification's words for a reason code.
#[uniffi::export]
pub fn describe_reason_code(reason_code: ReasonCode) -> String {
    reason_code.description().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_the_core_is_there() {
        for core in CoreFault::ALL {
            assert_eq!(Fault::of(core).and_then(Fault::core), Some(core));
        }
        assert_eq!(Fault::ALL.len(), CoreFault::ALL.len());
    }
}
