package io.mqttka

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlin.time.Duration
import kotlin.time.toKotlinDuration

/**
 * Says before each attempt what it connects with, such as a token that expires:
 * `ConnectionProvider { ProvidedConnection(password = tokens.fresh().encodeToByteArray()) }`.
 */
public fun interface ConnectionProvider {
    /**
     * Called on a thread for I/O for each attempt, one after the other. The attempt's deadline
     * ([Options.connectTimeout]) goes on, and a call is cancelled when its attempt has ended, with
     * that deadline or otherwise. While a cancelled call does not return, the next one waits for it.
     *
     * What this throws fails the attempt with [ConnectError.Provider], and the client tries again
     * with the usual delays; a [ProviderException] can say that it stops.
     */
    public suspend fun provide(request: ConnectionRequest): ProvidedConnection
}

/**
 * An attempt that is about to begin.
 *
 * @property attemptNumber Counts attempts since the last connection that came about, from 1.
 * @property timeLeft Until the attempt is given up.
 */
public class ConnectionRequest internal constructor(
    public val attemptNumber: Int,
    public val timeLeft: Duration,
) {
    override fun toString(): String = "ConnectionRequest(attemptNumber=$attemptNumber, timeLeft=$timeLeft)"
}

/**
 * What an attempt is made with; what is null is as the [Options] say. Nothing of it is printed.
 *
 * @property userName The User Name.
 * @property password The Password, up to 65,535 bytes.
 * @property uri The server, in place of all servers of the options.
 * @property webSocketHeaders The further headers of the WebSocket's upgrade request.
 * @property clientCertificate The client's certificate.
 */
public class ProvidedConnection(
    public val userName: String? = null,
    public val password: ByteArray? = null,
    public val uri: String? = null,
    public val webSocketHeaders: List<Pair<String, String>>? = null,
    public val clientCertificate: ClientCertificate? = null,
) {
    override fun toString(): String = "ProvidedConnection(hidden)"

    internal fun toNative() = NativeProvided(
        userName,
        password,
        uri,
        webSocketHeaders?.map { (name, value) -> NativeHeader(name, value) },
        clientCertificate?.let { NativeClientCertificate(it.certificate, it.privateKey) },
    )
}

/**
 * A client's certificate.
 *
 * @property certificate It and those that lead from it to its authority, in PEM.
 * @property privateKey Its private key, in PEM.
 */
public class ClientCertificate(public val certificate: ByteArray, public val privateKey: ByteArray) {
    override fun toString(): String = "ClientCertificate(hidden)"
}

/**
 * Why a [ConnectionProvider] gives nothing. [fatal]: there will be nothing later either, and the
 * client stops with [StopReason.PROVIDER].
 */
public class ProviderException(
    message: String,
    public val fatal: Boolean = false,
    cause: Throwable? = null,
) : Exception(message, cause)

/** Runs the application's provider in a coroutine, for as long as the attempt wants an answer. */
internal class ProviderForwarding(private val provider: ConnectionProvider) : ProviderCallback {
    private val scope = CoroutineScope(Dispatchers.IO)

    /** A provider that does not heed its cancellation holds one thread, not one per attempt. */
    private val one = Mutex()

    /** The library waits for nothing here. */
    override fun provide(request: ProviderRequest) {
        val call = scope.launch {
            one.withLock { answer(request) }
        }
        call.invokeOnCompletion {
            request.fail("the connection provider was cancelled", fatal = false)
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
            throw cancelled
        } catch (thrown: Throwable) {
            request.fail(inWords(thrown), (thrown as? ProviderException)?.fatal == true)
        }
    }
}
