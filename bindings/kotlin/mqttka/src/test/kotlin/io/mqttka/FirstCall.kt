package io.mqttka

import kotlinx.coroutines.runBlocking
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

/** A program whose first call into the library is no client, and which ends without closing the one that it makes. */
object FirstCall {
    private var kept: Client? = null

    @JvmStatic
    fun main(arguments: Array<String>) {
        check(topicMatches("a/+", "a/b"))
        val thread = CompletableFuture<Thread>()
        val client = Client(options(arguments.single().toInt()), { thread.complete(Thread.currentThread()) })
        kept = client
        runBlocking { client.connect() }
        val heard = thread.get(60, TimeUnit.SECONDS)
        println("${heard.name} ${heard.isDaemon}")
    }
}
