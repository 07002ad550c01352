package io.mqttka.internal

import java.util.logging.Level
import java.util.logging.Logger

/** What application code throws here ends nothing, and is no secret: it is logged once. */
internal fun guarded(who: Any, call: () -> Unit) {
    try {
        call()
    } catch (thrown: Throwable) {
        Logger.getLogger("io.mqttka").log(Level.SEVERE, "mqttka: an exception in $who", thrown)
    }
}
