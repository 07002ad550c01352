package io.mqttka.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import io.mqttka.LocalNetworkPermission

/**
 * Whether the app may reach its local network. From Android 17 (API 37) on, an app that targets it
 * needs the permission `ACCESS_LOCAL_NETWORK` for that, which the user grants; without it, the
 * system swallows what the app sends there, and attempts look like a dead network.
 *
 * [NetworkMonitor] makes one; an app without it sets `Mqttka.localNetworkPermission`.
 */
public class AppLocalNetworkPermission internal constructor(
    context: Context,
    private val release: () -> Int,
) : LocalNetworkPermission {
    /** Of this app. */
    public constructor(context: Context) : this(context, { Build.VERSION.SDK_INT })

    // An activity is not to be held on to.
    private val context: Context = context.applicationContext ?: context

    override fun isMissing(): Boolean =
        release() >= FIRST && context.applicationInfo.targetSdkVersion >= FIRST &&
            context.checkSelfPermission(NAME) != PackageManager.PERMISSION_GRANTED

    private companion object {
        const val FIRST = 37
        const val NAME = "android.permission.ACCESS_LOCAL_NETWORK"
    }
}
