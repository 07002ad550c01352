package io.mqttka.android

import android.net.http.X509TrustManagerExtensions
import io.mqttka.CertificateVerifier
import java.security.KeyStore
import java.security.cert.CertificateException
import java.security.cert.X509Certificate
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager

/**
 * Trusts whom Android trusts for this app. It is what judges certificates where the options have
 * neither `tlsCa`, `tlsCaFile`, `tlsVerifier` nor `tlsDangerAcceptAnyCertificate`: nothing is to be
 * done for it.
 *
 * The system's trust manager decides, and with it the app's network security configuration: its
 * `trust-anchors` and `pin-set`, also per domain, and `debug-overrides`. That the certificate has
 * the server's name is checked here, by its Subject Alternative Names alone. Not honoured is
 * `cleartextTrafficPermitted`, which is asked for HTTP only: the scheme of the URI decides.
 */
public class SystemCertificateVerifier internal constructor(private val manager: X509TrustManager) : CertificateVerifier {
    /** By the system's trust manager. */
    public constructor() : this(systemManager())

    /** Null: a provider that the app brought, which knows nothing of domains. */
    private val byDomain: X509TrustManagerExtensions? = try {
        X509TrustManagerExtensions(manager)
    } catch (_: IllegalArgumentException) {
        null
    }

    override fun verify(chain: List<X509Certificate>, serverName: String) {
        val certificate = chain.firstOrNull() ?: throw CertificateException("the server sent no certificate")
        // First, for the trust manager's words for it are not the same everywhere.
        certificate.checkValidity()
        val certificates = chain.toTypedArray()
        val method = keyExchange(certificate)
        if (byDomain != null) {
            byDomain.checkServerTrusted(certificates, method, serverName)
        } else {
            manager.checkServerTrusted(certificates, method)
        }
        ServerName(serverName).check(certificate)
    }
}

/** What trust managers take for the use that the key must be good for; TLS 1.3 has but these. */
private fun keyExchange(certificate: X509Certificate): String = when (certificate.publicKey.algorithm) {
    "EC" -> "ECDHE_ECDSA"
    "RSA" -> "ECDHE_RSA"
    else -> "UNKNOWN"
}

private fun systemManager(): X509TrustManager {
    val factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm())
    factory.init(null as KeyStore?)
    return factory.trustManagers.filterIsInstance<X509TrustManager>().first()
}
