package io.mqttka.testing

import io.mqttka.Message
import io.mqttka.Property
import io.mqttka.ReasonCode

/**
 * Something that the broker saw. It prints as a sentence.
 *
 * @property kind What it was.
 * @property connection The number of the client's connection with this broker, from 1.
 * @property clientId The client's identifier; empty where it is not known yet.
 * @property filter The filter, of [SeenKind.SUBSCRIBED] and [SeenKind.UNSUBSCRIBED].
 * @property message The message, of [SeenKind.PUBLISHED].
 * @property reasonCode What the client gave ([SeenKind.ACKNOWLEDGED], [SeenKind.DISCONNECTED],
 *   [SeenKind.AUTHENTICATING]) or was given ([SeenKind.REFUSED], [SeenKind.SUBSCRIBED], [SeenKind.UNSUBSCRIBED]).
 * @property detail In words, of [SeenKind.CONNECTED], [SeenKind.FAULTY] and [SeenKind.LOST], and of
 *   [SeenKind.REFUSED] where what the client proved was; else empty.
 * @property properties Of MQTT 5.0: those of the client's packet, a message's included.
 */
public class Seen internal constructor(
    public val kind: SeenKind,
    public val connection: Long,
    public val clientId: String,
    public val filter: String?,
    public val message: Message?,
    public val reasonCode: ReasonCode?,
    public val detail: String,
    public val properties: List<Property>,
    private val description: String,
) {
    override fun toString(): String = description
}

/** What was expected did not come in time; the message says what came instead. */
public class MissingException(message: String) : AssertionError(message)
