package io.mqttka

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.net.ServerSocket
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.measureTime

class ErrorsTest {
    private val deadline = 2.seconds

    /** How long a busy machine may take for what is due, below the deadline that holds without one of its own (30 s). */
    private val margin = 20.seconds

    @Test
    fun `a host that does not exist`() {
        val error = failure { Options(host = "does-not-exist.invalid", connectTimeout = deadline, reconnect = false) }
        val stage = when (error) {
            is ConnectError.Transport -> error.stage
            is ConnectError.Timeout -> error.stage
            else -> null
        }
        assertEquals(Stage.DNS, stage, "$error")
    }

    @Test
    fun `a port where nobody listens`() {
        val error = failure { options(Mosquitto.freePort()) }
        assertEquals(Stage.TCP, assertInstanceOf(ConnectError.Transport::class.java, error).stage)
        assertEquals(111, (error as ConnectError.Transport).osError)
    }

    @Test
    fun `bad credentials, in both versions`() = Mosquitto(users = mapOf("ann" to "right")).use { broker ->
        for (version in Version.entries) {
            val error = failure {
                options(broker.port, version) { it.copy(userName = "ann", password = "wrong".encodeToByteArray()) }
            }
            val refused = assertInstanceOf(ConnectError.Refused::class.java, error)
            assertEquals(ReasonCode.NOT_AUTHORIZED, refused.reasonCode)
            val right = options(broker.port, version) { it.copy(userName = "ann", password = "right".encodeToByteArray()) }
            runBlocking { Client(right).use { it.connect() } }
        }
    }

    @Test
    fun `a server that says nothing`() = ServerSocket(0).use { server ->
        val error = failure { options(server.localPort) { it.copy(connectTimeout = deadline) } }
        val timeout = assertInstanceOf(ConnectError.Timeout::class.java, error)
        assertEquals(Stage.MQTT to deadline, timeout.stage to timeout.after)
    }

    @Test
    fun `calls that cannot be are refused at once`() {
        assertThrows(MqttkaException.InvalidOption::class.java) { Client(Options(host = "")) }
        assertThrows(MqttkaException.InvalidText::class.java) { Client(Options(host = "x", clientId = "a\u0000")) }
        Client(Options(host = "127.0.0.1", reconnect = false)).use { client ->
            val message = { topic: String -> Message(topic, ByteArray(0), Qos.AT_MOST_ONCE) }
            assertThrows(MqttkaException.InvalidTopic::class.java) { client.enqueue(message("a/#")) }
            assertThrows(MqttkaException.NotConnected::class.java) { client.enqueue(message("a")) }
            assertThrows(MqttkaException.InvalidTopic::class.java) { client.openMessages("a#") }
            assertThrows(MqttkaException.InvalidOption::class.java) { client.probeNow(Duration.ZERO) }
            client.close()
            assertThrows(MqttkaException.Closed::class.java) { client.enqueue(message("a")) }
            assertThrows(MqttkaException.Closed::class.java) { client.networkChanged(NetworkChange.CHANGED) }
            assertThrows(MqttkaException.Closed::class.java) { runBlocking { client.connect() } }
        }
    }

    @Test
    fun `reason codes have the specification's numbers and words`() {
        assertEquals(0x87, ReasonCode.NOT_AUTHORIZED.value)
        assertEquals("Not authorized", ReasonCode.NOT_AUTHORIZED.description)
        assertEquals(43, ReasonCode.entries.size)
    }

    /** How connecting fails, within the deadline. */
    private fun failure(options: () -> Options): ConnectError {
        val recorder = Recorder()
        return Client(options(), recorder).use { client ->
            var error: MqttkaException.ConnectFailed? = null
            val time = measureTime {
                error = assertThrows(MqttkaException.ConnectFailed::class.java) { runBlocking { client.connect() } }
            }
            assertTrue(time < deadline + margin, "took $time")
            val event = recorder.next().kind
            assertEquals(error!!.error, assertInstanceOf(EventKind.ConnectFailed::class.java, event).error)
            assertTrue(recorder.nothingWithin(50))
            error!!.error
        }
    }
}
