package io.mqttka

/** What becomes of a publish that was sent and not acknowledged, where its session is lost. */
public enum class LostPublish {
    /** It is published again in the new session. */
    PUBLISH_AGAIN,

    /** It fails: the session is lost. */
    FAIL,
}
