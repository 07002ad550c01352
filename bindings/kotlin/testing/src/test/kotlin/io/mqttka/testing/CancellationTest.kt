package io.mqttka.testing

import io.mqttka.Client
import io.mqttka.DisconnectCause
import io.mqttka.EventKind
import io.mqttka.Message
import io.mqttka.Options
import io.mqttka.PacketTap
import io.mqttka.PacketType
import io.mqttka.Qos
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.coroutines.Continuation
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes

/** Each operation that waits, what it sends, and what the broker then sees. */
enum class Waits(val packet: PacketType, val seen: SeenKind?, val call: suspend Client.() -> Unit) {
    PUBLISH_QOS_0(PacketType.PUBLISH, SeenKind.PUBLISHED, { publish("a", "x") }),
    PUBLISH_QOS_1(PacketType.PUBLISH, SeenKind.PUBLISHED, { publish("a", "x", Qos.AT_LEAST_ONCE) }),
    PUBLISH_QOS_2(PacketType.PUBLISH, SeenKind.PUBLISHED, { publish("a", "x", Qos.EXACTLY_ONCE) }),
    PUBLISH_WITH_RECEIPT(PacketType.PUBLISH, SeenKind.PUBLISHED, { publish("a", "x", receipt = true) }),
    REPLY(PacketType.PUBLISH, SeenKind.PUBLISHED, { reply(question, byteArrayOf(1)) }),
    FLUSH(PacketType.PING_REQ, SeenKind.PINGED, { flush() }),
    SUBSCRIBE(PacketType.SUBSCRIBE, SeenKind.SUBSCRIBED, { subscribe("a", Qos.AT_LEAST_ONCE) }),
    UNSUBSCRIBE(PacketType.UNSUBSCRIBE, SeenKind.UNSUBSCRIBED, { unsubscribe("a") }),
    SUBSCRIPTION(PacketType.SUBSCRIBE, SeenKind.UNSUBSCRIBED, { subscription("a").close() }),
    RESPOND(PacketType.SUBSCRIBE, SeenKind.UNSUBSCRIBED, { respond("a") { null } }),
    REQUEST(PacketType.PUBLISH, SeenKind.PUBLISHED, { request("a", "x", timeout = 1.minutes) }),
    ;

    /** QoS 0 ends when it is written. */
    val waitsWhenSent get() = this != PUBLISH_QOS_0
    val method get() = name.substringBefore('_').lowercase()

    private companion object {
        val question = Message("q", "?", Qos.AT_LEAST_ONCE, properties = listOf(io.mqttka.Property.ResponseTopic("a")))
    }
}

/** What becomes of an operation whose coroutine is cancelled: withdrawn while it is queued, and let go when it was sent. */
class CancellationTest {
    @Test
    fun `whatever waits is in the table, or has a test of its own`() {
        val waiting = Client::class.java.methods
            .filter { it.parameterTypes.lastOrNull() == Continuation::class.java }
            // Kotlin's own mark where a Duration is among the parameters.
            .map { it.name.substringBefore('-') }
            .toSet()
        // Nothing of `reauthenticate` is ever queued: without a connection it fails at once.
        assertEquals(waiting, Waits.entries.map { it.method }.toSet() + setOf("connect", "disconnect", "reauthenticate"))
    }

    @ParameterizedTest
    @EnumSource(Waits::class)
    fun `what is queued is withdrawn`(operation: Waits) = scene { broker, client, _ ->
        val waiting = launch(start = CoroutineStart.UNDISPATCHED) { operation.call(client) }
        waiting.cancelAndJoin()
        assertThrows<TimeoutCancellationException> { withTimeout(1.milliseconds) { operation.call(client) } }
        // The subscription to the topic of responses is the client's own, of all its requests.
        val left = if (operation == Waits.REQUEST) 1L else 0L
        // Nobody tells when the engine has looked.
        while (client.counters().outboundQueueMessages != left) yield()

        client.connect()
        client.publish("marker", "x")
        broker.awaitPublish("marker")
        assertEquals(SeenKind.CONNECTED, broker.takeAny()?.kind)
        if (operation == Waits.REQUEST) assertEquals(SeenKind.SUBSCRIBED, broker.takeAny()?.kind)
        assertNull(broker.takeAny())
        client.flush()
        assertEquals(0L, client.counters().outboundQueueMessages)
    }

    @ParameterizedTest
    @EnumSource(Waits::class)
    fun `what was sent goes its way, and nobody waits for it`(operation: Waits) = scene { broker, client, sent ->
        client.connect()
        broker.goSilent()
        val waiting = async(start = CoroutineStart.UNDISPATCHED) { runCatching { operation.call(client) } }
        while (sent.poll(60, TimeUnit.SECONDS) != operation.packet) Unit
        if (operation.waitsWhenSent) {
            waiting.cancel()
            assertThrows<CancellationException> { waiting.await() }
        }
        broker.comeBack()
        operation.seen?.let { broker.await(it) }
        client.flush()
        assertEquals(0L, client.counters().outboundQueueMessages)
    }

    @Test
    fun `a stream whose unsubscribe is withdrawn goes on, and its end unsubscribes`() = scene { broker, client, _ ->
        client.connect()
        client.subscription("a", Qos.AT_LEAST_ONCE, outlivesConnections = true).use { stream ->
            broker.await(SeenKind.SUBSCRIBED)
            val ended = async(start = CoroutineStart.UNDISPATCHED) {
                client.events.first { it.kind is EventKind.Disconnected }
            }
            broker.closeConnections()
            ended.await()
            val leaving = launch(start = CoroutineStart.UNDISPATCHED) { stream.unsubscribe() }
            leaving.cancelAndJoin()
            client.connect()
            // What the broker has before the subscription goes to nobody.
            broker.await(SeenKind.SUBSCRIBED)
            broker.publish("a", "still here", Qos.AT_LEAST_ONCE)
            assertEquals("still here", stream.asFlow().first().payloadAsString)
            val cancelled = launch(start = CoroutineStart.UNDISPATCHED) { stream.unsubscribe() }
            cancelled.cancel()
        }
        assertEquals("a", broker.await(SeenKind.UNSUBSCRIBED).filter)
    }

    @Test
    fun `a cancelled connect ends the attempt, and a cancelled disconnect nothing`() = scene { broker, client, sent ->
        broker.answerConnects(false)
        val connecting = launch(start = CoroutineStart.UNDISPATCHED) { client.connect() }
        while (sent.poll(60, TimeUnit.SECONDS) != PacketType.CONNECT) Unit
        connecting.cancelAndJoin()
        broker.answerConnects(true)
        client.connect()
        val ended = async(start = CoroutineStart.UNDISPATCHED) {
            client.events.first { it.kind is EventKind.Disconnected }
        }
        broker.goSilent()
        val leaving = launch(start = CoroutineStart.UNDISPATCHED) { client.disconnect() }
        leaving.cancelAndJoin()
        val end = ended.await().kind as EventKind.Disconnected
        assertEquals(DisconnectCause.DisconnectRequested, end.info.cause)
    }

    /** A client that is not connected yet, and the kinds of packets that it sends. */
    private fun scene(test: suspend CoroutineScope.(FakeBroker, Client, LinkedBlockingQueue<PacketType>) -> Unit) =
        FakeBroker().use { broker ->
            val sent = LinkedBlockingQueue<PacketType>()
            val options = Options(broker.uri) {
                clientId = "a"
                keepAlive = 10.minutes
                reconnect { firstDelay = 10.minutes; maxDelay = 10.minutes }
                packetTap = PacketTap { packets -> for (packet in packets) sent.put(packet.packetType) }
            }
            runBlocking(Dispatchers.Default) {
                withTimeout(3.minutes) { Client(options).use { test(broker, it, sent) } }
            }
            assertTrue(broker.clients.size <= 1)
        }
}
