package io.mqttka

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import java.nio.ByteBuffer
import java.nio.file.Path
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes

/** A client that comes back by itself. */
class ComingBackTest {
    @Test
    fun `three restarts of a broker that keeps sessions lose nothing, and each publish has one outcome`(
        @TempDir kept: Path,
    ) = act {
        val port = Mosquitto.freePort()
        val recorder = Recorder()
        val session = { name: String -> comingBack(port) { it.copy(clientId = name, cleanStart = false, sessionExpiryInterval = 1.hours) } }
        val total = ROUNDS * PER_ROUND
        var broker = Mosquitto(port = port, persistence = kept)
        try {
            Client(session("receiver"), recorder).use { receiver ->
                receiver.connect()
                assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind)
                val arrived = Channel<Int>(Channel.UNLIMITED)
                val collector = launch {
                    receiver.subscription("n", Qos.EXACTLY_ONCE).use { stream ->
                        arrived.send(READY)
                        stream.asFlow().collect { arrived.send(number(it)) }
                    }
                }
                assertEquals(READY, arrived.receive())
                Client(session("sender")).use { sender ->
                    sender.connect()
                    val outcomes = mutableListOf<Deferred<Outcome>>()
                    var waiting = 0L
                    repeat(ROUNDS) { round ->
                        outcomes += List(PER_ROUND / 2) { publishing(sender, round * PER_ROUND + it) }
                        outcomes[round * PER_ROUND].await()
                        // In the middle of it: what was sent waits for the broker, which does not run.
                        broker.signal("STOP")
                        outcomes += List(PER_ROUND / 2) { publishing(sender, round * PER_ROUND + PER_ROUND / 2 + it) }
                        waiting += sender.status().outboundQueueMessages
                        broker.signal("TERM")
                        broker.signal("CONT")
                        broker.close()
                        broker = Mosquitto(port = port, persistence = kept)
                        val end = recorder.next()
                        assertInstanceOf(EventKind.Disconnected::class.java, end.kind)
                        assertTrue(end.willReconnect && !end.isFinal)
                        val back = returned(recorder)
                        assertTrue(back.sessionPresent)
                        assertFalse(back.sessionLost)
                    }
                    assertEquals(List(total) { false }, outcomes.awaitAll().map { it.reasonCode.isFailure })
                    assertTrue(waiting >= ROUNDS * PER_ROUND / 2)
                    println("figure: $waiting of $total publishes waited for an outcome when the broker was stopped")
                }
                val times = IntArray(total)
                while (times.any { it == 0 }) times[arrived.receive()]++
                assertEquals(emptyList<Int>(), (0 until total step 2).filter { times[it] != 1 }, "QoS 2 comes once")
                assertTrue(collector.isActive)
                collector.cancel()
            }
        } finally {
            broker.close()
        }
        assertEquals(DisconnectCause.ClientClosed, (recorder.next().kind as EventKind.Disconnected).info.cause)
    }

    @Test
    fun `three restarts of a broker that forgets are one flow, subscribed again`() = act {
        val port = Mosquitto.freePort()
        val recorder = Recorder()
        var broker = Mosquitto(port = port)
        try {
            Client(comingBack(port), recorder).use { client ->
                client.connect()
                assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind)
                val arrived = Channel<Message>(Channel.UNLIMITED)
                client.subscription("n", Qos.AT_LEAST_ONCE).use { stream ->
                    val collector = async { runCatching { stream.asFlow().collect { arrived.send(it) } } }
                    repeat(ROUNDS) { round ->
                        broker.close()
                        assertTrue(recorder.next().willReconnect)
                        // While there is no broker.
                        val outcome = publishing(client, round, Qos.AT_LEAST_ONCE)
                        broker = Mosquitto(port = port)
                        val back = returned(recorder)
                        assertEquals(1, back.resubscribed)
                        assertTrue(back.offline!! > Duration.ZERO)
                        outcome.await()
                        assertEquals(round, number(arrived.receive()))
                    }
                    assertTrue(collector.isActive)
                    assertNull(stream.end)
                    client.disconnect()
                    // The end that nothing follows is the flow's.
                    assertInstanceOf(MqttkaException.StreamEnded::class.java, collector.await().exceptionOrNull())
                    assertInstanceOf(StreamEnd.Disconnected::class.java, stream.end)
                }
            }
        } finally {
            broker.close()
        }
    }

    @Test
    fun `what is published and subscribed before connect waits for it`() = ScriptedBroker().use { broker ->
        act {
            Client(comingBack(broker.port)).use { client ->
                val published = async(start = CoroutineStart.UNDISPATCHED) { client.publish("a", ByteArray(1)) }
                val stream = async(start = CoroutineStart.UNDISPATCHED) { client.subscription("a", Qos.AT_LEAST_ONCE) }
                assertEquals(2L, client.status().outboundQueueMessages)
                client.connect()
                assertEquals(ReasonCode.SUCCESS, published.await().reasonCode)
                stream.await().use {
                    broker.publish(1, "a")
                    assertEquals("1", it.asFlow().first().payload.decodeToString())
                }
            }
        }
    }

    @Test
    fun `a publish has the time that it is given`() = act {
        Client(comingBack(Mosquitto.freePort())).use { client ->
            val message = Message("a", ByteArray(1), Qos.AT_LEAST_ONCE)
            assertThrows<MqttkaException.TimedOut> { client.publish(message, timeout = 50.milliseconds) }
            client.enqueue(message, timeout = 1.milliseconds)
            assertThrows<MqttkaException.TimedOut> { client.publish("a", ByteArray(1), timeout = 50.milliseconds) }
            assertEquals(0L, client.status().outboundQueueMessages)
        }
    }

    @Test
    fun `credentials that are refused are the end of it`() = Mosquitto(users = mapOf("ann" to "right")).use { broker ->
        act {
            val recorder = Recorder()
            val wrong = comingBack(broker.port) { it.copy(userName = "ann", password = "wrong".encodeToByteArray()) }
            Client(wrong, recorder).use { client ->
                val stream = async(start = CoroutineStart.UNDISPATCHED) { runCatching { client.subscription("a") } }
                assertThrows<MqttkaException.ConnectFailed> { client.connect() }
                val failed = recorder.next()
                assertInstanceOf(EventKind.ConnectFailed::class.java, failed.kind)
                assertFalse(failed.willReconnect)
                val stopped = recorder.next()
                assertTrue(stopped.isFinal)
                val info = assertInstanceOf(EventKind.ReconnectStopped::class.java, stopped.kind).info
                assertEquals(StopReason.CREDENTIALS, info.reason)
                assertInstanceOf(Ended.ConnectFailed::class.java, info.cause)
                client.state.first { it is ConnectionState.ReconnectStopped }
                assertEquals(State.IDLE, client.status().state)
                stream.cancel()
            }
            // Unless it is told that they come right.
            Client(wrong.copy(reconnectRetryOn = setOf(StopReason.CREDENTIALS), reconnectMaxAttempts = 3), recorder).use { client ->
                recorder.awaitTerminated()
                assertThrows<MqttkaException.ConnectFailed> { client.connect() }
                val ends = generateSequence { recorder.next() }.takeWhile { it.kind !is EventKind.ReconnectStopped }.toList()
                assertEquals(3, ends.count { it.kind is EventKind.ConnectFailed })
                assertEquals(2, ends.count { it.willReconnect })
            }
        }
    }

    @Test
    fun `hints and the application cut the wait short`() {
        val hints = mapOf<String, suspend (Client) -> Unit>(
            "reconnectNow" to { it.reconnectNow() },
            "connect" to { it.connect() },
            "a network" to { it.networkChanged(NetworkChange.AVAILABLE, metered = true, id = "wifi") },
            "the foreground" to { it.enteredForeground() },
        )
        for ((name, hint) in hints) ScriptedBroker().use { broker ->
            act {
                val patient = comingBack(broker.port) { it.copy(reconnectFirstDelay = 1.days, reconnectMaxDelay = 1.days) }
                val recorder = Recorder()
                Client(patient, recorder).use { client ->
                    client.connect()
                    assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind)
                    broker.hangUp()
                    assertInstanceOf(EventKind.Disconnected::class.java, recorder.next().kind)
                    val waiting = assertInstanceOf(EventKind.Reconnecting::class.java, recorder.next().kind).info
                    assertEquals(1, waiting.attemptNumber)
                    assertInstanceOf(Ended.Disconnected::class.java, waiting.cause)
                    assertEquals(ConnectionState.Reconnecting(1, waiting), client.state.value)
                    assertTrue(client.status().nextAttemptIn!! <= waiting.delay)
                    hint(client)
                    assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind, name)
                }
            }
        }
    }

    @Test
    fun `disconnect ends the wait for good`() = act {
        val recorder = Recorder()
        val patient = comingBack(Mosquitto.freePort()) { it.copy(reconnectFirstDelay = 1.days, reconnectMaxDelay = 1.days) }
        Client(patient, recorder).use { client ->
            assertThrows<MqttkaException.ConnectFailed> { client.connect() }
            assertTrue(recorder.next().willReconnect)
            assertInstanceOf(EventKind.Reconnecting::class.java, recorder.next().kind)
            client.disconnect()
            val stopped = assertInstanceOf(EventKind.ReconnectStopped::class.java, recorder.next().kind).info
            assertEquals(StopReason.DISCONNECT_REQUESTED, stopped.reason)
        }
        recorder.awaitTerminated()
    }

    @Test
    fun `a listener that is added hears what follows, until it is closed`() = ScriptedBroker().use { broker ->
        act {
            Client(options(broker.port)).use { client ->
                val recorder = Recorder()
                val listening = client.addListener(recorder)
                client.connect()
                assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind)
                listening.close()
                client.disconnect()
                client.connect()
                assertTrue(recorder.nothingWithin(50))
            }
        }
    }

    /** The next connection; before it come attempts that fail. */
    @Test
    fun `a program can start while offline`() = act {
        val port = Mosquitto.freePort()
        val recorder = Recorder()
        Client(comingBack(port), recorder).use { client ->
            client.connectNowait()
            val early = publishing(client, 0)
            assertInstanceOf(EventKind.ConnectFailed::class.java, recorder.next().kind)
            Mosquitto(port = port).use {
                returned(recorder)
                assertFalse(early.await().reasonCode.isFailure)
                assertThrows<MqttkaException.AlreadyConnected> { client.connectNowait() }
            }
        }
    }

    private fun returned(recorder: Recorder): Connected {
        while (true) {
            val kind = recorder.next().kind
            if (kind is EventKind.Connected) return kind.info
            assertTrue(kind is EventKind.Reconnecting || kind is EventKind.ConnectFailed, "$kind")
        }
    }

    private fun CoroutineScope.publishing(client: Client, number: Int, qos: Qos? = null): Deferred<Outcome> {
        val of = qos ?: if (number % 2 == 0) Qos.EXACTLY_ONCE else Qos.AT_LEAST_ONCE
        return async(start = CoroutineStart.UNDISPATCHED) {
            client.publish("n", ByteBuffer.allocate(4).putInt(number).array(), of)
        }
    }

    private fun number(message: Message) = ByteBuffer.wrap(message.payload).getInt()

    private fun act(test: suspend CoroutineScope.() -> Unit) = runBlocking(Dispatchers.Default) {
        withTimeout(3.minutes) { test() }
    }

    private companion object {
        const val ROUNDS = 3
        const val PER_ROUND = 500
        const val READY = -1
    }
}
