package io.mqttka

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.parallel.Isolated
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger
import kotlin.io.path.readText
import kotlin.time.Duration.Companion.minutes

/** No application code runs on a thread that others need (fault 26). */
@Isolated
class ThreadsTest {
    @Test
    fun `collectors on Unconfined that never return hold up nobody`() = Mosquitto().use { broker ->
        val stuck = CountDownLatch(5)
        val end = CountDownLatch(1)
        val recorder = Recorder()
        runBlocking {
            withTimeout(3.minutes) {
                Client(options(broker.port)).use { blocked ->
                    blocked.connect()
                    repeat(5) {
                        val stream = blocked.openMessages("block")
                        CoroutineScope(Dispatchers.Unconfined).launch(start = CoroutineStart.UNDISPATCHED) {
                            stream.asFlow().collect {
                                stuck.countDown()
                                end.await()
                            }
                        }
                    }
                    blocked.subscribe("block")
                    Client(options(broker.port), recorder).use { other ->
                        other.connect()
                        other.publish("block", ByteArray(0), Qos.AT_LEAST_ONCE)
                        assertTrue(stuck.await(60, TimeUnit.SECONDS))
                        other.subscription("free", Qos.AT_LEAST_ONCE).use { stream ->
                            repeat(20) {
                                other.publish("free", byteArrayOf(it.toByte()), Qos.AT_LEAST_ONCE)
                                assertEquals(it, stream.asFlow().first().payload[0].toInt())
                            }
                        }
                        other.disconnect()
                        assertInstanceOf(EventKind.Connected::class.java, recorder.next().kind)
                        assertInstanceOf(EventKind.Disconnected::class.java, recorder.next().kind)
                    }
                    end.countDown()
                }
            }
        }
    }

    @Test
    fun `the library's threads are daemons with names`() = Mosquitto().use { broker ->
        val heard = LinkedBlockingQueue<Thread>()
        Client(options(broker.port), LifecycleListener { heard.put(Thread.currentThread()) }).use { client ->
            runBlocking { client.connect() }
            val thread = heard.poll(60, TimeUnit.SECONDS)!!
            assertTrue(thread.isDaemon)
            assertEquals("mqttka-event", thread.name)
            // Attached for good: the next call comes from the same.
            runBlocking { client.disconnect() }
            assertTrue(heard.poll(60, TimeUnit.SECONDS) === thread)
        }
    }

    @Test
    fun `they are that also where a client is not the first to need the library`() = Mosquitto().use { broker ->
        val java = Path.of(System.getProperty("java.home"), "bin", "java")
        val command = listOf("$java", "-cp", System.getProperty("java.class.path"), FirstCall::class.java.name, "${broker.port}")
        val process = ProcessBuilder(command).redirectErrorStream(true).start()
        try {
            // No thread of the library's keeps the JVM from its end.
            assertTrue(process.waitFor(60, TimeUnit.SECONDS))
            // A thread that is new when the JVM ends cannot be attached any more, of which JNA says a line.
            val said = process.inputReader().readLines().filterNot { it.startsWith("JNA: ") }
            assertEquals(listOf("mqttka-event true"), said)
        } finally {
            process.destroyForcibly()
        }
    }

    @Test
    fun `every callback that the library has says how its thread appears`() {
        fun text(path: String) = Path.of(path).readText()
        val generated = text("src/generated/kotlin/io/mqttka/internal/uniffi/mqttka.kt")
        val said = text("src/main/kotlin/io/mqttka/internal/NativeThreads.kt")
        val objects = Regex("""internal object (uniffiCallbackInterface\w+) \{(.*?)\n\}\n""", RegexOption.DOT_MATCHES_ALL)
        val callbacks = objects.findAll(generated).flatMap { callback ->
            val (_, name, body) = callback.groupValues
            Regex("""internal object `?(\w+)`? ?:""").findAll(body).map { "$name.${it.groupValues[1]}" }
        }.toList()
        assertTrue(callbacks.size > 20, "$callbacks")
        assertEquals(emptyList<String>(), callbacks.filter { "attach($it, " !in said })
        // Before the library has them.
        val loading = generated.substringAfter("internal object UniffiLib {").substringBefore("uniffiCallbackInterface")
        assertTrue("NativeThreads.prepare()" in loading, loading)
    }

    @Test
    fun `what a listener throws is logged, once each`() = Mosquitto().use { broker ->
        val records = LinkedBlockingQueue<LogRecord>()
        val handler = object : Handler() {
            override fun publish(record: LogRecord) = records.put(record)
            override fun flush() = Unit
            override fun close() = Unit
        }
        val logger = Logger.getLogger("io.mqttka")
        logger.addHandler(handler)
        logger.useParentHandlers = false
        try {
            val failure = IllegalStateException("of the test")
            val recorder = Recorder()
            val listener = object : LifecycleListener {
                override fun onEvent(event: Event) {
                    recorder.onEvent(event)
                    throw failure
                }

                override fun onTerminated() {
                    recorder.onTerminated()
                    throw AssertionError("an error, too")
                }
            }
            runBlocking {
                withTimeout(3.minutes) {
                    Client(options(broker.port), listener).use { client ->
                        repeat(2) {
                            client.connect()
                            client.disconnect()
                        }
                    }
                }
            }
            repeat(4) {
                val record = records.poll(60, TimeUnit.SECONDS)!!
                assertTrue(record.thrown === failure)
                assertTrue(listener.toString() in record.message)
            }
            assertInstanceOf(AssertionError::class.java, records.poll(60, TimeUnit.SECONDS)!!.thrown)
            assertEquals(0, records.size)
        } finally {
            logger.removeHandler(handler)
            logger.useParentHandlers = true
        }
    }

    @Test
    fun `a logger hears a whole session, and no payload`() = Mosquitto().use { broker ->
        val heard = LinkedBlockingQueue<io.mqttka.LogRecord>()
        Mqttka.setLogger(LogLevel.TRACE) { heard.put(it) }
        try {
            runBlocking {
                Client(options(broker.port) { it.copy(userName = "ann", password = "s3cret".encodeToByteArray()) }).use { client ->
                    client.connect()
                    client.publish("topic", "payload".encodeToByteArray(), Qos.AT_LEAST_ONCE)
                    client.disconnect()
                }
            }
            val texts = mutableListOf<String>()
            while (texts.none { "CONNACK" in it } || texts.none { "PUBACK" in it } || texts.none { "DISCONNECT" in it }) {
                texts += heard.poll(60, TimeUnit.SECONDS)!!.text
            }
            assertTrue(texts.none { "s3cret" in it || "payload" in it }, "$texts")
        } finally {
            Mqttka.setLogger(LogLevel.TRACE, null)
        }
    }
}
