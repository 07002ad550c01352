package io.mqttka.android

import java.net.InetAddress
import java.net.UnknownHostException
import java.security.cert.CertificateException
import java.security.cert.X509Certificate
import javax.net.ssl.SSLPeerUnverifiedException

/**
 * The name of a server, by which its certificate must know it (RFC 9525): Subject Alternative Names
 * only, a wildcard only as the whole first label, and for one label.
 */
internal class ServerName(private val name: String) {
    /** @throws CertificateException says which names the certificate has. */
    fun check(certificate: X509Certificate) {
        val names = names(certificate)
        val address = address(name)
        val fits = if (address != null) {
            names.any { (kind, text) -> kind == IP_ADDRESS && address(text) == address }
        } else {
            val host = canonical(name)
            names.any { (kind, pattern) -> kind == DNS_NAME && matches(canonical(pattern), host) }
        }
        if (fits) return
        val known = names.filter { (kind, _) -> kind == DNS_NAME || kind == IP_ADDRESS }.joinToString { it.second }
        val wrong = SSLPeerUnverifiedException("the certificate is not for $name, but for ${known.ifEmpty { "no name" }}")
        throw CertificateException(wrong.message, wrong)
    }

    private fun matches(pattern: String, host: String): Boolean {
        if (host.isEmpty()) return false
        if (!pattern.startsWith("*.")) return pattern == host
        val domain = pattern.drop(2)
        // A wildcard for all names of a top level domain is none.
        return '*' !in domain && '.' in domain && host.substringAfter('.', "") == domain && !host.startsWith('.')
    }

    /** Upper and lower case are one, in ASCII; a dot at the end means nothing. */
    private fun canonical(name: String): String =
        name.map { if (it in 'A'..'Z') it + ('a' - 'A') else it }.joinToString("").removeSuffix(".")

    private fun names(certificate: X509Certificate): List<Pair<Int, String>> =
        certificate.subjectAlternativeNames.orEmpty().mapNotNull { entry ->
            val (kind, text) = entry
            (text as? String)?.let { kind as Int to it }
        }

    /** Only of what is one in digits: nothing is resolved. */
    private fun address(text: String): InetAddress? {
        val bare = text.removeSurrounding("[", "]").substringBefore('%')
        if (':' !in bare && !bare.matches(IPV4)) return null
        return try {
            InetAddress.getByName(bare)
        } catch (_: UnknownHostException) {
            null
        }
    }

    private companion object {
        const val DNS_NAME = 2
        const val IP_ADDRESS = 7
        val IPV4 = Regex("""\d{1,3}(\.\d{1,3}){3}""")
    }
}
