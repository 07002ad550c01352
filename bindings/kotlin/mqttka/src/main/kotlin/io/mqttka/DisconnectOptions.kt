package io.mqttka

import kotlin.time.Duration

/**
 * How a connection is to end, and what the broker is told of it: [Client.disconnect].
 *
 * @property reasonCode For the broker: one that a client may send; with
 *   [ReasonCode.DISCONNECT_WITH_WILL_MESSAGE] it publishes the Will. 3.1.1 has none.
 * @property drainTimeout First wait until all that was queued before is acknowledged, so long at most: 0 to 1 day.
 *   Null: it waits for no acknowledgements.
 * @property sessionExpiryInterval How long the broker is to keep the session from now on, in whole seconds up to
 *   4,294,967,294, or [Duration.INFINITE]; zero ends it with the connection. 5.0 only, and above zero only where
 *   [Options.sessionExpiryInterval] is. Null: as it is.
 * @property reasonString The reason in words; not sent in 3.1.1.
 * @property userProperties Names and values of the application's own; not sent in 3.1.1.
 */
public data class DisconnectOptions @JvmOverloads constructor(
    public val reasonCode: ReasonCode = ReasonCode.SUCCESS,
    public val drainTimeout: Duration? = null,
    public val sessionExpiryInterval: Duration? = null,
    public val reasonString: String? = null,
    public val userProperties: List<UserProperty> = emptyList(),
)
