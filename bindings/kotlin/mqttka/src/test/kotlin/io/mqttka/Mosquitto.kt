package io.mqttka

import java.io.Closeable
import java.net.ServerSocket
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** A real broker on a free loopback port, and on others with settings of their own, for one test class. */
class Mosquitto(
    command: List<String> = emptyList(),
    val host: String = "127.0.0.1",
    val port: Int = freePort(),
    users: Map<String, String> = emptyMap(),
    more: List<List<String>> = emptyList(),
    unix: Path? = null,
    /** Where it keeps sessions, for one that follows it on the same port; null: it keeps none. */
    persistence: Path? = null,
) : Closeable {
    /** For tests in Java. */
    constructor(users: Map<String, String>) : this(emptyList(), users = users)

    /** Those of the listeners with the settings in `more`. */
    val morePorts: List<Int> = more.map { freePort() }
    private val directory: Path = Files.createTempDirectory("mqttka-mosquitto")
    private val process: Process
    private val log = StringBuffer()

    init {
        val lines = mutableListOf(
            "listener $port $host",
            "persistence ${persistence != null}",
            "max_queued_messages 0",
            // With 0 it sends more than the client's Receive Maximum [MQTT-3.3.4-9].
            "max_inflight_messages 1000",
            "user root",
        )
        if (persistence != null) lines += "persistence_location $persistence/"
        if (users.isEmpty()) {
            lines += "allow_anonymous true"
        } else {
            val passwords = directory.resolve("passwords")
            Files.writeString(passwords, users.map { (name, password) -> "$name:$password\n" }.joinToString(""))
            check(ProcessBuilder("mosquitto_passwd", "-U", "$passwords").inheritIO().start().waitFor() == 0)
            lines += listOf("allow_anonymous false", "password_file $passwords")
        }
        for ((settings, port) in more.zip(morePorts)) lines += listOf("listener $port $host") + settings
        if (unix != null) lines += "listener 0 $unix"
        val configuration = directory.resolve("mosquitto.conf")
        Files.write(configuration, lines)
        process = ProcessBuilder(command + listOf("/usr/sbin/mosquitto", "-c", "$configuration"))
            .redirectErrorStream(true)
            .start()
        val running = CountDownLatch(1)
        thread(isDaemon = true) {
            try {
                process.inputReader().forEachLine { line ->
                    log.append(line).append('\n')
                    if ("running" in line) running.countDown()
                }
            } catch (_: java.io.IOException) {
                // It was stopped.
            }
        }
        check(running.await(60, TimeUnit.SECONDS)) { "mosquitto does not run: $log" }
    }

    /** Such as STOP and CONT. */
    fun signal(name: String) {
        check(ProcessBuilder("kill", "-$name", "${process.pid()}").inheritIO().start().waitFor() == 0)
    }

    override fun close() {
        process.destroy()
        if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly()
        directory.toFile().deleteRecursively()
    }

    companion object {
        fun freePort(): Int = ServerSocket(0).use { it.localPort }
    }
}
