package io.mqttka

import kotlin.time.Duration

/** Why a connection attempt ended without a connection. */
public sealed interface ConnectError {
    /**
     * The deadline passed in this stage.
     *
     * @property stage The stage that did not finish.
     * @property after The whole deadline, from the call of [Client.connect].
     * @property attempted What was tried, where it is known.
     */
    public data class Timeout(
        public val stage: Stage,
        public val after: Duration,
        public val attempted: Attempted?,
    ) : ConnectError

    /**
     * A stage failed.
     *
     * @property stage The stage that failed.
     * @property kind What it is, for programs.
     * @property osError The operating system's error number, where there is one.
     * @property status The number that the peer gave: of a TLS alert, an HTTP status (proxy, WebSocket
     *   upgrade), a SOCKS reply, a WebSocket close code.
     * @property detail The words for it.
     * @property attempted What was tried, where it is known.
     */
    public data class Transport(
        public val stage: Stage,
        public val kind: TransportErrorKind,
        public val osError: Int?,
        public val status: Int?,
        public val detail: String,
        public val attempted: Attempted?,
    ) : ConnectError

    /** The broker closed the connection before CONNACK. */
    public data object ClosedByServer : ConnectError

    /**
     * The broker's CONNACK refused the connection.
     *
     * @property reasonCode The broker's reason.
     * @property reasonString The broker's words, where it sent some.
     * @property serverReference Where the broker says that another server should be used.
     */
    public data class Refused(
        public val reasonCode: ReasonCode,
        public val reasonString: String?,
        public val serverReference: String?,
    ) : ConnectError

    /** The broker's bytes were not what the specification allows; [detail] has the words for it. */
    public data class Protocol(public val reasonCode: ReasonCode, public val detail: String) : ConnectError

    /** [Client.disconnect] was called first. */
    public data object DisconnectRequested : ConnectError

    /** The client was closed first. */
    public data object ClientClosed : ConnectError

    /** The library's own engine ended: the system took what it runs on, or it has a bug. */
    public data class EngineFailed(public val detail: String) : ConnectError

    /** [Options.provider] gave nothing, or what it gave cannot be used. */
    public data class Provider(public val detail: String) : ConnectError

    /**
     * Enhanced authentication failed on this side: [Options.authenticator] gave up, or the broker did not
     * prove what it should have.
     */
    public data class Authentication(public val detail: String) : ConnectError

    /** A reason that this version does not know yet. */
    public data class Other(public val detail: String) : ConnectError
}
