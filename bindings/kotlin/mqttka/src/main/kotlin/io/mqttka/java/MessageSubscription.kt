package io.mqttka.java

import io.mqttka.Message
import io.mqttka.MessageStream
import io.mqttka.Outcome
import io.mqttka.ReasonCode
import io.mqttka.StreamEnd
import io.mqttka.internal.guarded
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.future.future
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import java.util.concurrent.CompletableFuture
import java.util.function.Consumer
import kotlin.time.toKotlinDuration
import java.time.Duration as JavaDuration

/**
 * A [MessageStream] for Java. Closing it unsubscribes.
 *
 * A message of QoS 1 or 2 is acknowledged when it was taken, by [take], [poll] or an iterator. Where that is
 * to be after it was processed, let [MqttkaClient.subscribe] call a consumer.
 */
public class MessageSubscription internal constructor(
    private val stream: MessageStream,
) : AutoCloseable, Iterable<Message> {
    private val ended = CompletableFuture<Void?>()

    /** What the broker granted, one code per filter. */
    public val granted: List<ReasonCode> get() = stream.granted

    /** See [MessageStream.end]. */
    public val end: StreamEnd? get() = stream.end

    /** See [MessageStream.unsubscribe]. */
    @OptIn(DelicateCoroutinesApi::class)
    public fun unsubscribe(): CompletableFuture<Outcome> =
        GlobalScope.future(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) { stream.unsubscribe() }

    /**
     * Completes when a subscription with a consumer has ended: normally where the application closed it or
     * the client, else with [io.mqttka.MqttkaException.StreamEnded].
     */
    public fun ended(): CompletableFuture<Void?> = ended.copy()

    /**
     * Waits for the next message, as long as it takes. Null: nothing follows, as the application wished.
     *
     * @throws io.mqttka.MqttkaException.StreamEnded when the stream ended otherwise.
     * @throws InterruptedException where the thread is interrupted; nothing is lost.
     */
    @Throws(InterruptedException::class)
    public fun take(): Message? = runBlocking { next() }

    /** As [take], but waits no longer than [timeout]; null then, too. */
    @Throws(InterruptedException::class)
    public fun poll(timeout: JavaDuration): Message? =
        runBlocking { withTimeoutOrNull(timeout.toKotlinDuration()) { next() } }

    /** Waits for the messages one by one; it ends as [take] does. */
    override fun iterator(): Iterator<Message> = object : Iterator<Message> {
        private var ahead: Message? = null

        override fun hasNext(): Boolean {
            ahead = ahead ?: take()
            return ahead != null
        }

        override fun next(): Message = if (hasNext()) ahead!!.also { ahead = null } else throw NoSuchElementException()
    }

    override fun close(): Unit = stream.close()

    private suspend fun next(): Message? {
        var message: Message? = null
        stream.nextBatch(1) { message = it.single() }
        return message
    }

    @OptIn(DelicateCoroutinesApi::class)
    internal fun deliver(consumer: Consumer<Message>) {
        GlobalScope.future(Dispatchers.IO, CoroutineStart.DEFAULT) {
            stream.asFlow().collect { guarded(consumer) { consumer.accept(it) } }
        }.whenComplete { _, failure ->
            if (failure == null) ended.complete(null) else ended.completeExceptionally(failure)
        }
    }
}
