package io.mqttka.internal

import io.mqttka.MqttkaException
import io.mqttka.Property
import io.mqttka.UserProperty
import io.mqttka.internal.uniffi.NativeProperty
import io.mqttka.internal.uniffi.NativeUserProperty

internal fun Property.toNative(): NativeProperty = when (this) {
    is Property.PayloadFormatIndicator -> NativeProperty.PayloadFormatIndicator(byte("payloadFormatIndicator", value))
    is Property.MessageExpiryInterval -> NativeProperty.MessageExpiryInterval(int("messageExpiryInterval", value))
    is Property.ContentType -> NativeProperty.ContentType(value)
    is Property.ResponseTopic -> NativeProperty.ResponseTopic(value)
    is Property.CorrelationData -> NativeProperty.CorrelationData(value)
    is Property.SubscriptionIdentifier -> NativeProperty.SubscriptionIdentifier(int("subscriptionIdentifier", value))
    is Property.SessionExpiryInterval -> NativeProperty.SessionExpiryInterval(int("sessionExpiryInterval", value))
    is Property.AssignedClientIdentifier -> NativeProperty.AssignedClientIdentifier(value)
    is Property.ServerKeepAlive -> NativeProperty.ServerKeepAlive(short("serverKeepAlive", value))
    is Property.AuthenticationMethod -> NativeProperty.AuthenticationMethod(value)
    is Property.AuthenticationData -> NativeProperty.AuthenticationData(value)
    is Property.RequestProblemInformation ->
        NativeProperty.RequestProblemInformation(byte("requestProblemInformation", value))
    is Property.WillDelayInterval -> NativeProperty.WillDelayInterval(int("willDelayInterval", value))
    is Property.RequestResponseInformation ->
        NativeProperty.RequestResponseInformation(byte("requestResponseInformation", value))
    is Property.ResponseInformation -> NativeProperty.ResponseInformation(value)
    is Property.ServerReference -> NativeProperty.ServerReference(value)
    is Property.ReasonString -> NativeProperty.ReasonString(value)
    is Property.ReceiveMaximum -> NativeProperty.ReceiveMaximum(short("receiveMaximum", value))
    is Property.TopicAliasMaximum -> NativeProperty.TopicAliasMaximum(short("topicAliasMaximum", value))
    is Property.TopicAlias -> NativeProperty.TopicAlias(short("topicAlias", value))
    is Property.MaximumQos -> NativeProperty.MaximumQos(byte("maximumQos", value))
    is Property.RetainAvailable -> NativeProperty.RetainAvailable(byte("retainAvailable", value))
    is Property.UserProperty -> NativeProperty.UserProperty(name, value)
    is Property.MaximumPacketSize -> NativeProperty.MaximumPacketSize(int("maximumPacketSize", value))
    is Property.WildcardSubscriptionAvailable ->
        NativeProperty.WildcardSubscriptionAvailable(byte("wildcardSubscriptionAvailable", value))
    is Property.SubscriptionIdentifierAvailable ->
        NativeProperty.SubscriptionIdentifierAvailable(byte("subscriptionIdentifierAvailable", value))
    is Property.SharedSubscriptionAvailable ->
        NativeProperty.SharedSubscriptionAvailable(byte("sharedSubscriptionAvailable", value))
}

internal fun NativeProperty.forApplication(): Property = when (this) {
    is NativeProperty.PayloadFormatIndicator -> Property.PayloadFormatIndicator(value.toInt())
    is NativeProperty.MessageExpiryInterval -> Property.MessageExpiryInterval(value.toLong())
    is NativeProperty.ContentType -> Property.ContentType(value)
    is NativeProperty.ResponseTopic -> Property.ResponseTopic(value)
    is NativeProperty.CorrelationData -> Property.CorrelationData(value)
    is NativeProperty.SubscriptionIdentifier -> Property.SubscriptionIdentifier(value.toLong())
    is NativeProperty.SessionExpiryInterval -> Property.SessionExpiryInterval(value.toLong())
    is NativeProperty.AssignedClientIdentifier -> Property.AssignedClientIdentifier(value)
    is NativeProperty.ServerKeepAlive -> Property.ServerKeepAlive(value.toInt())
    is NativeProperty.AuthenticationMethod -> Property.AuthenticationMethod(value)
    is NativeProperty.AuthenticationData -> Property.AuthenticationData(value)
    is NativeProperty.RequestProblemInformation -> Property.RequestProblemInformation(value.toInt())
    is NativeProperty.WillDelayInterval -> Property.WillDelayInterval(value.toLong())
    is NativeProperty.RequestResponseInformation -> Property.RequestResponseInformation(value.toInt())
    is NativeProperty.ResponseInformation -> Property.ResponseInformation(value)
    is NativeProperty.ServerReference -> Property.ServerReference(value)
    is NativeProperty.ReasonString -> Property.ReasonString(value)
    is NativeProperty.ReceiveMaximum -> Property.ReceiveMaximum(value.toInt())
    is NativeProperty.TopicAliasMaximum -> Property.TopicAliasMaximum(value.toInt())
    is NativeProperty.TopicAlias -> Property.TopicAlias(value.toInt())
    is NativeProperty.MaximumQos -> Property.MaximumQos(value.toInt())
    is NativeProperty.RetainAvailable -> Property.RetainAvailable(value.toInt())
    is NativeProperty.UserProperty -> Property.UserProperty(name, value)
    is NativeProperty.MaximumPacketSize -> Property.MaximumPacketSize(value.toLong())
    is NativeProperty.WildcardSubscriptionAvailable -> Property.WildcardSubscriptionAvailable(value.toInt())
    is NativeProperty.SubscriptionIdentifierAvailable -> Property.SubscriptionIdentifierAvailable(value.toInt())
    is NativeProperty.SharedSubscriptionAvailable -> Property.SharedSubscriptionAvailable(value.toInt())
}

internal fun List<NativeUserProperty>.forApplication(): List<UserProperty> = map { UserProperty(it.name, it.value) }

/** Kotlin's numbers are wider than the protocol's. */
private fun number(property: String, value: Long, max: Long): Long {
    if (value !in 0..max) throw MqttkaException.InvalidOption(property, "$value", "0 to $max")
    return value
}

private fun byte(property: String, value: Int): UByte =
    number(property, value.toLong(), UByte.MAX_VALUE.toLong()).toUByte()

private fun short(property: String, value: Int): UShort =
    number(property, value.toLong(), UShort.MAX_VALUE.toLong()).toUShort()

private fun int(property: String, value: Long): UInt = number(property, value, UInt.MAX_VALUE.toLong()).toUInt()
