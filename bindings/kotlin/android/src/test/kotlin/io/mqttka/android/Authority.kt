package io.mqttka.android

import java.nio.file.Files
import java.nio.file.Path
import java.security.cert.CertificateFactory
import java.security.cert.X509Certificate

/** The test authority's files, which run-tests has made. */
object Authority {
    fun path(name: String): Path = Path.of("../mqttka/target/authority", name).toAbsolutePath().normalize()

    fun certificate(name: String): X509Certificate = Files.newInputStream(path(name)).use {
        CertificateFactory.getInstance("X.509").generateCertificate(it) as X509Certificate
    }
}
