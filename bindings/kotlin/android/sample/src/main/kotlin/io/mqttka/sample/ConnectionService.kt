package io.mqttka.sample

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.Service
import android.content.Context
import android.content.Intent
import android.content.pm.ServiceInfo
import android.os.Build
import android.os.IBinder
import io.mqttka.ConnectionState
import io.mqttka.MessageStream
import io.mqttka.MqttkaException
import io.mqttka.Qos
import kotlinx.coroutines.Job
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlin.time.Duration.Companion.seconds

/**
 * Keeps the process running, and with it the connection, while no activity is to be seen.
 *
 * Its type is `connectedDevice`: an app that talks with devices over the network, which has no limit of time.
 * `dataSync` ends after 6 hours a day (Android 15). `remoteMessaging` is for a user's text messages that go on
 * from one device to another. For anything else there is `specialUse`, which Google Play wants explained.
 */
class ConnectionService : Service() {
    private val app get() = application as SampleApp
    private var work: Job? = null

    override fun onBind(intent: Intent?): IBinder? = null

    override fun onStartCommand(intent: Intent?, flags: Int, startId: Int): Int {
        // Within seconds of the start, or the system ends the app.
        show(notification("connecting"))
        if (work == null) work = app.scope.launch { joinAll(launch { tell() }, launch { receive() }) }
        // The system starts it again where it had to take it away.
        return START_STICKY
    }

    override fun onDestroy() {
        work?.cancel()
        // The service is gone, the goodbye is not: it needs no service.
        app.scope.launch { runCatching { app.client.disconnect(drainTimeout = 2.seconds) } }
        super.onDestroy()
    }

    /** The notification says how the connection is. */
    private suspend fun tell(): Unit = app.client.state.collect { state ->
        val words = when (state) {
            is ConnectionState.Connected -> "connected"
            is ConnectionState.Reconnecting -> "no connection; next attempt in ${state.info.delay}"
            is ConnectionState.ReconnectStopped -> state.info.detail
            else -> "connecting"
        }
        getSystemService(NotificationManager::class.java).notify(NOTIFICATION, notification(words))
    }

    /** One stream over all connections: the client subscribes again where the broker forgot. */
    private suspend fun receive() {
        // It goes on by itself where this attempt fails.
        app.scope.launch { runCatching { app.client.connect() } }
        try {
            app.client.subscription("devices/+/state", Qos.AT_LEAST_ONCE, outlivesConnections = true)
                .use { stream -> consume(stream) }
        } catch (refused: MqttkaException) {
            getSystemService(NotificationManager::class.java).notify(NOTIFICATION, notification("${refused.message}"))
        }
    }

    private suspend fun consume(stream: MessageStream) = stream.asFlow().collect { message ->
        // A message is acknowledged when this returns: keep it first, where it must not be lost.
        getSharedPreferences("states", Context.MODE_PRIVATE).edit()
            .putString(message.topic, message.payloadAsString).apply()
    }

    private fun show(notification: Notification) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
            startForeground(NOTIFICATION, notification, ServiceInfo.FOREGROUND_SERVICE_TYPE_CONNECTED_DEVICE)
        } else {
            startForeground(NOTIFICATION, notification)
        }
    }

    private fun notification(words: String): Notification {
        val channel = NotificationChannel(CHANNEL, "Connection", NotificationManager.IMPORTANCE_LOW)
        getSystemService(NotificationManager::class.java).createNotificationChannel(channel)
        return Notification.Builder(this, CHANNEL)
            .setSmallIcon(android.R.drawable.stat_notify_sync)
            .setContentTitle("Devices")
            .setContentText(words)
            .setOngoing(true)
            .build()
    }

    private companion object {
        const val CHANNEL = "connection"
        const val NOTIFICATION = 1
    }
}
