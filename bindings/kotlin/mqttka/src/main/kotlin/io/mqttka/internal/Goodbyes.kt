package io.mqttka.internal

import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.TimeUnit

/**
 * Clients that were closed and are saying goodbye. The JVM's end waits for them, at most 2 s: their
 * last events must not meet a JVM that is no more. Those that were not closed are not touched, for
 * other shutdown hooks may need them; they say goodbye when the JVM has ended.
 */
internal object Goodbyes {
    private const val PATIENCE_MILLISECONDS = 2_000L

    private val saying = ConcurrentHashMap.newKeySet<StateListener>()

    init {
        try {
            Runtime.getRuntime().addShutdownHook(Thread(::await, "mqttka-goodbye"))
        } catch (_: IllegalStateException) {
            // The JVM's end has begun.
        }
    }

    fun begin(client: StateListener) {
        saying.add(client)
        if (client.terminated.count == 0L) saying.remove(client)
    }

    fun end(client: StateListener) {
        saying.remove(client)
    }

    private fun await() {
        val end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLISECONDS)
        for (client in saying) client.terminated.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)
    }
}
