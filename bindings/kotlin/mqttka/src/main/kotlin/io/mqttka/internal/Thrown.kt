package io.mqttka.internal

import io.mqttka.ConnectError
import io.mqttka.MqttkaException
import io.mqttka.Stage
import io.mqttka.TransportErrorKind

/** What the application's provider, hook or verifier threw last: the library carries its words alone. */
internal class Thrown {
    @Volatile
    private var last: Throwable? = null

    fun keep(thrown: Throwable) {
        last = thrown
    }

    /** Calls [attempt], and makes what was thrown in it the cause of its failure. */
    inline fun <T> explaining(attempt: () -> T): T {
        last = null
        try {
            return attempt()
        } catch (failed: MqttkaException.ConnectFailed) {
            val thrown = last
            if (thrown != null && isOfApplication(failed.error)) failed.initCause(thrown)
            throw failed
        }
    }

    fun isOfApplication(error: ConnectError): Boolean = when (error) {
        is ConnectError.Provider -> true
        is ConnectError.Transport -> error.kind == TransportErrorKind.SOCKET_HOOK || error.stage == Stage.TLS
        else -> false
    }
}
