package io.mqttka.android

import android.app.Activity
import android.app.Application
import android.os.Bundle
import io.mqttka.Client
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/**
 * Makes a client ask the broker for a sign of life when the app comes to the foreground, from now
 * until [close]: in the background the system may have held the app, or cut its network, without
 * a word.
 *
 * Make it before the first activity starts, in `Application.onCreate` as a rule.
 */
public class ForegroundHints internal constructor(
    private val application: Application,
    private val probe: () -> Unit,
) : AutoCloseable {
    /**
     * Hints for [client], as long as they are not closed. Close them before the client.
     *
     * @param timeout How long the broker may take before the connection is given up.
     */
    public constructor(application: Application, client: Client, timeout: Duration = 10.seconds) :
        this(application, { client.probeNow(timeout) })

    /** Whether an activity of the app is to be seen. */
    @Volatile
    public var isForeground: Boolean = false
        private set

    private val callbacks = object : Application.ActivityLifecycleCallbacks {
        private var started = 0

        override fun onActivityStarted(activity: Activity) {
            if (started++ == 0 && !isForeground) {
                isForeground = true
                probe()
            }
        }

        override fun onActivityStopped(activity: Activity) {
            started--
            // A rotated activity stops and starts again; the app was never gone.
            if (started == 0 && !activity.isChangingConfigurations) isForeground = false
        }

        override fun onActivityCreated(activity: Activity, state: Bundle?) = Unit
        override fun onActivityResumed(activity: Activity) = Unit
        override fun onActivityPaused(activity: Activity) = Unit
        override fun onActivitySaveInstanceState(activity: Activity, state: Bundle) = Unit
        override fun onActivityDestroyed(activity: Activity) = Unit
    }

    init {
        application.registerActivityLifecycleCallbacks(callbacks)
    }

    /** Probes no more. */
    override fun close(): Unit = application.unregisterActivityLifecycleCallbacks(callbacks)
}
