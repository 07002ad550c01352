package io.mqttka

/** What the broker sends of retained messages when a subscription is made; MQTT 5.0 only. */
public enum class RetainHandling {
    /** Send retained messages at every subscribe. The default. */
    SEND_AT_SUBSCRIBE,

    /** Send them only where the subscription did not exist yet. */
    SEND_IF_NEW,

    /** Do not send them. */
    DO_NOT_SEND,
}
