package io.mqttka

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import java.nio.file.Path
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** How a client leaves (fault 12), and how it comes back (fault 21). */
class GoodbyeTest {
    @Test
    fun `the end of use is a goodbye`() = ScriptedBroker().use { broker ->
        Client(options(broker.port)).use { client ->
            runBlocking { client.connect() }
            repeat(200) { client.enqueue(Message("a", byteArrayOf(1))) }
        }
        assertEquals(List(200) { "30" }, broker.until("DISCONNECT"))
        assertEquals("END", broker.next())
    }

    @Test
    fun `abort says nothing`() = ScriptedBroker().use { broker ->
        val recorder = Recorder()
        val client = Client(options(broker.port), recorder)
        runBlocking { client.connect() }
        client.abort()
        assertTrue(broker.next() in listOf("END", "RESET"))
        assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind)
        val ended = assertInstanceOf(EventKind.Disconnected::class.java, recorder.next().kind)
        assertEquals(DisconnectCause.ClientClosed, ended.info.cause)
        recorder.awaitTerminated()
        client.close()
    }

    @Test
    fun `disconnect with a drain timeout waits for acknowledgements`() = Mosquitto().use { broker ->
        runBlocking {
            withTimeout(3.minutes) {
                Client(options(broker.port)).use { receiver ->
                    receiver.connect()
                    receiver.subscription("a", Qos.AT_LEAST_ONCE).use { stream ->
                        Client(options(broker.port)).use { sender ->
                            sender.connect()
                            sender.enqueueAll(List(500) { Message("a", ByteArray(10), Qos.EXACTLY_ONCE) })
                            sender.disconnect(drainTimeout = 60.seconds)
                            assertEquals(0L, sender.status().outboundQueueMessages)
                            assertThrows<MqttkaException.NotConnected> { sender.disconnect() }
                        }
                        repeat(500) { stream.asFlow().first() }
                    }
                }
            }
        }
    }

    @Test
    fun `an attempt that was given up ends, and another follows at once`() {
        java.net.ServerSocket(0).use { silent ->
            val recorder = Recorder()
            // A deadline that the test does not wait for.
            val options = options(silent.localPort) { it.copy(connectTimeout = 10.minutes) }
            val client = Client(options, recorder)
            runBlocking {
                val attempt = launch(start = CoroutineStart.UNDISPATCHED) { client.connect() }
                attempt.cancelAndJoin()
                val again = async(start = CoroutineStart.UNDISPATCHED) { runCatching { client.connect() } }
                val first = assertInstanceOf(EventKind.ConnectFailed::class.java, recorder.next().kind)
                assertEquals(ConnectError.DisconnectRequested, first.error)
                // No event tells that an attempt has begun: look now and then.
                while (client.status().state != State.CONNECTING) delay(5)
                assertTrue(again.isActive)
                client.close()
                val error = assertInstanceOf(MqttkaException.ConnectFailed::class.java, again.await().exceptionOrNull())
                assertEquals(ConnectError.ClientClosed, error.error)
            }
            val second = assertInstanceOf(EventKind.ConnectFailed::class.java, recorder.next().kind)
            assertEquals(ConnectError.ClientClosed, second.error)
            recorder.awaitTerminated()
        }
    }

    @Test
    fun `what a refusing broker says is told`() {
        val connack = bytes(0x20, 8, 0, 0x9c, 5, 0x1c, 0, 2, 'b'.code, '2'.code)
        ScriptedBroker(connack).use { broker ->
            Client(options(broker.port)).use { client ->
                val error = assertThrows<MqttkaException.ConnectFailed> { runBlocking { client.connect() } }
                assertEquals(ConnectError.Refused(ReasonCode.USE_ANOTHER_SERVER, null, "b2"), error.error)
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = ["use", "exit", "stuck"])
    fun `the end of a program is a goodbye, whatever is stuck`(way: String) = ScriptedBroker().use { broker ->
        val java = Path.of(System.getProperty("java.home"), "bin", "java")
        val command = listOf("$java", "-cp", System.getProperty("java.class.path"), LastWords::class.java.name, "${broker.port}", way)
        val process = ProcessBuilder(command).redirectErrorStream(true).start()
        try {
            // For the collector that never returns.
            if (way == "stuck") broker.publish(1, "a")
            val heard = broker.until("DISCONNECT")
            val hook = if (way == "exit") listOf("31") else emptyList()
            assertEquals(List(200) { "30" } + hook, heard)
            assertEquals("", process.inputReader().readText())
            assertEquals(0, process.waitFor())
        } finally {
            process.destroyForcibly()
        }
    }
}
