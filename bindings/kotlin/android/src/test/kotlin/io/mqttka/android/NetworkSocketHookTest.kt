package io.mqttka.android

import android.net.Network
import android.os.ParcelFileDescriptor
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.mockito.Mockito.any
import org.mockito.Mockito.doAnswer
import org.mockito.Mockito.doThrow
import org.mockito.Mockito.mock
import java.io.FileDescriptor
import java.io.IOException

class NetworkSocketHookTest {
    private val network = mock(Network::class.java)

    @BeforeEach
    fun forget() = ParcelFileDescriptor.made.clear()

    @Test
    fun `the socket is bound while the descriptor is open, which is closed then`() {
        val bound = mutableListOf<FileDescriptor>()
        doAnswer { call ->
            assertFalse(ParcelFileDescriptor.made.single().isClosed)
            bound += call.getArgument<FileDescriptor>(0)
        }.`when`(network).bindSocket(any(FileDescriptor::class.java))
        NetworkSocketHook(network).prepare(17)
        val made = ParcelFileDescriptor.made.single()
        assertEquals(17 to true, made.of to made.isClosed)
        assertEquals(1, bound.size)
    }

    @Test
    fun `a network that is gone refuses the socket`() {
        val gone = IOException("Binding socket to network 102 failed: ENONET")
        doThrow(gone).`when`(network).bindSocket(any(FileDescriptor::class.java))
        assertSame(gone, assertThrows(IOException::class.java) { NetworkSocketHook(network).prepare(17) })
        assertTrue(ParcelFileDescriptor.made.single().isClosed)
    }
}
