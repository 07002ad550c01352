use thiserror::Error as ThisError;

/// What the operating system, a layer of the transport, or a proxy reported.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{message}")]
#[non_exhaustive]
pub struct TransportError {
    /// What it is, for programs.
    pub kind: TransportErrorKind,
    /// The operating system's error number, where there is one.
    pub os_error: Option<i32>,
    /// The number that the peer gave: of a TLS alert, an HTTP status (proxy, WebSocket upgrade), a
    /// SOCKS reply, a WebSocket close code.
    pub status: Option<u16>,
    /// What it is, for people.
    pub message: String,
}

/// What a [`TransportError`] is. The numbers are the same in every language
/// (`MQTTKA_TRANSPORT_ERROR_*` in C).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
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
}

impl TransportErrorKind {
    /// The name that every language has for it, such as `unknown_issuer`.
    pub const fn name(self) -> &'static str {
        use TransportErrorKind as K;
        match self {
            K::System => "system",
            K::Closed => "closed",
            K::SocketHook => "socket_hook",
            K::NotBuilt => "not_built",
            K::PermissionLocalNetwork => "permission_local_network",
            K::CertificateExpired => "certificate_expired",
            K::CertificateNotYetValid => "certificate_not_yet_valid",
            K::UnknownIssuer => "unknown_issuer",
            K::WrongHost => "wrong_host",
            K::CertificateRevoked => "certificate_revoked",
            K::CertificateInvalid => "certificate_invalid",
            K::PinMismatch => "pin_mismatch",
            K::TlsAlert => "tls_alert",
            K::NoCommonTlsVersion => "no_common_tls_version",
            K::NoCommonCipher => "no_common_cipher",
            K::TlsProtocol => "tls_protocol",
            K::UpgradeRefused => "upgrade_refused",
            K::WebSocketProtocol => "web_socket_protocol",
            K::WebSocketClosed => "web_socket_closed",
            K::ProxyRefused => "proxy_refused",
            K::ProxyAuthentication => "proxy_authentication",
            K::ProxyProtocol => "proxy_protocol",
        }
    }
}

impl TransportError {
    /// An error of the system, or around it, that has no number.
    pub fn new(message: impl Into<String>) -> Self {
        TransportError::of(TransportErrorKind::System, message)
    }

    /// An error of this kind.
    pub fn of(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        TransportError {
            kind,
            os_error: None,
            status: None,
            message: message.into(),
        }
    }

    /// Whether the system took the socket away from a connection that stood (rule L23).
    pub fn is_reclaimed(&self) -> bool {
        // ECONNABORTED, ENOTCONN and EBADF of Linux and Android.
        matches!(self.os_error, Some(103 | 107 | 9))
    }

    /// Whether the peer reset the connection.
    pub fn is_reset(&self) -> bool {
        // ECONNRESET and EPIPE of Linux and Android.
        self.kind == TransportErrorKind::Closed || matches!(self.os_error, Some(104 | 32))
    }

    /// The same error with the number that the peer gave.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

/// As an error of a read or a write; [`TransportError::from`] gives it back unchanged.
impl From<TransportError> for std::io::Error {
    fn from(error: TransportError) -> Self {
        std::io::Error::other(error)
    }
}

impl From<std::io::Error> for TransportError {
    fn from(error: std::io::Error) -> Self {
        let own = error.get_ref().and_then(|it| it.downcast_ref::<Self>());
        if let Some(own) = own {
            return own.clone();
        }
        TransportError {
            os_error: error.raw_os_error(),
            ..TransportError::new(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_layer_comes_back_from_a_read_unchanged() {
        let error = TransportError::of(TransportErrorKind::WebSocketClosed, "going away");
        let error = error.with_status(1001);
        let through = std::io::Error::from(error.clone());
        assert_eq!(TransportError::from(through), error);
        let system = std::io::Error::from_raw_os_error(1);
        let error = TransportError::from(system);
        assert_eq!(
            (error.kind, error.os_error),
            (TransportErrorKind::System, Some(1))
        );
    }
}
