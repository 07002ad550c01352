package io.mqttka

import io.mqttka.internal.LocalNetwork
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.parallel.Isolated
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource
import kotlin.time.Duration

/** What an attempt's failure is told as where the app may not reach its local network. */
@Isolated
class LocalNetworkTest {
    @AfterEach
    fun forget() {
        Mqttka.localNetworkPermission = null
    }

    @ParameterizedTest
    @CsvSource(
        "10.1.2.3, true", "172.16.0.1, true", "192.168.0.9, true", "169.254.7.7, true", "100.64.0.1, true",
        "fe80::1%wlan0, true", "fd00::1, true",
        "127.0.0.1, false", "172.32.0.1, false", "100.128.0.1, false", "8.8.8.8, false", "2001:db8::1, false",
    )
    fun `which addresses are local`(address: String, local: Boolean) = assertEquals(local, LocalNetwork.isLocal(address))

    @Test
    fun `a failure is explained where it can be the reason`() {
        val silent = timeout(Stage.TCP, "192.168.0.9")
        assertSame(silent, told(silent))
        Mqttka.localNetworkPermission = LocalNetworkPermission { false }
        assertSame(silent, told(silent))
        Mqttka.localNetworkPermission = LocalNetworkPermission { true }
        val explained = told(silent) as ConnectError.Transport
        assertEquals(TransportErrorKind.PERMISSION_LOCAL_NETWORK to Stage.TCP, explained.kind to explained.stage)
        assertEquals("192.168.0.9", explained.attempted?.address)
        val denied = told(system(1)) as ConnectError.Transport
        assertEquals(TransportErrorKind.PERMISSION_LOCAL_NETWORK to 1, denied.kind to denied.osError)
        for (other in listOf(
            timeout(Stage.TCP, "8.8.8.8"),
            timeout(Stage.TCP, null),
            timeout(Stage.TLS, "192.168.0.9"),
            // Somebody there has answered.
            system(111),
            ConnectError.ClosedByServer,
        )) assertSame(other, told(other))
    }

    @Test
    fun `events and exceptions say the same`() {
        Mqttka.localNetworkPermission = LocalNetworkPermission { true }
        val silent = timeout(Stage.TCP, "192.168.0.9")
        val error = told(silent)
        val ended = Ended.ConnectFailed(silent, "timed out")
        val kinds = listOf(
            EventKind.Reconnecting(Reconnecting(2, Duration.ZERO, ended)),
            EventKind.ReconnectStopped(ReconnectStopped(StopReason.MAX_ATTEMPTS, "", ended)),
        ).map { LocalNetwork.explained(event(it)).kind }
        assertEquals(error, ((kinds[0] as EventKind.Reconnecting).info.cause as Ended.ConnectFailed).error)
        assertEquals(error, ((kinds[1] as EventKind.ReconnectStopped).info.cause as Ended.ConnectFailed).error)
        val thrown = LocalNetwork.explained(MqttkaException.ConnectFailed(silent, "timed out"))
        assertEquals(error, thrown.error)
        val end = LocalNetwork.explained(StreamEnd.ConnectFailed(silent, "timed out"))
        assertEquals(error, (end as StreamEnd.ConnectFailed).error)
    }

    private fun told(error: ConnectError): ConnectError =
        (LocalNetwork.explained(event(EventKind.ConnectFailed(error, "it failed"))).kind as EventKind.ConnectFailed).error

    private fun event(kind: EventKind) = Event(1, 1, kind, null, willReconnect = true, isFinal = false)

    private fun timeout(stage: Stage, address: String?) = ConnectError.Timeout(stage, Duration.ZERO, attempted(address))

    private fun system(osError: Int) =
        ConnectError.Transport(Stage.TCP, TransportErrorKind.SYSTEM, osError, null, "it failed", attempted("192.168.0.9"))

    private fun attempted(address: String?) =
        Attempted(0, Transport.TCP, "broker", 1883, null, address, false, emptyList())
}
