package io.mqttka

import java.io.Closeable
import java.nio.file.Files
import java.nio.file.Path
import java.util.UUID

/** Namespaces of the kernel, client - router - broker, made by the script `hotspot`. */
class Hotspot : Closeable {
    private val name = "mqk" + UUID.randomUUID().toString().take(8)
    val host = "10.78.2.2"

    init {
        script("up")
    }

    fun insideClient() = listOf("ip", "netns", "exec", "$name-c")
    fun insideBroker() = listOf("ip", "netns", "exec", "$name-b")

    /** The hotspot loses its internet: nothing passes any more, and nobody is told. */
    fun cut() = script("cut")

    override fun close() = script("down")

    private fun script(verb: String) {
        val process = ProcessBuilder("$path", verb, name).redirectErrorStream(true).start()
        val said = process.inputStream.readAllBytes().decodeToString()
        check(process.waitFor() == 0) { "hotspot $verb: $said" }
    }

    companion object {
        private val path: Path = Path.of("src/test/hotspot").toAbsolutePath()

        /** Needs root, and a kernel that lets it. */
        val available: Boolean by lazy {
            Files.isWritable(Path.of("/run")) && runCatching { Hotspot().close() }.isSuccess
        }
    }
}
