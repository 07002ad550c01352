package io.mqttka.internal

import io.mqttka.CertificateVerifier
import io.mqttka.Options

/** Whom the system trusts, where only Java can ask it. */
internal object SystemTrust {
    /** Of the Android library, which this one does not know; `consumer-rules.pro` keeps it. */
    private const val ANDROID = "io.mqttka.android.SystemCertificateVerifier"

    /** Null: the library itself asks the platform. */
    val verifier: CertificateVerifier? by lazy {
        try {
            Class.forName(ANDROID).getDeclaredConstructor().newInstance() as CertificateVerifier
        } catch (_: ClassNotFoundException) {
            null
        }
    }
}

/** Who judges certificates in Java; null: nobody. */
internal fun Options.verifier(): CertificateVerifier? =
    tlsVerifier ?: if (tlsCa == null && tlsCaFile == null && !tlsDangerAcceptAnyCertificate) SystemTrust.verifier else null
