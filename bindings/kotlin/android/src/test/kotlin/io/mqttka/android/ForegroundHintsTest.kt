package io.mqttka.android

import android.app.Activity
import android.app.Application
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.mockito.ArgumentCaptor
import org.mockito.Mockito.mock
import org.mockito.Mockito.verify
import org.mockito.Mockito.`when`

class ForegroundHintsTest {
    private val application = mock(Application::class.java)
    private val told = mutableListOf<Boolean>()
    private val hints = ForegroundHints(application) { told += it }

    private val system: Application.ActivityLifecycleCallbacks = run {
        val captor = ArgumentCaptor.forClass(Application.ActivityLifecycleCallbacks::class.java)
        verify(application).registerActivityLifecycleCallbacks(captor.capture())
        captor.value
    }

    @Test
    fun `coming to the foreground and leaving it is told, once for all activities`() {
        val first = mock(Activity::class.java)
        val second = mock(Activity::class.java)
        assertFalse(hints.isForeground)
        system.onActivityStarted(first)
        assertTrue(hints.isForeground)
        system.onActivityStarted(second)
        system.onActivityStopped(first)
        assertTrue(hints.isForeground)
        assertEquals(listOf(true), told)
        system.onActivityStopped(second)
        assertFalse(hints.isForeground)
        assertEquals(listOf(true, false), told)
        system.onActivityStarted(second)
        assertEquals(listOf(true, false, true), told)
    }

    @Test
    fun `a rotation is no journey to the background`() {
        val before = mock(Activity::class.java)
        `when`(before.isChangingConfigurations).thenReturn(true)
        system.onActivityStarted(before)
        system.onActivityStopped(before)
        assertTrue(hints.isForeground)
        system.onActivityStarted(mock(Activity::class.java))
        assertEquals(listOf(true), told)
    }

    @Test
    fun `closed hints are unregistered`() {
        hints.close()
        verify(application).unregisterActivityLifecycleCallbacks(system)
    }
}
