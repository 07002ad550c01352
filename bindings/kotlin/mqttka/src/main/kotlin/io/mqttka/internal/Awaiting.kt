package io.mqttka.internal

import io.mqttka.Message
import io.mqttka.Outcome
import io.mqttka.internal.uniffi.MessagesHandle
import io.mqttka.internal.uniffi.OperationHandle
import io.mqttka.internal.uniffi.RequestHandle
import io.mqttka.internal.uniffi.RequestsHandle
import io.mqttka.internal.uniffi.RespondingHandle
import io.mqttka.internal.uniffi.SubscribingHandle
import kotlinx.coroutines.CancellationException

// Whoever waits for an operation and is cancelled withdraws it where it is still queued. What was sent keeps its
// outcome, of which nobody hears.

internal suspend fun OperationHandle.outcomeOrCancel(): Outcome =
    awaiting(OperationHandle::cancel) { outcome() }.forApplication()

internal suspend fun RequestHandle.responseOrCancel(): Message =
    awaiting(RequestHandle::cancel) { response() }.forApplication()

internal suspend fun SubscribingHandle.streamOrCancel(): MessagesHandle = awaiting(SubscribingHandle::cancel) { stream() }

internal suspend fun RespondingHandle.requestsOrCancel(): RequestsHandle = awaiting(RespondingHandle::cancel) { requests() }

private suspend fun <Handle : AutoCloseable, T> Handle.awaiting(cancel: Handle.() -> Unit, end: suspend Handle.() -> T): T =
    use {
        try {
            native { end() }
        } catch (cancelled: CancellationException) {
            cancel()
            throw cancelled
        }
    }
