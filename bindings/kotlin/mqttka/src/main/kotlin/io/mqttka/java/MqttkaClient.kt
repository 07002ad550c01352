package io.mqttka.java

import io.mqttka.Client
import io.mqttka.Connected
import io.mqttka.ConnectionState
import io.mqttka.Counters
import io.mqttka.DisconnectOptions
import io.mqttka.LifecycleListener
import io.mqttka.Message
import io.mqttka.Metric
import io.mqttka.NetworkUpdate
import io.mqttka.Outcome
import io.mqttka.Property
import io.mqttka.Qos
import io.mqttka.ReasonCode
import io.mqttka.Status
import io.mqttka.Subscription
import io.mqttka.UserProperty
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.future.await
import kotlinx.coroutines.future.future
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.function.Consumer
import java.util.function.Function
import kotlin.time.toKotlinDuration
import java.time.Duration as JavaDuration

/**
 * A [Client] for Java: what suspends in Kotlin is a [CompletableFuture] here.
 *
 * ```java
 * try (var client = MqttkaClient.builder("mqtts://broker.example").keepAlive(Duration.ofSeconds(30)).build()) {
 *     client.connect().join();
 *     client.publish("greetings", "hello", Qos.AT_LEAST_ONCE).join();
 * }
 * ```
 *
 * Each call takes effect before it returns, so that publishes go out in the order of their calls. A future
 * fails with an [io.mqttka.MqttkaException] (`join` wraps it in a `CompletionException`). Cancelling the future itself,
 * not one that is chained to it, withdraws the operation where it is still queued; see [Client]. What is chained to a
 * future runs on a thread of the library's own, which it may keep as long as it likes.
 */
public class MqttkaClient internal constructor(
    /** The same client, for Kotlin. */
    public val kotlin: Client,
) : AutoCloseable {
    /** See [Client.connect]. */
    public fun connect(): CompletableFuture<Connected> = start { kotlin.connect() }

    /** See [Client.connectNowait]. */
    public fun connectNowait(): Unit = kotlin.connectNowait()

    /**
     * See [Client.disconnect] and [DisconnectOptions]; a [drainTimeout] of null is none, and a
     * [sessionExpiryInterval] of null leaves it as it is.
     */
    @JvmOverloads
    public fun disconnect(
        drainTimeout: JavaDuration? = null,
        reasonCode: ReasonCode = ReasonCode.SUCCESS,
        sessionExpiryInterval: JavaDuration? = null,
        reasonString: String? = null,
        userProperties: List<UserProperty> = emptyList(),
    ): CompletableFuture<Void?> = start {
        kotlin.disconnect(
            DisconnectOptions(
                reasonCode,
                drainTimeout?.toKotlinDuration(),
                sessionExpiryInterval?.toKotlinDuration(),
                reasonString,
                userProperties,
            ),
        )
        null
    }

    /** See [Client.publish]; a [timeout] of null is none. */
    @JvmOverloads
    public fun publish(
        message: Message,
        timeout: JavaDuration? = null,
        receipt: Boolean = false,
    ): CompletableFuture<Outcome> = start { kotlin.publish(message, timeout?.toKotlinDuration(), receipt) }

    /** See [Client.beginPublish]; a [timeout] of null is none. */
    @JvmOverloads
    public fun beginPublish(
        message: Message,
        timeout: JavaDuration? = null,
        receipt: Boolean = false,
    ): PublishOperation = PublishOperation(kotlin.beginPublish(message, timeout?.toKotlinDuration(), receipt))

    /** See [Client.flush]; a [timeout] of null is none. */
    @JvmOverloads
    public fun flush(timeout: JavaDuration? = null): CompletableFuture<Void?> = start {
        kotlin.flush(timeout?.toKotlinDuration())
        null
    }

    /** See [Client.request]; a [timeout] of null is 30 s. */
    @JvmOverloads
    public fun request(message: Message, timeout: JavaDuration? = null): CompletableFuture<Message> =
        start { kotlin.request(message, timeout?.toKotlinDuration()) }

    /** As [request] of a [Message] with text. */
    public fun request(topic: String, payload: String, qos: Qos): CompletableFuture<Message> =
        request(Message(topic, payload, qos))

    /** See [Client.reply]; a [timeout] of null is none. */
    @JvmOverloads
    public fun reply(request: Message, payload: ByteArray, timeout: JavaDuration? = null): CompletableFuture<Outcome> =
        start { kotlin.reply(request, payload, timeout?.toKotlinDuration()) }

    /**
     * See [Client.respond]; [answer] is called with one request after the other, on a thread for I/O, on which it may
     * block, and null is no answer. Several at a time: [respondAsync]. Cancelling the future ends it.
     */
    public fun respond(filter: String, qos: Qos, answer: Function<Message, ByteArray?>): CompletableFuture<Void?> =
        respond(filter, qos, {}, answer)

    /** As [respond]; [onSubscribed] is called once, when the broker has granted the subscription. */
    public fun respond(
        filter: String,
        qos: Qos,
        onSubscribed: Runnable,
        answer: Function<Message, ByteArray?>,
    ): CompletableFuture<Void?> = answering(filter, qos, onSubscribed) { request -> answer.apply(request) }

    /**
     * See [Client.respond]: [answer] gives what will be the answer, or null, and is called with the next request at once,
     * so that they are answered several at a time, in any order. It is called with one request after the other, on a
     * thread for I/O; a stage that fails ends all, as what [answer] throws does. With an executor of your own:
     *
     * ```java
     * client.respondAsync("square", Qos.AT_LEAST_ONCE, request -> CompletableFuture.supplyAsync(() -> square(request), executor));
     * ```
     *
     * Cancelling the future ends it. The futures that have no answer yet are cancelled then.
     */
    public fun respondAsync(
        filter: String,
        qos: Qos,
        answer: Function<Message, CompletionStage<ByteArray?>?>,
    ): CompletableFuture<Void?> = respondAsync(filter, qos, {}, answer)

    /** As [respondAsync]; [onSubscribed] is called once, when the broker has granted the subscription. */
    public fun respondAsync(
        filter: String,
        qos: Qos,
        onSubscribed: Runnable,
        answer: Function<Message, CompletionStage<ByteArray?>?>,
    ): CompletableFuture<Void?> = answering(filter, qos, onSubscribed) { request -> answer.apply(request)?.await() }

    @OptIn(DelicateCoroutinesApi::class)
    private fun answering(
        filter: String,
        qos: Qos,
        onSubscribed: Runnable,
        answer: suspend (Message) -> ByteArray?,
    ): CompletableFuture<Void?> = GlobalScope.future(Dispatchers.IO, CoroutineStart.UNDISPATCHED) {
        kotlin.respond(filter, qos, onSubscribed::run, answer)
        null
    }

    /** See [Client.reauthenticate]. */
    public fun reauthenticate(): CompletableFuture<Outcome> = start { kotlin.reauthenticate() }

    /** See [Client.negotiated]. */
    public fun negotiated(): Connected? = kotlin.negotiated

    /** See [Client.counters]. */
    public fun counters(): Counters = kotlin.counters()

    /** See [Client.metrics]. */
    public fun metrics(): List<Metric> = kotlin.metrics()

    /** See [Client.publish]. */
    @JvmOverloads
    public fun publish(topic: String, payload: String, qos: Qos = Qos.AT_MOST_ONCE): CompletableFuture<Outcome> =
        publish(Message(topic, payload, qos))

    /** See [Client.publish]. */
    @JvmOverloads
    public fun publish(topic: String, payload: ByteArray, qos: Qos = Qos.AT_MOST_ONCE): CompletableFuture<Outcome> =
        publish(Message(topic, payload, qos))

    /** See [Client.enqueue]; a [timeout] of null is none. */
    @JvmOverloads
    public fun enqueue(message: Message, timeout: JavaDuration? = null): Unit =
        kotlin.enqueue(message, timeout?.toKotlinDuration())

    /** See [Client.enqueueAll]; a [timeout] of null is none. */
    @JvmOverloads
    public fun enqueueAll(messages: List<Message>, timeout: JavaDuration? = null): Int =
        kotlin.enqueueAll(messages, timeout?.toKotlinDuration())

    /**
     * Subscribes to [filter], and gives the messages one by one to whoever takes them from the
     * subscription. Closing it unsubscribes.
     */
    public fun subscription(filter: String, qos: Qos): CompletableFuture<MessageSubscription> =
        subscription(listOf(Subscription(filter, qos)))

    /** As [subscription] of several filters, with one SUBSCRIBE. */
    public fun subscription(subscriptions: List<Subscription>): CompletableFuture<MessageSubscription> =
        subscription(subscriptions, manualAcknowledgement = false)

    /** As [subscription]; with [manualAcknowledgement], messages are acknowledged by [Message.acknowledge]. */
    public fun subscription(
        subscriptions: List<Subscription>,
        manualAcknowledgement: Boolean,
    ): CompletableFuture<MessageSubscription> = subscription(subscriptions, emptyList(), false, manualAcknowledgement)

    /** See [Client.subscription]. */
    public fun subscription(
        subscriptions: List<Subscription>,
        properties: List<Property>,
        outlivesConnections: Boolean,
        manualAcknowledgement: Boolean,
    ): CompletableFuture<MessageSubscription> = start {
        MessageSubscription(kotlin.subscription(subscriptions, properties, outlivesConnections, manualAcknowledgement))
    }

    /** See [Client.openMessages]; a [filter] of null is all messages. */
    @JvmOverloads
    public fun openMessages(filter: String? = null, manualAcknowledgement: Boolean = false): MessageSubscription =
        MessageSubscription(kotlin.openMessages(filter, manualAcknowledgement))

    /**
     * Subscribes to [filter], and calls [consumer] with each message, one after the other, on a thread for
     * I/O, on which it may block. A QoS 1 or 2 message is acknowledged when [consumer] has returned; what
     * it throws goes to the logger `io.mqttka` of `java.util.logging`, and the next message follows.
     */
    public fun subscribe(filter: String, qos: Qos, consumer: Consumer<Message>): CompletableFuture<MessageSubscription> =
        subscribe(listOf(Subscription(filter, qos)), consumer)

    /** As [subscribe] to several filters, with one SUBSCRIBE. */
    public fun subscribe(
        subscriptions: List<Subscription>,
        consumer: Consumer<Message>,
    ): CompletableFuture<MessageSubscription> = subscribe(subscriptions, emptyList(), false, false, consumer)

    /** As [subscribe] with a consumer, with all that [Client.subscription] takes. */
    public fun subscribe(
        subscriptions: List<Subscription>,
        properties: List<Property>,
        outlivesConnections: Boolean,
        manualAcknowledgement: Boolean,
        consumer: Consumer<Message>,
    ): CompletableFuture<MessageSubscription> = start {
        val stream = kotlin.subscription(subscriptions, properties, outlivesConnections, manualAcknowledgement)
        MessageSubscription(stream).also { it.deliver(consumer) }
    }

    /** See [Client.subscribe]: the messages go to what [openMessages] gives, which is to be opened first. */
    @JvmOverloads
    public fun subscribe(subscriptions: List<Subscription>, properties: List<Property> = emptyList()): CompletableFuture<Outcome> =
        start { kotlin.subscribe(subscriptions, properties) }

    /** See [Client.unsubscribe]. */
    @JvmOverloads
    public fun unsubscribe(filters: List<String>, properties: List<Property> = emptyList()): CompletableFuture<Outcome> =
        start { kotlin.unsubscribe(filters, properties) }

    /** See [Client.unsubscribe]. */
    public fun unsubscribe(filter: String): CompletableFuture<Outcome> = start { kotlin.unsubscribe(filter) }

    /** See [Client.addListener]. */
    public fun addListener(listener: LifecycleListener): AutoCloseable = kotlin.addListener(listener)

    /** See [Client.state]. */
    public fun state(): ConnectionState = kotlin.state.value

    /** See [Client.status]. */
    public fun status(): Status = kotlin.status()

    /** See [Client.probeNow]. */
    public fun probeNow(timeout: JavaDuration): Unit = kotlin.probeNow(timeout.toKotlinDuration())

    /** See [Client.networkChanged]. */
    public fun networkChanged(update: NetworkUpdate): Unit = kotlin.networkChanged(update)

    /** See [Client.reconnectNow]. */
    public fun reconnectNow(): Unit = kotlin.reconnectNow()

    /** See [Client.enteredBackground]. */
    public fun enteredBackground(): Unit = kotlin.enteredBackground()

    /** See [Client.enteredForeground]. */
    public fun enteredForeground(): Unit = kotlin.enteredForeground()

    /** See [Client.close]. */
    override fun close(): Unit = kotlin.close()

    /** See [Client.abort]. */
    public fun abort(): Unit = kotlin.abort()

    /** Until the operation waits, it runs here; so operations are in the order of their calls. */
    @OptIn(DelicateCoroutinesApi::class)
    private fun <T> start(operation: suspend CoroutineScope.() -> T): CompletableFuture<T> =
        GlobalScope.future(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED, operation)

    public companion object {
        /** Begins with the server at [uri]. */
        @JvmStatic
        public fun builder(uri: String): MqttkaClientBuilder = MqttkaClientBuilder(uri)

        /** Begins with nothing; set [MqttkaClientBuilder.host]. */
        @JvmStatic
        public fun builder(): MqttkaClientBuilder = MqttkaClientBuilder(null)
    }
}
