package io.mqttka.internal

import io.mqttka.MqttkaException
import io.mqttka.internal.uniffi.NativeException

/** Calls into the library, whose errors become the application's. */
internal inline fun <T> native(call: () -> T): T =
    try {
        call()
    } catch (error: NativeException) {
        throw error.forApplication()
    }

internal fun NativeException.forApplication(): MqttkaException = when (this) {
    is NativeException.InvalidArgument -> MqttkaException.InvalidArgument(detail)
    is NativeException.InvalidOption -> MqttkaException.InvalidOption(inKotlin(option), value, bound)
    is NativeException.InvalidTopic -> MqttkaException.InvalidTopic(detail)
    is NativeException.InvalidText -> MqttkaException.InvalidText(detail)
    is NativeException.NotConnected -> MqttkaException.NotConnected()
    is NativeException.AlreadyConnected -> MqttkaException.AlreadyConnected()
    is NativeException.QueueFull -> MqttkaException.QueueFull()
    is NativeException.PacketTooLarge -> MqttkaException.PacketTooLarge(size.toLong(), limit.toLong())
    is NativeException.Closed -> MqttkaException.Closed()
    is NativeException.Forked -> MqttkaException.Forked()
    is NativeException.Startup -> MqttkaException.Startup(detail)
    is NativeException.EventsNotTaken -> MqttkaException.EventsNotTaken()
    is NativeException.ConnectFailed -> LocalNetwork.explained(
        MqttkaException.ConnectFailed(error.forApplication(), detail, userProperties.forApplication()),
    )
    is NativeException.Refused -> MqttkaException.Refused(
        reasonCode.forApplication(), reasonString, reasonCodes.map { it.forApplication() }, userProperties.forApplication(),
    )
    is NativeException.Disconnected -> MqttkaException.Disconnected()
    is NativeException.SessionLost -> MqttkaException.SessionLost()
    is NativeException.NotSupportedByServer -> MqttkaException.NotSupportedByServer(reasonCode.forApplication())
    is NativeException.WrongReasonCodeCount ->
        MqttkaException.WrongReasonCodeCount(expected.toLong(), received.toLong())
    is NativeException.OutOfMemory -> MqttkaException.OutOfMemory(bytes.toLong())
    is NativeException.Encode -> MqttkaException.Encode(detail)
    is NativeException.Expired -> MqttkaException.Expired()
    is NativeException.TimedOut -> MqttkaException.TimedOut()
    is NativeException.Dropped -> MqttkaException.Dropped()
    is NativeException.Poison -> MqttkaException.Poison(connections.toLong())
    is NativeException.Cancelled -> MqttkaException.Cancelled()
    is NativeException.Authentication -> MqttkaException.Authentication(detail)
    is NativeException.NotSupported -> MqttkaException.NotSupported(what, needs)
    is NativeException.Other -> MqttkaException.Other(detail)
}

/** `keep_alive` to `keepAlive`. */
internal fun inKotlin(option: String): String {
    // A word of the language's own.
    if (option == "interface") return "networkInterface"
    val words = option.split('_')
    return words.first() + words.drop(1).joinToString("") { it.replaceFirstChar(Char::uppercaseChar) }
}
