use std::sync::Arc;
use std::time::Duration;

use rustls::OtherError;
use rustls::pki_types::ServerName;

use super::*;

fn certificate_error(error: CertificateError) -> (Kind, String) {
    let error = describe(&error.into(), Situation::default());
    assert_eq!(error.status, None);
    (error.kind, error.message)
}

fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

#[test]
fn dates_are_those_of_the_calendar() {
    for (seconds, text) in [
        (0, "1970-01-01 00:00:00 UTC"),
        (951_782_400, "2000-02-29 00:00:00 UTC"),
        (951_868_800, "2000-03-01 00:00:00 UTC"),
        (1_609_459_199, "2020-12-31 23:59:59 UTC"),
        (1_796_046_000, "2026-11-30 13:40:00 UTC"),
        (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        (253_402_300_799, "9999-12-31 23:59:59 UTC"),
    ] {
        assert_eq!(date(at(seconds)), text);
    }
    // No panic, whatever a certificate claims.
    date(at(u64::MAX));
}

#[test]
fn a_refused_certificate_is_told_by_its_reason() {
    let (kind, message) = certificate_error(CertificateError::ExpiredContext {
        time: at(86_400),
        not_after: at(0),
    });
    assert_eq!(kind, Kind::CertificateExpired);
    assert!(
        message.contains("expired at 1970-01-01 00:00:00 UTC"),
        "{message}"
    );
    assert!(message.contains("1970-01-02 00:00:00 UTC"), "{message}");
    let (kind, message) = certificate_error(CertificateError::NotValidForNameContext {
        expected: ServerName::try_from("a.test").unwrap(),
        presented: vec![r#"DnsName("b.test")"#.into(), "IpAddress(::1)".into()],
    });
    assert_eq!(kind, Kind::WrongHost);
    assert!(
        message.ends_with("not for a.test, but for b.test, ::1"),
        "{message}"
    );
    for (error, kind) in [
        (CertificateError::Expired, Kind::CertificateExpired),
        (CertificateError::NotValidYet, Kind::CertificateNotYetValid),
        (CertificateError::UnknownIssuer, Kind::UnknownIssuer),
        (CertificateError::NotValidForName, Kind::WrongHost),
        (CertificateError::Revoked, Kind::CertificateRevoked),
        (CertificateError::BadSignature, Kind::CertificateInvalid),
        (CertificateError::InvalidPurpose, Kind::CertificateInvalid),
        (
            CertificateError::Other(OtherError(Arc::new(Distrusted(TransportError::of(
                Kind::UnknownIssuer,
                "no",
            ))))),
            Kind::UnknownIssuer,
        ),
        (
            CertificateError::Other(OtherError(Arc::new(NotPinned("x".into())))),
            Kind::PinMismatch,
        ),
    ] {
        assert_eq!(certificate_error(error.clone()).0, kind, "{error:?}");
    }
}

#[test]
fn an_alert_has_its_number_and_the_name_of_the_specification() {
    let describe = |alert, negotiated| {
        let situation = Situation {
            negotiated,
            opening: &[],
        };
        let error = describe(&rustls::Error::AlertReceived(alert), situation);
        (error.kind, error.status, error.message)
    };
    for (alert, negotiated, kind, status, name) in [
        (
            AlertDescription::UnknownCA,
            true,
            Kind::TlsAlert,
            48,
            "unknown_ca",
        ),
        (
            AlertDescription::CertificateRequired,
            true,
            Kind::TlsAlert,
            116,
            "certificate_required",
        ),
        (
            AlertDescription::HandshakeFailure,
            true,
            Kind::TlsAlert,
            40,
            "handshake_failure",
        ),
        (
            AlertDescription::HandshakeFailure,
            false,
            Kind::NoCommonCipher,
            40,
            "handshake_failure",
        ),
        (
            AlertDescription::ProtocolVersion,
            false,
            Kind::NoCommonTlsVersion,
            70,
            "protocol_version",
        ),
        (
            AlertDescription::NoApplicationProtocol,
            false,
            Kind::TlsAlert,
            120,
            "no_application_protocol",
        ),
        (
            AlertDescription::InternalError,
            false,
            Kind::TlsAlert,
            80,
            "internal_error",
        ),
        (
            AlertDescription::Unknown(200),
            false,
            Kind::TlsAlert,
            200,
            "200",
        ),
    ] {
        let (found, number, message) = describe(alert, negotiated);
        assert_eq!((found, number), (kind, Some(status)), "{alert:?}");
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn another_protocol_is_named() {
    let error = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
    for (opening, hint) in [
        (&b"\x20\x02\0\x05"[..], "MQTT without TLS"),
        (b"HTTP/1.1 400", "HTTP without TLS"),
        (b"SSH-2.0", "begins with SSH-2.0"),
        (b"\x16\x03\x03", "not TLS as it is specified"),
    ] {
        let situation = Situation {
            negotiated: false,
            opening,
        };
        let error = describe(&error, situation);
        assert_eq!(error.kind, Kind::TlsProtocol);
        assert!(error.message.contains(hint), "{}", error.message);
    }
}
