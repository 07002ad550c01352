/*
 * mqttka: an MQTT 3.1.1 and 5.0 client whose disconnect event comes in time.
 *
 * When the path or the broker is gone, the program gets exactly one MQTTKA_EVENT_DISCONNECTED
 * within 1.5 times the keep-alive after the last sign of life, under any traffic, and also while
 * its own message callback is stuck; and none while the link is merely slow. Then the client comes
 * back by itself, with its subscriptions and with what was to be sent.
 *
 * Guides, examples and what is promised, in numbers: https://github.com/mqttka/mqttka. The rules
 * by which a connection counts as dead:
 * https://github.com/mqttka/mqttka/blob/main/docs/liveness.md.
 *
 * Section numbers and names such as [MQTT-3.1.2-4] are those of the MQTT 5.0 specification. The
 * header is C99 (bool, int64_t) and C++11.
 *
 * This file is generated from ffi/src: change it there.
 *
 *
 * IN BRIEF
 *
 *     mqttka_options *options = mqttka_options_new();
 *     mqttka_client *client;
 *     mqttka_options_set_uri(options, "mqtts://broker.example");
 *     mqttka_options_set_event_callback(options, on_event);
 *     mqttka_options_set_message_callback(options, on_message);
 *     if (mqttka_client_new(options, &client) != MQTTKA_OK) puts(mqttka_last_error());
 *     mqttka_options_free(options);
 *     mqttka_client_connect(client);
 *     mqttka_client_subscribe(client, "greeting", MQTTKA_NUL_TERMINATED, 1, NULL, NULL);
 *     ...
 *     mqttka_client_destroy_and_wait(client, -1);
 *
 *
 * WHO OWNS WHAT, AND FOR HOW LONG
 *
 * - What a function named _new or _clone gives you is yours: free it with the _free of its type,
 *   once; so is what mqttka_client_counters() takes. A client is ended with
 *   mqttka_client_destroy() or _destroy_and_wait() instead, a stream with mqttka_stream_close().
 * - mqttka_client: valid until you have ended it and its `terminated` callback has returned.
 *   mqttka_client_destroy() only marks it; calls after that return MQTTKA_ERROR_CLOSED. Where
 *   other threads may still be inside a call, wait for them in `terminated`: their calls return at
 *   once. A client that was aborted, or that the library itself had to end (see WHEN THE SYSTEM HAS
 *   NOTHING LEFT), is still to be destroyed: its pointer is valid until then, although
 *   `terminated` has come.
 * - What a callback receives (event, message, result, and every string inside them) is valid
 *   until that callback returns; a message that mqttka_stream_next() lends, until
 *   mqttka_stream_done() counts it. mqttka_message_clone() keeps a message. Only the request that a
 *   provider receives (mqttka_options_set_provider()) is the program's from then on.
 * - What you pass in (strings, bytes, messages, requests, options) is copied or shared before the
 *   function returns. You may free or change it at once.
 * - A const char * that a function returns is static, unless its description says otherwise. Free
 *   none of them.
 * - user_data: yours. With a destructor it is released exactly once: after the last callback that
 *   receives it has returned, or by mqttka_options_free() where no client came about. That of a
 *   socket hook, a verifier or a provider belongs to the options and to all clients that were made
 *   with them, and is released after the last of these.
 *
 *
 * THREADS
 *
 * - The functions of mqttka_client may be called from any thread at any time, on one client or on
 *   several, and so may those of a mqttka_canceller. Those of mqttka_options, mqttka_message,
 *   mqttka_stream, and of requests and refusals that the program makes: by one thread at a time for
 *   each object; any thread.
 * - Callbacks run on threads of the library, never inside one of your calls (except the
 *   destructor of user_data, in mqttka_options_free(), in the mqttka_options_set_ function that
 *   replaces it, and in mqttka_client_subscribe_with()). All clients of a process share one thread
 *   for the network; callbacks do not run there.
 * - Each client has two lanes. Events and `terminated` come on the lifecycle lane, messages and
 *   completions on the message lane. On each lane one callback runs at a time; the two lanes run
 *   beside each other. A callback that is stuck holds up its own lane and nothing else: not the
 *   other lane, not the pings, not another client.
 * - Socket hooks, verifiers and providers (mqttka_options_set_socket_hook(), _set_tls_verifier(),
 *   _set_provider()) are no callbacks of a lane: they are asked in the middle of an attempt, on a
 *   thread that does nothing else meanwhile, beside whatever else runs. The functions of a
 *   provider's request may be called from any thread, but for mqttka_connection_request_free(),
 *   which must be the last.
 * - A callback has 2 MiB of stack, whatever the environment says (RUST_MIN_STACK has no say).
 *
 *
 * SIGNALS
 *
 * - The library changes no signal disposition, and none of its doings raises a signal: a
 *   connection that breaks while it is written to is an event, never a SIGPIPE.
 * - Its threads block all signals but those of their own faults, so that a signal sent to the
 *   process is taken by the threads of your program. Only while a callback runs is the mask that
 *   of the thread that made the client, so that programs that the callback starts (system,
 *   posix_spawn, fork and exec) inherit what you chose. A signal that this mask lets through, and
 *   that all your own threads block at that moment, can be taken there: block it before the first
 *   mqttka_client_new() where it must not be.
 * - They have the default scheduling policy, and the processors of the process's main thread, as
 *   far as the system allows, whatever the thread has that makes the first client.
 * - Call nothing of this library from inside a signal handler: its functions take locks and
 *   memory. Set a volatile sig_atomic_t there, or write to a pipe, and act on it in a thread.
 *
 *
 * WHAT MAY BE CALLED FROM INSIDE A CALLBACK
 *
 * Everything, on the same client or another. Only mqttka_client_destroy_and_wait() on the
 * callback's own client would wait for itself: it returns MQTTKA_ERROR_WOULD_DEADLOCK and changes
 * nothing. mqttka_client_destroy() is fine there. Callbacks, hooks, verifiers and providers must
 * return: no longjmp, no C++ exception, no pthread_exit out of them.
 *
 *
 * THE ORDER OF EVENTS, AND THE LAST CALLBACK
 *
 * - Each mqttka_client_connect() that returned MQTTKA_OK is followed by exactly one CONNECTED or
 *   CONNECT_FAILED; each CONNECTED by exactly one DISCONNECTED, with the first cause.
 * - A DISCONNECTED or CONNECT_FAILED that the program did not ask for is followed by exactly one
 *   RECONNECTING (its MQTTKA_EVENT_WILL_RECONNECT was 1) or RECONNECT_STOPPED, a RECONNECTING by
 *   exactly one CONNECTED, CONNECT_FAILED or RECONNECT_STOPPED; not without
 *   MQTTKA_OPTION_RECONNECT.
 * - Each operation that returned MQTTKA_OK is followed by exactly one call of its completion, in
 *   order with the messages. One that returned an error is followed by none.
 * - What one thread asks for is sent in the order of its calls, publishes and subscribes alike; a
 *   QoS 1 or 2 publish that waits for a place in flight (MQTTKA_OPTION_MAX_INFLIGHT) holds up
 *   what was asked for after it.
 * - Between the lanes there is no order. Events and messages bear the number of their connection
 *   (MQTTKA_EVENT_CONNECTION_NUMBER, mqttka_message_connection_number()): a message of connection
 *   3 may come before the event that connection 3 is there, or after the event that it is gone.
 * - After mqttka_client_destroy(): the goodbye (what was queued, DISCONNECT, and waiting for the
 *   broker to close, within half the keep-alive, at most 2 s); the DISCONNECTED, CONNECT_FAILED or
 *   RECONNECT_STOPPED that is due; the completions that are due, with MQTTKA_ERROR_CLOSED; when the
 *   callbacks of both lanes have returned, `terminated`, the last callback; then the destructor of
 *   user_data (for those of hooks, verifiers and providers see mqttka_options_set_socket_hook()).
 *   Messages that had come before the destroy are still delivered, before `terminated`.
 *   mqttka_client_abort() is the same without the goodbye.
 *
 *
 * ERRORS, NULL AND NUMBERS
 *
 * - Functions that can fail return MQTTKA_OK (0) or a positive MQTTKA_ERROR_* number;
 *   mqttka_last_error() has the details, per thread. A function that failed has changed nothing,
 *   unless its description says otherwise.
 * - NULL where an object, a string or an out-parameter is needed gives MQTTKA_ERROR_NULL, or the
 *   default that the function's description names. Callbacks, user_data and payloads of length 0
 *   may be NULL. The _free functions take NULL and do nothing.
 * - Enumerations are plain integers, and every one that you pass in is checked. Numbers in this
 *   file never change their meaning, and are never used again for another one. Expect new ones
 *   from later versions, and ignore those you do not know.
 * - A bug in this library does not unwind into your program: the call returns MQTTKA_ERROR_PANIC,
 *   or its default.
 *
 *
 * WHEN THE SYSTEM HAS NOTHING LEFT
 *
 * - Memory: what has your program's size (payloads, strings, lists of filters) is copied only
 *   where memory can hold it; every function that copies can return MQTTKA_ERROR_OUT_OF_MEMORY,
 *   and has then done nothing. Where memory fails for the library's own small objects (some
 *   hundred bytes), it ends the process with abort(), as Rust programs do. Inbound memory has the
 *   bounds of MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES and MQTTKA_OPTION_MAXIMUM_PACKET_SIZE,
 *   outbound memory those of MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES.
 * - Threads and descriptors: mqttka_client_new() returns MQTTKA_ERROR_STARTUP, or
 *   mqttka_client_connect() is followed by CONNECT_FAILED with the stage that had none. A client
 *   that was made gets its events also where no thread and no descriptor is left.
 * - Descriptors are the library's own. Where a program closes those it did not open (closefrom()),
 *   the library's network thread ends: every client gets its DISCONNECTED or CONNECT_FAILED with
 *   MQTTKA_CAUSE_ENGINE_FAILED or MQTTKA_CONNECT_ERROR_ENGINE_FAILED, its completions and
 *   `terminated`, and its calls return MQTTKA_ERROR_CLOSED. Destroy it, and make another: the
 *   library starts anew, or says MQTTKA_ERROR_STARTUP.
 *
 *
 * STRINGS
 *
 * - UTF-8, no U+0000, at most 65,535 bytes (section 1.5.4). Every string is passed with its
 *   length in bytes, or with MQTTKA_NUL_TERMINATED as its length. NULL with length 0 is the empty
 *   string. Only the functions of OPTIONS OF THE NETWORK, and those of a provider's request that
 *   are like them, take NUL-terminated strings without a length.
 * - Payloads, passwords and other bytes are passed so too: MQTTKA_NUL_TERMINATED is for those that
 *   are text. It is SIZE_MAX: check what read() returned before you pass it on as a length.
 * - Strings that come from the broker are NOT NUL-terminated; they come with a length. Texts of
 *   this library (error texts, descriptions, names) are NUL-terminated.
 *
 *
 * WHAT CANNOT BE PROMISED
 *
 * - A proxy that buffers acknowledges in the broker's stead; a broker that is more than half a
 *   keep-alive behind on its own input looks hung. A single packet that takes more than 1.5 times
 *   the keep-alive on the wire may be killed by the broker itself.
 * - Where the system does not tell what the peer has acknowledged (other systems than Linux,
 *   Android and Apple's), a slow upload and a dead path look alike, and count as a dead path.
 *
 *
 * FORK, DLCLOSE, EXIT
 *
 * - fork(): a child has none of the library's threads. If the parent had made a client, every
 *   function of clients returns MQTTKA_ERROR_FORKED in the child, at once and without waiting for
 *   a lock that was held at the fork; the child cannot make clients of its own. The functions of
 *   options, messages, requests, events, results and numbers work there. The parent's connections
 *   go on undisturbed, and end where the parent ends them, although the child has their
 *   descriptors. A child that calls exec, or a parent that forks before its first
 *   mqttka_client_new(), need not care.
 * - dlclose(): the library stays loaded until the process ends (it is linked with -z nodelete
 *   where the system has that), since its threads stay.
 * - exit(), and returning from main(): clients need not be destroyed first. After the program's
 *   own atexit() hooks, which meet living clients, the library says goodbye for all clients that
 *   are left, as mqttka_client_destroy() does, within 2 s; it does not wait for callbacks, which
 *   may run until the process is gone. Destroy and wait where they use what exit() takes apart.
 *   _exit(), abort() and signals end the process without a goodbye: the broker publishes the
 *   Will.
 * - pthread_exit() in main() ends that thread only: the process, and all clients, live on until
 *   another thread calls exit(); the library's threads neither end the process nor end with it
 *   otherwise.
 */
