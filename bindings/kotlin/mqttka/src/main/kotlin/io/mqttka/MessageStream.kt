package io.mqttka

import io.mqttka.internal.Lent
import io.mqttka.internal.LocalNetwork
import io.mqttka.internal.forApplication
import io.mqttka.internal.native
import io.mqttka.internal.outcomeOrCancel
import io.mqttka.internal.uniffi.MessagesHandle
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.DisposableHandle
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.isActive
import kotlinx.coroutines.withContext

/**
 * A stream of messages: what [Client.subscription] and [Client.openMessages] give. Close it when
 * done. It keeps its client alive.
 *
 * A message of QoS 1 or 2 is acknowledged to the broker when it was consumed, and all that came
 * before it were. What a consumer had and did not consume, because it was cancelled, threw or was
 * closed, belongs to the stream: the next consumer has it. Several consumers share the messages.
 *
 * Where the subscription acknowledges manually, the application says of each message of QoS 1 or 2 that it was
 * consumed, with [Message.acknowledge], or that it is not wanted, with [Message.refuse], now or later. One of which
 * it said nothing comes again: at once, where the consumer throws at it or is cancelled.
 *
 * Closing the stream gives back what was not consumed: to other streams of the client that match,
 * else it waits for one for [Options.unclaimedTimeout].
 */
public class MessageStream internal constructor(
    private val handle: MessagesHandle,
    /** Keeps it alive. */
    @Suppress("unused") private val client: Client,
) : AutoCloseable {
    private val lock = Any()
    private val lent = Lent()
    private val acknowledgements = handle.acknowledgements()
    private val waiting = HashSet<Job>()
    private val kept = mutableListOf<Kept>()
    private var closed = false
    private var lastTold = System.nanoTime()

    /** What comes again comes before all that waits in the library. */
    private val atOnce = if (acknowledgements == null) BATCH else 1

    /** What the broker granted to the stream's own subscription, one code per filter; else empty. */
    public val granted: List<ReasonCode> = handle.subscribed()?.forApplication()?.reasonCodes.orEmpty()

    /** Why no message follows; null as long as more may come. */
    @Volatile
    public var end: StreamEnd? = null
        private set

    /**
     * The messages one by one. A message is consumed when the collector returns from it; an operator
     * that buffers consumes what it buffers. One with which the collector ends the flow, as
     * [first][kotlinx.coroutines.flow.first] and [take][kotlinx.coroutines.flow.take] do, is consumed
     * when the next one is asked for, the stream is closed or the collector's job has completed, and
     * it is for the next consumer where that job was cancelled first.
     *
     * The flow may be collected again and again, and goes on where the last collector left.
     *
     * It completes when the client or the stream was closed, or with [unsubscribe].
     *
     * @throws MqttkaException.StreamEnded in the collector, when the stream ended otherwise.
     */
    public fun asFlow(): Flow<Message> = flow {
        try {
            while (true) {
                val slot = next(atOnce) ?: return@flow
                try {
                    emit(slot.message)
                } catch (abort: CancellationException) {
                    val job = currentCoroutineContext()[Job]
                    // Where it was not cancelled, an operator has what it wanted. It may still
                    // find itself cancelled on its way to its caller.
                    if (job?.isActive == true) keep(slot, job) else settle(slot, consumed = job == null)
                    throw abort
                } catch (failure: Throwable) {
                    settle(slot, consumed = false)
                    throw failure
                }
                settle(slot, consumed = true)
            }
        } finally {
            tell()
        }
    }

    /**
     * Waits for messages, and calls [consume] with up to [max] of those that are there. They are
     * consumed when it returns; where it throws or is cancelled, the next consumer has them. False:
     * the stream has ended as the application wished, and nothing follows.
     *
     * @throws MqttkaException.StreamEnded when the stream ended otherwise.
     */
    public suspend fun nextBatch(max: Int = BATCH, consume: suspend (List<Message>) -> Unit): Boolean {
        if (max < 1) throw MqttkaException.InvalidOption("max", "$max", "1 or more")
        val slots = mutableListOf(next(max) ?: return false)
        synchronized(lock) {
            while (slots.size < max) slots += lent.hand() ?: break
        }
        var consumed = false
        try {
            consume(slots.map { it.message })
            consumed = true
        } finally {
            synchronized(lock) { for (slot in slots) settle(slot, consumed) }
            tell()
        }
        return true
    }

    /**
     * Ends the subscription with UNSUBSCRIBE, as far as no other one of the client's needs its
     * filters, and waits for the broker's answer; the stream ends with what came before it. Where this is cancelled
     * while it is queued, the subscription and the stream go on.
     *
     * @throws MqttkaException.InvalidArgument where the stream has no subscription of its own.
     */
    public suspend fun unsubscribe(): Outcome = native { handle.unsubscribe() }.outcomeOrCancel()

    /**
     * Ends the subscription, if it has one, and gives back what was not consumed. Consumers that
     * wait are told that nothing follows.
     */
    override fun close() {
        synchronized(lock) {
            if (closed) return
            settleKept()
            tell()
            lent.close()
            closed = true
            end = end ?: if (granted.isEmpty()) StreamEnd.Closed else StreamEnd.Unsubscribed
            // They hold the library's side of the stream until they wait no more.
            for (job in waiting) job.cancel()
        }
        handle.close()
    }

    /** The next message that no consumer has; null: nothing follows. */
    private suspend fun next(max: Int): Lent.Slot? {
        while (true) {
            synchronized(lock) {
                if (closed) return null
                settleKept()
                lent.hand()?.let { return it }
                tell()
                val batch = handle.take(max.toUInt())
                lent.add(batch.messages.map { it.forApplication(acknowledgements) })
                lent.hand()?.let { return it }
                batch.end?.forApplication()?.let(LocalNetwork::explained)?.let { cause ->
                    end = cause
                    if (cause is StreamEnd.Closed || cause is StreamEnd.Unsubscribed) return null
                    throw MqttkaException.StreamEnded(cause)
                }
            }
            ready()
        }
    }

    /** Waits until there is something to take, or the stream is closed. */
    private suspend fun ready() {
        val job = Job(currentCoroutineContext()[Job])
        synchronized(lock) {
            if (closed) job.cancel() else waiting.add(job)
        }
        try {
            withContext(job) { handle.ready() }
        } catch (cancelled: CancellationException) {
            // By close; the caller's own cancellation goes its way.
            if (!currentCoroutineContext().isActive) throw cancelled
        } finally {
            synchronized(lock) { waiting.remove(job) }
            job.complete()
        }
    }

    /** A message that ended a flow whose collector, of this job, goes on. */
    private class Kept(val slot: Lent.Slot, val job: Job) {
        var completion: DisposableHandle? = null
    }

    private fun keep(slot: Lent.Slot, job: Job): Unit = synchronized(lock) {
        val one = Kept(slot, job)
        kept.add(one)
        one.completion = job.invokeOnCompletion {
            synchronized(lock) {
                if (!closed && kept.remove(one)) {
                    settle(slot, consumed = !job.isCancelled)
                    tell()
                }
            }
        }
    }

    private fun settleKept() {
        for (one in kept) {
            one.completion?.dispose()
            lent.settle(one.slot, consumed = !one.job.isCancelled)
        }
        kept.clear()
    }

    private fun settle(slot: Lent.Slot, consumed: Boolean) = synchronized(lock) {
        lent.settle(slot, consumed)
        // A slow consumer's messages are acknowledged one by one, a quick one's many at a time.
        if (System.nanoTime() - lastTold > QUICK_NANOSECONDS) tell()
    }

    /** Says what was consumed, so that it is acknowledged. */
    private fun tell(): Unit = synchronized(lock) {
        if (closed) return
        val count = lent.untold()
        if (count > 0) handle.done(count.toUInt())
        lastTold = System.nanoTime()
    }
}

/** Large enough that crossing into the library costs little, small enough to hold. */
private const val BATCH = 256

private const val QUICK_NANOSECONDS = 1_000_000
