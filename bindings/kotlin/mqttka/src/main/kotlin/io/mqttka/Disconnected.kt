package io.mqttka

import kotlin.time.Duration

/**
 * The end of a connection.
 *
 * @property cause The first cause.
 * @property detail The cause in words.
 * @property keepAlive The effective Keep Alive.
 * @property liveness What was known of the peer's life at that moment.
 */
public data class Disconnected(
    public val cause: DisconnectCause,
    public val detail: String,
    public val keepAlive: Duration,
    public val liveness: Liveness,
)

/** Why a connection ended: the first cause. */
public sealed interface DisconnectCause {
    /** No sign of life came over the path for 1.5 x keep-alive. */
    public data object KeepAliveTimeout : DisconnectCause

    /** The broker's system acknowledged our PINGREQ, its process did not answer it. */
    public data object ServerUnresponsive : DisconnectCause

    /** The broker closed the connection without DISCONNECT. */
    public data object ClosedByServer : DisconnectCause

    /**
     * The operating system or a layer of the transport ended the connection (reset, unreachable, TLS
     * alert, WebSocket close, ...).
     *
     * @property kind What it is, for programs.
     * @property osError The operating system's error number, where there is one.
     * @property status The number that the peer gave: of a TLS alert, an HTTP status (proxy, WebSocket
     *   upgrade), a SOCKS reply, a WebSocket close code.
     * @property detail The words for it.
     */
    public data class Transport(
        public val kind: TransportErrorKind,
        public val osError: Int?,
        public val status: Int?,
        public val detail: String,
    ) : DisconnectCause

    /**
     * The broker sent DISCONNECT.
     *
     * @property reasonCode The broker's reason.
     * @property reasonString The broker's words, where it sent some.
     * @property serverReference Where the broker says that another server should be used.
     */
    public data class ServerDisconnect(
        public val reasonCode: ReasonCode,
        public val reasonString: String?,
        public val serverReference: String?,
    ) : DisconnectCause

    /** The broker's bytes were not what the specification allows; [detail] has the words for it. */
    public data class Protocol(public val reasonCode: ReasonCode, public val detail: String) : DisconnectCause

    /** The application took messages so slowly that the hard limit was passed. */
    public data object InboundOverflow : DisconnectCause

    /** The application called [Client.disconnect]. */
    public data object DisconnectRequested : DisconnectCause

    /** The application closed the client. */
    public data object ClientClosed : DisconnectCause

    /** The system no longer has the connection's local address. */
    public data object NetworkLost : DisconnectCause

    /** The library's own engine ended: the system took what it runs on, or it has a bug. */
    public data class EngineFailed(public val detail: String) : DisconnectCause

    /**
     * The system took the socket away, as it does with an app that was frozen or a device that slept. The
     * client tries again at once. [osError] is the operating system's number, where there is one.
     */
    public data class ReclaimedBySystem(public val osError: Int?, public val detail: String) : DisconnectCause

    /** A re-authentication failed on this side ([Client.reauthenticate]); [detail] says why. */
    public data class Authentication(public val detail: String) : DisconnectCause

    /** A cause that this version does not know yet. */
    public data class Other(public val detail: String) : DisconnectCause
}
