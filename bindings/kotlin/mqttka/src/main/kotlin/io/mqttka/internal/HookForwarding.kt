package io.mqttka.internal

import io.mqttka.CertificateVerifier
import io.mqttka.SocketHook
import io.mqttka.TransportErrorKind
import io.mqttka.internal.uniffi.CertificateCallback
import io.mqttka.internal.uniffi.HookException
import io.mqttka.internal.uniffi.NativeCertificateException
import io.mqttka.internal.uniffi.SocketCallback
import java.security.cert.CertPathBuilderException
import java.security.cert.CertPathValidatorException
import java.security.cert.CertPathValidatorException.BasicReason
import java.security.cert.CertificateExpiredException
import java.security.cert.CertificateFactory
import java.security.cert.CertificateNotYetValidException
import java.security.cert.CertificateRevokedException
import java.security.cert.PKIXReason
import java.security.cert.X509Certificate
import javax.net.ssl.SSLPeerUnverifiedException

internal class SocketForwarding(private val hook: SocketHook, private val kept: Thrown) : SocketCallback {
    override fun prepare(socket: Int) = try {
        hook.prepare(socket)
    } catch (thrown: Throwable) {
        kept.keep(thrown)
        throw HookException.Refused(inWords(thrown))
    }
}

internal class CertificateForwarding(
    private val verifier: CertificateVerifier,
    private val kept: Thrown,
) : CertificateCallback {
    override fun verify(chain: List<ByteArray>, serverName: String) = try {
        val factory = CertificateFactory.getInstance("X.509")
        verifier.verify(chain.map { factory.generateCertificate(it.inputStream()) as X509Certificate }, serverName)
    } catch (thrown: Throwable) {
        kept.keep(thrown)
        throw NativeCertificateException.Refused(kindOf(thrown).toNative(), inWords(thrown))
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
