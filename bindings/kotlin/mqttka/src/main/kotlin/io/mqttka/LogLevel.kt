package io.mqttka

/** How much a record matters. */
public enum class LogLevel {
    /** The library cannot do what it should. */
    ERROR,

    /** Something needs the application's attention. */
    WARN,

    /** Not used today. */
    INFO,

    /** What happens to a connection: attempts, CONNACK, subscriptions, pings, its end. */
    DEBUG,

    /** Each packet: its kind, size and identifier. */
    TRACE,
}
