package io.mqttka

import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

/** Notes every event of the lifecycle lane but suspicions, which a busy machine has now and then. */
class Recorder : LifecycleListener {
    private val heard = LinkedBlockingQueue<Any>()

    override fun onEvent(event: Event) {
        if (event.kind !is EventKind.Suspect && event.kind !is EventKind.Alive) heard.put(event)
    }

    override fun onTerminated() {
        heard.put(Unit)
    }

    /** The next event; the wait is a net against hanging, no measurement. */
    fun next(): Event = heard.poll(60, TimeUnit.SECONDS) as Event

    fun awaitTerminated(): Unit = untilTerminated {}

    /** All events that are left. */
    fun untilTerminated(look: (Event) -> Unit) {
        while (true) look(heard.poll(60, TimeUnit.SECONDS).also { checkNotNull(it) } as? Event ?: return)
    }

    /** What came within the given time. */
    fun nothingWithin(milliseconds: Long): Boolean = heard.poll(milliseconds, TimeUnit.MILLISECONDS) == null
}
