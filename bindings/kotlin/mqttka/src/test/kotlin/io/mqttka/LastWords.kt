package io.mqttka

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.util.concurrent.CountDownLatch
import kotlin.system.exitProcess

/** A program that publishes and ends, in the way that its second argument names. */
object LastWords {
    /** An unreachable client would be closed by the garbage collector. */
    private var kept: Client? = null

    @JvmStatic
    fun main(arguments: Array<String>) {
        val (port, way) = arguments
        val never = CountDownLatch(1)
        val listener = if (way == "stuck") LifecycleListener { never.await() } else null
        val client = Client(options(port.toInt()), listener)
        kept = client
        if (way == "stuck") {
            val stream = client.openMessages()
            CoroutineScope(Dispatchers.Unconfined).launch(start = CoroutineStart.UNDISPATCHED) {
                stream.asFlow().collect { never.await() }
            }
        }
        runBlocking { client.connect() }
        repeat(200) { client.enqueue(Message("a", byteArrayOf(1))) }
        if (way == "exit") {
            Runtime.getRuntime().addShutdownHook(Thread { client.enqueue(Message("a", byteArrayOf(2), retain = true)) })
            exitProcess(0)
        }
        client.close()
    }
}
