package io.mqttka

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/**
 * The messages that match a filter, from the moment it was opened: what [Client.openMessages]
 * gives. Close it when done; [Client.messages] does that by itself.
 *
 * Messages come in batches. A batch counts as taken, and its QoS 1 and 2 messages are
 * acknowledged to the broker, when the next one is asked for or the stream is closed. Several
 * collectors share the messages.
 */
public class MessageStream internal constructor(private val handle: MessagesHandle) : AutoCloseable {
    /**
     * Waits for messages, and gives up to [max] of those that are there. Empty: the client was
     * closed, and nothing follows.
     */
    public suspend fun nextBatch(max: Int = BATCH): List<Message> {
        require(max > 0) { "max must be positive" }
        return handle.nextBatch(max.toUInt())
    }

    /** The messages one by one; the next batch is asked for when the collector has taken the last. */
    public fun asFlow(): Flow<Message> = flow {
        while (true) {
            val batch = nextBatch()
            if (batch.isEmpty()) return@flow
            for (message in batch) emit(message)
        }
    }

    /** Gives back what was not taken, and takes nothing more. */
    override fun close(): Unit = handle.close()

    private companion object {
        /** Large enough that crossing into the library costs little, small enough to hold. */
        const val BATCH = 256
    }
}
