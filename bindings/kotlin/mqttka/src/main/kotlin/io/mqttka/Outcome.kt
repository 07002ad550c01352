package io.mqttka

/**
 * How an operation succeeded.
 *
 * @property reasonCode The broker's reason code; success for QoS 0, which is complete when it was handed
 *   to the socket.
 * @property packetId The Packet Identifier that it had; null for QoS 0.
 * @property reasonCodes One per filter for subscribe and unsubscribe (empty for an UNSUBACK of 3.1.1);
 *   else empty.
 * @property reasonString The broker's words, where it sent some.
 * @property receipt How far a publish came; null for what is no publish.
 * @property userProperties The User Properties of the broker's answer (PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK), in
 *   its order; at most 10,000. Empty where it sent none, does not answer, and in 3.1.1.
 */
public data class Outcome(
    public val reasonCode: ReasonCode,
    public val packetId: Int? = null,
    public val reasonCodes: List<ReasonCode> = emptyList(),
    public val reasonString: String? = null,
    public val receipt: Receipt? = null,
    public val userProperties: List<UserProperty> = emptyList(),
)
