package io.mqttka.internal

import io.mqttka.Message
import io.mqttka.MqttkaException
import io.mqttka.StreamEnd
import io.mqttka.internal.uniffi.RequestsHandle
import io.mqttka.internal.uniffi.TakenRequest
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.yield
import java.util.concurrent.atomic.AtomicReference
import kotlin.coroutines.coroutineContext

/**
 * Answers the requests that come, each in a coroutine of its own, until nothing follows. How many are under way at a time
 * is the library's to say. Whatever ends it cancels the answers that are under way, whose requests go back with the handle.
 *
 * @throws MqttkaException.StreamEnded where neither the application nor an answer ended it; what an answer throws.
 */
internal suspend fun RequestsHandle.answerAll(answer: suspend (Message) -> ByteArray?) {
    val thrown = AtomicReference<Throwable>()
    try {
        coroutineScope {
            while (true) {
                ready()
                val taken = take(AT_ONCE)
                for (request in taken.requests) {
                    ensureActive()
                    // At once, so that they begin in the order in which they came, ...
                    launch(start = CoroutineStart.UNDISPATCHED) { answerOne(request, answer, thrown, this@coroutineScope) }
                }
                // ... and one that never waits lets others run.
                yield()
                val end = taken.end?.forApplication()?.let(LocalNetwork::explained) ?: continue
                if (end !is StreamEnd.Closed && end !is StreamEnd.Unsubscribed) throw MqttkaException.StreamEnded(end)
                coroutineContext.cancelChildren()
                break
            }
        }
    } catch (cancelled: CancellationException) {
        throw thrown.get() ?: cancelled
    }
}

/** A coroutine that ends by a CancellationException of its own tells nobody; this does, as of any other. */
private suspend fun RequestsHandle.answerOne(
    request: TakenRequest,
    answer: suspend (Message) -> ByteArray?,
    thrown: AtomicReference<Throwable>,
    all: CoroutineScope,
) {
    val payload = try {
        answer(request.message.forApplication())
    } catch (failure: Throwable) {
        if (coroutineContext.isActive && thrown.compareAndSet(null, failure)) all.cancel()
        return
    }
    answer(request.number, payload)
}

/** Taken by one call: so many cost little. */
private const val AT_ONCE = 256u
