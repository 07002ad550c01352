package io.mqttka

import kotlin.time.Duration

/**
 * What is known of a client at one moment.
 *
 * @property state Where it stands.
 * @property connectionNumber The number of the newest connection attempt; 0 before the first.
 * @property keepAlive The effective Keep Alive.
 * @property liveness What is known of the peer's life; null while not connected.
 * @property nextAttemptIn Until the next attempt begins by itself; null where none is to come.
 * @property offline How long there has been no connection since the last one ended; null while connected
 *   and before the first.
 * @property network What was last said of the system's network, by [Client.networkChanged] or by the
 *   library's own monitor.
 * @property bytesReceived Bytes received over all connections.
 * @property bytesSent Bytes handed to sockets over all connections.
 * @property messagesReceived Messages received over all connections, with those dropped.
 * @property messagesDropped QoS 0 messages dropped because the application took its messages too slowly.
 * @property outboundQueueMessages Operations in the outbound queue, unacknowledged ones included.
 * @property outboundQueueBytes What they cost in bytes.
 * @property inboundQueueBytes What the messages cost, in bytes, that the application has not taken yet.
 * @property messagesUnclaimed Messages that no consumer came for in time; they were acknowledged.
 * @property heldBack Who withholds acknowledgements longest: a stream, or a handler that acknowledges itself.
 */
public data class Status(
    public val state: State,
    public val connectionNumber: Long,
    public val keepAlive: Duration,
    public val liveness: Liveness?,
    public val nextAttemptIn: Duration?,
    public val offline: Duration?,
    public val network: NetworkUpdate?,
    public val bytesReceived: Long,
    public val bytesSent: Long,
    public val messagesReceived: Long,
    public val messagesDropped: Long,
    public val outboundQueueMessages: Long,
    public val outboundQueueBytes: Long,
    public val inboundQueueBytes: Long,
    public val messagesUnclaimed: Long,
    public val heldBack: HeldBack?,
)

/**
 * What a stream that is not read withholds, or a handler that acknowledges itself.
 *
 * @property filter Its filters; `#` for a stream of all messages, and for the client's own handler.
 * @property messages Messages that it has not taken, or not acknowledged.
 * @property bytes What they cost in bytes.
 * @property since How long it has had the oldest of them.
 */
public data class HeldBack(
    public val filter: String,
    public val messages: Long,
    public val bytes: Long,
    public val since: Duration,
)

/**
 * What is known of the peer's life at one moment.
 *
 * @property lastInboundAge Since the last inbound byte.
 * @property lastEvidenceAge Since the last evidence of life: an inbound byte or an acknowledged one of
 *   ours.
 * @property unansweredPings PINGREQs sent and not answered.
 * @property oldestPingAge Since the oldest of them was queued.
 * @property verdictIn Until the connection is declared dead if nothing comes; null where that is switched
 *   off.
 * @property roundTrip The smoothed round trip of what was sent to its answer; null before the first.
 * @property suspect Something that was sent is unanswered for several round trips.
 */
public data class Liveness(
    public val lastInboundAge: Duration,
    public val lastEvidenceAge: Duration,
    public val unansweredPings: Int,
    public val oldestPingAge: Duration?,
    public val verdictIn: Duration?,
    public val roundTrip: Duration?,
    public val suspect: Boolean,
)

/**
 * What happened to the system's network, and what is known of the one that there is now: a hint for
 * [Client.networkChanged].
 *
 * @property change What happened.
 * @property metered Whether the traffic costs; null where unknown.
 * @property validated Whether the system has found the internet behind the network. False is a reason to
 *   probe, and no more than that.
 * @property captivePortal Whether a captive portal stands before the internet.
 * @property id Names the network, for what is learned of it ([Options.adaptivePing]); empty where
 *   unknown.
 */
public data class NetworkUpdate @JvmOverloads constructor(
    public val change: NetworkChange,
    public val metered: Boolean? = null,
    public val validated: Boolean? = null,
    public val captivePortal: Boolean? = null,
    public val id: String = "",
)
