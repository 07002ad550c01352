/*
 * The binary interface as it was released. Numbers and signatures below are never changed: an
 * entry that no longer compiles says that programs in the field would break.
 */
#include <mqttka.h>

#include <stddef.h>

#include "expect.h"

/* The numbers. */
_Static_assert(MQTTKA_ABI_VERSION == 1, "MQTTKA_ABI_VERSION");
_Static_assert(MQTTKA_NUL_TERMINATED == SIZE_MAX, "MQTTKA_NUL_TERMINATED");
_Static_assert(MQTTKA_OK == 0, "MQTTKA_OK");
_Static_assert(MQTTKA_ERROR_INVALID_ARGUMENT == 1, "MQTTKA_ERROR_INVALID_ARGUMENT");
_Static_assert(MQTTKA_ERROR_INVALID_TOPIC == 2, "MQTTKA_ERROR_INVALID_TOPIC");
_Static_assert(MQTTKA_ERROR_INVALID_STRING == 3, "MQTTKA_ERROR_INVALID_STRING");
_Static_assert(MQTTKA_ERROR_NOT_CONNECTED == 4, "MQTTKA_ERROR_NOT_CONNECTED");
_Static_assert(MQTTKA_ERROR_ALREADY_CONNECTED == 5, "MQTTKA_ERROR_ALREADY_CONNECTED");
_Static_assert(MQTTKA_ERROR_QUEUE_FULL == 6, "MQTTKA_ERROR_QUEUE_FULL");
_Static_assert(MQTTKA_ERROR_PACKET_TOO_LARGE == 7, "MQTTKA_ERROR_PACKET_TOO_LARGE");
_Static_assert(MQTTKA_ERROR_CLOSED == 8, "MQTTKA_ERROR_CLOSED");
_Static_assert(MQTTKA_ERROR_FORKED == 9, "MQTTKA_ERROR_FORKED");
_Static_assert(MQTTKA_ERROR_STARTUP == 10, "MQTTKA_ERROR_STARTUP");
_Static_assert(MQTTKA_ERROR_OUT_OF_MEMORY == 11, "MQTTKA_ERROR_OUT_OF_MEMORY");
_Static_assert(MQTTKA_ERROR_REFUSED == 20, "MQTTKA_ERROR_REFUSED");
_Static_assert(MQTTKA_ERROR_DISCONNECTED == 21, "MQTTKA_ERROR_DISCONNECTED");
_Static_assert(MQTTKA_ERROR_SESSION_LOST == 22, "MQTTKA_ERROR_SESSION_LOST");
_Static_assert(MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER == 23, "MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER");
_Static_assert(MQTTKA_ERROR_WRONG_REASON_CODE_COUNT == 24, "MQTTKA_ERROR_WRONG_REASON_CODE_COUNT");
_Static_assert(MQTTKA_ERROR_NULL == 40, "MQTTKA_ERROR_NULL");
_Static_assert(MQTTKA_ERROR_UNKNOWN_OPTION == 41, "MQTTKA_ERROR_UNKNOWN_OPTION");
_Static_assert(MQTTKA_ERROR_ABI_MISMATCH == 42, "MQTTKA_ERROR_ABI_MISMATCH");
_Static_assert(MQTTKA_ERROR_WOULD_DEADLOCK == 43, "MQTTKA_ERROR_WOULD_DEADLOCK");
_Static_assert(MQTTKA_ERROR_TIMED_OUT == 44, "MQTTKA_ERROR_TIMED_OUT");
_Static_assert(MQTTKA_ERROR_NOT_PRESENT == 45, "MQTTKA_ERROR_NOT_PRESENT");
_Static_assert(MQTTKA_ERROR_PANIC == 46, "MQTTKA_ERROR_PANIC");
_Static_assert(MQTTKA_OPTION_PORT == 1, "MQTTKA_OPTION_PORT");
_Static_assert(MQTTKA_OPTION_PROTOCOL_VERSION == 2, "MQTTKA_OPTION_PROTOCOL_VERSION");
_Static_assert(MQTTKA_OPTION_KEEP_ALIVE == 3, "MQTTKA_OPTION_KEEP_ALIVE");
_Static_assert(MQTTKA_OPTION_CLEAN_START == 4, "MQTTKA_OPTION_CLEAN_START");
_Static_assert(MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL == 5, "MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL");
_Static_assert(MQTTKA_OPTION_CONNECT_TIMEOUT_MS == 6, "MQTTKA_OPTION_CONNECT_TIMEOUT_MS");
_Static_assert(MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS == 7, "MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS");
_Static_assert(MQTTKA_OPTION_RECEIVE_MAXIMUM == 8, "MQTTKA_OPTION_RECEIVE_MAXIMUM");
_Static_assert(MQTTKA_OPTION_MAXIMUM_PACKET_SIZE == 9, "MQTTKA_OPTION_MAXIMUM_PACKET_SIZE");
_Static_assert(MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES == 10, "MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES");
_Static_assert(MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES == 11, "MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES");
_Static_assert(MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES == 12, "MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES");
_Static_assert(MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION == 13, "MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION");
_Static_assert(MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION == 14, "MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION");
_Static_assert(MQTTKA_OPTION_HOST == 100, "MQTTKA_OPTION_HOST");
_Static_assert(MQTTKA_OPTION_CLIENT_ID == 101, "MQTTKA_OPTION_CLIENT_ID");
_Static_assert(MQTTKA_OPTION_USER_NAME == 102, "MQTTKA_OPTION_USER_NAME");
_Static_assert(MQTTKA_OPTION_PASSWORD == 200, "MQTTKA_OPTION_PASSWORD");
_Static_assert(MQTTKA_SUBSCRIBE_NO_LOCAL == 0x1, "MQTTKA_SUBSCRIBE_NO_LOCAL");
_Static_assert(MQTTKA_SUBSCRIBE_RETAIN_AS_PUBLISHED == 0x2, "MQTTKA_SUBSCRIBE_RETAIN_AS_PUBLISHED");
_Static_assert(MQTTKA_SUBSCRIBE_RETAIN_IF_NEW == 0x4, "MQTTKA_SUBSCRIBE_RETAIN_IF_NEW");
_Static_assert(MQTTKA_SUBSCRIBE_RETAIN_NEVER == 0x8, "MQTTKA_SUBSCRIBE_RETAIN_NEVER");
_Static_assert(MQTTKA_STATUS_STATE == 1, "MQTTKA_STATUS_STATE");
_Static_assert(MQTTKA_STATUS_CONNECTION_NUMBER == 2, "MQTTKA_STATUS_CONNECTION_NUMBER");
_Static_assert(MQTTKA_STATUS_KEEP_ALIVE == 3, "MQTTKA_STATUS_KEEP_ALIVE");
_Static_assert(MQTTKA_STATUS_LAST_INBOUND_AGE_MS == 4, "MQTTKA_STATUS_LAST_INBOUND_AGE_MS");
_Static_assert(MQTTKA_STATUS_LAST_EVIDENCE_AGE_MS == 5, "MQTTKA_STATUS_LAST_EVIDENCE_AGE_MS");
_Static_assert(MQTTKA_STATUS_UNANSWERED_PINGS == 6, "MQTTKA_STATUS_UNANSWERED_PINGS");
_Static_assert(MQTTKA_STATUS_OLDEST_PING_AGE_MS == 7, "MQTTKA_STATUS_OLDEST_PING_AGE_MS");
_Static_assert(MQTTKA_STATUS_VERDICT_IN_MS == 8, "MQTTKA_STATUS_VERDICT_IN_MS");
_Static_assert(MQTTKA_STATUS_BYTES_RECEIVED == 9, "MQTTKA_STATUS_BYTES_RECEIVED");
_Static_assert(MQTTKA_STATUS_BYTES_SENT == 10, "MQTTKA_STATUS_BYTES_SENT");
_Static_assert(MQTTKA_STATUS_MESSAGES_RECEIVED == 11, "MQTTKA_STATUS_MESSAGES_RECEIVED");
_Static_assert(MQTTKA_STATUS_MESSAGES_DROPPED == 12, "MQTTKA_STATUS_MESSAGES_DROPPED");
_Static_assert(MQTTKA_STATUS_OUTBOUND_QUEUE_MESSAGES == 13, "MQTTKA_STATUS_OUTBOUND_QUEUE_MESSAGES");
_Static_assert(MQTTKA_STATUS_OUTBOUND_QUEUE_BYTES == 14, "MQTTKA_STATUS_OUTBOUND_QUEUE_BYTES");
_Static_assert(MQTTKA_STATUS_INBOUND_QUEUE_BYTES == 15, "MQTTKA_STATUS_INBOUND_QUEUE_BYTES");
_Static_assert(MQTTKA_STATE_IDLE == 0, "MQTTKA_STATE_IDLE");
_Static_assert(MQTTKA_STATE_CONNECTING == 1, "MQTTKA_STATE_CONNECTING");
_Static_assert(MQTTKA_STATE_CONNECTED == 2, "MQTTKA_STATE_CONNECTED");
_Static_assert(MQTTKA_STATE_DISCONNECTING == 3, "MQTTKA_STATE_DISCONNECTING");
_Static_assert(MQTTKA_STATE_CLOSED == 4, "MQTTKA_STATE_CLOSED");
_Static_assert(MQTTKA_EVENT_CONNECTED == 1, "MQTTKA_EVENT_CONNECTED");
_Static_assert(MQTTKA_EVENT_DISCONNECTED == 2, "MQTTKA_EVENT_DISCONNECTED");
_Static_assert(MQTTKA_EVENT_CONNECT_FAILED == 3, "MQTTKA_EVENT_CONNECT_FAILED");
_Static_assert(MQTTKA_EVENT_CONNECTION_NUMBER == 1, "MQTTKA_EVENT_CONNECTION_NUMBER");
_Static_assert(MQTTKA_EVENT_ATTEMPT_NUMBER == 2, "MQTTKA_EVENT_ATTEMPT_NUMBER");
_Static_assert(MQTTKA_EVENT_CAUSE == 3, "MQTTKA_EVENT_CAUSE");
_Static_assert(MQTTKA_EVENT_REASON_CODE == 4, "MQTTKA_EVENT_REASON_CODE");
_Static_assert(MQTTKA_EVENT_STAGE == 5, "MQTTKA_EVENT_STAGE");
_Static_assert(MQTTKA_EVENT_OS_ERROR == 6, "MQTTKA_EVENT_OS_ERROR");
_Static_assert(MQTTKA_EVENT_SESSION_PRESENT == 7, "MQTTKA_EVENT_SESSION_PRESENT");
_Static_assert(MQTTKA_EVENT_KEEP_ALIVE == 8, "MQTTKA_EVENT_KEEP_ALIVE");
_Static_assert(MQTTKA_EVENT_LAST_INBOUND_AGE_MS == 9, "MQTTKA_EVENT_LAST_INBOUND_AGE_MS");
_Static_assert(MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS == 10, "MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS");
_Static_assert(MQTTKA_EVENT_UNANSWERED_PINGS == 11, "MQTTKA_EVENT_UNANSWERED_PINGS");
_Static_assert(MQTTKA_EVENT_OLDEST_PING_AGE_MS == 12, "MQTTKA_EVENT_OLDEST_PING_AGE_MS");
_Static_assert(MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM == 13, "MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM");
_Static_assert(MQTTKA_EVENT_SERVER_MAXIMUM_PACKET_SIZE == 14, "MQTTKA_EVENT_SERVER_MAXIMUM_PACKET_SIZE");
_Static_assert(MQTTKA_EVENT_SERVER_MAXIMUM_QOS == 15, "MQTTKA_EVENT_SERVER_MAXIMUM_QOS");
_Static_assert(MQTTKA_EVENT_SERVER_RETAIN_AVAILABLE == 16, "MQTTKA_EVENT_SERVER_RETAIN_AVAILABLE");
_Static_assert(MQTTKA_EVENT_REASON_STRING == 100, "MQTTKA_EVENT_REASON_STRING");
_Static_assert(MQTTKA_EVENT_ASSIGNED_CLIENT_ID == 101, "MQTTKA_EVENT_ASSIGNED_CLIENT_ID");
_Static_assert(MQTTKA_EVENT_SERVER_REFERENCE == 102, "MQTTKA_EVENT_SERVER_REFERENCE");
_Static_assert(MQTTKA_EVENT_RESPONSE_INFORMATION == 103, "MQTTKA_EVENT_RESPONSE_INFORMATION");
_Static_assert(MQTTKA_EVENT_ADDRESS == 104, "MQTTKA_EVENT_ADDRESS");
_Static_assert(MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT == 1, "MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT");
_Static_assert(MQTTKA_CAUSE_SERVER_UNRESPONSIVE == 2, "MQTTKA_CAUSE_SERVER_UNRESPONSIVE");
_Static_assert(MQTTKA_CAUSE_CLOSED_BY_SERVER == 3, "MQTTKA_CAUSE_CLOSED_BY_SERVER");
_Static_assert(MQTTKA_CAUSE_TRANSPORT == 4, "MQTTKA_CAUSE_TRANSPORT");
_Static_assert(MQTTKA_CAUSE_SERVER_DISCONNECT == 5, "MQTTKA_CAUSE_SERVER_DISCONNECT");
_Static_assert(MQTTKA_CAUSE_PROTOCOL == 6, "MQTTKA_CAUSE_PROTOCOL");
_Static_assert(MQTTKA_CAUSE_INBOUND_OVERFLOW == 7, "MQTTKA_CAUSE_INBOUND_OVERFLOW");
_Static_assert(MQTTKA_CAUSE_DISCONNECT_REQUESTED == 8, "MQTTKA_CAUSE_DISCONNECT_REQUESTED");
_Static_assert(MQTTKA_CAUSE_CLIENT_CLOSED == 9, "MQTTKA_CAUSE_CLIENT_CLOSED");
_Static_assert(MQTTKA_CAUSE_NETWORK_LOST == 10, "MQTTKA_CAUSE_NETWORK_LOST");
_Static_assert(MQTTKA_CAUSE_ENGINE_FAILED == 11, "MQTTKA_CAUSE_ENGINE_FAILED");
_Static_assert(MQTTKA_NETWORK_LOST == 1, "MQTTKA_NETWORK_LOST");
_Static_assert(MQTTKA_NETWORK_AVAILABLE == 2, "MQTTKA_NETWORK_AVAILABLE");
_Static_assert(MQTTKA_NETWORK_CHANGED == 3, "MQTTKA_NETWORK_CHANGED");
_Static_assert(MQTTKA_CONNECT_ERROR_TIMEOUT == 101, "MQTTKA_CONNECT_ERROR_TIMEOUT");
_Static_assert(MQTTKA_CONNECT_ERROR_TRANSPORT == 102, "MQTTKA_CONNECT_ERROR_TRANSPORT");
_Static_assert(MQTTKA_CONNECT_ERROR_CLOSED_BY_SERVER == 103, "MQTTKA_CONNECT_ERROR_CLOSED_BY_SERVER");
_Static_assert(MQTTKA_CONNECT_ERROR_REFUSED == 104, "MQTTKA_CONNECT_ERROR_REFUSED");
_Static_assert(MQTTKA_CONNECT_ERROR_PROTOCOL == 105, "MQTTKA_CONNECT_ERROR_PROTOCOL");
_Static_assert(MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED == 106, "MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED");
_Static_assert(MQTTKA_CONNECT_ERROR_CLIENT_CLOSED == 107, "MQTTKA_CONNECT_ERROR_CLIENT_CLOSED");
_Static_assert(MQTTKA_CONNECT_ERROR_ENGINE_FAILED == 108, "MQTTKA_CONNECT_ERROR_ENGINE_FAILED");
_Static_assert(MQTTKA_STAGE_DNS == 1, "MQTTKA_STAGE_DNS");
_Static_assert(MQTTKA_STAGE_TCP == 2, "MQTTKA_STAGE_TCP");
_Static_assert(MQTTKA_STAGE_TLS == 3, "MQTTKA_STAGE_TLS");
_Static_assert(MQTTKA_STAGE_WEBSOCKET == 4, "MQTTKA_STAGE_WEBSOCKET");
_Static_assert(MQTTKA_STAGE_MQTT == 5, "MQTTKA_STAGE_MQTT");
_Static_assert(MQTTKA_OPTION_TRANSPORT == 17, "MQTTKA_OPTION_TRANSPORT");
_Static_assert(MQTTKA_OPTION_TLS_RESUMPTION == 18, "MQTTKA_OPTION_TLS_RESUMPTION");
_Static_assert(MQTTKA_OPTION_TLS_KEY_LOG == 19, "MQTTKA_OPTION_TLS_KEY_LOG");
_Static_assert(MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE == 20, "MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE");
_Static_assert(MQTTKA_OPTION_MULTIPATH_TCP == 21, "MQTTKA_OPTION_MULTIPATH_TCP");
_Static_assert(MQTTKA_OPTION_PATH == 103, "MQTTKA_OPTION_PATH");
_Static_assert(MQTTKA_OPTION_TLS_CA_FILE == 104, "MQTTKA_OPTION_TLS_CA_FILE");
_Static_assert(MQTTKA_OPTION_TLS_CERTIFICATE_FILE == 105, "MQTTKA_OPTION_TLS_CERTIFICATE_FILE");
_Static_assert(MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE == 106, "MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE");
_Static_assert(MQTTKA_OPTION_TLS_SERVER_NAME == 107, "MQTTKA_OPTION_TLS_SERVER_NAME");
_Static_assert(MQTTKA_OPTION_PROXY == 108, "MQTTKA_OPTION_PROXY");
_Static_assert(MQTTKA_OPTION_INTERFACE == 109, "MQTTKA_OPTION_INTERFACE");
_Static_assert(MQTTKA_OPTION_LOCAL_ADDRESS == 110, "MQTTKA_OPTION_LOCAL_ADDRESS");
_Static_assert(MQTTKA_OPTION_TLS_CA == 201, "MQTTKA_OPTION_TLS_CA");
_Static_assert(MQTTKA_OPTION_TLS_CERTIFICATE == 202, "MQTTKA_OPTION_TLS_CERTIFICATE");
_Static_assert(MQTTKA_OPTION_TLS_PRIVATE_KEY == 203, "MQTTKA_OPTION_TLS_PRIVATE_KEY");
_Static_assert(MQTTKA_OPTION_TLS_PRIVATE_KEY_PASSWORD == 204, "MQTTKA_OPTION_TLS_PRIVATE_KEY_PASSWORD");
_Static_assert(MQTTKA_EVENT_TRANSPORT_ERROR == 18, "MQTTKA_EVENT_TRANSPORT_ERROR");
_Static_assert(MQTTKA_EVENT_TRANSPORT_STATUS == 19, "MQTTKA_EVENT_TRANSPORT_STATUS");
_Static_assert(MQTTKA_EVENT_SERVER_INDEX == 20, "MQTTKA_EVENT_SERVER_INDEX");
_Static_assert(MQTTKA_EVENT_TRANSPORT == 21, "MQTTKA_EVENT_TRANSPORT");
_Static_assert(MQTTKA_EVENT_REMEMBERED_ADDRESS == 22, "MQTTKA_EVENT_REMEMBERED_ADDRESS");
_Static_assert(MQTTKA_EVENT_PROXY == 106, "MQTTKA_EVENT_PROXY");
_Static_assert(MQTTKA_EVENT_TRANSPORT_MESSAGE == 107, "MQTTKA_EVENT_TRANSPORT_MESSAGE");
_Static_assert(MQTTKA_STAGE_PROXY == 6, "MQTTKA_STAGE_PROXY");
_Static_assert(MQTTKA_TRANSPORT_TCP == 1, "MQTTKA_TRANSPORT_TCP");
_Static_assert(MQTTKA_TRANSPORT_TLS == 2, "MQTTKA_TRANSPORT_TLS");
_Static_assert(MQTTKA_TRANSPORT_WEB_SOCKET == 3, "MQTTKA_TRANSPORT_WEB_SOCKET");
_Static_assert(MQTTKA_TRANSPORT_WEB_SOCKET_TLS == 4, "MQTTKA_TRANSPORT_WEB_SOCKET_TLS");
_Static_assert(MQTTKA_TRANSPORT_UNIX == 5, "MQTTKA_TRANSPORT_UNIX");
_Static_assert(MQTTKA_TRANSPORT_ERROR_SYSTEM == 1, "MQTTKA_TRANSPORT_ERROR_SYSTEM");
_Static_assert(MQTTKA_TRANSPORT_ERROR_CLOSED == 2, "MQTTKA_TRANSPORT_ERROR_CLOSED");
_Static_assert(MQTTKA_TRANSPORT_ERROR_SOCKET_HOOK == 3, "MQTTKA_TRANSPORT_ERROR_SOCKET_HOOK");
_Static_assert(MQTTKA_TRANSPORT_ERROR_NOT_BUILT == 4, "MQTTKA_TRANSPORT_ERROR_NOT_BUILT");
_Static_assert(MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED == 10, "MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED");
_Static_assert(MQTTKA_TRANSPORT_ERROR_CERTIFICATE_NOT_YET_VALID == 11, "MQTTKA_TRANSPORT_ERROR_CERTIFICATE_NOT_YET_VALID");
_Static_assert(MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER == 12, "MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER");
_Static_assert(MQTTKA_TRANSPORT_ERROR_WRONG_HOST == 13, "MQTTKA_TRANSPORT_ERROR_WRONG_HOST");
_Static_assert(MQTTKA_TRANSPORT_ERROR_CERTIFICATE_REVOKED == 14, "MQTTKA_TRANSPORT_ERROR_CERTIFICATE_REVOKED");
_Static_assert(MQTTKA_TRANSPORT_ERROR_CERTIFICATE_INVALID == 15, "MQTTKA_TRANSPORT_ERROR_CERTIFICATE_INVALID");
_Static_assert(MQTTKA_TRANSPORT_ERROR_PIN_MISMATCH == 16, "MQTTKA_TRANSPORT_ERROR_PIN_MISMATCH");
_Static_assert(MQTTKA_TRANSPORT_ERROR_TLS_ALERT == 17, "MQTTKA_TRANSPORT_ERROR_TLS_ALERT");
_Static_assert(MQTTKA_TRANSPORT_ERROR_NO_COMMON_TLS_VERSION == 18, "MQTTKA_TRANSPORT_ERROR_NO_COMMON_TLS_VERSION");
_Static_assert(MQTTKA_TRANSPORT_ERROR_NO_COMMON_CIPHER == 19, "MQTTKA_TRANSPORT_ERROR_NO_COMMON_CIPHER");
_Static_assert(MQTTKA_TRANSPORT_ERROR_TLS_PROTOCOL == 20, "MQTTKA_TRANSPORT_ERROR_TLS_PROTOCOL");
_Static_assert(MQTTKA_TRANSPORT_ERROR_UPGRADE_REFUSED == 30, "MQTTKA_TRANSPORT_ERROR_UPGRADE_REFUSED");
_Static_assert(MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_PROTOCOL == 31, "MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_PROTOCOL");
_Static_assert(MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_CLOSED == 32, "MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_CLOSED");
_Static_assert(MQTTKA_TRANSPORT_ERROR_PROXY_REFUSED == 40, "MQTTKA_TRANSPORT_ERROR_PROXY_REFUSED");
_Static_assert(MQTTKA_TRANSPORT_ERROR_PROXY_AUTHENTICATION == 41, "MQTTKA_TRANSPORT_ERROR_PROXY_AUTHENTICATION");
_Static_assert(MQTTKA_TRANSPORT_ERROR_PROXY_PROTOCOL == 42, "MQTTKA_TRANSPORT_ERROR_PROXY_PROTOCOL");
_Static_assert(MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR == 0x01, "MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR");
_Static_assert(MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL == 0x02, "MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL");
_Static_assert(MQTTKA_PROPERTY_CONTENT_TYPE == 0x03, "MQTTKA_PROPERTY_CONTENT_TYPE");
_Static_assert(MQTTKA_PROPERTY_RESPONSE_TOPIC == 0x08, "MQTTKA_PROPERTY_RESPONSE_TOPIC");
_Static_assert(MQTTKA_PROPERTY_CORRELATION_DATA == 0x09, "MQTTKA_PROPERTY_CORRELATION_DATA");
_Static_assert(MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER == 0x0b, "MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER");
_Static_assert(MQTTKA_PROPERTY_WILL_DELAY_INTERVAL == 0x18, "MQTTKA_PROPERTY_WILL_DELAY_INTERVAL");
_Static_assert(MQTTKA_ERROR_EVENTS_NOT_TAKEN == 12, "MQTTKA_ERROR_EVENTS_NOT_TAKEN");
_Static_assert(MQTTKA_ERROR_UNSUBSCRIBED == 47, "MQTTKA_ERROR_UNSUBSCRIBED");
_Static_assert(MQTTKA_OPTION_MAX_INFLIGHT == 15, "MQTTKA_OPTION_MAX_INFLIGHT");
_Static_assert(MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS == 16, "MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS");
_Static_assert(MQTTKA_STREAM_OUTLIVES_CONNECTIONS == 1, "MQTTKA_STREAM_OUTLIVES_CONNECTIONS");
_Static_assert(MQTTKA_STATUS_MESSAGES_UNCLAIMED == 16, "MQTTKA_STATUS_MESSAGES_UNCLAIMED");
_Static_assert(MQTTKA_STATUS_HELD_BACK_MESSAGES == 17, "MQTTKA_STATUS_HELD_BACK_MESSAGES");
_Static_assert(MQTTKA_STATUS_HELD_BACK_BYTES == 18, "MQTTKA_STATUS_HELD_BACK_BYTES");
_Static_assert(MQTTKA_STATUS_HELD_BACK_SINCE_MS == 19, "MQTTKA_STATUS_HELD_BACK_SINCE_MS");
_Static_assert(MQTTKA_STATUS_HELD_BACK_FILTER == 100, "MQTTKA_STATUS_HELD_BACK_FILTER");
_Static_assert(MQTTKA_EVENT_PORT == 17, "MQTTKA_EVENT_PORT");
_Static_assert(MQTTKA_EVENT_HOST == 105, "MQTTKA_EVENT_HOST");
_Static_assert(MQTTKA_LOG_ERROR == 1, "MQTTKA_LOG_ERROR");
_Static_assert(MQTTKA_LOG_WARN == 2, "MQTTKA_LOG_WARN");
_Static_assert(MQTTKA_LOG_INFO == 3, "MQTTKA_LOG_INFO");
_Static_assert(MQTTKA_LOG_DEBUG == 4, "MQTTKA_LOG_DEBUG");
_Static_assert(MQTTKA_LOG_TRACE == 5, "MQTTKA_LOG_TRACE");
_Static_assert(MQTTKA_ERROR_EXPIRED == 25, "MQTTKA_ERROR_EXPIRED");
_Static_assert(MQTTKA_ERROR_OPERATION_TIMED_OUT == 26, "MQTTKA_ERROR_OPERATION_TIMED_OUT");
_Static_assert(MQTTKA_ERROR_DROPPED == 27, "MQTTKA_ERROR_DROPPED");
_Static_assert(MQTTKA_ERROR_POISON == 28, "MQTTKA_ERROR_POISON");
_Static_assert(MQTTKA_ERROR_ALREADY_ANSWERED == 48, "MQTTKA_ERROR_ALREADY_ANSWERED");
_Static_assert(MQTTKA_OPTION_RECONNECT == 22, "MQTTKA_OPTION_RECONNECT");
_Static_assert(MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS == 23, "MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS");
_Static_assert(MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS == 24, "MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS");
_Static_assert(MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS == 25, "MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS");
_Static_assert(MQTTKA_OPTION_RECONNECT_MAX_TIME_MS == 26, "MQTTKA_OPTION_RECONNECT_MAX_TIME_MS");
_Static_assert(MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS == 27, "MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS");
_Static_assert(MQTTKA_OPTION_RECONNECT_RETRY_ON == 28, "MQTTKA_OPTION_RECONNECT_RETRY_ON");
_Static_assert(MQTTKA_OPTION_FALLBACK_TO_V311 == 29, "MQTTKA_OPTION_FALLBACK_TO_V311");
_Static_assert(MQTTKA_OPTION_MAX_REDIRECTS == 30, "MQTTKA_OPTION_MAX_REDIRECTS");
_Static_assert(MQTTKA_OPTION_QUEUE_POLICY == 31, "MQTTKA_OPTION_QUEUE_POLICY");
_Static_assert(MQTTKA_OPTION_LOST_QOS1 == 32, "MQTTKA_OPTION_LOST_QOS1");
_Static_assert(MQTTKA_OPTION_LOST_QOS2 == 33, "MQTTKA_OPTION_LOST_QOS2");
_Static_assert(MQTTKA_OPTION_POISON_AFTER == 34, "MQTTKA_OPTION_POISON_AFTER");
_Static_assert(MQTTKA_OPTION_CLEAN_START_ON_BACKLOG == 35, "MQTTKA_OPTION_CLEAN_START_ON_BACKLOG");
_Static_assert(MQTTKA_OPTION_MAKE_BEFORE_BREAK == 36, "MQTTKA_OPTION_MAKE_BEFORE_BREAK");
_Static_assert(MQTTKA_OPTION_ADAPTIVE_PING == 37, "MQTTKA_OPTION_ADAPTIVE_PING");
_Static_assert(MQTTKA_OPTION_NETWORK_MONITOR == 38, "MQTTKA_OPTION_NETWORK_MONITOR");
_Static_assert(MQTTKA_OPTION_RECONNECT_FACTOR == 300, "MQTTKA_OPTION_RECONNECT_FACTOR");
_Static_assert(MQTTKA_QUEUE_REFUSE_NEWEST == 0, "MQTTKA_QUEUE_REFUSE_NEWEST");
_Static_assert(MQTTKA_QUEUE_DROP_OLDEST_QOS0 == 1, "MQTTKA_QUEUE_DROP_OLDEST_QOS0");
_Static_assert(MQTTKA_QUEUE_DROP_OLDEST == 2, "MQTTKA_QUEUE_DROP_OLDEST");
_Static_assert(MQTTKA_LOST_PUBLISH_AGAIN == 0, "MQTTKA_LOST_PUBLISH_AGAIN");
_Static_assert(MQTTKA_LOST_FAIL == 1, "MQTTKA_LOST_FAIL");
_Static_assert(MQTTKA_UNKNOWN == 0, "MQTTKA_UNKNOWN");
_Static_assert(MQTTKA_NO == 1, "MQTTKA_NO");
_Static_assert(MQTTKA_YES == 2, "MQTTKA_YES");
_Static_assert(MQTTKA_EVENT_RECONNECTING == 4, "MQTTKA_EVENT_RECONNECTING");
_Static_assert(MQTTKA_EVENT_RECONNECT_STOPPED == 5, "MQTTKA_EVENT_RECONNECT_STOPPED");
_Static_assert(MQTTKA_EVENT_SUBSCRIPTIONS_LOST == 6, "MQTTKA_EVENT_SUBSCRIPTIONS_LOST");
_Static_assert(MQTTKA_EVENT_SUSPECT == 7, "MQTTKA_EVENT_SUSPECT");
_Static_assert(MQTTKA_EVENT_ALIVE == 8, "MQTTKA_EVENT_ALIVE");
_Static_assert(MQTTKA_EVENT_MOVED == 9, "MQTTKA_EVENT_MOVED");
_Static_assert(MQTTKA_EVENT_WILL_RECONNECT == 23, "MQTTKA_EVENT_WILL_RECONNECT");
_Static_assert(MQTTKA_EVENT_NEXT_ATTEMPT_NUMBER == 24, "MQTTKA_EVENT_NEXT_ATTEMPT_NUMBER");
_Static_assert(MQTTKA_EVENT_DELAY_MS == 25, "MQTTKA_EVENT_DELAY_MS");
_Static_assert(MQTTKA_EVENT_STOP_REASON == 26, "MQTTKA_EVENT_STOP_REASON");
_Static_assert(MQTTKA_EVENT_SESSION_LOST == 27, "MQTTKA_EVENT_SESSION_LOST");
_Static_assert(MQTTKA_EVENT_OFFLINE_MS == 28, "MQTTKA_EVENT_OFFLINE_MS");
_Static_assert(MQTTKA_EVENT_RESUBSCRIBED == 29, "MQTTKA_EVENT_RESUBSCRIBED");
_Static_assert(MQTTKA_EVENT_SENT_AGAIN == 30, "MQTTKA_EVENT_SENT_AGAIN");
_Static_assert(MQTTKA_EVENT_LOST == 31, "MQTTKA_EVENT_LOST");
_Static_assert(MQTTKA_EVENT_VERDICT_IN_MS == 32, "MQTTKA_EVENT_VERDICT_IN_MS");
_Static_assert(MQTTKA_EVENT_ROUND_TRIP_US == 33, "MQTTKA_EVENT_ROUND_TRIP_US");
_Static_assert(MQTTKA_EVENT_SUSPECTED == 34, "MQTTKA_EVENT_SUSPECTED");
_Static_assert(MQTTKA_EVENT_LOST_FILTERS == 35, "MQTTKA_EVENT_LOST_FILTERS");
_Static_assert(MQTTKA_EVENT_PROVIDER_MESSAGE == 108, "MQTTKA_EVENT_PROVIDER_MESSAGE");
_Static_assert(MQTTKA_CAUSE_RECLAIMED_BY_SYSTEM == 12, "MQTTKA_CAUSE_RECLAIMED_BY_SYSTEM");
_Static_assert(MQTTKA_CONNECT_ERROR_PROVIDER == 109, "MQTTKA_CONNECT_ERROR_PROVIDER");
_Static_assert(MQTTKA_STAGE_PROVIDER == 7, "MQTTKA_STAGE_PROVIDER");
_Static_assert(MQTTKA_STOP_CREDENTIALS == 1, "MQTTKA_STOP_CREDENTIALS");
_Static_assert(MQTTKA_STOP_CLIENT_IDENTIFIER == 2, "MQTTKA_STOP_CLIENT_IDENTIFIER");
_Static_assert(MQTTKA_STOP_BANNED == 3, "MQTTKA_STOP_BANNED");
_Static_assert(MQTTKA_STOP_SESSION_TAKEN_OVER == 4, "MQTTKA_STOP_SESSION_TAKEN_OVER");
_Static_assert(MQTTKA_STOP_PROTOCOL_VERSION == 5, "MQTTKA_STOP_PROTOCOL_VERSION");
_Static_assert(MQTTKA_STOP_CERTIFICATE == 6, "MQTTKA_STOP_CERTIFICATE");
_Static_assert(MQTTKA_STOP_CONFIGURATION == 7, "MQTTKA_STOP_CONFIGURATION");
_Static_assert(MQTTKA_STOP_MOVED == 8, "MQTTKA_STOP_MOVED");
_Static_assert(MQTTKA_STOP_PROTOCOL == 9, "MQTTKA_STOP_PROTOCOL");
_Static_assert(MQTTKA_STOP_MAX_ATTEMPTS == 20, "MQTTKA_STOP_MAX_ATTEMPTS");
_Static_assert(MQTTKA_STOP_MAX_TIME == 21, "MQTTKA_STOP_MAX_TIME");
_Static_assert(MQTTKA_STOP_DISCONNECT_REQUESTED == 22, "MQTTKA_STOP_DISCONNECT_REQUESTED");
_Static_assert(MQTTKA_STOP_CLIENT_CLOSED == 23, "MQTTKA_STOP_CLIENT_CLOSED");
_Static_assert(MQTTKA_STOP_PROVIDER == 24, "MQTTKA_STOP_PROVIDER");
_Static_assert(MQTTKA_STOP_ENGINE_FAILED == 25, "MQTTKA_STOP_ENGINE_FAILED");
_Static_assert(MQTTKA_TRANSPORT_ERROR_PERMISSION_LOCAL_NETWORK == 5, "MQTTKA_TRANSPORT_ERROR_PERMISSION_LOCAL_NETWORK");
_Static_assert(MQTTKA_STATUS_NEXT_ATTEMPT_IN_MS == 20, "MQTTKA_STATUS_NEXT_ATTEMPT_IN_MS");
_Static_assert(MQTTKA_STATUS_OFFLINE_MS == 21, "MQTTKA_STATUS_OFFLINE_MS");
_Static_assert(MQTTKA_STATUS_NETWORK_CHANGE == 22, "MQTTKA_STATUS_NETWORK_CHANGE");
_Static_assert(MQTTKA_STATUS_NETWORK_METERED == 23, "MQTTKA_STATUS_NETWORK_METERED");
_Static_assert(MQTTKA_STATUS_NETWORK_VALIDATED == 24, "MQTTKA_STATUS_NETWORK_VALIDATED");
_Static_assert(MQTTKA_STATUS_NETWORK_CAPTIVE_PORTAL == 25, "MQTTKA_STATUS_NETWORK_CAPTIVE_PORTAL");
_Static_assert(MQTTKA_STATUS_ROUND_TRIP_US == 26, "MQTTKA_STATUS_ROUND_TRIP_US");
_Static_assert(MQTTKA_STATUS_SUSPECTED == 27, "MQTTKA_STATUS_SUSPECTED");
_Static_assert(MQTTKA_STATUS_NETWORK_ID == 101, "MQTTKA_STATUS_NETWORK_ID");
_Static_assert(MQTTKA_STATE_RECONNECTING == 5, "MQTTKA_STATE_RECONNECTING");

/* Structs that begin with their size: fields stay where they are, and new ones come behind them. */
_Static_assert(offsetof(mqttka_publish_options, size) == 0, "size");
_Static_assert(offsetof(mqttka_publish_options, timeout_ms) == 8, "timeout_ms");
_Static_assert(offsetof(mqttka_publish_options, flags) == 16, "flags");
_Static_assert(offsetof(mqttka_publish_options, canceller) == 24, "canceller");
_Static_assert(offsetof(mqttka_network, size) == 0, "size");
_Static_assert(offsetof(mqttka_network, change) == sizeof(size_t), "change");
_Static_assert(offsetof(mqttka_network, metered) == sizeof(size_t) + 4, "metered");
_Static_assert(offsetof(mqttka_network, validated) == sizeof(size_t) + 8, "validated");
_Static_assert(offsetof(mqttka_network, captive_portal) == sizeof(size_t) + 12, "captive_portal");
_Static_assert(offsetof(mqttka_network, id) == sizeof(size_t) + 16, "id");
_Static_assert(offsetof(mqttka_network, id_length) == 2 * sizeof(size_t) + 16, "id_length");

/* The signatures: C refuses a second declaration that differs from the header's. */
typedef void (*released_event_fn)(mqttka_client *client, const mqttka_event *event, void *user_data);
typedef void (*released_message_fn)(mqttka_client *client, const mqttka_message *message, void *user_data);
typedef void (*released_terminated_fn)(void *user_data);
typedef void (*released_completion_fn)(mqttka_client *client, const mqttka_result *result, void *user_data);
typedef void (*released_destructor_fn)(void *user_data);
typedef void (*released_log_fn)(int32_t level, const char *text, void *user_data);
typedef int (*released_socket_hook_fn)(int socket, void *user_data);
typedef int32_t (*released_tls_verifier_fn)(const uint8_t *const *certificates, const size_t *lengths,
                                            size_t count, const char *server_name, char *reason,
                                            size_t reason_size, void *user_data);
typedef void (*released_provider_fn)(mqttka_connection_request *request, void *user_data);
const char *mqttka_version(void);
uint32_t mqttka_abi_version(void);
int32_t mqttka_check_abi(uint32_t header_abi_version);
const char *mqttka_strerror(int32_t error);
const char *mqttka_last_error(void);
const char *mqttka_reason_code_string(int32_t reason_code);
const char *mqttka_cause_string(int32_t cause);
const char *mqttka_stage_string(int32_t stage);
mqttka_options *mqttka_options_new(void);
void mqttka_options_free(mqttka_options *options);
int32_t mqttka_options_set_int(mqttka_options *options, int32_t option, int64_t value);
int32_t mqttka_options_set_string(mqttka_options *options, int32_t option, const char *value, size_t
    length);
int32_t mqttka_options_set_bytes(mqttka_options *options, int32_t option, const void *value, size_t
    length);
int32_t mqttka_options_add_user_property(mqttka_options *options, const char *name, size_t
    name_length, const char *value, size_t value_length);
int32_t mqttka_options_set_will(mqttka_options *options, const mqttka_message *will);
int32_t mqttka_options_set_event_callback(mqttka_options *options, mqttka_event_fn callback);
int32_t mqttka_options_set_message_callback(mqttka_options *options, mqttka_message_fn callback);
int32_t mqttka_options_set_terminated_callback(mqttka_options *options, mqttka_terminated_fn
    callback);
int32_t mqttka_options_set_user_data(mqttka_options *options, void *user_data, mqttka_destructor_fn
    destructor);
int32_t mqttka_client_new(mqttka_options *options, mqttka_client **client);
int32_t mqttka_client_connect(mqttka_client *client);
int32_t mqttka_client_disconnect(mqttka_client *client);
int32_t mqttka_client_disconnect_with(mqttka_client *client, int32_t reason_code);
int32_t mqttka_client_publish(mqttka_client *client, const char *topic, size_t topic_length, const
    void *payload, size_t payload_length, int32_t qos, bool retain, mqttka_completion_fn completion,
    void *user_data);
int32_t mqttka_client_publish_message(mqttka_client *client, const mqttka_message *message,
    mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_subscribe(mqttka_client *client, const char *filter, size_t filter_length,
    int32_t qos, mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_unsubscribe(mqttka_client *client, const char *filter, size_t filter_length,
    mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_send_subscribe(mqttka_client *client, const mqttka_subscribe_request *request,
    mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_get_int(mqttka_client *client, int32_t status, int64_t *value);
int32_t mqttka_client_probe_now(mqttka_client *client, int64_t timeout_ms);
int32_t mqttka_client_network_changed(mqttka_client *client, int32_t change);
int32_t mqttka_client_destroy(mqttka_client *client);
int32_t mqttka_client_destroy_and_wait(mqttka_client *client, int64_t timeout_ms);
mqttka_subscribe_request *mqttka_subscribe_request_new(void);
void mqttka_subscribe_request_free(mqttka_subscribe_request *request);
int32_t mqttka_subscribe_request_add(mqttka_subscribe_request *request, const char *filter, size_t
    filter_length, int32_t qos, uint32_t flags);
int32_t mqttka_subscribe_request_set_subscription_identifier(mqttka_subscribe_request *request,
    uint32_t identifier);
int32_t mqttka_subscribe_request_add_user_property(mqttka_subscribe_request *request, const char
    *name, size_t name_length, const char *value, size_t value_length);
int32_t mqttka_event_type(const mqttka_event *event);
int32_t mqttka_event_get_int(const mqttka_event *event, int32_t key, int64_t *value);
const char *mqttka_event_description(const mqttka_event *event);
int32_t mqttka_event_get_string(const mqttka_event *event, int32_t key, const char **value, size_t
    *length);
int32_t mqttka_result_error(const mqttka_result *result);
int32_t mqttka_result_reason_code(const mqttka_result *result);
size_t mqttka_result_reason_code_count(const mqttka_result *result);
int32_t mqttka_result_reason_code_at(const mqttka_result *result, size_t index);
int32_t mqttka_result_packet_id(const mqttka_result *result);
int32_t mqttka_result_get_reason_string(const mqttka_result *result, const char **value, size_t
    *length);
int32_t mqttka_message_new(const char *topic, size_t topic_length, const void *payload, size_t
    payload_length, int32_t qos, bool retain, mqttka_message **message);
mqttka_message *mqttka_message_clone(const mqttka_message *message);
void mqttka_message_free(mqttka_message *message);
const char *mqttka_message_topic(const mqttka_message *message, size_t *length);
const uint8_t *mqttka_message_payload(const mqttka_message *message, size_t *length);
int32_t mqttka_message_qos(const mqttka_message *message);
bool mqttka_message_retain(const mqttka_message *message);
bool mqttka_message_dup(const mqttka_message *message);
uint64_t mqttka_message_connection_number(const mqttka_message *message);
int32_t mqttka_message_set_int(mqttka_message *message, int32_t property, int64_t value);
int32_t mqttka_message_set_string(mqttka_message *message, int32_t property, const char *value,
    size_t length);
int32_t mqttka_message_set_bytes(mqttka_message *message, int32_t property, const void *value,
    size_t length);
int32_t mqttka_message_add_user_property(mqttka_message *message, const char *name, size_t
    name_length, const char *value, size_t value_length);
int32_t mqttka_message_get_int(const mqttka_message *message, int32_t property, int64_t *value);
int32_t mqttka_message_get_string(const mqttka_message *message, int32_t property, const char
    **value, size_t *length);
int32_t mqttka_message_get_bytes(const mqttka_message *message, int32_t property, const uint8_t
    **value, size_t *length);
size_t mqttka_message_user_property_count(const mqttka_message *message);
int32_t mqttka_message_user_property_at(const mqttka_message *message, size_t index, const char
    **name, size_t *name_length, const char **value, size_t *value_length);
int32_t mqttka_client_disconnect_after(mqttka_client *client, int32_t reason_code, int64_t
    drain_timeout_ms);
int32_t mqttka_client_abort(mqttka_client *client);
int32_t mqttka_client_subscribe_with(mqttka_client *client, const mqttka_subscribe_request *request,
    mqttka_message_fn callback, void *user_data, mqttka_destructor_fn destructor,
    mqttka_completion_fn completion, void *completion_user_data, uint64_t *subscription);
int32_t mqttka_client_unsubscribe_from(mqttka_client *client, uint64_t subscription,
    mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_open_stream(mqttka_client *client, const char *filter, size_t filter_length,
    mqttka_stream **stream);
int32_t mqttka_client_subscribe_stream(mqttka_client *client, const mqttka_subscribe_request
    *request, uint32_t flags, mqttka_completion_fn completion, void *user_data, mqttka_stream
    **stream);
int32_t mqttka_stream_next(mqttka_stream *stream, int64_t timeout_ms, const mqttka_message
    **message);
int32_t mqttka_stream_done(mqttka_stream *stream, size_t count);
int32_t mqttka_stream_unsubscribe(mqttka_stream *stream, mqttka_completion_fn completion, void
    *user_data);
int32_t mqttka_stream_cause(const mqttka_stream *stream);
void mqttka_stream_close(mqttka_stream *stream);
int32_t mqttka_client_get_string(mqttka_client *client, int32_t status, char *buffer, size_t
    capacity, size_t *length);
int32_t mqttka_options_set_uri(mqttka_options *options, const char *uri);
int32_t mqttka_options_add_server(mqttka_options *options, const char *uri);
int32_t mqttka_options_add_tls_alpn(mqttka_options *options, const char *protocol);
int32_t mqttka_options_add_tls_pin(mqttka_options *options, const char *pin);
int32_t mqttka_options_add_web_socket_header(mqttka_options *options, const char *name, const char
    *value);
int32_t mqttka_options_set_socket_hook(mqttka_options *options, mqttka_socket_hook_fn hook, void
    *user_data, mqttka_destructor_fn destructor);
int32_t mqttka_options_set_tls_verifier(mqttka_options *options, mqttka_tls_verifier_fn verifier,
    void *user_data, mqttka_destructor_fn destructor);
int32_t mqttka_event_stage_time_us(const mqttka_event *event, int32_t stage, int64_t *value);
const char *mqttka_transport_string(int32_t transport);
const char *mqttka_transport_error_string(int32_t error);
int32_t mqttka_set_log_callback(int32_t level, mqttka_log_fn callback, void *user_data);
const char *mqttka_stop_reason_string(int32_t reason);
int32_t mqttka_options_set_reconnect(mqttka_options *options, bool reconnect);
int32_t mqttka_options_get_int(const mqttka_options *options, int32_t option, int64_t *value);
int32_t mqttka_options_set_double(mqttka_options *options, int32_t option, double value);
int32_t mqttka_options_get_double(const mqttka_options *options, int32_t option, double *value);
int32_t mqttka_options_set_provider(mqttka_options *options, mqttka_provider_fn provider,
                                    void *user_data, mqttka_destructor_fn destructor);
uint32_t mqttka_connection_request_attempt_number(const mqttka_connection_request *request);
int64_t mqttka_connection_request_time_left_ms(const mqttka_connection_request *request);
int32_t mqttka_connection_request_set_string(mqttka_connection_request *request, int32_t option,
                                             const char *value, size_t length);
int32_t mqttka_connection_request_set_bytes(mqttka_connection_request *request, int32_t option,
                                            const void *value, size_t length);
int32_t mqttka_connection_request_set_uri(mqttka_connection_request *request, const char *uri);
int32_t mqttka_connection_request_add_web_socket_header(mqttka_connection_request *request,
                                                        const char *name, const char *value);
int32_t mqttka_connection_request_provide(mqttka_connection_request *request);
int32_t mqttka_connection_request_fail(mqttka_connection_request *request, const char *message,
                                       size_t length, bool fatal);
void mqttka_connection_request_free(mqttka_connection_request *request);
int32_t mqttka_client_publish_with(mqttka_client *client, const mqttka_message *message,
                                   const mqttka_publish_options *options,
                                   mqttka_completion_fn completion, void *user_data);
int32_t mqttka_client_reconnect_now(mqttka_client *client);
int32_t mqttka_client_network_is(mqttka_client *client, const mqttka_network *network);
int32_t mqttka_client_entered_background(mqttka_client *client);
int32_t mqttka_client_entered_foreground(mqttka_client *client);
int32_t mqttka_event_lost_filter_at(const mqttka_event *event, size_t index, const char **value,
                                    size_t *length, int32_t *error, int32_t *reason_code);

int main(void)
{
    /* Callback types are pointers: assigning one to the other compiles only where they agree. */
    mqttka_event_fn event_fn = (released_event_fn)NULL;
    mqttka_message_fn message_fn = (released_message_fn)NULL;
    mqttka_terminated_fn terminated_fn = (released_terminated_fn)NULL;
    mqttka_completion_fn completion_fn = (released_completion_fn)NULL;
    mqttka_destructor_fn destructor_fn = (released_destructor_fn)NULL;
    mqttka_log_fn log_fn = (released_log_fn)NULL;
    mqttka_socket_hook_fn hook_fn = (released_socket_hook_fn)NULL;
    mqttka_tls_verifier_fn verifier_fn = (released_tls_verifier_fn)NULL;
    mqttka_provider_fn provider_fn = (released_provider_fn)NULL;
    EXPECT(provider_fn == NULL);
    EXPECT(hook_fn == NULL && verifier_fn == NULL);
    EXPECT(log_fn == NULL);
    EXPECT(event_fn == NULL);
    EXPECT(message_fn == NULL);
    EXPECT(terminated_fn == NULL);
    EXPECT(completion_fn == NULL);
    EXPECT(destructor_fn == NULL);
    EXPECT_TEXT(MQTTKA_VERSION, mqttka_version());
    EXPECT_INT(MQTTKA_ABI_VERSION, mqttka_abi_version());
    EXPECT_INT(MQTTKA_OK, mqttka_check_abi(MQTTKA_ABI_VERSION));
    EXPECT_INT(MQTTKA_ERROR_ABI_MISMATCH, mqttka_check_abi(MQTTKA_ABI_VERSION + 1));
    return 0;
}
