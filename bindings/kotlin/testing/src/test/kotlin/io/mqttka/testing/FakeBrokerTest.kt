package io.mqttka.testing

import io.mqttka.Client
import io.mqttka.DisconnectCause
import io.mqttka.EventKind
import io.mqttka.Message
import io.mqttka.MqttkaException
import io.mqttka.Options
import io.mqttka.PacketTap
import io.mqttka.PacketType
import io.mqttka.Qos
import io.mqttka.ReasonCode
import io.mqttka.Version
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.io.IOException
import java.io.File
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

private fun FakeBroker.test(what: suspend (FakeBroker) -> Unit): Unit =
    use { runBlocking { withTimeout(2.minutes) { what(it) } } }

private fun options(broker: FakeBroker, version: Version = Version.MQTT5) =
    Options(broker.uri) {
        clientId = "a"
        keepAlive = 1.seconds
        protocolVersion = version
    }

/** The end of the connection, whatever comes before it. To be called before it can end. */
private fun CoroutineScope.ended(client: Client): Deferred<DisconnectCause> =
    async(start = CoroutineStart.UNDISPATCHED) {
        val event = client.events.first { it.kind is EventKind.Disconnected }
        (event.kind as EventKind.Disconnected).info.cause
    }

class FakeBrokerTest {
    @ParameterizedTest
    @EnumSource(Version::class)
    fun `messages go both ways`(version: Version) = FakeBroker().test { broker ->
        Client(options(broker, version)).use { client ->
            client.connect()
            assertEquals(listOf("a"), broker.clients)
            client.subscription("t/#", Qos.EXACTLY_ONCE).use { messages ->
                assertEquals("t/#", broker.expect(SeenKind.SUBSCRIBED, "t/#").filter)
                for (qos in Qos.entries) {
                    client.publish(Message("t/1", "hello", qos, retain = true))
                    val seen = broker.awaitPublish("t/+")
                    assertEquals(listOf("t/1", "hello", qos), listOf(seen.topic, seen.payloadAsString, seen.qos))
                    assertTrue(seen.retain && !seen.dup)
                    assertEquals(qos, messages.asFlow().first().qos)
                }
                assertArrayEquals("hello".encodeToByteArray(), broker.retained("t/1"))
                assertNull(broker.retained("t/2"))
                broker.publish("t/2", "from another", Qos.AT_LEAST_ONCE)
                assertEquals("from another", messages.asFlow().first().payloadAsString)
            }
        }
        val gone = broker.await(SeenKind.DISCONNECTED)
        assertEquals("a", gone.clientId)
        assertTrue("$gone".startsWith("disconnected: connection 1, client 'a'"), "$gone")
    }

    @Test
    fun `the internet goes and comes back`() = FakeBroker().test { broker ->
        Client(options(broker)).use { client ->
            val cause = coroutineScope {
                client.connect()
                val ended = ended(client)
                broker.goSilent()
                broker.forgetSeen()
                ended.await()
            }
            assertTrue(cause == DisconnectCause.KeepAliveTimeout || cause == DisconnectCause.ServerUnresponsive, "$cause")
            assertEquals("a", broker.await(SeenKind.LOST, timeout = 1.minutes).clientId)
            broker.comeBack()
            broker.await(SeenKind.CONNECTED, timeout = 1.minutes)
        }
    }

    @Test
    fun `what it refuses is an error`() = FakeBroker().test { broker ->
        broker.refuseConnections(ReasonCode.BANNED, times = 1)
        Client(options(broker).copy { reconnect = false }).use { client ->
            assertThrows<MqttkaException.ConnectFailed> { client.connect() }
            assertEquals(ReasonCode.BANNED, broker.expect(SeenKind.REFUSED).reasonCode)
            client.connect()
            broker.refusePublishes(ReasonCode.QUOTA_EXCEEDED)
            assertThrows<MqttkaException> { client.publish(Message("t", "x", Qos.AT_LEAST_ONCE)) }
            broker.refusePublishes(null)
            client.publish(Message("t", "x", Qos.AT_LEAST_ONCE))
            broker.refuseSubscriptions(ReasonCode.NOT_AUTHORIZED)
            assertThrows<MqttkaException> { client.subscription("t") }
            broker.refuseSubscriptions(null)
            client.subscription("t").close()
        }
    }

    @Test
    fun `acknowledgements are held`() = FakeBroker().test { broker ->
        Client(options(broker)).use { client ->
            client.connect()
            broker.acknowledge(Acknowledging.HELD)
            coroutineScope {
                val publishing = async { client.publish(Message("t", "x", Qos.AT_LEAST_ONCE)) }
                broker.awaitPublish("t")
                assertFalse(publishing.isCompleted)
                broker.acknowledge(Acknowledging.AT_ONCE)
                publishing.await()
            }
        }
    }

    @Test
    fun `connections end as it is told`() = FakeBroker().test { broker ->
        Client(options(broker).copy { reconnect = false }).use { client ->
            for ((end, expected) in listOf<Pair<() -> Unit, (DisconnectCause) -> Boolean>>(
                { broker.disconnect(ReasonCode.SERVER_MOVED, "a", "elsewhere") } to
                    { it is DisconnectCause.ServerDisconnect && it.reasonCode == ReasonCode.SERVER_MOVED },
                { broker.closeConnections() } to { it == DisconnectCause.ClosedByServer },
                { broker.halfClose("a") } to { it == DisconnectCause.ClosedByServer },
                { broker.reset() } to { it is DisconnectCause.Transport },
                { broker.sendBytes(byteArrayOf(0, 0)) } to { it is DisconnectCause.Protocol },
                { broker.answerPings(false) } to
                    { it == DisconnectCause.ServerUnresponsive || it == DisconnectCause.KeepAliveTimeout },
            )) {
                coroutineScope {
                    client.connect()
                    val ended = ended(client)
                    end()
                    val cause = ended.await()
                    assertTrue(expected(cause), "$cause")
                }
            }
            broker.answerConnects(false)
            broker.forgetSessions()
            broker.acceptConnections()
            assertThrows<MqttkaException.ConnectFailed> { client.connect() }
        }
    }

    @Test
    fun `what it announces is held to`() = FakeBroker().test { broker ->
        broker.announceNumber(Announced.SERVER_KEEP_ALIVE, 7)
        Client(options(broker)).use { client ->
            assertEquals(7.seconds, client.connect().keepAlive)
        }
        assertThrows<IllegalArgumentException> { broker.announceNumber(Announced.MAXIMUM_QOS, 2) }
        assertThrows<IllegalArgumentException> { broker.announceNumber(Announced.SERVER_KEEP_ALIVE, -1) }
    }

    @Test
    fun `what is missing and what cannot be is told`() = FakeBroker().test { broker ->
        val missing = assertThrows<MissingException> { broker.expectPublish("t", 0.seconds) }
        assertEquals(true, missing.message?.contains("expected 'published' of t"), missing.message)
        assertThrows<MissingException> { broker.expect(SeenKind.PINGED, null, 1L) }
        assertThrows<MissingException> { broker.await(SeenKind.PINGED, timeout = 0.seconds) }
        assertNull(broker.takeAny())
        assertThrows<IllegalStateException> { broker.reset("b") }
        assertThrows<IllegalArgumentException> { broker.refuseConnections(ReasonCode.SUCCESS) }
        assertThrows<IllegalArgumentException> { broker.publish("a/#", "x") }
        assertThrows<IllegalArgumentException> { FakeBroker(65_536) }
        assertThrows<IOException> { FakeBroker(broker.port) }
        // Cancelling ends a wait, and so does closing.
        coroutineScope {
            launch { broker.await(SeenKind.PINGED, timeout = 10.minutes) }.cancelAndJoin()
            val waiting = async(Dispatchers.IO) { runCatching { broker.expect(SeenKind.PINGED, timeout = 10.minutes) } }
            launch { broker.close() }
            assertTrue(waiting.await().isFailure)
        }
        broker.close()
        assertThrows<IllegalStateException> { broker.goSilent() }
    }

    @Test
    fun `names and numbers are those of every language`() {
        val header = File("../../../include/mqttka_testing.h").readText()
        val kinds = SeenKind.entries.map { "#define MQTTKA_TESTING_${it.name} ${it.value}\n" }
        val ways = Acknowledging.entries.map { "#define MQTTKA_TESTING_ACKNOWLEDGE_${it.name} ${it.value}\n" }
        val transports = listOf("TCP", "TLS", "WEB_SOCKET", "SECURE_WEB_SOCKET")
            .mapIndexed { number, name -> "#define MQTTKA_TESTING_$name $number\n" }
        for (line in kinds + ways + transports) assertTrue(line in header, line)
        assertEquals(kinds.size + ways.size + transports.size, Regex("#define MQTTKA_TESTING_\\w+ \\d").findAll(header).count())
    }

    /** What C programs can tell a broker, programs in Kotlin and Java can. */
    @Test
    fun `each function of the header is called`() {
        val functions = functionsOf(File("../../../include/mqttka_testing.h").readText())
        val sources = File("src/main/kotlin").walk().filter { it.extension == "kt" }
        // Declaring a function is not calling it.
        val called = functionsOf(sources.joinToString("\n") { it.readText() }.replace(Regex("fun mqttka_testing_\\w+"), ""))
        // The later ones do more.
        val others = mapOf(
            "mqttka_testing_broker_new" to "mqttka_testing_broker_new_with",
            "mqttka_testing_broker_publish" to "mqttka_testing_broker_publish_with",
        )
        assertTrue(functions.size > 60 && functions.containsAll(others.keys), "$functions")
        assertEquals(emptySet<String>(), functions.map { others[it] ?: it }.toSet() - called)
    }

    private fun functionsOf(text: String): Set<String> =
        Regex("mqttka_testing_\\w+(?=[()])").findAll(text).map { it.value }.toSet()

    @Test
    fun `a message comes once, or once for each subscription`() {
        val came = LinkedBlockingQueue<PacketType>()
        FakeBroker().test { broker ->
            val tapped = options(broker).copy {
                keepAlive = 10.minutes
                packetTap = PacketTap { packets -> for (packet in packets) came.put(packet.packetType) }
            }
            Client(tapped).use { client ->
                client.connect()
                client.subscribe("t/#")
                client.subscribe("t/+")
                for ((copies, expected) in listOf(false to 1, true to 2)) {
                    broker.sendCopies(copies)
                    broker.publish("t/1", "x")
                    client.flush()
                    val before = generateSequence { came.poll(60, TimeUnit.SECONDS) }.takeWhile { it != PacketType.PING_RESP }
                    assertEquals(expected, before.count { it == PacketType.PUBLISH }, "copies: $copies")
                }
            }
        }
    }
}
