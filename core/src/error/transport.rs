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

    /// The system takes the connection away, for this reason.
    pub fn reclaimed(message: impl Into<String>) -> Self {
        TransportError {
            os_error: numbers::RECLAIMED.first().copied(),
            ..TransportError::new(message)
        }
    }

    /// Whether the system took the socket away from a connection that stood.
    pub fn is_reclaimed(&self) -> bool {
        self.is_one_of(&numbers::RECLAIMED)
    }

    /// Whether the peer reset the connection.
    pub fn is_reset(&self) -> bool {
        self.kind == TransportErrorKind::Closed || self.is_one_of(&numbers::RESET)
    }

    fn is_one_of(&self, numbers: &[i32]) -> bool {
        self.kind == TransportErrorKind::System
            && self.os_error.is_some_and(|it| numbers.contains(&it))
    }

    /// The same error with the number that the peer gave.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

/// What the system's error numbers mean, on each system.
#[cfg(all(unix, feature = "engine"))]
mod numbers {
    /// What is left of the socket: nothing, no connection, or no descriptor.
    pub(super) const RECLAIMED: [i32; 3] = [libc::ECONNABORTED, libc::ENOTCONN, libc::EBADF];
    pub(super) const RESET: [i32; 2] = [libc::ECONNRESET, libc::EPIPE];
}

/// WSAECONNABORTED is said of connections that timed out, too: it means no more than the others.
#[cfg(windows)]
mod numbers {
    pub(super) const RECLAIMED: [i32; 0] = [];
    pub(super) const RESET: [i32; 1] = [10_054];
}

/// Without sockets: those of Linux, for models of it.
#[cfg(not(any(windows, all(unix, feature = "engine"))))]
mod numbers {
    pub(super) const RECLAIMED: [i32; 3] = [103, 107, 9];
    pub(super) const RESET: [i32; 2] = [104, 32];
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
    /// Rule L23.
    #[cfg(all(unix, feature = "engine"))]
    #[test]
    fn what_the_system_took_away_is_told_from_what_the_peer_ended() {
        let of = |number| TransportError::from(std::io::Error::from_raw_os_error(number));
        for number in [libc::ECONNABORTED, libc::ENOTCONN, libc::EBADF] {
            assert!(of(number).is_reclaimed() && !of(number).is_reset());
        }
        for number in [libc::ECONNRESET, libc::EPIPE] {
            assert!(of(number).is_reset() && !of(number).is_reclaimed());
        }
        for number in [libc::ETIMEDOUT, libc::ENETUNREACH, libc::EMFILE] {
            assert!(!of(number).is_reset() && !of(number).is_reclaimed());
        }
        // Not the system's: a layer that is not connected yet, or another library's number.
        let layer = std::io::Error::from(std::io::ErrorKind::NotConnected);
        assert!(!TransportError::from(layer).is_reclaimed());
        let mut other = of(libc::EBADF);
        other.kind = TransportErrorKind::TlsProtocol;
        assert!(!other.is_reclaimed());
    }
}
