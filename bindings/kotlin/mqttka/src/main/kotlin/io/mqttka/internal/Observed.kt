package io.mqttka.internal

import io.mqttka.Counters
import io.mqttka.Metric
import io.mqttka.MetricValue
import io.mqttka.PacketTap
import io.mqttka.PacketType
import io.mqttka.RoundTrips
import io.mqttka.TappedPacket
import io.mqttka.internal.uniffi.NativeCounters
import io.mqttka.internal.uniffi.NativeMetric
import io.mqttka.internal.uniffi.NativeMetricValue
import io.mqttka.internal.uniffi.NativePacketCount
import io.mqttka.internal.uniffi.NativeRoundTrips
import io.mqttka.internal.uniffi.NativeTappedPacket
import io.mqttka.internal.uniffi.PacketTapCallback
import kotlin.time.toKotlinDuration

/** Passes packets on, many with one call. */
internal class TapForwarding(private val tap: PacketTap) : PacketTapCallback {
    override fun onPackets(packets: List<NativeTappedPacket>) =
        guarded(tap) { tap.onPackets(packets.map { it.forApplication() }) }
}

private fun NativeTappedPacket.forApplication() = TappedPacket(
    direction.forApplication(),
    at.toKotlinDuration(),
    connectionNumber.toLong(),
    packetType.forApplication(),
    packetId?.toInt(),
    size.toLong(),
    bytes,
    droppedBefore.toLong(),
)

internal fun NativeCounters.forApplication() = Counters(
    bytesReceived.toLong(),
    bytesSent.toLong(),
    packetsReceived.byType(),
    packetsSent.byType(),
    messagesReceived.toLong(),
    messagesDropped.toLong(),
    messagesUnclaimed.toLong(),
    outboundQueueMessages.toLong(),
    outboundQueueBytes.toLong(),
    inboundQueueBytes.toLong(),
    connections.toLong(),
    reconnects.toLong(),
    disconnects.toLong(),
    connectFailures.toLong(),
    moves.toLong(),
    pingRoundTrips.forApplication(),
    faultsTolerated.associate { it.name to it.count.toLong() },
    packetsNotTapped.toLong(),
    lastInboundAge?.toKotlinDuration(),
    lastEvidenceAge?.toKotlinDuration(),
)

private fun List<NativePacketCount>.byType(): Map<PacketType, Long> =
    associate { it.packetType.forApplication() to it.count.toLong() }

private fun NativeRoundTrips.forApplication() =
    RoundTrips(bounds.map { it.toKotlinDuration() }, counts.map { it.toLong() }, sum.toKotlinDuration())

internal fun NativeMetric.forApplication() = Metric(
    name,
    unit,
    description,
    kind.forApplication(),
    attributes.associate { it.name to it.value },
    value.forApplication(),
)

private fun NativeMetricValue.forApplication(): MetricValue = when (this) {
    is NativeMetricValue.Integer -> MetricValue.Integer(value.toLong())
    is NativeMetricValue.Time -> MetricValue.Time(value.toKotlinDuration())
    is NativeMetricValue.Times -> MetricValue.Times(value.forApplication())
}
