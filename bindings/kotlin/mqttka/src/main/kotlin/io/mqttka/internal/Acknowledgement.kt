package io.mqttka.internal

import io.mqttka.MqttkaException
import io.mqttka.ReasonCode
import io.mqttka.UserProperty
import io.mqttka.internal.uniffi.AcknowledgementsHandle
import io.mqttka.internal.uniffi.NativeUserProperty
import io.mqttka.internal.uniffi.UniffiLib
import java.util.concurrent.atomic.AtomicBoolean

/**
 * The acknowledgement of one message that the application gives. Where nobody can give it any more, the garbage
 * collector gives the message back.
 */
internal class Acknowledgement(private val all: AcknowledgementsHandle, private val number: ULong) {
    private val decided = AtomicBoolean()

    init {
        UniffiLib.CLEANER.register(this, GiveBack(all, number, decided))
    }

    fun acknowledge() {
        if (decided.compareAndSet(false, true)) all.acknowledge(listOf(number))
    }

    /** @throws MqttkaException where it cannot be refused so: nothing was decided. */
    fun refuse(reasonCode: ReasonCode, reasonString: String?, userProperties: List<UserProperty>) {
        val properties = userProperties.map { NativeUserProperty(it.name, it.value) }
        native { all.refuse(number, reasonCode.toNative(), reasonString, properties) }
        decided.set(true)
    }

    fun giveBack() = GiveBack(all, number, decided).run()

    /** It does not know the acknowledgement, which would never be collected. */
    private class GiveBack(
        private val all: AcknowledgementsHandle,
        private val number: ULong,
        private val decided: AtomicBoolean,
    ) : Runnable {
        override fun run() {
            if (decided.compareAndSet(false, true)) all.giveBack(listOf(number))
        }
    }
}
