package io.mqttka.testing

import io.mqttka.AuthenticationRequest
import io.mqttka.AuthenticationStep
import io.mqttka.Authenticator
import io.mqttka.Client
import io.mqttka.ConnectError
import io.mqttka.Message
import io.mqttka.MqttkaException
import io.mqttka.PacketType
import io.mqttka.Property
import io.mqttka.Qos
import io.mqttka.ReasonCode
import io.mqttka.ScramSha256
import io.mqttka.Transport
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import kotlin.time.Duration.Companion.minutes

/** What the fake broker has below MQTT, and of MQTT 5.0. */
class LayersTest {
    private fun FakeBroker.test(what: suspend (FakeBroker) -> Unit): Unit =
        use { runBlocking(Dispatchers.Default) { withTimeout(2.minutes) { what(it) } } }

    @ParameterizedTest
    @EnumSource(Transport::class, names = ["UNIX"], mode = EnumSource.Mode.EXCLUDE)
    fun `it speaks each transport`(transport: Transport) = FakeBroker(transport = transport).test { broker ->
        val encrypted = transport == Transport.TLS || transport == Transport.WEB_SOCKET_TLS
        assertEquals(encrypted, broker.authority != null)
        val client = Client(broker.uri) { broker.authority?.let { tls { ca = it.encodeToByteArray() } } }
        client.use {
            client.connect()
            client.publish("a", "hello", Qos.AT_LEAST_ONCE)
            assertEquals("hello", broker.awaitPublish("a").payloadAsString)
        }
        if (encrypted) {
            // Nobody but who knows its authority trusts it.
            Client(broker.uri) { reconnect = false }.use { stranger ->
                assertThrows<MqttkaException.ConnectFailed> { stranger.connect() }
            }
        }
    }

    @Test
    fun `there is no Unix socket`() {
        val thrown = assertThrows<IllegalArgumentException> { FakeBroker(transport = Transport.UNIX) }
        assertTrue("UNIX" in thrown.message.orEmpty(), thrown.message)
    }

    /** Each property that a message may have, both ways. */
    @Test
    fun `properties go both ways`() = FakeBroker().test { broker ->
        val properties = listOf(
            Property.PayloadFormatIndicator(1),
            Property.MessageExpiryInterval(0xffff_fffeL),
            Property.ContentType("text/plain"),
            Property.ResponseTopic("answers"),
            Property.CorrelationData(byteArrayOf(1, 0, 2)),
            Property.UserProperty("a", "1"),
            Property.UserProperty("a", "2"),
        )
        Client(broker.uri).use { client ->
            client.connect()
            client.publish(Message("a", "x", Qos.AT_LEAST_ONCE, properties = properties))
            assertEquals(properties.toSet(), broker.awaitPublish("a").properties.toSet())
            client.subscription("b", Qos.AT_LEAST_ONCE).use { stream ->
                // The expiry interval counts down, where it waits.
                broker.publish(Message("b", "y", Qos.AT_LEAST_ONCE, properties = properties - properties[1]))
                assertEquals((properties - properties[1]).toSet(), stream.asFlow().first().properties.toSet())
            }
            val subscribed = broker.await(SeenKind.SUBSCRIBED, "b")
            assertEquals(emptyList<Property>(), subscribed.properties.filterIsInstance<Property.UserProperty>())
        }
    }

    @Test
    fun `what is announced is held to, and what packets bear is said`() = FakeBroker().test { broker ->
        broker.announce(listOf(Property.ServerKeepAlive(7), Property.ReceiveMaximum(1), Property.UserProperty("n", "v")))
        broker.setProperties(PacketType.PUB_ACK, listOf(Property.ReasonString("taken")))
        Client(broker.uri).use { client ->
            val connected = client.connect()
            assertEquals(7, connected.keepAlive.inWholeSeconds.toInt())
            assertEquals(1, checkNotNull(client.negotiated).receiveMaximum)
            assertEquals("taken", client.publish("a", "x", Qos.AT_LEAST_ONCE).reasonString)
            broker.setProperties(PacketType.PUB_ACK, emptyList())
            assertNull(client.publish("a", "x", Qos.AT_LEAST_ONCE).reasonString)
        }
        assertThrows<IllegalArgumentException> { broker.announce(listOf(Property.ServerKeepAlive(-1))) }
        assertThrows<IllegalArgumentException> { broker.announce(listOf(Property.ContentType("no CONNACK has it"))) }
    }

    @Test
    fun `clients authenticate by SCRAM, or are refused`() = FakeBroker().test { broker ->
        broker.authenticateScram("ann", "pencil")
        for (password in listOf("pencil", "pen")) {
            val options: io.mqttka.OptionsBuilder.() -> Unit = {
                reconnect = false
                authenticator = ScramSha256("ann", password)
            }
            Client(broker.uri, configure = options).use { client ->
                val result = runCatching { client.connect() }
                assertEquals(password == "pencil", result.isSuccess, "$result")
            }
        }
        assertEquals(ReasonCode.NOT_AUTHORIZED, broker.await(SeenKind.REFUSED).reasonCode)
    }

    @Test
    fun `challenges are answered, at first and again, and a cancelled wait leaves the exchange alone`() = FakeBroker().test { broker ->
        broker.authenticate("ticket")
        broker.challenge("which?".encodeToByteArray())
        broker.finishAuthentication("welcome".encodeToByteArray())
        val finished = mutableListOf<String?>()
        val ticket = object : Authenticator {
            override val method = "ticket"

            override suspend fun authenticate(request: AuthenticationRequest): ByteArray? =
                when (val step = request.step) {
                    is AuthenticationStep.Start -> "a ticket".encodeToByteArray()
                    is AuthenticationStep.Continue -> "this one".encodeToByteArray()
                    is AuthenticationStep.Finish -> null.also { finished += step.data?.decodeToString() }
                }
        }
        Client(broker.uri) {
            authenticator = ticket
            reconnect = false
        }.use { client ->
            client.connect()
            assertEquals("welcome", finished.single())
            val data = List(2) { broker.await(SeenKind.AUTHENTICATING) }
                .flatMap { it.properties }.filterIsInstance<Property.AuthenticationData>().map { it.value.decodeToString() }
            assertEquals(listOf("a ticket", "this one"), data)
            assertEquals(ReasonCode.SUCCESS, client.reauthenticate().reasonCode)
            broker.goSilent()
            val waiting = coroutineScopeAsync { client.reauthenticate() }
            waiting.cancel()
            broker.comeBack()
            client.flush(1.minutes)
            broker.refuseAuthentications(ReasonCode.NOT_AUTHORIZED)
            assertThrows<MqttkaException> { client.reauthenticate() }
        }
        Client(broker.uri) { reconnect = false }.use { stranger ->
            val failed = assertThrows<MqttkaException.ConnectFailed> { stranger.connect() }
            assertEquals(ReasonCode.NOT_AUTHORIZED, (failed.error as ConnectError.Refused).reasonCode)
        }
    }

    private fun coroutineScopeAsync(what: suspend () -> Unit) =
        kotlinx.coroutines.CoroutineScope(Dispatchers.Default).async(start = CoroutineStart.UNDISPATCHED) { what() }
}
