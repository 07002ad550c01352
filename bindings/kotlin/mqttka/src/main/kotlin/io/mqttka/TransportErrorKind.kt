package io.mqttka

/** What an error of the operating system, of a layer of the transport or of a proxy is. */
public enum class TransportErrorKind {
    /** The operating system's; `osError` has its number, where there is one. */
    SYSTEM,

    /** The peer closed the connection in the middle of a stage. */
    CLOSED,

    /** The application's socket hook refused the socket, or has not returned from an earlier call. */
    SOCKET_HOOK,

    /** This build of the library has no such transport. */
    NOT_BUILT,

    /**
     * The app lacks the permission for the local network (`ACCESS_LOCAL_NETWORK` on Android), and the
     * server's address is in it.
     */
    PERMISSION_LOCAL_NETWORK,

    /** The server's certificate has expired. */
    CERTIFICATE_EXPIRED,

    /** The server's certificate is not valid yet: its time has not come, or this device's clock is wrong. */
    CERTIFICATE_NOT_YET_VALID,

    /** No trusted authority has issued the server's certificate. */
    UNKNOWN_ISSUER,

    /** The server's certificate is for other names; the message says which. */
    WRONG_HOST,

    /** The server's certificate was revoked. */
    CERTIFICATE_REVOKED,

    /** The server's certificate is invalid for another reason. */
    CERTIFICATE_INVALID,

    /** The server's public key is none of those that [Options.tlsPins] names. */
    PIN_MISMATCH,

    /** The server refused with a TLS alert; `status` has its number, the message its name. */
    TLS_ALERT,

    /** Server and client have no TLS version in common. */
    NO_COMMON_TLS_VERSION,

    /** Server and client have no cipher suite or key exchange in common. */
    NO_COMMON_CIPHER,

    /** The server's bytes are not TLS as its specification has it. */
    TLS_PROTOCOL,

    /** The server did not upgrade to WebSocket; `status` has its HTTP status. */
    UPGRADE_REFUSED,

    /** The server's bytes are not WebSocket as its specification has it. */
    WEB_SOCKET_PROTOCOL,

    /** The server closed the WebSocket; `status` has its close code, the message its reason. */
    WEB_SOCKET_CLOSED,

    /** The proxy did not open a tunnel; `status` has its HTTP status or SOCKS reply. */
    PROXY_REFUSED,

    /** The proxy wants other credentials; `status` has its HTTP status, where it is an HTTP proxy. */
    PROXY_AUTHENTICATION,

    /** The proxy's bytes are not its protocol. */
    PROXY_PROTOCOL,

    /** A kind that this binding does not know yet. */
    OTHER,
}
