package io.mqttka

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.parallel.Isolated
import java.nio.file.Path
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

@Isolated
class HotspotTest {
    private val keepAlive = 4
    private val bound = 1.5 * keepAlive

    /** What a busy machine may add. How exact the bound is kept, tests/lab shows. */
    private val margin = 2.0

    @Test
    fun `a lost hotspot is told once and in time`() {
        assumeTrue(Hotspot.available, "no network namespaces here; is this root?")
        Hotspot().use { hotspot ->
            Mosquitto(hotspot.insideBroker(), hotspot.host, 1883).use { broker -> lose(hotspot, broker) }
        }
    }

    private fun lose(hotspot: Hotspot, broker: Mosquitto) {
        val java = Path.of(System.getProperty("java.home"), "bin", "java")
        val command = hotspot.insideClient() + listOf(
            "$java", "-cp", System.getProperty("java.class.path"), HotspotClient::class.java.name,
            broker.host, "${broker.port}", "$keepAlive",
        )
        val process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val said = LinkedBlockingQueue<List<String>>()
        thread { process.inputReader().forEachLine { said.put(it.split(" ", limit = 3)) } }
        try {
            // Events come on another thread than what ends the calls of connect.
            val before = collect(said, 60.0) { lines ->
                lines.any { it[0] == "ready" } && lines.count { it.last() == "connected" } == 3
            }
            assertEquals(setOf("idle", "publishing", "stuck"), before.filter { it.last() == "connected" }.map { it[0] }.toSet())
            val cut = System.nanoTime()
            hotspot.cut()
            val events = collect(said, bound + margin + 2) { false }
            for (name in listOf("idle", "publishing", "stuck")) {
                val mine = events.filter { it[0] == name }
                assertEquals(1, mine.size, "$mine")
                val seconds = (mine[0][1].toLong() - cut) / 1e9
                println("figure: hotspot cut, K = $keepAlive s, $name: ${mine[0][2]} after %.2f s (bound $bound s)".format(seconds))
                assertEquals("disconnected KeepAliveTimeout", mine[0][2])
                assertTrue(seconds <= bound + margin, "$name: $seconds s")
            }
        } finally {
            process.destroyForcibly()
        }
    }

    private fun collect(said: LinkedBlockingQueue<List<String>>, seconds: Double, done: (List<List<String>>) -> Boolean): List<List<String>> {
        val end = System.nanoTime() + (seconds * 1e9).toLong()
        val lines = mutableListOf<List<String>>()
        while (!done(lines)) {
            lines += said.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS) ?: break
        }
        return lines
    }
}
