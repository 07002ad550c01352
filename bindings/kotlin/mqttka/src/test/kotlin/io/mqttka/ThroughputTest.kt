package io.mqttka

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.parallel.Isolated
import java.nio.ByteBuffer
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.minutes
import kotlin.time.DurationUnit
import kotlin.time.measureTime

@Isolated
class ThroughputTest {
    private val count = 100_000
    private val payload = 64

    /**
     * In 5.0, mosquitto 2.0.11 sends a receiver that was at its Receive Maximum once everything
     * that it has queued [MQTT-3.3.4-9], which ends the connection.
     */
    private val version = Version.MQTT311

    private val tellUnexpected = LifecycleListener { event ->
        val info = (event.kind as? EventKind.Disconnected)?.info
        if (info != null && info.cause != DisconnectCause.ClientClosed) println("disconnected: ${info.detail}")
    }

    @Test
    fun `100,000 messages at QoS 1 arrive, each once and in order`() = Mosquitto().use { broker ->
        runBlocking(Dispatchers.Default) {
            withTimeout(10.minutes) {
                Client(options(broker.port, version), tellUnexpected).use { receiver ->
                    Client(options(broker.port)).use { sender ->
                        receiver.connect()
                        sender.connect()
                        receiver.openMessages("load").use { stream ->
                            receiver.subscribe("load", Qos.AT_LEAST_ONCE)
                            val received = async {
                                var expected = 0
                                stream.asFlow().take(count).collect {
                                    assertEquals(expected++, ByteBuffer.wrap(it.payload).getInt())
                                }
                                expected
                            }
                            val time = measureTime {
                                enqueueAll(sender)
                                assertEquals(count, received.await())
                            }
                            figure("in and out at once, QoS 1", time.toDouble(DurationUnit.SECONDS))
                        }
                    }
                }
            }
        }
    }

    @Test
    fun `publishing with 100 coroutines that each await the broker`() = Mosquitto().use { broker ->
        runBlocking(Dispatchers.Default) {
            withTimeout(10.minutes) {
                Client(options(broker.port)).use { sender ->
                    sender.connect()
                    val next = AtomicInteger()
                    val total = count / 5
                    val time = measureTime {
                        coroutineScope {
                            repeat(100) {
                                launch {
                                    while (true) {
                                        val number = next.getAndIncrement()
                                        if (number >= total) break
                                        sender.publish(message(number))
                                    }
                                }
                            }
                        }
                    }
                    figure("out, QoS 1, awaited, 100 at a time", time.toDouble(DurationUnit.SECONDS), total)
                }
            }
        }
    }

    @Test
    fun `receiving what the broker has queued`() = Mosquitto().use { broker ->
        runBlocking(Dispatchers.Default) {
            withTimeout(10.minutes) {
                val session: (Options) -> Options = { it.copy(clientId = "queued", cleanStart = false) }
                Client(options(broker.port, version, change = session)).use { client ->
                    client.connect()
                    client.subscribe("load", Qos.AT_LEAST_ONCE)
                    client.disconnect()
                }
                Client(options(broker.port)).use { sender ->
                    sender.connect()
                    val time = measureTime {
                        enqueueAll(sender)
                        sender.disconnect(drainTimeout = 5.minutes)
                    }
                    figure("out, QoS 1, queued 256 at a time", time.toDouble(DurationUnit.SECONDS))
                }
                Client(options(broker.port, version, change = session), tellUnexpected).use { client ->
                    client.openMessages().use { stream ->
                        val time = measureTime {
                            client.connect()
                            var expected = 0
                            stream.asFlow().take(count).collect {
                                assertEquals(expected++, ByteBuffer.wrap(it.payload).getInt())
                            }
                        }
                        figure("in, QoS 1", time.toDouble(DurationUnit.SECONDS))
                    }
                }
            }
        }
    }

    private fun message(number: Int): Message {
        val bytes = ByteBuffer.allocate(payload).putInt(number).array()
        return Message("load", bytes, Qos.AT_LEAST_ONCE)
    }

    /** Waits where the queue is full. */
    private suspend fun enqueueAll(client: Client) {
        for (batch in (0 until count).chunked(256)) {
            var rest = batch.map(::message)
            while (rest.isNotEmpty()) {
                try {
                    rest = rest.drop(client.enqueueAll(rest))
                } catch (_: MqttkaException.QueueFull) {
                    delay(1)
                }
            }
        }
    }

    private fun figure(what: String, seconds: Double, messages: Int = count) =
        println("figure: $what: %,.0f messages/s".format(messages / seconds))
}
