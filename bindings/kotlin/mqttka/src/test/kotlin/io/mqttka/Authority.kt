package io.mqttka

import java.nio.file.Files
import java.nio.file.Path
import java.security.cert.CertificateFactory
import java.security.cert.X509Certificate

/** The test authority's files, which run-tests has made. */
object Authority {
    private val directory: Path = Path.of(System.getProperty("mqttka.authority", "target/authority")).toAbsolutePath()

    fun path(name: String): String = "${directory.resolve(name).also { check(Files.exists(it)) { "$it: see run-tests" } }}"

    fun bytes(name: String): ByteArray = Files.readAllBytes(Path.of(path(name)))

    fun text(name: String): String = bytes(name).decodeToString().trim()

    fun certificate(name: String): X509Certificate =
        CertificateFactory.getInstance("X.509").generateCertificate(bytes(name).inputStream()) as X509Certificate

    /** The settings of a listener that has this certificate. */
    fun listener(name: String, vararg more: String): List<String> =
        listOf("certfile ${path("$name.pem")}", "keyfile ${path("$name.key")}", *more)
}
