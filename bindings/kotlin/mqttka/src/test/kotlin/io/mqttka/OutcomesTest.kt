package io.mqttka

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.util.concurrent.CompletableFuture
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** What became of it, who decides on it, and what is seen of it. */
class OutcomesTest {
    @Test
    fun `what was negotiated is known while connected`() {
        // Session Expiry Interval 5, Topic Alias Maximum 3, no wildcards.
        val connack = bytes(0x20, 13, 0, 0, 10, 0x11, 0, 0, 0, 5, 0x22, 0, 3, 0x28, 0)
        scene(connack = connack) { _, client ->
            val negotiated = checkNotNull(client.negotiated)
            assertEquals(5.seconds, negotiated.sessionExpiryInterval)
            assertEquals(3, negotiated.topicAliasMaximum)
            assertFalse(negotiated.wildcardSubscriptionAvailable)
            assertTrue(negotiated.sharedSubscriptionAvailable)
            client.disconnect(DisconnectOptions(reasonString = "done", userProperties = listOf(UserProperty("a", "b"))))
            assertNull(client.negotiated)
            val error = assertThrows<MqttkaException.InvalidOption> {
                client.disconnect(DisconnectOptions(sessionExpiryInterval = 1.days))
            }
            assertEquals("sessionExpiryInterval", error.option)
        }
    }

    @Test
    fun `a receipt and a flush wait for the broker to read`() = scene { broker, client ->
        assertEquals(Receipt.WRITTEN, client.publish("a", "x").receipt)
        assertEquals("30", broker.next())
        assertEquals(Receipt.READ, client.publish("a", "y", receipt = true).receipt)
        assertEquals(listOf("30", "PING"), List(2) { broker.next() })
        client.enqueue(Message("a", "z"))
        client.flush(1.minutes)
        assertEquals(listOf("30", "PING"), List(2) { broker.next() })
        assertThrows<MqttkaException.InvalidOption> { client.flush(Duration.ZERO) }
    }

    @Test
    fun `what is queued can be cancelled, by its handle and by its coroutine`() = act {
        Client(comingBack(Mosquitto.freePort())).use { client ->
            val operation = client.beginPublish(Message("a", "x", Qos.AT_LEAST_ONCE))
            operation.cancel()
            repeat(2) { assertThrows<MqttkaException.Cancelled> { operation.outcome() } }
            val waiting = launch(start = CoroutineStart.UNDISPATCHED) { client.publish("a", "y", Qos.AT_LEAST_ONCE) }
            assertEquals(1L, client.status().outboundQueueMessages)
            waiting.cancelAndJoin()
            // Nobody is told when it has left the queue: of many that are cancelled, the library looks for all at once.
            withTimeout(1.minutes) { while (client.status().outboundQueueMessages != 0L) yield() }
        }
    }

    @Test
    fun `the application acknowledges, refuses, or has it again`() = scene { broker, client ->
        client.subscription("a", Qos.AT_LEAST_ONCE, manualAcknowledgement = true).use { stream ->
            broker.publish(1, "a")
            broker.publish(2, "a")
            val failure = runCatching { stream.asFlow().collect { error("of the test") } }
            assertEquals("of the test", failure.exceptionOrNull()?.message)
            val messages = mutableListOf<Message>()
            while (messages.size < 2) stream.nextBatch(1) { messages += it }
            assertEquals(listOf("1", "2"), messages.map { it.payloadAsString })
            assertEquals(listOf(true, false), messages.map { it.dup })
            assertThrows<MqttkaException.InvalidOption> { messages[1].refuse(ReasonCode.SUCCESS) }
            messages[1].refuse(ReasonCode.PAYLOAD_FORMAT_INVALID, "no", listOf(UserProperty("a", "b")))
            messages[0].acknowledge()
            messages[1].acknowledge()
            assertEquals(listOf("PUBACK 1", "PUBACK 2"), List(2) { broker.next() })
        }
    }

    @Test
    fun `a request has its response`() = act {
        Mosquitto().use { broker ->
            Client(options(broker.port)).use { client ->
                client.connect()
                val responder = launch(start = CoroutineStart.UNDISPATCHED) {
                    client.respond("lights/state") { request -> "${request.payloadAsString}: on".encodeToByteArray() }
                }
                var response: Message? = null
                while (response == null) {
                    // Until the responder has subscribed, nobody is there.
                    response = try {
                        client.request("lights/state", "kitchen", timeout = 1.minutes)
                    } catch (nobody: MqttkaException.Refused) {
                        assertEquals(ReasonCode.NO_MATCHING_SUBSCRIBERS, nobody.reasonCode)
                        null
                    }
                }
                assertEquals("kitchen: on", response.payloadAsString)
                responder.cancelAndJoin()
                assertThrows<MqttkaException.InvalidArgument> { Message("a", "").replyTo("x") }
            }
            Client(options(broker.port, Version.MQTT311)).use { client ->
                assertThrows<MqttkaException.NotSupported> { client.request("a", "") }
                assertThrows<MqttkaException.NotSupported> { client.respond("a") { null } }
            }
        }
    }

    @Test
    fun `packets are counted, seen, and recorded`() {
        val seen = LinkedBlockingQueue<TappedPacket>()
        scene({ it.copy(packetTap = { packets -> seen.addAll(packets) }) }) { broker, client ->
            client.publish("a", "x")
            val packets = List(3) { checkNotNull(seen.poll(60, TimeUnit.SECONDS)) }
            assertEquals(listOf(PacketType.CONNECT, PacketType.CONN_ACK, PacketType.PUBLISH), packets.map { it.packetType })
            assertEquals(Direction.RECEIVED, packets[1].direction)
            assertEquals(listOf<Byte>(0x30, 5), packets[2].bytes.take(2))
            val counters = client.counters()
            assertEquals(1L, counters.packetsSent[PacketType.PUBLISH])
            assertEquals(1L, counters.connections)
            assertEquals(counters.pingRoundTrips.bounds.size + 1, counters.pingRoundTrips.counts.size)
            val sent = client.metrics().single {
                it.name == "mqttka.client.packets" &&
                    it.attributes == mapOf("network.io.direction" to "transmit", "mqttka.packet.type" to "PUBLISH")
            }
            assertEquals(MetricKind.COUNTER to MetricValue.Integer(1), sent.kind to sent.value)
            val ended = CompletableFuture<Event>()
            client.addListener { if (it.kind is EventKind.Disconnected) ended.complete(it) }
            broker.hangUp()
            val record = checkNotNull(ended.get(60, TimeUnit.SECONDS).record)
            assertTrue("PUBLISH" in record.text && record.json.startsWith("{"), record.json)
        }
    }

    @Test
    fun `a trace context goes with a message`() {
        val context = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=b")
        val message = Message("a", "x", properties = listOf(Property.UserProperty("c", "d")))
        assertNull(message.traceContext)
        val traced = message.withTraceContext(context)
        assertEquals(context, traced.withTraceContext(context).traceContext)
        assertEquals(3, traced.properties.size)
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", context.traceId)
        assertEquals("00f067aa0ba902b7" to true, context.parentId to context.isSampled)
        assertThrows<MqttkaException.InvalidArgument> { TraceContext("00") }
        assertThrows<MqttkaException.InvalidArgument> { TraceContext(context.traceparent, "=") }
    }

    @Test
    fun `the new options have their bounds`() {
        val good = Options(host = "127.0.0.1")
        for ((text, options) in mapOf(
            "topicAliasMaximum is 65536; it must be 0 to 65535" to good.copy(topicAliasMaximum = 65_536),
            "outboundTopicAliasMaximum is -1; it must be 0 to 65535" to good.copy(outboundTopicAliasMaximum = -1),
            "rateLimitMessagesPerSecond is -1; it must be 0 to 4294967295" to good.copy(rateLimit = RateLimit(-1)),
            "rateLimitBurst is 172800s; it must be 0ns to 86400s" to good.copy(rateLimit = RateLimit(1, burst = 2.days)),
            "scramMaxIterations is 1; it must be 4096 to 100000000" to
                good.copy(authenticator = ScramSha256("a", "b", 1)),
        )) {
            val error = assertThrows<MqttkaException.InvalidOption>(text) { Client(options).close() }
            assertEquals(text, error.message)
        }
        Client(good.copy(tolerate = Fault.entries.toSet(), rateLimit = RateLimit(bytesPerSecond = 1))).close()
    }

    @Test
    fun `an authenticator proves who it is, or says why not`() {
        // The broker goes on with AUTH, and then with CONNACK; both have the method "m".
        val auth = bytes(0xF0, 11, 0x18, 9, 0x15, 0, 1, 'm'.code, 0x16, 0, 2, 'h'.code, 'i'.code)
        val steps = LinkedBlockingQueue<AuthenticationStep>()
        val authenticator = object : Authenticator {
            override val method = "m"

            override suspend fun authenticate(request: AuthenticationRequest): ByteArray? {
                steps.put(request.step)
                if (request.step is AuthenticationStep.Continue) throw AuthenticatorException("not this broker", fatal = true)
                return "I".encodeToByteArray()
            }
        }
        ScriptedBroker(auth).use { broker ->
            act {
                Client(options(broker.port) { it.copy(authenticator = authenticator) }).use { client ->
                    val error = assertThrows<MqttkaException.ConnectFailed> { client.connect() }
                    assertEquals(ConnectError.Authentication("not this broker"), error.error)
                    assertInstanceOf(AuthenticatorException::class.java, error.cause)
                    assertInstanceOf(AuthenticationStep.Start::class.java, steps.poll(60, TimeUnit.SECONDS))
                    val went = steps.poll(60, TimeUnit.SECONDS) as AuthenticationStep.Continue
                    assertEquals("hi", went.data?.decodeToString())
                    assertThrows<MqttkaException.NotConnected> { client.reauthenticate() }
                }
            }
        }
        assertFalse("s3cret" in "${ScramSha256("ann", "s3cret")}")
        assertEquals(ScramSha256("a", "b"), ScramSha256("a", "b"))
    }

    private fun scene(
        change: (Options) -> Options = { it },
        connack: ByteArray = bytes(0x20, 3, 0, 0, 0),
        test: suspend CoroutineScope.(ScriptedBroker, Client) -> Unit,
    ) = ScriptedBroker(connack).use { broker ->
        act {
            Client(options(broker.port, change = change)).use { client ->
                client.connect()
                test(broker, client)
            }
        }
    }

    private fun act(test: suspend CoroutineScope.() -> Unit) = runBlocking(Dispatchers.Default) {
        withTimeout(3.minutes) { test() }
    }
}
