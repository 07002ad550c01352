package io.mqttka

/** Why a stream of messages has ended. */
public sealed interface StreamEnd {
    /** The connection of the subscription ended for this [cause]; [detail] is the same in words. */
    public data class Disconnected(public val cause: DisconnectCause, public val detail: String) : StreamEnd

    /** The attempt that the subscription waited for failed for this [error]; [detail] is it in words. */
    public data class ConnectFailed(public val error: ConnectError, public val detail: String) : StreamEnd

    /**
     * The broker did not accept any filter of the subscription, at first or when it had lost the session, or the
     * SUBSCRIBE was not sent; [detail] says it in words. [reasonCode] is the broker's reason where it refused it,
     * [reasonString] its words, where it sent some, and [userProperties] those of its answer, in its order; at most 10,000.
     */
    public data class SubscribeFailed @JvmOverloads constructor(
        public val detail: String,
        public val reasonCode: ReasonCode? = null,
        public val reasonString: String? = null,
        public val userProperties: List<UserProperty> = emptyList(),
    ) : StreamEnd

    /** The subscription was ended with [MessageStream.unsubscribe], or the stream was closed. */
    public data object Unsubscribed : StreamEnd

    /** The client was closed. */
    public data object Closed : StreamEnd

    /** An end that this version does not know yet. */
    public data class Other(public val detail: String) : StreamEnd
}
