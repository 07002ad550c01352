package io.mqttka

/**
 * What passed before a connection or an attempt ended ([Event.record]): the last packets, round trips of pings,
 * queues and the stages of the attempt. Never a payload, a topic or a credential.
 *
 * @property text In words, up to some forty lines, which is what is printed.
 * @property json As JSON, for programs.
 */
public data class FlightRecord(public val text: String, public val json: String) {
    override fun toString(): String = text
}
