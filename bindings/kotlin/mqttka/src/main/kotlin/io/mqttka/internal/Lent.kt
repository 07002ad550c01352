package io.mqttka.internal

import io.mqttka.Message

/**
 * The messages that the library has lent to a stream, in the order in which they came: those that
 * no consumer has, and how many of the oldest are consumed. Its user locks it.
 */
internal class Lent {
    class Slot(val number: Long, val message: Message)

    private val waiting = ArrayDeque<Slot>()

    /** All before it are consumed. */
    private var firstOpen = 0L

    /** Consumed, but not all before them are. */
    private val ahead = HashSet<Long>()

    private var next = 0L
    private var told = 0L

    fun add(messages: List<Message>) {
        for (message in messages) waiting.addLast(Slot(next++, message))
    }

    /** The oldest that nobody has, for a consumer; it comes back by [settle]. */
    fun hand(): Slot? = waiting.removeFirstOrNull()

    /** A consumer has done with it. One that it did not consume is for another one, ... */
    fun settle(slot: Slot, consumed: Boolean) {
        val acknowledgement = slot.message.acknowledgement
        when {
            consumed -> consumed(slot)
            acknowledgement == null -> giveBack(slot)
            else -> {
                // ... which the library knows, where it was not decided on.
                acknowledgement.giveBack()
                consumed(slot)
            }
        }
    }

    /** Nobody will consume what nobody has. */
    fun close() {
        for (slot in waiting) slot.message.acknowledgement?.giveBack()
    }

    private fun consumed(slot: Slot) {
        if (slot.number != firstOpen) {
            ahead.add(slot.number)
            return
        }
        do firstOpen++ while (ahead.remove(firstOpen))
    }

    /** Another consumer is to have it, before those that came later. */
    private fun giveBack(slot: Slot) {
        val place = waiting.indexOfFirst { it.number > slot.number }
        waiting.add(if (place < 0) waiting.size else place, slot)
    }

    /** How many of the oldest are consumed since the last call. */
    fun untold(): Int = (firstOpen - told).toInt().also { told = firstOpen }
}
