package io.mqttka.android

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import java.security.KeyStore
import java.security.cert.CertificateException
import java.security.cert.CertificateExpiredException
import java.security.cert.CertificateNotYetValidException
import java.security.cert.X509Certificate
import javax.net.ssl.SSLPeerUnverifiedException
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager

/** The JDK's trust manager stands in for the system's; what asks it are the framework's own classes. */
class SystemCertificateVerifierTest {
    private val jdk = trusting(Authority.certificate("ca.pem"))

    private fun chain(name: String) = listOf(Authority.certificate("$name.pem"))

    @Test
    fun `whom the trust manager trusts is trusted under each of its names`() {
        val verifier = SystemCertificateVerifier(jdk)
        for (name in listOf("localhost", "127.0.0.1", "::1", "broker.lab.test", "BROKER.lab.test.", "any.lab.test")) {
            verifier.verify(chain("server"), name)
        }
        verifier.verify(chain("rsa"), "localhost")
    }

    @Test
    fun `another name is refused, with those that the certificate has`() {
        val verifier = SystemCertificateVerifier(jdk)
        for (name in listOf("example.com", "lab.test", "a.b.lab.test", "127.0.0.2", "::2", "", ".lab.test")) {
            val error = assertThrows(CertificateException::class.java, { verifier.verify(chain("server"), name) }, name)
            assertInstanceOf(SSLPeerUnverifiedException::class.java, error.cause)
        }
        val error = assertThrows(CertificateException::class.java) { verifier.verify(chain("wrong_host"), "localhost") }
        assertEquals("the certificate is not for localhost, but for elsewhere.test", error.message)
    }

    @Test
    fun `whom the trust manager does not trust is refused`() {
        val verifier = SystemCertificateVerifier(jdk)
        assertThrows(CertificateException::class.java) { verifier.verify(chain("untrusted"), "localhost") }
        assertThrows(CertificateExpiredException::class.java) { verifier.verify(chain("expired"), "localhost") }
        assertThrows(CertificateNotYetValidException::class.java) { verifier.verify(chain("not_yet_valid"), "localhost") }
        assertThrows(CertificateException::class.java) { verifier.verify(emptyList(), "localhost") }
        // Of those that the JDK knows is none.
        assertThrows(CertificateException::class.java) { SystemCertificateVerifier().verify(chain("server"), "localhost") }
    }

    @Test
    fun `a trust manager that knows domains is asked for the one`() {
        val asked = mutableListOf<Pair<String, String>>()
        val verifier = SystemCertificateVerifier(ByDomain(jdk) { method, host -> asked += method to host })
        verifier.verify(chain("server"), "localhost")
        verifier.verify(chain("rsa"), "localhost")
        assertEquals(listOf("ECDHE_ECDSA" to "localhost", "ECDHE_RSA" to "localhost"), asked)
        val pinned = SystemCertificateVerifier(ByDomain(jdk) { _, _ -> throw CertificateException("Pin verification failed") })
        val error = assertThrows(CertificateException::class.java) { pinned.verify(chain("server"), "localhost") }
        assertEquals("Pin verification failed", error.message)
    }

    /** As that of Android's network security configuration, which refuses to be asked without a domain. */
    @Suppress("unused")
    class ByDomain(private val plain: X509TrustManager, private val judge: (String, String) -> Unit) :
        X509TrustManager by plain {
        fun checkServerTrusted(chain: Array<X509Certificate>, method: String, host: String): List<X509Certificate> {
            judge(method, host)
            plain.checkServerTrusted(chain, method)
            return chain.asList()
        }

        override fun checkServerTrusted(chain: Array<X509Certificate>, method: String): Unit =
            throw CertificateException("Domain specific configurations require that hostname aware checkServerTrusted is used")

        fun isSameTrustConfiguration(one: String, other: String): Boolean = one == other
    }
}

fun trusting(authority: X509Certificate): X509TrustManager {
    val store = KeyStore.getInstance(KeyStore.getDefaultType())
    store.load(null, null)
    store.setCertificateEntry("authority", authority)
    val factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm())
    factory.init(store)
    return factory.trustManagers.filterIsInstance<X509TrustManager>().first()
}
