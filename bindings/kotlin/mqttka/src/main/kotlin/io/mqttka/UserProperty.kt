package io.mqttka

import io.mqttka.internal.HIDDEN

/** A [name] and a [value] of the application's own, in [Options.userProperties]. The value is not printed. */
public data class UserProperty(public val name: String, public val value: String) {
    override fun toString(): String = "UserProperty($name: $HIDDEN)"
}
