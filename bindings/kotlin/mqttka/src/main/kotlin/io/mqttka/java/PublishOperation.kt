package io.mqttka.java

import io.mqttka.Operation
import io.mqttka.Outcome
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.future.future
import java.util.concurrent.CompletableFuture

/** A publish under way, as [MqttkaClient.beginPublish] gives it. Forgetting it changes nothing for the publish. */
public class PublishOperation internal constructor(private val operation: Operation) {
    /** See [Operation.outcome]; any number of times. Cancelling the future gives up the wait only. */
    @OptIn(DelicateCoroutinesApi::class)
    public fun outcome(): CompletableFuture<Outcome> =
        GlobalScope.future(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) { operation.outcome() }

    /** See [Operation.cancel]. */
    public fun cancel(): Unit = operation.cancel()
}
