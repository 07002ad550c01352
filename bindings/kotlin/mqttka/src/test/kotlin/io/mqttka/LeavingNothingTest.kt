package io.mqttka

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.parallel.Isolated
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeavingNothingTest {
    private val broker = Mosquitto()

    @AfterAll
    fun stop() = broker.close()

    @Test
    fun `closing while connected is heard once and ends what waits`() = runBlocking<Unit> {
        withTimeout(3.minutes) {
            val recorder = Recorder()
            val client = Client(options(broker.port), recorder)
            client.connect()
            val collected = async(start = CoroutineStart.UNDISPATCHED) { client.messages().toList() }
            client.close()
            client.close()
            assertEquals(emptyList<Message>(), collected.await())
            assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind)
            val ended = assertInstanceOf(EventKind.Disconnected::class.java, recorder.next().kind)
            assertEquals(DisconnectCause.ClientClosed, ended.info.cause)
            recorder.awaitTerminated()
        }
    }

    @Test
    fun `an unreachable client is closed by the garbage collector`() {
        val recorder = Recorder()
        connectAndForget(recorder)
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

    private fun connectAndForget(recorder: Recorder) {
        val client = Client(options(broker.port), recorder)
        runBlocking { client.connect() }
    }

    @Test
    fun `cancelling leaves no wait behind`() = runBlocking<Unit> {
        withTimeout(3.minutes) {
            Client(options(broker.port)).use { client ->
                client.connect()
                repeat(50) {
                    assertEquals(null, withTimeoutOrNull(5.milliseconds) { client.messages("nothing").first() })
                }
                client.openMessages("nothing").use { stream ->
                    repeat(50) { withTimeoutOrNull(1.milliseconds) { stream.nextBatch { } } }
                }
                // A publish that was sent goes its way, also where its caller gives up.
                client.openMessages("given/up").use { stream ->
                    client.subscribe("given/up", Qos.AT_LEAST_ONCE)
                    val publish = launch(start = CoroutineStart.UNDISPATCHED) {
                        client.publish("given/up", byteArrayOf(1), Qos.AT_LEAST_ONCE)
                    }
                    client.flush()
                    publish.cancelAndJoin()
                    assertEquals(1, stream.asFlow().first().payload.size)
                }
            }
        }
    }

    @Test
    fun `1000 connects and closes cost nothing that stays`() {
        fun cycles(count: Int) = repeat(count) { number ->
            val client = Client(options(broker.port))
            runBlocking {
                client.connect()
                if (number % 2 == 0) client.disconnect()
            }
            client.close()
        }
        // Until compiler, heap and allocator have found their sizes.
        repeat(2) {
            cycles(400)
            awaitIdlePools()
        }
        // What these still take, they do not take each time; what leaks, does.
        var before = ProcessFigures.now()
        repeat(3) { round ->
            cycles(1000)
            awaitIdlePools()
            val after = ProcessFigures.now()
            println("figure: 1000 connect/close cycles: $before -> $after")
            val nothingStays = after.threads <= before.threads + 2 && after.descriptors <= before.descriptors + 2 &&
                after.residentKib <= before.residentKib + 8 * 1024
            if (nothingStays) return
            assertTrue(round < 2) { "$before -> $after" }
            before = after
        }
    }

    /** Until the library has only the threads that an idle process has (engine, events, messages), and the heap its size. */
    private fun awaitIdlePools() {
        val end = System.nanoTime() + 60.seconds.inWholeNanoseconds
        var heap = 0L
        while (ProcessFigures.libraryThreads() > 3 || heap != Runtime.getRuntime().totalMemory()) {
            check(System.nanoTime() < end) { "threads stay: ${ProcessFigures.libraryThreads()}" }
            heap = Runtime.getRuntime().totalMemory()
            // Nobody tells of another thread's end: look now and then.
            Thread.sleep(200)
            System.gc()
        }
    }
}
