package io.mqttka.internal

import io.mqttka.Message
import io.mqttka.Property
import io.mqttka.Subscription
import io.mqttka.internal.uniffi.AcknowledgementsHandle
import io.mqttka.internal.uniffi.NativeMessage
import io.mqttka.internal.uniffi.NativeSubscription

internal fun Message.toNative() = NativeMessage(
    topic, payload, qos.toNative(), retain, properties.map { it.toNative() }, dup, connectionNumber.toULong(),
)

internal fun NativeMessage.forApplication(acknowledgements: AcknowledgementsHandle? = null) = Message(
    topic,
    payload,
    qos.forApplication(),
    retain,
    properties.map { it.forApplication() },
    dup,
    connectionNumber.toLong(),
).also {
    if (acknowledgements != null && acknowledgement > 0u) {
        it.acknowledgement = Acknowledgement(acknowledgements, acknowledgement)
    }
}

internal fun Subscription.toNative() =
    NativeSubscription(filter, qos.toNative(), noLocal, retainAsPublished, retainHandling.toNative())

internal fun List<Subscription>.toNative(): List<NativeSubscription> = map { it.toNative() }

@JvmName("propertiesToNative")
internal fun List<Property>.toNative() = map { it.toNative() }
