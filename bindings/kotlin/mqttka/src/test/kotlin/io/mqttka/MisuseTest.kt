package io.mqttka

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.parallel.Isolated
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.MethodSource
import java.lang.ref.WeakReference
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.logging.Filter
import java.util.logging.Logger
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** What is called of the application. */
enum class Callback { LISTENER, PACKET_TAP, PROVIDER, SOCKET_HOOK, AUTHENTICATOR, LOGGER, RESPONDER }

/** What the application does there that it should not. */
enum class Misuse { THROWS, BLOCKS, CLOSES }

/** Whatever application code does in a callback, and however much it asks for: each thing ends once, and in time. */
@Isolated("it looks at what is logged, and sets the process's logger")
class MisuseTest {
    @ParameterizedTest
    @MethodSource("cases")
    fun `a callback that misbehaves hangs nothing`(callback: Callback, misuse: Misuse) {
        val end = CountDownLatch(1)
        val made = CompletableFuture<Client>()
        val misbehave = {
            when (misuse) {
                Misuse.THROWS -> error("of the test")
                Misuse.BLOCKS -> end.await()
                Misuse.CLOSES -> made.get().close()
            }
        }
        val recorder = Recorder()
        val listener = if (callback == Callback.LISTENER) LifecycleListener { misbehave() } else recorder
        val logger = Logger.getLogger("io.mqttka")
        logger.filter = Filter { false }
        if (callback == Callback.LOGGER) Mqttka.setLogger(LogLevel.TRACE) { misbehave() }
        try {
            val client = Client(optionsWith(callback) { misbehave() }, listener)
            made.complete(client)
            runBlocking(Dispatchers.Default) {
                withTimeout(2.minutes) { use(client, callback, misuse) { misbehave() } }
            }
            client.close()
            if (callback != Callback.LISTENER) assertEndsOnce(recorder)
            assertThrows<MqttkaException.Closed> { client.enqueue(Message("a", "x")) }
        } finally {
            end.countDown()
            Mqttka.setLogger(LogLevel.TRACE, null)
            logger.filter = null
        }
    }

    private fun optionsWith(callback: Callback, misbehave: () -> Unit): Options = options(broker.port) {
        // What never answers takes so long.
        val short = it.copy(connectTimeout = 2.seconds)
        when (callback) {
            Callback.PACKET_TAP -> it.copy(packetTap = { misbehave() })
            Callback.PROVIDER -> short.copy(provider = { misbehave().let { ProvidedConnection() } })
            Callback.SOCKET_HOOK -> short.copy(socketHook = { misbehave() })
            Callback.AUTHENTICATOR -> short.copy(
                authenticator = object : Authenticator {
                    override val method = "m"

                    override suspend fun authenticate(request: AuthenticationRequest) = misbehave().let { null }
                },
            )
            else -> it
        }
    }

    private suspend fun CoroutineScope.use(client: Client, callback: Callback, misuse: Misuse, misbehave: () -> Unit) {
        val connected = runCatching { client.connect() }
        val before = callback in listOf(Callback.PROVIDER, Callback.SOCKET_HOOK, Callback.AUTHENTICATOR)
        if (before) {
            // It proves nothing to the broker, and the attempt has its words or its deadline.
            assertInstanceOf(MqttkaException::class.java, connected.exceptionOrNull(), "$connected")
            return
        }
        if (misuse == Misuse.CLOSES && callback != Callback.RESPONDER) {
            connected.onFailure { assertInstanceOf(MqttkaException::class.java, it, "$connected") }
            return
        }
        connected.getOrThrow()
        assertEquals(ReasonCode.SUCCESS, client.publish("nobody/else", "x", Qos.EXACTLY_ONCE).reasonCode.success())
        if (callback != Callback.RESPONDER) return
        val subscribed = CompletableFuture<Unit>()
        val responding = async(Dispatchers.IO + kotlinx.coroutines.SupervisorJob()) {
            client.respond("ask", onSubscribed = { subscribed.complete(Unit) }) { misbehave().let { null } }
        }
        subscribed.get()
        val answer = runCatching { client.request("ask", "?", timeout = 500.milliseconds) }
        // The connection's end may be the first to end it.
        val closed = setOf(MqttkaException.Closed::class, MqttkaException.Disconnected::class)
        val expected = if (misuse == Misuse.CLOSES) closed else setOf(MqttkaException.TimedOut::class)
        assertTrue(answer.exceptionOrNull()?.let { it::class } in expected, "$answer")
        if (misuse == Misuse.THROWS) assertEquals("of the test", runCatching { responding.await() }.exceptionOrNull()?.message)
        responding.cancel()
    }

    /** Nobody has subscribed to it. */
    private fun ReasonCode.success() = if (this == ReasonCode.NO_MATCHING_SUBSCRIBERS) ReasonCode.SUCCESS else this

    private fun assertEndsOnce(recorder: Recorder) {
        val connections = mutableMapOf<Long, Int>()
        recorder.untilTerminated { event ->
            when (event.kind) {
                is EventKind.Connected -> connections.merge(event.connectionNumber, 1, Int::plus)
                is EventKind.Disconnected -> connections.merge(event.connectionNumber, -1, Int::plus)
                else -> Unit
            }
        }
        assertTrue(connections.values.all { it == 0 }, "$connections")
    }

    @Test
    fun `requests beyond the bound are refused, and those within it end once each`() = scene { client ->
        client.connect()
        // The first one subscribes to the topic of responses, too.
        assertThrows<MqttkaException.TimedOut> { client.request("nobody", "?", Qos.AT_MOST_ONCE, 100.milliseconds) }
        val many = List(10) {
            async(start = CoroutineStart.UNDISPATCHED) { runCatching { client.request("nobody", "?", Qos.AT_MOST_ONCE, 1.seconds) } }
        }
        val ends = many.map { checkNotNull(it.await().exceptionOrNull())::class }.groupingBy { it }.eachCount()
        assertEquals(mapOf(MqttkaException.TimedOut::class to BOUND, MqttkaException.QueueFull::class to 10 - BOUND), ends)
        // Those that were given up take no room.
        repeat(10) {
            val one = launch(start = CoroutineStart.UNDISPATCHED) { client.request("nobody", "?", Qos.AT_MOST_ONCE, 10.minutes) }
            client.flush(1.minutes)
            one.cancel()
            one.join()
        }
    }

    @Test
    fun `a scope that is cancelled ends all that waits in it`() = scene { client ->
        val scope = CoroutineScope(Dispatchers.Default)
        val waiting = List(BOUND - 1) { scope.launch(start = CoroutineStart.UNDISPATCHED) { client.publish("a", "x", Qos.AT_LEAST_ONCE) } }
        scope.cancel()
        waiting.forEach { it.join() }
        // Nobody tells when the engine has looked.
        while (client.counters().outboundQueueMessages > 0) yield()
    }

    @Test
    fun `what waits ends with a client that nobody has any more`(): Unit = runBlocking(Dispatchers.Default) {
        withTimeout(3.minutes) {
            val (operation, client) = forgotten()
            assertTrue(collected(client))
            assertThrows<MqttkaException.Closed> { operation.outcome() }
        }
    }

    private fun forgotten(): Pair<Operation, WeakReference<Client>> {
        val client = Client(comingBack(Mosquitto.freePort()))
        return client.beginPublish(Message("a", "x", Qos.AT_LEAST_ONCE)) to WeakReference(client)
    }

    private fun scene(test: suspend CoroutineScope.(Client) -> Unit) = runBlocking(Dispatchers.Default) {
        withTimeout(3.minutes) {
            Client(comingBack(broker.port) { it.copy(outboundQueueMaxMessages = BOUND.toLong()) }).use { test(it) }
        }
    }

    companion object {
        private const val BOUND = 4
        private val broker = Mosquitto()

        @JvmStatic
        fun cases(): List<Arguments> =
            Callback.entries.flatMap { callback -> Misuse.entries.map { Arguments.of(callback, it) } }

        @JvmStatic
        @AfterAll
        fun stop() = broker.close()
    }
}
