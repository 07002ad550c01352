package io.mqttka

import kotlin.time.Duration

/**
 * Sees each packet that is sent or received, over every connection ([Options.packetTap]). Payloads and topics are
 * in it, credentials are not.
 */
public fun interface PacketTap {
    /**
     * These were sent and received, in this order: all that are there, with one call. One call at a time, on a
     * thread of the library's own. It may block: up to 1,024 packets or 8 MiB then wait, and further ones are
     * dropped and counted ([TappedPacket.droppedBefore], [Counters.packetsNotTapped]). What it throws goes to
     * the logger `io.mqttka` of `java.util.logging`.
     */
    public fun onPackets(packets: List<TappedPacket>)
}

/**
 * A packet as it was sent or received.
 *
 * @property direction Which way it went.
 * @property at When its last byte passed, since the client was made.
 * @property connectionNumber The number of the connection that it went over; events have the same.
 * @property packetType Its type.
 * @property packetId Its Packet Identifier, where it has one.
 * @property size Its size in bytes, fixed header included.
 * @property bytes Its bytes as on the wire, the first 65,536 of them. In CONNECT, CONNACK and AUTH each byte of user
 *   name, password and Authentication Data is an asterisk. Not printed.
 * @property droppedBefore So many packets before it were not shown, as the tap was too slow.
 */
public class TappedPacket internal constructor(
    public val direction: Direction,
    public val at: Duration,
    public val connectionNumber: Long,
    public val packetType: PacketType,
    public val packetId: Int?,
    public val size: Long,
    public val bytes: ByteArray,
    public val droppedBefore: Long,
) {
    override fun toString(): String =
        "connection $connectionNumber: $direction $packetType" + packetId?.let { " $it" }.orEmpty() + ", $size bytes"
}

/** Which way a packet went. */
public enum class Direction {
    /** From the broker. */
    RECEIVED,

    /** To the broker. */
    SENT,
}

/** The kind of a control packet. */
public enum class PacketType {
    /** CONNECT. */
    CONNECT,

    /** CONNACK. */
    CONN_ACK,

    /** PUBLISH. */
    PUBLISH,

    /** PUBACK. */
    PUB_ACK,

    /** PUBREC. */
    PUB_REC,

    /** PUBREL. */
    PUB_REL,

    /** PUBCOMP. */
    PUB_COMP,

    /** SUBSCRIBE. */
    SUBSCRIBE,

    /** SUBACK. */
    SUB_ACK,

    /** UNSUBSCRIBE. */
    UNSUBSCRIBE,

    /** UNSUBACK. */
    UNSUB_ACK,

    /** PINGREQ. */
    PING_REQ,

    /** PINGRESP. */
    PING_RESP,

    /** DISCONNECT. */
    DISCONNECT,

    /** AUTH. */
    AUTH,
}
