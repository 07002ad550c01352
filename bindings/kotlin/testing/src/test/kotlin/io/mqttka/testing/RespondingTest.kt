package io.mqttka.testing

import io.mqttka.Message
import io.mqttka.Property
import io.mqttka.Qos
import io.mqttka.java.MqttkaClient
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import java.util.concurrent.CompletionStage
import kotlin.time.Duration.Companion.minutes

/** What the library bounds. */
private const val MOST = 1024

/** Requests of others are answered several at a time, and acknowledged when they were answered. */
class RespondingTest {
    private class Scene(val broker: FakeBroker, val java: MqttkaClient, val scope: CoroutineScope) {
        val client = java.kotlin

        /** The requests with which the answer function was called. */
        val begun = Channel<String>(Channel.UNLIMITED)

        /** Until it is subscribed. */
        suspend fun responding(answer: suspend (Message) -> ByteArray?): Deferred<Unit> {
            val subscribed = CompletableDeferred<Unit>()
            val service = scope.async {
                client.respond("q", onSubscribed = { subscribed.complete(Unit) }) { request ->
                    begun.send(request.payloadAsString)
                    answer(request)
                }
            }
            subscribed.await()
            return service
        }

        fun ask(payload: String, qos: Qos = Qos.AT_LEAST_ONCE) = broker.publish(
            Message("q", payload.encodeToByteArray(), qos, properties = listOf(Property.ResponseTopic("a"))),
        )

        suspend fun answered() = broker.awaitPublish("a").payloadAsString

        /** How many the broker has been told of, when it has read all that was sent. */
        suspend fun acknowledged(): Int {
            client.flush()
            return generateSequence { broker.takeAny() }.count { it.kind == SeenKind.ACKNOWLEDGED }
        }
    }

    private fun scene(test: suspend Scene.() -> Unit) = FakeBroker().use { broker ->
        runBlocking(Dispatchers.Default) {
            withTimeout(2.minutes) {
                MqttkaClient.builder(broker.uri).keepAlive(Duration.ofMinutes(10)).build().use { client ->
                    client.kotlin.connect()
                    // What a service throws is the test's to hear.
                    val services = SupervisorJob()
                    Scene(broker, client, CoroutineScope(Dispatchers.Default + services)).test()
                    services.cancelAndJoin()
                }
            }
        }
    }

    @Test
    fun `a slow answer holds no other one up, and each is acknowledged when it was answered`() = scene {
        val slow = CompletableDeferred<Unit>()
        responding { request ->
            if (request.payloadAsString == "slow") slow.await()
            request.payload
        }
        ask("slow")
        ask("fast")
        ask("faster", Qos.EXACTLY_ONCE)
        assertEquals(setOf("fast", "faster"), setOf(answered(), answered()))
        // Nor are those that came later: the order is the specification's.
        assertEquals(0, acknowledged())
        slow.complete(Unit)
        assertEquals("slow", answered())
        repeat(3) { broker.await(SeenKind.ACKNOWLEDGED) }
        assertEquals(listOf("slow", "fast", "faster"), List(3) { begun.receive() })
    }

    @Test
    fun `more than are bounded wait until one was answered`() = scene {
        val end = Channel<Unit>()
        responding { request ->
            end.receive()
            request.payload
        }
        repeat(MOST + 1) { ask("$it", Qos.AT_MOST_ONCE) }
        repeat(MOST) { assertEquals("$it", begun.receive()) }
        // The last one is there.
        client.subscription("marker", Qos.AT_LEAST_ONCE).use {
            broker.publish("marker", "x")
            it.asFlow().first()
        }
        assertTrue(begun.tryReceive().isFailure)
        end.send(Unit)
        assertEquals("$MOST", begun.receive())
        repeat(MOST) { end.send(Unit) }
        repeat(MOST + 1) { answered() }
    }

    @Test
    fun `cancelled, it gives back what is under way`() = scene {
        val cancelled = Channel<String>(Channel.UNLIMITED)
        val service = responding { request ->
            try {
                awaitCancellation()
            } finally {
                cancelled.send(request.payloadAsString)
            }
        }
        repeat(3) { ask("$it") }
        repeat(3) { begun.receive() }
        service.cancelAndJoin()
        assertEquals(setOf("0", "1", "2"), List(3) { cancelled.tryReceive().getOrNull() }.toSet())
        assertEquals(0, acknowledged())
        responding { it.payload }
        assertEquals(listOf("0", "1", "2"), List(3) { answered() })
        repeat(3) { broker.await(SeenKind.ACKNOWLEDGED) }
    }

    /** One that is thrown by a coroutine that nobody cancelled is one like any other. */
    @ParameterizedTest
    @ValueSource(booleans = [false, true])
    fun `what an answer throws ends it, and the others are given back`(late: Boolean) = scene {
        for (thrown in listOf(IllegalStateException("of the test"), CancellationException("mine"), StackOverflowError())) {
            val all = CompletableDeferred<Unit>()
            val service = responding { request ->
                if (request.payloadAsString == "bad") {
                    if (late) all.await()
                    throw thrown
                }
                awaitCancellation()
            }
            ask("first")
            begun.receive()
            ask("bad")
            begun.receive()
            if (late) {
                ask("last")
                begun.receive()
                all.complete(Unit)
            }
            assertSame(thrown, runCatching { service.await() }.exceptionOrNull().let { it?.cause ?: it })
            assertEquals(0, acknowledged())
            val after = responding { it.payload }
            val given = listOf("first", "bad") + if (late) listOf("last") else emptyList()
            assertEquals(given, given.map { answered() })
            assertEquals(given, given.map { begun.receive() })
            for (one in given) broker.await(SeenKind.ACKNOWLEDGED)
            after.cancelAndJoin()
        }
    }

    @Test
    fun `it returns when the client is closed, also in the middle`() = scene {
        val cancelled = CompletableDeferred<Unit>()
        val service = responding {
            try {
                awaitCancellation()
            } finally {
                cancelled.complete(Unit)
            }
        }
        ask("?")
        begun.receive()
        client.close()
        service.await()
        assertTrue(cancelled.isCompleted)
    }

    @Test
    fun `what is no request is dropped, and null is no answer`() = scene {
        responding { request -> request.payload.takeIf { request.payloadAsString != "quiet" } }
        broker.publish("q", "plain", Qos.AT_LEAST_ONCE)
        ask("quiet")
        ask("loud")
        assertEquals("loud", answered())
        assertEquals(listOf("quiet", "loud"), List(2) { begun.receive() })
        repeat(3) { broker.await(SeenKind.ACKNOWLEDGED) }
    }

    @Test
    fun `connections that end do not end it`() = scene {
        responding { it.payload }
        client.disconnect()
        client.connect()
        repeat(2) { broker.await(SeenKind.SUBSCRIBED) }
        ask("?")
        assertEquals("?", answered())
    }

    private fun <T> Scene.inJava(answer: (Message) -> T, respond: MqttkaClient.(Runnable, (Message) -> T) -> CompletableFuture<Void?>) =
        CompletableFuture<Void?>().let { subscribed ->
            val service = java.respond({ subscribed.complete(null) }) { request ->
                begun.trySend(request.payloadAsString)
                answer(request)
            }
            subscribed.join()
            service
        }

    private fun Scene.respondingAsync(answer: (Message) -> CompletionStage<ByteArray?>?) =
        inJava(answer) { subscribed, it -> respondAsync("q", Qos.AT_LEAST_ONCE, subscribed, it) }

    @Test
    fun `in Java, a future is an answer for later`() = scene {
        val answers = mapOf("slow" to CompletableFuture<ByteArray?>(), "fast" to CompletableFuture<ByteArray?>())
        val service = respondingAsync { answers[it.payloadAsString] }
        ask("none")
        ask("slow")
        ask("fast")
        assertEquals(listOf("none", "slow", "fast"), List(3) { begun.receive() })
        broker.await(SeenKind.ACKNOWLEDGED)
        answers.getValue("fast").complete("fast".encodeToByteArray())
        assertEquals("fast", answered())
        assertEquals(0, acknowledged())
        service.cancel(false)
        // It hears so some time later.
        assertTrue(runCatching { answers.getValue("slow").await() }.exceptionOrNull() is CancellationException)
    }

    @Test
    fun `in Java, a future that fails ends it, and so does what is thrown`() = scene {
        val thrown = IllegalStateException("of the test")
        for (service in listOf(respondingAsync { CompletableFuture.failedFuture(thrown) }, respondingAsync { throw thrown })) {
            ask("?")
            val failed = runCatching { service.join() }.exceptionOrNull() as CompletionException
            assertSame(thrown, failed.cause)
        }
        // Given back by both.
        assertEquals(0, acknowledged())
    }

    @Test
    fun `in Java, a function that blocks answers one after the other`() = scene {
        val gate = CompletableFuture<Void?>()
        inJava({ request -> gate.join().let { request.payload } }) { subscribed, it ->
            respond("q", Qos.AT_LEAST_ONCE, subscribed, it)
        }
        ask("1")
        ask("2")
        assertEquals("1", begun.receive())
        assertEquals(0, acknowledged())
        assertTrue(begun.tryReceive().isFailure)
        gate.complete(null)
        assertEquals(listOf("1", "2"), List(2) { answered() })
        repeat(2) { broker.await(SeenKind.ACKNOWLEDGED) }
    }
}
