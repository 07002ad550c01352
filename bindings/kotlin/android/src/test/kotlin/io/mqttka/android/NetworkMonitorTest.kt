package io.mqttka.android

import android.net.ConnectivityManager
import android.net.LinkAddress
import android.net.LinkProperties
import android.net.Network
import android.net.NetworkCapabilities
import android.net.NetworkCapabilities.NET_CAPABILITY_CAPTIVE_PORTAL
import android.net.NetworkCapabilities.NET_CAPABILITY_NOT_METERED
import android.net.NetworkCapabilities.NET_CAPABILITY_VALIDATED
import io.mqttka.DisconnectCause
import io.mqttka.Disconnected
import io.mqttka.Event
import io.mqttka.EventKind
import io.mqttka.Liveness
import io.mqttka.NetworkChange.AVAILABLE
import io.mqttka.NetworkChange.CHANGED
import io.mqttka.NetworkChange.LOST
import io.mqttka.NetworkUpdate
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.mockito.ArgumentCaptor
import org.mockito.Mockito.mock
import org.mockito.Mockito.never
import org.mockito.Mockito.times
import org.mockito.Mockito.verify
import org.mockito.Mockito.verifyNoMoreInteractions
import org.mockito.Mockito.`when`
import java.net.InetAddress
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes

/** The system's side is a mock; callback, capabilities and link properties are the framework's own classes. */
class NetworkMonitorTest {
    private class Scene(reportDeadPaths: Boolean = false) {
        val connectivity: ConnectivityManager = mock(ConnectivityManager::class.java)
        val wifi = network(100)
        val cellular = network(200)
        val told = mutableListOf<NetworkUpdate>()
        val monitor = NetworkMonitor(connectivity, reportDeadPaths) { told += it }

        val system: ConnectivityManager.NetworkCallback = run {
            val captor = ArgumentCaptor.forClass(ConnectivityManager.NetworkCallback::class.java)
            verify(connectivity).registerDefaultNetworkCallback(captor.capture())
            captor.value
        }

        fun capable(network: Network, vararg capabilities: Int) {
            val all = NetworkCapabilities.Builder().apply { capabilities.forEach(::addCapability) }.build()
            system.onCapabilitiesChanged(network, all)
        }

        fun linked(network: Network, address: String) {
            val link = LinkProperties()
            link.addLinkAddress(LinkAddress(InetAddress.getByName(address), 24))
            system.onLinkPropertiesChanged(network, link)
        }

        /** What the system says of a network that became the default. */
        fun arrives(network: Network, vararg capabilities: Int) {
            system.onAvailable(network)
            capable(network, *capabilities)
            linked(network, "192.168.1.2")
            system.onBlockedStatusChanged(network, false)
        }

        private fun network(handle: Long): Network {
            val network = mock(Network::class.java)
            `when`(network.networkHandle).thenReturn(handle)
            return network
        }
    }

    private class Row(val name: String, val says: Scene.() -> Unit, vararg val told: NetworkUpdate)

    private fun wifi(change: io.mqttka.NetworkChange, validated: Boolean = true, metered: Boolean = false, portal: Boolean = false) =
        NetworkUpdate(change, metered, validated, portal, "100")

    private val rows = listOf(
        Row("one network is one hint", { arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED) }, wifi(AVAILABLE)),
        Row("link properties before capabilities", {
            system.onAvailable(wifi)
            linked(wifi, "10.0.0.1")
        }, NetworkUpdate(AVAILABLE, id = "100")),
        Row("the same again says nothing", {
            repeat(3) { arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED) }
        }, wifi(AVAILABLE)),
        Row("a capability that does not matter says nothing", {
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
            capable(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED, NetworkCapabilities.NET_CAPABILITY_NOT_CONGESTED)
        }, wifi(AVAILABLE)),
        Row("validated no more is a hint, and the network is not lost", {
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
            capable(wifi, NET_CAPABILITY_NOT_METERED)
            capable(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
        }, wifi(AVAILABLE), wifi(CHANGED, validated = false), wifi(CHANGED)),
        Row("a captive portal", {
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_CAPTIVE_PORTAL)
            capable(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
        }, wifi(AVAILABLE, validated = false, portal = true), wifi(CHANGED)),
        Row("metered now", {
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
            capable(wifi, NET_CAPABILITY_VALIDATED)
        }, wifi(AVAILABLE), wifi(CHANGED, metered = true)),
        Row("another default network, without a loss between", {
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
            arrives(cellular, NET_CAPABILITY_VALIDATED)
            // A late word on the one that is no more.
            capable(wifi)
            linked(wifi, "192.168.1.3")
            system.onLost(wifi)
        }, wifi(AVAILABLE), NetworkUpdate(CHANGED, true, true, false, "200")),
        Row("lost, and there again", {
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
            system.onLost(wifi)
            system.onLost(wifi)
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
        }, wifi(AVAILABLE), NetworkUpdate(LOST, id = "100"), wifi(AVAILABLE)),
        Row("another address", {
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
            linked(wifi, "192.168.1.2")
            linked(wifi, "192.168.7.7")
        }, wifi(AVAILABLE), wifi(CHANGED)),
        Row("blocked by the system, and no more", {
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
            system.onBlockedStatusChanged(wifi, true)
            system.onBlockedStatusChanged(wifi, true)
            system.onBlockedStatusChanged(wifi, false)
        }, wifi(AVAILABLE), wifi(CHANGED)),
    )

    @TestFactory
    fun `what the system says becomes hints`(): List<DynamicTest> = rows.map { row ->
        dynamicTest(row.name) {
            val scene = Scene()
            row.says(scene)
            assertEquals(row.told.toList(), scene.told)
            // Nothing was asked back.
            verifyNoMoreInteractions(scene.connectivity)
        }
    }

    @Test
    fun `the system hears of a dead path where that is wanted, and of no other end`() {
        for (wanted in listOf(true, false)) with(Scene(wanted)) {
            arrives(wifi, NET_CAPABILITY_NOT_METERED, NET_CAPABILITY_VALIDATED)
            monitor.onEvent(disconnected(DisconnectCause.ServerUnresponsive))
            monitor.onEvent(disconnected(DisconnectCause.ClosedByServer))
            verify(connectivity, never()).reportNetworkConnectivity(wifi, false)
            monitor.onEvent(disconnected(DisconnectCause.KeepAliveTimeout))
            verify(connectivity, times(if (wanted) 1 else 0)).reportNetworkConnectivity(wifi, false)
            system.onLost(wifi)
            monitor.onEvent(disconnected(DisconnectCause.KeepAliveTimeout))
            verifyNoMoreInteractions(connectivity)
        }
    }

    @Test
    fun `a closed monitor leaves nothing registered`() = with(Scene()) {
        monitor.close()
        monitor.close()
        verify(connectivity, times(1)).unregisterNetworkCallback(system)
    }

    private fun disconnected(cause: DisconnectCause): Event {
        val liveness = Liveness(Duration.ZERO, Duration.ZERO, 2, null, null, null, false)
        val info = Disconnected(cause, "", 1.minutes, liveness)
        return Event(1, 1, EventKind.Disconnected(info), attempted = null, willReconnect = true, isFinal = false)
    }
}
