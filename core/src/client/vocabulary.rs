//! The names and numbers that every language shows, in one place, so that none can lack one.

use std::time::Duration;

use super::{
    ConnectError, DisconnectCause, Error, NetworkChange, OperationError, ProtocolError, QoS,
    ReasonCode, RetainHandling, Stage, State, TransportError, Version,
};
use crate::error::InvalidTopic;

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
    states, State: Idle Connecting Connected Disconnecting Closed
}
table! {
    /// The stages of a connection attempt.
    stages, Stage: Dns Tcp Tls WebSocket Mqtt
}
table! {
    /// What the system can say of its network.
    network_changes, NetworkChange: Lost Available Changed
}
table! {
    /// What the broker can do about retained messages when a subscription is made.
    retain_handlings, RetainHandling: SendAtSubscribe SendIfNew DoNotSend
}

/// The reason codes of MQTT 5.0.
pub fn reason_codes() -> Vec<Entry> {
    ReasonCode::ALL
        .iter()
        .map(|code| (snake_case(&format!("{code:?}")), *code as i32))
        .collect()
}

/// Why connections end ([`DisconnectCause::code`]).
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
        | C::NetworkLost => (),
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
    ]
    .iter()
    .map(|cause| (cause.name().to_owned(), cause.code()))
    .collect()
}

/// Why connection attempts end ([`ConnectError::code`]).
pub fn connect_errors() -> Vec<Entry> {
    let name = |error: &ConnectError| match error {
        ConnectError::Timeout { .. } => "timeout",
        ConnectError::Transport { .. } => "transport",
        ConnectError::ClosedByServer => "closed_by_server",
        ConnectError::Refused { .. } => "refused",
        ConnectError::Protocol(_) => "protocol",
        ConnectError::DisconnectRequested => "disconnect_requested",
        ConnectError::ClientClosed => "client_closed",
    };
    [
        ConnectError::Timeout {
            stage: Stage::Dns,
            after: Duration::ZERO,
        },
        ConnectError::Transport {
            stage: Stage::Dns,
            error: TransportError::new(""),
        },
        ConnectError::ClosedByServer,
        ConnectError::Refused {
            reason_code: ReasonCode::NotAuthorized,
            reason_string: None,
            server_reference: None,
        },
        ConnectError::Protocol(ProtocolError::TopicAliasInvalid),
        ConnectError::DisconnectRequested,
        ConnectError::ClientClosed,
    ]
    .iter()
    .map(|error| (name(error).to_owned(), error.code()))
    .collect()
}

/// Why calls are refused ([`Error::code`]) and operations fail ([`OperationError::code`]): one
/// sequence of numbers.
pub fn errors() -> Vec<Entry> {
    let call = |error: &Error| match error {
        Error::InvalidArgument(_) => "invalid_argument",
        Error::InvalidTopic(_) => "invalid_topic",
        Error::InvalidText(_) => "invalid_text",
        Error::NotConnected => "not_connected",
        Error::AlreadyConnected => "already_connected",
        Error::QueueFull => "queue_full",
        Error::PacketTooLarge { .. } => "packet_too_large",
        Error::Closed => "closed",
        Error::Forked => "forked",
        Error::Startup(_) => "startup",
        Error::EventsNotTaken => "events_not_taken",
    };
    // `Closed` and `Encode` share the numbers of `Error::Closed` and `Error::InvalidArgument`.
    let operation = |error: &OperationError| match error {
        OperationError::Refused(_) => "refused",
        OperationError::Disconnected => "disconnected",
        OperationError::SessionLost => "session_lost",
        OperationError::NotSupportedByServer(_) => "not_supported_by_server",
        OperationError::Protocol(_) => "protocol",
        OperationError::Closed => "closed",
        OperationError::Encode(_) => "invalid_argument",
    };
    let calls = [
        Error::InvalidArgument(String::new()),
        Error::InvalidTopic(InvalidTopic::Empty),
        Error::InvalidText(crate::error::InvalidText::TooLong),
        Error::NotConnected,
        Error::AlreadyConnected,
        Error::QueueFull,
        Error::PacketTooLarge { size: 0, limit: 0 },
        Error::Closed,
        Error::Forked,
        Error::Startup(String::new()),
        Error::EventsNotTaken,
    ];
    let operations = [
        OperationError::Refused(ReasonCode::NotAuthorized),
        OperationError::Disconnected,
        OperationError::SessionLost,
        OperationError::NotSupportedByServer(ReasonCode::QoSNotSupported),
        OperationError::Protocol(ProtocolError::TopicAliasInvalid),
    ];
    let calls = calls.iter().map(|e| (call(e).to_owned(), e.code()));
    let operations = operations
        .iter()
        .map(|e| (operation(e).to_owned(), e.code()));
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
            (states(), 5),
            (stages(), 5),
            (network_changes(), 3),
            (retain_handlings(), 3),
            (reason_codes(), ReasonCode::ALL.len()),
            (disconnect_causes(), 10),
            (connect_errors(), 7),
            (errors(), 16),
        ] {
            assert_eq!(table.len(), length, "{table:?}");
            let names: std::collections::BTreeSet<_> = table.iter().map(|(n, _)| n).collect();
            let numbers: std::collections::BTreeSet<_> = table.iter().map(|(_, n)| n).collect();
            assert_eq!((names.len(), numbers.len()), (length, length), "{table:?}");
        }
    }

    #[test]
    fn names_are_in_snake_case() {
        assert_eq!(snake_case("GrantedQoS1"), "granted_qos1");
        assert_eq!(snake_case("AtMostOnce"), "at_most_once");
        assert!(reason_codes().contains(&("qos_not_supported".into(), 0x9b)));
        assert!(stages().contains(&("web_socket".into(), 4)));
    }
}
