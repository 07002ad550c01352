package io.mqttka.android

import android.content.Context
import android.net.ConnectivityManager
import android.net.LinkAddress
import android.net.LinkProperties
import android.net.Network
import android.net.NetworkCapabilities
import io.mqttka.Client
import io.mqttka.DisconnectCause
import io.mqttka.Event
import io.mqttka.EventKind
import io.mqttka.Mqttka
import io.mqttka.MqttkaException
import io.mqttka.NetworkChange
import io.mqttka.NetworkUpdate

/**
 * Tells a client what the system says of its default network, from now until [close]. These are
 * hints: the client probes the broker, or tries again now where it waits for that, and gives a
 * connection up at once only where its local address is gone. That a network is validated no more,
 * too, is a reason to probe and never a verdict.
 *
 * What says nothing new, such as another signal strength, is not told.
 *
 * The app needs the permission `ACCESS_NETWORK_STATE`, which this library's manifest asks for.
 */
public class NetworkMonitor internal constructor(
    private val connectivity: ConnectivityManager,
    private val reportDeadPaths: Boolean,
    private val tell: (NetworkUpdate) -> Unit,
) : AutoCloseable {
    /**
     * Hints for [client], as long as they are not closed.
     *
     * It also makes failed attempts say [io.mqttka.TransportErrorKind.PERMISSION_LOCAL_NETWORK] where
     * that is why ([AppLocalNetworkPermission]).
     *
     * @param reportDeadPaths After [DisconnectCause.KeepAliveTimeout], ask the system to look at its
     *   default network again (`reportNetworkConnectivity`): it may find that it leads nowhere, and
     *   change to another for all apps. Not for clients with a [NetworkSocketHook].
     */
    public constructor(context: Context, client: Client, reportDeadPaths: Boolean = false) : this(
        context.getSystemService(ConnectivityManager::class.java),
        reportDeadPaths,
        { update ->
            try {
                with(update) { client.networkChanged(change, metered, validated, captivePortal, id) }
            } catch (_: MqttkaException.Closed) {
                // It needs no hints any more.
            }
        },
    ) {
        Mqttka.localNetworkPermission = AppLocalNetworkPermission(context)
        listening = client.addListener(::onEvent)
    }

    private var listening: AutoCloseable? = null

    @Volatile
    private var current: Network? = null

    /** The system calls it on one thread, and gives all that it needs: nothing is asked back. */
    private val callback = object : ConnectivityManager.NetworkCallback() {
        /** What is to be told of the current network, and was not told yet. */
        private var pending: NetworkChange? = null
        private var facts: NetworkUpdate? = null
        private var addresses: Set<LinkAddress>? = null
        private var blocked = false

        /** Its capabilities follow at once: one hint for both. */
        override fun onAvailable(network: Network) {
            if (network == current) return
            pending = if (current == null) NetworkChange.AVAILABLE else NetworkChange.CHANGED
            current = network
            facts = null
            addresses = null
            blocked = false
        }

        override fun onCapabilitiesChanged(network: Network, capabilities: NetworkCapabilities) {
            if (network != current) return
            val now = NetworkUpdate(
                NetworkChange.CHANGED,
                metered = !capabilities.hasCapability(NetworkCapabilities.NET_CAPABILITY_NOT_METERED),
                validated = capabilities.hasCapability(NetworkCapabilities.NET_CAPABILITY_VALIDATED),
                captivePortal = capabilities.hasCapability(NetworkCapabilities.NET_CAPABILITY_CAPTIVE_PORTAL),
                id = id(network),
            )
            val news = now != facts
            facts = now
            if (news) changed(network)
        }

        override fun onLinkPropertiesChanged(network: Network, properties: LinkProperties) {
            if (network != current) return
            val before = addresses
            addresses = properties.linkAddresses.toSet()
            if (pending != null || before != null && before != addresses) changed(network)
        }

        override fun onBlockedStatusChanged(network: Network, blocked: Boolean) {
            if (network != current) return
            val wasBlocked = this.blocked
            this.blocked = blocked
            // Doze, App Standby or Data Saver let the app's bytes through again.
            if (wasBlocked && !blocked) changed(network)
        }

        override fun onLost(network: Network) {
            if (network != current) return
            current = null
            pending = null
            tell(NetworkUpdate(NetworkChange.LOST, id = id(network)))
        }

        private fun changed(network: Network) {
            val change = pending ?: NetworkChange.CHANGED
            pending = null
            tell(facts?.copy(change = change) ?: NetworkUpdate(change, id = id(network)))
        }

        private fun id(network: Network) = network.networkHandle.toString()
    }

    private var registered = true

    init {
        connectivity.registerDefaultNetworkCallback(callback)
    }

    internal fun onEvent(event: Event) {
        val end = event.kind as? EventKind.Disconnected ?: return
        val network = current
        if (reportDeadPaths && network != null && end.info.cause is DisconnectCause.KeepAliveTimeout) {
            connectivity.reportNetworkConnectivity(network, false)
        }
    }

    /** Tells nothing more. */
    @Synchronized
    override fun close() {
        listening?.close()
        if (registered) connectivity.unregisterNetworkCallback(callback)
        registered = false
    }
}
