package io.mqttka

/** What is known of a publish that ended well. None of them says that a subscriber has the message. */
public enum class Receipt {
    /** QoS 0: it was handed to the socket. The broker may have it or not. */
    WRITTEN,

    /**
     * QoS 0 with a receipt: the broker has read it, as it answered a PINGREQ that followed it. What it made of
     * it is not known.
     */
    READ,

    /** QoS 1 and 2: the broker acknowledged it, with the outcome's reason code. */
    ACKNOWLEDGED,
}
