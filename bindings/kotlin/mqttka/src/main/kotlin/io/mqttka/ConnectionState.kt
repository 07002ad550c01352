package io.mqttka

/** Where a [Client] stands; the newest is the value of [Client.state]. */
public sealed interface ConnectionState {
    /** Not connected, and never tried. */
    public data object Idle : ConnectionState

    /** An attempt is under way. */
    public data object Connecting : ConnectionState

    /** The broker accepted the connection of this number; [attempted] says where the time went. */
    public data class Connected(
        public val connectionNumber: Long,
        public val info: io.mqttka.Connected,
        public val attempted: Attempted?,
    ) : ConnectionState

    /** [Client.disconnect] was called, and the connection has not ended yet. */
    public data object Disconnecting : ConnectionState

    /**
     * The connection of this number ended, for the reason that [info] names. Where the client comes
     * back by itself ([willReconnect]), [Reconnecting] follows at once.
     */
    public data class Disconnected(
        public val connectionNumber: Long,
        public val info: io.mqttka.Disconnected,
        public val willReconnect: Boolean = false,
    ) : ConnectionState

    /**
     * The attempt of this number ended without a connection; [attempted] says what it tried, where
     * it came so far. Where the client tries again by itself ([willReconnect]), [Reconnecting]
     * follows at once.
     */
    public data class ConnectFailed(
        public val connectionNumber: Long,
        public val error: ConnectError,
        public val detail: String,
        public val attempted: Attempted?,
        public val willReconnect: Boolean = false,
    ) : ConnectionState

    /**
     * The connection or attempt of this number ended, and the client waits to try again, or tries:
     * [info] says when and why.
     */
    public data class Reconnecting(
        public val connectionNumber: Long,
        public val info: io.mqttka.Reconnecting,
    ) : ConnectionState

    /** The client does not come back by itself, for the reason that [info] names. */
    public data class ReconnectStopped(
        public val connectionNumber: Long,
        public val info: io.mqttka.ReconnectStopped,
    ) : ConnectionState

    /** The client was closed for good. */
    public data object Closed : ConnectionState
}
