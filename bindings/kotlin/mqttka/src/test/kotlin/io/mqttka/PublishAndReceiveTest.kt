package io.mqttka

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource
import kotlin.time.Duration.Companion.minutes

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishAndReceiveTest {
    private val broker = Mosquitto()

    @AfterAll
    fun stop() = broker.close()

    @ParameterizedTest
    @CsvSource(
        "MQTT311, AT_MOST_ONCE",
        "MQTT311, AT_LEAST_ONCE",
        "MQTT311, EXACTLY_ONCE",
        "MQTT5, AT_MOST_ONCE",
        "MQTT5, AT_LEAST_ONCE",
        "MQTT5, EXACTLY_ONCE",
    )
    fun `a message comes back as it was sent`(version: Version, qos: Qos) = scene(version) { client ->
        val topic = "round/$version/$qos"
        client.openMessages(topic).use { stream ->
            val granted = client.subscribe(topic, qos)
            assertEquals(listOf(qos.value), granted.reasonCodes.map { it.value })
            val payload = byteArrayOf(0, 1, -1, 127)
            val outcome = client.publish(topic, payload, qos)
            assertFalse(outcome.reasonCode.isFailure)
            val message = stream.asFlow().first()
            assertEquals(topic, message.topic)
            assertArrayEquals(payload, message.payload)
            assertEquals(qos, message.qos)
            assertFalse(message.retain)
            assertEquals(1L, message.connectionNumber)
        }
    }

    @Test
    fun `properties travel in 5`() = scene(Version.MQTT5) { client ->
        client.openMessages("p").use { stream ->
            client.subscribe("p")
            val properties = listOf(
                Property.PayloadFormatIndicator(1),
                Property.ContentType("text/plain"),
                Property.ResponseTopic("answers"),
                Property.CorrelationData(byteArrayOf(7, 8)),
                Property.UserProperty("ключ", "значение"),
            )
            client.publish("p", "x".encodeToByteArray(), properties = properties)
            val received = stream.asFlow().first().properties
            assertEquals(setOf("PayloadFormatIndicator", "ContentType", "ResponseTopic", "CorrelationData", "UserProperty"),
                received.map { it::class.simpleName }.toSet())
            assertTrue(Property.UserProperty("ключ", "значение") in received)
            assertTrue(Property.ContentType("text/plain") in received)
        }
    }

    @Test
    fun `each stream has its own messages`() = scene(Version.MQTT5) { client ->
        val odd = client.openMessages("n/odd")
        val all = client.openMessages("n/#")
        client.subscribe("n/#", Qos.AT_LEAST_ONCE)
        for (number in 1..6) {
            val topic = if (number % 2 == 1) "n/odd" else "n/even"
            client.publish(topic, byteArrayOf(number.toByte()), Qos.AT_LEAST_ONCE)
        }
        val ofOdd = async { odd.asFlow().take(3).toList().map { it.payload[0].toInt() } }
        val ofAll = async { all.asFlow().take(6).toList().map { it.payload[0].toInt() } }
        assertEquals(listOf(1, 3, 5), ofOdd.await())
        assertEquals((1..6).toList(), ofAll.await())
        odd.close()
        all.close()
    }

    @Test
    fun `unsubscribing ends what comes`() = scene(Version.MQTT5) { client ->
        client.subscribe("u")
        assertEquals(ReasonCode.SUCCESS, client.unsubscribe("u").reasonCode)
        assertEquals(ReasonCode.NO_SUBSCRIPTION_EXISTED, client.unsubscribe("u").reasonCode)
        val nobody = client.publish("u", ByteArray(0), Qos.AT_LEAST_ONCE)
        assertEquals(ReasonCode.NO_MATCHING_SUBSCRIBERS, nobody.reasonCode)
    }

    @Test
    fun `the state follows the connection`() = runBlocking<Unit> {
        withTimeout(3.minutes) {
            Client(options(broker.port)).use { client ->
                assertEquals(ConnectionState.Idle, client.state.value)
                val info = client.connect()
                val connected = client.state.first { it is ConnectionState.Connected } as ConnectionState.Connected
                assertEquals(1L to info, connected.connectionNumber to connected.info)
                assertEquals(broker.port, connected.attempted?.port)
                assertEquals(State.CONNECTED, client.status().state)
                client.disconnect()
                val ended = client.state.first { it is ConnectionState.Disconnected }
                assertEquals(DisconnectCause.DisconnectRequested, (ended as ConnectionState.Disconnected).info.cause)
                client.close()
                client.state.first { it == ConnectionState.Closed }
            }
        }
    }

    private fun scene(version: Version, act: suspend CoroutineScope.(Client) -> Unit) = runBlocking {
        withTimeout(3.minutes) {
            Client(options(broker.port, version)).use { client ->
                client.connect()
                act(client)
                client.disconnect()
            }
        }
    }
}
