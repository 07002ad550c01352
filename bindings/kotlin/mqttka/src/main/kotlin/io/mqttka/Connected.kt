package io.mqttka

import kotlin.time.Duration

/**
 * The broker's CONNACK, with defaults filled in.
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
)
