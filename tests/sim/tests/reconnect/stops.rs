//! Ends after which trying again cannot help.

use mqttka_core::codec::{ConnAck, Disconnect, Packet};
use mqttka_core::error::{TransportError, TransportErrorKind};
use mqttka_core::transport::options::Server;
use mqttka_core::types::{Property, Text};
use mqttka_sim::secs;

use super::*;

fn retrying(class: StopReason) -> Config {
    with(|it| it.retry_on = vec![class])
}

/// The classes of CONNACK, in 5.0.
const REFUSALS: &[(ReasonCode, Option<StopReason>)] = {
    use ReasonCode as R;
    use StopReason as S;
    &[
        (R::BadUserNameOrPassword, Some(S::Credentials)),
        (R::NotAuthorized, Some(S::Credentials)),
        (R::BadAuthenticationMethod, Some(S::Credentials)),
        (R::ClientIdentifierNotValid, Some(S::ClientIdentifier)),
        (R::Banned, Some(S::Banned)),
        (R::UnsupportedProtocolVersion, Some(S::ProtocolVersion)),
        (R::MalformedPacket, Some(S::Configuration)),
        (R::ProtocolError, Some(S::Configuration)),
        (R::TopicNameInvalid, Some(S::Configuration)),
        (R::PacketTooLarge, Some(S::Configuration)),
        (R::PayloadFormatInvalid, Some(S::Configuration)),
        (R::RetainNotSupported, Some(S::Configuration)),
        (R::QoSNotSupported, Some(S::Configuration)),
        (R::UseAnotherServer, Some(S::Moved)),
        (R::ServerMoved, Some(S::Moved)),
        (R::UnspecifiedError, None),
        (R::ImplementationSpecificError, None),
        (R::ServerUnavailable, None),
        (R::ServerBusy, None),
        (R::QuotaExceeded, None),
        (R::ConnectionRateExceeded, None),
    ]
};

/// Those of 3.1.1, as its return codes mean them.
const REFUSALS_V311: &[(ReasonCode, Option<StopReason>)] = {
    use ReasonCode as R;
    use StopReason as S;
    &[
        (R::UnsupportedProtocolVersion, Some(S::ProtocolVersion)),
        (R::ClientIdentifierNotValid, Some(S::ClientIdentifier)),
        (R::ServerUnavailable, None),
        (R::BadUserNameOrPassword, Some(S::Credentials)),
        (R::NotAuthorized, Some(S::Credentials)),
    ]
};

#[test]
fn each_class_of_connack_stops_and_may_be_retried() {
    for (version, table) in [(Version::V5, REFUSALS), (Version::V311, REFUSALS_V311)] {
        for (code, class) in table {
            let config = |config| Config {
                protocol_version: version,
                ..config
            };
            let mut script = Script::coming_back(config(Config::default()));
            script.connect();
            script.refuse(*code);
            match class {
                None => {
                    waiting(&script);
                }
                Some(class) => {
                    assert_eq!(stopped(&script), *class, "{code:?}");
                    script.wait(mins(60));
                    assert_eq!(script.opens, 1);
                    // The application may begin anew.
                    script.connect();
                    script.accept(false, []);
                    assert_eq!(script.machine.state(), State::Connected);
                    // It may have it otherwise from the beginning.
                    let mut script = Script::coming_back(config(retrying(*class)));
                    script.connect();
                    script.refuse(*code);
                    let first = waiting(&script).delay;
                    assert!(first <= secs(1), "with the usual delays");
                    script.attempt();
                }
            }
        }
    }
}

#[test]
fn each_class_of_the_brokers_disconnect_stops_and_may_be_retried() {
    use ReasonCode as R;
    use StopReason as S;
    for (code, class) in [
        (R::SessionTakenOver, Some(S::SessionTakenOver)),
        (R::NotAuthorized, Some(S::Credentials)),
        (R::UseAnotherServer, Some(S::Moved)),
        (R::ServerMoved, Some(S::Moved)),
        (R::ServerShuttingDown, None),
        (R::ServerBusy, None),
        (R::KeepAliveTimeout, None),
        (R::AdministrativeAction, None),
        (R::UnspecifiedError, None),
    ] {
        let goodbye = || [Packet::Disconnect(Disconnect::new(code))];
        let mut script = connected(Config::default());
        script.receive(goodbye());
        match class {
            None => {
                waiting(&script);
            }
            Some(class) => {
                assert_eq!(stopped(&script), class, "{code:?}");
                let mut script = connected(retrying(class));
                script.receive(goodbye());
                waiting(&script);
            }
        }
    }
}

#[test]
fn a_certificate_that_is_no_good_stops() {
    use TransportErrorKind as K;
    for (kind, stops) in [
        (K::CertificateExpired, true),
        (K::UnknownIssuer, true),
        (K::WrongHost, true),
        (K::CertificateRevoked, true),
        (K::CertificateInvalid, true),
        (K::PinMismatch, true),
        (K::NoCommonTlsVersion, true),
        (K::NoCommonCipher, true),
        // A device whose clock is not set yet.
        (K::CertificateNotYetValid, false),
        (K::System, false),
        (K::Closed, false),
        (K::ProxyRefused, false),
    ] {
        let error = || TransportError::of(kind, "no");
        let mut script = Script::coming_back(Config::default());
        script.ask(Command::Connect);
        script.fail_open(error());
        if stops {
            assert_eq!(stopped(&script), StopReason::Certificate, "{kind:?}");
            let mut script = Script::coming_back(retrying(StopReason::Certificate));
            script.ask(Command::Connect);
            script.fail_open(error());
            waiting(&script);
        } else {
            waiting(&script);
        }
    }
}

#[test]
fn credentials_that_a_provider_gives_are_no_reason_to_stop() {
    let mut script = Script::coming_back(Config {
        provider: true,
        ..Config::default()
    });
    script.ask(Command::Connect);
    super::provider::provide(&mut script, "expired");
    script.open();
    script.refuse(ReasonCode::NotAuthorized);
    waiting(&script);
}

#[test]
fn from_5_0_to_3_1_1_where_the_options_say_so() {
    let config = Config {
        fallback_to_v311: true,
        ..persistent()
    };
    let mut script = Script::coming_back(config.clone());
    script.connect();
    script.publish(1, QoS::AtLeastOnce);
    script.refuse(ReasonCode::UnsupportedProtocolVersion);
    // Nothing is wrong: at once.
    assert_eq!(waiting(&script).delay, Duration::ZERO);
    script.set_version(Version::V311);
    assert_eq!(connect(&script.attempt().1).version, Version::V311);
    let sent = script.accept(false, []);
    assert_eq!(publishes(&sent), [(1, false)]);
    script.receive([Packet::PubAck(ack(1))]);
    assert_eq!(outcomes(&script), [(1, Ok(()))]);
    // For good.
    script.lose();
    assert_eq!(connect(&script.attempt().1).version, Version::V311);
    // A broker that does not speak that either.
    script.refuse(ReasonCode::UnsupportedProtocolVersion);
    assert_eq!(stopped(&script), StopReason::ProtocolVersion);
    // Where 3.1.1 does not allow the options, it stops.
    let mut script = Script::coming_back(Config {
        password: Some(vec![1].into()),
        ..config
    });
    script.connect();
    script.refuse(ReasonCode::UnsupportedProtocolVersion);
    assert_eq!(stopped(&script), StopReason::ProtocolVersion);
}

#[test]
fn a_session_goes_on_in_3_1_1_where_it_outlives_connections_there() {
    for clean_start in [false, true] {
        let mut script = connected(Config {
            fallback_to_v311: true,
            clean_start,
            ..persistent()
        });
        script.publish(1, QoS::ExactlyOnce);
        script.publish(2, QoS::ExactlyOnce);
        script.sent();
        script.receive([Packet::PubRec(ack(1))]);
        script.lose();
        script.attempt();
        script.refuse(ReasonCode::UnsupportedProtocolVersion);
        script.set_version(Version::V311);
        // In 3.1.1 a session that begins clean ends with its connection.
        let begins = connect(&script.attempt().1);
        assert_eq!(begins.clean_start, clean_start);
        let sent = script.accept(!clean_start, []);
        if clean_start {
            let lost = |n| (n, Err(OperationError::SessionLost));
            assert_eq!((sent, outcomes(&script)), (vec![], vec![lost(1), lost(2)]));
        } else {
            assert_eq!(publishes(&sent), [(2, true)]);
            assert!(sent.contains(&Packet::PubRel(ack(1))), "{sent:?}");
            assert_eq!(outcomes(&script), []);
        }
    }
}

#[test]
fn it_goes_where_the_broker_says_so_often() {
    let moved = |to: Option<&str>| {
        Packet::ConnAck(ConnAck {
            session_present: false,
            reason_code: ReasonCode::UseAnotherServer,
            properties: to
                .map(|to| Property::ServerReference(Text::try_from(to).unwrap_or_default()))
                .into_iter()
                .collect(),
        })
    };
    let config = Config {
        max_redirects: 3,
        ..Config::default()
    };
    let mut script = Script::coming_back(config.clone());
    script.machine.set_server(Server::new("a.example"));
    script.connect();
    for next in ["b.example", "c.example", "d.example"] {
        script.receive([moved(Some(next))]);
        assert_eq!(waiting(&script).delay, Duration::ZERO);
        script.machine.set_server(Server::new(next));
        script.attempt();
    }
    script.receive([moved(Some("e.example"))]);
    assert_eq!(stopped(&script), StopReason::Moved);
    // Not in a circle of one.
    let mut script = Script::coming_back(config.clone());
    script.machine.set_server(Server::new("a.example"));
    script.connect();
    script.receive([moved(Some("a.example"))]);
    assert_eq!(stopped(&script), StopReason::Moved);
    // Without an address there is nowhere to go.
    let mut script = Script::coming_back(config);
    script.connect();
    script.receive([moved(None)]);
    assert_eq!(stopped(&script), StopReason::Moved);
}
