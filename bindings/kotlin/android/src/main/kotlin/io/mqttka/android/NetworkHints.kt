package io.mqttka.android

import android.content.Context
import android.net.ConnectivityManager
import android.net.LinkProperties
import android.net.Network
import io.mqttka.Client
import io.mqttka.NetworkChange

/**
 * Tells a client what the system says of its default network, from now until [close].
 *
 * The client probes the broker at each word, and gives a connection up at once only where its
 * local address is gone; so a hint that means nothing costs one PINGREQ.
 *
 * The app needs the permission `ACCESS_NETWORK_STATE`, which this library's manifest asks for.
 */
public class NetworkHints internal constructor(
    private val connectivity: ConnectivityManager,
    private val tell: (NetworkChange) -> Unit,
) : AutoCloseable {
    /** Hints for [client], as long as they are not closed. Close them before the client. */
    public constructor(context: Context, client: Client) : this(
        context.getSystemService(ConnectivityManager::class.java),
        client::networkChanged,
    )

    private val callback = object : ConnectivityManager.NetworkCallback() {
        /** Whose properties were told; the first word on them says nothing new. */
        private var known: Network? = null

        override fun onAvailable(network: Network) = tell(NetworkChange.AVAILABLE)

        override fun onLost(network: Network) {
            known = null
            tell(NetworkChange.LOST)
        }

        override fun onLinkPropertiesChanged(network: Network, properties: LinkProperties) {
            if (known == network) tell(NetworkChange.CHANGED)
            known = network
        }
    }

    private var registered = true

    init {
        connectivity.registerDefaultNetworkCallback(callback)
    }

    /** Tells nothing more. */
    @Synchronized
    override fun close() {
        if (registered) connectivity.unregisterNetworkCallback(callback)
        registered = false
    }
}
