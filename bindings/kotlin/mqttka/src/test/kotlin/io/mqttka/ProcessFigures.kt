package io.mqttka

import java.nio.file.Files
import java.nio.file.Path

/** What this process costs the system, by the kernel's books. */
data class ProcessFigures(val threads: Int, val descriptors: Int, val residentKib: Long) {
    companion object {
        /** Of this process, by their names. */
        fun libraryThreads(): Int = Files.list(Path.of("/proc/self/task")).use { tasks ->
            tasks.filter { task ->
                runCatching { Files.readString(task.resolve("comm")).startsWith("mqttka") }.getOrDefault(false)
            }.count().toInt()
        }

        fun now(): ProcessFigures {
            System.gc()
            val status = Files.readAllLines(Path.of("/proc/self/status"))
            val field = { name: String -> status.first { it.startsWith("$name:") }.split(Regex("\\s+"))[1].toLong() }
            val descriptors = Files.list(Path.of("/proc/self/fd")).use { it.count().toInt() }
            return ProcessFigures(field("Threads").toInt(), descriptors, field("VmRSS"))
        }
    }
}
