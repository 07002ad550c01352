package io.mqttka

/**
 * Hears what happens to the connection, also while the client comes back by itself, on a thread of the
 * library's own: in time, whatever collectors and dispatchers are busy with.
 *
 * Its methods are called one after the other, may block as long as they like, and may call every
 * method of the client. What they throw goes to the logger `io.mqttka` of `java.util.logging`, which
 * prints it unless told otherwise, and no further.
 *
 * The library holds the listener until the client is closed. One that refers to its client keeps
 * that from being collected as garbage: such a client must be closed.
 */
public fun interface LifecycleListener {
    /** Something happened to the connection. */
    public fun onEvent(event: Event)

    /** The client was closed, and this is the last call. */
    public fun onTerminated() {}
}
