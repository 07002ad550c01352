package io.mqttka.internal

import io.mqttka.ConnectionProvider
import io.mqttka.ConnectionRequest
import io.mqttka.ProvidedConnection
import io.mqttka.ProviderException
import io.mqttka.internal.uniffi.NativeClientCertificate
import io.mqttka.internal.uniffi.NativeHeader
import io.mqttka.internal.uniffi.NativeProvided
import io.mqttka.internal.uniffi.ProviderCallback
import io.mqttka.internal.uniffi.ProviderRequest
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlin.time.toKotlinDuration

/** Runs the application's provider in a coroutine, for as long as the attempt wants an answer. */
internal class ProviderForwarding(
    private val provider: ConnectionProvider,
    private val kept: Thrown,
) : ProviderCallback {
    private val scope = CoroutineScope(Dispatchers.IO)

    /** A provider that does not heed its cancellation holds one thread, not one per attempt. */
    private val one = Mutex()

    /** The library waits for nothing here. */
    override fun provide(request: ProviderRequest) {
        val call = scope.launch {
            one.withLock { answer(request) }
        }
        // On the library's own threads, for dispatchers may be busy with providers that hang.
        scope.launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
            request.use {
                it.settled()
                call.cancelAndJoin()
            }
        }
    }

    private suspend fun answer(request: ProviderRequest) {
        try {
            val asked = ConnectionRequest(request.attemptNumber().toInt(), request.timeLeft().toKotlinDuration())
            request.provide(provider.provide(asked).toNative())
        } catch (cancelled: CancellationException) {
            // While the call is not over, the request is there.
            request.fail("the connection provider was cancelled", fatal = false)
            throw cancelled
        } catch (thrown: Throwable) {
            kept.keep(thrown)
            request.fail(inWords(thrown), (thrown as? ProviderException)?.fatal == true)
        }
    }
}

private fun ProvidedConnection.toNative() = NativeProvided(
    userName,
    password,
    uri,
    webSocketHeaders?.map { (name, value) -> NativeHeader(name, value) },
    clientCertificate?.let { NativeClientCertificate(it.certificate, it.privateKey) },
)
