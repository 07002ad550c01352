package io.mqttka

import kotlin.time.Duration

/** How a connection or an attempt ended. */
public sealed interface Ended {
    /** A connection ended for this [cause]; [detail] is the same in words. */
    public data class Disconnected(public val cause: DisconnectCause, public val detail: String) : Ended

    /** An attempt failed for this [error]; [detail] is the same in words. */
    public data class ConnectFailed(public val error: ConnectError, public val detail: String) : Ended
}

/**
 * What the client does next, after a connection or an attempt ended.
 *
 * @property attemptNumber The number of the attempt to come, counted since the last connection that came
 *   about, from 1.
 * @property delay After this time, unless the application or a hint asks for it sooner.
 * @property cause What ended.
 */
public data class Reconnecting(
    public val attemptNumber: Int,
    public val delay: Duration,
    public val cause: Ended,
)

/**
 * Why the client does not come back by itself.
 *
 * @property reason Why not.
 * @property detail The same in words.
 * @property cause What ended last.
 */
public data class ReconnectStopped(
    public val reason: StopReason,
    public val detail: String,
    public val cause: Ended,
)

/**
 * A subscription that is no more.
 *
 * @property filter Its topic filter.
 * @property reasonCode The broker's reason, where it refused it.
 * @property detail Why, in words.
 */
public data class LostSubscription(
    public val filter: String,
    public val reasonCode: ReasonCode?,
    public val detail: String,
)
