package io.mqttka.android

import android.app.Activity
import android.app.Application
import android.net.ConnectivityManager
import android.net.LinkProperties
import android.net.Network
import io.mqttka.Client
import io.mqttka.Mqttka
import io.mqttka.NetworkChange
import io.mqttka.Options
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Test
import org.mockito.ArgumentCaptor
import org.mockito.Mockito.mock
import org.mockito.Mockito.verify
import org.mockito.Mockito.`when`

/** The whole way from the framework to the core. */
class RealClientTest {
    @Test
    fun `a client takes the hints of both adapters`() {
        val connectivity = mock(ConnectivityManager::class.java)
        val application = mock(Application::class.java)
        `when`(application.getSystemService(ConnectivityManager::class.java)).thenReturn(connectivity)
        Client(Options(host = "127.0.0.1")).use { client ->
            NetworkMonitor(application, client).use {
                ForegroundHints(application, client).use {
                    val networks = ArgumentCaptor.forClass(ConnectivityManager.NetworkCallback::class.java)
                    verify(connectivity).registerDefaultNetworkCallback(networks.capture())
                    val activities = ArgumentCaptor.forClass(Application.ActivityLifecycleCallbacks::class.java)
                    verify(application).registerActivityLifecycleCallbacks(activities.capture())
                    val wifi = mock(Network::class.java)
                    `when`(wifi.networkHandle).thenReturn(7)
                    networks.value.onAvailable(wifi)
                    networks.value.onLinkPropertiesChanged(wifi, LinkProperties())
                    val network = client.status().network!!
                    assertEquals(NetworkChange.AVAILABLE to "7", network.change to network.id)
                    val activity = mock(Activity::class.java)
                    activities.value.onActivityStarted(activity)
                    activities.value.onActivityStopped(activity)
                    assertEquals(0L, client.status().connectionNumber)
                    assertInstanceOf(AppLocalNetworkPermission::class.java, Mqttka.localNetworkPermission)
                    // Hints that come late are no fault.
                    client.close()
                    networks.value.onLost(wifi)
                    activities.value.onActivityStarted(activity)
                }
            }
        }
    }
}
