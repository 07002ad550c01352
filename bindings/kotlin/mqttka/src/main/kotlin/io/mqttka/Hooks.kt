package io.mqttka

import java.security.cert.CertPathBuilderException
import java.security.cert.CertPathValidatorException
import java.security.cert.CertPathValidatorException.BasicReason
import java.security.cert.CertificateException
import java.security.cert.CertificateExpiredException
import java.security.cert.CertificateFactory
import java.security.cert.CertificateNotYetValidException
import java.security.cert.CertificateRevokedException
import java.security.cert.PKIXReason
import java.security.cert.X509Certificate
import javax.net.ssl.SSLPeerUnverifiedException

/**
 * Gets each TCP socket before it connects, as Android's `Network.bindSocket` needs it; see
 * `NetworkSocketHook` of the Android library.
 */
public fun interface SocketHook {
    /**
     * [fd] is the socket's file descriptor. It must not be closed, and not be used after this has
     * returned. What this throws fails the attempt to this address, with
     * [TransportErrorKind.SOCKET_HOOK] and its message.
     *
     * It is called on a thread of its own and may block; the attempt's deadline goes on. While a
     * call has not returned, the client's further attempts fail.
     */
    @Throws(Exception::class)
    public fun prepare(fd: Int)
}

/** Judges the server's certificate, instead of the platform and of [Options.tlsCa]. */
public fun interface CertificateVerifier {
    /**
     * Returns where the server of this name, a host name or an IP address, is to be trusted, and
     * throws why not; the message is in the [ConnectError.Transport], whose kind follows from the
     * exception and its causes where they are Java's own for certificates, such as
     * [CertificateExpiredException]. [chain] is what the server sent, its own certificate first.
     *
     * Nothing else is checked of the certificates but that the server has the private key, and
     * [Options.tlsPins]: authorities, times and **the name** are for this to check.
     *
     * It is called on a thread of its own and may block; the attempt's deadline goes on.
     */
    @Throws(CertificateException::class)
    public fun verify(chain: List<X509Certificate>, serverName: String)
}

internal class SocketForwarding(private val hook: SocketHook) : SocketCallback {
    override fun prepare(socket: Int) = try {
        hook.prepare(socket)
    } catch (thrown: Throwable) {
        throw HookException.Refused(inWords(thrown))
    }
}

internal class CertificateForwarding(private val verifier: CertificateVerifier) : CertificateCallback {
    override fun verify(chain: List<ByteArray>, serverName: String) = try {
        val factory = CertificateFactory.getInstance("X.509")
        verifier.verify(chain.map { factory.generateCertificate(it.inputStream()) as X509Certificate }, serverName)
    } catch (thrown: Throwable) {
        throw NativeCertificateException.Refused(kindOf(thrown), inWords(thrown))
    }
}

internal fun inWords(thrown: Throwable) = thrown.message?.ifBlank { null } ?: thrown.javaClass.name

/** What Java's exceptions, and what they were caused by, say of a certificate. */
private fun kindOf(thrown: Throwable): TransportErrorKind {
    var cause: Throwable? = thrown
    // Causes can go in a circle.
    repeat(MAX_CAUSES) {
        when (val it = cause ?: return TransportErrorKind.CERTIFICATE_INVALID) {
            is CertificateExpiredException -> return TransportErrorKind.CERTIFICATE_EXPIRED
            is CertificateNotYetValidException -> return TransportErrorKind.CERTIFICATE_NOT_YET_VALID
            is CertificateRevokedException -> return TransportErrorKind.CERTIFICATE_REVOKED
            is SSLPeerUnverifiedException -> return TransportErrorKind.WRONG_HOST
            is CertPathBuilderException -> if (it.cause == null || it.cause === it) return TransportErrorKind.UNKNOWN_ISSUER
            is CertPathValidatorException -> kindOf(it)?.let { kind -> return kind }
        }
        cause = cause?.cause
    }
    return TransportErrorKind.CERTIFICATE_INVALID
}

private fun kindOf(error: CertPathValidatorException): TransportErrorKind? = when (error.reason) {
    BasicReason.EXPIRED -> TransportErrorKind.CERTIFICATE_EXPIRED
    BasicReason.NOT_YET_VALID -> TransportErrorKind.CERTIFICATE_NOT_YET_VALID
    BasicReason.REVOKED -> TransportErrorKind.CERTIFICATE_REVOKED
    PKIXReason.NO_TRUST_ANCHOR -> TransportErrorKind.UNKNOWN_ISSUER
    // Android's trust manager has words alone for it.
    else -> TransportErrorKind.UNKNOWN_ISSUER.takeIf { "Trust anchor" in error.message.orEmpty() }
}

private const val MAX_CAUSES = 16
