package io.mqttka.android

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.file.Path
import javax.xml.parsers.DocumentBuilderFactory

/** What only a device would notice of the sample: its manifest names what its sources have and need. */
class SampleTest {
    private val manifest = DocumentBuilderFactory.newInstance().newDocumentBuilder()
        .parse(Path.of("sample", "src", "main", "AndroidManifest.xml").toFile()).documentElement

    private fun all(element: String, attribute: String): List<String> = with(manifest.getElementsByTagName(element)) {
        (0 until length).map { item(it).attributes.getNamedItem("android:$attribute").nodeValue }
    }

    @Test
    fun `its components are classes`() {
        for (element in listOf("application", "activity", "service")) {
            for (name in all(element, "name")) Class.forName("io.mqttka.sample$name", false, javaClass.classLoader)
        }
    }

    @Test
    fun `the service's type has the permissions that Android 14 wants for it`() {
        assertEquals(listOf("connectedDevice"), all("service", "foregroundServiceType"))
        val permissions = all("uses-permission", "name").map { it.removePrefix("android.permission.") }
        assertTrue(permissions.containsAll(listOf("FOREGROUND_SERVICE", "FOREGROUND_SERVICE_CONNECTED_DEVICE")))
        val oneOf = setOf("CHANGE_NETWORK_STATE", "CHANGE_WIFI_STATE", "CHANGE_WIFI_MULTICAST_STATE", "NFC", "TRANSMIT_IR")
        assertTrue(permissions.any { it in oneOf })
    }
}
