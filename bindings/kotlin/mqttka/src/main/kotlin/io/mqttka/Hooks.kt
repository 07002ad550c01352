package io.mqttka

import java.security.cert.CertificateException
import java.security.cert.CertificateExpiredException
import java.security.cert.X509Certificate

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
