package io.mqttka

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes

/** What to connect with, asked for each attempt. */
class ProviderTest {
    @Test
    fun `each attempt has a token of its own`() = ScriptedBroker().use { broker ->
        act {
            val tokens = AtomicInteger()
            val recorder = Recorder()
            Client(with(broker.port) { token("token ${tokens.incrementAndGet()}") }, recorder).use { client ->
                client.connect()
                repeat(2) {
                    assertEquals("token ${it + 1}", broker.passwords.poll(60, TimeUnit.SECONDS))
                    assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind)
                    broker.hangUp()
                    assertInstanceOf(EventKind.Disconnected::class.java, recorder.next().kind)
                    assertInstanceOf(EventKind.Reconnecting::class.java, recorder.next().kind)
                }
                assertEquals("token 3", broker.passwords.poll(60, TimeUnit.SECONDS))
            }
        }
    }

    @Test
    fun `it can say where to, too`() = ScriptedBroker().use { broker ->
        act {
            val provider = ConnectionProvider { ProvidedConnection(uri = "mqtt://127.0.0.1:${broker.port}") }
            Client(with(Mosquitto.freePort(), provider)).use { it.connect() }
        }
    }

    @Test
    fun `one that hangs is cancelled with its attempt, and asked again`() = ScriptedBroker().use { broker ->
        act {
            val cancelled = LinkedBlockingQueue<Duration>()
            val provider = ConnectionProvider { request ->
                if (request.attemptNumber < 3) {
                    try {
                        awaitCancellation()
                    } finally {
                        cancelled.put(request.timeLeft)
                    }
                }
                token("late")
            }
            val recorder = Recorder()
            Client(with(broker.port, provider).copy(connectTimeout = 2_000.milliseconds), recorder).use { client ->
                val error = assertThrows<MqttkaException.ConnectFailed> { client.connect() }.error
                assertEquals(Stage.PROVIDER, assertInstanceOf(ConnectError.Timeout::class.java, error).stage)
                repeat(2) {
                    assertTrue(cancelled.poll(60, TimeUnit.SECONDS)!! in Duration.ZERO..2_000.milliseconds)
                    assertInstanceOf(EventKind.ConnectFailed::class.java, recorder.next().kind)
                    assertInstanceOf(EventKind.Reconnecting::class.java, recorder.next().kind)
                }
                // A busy machine may need more than one attempt.
                while (recorder.next().kind !is EventKind.Connected) continue
                assertEquals("late", broker.passwords.poll(60, TimeUnit.SECONDS))
            }
        }
    }

    @Test
    fun `disconnect cancels it`() = act {
        val asked = CountDownLatch(1)
        val cancelled = CountDownLatch(1)
        val provider = ConnectionProvider {
            try {
                asked.countDown()
                awaitCancellation()
            } catch (end: CancellationException) {
                cancelled.countDown()
                throw end
            }
        }
        // A deadline that the test does not wait for.
        Client(with(Mosquitto.freePort(), provider).copy(connectTimeout = 60.minutes)).use { client ->
            val attempt = async(start = CoroutineStart.UNDISPATCHED) { runCatching { client.connect() } }
            assertTrue(asked.await(60, TimeUnit.SECONDS))
            client.disconnect()
            val error = assertInstanceOf(MqttkaException.ConnectFailed::class.java, attempt.await().exceptionOrNull())
            assertEquals(ConnectError.DisconnectRequested, error.error)
            assertTrue(cancelled.await(60, TimeUnit.SECONDS))
        }
    }

    @Test
    fun `one that blocks holds one thread, whatever is asked meanwhile`() = ScriptedBroker().use { broker ->
        act {
            val free = CountDownLatch(1)
            val asked = CountDownLatch(1)
            val inside = AtomicInteger()
            val most = AtomicInteger()
            val provider = ConnectionProvider {
                most.accumulateAndGet(inside.incrementAndGet(), ::maxOf)
                asked.countDown()
                // Heeds nothing.
                free.await()
                inside.decrementAndGet()
                token("at last")
            }
            val recorder = Recorder()
            Client(with(broker.port, provider).copy(connectTimeout = 100.milliseconds), recorder).use { client ->
                assertThrows<MqttkaException.ConnectFailed> { client.connect() }
                assertTrue(asked.await(60, TimeUnit.SECONDS))
                repeat(5) {
                    val failed = assertInstanceOf(EventKind.ConnectFailed::class.java, recorder.next().kind)
                    assertInstanceOf(ConnectError.Timeout::class.java, failed.error)
                    assertInstanceOf(EventKind.Reconnecting::class.java, recorder.next().kind)
                }
                assertEquals(1, inside.get())
                free.countDown()
                while (recorder.next().kind !is EventKind.Connected) continue
                assertEquals(1, most.get())
            }
        }
    }

    @Test
    fun `what it throws is why the attempt failed`() = act {
        val recorder = Recorder()
        val provider = ConnectionProvider { request ->
            if (request.attemptNumber == 1) error("no token today")
            throw ProviderException("no token any more", fatal = true)
        }
        Client(with(Mosquitto.freePort(), provider), recorder).use { client ->
            val error = assertThrows<MqttkaException.ConnectFailed> { client.connect() }.error
            assertEquals(ConnectError.Provider("no token today"), error)
            assertTrue(recorder.next().willReconnect)
            assertInstanceOf(EventKind.Reconnecting::class.java, recorder.next().kind)
            val last = assertInstanceOf(EventKind.ConnectFailed::class.java, recorder.next().kind)
            assertEquals(ConnectError.Provider("no token any more"), last.error)
            val stopped = assertInstanceOf(EventKind.ReconnectStopped::class.java, recorder.next().kind)
            assertEquals(StopReason.PROVIDER, stopped.info.reason)
        }
    }

    private fun token(text: String) = ProvidedConnection("ann", text.encodeToByteArray())

    private fun with(port: Int, provider: ConnectionProvider) = comingBack(port) { it.copy(provider = provider) }

    private fun act(test: suspend CoroutineScope.() -> Unit) = runBlocking(Dispatchers.Default) {
        withTimeout(3.minutes) { test() }
    }
}
