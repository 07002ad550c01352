package io.mqttka

import kotlin.time.Duration

/**
 * What was negotiated: the broker's CONNACK, with defaults filled in, and what became of the session. All of it is
 * applied: what it rules out fails before anything is sent.
 *
 * @property sessionPresent Whether the broker still had the session.
 * @property sessionLost The client had a session that was to outlive the connection, and the broker lost
 *   it.
 * @property offline How long there was no connection; null at the first one of the client.
 * @property resubscribed How many topic filters are subscribed again, as the broker does not have them
 *   any more.
 * @property sentAgain How many QoS 1 and 2 publishes of earlier connections are sent again.
 * @property lost How many publishes were lost with their session since the last connection began.
 * @property keepAlive The effective Keep Alive: the broker's where it sent one.
 * @property receiveMaximum How many unacknowledged QoS 1 and 2 publishes the broker takes.
 * @property maximumPacketSize The largest packet the broker takes, in bytes.
 * @property maximumQos The highest QoS that the broker takes.
 * @property retainAvailable Whether the broker keeps retained messages.
 * @property assignedClientIdentifier The Client Identifier that the broker chose.
 * @property responseInformation The broker's Response Information.
 * @property properties All properties of the CONNACK.
 * @property sessionExpiryInterval How long the broker keeps the session after the connection: its own value where it
 *   sent one, else what was asked for; [Duration.INFINITE]: for ever.
 * @property topicAliasMaximum The highest topic alias that the broker takes; 0: none.
 * @property wildcardSubscriptionAvailable Whether the broker takes filters with `+` and `#`.
 * @property subscriptionIdentifiersAvailable Whether the broker takes subscription identifiers; never in 3.1.1.
 * @property sharedSubscriptionAvailable Whether the broker takes shared subscriptions. True in 3.1.1, too, which says
 *   nothing of them.
 * @property serverReference Another server that the broker names.
 * @property reasonString The broker's words.
 * @property authenticationMethod The authentication method that was used.
 */
public data class Connected(
    public val sessionPresent: Boolean,
    public val sessionLost: Boolean,
    public val offline: Duration?,
    public val resubscribed: Int,
    public val sentAgain: Int,
    public val lost: Int,
    public val keepAlive: Duration,
    public val receiveMaximum: Int,
    public val maximumPacketSize: Long,
    public val maximumQos: Qos,
    public val retainAvailable: Boolean,
    public val assignedClientIdentifier: String?,
    public val responseInformation: String?,
    public val properties: List<Property>,
    public val sessionExpiryInterval: Duration = Duration.ZERO,
    public val topicAliasMaximum: Int = 0,
    public val wildcardSubscriptionAvailable: Boolean = true,
    public val subscriptionIdentifiersAvailable: Boolean = true,
    public val sharedSubscriptionAvailable: Boolean = true,
    public val serverReference: String? = null,
    public val reasonString: String? = null,
    public val authenticationMethod: String? = null,
)
