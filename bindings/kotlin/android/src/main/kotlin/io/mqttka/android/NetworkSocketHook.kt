package io.mqttka.android

import android.net.Network
import android.os.ParcelFileDescriptor
import io.mqttka.SocketHook

/**
 * Binds each socket of a client to [network], whatever the default network is:
 * `Options("mqtts://broker.example", socketHook = NetworkSocketHook(network))`.
 *
 * Names are still resolved over the default network; where only [network] knows the broker, give its
 * IP address from `network.getByName(host)` as the host, and the name as `tlsServerName`.
 */
public class NetworkSocketHook(private val network: Network) : SocketHook {
    override fun prepare(fd: Int) {
        // A descriptor of the same socket, which is ours to close.
        ParcelFileDescriptor.fromFd(fd).use { network.bindSocket(it.fileDescriptor) }
    }
}
