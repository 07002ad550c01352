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

#ifndef MQTTKA_H
#define MQTTKA_H

#if !defined(__cplusplus) && !defined(_MSC_VER) \
    && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L)
#error "mqttka.h needs C99 (-std=c99) or later"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. */
#define MQTTKA_VERSION "0.2.0"

/* As a string's length: the string ends at its NUL. */
#define MQTTKA_NUL_TERMINATED SIZE_MAX

/*
 * TYPES
 */

/**
 * What a client is made with. From mqttka_options_new(); to be freed with
 * mqttka_options_free().
 */
typedef struct mqttka_options mqttka_options;

/**
 * One attempt's question to the provider, and the answer in the making. From a provider's call; to
 * be freed with mqttka_connection_request_free().
 */
typedef struct mqttka_connection_request mqttka_connection_request;

/**
 * One step of an exchange. From an authenticator's call; to be freed with
 * mqttka_authentication_request_free().
 */
typedef struct mqttka_authentication_request mqttka_authentication_request;

/** A client. From mqttka_client_new(); valid until its `terminated` callback has returned. */
typedef struct mqttka_client mqttka_client;

/**
 * One goodbye in the making. From mqttka_disconnect_request_new(); to be freed with
 * mqttka_disconnect_request_free().
 */
typedef struct mqttka_disconnect_request mqttka_disconnect_request;

/**
 * Cancels operations. From mqttka_canceller_new(); to be freed with mqttka_canceller_free(). Its
 * functions may be called from any thread at any time, but for mqttka_canceller_free(), which must
 * be the last.
 */
typedef struct mqttka_canceller mqttka_canceller;

/**
 * A name whose addresses are asked for. From a resolver's call; to be freed with
 * mqttka_name_request_free().
 */
typedef struct mqttka_name_request mqttka_name_request;

/**
 * One SUBSCRIBE packet in the making. From mqttka_subscribe_request_new(); to be freed with
 * mqttka_subscribe_request_free().
 */
typedef struct mqttka_subscribe_request mqttka_subscribe_request;

/**
 * One UNSUBSCRIBE packet in the making. From mqttka_unsubscribe_request_new(); to be freed with
 * mqttka_unsubscribe_request_free().
 */
typedef struct mqttka_unsubscribe_request mqttka_unsubscribe_request;

/**
 * A stream of messages. From mqttka_client_open_stream() or mqttka_client_subscribe_stream(); to
 * be closed with mqttka_stream_close().
 */
typedef struct mqttka_stream mqttka_stream;

/** The answer to a request in the making; valid until mqttka_responder_fn returns. */
typedef struct mqttka_reply mqttka_reply;

/**
 * A request of somebody else, to be answered once, from any thread. From mqttka_requests_next(),
 * and the program's own: to be freed with mqttka_received_request_free().
 */
typedef struct mqttka_received_request mqttka_received_request;

/**
 * Requests of others, fetched by the program and answered later, several at a time. From
 * mqttka_client_subscribe_requests(); to be closed with mqttka_requests_close(). Any thread may
 * use it; of several that wait, each request goes to one.
 */
typedef struct mqttka_requests mqttka_requests;

/** The outcome of an operation. Valid until its callback returns, or its stream is closed. */
typedef struct mqttka_result mqttka_result;

/** A lifecycle event. Valid until its callback returns. */
typedef struct mqttka_event mqttka_event;

/** An Application Message with its properties. */
typedef struct mqttka_message mqttka_message;

/**
 * A negative acknowledgement in the making. From mqttka_refusal_new(); to be freed with
 * mqttka_refusal_free(). Used by one thread at a time.
 */
typedef struct mqttka_refusal mqttka_refusal;

/**
 * A snapshot of what a client counts. From mqttka_client_counters(); to be freed with
 * mqttka_counters_free(). Any number of threads may read it.
 */
typedef struct mqttka_counters mqttka_counters;

/** A packet as it was sent or received. Valid until the tap returns. */
typedef struct mqttka_packet mqttka_packet;

/*
 * VERSION
 *
 * MQTTKA_VERSION and MQTTKA_ABI_VERSION are the header's; the functions tell the library's.
 */

/**
 * The number of this binary interface. It changes only where a program that was compiled with
 * an older header would no longer work.
 */
#define MQTTKA_ABI_VERSION 1

/** The library's version, such as "0.2.0", NUL-terminated. Static; not to be freed. Any thread. */
const char *mqttka_version(void);

/** The library's ABI number. Any thread. */
uint32_t mqttka_abi_version(void);

/**
 * Asks whether the library serves programs that were compiled with this header. Call it once
 * with MQTTKA_ABI_VERSION where header and library can come from different packages.
 *
 * MQTTKA_OK, or MQTTKA_ERROR_ABI_MISMATCH. Any thread.
 */
int32_t mqttka_check_abi(uint32_t header_abi_version);

/*
 * ERRORS
 *
 * Functions that can fail return MQTTKA_OK (0) or one of these numbers. They are one sequence
 * for calls and for the results of operations; a number is never reused for anything else.
 */

/** Success. */
#define MQTTKA_OK 0
/** An argument or option has a value that it cannot have; mqttka_last_error() names it. */
#define MQTTKA_ERROR_INVALID_ARGUMENT 1
/** A topic name or topic filter breaks a rule of section 4.7 of the specification. */
#define MQTTKA_ERROR_INVALID_TOPIC 2
/**
 * A string is not one that MQTT can carry (section 1.5.4): UTF-8, no U+0000, at most 65,535
 * bytes.
 */
#define MQTTKA_ERROR_INVALID_STRING 3
/**
 * What was asked needs a connection, and there is none; operations only where the client does not
 * come back by itself (MQTTKA_OPTION_RECONNECT).
 */
#define MQTTKA_ERROR_NOT_CONNECTED 4
/** mqttka_client_connect() while connecting, connected or disconnecting. */
#define MQTTKA_ERROR_ALREADY_CONNECTED 5
/** The outbound queue is at its limit of messages or bytes; try again after completions came. */
#define MQTTKA_ERROR_QUEUE_FULL 6
/** The packet would be larger than the broker takes or than the protocol allows. */
#define MQTTKA_ERROR_PACKET_TOO_LARGE 7
/** The client was destroyed (as a result: before the outcome was known). */
#define MQTTKA_ERROR_CLOSED 8
/** The process was forked after the library had started its threads, and this is the child. */
#define MQTTKA_ERROR_FORKED 9
/** The library's threads could not be started. */
#define MQTTKA_ERROR_STARTUP 10
/**
 * The system gives no memory for a copy of this size; mqttka_last_error() names it. Nothing was
 * changed.
 */
#define MQTTKA_ERROR_OUT_OF_MEMORY 11
/** mqttka_client_connect(): more than 1,024 events wait because a callback does not return. */
#define MQTTKA_ERROR_EVENTS_NOT_TAKEN 12
/**
 * What was asked for is not in the MQTT version that is spoken; mqttka_last_error() says what it
 * needs. Nothing was done.
 */
#define MQTTKA_ERROR_NOT_SUPPORTED 13
/** Result only: the broker refused the operation; mqttka_result_reason_code() says why. */
#define MQTTKA_ERROR_REFUSED 20
/**
 * Result only: the connection ended before the outcome was known, and no session keeps the
 * operation. Only where the client does not come back by itself.
 */
#define MQTTKA_ERROR_DISCONNECTED 21
/**
 * Result only: the broker no longer had the session in which this publish was sent and not yet
 * acknowledged; it may or may not have arrived.
 */
#define MQTTKA_ERROR_SESSION_LOST 22
/**
 * Result only: what the broker announced at CONNACK rules the operation out. It was not sent, but
 * for a QoS 2 publish that the broker answered by PUBACK (MQTTKA_FAULT_PUBACK_FOR_QOS2).
 */
#define MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER 23
/**
 * Result only: the broker sent not one reason code per topic filter, so that it is unknown which
 * filter got which. The connection ends for it.
 */
#define MQTTKA_ERROR_WRONG_REASON_CODE_COUNT 24
/**
 * Result only: the message's own expiry interval (MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL) passed
 * before it was sent.
 */
#define MQTTKA_ERROR_EXPIRED 25
/**
 * Result only: the time passed that the publish had (mqttka_publish_options); where it was sent
 * already, it may have arrived.
 */
#define MQTTKA_ERROR_OPERATION_TIMED_OUT 26
/**
 * Result only: the outbound queue was full, and the operation gave up its place
 * (MQTTKA_OPTION_QUEUE_POLICY).
 */
#define MQTTKA_ERROR_DROPPED 27
/**
 * Result only: the broker ended connection after connection at this operation
 * (MQTTKA_OPTION_POISON_AFTER).
 */
#define MQTTKA_ERROR_POISON 28
/** Result only: the program cancelled it before it was sent (mqttka_canceller_cancel()). */
#define MQTTKA_ERROR_CANCELLED 29
/** Result only: a re-authentication failed on this side (mqttka_client_reauthenticate()). */
#define MQTTKA_ERROR_AUTHENTICATION 30
/** A pointer that must not be NULL is NULL. */
#define MQTTKA_ERROR_NULL 40
/**
 * This version of the library does not know this option, property or key, or it is of another
 * type than the function's.
 */
#define MQTTKA_ERROR_UNKNOWN_OPTION 41
/** The header that the program was compiled with and the library do not fit together. */
#define MQTTKA_ERROR_ABI_MISMATCH 42
/** mqttka_client_destroy_and_wait() inside a callback of the same client; nothing was changed. */
#define MQTTKA_ERROR_WOULD_DEADLOCK 43
/**
 * mqttka_client_destroy_and_wait(): the time is over and callbacks still run. mqttka_stream_next():
 * it is over, and no message came.
 */
#define MQTTKA_ERROR_TIMED_OUT 44
/** A getter: this event, message, result or client has no such value (now). */
#define MQTTKA_ERROR_NOT_PRESENT 45
/**
 * A bug in mqttka, caught before it reached your program. Please report it with
 * mqttka_last_error().
 */
#define MQTTKA_ERROR_PANIC 46
/** mqttka_stream_next(): the stream's subscription was ended, and no message is left. */
#define MQTTKA_ERROR_UNSUBSCRIBED 47
/** mqttka_connection_request_*(): the request was answered before; nothing was done. */
#define MQTTKA_ERROR_ALREADY_ANSWERED 48

/**
 * The meaning of an error number in English, NUL-terminated.
 *
 * Never NULL; a number that is no error's gives "unknown error". The text is static: valid for
 * ever, and not to be freed. Any thread.
 */
const char *mqttka_strerror(int32_t error);

/**
 * What exactly was wrong with the last call that failed on this thread, in English and
 * NUL-terminated: the function that was called, the argument or option, and its limits, as in
 * "mqttka_options_set_int: MQTTKA_OPTION_PORT is 70000; it must be 1 to 65535".
 *
 * Never NULL; "" where no call failed on this thread yet. Successful calls leave it as it is.
 * Valid until the next call that fails on this thread, or until the thread ends; not to be
 * freed. It never contains a payload or a password.
 */
const char *mqttka_last_error(void);

/*
 * CALLBACKS
 *
 * Every callback is optional. The order of events, and what may be called from inside one, is
 * at the top of this header.
 */

/**
 * A lifecycle event: MQTTKA_EVENT_CONNECTED, _DISCONNECTED, _CONNECT_FAILED and the others that
 * the chapter of events lists. Called on the lifecycle lane, one at a time, also while a message
 * callback is stuck. The event is valid until the callback returns. user_data is that of
 * mqttka_options_set_user_data().
 */
typedef void (*mqttka_event_fn)(mqttka_client *client, const mqttka_event *event, void *user_data);

/**
 * A message from the broker. Called on the message lane, one at a time, in the order in which
 * the messages came. The message is valid until the callback returns; mqttka_message_clone()
 * keeps it, without copying the payload. A QoS 1 or 2 message is acknowledged after the
 * callback has returned, and all others have who take the same message, unless the program
 * acknowledges itself (mqttka_message_acknowledge()). user_data is that of
 * mqttka_options_set_user_data(), or of mqttka_client_subscribe_with().
 */
typedef void (*mqttka_message_fn)(mqttka_client *client,
                                  const mqttka_message *message,
                                  void *user_data);

/**
 * The last callback of a client, once, after mqttka_client_destroy() and after every other
 * callback of this client has returned. When it returns the mqttka_client pointer is no longer
 * valid. user_data is that of mqttka_options_set_user_data().
 */
typedef void (*mqttka_terminated_fn)(void *user_data);

/**
 * The outcome of one operation: called exactly once for each call that returned MQTTKA_OK, and
 * never for one that returned an error. On the message lane, in order with the messages.
 * Operations that are under way at a destroy end with MQTTKA_ERROR_CLOSED, before `terminated`.
 * The result is valid until the callback returns. user_data is the operation's own.
 */
typedef void (*mqttka_completion_fn)(mqttka_client *client,
                                     const mqttka_result *result,
                                     void *user_data);

/**
 * Releases user_data: called once, after the last callback that receives it has returned, or by
 * mqttka_options_free() where no client took the user_data over.
 */
typedef void (*mqttka_destructor_fn)(void *user_data);

/**
 * Gets each TCP socket before it connects, as Android's Network.bindSocket needs it; also those to
 * a proxy, but not Unix sockets. Returns 0, or an errno for which the attempt to this address fails
 * (MQTTKA_TRANSPORT_ERROR_SOCKET_HOOK with MQTTKA_EVENT_OS_ERROR).
 *
 * Called on a thread of the library that does nothing else meanwhile, never on a lane: beside this
 * client's callbacks, and beside calls of the same hook for other clients. It may block, which
 * costs the attempt its time and nothing else; while a call has not returned, further attempts of
 * the client fail. It must not close the socket nor use it after it returned. It may call
 * everything; it must return (no longjmp, no C++ exception, no pthread_exit). A call may begin or
 * go on while the client is being destroyed, and ends by itself then: destroying does not wait for
 * it. user_data is that of mqttka_options_set_socket_hook().
 */
typedef int (*mqttka_socket_hook_fn)(int socket, void *user_data);

/**
 * Judges a server's certificate: returns 0 to trust it; or why it refuses, one of
 * MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED, _CERTIFICATE_NOT_YET_VALID, _UNKNOWN_ISSUER,
 * _WRONG_HOST, _CERTIFICATE_REVOKED and _PIN_MISMATCH, which becomes MQTTKA_EVENT_TRANSPORT_ERROR;
 * any other number refuses as MQTTKA_TRANSPORT_ERROR_CERTIFICATE_INVALID.
 *
 * certificates, lengths: what the server sent, in DER, its own certificate first: count pointers,
 * and the length of each in bytes. count is 1 at least.
 * server_name: NUL-terminated; the name that the certificate should have: the host, or
 * MQTTKA_OPTION_TLS_SERVER_NAME.
 * reason: room for reason_size bytes, where it refuses: why, in UTF-8, NUL-terminated; it becomes
 * MQTTKA_EVENT_TRANSPORT_MESSAGE. It holds "" at first.
 *
 * All pointers are valid until it returns. It is called where mqttka_socket_hook_fn is, may block
 * and call as that one, and must return. user_data is that of mqttka_options_set_tls_verifier().
 */
typedef int32_t (*mqttka_tls_verifier_fn)(const uint8_t *const *certificates,
                                          const size_t *lengths,
                                          size_t count,
                                          const char *server_name,
                                          char *reason,
                                          size_t reason_size,
                                          void *user_data);

/*
 * OPTIONS
 *
 * What a client is made with. Numbers, strings and bytes are set by number, so that programs
 * keep working with later versions of the library. An options object is used by one thread at a
 * time.
 */

/** Number: the broker's port, 1 to 65,535. Default: that of its transport, 1883 for TCP. */
#define MQTTKA_OPTION_PORT 1
/** Number: 4 for MQTT 3.1.1, 5 for MQTT 5.0. Default 5. */
#define MQTTKA_OPTION_PROTOCOL_VERSION 2
/**
 * Number: Keep Alive in seconds, 0 to 65,535 (section 3.1.2.10). Default 60. The disconnect event
 * comes within 1.5 times this after the last sign of life. The broker may impose another value
 * (MQTTKA_EVENT_KEEP_ALIVE). 0 switches pings and this bound off.
 */
#define MQTTKA_OPTION_KEEP_ALIVE 3
/**
 * Number: 1 to start without an earlier session's state, 0 to resume it (section 3.1.2.4; Clean
 * Session in 3.1.1, where 0 needs a MQTTKA_OPTION_CLIENT_ID [MQTT-3.1.3-8]). Default 1. It is about
 * what was before this client: what MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL keeps between two
 * connections of this client is resumed with either value.
 */
#define MQTTKA_OPTION_CLEAN_START 4
/**
 * Number: how long the session outlives the connection, in seconds, 0 to 4,294,967,295 = for ever
 * (section 3.1.2.11.2). Default 0. MQTT 5.0 only.
 */
#define MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL 5
/**
 * Number: from mqttka_client_connect() to CONNACK, in milliseconds, 1 to 86,400,000 (a day), or 0,
 * the default: 1.5 times the keep-alive, at most 30 s (30 s where the keep-alive is 0).
 */
#define MQTTKA_OPTION_CONNECT_TIMEOUT_MS 6
/**
 * Number: a bound of your own for the time without any sign of life, in milliseconds, 1,500 to
 * 86,400,000 (a day), or 0, the default: off. For use with a long keep-alive or with none.
 */
#define MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS 7
/**
 * Number: how many QoS 1 and 2 messages may come unacknowledged at once, 1 to 65,535 (section
 * 3.1.2.11.3). Default 1,024.
 */
#define MQTTKA_OPTION_RECEIVE_MAXIMUM 8
/**
 * Number: the largest packet taken from the broker, in bytes, 16 to 268,435,460 (section
 * 3.1.2.11.4), which MQTT 5.0 tells the broker, or 0, the default: the broker is told nothing, and
 * 268,435,460, the largest packet of the protocol, is the bound. A larger packet ends the
 * connection with MQTTKA_CAUSE_PROTOCOL. Memory grows with the bytes that have come, not with what
 * a header announces.
 */
#define MQTTKA_OPTION_MAXIMUM_PACKET_SIZE 9
/**
 * Number: how many operations may wait to be sent or acknowledged, 1 to 4,294,967,295. Default
 * 65,536. What happens above it is MQTTKA_OPTION_QUEUE_POLICY; they are refused with
 * MQTTKA_ERROR_QUEUE_FULL by default.
 */
#define MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES 10
/**
 * Number: how many bytes these may have, 1 to 4,294,967,295. Default 33,554,432. A single one may
 * have more.
 */
#define MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES 11
/**
 * Number: how many bytes of messages may wait for the message callback, 1 to 4,294,967,295. Default
 * 16,777,216. Above it QoS 0 messages are dropped (MQTTKA_STATUS_MESSAGES_DROPPED counts them);
 * above twice this plus one packet the connection is closed with MQTTKA_CAUSE_INBOUND_OVERFLOW.
 */
#define MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES 12
/**
 * Number: 1 to ask the broker for Response Information (section 3.1.2.11.6), else 0. Default 0.
 * MQTT 5.0 only.
 */
#define MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION 13
/**
 * Number: 0 to ask the broker to leave out reason strings where nothing failed (section
 * 3.1.2.11.7), else 1. Default 1. MQTT 5.0 only.
 */
#define MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION 14
/**
 * Number: how many QoS 1 and 2 messages of ours may be unacknowledged at once, 1 to 65,535, or 0,
 * the default: as many as the broker takes in MQTT 5.0 (MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM), 20
 * in MQTT 3.1.1, which every broker is known to take. It lowers the limit of an MQTT 5.0 broker,
 * and never raises it. Further messages wait in the outbound queue.
 */
#define MQTTKA_OPTION_MAX_INFLIGHT 15
/**
 * Number: how long a message that matches no callback, no subscription's callback and no stream
 * waits for one, in milliseconds, 0 to 86,400,000 (a day). Default 10,000. It counts from the
 * beginning of a resumed session, from the first consumer of the client, or from the close of the
 * stream that held the message; before the first consumer messages wait without an end. Then they
 * are acknowledged and dropped (MQTTKA_STATUS_MESSAGES_UNCLAIMED counts them).
 */
#define MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS 16
/**
 * String: the broker's name or IP address, without a scheme or a port; mqttka_options_set_uri()
 * takes all in one. An IPv6 address may be in brackets; a link-local one has its interface behind
 * it, as in "fe80::1%eth0". Required, except for MQTTKA_TRANSPORT_UNIX.
 */
#define MQTTKA_OPTION_HOST 100
/**
 * String: the Client Identifier (section 3.1.3.1). Default empty: the broker assigns one
 * (MQTTKA_EVENT_ASSIGNED_CLIENT_ID).
 */
#define MQTTKA_OPTION_CLIENT_ID 101
/** String: the User Name (section 3.1.3.5). Default: none. */
#define MQTTKA_OPTION_USER_NAME 102
/**
 * Bytes: the Password (section 3.1.3.6), at most 65,535 bytes; in 3.1.1 only with a
 * MQTTKA_OPTION_USER_NAME [MQTT-3.1.2-22]. Default: none.
 */
#define MQTTKA_OPTION_PASSWORD 200

/** Makes options with the defaults. Never NULL, short of a bug in mqttka. Any thread. */
mqttka_options *mqttka_options_new(void);

/** Frees options; NULL is fine. Runs the destructor of user_data where no client took it over. */
void mqttka_options_free(mqttka_options *options);

/**
 * Sets a number: an option that is described as one, with its range and default.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (out
 * of range; nothing was changed).
 */
int32_t mqttka_options_set_int(mqttka_options *options, int32_t option, int64_t value);

/**
 * Sets a string: an option that is described as one, or as bytes, such as MQTTKA_OPTION_PASSWORD.
 * It is copied. length: in bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_STRING,
 * MQTTKA_ERROR_INVALID_ARGUMENT (such as an empty host; nothing was changed),
 * MQTTKA_ERROR_OUT_OF_MEMORY.
 */
int32_t mqttka_options_set_string(mqttka_options *options,
                                  int32_t option,
                                  const char *value,
                                  size_t length);

/**
 * Sets bytes: an option that is described as such. They are copied. length: in bytes, or
 * MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (too
 * long), MQTTKA_ERROR_OUT_OF_MEMORY.
 */
int32_t mqttka_options_set_bytes(mqttka_options *options,
                                 int32_t option,
                                 const void *value,
                                 size_t length);

/**
 * Adds a User Property to CONNECT (section 3.1.2.11.8); they keep their order, and names may
 * repeat. Copied. MQTT 5.0 only; ignored in 3.1.1. Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
 */
int32_t mqttka_options_add_user_property(mqttka_options *options,
                                         const char *name,
                                         size_t name_length,
                                         const char *value,
                                         size_t value_length);

/**
 * Sets the Will (section 3.1.2.5): the message that the broker publishes where this client goes
 * without DISCONNECT. Its payload has at most 65,535 bytes; MQTTKA_PROPERTY_WILL_DELAY_INTERVAL
 * may be among its properties. The message is copied and stays the caller's. NULL: no Will, the
 * default.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options), MQTTKA_ERROR_INVALID_ARGUMENT.
 */
int32_t mqttka_options_set_will(mqttka_options *options, const mqttka_message *will);

/**
 * Sets the callback for lifecycle events; NULL: none, the default.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options).
 */
int32_t mqttka_options_set_event_callback(mqttka_options *options, mqttka_event_fn callback);

/**
 * Sets the callback for the messages that no stream and no subscription's callback takes; NULL:
 * none, the default (such messages wait, see MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS).
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options).
 */
int32_t mqttka_options_set_message_callback(mqttka_options *options, mqttka_message_fn callback);

/**
 * Sets the last callback; NULL: none, the default.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options).
 */
int32_t mqttka_options_set_terminated_callback(mqttka_options *options,
                                               mqttka_terminated_fn callback);

/**
 * Sets what the event, message and terminated callbacks receive as user_data. Default NULL. It
 * is used on the library's threads.
 *
 * destructor: releases user_data; NULL: nothing to release, and any number of clients may be made
 * with it. With a destructor user_data passes to the first client that is made, which calls it
 * once, after `terminated`; until then it is these options', and mqttka_options_free() calls it,
 * or this function where it replaces user_data (but not where it sets the same pointer again).
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
 */
int32_t mqttka_options_set_user_data(mqttka_options *options,
                                     void *user_data,
                                     mqttka_destructor_fn destructor);

/*
 * OPTIONS OF THE NETWORK
 *
 * How the broker is reached: over which transport, with which certificates, through which proxy.
 * Where the server wants TLS, its certificate is checked against the platform's trust store and
 * against its name, unless these options say otherwise; TLS 1.2 and 1.3 are spoken. What these
 * options cannot have is refused by the function that sets them; what only the whole shows (a
 * file that is not there, a certificate without its key) by mqttka_client_new(). Files are read
 * once, by mqttka_client_new().
 *
 * MQTTKA_OPTION_HOST, _PORT, _TRANSPORT and _PATH are those of the first server;
 * mqttka_options_set_uri() sets them at once.
 */

/** Number: MQTTKA_TRANSPORT_*. Default MQTTKA_TRANSPORT_TCP. */
#define MQTTKA_OPTION_TRANSPORT 17
/**
 * Number: 1 to go on with the TLS session of an earlier connection, which costs a round trip less,
 * else 0. Default 1.
 */
#define MQTTKA_OPTION_TLS_RESUMPTION 18
/**
 * Number: 1 to append the session's secrets to the file that the environment variable
 * SSLKEYLOGFILE names, for packet analyzers, else 0. Whoever has that file can read everything.
 * Default 0.
 */
#define MQTTKA_OPTION_TLS_KEY_LOG 19
/**
 * Number: DANGEROUS: 1 to take any certificate of anybody, so that whoever is in the path can read
 * and change everything, else 0. Pins are still checked. Default 0.
 */
#define MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE 20
/** Number: 1 to use Multipath TCP where the system has it (Linux), else 0. Default 0. */
#define MQTTKA_OPTION_MULTIPATH_TCP 21
/**
 * String: WebSocket: path and query of the upgrade request; default empty, which is "/mqtt". A
 * Unix socket: its path in the file system, or "@" and a name in Linux's abstract namespace. Not
 * used by TCP and TLS.
 */
#define MQTTKA_OPTION_PATH 103
/**
 * String: the file with the certificates of the authorities to trust, in PEM, INSTEAD OF the
 * platform's. Replaces MQTTKA_OPTION_TLS_CA. Default empty: the platform's.
 */
#define MQTTKA_OPTION_TLS_CA_FILE 104
/**
 * String: the file with the client's certificate and those that lead from it to its authority, in
 * this order, in PEM. Replaces MQTTKA_OPTION_TLS_CERTIFICATE. Default empty: none.
 */
#define MQTTKA_OPTION_TLS_CERTIFICATE_FILE 105
/**
 * String: the file with the private key of the client's certificate, in PEM: PKCS#8 (also
 * encrypted), PKCS#1 or SEC1. Replaces MQTTKA_OPTION_TLS_PRIVATE_KEY. Default empty: it is in the
 * client's certificate's PEM.
 */
#define MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE 106
/**
 * String: the name that is sent to the server (SNI) and that its certificate must have. Default
 * empty: the host.
 */
#define MQTTKA_OPTION_TLS_SERVER_NAME 107
/**
 * String: the proxy: http://[user[:password]@]host[:port], the same with socks5:// or socks5h://
 * (the proxy looks the server's name up with both), port 1080 where there is none; or "system":
 * what the environment says at each attempt (https_proxy, http_proxy, all_proxy, no_proxy, as curl
 * reads them). Unix sockets go through none. Default empty: none.
 */
#define MQTTKA_OPTION_PROXY 108
/**
 * String: the only network interface to use, by name. Linux and Android may want a privilege for
 * it. Default empty: the system's routes decide.
 */
#define MQTTKA_OPTION_INTERFACE 109
/**
 * String: the local IP address to connect from; the server's addresses of the other family are not
 * tried then. Default empty: the system chooses.
 */
#define MQTTKA_OPTION_LOCAL_ADDRESS 110
/** Bytes: as MQTTKA_OPTION_TLS_CA_FILE, the PEM itself. */
#define MQTTKA_OPTION_TLS_CA 201
/** Bytes: as MQTTKA_OPTION_TLS_CERTIFICATE_FILE, the PEM itself. */
#define MQTTKA_OPTION_TLS_CERTIFICATE 202
/** Bytes: as MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE, the PEM itself. */
#define MQTTKA_OPTION_TLS_PRIVATE_KEY 203
/** Bytes: the password of an encrypted private key. Default: none. */
#define MQTTKA_OPTION_TLS_PRIVATE_KEY_PASSWORD 204

/**
 * Sets the first server, and user name and password where the URI has some:
 * scheme://[user[:password]@]host[:port][/path]. Host, port, transport and path are replaced.
 * Copied.
 *
 * uri: NUL-terminated. mqtt:// (or tcp://), mqtts:// (or ssl://, tls://), ws://, wss:// with path
 * and query as they are sent ("/mqtt" where there is none), and unix:///path or unix://@name
 * (abstract, Linux). User name, password and the path of a Unix socket are percent-decoded. An IPv6
 * address is in brackets, its interface behind %25: "mqtt://[fe80::1%25eth0]".
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT
 * (mqttka_last_error() names the part that is wrong; nothing was changed).
 */
int32_t mqttka_options_set_uri(mqttka_options *options, const char *uri);

/**
 * Adds a further server, up to 64 together. An attempt tries them in the order in which they were
 * added, the first one (MQTTKA_OPTION_HOST, mqttka_options_set_uri()) before them: the next one
 * where no stream to the one before came about within its share of the time that is left. The next
 * attempt begins with another than the one that failed last. MQTTKA_EVENT_SERVER_INDEX says which
 * one it was. All of them have the same credentials and the same session. Copied.
 *
 * uri: NUL-terminated, as for mqttka_options_set_uri(), but without user name and password.
 *
 * Errors as for mqttka_options_set_uri().
 */
int32_t mqttka_options_add_server(mqttka_options *options, const char *uri);

/**
 * Adds a protocol that TLS offers by ALPN, the preferred one first, such as "mqtt" or
 * "x-amzn-mqtt-ca". Copied.
 *
 * protocol: NUL-terminated, 1 to 255 bytes.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT,
 * MQTTKA_ERROR_OUT_OF_MEMORY.
 */
int32_t mqttka_options_add_tls_alpn(mqttka_options *options, const char *protocol);

/**
 * Adds a pin: the server's public key must be one of those that are pinned, beside all other
 * checks. Copied.
 *
 * pin: NUL-terminated: SHA-256 of the key (SubjectPublicKeyInfo) in Base64, as
 * openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform der
 * | openssl dgst -sha256 -binary | base64 prints it; a "sha256/" before it is allowed.
 * mqttka_client_new() refuses what is none.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_OUT_OF_MEMORY.
 */
int32_t mqttka_options_add_tls_pin(mqttka_options *options, const char *pin);

/**
 * Adds a header to the upgrade request of WebSocket, such as Authorization; they keep their order.
 * Not those that the upgrade itself has (Host, Upgrade, Connection, Sec-WebSocket-*), and at most
 * 16 KiB together; mqttka_client_new() refuses these. Copied.
 *
 * name, value: NUL-terminated.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_OUT_OF_MEMORY.
 */
int32_t mqttka_options_add_web_socket_header(mqttka_options *options,
                                             const char *name,
                                             const char *value);

/**
 * Sets what gets each TCP socket before it connects; NULL: none, the default (user_data then stays
 * the caller's, and destructor is not called).
 *
 * user_data: what the hook receives; it is used on threads of the library. destructor: releases
 * it; NULL: nothing to release. user_data passes to these options and to all clients that are made
 * with them: it is released once, when the options were freed or have another hook, the
 * `terminated` callbacks of these clients have returned, and no call of the hook runs any more.
 * That may be inside mqttka_options_free() or this function, on a client's lifecycle lane, or on
 * the thread of the hook's last call.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
 */
int32_t mqttka_options_set_socket_hook(mqttka_options *options,
                                       mqttka_socket_hook_fn hook,
                                       void *user_data,
                                       mqttka_destructor_fn destructor);

/**
 * Sets what judges the server's certificate, INSTEAD OF the platform and of MQTTKA_OPTION_TLS_CA;
 * NULL: none, the default (user_data then stays the caller's, and destructor is not called). Pins
 * are still checked, and that the server has the private key of its certificate.
 *
 * user_data, destructor: as for mqttka_options_set_socket_hook().
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
 */
int32_t mqttka_options_set_tls_verifier(mqttka_options *options,
                                        mqttka_tls_verifier_fn verifier,
                                        void *user_data,
                                        mqttka_destructor_fn destructor);

/*
 * OPTIONS OF COMING BACK
 *
 * Whether the client comes back by itself after an attempt failed or a connection ended, when, and
 * what happens to operations meanwhile. Before each attempt it waits for a random time between 0
 * and min(MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS, MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS x
 * MQTTKA_OPTION_RECONNECT_FACTOR^n), where n counts attempts since a connection last lasted
 * (MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS). Where trying again cannot help, it stops
 * (MQTTKA_EVENT_RECONNECT_STOPPED).
 */

/**
 * Number: 1 to come back by itself, 0 to make one attempt for each mqttka_client_connect():
 * operations without a connection are then refused with MQTTKA_ERROR_NOT_CONNECTED, and what the
 * session does not keep ends with the connection. mqttka_options_set_reconnect() is the same.
 * Default 1.
 */
#define MQTTKA_OPTION_RECONNECT 22
/**
 * Number: the bound of the first delay in milliseconds, 10 to 86,400,000 (a day). Default 1,000.
 */
#define MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS 23
/**
 * Number: the bound that no delay passes, in milliseconds, 10 to 86,400,000 (a day). Default
 * 60,000.
 */
#define MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS 24
/**
 * Number: how many attempts in a row may fail before the client stops (MQTTKA_STOP_MAX_ATTEMPTS),
 * 1 to 4,294,967,295; 0, the default: any number.
 */
#define MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS 25
/**
 * Number: how long the client tries after the connection was lost, or after
 * mqttka_client_connect(), before it stops (MQTTKA_STOP_MAX_TIME), in milliseconds, 1 to
 * 31,536,000,000 (365 days); 0, the default: for ever.
 */
#define MQTTKA_OPTION_RECONNECT_MAX_TIME_MS 26
/**
 * Number: how long a connection must last before delays begin anew with the first one, in
 * milliseconds, 0 to 86,400,000 (a day); -1, the default: 30 s, or one keep-alive where that is
 * shorter. With 0 two clients of one Client Identifier end each other's connections without a
 * pause.
 */
#define MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS 27
/**
 * Number: the reasons to stop after which the client tries again all the same, with the usual
 * delays: the sum of 1 << MQTTKA_STOP_* for those of 1 to 9. Default 0: none.
 */
#define MQTTKA_OPTION_RECONNECT_RETRY_ON 28
/**
 * Number: 1 to go on with MQTT 3.1.1, for good, where the broker does not speak 5.0, else 0.
 * Default 0.
 */
#define MQTTKA_OPTION_FALLBACK_TO_V311 29
/**
 * Number: how often in a row the client follows a broker that says that another server is to be
 * used (section 4.11), 0 to 100; never to a lesser kind of transport security. Default 0: not at
 * all.
 */
#define MQTTKA_OPTION_MAX_REDIRECTS 30
/**
 * Number: MQTTKA_QUEUE_*, what happens to an operation for which the outbound queue has no room
 * (MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES, _MAX_BYTES). Default MQTTKA_QUEUE_REFUSE_NEWEST.
 */
#define MQTTKA_OPTION_QUEUE_POLICY 31
/**
 * Number: MQTTKA_LOST_*, what becomes of QoS 1 publishes that were sent and not acknowledged where
 * the broker has lost their session; they may arrive twice where they are published again, as QoS
 * 1 allows. Only where the client comes back by itself. Default MQTTKA_LOST_PUBLISH_AGAIN.
 */
#define MQTTKA_OPTION_LOST_QOS1 32
/**
 * Number: the same for QoS 2, which could then arrive twice; one whose PUBREC has come is never
 * published again. Default MQTTKA_LOST_FAIL.
 */
#define MQTTKA_OPTION_LOST_QOS2 33
/**
 * Number: an operation at which the broker ended so many connections in a row leaves the queue
 * with MQTTKA_ERROR_POISON; 1 to 1,000, or 0: never. Default 5.
 */
#define MQTTKA_OPTION_POISON_AFTER 34
/**
 * Number: where so many connections in a row ended at something that the broker sent and the client
 * cannot take, 1 to begin the next with a clean session, which loses what the broker kept, 0 to
 * stop (MQTTKA_STOP_PROTOCOL). Default 0.
 */
#define MQTTKA_OPTION_CLEAN_START_ON_BACKLOG 35
/**
 * Number: 1 to connect over a new network before the old connection is let go
 * (MQTTKA_EVENT_MOVED), else 0. Without effect where the session does not persist. Default 0.
 */
#define MQTTKA_OPTION_MAKE_BEFORE_BREAK 36
/**
 * Number: 1 to learn for each network how long its path stays open in silence, and to ping no more
 * often than that needs, else 0. It never pings less often than the keep-alive asks. Default 0.
 */
#define MQTTKA_OPTION_ADAPTIVE_PING 37
/**
 * Number: 1 to watch the system's network where this build can (Linux), so that changes count as if
 * mqttka_client_network_changed() had been called, else 0. Default 1.
 */
#define MQTTKA_OPTION_NETWORK_MONITOR 38
/**
 * Real number, for mqttka_options_set_double(): by how much the bound of the delays grows with each
 * attempt, 1 to 100. Default 2.
 */
#define MQTTKA_OPTION_RECONNECT_FACTOR 300
/** The operation is refused at once, with MQTTKA_ERROR_QUEUE_FULL. */
#define MQTTKA_QUEUE_REFUSE_NEWEST 0
/**
 * The oldest QoS 0 publish that waits gives up its place, and ends with MQTTKA_ERROR_DROPPED; where
 * none waits, the newest operation ends so.
 */
#define MQTTKA_QUEUE_DROP_OLDEST_QOS0 1
/**
 * The oldest publish that waits gives up its place, whatever its QoS; what was sent already does
 * not. Where none waits, the newest operation ends with MQTTKA_ERROR_DROPPED.
 */
#define MQTTKA_QUEUE_DROP_OLDEST 2
/** It is published again in the new session. */
#define MQTTKA_LOST_PUBLISH_AGAIN 0
/** It ends with MQTTKA_ERROR_SESSION_LOST. */
#define MQTTKA_LOST_FAIL 1

/**
 * Sets MQTTKA_OPTION_RECONNECT: whether the client comes back by itself, true by default. With
 * false each mqttka_client_connect() is one attempt.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL.
 */
int32_t mqttka_options_set_reconnect(mqttka_options *options, bool reconnect);

/**
 * Sets a real number: an option that is described as one, with its range and default.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (out
 * of range, or no number; nothing was changed).
 */
int32_t mqttka_options_set_double(mqttka_options *options, int32_t option, double value);

/**
 * Reads a real number: what was set, or the default.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION. On failure *value is left as it was.
 */
int32_t mqttka_options_get_double(const mqttka_options *options, int32_t option, double *value);

/*
 * LIMITS, FAULTS AND ACKNOWLEDGEMENTS
 *
 * More options that are numbers: what leaves in a time, what a broker may do wrong, and who
 * acknowledges.
 */

/**
 * Number: how many topic aliases the broker may use for this client (section 3.1.2.11.5), 0 to
 * 65,535. Default 64. MQTT 5.0 only.
 */
#define MQTTKA_OPTION_TOPIC_ALIAS_MAXIMUM 39
/**
 * Number: how many topic aliases the client uses at most, 0 (none) to 65,535; never more than the
 * broker takes (MQTTKA_EVENT_SERVER_TOPIC_ALIAS_MAXIMUM). Topics that are published often then go
 * out as two bytes. Default 64. MQTT 5.0 only.
 */
#define MQTTKA_OPTION_OUTBOUND_TOPIC_ALIAS_MAXIMUM 40
/**
 * Number: what the broker may do wrong, a sum of 1 << MQTTKA_FAULT_*. Any other fault ends the
 * connection with MQTTKA_CAUSE_PROTOCOL or MQTTKA_CONNECT_ERROR_PROTOCOL; those that are tolerated
 * are counted (mqttka_client_counters()) and logged once in a connection. Default
 * 1 << MQTTKA_FAULT_RECEIVE_MAXIMUM_EXCEEDED.
 */
#define MQTTKA_OPTION_TOLERATE 41
/**
 * Number: how many operations (PUBLISH, SUBSCRIBE, UNSUBSCRIBE) leave in a second at most, 1 to
 * 4,294,967,295, or 0, the default: any number. Others wait in the outbound queue; pings,
 * acknowledgements and goodbyes do not wait.
 */
#define MQTTKA_OPTION_RATE_LIMIT_MESSAGES_PER_SECOND 42
/**
 * Number: how many bytes these may have in a second, 1 to 4,294,967,295, or 0, the default: any
 * number. A packet that is larger leaves all the same, and what follows waits for so much longer.
 */
#define MQTTKA_OPTION_RATE_LIMIT_BYTES_PER_SECOND 43
/**
 * Number: for how long what was not used of these two may be made up for, in milliseconds, 0 to
 * 86,400,000 (a day). Default 100.
 */
#define MQTTKA_OPTION_RATE_LIMIT_BURST_MS 44
/**
 * Number: 1 where the program acknowledges QoS 1 and 2 messages itself, with
 * mqttka_message_acknowledge() or mqttka_message_refuse(), now or later: those that the callback of
 * mqttka_options_set_message_callback() or a stream of mqttka_client_open_stream() is given. 0, the
 * default: they are acknowledged when the callback has returned, or the stream's reader said done.
 * Subscriptions with a callback or a stream of their own have
 * mqttka_subscribe_request_set_manual_acknowledgement().
 */
#define MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT 45
/**
 * CONNACK says that a session is present although a clean start was asked for [MQTT-3.2.2-2].
 * Tolerated: the session counts as a new one.
 */
#define MQTTKA_FAULT_SESSION_PRESENT_ON_CLEAN_START 0
/**
 * Messages come before CONNACK [MQTT-3.2.0-1]. Tolerated: they are delivered after it, as far as
 * they are no more than 1,024 and no more than MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES.
 */
#define MQTTKA_FAULT_PUBLISH_BEFORE_CONNACK 1
/**
 * More QoS 1 and 2 messages are unacknowledged than MQTTKA_OPTION_RECEIVE_MAXIMUM allows
 * [MQTT-3.3.4-9]; MQTT 5.0 only. Tolerated: they are delivered.
 */
#define MQTTKA_FAULT_RECEIVE_MAXIMUM_EXCEEDED 2
/**
 * A SUBACK or UNSUBACK has some reason codes, but not one for each filter [MQTT-3.8.4-6].
 * Tolerated: they count in their order, and those that are missing as 0x80 (Unspecified error).
 */
#define MQTTKA_FAULT_WRONG_REASON_CODE_COUNT 3
/**
 * A DISCONNECT in MQTT 3.1.1, which only a client sends there. Tolerated: the connection ends when
 * the broker closes it.
 */
#define MQTTKA_FAULT_DISCONNECT_IN_V311 4
/**
 * Response Information, a Reason String or user properties that the client asked the broker to
 * leave out [MQTT-3.1.2-28] [MQTT-3.1.2-29]. Tolerated: they are there.
 */
#define MQTTKA_FAULT_UNASKED_PROPERTY 5
/**
 * A publish with QoS 2 is answered by PUBACK [MQTT-4.3.3-1], as RabbitMQ does in MQTT 3.1.1, which
 * has no QoS 2. Tolerated: it is acknowledged, and has come at least once, not exactly once. Else
 * it fails with MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER, although it may have arrived.
 */
#define MQTTKA_FAULT_PUBACK_FOR_QOS2 6

/**
 * Reads a number of options of any chapter: what was set, or the default, in the values that
 * mqttka_options_set_int() takes. MQTTKA_OPTION_PORT and _TRANSPORT are those of the first server.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT (no port was
 * set: it is that of the transport). On failure *value is left as it was.
 */
int32_t mqttka_options_get_int(const mqttka_options *options, int32_t option, int64_t *value);

/*
 * CONNECTION PROVIDER
 *
 * What an attempt connects with, where it is known only when the attempt begins: a token that
 * expires, for example. The provider is asked before each attempt, and answers its request now or
 * later, from any thread: what it sets with the functions of the request stands for this attempt in
 * place of the options; the rest is as the options say.
 *
 * A request is the program's from the call of the provider on. It is answered exactly once, with
 * mqttka_connection_request_provide() or mqttka_connection_request_fail(), and then freed with
 * mqttka_connection_request_free(), which also fails an attempt that has no answer. All of them may
 * be called when the attempt, or its client, has ended meanwhile: answers are then ignored.
 */

/**
 * Asks what an attempt is to connect with. It owns the request from here on, and may answer it
 * before it returns or later, on any thread. Called on a thread of the library that does nothing
 * else meanwhile, never on a lane, one attempt of a client at a time; it may block and may call
 * everything; it must return (no longjmp, no C++ exception, no pthread_exit). The attempt's time
 * (MQTTKA_OPTION_CONNECT_TIMEOUT_MS) runs meanwhile, and ends the attempt in the stage
 * MQTTKA_STAGE_PROVIDER. A call may begin or go on while the client is being destroyed: destroying
 * does not wait for it. user_data is that of mqttka_options_set_provider().
 */
typedef void (*mqttka_provider_fn)(mqttka_connection_request *request, void *user_data);

/**
 * Sets what is asked before each attempt; NULL: none, the default (user_data then stays the
 * caller's, and destructor is not called).
 *
 * user_data: what the provider receives; it is used on threads of the library. destructor: releases
 * it; NULL: nothing to release. As for mqttka_options_set_socket_hook(), it passes to these options
 * and to all clients that are made with them. A request that is answered later has no part in it.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
 */
int32_t mqttka_options_set_provider(mqttka_options *options,
                                    mqttka_provider_fn provider,
                                    void *user_data,
                                    mqttka_destructor_fn destructor);

/**
 * The number of the attempt, counted since the last connection that came about, from 1
 * (MQTTKA_EVENT_ATTEMPT_NUMBER); 0 for NULL. Any thread.
 */
uint32_t mqttka_connection_request_attempt_number(const mqttka_connection_request *request);

/**
 * How long the attempt could wait for the answer when the provider was called, in milliseconds; 0
 * for NULL. Any thread.
 */
int64_t mqttka_connection_request_time_left_ms(const mqttka_connection_request *request);

/**
 * Sets a string of this attempt: MQTTKA_OPTION_USER_NAME, MQTTKA_OPTION_TLS_CERTIFICATE_FILE or
 * MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE, as the options have them, or what
 * mqttka_connection_request_set_bytes() takes; a certificate that is set here goes
 * with the private key that is set here, or that is in its own PEM. Copied. length: in bytes, or
 * MQTTKA_NUL_TERMINATED. Any thread.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_STRING,
 * MQTTKA_ERROR_INVALID_ARGUMENT (too long), MQTTKA_ERROR_OUT_OF_MEMORY,
 * MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_connection_request_set_string(mqttka_connection_request *request,
                                             int32_t option,
                                             const char *value,
                                             size_t length);

/**
 * Sets bytes of this attempt: MQTTKA_OPTION_PASSWORD, MQTTKA_OPTION_TLS_CERTIFICATE or
 * MQTTKA_OPTION_TLS_PRIVATE_KEY, as the options have them; a certificate that is set here goes with
 * the private key that is set here, or that is in its own PEM. Copied. length: in bytes, or
 * MQTTKA_NUL_TERMINATED. Any thread.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (too
 * long), MQTTKA_ERROR_OUT_OF_MEMORY, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_connection_request_set_bytes(mqttka_connection_request *request,
                                            int32_t option,
                                            const void *value,
                                            size_t length);

/**
 * Sets the server of this attempt, in place of all servers of the options. Copied. Any thread.
 *
 * uri: NUL-terminated, as for mqttka_options_set_uri().
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT
 * (mqttka_last_error() names the part that is wrong; nothing was changed),
 * MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_connection_request_set_uri(mqttka_connection_request *request, const char *uri);

/**
 * Adds a header to this attempt's WebSocket upgrade, as for mqttka_options_add_web_socket_header().
 * Those of the request, where it has some, stand in place of all headers of the options. Copied.
 * Any thread.
 *
 * name, value: NUL-terminated.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_OUT_OF_MEMORY,
 * MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_connection_request_add_web_socket_header(mqttka_connection_request *request,
                                                        const char *name,
                                                        const char *value);

/**
 * Answers: connect with what was set in this request. The request is still to be freed. Of two
 * answers of two threads one counts. Any thread.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (a private key without a certificate;
 * the request has no answer yet), MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED. What only
 * the attempt shows, as a certificate that cannot be read, ends it with
 * MQTTKA_CONNECT_ERROR_PROVIDER.
 */
int32_t mqttka_connection_request_provide(mqttka_connection_request *request);

/**
 * Answers: there is nothing to connect with. The attempt ends with MQTTKA_CONNECT_ERROR_PROVIDER.
 * The request is still to be freed. Any thread.
 *
 * message: what went wrong, for people (MQTTKA_EVENT_PROVIDER_MESSAGE); copied. length: in bytes,
 * or MQTTKA_NUL_TERMINATED; NULL with length 0: nothing to say.
 * fatal: whether nothing will be there later either. The client then stops (MQTTKA_STOP_PROVIDER);
 * else it tries again with the usual delays.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_ALREADY_ANSWERED,
 * MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_connection_request_fail(mqttka_connection_request *request,
                                       const char *message,
                                       size_t length,
                                       bool fatal);

/**
 * Frees a request; NULL is fine. One that has no answer fails its attempt, as
 * mqttka_connection_request_fail() does without `fatal`. Not while another thread is inside a
 * function of this request. Any thread. In a forked child it does nothing.
 */
void mqttka_connection_request_free(mqttka_connection_request *request);

/*
 * AUTHENTICATION
 *
 * Enhanced authentication of MQTT 5.0 (section 4.12): client and broker prove to each other who
 * they are, in as many steps as the method has, before the client is connected. The
 * authenticator is asked at each step, and answers its request now or later, from any thread.
 * SCRAM-SHA-256 is ready to use: mqttka_options_set_scram_sha256().
 *
 * A request is the program's from the call of the authenticator on. It is answered exactly
 * once, with mqttka_authentication_request_reply() or mqttka_authentication_request_fail(), and
 * then freed with mqttka_authentication_request_free(), which also fails an exchange that has
 * no answer. All of them may be called when the attempt, or its client, has ended meanwhile:
 * answers are then ignored.
 */

/**
 * Asks for one step of an exchange. It owns the request from here on, and may answer it before
 * it returns or later, on any thread. Called on a thread of the library that does nothing else
 * meanwhile, never on a lane, one step of a client at a time; it may block and may call
 * everything; it must return (no longjmp, no C++ exception, no pthread_exit). The attempt's
 * time (MQTTKA_OPTION_CONNECT_TIMEOUT_MS) runs meanwhile, and ends it with
 * MQTTKA_CONNECT_ERROR_AUTHENTICATION. A call may begin or go on while the client is being
 * destroyed: destroying does not wait for it. user_data is that of
 * mqttka_options_set_authenticator().
 */
typedef void (*mqttka_authenticator_fn)(mqttka_authentication_request *request, void *user_data);

/**
 * An exchange begins, for a connection; one before it that was not finished is over. The
 * answer's data goes into CONNECT.
 */
#define MQTTKA_AUTHENTICATION_START 1
/** An exchange begins, for mqttka_client_reauthenticate(). The answer's data goes to the broker. */
#define MQTTKA_AUTHENTICATION_RESTART 2
/** The broker sent data, and waits for the answer's. */
#define MQTTKA_AUTHENTICATION_CONTINUE 3
/**
 * The broker accepts, and sent its last data, or none. The answer says whether that is right;
 * its own data is not sent.
 */
#define MQTTKA_AUTHENTICATION_FINISH 4

/**
 * Sets what proves to the broker who the client is, in place of what was set before; NULL: none,
 * the default (user_data then stays the caller's, and destructor is not called). MQTT 5.0 only:
 * mqttka_client_new() refuses it with 3.1.1, and no fallback to that happens.
 *
 * method: the name of the method, NUL-terminated; copied. user_data: what the authenticator
 * receives; it is used on threads of the library. destructor: releases it; NULL: nothing to
 * release. As for mqttka_options_set_socket_hook(), it passes to these options and to all
 * clients that are made with them. A request that is answered later has no part in it.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING (user_data then stays the caller's).
 */
int32_t mqttka_options_set_authenticator(mqttka_options *options,
                                         const char *method,
                                         mqttka_authenticator_fn authenticator,
                                         void *user_data,
                                         mqttka_destructor_fn destructor);

/**
 * Authenticates by SCRAM-SHA-256 (RFC 7677), in place of what was set before: the password is
 * told to nobody, and a broker that does not know it gets no connection
 * (MQTTKA_CONNECT_ERROR_AUTHENTICATION). It replaces no TLS.
 *
 * user_name, password: 1 to 1,024 bytes of UTF-8; prepared by SASLprep (RFC 4013) and copied.
 * Their lengths: in bytes, or MQTTKA_NUL_TERMINATED. max_iterations: how many iterations the
 * broker may ask for, 4,096 to 100,000,000; 0: 1,000,000.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT (a
 * length, a character that SASLprep forbids, or a library without SCRAM; mqttka_last_error()
 * says which).
 */
int32_t mqttka_options_set_scram_sha256(mqttka_options *options,
                                        const char *user_name,
                                        size_t user_name_length,
                                        const char *password,
                                        size_t password_length,
                                        int64_t max_iterations);

/** Which step it is: MQTTKA_AUTHENTICATION_*; 0 for NULL. Any thread. */
int32_t mqttka_authentication_request_step(const mqttka_authentication_request *request);

/**
 * The number of the exchange, counted from 1 for each client: its steps have the same one, and
 * one of a later exchange says that those before are over. 0 for NULL. Any thread.
 */
uint64_t mqttka_authentication_request_exchange(const mqttka_authentication_request *request);

/**
 * How long the exchange could wait for the answer when the authenticator was called, in
 * milliseconds; 0 for NULL. Any thread.
 */
int64_t mqttka_authentication_request_time_left_ms(const mqttka_authentication_request *request);

/**
 * What the broker sent with this step. Any thread.
 *
 * value, length: receive it; it belongs to the request.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (it sent none).
 */
int32_t mqttka_authentication_request_data(const mqttka_authentication_request *request,
                                           const uint8_t **value,
                                           size_t *length);

/**
 * The Reason String of the AUTH or CONNACK that the broker sent with this step (sections
 * 3.15.2.2.4 and 3.2.2.3.9): UTF-8, NOT NUL-terminated. Any thread.
 *
 * value, length: receive it; it belongs to the request.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (it sent none).
 */
int32_t mqttka_authentication_request_reason_string(const mqttka_authentication_request *request,
                                                    const char **value,
                                                    size_t *length);

/**
 * How many User Properties the AUTH or CONNACK has that the broker sent with this step, at most
 * 10,000; 0 for a step that begins an exchange, or for NULL. Any thread.
 */
size_t mqttka_authentication_request_user_property_count(const mqttka_authentication_request *step);

/**
 * Reads the User Property at index, from 0, in the broker's order; as fast for the last as for the
 * first. The strings are NOT NUL-terminated; they belong to the request. Any thread.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last). On failure the strings
 * are NULL and their lengths 0, where these pointers are not NULL.
 */
int32_t mqttka_authentication_request_user_property_at(const mqttka_authentication_request *request,
                                                       size_t index,
                                                       const char **name,
                                                       size_t *name_length,
                                                       const char **value,
                                                       size_t *value_length);

/**
 * Adds a User Property to the answer (section 3.15.2.2.5), 9,998 at most: it leaves in the AUTH
 * that mqttka_authentication_request_reply() sends. They keep their order, and names may repeat.
 * Copied. Lengths: in bytes, or MQTTKA_NUL_TERMINATED. An AUTH that becomes larger than the broker
 * takes fails the exchange. Any thread.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (too many; or a step whose answer
 * leaves in no AUTH: MQTTKA_AUTHENTICATION_START, as CONNECT has those of
 * mqttka_options_add_user_property(), and MQTTKA_AUTHENTICATION_FINISH),
 * MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED. On failure the
 * answer is as before.
 */
int32_t mqttka_authentication_request_add_user_property(mqttka_authentication_request *request,
                                                        const char *name,
                                                        size_t name_length,
                                                        const char *value,
                                                        size_t value_length);

/**
 * Answers: go on; to MQTTKA_AUTHENTICATION_FINISH: the broker's data is right. The request is
 * still to be freed. Of two answers of two threads one counts. Any thread.
 *
 * data: what the broker gets, at most 65,535 bytes; NULL with length 0: nothing. Copied.
 * length: in bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (too long; the request has no
 * answer yet), MQTTKA_ERROR_OUT_OF_MEMORY, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_authentication_request_reply(mqttka_authentication_request *request,
                                            const void *data,
                                            size_t length);

/**
 * Answers: give up. The attempt ends with MQTTKA_CONNECT_ERROR_AUTHENTICATION, a
 * re-authentication with MQTTKA_ERROR_AUTHENTICATION, for which the connection ends unless it
 * was its first step. The request is still to be freed. Any thread.
 *
 * message: what went wrong, for people (mqttka_event_description()); copied. length: in bytes,
 * or MQTTKA_NUL_TERMINATED; NULL with length 0: nothing to say. fatal: whether trying again
 * cannot help. The client then stops (MQTTKA_STOP_CREDENTIALS); else it tries again with the
 * usual delays.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_ALREADY_ANSWERED,
 * MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_authentication_request_fail(mqttka_authentication_request *request,
                                           const char *message,
                                           size_t length,
                                           bool fatal);

/**
 * Frees a request; NULL is fine. One that has no answer fails its exchange, as
 * mqttka_authentication_request_fail() does without `fatal`. Not while another thread is inside
 * a function of this request. Any thread. In a forked child it does nothing.
 */
void mqttka_authentication_request_free(mqttka_authentication_request *request);

/**
 * Proves to the broker anew who the client is, with the client's authenticator, while the
 * connection goes on (section 4.12.1): for example before a token expires. Several are done one
 * after the other; each has a place in the outbound queue. A failure ends the connection, but
 * where the authenticator fails at MQTTKA_AUTHENTICATION_RESTART.
 *
 * completion, user_data: called with the outcome; NULL where it does not matter.
 * MQTTKA_ERROR_REFUSED: by the broker's DISCONNECT; MQTTKA_ERROR_AUTHENTICATION: on this side,
 * or for a broker that has not answered within MQTTKA_OPTION_CONNECT_TIMEOUT_MS.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (there is no authenticator),
 * MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_reauthenticate(mqttka_client *client,
                                     mqttka_completion_fn completion,
                                     void *user_data);

/**
 * As mqttka_client_reauthenticate(), and can be cancelled while it waits for another one to end:
 * it ends with MQTTKA_ERROR_CANCELLED then, and nothing of it is sent. One that has begun goes
 * on.
 *
 * canceller: what cancels it; shared, and can be freed at once. NULL: nothing.
 *
 * As mqttka_client_reauthenticate(); MQTTKA_ERROR_INVALID_ARGUMENT for a canceller that an
 * operation of another client has, too.
 */
int32_t mqttka_client_reauthenticate_cancellable(mqttka_client *client,
                                                 const mqttka_canceller *canceller,
                                                 mqttka_completion_fn completion,
                                                 void *user_data);

/*
 * CLIENT
 *
 * A mqttka_client is one MQTT client: at most one connection at a time, any number of them one
 * after the other. Its functions may be called from any thread at any time, also from inside
 * its callbacks; none of them blocks, except mqttka_client_destroy_and_wait() and
 * mqttka_stream_next(). After a destroy they return MQTTKA_ERROR_CLOSED.
 */

/**
 * Makes a client and starts the library's threads where they do not run yet. It opens no
 * connection; mqttka_client_connect() does.
 *
 * options: what the client is made with; copied. They stay the caller's, can be freed or changed
 * at once, and may be used for further clients. Only a user_data of mqttka_options_set_user_data()
 * that has a destructor passes to the client: such options make no second client
 * (MQTTKA_ERROR_INVALID_ARGUMENT) until that function was called again.
 * client: receives the client; NULL where this fails. To be ended with mqttka_client_destroy().
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (such as no MQTTKA_OPTION_HOST, or a
 * file of certificates that cannot be read; mqttka_last_error() names the option),
 * MQTTKA_ERROR_STARTUP, MQTTKA_ERROR_FORKED. On failure user_data stays with the options.
 */
int32_t mqttka_client_new(mqttka_options *options, mqttka_client **client);

/**
 * Starts a connection attempt: name resolution, TCP, where they are wanted the proxy's tunnel, TLS
 * and WebSocket, then CONNECT and CONNACK, all within MQTTKA_OPTION_CONNECT_TIMEOUT_MS.
 *
 * Each call that returns MQTTKA_OK is followed by exactly one event that tells how the attempt
 * ends: MQTTKA_EVENT_CONNECTED or MQTTKA_EVENT_CONNECT_FAILED. From then on the client comes back
 * by itself until mqttka_client_disconnect() or _destroy(), or until it stops
 * (MQTTKA_EVENT_RECONNECT_STOPPED); without MQTTKA_OPTION_RECONNECT it does not, and calling this
 * from inside the event callback is fine. Where the client waits to try again
 * (MQTTKA_STATE_RECONNECTING), it tries now.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_CONNECTED, MQTTKA_ERROR_EVENTS_NOT_TAKEN,
 * MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_connect(mqttka_client *client);

/*
 * GOODBYE
 *
 * How connections and clients end. A goodbye is all that was queued before, then DISCONNECT, then
 * waiting until the broker has closed: within half the keep-alive, at most 2 s.
 */

/**
 * Disconnects as mqttka_client_disconnect_with() does with reason code 0x00 (Normal
 * disconnection): the broker discards the Will.
 */
int32_t mqttka_client_disconnect(mqttka_client *client);

/**
 * Ends the connection, or the attempt. What was queued before is sent first; then DISCONNECT
 * (section 3.14), and nothing more; then the library waits for the broker to close, all within
 * half the keep-alive, at most 2 s; then MQTTKA_EVENT_DISCONNECTED comes with
 * MQTTKA_CAUSE_DISCONNECT_REQUESTED, or MQTTKA_EVENT_CONNECT_FAILED with
 * MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED. It does not wait for acknowledgements: operations that
 * have none yet end with MQTTKA_ERROR_DISCONNECTED, unless the session keeps them or the client
 * comes back by itself: they then wait for the next mqttka_client_connect().
 * mqttka_client_disconnect_after() waits for them. Where the client waits to try again
 * (MQTTKA_STATE_RECONNECTING), it stops: MQTTKA_EVENT_RECONNECT_STOPPED with
 * MQTTKA_STOP_DISCONNECT_REQUESTED.
 *
 * reason_code: 0x00, 0x04 (Disconnect with Will Message: the broker publishes the Will), or from
 * 0x80 what a client may send (section 3.14.2.1). MQTT 3.1.1 has no reason codes: there the
 * broker discards the Will on any DISCONNECT.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_NOT_CONNECTED,
 * MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_disconnect_with(mqttka_client *client, int32_t reason_code);

/**
 * As mqttka_client_disconnect_with(), but first waits until all that was queued before is
 * acknowledged: completions have their outcomes before MQTTKA_EVENT_DISCONNECTED. Never blocks
 * the caller. New operations are meanwhile for the next connection, where the session keeps them or
 * the client comes back by itself; else they are refused with MQTTKA_ERROR_NOT_CONNECTED.
 *
 * drain_timeout_ms: how long to wait for acknowledgements at most, in milliseconds, 0 to
 * 86,400,000 (a day); then the goodbye follows without them. A connection that ends meanwhile
 * ends with its own cause.
 *
 * Errors as for mqttka_client_disconnect_with().
 */
int32_t mqttka_client_disconnect_after(mqttka_client *client,
                                       int32_t reason_code,
                                       int64_t drain_timeout_ms);

/**
 * Ends the client, after a goodbye. Never blocks.
 *
 * What follows, in this order: where there is a connection, the goodbye as by
 * mqttka_client_disconnect(), unless one is under way; MQTTKA_EVENT_DISCONNECTED or _CONNECT_FAILED
 * with the cause "client closed", or that of what was under way, where there was a connection or
 * an attempt, or MQTTKA_EVENT_RECONNECT_STOPPED where the client waited to try again; completions
 * with MQTTKA_ERROR_CLOSED for the operations that have no outcome;
 * `terminated`; the destructor of user_data. An attempt ends at once. The pointer stays valid
 * until `terminated` has returned; until then other calls return MQTTKA_ERROR_CLOSED. From inside
 * any callback too.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED (it was destroyed before; nothing was done),
 * MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_destroy(mqttka_client *client);

/**
 * Closes the client at once, without a word to the broker, which therefore publishes the Will. The
 * callbacks follow as after mqttka_client_destroy(), and calls return MQTTKA_ERROR_CLOSED. The
 * client is still to be destroyed: its pointer is valid until then, although `terminated` may
 * have come. After mqttka_client_destroy(), as long as the pointer is valid, it cuts the goodbye
 * short. Never blocks.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_abort(mqttka_client *client);

/**
 * Ends the client as mqttka_client_destroy() does, and waits until `terminated` and the destructor
 * of user_data have returned. After MQTTKA_OK no callback of this client runs or will run, and the
 * pointer is no longer valid. Call it instead of mqttka_client_destroy(); behind one, only where
 * `terminated` cannot have returned yet.
 *
 * timeout_ms: how long to wait, in milliseconds; negative: for ever. MQTTKA_ERROR_TIMED_OUT says
 * that a callback still runs: the client is destroyed all the same, and its pointer stays valid
 * (a few hundred bytes) until a later call of this function returned MQTTKA_OK.
 *
 * Inside a callback of the same client it returns MQTTKA_ERROR_WOULD_DEADLOCK and changes
 * nothing; use mqttka_client_destroy() there. Two clients that wait for each other from inside
 * their callbacks are not detected.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_WOULD_DEADLOCK, MQTTKA_ERROR_TIMED_OUT,
 * MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_destroy_and_wait(mqttka_client *client, int64_t timeout_ms);

/*
 * DISCONNECT REQUEST
 *
 * How a connection is to end, and what the broker is told of it (section 3.14). A request is used
 * by one thread at a time.
 */

/** The reason code, 0 by default: see mqttka_client_disconnect_with(). */
#define MQTTKA_DISCONNECT_REASON_CODE 1
/**
 * First wait until all that was queued before is acknowledged, so many milliseconds at most, 0 to
 * 86,400,000 (a day): see mqttka_client_disconnect_after(). Not set by default: it waits for no
 * acknowledgements.
 */
#define MQTTKA_DISCONNECT_DRAIN_TIMEOUT_MS 2
/**
 * How long the broker is to keep the session from now on, in seconds, 0 to 4,294,967,295 = for ever
 * (section 3.14.2.2.2); above 0 only where MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL is. The next
 * connection asks for what that option says again. Not set by default: as it is. MQTT 5.0 only.
 */
#define MQTTKA_DISCONNECT_SESSION_EXPIRY_INTERVAL 3

/**
 * Makes a request that is a mqttka_client_disconnect(). Never NULL, short of a bug in mqttka. Any
 * thread.
 */
mqttka_disconnect_request *mqttka_disconnect_request_new(void);

/** Frees a request; NULL is fine. */
void mqttka_disconnect_request_free(mqttka_disconnect_request *request);

/**
 * Sets a number: MQTTKA_DISCONNECT_*.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT.
 */
int32_t mqttka_disconnect_request_set_int(mqttka_disconnect_request *request,
                                          int32_t key,
                                          int64_t value);

/**
 * Sets the reason in words, for diagnostics (section 3.14.2.2.3). Copied. Not sent in MQTT 3.1.1,
 * nor where the packet would be larger than the broker takes. length: in bytes, or
 * MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING.
 */
int32_t mqttka_disconnect_request_set_reason_string(mqttka_disconnect_request *request,
                                                    const char *reason,
                                                    size_t reason_length);

/**
 * Adds a User Property (section 3.14.2.2.4); they keep their order, and names may repeat. Copied.
 * Not sent in MQTT 3.1.1, nor where the packet would be larger than the broker takes. Lengths: in
 * bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
 */
int32_t mqttka_disconnect_request_add_user_property(mqttka_disconnect_request *request,
                                                    const char *name,
                                                    size_t name_length,
                                                    const char *value,
                                                    size_t value_length);

/**
 * Ends the connection, or the attempt, as mqttka_client_disconnect_with() and
 * mqttka_client_disconnect_after() do, and tells the broker what the request says. The request is
 * copied; it stays the caller's and can be sent again. Where a wait for acknowledgements is under
 * way, it can only be cut short: what the broker is told is what the first call said.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (a reason code that a client's
 * DISCONNECT cannot have, or a session expiry that the specification rules out),
 * MQTTKA_ERROR_NOT_SUPPORTED (a session expiry in MQTT 3.1.1), MQTTKA_ERROR_NOT_CONNECTED,
 * MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_send_disconnect(mqttka_client *client,
                                      const mqttka_disconnect_request *request);

/*
 * CANCELLING
 *
 * Operations that are still queued can be taken back. What was sent goes on, also where it waits
 * to be sent again, and has the outcome that it would have had. What waits and is no packet ends:
 * a flush, and a request that waits for its response.
 */

/**
 * Makes a canceller. It can be given to any number of operations of one client, with
 * mqttka_publish_options, mqttka_subscribe_request_set_canceller(),
 * mqttka_unsubscribe_request_set_canceller(), mqttka_client_flush_cancellable(),
 * mqttka_client_request_cancellable() and mqttka_client_reauthenticate_cancellable(). Never NULL,
 * short of a bug in mqttka. Any thread.
 */
mqttka_canceller *mqttka_canceller_new(void);

/** Frees a canceller; NULL is fine. Its operations go on. */
void mqttka_canceller_free(mqttka_canceller *canceller);

/**
 * Cancels all operations that the canceller was given to and that were not sent, flushes, and
 * requests that wait for their responses: they end with MQTTKA_ERROR_CANCELLED, within about 50
 * ms where many are cancelled one after the other, else at once. What it is given to afterwards
 * ends so, too. Wait for the completion in any case: it tells whether the operation was
 * cancelled. Never blocks; repeating it does nothing, and so does calling it in a forked child.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL.
 */
int32_t mqttka_canceller_cancel(mqttka_canceller *canceller);

/*
 * OPERATIONS
 *
 * Publish, subscribe, unsubscribe. Each call that returns MQTTKA_OK is followed by exactly one
 * call of its completion callback, where it has one.
 *
 * A client that comes back by itself (MQTTKA_OPTION_RECONNECT, the default) accepts them at any
 * time, before its first connection and between connections too: they wait in the outbound queue,
 * which MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES and _MAX_BYTES bound. Another one accepts them
 * while connected, and while connecting (they are sent when the connection is there); QoS 1 and 2
 * publishes at any time where the session outlives the connection
 * (MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL, or MQTTKA_OPTION_CLEAN_START 0 in MQTT 3.1.1).
 */

/**
 * How a message is published; a program begins with all bytes 0: `mqttka_publish_options options =
 * {sizeof options};` in C, and sets what it wants. Those of an earlier header, with fewer fields,
 * are fine.
 */
typedef struct {
    /**
     * sizeof(mqttka_publish_options) in the program, so that later versions can have more at its
     * end.
     */
    size_t size;
    /**
     * How long the publish may wait for its outcome, from the call on, in milliseconds, 1 to
     * 31,536,000,000 (365 days). Then it leaves the queue, or what was sent is sent no more, and it
     * ends with MQTTKA_ERROR_OPERATION_TIMED_OUT. 0: for ever.
     */
    int64_t timeout_ms;
    /**
     * Any of MQTTKA_PUBLISH_*.
     */
    uint64_t flags;
    /**
     * What can cancel the publish; NULL: nothing. It is shared, and can be freed at once.
     */
    const mqttka_canceller *canceller;
} mqttka_publish_options;

/**
 * QoS 0: the completion comes when the broker has read the message (MQTTKA_RECEIPT_READ), as it
 * answered a ping that followed it; else when the message was handed to the operating system. At
 * most one ping more goes with each write, whatever the number of messages in it. Where the
 * connection ends first, the publish ends with MQTTKA_ERROR_DISCONNECTED, and may have arrived.
 * Without effect for QoS 1 and 2, and without a completion.
 */
#define MQTTKA_PUBLISH_RECEIPT 1

/**
 * Publishes a message (section 3.3) without properties. Topic and payload are copied.
 *
 * topic: a topic name, without wildcards; topic_length: in bytes, or MQTTKA_NUL_TERMINATED.
 * payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
 * text. qos: 0, 1 or 2. retain: whether the broker keeps it for later subscribers.
 * completion, user_data: called with the outcome; NULL where it does not matter. QoS 0 is
 * complete when it was handed to the operating system (mqttka_result_receipt()), QoS 1 and 2 when
 * the broker acknowledged.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC,
 * MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL, MQTTKA_ERROR_PACKET_TOO_LARGE,
 * MQTTKA_ERROR_OUT_OF_MEMORY (for the payload), MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_publish(mqttka_client *client,
                              const char *topic,
                              size_t topic_length,
                              const void *payload,
                              size_t payload_length,
                              int32_t qos,
                              bool retain,
                              mqttka_completion_fn completion,
                              void *user_data);

/**
 * Publishes a message with its properties, as mqttka_client_publish() does. The message is not
 * copied but shared; it stays the caller's and can be freed or changed at once. A received message
 * can be published as it is: what only its own delivery had (dup, subscription identifiers) stays
 * behind.
 */
int32_t mqttka_client_publish_message(mqttka_client *client,
                                      const mqttka_message *message,
                                      mqttka_completion_fn completion,
                                      void *user_data);

/**
 * Publishes a message as mqttka_client_publish_message() does, with options.
 *
 * options: copied; NULL: none, as there. Fields that a later header adds behind those of this one
 * are not read.
 *
 * Errors as for mqttka_client_publish(), and MQTTKA_ERROR_INVALID_ARGUMENT for a size smaller than
 * the first version's, a timeout out of its bounds, flags that are not known, or a canceller that
 * an operation of another client has.
 */
int32_t mqttka_client_publish_with(mqttka_client *client,
                                   const mqttka_message *message,
                                   const mqttka_publish_options *options,
                                   mqttka_completion_fn completion,
                                   void *user_data);

/**
 * Subscribes to one topic filter (section 3.8) without options or properties.
 *
 * filter: may have wildcards, and may be `$share/group/filter`. qos: 0, 1 or 2, the highest at
 * which messages come. completion, user_data: called with the broker's SUBACK; may be NULL.
 * Messages can come before the completion does. A client that comes back by itself subscribes
 * again where the broker has lost the session; MQTTKA_EVENT_SUBSCRIPTIONS_LOST tells what it no
 * longer grants.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC,
 * MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_subscribe(mqttka_client *client,
                                const char *filter,
                                size_t filter_length,
                                int32_t qos,
                                mqttka_completion_fn completion,
                                void *user_data);

/**
 * Removes the subscription to one topic filter (section 3.10), written as it was subscribed.
 *
 * completion, user_data: called with the broker's UNSUBACK; may be NULL. Errors as for
 * mqttka_client_subscribe().
 */
int32_t mqttka_client_unsubscribe(mqttka_client *client,
                                  const char *filter,
                                  size_t filter_length,
                                  mqttka_completion_fn completion,
                                  void *user_data);

/**
 * Subscribes to all filters of a request in one SUBSCRIBE packet. The request is copied; it
 * stays the caller's and can be sent again.
 *
 * completion, user_data: called once; mqttka_result_reason_code_at() tells each filter's
 * outcome, in the order in which they were added. Errors as for mqttka_client_subscribe(), and
 * MQTTKA_ERROR_INVALID_ARGUMENT for a request without filters.
 */
int32_t mqttka_client_send_subscribe(mqttka_client *client,
                                     const mqttka_subscribe_request *request,
                                     mqttka_completion_fn completion,
                                     void *user_data);

/**
 * Tells when the broker has read everything that was asked for before: publishes, subscribes and
 * unsubscribes have left, and it answered a ping that followed them on the same connection. That
 * is no acknowledgement: QoS 1 and 2 have their own outcomes. It works without a keep-alive, too.
 * Between connections it waits for the next one, as what it follows does. Where the connection
 * ends after all of that was sent, and before the answer, it ends with MQTTKA_ERROR_DISCONNECTED:
 * what had QoS 0 may be lost.
 *
 * timeout_ms: how long it may wait, in milliseconds, 1 to 31,536,000,000 (365 days); then it ends
 * with MQTTKA_ERROR_OPERATION_TIMED_OUT. 0: for ever.
 * completion, user_data: called with the outcome.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_NOT_CONNECTED,
 * MQTTKA_ERROR_QUEUE_FULL (beside a full queue, 1,024 may wait), MQTTKA_ERROR_CLOSED,
 * MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_flush(mqttka_client *client,
                            int64_t timeout_ms,
                            mqttka_completion_fn completion,
                            void *user_data);

/**
 * As mqttka_client_flush(), and can be cancelled: nobody waits then, it ends with
 * MQTTKA_ERROR_CANCELLED, and its place in the queue is free. What it follows goes on.
 *
 * canceller: what cancels it; shared, and can be freed at once. NULL: nothing.
 *
 * As mqttka_client_flush(); MQTTKA_ERROR_INVALID_ARGUMENT for a canceller that an operation of
 * another client has, too.
 */
int32_t mqttka_client_flush_cancellable(mqttka_client *client,
                                        int64_t timeout_ms,
                                        const mqttka_canceller *canceller,
                                        mqttka_completion_fn completion,
                                        void *user_data);

/*
 * HINTS
 *
 * What the program knows of the network or the device before the library can. A hint never
 * disturbs a healthy connection: it makes the library look, with a short deadline; and where the
 * client waits to try again (MQTTKA_STATE_RECONNECTING), it tries now. At most four attempts a
 * second begin so; one that is asked for sooner begins when its time has come.
 */

/**
 * What a system says of a network; a program begins with all bytes 0: `mqttka_network network =
 * {sizeof network};` in C, and sets what it knows.
 */
typedef struct {
    /**
     * sizeof(mqttka_network) in the program, so that later versions can have more at its end.
     */
    size_t size;
    /**
     * MQTTKA_NETWORK_*: what happened.
     */
    int32_t change;
    /**
     * Whether traffic costs: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES.
     */
    int32_t metered;
    /**
     * Whether the system has found the internet behind it: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES.
     */
    int32_t validated;
    /**
     * Whether a captive portal stands before the internet: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES.
     */
    int32_t captive_portal;
    /**
     * Names the network, for what is learned of it (MQTTKA_OPTION_ADAPTIVE_PING); NULL with length
     * 0 where unknown.
     */
    const char *id;
    /**
     * The length of id in bytes, or MQTTKA_NUL_TERMINATED.
     */
    size_t id_length;
} mqttka_network;

/**
 * There is no network any more. A client that waits to try again does not try until there is one,
 * or five minutes have passed.
 */
#define MQTTKA_NETWORK_LOST 1
/** There is a network again. */
#define MQTTKA_NETWORK_AVAILABLE 2
/** There is another network, or the same with other properties. */
#define MQTTKA_NETWORK_CHANGED 3
/** The program does not know. */
#define MQTTKA_UNKNOWN 0
/** It is not so. */
#define MQTTKA_NO 1
/** It is so. */
#define MQTTKA_YES 2

/**
 * Asks the broker for a sign of life now, without waiting for the keep-alive. Where none comes in
 * time the connection ends with MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT; any byte of the broker, or its
 * system's acknowledgement of bytes of ours, is one. Does nothing without a connection.
 *
 * timeout_ms: how long to wait for it, in milliseconds, 1 to 86,400,000 (a day).
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_CLOSED,
 * MQTTKA_ERROR_FORKED. Any thread.
 */
int32_t mqttka_client_probe_now(mqttka_client *client, int64_t timeout_ms);

/**
 * Where the client waits to try again (MQTTKA_STATE_RECONNECTING), it tries now. Else it does
 * nothing.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. Any thread.
 */
int32_t mqttka_client_reconnect_now(mqttka_client *client);

/**
 * Tells that the system's network changed. Where the connection's local address is gone, the
 * connection ends at once with MQTTKA_CAUSE_NETWORK_LOST; else the broker is asked for a sign of
 * life, as by mqttka_client_probe_now(), with a timeout of half the keep-alive, at most 10 s. A
 * client that waits to try again tries now, or, where there is no network, later. On Linux the
 * library watches the network itself (MQTTKA_OPTION_NETWORK_MONITOR).
 *
 * change: MQTTKA_NETWORK_*. mqttka_client_network_is() tells more.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_CLOSED,
 * MQTTKA_ERROR_FORKED. Any thread.
 */
int32_t mqttka_client_network_changed(mqttka_client *client, int32_t change);

/**
 * As mqttka_client_network_changed(), with what is known of the network that there is now. What is
 * known is a reason to look, and no more than that; mqttka_client_get_int() shows it
 * (MQTTKA_STATUS_NETWORK_CHANGE and those that follow it).
 *
 * network: copied; fields that a later header adds behind those of this one are not read.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (a size smaller than the first
 * version's, or a number that is none), MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_CLOSED,
 * MQTTKA_ERROR_FORKED. Any thread.
 */
int32_t mqttka_client_network_is(mqttka_client *client, const mqttka_network *network);

/**
 * Tells that the program went into the background: its pings may be as rare as they are allowed to
 * be.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. Any thread.
 */
int32_t mqttka_client_entered_background(mqttka_client *client);

/**
 * Tells that the program came to the foreground: the broker has 2 s to show that it lives, and a
 * client that waits to try again tries now.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. Any thread.
 */
int32_t mqttka_client_entered_foreground(mqttka_client *client);

/*
 * YOUR OWN LOOP
 *
 * A client that lives in a loop that the program has anyway (poll, epoll, libuv, GLib, ...),
 * without any thread of the library: mqttka_client_new_hosted() makes it. Poll the descriptor
 * that mqttka_client_fd() gives for reading, level by level, and call mqttka_client_process()
 * when it is readable. It becomes readable when something came, when another thread asked for
 * something, and when time has passed, so that no other timer is needed. All callbacks of the
 * client, completions, the connection provider, the authenticator, the socket hook and the
 * verifier run inside mqttka_client_process(), and hold up the loop for as long as they take.
 *
 * Everything else is as for other clients, but:
 * - A loop that does not call mqttka_client_process() in time cannot keep the promise meanwhile.
 * - Names are looked up by mqttka_options_set_resolver(). Without that, the system looks them up
 *   inside mqttka_client_process(), and the loop waits for it, some seconds where there is no
 *   network. Addresses need neither.
 * - After mqttka_client_destroy(), go on calling mqttka_client_process() until `terminated` was
 *   called, which runs inside it, too; take the descriptor out of the loop there, as it is closed
 *   when mqttka_client_process() returns. mqttka_client_destroy_and_wait() does all that by itself.
 * - Nobody says goodbye for it at the end of the process.
 * - MQTTKA_OPTION_NETWORK_MONITOR has no effect; mqttka_client_network_changed() has.
 * - mqttka_stream_next() with a timeout waits for what only mqttka_client_process() brings: it is
 *   for other threads than the loop's, or for a timeout of 0.
 *
 * Linux. On macOS and iOS the code is there, and nobody has run it yet. Elsewhere
 * mqttka_client_new_hosted() fails.
 */

/**
 * Looks a name up without waiting. It owns the request from here on, and may answer it before
 * it returns or later, on any thread. Called inside mqttka_client_process(), once for each
 * attempt and server that has a name. user_data is that of mqttka_options_set_resolver().
 */
typedef void (*mqttka_resolver_fn)(mqttka_name_request *request, void *user_data);

/**
 * Makes a client that the program's own loop drives; else as mqttka_client_new(). No thread is
 * started.
 *
 * MQTTKA_OK, and errors as for mqttka_client_new(); MQTTKA_ERROR_STARTUP also where the system
 * gives no descriptor (it takes three); MQTTKA_ERROR_NOT_SUPPORTED where the system is not Linux,
 * macOS or iOS.
 */
int32_t mqttka_client_new_hosted(mqttka_options *options, mqttka_client **client);

/**
 * The descriptor of a client of mqttka_client_new_hosted(): readable when
 * mqttka_client_process() has something to do. The same one until `terminated` has returned; it
 * is the library's, and is not to be read from or closed. -1 for other clients, and for NULL.
 * Any thread.
 */
int32_t mqttka_client_fd(const mqttka_client *client);

/**
 * How long until mqttka_client_process() has something to do although nothing comes, in
 * milliseconds, rounded up; 0: it has now; -1: never, or no client of
 * mqttka_client_new_hosted(). For loops that want it for their own timeout: the descriptor
 * becomes readable then, too. Any thread; waits while another one is inside
 * mqttka_client_process() of this client.
 */
int64_t mqttka_client_deadline_ms(const mqttka_client *client);

/**
 * Does what there is to do now, within bounds, and calls back. It waits for nothing, but for
 * callbacks and, without a resolver, for the system's. Early and repeated calls change nothing.
 * One thread at a time; it need not be the same. After `terminated` was called within it, the
 * client's pointer is not valid any more.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (not a client of
 * mqttka_client_new_hosted()), MQTTKA_ERROR_WOULD_DEADLOCK (inside a callback of the same
 * client; nothing was done), MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_process(mqttka_client *client);

/**
 * Sets what looks names up for clients of mqttka_client_new_hosted(); NULL: the system, inside
 * mqttka_client_process(), the default (user_data then stays the caller's, and destructor is not
 * called). Other clients look names up by themselves.
 *
 * user_data: what the resolver receives. destructor: releases it; NULL: nothing to release. As
 * for mqttka_options_set_socket_hook(), it passes to these options and to all clients that are
 * made with them. A request that is answered later has no part in it.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
 */
int32_t mqttka_options_set_resolver(mqttka_options *options,
                                    mqttka_resolver_fn resolver,
                                    void *user_data,
                                    mqttka_destructor_fn destructor);

/** The name, NUL-terminated; it belongs to the request. "" for NULL. Any thread. */
const char *mqttka_name_request_name(const mqttka_name_request *request);

/**
 * How long the attempt could wait for the answer when the resolver was called, in milliseconds;
 * 0 for NULL. Any thread.
 */
int64_t mqttka_name_request_time_left_ms(const mqttka_name_request *request);

/**
 * Adds an address of the name, the preferred one first; 32 of them are tried at most. Any
 * thread.
 *
 * address: as in "192.0.2.7" or "2001:db8::7", NUL-terminated; copied.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT (not
 * an address, or more than 256 of them), MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_name_request_add_address(mqttka_name_request *request, const char *address);

/**
 * Answers with the addresses that were added; where there are none, the attempt fails. The
 * request is still to be freed. Any thread.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_name_request_answer(mqttka_name_request *request);

/**
 * Answers: the name has no addresses that could be found. The attempt goes on with the next
 * server, or ends in the stage MQTTKA_STAGE_DNS. The request is still to be freed. Any thread.
 *
 * message: what went wrong, for people (MQTTKA_EVENT_TRANSPORT_MESSAGE); copied. length: in
 * bytes, or MQTTKA_NUL_TERMINATED; NULL with length 0: nothing to say.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_ALREADY_ANSWERED,
 * MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_name_request_fail(mqttka_name_request *request, const char *message, size_t length);

/**
 * Frees a request; NULL is fine. One that has no answer fails. Not while another thread is
 * inside a function of this request. Any thread. In a forked child it does nothing.
 */
void mqttka_name_request_free(mqttka_name_request *request);

/*
 * SUBSCRIBE REQUEST
 *
 * One SUBSCRIBE packet with several filters, options or properties (section 3.8). A request is
 * used by one thread at a time.
 */

/** Do not send me what I published myself (section 3.8.3.1). MQTT 5.0 only. */
#define MQTTKA_SUBSCRIBE_NO_LOCAL 1
/** Keep the retain flag as the publisher set it. MQTT 5.0 only. */
#define MQTTKA_SUBSCRIBE_RETAIN_AS_PUBLISHED 2
/** Send retained messages only where the subscription is new. MQTT 5.0 only. */
#define MQTTKA_SUBSCRIBE_RETAIN_IF_NEW 4
/** Send no retained messages for this subscribe. MQTT 5.0 only. */
#define MQTTKA_SUBSCRIBE_RETAIN_NEVER 8

/** Makes an empty request. Never NULL, short of a bug in mqttka. Any thread. */
mqttka_subscribe_request *mqttka_subscribe_request_new(void);

/** Frees a request; NULL is fine. */
void mqttka_subscribe_request_free(mqttka_subscribe_request *request);

/**
 * Adds a topic filter; at least one is needed. It is copied.
 *
 * filter: may have wildcards, and may be `$share/group/filter`; filter_length: in bytes, or
 * MQTTKA_NUL_TERMINATED. qos: 0, 1 or 2, the highest at which messages come. flags: any of
 * MQTTKA_SUBSCRIBE_*, at most one of RETAIN_IF_NEW and RETAIN_NEVER; 0 sends retained messages at
 * every subscribe. NO_LOCAL is not possible with `$share` [MQTT-3.8.3-4].
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC.
 */
int32_t mqttka_subscribe_request_add(mqttka_subscribe_request *request,
                                     const char *filter,
                                     size_t filter_length,
                                     int32_t qos,
                                     uint32_t flags);

/**
 * Sets the Subscription Identifier (section 3.8.2.1.2), 1 to 268,435,455: messages that match one
 * of the filters bear it (MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER). Those from 2,031,616 to
 * 2,097,151 are the library's: with one of them the subscribe fails with
 * MQTTKA_ERROR_INVALID_ARGUMENT. MQTT 5.0 only.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT.
 */
int32_t mqttka_subscribe_request_set_subscription_identifier(mqttka_subscribe_request *request,
                                                             uint32_t identifier);

/**
 * Adds a User Property (section 3.8.2.1.3); they keep their order, and names may repeat. Copied.
 * MQTT 5.0 only. Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
 */
int32_t mqttka_subscribe_request_add_user_property(mqttka_subscribe_request *request,
                                                   const char *name,
                                                   size_t name_length,
                                                   const char *value,
                                                   size_t value_length);

/**
 * Whether the program acknowledges the QoS 1 and 2 messages of this subscription itself, with
 * mqttka_message_acknowledge() or mqttka_message_refuse(), now or later. Default false: they are
 * acknowledged when the callback has returned, or the stream's reader said done. For
 * mqttka_client_subscribe_with() and mqttka_client_subscribe_stream(); what
 * mqttka_client_send_subscribe() brings is MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT's.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL.
 */
int32_t mqttka_subscribe_request_set_manual_acknowledgement(mqttka_subscribe_request *request,
                                                            bool manual);

/**
 * Sets what can cancel what is sent from now on with this request; NULL: nothing, the default. It
 * is shared, and can be freed at once.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (request). Sending the request for another client than that of the
 * canceller's other operations gives MQTTKA_ERROR_INVALID_ARGUMENT.
 */
int32_t mqttka_subscribe_request_set_canceller(mqttka_subscribe_request *request,
                                               const mqttka_canceller *canceller);

/*
 * UNSUBSCRIBE REQUEST
 *
 * One UNSUBSCRIBE packet with several filters or with properties (section 3.10). A request is used
 * by one thread at a time.
 */

/** Makes an empty request. Never NULL, short of a bug in mqttka. Any thread. */
mqttka_unsubscribe_request *mqttka_unsubscribe_request_new(void);

/** Frees a request; NULL is fine. */
void mqttka_unsubscribe_request_free(mqttka_unsubscribe_request *request);

/**
 * Adds a topic filter, written as it was subscribed; at least one is needed. It is copied.
 * filter_length: in bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_TOPIC.
 */
int32_t mqttka_unsubscribe_request_add(mqttka_unsubscribe_request *request,
                                       const char *filter,
                                       size_t filter_length);

/**
 * Adds a User Property (section 3.10.2.1.2); they keep their order, and names may repeat. Copied.
 * MQTT 5.0 only. Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
 */
int32_t mqttka_unsubscribe_request_add_user_property(mqttka_unsubscribe_request *request,
                                                     const char *name,
                                                     size_t name_length,
                                                     const char *value,
                                                     size_t value_length);

/**
 * Sets what can cancel what is sent from now on with this request; NULL: nothing, the default. It
 * is shared, and can be freed at once.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (request). Sending the request for another client than that of the
 * canceller's other operations gives MQTTKA_ERROR_INVALID_ARGUMENT.
 */
int32_t mqttka_unsubscribe_request_set_canceller(mqttka_unsubscribe_request *request,
                                                 const mqttka_canceller *canceller);

/**
 * Unsubscribes from all filters of a request in one UNSUBSCRIBE packet. The request is copied; it
 * stays the caller's and can be sent again.
 *
 * completion, user_data: called once with the broker's UNSUBACK; mqttka_result_reason_code_at()
 * tells each filter's outcome, in the order in which they were added. May be NULL. Errors as for
 * mqttka_client_subscribe(), and MQTTKA_ERROR_INVALID_ARGUMENT for a request without filters.
 */
int32_t mqttka_client_send_unsubscribe(mqttka_client *client,
                                       const mqttka_unsubscribe_request *request,
                                       mqttka_completion_fn completion,
                                       void *user_data);

/*
 * SUBSCRIPTIONS WITH A CALLBACK OF THEIR OWN
 *
 * Messages that match such a subscription go to its callback, and not to that of
 * mqttka_options_set_message_callback(). A message that several subscriptions or streams match
 * goes to all of them.
 */

/**
 * Subscribes to all filters of a request in one SUBSCRIBE packet, with a callback of their own. The
 * callback is there before the packet is sent, so that no message is lost, a retained one
 * included. The subscription outlives connections: a client that comes back by itself subscribes
 * again where the broker has lost the session; another one's lasts as long as that session. Where
 * the broker grants none of its filters it has ended. The request is copied.
 *
 * callback: as mqttka_message_fn says; not NULL.
 * user_data: what callback receives. destructor: releases it, once, after the last call of
 * callback; NULL: nothing to release. Where this function fails user_data stays the caller's.
 * completion, completion_user_data: called with the broker's SUBACK; may be NULL.
 * subscription: receives a number, never 0, for mqttka_client_unsubscribe_from(); may be NULL.
 *
 * Errors as for mqttka_client_send_subscribe().
 */
int32_t mqttka_client_subscribe_with(mqttka_client *client,
                                     const mqttka_subscribe_request *request,
                                     mqttka_message_fn callback,
                                     void *user_data,
                                     mqttka_destructor_fn destructor,
                                     mqttka_completion_fn completion,
                                     void *completion_user_data,
                                     uint64_t *subscription);

/**
 * Ends what mqttka_client_subscribe_with() began, with UNSUBSCRIBE for those of its filters that no
 * other subscription of this client needs. The callback is called until the broker has answered;
 * then the destructor of its user_data runs.
 *
 * subscription: the number that mqttka_client_subscribe_with() gave.
 * completion, user_data: called with the broker's UNSUBACK; may be NULL.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (there is no such subscription any
 * more), MQTTKA_ERROR_FORKED; MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL,
 * MQTTKA_ERROR_CLOSED: nothing is sent, and the subscription has ended here all the same.
 */
int32_t mqttka_client_unsubscribe_from(mqttka_client *client,
                                       uint64_t subscription,
                                       mqttka_completion_fn completion,
                                       void *user_data);

/*
 * STREAMS
 *
 * Messages that the program fetches, instead of being called with them: for programs with a loop
 * of their own. A stream's messages go to it, and not to the callback of
 * mqttka_options_set_message_callback(); a message that several streams or subscriptions match
 * goes to all of them.
 *
 * A message is lent by mqttka_stream_next() until mqttka_stream_done() says that the program has
 * consumed it: only then is it acknowledged. What a stream holds withholds the acknowledgements of
 * all later messages of the client (their order is the specification's): read it, or close it. The
 * status says which stream does (MQTTKA_STATUS_HELD_BACK_SINCE_MS). Where the program acknowledges
 * itself (mqttka_subscribe_request_set_manual_acknowledgement()), it does so before it says done;
 * what it then says done of without a word is given back.
 *
 * A stream is used by one thread at a time. It keeps what it needs of its client alive:
 * after mqttka_client_destroy() it says MQTTKA_ERROR_CLOSED, after its last message.
 */

/**
 * The stream goes on also where the client does not come back by itself, until the next
 * mqttka_client_connect(), and ends with the client or its subscription.
 */
#define MQTTKA_STREAM_OUTLIVES_CONNECTIONS 1

/**
 * Opens a stream of the messages that match a filter, from now on, and of those that wait for a
 * taker. It subscribes to nothing itself, and outlives connections: where the client stops for
 * good and nobody asked for that, mqttka_stream_next() says MQTTKA_ERROR_DISCONNECTED once; called
 * again, it waits for the messages of later connections.
 *
 * filter, filter_length: a topic filter, copied; NULL with length 0: all messages.
 * stream: receives the stream; NULL where this fails.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC,
 * MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_open_stream(mqttka_client *client,
                                  const char *filter,
                                  size_t filter_length,
                                  mqttka_stream **stream);

/**
 * Opens a stream of the messages that match one of a request's filters, and then subscribes to
 * them in one SUBSCRIBE packet: no message is lost, a retained one included. The request is
 * copied. The subscription ends with the stream.
 *
 * flags: MQTTKA_STREAM_OUTLIVES_CONNECTIONS, or 0: the stream ends, and says so, with the
 * connection or attempt after which the client does not come back by itself.
 * completion, user_data: called with the broker's SUBACK; may be NULL. Where the broker grants
 * none of the filters, the stream ends too.
 * stream: receives the stream; NULL where this fails.
 *
 * Errors as for mqttka_client_send_subscribe().
 */
int32_t mqttka_client_subscribe_stream(mqttka_client *client,
                                       const mqttka_subscribe_request *request,
                                       uint32_t flags,
                                       mqttka_completion_fn completion,
                                       void *user_data,
                                       mqttka_stream **stream);

/**
 * Waits for the stream's next message.
 *
 * timeout_ms: how long to wait, in milliseconds; 0: not at all; negative: for ever. It blocks the
 * calling thread only; in a callback, that callback's lane.
 * message: receives the message, lent: valid until mqttka_stream_done() counts it or the stream is
 * closed (mqttka_message_clone() keeps it). NULL where there is none.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_TIMED_OUT (nothing came), MQTTKA_ERROR_FORKED; after
 * the last message of a stream that has ended, again and again: MQTTKA_ERROR_DISCONNECTED (with
 * the connection, or the attempt; mqttka_stream_cause() says why), MQTTKA_ERROR_REFUSED or another
 * error of an operation (the broker granted none of its filters), MQTTKA_ERROR_UNSUBSCRIBED,
 * MQTTKA_ERROR_CLOSED (the client was destroyed). What the broker said where it granted none of
 * them, at first or when it had lost the session, mqttka_stream_result() has.
 */
int32_t mqttka_stream_next(mqttka_stream *stream,
                           int64_t timeout_ms,
                           const mqttka_message **message);

/**
 * Says that the program has consumed the oldest messages that it was lent. QoS 1 and 2 are
 * acknowledged; the messages are no longer valid.
 *
 * count: how many; SIZE_MAX: all that are lent. More than are lent are as many as are lent.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_stream_done(mqttka_stream *stream, size_t count);

/**
 * Ends the stream's subscription, with UNSUBSCRIBE for those of its filters that no other
 * subscription of the client needs. Messages come until the broker has answered; then
 * mqttka_stream_next() says MQTTKA_ERROR_UNSUBSCRIBED. The stream is still to be closed.
 *
 * completion, user_data: called with the broker's UNSUBACK; may be NULL.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (a stream without a subscription),
 * MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_stream_unsubscribe(mqttka_stream *stream,
                                  mqttka_completion_fn completion,
                                  void *user_data);

/**
 * Why the stream's connection ended: MQTTKA_CAUSE_*, or MQTTKA_CONNECT_ERROR_* where the attempt
 * failed that the stream waited for. 0 where mqttka_stream_next() has not said
 * MQTTKA_ERROR_DISCONNECTED, or for NULL. Works in a forked child too.
 */
int32_t mqttka_stream_cause(const mqttka_stream *stream);

/**
 * Why the stream has no subscription (any more), with the broker's words and User Properties;
 * valid until the stream is closed. NULL where mqttka_stream_next() has not said an error of an
 * operation, such as MQTTKA_ERROR_REFUSED, or for NULL. Works in a forked child too.
 */
const mqttka_result *mqttka_stream_result(const mqttka_stream *stream);

/**
 * Closes a stream and frees it; NULL is fine. Its subscription ends with UNSUBSCRIBE, where
 * mqttka_stream_unsubscribe() was not called. Messages that are not done (lent ones are no longer
 * valid) go to others who take them, or wait for MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS. Not while
 * another thread is inside a function of this stream. Before or after the client's end. In a
 * forked child it does nothing.
 */
void mqttka_stream_close(mqttka_stream *stream);

/*
 * REQUESTS AND RESPONSES
 *
 * Requests of MQTT 5.0 (section 4.10): a message with the topic for its response, and data that
 * the response bears, too. Both are the library's doing. A client subscribes to its response
 * topic with its first request: `mqttka/response/`, the Client Identifier where there is one, and
 * a number that nobody can guess; or what the broker gave instead
 * (MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION).
 */

/**
 * The end of a request: called exactly once for each mqttka_client_request() that returned
 * MQTTKA_OK, on the message lane. response: the response, NULL where there is none. result:
 * MQTTKA_OK with a response, else why there is none, with the words and user properties of a
 * broker that refused. Both are valid until the callback returns; mqttka_message_clone() keeps the
 * response. user_data is the request's own.
 */
typedef void (*mqttka_response_fn)(mqttka_client *client,
                                   const mqttka_message *response,
                                   const mqttka_result *result,
                                   void *user_data);

/**
 * A request of others. Called on the message lane. Its answer is what mqttka_reply_set_payload()
 * gives; without that there is none. request and reply are valid until the callback returns.
 * user_data is that of mqttka_client_respond().
 */
typedef void (*mqttka_responder_fn)(mqttka_client *client,
                                    const mqttka_message *request,
                                    mqttka_reply *reply,
                                    void *user_data);

/**
 * Publishes a request, and gives its response to a callback. MQTT 5.0 only.
 *
 * Each request ends exactly once: with its response; with MQTTKA_ERROR_OPERATION_TIMED_OUT; with
 * MQTTKA_ERROR_REFUSED where the broker refuses it, or says that nobody subscribes to its topic
 * (reason code 0x10, QoS 1 and 2); with what else a publish ends with; with
 * MQTTKA_ERROR_DISCONNECTED where the client has stopped; with MQTTKA_ERROR_CLOSED. While the
 * client comes back by itself, it waits.
 *
 * message: as for mqttka_client_publish_message(); its response topic and correlation data are
 * replaced.
 * timeout_ms: how long to wait for the response, in milliseconds, 1 to 31,536,000,000 (365 days);
 * 0: 30,000.
 * callback, user_data: called with the response, or why there is none; not NULL.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_SUPPORTED (MQTT 3.1.1), MQTTKA_ERROR_QUEUE_FULL
 * (also where MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES requests have no response yet), and those
 * of mqttka_client_publish().
 */
int32_t mqttka_client_request(mqttka_client *client,
                              const mqttka_message *message,
                              int64_t timeout_ms,
                              mqttka_response_fn callback,
                              void *user_data);

/**
 * As mqttka_client_request(), and can be cancelled until its response is there: it ends with
 * MQTTKA_ERROR_CANCELLED then, at once, and its place is free. Where it was sent, a response that
 * comes is nobody's.
 *
 * canceller: what cancels it; shared, and can be freed at once. NULL: nothing.
 *
 * As mqttka_client_request(); MQTTKA_ERROR_INVALID_ARGUMENT for a canceller that an operation of
 * another client has, too.
 */
int32_t mqttka_client_request_cancellable(mqttka_client *client,
                                          const mqttka_message *message,
                                          int64_t timeout_ms,
                                          const mqttka_canceller *canceller,
                                          mqttka_response_fn callback,
                                          void *user_data);

/**
 * Subscribes to all filters of a request in one SUBSCRIBE packet, and answers the requests that
 * come: the payload that the callback gives is published to each one's response topic, with its
 * correlation data and at its QoS. Messages that are no requests are dropped. To answer later, or
 * several at a time: mqttka_client_subscribe_requests(); with more than a payload:
 * mqttka_client_subscribe_with() and mqttka_message_reply_new(). A filter `$share/group/filter`
 * divides the requests among all responders of a group. MQTT 5.0 only.
 *
 * It lasts as what mqttka_client_subscribe_with() began, and ends with
 * mqttka_client_unsubscribe_from(). request is copied.
 *
 * callback: as mqttka_responder_fn says; not NULL.
 * user_data: what callback receives. destructor: releases it, once, after the last call of
 * callback; NULL: nothing to release. Where this function fails user_data stays the caller's.
 * completion, completion_user_data: called with the broker's SUBACK; may be NULL.
 * subscription: receives a number, never 0, for mqttka_client_unsubscribe_from(); may be NULL.
 *
 * Errors as for mqttka_client_send_subscribe(), and MQTTKA_ERROR_NOT_SUPPORTED (MQTT 3.1.1).
 */
int32_t mqttka_client_respond(mqttka_client *client,
                              const mqttka_subscribe_request *request,
                              mqttka_responder_fn callback,
                              void *user_data,
                              mqttka_destructor_fn destructor,
                              mqttka_completion_fn completion,
                              void *completion_user_data,
                              uint64_t *subscription);

/**
 * Gives the answer to a request. Copied; the last one counts.
 *
 * payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
 * text.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_OUT_OF_MEMORY. Inside mqttka_responder_fn.
 */
int32_t mqttka_reply_set_payload(mqttka_reply *reply, const void *payload, size_t payload_length);

/**
 * Makes the answer to a request that was received: a message to its response topic, with its
 * correlation data and its QoS, to be published.
 *
 * payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
 * text. Copied.
 * reply: receives the message, to be freed with mqttka_message_free(); NULL where this fails.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (the message is no request: it has
 * no MQTTKA_PROPERTY_RESPONSE_TOPIC), MQTTKA_ERROR_INVALID_TOPIC, MQTTKA_ERROR_OUT_OF_MEMORY. Any
 * thread.
 */
int32_t mqttka_message_reply_new(const mqttka_message *request,
                                 const void *payload,
                                 size_t payload_length,
                                 mqttka_message **reply);

/**
 * Subscribes to all filters of a request in one SUBSCRIBE packet, for requests that the program
 * fetches, and answers when and where it likes, several at a time. Messages that are no requests
 * are dropped. The request is copied. MQTT 5.0 only.
 *
 * Each that was fetched is under way until it is answered, declined or freed. At most 1024 are so
 * at a time, and no further one comes while those have 1 MiB of payload or more; the others wait
 * as the messages of a stream do. A request of QoS 1 or 2 is acknowledged when it was answered or
 * declined, after the answer was queued; until then it holds back the acknowledgements of all
 * later messages.
 *
 * It outlives connections, and ends with mqttka_requests_unsubscribe(), mqttka_requests_close() or
 * the client. A filter `$share/group/filter` divides the requests among all responders of a group.
 *
 * completion, user_data: called with the broker's SUBACK; may be NULL. Where the broker grants
 * none of the filters, it has ended.
 * requests: receives it; NULL where this fails.
 *
 * Errors as for mqttka_client_send_subscribe(), and MQTTKA_ERROR_NOT_SUPPORTED (MQTT 3.1.1).
 */
int32_t mqttka_client_subscribe_requests(mqttka_client *client,
                                         const mqttka_subscribe_request *request,
                                         mqttka_completion_fn completion,
                                         void *user_data,
                                         mqttka_requests **requests);

/**
 * Waits for the next request, and for room among those under way.
 *
 * timeout_ms: how long to wait, in milliseconds; 0: not at all; negative: for ever. It blocks the
 * calling thread only; in a callback, that callback's lane.
 * request: receives the request, the program's own from here on; NULL where there is none.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_TIMED_OUT (nothing came), MQTTKA_ERROR_FORKED; after
 * the last request, again and again: MQTTKA_ERROR_REFUSED or another error of an operation (the
 * broker granted none of the filters, at first or when it had lost the session;
 * mqttka_requests_result() has what it said), MQTTKA_ERROR_UNSUBSCRIBED, MQTTKA_ERROR_CLOSED (the
 * client was destroyed).
 */
int32_t mqttka_requests_next(mqttka_requests *requests,
                             int64_t timeout_ms,
                             mqttka_received_request **request);

/**
 * Why there is no subscription (any more), with the broker's words and User Properties; valid
 * until the requests are closed. NULL where mqttka_requests_next() has not said an error of an
 * operation, such as MQTTKA_ERROR_REFUSED, or for NULL. Works in a forked child too.
 */
const mqttka_result *mqttka_requests_result(const mqttka_requests *requests);

/**
 * Ends the subscription, with UNSUBSCRIBE for those of its filters that no other subscription of
 * the client needs. Requests come until the broker has answered; then mqttka_requests_next() says
 * MQTTKA_ERROR_UNSUBSCRIBED. It is still to be closed.
 *
 * completion, user_data: called with the broker's UNSUBACK; may be NULL.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL,
 * MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_requests_unsubscribe(mqttka_requests *requests,
                                    mqttka_completion_fn completion,
                                    void *user_data);

/**
 * Closes it and frees it; NULL is fine. Its subscription ends with UNSUBSCRIBE, where
 * mqttka_requests_unsubscribe() was not called. What was fetched stays the program's, and can
 * still be answered. Not while another thread is inside a function of it. Before or after the
 * client's end. In a forked child it does nothing.
 */
void mqttka_requests_close(mqttka_requests *requests);

/** The request itself; valid until mqttka_received_request_free(). NULL for NULL. */
const mqttka_message *mqttka_received_request_message(const mqttka_received_request *request);

/**
 * Publishes this answer to the request's response topic, with its correlation data and at its QoS.
 * The request is no more under way. An answer that cannot be published (no connection, a full
 * queue, a response topic that is none) is logged: one requester's mistake ends nobody else's
 * service.
 *
 * payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
 * text. Copied.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_OUT_OF_MEMORY,
 * MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_received_request_reply(mqttka_received_request *request,
                                      const void *payload,
                                      size_t payload_length);

/**
 * There is no answer, or it was published otherwise (mqttka_message_reply_new()): the request is
 * acknowledged, and no more under way.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_received_request_decline(mqttka_received_request *request);

/**
 * Frees a request; NULL is fine. One of QoS 1 or 2 that was neither answered nor declined is given
 * back: it comes again. Before or after the end of its client and of its requests. In a forked
 * child it does nothing.
 */
void mqttka_received_request_free(mqttka_received_request *request);

/*
 * RESULTS OF OPERATIONS
 *
 * What a completion callback receives, valid until the callback returns; and why the subscription
 * of a stream has failed, valid until the stream is closed.
 */

/** QoS 0: it was handed to the operating system. The broker may have it or not. */
#define MQTTKA_RECEIPT_WRITTEN 0
/** QoS 0 with MQTTKA_PUBLISH_RECEIPT: the broker has read it. What it made of it is not known. */
#define MQTTKA_RECEIPT_READ 1
/** QoS 1 and 2: the broker acknowledged it, with mqttka_result_reason_code(). */
#define MQTTKA_RECEIPT_ACKNOWLEDGED 2

/**
 * MQTTKA_OK where the operation succeeded, else MQTTKA_ERROR_REFUSED, _DISCONNECTED,
 * _SESSION_LOST, _NOT_SUPPORTED_BY_SERVER, _EXPIRED, _OPERATION_TIMED_OUT, _DROPPED, _POISON,
 * _CANCELLED, _CLOSED, or _INVALID_ARGUMENT where no packet can say it; MQTTKA_ERROR_NULL for
 * NULL. A subscribe of several filters succeeded only where the broker granted all of them.
 */
int32_t mqttka_result_error(const mqttka_result *result);

/**
 * The broker's reason code (section 2.4): of several filters the first that failed, else the
 * first. 0 for QoS 0. -1 where there is none, or for NULL. MQTT 3.1.1's return codes appear as the
 * reason codes of the same meaning.
 */
int32_t mqttka_result_reason_code(const mqttka_result *result);

/**
 * How far a publish came: MQTTKA_RECEIPT_*. -1 where it failed, for other operations, or for NULL.
 */
int32_t mqttka_result_receipt(const mqttka_result *result);

/**
 * How many filters the broker answered: those of the SUBSCRIBE or UNSUBSCRIBE (none for an
 * UNSUBACK of MQTT 3.1.1, which says nothing of them); 0 for a publish, for an operation that the
 * broker did not answer, or for NULL.
 */
size_t mqttka_result_reason_code_count(const mqttka_result *result);

/**
 * The reason code of the filter at index, from 0, in the order of the request; -1 past the last
 * one, or for NULL.
 */
int32_t mqttka_result_reason_code_at(const mqttka_result *result, size_t index);

/**
 * The Packet Identifier that the operation had, 1 to 65,535; 0 for QoS 0, for what was never sent,
 * or for NULL.
 */
int32_t mqttka_result_packet_id(const mqttka_result *result);

/**
 * The broker's Reason String, where it sent one. *value is NOT NUL-terminated; it is *length bytes
 * of UTF-8, valid until the callback returns.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT. On failure *value is NULL and *length 0,
 * where these pointers are not NULL.
 */
int32_t mqttka_result_get_reason_string(const mqttka_result *result,
                                        const char **value,
                                        size_t *length);

/**
 * How many User Properties the broker's answer has, at most 10,000; 0 for an operation that the
 * broker did not answer, or for NULL.
 */
size_t mqttka_result_user_property_count(const mqttka_result *result);

/**
 * Reads the User Property at index, from 0, in the broker's order; as fast for the last as for the
 * first. The strings are NOT NUL-terminated; they are valid until the callback returns.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last). On failure the strings
 * are NULL and their lengths 0, where these pointers are not NULL.
 */
int32_t mqttka_result_user_property_at(const mqttka_result *result,
                                       size_t index,
                                       const char **name,
                                       size_t *name_length,
                                       const char **value,
                                       size_t *value_length);

/**
 * The specification's words for a reason code (section 2.4), NUL-terminated. Never NULL; "no
 * reason code" for -1, "unknown reason code" for numbers that are none. Static; not to be freed.
 * Any thread.
 */
const char *mqttka_reason_code_string(int32_t reason_code);

/*
 * EVENTS
 *
 * Lifecycle events, as the event callback receives them. Every MQTTKA_EVENT_CONNECTED is
 * followed by exactly one MQTTKA_EVENT_DISCONNECTED with the first cause; an attempt that does
 * not come so far ends in exactly one MQTTKA_EVENT_CONNECT_FAILED. Where the program did not ask
 * for such an end, and the client comes back by itself, exactly one MQTTKA_EVENT_RECONNECTING or
 * MQTTKA_EVENT_RECONNECT_STOPPED follows; every MQTTKA_EVENT_RECONNECTING is followed by exactly
 * one MQTTKA_EVENT_CONNECTED, _CONNECT_FAILED or _RECONNECT_STOPPED. After a DISCONNECTED or
 * CONNECT_FAILED whose MQTTKA_EVENT_WILL_RECONNECT is 0, and after a RECONNECT_STOPPED, the client
 * does nothing until mqttka_client_connect(). An event is valid until its callback returns; within
 * that time any thread may read it.
 */

/** The broker accepted the connection. */
#define MQTTKA_EVENT_CONNECTED 1
/** The connection ended. */
#define MQTTKA_EVENT_DISCONNECTED 2
/** The connection attempt ended without a connection. */
#define MQTTKA_EVENT_CONNECT_FAILED 3
/**
 * The client tries again by itself after MQTTKA_EVENT_DELAY_MS, or sooner where
 * mqttka_client_reconnect_now(), mqttka_client_connect() or a hint asks for it.
 */
#define MQTTKA_EVENT_RECONNECTING 4
/**
 * The client does not try again by itself; mqttka_client_connect() begins anew. Not told where the
 * program ended the connection or the attempt itself, nor without MQTTKA_OPTION_RECONNECT.
 */
#define MQTTKA_EVENT_RECONNECT_STOPPED 5
/**
 * Subscriptions that the client held are no more: the broker has lost the session, and did not
 * grant them again. mqttka_event_lost_filter_at() tells which.
 */
#define MQTTKA_EVENT_SUBSCRIPTIONS_LOST 6
/**
 * Something that was sent has been unanswered for several round trips. No verdict: one
 * MQTTKA_EVENT_ALIVE or the connection's MQTTKA_EVENT_DISCONNECTED follows.
 */
#define MQTTKA_EVENT_SUSPECT 7
/** A sign of life came after a MQTTKA_EVENT_SUSPECT. */
#define MQTTKA_EVENT_ALIVE 8
/**
 * The connection goes on over another network, without a gap (MQTTKA_OPTION_MAKE_BEFORE_BREAK). It
 * has the next number from now on, and what MQTTKA_EVENT_CONNECTED has, of the broker's new
 * CONNACK.
 */
#define MQTTKA_EVENT_MOVED 9
/**
 * Number: counts connection attempts, from 1. The messages of a connection bear it too, so that
 * both lanes can be brought into one order. All events.
 */
#define MQTTKA_EVENT_CONNECTION_NUMBER 1
/** Number: counts attempts since the last connection that came about, from 1. All events. */
#define MQTTKA_EVENT_ATTEMPT_NUMBER 2
/**
 * Number: why. DISCONNECTED: MQTTKA_CAUSE_*. CONNECT_FAILED: MQTTKA_CONNECT_ERROR_*. The two have
 * no number in common, and mqttka_cause_string() knows both. RECONNECTING, RECONNECT_STOPPED: that
 * of what ended last, with all that its own event says of it.
 */
#define MQTTKA_EVENT_CAUSE 3
/**
 * Number: the reason code of the broker's CONNACK or DISCONNECT, or the one that its protocol
 * error deserves. MQTT 3.1.1's return codes appear as the reason codes of the same meaning.
 */
#define MQTTKA_EVENT_REASON_CODE 4
/**
 * Number: MQTTKA_STAGE_*, how far the attempt came. CONNECT_FAILED, and RECONNECTING and
 * RECONNECT_STOPPED after one.
 */
#define MQTTKA_EVENT_STAGE 5
/** Number: the operating system's error number (errno), where it reported one. */
#define MQTTKA_EVENT_OS_ERROR 6
/**
 * Number: 1 where the broker still had the session (section 3.2.2.1.1), else 0. CONNECTED,
 * MOVED.
 */
#define MQTTKA_EVENT_SESSION_PRESENT 7
/**
 * Number: the effective keep-alive in seconds: the broker's, where it imposes one (section
 * 3.2.2.3.14). CONNECTED, MOVED, DISCONNECTED.
 */
#define MQTTKA_EVENT_KEEP_ALIVE 8
/**
 * Number: milliseconds from the last byte of the broker to the event. DISCONNECTED, SUSPECT,
 * ALIVE.
 */
#define MQTTKA_EVENT_LAST_INBOUND_AGE_MS 9
/**
 * Number: milliseconds from the last sign of life (a byte of the broker, or its system's
 * acknowledgement of bytes of ours) to the event. DISCONNECTED, SUSPECT, ALIVE.
 */
#define MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS 10
/** Number: how many PINGREQs had no answer. DISCONNECTED, SUSPECT, ALIVE. */
#define MQTTKA_EVENT_UNANSWERED_PINGS 11
/**
 * Number: milliseconds from the oldest of them to the event. DISCONNECTED, SUSPECT, ALIVE, where
 * there was one.
 */
#define MQTTKA_EVENT_OLDEST_PING_AGE_MS 12
/** Number: how many unacknowledged QoS 1 and 2 messages the broker takes. CONNECTED, MOVED. */
#define MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM 13
/** Number: the largest packet the broker takes, in bytes. CONNECTED, MOVED. */
#define MQTTKA_EVENT_SERVER_MAXIMUM_PACKET_SIZE 14
/** Number: the highest QoS the broker takes. CONNECTED, MOVED. */
#define MQTTKA_EVENT_SERVER_MAXIMUM_QOS 15
/** Number: 1 where the broker keeps retained messages, else 0. CONNECTED, MOVED. */
#define MQTTKA_EVENT_SERVER_RETAIN_AVAILABLE 16
/** Number: the port that was tried. CONNECTED, CONNECT_FAILED; not of a Unix socket. */
#define MQTTKA_EVENT_PORT 17
/**
 * Number: MQTTKA_TRANSPORT_ERROR_*: what the transport reported. With the causes
 * MQTTKA_CAUSE_TRANSPORT, MQTTKA_CAUSE_RECLAIMED_BY_SYSTEM and MQTTKA_CONNECT_ERROR_TRANSPORT.
 */
#define MQTTKA_EVENT_TRANSPORT_ERROR 18
/**
 * Number: what the peer gave with it: the number of a TLS alert, an HTTP status (proxy, WebSocket
 * upgrade), a SOCKS reply, a WebSocket close code. Where there is one.
 */
#define MQTTKA_EVENT_TRANSPORT_STATUS 19
/**
 * Number: which of the servers it was, from 0: the last that was tried. CONNECTED, CONNECT_FAILED.
 */
#define MQTTKA_EVENT_SERVER_INDEX 20
/** Number: MQTTKA_TRANSPORT_*: what carries MQTT. CONNECTED, CONNECT_FAILED. */
#define MQTTKA_EVENT_TRANSPORT 21
/**
 * Number: 1 where the resolver had not answered for a second, and an address that an earlier
 * attempt had found was tried, else 0. CONNECTED, CONNECT_FAILED.
 */
#define MQTTKA_EVENT_REMEMBERED_ADDRESS 22
/**
 * Number: 1 where the client goes on by itself, so that a RECONNECTING follows, else 0.
 * DISCONNECTED, CONNECT_FAILED.
 */
#define MQTTKA_EVENT_WILL_RECONNECT 23
/** Number: the MQTTKA_EVENT_ATTEMPT_NUMBER that the attempt to come will have. RECONNECTING. */
#define MQTTKA_EVENT_NEXT_ATTEMPT_NUMBER 24
/** Number: milliseconds until that attempt begins. RECONNECTING. */
#define MQTTKA_EVENT_DELAY_MS 25
/** Number: MQTTKA_STOP_*: why the client does not come back by itself. RECONNECT_STOPPED. */
#define MQTTKA_EVENT_STOP_REASON 26
/**
 * Number: 1 where the client had a session that was to outlive the connection and the broker lost
 * it, else 0. CONNECTED, MOVED.
 */
#define MQTTKA_EVENT_SESSION_LOST 27
/**
 * Number: milliseconds for which there was no connection. CONNECTED, MOVED; not of the client's
 * first connection.
 */
#define MQTTKA_EVENT_OFFLINE_MS 28
/**
 * Number: how many topic filters are subscribed again because the broker no longer has them.
 * CONNECTED, MOVED.
 */
#define MQTTKA_EVENT_RESUBSCRIBED 29
/**
 * Number: how many QoS 1 and 2 publishes of earlier connections are sent again. CONNECTED, MOVED.
 */
#define MQTTKA_EVENT_SENT_AGAIN 30
/**
 * Number: how many publishes were lost with their session since the last connection began; they
 * ended with MQTTKA_ERROR_SESSION_LOST. CONNECTED, MOVED.
 */
#define MQTTKA_EVENT_LOST 31
/**
 * Number: milliseconds until the connection is declared dead if nothing comes. DISCONNECTED,
 * SUSPECT, ALIVE, unless keep-alive and dead-peer timeout are both off.
 */
#define MQTTKA_EVENT_VERDICT_IN_MS 32
/**
 * Number: the smoothed round trip to the broker in microseconds. DISCONNECTED, SUSPECT, ALIVE,
 * where one was measured.
 */
#define MQTTKA_EVENT_ROUND_TRIP_US 33
/**
 * Number: 1 where the connection was under suspicion (MQTTKA_EVENT_SUSPECT), else 0. DISCONNECTED,
 * SUSPECT, ALIVE.
 */
#define MQTTKA_EVENT_SUSPECTED 34
/** Number: how many filters mqttka_event_lost_filter_at() has. SUBSCRIPTIONS_LOST. */
#define MQTTKA_EVENT_LOST_FILTERS 35
/**
 * Number: how long the broker keeps the session after the connection, in seconds; 4,294,967,295:
 * for ever. In MQTT 3.1.1 0 after a clean start, else for ever. CONNECTED, MOVED.
 */
#define MQTTKA_EVENT_SESSION_EXPIRY_INTERVAL 36
/** Number: how many topic aliases the broker takes. CONNECTED, MOVED. */
#define MQTTKA_EVENT_SERVER_TOPIC_ALIAS_MAXIMUM 37
/** Number: 1 where the broker takes filters with wildcards, else 0. CONNECTED, MOVED. */
#define MQTTKA_EVENT_SERVER_WILDCARD_SUBSCRIPTION_AVAILABLE 38
/** Number: 1 where the broker takes subscription identifiers, else 0. CONNECTED, MOVED. */
#define MQTTKA_EVENT_SERVER_SUBSCRIPTION_IDENTIFIERS_AVAILABLE 39
/**
 * Number: 1 where the broker takes `$share/group/filter`, else 0; 1 in MQTT 3.1.1, too, which says
 * nothing of it. CONNECTED, MOVED.
 */
#define MQTTKA_EVENT_SERVER_SHARED_SUBSCRIPTION_AVAILABLE 40
/**
 * String: the broker's Reason String (section 3.2.2.3.9), where it sent one; of SUBSCRIPTIONS_LOST
 * that of the SUBACK that refuses.
 */
#define MQTTKA_EVENT_REASON_STRING 100
/** String: the Client Identifier that the broker assigned. CONNECTED, MOVED, where it did. */
#define MQTTKA_EVENT_ASSIGNED_CLIENT_ID 101
/**
 * String: another server to use (section 4.11), where the broker names one. CONNECTED, MOVED,
 * DISCONNECTED, CONNECT_FAILED, RECONNECTING, RECONNECT_STOPPED.
 */
#define MQTTKA_EVENT_SERVER_REFERENCE 102
/**
 * String: the broker's Response Information (section 3.2.2.3.15). CONNECTED, MOVED, where it sent
 * some.
 */
#define MQTTKA_EVENT_RESPONSE_INFORMATION 103
/**
 * String: the IP address that was tried last, such as "192.0.2.7", the proxy's where there is one.
 * CONNECTED, CONNECT_FAILED, where the attempt came so far; not of a Unix socket.
 */
#define MQTTKA_EVENT_ADDRESS 104
/**
 * String: the host that was tried, as it was set; the path of a Unix socket. CONNECTED,
 * CONNECT_FAILED.
 */
#define MQTTKA_EVENT_HOST 105
/** String: the proxy between, as host:port. CONNECTED, CONNECT_FAILED, where there is one. */
#define MQTTKA_EVENT_PROXY 106
/**
 * String: MQTTKA_EVENT_TRANSPORT_ERROR in words, such as the names that a certificate has. Where
 * there is one.
 */
#define MQTTKA_EVENT_TRANSPORT_MESSAGE 107
/**
 * String: why the connection provider gave nothing. With the cause MQTTKA_CONNECT_ERROR_PROVIDER.
 */
#define MQTTKA_EVENT_PROVIDER_MESSAGE 108
/**
 * String: the authentication method that was used (section 3.2.2.3.17). CONNECTED, MOVED, where
 * there was one.
 */
#define MQTTKA_EVENT_AUTHENTICATION_METHOD 109
/**
 * String: the flight record as a JSON object, on one line: the last 32 packets (directions,
 * types, sizes, times, packet identifiers), the last 8 round trips of pings, what was queued, and
 * how long each stage took; no topic, no payload, no credentials. Its members are only added to.
 * DISCONNECTED, CONNECT_FAILED.
 */
#define MQTTKA_EVENT_RECORD_JSON 110
/**
 * String: mqttka_event_description(), and below it the flight record in words where there is one,
 * some forty lines. All events.
 */
#define MQTTKA_EVENT_DETAIL 111

/**
 * What happened: MQTTKA_EVENT_CONNECTED (1) to MQTTKA_EVENT_MOVED (9); 0 for NULL. Later versions
 * may add types: ignore those you do not know.
 */
int32_t mqttka_event_type(const mqttka_event *event);

/**
 * Reads a number of an event; the MQTTKA_EVENT_* keys that are described as numbers say which
 * events have it.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
 * *value is left as it was.
 */
int32_t mqttka_event_get_int(const mqttka_event *event, int32_t key, int64_t *value);

/**
 * Reads a string of an event. *value is NOT NUL-terminated; it is *length bytes of UTF-8, valid
 * until the callback returns.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
 * *value is NULL and *length 0, where these pointers are not NULL.
 */
int32_t mqttka_event_get_string(const mqttka_event *event,
                                int32_t key,
                                const char **value,
                                size_t *length);

/**
 * Reads a filter that is no longer subscribed (MQTTKA_EVENT_SUBSCRIPTIONS_LOST).
 *
 * index: from 0; MQTTKA_EVENT_LOST_FILTERS tells how many there are.
 * value, length: receive the topic filter; it is NOT NUL-terminated, and valid until the callback
 * returns. error: receives why it is lost, MQTTKA_ERROR_REFUSED for example; may be NULL.
 * reason_code: receives the broker's reason code, -1 where there is none; may be NULL.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last, or another event). On
 * failure *value is NULL and *length 0, where these pointers are not NULL.
 */
int32_t mqttka_event_lost_filter_at(const mqttka_event *event,
                                    size_t index,
                                    const char **value,
                                    size_t *length,
                                    int32_t *error,
                                    int32_t *reason_code);

/**
 * How many User Properties the broker sent with what the event tells of: with CONNACK for
 * CONNECTED and MOVED, with the CONNACK that refuses for CONNECT_FAILED, with DISCONNECT for
 * DISCONNECTED, with the SUBACK that refuses for SUBSCRIPTIONS_LOST. At most 10,000; 0 for other
 * events, or for NULL.
 */
size_t mqttka_event_user_property_count(const mqttka_event *event);

/**
 * Reads the User Property at index, from 0, in the broker's order; as fast for the last as for the
 * first. The strings are NOT NUL-terminated; they are valid until the callback returns.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last). On failure the strings
 * are NULL and their lengths 0, where these pointers are not NULL.
 */
int32_t mqttka_event_user_property_at(const mqttka_event *event,
                                      size_t index,
                                      const char **name,
                                      size_t *name_length,
                                      const char **value,
                                      size_t *value_length);

/**
 * Reads how long a stage of the attempt took, in microseconds, so that a person sees where the
 * time went. CONNECTED and CONNECT_FAILED have each stage that the attempt entered; the last one
 * may have failed. Where several servers were tried, they are those of the last one.
 *
 * stage: MQTTKA_STAGE_*.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (no such stage),
 * MQTTKA_ERROR_NOT_PRESENT (the attempt did not enter it). On failure *value is left as it was.
 */
int32_t mqttka_event_stage_time_us(const mqttka_event *event, int32_t stage, int64_t *value);

/**
 * The event in one line of English, NUL-terminated; for logs. Never NULL. Valid until the
 * callback returns.
 */
const char *mqttka_event_description(const mqttka_event *event);

/*
 * CAUSES
 *
 * Why a connection or an attempt ended: the values of MQTTKA_EVENT_CAUSE and
 * MQTTKA_EVENT_STAGE. No number is both a cause (below 100) and a connect error (from 101).
 */

/** No sign of life came over the path for 1.5 times the keep-alive. */
#define MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT 1
/** The broker's system acknowledged our PINGREQ, but its process did not answer it. */
#define MQTTKA_CAUSE_SERVER_UNRESPONSIVE 2
/** The broker closed the connection without DISCONNECT. */
#define MQTTKA_CAUSE_CLOSED_BY_SERVER 3
/**
 * The operating system ended the connection (reset, unreachable, ...), or TLS or WebSocket did:
 * MQTTKA_EVENT_TRANSPORT_ERROR says what.
 */
#define MQTTKA_CAUSE_TRANSPORT 4
/** The broker sent DISCONNECT; MQTTKA_EVENT_REASON_CODE says why. */
#define MQTTKA_CAUSE_SERVER_DISCONNECT 5
/** The broker's bytes were not what the specification allows. */
#define MQTTKA_CAUSE_PROTOCOL 6
/**
 * The message callback was so slow that the limit was passed
 * (MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES).
 */
#define MQTTKA_CAUSE_INBOUND_OVERFLOW 7
/** mqttka_client_disconnect() was called. */
#define MQTTKA_CAUSE_DISCONNECT_REQUESTED 8
/** mqttka_client_destroy() was called. */
#define MQTTKA_CAUSE_CLIENT_CLOSED 9
/**
 * The system no longer has the connection's local address; found after
 * mqttka_client_network_changed().
 */
#define MQTTKA_CAUSE_NETWORK_LOST 10
/**
 * The library's own engine ended: the program closed its descriptors or the system took what it
 * runs on, or it has a bug.
 */
#define MQTTKA_CAUSE_ENGINE_FAILED 11
/**
 * The system took the socket away, as it does with an app that was frozen or a device that slept.
 */
#define MQTTKA_CAUSE_RECLAIMED_BY_SYSTEM 12
/** A re-authentication failed on this side; mqttka_event_description() says why. */
#define MQTTKA_CAUSE_AUTHENTICATION 13
/** The attempt took too long; MQTTKA_EVENT_STAGE says in which stage it stood. */
#define MQTTKA_CONNECT_ERROR_TIMEOUT 101
/**
 * The name did not resolve, the port refused, the certificate has expired, ...; MQTTKA_EVENT_STAGE
 * says which stage failed, MQTTKA_EVENT_TRANSPORT_ERROR why.
 */
#define MQTTKA_CONNECT_ERROR_TRANSPORT 102
/** The broker closed the connection before CONNACK. */
#define MQTTKA_CONNECT_ERROR_CLOSED_BY_SERVER 103
/** The broker's CONNACK refused; MQTTKA_EVENT_REASON_CODE says why. */
#define MQTTKA_CONNECT_ERROR_REFUSED 104
/** The broker's bytes were not what the specification allows. */
#define MQTTKA_CONNECT_ERROR_PROTOCOL 105
/** mqttka_client_disconnect() was called. */
#define MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED 106
/** mqttka_client_destroy() was called. */
#define MQTTKA_CONNECT_ERROR_CLIENT_CLOSED 107
/** The library's own engine ended; see MQTTKA_CAUSE_ENGINE_FAILED. */
#define MQTTKA_CONNECT_ERROR_ENGINE_FAILED 108
/** The connection provider gave nothing to connect with; MQTTKA_EVENT_PROVIDER_MESSAGE says why. */
#define MQTTKA_CONNECT_ERROR_PROVIDER 109
/**
 * The authenticator gave up, or found that the broker is not the right one;
 * mqttka_event_description() says why.
 */
#define MQTTKA_CONNECT_ERROR_AUTHENTICATION 110
/** Resolving the broker's name. */
#define MQTTKA_STAGE_DNS 1
/** Opening the TCP connection, to the proxy where there is one; or the Unix socket. */
#define MQTTKA_STAGE_TCP 2
/** The TLS handshake. */
#define MQTTKA_STAGE_TLS 3
/** The WebSocket upgrade. */
#define MQTTKA_STAGE_WEBSOCKET 4
/** Waiting for CONNACK. */
#define MQTTKA_STAGE_MQTT 5
/** The proxy's tunnel: between MQTTKA_STAGE_TCP and MQTTKA_STAGE_TLS. */
#define MQTTKA_STAGE_PROXY 6
/** Waiting for the connection provider: before MQTTKA_STAGE_DNS. */
#define MQTTKA_STAGE_PROVIDER 7

/**
 * The name of an MQTTKA_CAUSE_* or MQTTKA_CONNECT_ERROR_* number as logs print it, such as
 * "keep_alive_timeout" or "refused", NUL-terminated. Never NULL; "unknown" for other numbers.
 * Static; not to be freed. Any thread.
 */
const char *mqttka_cause_string(int32_t cause);

/**
 * The name of an MQTTKA_STAGE_* number as logs print it, such as "tcp", NUL-terminated. Never
 * NULL; "unknown" for other numbers. Static; not to be freed. Any thread.
 */
const char *mqttka_stage_string(int32_t stage);

/*
 * REASONS TO STOP
 *
 * Why a client does not try again by itself: the values of MQTTKA_EVENT_STOP_REASON. After those of
 * 1 to 9 trying again cannot help, as a rule; MQTTKA_OPTION_RECONNECT_RETRY_ON makes the client try
 * all the same.
 */

/** The broker refused the User Name, the Password or the client's rights. */
#define MQTTKA_STOP_CREDENTIALS 1
/** The broker refused the Client Identifier. */
#define MQTTKA_STOP_CLIENT_IDENTIFIER 2
/** The broker has banned the client. */
#define MQTTKA_STOP_BANNED 3
/** Another client with the same Client Identifier has connected. */
#define MQTTKA_STOP_SESSION_TAKEN_OVER 4
/** The broker does not speak the protocol version. */
#define MQTTKA_STOP_PROTOCOL_VERSION 5
/**
 * The server's certificate is not valid or not trusted, or the server wants another one of the
 * client.
 */
#define MQTTKA_STOP_CERTIFICATE 6
/** The broker does not take what CONNECT says, the Will for example. */
#define MQTTKA_STOP_CONFIGURATION 7
/**
 * The broker says that another server is to be used, and MQTTKA_OPTION_MAX_REDIRECTS does not let
 * the client follow, or it followed that often.
 */
#define MQTTKA_STOP_MOVED 8
/**
 * Connections in a row ended because the broker's bytes were not what the specification or the
 * client's limits allow.
 */
#define MQTTKA_STOP_PROTOCOL 9
/** As many attempts failed as MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS allows. */
#define MQTTKA_STOP_MAX_ATTEMPTS 20
/** MQTTKA_OPTION_RECONNECT_MAX_TIME_MS has passed. */
#define MQTTKA_STOP_MAX_TIME 21
/** mqttka_client_disconnect() was called while the client waited to try again. */
#define MQTTKA_STOP_DISCONNECT_REQUESTED 22
/** mqttka_client_destroy() was called while the client waited to try again. */
#define MQTTKA_STOP_CLIENT_CLOSED 23
/** The connection provider said that there is nothing to connect with. */
#define MQTTKA_STOP_PROVIDER 24
/** The library's own engine ended; see MQTTKA_CAUSE_ENGINE_FAILED. */
#define MQTTKA_STOP_ENGINE_FAILED 25

/**
 * The name of an MQTTKA_STOP_* number as logs print it, such as "session_taken_over",
 * NUL-terminated. Never NULL; "unknown" for other numbers. Static; not to be freed. Any thread.
 */
const char *mqttka_stop_reason_string(int32_t reason);

/*
 * TRANSPORTS
 *
 * What carries MQTT to the broker, and what can be wrong with it: the values of
 * MQTTKA_OPTION_TRANSPORT, MQTTKA_EVENT_TRANSPORT and MQTTKA_EVENT_TRANSPORT_ERROR.
 */

/** TCP: mqtt://, port 1883. */
#define MQTTKA_TRANSPORT_TCP 1
/** TLS over TCP: mqtts://, port 8883. */
#define MQTTKA_TRANSPORT_TLS 2
/** WebSocket over TCP: ws://, port 80. */
#define MQTTKA_TRANSPORT_WEB_SOCKET 3
/** WebSocket over TLS: wss://, port 443. */
#define MQTTKA_TRANSPORT_WEB_SOCKET_TLS 4
/** A Unix socket: unix://. */
#define MQTTKA_TRANSPORT_UNIX 5
/** The operating system's; MQTTKA_EVENT_OS_ERROR has its number, where there is one. */
#define MQTTKA_TRANSPORT_ERROR_SYSTEM 1
/** The peer closed the connection in the middle of a stage. */
#define MQTTKA_TRANSPORT_ERROR_CLOSED 2
/** The socket hook refused the socket, or has not returned from an earlier call. */
#define MQTTKA_TRANSPORT_ERROR_SOCKET_HOOK 3
/** This build of the library has no such transport. */
#define MQTTKA_TRANSPORT_ERROR_NOT_BUILT 4
/**
 * The system does not let the program reach devices of the local network: it has not the user's
 * permission.
 */
#define MQTTKA_TRANSPORT_ERROR_PERMISSION_LOCAL_NETWORK 5
/** The server's certificate has expired. */
#define MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED 10
/**
 * The server's certificate is not valid yet: its time has not come, or this device's clock is
 * wrong.
 */
#define MQTTKA_TRANSPORT_ERROR_CERTIFICATE_NOT_YET_VALID 11
/** No trusted authority has issued the server's certificate. */
#define MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER 12
/** The server's certificate is for other names; MQTTKA_EVENT_TRANSPORT_MESSAGE says which. */
#define MQTTKA_TRANSPORT_ERROR_WRONG_HOST 13
/** The server's certificate was revoked. */
#define MQTTKA_TRANSPORT_ERROR_CERTIFICATE_REVOKED 14
/** The server's certificate is invalid for another reason, or the verifier refused it. */
#define MQTTKA_TRANSPORT_ERROR_CERTIFICATE_INVALID 15
/** The server's public key is none of the pins. */
#define MQTTKA_TRANSPORT_ERROR_PIN_MISMATCH 16
/**
 * The server refused with a TLS alert; MQTTKA_EVENT_TRANSPORT_STATUS has its number,
 * MQTTKA_EVENT_TRANSPORT_MESSAGE its name.
 */
#define MQTTKA_TRANSPORT_ERROR_TLS_ALERT 17
/** Server and client have no TLS version in common. */
#define MQTTKA_TRANSPORT_ERROR_NO_COMMON_TLS_VERSION 18
/** Server and client have no cipher suite or key exchange in common. */
#define MQTTKA_TRANSPORT_ERROR_NO_COMMON_CIPHER 19
/** The server's bytes are not TLS as its specification has it. */
#define MQTTKA_TRANSPORT_ERROR_TLS_PROTOCOL 20
/** The server did not upgrade to WebSocket; MQTTKA_EVENT_TRANSPORT_STATUS has its HTTP status. */
#define MQTTKA_TRANSPORT_ERROR_UPGRADE_REFUSED 30
/** The server's bytes are not WebSocket as its specification has it. */
#define MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_PROTOCOL 31
/**
 * The server closed the WebSocket; MQTTKA_EVENT_TRANSPORT_STATUS has its close code,
 * MQTTKA_EVENT_TRANSPORT_MESSAGE its reason.
 */
#define MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_CLOSED 32
/**
 * The proxy did not open a tunnel; MQTTKA_EVENT_TRANSPORT_STATUS has its HTTP status or SOCKS
 * reply.
 */
#define MQTTKA_TRANSPORT_ERROR_PROXY_REFUSED 40
/**
 * The proxy wants other credentials; MQTTKA_EVENT_TRANSPORT_STATUS has its HTTP status, where it
 * is an HTTP proxy.
 */
#define MQTTKA_TRANSPORT_ERROR_PROXY_AUTHENTICATION 41
/** The proxy's bytes are not its protocol. */
#define MQTTKA_TRANSPORT_ERROR_PROXY_PROTOCOL 42

/**
 * The name of an MQTTKA_TRANSPORT_* number as logs print it, such as "web_socket_tls",
 * NUL-terminated. Never NULL; "unknown" for other numbers. Static; not to be freed. Any thread.
 */
const char *mqttka_transport_string(int32_t transport);

/**
 * The name of an MQTTKA_TRANSPORT_ERROR_* number as logs print it, such as "unknown_issuer",
 * NUL-terminated. Never NULL; "unknown" for other numbers. Static; not to be freed. Any thread.
 */
const char *mqttka_transport_error_string(int32_t error);

/*
 * MESSAGES
 *
 * A message made by mqttka_message_new() or mqttka_message_clone() is the caller's and is used
 * by one thread at a time. The one that a message callback receives is the library's and valid
 * until the callback returns.
 */

/**
 * Makes a message without properties. Topic and payload are copied.
 *
 * topic: a topic name, without wildcards; topic_length: in bytes, or MQTTKA_NUL_TERMINATED.
 * payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
 * text. qos: 0, 1 or 2.
 * message: receives the message, to be freed with mqttka_message_free(); NULL where this fails.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC,
 * MQTTKA_ERROR_PACKET_TOO_LARGE (a payload that no packet can carry), MQTTKA_ERROR_OUT_OF_MEMORY
 * (for the payload). Any thread.
 */
int32_t mqttka_message_new(const char *topic,
                           size_t topic_length,
                           const void *payload,
                           size_t payload_length,
                           int32_t qos,
                           bool retain,
                           mqttka_message **message);

/**
 * Makes another message with the same content, to be freed with mqttka_message_free(); NULL for
 * NULL. Topic and payload are shared and not copied: cheap, but the clone of a received message
 * keeps the buffer alive in which it came (64 KiB, or the packet where that is larger). Copy what
 * you keep for long. Where the program acknowledges itself, the clone can do so, too
 * (mqttka_message_acknowledge()).
 */
mqttka_message *mqttka_message_clone(const mqttka_message *message);

/**
 * Frees a message; NULL is fine. A message that a callback received is not yours to free: it is
 * left alone.
 */
void mqttka_message_free(mqttka_message *message);

/**
 * The topic, NOT NUL-terminated: *length bytes of UTF-8, valid as long as the message. length may
 * be NULL. NULL for NULL.
 */
const char *mqttka_message_topic(const mqttka_message *message, size_t *length);

/**
 * The payload: *length bytes, valid as long as the message. Not NULL where it is empty. length
 * may be NULL. NULL for NULL.
 */
const uint8_t *mqttka_message_payload(const mqttka_message *message, size_t *length);

/** The QoS, 0 to 2; -1 for NULL. */
int32_t mqttka_message_qos(const mqttka_message *message);

/**
 * Whether the broker keeps the message for later subscribers; on a received one, whether it was
 * such a kept one (section 3.3.1.3). False for NULL.
 */
bool mqttka_message_retain(const mqttka_message *message);

/**
 * Whether this may be a repeated delivery (section 3.3.1.1); of received messages. False for
 * NULL.
 */
bool mqttka_message_dup(const mqttka_message *message);

/**
 * The number of the connection over which the message came (MQTTKA_EVENT_CONNECTION_NUMBER); 0
 * where it was not received, or for NULL.
 */
uint64_t mqttka_message_connection_number(const mqttka_message *message);

/*
 * MESSAGE PROPERTIES
 *
 * MQTT 5.0 only: MQTT 3.1.1 neither sends nor receives them. They bear the specification's
 * numbers (section 2.2.2.2).
 */

/** Number: 0 = bytes, 1 = UTF-8 text (section 3.3.2.3.2). */
#define MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR 1
/** Number: lifetime of the message in seconds, 0 to 4,294,967,295 (section 3.3.2.3.3). */
#define MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL 2
/** String: what the payload is, such as a MIME type (section 3.3.2.3.9). */
#define MQTTKA_PROPERTY_CONTENT_TYPE 3
/** String: the topic for a response, without wildcards (section 3.3.2.3.5). */
#define MQTTKA_PROPERTY_RESPONSE_TOPIC 8
/** Bytes: mark which request a response is for; at most 65,535 bytes (section 3.3.2.3.6). */
#define MQTTKA_PROPERTY_CORRELATION_DATA 9
/**
 * Number: the identifier of the subscription that matched, the first of several (section
 * 3.3.2.3.8). Read only: of received messages.
 */
#define MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER 11
/**
 * Number: seconds before the broker publishes a Will, 0 to 4,294,967,295 (section 3.1.3.2.2). Only
 * for mqttka_options_set_will().
 */
#define MQTTKA_PROPERTY_WILL_DELAY_INTERVAL 24

/**
 * Sets a number, in place of an earlier value.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (out
 * of range, or read only).
 */
int32_t mqttka_message_set_int(mqttka_message *message, int32_t property, int64_t value);

/**
 * Sets a string, in place of an earlier value. It is copied. length: in bytes, or
 * MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_STRING,
 * MQTTKA_ERROR_INVALID_TOPIC (a response topic that is none).
 */
int32_t mqttka_message_set_string(mqttka_message *message,
                                  int32_t property,
                                  const char *value,
                                  size_t length);

/**
 * Sets bytes, in place of an earlier value. They are copied. length: in bytes, or
 * MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (too
 * long).
 */
int32_t mqttka_message_set_bytes(mqttka_message *message,
                                 int32_t property,
                                 const void *value,
                                 size_t length);

/**
 * Adds a User Property (section 3.3.2.3.7); they keep their order, and names may repeat. Copied.
 * Lengths: in bytes, or MQTTKA_NUL_TERMINATED. A message with more than 10,000 properties is
 * refused when it is published.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
 */
int32_t mqttka_message_add_user_property(mqttka_message *message,
                                         const char *name,
                                         size_t name_length,
                                         const char *value,
                                         size_t value_length);

/**
 * Reads a number.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
 * *value is left as it was.
 */
int32_t mqttka_message_get_int(const mqttka_message *message, int32_t property, int64_t *value);

/**
 * Reads a string. *value is NOT NUL-terminated; it is *length bytes of UTF-8, valid as long as
 * the message, and until the property is set again.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
 * *value is NULL and *length 0, where these pointers are not NULL.
 */
int32_t mqttka_message_get_string(const mqttka_message *message,
                                  int32_t property,
                                  const char **value,
                                  size_t *length);

/**
 * Reads bytes: *length of them at *value, valid as long as the message, and until the property is
 * set again.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
 * *value is NULL and *length 0, where these pointers are not NULL.
 */
int32_t mqttka_message_get_bytes(const mqttka_message *message,
                                 int32_t property,
                                 const uint8_t **value,
                                 size_t *length);

/**
 * How many User Properties the message has, at most 10,000 on one that was received; 0 for NULL.
 */
size_t mqttka_message_user_property_count(const mqttka_message *message);

/**
 * Reads the User Property at index, from 0; as fast for the last as for the first. The strings are
 * NOT NUL-terminated; they are valid as long as the message.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last). On failure the strings
 * are NULL and their lengths 0, where these pointers are not NULL.
 */
int32_t mqttka_message_user_property_at(const mqttka_message *message,
                                        size_t index,
                                        const char **name,
                                        size_t *name_length,
                                        const char **value,
                                        size_t *value_length);

/** How many bytes a traceparent has, its NUL included. */
#define MQTTKA_TRACEPARENT_SIZE 56
/** How many bytes a tracestate has at most, its NUL included. */
#define MQTTKA_TRACESTATE_SIZE 513

/**
 * Puts the message into a trace (W3C Trace Context), in place of one in which it was: as its user
 * properties `traceparent` and `tracestate`. Copied. In MQTT 3.1.1, which has no properties, that
 * does nothing.
 *
 * traceparent: such as "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".
 * tracestate: what vendors add, at most 32 members key=value of 512 characters together; NULL with
 * length 0: nothing. Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (one of them is not valid),
 * MQTTKA_ERROR_INVALID_STRING.
 */
int32_t mqttka_message_set_trace_context(mqttka_message *message,
                                         const char *traceparent,
                                         size_t traceparent_length,
                                         const char *tracestate,
                                         size_t tracestate_length);

/**
 * Reads the trace that the message belongs to; both NUL-terminated.
 *
 * traceparent: room for MQTTKA_TRACEPARENT_SIZE bytes. tracestate: room for MQTTKA_TRACESTATE_SIZE
 * bytes; receives "" where there is none, or it is not valid; may be NULL.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (there is none, or it is not valid;
 * nothing was written).
 */
int32_t mqttka_message_get_trace_context(const mqttka_message *message,
                                         char *traceparent,
                                         char *tracestate);

/*
 * ACKNOWLEDGING
 *
 * Where the program acknowledges itself (MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT,
 * mqttka_subscribe_request_set_manual_acknowledgement()), each QoS 1 and 2 message that it is given
 * is to be acknowledged or refused: in the callback, or later, with a mqttka_message_clone(). It
 * may do so in any order among messages, in any thread; PUBACK and PUBREC leave in the order in
 * which the messages came [MQTT-4.6.0-2], so one that is never acknowledged holds those of all
 * later ones back, until the broker sends no more (MQTTKA_OPTION_RECEIVE_MAXIMUM).
 *
 * Where the callback returns, or the last clone is freed, or the stream says done, and neither was
 * said, the message is given back: it comes again, marked mqttka_message_dup(), to the stream that
 * it came from; to the callback that it came to, after a second; where these are gone, to others
 * that match. When the connection is over, acknowledging does no harm, and the broker sends the
 * message again where it keeps the session. A message for several subscriptions is acknowledged
 * when the last of them has taken it, and refused where one refused it.
 */

/**
 * Makes a refusal.
 *
 * reason_code: 0x80 (Unspecified error), 0x83 (Implementation specific error), 0x87 (Not
 * authorized), 0x90 (Topic Name invalid), 0x91 (Packet Identifier in use), 0x97 (Quota exceeded) or
 * 0x99 (Payload format invalid): sections 3.4.2.1 and 3.5.2.1.
 * refusal: receives the refusal; NULL where this fails.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT. Any thread.
 */
int32_t mqttka_refusal_new(int32_t reason_code, mqttka_refusal **refusal);

/** Frees a refusal; NULL is fine. */
void mqttka_refusal_free(mqttka_refusal *refusal);

/**
 * Sets words for whoever looks for the reason (section 3.4.2.2.2). Copied. Left out where the
 * packet would become larger than the broker takes. reason_length: in bytes, or
 * MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING.
 */
int32_t mqttka_refusal_set_reason_string(mqttka_refusal *refusal,
                                         const char *reason,
                                         size_t reason_length);

/**
 * Adds a User Property (section 3.4.2.2.3), 10,000 at most; they keep their order, and names may
 * repeat. Copied. They are left out where the packet would become larger than the broker takes.
 * Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
 */
int32_t mqttka_refusal_add_user_property(mqttka_refusal *refusal,
                                         const char *name,
                                         size_t name_length,
                                         const char *value,
                                         size_t value_length);

/**
 * The program has consumed the message. Only the first word counts, of this and of
 * mqttka_message_refuse(), of the message and its clones. In a forked child it does nothing.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (the message is not the program's to
 * acknowledge: QoS 0, or it acknowledges by itself).
 */
int32_t mqttka_message_acknowledge(const mqttka_message *message);

/**
 * The program does not want the message: the broker hears why, and does not send it again (sections
 * 3.4.2 and 3.5.2). MQTT 5.0 only.
 *
 * reason_code: as for mqttka_refusal_new(). reason: words for whoever looks for the reason; NULL
 * with length 0 for none; reason_length: in bytes, or MQTTKA_NUL_TERMINATED.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING,
 * MQTTKA_ERROR_NOT_SUPPORTED (MQTT 3.1.1 knows no refusal: nothing was said),
 * MQTTKA_ERROR_NOT_PRESENT (as for mqttka_message_acknowledge()), MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_message_refuse(const mqttka_message *message,
                              int32_t reason_code,
                              const char *reason,
                              size_t reason_length);

/**
 * As mqttka_message_refuse(), with all that a refusal can say. The refusal is copied; it stays the
 * caller's and can be used again.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_SUPPORTED, MQTTKA_ERROR_NOT_PRESENT,
 * MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_message_refuse_with(const mqttka_message *message, const mqttka_refusal *refusal);

/*
 * COUNTERS
 *
 * What a client has counted since it was made, over all its connections, and what waits at this
 * moment: one snapshot, under the names that OpenTelemetry's conventions would have them, so that
 * an exporter is one loop. Several entries may have one name; their attributes differ. Names,
 * units, kinds and attributes do not change; later versions may add entries.
 *
 * There are mqttka.client.io (bytes), .packets, .messages.received, .messages.dropped,
 * .messages.unclaimed, .queue.messages, .queue.size, .connections, .reconnects, .disconnects,
 * .connect.failures, .moves, .faults (what MQTTKA_OPTION_TOLERATE tolerated), .packets.not_tapped,
 * .ping.duration (a histogram), .inbound.age and .evidence.age (while connected).
 */

/** A sum that only grows. */
#define MQTTKA_METRIC_COUNTER 1
/** A sum that grows and shrinks. */
#define MQTTKA_METRIC_UP_DOWN_COUNTER 2
/** A value of this moment that makes no sense as a sum. */
#define MQTTKA_METRIC_GAUGE 3
/** How values are distributed; it only grows: mqttka_counters_bucket_at(). */
#define MQTTKA_METRIC_HISTOGRAM 4

/**
 * Takes a snapshot of what a client counts. So cheap that it may be taken every second.
 *
 * counters: receives the snapshot; NULL where this fails. To be freed with mqttka_counters_free().
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_client_counters(mqttka_client *client, mqttka_counters **counters);

/** Frees a snapshot; NULL is fine. */
void mqttka_counters_free(mqttka_counters *counters);

/** How many entries a snapshot has; 0 for NULL. */
size_t mqttka_counters_count(const mqttka_counters *counters);

/**
 * The name of the entry at index, from 0, such as "mqttka.client.packets": NUL-terminated, valid as
 * long as the snapshot. NULL past the last one, or for NULL.
 */
const char *mqttka_counters_name(const mqttka_counters *counters, size_t index);

/**
 * Its unit as UCUM has it, such as "By" or "{packet}", as mqttka_counters_name() gives the name.
 */
const char *mqttka_counters_unit(const mqttka_counters *counters, size_t index);

/** What it counts, in one sentence, as mqttka_counters_name() gives the name. */
const char *mqttka_counters_description(const mqttka_counters *counters, size_t index);

/** What kind of instrument it is: MQTTKA_METRIC_*. 0 past the last one, or for NULL. */
int32_t mqttka_counters_kind(const mqttka_counters *counters, size_t index);

/**
 * Reads one of the attributes of the entry at index, such as "network.io.direction" and "transmit":
 * NUL-terminated, valid as long as the snapshot.
 *
 * attribute: from 0.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last one). On failure *name and
 * *value are left as they were.
 */
int32_t mqttka_counters_attribute_at(const mqttka_counters *counters,
                                     size_t index,
                                     size_t attribute,
                                     const char **name,
                                     const char **value);

/**
 * Reads an entry that is a whole number, as all are but times: those whose unit is "s".
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (a time, or past the last one). On failure
 * *value is left as it was.
 */
int32_t mqttka_counters_get_int(const mqttka_counters *counters, size_t index, int64_t *value);

/**
 * Reads any entry as a real number: times in seconds, of a histogram the sum of its values.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last one). On failure *value is
 * left as it was.
 */
int32_t mqttka_counters_get_double(const mqttka_counters *counters, size_t index, double *value);

/**
 * Reads a bucket of a histogram.
 *
 * bucket: from 0. upper_bound: receives its upper bound in seconds, which is included; infinity of
 * the last one; may be NULL. count: receives how many values fell into it.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (no histogram, or past the last one). On
 * failure nothing is written.
 */
int32_t mqttka_counters_bucket_at(const mqttka_counters *counters,
                                  size_t index,
                                  size_t bucket,
                                  double *upper_bound,
                                  int64_t *count);

/*
 * PACKET TAP
 *
 * A callback that sees each packet that is sent or received, over every connection: for debugging,
 * and for tests. Payloads and topics are in it; credentials are not. Without one it costs nothing.
 */

/**
 * Sees a packet: one call at a time, in order, on the threads of message callbacks, beside the
 * client's callbacks. It may block: up to 1,024 packets or 8 MiB then wait, and further ones are
 * dropped and counted (MQTTKA_PACKET_DROPPED_BEFORE, mqttka_client_counters()). It may call
 * everything; it must return (no longjmp, no C++ exception, no pthread_exit). The packet is valid
 * until it returns. A call may go on while the client is being destroyed; none begins after
 * `terminated` has returned. user_data is that of mqttka_options_set_packet_tap().
 */
typedef void (*mqttka_packet_tap_fn)(const mqttka_packet *packet, void *user_data);

/** MQTTKA_DIRECTION_SENT or MQTTKA_DIRECTION_RECEIVED. */
#define MQTTKA_PACKET_DIRECTION 1
/** When its last byte passed, in microseconds since the client was made. */
#define MQTTKA_PACKET_TIME_US 2
/** The number of the connection that it went over (MQTTKA_EVENT_CONNECTION_NUMBER). */
#define MQTTKA_PACKET_CONNECTION_NUMBER 3
/** The MQTT Control Packet type (section 2.1.2), 1 to 15. */
#define MQTTKA_PACKET_TYPE 4
/** The Packet Identifier, where it has one. */
#define MQTTKA_PACKET_ID 5
/** Its size in bytes, fixed header included. */
#define MQTTKA_PACKET_SIZE 6
/** How many packets before it were not shown, as the callback was too slow. */
#define MQTTKA_PACKET_DROPPED_BEFORE 7
/** From the client to the broker. */
#define MQTTKA_DIRECTION_SENT 1
/** From the broker to the client. */
#define MQTTKA_DIRECTION_RECEIVED 0

/**
 * Sets what sees each packet, in place of what was set before; NULL: nothing, the default
 * (user_data then stays the caller's, and destructor is not called).
 *
 * user_data: what the tap receives; it is used on threads of the library. destructor: releases it;
 * NULL: nothing to release. As for mqttka_options_set_socket_hook(), it passes to these options and
 * to all clients that are made with them.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
 */
int32_t mqttka_options_set_packet_tap(mqttka_options *options,
                                      mqttka_packet_tap_fn tap,
                                      void *user_data,
                                      mqttka_destructor_fn destructor);

/**
 * Reads a number of a packet: MQTTKA_PACKET_*.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
 * *value is left as it was.
 */
int32_t mqttka_packet_get_int(const mqttka_packet *packet, int32_t key, int64_t *value);

/**
 * Its bytes as on the wire, the first 65,536 of them where it has more: *length bytes, valid until
 * the tap returns. In CONNECT, CONNACK and AUTH each byte of user name, password and Authentication
 * Data is an asterisk. length may be NULL. NULL for NULL.
 */
const uint8_t *mqttka_packet_bytes(const mqttka_packet *packet, size_t *length);

/*
 * TOPICS
 *
 * Whether a message's topic is one that a filter asks for, by the rules of section 4.7, as the
 * library itself decides which callback or stream gets a message.
 */

/**
 * Whether messages of a topic belong to a topic filter: `+` stands for one level, `#` at the end
 * for any number of them, none included; a filter that begins with either matches no topic that
 * begins with `$`. Of `$share/group/filter` its filter counts. Needs no client. Any thread.
 *
 * filter_length, topic_length: in bytes, or MQTTKA_NUL_TERMINATED.
 * matches: receives the answer; on failure it is false.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_TOPIC (mqttka_last_error() says whether
 * filter or topic is none), MQTTKA_ERROR_OUT_OF_MEMORY.
 */
int32_t mqttka_topic_matches(const char *filter,
                             size_t filter_length,
                             const char *topic,
                             size_t topic_length,
                             bool *matches);

/*
 * LOGS
 *
 * What the library says of itself, for people who look for a fault: never a payload or a password,
 * and topics in two warnings alone: of messages that nobody takes, and of a stream that nobody
 * reads. Without a callback it says nothing, and it writes nowhere.
 */

/**
 * One thing that the library says. Called on a thread of the library, one call at a time, in order;
 * never inside one of your calls. text: one line of English, NUL-terminated, valid until the
 * callback returns. user_data is that of mqttka_set_log_callback().
 */
typedef void (*mqttka_log_fn)(int32_t level, const char *text, void *user_data);

/** The library cannot do what it should. */
#define MQTTKA_LOG_ERROR 1
/** Something needs attention: a stream that nobody reads, messages that nobody took. */
#define MQTTKA_LOG_WARN 2
/** Not used today. */
#define MQTTKA_LOG_INFO 3
/**
 * What happens to a connection: name resolution, attempts, CONNACK, subscriptions, pings, its end.
 */
#define MQTTKA_LOG_DEBUG 4
/** Each packet: its kind, size and identifier. */
#define MQTTKA_LOG_TRACE 5

/**
 * Sets the callback for logs, one for the process: it hears of all clients. The last one set
 * stands; an earlier one may still be called once while this returns. It may block: up to 1,024
 * records then wait, and further ones are dropped and counted in a record of their own. Before the
 * first mqttka_client_new() or later. Any thread.
 *
 * level: MQTTKA_LOG_*; records of this level and of smaller numbers come.
 * callback: NULL: nobody any more. user_data: what callback receives; used on the library's
 * threads until the process ends or another callback was set and none of this one runs.
 *
 * MQTTKA_OK, MQTTKA_ERROR_INVALID_ARGUMENT (level), MQTTKA_ERROR_STARTUP, MQTTKA_ERROR_FORKED.
 */
int32_t mqttka_set_log_callback(int32_t level, mqttka_log_fn callback, void *user_data);

/*
 * WHAT WAS NEGOTIATED
 *
 * The present connection's CONNACK (section 3.2) with its defaults filled in, at any time: from
 * before MQTTKA_EVENT_CONNECTED is told until the connection's end, and that of the newer one from
 * MQTTKA_EVENT_MOVED on. The keys are those of these events.
 */

/**
 * Reads a number that was negotiated.
 *
 * key: MQTTKA_EVENT_*, one that MQTTKA_EVENT_CONNECTED has of the broker or of the session, such
 * as MQTTKA_EVENT_SERVER_MAXIMUM_QOS.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT (there is
 * no connection, or it has no such value), MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. On failure
 * *value is left as it was.
 */
int32_t mqttka_client_get_negotiated_int(mqttka_client *client, int32_t key, int64_t *value);

/**
 * Reads a string that was negotiated, into memory of the caller.
 *
 * key: MQTTKA_EVENT_ASSIGNED_CLIENT_ID, _RESPONSE_INFORMATION, _SERVER_REFERENCE, _REASON_STRING
 * or _AUTHENTICATION_METHOD.
 * buffer: receives the string with a NUL behind it; cut where capacity bytes, NUL included, are
 * too few. NULL with capacity 0: only its length is asked for.
 * length: receives the whole length in bytes, without the NUL.
 *
 * Errors as for mqttka_client_get_negotiated_int(). On failure nothing is written.
 */
int32_t mqttka_client_get_negotiated_string(mqttka_client *client,
                                            int32_t key,
                                            char *buffer,
                                            size_t capacity,
                                            size_t *length);

/**
 * How many User Properties the present connection's CONNACK has, at most 10,000; 0 where there is
 * no connection, in a forked child, or for NULL.
 */
size_t mqttka_client_negotiated_user_property_count(mqttka_client *client);

/**
 * Reads the User Property at index, from 0, of the present connection's CONNACK, into memory of
 * the caller: it may be another connection's the next time.
 *
 * name, value: receive the strings with a NUL behind them; cut where name_capacity and
 * value_capacity bytes, NUL included, are too few. NULL with capacity 0: only the length is asked
 * for. name_length, value_length: receive the whole lengths in bytes, without the NUL.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last, or there is no
 * connection), MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. On failure nothing is written.
 */
int32_t mqttka_client_get_negotiated_user_property(mqttka_client *client,
                                                   size_t index,
                                                   char *name,
                                                   size_t name_capacity,
                                                   size_t *name_length,
                                                   char *value,
                                                   size_t value_capacity,
                                                   size_t *value_length);

/*
 * STATUS
 *
 * What is known of a client at this moment; for health checks and metrics.
 */

/** MQTTKA_STATE_*. */
#define MQTTKA_STATUS_STATE 1
/** The number of the last connection attempt; 0 before the first. */
#define MQTTKA_STATUS_CONNECTION_NUMBER 2
/**
 * The effective keep-alive of the connection in seconds; what was asked for where there is none.
 */
#define MQTTKA_STATUS_KEEP_ALIVE 3
/** Milliseconds since the last byte of the broker. While connected. */
#define MQTTKA_STATUS_LAST_INBOUND_AGE_MS 4
/**
 * Milliseconds since the last sign of life: a byte of the broker, or its system's acknowledgement
 * of bytes of ours. While connected.
 */
#define MQTTKA_STATUS_LAST_EVIDENCE_AGE_MS 5
/** PINGREQs that have no answer yet. While connected. */
#define MQTTKA_STATUS_UNANSWERED_PINGS 6
/** Milliseconds since the oldest of them. While connected and one waits. */
#define MQTTKA_STATUS_OLDEST_PING_AGE_MS 7
/**
 * Milliseconds until the connection is declared dead if nothing comes. While connected, unless
 * keep-alive and dead-peer timeout are both off.
 */
#define MQTTKA_STATUS_VERDICT_IN_MS 8
/** Bytes of the MQTT stream received, over all connections. */
#define MQTTKA_STATUS_BYTES_RECEIVED 9
/** Bytes of the MQTT stream sent, over all connections. */
#define MQTTKA_STATUS_BYTES_SENT 10
/** Messages received, over all connections, dropped ones included. */
#define MQTTKA_STATUS_MESSAGES_RECEIVED 11
/**
 * QoS 0 messages dropped because the message callback was too slow
 * (MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES).
 */
#define MQTTKA_STATUS_MESSAGES_DROPPED 12
/** Operations that wait to be sent or acknowledged. */
#define MQTTKA_STATUS_OUTBOUND_QUEUE_MESSAGES 13
/** Their bytes. */
#define MQTTKA_STATUS_OUTBOUND_QUEUE_BYTES 14
/** Bytes of messages that wait for the message callback, or for streams and other callbacks. */
#define MQTTKA_STATUS_INBOUND_QUEUE_BYTES 15
/**
 * Messages that no callback and no stream took within MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS. They were
 * acknowledged and dropped.
 */
#define MQTTKA_STATUS_MESSAGES_UNCLAIMED 16
/**
 * Messages that wait in the stream that withholds the acknowledgements of all later ones. While
 * one does; it matters where MQTTKA_STATUS_HELD_BACK_SINCE_MS is long.
 */
#define MQTTKA_STATUS_HELD_BACK_MESSAGES 17
/** Their bytes. While a stream holds back. */
#define MQTTKA_STATUS_HELD_BACK_BYTES 18
/** Milliseconds for which the oldest of them has waited. While a stream holds back. */
#define MQTTKA_STATUS_HELD_BACK_SINCE_MS 19
/** Milliseconds until the next attempt begins by itself. While MQTTKA_STATE_RECONNECTING. */
#define MQTTKA_STATUS_NEXT_ATTEMPT_IN_MS 20
/**
 * Milliseconds for which there has been no connection. After the first one, while there is none.
 */
#define MQTTKA_STATUS_OFFLINE_MS 21
/**
 * MQTTKA_NETWORK_*: what was last said of the system's network, by the program
 * (mqttka_client_network_changed(), _network_is()) or by the library's monitor. Once something was.
 */
#define MQTTKA_STATUS_NETWORK_CHANGE 22
/** Whether its traffic costs: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES. As the one before. */
#define MQTTKA_STATUS_NETWORK_METERED 23
/**
 * Whether the system has found the internet behind it: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES. As
 * the one before.
 */
#define MQTTKA_STATUS_NETWORK_VALIDATED 24
/**
 * Whether a captive portal stands before the internet: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES. As
 * the one before.
 */
#define MQTTKA_STATUS_NETWORK_CAPTIVE_PORTAL 25
/** The smoothed round trip to the broker in microseconds. While connected, once it was measured. */
#define MQTTKA_STATUS_ROUND_TRIP_US 26
/**
 * 1 where something that was sent has been unanswered for several round trips
 * (MQTTKA_EVENT_SUSPECT), else 0. While connected.
 */
#define MQTTKA_STATUS_SUSPECTED 27
/**
 * String: the filters of the stream that holds back, or of the handler that acknowledges itself,
 * separated by spaces; "#" for one of all messages. While one does.
 */
#define MQTTKA_STATUS_HELD_BACK_FILTER 100
/** String: the name of the network of MQTTKA_STATUS_NETWORK_CHANGE. Where one was given. */
#define MQTTKA_STATUS_NETWORK_ID 101
/** Not connected, and not trying. */
#define MQTTKA_STATE_IDLE 0
/** A connection attempt is under way. */
#define MQTTKA_STATE_CONNECTING 1
/** Connected. */
#define MQTTKA_STATE_CONNECTED 2
/** mqttka_client_disconnect() was called; the DISCONNECT is on its way. */
#define MQTTKA_STATE_DISCONNECTING 3
/** Destroyed. */
#define MQTTKA_STATE_CLOSED 4
/** Not connected; the next attempt comes by itself. */
#define MQTTKA_STATE_RECONNECTING 5

/**
 * Reads a number of a client: MQTTKA_STATUS_*. Cheap, and works after a destroy too, as long as
 * the pointer is valid.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT (there is
 * no such value now), MQTTKA_ERROR_FORKED. On failure *value is left as it was.
 */
int32_t mqttka_client_get_int(mqttka_client *client, int32_t status, int64_t *value);

/**
 * Reads a string of a client, into memory of the caller: MQTTKA_STATUS_HELD_BACK_FILTER or
 * MQTTKA_STATUS_NETWORK_ID.
 *
 * buffer: receives the string with a NUL behind it; cut where capacity bytes, NUL included, are too
 * few. NULL with capacity 0: only its length is asked for.
 * length: receives the whole length in bytes, without the NUL.
 *
 * MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT (there is
 * no such value now), MQTTKA_ERROR_FORKED. On failure nothing is written.
 */
int32_t mqttka_client_get_string(mqttka_client *client,
                                 int32_t status,
                                 char *buffer,
                                 size_t capacity,
                                 size_t *length);

#ifdef __cplusplus
}
#endif

#endif /* MQTTKA_H */
