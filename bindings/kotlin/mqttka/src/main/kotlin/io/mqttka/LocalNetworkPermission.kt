package io.mqttka

/**
 * Whether the app lacks the permission for its local network, where the system wants one; see
 * `AppLocalNetworkPermission` of the Android library.
 */
public fun interface LocalNetworkPermission {
    /** Asked after an attempt failed for which that could be the reason. It is not to block. */
    public fun isMissing(): Boolean
}
