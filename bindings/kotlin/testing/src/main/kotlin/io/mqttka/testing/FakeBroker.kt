package io.mqttka.testing

import com.sun.jna.Pointer
import com.sun.jna.ptr.LongByReference
import com.sun.jna.ptr.PointerByReference
import io.mqttka.Message
import io.mqttka.PacketType
import io.mqttka.Property
import io.mqttka.Qos
import io.mqttka.ReasonCode
import io.mqttka.Transport
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import java.io.IOException
import kotlin.concurrent.read
import kotlin.concurrent.write
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource

/**
 * An MQTT broker for tests, on a port of 127.0.0.1, until it is closed. It does what a broker does, and by one call
 * each what brokers do only in production.
 *
 * ```
 * FakeBroker().use { broker ->
 *     val client = Client(broker.uri)
 *     ...
 *     broker.expectPublish("status/+")
 * }
 * ```
 *
 * What it is told holds when the call returns: after [goSilent] not a byte is answered. Every method may be called from
 * any thread. Where one has a `clientId`, `null` means all connections that there are.
 *
 * It keeps 10,000 messages for each client, and what it saw: the last 10,000.
 *
 * @param port Where it listens; 0 for a port that is free.
 * @param transport What it speaks below MQTT; there is no Unix socket. TLS has a certificate for localhost, 127.0.0.1
 *   and ::1, of an [authority] that is made for this broker alone.
 * @throws IOException where it cannot listen.
 */
@Suppress("TooManyFunctions")
public class FakeBroker @JvmOverloads constructor(
    port: Int = 0,
    transport: Transport = Transport.TCP,
) : AutoCloseable {
    private val native = TestingLibrary.library
    private val lock = java.util.concurrent.locks.ReentrantReadWriteLock()
    private var pointer: Pointer?

    /** The port that it listens on. */
    public val port: Int

    init {
        require(port in 0..MOST_PORTS) { "port is $port; it must be 0 to $MOST_PORTS" }
        val number = TRANSPORTS.indexOf(transport)
        require(number >= 0) { "transport is $transport; it must be one of $TRANSPORTS" }
        val made = PointerByReference()
        check(native.mqttka_testing_broker_new_with(port.toShort(), number, made))
        pointer = made.value
        this.port = native.mqttka_testing_broker_port(made.value).toInt() and MOST_PORTS
    }

    /** 127.0.0.1. */
    public val host: String get() = "127.0.0.1"

    /** Where clients find it, such as `mqtt://127.0.0.1:PORT` or `wss://127.0.0.1:PORT/mqtt`. */
    public val uri: String = native.mqttka_testing_broker_uri(checkNotNull(pointer))

    /** The certificate, in PEM, of the authority that issued the broker's: for `tls { ca }`. Null without TLS. */
    public val authority: String? = native.mqttka_testing_broker_authority(checkNotNull(pointer))

    /** Stops it: connections are reset, the port is free. Repeating it does nothing. */
    override fun close() {
        // Who waits returns first.
        lock.read { pointer?.let(native::mqttka_testing_broker_stop) }
        lock.write {
            pointer?.let(native::mqttka_testing_broker_free)
            pointer = null
        }
    }

    /**
     * Waits for the oldest thing of this kind that was not taken before, and takes it. It blocks; a coroutine has [await].
     *
     * @param filter Of a message, its topic matches it; of a subscription, it is its filter; `null`: any.
     * @throws MissingException where it does not come in time; its message says what came instead.
     */
    @JvmSynthetic
    public fun expect(kind: SeenKind, filter: String? = null, timeout: Duration = PATIENCE): Seen =
        with { broker ->
            val seen = PointerByReference()
            val most = timeout.inWholeMilliseconds.coerceIn(0, Int.MAX_VALUE.toLong()).toInt()
            val error = native.mqttka_testing_broker_expect(broker, kind.value, filter, most, seen)
            if (error == TIMED_OUT) throw MissingException(lastError())
            check(error)
            native.take(seen.value)
        }

    /** As [expect], for the next message on a topic that matches the filter. */
    @JvmSynthetic
    public fun expectPublish(filter: String = "#", timeout: Duration = PATIENCE): Message =
        checkNotNull(expect(SeenKind.PUBLISHED, filter, timeout).message)

    /** As [expect], for coroutines. Cancelled, it takes nothing. */
    @JvmSynthetic
    public suspend fun await(kind: SeenKind, filter: String? = null, timeout: Duration = PATIENCE): Seen =
        withContext(Dispatchers.IO) {
            val end = TimeSource.Monotonic.markNow() + timeout
            while (true) {
                ensureActive()
                val left = -end.elapsedNow()
                try {
                    return@withContext expect(kind, filter, minOf(left, SLICE))
                } catch (missing: MissingException) {
                    if (left <= SLICE || isClosed()) throw missing
                }
            }
            @Suppress("UNREACHABLE_CODE")
            error("the loop does not end")
        }

    /** As [expectPublish], for coroutines. Cancelled, it takes nothing. */
    @JvmSynthetic
    public suspend fun awaitPublish(filter: String = "#", timeout: Duration = PATIENCE): Message =
        checkNotNull(await(SeenKind.PUBLISHED, filter, timeout).message)

    /** As [expect], for Java: waits at most so many milliseconds. */
    public fun expect(kind: SeenKind, filter: String?, timeoutMillis: Long): Seen =
        expect(kind, filter, timeoutMillis.milliseconds)

    /** Takes the oldest thing that was seen and not taken before, whatever it is. Does not wait. */
    public fun takeAny(): Seen? = with { broker -> native.mqttka_testing_broker_take_any(broker)?.let(native::take) }

    /** Forgets what was seen so far. */
    public fun forgetSeen(): Unit = tell(native::mqttka_testing_broker_forget_seen)

    /** The identifiers of the clients that are connected. */
    public val clients: List<String>
        get() = with { broker ->
            val clients = native.mqttka_testing_broker_clients(broker)
            try {
                val count = native.mqttka_testing_clients_count(clients).toLong()
                (0 until count).map { native.mqttka_testing_clients_at(clients, Size(it)) }
            } finally {
                native.mqttka_testing_clients_free(clients)
            }
        }

    /** The payload that is retained on this topic. */
    public fun retained(topic: String): ByteArray? = with { broker ->
        val size = LongByReference()
        var kept = ByteArray(0)
        // Another one may come in between.
        do {
            kept = ByteArray(maxOf(size.value.toInt(), kept.size))
            val room = Size(kept.size.toLong())
            val error = native.mqttka_testing_broker_retained(broker, topic, kept, room, size)
            if (error == NOT_PRESENT) return@with null
            check(error)
        } while (size.value > kept.size)
        kept.copyOf(size.value.toInt())
    }

    /**
     * The internet is gone: connections stay open, and nothing is read or answered any more, new connections included.
     * What the broker is told to send waits, too. Its clock goes on: clients that it does not hear are lost to it after
     * one and a half keep-alives.
     */
    public fun goSilent(): Unit = tell(native::mqttka_testing_broker_go_silent)

    /** The internet is back: what was sent meanwhile is read and answered, what waits is sent. */
    public fun comeBack(): Unit = tell(native::mqttka_testing_broker_come_back)

    /**
     * Refuses connections from now on, with this code in CONNACK: the next [times], or all where that is 0. A code that
     * MQTT 3.1.1 has no number for is sent there as [ReasonCode.SERVER_UNAVAILABLE].
     */
    @JvmOverloads
    public fun refuseConnections(reasonCode: ReasonCode = ReasonCode.NOT_AUTHORIZED, times: Int = 0): Unit = tell {
        require(times >= 0) { "times is $times; it must be 0 or more" }
        native.mqttka_testing_broker_refuse_connections(it, reasonCode.value, times)
    }

    /** Accepts connections again. */
    public fun acceptConnections(): Unit = tell(native::mqttka_testing_broker_accept_connections)

    /** Whether CONNECT is answered. Where it is not, that connection never is. */
    public fun answerConnects(answer: Boolean): Unit =
        tell { native.mqttka_testing_broker_answer_connects(it, answer.toNative()) }

    /** Whether PINGREQ is answered. Where it is not, all else works. */
    public fun answerPings(answer: Boolean): Unit =
        tell { native.mqttka_testing_broker_answer_pings(it, answer.toNative()) }

    /** When PUBLISH, PUBREL, SUBSCRIBE and UNSUBSCRIBE are acknowledged. What they ask for is done in any case. */
    public fun acknowledge(acknowledging: Acknowledging): Unit =
        tell { native.mqttka_testing_broker_acknowledge(it, acknowledging.value) }

    /**
     * Refuses messages of QoS 1 and 2 from now on, with this code; `null`: takes them again. They are seen, and go to
     * nobody. MQTT 3.1.1 has no way to say so: there they are acknowledged.
     */
    public fun refusePublishes(reasonCode: ReasonCode?): Unit =
        tell { native.mqttka_testing_broker_refuse_publishes(it, reasonCode?.value ?: -1) }

    /**
     * Refuses subscriptions from now on, with this code; `null`: grants them again. MQTT 3.1.1 has one number for all
     * codes.
     */
    public fun refuseSubscriptions(reasonCode: ReasonCode?): Unit =
        tell { native.mqttka_testing_broker_refuse_subscriptions(it, reasonCode?.value ?: -1) }

    /**
     * Refuses to end subscriptions from now on, with this code in UNSUBACK; `null`: ends them again. Those that are not
     * ended go on. MQTT 3.1.1 has no way to say so: there they are ended.
     */
    public fun refuseUnsubscriptions(reasonCode: ReasonCode?): Unit =
        tell { native.mqttka_testing_broker_refuse_unsubscriptions(it, reasonCode?.value ?: -1) }

    /** Puts this property into each CONNACK of MQTT 5.0 from now on, and holds to it. */
    public fun announceNumber(property: Announced, value: Long): Unit = tell {
        require(value in 0..MOST_NUMBER) { "value is $value; it must be 0 to $MOST_NUMBER" }
        native.mqttka_testing_broker_announce_number(it, property.value, value.toInt())
    }

    /**
     * Puts these properties into each CONNACK of MQTT 5.0 from now on, in place of what was announced of them, and
     * holds to them. User properties are added.
     */
    public fun announce(properties: List<Property>): Unit = tell { broker ->
        native.withProperties(properties) { native.mqttka_testing_broker_announce(broker, it) }
    }

    /**
     * Puts these properties into each packet of this type from now on, where the client speaks MQTT 5.0: CONNACK,
     * PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT or AUTH. In CONNACK they are only said: what is to
     * be held to, [announce]. Those of the last call count.
     */
    public fun setProperties(packetType: PacketType, properties: List<Property>): Unit = tell { broker ->
        native.withProperties(properties) {
            native.mqttka_testing_broker_set_properties(broker, packetType.ordinal + 1, it)
        }
    }

    /**
     * Whether messages to clients have topic aliases, of MQTT 5.0 clients that take them. The first topics have one
     * each, as many as the client's Topic Alias Maximum. At first they have none.
     */
    public fun useTopicAliases(use: Boolean): Unit =
        tell { native.mqttka_testing_broker_use_topic_aliases(it, use.toNative()) }

    /**
     * Whether a message goes to a client once for each of its subscriptions that match, with the QoS and the
     * Subscription Identifier of each, as from mosquitto. At first it goes once, with the identifiers of all.
     */
    public fun sendCopies(send: Boolean): Unit = tell { native.mqttka_testing_broker_send_copies(it, send.toNative()) }

    /**
     * Clients have to authenticate by this method from now on (section 4.12), and are refused where they do not:
     * without any as [ReasonCode.NOT_AUTHORIZED], with another as [ReasonCode.BAD_AUTHENTICATION_METHOD]. Whoever does is let
     * in, after the challenges that follow this call. Null: nobody has to, which is how a broker begins.
     */
    public fun authenticate(method: String?): Unit = tell { native.mqttka_testing_broker_authenticate(it, method) }

    /**
     * One more challenge for each exchange of the method of [authenticate]: AUTH with this [data]; 100 at most. What
     * clients send is [SeenKind.AUTHENTICATING], and nothing of it is wrong.
     */
    public fun challenge(data: ByteArray): Unit =
        tell { native.mqttka_testing_broker_challenge(it, data, Size(data.size.toLong())) }

    /** What CONNACK, or the last AUTH, has as authentication data, for the method of [authenticate]. Null: none. */
    public fun finishAuthentication(data: ByteArray?): Unit =
        tell { native.mqttka_testing_broker_finish_authentication(it, data, Size(data?.size?.toLong() ?: 0)) }

    /** Clients have to authenticate by SCRAM-SHA-256 from now on, as this user with this password, both in ASCII. */
    public fun authenticateScram(user: String, password: String): Unit =
        tell { native.mqttka_testing_broker_authenticate_scram(it, user, password) }

    /** Refuses with this code at the end of each exchange, whatever the client has proved; null: no longer. */
    public fun refuseAuthentications(reasonCode: ReasonCode?): Unit =
        tell { native.mqttka_testing_broker_refuse_authentications(it, reasonCode?.value ?: -1) }

    /** Publishes a message to whoever has subscribed to it, with its properties, as if another client had. */
    public fun publish(message: Message): Unit = tell { broker ->
        val size = Size(message.payload.size.toLong())
        val retain = message.retain.toNative()
        native.withProperties(message.properties) {
            native.mqttka_testing_broker_publish_with(
                broker, message.topic, message.payload, size, message.qos.value, retain, it,
            )
        }
    }

    /** Publishes text, as if another client had. */
    @JvmOverloads
    public fun publish(topic: String, payload: String, qos: Qos = Qos.AT_MOST_ONCE, retain: Boolean = false): Unit =
        publish(Message(topic, payload, qos, retain))

    /** Sends these bytes, whatever they are. */
    @JvmOverloads
    public fun sendBytes(bytes: ByteArray, clientId: String? = null): Unit =
        tell { native.mqttka_testing_broker_send_bytes(it, clientId, bytes, Size(bytes.size.toLong())) }

    /**
     * Sends DISCONNECT with this code, and closes. A broker of MQTT 3.1.1 has no such packet: there it closes only. The
     * client's Will is published.
     */
    @JvmOverloads
    public fun disconnect(
        reasonCode: ReasonCode = ReasonCode.SERVER_SHUTTING_DOWN,
        clientId: String? = null,
        reasonString: String? = null,
    ): Unit = tell { native.mqttka_testing_broker_disconnect(it, clientId, reasonCode.value, reasonString) }

    /** Closes connections without a word (FIN both ways). The client's Will is published. */
    @JvmOverloads
    public fun closeConnections(clientId: String? = null): Unit =
        tell { native.mqttka_testing_broker_close(it, clientId) }

    /** Says that it sends no more (FIN), and goes on reading. */
    @JvmOverloads
    public fun halfClose(clientId: String? = null): Unit =
        tell { native.mqttka_testing_broker_half_close(it, clientId) }

    /** Resets (RST). The client's Will is published. */
    @JvmOverloads
    public fun reset(clientId: String? = null): Unit = tell { native.mqttka_testing_broker_reset(it, clientId) }

    /** Forgets the sessions of the clients that are not connected, as a broker that was restarted does. */
    public fun forgetSessions(): Unit = tell(native::mqttka_testing_broker_forget_sessions)

    override fun toString(): String = "FakeBroker($uri)"

    private fun isClosed() = lock.read { pointer == null }

    private inline fun <T> with(what: (Pointer) -> T): T = lock.read {
        what(checkNotNull(pointer) { "the fake broker was closed" })
    }

    private inline fun tell(what: (Pointer) -> Int): Unit = with { check(what(it)) }

    private fun lastError() = native.mqttka_testing_last_error().getString(0, "UTF-8")

    private fun check(error: Int) {
        when (error) {
            0 -> return
            STARTUP -> throw IOException(lastError())
            NOT_CONNECTED, CLOSED -> throw IllegalStateException(lastError())
            else -> throw IllegalArgumentException(lastError())
        }
    }

    private companion object {
        /** By their numbers. */
        val TRANSPORTS = listOf(Transport.TCP, Transport.TLS, Transport.WEB_SOCKET, Transport.WEB_SOCKET_TLS)

        const val MOST_PORTS = 0xffff
        const val MOST_NUMBER = 0xffff_ffffL

        // MQTTKA_ERROR_* of mqttka.h.
        const val NOT_CONNECTED = 4
        const val CLOSED = 8
        const val STARTUP = 10
        const val TIMED_OUT = 44
        const val NOT_PRESENT = 45

        /** What only a hang reaches. */
        val PATIENCE = 10.seconds

        /** After so long a coroutine looks whether it was cancelled. */
        val SLICE = 50.milliseconds
    }
}
