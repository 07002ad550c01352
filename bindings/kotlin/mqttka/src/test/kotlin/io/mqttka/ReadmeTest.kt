package io.mqttka

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.io.path.readText

/** The README's programs are those of the examples, which are compiled with the tests and run here. */
class ReadmeTest {
    @Test
    fun `its programs are the examples`() {
        val readme = Path.of("..", "README.md").readText()
        val blocks = Regex("<!-- (\\S+) -->\n```\\w+\n(.*?)```", RegexOption.DOT_MATCHES_ALL).findAll(readme).toList()
        assertTrue(blocks.size >= 2, "${blocks.size} programs")
        for (block in blocks) {
            val (file, text) = block.destructured
            assertEquals(Path.of("..", file).readText(), text, file)
        }
    }

    @Test
    fun `they run`() = Mosquitto().use { broker ->
        val (kotlin, java) = listOf("hello.HelloKt", "hello.HelloJava").map { run(it, "mqtt://127.0.0.1:${broker.port}") }
        assertEquals("greetings/kotlin: hello\n", kotlin)
        assertEquals("greetings/java: hello\n", java)
    }

    /** In a JVM of its own, as its user would. */
    private fun run(main: String, uri: String): String {
        val java = Path.of(System.getProperty("java.home"), "bin", "java")
        val process = ProcessBuilder("$java", "-cp", System.getProperty("java.class.path"), main, uri)
            .redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val watchdog = thread(isDaemon = true) {
            if (!process.waitFor(120, TimeUnit.SECONDS)) process.destroyForcibly()
        }
        return process.inputReader().readText().also { watchdog.join() }
    }
}
