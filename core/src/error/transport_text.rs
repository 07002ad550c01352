use std::fmt;

use super::TransportErrorKind;

impl fmt::Display for TransportErrorKind {
    /// A sentence and the name, such as `no trusted authority issued the certificate
    /// (unknown_issuer)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use TransportErrorKind as K;
        let text = match self {
            K::System => "the operating system reported an error",
            K::Closed => "the peer closed the connection",
            K::SocketHook => "the application's socket hook refused the socket",
            K::NotBuilt => "this build of mqttka has no such transport",
            K::PermissionLocalNetwork => "the app lacks the permission for the local network",
            K::CertificateExpired => "the server's certificate has expired",
            K::CertificateNotYetValid => {
                "the server's certificate is not valid yet, or this clock is wrong"
            }
            K::UnknownIssuer => "no trusted authority issued the server's certificate",
            K::WrongHost => "the server's certificate is for other names",
            K::CertificateRevoked => "the server's certificate was revoked",
            K::CertificateInvalid => "the server's certificate is invalid",
            K::PinMismatch => "the server's public key is none of the pinned ones",
            K::TlsAlert => "the server refused with a TLS alert",
            K::NoCommonTlsVersion => "server and client have no TLS version in common",
            K::NoCommonCipher => "server and client have no cipher suite in common",
            K::TlsProtocol => "the server does not speak TLS as specified",
            K::UpgradeRefused => "the server did not upgrade to WebSocket",
            K::WebSocketProtocol => "the server does not speak WebSocket as specified",
            K::WebSocketClosed => "the server closed the WebSocket",
            K::ProxyRefused => "the proxy did not open a tunnel",
            K::ProxyAuthentication => "the proxy wants other credentials",
            K::ProxyProtocol => "the proxy does not speak its protocol as specified",
        };
        write!(f, "{text} ({})", self.name())
    }
}
