package io.mqttka

import io.mqttka.internal.Lifecycle
import io.mqttka.internal.answerAll
import io.mqttka.internal.forApplication
import io.mqttka.internal.length
import io.mqttka.internal.native
import io.mqttka.internal.outcomeOrCancel
import io.mqttka.internal.requestsOrCancel
import io.mqttka.internal.responseOrCancel
import io.mqttka.internal.streamOrCancel
import io.mqttka.internal.toNative
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlin.time.Duration

/**
 * An MQTT client that keeps one promise: when the path or the broker is gone, exactly one
 * disconnect event comes within 1.5 x keep-alive. Then it comes back by itself, unless
 * [Options.reconnect] is false. [How, and what is not
 * promised](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md).
 *
 * ```
 * Client("mqtts://broker.example").use { client ->
 *     client.connect()
 *     client.publish("greetings", "hello")
 *     client.subscription("a/#", Qos.AT_LEAST_ONCE).use { messages ->
 *         messages.asFlow().collect { println("${it.topic}: ${it.payloadAsString}") }
 *     }
 * }
 * ```
 *
 * [connect] is for the first connection; what is published and subscribed before it waits for it.
 * Every method may be called from any thread, and none blocks one. Cancelling a coroutine that waits, also by
 * `withTimeout`, withdraws what it waits for where that is still queued; what was sent keeps its outcome, of which
 * nobody hears then. Cancelling [connect] ends the attempt, [subscription] the subscription, and [disconnect] nothing
 * but the wait.
 *
 * A client that is unreachable, with all its streams, is closed when the garbage collector finds it.
 *
 * @param options How to connect, and what bounds to keep.
 * @param listener Hears lifecycle events on a thread of the library's own.
 * @throws MqttkaException.InvalidOption names the option that is wrong.
 */
public class Client(options: Options, listener: LifecycleListener? = null) : AutoCloseable {
    private val lifecycle = Lifecycle(options, listener)
    private val handle = lifecycle.handle

    /** For the server at [uri], with the options that [configure] sets; [listener] as above. */
    public constructor(
        uri: String,
        listener: LifecycleListener? = null,
        configure: OptionsBuilder.() -> Unit = {},
    ) : this(Options(uri, configure), listener)

    /** Where the client stands. A slow collector misses values, but never the newest. */
    public val state: StateFlow<ConnectionState> = lifecycle.states.state.asStateFlow()

    /**
     * All events, for each collector from the moment that it begins; it completes when the client was
     * closed. A collector may be slow: up to 1,024 events wait for it, and where there are more it fails
     * with [MqttkaException.EventsNotTaken], so that none is lost in silence. A [LifecycleListener] hears
     * events in time even where every dispatcher is stuck.
     *
     * A coroutine that is launched begins some time later. Where it must not miss the first event,
     * launch it with [kotlinx.coroutines.CoroutineStart.UNDISPATCHED].
     */
    public val events: Flow<Event> get() = lifecycle.events

    /**
     * Starts a connection attempt, at once also where the client waits to try again, and waits for
     * how this attempt ends, at most [Options.connectTimeout]. Where it fails, the client tries
     * again by itself; [state] and the listener tell how that goes. Cancelling it ends the attempt,
     * and the client then does not try again; calling it again first waits for that end, and for
     * that of a connection that is disconnecting.
     *
     * @throws MqttkaException.ConnectFailed says why there is no connection yet.
     * @throws MqttkaException.AlreadyConnected while connecting or connected.
     */
    public suspend fun connect(): Connected = lifecycle.connect()

    /**
     * Begins to connect and does not wait: [events] and [state] tell how it goes. What is published and
     * subscribed waits for the connection, so that a program can start while offline.
     *
     * @throws MqttkaException.AlreadyConnected while connecting, connected or disconnecting.
     */
    public fun connectNowait(): Unit = lifecycle.beginConnecting()

    /**
     * Sends DISCONNECT after what is queued and waits for the end, within min(keep-alive / 2, 2 s).
     * With a [drainTimeout], up to 1 day, it first waits for so long until everything that was
     * queued is acknowledged; new operations wait for the next connection, or are refused where the
     * client does not come back by itself. Cancelling it gives up the wait only. The client does not
     * come back from it by itself; where it waits to try again, it stops that.
     *
     * @throws MqttkaException.NotConnected where there is nothing to end.
     * @throws MqttkaException.InvalidOption for a reason code that is not a client's, and for
     *   timeouts out of bounds.
     */
    public suspend fun disconnect(
        reasonCode: ReasonCode = ReasonCode.SUCCESS,
        drainTimeout: Duration? = null,
    ): Unit = disconnect(DisconnectOptions(reasonCode, drainTimeout))

    /**
     * As [disconnect] with a reason code, with all that the broker can be told.
     *
     * @throws MqttkaException.NotSupported for a session expiry interval in 3.1.1.
     */
    public suspend fun disconnect(options: DisconnectOptions): Unit = lifecycle.beginEnd(options).outcome()

    /** What was negotiated for the present connection; null while there is none. */
    public val negotiated: Connected? get() = handle.negotiated()?.forApplication()

    /**
     * Publishes [message], and waits until it was handed to the socket (QoS 0) or the broker has
     * it (QoS 1 and 2), where the client comes back by itself also over several connections. After
     * [timeout], 1 ms to 365 days, it is sent no more, and this fails with
     * [MqttkaException.TimedOut]. Cancelling it withdraws the message where it is still queued; what was sent goes
     * its way.
     *
     * @param receipt QoS 0: wait until the broker has read the message, as it answered a PINGREQ that followed it
     *   ([Receipt.READ]). At most one PINGREQ more goes with each write, whatever the number of messages in it.
     *   Where the connection ends first, this fails with [MqttkaException.Disconnected].
     * @throws MqttkaException says why it did not arrive, or that this is not known.
     */
    public suspend fun publish(message: Message, timeout: Duration? = null, receipt: Boolean = false): Outcome {
        val limit = timeout?.let { length("publish_timeout", it) }
        return native { handle.publish(message.toNative(), limit, receipt) }.outcomeOrCancel()
    }

    /** As [publish], without waiting: what it gives can be waited for, and cancelled. */
    public fun beginPublish(message: Message, timeout: Duration? = null, receipt: Boolean = false): Operation {
        val limit = timeout?.let { length("publish_timeout", it) }
        return Operation(native { handle.publish(message.toNative(), limit, receipt) })
    }

    /**
     * Waits until the broker has read everything that was asked for before: publishes, subscribes and unsubscribes
     * have left, and it answered a PINGREQ that followed them on the same connection. That is no acknowledgement:
     * what the broker made of QoS 0 nobody tells. Between connections it waits for the next one.
     *
     * @param timeout 1 ms to 365 days; null: for ever.
     * @throws MqttkaException.TimedOut, [MqttkaException.Disconnected] where the connection ended after all of it was
     *   sent and before the answer.
     */
    public suspend fun flush(timeout: Duration? = null) {
        val limit = timeout?.let { length("flush_timeout", it) }
        native { handle.flush(limit) }.outcomeOrCancel()
    }

    /**
     * Publishes a request, and waits for its response. Response Topic and Correlation Data are the library's, which
     * subscribes to a topic for responses with the first request; 5.0 only. While the client comes back by itself, it
     * waits. Cancelling this withdraws the request where it is still queued; a response that comes later is nobody's.
     *
     * ```
     * val response = client.request("lights/state", "kitchen", timeout = 5.seconds)
     * println(response.payloadAsString)
     * ```
     *
     * @param timeout How long to wait, 1 ms to 365 days. Null: 30 s.
     * @throws MqttkaException.TimedOut where no response came; [MqttkaException.Refused] where the broker refuses the
     *   request, or says that nobody subscribes to its topic; [MqttkaException.NotSupported] in 3.1.1.
     */
    public suspend fun request(message: Message, timeout: Duration? = null): Message {
        val limit = timeout?.let { length("request_timeout", it) }
        return native { handle.request(message.toNative(), limit) }.responseOrCancel()
    }

    /** As [request] of a [Message] with text. */
    public suspend fun request(
        topic: String,
        payload: String,
        qos: Qos = Qos.AT_LEAST_ONCE,
        timeout: Duration? = null,
    ): Message = request(Message(topic, payload, qos), timeout)

    /**
     * Subscribes to [filter], and answers the requests that come: the payload that [answer] gives goes to the request's
     * Response Topic, with its Correlation Data and at its QoS; null is no answer. Messages that are no requests are
     * dropped; 5.0 only. To answer with more than a payload, open a [subscription], and publish what [Message.replyTo]
     * makes.
     *
     * Requests are answered several at a time, each in a coroutine of its own in the caller's context: [answer] is called
     * in the order in which they came, and for the next one when it suspends. One that never suspends answers one after
     * the other. Up to 1024 are being answered, and no further one is begun while those have 1 MiB of payload; the others
     * wait as the messages of a stream do. A request of QoS 1 or 2 is acknowledged when it was answered.
     *
     * A shared subscription (`$share/group/...`) divides the requests among all responders of its group.
     *
     * It returns when the client was closed. Cancelling it ends the subscription, and so does what [answer] throws,
     * which it throws. Whatever ends it cancels the answers that are under way, and gives their requests back: those of
     * QoS 1 and 2 come again.
     *
     * ```
     * launch { client.respond("lights/state") { request -> stateOf(request.payloadAsString).encodeToByteArray() } }
     * ```
     *
     * @param onSubscribed Called once, when the broker has granted the subscription: requests are answered from then on.
     * @throws MqttkaException.NotSupported in 3.1.1; [MqttkaException.Refused] where the broker refuses the
     *   subscription.
     */
    public suspend fun respond(
        filter: String,
        qos: Qos = Qos.AT_LEAST_ONCE,
        onSubscribed: () -> Unit = {},
        answer: suspend (Message) -> ByteArray?,
    ) {
        val opening = native { handle.responding(listOf(Subscription(filter, qos)).toNative(), emptyList()) }
        opening.requestsOrCancel().use { requests ->
            onSubscribed()
            requests.answerAll(answer)
        }
    }

    /** Publishes the answer to [request], which [Message.replyTo] makes, and waits as [publish] does. */
    public suspend fun reply(request: Message, payload: ByteArray, timeout: Duration? = null): Outcome =
        publish(request.replyTo(payload), timeout)

    /**
     * Proves to the broker anew who the client is, with [Options.authenticator], while the connection goes on: for
     * example before a token expires. A failure ends the connection, but where the authenticator has nothing to begin
     * with.
     *
     * @throws MqttkaException.Authentication where this side gives up, or the broker does not answer in time;
     *   [MqttkaException.Refused] where the broker refuses it; [MqttkaException.NotConnected].
     */
    public suspend fun reauthenticate(): Outcome = native { handle.reauthenticate() }.outcomeOrCancel()

    /** As [publish] of a [Message] with these fields. */
    public suspend fun publish(
        topic: String,
        payload: ByteArray,
        qos: Qos = Qos.AT_MOST_ONCE,
        retain: Boolean = false,
        properties: List<Property> = emptyList(),
        timeout: Duration? = null,
        receipt: Boolean = false,
    ): Outcome = publish(Message(topic, payload, qos, retain, properties), timeout, receipt)

    /** As [publish] of a [Message] with text, which is sent as UTF-8. */
    public suspend fun publish(
        topic: String,
        payload: String,
        qos: Qos = Qos.AT_MOST_ONCE,
        retain: Boolean = false,
        properties: List<Property> = emptyList(),
        timeout: Duration? = null,
        receipt: Boolean = false,
    ): Outcome = publish(Message(topic, payload, qos, retain, properties), timeout, receipt)

    /**
     * Queues [message], and waits for nothing. After [timeout] it is sent no more.
     *
     * @throws MqttkaException.QueueFull at the limits of [Options], by [Options.queuePolicy].
     */
    public fun enqueue(message: Message, timeout: Duration? = null) {
        val limit = timeout?.let { length("publish_timeout", it) }
        native { handle.enqueuePublish(message.toNative(), limit) }
    }

    /**
     * Queues [messages] in order until one is refused, and gives how many were queued. One call
     * for many messages costs a fraction of many calls.
     *
     * @throws MqttkaException says why the first was refused.
     */
    public fun enqueueAll(messages: List<Message>, timeout: Duration? = null): Int {
        val limit = timeout?.let { length("publish_timeout", it) }
        return native { handle.enqueueAll(messages.map { it.toNative() }, limit).toInt() }
    }

    /**
     * Subscribes to all [subscriptions] with one SUBSCRIBE. The messages go to streams that match them:
     * open these first, or use [subscription].
     *
     * @throws MqttkaException.Refused where the broker refuses one of them.
     */
    public suspend fun subscribe(
        subscriptions: List<Subscription>,
        properties: List<Property> = emptyList(),
    ): Outcome = native { handle.subscribe(subscriptions.toNative(), properties.toNative()) }.outcomeOrCancel()

    /** As [subscribe] of one [Subscription]. */
    public suspend fun subscribe(filter: String, qos: Qos = Qos.AT_MOST_ONCE): Outcome =
        subscribe(listOf(Subscription(filter, qos)))

    /** Unsubscribes from all [filters] with one UNSUBSCRIBE. */
    public suspend fun unsubscribe(
        filters: List<String>,
        properties: List<Property> = emptyList(),
    ): Outcome = native { handle.unsubscribe(filters, properties.toNative()) }.outcomeOrCancel()

    /** As [unsubscribe] from one filter. */
    public suspend fun unsubscribe(filter: String): Outcome = unsubscribe(listOf(filter))

    /**
     * Opens a stream of the messages that match [subscriptions], subscribes to them with one
     * SUBSCRIBE, and waits for the broker's answer, so that no retained message is lost. Closing the
     * stream ends the subscription with UNSUBSCRIBE, and so does cancelling this call.
     *
     * Where the client comes back by itself, the stream goes on over all its connections, and is
     * subscribed again where the broker lost the session; it ends when the client does not come
     * back any more, which its consumers hear as [MqttkaException.StreamEnded], unless
     * [outlivesConnections]. A slow consumer slows the broker down at QoS 1 and 2, and loses
     * messages at QoS 0 above [Options.inboundQueueMaxBytes].
     *
     * @param manualAcknowledgement QoS 1 and 2 messages are acknowledged when the application says so, with
     *   [Message.acknowledge] or [Message.refuse], not when they were consumed.
     * @throws MqttkaException.Refused where the broker refuses one of them.
     */
    public suspend fun subscription(
        subscriptions: List<Subscription>,
        properties: List<Property> = emptyList(),
        outlivesConnections: Boolean = false,
        manualAcknowledgement: Boolean = false,
    ): MessageStream {
        val opening = native {
            handle.subscription(
                subscriptions.toNative(), properties.toNative(), outlivesConnections, manualAcknowledgement,
            )
        }
        return MessageStream(opening.streamOrCancel(), this)
    }

    /** As [subscription] to one filter. */
    public suspend fun subscription(
        filter: String,
        qos: Qos = Qos.AT_MOST_ONCE,
        outlivesConnections: Boolean = false,
        manualAcknowledgement: Boolean = false,
    ): MessageStream =
        subscription(listOf(Subscription(filter, qos)), emptyList(), outlivesConnections, manualAcknowledgement)

    /**
     * As [openMessages], for each collector from the moment that it begins. Between two collectors
     * messages wait for [Options.unclaimedTimeout]. It subscribes to nothing itself.
     */
    public fun messages(filter: String? = null): Flow<Message> = flow {
        openMessages(filter).use { emitAll(it.asFlow()) }
    }

    /**
     * A stream of the messages that match [filter], or of all messages, from now on, and of those
     * that wait for a consumer. It subscribes to nothing itself, and outlives connections. Where the
     * client stops for good and nobody asked for that, it throws once, as a subscription's stream does;
     * asked again, it waits for the messages of later connections.
     */
    public fun openMessages(filter: String? = null, manualAcknowledgement: Boolean = false): MessageStream =
        MessageStream(native { handle.messages(filter, manualAcknowledgement) }, this)

    /**
     * Asks the broker for a sign of life now; where nothing comes within [timeout], the connection
     * ends with [DisconnectCause.KeepAliveTimeout]. Without a connection it does nothing.
     */
    public fun probeNow(timeout: Duration): Unit = native { handle.probeNow(length("probe_timeout", timeout)) }

    /**
     * The system says that its network changed: a hint, never a verdict. Where the connection's local
     * address is gone, it ends at once with [DisconnectCause.NetworkLost]; else the broker is
     * probed. Where the client waits to try again, it tries now, or waits for a network.
     *
     * @param metered Whether the traffic costs; null where unknown.
     * @param validated Whether the system has found the internet behind the network.
     * @param captivePortal Whether a captive portal stands before the internet.
     * @param id Names the network, for what is learned of it ([Options.adaptivePing]).
     */
    public fun networkChanged(
        change: NetworkChange,
        metered: Boolean? = null,
        validated: Boolean? = null,
        captivePortal: Boolean? = null,
        id: String = "",
    ): Unit = networkChanged(NetworkUpdate(change, metered, validated, captivePortal, id))

    /** As [networkChanged] with what [update] says. */
    public fun networkChanged(update: NetworkUpdate): Unit = native { handle.networkChanged(update.toNative()) }

    /**
     * Where the client waits to try again ([ConnectionState.Reconnecting]), it tries now. Else it does
     * nothing. At most four attempts a second begin in this way or by hints.
     */
    public fun reconnectNow(): Unit = native { handle.reconnectNow() }

    /** The application is in the background now: pings may be as rare as they are allowed to be. */
    public fun enteredBackground(): Unit = native { handle.enteredBackground() }

    /**
     * The application is in the foreground now: the broker has 2 s to show that it lives; where the
     * client waits to try again, it tries now.
     */
    public fun enteredForeground(): Unit = native { handle.enteredForeground() }

    /**
     * [listener] hears all events from now on, after those that came earlier, until what this returns
     * is closed; a call that is under way then goes on.
     */
    public fun addListener(listener: LifecycleListener): AutoCloseable = lifecycle.add(listener)

    /** What is counted, at this moment: so cheap that it may be asked every second. */
    public fun counters(): Counters = handle.counters().forApplication()

    /** The same as OpenTelemetry's conventions would have it, in an order that does not change, for exporters. */
    public fun metrics(): List<Metric> = handle.metrics().map { it.forApplication() }

    /** What is known at this moment. */
    public fun status(): Status = handle.status().forApplication()

    /**
     * Closes the client for good, after a goodbye: what was queued is sent, then DISCONNECT, all
     * within min(keep-alive / 2, 2 s), for which also the process's end waits. It waits for nothing
     * itself. Flows of messages end, waiting calls fail with [MqttkaException.Closed].
     */
    override fun close(): Unit = lifecycle.close()

    /**
     * Closes the client for good and at once, without a word to the broker, which publishes the
     * Will. Else as [close], also after it.
     */
    public fun abort(): Unit = lifecycle.abort()
}
