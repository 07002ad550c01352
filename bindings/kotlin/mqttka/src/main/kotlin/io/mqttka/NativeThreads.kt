package io.mqttka

import com.sun.jna.Callback
import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native

/** How the library's own threads appear in the JVM when they call into it. */
internal object NativeThreads {
    init {
        // It wakes coroutines, all day long: attaching it anew each time would cost more than the
        // call.
        attach(uniffiRustFutureContinuationCallbackImpl, "mqttka-wake", detach = false)
        attach(uniffiCallbackInterfaceEventListener.onEvent, "mqttka-lifecycle", detach = true)
        attach(uniffiCallbackInterfaceEventListener.onTerminated, "mqttka-lifecycle", detach = true)
    }

    /** Daemons: a client that was not closed does not keep the JVM from its end. */
    private fun attach(callback: Callback, name: String, detach: Boolean) {
        Native.setCallbackThreadInitializer(callback, CallbackThreadInitializer(true, detach, name))
    }

    /** Before the first callback. */
    fun prepare() = Unit
}
