package io.mqttka

/** What the system says of its network. */
public enum class NetworkChange {
    /**
     * There is no network any more. A client that waits to try again does not try until there is one, or
     * five minutes have passed; a connection ends only where its local address is gone.
     */
    LOST,

    /** There is a network again. A client that waits tries now. */
    AVAILABLE,

    /**
     * Another network, or other properties of the same. A client that waits tries now; a connection is
     * probed.
     */
    CHANGED,
}
