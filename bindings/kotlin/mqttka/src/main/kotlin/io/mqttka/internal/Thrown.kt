package io.mqttka.internal

import io.mqttka.ConnectError
import io.mqttka.MqttkaException
import io.mqttka.Stage
import io.mqttka.TransportErrorKind

/** What the application's provider, hook or verifier threw last: the library carries its words alone. */
internal class Thrown {
    /** Of its own for each time, for the application may throw the same object again. */
    private class Kept(val thrown: Throwable)

    @Volatile
    private var last: Kept? = null

    fun keep(thrown: Throwable) {
        last = Kept(thrown)
    }

    /**
     * Makes what was thrown in [attempt] the cause of its failure. The attempt must begin in it: a hook
     * may throw before the call that began the attempt has returned.
     */
    suspend fun <T> explaining(attempt: suspend () -> T): T {
        val before = last
        try {
            return attempt()
        } catch (failed: MqttkaException.ConnectFailed) {
            val kept = last
            if (kept != null && kept !== before && isOfApplication(failed.error)) failed.initCause(kept.thrown)
            throw failed
        }
    }

    private fun isOfApplication(error: ConnectError): Boolean = when (error) {
        is ConnectError.Provider, is ConnectError.Authentication -> true
        is ConnectError.Transport -> error.kind == TransportErrorKind.SOCKET_HOOK || error.stage == Stage.TLS
        else -> false
    }
}
