package io.mqttka.sample

import android.Manifest
import android.app.Activity
import android.content.Intent
import android.os.Build
import android.os.Bundle
import android.widget.Button

/** Starts the service. Only what the user sees may start one that stays (Android 12). */
class MainActivity : Activity() {
    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            requestPermissions(arrayOf(Manifest.permission.POST_NOTIFICATIONS), 0)
        }
        val service = Intent(this, ConnectionService::class.java)
        startForegroundService(service)
        setContentView(
            Button(this).apply {
                text = "Stop"
                setOnClickListener {
                    stopService(service)
                    finish()
                }
            },
        )
    }
}
