package io.mqttka

/** The stages of a connection attempt, in order. */
public enum class Stage {
    /** Waiting for the application's connection provider. */
    PROVIDER,

    /** Resolving the host name. */
    DNS,

    /** Opening the TCP connection, to the proxy where there is one; or the Unix socket. */
    TCP,

    /** The proxy's tunnel. */
    PROXY,

    /** The TLS handshake. */
    TLS,

    /** The WebSocket upgrade. */
    WEB_SOCKET,

    /** Waiting for CONNACK. */
    MQTT,
}
