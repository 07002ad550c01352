/*
 * mqttka: an MQTT 3.1.1 and 5.0 client whose disconnect event comes in time.
 *
 * When the path or the broker is gone, the program gets exactly one MQTTKA_EVENT_DISCONNECTED
 * within 1.5 times the keep-alive after the last sign of life, under any traffic, and also while
 * its own message callback is stuck; and none while the link is merely slow.
 *
 * Section numbers and names such as [MQTT-3.1.2-4] are those of the MQTT 5.0 specification.
 *
 * This file is generated from ffi/src: change it there.
 *
 *
 * IN BRIEF
 *
 *     mqttka_options *options = mqttka_options_new();
 *     mqttka_client *client;
 *     mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "localhost", MQTTKA_NUL_TERMINATED);
 *     mqttka_options_set_event_callback(options, on_event);
 *     mqttka_options_set_message_callback(options, on_message);
 *     if (mqttka_client_new(options, &client) != MQTTKA_OK) puts(mqttka_last_error());
 *     mqttka_options_free(options);
 *     mqttka_client_connect(client);
 *     ...
 *     mqttka_client_destroy_and_wait(client, -1);
 *
 *
 * WHO OWNS WHAT, AND FOR HOW LONG
 *
 * - What a function named _new or _clone gives you is yours: free it with the _free of its type,
 *   once. A client is ended with mqttka_client_destroy() or _destroy_and_wait() instead.
 * - mqttka_client: valid until its `terminated` callback has returned. mqttka_client_destroy()
 *   only marks it; calls after that return MQTTKA_ERROR_CLOSED. Where other threads may still be
 *   inside a call, wait for them in `terminated`: their calls return at once.
 * - What a callback receives (event, message, result, and every string inside them) is valid
 *   until that callback returns. mqttka_message_clone() keeps a message.
 * - What you pass in (strings, bytes, messages, requests, options) is copied or shared before the
 *   function returns. You may free or change it at once.
 * - A const char * that a function returns is static, unless its description says otherwise. Free
 *   none of them.
 * - user_data: yours. With a destructor it is released exactly once: after the last callback that
 *   receives it has returned, or by mqttka_options_free() where no client came about.
 *
 *
 * THREADS
 *
 * - The functions of mqttka_client may be called from any thread at any time, on one client or on
 *   several. Those of mqttka_options, mqttka_message and mqttka_subscribe_request: by one thread
 *   at a time for each object; any thread.
 * - Callbacks run on threads of the library, never inside one of your calls (except the
 *   destructor of user_data, in mqttka_options_free() and mqttka_options_set_user_data()). All
 *   clients of a process share one thread for the network; callbacks do not run there.
 * - Each client has two lanes. Events and `terminated` come on the lifecycle lane, messages and
 *   completions on the message lane. On each lane one callback runs at a time; the two lanes run
 *   beside each other. A callback that is stuck holds up its own lane and nothing else: not the
 *   other lane, not the pings, not another client.
 *
 *
 * WHAT MAY BE CALLED FROM INSIDE A CALLBACK
 *
 * Everything, on the same client or another. Only mqttka_client_destroy_and_wait() on the
 * callback's own client would wait for itself: it returns MQTTKA_ERROR_WOULD_DEADLOCK and changes
 * nothing. mqttka_client_destroy() is fine there. Callbacks must return: no longjmp, no C++
 * exception, no pthread_exit out of them.
 *
 *
 * THE ORDER OF EVENTS, AND THE LAST CALLBACK
 *
 * - Each mqttka_client_connect() that returned MQTTKA_OK is followed by exactly one CONNECTED or
 *   CONNECT_FAILED; each CONNECTED by exactly one DISCONNECTED, with the first cause.
 * - Each operation that returned MQTTKA_OK is followed by exactly one call of its completion, in
 *   order with the messages. One that returned an error is followed by none.
 * - Between the lanes there is no order. Events and messages bear the number of their connection
 *   (MQTTKA_EVENT_CONNECTION_NUMBER, mqttka_message_connection_number()): a message of connection
 *   3 may come before the event that connection 3 is there, or after the event that it is gone.
 * - After mqttka_client_destroy(): the DISCONNECTED or CONNECT_FAILED that is due; the
 *   completions that are due, with MQTTKA_ERROR_CLOSED; when the callbacks of both lanes have
 *   returned, `terminated`, the last callback; then the destructor of user_data. Messages that
 *   had come before the destroy are still delivered, before `terminated`.
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
 * STRINGS
 *
 * - UTF-8, no U+0000, at most 65,535 bytes (section 1.5.4). Every string is passed with its
 *   length in bytes, or with MQTTKA_NUL_TERMINATED as its length. NULL with length 0 is the empty
 *   string.
 * - Strings that come from the broker are NOT NUL-terminated; they come with a length. Texts of
 *   this library (error texts, descriptions, names) are NUL-terminated.
 * - Payloads and other bytes always have a length; MQTTKA_NUL_TERMINATED is refused for them.
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
 * - fork(): a child has none of the library's threads. If the parent had made a client, calls in
 *   the child return MQTTKA_ERROR_FORKED, and the child cannot make clients of its own. The
 *   parent's connections go on undisturbed. A child that calls exec, or a parent that forks
 *   before its first mqttka_client_new(), need not care.
 * - dlclose(): the library stays loaded until the process ends (it is linked with -z nodelete
 *   where the system has that), since its threads stay.
 * - exit(): clients need not be destroyed first, but their callbacks may run until the process is
 *   gone. Destroy and wait where they use what exit() takes apart.
 */
