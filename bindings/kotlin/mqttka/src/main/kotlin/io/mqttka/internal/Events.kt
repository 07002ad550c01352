package io.mqttka.internal

import io.mqttka.Connected
import io.mqttka.Disconnected
import io.mqttka.Ended
import io.mqttka.Event
import io.mqttka.EventKind
import io.mqttka.FlightRecord
import io.mqttka.LostSubscription
import io.mqttka.ReconnectStopped
import io.mqttka.Reconnecting
import io.mqttka.StreamEnd
import io.mqttka.internal.uniffi.NativeConnected
import io.mqttka.internal.uniffi.NativeDisconnected
import io.mqttka.internal.uniffi.NativeEnded
import io.mqttka.internal.uniffi.NativeEvent
import io.mqttka.internal.uniffi.NativeEventKind
import io.mqttka.internal.uniffi.NativeLostSubscription
import io.mqttka.internal.uniffi.NativeReconnectStopped
import io.mqttka.internal.uniffi.NativeReconnecting
import io.mqttka.internal.uniffi.NativeStreamEnd
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toKotlinDuration

internal fun NativeEvent.forApplication() = Event(
    connectionNumber.toLong(),
    attemptNumber.toInt(),
    kind.forApplication(),
    attempted?.forApplication(),
    willReconnect,
    isFinal,
    detail,
    record?.let { FlightRecord(it.text, it.json) },
    userProperties.forApplication(),
)

internal fun NativeEventKind.forApplication(): EventKind = when (this) {
    is NativeEventKind.Connected -> EventKind.Connected(info.forApplication())
    is NativeEventKind.Disconnected -> EventKind.Disconnected(info.forApplication())
    is NativeEventKind.ConnectFailed -> EventKind.ConnectFailed(error.forApplication(), detail)
    is NativeEventKind.Reconnecting -> EventKind.Reconnecting(info.forApplication())
    is NativeEventKind.ReconnectStopped -> EventKind.ReconnectStopped(info.forApplication())
    is NativeEventKind.SubscriptionsLost ->
        EventKind.SubscriptionsLost(subscriptions.map { it.forApplication() }, reasonString)
    is NativeEventKind.Suspect -> EventKind.Suspect(liveness.forApplication())
    is NativeEventKind.Alive -> EventKind.Alive(liveness.forApplication())
    is NativeEventKind.Moved -> EventKind.Moved(info.forApplication())
    is NativeEventKind.Other -> EventKind.Other(detail)
}

internal fun NativeConnected.forApplication() = Connected(
    sessionPresent,
    sessionLost,
    offline?.toKotlinDuration(),
    resubscribed.toInt(),
    sentAgain.toInt(),
    lost.toInt(),
    keepAlive.toInt().seconds,
    receiveMaximum.toInt(),
    maximumPacketSize.toLong(),
    maximumQos.forApplication(),
    retainAvailable,
    assignedClientIdentifier,
    responseInformation,
    properties.map { it.forApplication() },
    if (sessionExpiryInterval == UInt.MAX_VALUE) Duration.INFINITE else sessionExpiryInterval.toLong().seconds,
    topicAliasMaximum.toInt(),
    wildcardSubscriptionAvailable,
    subscriptionIdentifiersAvailable,
    sharedSubscriptionAvailable,
    serverReference,
    reasonString,
    authenticationMethod,
)

private fun NativeDisconnected.forApplication() =
    Disconnected(cause.forApplication(), detail, keepAlive.toInt().seconds, liveness.forApplication())

private fun NativeEnded.forApplication(): Ended = when (this) {
    is NativeEnded.Disconnected -> Ended.Disconnected(cause.forApplication(), detail)
    is NativeEnded.ConnectFailed -> Ended.ConnectFailed(error.forApplication(), detail)
}

private fun NativeReconnecting.forApplication() =
    Reconnecting(attemptNumber.toInt(), delay.toKotlinDuration(), cause.forApplication())

private fun NativeReconnectStopped.forApplication() =
    ReconnectStopped(reason.forApplication(), detail, cause.forApplication())

private fun NativeLostSubscription.forApplication() =
    LostSubscription(filter, reasonCode?.forApplication(), detail)

internal fun NativeStreamEnd.forApplication(): StreamEnd = when (this) {
    is NativeStreamEnd.Disconnected -> StreamEnd.Disconnected(cause.forApplication(), detail)
    is NativeStreamEnd.ConnectFailed -> StreamEnd.ConnectFailed(error.forApplication(), detail)
    is NativeStreamEnd.SubscribeFailed ->
        StreamEnd.SubscribeFailed(detail, reasonCode?.forApplication(), reasonString, userProperties.forApplication())
    is NativeStreamEnd.Unsubscribed -> StreamEnd.Unsubscribed
    is NativeStreamEnd.Closed -> StreamEnd.Closed
    is NativeStreamEnd.Other -> StreamEnd.Other(detail)
}
