//! The names and numbers that every language shows, in one place, so that none can lack one.

use std::time::Duration;

use super::{
    AuthenticationError, ConnectError, DisconnectCause, Error, Fault, InvalidText, InvalidTopic,
    LostPublish, NetworkChange, OperationError, ProtocolError, QoS, QueuePolicy, ReasonCode,
    Receipt, RetainHandling, Stage, State, StopReason, Transport, TransportError,
    TransportErrorKind, Version,
};

/// A name in snake_case, and the number that C and every other language uses for it.
pub type Entry = (String, i32);

/// The entries of one `enum` whose variants carry nothing. The match makes the compiler refuse a
/// table that lacks one.
macro_rules! table {
    ($(#[$doc:meta])* $function:ident, $type:ident: $($variant:ident)*) => {
        $(#[$doc])*
        pub fn $function() -> Vec<Entry> {
            const _: fn($type) = |value| match value { $($type::$variant => (),)* };
            vec![$((snake_case(stringify!($variant)), $type::$variant as i32)),*]
        }
    };
}

table! {
    /// The protocol versions.
    versions, Version: V311 V5
}
table! {
    /// The delivery guarantees.
    qualities_of_service, QoS: AtMostOnce AtLeastOnce ExactlyOnce
}
table! {
    /// The states of a client.
    states, State: Idle Connecting Connected Disconnecting Closed Reconnecting
}
table! {
    /// The stages of a connection attempt.
    stages, Stage: Provider Dns Tcp Proxy Tls WebSocket Mqtt
}
table! {
    /// What can carry MQTT.
    transports, Transport: Tcp Tls WebSocket WebSocketTls Unix
}
table! {
    /// What transports report.
    transport_errors, TransportErrorKind: System Closed SocketHook NotBuilt PermissionLocalNetwork
    CertificateExpired
    CertificateNotYetValid UnknownIssuer WrongHost CertificateRevoked CertificateInvalid PinMismatch
    TlsAlert NoCommonTlsVersion NoCommonCipher TlsProtocol UpgradeRefused WebSocketProtocol
    WebSocketClosed ProxyRefused ProxyAuthentication ProxyProtocol
}
table! {
    /// What the system can say of its network.
    network_changes, NetworkChange: Lost Available Changed
}
table! {
    /// Why clients do not come back by themselves.
    stop_reasons, StopReason: Credentials ClientIdentifier Banned SessionTakenOver ProtocolVersion
    Certificate Configuration Moved Protocol MaxAttempts MaxTime DisconnectRequested ClientClosed
    Provider EngineFailed
}
table! {
    /// What happens where the outbound queue is full.
    queue_policies, QueuePolicy: RefuseNewest DropOldestQos0 DropOldest
}
table! {
    /// What a broker may be allowed to do wrong.
    faults, Fault: SessionPresentOnCleanStart PublishBeforeConnack ReceiveMaximumExceeded
    WrongReasonCodeCount DisconnectInV311 UnaskedProperty PubackForQoS2
}
table! {
    /// What becomes of publishes whose session is lost.
    lost_publishes, LostPublish: PublishAgain Fail
}
table! {
    /// What the broker can do about retained messages when a subscription is made.
    retain_handlings, RetainHandling: SendAtSubscribe SendIfNew DoNotSend
}

table! {
    /// How far publishes come.
    receipts, Receipt: Written Read Acknowledged
}

/// The reason codes of MQTT 5.0.
pub fn reason_codes() -> Vec<Entry> {
    let codes = ReasonCode::ALL.iter();
    codes
        .map(|code| (code.name().to_owned(), *code as i32))
        .collect()
}

/// Why connections end ([`DisconnectCause::code`]). No number is one of [`connect_errors`].
pub fn disconnect_causes() -> Vec<Entry> {
    use DisconnectCause as C;
    // The compiler refuses this where a cause is missing; the list below then needs it too.
    const _: fn(&C) = |cause| match cause {
        C::KeepAliveTimeout
        | C::ServerUnresponsive
        | C::ClosedByServer
        | C::Transport(_)
        | C::ServerDisconnect { .. }
        | C::Protocol(_)
        | C::InboundOverflow
        | C::DisconnectRequested
        | C::ClientClosed
        | C::NetworkLost
        | C::ReclaimedBySystem(_)
        | C::Authentication(_)
        | C::EngineFailed(_) => (),
    };
    [
        C::KeepAliveTimeout,
        C::ServerUnresponsive,
        C::ClosedByServer,
        C::Transport(TransportError::new("")),
        C::ServerDisconnect {
            reason_code: ReasonCode::Success,
            reason_string: None,
            server_reference: None,
        },
        C::Protocol(ProtocolError::TopicAliasInvalid),
        C::InboundOverflow,
        C::DisconnectRequested,
        C::ClientClosed,
        C::NetworkLost,
        C::EngineFailed(String::new()),
        C::ReclaimedBySystem(TransportError::new("")),
        C::Authentication(AuthenticationError::ServerTimeout),
    ]
    .iter()
    .map(|cause| (cause.name().to_owned(), cause.code()))
    .collect()
}

/// Why connection attempts end ([`ConnectError::code`]). No number is one of
/// [`disconnect_causes`].
pub fn connect_errors() -> Vec<Entry> {
    use ConnectError as C;
    const _: fn(&C) = |error| match error {
        C::Timeout { .. }
        | C::Transport { .. }
        | C::ClosedByServer
        | C::Refused { .. }
        | C::Protocol(_)
        | C::DisconnectRequested
        | C::ClientClosed
        | C::Provider(_)
        | C::Authentication(_)
        | C::EngineFailed(_) => (),
    };
    [
        C::timeout(Stage::Dns, Duration::ZERO),
        C::transport(Stage::Dns, TransportError::new("")),
        C::ClosedByServer,
        C::Refused {
            reason_code: ReasonCode::NotAuthorized,
            reason_string: None,
            server_reference: None,
        },
        C::Protocol(ProtocolError::TopicAliasInvalid),
        C::DisconnectRequested,
        C::ClientClosed,
        C::EngineFailed(String::new()),
        C::Provider(String::new()),
        C::Authentication(AuthenticationError::ServerTimeout),
    ]
    .iter()
    .map(|error| (error.name().to_owned(), error.code()))
    .collect()
}

/// Why calls are refused ([`Error::code`]) and operations fail ([`OperationError::code`]): one
/// sequence of numbers.
pub fn errors() -> Vec<Entry> {
    use {Error as E, OperationError as O};
    // `InvalidOption` shares the number of `InvalidArgument`.
    const _: fn(&E) = |error| match error {
        E::InvalidArgument(_)
        | E::InvalidOption { .. }
        | E::InvalidTopic(_)
        | E::InvalidText(_)
        | E::NotConnected
        | E::AlreadyConnected
        | E::QueueFull
        | E::PacketTooLarge { .. }
        | E::Closed
        | E::Forked
        | E::Startup(_)
        | E::OutOfMemory { .. }
        | E::EventsNotTaken
        | E::NotSupported { .. } => (),
    };
    // `Closed` and `Encode` share the numbers of `Error::Closed` and `Error::InvalidArgument`.
    const _: fn(&O) = |error| match error {
        O::Refused(_)
        | O::Disconnected
        | O::SessionLost
        | O::NotSupportedByServer(_)
        | O::Closed
        | O::Encode(_)
        | O::WrongReasonCodeCount { .. }
        | O::Expired
        | O::TimedOut
        | O::Dropped
        | O::Poison { .. }
        | O::Cancelled
        | O::Authentication(_) => (),
    };
    let calls = [
        E::InvalidArgument(String::new()),
        E::InvalidTopic(InvalidTopic::Empty),
        E::InvalidText(InvalidText::TooLong),
        E::NotConnected,
        E::AlreadyConnected,
        E::QueueFull,
        E::PacketTooLarge { size: 0, limit: 0 },
        E::Closed,
        E::Forked,
        E::Startup(String::new()),
        E::OutOfMemory { bytes: 0 },
        E::EventsNotTaken,
        E::NotSupported {
            what: "",
            needs: "",
        },
    ];
    let operations = [
        O::Refused(ReasonCode::NotAuthorized),
        O::Disconnected,
        O::SessionLost,
        O::NotSupportedByServer(ReasonCode::QoSNotSupported),
        O::WrongReasonCodeCount {
            expected: 0,
            received: 0,
        },
        O::Expired,
        O::TimedOut,
        O::Dropped,
        O::Poison { connections: 0 },
        O::Cancelled,
        O::Authentication(AuthenticationError::ServerTimeout),
    ];
    let calls = calls.iter().map(|e| (e.name().to_owned(), e.code()));
    let operations = operations.iter().map(|e| (e.name().to_owned(), e.code()));
    calls.chain(operations).collect()
}

/// `GrantedQoS1` to `granted_qos1`, `ReAuthenticate` to `re_authenticate`.
fn snake_case(name: &str) -> String {
    let mut words = String::new();
    for (index, c) in name.replace("QoS", "Qos").char_indices() {
        if index > 0 && c.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_has_each_name_and_number_once() {
        for (table, length) in [
            (versions(), 2),
            (qualities_of_service(), 3),
            (states(), 6),
            (stages(), 7),
            (transport_errors(), 22),
            (transports(), 5),
            (network_changes(), 3),
            (retain_handlings(), 3),
            (reason_codes(), ReasonCode::ALL.len()),
            (stop_reasons(), 15),
            (queue_policies(), 3),
            (faults(), 7),
            (lost_publishes(), 2),
            (receipts(), 3),
            (disconnect_causes(), 13),
            (connect_errors(), 10),
            (errors(), 24),
        ] {
            assert_eq!(table.len(), length, "{table:?}");
            let names: std::collections::BTreeSet<_> = table.iter().map(|(n, _)| n).collect();
            let numbers: std::collections::BTreeSet<_> = table.iter().map(|(_, n)| n).collect();
            assert_eq!((names.len(), numbers.len()), (length, length), "{table:?}");
        }
    }

    /// Options and counters name a fault as the tables do.
    #[test]
    fn each_fault_has_the_name_of_its_number() {
        let named = Fault::ALL.map(|fault| (fault.name().to_owned(), fault as i32));
        assert_eq!(faults(), named);
    }

    /// One accessor of an event returns either, so a number has to say which it is.
    #[test]
    fn causes_and_connect_errors_have_no_number_in_common() {
        for (name, number) in disconnect_causes() {
            assert!((1..100).contains(&number), "{name}");
        }
        for (name, number) in connect_errors() {
            assert!((101..200).contains(&number), "{name}");
        }
    }

    /// Numbers that a release had are never given to anything else.
    #[test]
    fn numbers_stay() {
        let numbers = |table: Vec<Entry>| -> Vec<String> {
            table.iter().map(|(n, i)| format!("{n} {i}")).collect()
        };
        assert_eq!(
            numbers(disconnect_causes()).join(", "),
            "keep_alive_timeout 1, server_unresponsive 2, closed_by_server 3, transport 4, \
             server_disconnect 5, protocol 6, inbound_overflow 7, disconnect_requested 8, \
             client_closed 9, network_lost 10, engine_failed 11, \
             reclaimed_by_system 12, authentication 13"
        );
        assert_eq!(
            numbers(connect_errors()).join(", "),
            "timeout 101, transport 102, closed_by_server 103, refused 104, protocol 105, \
             disconnect_requested 106, client_closed 107, engine_failed 108, provider 109, \
             authentication 110"
        );
        assert_eq!(
            numbers(errors()).join(", "),
            "invalid_argument 1, invalid_topic 2, invalid_text 3, not_connected 4, \
             already_connected 5, queue_full 6, packet_too_large 7, closed 8, forked 9, startup 10, \
             out_of_memory 11, events_not_taken 12, not_supported 13, refused 20, disconnected 21, session_lost 22, \
             not_supported_by_server 23, wrong_reason_code_count 24, expired 25, \
             timed_out 26, dropped 27, poison 28, cancelled 29, authentication 30"
        );
    }

    #[test]
    fn names_are_in_snake_case() {
        for code in ReasonCode::ALL {
            assert_eq!(code.name(), snake_case(&format!("{code:?}")));
        }
        for (name, number) in stages() {
            let stage = Stage::ALL.iter().find(|stage| **stage as i32 == number);
            assert_eq!(stage.map(|stage| stage.name()), Some(&*name));
        }
        assert_eq!(snake_case("GrantedQoS1"), "granted_qos1");
        assert_eq!(snake_case("AtMostOnce"), "at_most_once");
        assert!(reason_codes().contains(&("qos_not_supported".into(), 0x9b)));
        assert!(stages().contains(&("web_socket".into(), 4)));
    }
}
