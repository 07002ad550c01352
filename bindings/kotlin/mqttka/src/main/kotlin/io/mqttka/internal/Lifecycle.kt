package io.mqttka.internal

import io.mqttka.Connected
import io.mqttka.ConnectionState
import io.mqttka.DisconnectOptions
import io.mqttka.Event
import io.mqttka.LifecycleListener
import io.mqttka.MqttkaException
import io.mqttka.Options
import io.mqttka.ScramSha256
import io.mqttka.internal.uniffi.ClientHandle
import io.mqttka.internal.uniffi.DisconnectingHandle
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/** How a client comes about, connects and ends, and who hears of that. What it does while connected is the client's. */
internal class Lifecycle(options: Options, listener: LifecycleListener?) {
    val states = StateListener(listener)
    val handle: ClientHandle
    private val thrown = Thrown()

    /** The end of the connection or attempt that a caller asked for last. */
    @Volatile
    private var ending: DisconnectingHandle? = null

    init {
        val hook = options.socketHook?.let { SocketForwarding(it, thrown) }
        val verifier = options.verifier()?.let { CertificateForwarding(it, thrown) }
        val provider = options.provider?.let { ProviderForwarding(it, thrown) }
        val authenticator = options.authenticator.takeIf { it !is ScramSha256 }?.let { AuthenticatorForwarding(it, thrown) }
        val tap = options.packetTap?.let(::TapForwarding)
        handle = native { ClientHandle(options.toNative(), states, hook, verifier, provider, authenticator, tap) }
    }

    /** For each collector from the moment that it begins. */
    val events: Flow<Event> = flow {
        val waiting = Channel<Event>(EVENTS_THAT_WAIT)
        val listener = object : LifecycleListener {
            override fun onEvent(event: Event) {
                if (waiting.trySend(event).isFailure) waiting.close(MqttkaException.EventsNotTaken())
            }

            override fun onTerminated() {
                waiting.close()
            }
        }
        add(listener).use {
            // The last call may have been before; the state is older than it.
            if (states.state.value is ConnectionState.Closed) waiting.close()
            for (event in waiting) emit(event)
        }
    }

    fun add(listener: LifecycleListener): AutoCloseable {
        // Of its own, for the same one may be added twice.
        val added = object : LifecycleListener by listener {
            override fun toString() = listener.toString()
        }
        val listeners = states.listeners
        listeners.add(added)
        return AutoCloseable { listeners.remove(added) }
    }

    /** Begins an attempt, and waits for its end; cancelling that ends the attempt. */
    suspend fun connect(): Connected {
        ending?.outcome()
        return thrown.explaining {
            states.begin(ConnectionState.Connecting) { handle.connect() }.use { attempt ->
                try {
                    native { attempt.outcome() }.forApplication()
                } catch (cancelled: CancellationException) {
                    try {
                        beginEnd(DisconnectOptions())
                    } catch (_: MqttkaException) {
                        // It has ended already.
                    }
                    throw cancelled
                }
            }
        }
    }

    fun beginConnecting() = states.begin(ConnectionState.Connecting) { handle.connect() }.close()

    fun beginEnd(options: DisconnectOptions): DisconnectingHandle {
        val native = options.toNative()
        return states.begin(ConnectionState.Disconnecting) { handle.disconnect(native) }.also { ending = it }
    }

    /** After a goodbye. */
    fun close() {
        Goodbyes.begin(states)
        handle.shutDown()
    }

    /** At once. */
    fun abort() {
        Goodbyes.begin(states)
        handle.abort()
    }
}

private const val EVENTS_THAT_WAIT = 1024
