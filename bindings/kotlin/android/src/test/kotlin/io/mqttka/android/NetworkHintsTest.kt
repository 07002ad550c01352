package io.mqttka.android

import android.net.ConnectivityManager
import android.net.LinkProperties
import android.net.Network
import io.mqttka.NetworkChange
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.mockito.ArgumentCaptor
import org.mockito.Mockito.mock
import org.mockito.Mockito.times
import org.mockito.Mockito.verify

/** The system's side is a mock; callback and link properties are the framework's own classes. */
class NetworkHintsTest {
    private val connectivity = mock(ConnectivityManager::class.java)
    private val wifi = mock(Network::class.java)
    private val cellular = mock(Network::class.java)
    private val told = mutableListOf<NetworkChange>()
    private val hints = NetworkHints(connectivity) { told += it }

    private val system: ConnectivityManager.NetworkCallback = run {
        val captor = ArgumentCaptor.forClass(ConnectivityManager.NetworkCallback::class.java)
        verify(connectivity).registerDefaultNetworkCallback(captor.capture())
        captor.value
    }

    @Test
    fun `what the system says is told`() {
        system.onAvailable(wifi)
        system.onLinkPropertiesChanged(wifi, LinkProperties())
        assertEquals(listOf(NetworkChange.AVAILABLE), told)
        system.onLinkPropertiesChanged(wifi, LinkProperties())
        system.onLost(wifi)
        assertEquals(
            listOf(NetworkChange.AVAILABLE, NetworkChange.CHANGED, NetworkChange.LOST),
            told,
        )
    }

    @Test
    fun `another network is told once, though its properties follow`() {
        for (network in listOf(wifi, cellular)) {
            system.onAvailable(network)
            system.onLinkPropertiesChanged(network, LinkProperties())
        }
        assertEquals(listOf(NetworkChange.AVAILABLE, NetworkChange.AVAILABLE), told)
    }

    @Test
    fun `closed hints leave nothing registered`() {
        hints.close()
        hints.close()
        verify(connectivity, times(1)).unregisterNetworkCallback(system)
    }
}
