package io.mqttka

import io.mqttka.internal.HIDDEN

/**
 * A [name] and a [value] of the application's own, such as in [Options.userProperties], or of the broker's, such as in
 * [Outcome.userProperties]. The value is not printed.
 */
public data class UserProperty(public val name: String, public val value: String) {
    override fun toString(): String = "UserProperty($name: $HIDDEN)"
}
