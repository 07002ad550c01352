//! What transports report.

use mqttka_core::client::TransportErrorKind as CoreKind;

/// What an error of the operating system, of a layer of the transport or of a proxy is. The numbers
/// are the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
#[repr(u8)]
pub enum TransportErrorKind {
    /// The operating system's; `os_error` has its number, where there is one.
    System = 1,
    /// The peer closed the connection in the middle of a stage.
    Closed = 2,
    /// The application's socket hook refused the socket, or has not returned from an earlier call.
    SocketHook = 3,
    /// This build of the library has no such transport.
    NotBuilt = 4,
    /// The app lacks the permission for the local network (`ACCESS_LOCAL_NETWORK` on Android), and
    /// the server's address is in it.
    PermissionLocalNetwork = 5,
    /// The server's certificate has expired.
    CertificateExpired = 10,
    /// The server's certificate is not valid yet: its time has not come, or this device's clock is
    /// wrong.
    CertificateNotYetValid = 11,
    /// No trusted authority has issued the server's certificate.
    UnknownIssuer = 12,
    /// The server's certificate is for other names; the message says which.
    WrongHost = 13,
    /// The server's certificate was revoked.
    CertificateRevoked = 14,
    /// The server's certificate is invalid for another reason.
    CertificateInvalid = 15,
    /// The server's public key is none of those that `tls_pins` names.
    PinMismatch = 16,
    /// The server refused with a TLS alert; `status` has its number, the message its name.
    TlsAlert = 17,
    /// Server and client have no TLS version in common.
    NoCommonTlsVersion = 18,
    /// Server and client have no cipher suite or key exchange in common.
    NoCommonCipher = 19,
    /// The server's bytes are not TLS as its specification has it.
    TlsProtocol = 20,
    /// The server did not upgrade to WebSocket; `status` has its HTTP status.
    UpgradeRefused = 30,
    /// The server's bytes are not WebSocket as its specification has it.
    WebSocketProtocol = 31,
    /// The server closed the WebSocket; `status` has its close code, the message its reason.
    WebSocketClosed = 32,
    /// The proxy did not open a tunnel; `status` has its HTTP status or SOCKS reply.
    ProxyRefused = 40,
    /// The proxy wants other credentials; `status` has its HTTP status, where it is an HTTP proxy.
    ProxyAuthentication = 41,
    /// The proxy's bytes are not its protocol.
    ProxyProtocol = 42,
    /// A kind that this binding does not know yet.
    Other = 255,
}

impl From<CoreKind> for TransportErrorKind {
    fn from(kind: CoreKind) -> Self {
        match kind {
            CoreKind::System => TransportErrorKind::System,
            CoreKind::Closed => TransportErrorKind::Closed,
            CoreKind::SocketHook => TransportErrorKind::SocketHook,
            CoreKind::NotBuilt => TransportErrorKind::NotBuilt,
            CoreKind::PermissionLocalNetwork => TransportErrorKind::PermissionLocalNetwork,
            CoreKind::CertificateExpired => TransportErrorKind::CertificateExpired,
            CoreKind::CertificateNotYetValid => TransportErrorKind::CertificateNotYetValid,
            CoreKind::UnknownIssuer => TransportErrorKind::UnknownIssuer,
            CoreKind::WrongHost => TransportErrorKind::WrongHost,
            CoreKind::CertificateRevoked => TransportErrorKind::CertificateRevoked,
            CoreKind::CertificateInvalid => TransportErrorKind::CertificateInvalid,
            CoreKind::PinMismatch => TransportErrorKind::PinMismatch,
            CoreKind::TlsAlert => TransportErrorKind::TlsAlert,
            CoreKind::NoCommonTlsVersion => TransportErrorKind::NoCommonTlsVersion,
            CoreKind::NoCommonCipher => TransportErrorKind::NoCommonCipher,
            CoreKind::TlsProtocol => TransportErrorKind::TlsProtocol,
            CoreKind::UpgradeRefused => TransportErrorKind::UpgradeRefused,
            CoreKind::WebSocketProtocol => TransportErrorKind::WebSocketProtocol,
            CoreKind::WebSocketClosed => TransportErrorKind::WebSocketClosed,
            CoreKind::ProxyRefused => TransportErrorKind::ProxyRefused,
            CoreKind::ProxyAuthentication => TransportErrorKind::ProxyAuthentication,
            CoreKind::ProxyProtocol => TransportErrorKind::ProxyProtocol,
            _ => TransportErrorKind::Other,
        }
    }
}

impl TransportErrorKind {
    /// The core's, of those that a certificate can have.
    pub(crate) fn of_a_certificate(self) -> CoreKind {
        match self {
            TransportErrorKind::CertificateExpired => CoreKind::CertificateExpired,
            TransportErrorKind::CertificateNotYetValid => CoreKind::CertificateNotYetValid,
            TransportErrorKind::UnknownIssuer => CoreKind::UnknownIssuer,
            TransportErrorKind::WrongHost => CoreKind::WrongHost,
            TransportErrorKind::CertificateRevoked => CoreKind::CertificateRevoked,
            TransportErrorKind::PinMismatch => CoreKind::PinMismatch,
            _ => CoreKind::CertificateInvalid,
        }
    }
}
