package io.mqttka

/** Why a client does not try again by itself. */
public enum class StopReason {
    /** The broker refused the User Name, the Password or the client's rights. */
    CREDENTIALS,

    /** The broker refused the Client Identifier. */
    CLIENT_IDENTIFIER,

    /** The broker has banned the client. */
    BANNED,

    /** Another client with the same Client Identifier has connected. */
    SESSION_TAKEN_OVER,

    /** The broker does not speak the protocol version. */
    PROTOCOL_VERSION,

    /**
     * The server's certificate is not valid or not trusted, or the server wants another one of the client.
     */
    CERTIFICATE,

    /** The broker does not take what CONNECT says, the Will for example. */
    CONFIGURATION,

    /**
     * The broker says that another server is to be used, and the options do not let the client follow, or
     * it followed that often.
     */
    MOVED,

    /**
     * Connections in a row ended because the broker's bytes were not what the specification or the
     * client's limits allow: what it keeps for the session, as a rule.
     */
    PROTOCOL,

    /** As many attempts failed as the options allow. */
    MAX_ATTEMPTS,

    /** The time for coming back has passed. */
    MAX_TIME,

    /** The application called [Client.disconnect]. */
    DISCONNECT_REQUESTED,

    /** The application closed the client. */
    CLIENT_CLOSED,

    /** The application's connection provider said that there is nothing to connect with. */
    PROVIDER,

    /** The library's own engine ended. */
    ENGINE_FAILED,

    /** A reason that this binding does not know yet. */
    OTHER,
}
