package io.mqttka.internal

import io.mqttka.HeldBack
import io.mqttka.Liveness
import io.mqttka.LogRecord
import io.mqttka.NetworkUpdate
import io.mqttka.Outcome
import io.mqttka.Status
import io.mqttka.internal.uniffi.NativeHeldBack
import io.mqttka.internal.uniffi.NativeLiveness
import io.mqttka.internal.uniffi.NativeLogRecord
import io.mqttka.internal.uniffi.NativeNetworkUpdate
import io.mqttka.internal.uniffi.NativeOutcome
import io.mqttka.internal.uniffi.NativeStatus
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toKotlinDuration

internal fun NativeStatus.forApplication() = Status(
    state.forApplication(),
    connectionNumber.toLong(),
    keepAlive.toInt().seconds,
    liveness?.forApplication(),
    nextAttemptIn?.toKotlinDuration(),
    offline?.toKotlinDuration(),
    network?.forApplication(),
    bytesReceived.toLong(),
    bytesSent.toLong(),
    messagesReceived.toLong(),
    messagesDropped.toLong(),
    outboundQueueMessages.toLong(),
    outboundQueueBytes.toLong(),
    inboundQueueBytes.toLong(),
    messagesUnclaimed.toLong(),
    heldBack?.forApplication(),
)

private fun NativeHeldBack.forApplication() =
    HeldBack(filter, messages.toLong(), bytes.toLong(), since.toKotlinDuration())

internal fun NativeLiveness.forApplication() = Liveness(
    lastInboundAge.toKotlinDuration(),
    lastEvidenceAge.toKotlinDuration(),
    unansweredPings.toInt(),
    oldestPingAge?.toKotlinDuration(),
    verdictIn?.toKotlinDuration(),
    roundTrip?.toKotlinDuration(),
    suspect,
)

private fun NativeNetworkUpdate.forApplication() =
    NetworkUpdate(change.forApplication(), metered, validated, captivePortal, id)

internal fun NetworkUpdate.toNative() =
    NativeNetworkUpdate(change.toNative(), metered, validated, captivePortal, id)

internal fun NativeOutcome.forApplication() = Outcome(
    reasonCode.forApplication(),
    packetId?.toInt(),
    reasonCodes.map { it.forApplication() },
    reasonString,
    receipt?.forApplication(),
    userProperties.forApplication(),
)

internal fun NativeLogRecord.forApplication() = LogRecord(level.forApplication(), text)
