package io.mqttka

import kotlin.time.Duration

/**
 * What a client has counted since it was made, over all its connections, and what waits at this moment:
 * [Client.counters].
 *
 * @property bytesReceived Bytes of MQTT received.
 * @property bytesSent Bytes of MQTT handed to sockets.
 * @property packetsReceived Packets received, of each type.
 * @property packetsSent Packets handed to sockets, of each type.
 * @property messagesReceived Messages received, with those dropped.
 * @property messagesDropped QoS 0 messages dropped because the application took its messages too slowly.
 * @property messagesUnclaimed Messages that no consumer came for in time.
 * @property outboundQueueMessages Operations in the outbound queue, unacknowledged ones included.
 * @property outboundQueueBytes What they cost in bytes.
 * @property inboundQueueBytes What the messages cost, in bytes, that the application has not taken yet.
 * @property connections Connections that came about.
 * @property reconnects Those after the first one.
 * @property disconnects Connections that ended, for whatever cause.
 * @property connectFailures Attempts that came to nothing.
 * @property moves Connections that went over to another path without a gap.
 * @property pingRoundTrips How long PINGRESPs took.
 * @property faultsTolerated What the broker did that it must not do, and that was tolerated: the name of each fault
 *   that there was, and how often.
 * @property packetsNotTapped Packets that [Options.packetTap] did not get, as it was too slow.
 * @property lastInboundAge Since the last inbound byte; null while not connected.
 * @property lastEvidenceAge Since the last evidence of life; null while not connected.
 */
public data class Counters(
    public val bytesReceived: Long,
    public val bytesSent: Long,
    public val packetsReceived: Map<PacketType, Long>,
    public val packetsSent: Map<PacketType, Long>,
    public val messagesReceived: Long,
    public val messagesDropped: Long,
    public val messagesUnclaimed: Long,
    public val outboundQueueMessages: Long,
    public val outboundQueueBytes: Long,
    public val inboundQueueBytes: Long,
    public val connections: Long,
    public val reconnects: Long,
    public val disconnects: Long,
    public val connectFailures: Long,
    public val moves: Long,
    public val pingRoundTrips: RoundTrips,
    public val faultsTolerated: Map<String, Long>,
    public val packetsNotTapped: Long,
    public val lastInboundAge: Duration?,
    public val lastEvidenceAge: Duration?,
)

/**
 * A histogram of round trips.
 *
 * @property bounds The upper bounds of the buckets, each included; the last bucket has none.
 * @property counts How many fell into each bucket: one more than there are bounds.
 * @property sum How long all of them took.
 */
public data class RoundTrips(
    public val bounds: List<Duration>,
    public val counts: List<Long>,
    public val sum: Duration,
)

/**
 * One point of a metric, named as OpenTelemetry's conventions would have it: [Client.metrics]. An exporter is one
 * loop.
 *
 * @property name The instrument's name, such as `mqttka.client.packets`. Several points may have it, which differ in
 *   their attributes.
 * @property unit The unit as UCUM has it, such as `By` or `{packet}`.
 * @property description What is counted or measured, in one sentence.
 * @property kind What kind of instrument it is.
 * @property attributes Names and values.
 * @property value Its value.
 */
public data class Metric(
    public val name: String,
    public val unit: String,
    public val description: String,
    public val kind: MetricKind,
    public val attributes: Map<String, String>,
    public val value: MetricValue,
)

/** What kind of instrument a metric is. */
public enum class MetricKind {
    /** A sum that only grows. */
    COUNTER,

    /** A sum that grows and shrinks. */
    UP_DOWN_COUNTER,

    /** A value of this moment that makes no sense as a sum. */
    GAUGE,

    /** How values are distributed; it only grows. */
    HISTOGRAM,
}

/** The value of a metric. */
public sealed interface MetricValue {
    /** A number. */
    public data class Integer(public val value: Long) : MetricValue

    /** A time, to be given as seconds. */
    public data class Time(public val value: Duration) : MetricValue

    /** A histogram of times; its bounds and its sum are to be given as seconds. */
    public data class Times(public val value: RoundTrips) : MetricValue
}
