/* CONTRACT of include/mqttka.h (names, numbers and signatures are fixed; ffi/ generates the real header with cbindgen). */
#ifndef MQTTKA_H
#define MQTTKA_H
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#define MQTTKA_VERSION "0.1.0"
#define MQTTKA_ABI_VERSION 1           /* mqttka_check_abi(MQTTKA_ABI_VERSION) == MQTTKA_OK */
#define MQTTKA_NUL_TERMINATED SIZE_MAX /* as a string's length: it ends at its NUL */

/* --- errors (int32_t; one sequence, never reused) --- */
#define MQTTKA_OK 0
#define MQTTKA_ERROR_INVALID_ARGUMENT 1
#define MQTTKA_ERROR_INVALID_TOPIC 2
#define MQTTKA_ERROR_INVALID_STRING 3
#define MQTTKA_ERROR_NOT_CONNECTED 4
#define MQTTKA_ERROR_ALREADY_CONNECTED 5
#define MQTTKA_ERROR_QUEUE_FULL 6
#define MQTTKA_ERROR_PACKET_TOO_LARGE 7
#define MQTTKA_ERROR_CLOSED 8
#define MQTTKA_ERROR_FORKED 9
#define MQTTKA_ERROR_STARTUP 10
#define MQTTKA_ERROR_REFUSED 20
#define MQTTKA_ERROR_DISCONNECTED 21
#define MQTTKA_ERROR_SESSION_LOST 22
#define MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER 23
#define MQTTKA_ERROR_NULL 40            /* a pointer that must not be NULL is */
#define MQTTKA_ERROR_UNKNOWN_OPTION 41  /* this library does not know that number */
#define MQTTKA_ERROR_ABI_MISMATCH 42
#define MQTTKA_ERROR_WOULD_DEADLOCK 43  /* blocking destroy from inside a callback */
#define MQTTKA_ERROR_TIMED_OUT 44       /* blocking destroy: callbacks still run */
#define MQTTKA_ERROR_NOT_PRESENT 45     /* a getter: this event/message/result has no such value */
#define MQTTKA_ERROR_PANIC 46           /* a bug in mqttka, caught at the border */

/* --- options: ints (mqttka_options_set_int) --- */
#define MQTTKA_OPTION_PORT 1                        /* 1..65535, default 1883 */
#define MQTTKA_OPTION_PROTOCOL_VERSION 2            /* 4 = 3.1.1, 5 = 5.0 (default) */
#define MQTTKA_OPTION_KEEP_ALIVE 3                  /* seconds, 0..65535, default 60 */
#define MQTTKA_OPTION_CLEAN_START 4                 /* 0/1, default 1 (clean session in 3.1.1) */
#define MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL 5     /* seconds, 5.0 only, default 0 */
#define MQTTKA_OPTION_CONNECT_TIMEOUT_MS 6          /* 0 = default: min(1.5 x keep-alive, 30 s) */
#define MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS 7        /* 0 = off (default): L14, an own bound for K = 0 or long K */
#define MQTTKA_OPTION_RECEIVE_MAXIMUM 8             /* ours, 1..65535, default 1024 */
#define MQTTKA_OPTION_MAXIMUM_PACKET_SIZE 9         /* ours (inbound), default 16 MiB, 5.0 tells the broker */
#define MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES 10 /* default 65536 */
#define MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES 11   /* default 32 MiB */
#define MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES 12    /* default 16 MiB: above it QoS 0 is dropped (counted); above twice + one packet: disconnect INBOUND_OVERFLOW */
#define MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION 13 /* 0/1 */
#define MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION 14  /* 0/1, default 1 */
/* strings (mqttka_options_set_string) */
#define MQTTKA_OPTION_HOST 100        /* name or IP address; required */
#define MQTTKA_OPTION_CLIENT_ID 101   /* default empty: the broker assigns one */
#define MQTTKA_OPTION_USER_NAME 102
/* bytes (mqttka_options_set_bytes) */
#define MQTTKA_OPTION_PASSWORD 200

typedef struct mqttka_options mqttka_options;
typedef struct mqttka_client  mqttka_client;
typedef struct mqttka_event   mqttka_event;    /* valid during its callback */
typedef struct mqttka_message mqttka_message;  /* from mqttka_message_new/_clone: free it; in a callback: valid during it */
typedef struct mqttka_result  mqttka_result;   /* valid during its callback */
typedef struct mqttka_subscribe_request mqttka_subscribe_request;

typedef void (*mqttka_event_fn)(mqttka_client *client, const mqttka_event *event, void *user_data);        /* lifecycle lane */
typedef void (*mqttka_message_fn)(mqttka_client *client, const mqttka_message *message, void *user_data);  /* message lane */
typedef void (*mqttka_terminated_fn)(void *user_data);                                                     /* last callback */
typedef void (*mqttka_completion_fn)(mqttka_client *client, const mqttka_result *result, void *user_data); /* message lane; exactly once per accepted call */
typedef void (*mqttka_destructor_fn)(void *user_data);   /* after the last callback */

const char *mqttka_version(void);
uint32_t    mqttka_abi_version(void);
int32_t     mqttka_check_abi(uint32_t header_abi_version);
const char *mqttka_strerror(int32_t error);            /* never NULL, static */
const char *mqttka_last_error(void);                   /* thread-local detail of the last failed call on this thread; "" if none; valid until the next failing call on this thread */
const char *mqttka_reason_code_string(int32_t reason_code);  /* static, never NULL */
const char *mqttka_cause_string(int32_t cause);        /* "keep_alive_timeout", ...; static, never NULL */

mqttka_options *mqttka_options_new(void);
void    mqttka_options_free(mqttka_options *options);
int32_t mqttka_options_set_int(mqttka_options *options, int32_t option, int64_t value);
int32_t mqttka_options_set_string(mqttka_options *options, int32_t option, const char *value, size_t length);
int32_t mqttka_options_set_bytes(mqttka_options *options, int32_t option, const void *value, size_t length);
int32_t mqttka_options_add_user_property(mqttka_options *options, const char *name, size_t name_length, const char *value, size_t value_length);
int32_t mqttka_options_set_will(mqttka_options *options, const mqttka_message *will); /* copied; NULL clears */
int32_t mqttka_options_set_event_callback(mqttka_options *options, mqttka_event_fn callback);
int32_t mqttka_options_set_message_callback(mqttka_options *options, mqttka_message_fn callback);
int32_t mqttka_options_set_terminated_callback(mqttka_options *options, mqttka_terminated_fn callback);
int32_t mqttka_options_set_user_data(mqttka_options *options, void *user_data, mqttka_destructor_fn destructor); /* destructor may be NULL; ownership passes to the client at a successful mqttka_client_new (options then can't be used for a second client while it has a destructor: INVALID_ARGUMENT); until then options_free runs it */

int32_t mqttka_client_new(mqttka_options *options, mqttka_client **client); /* options stay the caller's */
int32_t mqttka_client_connect(mqttka_client *client);     /* outcome: event CONNECTED or CONNECT_FAILED */
int32_t mqttka_client_disconnect(mqttka_client *client);
int32_t mqttka_client_disconnect_with(mqttka_client *client, int32_t reason_code); /* 0x00 or 0x04 (with will), 0x80.. */
int32_t mqttka_client_publish(mqttka_client *client, const char *topic, size_t topic_length, const void *payload, size_t payload_length, int32_t qos, bool retain, mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_publish_message(mqttka_client *client, const mqttka_message *message, mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_subscribe(mqttka_client *client, const char *filter, size_t filter_length, int32_t qos, mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_unsubscribe(mqttka_client *client, const char *filter, size_t filter_length, mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_send_subscribe(mqttka_client *client, const mqttka_subscribe_request *request, mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_get_int(mqttka_client *client, int32_t status, int64_t *value);   /* MQTTKA_STATUS_* */
int32_t mqttka_client_destroy(mqttka_client *client);     /* never blocks; `terminated` follows; pointer valid until terminated returned */
int32_t mqttka_client_destroy_and_wait(mqttka_client *client, int64_t timeout_ms); /* <0: for ever */

mqttka_subscribe_request *mqttka_subscribe_request_new(void);
void    mqttka_subscribe_request_free(mqttka_subscribe_request *request);
int32_t mqttka_subscribe_request_add(mqttka_subscribe_request *request, const char *filter, size_t filter_length, int32_t qos, uint32_t flags);
#define MQTTKA_SUBSCRIBE_NO_LOCAL 0x1
#define MQTTKA_SUBSCRIBE_RETAIN_AS_PUBLISHED 0x2
#define MQTTKA_SUBSCRIBE_RETAIN_IF_NEW 0x4
#define MQTTKA_SUBSCRIBE_RETAIN_NEVER 0x8
int32_t mqttka_subscribe_request_set_subscription_identifier(mqttka_subscribe_request *request, uint32_t identifier);
int32_t mqttka_subscribe_request_add_user_property(mqttka_subscribe_request *request, const char *name, size_t name_length, const char *value, size_t value_length);

/* --- status (mqttka_client_get_int), durations in ms --- */
#define MQTTKA_STATUS_STATE 1                 /* MQTTKA_STATE_* */
#define MQTTKA_STATUS_CONNECTION_NUMBER 2
#define MQTTKA_STATUS_KEEP_ALIVE 3            /* effective, seconds */
#define MQTTKA_STATUS_LAST_INBOUND_AGE_MS 4   /* since I; NOT_PRESENT while not connected */
#define MQTTKA_STATUS_LAST_EVIDENCE_AGE_MS 5  /* since E */
#define MQTTKA_STATUS_UNANSWERED_PINGS 6
#define MQTTKA_STATUS_OLDEST_PING_AGE_MS 7    /* NOT_PRESENT where none waits */
#define MQTTKA_STATUS_VERDICT_IN_MS 8         /* until the connection is declared dead, if nothing comes */
#define MQTTKA_STATUS_BYTES_RECEIVED 9
#define MQTTKA_STATUS_BYTES_SENT 10
#define MQTTKA_STATUS_MESSAGES_RECEIVED 11
#define MQTTKA_STATUS_MESSAGES_DROPPED 12     /* inbound QoS 0 dropped because the application was slow */
#define MQTTKA_STATUS_OUTBOUND_QUEUE_MESSAGES 13
#define MQTTKA_STATUS_OUTBOUND_QUEUE_BYTES 14
#define MQTTKA_STATUS_INBOUND_QUEUE_BYTES 15
#define MQTTKA_STATE_IDLE 0
#define MQTTKA_STATE_CONNECTING 1
#define MQTTKA_STATE_CONNECTED 2
#define MQTTKA_STATE_DISCONNECTING 3
#define MQTTKA_STATE_CLOSED 4

/* --- events --- */
#define MQTTKA_EVENT_CONNECTED 1
#define MQTTKA_EVENT_DISCONNECTED 2
#define MQTTKA_EVENT_CONNECT_FAILED 3
int32_t mqttka_event_type(const mqttka_event *event);  /* 0 for NULL */
int32_t mqttka_event_get_int(const mqttka_event *event, int32_t key, int64_t *value);
const char *mqttka_event_description(const mqttka_event *event); /* one line of English, NUL-terminated, valid during the callback */
#define MQTTKA_EVENT_CONNECTION_NUMBER 1
#define MQTTKA_EVENT_ATTEMPT_NUMBER 2
#define MQTTKA_EVENT_CAUSE 3             /* DISCONNECTED: MQTTKA_CAUSE_*; CONNECT_FAILED: MQTTKA_CONNECT_ERROR_* */
#define MQTTKA_EVENT_REASON_CODE 4       /* the broker's, where it sent one (CONNACK, DISCONNECT), or the one that a protocol error deserves */
#define MQTTKA_EVENT_STAGE 5             /* CONNECT_FAILED: MQTTKA_STAGE_* */
#define MQTTKA_EVENT_OS_ERROR 6
#define MQTTKA_EVENT_SESSION_PRESENT 7   /* CONNECTED */
#define MQTTKA_EVENT_KEEP_ALIVE 8        /* effective, seconds */
#define MQTTKA_EVENT_LAST_INBOUND_AGE_MS 9    /* DISCONNECTED: as of the verdict */
#define MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS 10
#define MQTTKA_EVENT_UNANSWERED_PINGS 11
#define MQTTKA_EVENT_OLDEST_PING_AGE_MS 12
#define MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM 13     /* CONNECTED: what the broker announced */
#define MQTTKA_EVENT_SERVER_MAXIMUM_PACKET_SIZE 14
#define MQTTKA_EVENT_SERVER_MAXIMUM_QOS 15
#define MQTTKA_EVENT_SERVER_RETAIN_AVAILABLE 16
int32_t mqttka_event_get_string(const mqttka_event *event, int32_t key, const char **value, size_t *length);
#define MQTTKA_EVENT_REASON_STRING 100
#define MQTTKA_EVENT_ASSIGNED_CLIENT_ID 101
#define MQTTKA_EVENT_SERVER_REFERENCE 102
#define MQTTKA_EVENT_RESPONSE_INFORMATION 103

#define MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT 1
#define MQTTKA_CAUSE_SERVER_UNRESPONSIVE 2
#define MQTTKA_CAUSE_CLOSED_BY_SERVER 3
#define MQTTKA_CAUSE_TRANSPORT 4
#define MQTTKA_CAUSE_SERVER_DISCONNECT 5
#define MQTTKA_CAUSE_PROTOCOL 6
#define MQTTKA_CAUSE_INBOUND_OVERFLOW 7
#define MQTTKA_CAUSE_DISCONNECT_REQUESTED 8
#define MQTTKA_CAUSE_CLIENT_CLOSED 9
#define MQTTKA_CONNECT_ERROR_TIMEOUT 1
#define MQTTKA_CONNECT_ERROR_TRANSPORT 2
#define MQTTKA_CONNECT_ERROR_CLOSED_BY_SERVER 3
#define MQTTKA_CONNECT_ERROR_REFUSED 4
#define MQTTKA_CONNECT_ERROR_PROTOCOL 5
#define MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED 6
#define MQTTKA_CONNECT_ERROR_CLIENT_CLOSED 7
#define MQTTKA_STAGE_DNS 1
#define MQTTKA_STAGE_TCP 2
#define MQTTKA_STAGE_TLS 3
#define MQTTKA_STAGE_WEBSOCKET 4
#define MQTTKA_STAGE_MQTT 5

/* --- results of operations --- */
int32_t mqttka_result_error(const mqttka_result *result);        /* MQTTKA_OK or MQTTKA_ERROR_* */
int32_t mqttka_result_reason_code(const mqttka_result *result);  /* the reason code (the first failing one of several, else the first), -1 where there is none */
size_t  mqttka_result_reason_code_count(const mqttka_result *result);
int32_t mqttka_result_reason_code_at(const mqttka_result *result, size_t index); /* one per filter; -1 past the end */
int32_t mqttka_result_packet_id(const mqttka_result *result);    /* 0 for QoS 0 */
int32_t mqttka_result_get_reason_string(const mqttka_result *result, const char **value, size_t *length);

/* --- messages --- */
int32_t mqttka_message_new(const char *topic, size_t topic_length, const void *payload, size_t payload_length, int32_t qos, bool retain, mqttka_message **message);
mqttka_message *mqttka_message_clone(const mqttka_message *message);
void    mqttka_message_free(mqttka_message *message);
const char    *mqttka_message_topic(const mqttka_message *message, size_t *length);   /* NOT NUL-terminated */
const uint8_t *mqttka_message_payload(const mqttka_message *message, size_t *length);
int32_t mqttka_message_qos(const mqttka_message *message);
bool    mqttka_message_retain(const mqttka_message *message);
bool    mqttka_message_dup(const mqttka_message *message);
uint64_t mqttka_message_connection_number(const mqttka_message *message); /* 0: not received */
int32_t mqttka_message_set_int(mqttka_message *message, int32_t property, int64_t value);
int32_t mqttka_message_set_string(mqttka_message *message, int32_t property, const char *value, size_t length);
int32_t mqttka_message_set_bytes(mqttka_message *message, int32_t property, const void *value, size_t length);
int32_t mqttka_message_add_user_property(mqttka_message *message, const char *name, size_t name_length, const char *value, size_t value_length);
int32_t mqttka_message_get_int(const mqttka_message *message, int32_t property, int64_t *value);
int32_t mqttka_message_get_string(const mqttka_message *message, int32_t property, const char **value, size_t *length);
int32_t mqttka_message_get_bytes(const mqttka_message *message, int32_t property, const uint8_t **value, size_t *length);
size_t  mqttka_message_user_property_count(const mqttka_message *message);
int32_t mqttka_message_user_property_at(const mqttka_message *message, size_t index, const char **name, size_t *name_length, const char **value, size_t *value_length);
/* property numbers are the specification's (section 2.2.2.2) */
#define MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR 0x01
#define MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL 0x02
#define MQTTKA_PROPERTY_CONTENT_TYPE 0x03
#define MQTTKA_PROPERTY_RESPONSE_TOPIC 0x08
#define MQTTKA_PROPERTY_CORRELATION_DATA 0x09
#define MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER 0x0b
#define MQTTKA_PROPERTY_WILL_DELAY_INTERVAL 0x18
#endif
