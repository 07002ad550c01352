package io.mqttka

import io.mqttka.internal.forApplication
import io.mqttka.internal.native
import io.mqttka.internal.uniffi.OperationHandle

/** An operation under way: what [Client.beginPublish] gives. Forgetting it changes nothing for the operation. */
public class Operation internal constructor(private val handle: OperationHandle) {
    /**
     * Waits for the outcome; any number of times, and giving up changes nothing for the operation.
     *
     * @throws MqttkaException says why it did not succeed.
     */
    public suspend fun outcome(): Outcome = native { handle.outcome() }.forApplication()

    /**
     * Cancels the operation where it is still queued: it then fails with [MqttkaException.Cancelled], and is never
     * sent. What was sent goes on, also where it waits to be sent again, and has the outcome that it would have
     * had.
     */
    public fun cancel(): Unit = handle.cancel()
}
