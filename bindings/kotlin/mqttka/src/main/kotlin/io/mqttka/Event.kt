package io.mqttka

/**
 * A lifecycle event. Each [EventKind.Connected] is followed by exactly one [EventKind.Disconnected]; an
 * attempt that does not come so far ends in exactly one [EventKind.ConnectFailed]. Where the client comes
 * back by itself, each of these that the application did not ask for is followed by exactly one
 * [EventKind.Reconnecting] or [EventKind.ReconnectStopped].
 *
 * @property connectionNumber Counts connection attempts, from 1. The events and messages of one
 *   connection bear the same number.
 * @property attemptNumber Counts attempts since the last connection that came about, from 1.
 * @property kind What happened.
 * @property attempted What the attempt tried, and where its time went; null at
 *   [EventKind.Disconnected], and where the attempt did not come so far.
 * @property willReconnect The client goes on by itself: an [EventKind.Reconnecting] follows. Only ever
 *   true at [EventKind.Disconnected] and [EventKind.ConnectFailed].
 * @property isFinal Whether the client now does nothing until it is asked to connect again.
 * @property detail The event in words, in one line, which is what is printed.
 * @property record What led to the end: at [EventKind.Disconnected] and [EventKind.ConnectFailed].
 * @property userProperties The User Properties of what the broker sent, in its order, at most 10,000: of its DISCONNECT
 *   at [EventKind.Disconnected], of the CONNACK that refuses at [EventKind.ConnectFailed], of CONNACK at
 *   [EventKind.Connected] and [EventKind.Moved], of the SUBACK that refuses at [EventKind.SubscriptionsLost]. Empty
 *   elsewhere, where it sent none, and in 3.1.1.
 */
public data class Event(
    public val connectionNumber: Long,
    public val attemptNumber: Int,
    public val kind: EventKind,
    public val attempted: Attempted? = null,
    public val willReconnect: Boolean = false,
    public val isFinal: Boolean = false,
    public val detail: String = "",
    public val record: FlightRecord? = null,
    public val userProperties: List<UserProperty> = emptyList(),
) {
    override fun toString(): String = detail.ifEmpty { "connection $connectionNumber: $kind" }
}

/** What happened to the connection. */
public sealed interface EventKind {
    /** The broker accepted the connection; [info] is what it said. */
    public data class Connected(public val info: io.mqttka.Connected) : EventKind

    /** The connection ended; [info] says how. */
    public data class Disconnected(public val info: io.mqttka.Disconnected) : EventKind

    /** The attempt ended without a connection; [detail] is [error] in words. */
    public data class ConnectFailed(public val error: ConnectError, public val detail: String) : EventKind

    /**
     * The client tries again after a while; [info] says when, and why. Followed by exactly one
     * [Connected], [ConnectFailed] or [ReconnectStopped].
     */
    public data class Reconnecting(public val info: io.mqttka.Reconnecting) : EventKind

    /**
     * The client does not try again by itself, for the reason that [info] names; [Client.connect] begins
     * anew. Not told where the application ended the connection or the attempt itself, nor where
     * [Options.reconnect] is false.
     */
    public data class ReconnectStopped(public val info: io.mqttka.ReconnectStopped) : EventKind

    /**
     * Subscriptions that the client held are no more: the broker has lost the session, and did not grant
     * them again. [reasonString] is the broker's words, of the SUBACK that refuses them, where it sent some; its User
     * Properties are the event's.
     */
    public data class SubscriptionsLost @JvmOverloads constructor(
        public val subscriptions: List<LostSubscription>,
        public val reasonString: String? = null,
    ) : EventKind

    /**
     * Something that was sent has been unanswered for several round trips. No verdict: one [Alive] or the
     * connection's [Disconnected] follows.
     */
    public data class Suspect(public val liveness: Liveness) : EventKind

    /** Evidence of life came after a [Suspect]. */
    public data class Alive(public val liveness: Liveness) : EventKind

    /**
     * The connection goes on over another path, without a gap. From now on events and messages bear the
     * next number.
     */
    public data class Moved(public val info: io.mqttka.Connected) : EventKind

    /** An event that this version does not know yet. */
    public data class Other(public val detail: String) : EventKind
}
