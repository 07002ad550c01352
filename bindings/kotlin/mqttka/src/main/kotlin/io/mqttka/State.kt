package io.mqttka

/** Where the client stands. */
public enum class State {
    /** Not connected, and not trying. */
    IDLE,

    /** An attempt is under way. */
    CONNECTING,

    /** Connected. */
    CONNECTED,

    /** [Client.disconnect] was called; the DISCONNECT is on its way. */
    DISCONNECTING,

    /** Closed for good. */
    CLOSED,

    /** Not connected; the next attempt comes by itself. */
    RECONNECTING,
}
