package io.mqttka

/** Why a stream of messages has ended. */
public sealed interface StreamEnd {
    /** The connection of the subscription ended for this [cause]; [detail] is the same in words. */
    public data class Disconnected(public val cause: DisconnectCause, public val detail: String) : StreamEnd

    /** The attempt that the subscription waited for failed for this [error]; [detail] is it in words. */
    public data class ConnectFailed(public val error: ConnectError, public val detail: String) : StreamEnd

    /** The broker did not accept any filter of the subscription, or the SUBSCRIBE was not sent. */
    public data class SubscribeFailed(public val detail: String) : StreamEnd

    /** The subscription was ended with [MessageStream.unsubscribe], or the stream was closed. */
    public data object Unsubscribed : StreamEnd

    /** The client was closed. */
    public data object Closed : StreamEnd

    /** An end that this version does not know yet. */
    public data class Other(public val detail: String) : StreamEnd
}
