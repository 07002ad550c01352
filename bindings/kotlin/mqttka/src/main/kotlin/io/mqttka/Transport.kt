package io.mqttka

/** What carries MQTT to a server. */
public enum class Transport {
    /** TCP: `mqtt://`. */
    TCP,

    /** TLS over TCP: `mqtts://`. */
    TLS,

    /** WebSocket over TCP: `ws://`. */
    WEB_SOCKET,

    /** WebSocket over TLS: `wss://`. */
    WEB_SOCKET_TLS,

    /** A Unix socket: `unix://`. */
    UNIX,
}
