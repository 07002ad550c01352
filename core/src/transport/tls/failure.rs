//! rustls's errors as [`TransportError`]s, for programs and for people.

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, PeerIncompatible};

use super::verify::{Distrusted, NotPinned};
use crate::error::{TransportError, TransportErrorKind as Kind};

/// What is known of the connection that failed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Situation<'a> {
    /// The server has said what it chose.
    pub(super) negotiated: bool,
    /// The first bytes that came from the server.
    pub(super) opening: &'a [u8],
}

/// The error of a connection where this was known.
pub(super) fn describe(error: &rustls::Error, situation: Situation<'_>) -> TransportError {
    use rustls::Error as E;
    match error {
        E::InvalidCertificate(error) => certificate(error),
        E::NoCertificatesPresented => {
            TransportError::of(Kind::CertificateInvalid, "the server has no certificate")
        }
        E::AlertReceived(alert) => received(*alert, situation),
        E::PeerIncompatible(why) => incompatible(why),
        E::InvalidCertRevocationList(error) => TransportError::of(
            Kind::CertificateInvalid,
            format!("a list of revoked certificates is invalid: {error:?}"),
        ),
        E::InvalidMessage(_) | E::PeerSentOversizedRecord => not_tls(error, situation),
        E::General(_)
        | E::FailedToGetCurrentTime
        | E::FailedToGetRandomBytes
        | E::HandshakeNotComplete
        | E::EncryptError
        | E::BadMaxFragmentSize
        | E::InconsistentKeys(_)
        | E::Other(_) => TransportError::new(format!("TLS: {error}")),
        _ => TransportError::of(Kind::TlsProtocol, error.to_string()),
    }
}

/// The server closed the connection before the handshake was done.
pub(super) fn closed(situation: Situation<'_>) -> TransportError {
    let message = if situation.opening.is_empty() {
        "the server closed the connection at our greeting, without an answer; \
         perhaps it does not speak TLS at this port"
    } else {
        "the server closed the connection in the middle of the TLS handshake"
    };
    TransportError::of(Kind::Closed, message)
}

fn certificate(error: &CertificateError) -> TransportError {
    use CertificateError as C;
    let (kind, message) = match error {
        C::Expired => (
            Kind::CertificateExpired,
            "the server's certificate has expired".into(),
        ),
        C::ExpiredContext { time, not_after } => (
            Kind::CertificateExpired,
            format!(
                "the server's certificate expired at {}; by this device's clock it is {}",
                date(*not_after),
                date(*time)
            ),
        ),
        C::NotValidYet => (
            Kind::CertificateNotYetValid,
            "the server's certificate is not valid yet".into(),
        ),
        C::NotValidYetContext { time, not_before } => (
            Kind::CertificateNotYetValid,
            format!(
                "the server's certificate is valid from {} on; by this device's clock it is {}",
                date(*not_before),
                date(*time)
            ),
        ),
        C::UnknownIssuer => (
            Kind::UnknownIssuer,
            "no trusted authority has issued the server's certificate".into(),
        ),
        C::NotValidForName => (
            Kind::WrongHost,
            "the server's certificate is for other names".into(),
        ),
        C::NotValidForNameContext {
            expected,
            presented,
        } => (Kind::WrongHost, wrong_host(&expected.to_str(), presented)),
        C::Revoked => (
            Kind::CertificateRevoked,
            "the server's certificate was revoked".into(),
        ),
        C::Other(other) => {
            if let Some(NotPinned(_)) = other.0.downcast_ref() {
                (Kind::PinMismatch, other.to_string())
            } else if let Some(Distrusted(reason)) = other.0.downcast_ref() {
                return reason.clone();
            } else if format!("{:?}", other.0) == "CaUsedAsEndEntity" {
                // What `openssl req -x509` makes unless it is told otherwise.
                (
                    Kind::CertificateInvalid,
                    "the server's certificate is one of an authority (CA:TRUE), not of a server"
                        .into(),
                )
            } else {
                (Kind::CertificateInvalid, invalid(other))
            }
        }
        other => (Kind::CertificateInvalid, invalid(other)),
    };
    TransportError::of(kind, message)
}

fn invalid(why: &impl std::fmt::Display) -> String {
    format!("the server's certificate is invalid: {why}")
}

/// webpki prints names as `DnsName("broker.test")` and `IpAddress(127.0.0.1)`.
fn wrong_host(expected: &str, presented: &[String]) -> String {
    let plain = |name: &String| {
        let inner = name
            .split_once('(')
            .and_then(|(_, it)| it.strip_suffix(')'));
        inner.unwrap_or(name).trim_matches('"').to_owned()
    };
    let names: Vec<_> = presented.iter().map(plain).collect();
    if names.is_empty() {
        return format!(
            "the server's certificate is not for {expected}: it has no name in its \
             subjectAltName (its common name does not count)"
        );
    }
    format!(
        "the server's certificate is not for {expected}, but for {}",
        names.join(", ")
    )
}

fn received(alert: AlertDescription, situation: Situation<'_>) -> TransportError {
    use AlertDescription as A;
    let number = u16::from(u8::from(alert));
    let name = alert_name(alert);
    let (kind, message) = match alert {
        A::ProtocolVersion => (
            Kind::NoCommonTlsVersion,
            format!("the server takes neither TLS 1.2 nor 1.3 (alert {name})"),
        ),
        // Before the server has chosen, this is the only thing that it can mean (RFC 8446, 4.1.1).
        A::HandshakeFailure if !situation.negotiated => (
            Kind::NoCommonCipher,
            format!("the server takes none of our cipher suites or key exchanges (alert {name})"),
        ),
        // What OpenSSL says in TLS 1.2 to a client that shows no certificate.
        A::HandshakeFailure => (
            Kind::TlsAlert,
            format!(
                "the server broke off the handshake (alert {name}); perhaps it wants a \
                 certificate of the client"
            ),
        ),
        A::InsufficientSecurity => (
            Kind::NoCommonCipher,
            format!("the server wants stronger cipher suites than ours (alert {name})"),
        ),
        A::CertificateRequired | A::NoCertificate => (
            Kind::TlsAlert,
            format!("the server wants a certificate of the client (alert {name})"),
        ),
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied => (
            Kind::TlsAlert,
            format!("the server refused the client's certificate (alert {name})"),
        ),
        A::NoApplicationProtocol => (
            Kind::TlsAlert,
            format!("the server knows none of the protocols in tls_alpn (alert {name})"),
        ),
        A::UnrecognisedName => (
            Kind::TlsAlert,
            format!("the server does not know the host's name (alert {name})"),
        ),
        _ => (Kind::TlsAlert, format!("the server sent the alert {name}")),
    };
    TransportError::of(kind, message).with_status(number)
}

/// As the specifications spell it, such as `unknown_ca`.
fn alert_name(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::Unknown(number) => return format!("{number}"),
        AlertDescription::UnknownCA => return "unknown_ca".into(),
        AlertDescription::UnknownPSKIdentity => return "unknown_psk_identity".into(),
        AlertDescription::UnrecognisedName => return "unrecognized_name".into(),
        _ => {}
    }
    let mut name = String::new();
    for letter in format!("{alert:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

fn incompatible(why: &PeerIncompatible) -> TransportError {
    use PeerIncompatible as P;
    let (kind, message) = match why {
        P::ServerDoesNotSupportTls12Or13
        | P::ServerTlsVersionIsDisabledByOurConfig
        | P::SupportedVersionsExtensionRequired
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled => (
            Kind::NoCommonTlsVersion,
            "the server speaks neither TLS 1.2 nor 1.3".into(),
        ),
        P::NoCipherSuitesInCommon
        | P::NoKxGroupsInCommon
        | P::NoSignatureSchemesInCommon
        | P::NoCertificateRequestSignatureSchemesInCommon
        | P::NoEcPointFormatsInCommon
        | P::UncompressedEcPointsRequired
        | P::NamedGroupsExtensionRequired
        | P::KeyShareExtensionRequired => (
            Kind::NoCommonCipher,
            format!("the server has no cipher suite or key exchange of ours ({why:?})"),
        ),
        other => (
            Kind::TlsProtocol,
            format!("the server's TLS does not go with ours ({other:?})"),
        ),
    };
    TransportError::of(kind, message)
}

/// What came is no TLS. Often it is another protocol that can be named.
fn not_tls(error: &rustls::Error, situation: Situation<'_>) -> TransportError {
    let opening = situation.opening;
    let message = match opening.first() {
        // CONNACK, DISCONNECT.
        Some(0x20 | 0xe0) => "the server speaks MQTT without TLS at this port".into(),
        Some(_) if opening.starts_with(b"HTTP") => {
            "the server speaks HTTP without TLS at this port".into()
        }
        Some(first) if !(0x14..=0x18).contains(first) => format!(
            "the server's answer is not TLS; it begins with {}",
            opening.escape_ascii()
        ),
        _ => format!("the server's bytes are not TLS as it is specified: {error}"),
    };
    TransportError::of(Kind::TlsProtocol, message)
}

/// In UTC, such as `2026-11-29 13:40:00 UTC`.
fn date(time: UnixTime) -> String {
    let seconds = time.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years begin in March here, so that the leap day is the last; 719,468 days before 1970 was
    // the first of March of the year 0.
    let days = days.saturating_add(719_468);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests;
