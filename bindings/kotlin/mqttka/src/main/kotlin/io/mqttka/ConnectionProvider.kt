package io.mqttka

import kotlin.time.Duration

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
public class ProvidedConnection @JvmOverloads constructor(
    public val userName: String? = null,
    public val password: ByteArray? = null,
    public val uri: String? = null,
    public val webSocketHeaders: List<Pair<String, String>>? = null,
    public val clientCertificate: ClientCertificate? = null,
) {
    override fun toString(): String = "ProvidedConnection(hidden)"
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
public class ProviderException @JvmOverloads constructor(
    message: String,
    public val fatal: Boolean = false,
    cause: Throwable? = null,
) : RuntimeException(message, cause)
