package io.mqttka.sample

import android.app.Application
import io.mqttka.Client
import io.mqttka.android.ForegroundHints
import io.mqttka.android.NetworkMonitor
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes

/** Has the one client of the process, which activities and the service share. */
class SampleApp : Application() {
    /** For what outlives activities. */
    val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    lateinit var client: Client
        private set

    override fun onCreate() {
        super.onCreate()
        client = Client("mqtts://broker.example") {
            clientId = "phone-7"
            // The broker keeps what comes while the system holds the app back.
            cleanStart = false
            sessionExpiryInterval = 1.days
            // How long the path stays open in silence is learned, so that the radio wakes less often.
            keepAlive = 4.minutes
            adaptivePing = true
        }
        NetworkMonitor(this, client)
        ForegroundHints(this, client)
    }
}
