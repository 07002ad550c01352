package io.mqttka.android

import android.content.Context
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource
import org.mockito.Mockito.mock
import org.mockito.Mockito.`when`

class AppLocalNetworkPermissionTest {
    @ParameterizedTest
    @CsvSource(
        "37, 37, false, true",
        "37, 37, true, false",
        // The app or the system is older: nobody asks.
        "36, 37, false, false",
        "37, 36, false, false",
    )
    fun `it is missing where the system wants it and the app does not have it`(
        release: Int,
        target: Int,
        granted: Boolean,
        missing: Boolean,
    ) {
        val context = mock(Context::class.java)
        val info = mock(ApplicationInfo::class.java).apply { targetSdkVersion = target }
        `when`(context.applicationInfo).thenReturn(info)
        `when`(context.checkSelfPermission("android.permission.ACCESS_LOCAL_NETWORK"))
            .thenReturn(if (granted) PackageManager.PERMISSION_GRANTED else PackageManager.PERMISSION_DENIED)
        assertEquals(missing, AppLocalNetworkPermission(context) { release }.isMissing())
    }
}
