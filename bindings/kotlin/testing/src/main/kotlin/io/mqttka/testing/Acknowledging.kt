package io.mqttka.testing

/** When a broker acknowledges: PUBACK, PUBREC, PUBCOMP, SUBACK and UNSUBACK. */
public enum class Acknowledging(
    /** Its number, which is the same in every language. */
    public val value: Int,
) {
    /** At once, as brokers do. */
    AT_ONCE(0),

    /** When it is told to, by [AT_ONCE]: all that was held back leaves then, in order. */
    HELD(1),

    /** Not at all. */
    NEVER(2),
}
