package io.mqttka

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * An MQTT client that keeps one promise: when the path or the broker is gone, exactly one
 * disconnect event comes within 1.5 x keep-alive.
 *
 * ```
 * Client(Options(host = "broker.example")).use { client ->
 *     client.connect()
 *     client.openMessages("a/#").use { stream ->
 *         client.subscribe("a/#", Qos.AT_LEAST_ONCE)
 *         stream.asFlow().collect { println("${it.topic}: ${it.payload.decodeToString()}") }
 *     }
 * }
 * ```
 *
 * It does not connect by itself, neither at first nor again. Every method may be called from any
 * thread, and none blocks one. Cancelling a coroutine that waits changes nothing for what it
 * waited for: a publish that was handed over goes its way, a connection attempt goes on.
 *
 * A client that becomes unreachable is closed when the garbage collector finds it.
 *
 * @param options How to connect, and what bounds to keep.
 * @param listener Hears lifecycle events on a thread of the library's own.
 * @throws MqttkaException.InvalidArgument names the option that is wrong.
 */
public class Client(options: Options, listener: LifecycleListener? = null) : AutoCloseable {
    private val states = StateListener(listener)
    private val handle: ClientHandle

    init {
        NativeThreads.prepare()
        handle = ClientHandle(options, states)
    }

    /** Where the client stands. A slow collector misses values, but never the newest. */
    public val state: StateFlow<ConnectionState> = states.state.asStateFlow()

    /**
     * Starts one connection attempt, and waits for how it ends, at most [Options.connectTimeout].
     *
     * @throws MqttkaException.ConnectFailed says why there is no connection.
     * @throws MqttkaException.AlreadyConnected while connecting, connected or disconnecting.
     */
    public suspend fun connect(): Connected =
        states.begin(ConnectionState.Connecting) { handle.connect() }.use { it.outcome() }

    /**
     * Sends DISCONNECT after what is queued and waits for the end, within min(keep-alive / 2, 2 s).
     *
     * @throws MqttkaException.NotConnected where there is nothing to end.
     */
    public suspend fun disconnect(reasonCode: ReasonCode = ReasonCode.SUCCESS) {
        val end = states.begin(ConnectionState.Disconnecting) { handle.disconnect(reasonCode) }
        end.use { it.outcome() }
    }

    /**
     * Publishes [message], and waits until it was handed to the socket (QoS 0) or the broker has
     * it (QoS 1 and 2).
     *
     * @throws MqttkaException says why it did not arrive, or that this is not known.
     */
    public suspend fun publish(message: Message): Outcome = handle.publish(message)

    /** As [publish] of a [Message] with these fields. */
    public suspend fun publish(
        topic: String,
        payload: ByteArray,
        qos: Qos = Qos.AT_MOST_ONCE,
        retain: Boolean = false,
        properties: List<Property> = emptyList(),
    ): Outcome = publish(Message(topic, payload, qos, retain, properties))

    /**
     * Queues [message], and waits for nothing.
     *
     * @throws MqttkaException.QueueFull at the limits of [Options].
     */
    public fun enqueue(message: Message): Unit = handle.enqueuePublish(message)

    /**
     * Queues [messages] in order until one is refused, and gives how many were queued. One call
     * for many messages costs a fraction of many calls.
     *
     * @throws MqttkaException says why the first was refused.
     */
    public fun enqueueAll(messages: List<Message>): Int = handle.enqueueAll(messages).toInt()

    /**
     * Subscribes to all [subscriptions] with one SUBSCRIBE. Open the stream of messages first.
     *
     * @throws MqttkaException.Refused where the broker refuses one of them.
     */
    public suspend fun subscribe(
        subscriptions: List<Subscription>,
        properties: List<Property> = emptyList(),
    ): Outcome = handle.subscribe(subscriptions, properties)

    /** As [subscribe] of one [Subscription]. */
    public suspend fun subscribe(filter: String, qos: Qos = Qos.AT_MOST_ONCE): Outcome =
        subscribe(listOf(Subscription(filter, qos)))

    /** Unsubscribes from all [filters] with one UNSUBSCRIBE. */
    public suspend fun unsubscribe(
        filters: List<String>,
        properties: List<Property> = emptyList(),
    ): Outcome = handle.unsubscribe(filters, properties)

    /** As [unsubscribe] from one filter. */
    public suspend fun unsubscribe(filter: String): Outcome = unsubscribe(listOf(filter))

    /**
     * The messages that match [filter], or all messages, from the moment that it is collected.
     * Each collector has all of them; the flow ends when the client is closed. A slow collector
     * slows the broker down at QoS 1 and 2, and loses messages at QoS 0 above
     * [Options.inboundQueueMaxBytes].
     *
     * It subscribes to nothing itself. Where the first message after [subscribe] must not be
     * missed, use [openMessages].
     */
    public fun messages(filter: String? = null): Flow<Message> = flow {
        openMessages(filter).use { emitAll(it.asFlow()) }
    }

    /** The messages that match [filter], or all messages, from now on. */
    public fun openMessages(filter: String? = null): MessageStream =
        MessageStream(handle.messages(filter))

    /**
     * Asks the broker for a sign of life now; where nothing comes within [timeout], the connection
     * ends with [DisconnectCause.KeepAliveTimeout]. Without a connection it does nothing.
     */
    public fun probeNow(timeout: Duration): Unit = handle.probeNow(timeout.toJavaDuration())

    /**
     * The system says that its network changed. Where the connection's local address is gone, it
     * ends at once with [DisconnectCause.NetworkLost]; else the broker is probed.
     */
    public fun networkChanged(change: NetworkChange): Unit = handle.networkChanged(change)

    /** What is known at this moment. */
    public fun status(): Status = handle.status()

    /**
     * Closes the client at once and for good, without a word to the broker: [disconnect] first
     * where the will must not be published. Flows of messages end, waiting calls fail with
     * [MqttkaException.Closed].
     */
    override fun close(): Unit = handle.shutDown()
}
