package io.mqttka.android

import android.app.Activity
import android.app.Application
import android.os.Bundle
import io.mqttka.Client
import io.mqttka.MqttkaException

/**
 * Tells a client when the app comes to the foreground and when it leaves it, from now until [close].
 * In the background the system may have held the app, or cut its network, without a word: in the
 * foreground the broker has 2 s to show that it lives, and a client that waits to try again tries
 * now.
 *
 * Make it before the first activity starts, in `Application.onCreate` as a rule.
 */
public class ForegroundHints internal constructor(
    private val application: Application,
    private val tell: (isForeground: Boolean) -> Unit,
) : AutoCloseable {
    /** Hints for [client], as long as they are not closed. */
    public constructor(application: Application, client: Client) : this(
        application,
        { isForeground ->
            try {
                if (isForeground) client.enteredForeground() else client.enteredBackground()
            } catch (_: MqttkaException.Closed) {
                // It needs no hints any more.
            }
        },
    )

    /** Whether an activity of the app is to be seen. */
    @Volatile
    public var isForeground: Boolean = false
        private set

    private val callbacks = object : Application.ActivityLifecycleCallbacks {
        private var started = 0

        override fun onActivityStarted(activity: Activity) {
            if (started++ == 0 && !isForeground) {
                isForeground = true
                tell(true)
            }
        }

        override fun onActivityStopped(activity: Activity) {
            started--
            // A rotated activity stops and starts again; the app was never gone.
            if (started == 0 && !activity.isChangingConfigurations) {
                isForeground = false
                tell(false)
            }
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

    /** Tells nothing more. */
    override fun close(): Unit = application.unregisterActivityLifecycleCallbacks(callbacks)
}
