package io.mqttka

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlin.time.Duration.Companion.seconds

/**
 * The program that runs behind the hotspot: three clients, one idle, one that publishes at QoS 0,
 * one whose collector never returns. It tells each event with its time, until its input ends.
 */
object HotspotClient {
    /** An unreachable client would be closed by the garbage collector. */
    private val clients = mutableListOf<Client>()

    @JvmStatic
    fun main(arguments: Array<String>) {
        val (host, port, keepAlive) = arguments
        val options = Options(host = host, port = port.toInt(), keepAlive = keepAlive.toInt().seconds, reconnect = false)
        val tell = { name: String ->
            LifecycleListener { event ->
                val what = when (val kind = event.kind) {
                    is EventKind.Connected -> "connected"
                    is EventKind.Disconnected -> "disconnected ${kind.info.cause::class.simpleName}"
                    is EventKind.ConnectFailed -> "failed ${kind.detail}"
                    else -> return@LifecycleListener
                }
                println("$name ${System.nanoTime()} $what")
            }
        }
        runBlocking(Dispatchers.Default) {
            val idle = Client(options, tell("idle"))
            val publishing = Client(options, tell("publishing"))
            val stuck = Client(options, tell("stuck"))
            clients += listOf(idle, publishing, stuck)
            for (client in clients) client.connect()

            val stream = stuck.openMessages()
            stuck.subscribe("flood", Qos.AT_LEAST_ONCE)
            launch(Dispatchers.IO) {
                stream.asFlow().collect { while (true) Thread.sleep(Long.MAX_VALUE) }
            }
            publishing.publish("flood", ByteArray(10), Qos.AT_LEAST_ONCE)
            launch {
                val message = Message("out", ByteArray(200), Qos.AT_MOST_ONCE)
                while (runCatching { publishing.enqueue(message) }.isSuccess) delay(20)
            }
            println("ready ${System.nanoTime()}")
            launch(Dispatchers.IO) {
                System.`in`.read()
                Runtime.getRuntime().halt(0)
            }
        }
    }
}
