package io.mqttka.internal

import io.mqttka.ConnectionState
import io.mqttka.Event
import io.mqttka.LifecycleListener
import io.mqttka.internal.uniffi.EventListener
import io.mqttka.internal.uniffi.NativeEvent
import kotlinx.coroutines.flow.MutableStateFlow
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch

/**
 * Keeps a client's state, and passes events on. It does not know the client, or the client could
 * never be collected as garbage.
 */
internal class StateListener(listener: LifecycleListener?) : EventListener {
    /** In the order in which they hear. */
    val listeners = CopyOnWriteArrayList(listOfNotNull(listener))

    val state = MutableStateFlow<ConnectionState>(ConnectionState.Idle)

    /** After the last call. */
    val terminated = CountDownLatch(1)

    /** [start] and what follows from it are one step, so that no event overtakes the new state. */
    fun <T> begin(next: ConnectionState, start: () -> T): T = synchronized(this) {
        val started = native(start)
        state.value = next
        started
    }

    override fun onEvent(event: NativeEvent) = hear(LocalNetwork.explained(event.forApplication()))

    private fun hear(event: Event) {
        synchronized(this) { event.state()?.let { state.value = it } }
        tell { it.onEvent(event) }
    }

    override fun onTerminated() {
        synchronized(this) { state.value = ConnectionState.Closed }
        tell { it.onTerminated() }
        terminated.countDown()
        Goodbyes.end(this)
    }

    private fun tell(call: (LifecycleListener) -> Unit) {
        for (listener in listeners) guarded(listener) { call(listener) }
    }
}
