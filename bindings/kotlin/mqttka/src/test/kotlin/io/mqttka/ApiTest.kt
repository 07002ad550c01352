package io.mqttka

import kotlinx.validation.api.dump
import kotlinx.validation.api.filterOutNonPublic
import kotlinx.validation.api.loadApiFromJvmClasses
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.extension
import kotlin.io.path.readText
import kotlin.io.path.walk
import kotlin.io.path.writeText

/** The public API is written down, so that no change of it goes unseen: `MQTTKA_WRITE_API=1 mvn test -Dtest=ApiTest`. */
@OptIn(ExperimentalPathApi::class)
class ApiTest {
    private val kept: Path = Path.of("..", "api", "mqttka.api")

    private val api: String by lazy {
        val classes = Path.of("target", "classes").walk().filter { it.extension == "class" }.sorted()
        classes.map { Files.newInputStream(it) }.loadApiFromJvmClasses().filterOutNonPublic()
            .dump(StringBuilder()).toString()
    }

    @Test
    fun `it is what api has`() {
        if (System.getenv("MQTTKA_WRITE_API") != null) kept.writeText(api)
        val (before, now) = entries(kept.readText()) to entries(api)
        assertEquals("" to "", (before - now).joinToString("\n") to (now - before).joinToString("\n"), "gone and new; see ApiTest")
        assertTrue(kept.readText() == api, "the order has changed; see ApiTest")
    }

    /** Each line, with the class that it belongs to. */
    private fun entries(text: String): Set<String> = text.split("\n\n").flatMap { block ->
        val lines = block.trim().lines()
        lines.map { "${lines.first()} ${it.trim()}" }
    }.toSet()

    @Test
    fun `nothing generated is in it, and no type that Kotlin or Java does not have`() {
        val lines = api.lines()
        assertTrue(lines.size > 1_000, "${lines.size} lines")
        val foreign = Regex("io/mqttka/internal|uniffi|com/sun/jna|kotlin/U(Int|Long|Byte|Short)|-pVg5ArA|-VKZWuLQ|-s-VKNKU")
        assertEquals(emptyList<String>(), lines.filter { foreign.containsMatchIn(it) })
        // What Kotlin's durations are in Java is of no use there.
        val java = api.split("\n\n").filter { "class io/mqttka/java/" in it }.joinToString("\n").lines()
        assertTrue(java.size > 100)
        assertEquals(emptyList<String>(), java.filter { "kotlin/time/Duration" in it || Regex("fun [^ ]+-[0-9A-Za-z]+ ").containsMatchIn(it) })
    }

    @Test
    fun `each length of time that Kotlin can read, Java can read, too`() {
        val getter = Regex("fun get(\\w+)-(UwyO8pc|FghU774) \\(\\)")
        val kotlin = api.split("\n\n").flatMap { block ->
            val type = Regex("class (io/mqttka/\\S+)").find(block)?.groupValues?.get(1) ?: return@flatMap emptyList()
            if ("Options" in type || "Builder" in type) return@flatMap emptyList()
            getter.findAll(block).map { type.replace('/', '.') to it.groupValues[1].replaceFirstChar(Char::lowercase) }.toList()
        }
        assertTrue(kotlin.size >= 15, "$kotlin")
        val java = io.mqttka.java.Durations::class.java.methods.filter { it.parameterCount == 1 }
            .map { it.parameterTypes.single().name to it.name }
        assertEquals(emptySet<Pair<String, String>>(), kotlin.toSet() - java.toSet())
    }
}
