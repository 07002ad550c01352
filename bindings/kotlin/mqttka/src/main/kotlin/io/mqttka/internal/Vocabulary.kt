package io.mqttka.internal

import io.mqttka.Direction
import io.mqttka.Fault
import io.mqttka.LogLevel
import io.mqttka.LostPublish
import io.mqttka.MetricKind
import io.mqttka.NetworkChange
import io.mqttka.PacketType
import io.mqttka.Qos
import io.mqttka.QueuePolicy
import io.mqttka.ReasonCode
import io.mqttka.Receipt
import io.mqttka.RetainHandling
import io.mqttka.Stage
import io.mqttka.State
import io.mqttka.StopReason
import io.mqttka.Transport
import io.mqttka.TransportErrorKind
import io.mqttka.Version
import io.mqttka.internal.uniffi.NativeDirection
import io.mqttka.internal.uniffi.NativeFault
import io.mqttka.internal.uniffi.NativeLogLevel
import io.mqttka.internal.uniffi.NativeLostPublish
import io.mqttka.internal.uniffi.NativeMetricKind
import io.mqttka.internal.uniffi.NativeNetworkChange
import io.mqttka.internal.uniffi.NativePacketType
import io.mqttka.internal.uniffi.NativeQos
import io.mqttka.internal.uniffi.NativeQueuePolicy
import io.mqttka.internal.uniffi.NativeReasonCode
import io.mqttka.internal.uniffi.NativeReceipt
import io.mqttka.internal.uniffi.NativeRetainHandling
import io.mqttka.internal.uniffi.NativeStage
import io.mqttka.internal.uniffi.NativeState
import io.mqttka.internal.uniffi.NativeStopReason
import io.mqttka.internal.uniffi.NativeTransport
import io.mqttka.internal.uniffi.NativeTransportErrorKind
import io.mqttka.internal.uniffi.NativeVersion
import kotlin.enums.EnumEntries
import kotlin.enums.enumEntries

/** An enum of the application's beside the generated one: the same entries in the same order. */
internal class Twins<A : Enum<A>, N : Enum<N>>(val application: EnumEntries<A>, val native: EnumEntries<N>) {
    fun forApplication(entry: N): A = application[entry.ordinal]

    fun toNative(entry: A): N = native[entry.ordinal]
}

private inline fun <reified A : Enum<A>, reified N : Enum<N>> twins() = Twins(enumEntries<A>(), enumEntries<N>())

private val qos = twins<Qos, NativeQos>()
private val versions = twins<Version, NativeVersion>()
private val retainHandlings = twins<RetainHandling, NativeRetainHandling>()
private val networkChanges = twins<NetworkChange, NativeNetworkChange>()
private val stages = twins<Stage, NativeStage>()
private val transports = twins<Transport, NativeTransport>()
private val states = twins<State, NativeState>()
private val queuePolicies = twins<QueuePolicy, NativeQueuePolicy>()
private val lostPublishes = twins<LostPublish, NativeLostPublish>()
private val reasonCodes = twins<ReasonCode, NativeReasonCode>()
private val transportErrorKinds = twins<TransportErrorKind, NativeTransportErrorKind>()
private val stopReasons = twins<StopReason, NativeStopReason>()
private val logLevels = twins<LogLevel, NativeLogLevel>()
private val directions = twins<Direction, NativeDirection>()
private val faults = twins<Fault, NativeFault>()
private val metricKinds = twins<MetricKind, NativeMetricKind>()
private val packetTypes = twins<PacketType, NativePacketType>()
private val receipts = twins<Receipt, NativeReceipt>()

/** For the test that compares them. */
internal val allTwins: List<Twins<*, *>> = listOf(
    qos, versions, retainHandlings, networkChanges, stages, transports, states, queuePolicies, lostPublishes,
    reasonCodes, transportErrorKinds, stopReasons, logLevels, directions, faults, metricKinds, packetTypes, receipts,
)

internal fun Qos.toNative() = qos.toNative(this)
internal fun NativeQos.forApplication() = qos.forApplication(this)
internal fun Version.toNative() = versions.toNative(this)
internal fun RetainHandling.toNative() = retainHandlings.toNative(this)
internal fun NetworkChange.toNative() = networkChanges.toNative(this)
internal fun NativeNetworkChange.forApplication() = networkChanges.forApplication(this)
internal fun NativeStage.forApplication() = stages.forApplication(this)
internal fun Transport.toNative() = transports.toNative(this)
internal fun NativeTransport.forApplication() = transports.forApplication(this)
internal fun NativeState.forApplication() = states.forApplication(this)
internal fun QueuePolicy.toNative() = queuePolicies.toNative(this)
internal fun LostPublish.toNative() = lostPublishes.toNative(this)
internal fun ReasonCode.toNative() = reasonCodes.toNative(this)
internal fun NativeReasonCode.forApplication() = reasonCodes.forApplication(this)
internal fun TransportErrorKind.toNative() = transportErrorKinds.toNative(this)
internal fun NativeTransportErrorKind.forApplication() = transportErrorKinds.forApplication(this)
internal fun StopReason.toNative() = stopReasons.toNative(this)
internal fun NativeStopReason.forApplication() = stopReasons.forApplication(this)
internal fun LogLevel.toNative() = logLevels.toNative(this)
internal fun NativeLogLevel.forApplication() = logLevels.forApplication(this)
internal fun NativeDirection.forApplication() = directions.forApplication(this)
internal fun Fault.toNative() = faults.toNative(this)
internal fun NativeMetricKind.forApplication() = metricKinds.forApplication(this)
internal fun NativePacketType.forApplication() = packetTypes.forApplication(this)
internal fun NativeReceipt.forApplication() = receipts.forApplication(this)
