package io.mqttka.testing

import com.sun.jna.Pointer
import com.sun.jna.ptr.IntByReference
import com.sun.jna.ptr.LongByReference
import io.mqttka.Property

/** Gives [use] these properties as the library has them; its result is that of the call. */
internal fun TestingLibrary.withProperties(properties: List<Property>, use: (Pointer) -> Int): Int {
    val native = mqttka_testing_properties_new()
    try {
        for (property in properties) {
            val error = add(native, property)
            if (error != 0) return error
        }
        return use(native)
    } finally {
        mqttka_testing_properties_free(native)
    }
}

private fun TestingLibrary.add(to: Pointer, property: Property): Int = when (property) {
    is Property.PayloadFormatIndicator -> number(to, 0x01, property.value.toLong())
    is Property.MessageExpiryInterval -> number(to, 0x02, property.value)
    is Property.ContentType -> mqttka_testing_properties_set_text(to, 0x03, property.value)
    is Property.ResponseTopic -> mqttka_testing_properties_set_text(to, 0x08, property.value)
    is Property.CorrelationData -> bytes(to, 0x09, property.value)
    is Property.SubscriptionIdentifier -> number(to, 0x0b, property.value)
    is Property.SessionExpiryInterval -> number(to, 0x11, property.value)
    is Property.AssignedClientIdentifier -> mqttka_testing_properties_set_text(to, 0x12, property.value)
    is Property.ServerKeepAlive -> number(to, 0x13, property.value.toLong())
    is Property.AuthenticationMethod -> mqttka_testing_properties_set_text(to, 0x15, property.value)
    is Property.AuthenticationData -> bytes(to, 0x16, property.value)
    is Property.RequestProblemInformation -> number(to, 0x17, property.value.toLong())
    is Property.WillDelayInterval -> number(to, 0x18, property.value)
    is Property.RequestResponseInformation -> number(to, 0x19, property.value.toLong())
    is Property.ResponseInformation -> mqttka_testing_properties_set_text(to, 0x1a, property.value)
    is Property.ServerReference -> mqttka_testing_properties_set_text(to, 0x1c, property.value)
    is Property.ReasonString -> mqttka_testing_properties_set_text(to, 0x1f, property.value)
    is Property.ReceiveMaximum -> number(to, 0x21, property.value.toLong())
    is Property.TopicAliasMaximum -> number(to, 0x22, property.value.toLong())
    is Property.TopicAlias -> number(to, 0x23, property.value.toLong())
    is Property.MaximumQos -> number(to, 0x24, property.value.toLong())
    is Property.RetainAvailable -> number(to, 0x25, property.value.toLong())
    is Property.MaximumPacketSize -> number(to, 0x27, property.value)
    is Property.WildcardSubscriptionAvailable -> number(to, 0x28, property.value.toLong())
    is Property.SubscriptionIdentifierAvailable -> number(to, 0x29, property.value.toLong())
    is Property.SharedSubscriptionAvailable -> number(to, 0x2a, property.value.toLong())
    is Property.UserProperty -> mqttka_testing_properties_add_user(to, property.name, property.value)
}

private fun TestingLibrary.number(to: Pointer, id: Int, value: Long): Int {
    require(value in 0..MOST) { "a property's value is $value; it must be 0 to $MOST" }
    return mqttka_testing_properties_set_number(to, id, value.toInt())
}

private fun TestingLibrary.bytes(to: Pointer, id: Int, value: ByteArray): Int =
    mqttka_testing_properties_set_bytes(to, id, value, Size(value.size.toLong()))

/** What the packet had, in the order of the properties' numbers, user properties last. */
internal fun TestingLibrary.properties(seen: Pointer): List<Property> = buildList {
    val number = IntByReference()
    for ((id, make) in NUMBERS) {
        if (mqttka_testing_seen_number(seen, id, number) == 0) add(make(number.value.toLong() and MOST))
    }
    for ((id, make) in TEXTS) mqttka_testing_seen_text(seen, id)?.let { add(make(it)) }
    val size = LongByReference()
    for ((id, make) in BYTES) {
        mqttka_testing_seen_bytes(seen, id, size)?.let { add(make(it.getByteArray(0, size.value.toInt()))) }
    }
    for (index in 0 until mqttka_testing_seen_user_count(seen).toLong()) {
        val name = mqttka_testing_seen_user_name(seen, Size(index)) ?: continue
        add(Property.UserProperty(name, mqttka_testing_seen_user_value(seen, Size(index)).orEmpty()))
    }
}

private const val MOST = 0xffff_ffffL

private val NUMBERS: List<Pair<Int, (Long) -> Property>> = listOf(
    0x01 to { Property.PayloadFormatIndicator(it.toInt()) },
    0x02 to Property::MessageExpiryInterval,
    0x0b to Property::SubscriptionIdentifier,
    0x11 to Property::SessionExpiryInterval,
    0x13 to { Property.ServerKeepAlive(it.toInt()) },
    0x17 to { Property.RequestProblemInformation(it.toInt()) },
    0x18 to Property::WillDelayInterval,
    0x19 to { Property.RequestResponseInformation(it.toInt()) },
    0x21 to { Property.ReceiveMaximum(it.toInt()) },
    0x22 to { Property.TopicAliasMaximum(it.toInt()) },
    0x23 to { Property.TopicAlias(it.toInt()) },
    0x24 to { Property.MaximumQos(it.toInt()) },
    0x25 to { Property.RetainAvailable(it.toInt()) },
    0x27 to Property::MaximumPacketSize,
    0x28 to { Property.WildcardSubscriptionAvailable(it.toInt()) },
    0x29 to { Property.SubscriptionIdentifierAvailable(it.toInt()) },
    0x2a to { Property.SharedSubscriptionAvailable(it.toInt()) },
)

private val TEXTS: List<Pair<Int, (String) -> Property>> = listOf(
    0x03 to Property::ContentType,
    0x08 to Property::ResponseTopic,
    0x12 to Property::AssignedClientIdentifier,
    0x15 to Property::AuthenticationMethod,
    0x1a to Property::ResponseInformation,
    0x1c to Property::ServerReference,
    0x1f to Property::ReasonString,
)

private val BYTES: List<Pair<Int, (ByteArray) -> Property>> = listOf(
    0x09 to Property::CorrelationData,
    0x16 to Property::AuthenticationData,
)
