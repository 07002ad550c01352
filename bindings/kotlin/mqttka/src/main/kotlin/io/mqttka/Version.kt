package io.mqttka

/** The protocol version that a connection speaks. */
public enum class Version {
    /** MQTT 3.1.1. */
    MQTT311,

    /** MQTT 5.0, the default. */
    MQTT5,
}
