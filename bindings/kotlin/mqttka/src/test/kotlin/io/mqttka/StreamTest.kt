package io.mqttka

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.nio.ByteBuffer
import java.util.BitSet
import kotlin.random.Random
import kotlin.time.Duration.Companion.microseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.seconds

/** What a consumer did not consume is neither lost nor acknowledged (fault 14). */
class StreamTest {
    @Test
    fun `first in a loop sees every message`() = scene { broker, _, stream ->
        for (id in 1..500) broker.publish(id, "a")
        val seen = List(500) { stream.asFlow().first().text() }
        assertEquals((1..500).map { "$it" }, seen)
        stream.close()
        assertEquals((1..500).map { "PUBACK $it" }, broker.until("UNSUBSCRIBE"))
    }

    @Test
    fun `what a collector did not consume is for the next, and is not acknowledged`() = scene { broker, client, stream ->
        for (id in 1..100) broker.publish(id, "a")
        val failure = assertThrows<IllegalStateException> {
            stream.asFlow().collect { if (it.text() == "11") error("of the test") }
        }
        assertEquals("of the test", failure.message)
        // One that is cancelled while it has a message.
        val has = Channel<String>(1)
        val collector = launch(Dispatchers.Default) {
            stream.asFlow().collect {
                if (it.text() == "21") {
                    has.send(it.text())
                    Channel<Unit>().receive()
                }
            }
        }
        assertEquals("21", has.receive())
        collector.cancelAndJoin()
        assertEquals((1..20).map { "PUBACK $it" }, List(20) { broker.next() })
        client.probeNow(60.seconds)
        assertEquals("PING", broker.next())
        assertEquals((21..100).map { "$it" }, stream.asFlow().take(80).toList().map { it.text() })
    }

    @Test
    fun `a batch is consumed when the block returns`() = scene { broker, client, stream ->
        for (id in 1..10) broker.publish(id, "a")
        stream.asFlow().take(2).toList()
        assertThrows<IllegalStateException> { stream.nextBatch(3) { error("of the test") } }
        assertEquals(listOf("PUBACK 1", "PUBACK 2"), List(2) { broker.next() })
        client.probeNow(60.seconds)
        assertEquals("PING", broker.next())
        val seen = mutableListOf<String>()
        while (seen.size < 8) stream.nextBatch(3) { batch -> seen += batch.map { it.text() } }
        assertThrows<MqttkaException.InvalidOption> { stream.nextBatch(0) { } }
        assertEquals((3..10).map { "$it" }, seen)
        assertEquals((3..10).map { "PUBACK $it" }, List(8) { broker.next() })
    }

    @Test
    fun `a stream that is closed gives back what was not consumed`() = scene { broker, client, stream ->
        for (id in 1..100) broker.publish(id, "a")
        // What comes when there is no stream is nobody's. No event tells that all are here: look now and then.
        while (client.status().messagesReceived < 100) delay(5)
        assertEquals("1", stream.asFlow().first().text())
        stream.close()
        assertEquals(listOf("PUBACK 1"), broker.until("UNSUBSCRIBE"))
        client.openMessages("a").use { next ->
            assertEquals((2..100).map { "$it" }, next.asFlow().take(99).toList().map { it.text() })
        }
    }

    @Test
    fun `closing ends those who wait, though they are in no hurry`() = scene { _, _, stream ->
        val collector = async(start = CoroutineStart.UNDISPATCHED) { stream.asFlow().toList() }
        val puller = async(start = CoroutineStart.UNDISPATCHED) { stream.nextBatch { error("nothing was sent") } }
        stream.close()
        assertEquals(emptyList<Message>(), collector.await())
        assertFalse(puller.await())
        assertEquals(StreamEnd.Unsubscribed, stream.end)
        assertFalse(stream.nextBatch { error("nothing was sent") })
    }

    @Test
    fun `a message that ended a flow is consumed when its job has completed, unless by cancellation`() =
        scene { broker, client, stream ->
            for (id in 1..3) broker.publish(id, "a")
            val done = async { stream.asFlow().first().text() }
            assertEquals("1", done.await())
            assertEquals("PUBACK 1", broker.next())
            val has = Channel<String>(1)
            val cancelled = launch {
                has.send(stream.asFlow().first().text())
                Channel<Unit>().receive()
            }
            assertEquals("2", has.receive())
            cancelled.cancelAndJoin()
            client.probeNow(60.seconds)
            assertEquals("PING", broker.next())
            assertEquals(listOf("2", "3"), stream.asFlow().take(2).toList().map { it.text() })
        }

    @Test
    fun `cancelled at random under load, nothing is lost and acknowledged`() = Mosquitto().use { broker ->
        val count = 20_000
        val seed = System.getProperty("mqttka.seed")?.toLong() ?: Random.nextLong()
        println("seed: $seed")
        val random = Random(seed)
        runBlocking(Dispatchers.Default) {
            withTimeout(5.minutes) {
                Client(options(broker.port)).use { client ->
                    client.connect()
                    client.subscription("load", Qos.AT_LEAST_ONCE).use { stream ->
                        val sender = launch {
                            for (number in 0 until count) {
                                val message = Message("load", ByteBuffer.allocate(4).putInt(number).array(), Qos.AT_LEAST_ONCE)
                                if (number % 100 == 99) client.publish(message) else client.enqueue(message)
                            }
                        }
                        val seen = BitSet(count)
                        var cancelled = 0
                        while (seen.cardinality() < count) {
                            val taken = withTimeoutOrNull(random.nextInt(1, 2000).microseconds) {
                                val see = { message: Message -> seen.set(ByteBuffer.wrap(message.payload).getInt()) }
                                when (random.nextInt(3)) {
                                    0 -> stream.nextBatch(random.nextInt(1, 500)) { it.forEach(see) }
                                    1 -> see(stream.asFlow().first())
                                    else -> stream.asFlow().collect { see(it) }
                                }
                            }
                            if (taken == null) cancelled++
                            check(stream.end == null) { "${stream.end}" }
                        }
                        sender.join()
                        println("figure: $cancelled collectors cancelled, 0 of $count messages lost")
                        assertTrue(cancelled > 100)
                    }
                }
            }
        }
    }

    @Test
    fun `a stream keeps its client, and the client goes with it`() = ScriptedBroker().use { broker ->
        val recorder = Recorder()
        runBlocking(Dispatchers.Default) {
            withTimeout(3.minutes) {
                consumeWithoutClient(broker, openAndForget(broker, recorder))
            }
        }
        assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind)
        var gone = false
        repeat(600) {
            if (!gone) {
                System.gc()
                gone = !recorder.nothingWithin(100)
            }
        }
        assertTrue(gone)
    }

    private suspend fun openAndForget(broker: ScriptedBroker, recorder: Recorder): MessageStream {
        val client = Client(options(broker.port), recorder)
        client.connect()
        return client.subscription("a", Qos.AT_LEAST_ONCE)
    }

    private suspend fun consumeWithoutClient(broker: ScriptedBroker, stream: MessageStream) {
        repeat(20) { System.gc() }
        for (id in 1..20) broker.publish(id, "a")
        assertEquals(20, stream.asFlow().take(20).toList().size)
    }

    @Test
    fun `a subscription ends with its connection, and says why`() = scene { broker, client, stream ->
        broker.publish(1, "a")
        val messages = mutableListOf<String>()
        val collector = async(start = CoroutineStart.UNDISPATCHED) {
            runCatching { stream.asFlow().collect { messages += it.text() } }
        }
        assertEquals("PUBACK 1", broker.next())
        broker.hangUp()
        val end = StreamEnd.Disconnected(DisconnectCause.ClosedByServer, "connection closed by the broker (closed_by_server)")
        assertEquals(MqttkaException.StreamEnded(end), collector.await().exceptionOrNull())
        assertEquals(end, stream.end)
        assertEquals(listOf("1"), messages)
        assertThrows<MqttkaException.StreamEnded> { stream.nextBatch { } }
        client.connect()
        client.disconnect()
    }

    @Test
    fun `one that outlives connections goes on`() = ScriptedBroker().use { broker ->
        runBlocking(Dispatchers.Default) {
            withTimeout(3.minutes) {
                Client(options(broker.port)).use { client ->
                    client.connect()
                    client.subscription("a", Qos.AT_LEAST_ONCE, outlivesConnections = true).use { stream ->
                        assertEquals(listOf(ReasonCode.GRANTED_QOS1), stream.granted)
                        val seen = async(start = CoroutineStart.UNDISPATCHED) { stream.asFlow().take(2).toList() }
                        broker.publish(1, "a")
                        assertEquals("PUBACK 1", broker.next())
                        broker.hangUp()
                        client.state.first { it is ConnectionState.Disconnected }
                        client.connect()
                        broker.publish(2, "a")
                        assertEquals(listOf("1", "2"), seen.await().map { it.text() })
                        assertEquals(listOf(1L, 2L), seen.await().map { it.connectionNumber })
                        assertEquals(ReasonCode.SUCCESS, stream.unsubscribe().reasonCode)
                        assertFalse(stream.nextBatch { })
                        assertEquals(StreamEnd.Unsubscribed, stream.end)
                    }
                }
            }
        }
    }

    private fun Message.text() = payload.decodeToString()

    private fun scene(act: suspend kotlinx.coroutines.CoroutineScope.(ScriptedBroker, Client, MessageStream) -> Unit) =
        ScriptedBroker().use { broker ->
            runBlocking(Dispatchers.Default) {
                withTimeout(3.minutes) {
                    // What is given back waits for however long a busy machine takes.
                    Client(options(broker.port) { it.copy(unclaimedTimeout = 1.hours) }).use { client ->
                        client.connect()
                        client.subscription("a", Qos.AT_LEAST_ONCE).use { act(broker, client, it) }
                    }
                }
            }
        }
}
