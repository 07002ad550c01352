use std::collections::BTreeSet;
use std::fmt::Display;

use super::*;
use crate::error::{
    AuthenticationError, ConnectError, DisconnectCause, OperationError, ProtocolError, Stage,
    TransportError, TransportErrorKind,
};
use crate::proto::{Disconnected, Ended, LivenessSnapshot, ReconnectStopped, StopReason};
use crate::types::{Properties, QoS, ReasonCode, RetainHandling, Text, TopicFilter, Version};

fn connected() -> Connected {
    Connected::plain()
}

fn causes() -> Vec<DisconnectCause> {
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
    vec![
        C::KeepAliveTimeout,
        C::ServerUnresponsive,
        C::ClosedByServer,
        C::Transport(TransportError::new("reset")),
        C::ServerDisconnect {
            reason_code: ReasonCode::ServerShuttingDown,
            reason_string: Some("back at noon".into()),
            server_reference: None,
        },
        C::Protocol(ProtocolError::TopicAliasInvalid),
        C::InboundOverflow,
        C::DisconnectRequested,
        C::ClientClosed,
        C::NetworkLost,
        C::EngineFailed("no descriptor".into()),
        C::ReclaimedBySystem(TransportError::new("aborted")),
        C::Authentication(AuthenticationError::ServerTimeout),
    ]
}

fn connect_errors() -> Vec<ConnectError> {
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
    vec![
        C::timeout(Stage::Dns, Duration::from_secs(30)),
        C::transport(Stage::Tcp, TransportError::new("refused")),
        C::ClosedByServer,
        C::Refused {
            reason_code: ReasonCode::NotAuthorized,
            reason_string: None,
            server_reference: None,
        },
        C::Protocol(ProtocolError::UnexpectedSessionPresent),
        C::DisconnectRequested,
        C::ClientClosed,
        C::Provider("no token".into()),
        C::Authentication(AuthenticationError::AuthenticatorTimeout),
        C::EngineFailed("no descriptor".into()),
    ]
}

fn kinds() -> Vec<EventKind> {
    use EventKind as K;
    const _: fn(&K) = |kind| match kind {
        K::Connected(_)
        | K::Disconnected(_)
        | K::ConnectFailed(_)
        | K::Reconnecting(_)
        | K::ReconnectStopped(_)
        | K::SubscriptionsLost(_)
        | K::Suspect(_)
        | K::Alive(_)
        | K::Moved(_) => (),
    };
    let cause = Ended::Disconnected(DisconnectCause::KeepAliveTimeout);
    vec![
        K::Connected(Box::new(connected())),
        K::Disconnected(Box::new(Disconnected {
            cause: DisconnectCause::KeepAliveTimeout,
            keep_alive: 60,
            liveness: LivenessSnapshot::default(),
        })),
        K::ConnectFailed(Box::new(ConnectError::ClosedByServer)),
        K::Reconnecting(Box::new(Reconnecting {
            attempt_number: 2,
            delay: Duration::from_millis(640),
            cause: cause.clone(),
        })),
        K::ReconnectStopped(Box::new(ReconnectStopped {
            reason: StopReason::SessionTakenOver,
            cause,
        })),
        K::SubscriptionsLost(Box::new(SubscriptionsLost {
            filters: vec![(
                TopicFilter::try_from("a/#").unwrap(),
                OperationError::Refused(ReasonCode::NotAuthorized),
            )],
            reason_string: Text::try_from("closed for today").ok(),
        })),
        K::Suspect(Box::default()),
        K::Alive(Box::default()),
        K::Moved(Box::new(connected())),
    ]
}

fn event(kind: EventKind) -> Event {
    Event {
        connection_number: 3,
        attempt_number: 1,
        attempted: None,
        will_reconnect: false,
        record: None,
        properties: Properties::new(),
        kind,
    }
}

/// A sentence for each, none twice, each with its name, none with what only `Debug` prints.
fn are_sentences(values: &[(String, &str)]) {
    let distinct: BTreeSet<_> = values.iter().map(|(text, _)| text).collect();
    assert_eq!(distinct.len(), values.len(), "{values:?}");
    for (text, name) in values {
        assert!(text.contains(name), "{text:?} lacks {name}");
        let artefacts = ["{", "}", "Some(", "None", "::", "Box", "  "];
        assert!(!artefacts.iter().any(|it| text.contains(it)), "{text}");
        assert!(text.len() > name.len() || !text.contains(' '), "{text}");
    }
}

fn told<T: Display>(values: &[T], name: fn(&T) -> &'static str) {
    let values: Vec<_> = values.iter().map(|it| (it.to_string(), name(it))).collect();
    are_sentences(&values);
}

#[test]
fn every_event_and_cause_is_a_sentence_with_its_name() {
    told(&causes(), DisconnectCause::name);
    told(&connect_errors(), ConnectError::name);
    told(&StopReason::ALL, |it| it.name());
    told(&kinds(), EventKind::name);
    let events: Vec<_> = kinds().into_iter().map(event).collect();
    told(&events, |it| it.kind.name());
    let ended: Vec<_> = causes().into_iter().map(Ended::Disconnected).collect();
    told(&ended, Ended::name);
    use TransportErrorKind as K;
    told(
        &[
            K::System,
            K::Closed,
            K::SocketHook,
            K::NotBuilt,
            K::PermissionLocalNetwork,
            K::CertificateExpired,
            K::CertificateNotYetValid,
            K::UnknownIssuer,
            K::WrongHost,
            K::CertificateRevoked,
            K::CertificateInvalid,
            K::PinMismatch,
            K::TlsAlert,
            K::NoCommonTlsVersion,
            K::NoCommonCipher,
            K::TlsProtocol,
            K::UpgradeRefused,
            K::WebSocketProtocol,
            K::WebSocketClosed,
            K::ProxyRefused,
            K::ProxyAuthentication,
            K::ProxyProtocol,
        ],
        |it| it.name(),
    );
}

#[test]
fn events_read_like_this() {
    let mut disconnected = event(kinds().swap_remove(1));
    disconnected.will_reconnect = true;
    let text = disconnected.to_string();
    let start = "connection 3: disconnected: no sign of life within the keep-alive bound \
         (keep_alive_timeout); last byte ";
    assert!(text.starts_with(start), "{text}");
    let end = " unanswered pings; it will reconnect";
    assert!(text.ends_with(end), "{text}");
    let mut attempted = crate::error::Attempted::new("b.example", 1883);
    attempted.address = Some(([192, 0, 2, 7], 1883).into());
    let mut up = event(kinds().swap_remove(0));
    up.attempted = Some(std::sync::Arc::new(attempted));
    let text = up.to_string();
    let start = "connection 3: connected to b.example:1883 (192.0.2.7)";
    assert!(text.starts_with(start), "{text}");
    let stop = event(kinds().swap_remove(4)).to_string();
    let start = "connection 3: reconnect_stopped: another client with the same client identifier has \
         connected (session_taken_over); the last end was: ";
    assert!(stop.starts_with(start), "{stop}");
    assert_eq!(
        causes()[4].to_string(),
        "disconnected by the broker: Server shutting down (0x8b), \"back at noon\" \
         (server_disconnect)"
    );
    assert_eq!(QoS::AtLeastOnce.to_string(), "at_least_once");
    assert_eq!(RetainHandling::SendIfNew.to_string(), "send_if_new");
    assert_eq!(Version::V311.to_string(), "MQTT 3.1.1");
    assert_eq!(State::Reconnecting.to_string(), "reconnecting");
}
