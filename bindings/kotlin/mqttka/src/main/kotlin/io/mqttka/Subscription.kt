package io.mqttka

/**
 * One topic filter of a SUBSCRIBE with its options.
 *
 * @property filter The filter, such as `sensors/+/temperature` or `$share/group/jobs/#`.
 * @property qos The highest QoS at which messages come.
 * @property noLocal Do not send back what this client published; MQTT 5.0 only.
 * @property retainAsPublished Keep the publisher's retain flag; MQTT 5.0 only.
 * @property retainHandling Retained messages at subscribe time; MQTT 5.0 only.
 */
public data class Subscription @JvmOverloads constructor(
    public val filter: String,
    public val qos: Qos = Qos.AT_MOST_ONCE,
    public val noLocal: Boolean = false,
    public val retainAsPublished: Boolean = false,
    public val retainHandling: RetainHandling = RetainHandling.SEND_AT_SUBSCRIBE,
)
