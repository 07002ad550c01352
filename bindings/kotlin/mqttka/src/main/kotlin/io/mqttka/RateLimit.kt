package io.mqttka

import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * How fast operations leave, at most: PUBLISH, SUBSCRIBE and UNSUBSCRIBE, in the order in which they were asked
 * for. Pings, acknowledgements and DISCONNECT never wait for it. One of the two is above 0.
 *
 * @property messagesPerSecond Operations in a second, 0 to 4,294,967,295; 0: any number.
 * @property bytesPerSecond Bytes of their packets in a second, 0 to 4,294,967,295; 0: any number.
 * @property burst For how long what was not used may be made up for, 0 to 1 day.
 */
public data class RateLimit(
    public val messagesPerSecond: Long = 0,
    public val bytesPerSecond: Long = 0,
    public val burst: Duration = 100.milliseconds,
)
